"""The page: no outside request, nothing of the records becomes more than a text, the counts are those of the answer."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from reported import FORMULAS, SCRIPTS, poisoned, report, wide

from viz.report import html as report_html
from viz.words import LANGUAGES, Words

FILES = {table.name: f"csv/{table.name}.csv" for table in wide().tables()}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "div", "dl", "dt", "dd", "nav", "a", "table",
    "thead", "tbody", "tr", "th", "td", "input", "ul", "li", "script",
}  # fmt: skip
ATTRIBUTES = {
    "id",
    "class",
    "href",
    "charset",
    "http-equiv",
    "content",
    "name",
    "lang",
    "placeholder",
    "aria-label",
    "type",
}


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._script = False
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._script = tag == "script"
        if self._script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[-1] += data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data[:50]}")


def checked(data: bytes) -> Page:
    page = Page(data)
    assert {tag for tag, _ in page.tags} <= TAGS
    for tag, attributes in page.tags:
        assert attributes.keys() <= ATTRIBUTES, (tag, attributes)
        assert (attributes.get("href") or "#").startswith("#")
    policy = next(
        a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    runs = [
        s for s, (_, a) in zip(page.scripts, [t for t in page.tags if t[0] == "script"], strict=True) if "type" not in a
    ]
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in runs}
    assert digests == set(re.findall(r"'sha256-([^']+)'", policy))
    assert len(runs) == 2
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_needs_nothing_from_outside_and_holds_the_counts_of_the_answer(language: str) -> None:
    made = report()
    data = report_html.report_html(made, Words(language), FILES)
    page = checked(data)
    assert "url(" not in "".join(t for t in page.texts if "font:" in t)
    assert data == report_html.report_html(made, Words(language), FILES)
    text = " ".join(page.texts)
    for said in (made.digest, made.entry_hash, "上海医疗器械有限公司", "=HYPERLINK", "@S1", "<script>"):
        assert said in text
    rows = sum(tag == "tr" for tag, _ in page.tags)
    expected = sum(len(table.rows) + bool(table.rows) for table in made.tables())
    assert rows == expected + sum(len(form.fields) + 1 for form in made.forms)
    drawn = json.loads(next(s for s in page.scripts if s.startswith("{")))
    assert len(drawn["nodes"]) == len(made.graph.nodes)
    assert sum(node.units for node in made.graph.nodes) == made.scope["finished_units"]


def test_no_text_of_the_records_becomes_more_than_a_text() -> None:
    assert len(SCRIPTS) == 60
    page = checked(report_html.report_html(poisoned(wide(), SCRIPTS), Words("en"), FILES))
    text = " ".join(page.texts)
    for said in SCRIPTS:
        assert said in text, said
    drawn = json.loads(next(s for s in page.scripts if s.startswith("{")))
    assert all(isinstance(node["id"], int) for node in drawn["nodes"])


def test_a_long_table_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_html, "ROWS", 3)
    page = checked(report_html.report_html(poisoned(wide(), FORMULAS), Words("en"), FILES))
    assert "All of them are in csv/finished_units.csv." in " ".join(page.texts)
    assert "INCOMPLETE" in " ".join(page.texts)
