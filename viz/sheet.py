"""One table to keep, as a workbook or CSV; the same bytes for the same rows. No text in it becomes a formula or a link."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from viz.report.csv import harmless
from viz.table import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LARGEST = 15
"""Digits of a number that a spreadsheet keeps; a longer one stays text."""
INCOMPLETE = "INCOMPLETE: a lower bound"
"""Heading of one more column, which says yes in every row, in a table of an answer on which the roads do not agree."""


def sheet(rows: Iterable[dict[str, Any]], columns: Sequence[str], title: str, *, complete: bool = True) -> bytes:
    """The table with a heading that stays, and a filter.

    Args:
        rows: by column; what is a list is joined.
        columns: in order.
        title: name of the sheet.
        complete: whether the answer is; else the table says in each row that it is not.
    """
    import xlsxwriter

    rows, columns = _judged(rows, columns, complete=complete)

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})
    page = book.add_worksheet(title[:31])
    page.write_row(0, 0, list(columns), book.add_format({"bold": True}))
    last = 0
    for last, row in enumerate(rows, 1):
        for place, name in enumerate(columns):
            value = row.get(name)
            if isinstance(value, bool) or value is None:
                page.write_string(last, place, "" if value is None else str(value).lower())
            elif isinstance(value, int) and len(str(value)) <= _LARGEST:
                page.write_number(last, place, value)
            else:
                page.write_string(last, place, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(last, 1), len(columns) - 1)
    book.close()
    return out.getvalue()


def sheet_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str], *, complete: bool = True) -> str:
    """The same table as CSV: a text that a spreadsheet could take for a formula has an apostrophe before it."""
    rows, columns = _judged(rows, columns, complete=complete)

    def cell(value: Any) -> Any:
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        return harmless(text) if isinstance(text, str) and not _NUMBER.fullmatch(text) else text

    return csv_text([{name: cell(row.get(name)) for name in columns} for row in rows], columns)


def _judged(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], *, complete: bool
) -> tuple[Iterable[dict[str, Any]], Sequence[str]]:
    if complete:
        return rows, columns
    return ({**row, INCOMPLETE: "yes"} for row in rows), [*columns, INCOMPLETE]
