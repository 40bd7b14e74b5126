"""Read a sheet of a workbook (.xlsx) into text cells, without letting a formula, an error or a merge turn into silence.

A row number is the sheet's own; a row without any content is no record. A number is written out as the shortest text
that means the same (whole numbers bare, leading zeros where the cell's format shows them), a date without an offset (so
the load must name the zone), and a formula counts as the result that the file holds.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import FileRefusedError
from loaders.raw import BadRow, RawTable, Source, read_source, text_table
from loaders.read_csv import check_header, without_nameless
from loaders.read_parquet import number_text
from loaders.workbook_parts import Marks, Sheet, WorkbookParts

if TYPE_CHECKING:
    from pathlib import Path

_EXACT = 10**15
"""From sixteen digits on, a spreadsheet has already replaced digits of a number by zeros."""


def workbook_sheets(path: Path, file: str | None = None) -> list[str]:
    """List the sheets of a workbook.

    Raises:
        FileRefusedError: it is not a workbook that can be opened safely.
    """
    source, data = read_source(path, file)
    return [sheet.name for sheet in WorkbookParts(source.file, data).sheets]


def read_sheet(path: Path, sheet: str, table: str, *, file: str | None = None, skip_rows: int = 0) -> RawTable:
    """Read one sheet.

    Args:
        path: the workbook.
        sheet: name of the sheet.
        table: the plant table that it holds.
        file: the workbook's name in reports; the path when absent.
        skip_rows: rows above the header.

    Raises:
        InputError: there is no such file.
        FileRefusedError: it is no workbook, has no such sheet, or the sheet has no header.
    """
    source, data = read_source(path, file)
    parts = WorkbookParts(source.file, data)
    found = next((candidate for candidate in parts.sheets if candidate.name == sheet), None)
    if found is None:
        names = ", ".join(candidate.name for candidate in parts.sheets)
        raise FileRefusedError(f"{source.file} has no sheet {sheet!r}; it has {names}. Check the name.")
    padded = parts.padded_styles()
    marks = parts.marks(found, styles=bool(padded))
    values, merged = _values(source, data, found)
    return _records(source, table, _Read(found, values, merged, marks, padded), skip_rows)


def _values(source: Source, data: bytes, sheet: Sheet) -> tuple[list[list[Any]], list[tuple[int, int, int, int]]]:
    """Read the values of a sheet from its first row and column on, and its merged areas (rows and columns from 1)."""
    import python_calamine

    try:
        opened = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet.name)
        values = opened.to_python(skip_empty_area=False)
        areas = opened.merged_cell_ranges or []
    except BaseException as error:
        # The reader is compiled: what it did not foresee arrives as a panic, which is not an Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise FileRefusedError(
            f"sheet {sheet.name!r} of {source.file} cannot be read ({error}); nothing of it was loaded. "
            "Save the workbook again, or the sheet as CSV UTF-8."
        ) from error
    return values, [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in areas]


@dataclass(frozen=True, slots=True)
class _Read:
    """A sheet as it was read: its values from A1 on, its merged areas (top, left, bottom, right; from 1), its marks."""

    sheet: Sheet
    values: list[list[Any]]
    merged: list[tuple[int, int, int, int]]
    marks: Marks
    padded: dict[int, int]


def _records(source: Source, table: str, read: _Read, skip_rows: int) -> RawTable:
    """Turn the values of a sheet into records."""
    sheet, values, merged, marks, padded = read.sheet, read.values, read.merged, read.marks, read.padded
    where = f"sheet {sheet.name!r} of {source.file}"
    header_at = next((index for index, row in enumerate(values) if index >= skip_rows and _content(row)), None)
    if header_at is None:
        raise FileRefusedError(f"{where} is empty: it has not even a header row. Fill it or delete it.")
    header_row = header_at + 1
    header = [_text(value, None) or "" for value in values[header_at]]
    check_header(where, header)
    for top, _, bottom, _ in merged:
        if top <= header_row <= bottom:
            raise FileRefusedError(f"the header of {where} has merged cells; nothing of it was loaded. Unmerge them.")
    # The values end with the last cell that shows something; an error or a formula without a result shows nothing.
    places = [*marks.errors, *marks.unvalued]
    width = max([len(header), *(column for _, column in places)])
    header += [""] * (width - len(header))
    values = [row + [""] * (width - len(row)) for row in values]
    values += [[""] * width] * (max((row for row, _ in places), default=0) - len(values))
    merged_rows = {row for top, _, bottom, _ in merged for row in range(top, bottom + 1)}
    odd_rows = {row for row, _ in places}
    good: list[list[str]] = []
    rows: list[int] = []
    bad: list[BadRow] = []
    for number, row in enumerate(values[header_at + 1 :], start=header_row + 1):
        if not _content(row) and number not in odd_rows:
            continue
        cells = [_text(value, padded.get(marks.styles.get((number, place), -1))) for place, value in enumerate(row, 1)]
        shown = tuple(
            marks.errors.get((number, place), str(row[place - 1]) if cell is None else cell)
            for place, cell in enumerate(cells, 1)
        )
        fault = _merged_fault(number, header, shown, merged) if number in merged_rows else None
        fault = fault or _fault(number, header, cells, shown, marks)
        if fault is None:
            rows.append(number)
            good.append([cell or "" for cell in cells])
        else:
            bad.append(fault)
    columns = list(zip(*good, strict=True)) if good else [() for _ in header]
    notes = _notes(where, sheet, marks, header_row)
    return without_nameless(
        RawTable(source, table, text_table(header, columns), np.array(rows, dtype=np.int32), bad, notes)
    )


def _content(row: list[Any]) -> bool:
    return any(value != "" for value in row)


def _text(value: Any, width: int | None) -> str | None:
    """Write a cell's value as text; None where its digits are no longer what was entered."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            return None
        return number_text(float(value)).zfill(width or 0)
    if isinstance(value, dt.datetime):
        return _moment(value)
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _moment(value: dt.datetime) -> str:
    """Write a time to the millisecond: a spreadsheet keeps it as a fraction of a day, and what is left is rounding."""
    value += dt.timedelta(microseconds=500)
    value = value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value.isoformat(timespec="milliseconds").rstrip("0") if value.microsecond else value.isoformat()


