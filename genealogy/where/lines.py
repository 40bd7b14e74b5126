"""The lines that say where items went: shipments, counts, moves, dispositions, consumption, as arrays in time.

A line is about a *thing* (a lot or a unit, by its position in what was asked for), whether it names it or a container
that it was in at that time. What a line names is kept, for a count replaces earlier counts of the same name only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import NO_TIME
from genealogy.where.containers import FOR_EVER, Inside, contents, held, inside

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.where.measures import Bases

MADE, COUNTED, MOVED, RETURNED, SHIPPED, USED, SAMPLED, SCRAPPED, DESTROYED, CONSUMED, UNPACKED = range(11)
"""Kinds of lines, in the order in which lines of one moment are read for a unit."""
OK, NO_QUANTITY, NOT_CONVERTIBLE, SHARED_CONTAINER = range(4)
"""How a quantity is known: in the base unit; not recorded; in a unit that does not convert; of several things together."""
TABLES = ("production", "stock", "moves", "shipments", "dispositions", "consumption", "packing")
_DISPOSED = {
    "returned": RETURNED, "used": USED, "sampled": SAMPLED, "scrapped": SCRAPPED, "destroyed": DESTROYED,
}  # fmt: skip


@dataclass
class Lines:
    """Lines, column by column.

    Attributes:
        thing: position of the item.
        kind: one of the kinds above.
        begin: its time in microseconds UTC, NO_TIME where none is recorded.
        end: the end of a time that is a whole day, else the same.
        amount: in 10^-9 of the base unit of the thing.
        known: how the amount is known.
        named: the item or container that the line names.
        place: of a count, or from where something moved (words, -1: not recorded).
        target: to where it moved.
        party: consignee, or at or from whom.
        status: of a count.
        step: that consumed.
        table: position in TABLES.
        row: of that table.
    """

    thing: Array
    kind: Array
    begin: Array
    end: Array
    amount: Array
    known: Array
    named: Array
    place: Array
    target: Array
    party: Array
    status: Array
    step: Array
    table: Array
    row: Array

    def __len__(self) -> int:
        return len(self.thing)

    def where(self, chosen: Array) -> Lines:
        """Some of them: a mask, or positions."""
        return Lines(*(getattr(self, each.name)[chosen] for each in fields(self)))


def joined(parts: list[Lines]) -> Lines:
    """All of them, one after the other."""
    return Lines(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Lines)))


class Reader:
    """Reads the lines about some things.

    Args:
        moment: the facts that count.
        items: numbers of the things, each once.
        unit: which of them are serialised units: a line about one counts one piece, whatever its quantity says.
        bases: in which unit each thing is counted.
    """

    def __init__(self, moment: Moment, items: Array, unit: Array, bases: Bases) -> None:
        self._moment, self._items, self._unit, self._bases = moment, items, unit, bases
        self._inside: Inside = inside(moment, items)

    def read(self) -> Lines:
        """All lines but those of production."""
        parts = [self._counts(), self._moves(), self._shipments(), self._dispositions(), self.consumption()]
        return joined([*parts, self._unpackings()])

    def production(self, things: Array) -> Lines:
        """What was made of some of the things."""
        return self._of_steps("production", MADE, things)

    def consumption(self) -> Lines:
        """What steps consumed."""
        return self._of_steps("consumption", CONSUMED, np.arange(len(self._items)))

    def _counts(self) -> Lines:
        named, packed = self._rows("stock", "counted_at")
        return self._lines("stock", COUNTED, named, packed, "counted_at", place="place_id", status="status")

    def _shipments(self) -> Lines:
        named, packed = self._rows("shipments", "shipped_at")
        return self._lines("shipments", SHIPPED, named, packed, "shipped_at", party="consignee_id")

    def _moves(self) -> Lines:
        named, packed = self._rows("moves", "at")
        return self._lines("moves", MOVED, named, packed, "at", place="from_place", target="to_place")

    def _dispositions(self) -> Lines:
        named, packed = self._rows("dispositions", "at")
        lines = self._lines("dispositions", SCRAPPED, named, packed, "at", party="party_id")
        words = self._moment.column("dispositions", "kind")[lines.row]
        for word, kind in _DISPOSED.items():
            lines.kind[words == self._moment.words.find([word])[0]] = kind
        return lines

    def _of_steps(self, table: str, kind: int, things: Array) -> Lines:
        """Consumption or production, at its own time, else when its step began."""
        moment = self._moment
        rows, owner = moment.rows_of(table, "item_id", self._items[things])
        thing = things[owner]
        lines = self._plain(table, kind, rows, thing, self._items[thing], "at")
        lines.step = moment.column(table, "step_id")[rows].astype(np.int64) if len(rows) else lines.step
        for name in ("started_at", "ended_at"):
            open_ = np.flatnonzero(lines.begin == NO_TIME)
            found, of = moment.rows_at("steps", "step_id", lines.step[open_])
            if len(found):
                lines.begin[open_[of]] = moment.column("steps", f"{name}_start")[found]
                lines.end[open_[of]] = moment.column("steps", f"{name}_end")[found]
        lines.amount, lines.known = self._amounts(table, rows, thing)
        return lines

    def _rows(self, table: str, time: str) -> tuple[tuple[Array, Array], tuple[Array, Array, Array]]:
        """The rows that name things, and those that name a container that held one then."""
        moment = self._moment
        named = moment.rows_of(table, "item_id", self._items)
        rows, owner = moment.rows_of(table, "item_id", self._inside.container.astype(np.int32))
        if len(rows):
            ends = (moment.column(table, f"{time}_{end}")[rows] for end in ("start", "end"))
            then = held(self._inside.since[owner], self._inside.until[owner], *ends)
            rows, owner = rows[then], owner[then]
        thing, container = self._inside.thing[owner], self._inside.container[owner]
        once = distinct(rows, thing)
        return named, (rows[once], thing[once], container[once])

    def _lines(
        self, table: str, kind: int, direct: tuple[Array, Array], packed: tuple[Array, Array, Array], time: str,
        **columns: str,
    ) -> Lines:  # fmt: skip
        rows, owner = direct
        named = self._plain(table, kind, rows, owner, self._items[owner], time)
        named.amount, named.known = self._amounts(table, rows, owner)
        within = self._plain(table, kind, packed[0], packed[1], packed[2], time)
        within.amount, within.known = self._amounts(table, packed[0], packed[1])
        self._divide(within)
        lines = joined([named, within])
        for name, source in columns.items():
            if len(lines):
                setattr(lines, name, self._moment.resolved(table, source, lines.row).astype(np.int64))
        return lines

    def _plain(self, table: str, kind: int, rows: Array, thing: Array, named: Array, time: str) -> Lines:
        moment, count = self._moment, len(rows)
        begin, end = (
            moment.column(table, f"{time}_{which}")[rows].copy() if count else np.zeros(0, np.int64)
            for which in ("start", "end")
        )
        nothing = np.full(count, -1, np.int64)
        return Lines(
            np.asarray(thing, np.int64), np.full(count, kind, np.int8), begin, end,
            np.zeros(count, np.int64), np.zeros(count, np.int8), np.asarray(named, np.int64),
            nothing, nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy(),
            np.full(count, TABLES.index(table), np.int8), np.asarray(rows, np.int64),
        )  # fmt: skip

    def _amounts(self, table: str, rows: Array, thing: Array) -> tuple[Array, Array]:
        """In the base unit of each thing. A unit counts one piece; a count or disposition of nothing says zero of it."""
        if not len(rows):
            return np.zeros(0, np.int64), np.zeros(0, np.int8)
        quantity, measure = (self._moment.column(table, name)[rows] for name in ("quantity", "unit"))
        amount, known = self._bases.amounts(thing, quantity, measure)
        unit = self._unit[thing]
        if unit.any():
            zero = self._bases.is_zero(quantity)
            amount = np.where(unit, np.where(zero, 0, self._bases.piece), amount)
            known = np.where(unit, OK, known).astype(np.int8)
        return amount, known

    def _divide(self, lines: Lines) -> None:
        """A container line's quantity is that of the one lot in it, less the units beside it; of several lots it is of none."""
        loose = np.flatnonzero(~self._unit[lines.thing])
        if not len(loose):
            return
        held_then = contents(self._moment, lines.named[loose], lines.begin[loose], lines.end[loose])
        piece = self._bases.pieces(lines.thing[loose])
        beside = held_then.units > 0
        lines.amount[loose] -= np.where(beside & (piece >= 0), held_then.units * piece, 0)
        unclear = (held_then.others > 1) | (beside & (piece < 0)) | (lines.amount[loose] < 0)
        unclear &= lines.known[loose] == OK
        lines.known[loose[unclear]], lines.amount[loose[lines.known[loose] != OK]] = SHARED_CONTAINER, 0

    def _unpackings(self) -> Lines:
        """When a lot came out of a container: what was counted with the container is loose from then on."""
        found = self._inside
        out = np.flatnonzero((found.until < FOR_EVER) & ~self._unit[found.thing])
        count = len(out)
        zero, nothing = np.zeros(count, np.int64), np.full(count, -1, np.int64)
        return Lines(
            found.thing[out], np.full(count, UNPACKED, np.int8), found.until[out], found.until[out], zero,
            np.full(count, OK, np.int8), found.container[out], nothing, nothing, nothing, nothing, nothing,
            np.full(count, TABLES.index("packing"), np.int8), nothing,
        )  # fmt: skip
