"""What a scope is made of, as columns: starts and affected items, the steps between them, their suppliers, their customers.

A *place* is one of them. The columns say of each place what it is folded by and what it counts for, and the links say what
leads to what. Nothing is folded here, so every count of a picture can be taken back to these places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.country import country_of
from genealogy.graph.affected import affected
from genealogy.snapshot.describe import records
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.shipments import shipments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

SUPPLIER, START, LOT, UNITS, UNKNOWN, STEP, CUSTOMER, SELECTED = range(8)
KINDS = ("supplier", "start", "lot", "units", "unknown", "step", "customer", "selected")
"""What a place can be, by its number; a selected step is one that the scope starts from."""
STEPS = (STEP, SELECTED)
NO_DAY = -(2**31)
"""Day of a place whose time nobody recorded."""
_DAY, _EAST = 86_400_000_000, 11 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of a scope and their links.

    Attributes:
        moment: the facts that count.
        starts: ids of the starts; they are the first places.
        kind: number in ``KINDS``.
        number: code of an item or step, word of a party; -1 of a start that no fact names.
        depth: moves from the nearest start.
        tier: 0 unit, 1 lot, 2 order; -1 where there is none (starts, steps, parties).
        stage: of an item, as a word; -1 unknown.
        group: what it is folded by first: material, operation or country, as a word; -1 unknown.
        lot: code of the lot of a unit; -1 where there is none.
        day: of the event, in days since 1970; ``NO_DAY`` where no time is recorded.
        finished_unit: serialised unit of a finished material.
        finished_lot: lot of a finished material.
        source: place that each link leads from.
        target: place that it leads to.
        possible: the link is one that may be, not one that is proven.
        unnamed: what stands for parties that are not told apart, and the place of each of them by its code (see
            ``genealogy.graph.unnamed``).
    """

    moment: Moment
    starts: tuple[str, ...]
    kind: Array
    number: Array
    depth: Array
    tier: Array
    stage: Array
    group: Array
    lot: Array
    day: Array
    finished_unit: Array
    finished_lot: Array
    source: Array
    target: Array
    possible: Array
    unnamed: tuple[str, Mapping[str, int]] | None = None

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def items(self) -> Array:
        """Which places are items (bool): these add up to the scope."""
        found: Array = (self.kind >= START) & (self.kind <= UNKNOWN)
        return found

    @property
    def steps(self) -> Array:
        """Which places are steps (bool), those that the scope starts from among them."""
        found: Array = np.isin(self.kind, STEPS)
        return found

    def label(self, place: int) -> str:
        """What a place is called in the records."""
        if place < len(self.starts):
            return self.starts[place]
        party = self.kind[place] in (SUPPLIER, CUSTOMER)
        if party and self.unnamed is not None and self.number[place] < 0:
            return self.unnamed[0]
        dictionary = self.moment.words if party else self.moment.codes
        return dictionary.string(int(self.number[place]))

    def labels(self, places: Array) -> list[str]:
        """The same of places of one kind."""
        if len(places) and self.kind[places[0]] == START:
            return [self.label(place) for place in places.tolist()]
        party = len(places) > 0 and self.kind[places[0]] in (SUPPLIER, CUSTOMER)
        if party and self.unnamed is not None:
            return [self.label(place) for place in places.tolist()]
        dictionary = self.moment.words if party else self.moment.codes
        return [text or "" for text in dictionary.strings(self.number[places])]


def days(start: Array, end: Array) -> Array:
    """The day of each time: the UTC day of an instant, the date of a whole day (see ``time_text`` of the report)."""
    known = start != NO_TIME
    from_ = np.where(known, start, 0)
    day = from_ // _DAY
    found: Array = np.where(known, day + ((start != end) & (from_ - day * _DAY >= _EAST)), NO_DAY).astype(np.int32)
    return found


