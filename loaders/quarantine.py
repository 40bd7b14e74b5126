"""The quarantine file: rows that were not accepted, byte for byte, in a form that can be corrected and loaded again.

It is a CSV whose first eight columns say what was wrong and where; behind them stand the row's own cells under the
plant's column names. Rows of several tables share one file, so ``quarantine_columns`` says which columns a row really
has: a column that it lacks says nothing, an empty cell in a column that it has states "unknown".
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.durable import keep_file
from genealogy.errors import FileRefusedError
from genealogy.plant import TABLES
from loaders.raw import RawTable, empty_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

QUARANTINE_COLUMNS = (
    "quarantine_id",
    "quarantine_table",
    "quarantine_columns",
    "quarantine_file",
    "quarantine_row",
    "quarantine_column",
    "quarantine_rule",
    "quarantine_value",
)
"""The columns in front of the plant's own."""

_NEEDS_QUOTES = re.compile(r'[",;\t\r\n\x00]|^\s|\s$')
_NAMES = re.compile(r"(?:[^|\\]|\\.)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One row that was not accepted.

    Attributes:
        quarantine_id: by which a corrected row settles it.
        table: name of the plant table.
        file: the file that it came from, as found.
        row: its number there.
        column: the column at fault, or None.
        rule: the rule that it breaks.
        value: what broke it; for a record that could not be split, the record.
        cells: its cells by header, as written; bytes that are not UTF-8 as lone surrogates.
        source_column: behind a mapping, the column of the source that the cell at fault came from, else "".
        disputes: of a row in conflict, what other rows of the load state instead.
    """

    quarantine_id: str
    table: str
    file: str
    row: int
    column: str | None
    rule: str
    value: str
    cells: dict[str, str] = field(default_factory=dict)
    source_column: str = ""
    disputes: str = ""


def write_quarantine(path: Path, rows: Sequence[QuarantinedRow]) -> None:
    """Write rows as a quarantine file: durable, complete or absent, readable by its owner only.

    Raises:
        LedgerError: the disk is full or refuses.
    """

    def fill(file: BinaryIO, _: Path) -> str:
        file.writelines(_lines(rows))
        return path.name

    keep_file(path.parent, fill)


def quarantine_bytes(rows: Sequence[QuarantinedRow]) -> bytes:
    """The content of a quarantine file."""
    return b"".join(_lines(rows))


def _lines(rows: Sequence[QuarantinedRow]) -> Iterator[bytes]:
    header = list(QUARANTINE_COLUMNS)
    seen = set(header)
    for row in rows:
        for name in row.cells:
            if name not in seen:
                seen.add(name)
                header.append(name)
    own = header[len(QUARANTINE_COLUMNS) :]
    yield _line(header)
    for row in rows:
        front = [
            row.quarantine_id,
            row.table,
            "|".join(re.sub(r"([\\|])", r"\\\1", name) for name in row.cells),
            row.file,
            str(row.row),
            row.column or "",
            row.rule,
            row.value,
        ]
        yield _line(front + [row.cells.get(name, "") for name in own])


def _line(cells: Sequence[str]) -> bytes:
    quoted = ('"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell for cell in cells)
    return (",".join(quoted) + "\n").encode("utf-8", "surrogateescape")


def is_quarantine(header: Sequence[str]) -> bool:
    """Tell whether a header is that of a quarantine file."""
    return set(QUARANTINE_COLUMNS) <= set(header)


def split_quarantine(raw: RawTable) -> list[RawTable]:
    """Take a (corrected) quarantine file apart into the tables that its rows belong to.

    A column counts as present in a row when ``quarantine_columns`` lists it or when the corrected row fills it.

    Returns:
        One table for each plant table and set of columns, in the order of first occurrence.

    Raises:
        FileRefusedError: a row does not say which plant table it belongs to.
    """
    own = [name for name in raw.header if name not in QUARANTINE_COLUMNS]
    groups = _groups(raw, own)
    parts: list[RawTable] = []
    for (table, names), indices in groups.items():
        kept = [name for name in own if name in names]
        at = pa.array(indices)
        parts.append(
            RawTable(
                raw.source,
                table,
                raw.cells.select(kept).take(at),
                raw.rows[np.array(indices)],
                quarantine_ids=raw.cells.column("quarantine_id").take(at).to_pylist(),
            )
        )
    for row in raw.bad:
        cells = row.named(raw.header)
        table = _plant_table(raw.file, row.row, cells.get("quarantine_table", ""))
        place = next((place for place, part in enumerate(parts) if part.table == table), None)
        if place is None:
            place = len(parts)
            columns = [name for name in own if name in TABLES[table].by_name]
            parts.append(RawTable(raw.source, table, empty_table(columns), np.empty(0, np.int32), quarantine_ids=[]))
        known = parts[place]
        moved = replace(row, cells=tuple(cells.get(name, "") for name in known.header))
        parts[place] = replace(known, bad=[*known.bad, moved])
    if parts:
        parts[0] = replace(parts[0], notes=list(raw.notes))
    return parts


def _plant_table(file: str, row: int, name: str) -> str:
    if name not in TABLES:
        raise FileRefusedError(
            f"row {row} of {file} says that it belongs to the table {name!r}, which does not exist; "
            "nothing of it was loaded. Leave the column quarantine_table as it was written."
        )
    return name


def _groups(raw: RawTable, own: list[str]) -> dict[tuple[str, frozenset[str]], list[int]]:
    """Group the rows by plant table and by the columns that they have."""
    filled: list[set[str]] = [set() for _ in range(len(raw.rows))]
    for name in own:
        for row in np.flatnonzero(pc.not_equal(raw.cells.column(name), "").to_numpy()):
            filled[row].add(name)
    groups: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
    tables = raw.cells.column("quarantine_table").to_pylist()
    listed = raw.cells.column("quarantine_columns").to_pylist()
    for index, (table, names) in enumerate(zip(tables, listed, strict=True)):
        has = {re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL) for name in _NAMES.findall(names)}
        has = (has & set(own)) | filled[index]
        groups[_plant_table(raw.file, int(raw.rows[index]), table), frozenset(has)].append(index)
    return groups