def _merged_fault(
    number: int, header: list[str], shown: tuple[str, ...], merged: list[tuple[int, int, int, int]]
) -> BadRow | None:
    """Refuse a row that a merged area touches: which of its rows does the value belong to?"""
    for top, left, bottom, right in merged:
        if top <= number <= bottom:
            name = header[left - 1] if left <= len(header) else None
            value = f"rows {top} to {bottom}, columns {left} to {right}"
            message = "a merged area holds its value in its first cell only; unmerge it and fill every cell"
            return BadRow(number, name, "merged_cells", value, shown, message)
    return None


def _fault(
    number: int, header: list[str], cells: list[str | None], shown: tuple[str, ...], marks: Marks
) -> BadRow | None:
    """Say why a row cannot be taken at its word, if so."""
    for place, (name, cell, value) in enumerate(zip(header, cells, shown, strict=True), 1):
        if (number, place) in marks.errors:
            return BadRow(number, name, "error_cell", value, shown, "the cell shows an error, not a value")
        if (number, place) in marks.unvalued:
            message = "a formula whose result the file does not hold; open the workbook, let it calculate, and save it"
            return BadRow(number, name, "formula_without_value", "", shown, message)
        if cell is None:
            message = "a number of more digits than a spreadsheet keeps; enter it as text"
            return BadRow(number, name, "number_too_long", value, shown, message)
    return None


def _notes(where: str, sheet: Sheet, marks: Marks, header_row: int) -> list[str]:
    """Say what a person looking at the sheet might not expect."""
    notes = []
    if sheet.hidden:
        notes.append(f"{where} is hidden; it was read")
    if marks.formulas:
        notes.append(f"{where} holds {marks.formulas} formulas; the results saved in the file were taken")
    hidden = len([row for row in marks.hidden_rows if row > header_row])
    if hidden:
        notes.append(f"{where} has {hidden} hidden rows; they were read")
    return notes
