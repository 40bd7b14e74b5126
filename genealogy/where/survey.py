"""A survey of some items: what there was of each, and the parts in which it is now, all in whole numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.describe import Records, records
from genealogy.snapshot.index import different
from genealogy.where import lots as where_lots
from genealogy.where import pieces as where_pieces
from genealogy.where.counted import LotCounts, departures
from genealogy.where.lines import CONSUMED, COUNTED, MADE, MOVED, OK, Lines, Reader, joined
from genealogy.where.measures import Bases
from genealogy.where.names import Names
from genealogy.where.pieces import NOWHERE, PART, Pieces
from genealogy.where.shapes import shapes

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.where.lots import Holding


@dataclass
class Supply:
    """What there was of a lot, in 10^-9 of its unit; None where it is not known.

    Attributes:
        produced: what its production rows add up to, where each of them states a quantity that converts.
        recorded: what its own record says.
        serialised: its units, where neither is known.
        unclear: production rows that cannot be added up.
    """

    produced: int | None = None
    recorded: int | None = None
    serialised: int | None = None
    unclear: int = 0

    @property
    def there_was(self) -> int | None:
        """The production where there is any, else the recorded quantity, else the units."""
        if self.produced is not None:
            return self.produced
        return self.serialised if self.recorded is None else self.recorded

    @property
    def source(self) -> str | None:
        """Where it is known from: ``production``, ``record`` or ``units``."""
        known = {"production": self.produced, "record": self.recorded, "units": self.serialised}
        return next((name for name, amount in known.items() if amount is not None), None)


@dataclass
class Survey:
    """Items, with the units of lots among them and the lots of units among them, and all that is recorded of them.

    Attributes:
        moment: as of which.
        items: numbers of the items asked for; the first of the things.
        things: all items looked at.
        unit: which of the things are units.
        found: what the records say of the things.
        parent: position of the lot that a unit belongs to, -1.
        bases: in which unit each thing is counted.
        names: of parties and places.
        lines: everything recorded.
        parts: in which part each line puts what it is about.
        pieces: the state of each unit.
        holdings: where the loose pieces of each lot are, by position.
    """

    moment: Moment
    items: Array
    things: Array
    unit: Array
    found: Records
    parent: Array
    bases: Bases
    names: Names
    lines: Lines
    parts: Array
    pieces: Pieces
    holdings: dict[int, Holding]
    _totals: dict[int, dict[int, int]] = field(default_factory=dict)
    _held: dict[int, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, moment: Moment, items: Array) -> Survey:
        """Survey items as of a moment.

        Args:
            moment: the facts that count.
            items: numbers of items, each once.
        """
        things = _with_family(moment, items)
        found = records(moment, things)
        unit = found.unit >= 0
        parent = _parents(things, found, unit)
        bases, names = Bases(moment, things, found, unit), Names(moment)
        reader = Reader(moment, things, unit, bases)
        lines = reader.read()
        used_up = different(lines.thing[(lines.kind == CONSUMED) & unit[lines.thing]])
        lots = np.flatnonzero(~unit)
        lines = joined([lines, reader.production(np.concatenate([lots, used_up]))])
        parts = where_pieces.line_parts(lines, names)
        pieces = where_pieces.fold(lines, unit, names)
        piece = bases.pieces(np.arange(len(things)))
        counts = LotCounts(lines, things, unit, names)
        left = departures(lines, parent, pieces.first, counts)
        holdings = where_lots.fold(lines, lots, things, parts, left, parent, piece, names)
        survey = cls(moment, items, things, unit, found, parent, bases, names, lines, parts, pieces, holdings)
        survey._settle_with_lots(counts)
        return survey

    @cached_property
    def supplies(self) -> dict[int, Supply]:
        """What there was of each lot asked for."""
        found: dict[int, Supply] = {}
        lots = np.flatnonzero(~self.unit)
        lots = lots[lots < len(self.items)]
        rows = self.found.lot[lots]
        has = np.flatnonzero(rows >= 0)
        if len(has):
            quantity, measure = (self.moment.column("lots", name)[rows[has]] for name in ("quantity", "unit"))
            amount, known = self.bases.amounts(lots[has], quantity, measure)
            for place, value, how in zip(lots[has].tolist(), amount.tolist(), known.tolist(), strict=True):
                found[place] = Supply(recorded=value if how == OK else None)
        made = np.flatnonzero((self.lines.kind == MADE) & ~self.unit[self.lines.thing])
        columns = (self.lines.thing, self.lines.amount, self.lines.known)
        for place, value, how in zip(*(column[made].tolist() for column in columns), strict=True):
            supply = found.setdefault(place, Supply())
            if how == OK:
                supply.produced = (supply.produced or 0) + value
            else:
                supply.unclear += 1
        members, counts = np.unique(self.parent[self.parent >= 0], return_counts=True)
        piece = self.bases.pieces(members)
        for place, count, one in zip(members.tolist(), counts.tolist(), piece.tolist(), strict=True):
            if one >= 0:
                found.setdefault(place, Supply()).serialised = count * one
        for supply in found.values():
            if supply.unclear and supply.recorded is not None:
                supply.produced = None
        return found

    def held(self, lot: int) -> dict[int, int]:
        """The parts of the loose pieces of a lot, by number of the part."""
        if lot not in self._held:
            self._held[lot] = self.holdings[lot].totals() if lot in self.holdings else {}
        return self._held[lot]

    def lot_totals(self, lot: int) -> dict[int, int]:
        """The parts of a lot with its units in them, by number of the part."""
        if lot not in self._totals:
            totals = dict(self.held(lot))
            for _, _, part, amount in self.units_at.get(lot, ()):
                totals[part] = totals.get(part, 0) + amount
            self._totals[lot] = totals
        return self._totals[lot]

    def unit_places(self, units: Array) -> tuple[Array, Array]:
        """The place and the party of each unit by the line that decides where it is; -1 where that names none."""
        line, lines = self.pieces.line[units], self.lines
        if not len(lines):
            return np.full(len(line), NOWHERE), np.full(len(line), NOWHERE)
        kind = lines.kind[line]
        place = np.where(kind == MOVED, lines.target[line], np.where(kind == COUNTED, lines.place[line], NOWHERE))
        decided = line >= 0
        return np.where(decided, place, NOWHERE), np.where(decided, lines.party[line], NOWHERE)

    @cached_property
    def units_at(self) -> dict[int, list[tuple[int, int, int, int]]]:
        """For each lot whose unit of measure a piece can be told in, its units: place, party, part and amount."""
        units = np.flatnonzero((self.parent >= 0) & (self.pieces.part >= 0) & (self.pieces.part != PART[_WITH_LOT]))
        found: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        if not len(units):
            return found
        place, party = self.unit_places(units)
        alike, _, counts = shapes(self.parent[units], place, party, self.pieces.part[units])
        piece = self.bases.pieces(alike[0])
        for (lot, *where), count, one in zip(alike.T.tolist(), counts.tolist(), piece.tolist(), strict=True):
            if one >= 0:
                found[lot].append((*where, count * one))
        return found

    @cached_property
    def members(self) -> dict[int, Array]:
        """The positions of the units of each lot."""
        units = np.flatnonzero(self.parent >= 0)
        order = units[np.argsort(self.parent[units], kind="stable")]
        lots, starts = np.unique(self.parent[order], return_index=True)
        return dict(zip(lots.tolist(), np.split(order, starts[1:]), strict=True)) if len(lots) else {}

    def _settle_with_lots(self, counts: LotCounts) -> None:
        """Put with their lot the units that no record names, and those that a later count of the lot counted in.

        A unit that came back, or moved to where its lot was counted since, stands among what was counted there. Where
        the lot's own records leave nothing that it could be among, a unit that no record names is nowhere.
        """
        part = self.pieces.part
        orphan = self.parent < 0
        for place in np.flatnonzero(self.unit & ~orphan & np.isin(part, _BACK)).tolist():
            if counts.counted_in(int(self.parent[place]), int(self.pieces.line[place])):
                part[place], self.pieces.line[place] = PART[_WITH_LOT], NOWHERE
        unnamed = np.flatnonzero(self.unit & ~orphan & (self.pieces.first < 0))
        loose = np.zeros(len(self.things), bool)
        for lot in different(self.parent[unnamed]).tolist():
            if lot in self.holdings:
                loose[lot] = any(amount > 0 for amount in self.holdings[lot].totals().values())
        part[unnamed[loose[self.parent[unnamed]]]] = PART[_WITH_LOT]


_WITH_LOT = where_pieces.WITH_LOT
_BACK = (PART["returned"], PART["moved_since_count"])


def _with_family(moment: Moment, items: Array) -> Array:
    """The items, then the lots of units among them, then the units of all these lots."""
    inside = np.zeros(len(moment.codes), bool)
    inside[items] = True
    rows, _ = moment.rows_of("units", "item_id", items)
    lots = different(moment.item_column("units", "lot_id", rows)) if len(rows) else items[:0]
    lots = lots[lots >= 0]
    lots = lots[~inside[lots]]
    _, unit = moment.rows_of("units", "item_id", lots)  # what is a unit itself has no units inside
    lots = np.delete(lots, unit)
    inside[lots] = True
    known = np.concatenate([items, lots]).astype(np.int32)
    rows, _ = moment.rows_of("units", "lot_id", known)
    members = different(moment.item_column("units", "item_id", rows)) if len(rows) else items[:0]
    return np.concatenate([known, members[~inside[members]]]).astype(np.int32)


def _parents(things: Array, found: Records, unit: Array) -> Array:
    """The position of each unit's lot among the things; a lot that is a unit itself has no units inside."""
    order = np.argsort(things, kind="stable")
    at = np.minimum(np.searchsorted(things[order], found.parent), len(things) - 1)
    place = order[at] if len(things) else order
    right = unit & (found.parent >= 0)
    right[right] = things[place[right]] == found.parent[right]
    right[right] = ~unit[place[right]]
    return np.where(right, place, NOWHERE).astype(np.int64)
