"""The exact way through a CSV file: record by record, so that no damaged line can take its neighbours with it.

Used where the quick way cannot vouch for every row: rows with too few or too many cells, bytes that are not UTF-8,
blank lines, quotes that are never closed. A record is what RFC 4180 says, with two freedoms that every spreadsheet
takes: any line ending, and a quote inside an unquoted cell (``5" pipe``) is an ordinary character.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.raw import BadRow

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(slots=True)
class Records:
    """What one pass found.

    Attributes:
        columns: for each header the cells of the good records.
        rows: their numbers.
        bad: the records that could not be split.
        notes: what the reader should be told.
    """

    columns: list[list[str]]
    rows: list[int]
    bad: list[BadRow]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Fault:
    """A record that breaks the rules of quoting; ``end`` is how far the damage may reach."""

    rule: str
    end: int


def split_record(text: str, start: int, delimiter: str, *, strict: bool = False) -> tuple[list[str], int] | _Fault:
    """Split one record that has quotes in it, beginning at ``start``.

    Args:
        text: the file's text.
        start: where the record begins.
        delimiter: between cells.
        strict: a quote inside an unquoted cell is a fault (it may be the tail of a damaged cell).

    Returns:
        Its cells and where the next record begins; or the fault.
    """
    cells: list[str] = []
    position, size = start, len(text)
    plain_end = re.compile(f"[{re.escape(delimiter)}\r\n]")
    while True:
        if position < size and text[position] == '"':
            opened = position + 1
            scan = opened
            while True:
                closed = text.find('"', scan)
                if closed < 0:
                    return _Fault("unterminated_quote", size)
                if text.startswith('"', closed + 1):
                    scan = closed + 2
                    continue
                break
            cells.append(text[opened:closed].replace('""', '"'))
            position = closed + 1
            if position < size and text[position] not in (delimiter, "\r", "\n"):
                spans = _LINE_END.search(text, opened, closed) is not None
                return _Fault("unterminated_quote" if spans else "stray_quote", position)
        else:
            found = plain_end.search(text, position)
            end = size if found is None else found.start()
            cell = text[position:end]
            if cell.lstrip().startswith('"') or (strict and '"' in cell):
                return _Fault("stray_quote", end)
            cells.append(cell)
            position = end
        if position >= size:
            return cells, size
        if text[position] != delimiter:
            return cells, position + (2 if text.startswith("\r\n", position) else 1)
        position += 1


def read_records(text: str, header: Sequence[str], first_row: int, delimiter: str) -> Records:
    """Read the records after the header.

    A quote that is never closed, or closed in a later line in a way that no writer of CSV would, spoils only the line
    it stands in: the lines after it are read on their own.

    Args:
        text: everything after the header's line end, invalid bytes kept by ``surrogateescape``.
        header: the column names.
        first_row: the number of the first line of ``text``.
        delimiter: between cells.
    """
    width, plain = len(header), text.isascii() and "\x00" not in text
    good: list[list[str]] = []
    out = Records([], [], [], [])
    position, size, number, suspect = 0, len(text), first_row - 1, -1
    line_end = _LINE_END.search
    while position < size:
        number += 1
        ending = line_end(text, position)
        line_stop, after = (size, size) if ending is None else ending.span()
        line = text[position:line_stop]
        begin, position = position, after
        if not line:
            continue
        if '"' not in line:
            cells, record, after_record = line.split(delimiter), line, after
        else:
            split = split_record(text, begin, delimiter, strict=begin < suspect)
            if isinstance(split, tuple) and split[1] > after and len(split[0]) != width:
                split = _Fault("unterminated_quote", split[1])
            if isinstance(split, _Fault):
                out.bad.append(_damaged(number, split.rule, line, delimiter))
                if split.rule == "unterminated_quote":
                    suspect = max(suspect, split.end)
                    out.notes.append(_swallowed(text, number, after, split.end))
                continue
            cells, after_record = split
            record = line if after_record <= after else text[begin:after_record].rstrip("\r\n")
            position = after_record
        fault = None if plain and len(cells) == width else _fault(number, cells, record, header)
        if fault is None:
            out.rows.append(number)
            good.append(cells)
        else:
            out.bad.append(fault)
    out.columns.extend(map(list, zip(*good, strict=True)) if good else ([] for _ in header))
    return out


def _swallowed(text: str, number: int, after: int, end: int) -> str:
    """Say how many lines a quote that is not closed would have taken with it."""
    lines = sum(1 for _ in _LINE_END.finditer(text, after, end)) + (end > after and text[end - 1] not in "\r\n")
    return (
        f"row {number}: a quote is opened and not properly closed; "
        f"{lines} lines after it, which it would have swallowed, were read on their own"
    )


def _fault(number: int, cells: list[str], record: str, header: Sequence[str]) -> BadRow | None:
    """Say what is wrong with a record that could be split, if anything is."""
    if len(cells) != len(header):
        what = "too few" if len(cells) < len(header) else "too many"
        message = f"{len(cells)} cells where the header has {len(header)}: {what}"
        return BadRow(number, None, "ragged_row", record, tuple(cells), message)
    if "\x00" in record or (not record.isascii() and _ESCAPED_BYTE.search(record)):
        for name, cell in zip(header, cells, strict=True):
            if "\x00" in cell:
                return BadRow(number, name, "nul_character", cell, tuple(cells), "a NUL character")
            if _ESCAPED_BYTE.search(cell):
                message = "bytes that are not UTF-8; save the file as UTF-8, or name its encoding in a mapping file"
                return BadRow(number, name, "invalid_utf8", cell, tuple(cells), message)
    return None


def _damaged(number: int, rule: str, line: str, delimiter: str) -> BadRow:
    """Describe a line whose quotes are wrong, with its cells as well as they can be told."""
    message = {
        "unterminated_quote": "a quote is opened and not properly closed",
        "stray_quote": "a quote stands where none may; double it inside a quoted cell, or remove it",
    }[rule]
    try:
        cells = tuple(next(csv.reader([line.replace("\x00", "")], delimiter=delimiter)))
    except csv.Error:  # a cell beyond csv's own limit: the line itself is kept in full
        cells = ()
    return BadRow(number, None, rule, line, cells, message)
