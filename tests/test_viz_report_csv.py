"""CSV files of a report: no cell is a formula, and every text can be had back."""

from __future__ import annotations

import csv
import io

import pytest
from reported import FORMULAS, SCRIPTS, poisoned, wide

from viz.report.csv import harmless, table_csv
from viz.words import LANGUAGES, Words

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_is_a_formula(language: str) -> None:
    words = Words(language)
    seen = 0
    for table in poisoned(wide(), FORMULAS).tables():
        data = table_csv(table, words)
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert len(rows) == len(table.rows) + 1
        for cells, row in zip(rows[1:], table.rows, strict=True):
            for text, cell, column in zip(cells, row, table.columns, strict=True):
                if isinstance(cell, str) and column.sort != "word":
                    assert text == cell if not text.startswith("'") else text[1:] == cell
                    seen += 1
                if column.sort != "quantity":
                    assert not text.lstrip(" ").startswith(STARTS)
    assert seen > 500


@pytest.mark.parametrize("text", [*FORMULAS, *SCRIPTS, "", "LOT-7", "-5", "'quoted", "''", "上海"])
def test_taking_the_apostrophe_off_gives_the_text_back(text: str) -> None:
    shown = harmless(text)
    assert (shown[1:] if shown.startswith("'") else shown) == text
