"""What stands beside a scope without being in it: the nearest neighbours, by what they have in common with it.

None of these is a path: an order, a machine, a day or a material joins nothing. They are where a recall coordinator looks
next, so each of them needs a reason why it is out (see ``genealogy.why.cuts``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.describe import records
from genealogy.snapshot.index import distinct, grouped
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.look_alikes import spellings_of

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.snapshot.walk import Found

NONE = -1
_DAY = 86_400_000_000

KINDS = ("same_lot", "same_order", "same_supplier_lot", "same_equipment", "same_day_and_line", "same_material")
"""From the nearest on."""


@dataclass(frozen=True, slots=True)
class Near:
    """Neighbours of one kind, each once; what does not apply is -1.

    Attributes:
        item: the neighbour.
        step: the step that made it.
        beside: the item in the scope that it stands beside.
        beside_step: the step in the scope that its own step stands beside.
        row: the row of ``equipment_use`` of its step.
        beside_row: the row of ``equipment_use`` of the step in the scope.
        after: 1 where its step did not overlap the one in the scope but was the next on that equipment.
    """

    item: Array
    step: Array
    beside: Array
    beside_step: Array
    row: Array
    beside_row: Array
    after: Array

    def at(self, places: Array) -> Near:
        """Some of them."""
        return Near(*(getattr(self, each.name)[places] for each in fields(self)))


class Neighbourhood:
    """A scope and the steps that it met, as masks over all codes.

    Args:
        moment: the facts that count.
        starts: of the scope.
        found: what they reach over links of every tier.
        steps: steps that are starts themselves; what they made stands among ``starts``.
    """

    def __init__(self, moment: Moment, starts: Array, found: Found, steps: Array | None = None) -> None:
        self.moment, self.starts = moment, starts
        self.inside = np.zeros(len(moment.codes), bool)
        self.items = np.concatenate([starts, found.items])
        self.inside[self.items] = True
        every = np.arange(len(moment.codes))
        self.met = found.met_steps(every) if len(every) else self.inside
        self.from_steps = steps is not None and len(steps) > 0
        if steps is not None and len(steps):
            self.met[steps] = True
        self.steps = np.flatnonzero(self.met)
        self.step_row = np.full(len(moment.codes), NONE, np.int64)
        rows = moment.all_rows("steps")
        if len(rows):
            self.step_row[moment.column("steps", "step_id")[rows]] = rows

    def near(self) -> dict[str, Near]:
        """The neighbours of each kind."""
        return {
            "same_lot": self._same_lot(),
            "same_order": self._same_order(),
            "same_supplier_lot": self._same_supplier_lot(),
            "same_equipment": self._same_equipment(),
            "same_day_and_line": self._same_day_and_line(),
            "same_material": self._same_material(),
        }

    def times(self, steps: Array) -> tuple[Array, Array]:
        """When steps began and ended, as far as it is recorded: a missing end is taken from the other."""
        row = self.step_row[steps]
        begin, end = np.full(len(steps), NO_TIME), np.full(len(steps), NO_TIME)
        known = row >= 0
        if known.any():
            columns = ("started_at_start", "ended_at_start", "started_at_end", "ended_at_end")
            first, second, third, last = (self.moment.column("steps", name)[row[known]] for name in columns)
            begin[known] = np.where(first == NO_TIME, second, first)
            end[known] = np.where(last == NO_TIME, third, last)
        return begin, end

    def _same_lot(self) -> Near:
        """Other units of lots that are in the scope by single units only."""
        moment = self.moment
        rows, owner = moment.rows_of("units", "item_id", self.items)
        order = np.argsort(rows, kind="stable")
        rows, owner = rows[order], owner[order]
        lots = moment.item_column("units", "lot_id", rows) if len(rows) else rows
        partly = np.flatnonzero((lots >= 0) & ~self.inside[lots]) if len(rows) else rows
        lots, units = lots[partly], self.items[owner[partly]] if len(rows) else rows
        first = distinct(lots)
        lots, units = lots[first], units[first]
        rows, owner = moment.rows_of("units", "lot_id", lots)
        sisters = moment.item_column("units", "item_id", rows) if len(rows) else rows
        return self._near(sisters, beside=units[owner])

    def _same_order(self) -> Near:
        """What other steps made for an order that the scope met."""
        moment, rows = self.moment, self.moment.all_rows("steps")
        if not len(rows):
            return self._near(rows)
        order, operation, step = (moment.column("steps", name)[rows] for name in ("order_id", "operation", "step_id"))
        met = np.flatnonzero(self.met[step] & (order >= 0))
        other = np.flatnonzero(~self.met[step] & (order >= 0))
        first = met[distinct(order[met])]
        place = _lookup(order[first], order[other])
        other, beside = other[place >= 0], first[place[place >= 0]]
        # The same operation is nearer than any other of the order.
        pair = order.astype(np.int64) * (len(moment.words) + 1) + operation + 1
        alike = met[distinct(pair[met])]
        place = _lookup(pair[alike], pair[other])
        beside[place >= 0] = alike[place[place >= 0]]
        return self._products(step[other], step[beside])

    def _same_supplier_lot(self) -> Near:
        """Other receipts of a supplier's lot that is in the scope, its number written the same or nearly so."""
        moment, rows = self.moment, self.moment.all_rows("lots")
        if not len(rows):
            return self._near(rows)
        item = moment.item_column("lots", "item_id", rows)
        number, supplier = moment.column("lots", "supplier_lot")[rows], moment.resolved("lots", "supplier_id", rows)
        pair = spellings_of(moment, number) * (len(moment.words) + 1) + supplier + 1
        inside = np.flatnonzero(self.inside[item] & (number >= 0))
        inside = inside[distinct(pair[inside])]
        other = np.flatnonzero(~self.inside[item] & (number >= 0))
        place = _lookup(pair[inside], pair[other])
        return self._near(item[other[place >= 0]], beside=item[inside[place[place >= 0]]])

    def _same_equipment(self) -> Near:
        """What was made on equipment of the scope at the same time, or next after it; cleaning is no use of its own."""
        moment, rows = self.moment, self.moment.all_rows("equipment_use")
        if not len(rows):
            return self._near(rows)
        step, equipment = (
            moment.column("equipment_use", "step_id")[rows],
            moment.resolved("equipment_use", "equipment_id", rows),
        )
        begin, end = self.use_times(rows)
        kept = np.flatnonzero((begin != NO_TIME) & ~self.cleans(step))
        found: list[tuple[Array, Array, Array]] = []
        for _, at in grouped(equipment[kept]):
            uses = kept[at]
            uses = uses[np.lexsort((rows[uses], begin[uses]))]
            ours, others = uses[self.met[step[uses]]], uses[~self.met[step[uses]]]
            if not len(ours) or not len(others):
                continue
            beside = _overlapping(begin[ours], end[ours], begin[others], end[others])
            hit = np.flatnonzero(beside >= 0)
            found.append((others[hit], ours[beside[hit]], np.zeros(len(hit), np.int64)))
            follows = np.flatnonzero(self.met[step[uses[:-1]]] & ~self.met[step[uses[1:]]])
            follows = follows[~np.isin(uses[follows + 1], others[hit])]
            found.append((uses[follows + 1], uses[follows], np.ones(len(follows), np.int64)))
        if not found:
            return self._near(rows[:0])
        other, ours, after = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.lexsort((rows[ours], rows[other]))
        other, ours, after = other[order], ours[order], after[order]
        return self._products(step[other], step[ours], rows[other], rows[ours], after)

    def use_times(self, rows: Array) -> tuple[Array, Array]:
        """When each use of equipment began and ended; where it does not say, the times of its step."""
        column = self.moment.column
        step_begin, step_end = self.times(column("equipment_use", "step_id")[rows])
        begin, end = column("equipment_use", "from_start")[rows], column("equipment_use", "to_end")[rows]
        begin = np.where(begin == NO_TIME, step_begin, begin)
        end = np.where(end == NO_TIME, step_end, end)
        return np.where(begin == NO_TIME, end, begin), np.where((end == NO_TIME) | (end < begin), begin, end)

    def cleans(self, steps: Array) -> Array:
        """Which of these steps clean (bool)."""
        kind = int(self.moment.words.find(["clean"])[0])
        row = self.step_row[steps]
        found: Array = (row >= 0) & (kind >= 0)
        if found.any():
            found[found] = self.moment.column("steps", "kind")[row[found]] == kind
        return found

    def _same_day_and_line(self) -> Near:
        """What was made on a line of the scope on the same day (in UTC)."""
        moment, rows = self.moment, self.moment.all_rows("steps")
        if not len(rows):
            return self._near(rows)
        step, site, line = (moment.column("steps", name)[rows] for name in ("step_id", "site", "line"))
        begin, end = (each // _DAY for each in self.times(step))
        known = np.flatnonzero((line >= 0) & (begin != NO_TIME // _DAY))
        pair = line.astype(np.int64) * (len(moment.words) + 1) + site + 1
        found: list[tuple[Array, Array]] = []
        for _, at in grouped(pair[known]):
            steps = known[at]
            steps = steps[np.lexsort((rows[steps], begin[steps]))]
            ours, others = steps[self.met[step[steps]]], steps[~self.met[step[steps]]]
            if len(ours) and len(others):
                beside = _overlapping(begin[ours], end[ours], begin[others], end[others])
                hit = np.flatnonzero(beside >= 0)
                found.append((others[hit], ours[beside[hit]]))
        if not found:
            return self._near(rows[:0])
        other, beside_ = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(rows[other], kind="stable")
        return self._products(step[other[order]], step[beside_[order]])

    def _same_material(self) -> Near:
        """Lots of a material that the scope holds lots or units of; units without a described lot, too."""
        moment = self.moment
        known = records(moment, self.items)
        ours = np.flatnonzero(known.material >= 0)
        ours = ours[np.lexsort((known.unit[ours], known.lot[ours], known.lot[ours] < 0))]
        ours = ours[distinct(known.material[ours])]
        of_material = np.full(len(moment.words), NONE, np.int64)
        of_material[known.material[ours]] = self.items[ours]
        lots, units = moment.all_rows("lots"), moment.all_rows("units")
        items = moment.item_column("lots", "item_id", lots) if len(lots) else lots
        if len(units):
            parent = moment.item_column("units", "lot_id", units)
            described = np.zeros(len(moment.codes) + 1, bool)
            described[items] = True
            alone = units[(parent < 0) | ~described[parent]]
            items = np.concatenate([items, moment.item_column("units", "item_id", alone)])
        items = np.unique(items).astype(np.int64)
        items = items[~self.inside[items]] if len(items) else items
        material = records(moment, items).material
        stated = material >= 0
        beside = np.where(stated, of_material[material], NONE) if len(of_material) else material
        return self._near(items[beside >= 0], beside=beside[beside >= 0])

    def _products(
        self,
        steps: Array,
        beside: Array,
        rows: Array | None = None,
        beside_rows: Array | None = None,
        after: Array | None = None,
    ) -> Near:
        """What these steps made."""
        moment = self.moment
        made, of = moment.rows_at("production", "step_id", steps)
        made_items = moment.item_column("production", "item_id", made) if len(made) else made
        nothing = np.full(len(steps), NONE, np.int64)
        columns = (nothing if each is None else each for each in (rows, beside_rows))
        row, beside_row = (column[of] for column in columns)
        flag = (np.zeros(len(steps), np.int64) if after is None else after)[of]
        return self._near(
            made_items, step=steps[of], beside_step=beside[of], row=row, beside_row=beside_row, after=flag
        )

    def _near(self, items: Array, **columns: Array) -> Near:
        """Each neighbour once, the first that is stated; nothing that is in the scope."""
        out = np.flatnonzero(~self.inside[items]) if len(items) else np.zeros(0, np.int64)
        after = columns.get("after")
        if after is not None:
            out = out[np.argsort(after[out], kind="stable")]  # at the same time is nearer than afterwards
        out = out[distinct(items[out])]
        found = {"item": items[out]}
        for each in fields(Near)[1:]:
            default = np.full(len(out), 0 if each.name == "after" else NONE, np.int64)
            found[each.name] = columns[each.name][out] if each.name in columns else default
        return Near(**found)


def _lookup(known: Array, wanted: Array) -> Array:
    """Where each wanted value stands among the known ones (each once); -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), NONE, np.int64)
    order = np.argsort(known)
    at = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    found: Array = np.where(known[order[at]] == wanted, order[at], NONE)
    return found


def _overlapping(begin: Array, end: Array, other_begin: Array, other_end: Array) -> Array:
    """For each other interval one of ours (ordered by begin) that it overlaps or touches, -1 where there is none."""
    latest = np.maximum.accumulate(end)
    new = np.concatenate([[True], end[1:] > latest[:-1]])
    holder = np.maximum.accumulate(np.where(new, np.arange(len(end)), 0))  # whose end is the latest so far
    at = np.searchsorted(begin, other_end, side="right") - 1
    place = holder[np.maximum(at, 0)]
    found: Array = np.where((at >= 0) & (end[place] >= other_begin), place, NONE)
    return found
