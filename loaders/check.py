"""Whether the rows of a file state what its table is for: header first, then cells, then what must hold between them.

Nothing is dropped here: every row comes out either with its canonical content or with the rule that it breaks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.errors import FileRefusedError
from genealogy.plant import TABLES, Column, ColumnType, Table
from genealogy.quantities import exact
from genealogy.units import ratio, unit_of
from genealogy.wording import Command, Option, said, worded
from loaders.check_cells import ADVICE, LONGEST_CELL, RULES, Verdict, judge, judge_unknown, number_of, told_value

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    import numpy.typing as npt

    from loaders.raw import RawTable

    Faults = npt.NDArray[np.uint8]

SEPARATOR = "\x1f"
"""Joins the parts of a key; no code can hold it."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row: the column, the rule it breaks, and the cell as written."""

    column: str
    rule: str
    value: str


@dataclass
class Checked:
    """One file's rows of one table, judged.

    Attributes:
        raw: what was read.
        values: canonical text of the known columns that the file has, by name; null is empty.
        times: first microsecond and end of the time columns, by name.
        key: the natural key of each row; null where the row does not tell it.
        linked: rows of consumption and production whose step and item are legible.
        multiset: rows of consumption and production without ``line_no``: they count each, and their group is replaced
            whole.
        void: rows that withdraw their fact.
        extra: JSON of the columns that the format does not know, where they hold anything.
        unknown: the names of these columns.
        faults: for each row 0, or the number of its fault in ``broken`` counted from 1.
        broken: (column, rule) of each kind of fault.
        notes: what the person who loads should know about this file.
    """

    raw: RawTable
    values: dict[str, pa.Array]
    times: dict[str, tuple[pa.Array, pa.Array]]
    key: pa.Array
    linked: npt.NDArray[np.bool_]
    multiset: npt.NDArray[np.bool_]
    void: npt.NDArray[np.bool_]
    extra: pa.Array
    unknown: tuple[str, ...]
    faults: npt.NDArray[np.int32]
    broken: list[tuple[str, str]]
    notes: list[str]

    @property
    def stated(self) -> frozenset[str]:
        """The columns of facts that the file states; of all others the known values stay."""
        return frozenset(self.values) - {"void", "void_reason"}

    def part(self, rows: npt.NDArray[np.int64]) -> Checked:
        """Some of the rows (counted from 0), as if the file held no others."""
        at, ids = pa.array(rows), self.raw.quarantine_ids
        raw = replace(
            self.raw,
            cells=self.raw.cells.take(at),
            rows=self.raw.rows[rows],
            bad=[],
            source_columns=[self.raw.source_columns[row] for row in rows] if self.raw.source_columns else None,
            quarantine_ids=[ids[row] for row in rows] if ids else ids,
        )
        return replace(
            self,
            raw=raw,
            values={name: value.take(at) for name, value in self.values.items()},
            times={name: (start.take(at), end.take(at)) for name, (start, end) in self.times.items()},
            key=self.key.take(at),
            linked=self.linked[rows],
            multiset=self.multiset[rows],
            void=self.void[rows],
            extra=self.extra.take(at),
            faults=self.faults[rows],
        )

    def fault(self, row: int) -> Fault:
        """What is wrong with a row (counted from 0)."""
        column, rule = self.broken[self.faults[row] - 1]
        written = self.raw.cells.column(column)[row].as_py() if column in self.raw.header else ""
        return Fault(column, rule, told_value(rule, written))


def message(
    table: str,
    file: str,
    row: int,
    column: str | None,
    rule: str,
    value: str,
    source: str = "",
    disputes: str = "",
    way: Callable[[Option | Command], str] = str,
) -> str:
    """Say where a row is wrong and what to do: ``file:row:column: rule: value: advice``.

    ``source`` is the column of the source behind a mapping, ``disputes`` what other rows state instead, ``way`` how a
    door says what is to be done.
    """
    known = TABLES[table].by_name.get(column or "")
    choices = ", ".join(known.values) if known else ""
    advice = worded(ADVICE.get(rule, "correct the row and load it again"), way).format(
        choices=choices, most=f"{LONGEST_CELL:,}"
    )
    place = f"{column or ''}{f' (source column {source!r})' if source and source != column else ''}"
    return f"{file}:{row}:{place}: {rule}: {value!r}: {advice}{f' ({disputes})' if disputes else ''}"


