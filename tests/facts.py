"""Facts as the ledger hands them out, written as rows in a test."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from genealogy.plant import TABLES, ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = dict[str, str | None]

QUARANTINE = ("quarantine_id", "table", "column", "rule", "value", "step_id", "item_id", "role", "key")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)\[(.+)\]")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def key_of(table: str, row: Mapping[str, str | None]) -> str:
    """The natural key of a row, as facts carry it."""
    if TABLES[table].grouped:
        tail = ["T", row.get("at")] if row.get("line_no") is None else ["L", row.get("line_no")]
        parts = [row.get("step_id"), row.get("item_id"), *tail]
    else:
        parts = [row.get(column.name) for column in TABLES[table].key]
    return "\x1f".join(part or "" for part in parts)


def bounds(time: str) -> tuple[int, int]:
    """Both ends of a canonical time, in microseconds since 1970 UTC.

    >>> bounds("1970-01-01T00:00:01Z"), bounds("1970-01-01[Z]")
    ((1000000, 1000000), (0, 86400000000))
    """
    day = _DAY.fullmatch(time)
    if day is None:
        instant = _microseconds(datetime.fromisoformat(time))
        return instant, instant
    begin = datetime.fromisoformat(day[1]).replace(tzinfo=_zone(day[2]))
    return _microseconds(begin), _microseconds(begin + timedelta(days=1))


def facts(table: str, rows: Iterable[Mapping[str, str | None]], file: int = 0) -> pa.Table:
    """Facts of one table in one entry.

    Args:
        table: whose columns the rows have; what a row leaves out is null.
        rows: canonical values; ``void = "yes"`` withdraws, ``void_reason`` and ``extra`` as facts carry them.
        file: number of the file that they came from.
    """
    rows = list(rows)
    groups: Counter[str] = Counter()
    columns: dict[str, list[Any]] = {"key": [], "ordinal": [], "op": []}
    for row in rows:
        key = key_of(table, row)
        columns["key"].append(key)
        columns["ordinal"].append(groups[key] if TABLES[table].grouped else 0)
        columns["op"].append(1 if row.get("void") == "yes" else 0)
        groups[key] += 1
    arrays: dict[str, pa.Array] = {
        "key": pa.array(columns["key"], pa.string()),
        "ordinal": pa.array(columns["ordinal"], pa.int32()),
        "op": pa.array(columns["op"], pa.int8()),
        "file": pa.array([file] * len(rows), pa.int32()),
        "row": pa.array(range(2, len(rows) + 2), pa.int32()),
        "extra": pa.array([row.get("extra") for row in rows], pa.string()),
        "void_reason": pa.array([row.get("void_reason") for row in rows], pa.string()),
    }
    for column in TABLES[table].facts:
        values = [row.get(column.name) for row in rows]
        arrays[column.name] = pa.array(values, pa.string())
        if column.type is ColumnType.TIME:
            ends = [(None, None) if value is None else bounds(value) for value in values]
            arrays[f"{column.name}__start"] = pa.array([start for start, _ in ends], pa.int64())
            arrays[f"{column.name}__end"] = pa.array([end for _, end in ends], pa.int64())
    return pa.table(arrays)


def quarantine(rows: Iterable[Mapping[str, str | None]], file: int = 0) -> pa.Table:
    """Quarantined rows of one entry; what a row leaves out is null."""
    rows = list(rows)
    arrays = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in QUARANTINE}
    arrays["raw"] = pa.array([row.get("raw", "") for row in rows], pa.string())
    arrays["file"] = pa.array([file] * len(rows), pa.int32())
    arrays["row"] = pa.array(range(2, len(rows) + 2), pa.int32())
    order = ("quarantine_id", "table", "file", "row", *QUARANTINE[2:], "raw")
    return pa.table({name: arrays[name] for name in order})


def corrected(rows: Iterable[Mapping[str, str | None]]) -> pa.Table:
    """The quarantined rows that an entry settled."""
    return pa.table({"quarantine_id": pa.array([row["quarantine_id"] for row in rows], pa.string())})


def entry(**tables: Sequence[Mapping[str, str | None]]) -> dict[str, pa.Table]:
    """The documents of one entry: rows by table; ``_quarantine`` and ``_corrected`` take rows, too."""
    found = {name: facts(name, rows) for name, rows in tables.items() if name in TABLES}
    if "_quarantine" in tables:
        found["_quarantine"] = quarantine(tables["_quarantine"])
    if "_corrected" in tables:
        found["_corrected"] = corrected(tables["_corrected"])
    return found


@dataclass
class Facts:
    """A source of facts: what each entry holds, from entry 1 on unless said otherwise."""

    entries: dict[int, dict[str, pa.Table]] = field(default_factory=dict)

    @classmethod
    def of(cls, *entries: dict[str, pa.Table]) -> Facts:
        return cls(dict(enumerate(entries, start=1)))

    def facts(self, after: int = -1, upto: int | None = None) -> Iterator[tuple[int, dict[str, pa.Table]]]:
        for sequence, tables in sorted(self.entries.items()):
            if sequence > after and (upto is None or sequence <= upto):
                yield sequence, tables


def _zone(name: str) -> timezone | ZoneInfo:
    if name == "Z":
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return ZoneInfo(name)
    size = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(-size if offset[1] == "-" else size)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