def columns(moment: Moment, starts: Sequence[str], selected: Sequence[str] = ()) -> Columns:
    """Everything in the scope of some items, and of the steps that are selected, as of a moment."""
    starts = tuple(sorted(set(starts)))
    found = affected(moment, starts, selected)
    asked, tier = found.starts, found.tier
    items = np.concatenate([asked, found.items]).astype(np.int32)
    described = records(moment, items)
    made = _Made(moment, items, described)
    steps, links = made.steps(found.steps, np.concatenate([np.zeros(len(asked), np.int32), found.depth]))
    suppliers, supplied = made.suppliers(asked)
    customers, shipped = made.customers()
    sizes = (len(items), len(steps.number), len(suppliers), len(customers.number))
    first = np.cumsum((0, *sizes))
    unit, lot = described.unit >= 0, (described.unit < 0) & (described.lot >= 0)
    kind = np.where(unit, UNITS, np.where(lot, LOT, UNKNOWN))
    kind[: len(asked)] = START
    step = np.where(np.isin(steps.number, found.steps), SELECTED, STEP)
    finished = (described.stage == moment.words.find(["finished"])[0]) & (described.stage >= 0)

    def joined(*parts: Array, kind: type = np.int32) -> Array:
        return np.concatenate([np.asarray(part) for part in parts]).astype(kind)

    def none(which: int, value: int = -1) -> Array:
        return np.full(sizes[which], value, np.int32)

    ends = [
        (links[0] + 0, links[1] + first[1], np.zeros(len(links[0]), bool)),
        (links[2] + first[1], links[3] + 0, np.zeros(len(links[2]), bool)),
        (*made.serialised(), None),
        (supplied[0] + first[2], supplied[1] + 0, None),
        (shipped[0] + 0, shipped[1] + first[3], shipped[2]),
    ]
    return Columns(
        moment,
        starts,
        joined(kind, step, none(2, SUPPLIER), none(3, CUSTOMER), kind=np.int8),
        joined(items, steps.number, suppliers, customers.number),
        joined(np.zeros(len(asked)), found.depth, steps.depth, none(2, 0), none(3, 0)),
        joined(np.full(len(asked), -1), tier, none(1), none(2), none(3), kind=np.int8),
        joined(described.stage, none(1), none(2), none(3)),
        joined(described.material, steps.group, none(2), customers.group),
        joined(np.where(unit, described.parent, -1), none(1), none(2), none(3)),
        joined(made.day, steps.day, made.first_day(supplied, sizes[2]), customers.day),
        joined(unit & finished, none(1, 0), none(2, 0), none(3, 0), kind=np.bool_),
        joined(lot & finished, none(1, 0), none(2, 0), none(3, 0), kind=np.bool_),
        joined(*(source for source, _, _ in ends)),
        joined(*(target for _, target, _ in ends)),
        joined(*(np.zeros(len(s), bool) if maybe is None else maybe for s, _, maybe in ends), kind=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class _Others:
    """Steps or customers: number, what they are folded by, day, depth."""

    number: Array
    group: Array
    day: Array
    depth: Array


class _Made:
    """What stands around the items of a scope."""

    def __init__(self, moment: Moment, items: Array, described: Records) -> None:
        self._moment, self._items, self._described = moment, items, described
        self._place = np.full(len(moment.codes), -1, np.int32)
        named = np.flatnonzero(items >= 0)
        self._place[items[named]] = named
        self._named = named
        self.day = self._recorded_days()

    def _rows(self, table: str) -> tuple[Array, Array]:
        """Rows of a table about the items, and the place of the item of each."""
        rows, owner = self._moment.rows_of(table, "item_id", self._items[self._named])
        return rows, self._named[owner]

    def _days(self, table: str, name: str, rows: Array) -> Array:
        start, found = self._moment.column(table, f"{name}_start"), np.full(len(rows), NO_DAY, np.int32)
        if len(start):
            recorded = np.flatnonzero(rows >= 0)
            at = rows[recorded]
            found[recorded] = days(start[at], self._moment.column(table, f"{name}_end")[at])
        return found

    def _recorded_days(self) -> Array:
        """When each item was made, or received, as its own record says."""
        described = self._described
        found = self._days("units", "made_at", described.unit)
        for name in ("made_at", "received_at"):
            of_lot = self._days("lots", name, np.where(described.unit >= 0, -1, described.lot))
            found = np.where(found == NO_DAY, of_lot, found)
        return found

    def steps(self, selected: Array, depth: Array) -> tuple[_Others, tuple[Array, Array, Array, Array]]:
        """The steps between affected items, and those selected; what they used (item, step), what they made (step, item)."""
        moment = self._moment
        used, user = self._rows("consumption")
        made, maker = self._rows("production")
        by, of = moment.column("consumption", "step_id"), moment.column("production", "step_id")
        used_by = by[used] if len(used) else np.zeros(0, np.int32)
        made_by = of[made] if len(made) else np.zeros(0, np.int32)
        portion, holder = self._portions()
        used_by, user = np.concatenate([used_by, portion]), np.concatenate([user, holder])
        flags = np.zeros(len(moment.codes), np.uint8)
        flags[used_by] |= 1
        flags[made_by] |= 2
        flags[selected] = 3
        number = np.flatnonzero(flags == 3).astype(np.int32)
        index = np.full(len(moment.codes), -1, np.int32)
        index[number] = np.arange(len(number), dtype=np.int32)
        inside, outside = index[used_by] >= 0, index[made_by] >= 0
        user, used_by, maker, made_by = user[inside], index[used_by[inside]], maker[outside], index[made_by[outside]]
        least = np.full(len(number), 2**30, np.int32)
        np.minimum.at(least, used_by, depth[user])
        least[index[selected]] = 0
        rows, owner = moment.rows_at("steps", "step_id", number)
        row = np.full(len(number), -1, np.int64)
        row[owner] = rows
        day = self._days("steps", "ended_at", row)
        day = np.where(day == NO_DAY, self._days("steps", "started_at", row), day).astype(np.int32)
        operation = moment.column("steps", "operation")
        group = np.where(row >= 0, operation[row], -1) if len(operation) else np.full(len(number), -1)
        self._made_by(maker, made_by, day)
        return _Others(number, group, day, least), (user, used_by, made_by, maker)

    def _made_by(self, maker: Array, made_by: Array, day: Array) -> None:
        """An item whose record tells no time was made when the step that made it ended, a unit when its lot was."""
        later = np.full(len(self._items), NO_DAY, np.int32)
        np.maximum.at(later, maker, day[made_by])
        self.day = np.where(self.day == NO_DAY, later, self.day).astype(np.int32)
        parent = self._described.parent
        lot = np.where(parent >= 0, self._place[parent], -1)
        of_lot = np.where(lot >= 0, self.day[lot], NO_DAY)
        self.day = np.where(self.day == NO_DAY, of_lot, self.day).astype(np.int32)

    def _portions(self) -> tuple[Array, Array]:
        """Steps that used a lot that is not affected itself, each with one affected unit of that lot."""
        parent = self._described.parent
        units = np.flatnonzero((parent >= 0) & (self._described.unit >= 0))
        units = units[self._place[parent[units]] < 0]
        lots, first = np.unique(parent[units], return_index=True)
        rows, owner = self._moment.rows_of("consumption", "item_id", lots)
        if not len(rows):
            return np.zeros(0, np.int32), np.zeros(0, np.int64)
        return self._moment.column("consumption", "step_id")[rows], units[first][owner]

    def serialised(self) -> tuple[Array, Array]:
        """From each affected lot to its affected units."""
        parent = self._described.parent
        units = np.flatnonzero((parent >= 0) & (self._described.unit >= 0))
        lots = self._place[parent[units]]
        return lots[lots >= 0], units[lots >= 0]

    def suppliers(self, starts: Array) -> tuple[Array, tuple[Array, Array]]:
        """Who supplied the starts."""
        moment, row = self._moment, self._described.lot[: len(starts)]
        column = moment.column("lots", "supplier_id")
        if not len(column):
            return np.zeros(0, np.int32), (np.zeros(0, np.int64), np.zeros(0, np.int64))
        party = moment.parties.resolve(np.where(row >= 0, column[row], -1).astype(np.int32))
        at = np.flatnonzero(party >= 0)
        number, owner = np.unique(party[at], return_inverse=True)
        return number, (owner, at)

    def first_day(self, supplied: tuple[Array, Array], count: int) -> Array:
        """The day on which each supplier's first start came; unknown if any of them is."""
        found = np.full(count, 2**31 - 1, np.int64)
        np.minimum.at(found, supplied[0], self.day[supplied[1]])
        return found

    def customers(self) -> tuple[_Others, tuple[Array, Array, Array]]:
        """Who outside our own firm received something affected; links from items, with whether they are only possible."""
        moment = self._moment
        lines = shipments(moment, self._items[self._named])
        item, party = lines.item.numbers, lines.consignee.numbers
        at = self._place[item] if len(item) else np.zeros(0, np.int32)
        loose = np.flatnonzero(at < 0)
        if len(loose):  # the line names a lot of which only units are affected: one of them stands for it
            parent = self._described.parent
            units = np.flatnonzero(parent >= 0)
            unit_of = np.full(len(moment.codes), -1, np.int32)
            unit_of[parent[units[::-1]]] = units[::-1]
            at = at.copy()
            at[loose] = unit_of[item[loose]]
        if len(item):
            texts, numbered = lines.consignee.distinct()
            party = moment.words.find([text or "" for text in texts])[numbered]
            maybe = lines.certainty.where("possible")
        else:
            party, maybe = np.zeros(0, np.int32), np.zeros(0, bool)
        role, country = self._parties()
        ours = np.array(["own" in (text or "").split("|") for text in moment.words.strings(role)], bool)
        outside = (at >= 0) & (party >= 0) & ~np.isin(party, self._described_parties[ours])
        at, party, maybe = at[outside], party[outside], maybe[outside]
        number, owner = np.unique(party, return_inverse=True)
        where = dict(zip(self._described_parties.tolist(), country.tolist(), strict=True))
        group = np.array([where.get(n, -1) for n in number.tolist()], np.int32)
        day = self._first_shipped(lines.shipped_at.texts() if len(item) else [], outside, owner, len(number))
        return _Others(number, group, day, np.zeros(len(number), np.int32)), (at, owner, maybe)

    def _parties(self) -> tuple[Array, Array]:
        """Role and country of each described party, by ``_described_parties``; its own code's record, else the first's."""
        moment, rows = self._moment, self._moment.all_rows("parties")
        if not len(rows):
            self._described_parties = np.zeros(0, np.int32)
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        written = moment.column("parties", "party_id")[rows]
        means = moment.parties.resolve(written)
        order = np.argsort(written != means, kind="stable")
        number, first = np.unique(means[order], return_index=True)
        chosen = rows[order][first]
        self._described_parties = number
        return moment.column("parties", "role")[chosen], _together(moment, moment.column("parties", "country")[chosen])

    @staticmethod
    def _first_shipped(at: Sequence[str | None], chosen: Array, owner: Array, count: int) -> Array:
        """The day of the first shipment to each customer; unknown where one has no time."""
        found = np.full(count, 2**31 - 1, np.int64)
        if count:
            texts, place = np.unique(np.array([text or "" for text in at])[chosen], return_inverse=True)
            day = [int(np.datetime64(text[:10], "D").astype(np.int64)) if text else NO_DAY for text in texts.tolist()]
            np.minimum.at(found, owner, np.array(day, np.int64)[place])
        return found.astype(np.int32)


def _together(moment: Moment, country: Array) -> Array:
    """One word for each country, however its code is written: the code itself where somebody wrote it so."""
    known = np.unique(country[country >= 0])
    if not len(known):
        return country
    texts = [text or "" for text in moment.words.strings(known)]
    first: dict[str, int] = {}
    for number, text in sorted(
        zip(known.tolist(), texts, strict=True), key=lambda each: each[1] != country_of(each[1])
    ):
        first.setdefault(country_of(text) or "", number)
    means = np.array([first[country_of(text) or ""] for text in texts], country.dtype)
    found = country.copy()
    found[country >= 0] = means[np.searchsorted(known, country[country >= 0])]
    return found
