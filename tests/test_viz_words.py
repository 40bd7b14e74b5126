"""Every word of a report stands in both languages, and every key that the program uses has its words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from reported import report, wide

from genealogy.errors import InputError
from genealogy.report.content import Report
from genealogy.report.forms import FORMS
from genealogy.sentences import _GAP_WORDS
from genealogy.where import NAMES
from genealogy.why.near_misses import WORDS as NEAR
from queries.plant import ROLES, STAGES, STATUSES, STEP_KINDS
from viz.summary import summary
from viz.words import LANGUAGES, PAGE, SENTENCES, Words
from viz.words import forms as words_forms
from viz.words import tables as words_tables
from viz.words import values as words_values

ROOT = Path(__file__).parent.parent
ALL = {
    "page": PAGE, "sentences": SENTENCES, "sections": words_tables.SECTIONS, "tables": words_tables.TABLES,
    "columns": words_tables.COLUMNS, "values": words_values.VALUES, "forms": words_forms.FORMS, "rules": words_forms.RULES,
    "texts": words_forms.TEXTS,
    "who": words_forms.WHO, "fields": words_forms.FIELDS, "sheets": words_forms.SHEETS,
}  # fmt: skip
SOURCES = sorted((ROOT / "genealogy" / "report").glob("*.py"))


@pytest.mark.parametrize("name", ALL)
def test_every_word_stands_in_each_language_with_the_same_placeholders(name: str) -> None:
    for key, words in ALL[name].items():
        assert len(words) == len(LANGUAGES), key
        assert all(text.strip() for text in words), key
        placeholders = [sorted(re.findall(r"\{(\w+)\}", text)) for text in words]
        assert placeholders[0] == placeholders[1], key


def called(function: str) -> set[str]:
    """The first argument of each call of a function in the files that compose a report."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_key_in_the_code_has_its_words() -> None:
    assert len(called("Column")) > 80
    assert called("Column") <= words_tables.COLUMNS.keys()
    assert called("Sentence") <= SENTENCES.keys()
    assert called("Table") <= words_tables.TABLES.keys()
    assert called("Section") <= words_tables.SECTIONS.keys()
    for form in FORMS:
        assert form.name in words_forms.FORMS
        assert form.name in words_forms.SHEETS
        assert {field.name for field in form.fields} <= words_forms.FIELDS.keys()
        assert {field.who for field in form.fields} <= words_forms.WHO.keys()
        assert set(form.tables) <= words_tables.TABLES.keys()
        assert set(form.texts) <= words_forms.TEXTS.keys()
        assert form.texts, "which text was read, or not, is said of every form"
        assert any(not field.read for field in form.fields) == any(key.startswith("unread") for key in form.texts)


def test_every_word_of_the_plant_format_and_of_the_answers_is_known() -> None:
    values = words_values.VALUES
    for words in (
        STATUSES,
        STAGES,
        ROLES,
        STEP_KINDS,
        NAMES,
        ("lot", "unit", "unknown", "order", "proven", "possible"),
    ):
        assert set(words) <= values.keys()
    assert {f"gap_{kind}" for kind in _GAP_WORDS} <= values.keys()
    assert {f"near_{kind}" for kind in NEAR} <= values.keys()


@pytest.mark.parametrize("made", [report(), wide()], ids=["items", "every section"])
def test_all_that_a_report_holds_has_words_in_each_language(made: Report) -> None:
    for language in LANGUAGES:
        words = Words(language)
        for section in made.sections:
            assert words.section(section.name)
            assert all(words.column(fact) for fact in section.facts)
            assert all(words.sentence(each) for each in section.sentences)
        for table in made.tables():
            assert words.table(table.name)
            assert all(words.column(column) for column in table.columns)
            for place, column in enumerate(table.columns):
                if column.sort == "word":
                    parts = {p for row in table.rows if row[place] is not None for p in str(row[place]).split("|")}
                    parts = {part for part in parts if not part.isdigit()}
                    assert parts <= words_values.VALUES.keys(), (table.name, column.name)
        assert len(summary(made.scope, words)) == 3
        assert words.page(f"folded_{made.graph.folding}")
    assert all(max(line) >= "一" for line in summary(made.scope, Words("zh")))


def test_titles_of_sheets_fit_and_differ() -> None:
    for number in range(len(LANGUAGES)):
        titles = [
            words[number] for words in (*words_tables.TABLES.values(), *words_forms.SHEETS.values(), PAGE["facts"])
        ]
        assert len({title.lower() for title in titles}) == len(titles)
        assert all(len(title) <= 31 and not re.search(r"[\[\]:*?/\\]", title) for title in titles)


def test_another_language_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="en, zh"):
        Words("de")
