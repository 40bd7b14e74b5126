"""What the rows of one load come to, together with what is known: new facts, corrections, withdrawals, conflicts.

One sort by key brings rows and known facts together. Keys with one row take the short road, all at once; keys with
several rows, or with a group in force, take the careful road of ``loaders.merge_group``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.facts import fact_schema
from genealogy.plant import ColumnType, Table
from loaders.merge_group import Content, Known, Loaded, Status, extra_of, extra_text, settle
from loaders.merge_order import ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    import numpy.typing as npt

    from loaders.check import Checked

    Rows = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


@dataclass
class Merged:
    """One table of a load, brought together.

    Attributes:
        facts: what is new, in the ledger's columns, by key and ordinal.
        statuses: for each file, what became of each of its rows.
        settled: (quarantine id, key, file, row) of the good rows of this load that correct a quarantined row.
        notes: what the person who loads should know.
        unknown_voids: keys that are withdrawn though nothing was known of them.
    """

    facts: pa.Table
    statuses: list[npt.NDArray[np.uint8]]
    settled: list[tuple[str, str, int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown_voids: list[str] = field(default_factory=list)


def time_columns(table: Table) -> list[str]:
    """The columns of a table that hold times."""
    return [column.name for column in table.facts if column.type is ColumnType.TIME]


def merge(
    table: Table,
    files: Sequence[tuple[int, Checked]],
    known: pa.Table | None,
    *,
    corrected: Set[str] = frozenset(),
    missing: Mapping[tuple[str, str] | None, int] | None = None,
    refused: Mapping[int, Mask] | None = None,
) -> Merged:
    """Bring the good rows of all files of one table together with what is known.

    Args:
        table: the plant table.
        files: number of each file in the load, and its judged rows.
        known: for the keys that occur, the facts in force and the withdrawals that are.
        corrected: ids of quarantined rows that earlier loads corrected.
        missing: by (step, item), or None where they are not legible: how many rows that earlier loads corrected stand
            in this load once more as they were before.
        refused: by number of the file, rows that are in conflict for a reason of their own.
    """
    work = _Work(table, files, known, refused or {})
    work.corrected, work.missing = corrected, missing or {}
    return work.run()


class _Work:
    """The rows of one table on their way to facts."""

    corrected: Set[str]
    missing: Mapping[tuple[str, str] | None, int]

    def __init__(
        self, table: Table, files: Sequence[tuple[int, Checked]], known: pa.Table | None, refused: Mapping[int, Mask]
    ) -> None:
        self.table = table
        self.schema = fact_schema(table.name)
        self.names = [column.name for column in table.facts]
        self.times = time_columns(table)
        self.statuses: list[npt.NDArray[np.uint8]] = []
        self.good: list[Rows] = []
        stacked, patterns, multiset, ids = [], [], [], []
        self.patterns: list[tuple[frozenset[str], tuple[str, ...]]] = []
        for number, checked in files:
            status = np.where(checked.faults > 0, Status.BAD, Status.ACCEPTED).astype(np.uint8)
            status[refused.get(number, np.zeros(len(status), bool)) & (status == Status.ACCEPTED)] = Status.CONFLICT
            self.statuses.append(status)
            good = np.flatnonzero(status == Status.ACCEPTED)
            stacked.append(fact_rows(table, number, checked, good))
            self.good.append(good)
            pattern = (checked.stated, checked.unknown)
            if pattern not in self.patterns:
                self.patterns.append(pattern)
            patterns.append(np.full(len(good), self.patterns.index(pattern)))
            multiset.append(checked.multiset[good])
            given = checked.raw.quarantine_ids
            ids.append(np.array([given[row] for row in good] if given else [""] * len(good), object))
        self.load = pa.concat_tables(stacked).combine_chunks()
        self.pattern = np.concatenate(patterns)
        self.multiset, self.ids = np.concatenate(multiset), np.concatenate(ids)
        empty = self.schema.empty_table()
        self.known = empty if known is None else known.select(self.schema.names).cast(self.schema).combine_chunks()
        self.status = np.zeros(self.load.num_rows, np.uint8)
        self.notes: list[str] = []

    def run(self) -> Merged:
        """Sort, settle the keys road by road, and put the facts together."""
        size = self.load.num_rows
        keys = _concat(self.load["key"], self.known["key"])
        order, first = ordered(keys)
        group = np.empty(len(keys), np.int64)
        group[order] = np.cumsum(first) - 1
        groups = int(first.sum())
        mine, theirs = group[:size], group[size:]
        op = self.load["op"].to_numpy() == 1
        active = self._drop_copies(mine, groups)
        count = np.bincount(mine[active], minlength=groups)
        known_count = np.bincount(theirs, minlength=groups)
        voids = np.bincount(mine[active], weights=op[active], minlength=groups) > 0
        # Corrected rows of the quarantine add to their group instead of replacing it: always the careful road.
        adding = np.bincount(mine[self.multiset & (self.ids != "")], minlength=groups) > 0
        new = (known_count == 0) & ~adding & ((count == 1) | ~voids & _any(mine, self.multiset, groups))
        alone = (count == 1) & (known_count == 1) & ~adding
        accepted = active & new[mine]
        changed, overlaid = self._overlay(np.flatnonzero(active & alone[mine]), mine, theirs, groups)
        self.status[changed == 0] = Status.UNCHANGED
        careful = active & ~new[mine] & ~alone[mine]
        settled = self._careful(careful, mine, theirs, order)
        disputed = _any(mine, self.status == Status.CONFLICT, groups)
        self.status[~active] = np.where(disputed[mine[~active]], Status.CONFLICT, Status.UNCHANGED)
        parts = [self.load.filter(pa.array(accepted)), overlaid, settled]
        if overlaid.num_rows or settled.num_rows:
            facts = pa.concat_tables(parts).combine_chunks()
            facts = self._in_order(facts, *ordered(_flat(facts["key"])))
        else:
            kept = order[order < size]
            kept = kept[accepted[kept]]
            start = np.ones(len(kept), bool)
            start[1:] = mine[kept[1:]] != mine[kept[:-1]]
            facts = self._in_order(self.load, kept, start)
        return self._result(facts, op, known_count[mine])

    def _result(self, facts: pa.Table, op: Mask, known_count: Rows) -> Merged:
        start = 0
        for statuses, good in zip(self.statuses, self.good, strict=True):
            statuses[good] = self.status[start : start + len(good)]
            start += len(good)
        given = np.flatnonzero((self.status != Status.CONFLICT) & (self.ids != ""))
        places = self.load.select(["key", "file", "row"]).take(pa.array(given)).to_pylist()
        settled = [
            (number, place["key"], place["file"], place["row"])
            for number, place in zip(self.ids[given].tolist(), places, strict=True)
            if number not in self.corrected
        ]
        blind = np.flatnonzero(op & (known_count == 0) & (self.status == Status.ACCEPTED))
        return Merged(facts, self.statuses, settled, self.notes, self.load["key"].take(pa.array(blind)).to_pylist())

    def _drop_copies(self, mine: Rows, groups: int) -> Mask:
        """Rows that are not just a repetition: of identical rows of one key, the first."""
        active = np.ones(len(mine), bool)
        several = (np.bincount(mine, minlength=groups) > 1)[mine] & ~self.multiset
        rows = np.flatnonzero(several)
        if not len(rows):
            return active
        told = self._content(self.load.take(pa.array(rows)), self.pattern[rows])
        both = np.column_stack([mine[rows], told])
        order = np.lexsort((rows, both[:, 1], both[:, 0]))
        first = np.ones(len(rows), bool)
        first[1:] = (both[order[1:]] != both[order[:-1]]).any(axis=1)
        active[rows[order[~first]]] = False
        return active

    def _content(self, rows: pa.Table, pattern: Rows | None = None) -> Rows:
        """A rank for each row such that equal contents have equal ranks, in the order of the contents' text."""
        columns = [pc.fill_null(rows[name], "") for name in ("void_reason", *self.names, "extra")]
        columns.append(rows["op"].cast(pa.string()))
        if pattern is not None:
            columns.append(pa.array(pattern).cast(pa.string()))
        text = _flat(pc.binary_join_element_wise(*columns, "\0"))  # no text holds NUL
        return np.asarray(pc.rank(text, tiebreaker="dense")).astype(np.int64)

    def _overlay(self, rows: Rows, mine: Rows, theirs: Rows, groups: int) -> tuple[npt.NDArray[np.int8], pa.Table]:
        """One row over one known fact: absent columns keep the known values.

        Returns:
            for each row of the load 1 where it changes the fact, 0 where it does not, -1 where it is not one of these;
            and the changed facts.
        """
        changed = np.full(self.load.num_rows, -1, np.int8)
        if not len(rows):
            return changed, self.schema.empty_table()
        known_of = np.zeros(groups, np.int64)
        known_of[theirs] = np.arange(len(theirs))
        load, known = self.load.take(pa.array(rows)), self.known.take(pa.array(known_of[mine[rows]]))
        void, was_void = load["op"].to_numpy() == 1, known["op"].to_numpy() == 1
        over = ~void & ~was_void
        columns: dict[str, Any] = {name: load[name] for name in self.schema.names}
        different = np.zeros(len(rows), bool)
        for name in self.names:
            stated = np.array([name in pattern for pattern, _ in self.patterns])[self.pattern[rows]] | ~over
            if not stated.all():
                mask = pa.array(stated)
                sides = (f"{name}__start", f"{name}__end") if name in self.times else ()
                for column in (name, *sides):
                    columns[column] = pc.if_else(mask, load[column], known[column])
            different |= ~_same(columns[name], known[name])
        columns["extra"] = self._extra(load["extra"], known["extra"], over, self.pattern[rows])
        different |= ~_same(columns["extra"], known["extra"])
        changes = np.where(over, different, void != was_void)
        changed[rows] = changes
        return changed, pa.table(columns, schema=self.schema).filter(pa.array(changes))

    def _extra(self, stated: pa.ChunkedArray, known: pa.ChunkedArray, over: Mask, pattern: Rows) -> pa.ChunkedArray:
        rows = np.flatnonzero(over & np.asarray(pc.is_valid(known)) & ~_same(stated, known))
        if not len(rows):
            return stated
        texts, held = stated.to_pylist(), known.to_pylist()
        for row in rows:
            absent = {f"+{name}": None for name in self.patterns[pattern[row]][1]}
            texts[row] = extra_text({**extra_of(held[row]), **absent, **extra_of(texts[row])})
        return pa.chunked_array([pa.array(texts, pa.string())])

    def _careful(self, rows: Mask, mine: Rows, theirs: Rows, order: Rows) -> pa.Table:
        """Settle the remaining keys one by one."""
        size = self.load.num_rows
        wanted = np.zeros(int(max(mine.max(initial=-1), theirs.max(initial=-1))) + 1, bool)
        wanted[mine[rows]] = True
        if not wanted.any():
            return self.schema.empty_table()
        group = np.concatenate([mine, theirs])
        involved = order[wanted[group[order]]]
        involved = involved[(involved >= size) | np.concatenate([rows, np.zeros(len(theirs), bool)])[involved]]
        ours, held = np.sort(involved[involved < size]), np.sort(involved[involved >= size]) - size
        texts = {int(row): text for row, text in zip(ours, self.load.take(pa.array(ours)).to_pylist(), strict=True)}
        facts = {int(row): text for row, text in zip(held, self.known.take(pa.array(held)).to_pylist(), strict=True)}
        found: list[dict[str, Any]] = []
        starts = np.flatnonzero(np.diff(group[involved], prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(involved)], strict=True):
            members = np.sort(involved[start:end])
            own = [int(row) for row in members if row < size]
            old = [facts[int(row) - size] for row in members if row >= size]
            outcome = settle(
                [self._loaded(row, texts[row]) for row in own],
                [Known(self._known_content(row), row["op"] == 1, row["file"], row["row"]) for row in old],
                multiset=bool(self.multiset[own[0]]),
                corrected=self.corrected,
                missing=self._missing(texts[own[0]]),
            )
            self.status[own] = outcome.statuses
            self.notes += outcome.notes
            if outcome.facts:
                sides = self._bounds([*(texts[row] for row in own), *old])
                key = texts[own[0]]["key"]
                found += [self._fact(key, fact, sides) for fact in outcome.facts]
        return pa.Table.from_pylist(found, schema=self.schema)

    def _missing(self, row: dict[str, Any]) -> int:
        if not self.missing:
            return 0
        return self.missing.get((row["step_id"], row["item_id"]), 0) + self.missing.get(None, 0)

    def _loaded(self, row: int, text: dict[str, Any]) -> Loaded:
        stated, unknown = self.patterns[self.pattern[row]]
        void = text["op"] == 1
        names = [name for name in self.names if name in stated and not (void and text[name] is None)]
        content: Content = {name: text[name] for name in names}
        if not void:
            content |= {f"+{name}": None for name in unknown} | extra_of(text["extra"])
        return Loaded(content, void, text["void_reason"], text["file"], text["row"], self.ids[row])

    def _known_content(self, row: dict[str, Any]) -> Content:
        return {name: row[name] for name in self.names} | extra_of(row["extra"])

    def _bounds(self, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str | None], tuple[int | None, int | None]]:
        return {(name, row[name]): (row[f"{name}__start"], row[f"{name}__end"]) for name in self.times for row in rows}

    def _fact(
        self,
        key: str,
        fact: tuple[Content, bool, str | None, int, int],
        bounds: dict[tuple[str, str | None], tuple[int | None, int | None]],
    ) -> dict[str, Any]:
        content, void, reason, file, row = fact
        found: dict[str, Any] = {name: content.get(name) for name in self.names}
        for name in self.times:
            found[f"{name}__start"], found[f"{name}__end"] = bounds.get((name, found[name]), (None, None))
        front = {
            "key": key,
            "op": int(void),
            "file": file,
            "row": row,
            "extra": extra_text(content),
            "void_reason": reason,
        }
        return front | found

    def _in_order(self, facts: pa.Table, order: Rows, first: Mask) -> pa.Table:
        """Facts by key; the rows of one key by content, and numbered."""
        ordinal = np.zeros(len(order), np.int32)
        if not first.all():
            group = np.cumsum(first) - 1
            several = np.flatnonzero((np.bincount(group) > 1)[group])
            rank = self._content(facts.take(pa.array(order[several])))
            inside = np.lexsort((order[several], rank, group[several]))
            order[several] = order[several][inside]
            starts = np.flatnonzero(first)
            ordinal = (np.arange(len(order)) - starts[group]).astype(np.int32)
        if len(order) != facts.num_rows or (np.diff(order) != 1).any():
            facts = facts.take(pa.array(order))
        return facts.set_column(1, self.schema.field("ordinal"), pa.array(ordinal))


