"""Units in plain words: where people read, and nowhere else."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from cli import PLANT, run_here, write
from hypothesis import given
from hypothesis import strategies as st

from genealogy.report.content import Column
from genealogy.units import unit_of
from viz.summary import summary
from viz.words import Words, units


@pytest.mark.parametrize(
    ("quantity", "code", "english", "chinese"),
    [
        ("1", "H87", "1 piece", "1 件"),
        ("12", "H87", "12 pieces", "12 件"),
        ("0", "C62", "0 pieces", "0 件"),
        ("1", "KGM", "1 kg", "1 千克"),
        ("2.5", "GRM", "2.5 g", "2.5 克"),
        ("3", "MTR", "3 m", "3 米"),
        ("3", "LTR", "3 L", "3 升"),
        ("1", "XBX", "1 box", "1 盒"),
        ("2", "XBX", "2 boxes", "2 盒"),
        ("4", "FURLONG", "4 FURLONG", "4 FURLONG"),
        ("4", None, "4", "4"),
        ("4", "ST", "4 ST", "4 ST"),
    ],
)
def test_an_amount_reads_as_a_person_says_it(quantity: str, code: str | None, english: str, chinese: str) -> None:
    assert units.amount(quantity, code) == english
    assert units.amount(quantity, code, "zh") == chinese


def test_every_code_with_words_is_a_unit_and_those_of_one_word_are_the_same_unit() -> None:
    by_words: dict[tuple[str, str, str], set[str]] = {}
    for code, words in units.UNITS.items():
        unit = unit_of(code)
        assert unit is not None, code
        by_words.setdefault(words, set()).add(unit.normal)
    assert {words: normal for words, normal in by_words.items() if len(normal) > 1} == {}


def test_a_sentence_says_its_units_in_words_and_names_as_they_are() -> None:
    line = "Of 1,024 H87 of 193 H87/A and KGM 7: 7 on hand. 1 H87 is in no record."
    told = "Of 1,024 pieces of 193 H87/A and KGM 7: 7 on hand. 1 piece is in no record."
    assert units.sentence(line, ["H87", "each"]) == told
    assert units.sentence("MISSING: 12 H87 is in no record.", ["H87"]) == "MISSING: 12 pieces are in no record."
    assert units.sentence("MISSING: 12 KGM is in no record.", ["KGM"]) == "MISSING: 12 kg is in no record."
    assert units.sentence(line, ["KGM", "unknown"]) == line


@given(st.text(max_size=60), st.sets(st.sampled_from(sorted(units.UNITS)), max_size=3))
def test_a_sentence_without_such_an_amount_is_left_as_it_is(line: str, codes: set[str]) -> None:
    if not any(f" {code}" in line for code in codes):
        assert units.sentence(line, codes) == line


def test_sums_in_forms_are_said_in_words_and_nothing_else_is() -> None:
    assert units.amounts("≥ 2 H87 + 1,000.5 KGM") == "≥ 2 pieces + 1,000.5 kg"
    assert units.amounts("2 H87 + 3", "zh") == "2 件 + 3"
    for other in ("Held for 2 H87", "recall of lot 7", "2 H87 + lot 7", "", "2026-01-01"):
        assert units.amounts(other) == other


def test_a_row_of_the_report_says_the_unit_of_its_quantity() -> None:
    columns = (Column("quantity", "quantity"), Column("unit"), Column("finished_quantity"), Column("party_name"))
    assert Words("en").row(("1", "H87", "1 H87", "1 H87"), columns) == ["1", "piece", "1 piece", "1 H87"]
    assert Words("zh").row((None, "KGM", None, None), columns) == ["", "千克", "", ""]


def test_the_command_line_says_words_and_its_files_keep_codes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    told = run_here(home, "scope", "RM-1")
    answer = json.loads(run_here(home, "scope", "RM-1", "--json").out)
    codes = {row["unit"] for row in answer["consignees"] if row["unit"]}
    assert codes
    assert codes <= units.UNITS.keys()
    assert not any(code in told.out.split() for code in codes if units.unit(code) != code)
    for row in answer["consignees"]:
        assert f"{units.unit(row['unit'], quantity=row['quantity'])}  " in told.out
    assert summary(answer, Words("en")) == told.out.splitlines()[:3]
    balance = run_here(home, "balance", "RM-1")
    parts = json.loads(run_here(home, "balance", "RM-1", "--json").out)
    assert units.amount(parts["in"], parts["unit"]) in balance.out
    where = list(csv.DictReader(io.StringIO(run_here(home, "where", "RM-1", "--csv").out)))
    assert {row["unit"] for row in where} == {parts["unit"]}