def check_header(raw: RawTable) -> None:
    """See that a file has the columns without which its table means nothing.

    Raises:
        FileRefusedError: one is missing; nothing of the file may be loaded.
    """
    table = TABLES[raw.table]
    missing = [column.name for column in table.columns if column.required and column.name not in raw.header]
    if missing and raw.quarantine_ids is None:
        names = ", ".join(missing)
        raise FileRefusedError(
            said(
                f"{raw.file} is refused: the table {table.name} needs the column{'s' if len(missing) > 1 else ''} {names}, "
                f"and its header has only {', '.join(raw.header) or 'nothing'}. Nothing of it was loaded. Add the missing "
                "column; ",
                Command("template"),
                " writes every table with its columns.",
            )
        )


def check(raw: RawTable, *, zone: str | None, unit_aliases: Set[str]) -> Checked:
    """Judge every row of a file.

    Args:
        raw: what was read.
        zone: the zone of times without an offset: an IANA name or an offset.
        unit_aliases: codes that aliases make units of measure.

    Raises:
        FileRefusedError: the header lacks a required column.
        InputError: nobody knows the zone.
    """
    check_header(raw)
    table = TABLES[raw.table]
    size = len(raw.rows)
    verdicts: dict[str, Verdict] = {}
    for column in table.columns:
        cells = _cells(raw, column)
        if cells is not None:
            verdicts[column.name] = judge(table.name, column, cells, zone, unit_aliases)
    _between_columns(table, verdicts, raw)
    void = np.zeros(size, bool)
    if "void" in verdicts:
        void = np.asarray(pc.equal(pc.fill_null(verdicts["void"].value, ""), "yes"))
    unknown = tuple(sorted(name for name in raw.header if name not in table.by_name))
    others = {name: judge_unknown(_flat(raw.cells.column(name))) for name in unknown}
    faults, broken = _gather(table, verdicts, others, void)
    values = {name: verdict.value for name, verdict in verdicts.items()}
    key, multiset = _keys(table, verdicts, size)
    return Checked(
        raw=raw,
        values=values,
        times={n: (v.start, v.end) for n, v in verdicts.items() if v.start is not None},
        key=key,
        linked=_fine(verdicts, "step_id", "item_id") if table.grouped else np.zeros(size, bool),
        multiset=multiset,
        void=void,
        extra=_extra({name: verdict.value for name, verdict in others.items()}, size),
        unknown=unknown,
        faults=faults,
        broken=broken,
        notes=_notes(table, raw, unknown),
    )


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _cells(raw: RawTable, column: Column) -> pa.Array | None:
    if column.name in raw.header:
        return _flat(raw.cells.column(column.name))
    # Only a quarantine file comes here without a required column: then its rows are at fault, not the file.
    return pa.repeat("", len(raw.rows)) if column.required else None


def _between_columns(table: Table, verdicts: dict[str, Verdict], raw: RawTable) -> None:
    """Mark what no cell shows alone."""
    for column in table.columns:
        if column.type is ColumnType.QUANTITY and column.unit in verdicts and column.name in verdicts:
            unit = verdicts[column.unit]
            missing = pc.and_(pc.is_valid(verdicts[column.name].value), pc.is_null(unit.value))
            _mark(unit.faults, np.asarray(missing) & (verdicts[column.name].faults == 0), "unit_missing")
    if "void_reason" in verdicts and len(raw.rows):
        void = verdicts["void"].value if "void" in verdicts else pa.nulls(len(raw.rows), pa.string())
        alone = pc.and_(pc.is_valid(verdicts["void_reason"].value), pc.is_null(void))
        _mark(verdicts["void_reason"].faults, np.asarray(alone), "reason_without_void")
    if table.name == "aliases":
        units = np.asarray(pc.fill_null(pc.equal(verdicts["kind"].value, "unit_of_measure"), False))
        means = verdicts["means"]
        for row in np.flatnonzero(units & (means.faults == 0)):
            if unit_of(means.value[int(row)].as_py()) is None:
                means.faults[row] = number_of("unknown_unit")
    if table.name == "conversions":
        _contradictions(verdicts)


def _contradictions(verdicts: dict[str, Verdict]) -> None:
    """Conversions between units whose ratio is fixed anyway, with another factor."""
    factor = verdicts["factor"]
    columns = [verdicts[name].value.to_pylist() for name in ("from_unit", "to_unit", "factor")]
    for row, (one, other, text) in enumerate(zip(*columns, strict=True)):
        if factor.faults[row] == 0 and one and other and text:
            fixed = ratio(one, other)
            if fixed is not None and exact(text) != fixed:
                factor.faults[row] = number_of("contradicts_units")