def fact_rows(table: Table, number: int, checked: Checked, good: Rows) -> pa.Table:
    """The good rows of a file in the ledger's columns; a withdrawal keeps only its key."""
    schema, size = fact_schema(table.name), len(good)
    whole = size == len(checked.faults)
    at = pa.array(good)
    void = pa.array(checked.void[good])
    any_void = bool(checked.void[good].any())
    keys = {column.name for column in table.key}

    def pick(values: pa.Array | None, kind: pa.DataType, blank: pa.Array | None) -> pa.Array:
        if values is None:
            return pa.nulls(size, kind)
        taken = values if whole else values.take(at)
        return pc.if_else(blank, None, taken) if blank is not None else taken

    columns: dict[str, pa.Array] = {
        "key": pick(checked.key, pa.string(), None),
        "ordinal": pa.repeat(pa.scalar(0, pa.int32()), size),
        "op": void.cast(pa.int8()),
        "file": pa.repeat(pa.scalar(number, pa.int32()), size),
        "row": pa.array(checked.raw.rows[good], pa.int32()),
        "extra": pick(checked.extra, pa.string(), void if any_void else None),
        "void_reason": pick(checked.values.get("void_reason"), pa.string(), None),
    }
    for column in table.facts:
        name, blank = column.name, None
        if any_void and name not in keys:
            blank = void
        elif any_void and name == "at" and table.grouped:  # beside a line number the time is no part of the key
            blank = pa.array(checked.void[good] & ~checked.multiset[good])
        columns[name] = pick(checked.values.get(name), pa.string(), blank)
        if column.type is ColumnType.TIME:
            start, end = checked.times.get(name, (None, None))
            columns[f"{name}__start"] = pick(start, pa.int64(), blank)
            columns[f"{name}__end"] = pick(end, pa.int64(), blank)
    return pa.table(columns).select(schema.names).cast(schema)


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _concat(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.Array:
    return _flat(one) if not len(other) else pa.concat_arrays([_flat(one), _flat(other)])


def _any(group: Rows, mask: Mask, groups: int) -> Mask:
    return np.bincount(group[mask], minlength=groups) > 0


def _same(one: pa.Array | pa.ChunkedArray, other: pa.Array | pa.ChunkedArray) -> Mask:
    """Where two columns state the same; both unknown is the same."""
    equal = np.asarray(pc.fill_null(pc.equal(one, other), False))
    if one.null_count or other.null_count:
        equal = equal | (np.asarray(pc.is_null(one)) & np.asarray(pc.is_null(other)))
    return equal
