"""Tables as CSV that no spreadsheet program takes for formulas."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from genealogy.report.content import MASKED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.report.content import Cell, Table
    from viz.words import Words

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
"""What makes a spreadsheet program take a cell for a formula when a text begins with it (OWASP, CSV injection), in full
width as well. A text that begins with one gets an apostrophe before it; so does one that begins with an apostrophe,
so that taking one off always gives back what was recorded."""


def table_csv(table: Table, words: Words, masked: str = "", *, complete: bool = True) -> bytes:
    """A table: UTF-8 with a byte order mark, without which Excel reads no Chinese; one header row.

    Args:
        table: of a report.
        words: of its language.
        masked: for whom something is masked: the heading of one more column, which says of each row whether it is. So the
            file says it itself, and is read by whatever reads the others.
        complete: whether the report is; else one more column says in each row that it is not.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    more = ([masked] if masked else []) + ([] if complete else [words.page("incomplete")])
    writer.writerow([*(words.column(column) for column in table.columns), *more])
    if table.rows:
        columns = zip(table.columns, zip(*table.rows, strict=True), strict=True)
        told = [_column(cells, column.sort, words) for column, cells in columns]
        rows: Iterable[tuple[str, ...]] = zip(*told, strict=True)
        if masked:
            yes = words.cell("yes", "word")
            rows = ((*row, yes if any(MASKED in cell for cell in row) else "") for row in rows)
        if not complete:
            always = words.cell("yes", "word")
            rows = ((*row, always) for row in rows)
        writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text that is taken for a text.

    >>> harmless("=1+1"), harmless("-5"), harmless("LOT-7"), harmless("'x")
    ("'=1+1", "'-5", 'LOT-7', "''x")
    """
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip(" \u00a0\u3000").startswith(FORMULA[:4]) else text


def _column(cells: tuple[Cell, ...], sort: str, words: Words) -> list[str]:
    """The cells of a column; what occurs again is worked out once."""
    known: dict[Cell, str] = {}
    found = []
    for cell in cells:
        text = known.get(cell)
        if text is None:
            text = known[cell] = _cell(cell, sort, words)
        found.append(text)
    return found


def _cell(cell: Cell, sort: str, words: Words) -> str:
    text = words.cell(cell, sort)
    # A negative amount that we computed is a number, not a formula.
    if isinstance(cell, int) or (sort == "quantity" and _number(text)):
        return text
    return harmless(text)


def _number(text: str) -> bool:
    digits = text.removeprefix("-")
    whole, _, rest = digits.partition(".")
    return digits.isascii() and whole.isdigit() and (not rest or rest.isdigit())