def _mark(faults: Faults, broken: npt.NDArray[np.bool_], rule: str) -> None:
    faults[broken & (faults == 0)] = number_of(rule)


def _gather(
    table: Table, verdicts: dict[str, Verdict], others: dict[str, Verdict], void: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int32], list[tuple[str, str]]]:
    """The first fault of each row, in the order of the table's columns. A row that withdraws needs only its key."""
    keys = {column.name for column in table.key}
    found = np.zeros(len(void), np.int32)
    broken: list[tuple[str, str]] = []
    for name, verdict in [*verdicts.items(), *others.items()]:
        counted = verdict.faults
        if not counted.any():
            continue
        if name not in keys and name not in ("void", "void_reason"):
            counted = np.where(void, 0, counted)
        for number in np.unique(counted[counted > 0]):
            broken.append((name, str(RULES[number])))
            found[(counted == number) & (found == 0)] = len(broken)
    return found, broken


def _keys(table: Table, verdicts: dict[str, Verdict], size: int) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """The natural key of each row, and which rows are members of a multiset."""
    legible = np.ones(size, bool)
    parts: dict[str, pa.Array] = {}
    for column in table.key:
        verdict = verdicts.get(column.name)
        if verdict is not None:
            legible &= verdict.faults == 0
            parts[column.name] = pc.fill_null(verdict.value, "")
    multiset = np.zeros(size, bool)
    blank = pa.scalar("")
    if not table.grouped:
        names = [column.name for column in table.key]
        key = _join([parts.get(name, blank) for name in names], size)
        return (key if legible.all() else pc.if_else(pa.array(legible), key, None)), multiset
    front = [parts["step_id"], parts["item_id"]]
    at, line = parts.get("at", blank), parts.get("line_no")
    if line is None:
        multiset[:] = True
        key = _join([*front, pa.scalar("T"), at], size)
    else:
        multiset = np.asarray(pc.equal(line, ""))
        key = _join([*front, pa.scalar("L"), line], size)
        if multiset.any():
            key = pc.if_else(pa.array(multiset), _join([*front, pa.scalar("T"), at], size), key)
        if "at" in verdicts:  # beside a line number, the time is no part of the key
            legible |= ~multiset & _fine(verdicts, "step_id", "item_id", "line_no")
    return (key if legible.all() else pc.if_else(pa.array(legible), key, None)), multiset


def _fine(verdicts: dict[str, Verdict], *names: str) -> npt.NDArray[np.bool_]:
    fine: npt.NDArray[np.bool_] = np.logical_and.reduce([verdicts[name].faults == 0 for name in names])
    return fine


def _join(parts: list[pa.Array], size: int) -> pa.Array:
    joined = pc.binary_join_element_wise(*parts, SEPARATOR)
    return joined if isinstance(joined, pa.Array) else pa.repeat(joined, size)


def _extra(values: dict[str, pa.Array], size: int) -> pa.Array:
    """JSON objects of the unknown columns that hold something; null where none does."""
    members = []
    for name, value in values.items():
        if value.null_count == size:
            continue
        words = value.dictionary_encode()
        written = [
            f",{json.dumps(name, ensure_ascii=False)}:{json.dumps(text, ensure_ascii=False)}"
            for text in words.dictionary.to_pylist()
        ]
        members.append(pa.array(written, pa.string()).take(words.indices))
    if not members:
        return pa.nulls(size, pa.string())
    # A comma before each member, and the first one cut off: joining with null_handling="skip" loses rows without any.
    joined = pc.binary_join_element_wise(*(pc.fill_null(member, "") for member in members), "")
    braced = pc.replace_substring(pc.binary_join_element_wise("{", joined, "}", ""), "{,", "{", max_replacements=1)
    return pc.if_else(pc.equal(joined, ""), None, braced)


def _notes(table: Table, raw: RawTable, unknown: tuple[str, ...]) -> list[str]:
    notes = [f"{raw.file}: {note}" if not note.startswith(raw.file) else note for note in raw.notes]
    if unknown:
        notes.append(f"{raw.file}: kept as further properties, for the format does not know them: {', '.join(unknown)}")
    for column in table.columns:
        if column.type is ColumnType.QUANTITY and column.name in raw.header and column.unit not in raw.header:
            notes.append(
                f"{raw.file}: {column.name} stands without a column {column.unit}; where no unit is known already, "
                "it cannot be converted and stays out of balances"
            )
    return notes
