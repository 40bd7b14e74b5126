"""Tests of the sheets that are filled column by column: their bytes are those of xlsxwriter's own sheets."""

from __future__ import annotations

import io
import random
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from viz.report.sheet import CHARACTERS, Sheet, cut
from viz.words import Words

WORDS = Words("en")
TEXTS = (None, None, "", "a", " b ", "=1+1", "<&>", "铂", "\x07", "U-0000001", "2026-05-01")


def _book(columns: list[list[Any]], *, numbers: set[int], ours: bool) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet("one", Sheet) if ours else book.add_worksheet("one")
    bold = book.add_format({"bold": True})
    for place in range(len(columns)):
        sheet.write_string(0, place, f"heading {place}", bold)
        sheet.set_column(place, place, 12)
    for place, cells in enumerate(columns):
        if not ours:
            for row, cell in enumerate(cells, start=1):
                if cell is not None and place in numbers:
                    sheet.write_number(row, place, float(cell))
                elif cell is not None:
                    sheet.write_string(row, place, WORDS.cell(cell, "text"))
        elif place in numbers:
            sheet.add_numbers(cells)
        else:
            sheet.add_texts(cells, "text", WORDS)
    if ours:
        sheet.finished()
    again = book.add_worksheet("two")
    again.write_string(0, 0, "a")
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("seed", range(60))
def test_the_bytes_are_those_of_the_library(seed: int) -> None:
    chance = random.Random(seed)
    rows = chance.choice((0, 1, 14, 15, 16, 17, 33, 5000 if seed == 7 else 40))
    columns: list[list[Any]] = []
    numbers = set()
    for place in range(chance.randint(1, 6)):
        empty = chance.random()
        if chance.random() < 0.4:
            numbers.add(place)
            cells: list[Any] = [chance.choice((0, 7, "12.5", "-3", "0.000000001", 10**14)) for _ in range(rows)]
        else:
            cells = [chance.choice(TEXTS) for _ in range(rows)]
        columns.append([None if chance.random() < empty else cell for cell in cells])
    assert _book(columns, numbers=numbers, ours=True) == _book(columns, numbers=numbers, ours=False)


def test_a_text_that_no_cell_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        _book([["\U0001f600" * (CHARACTERS - 1)]], numbers=set(), ours=True)


def test_a_long_text_is_cut_and_says_so() -> None:
    assert cut("x" * (CHARACTERS + 1)) == "x" * CHARACTERS + " … [32,001]"
    assert cut("x" * CHARACTERS) == "x" * CHARACTERS
