"""A sheet of the workbook that is filled column by column, and written row by row without a record for each cell.

A report has most of a million cells. What is kept of a text here is its number in the workbook's table of texts, and a
column's cells become markup only when the sheet is written. The bytes are those that xlsxwriter's own sheet would write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.report.content import Cell
    from viz.words import Words

CHARACTERS = 32_000
"""Characters of one cell; Excel has 32,767. A longer text is cut there, and says so; the CSV file has all of it."""
_UNITS = 32_767
_SPANNED, _WRITTEN = 16, 4_096
"""Rows that share the width of their cells, as Excel wants it, and rows that are written at a time."""


def cut(text: str) -> str:
    """A text as a cell can hold it."""
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]} … [{len(text):,}]"


class Sheet(Worksheet):  # type: ignore[misc]
    """A sheet with headings in its first row, as any other, and columns below."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[tuple[Sequence[Any], bool]] = []

    def add_texts(self, cells: Sequence[Cell], sort: str, words: Words) -> None:
        """The next column, of texts; the same cell is made a text once.

        Raises:
            ValueError: a text is longer than a cell can hold.
        """
        numbers: dict[Cell, int | None] = {}
        for cell in dict.fromkeys(cells):
            if cell is None:
                numbers[cell] = None
                continue
            text = cut(words.cell(cell, sort))
            if len(text) > _UNITS // 2 and len(text.encode("utf-16-le")) // 2 > _UNITS:
                raise ValueError(f"A cell of a sheet cannot hold a text of {len(text):,} characters: {text[:80]!r}")
            numbers[cell] = self.str_table._get_shared_string_index(text)
        self.str_table.count += len(cells) - cells.count(None) - len(numbers) + (None in numbers)
        self._columns.append(([numbers[cell] for cell in cells], True))

    def add_numbers(self, cells: Sequence[Cell]) -> None:
        """The next column, of numbers."""
        self._columns.append(([None if cell is None else float(cell) for cell in cells], False))

    def finished(self) -> None:
        """All columns are there: how far the sheet reaches."""
        there = self._there()
        if there.any():
            self._check_dimensions(1 + int(np.flatnonzero(there.any(axis=0))[-1]), len(self._columns) - 1)

    def _there(self) -> Any:
        """Which cells below the headings are not empty: columns by rows."""
        return np.array([[cell is not None for cell in cells] for cells, _ in self._columns], np.bool_)

    def _write_rows(self) -> None:
        if not self._columns:
            super()._write_rows()
            return
        there = self._there()
        spans = _spans(there)
        self._write_row(0, spans[0])
        for place, cell in self.table[0].items():
            self._write_cell(0, place, cell)
        self._xml_end_tag("row")
        filled = there.any(axis=0)
        for begin in range(0, there.shape[1], _WRITTEN):
            marked = [
                _marked(cells[begin : begin + _WRITTEN], xl_col_to_name(place), begin + 2, texts=texts)
                for place, (cells, texts) in enumerate(self._columns)
            ]
            rows = zip(filled[begin : begin + _WRITTEN].tolist(), zip(*marked, strict=True), strict=True)
            self.fh.write(
                "".join(
                    [
                        f'<row r="{number}" spans="{spans[(number - 1) // _SPANNED]}">{"".join(cells)}</row>'
                        for number, (some, cells) in enumerate(rows, begin + 2)
                        if some
                    ]
                )
            )


def _marked(cells: Sequence[Any], name: str, row: int, *, texts: bool) -> list[str]:
    """The markup of a column's cells, the first of which stands in a row; nothing for an empty one."""
    if texts:
        return [
            "" if cell is None else f'<c r="{name}{number}" t="s"><v>{cell}</v></c>'
            for number, cell in enumerate(cells, row)
        ]
    return [
        "" if cell is None else f'<c r="{name}{number}"><v>{cell:.16G}</v></c>'
        for number, cell in enumerate(cells, row)
    ]


def _spans(there: Any) -> list[str]:
    """From which column to which cells stand, for each block of rows; the headings are in the first."""
    columns, rows = there.shape
    blocks = rows // _SPANNED + 1
    padded = np.zeros((columns, blocks * _SPANNED), np.bool_)
    padded[:, 0], padded[:, 1 : rows + 1] = True, there
    some: Any = padded.reshape(columns, blocks, _SPANNED).any(axis=2)
    first, last = some.argmax(axis=0) + 1, columns - some[::-1].argmax(axis=0)
    return [f"{one}:{other}" for one, other in zip(first.tolist(), last.tolist(), strict=True)]
