"""Which records leave a doubt, and what would be in the scope at worst, or not in it at best.

A doubt that may *add* names items that could hold some of the start although no record says so. A doubt that may *remove*
names rows of consumption that contradict something else that was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.describe import records
from genealogy.snapshot.existence import consumed_last, existing_since, last_moment
from genealogy.snapshot.index import counted, grouped
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_NONE = np.zeros(0, np.int32)


@dataclass(frozen=True)
class Doubt:
    """One thing that the records leave open.

    Attributes:
        kind: which sort of doubt.
        item: the item that it is about, or -1.
        step: the step that it is about, or -1.
        table: of the rows that it rests on.
        rows: of that table.
        adds: items that it would add to the scope, their own descendants left out.
        amount: how much of the item it is about, in its base unit; None where that is not recorded.
        removes: those of the rows without which the scope is at its least.
    """

    kind: str
    item: int
    step: int
    table: str
    rows: Array
    adds: Array = field(default_factory=lambda: _NONE)
    amount: Fraction | None = None
    removes: Array = field(default_factory=lambda: _NONE)


def may_add(moment: Moment, affected: Array) -> list[Doubt]:
    """What the scope would hold beside these items at worst, each doubt with the items that it would add itself."""
    return [
        *_unresolved(moment, affected),
        *_made_unresolved(moment, affected),
        *_no_output(moment, affected),
        *_no_input(moment, affected),
        *_wrong_lot(moment, affected),
    ]


def may_remove(moment: Moment, affected: Array, starts: Array) -> list[Doubt]:
    """Rows by which items are in the scope although something else that is recorded contradicts them."""
    doubts = [
        Doubt(case.kind, case.item, -1, "consumption", case.rows, amount=case.amount, removes=case.certain)
        for case in _contradicted(moment, affected)
    ]
    found = records(moment, affected)
    unknown = np.setdiff1d(affected[(found.unit < 0) & (found.lot < 0)], starts)
    rows, owner = moment.rows_of("consumption", "item_id", unknown)
    for number, places in grouped(owner):
        of_item = np.sort(rows[places])
        doubts.append(Doubt("unresolved", int(unknown[number]), -1, "consumption", of_item, removes=of_item))
    return doubts


def _unresolved(moment: Moment, affected: Array) -> list[Doubt]:
    """Codes that nobody described and no step made, used or serialised from: each could be something affected, misspelt."""
    doubts: list[Doubt] = []
    open_ = _mask(moment, affected)
    open_ |= moment.named("units", "item_id") | moment.named("lots", "item_id") | moment.named("production", "item_id")
    np.logical_not(open_, out=open_)
    for table, column in (("consumption", "item_id"), ("units", "lot_id")):
        named = open_ & moment.named(table, column)
        if not named.any():
            continue
        open_ &= ~named
        rows = moment.all_rows(table)
        items = moment.item_column(table, column, rows)
        wanted = (items >= 0) & named[items]
        rows, items = rows[wanted], items[wanted]
        doubts += [
            Doubt("unresolved", item, -1, table, rows[places], np.array([item], np.int32))
            for item, places in grouped(items)
        ]
    return doubts


def _made_unresolved(moment: Moment, affected: Array) -> list[Doubt]:
    """Affected codes that a step made and nobody described: each could be another spelling of what has no origin."""
    found = records(moment, affected)
    unknown = affected[(found.unit < 0) & (found.lot < 0)]
    rows, owner = moment.rows_of("production", "item_id", unknown)
    if not len(rows):
        return []
    origins, materials, since = without_origin(moment, affected)
    doubts = []
    for number, places in grouped(owner):
        of_item = np.sort(rows[places])
        possible = np.zeros(len(origins), bool)
        for step in np.unique(moment.column("production", "step_id")[of_item]).tolist():
            used, _ = moment.rows_at("consumption", "step_id", np.array([step], np.int32))
            possible |= _from_step(moment, step, used, materials, since)
        adds = origins[possible]
        doubts.append(Doubt("unresolved", int(unknown[number]), -1, "production", of_item, adds))
    return doubts


def _no_output(moment: Moment, affected: Array) -> list[Doubt]:
    """Steps that consumed something affected and have no product: it could be anything that has no origin."""
    rows, _ = _uses(moment, affected)
    if not len(rows):
        return []
    steps = moment.column("consumption", "step_id")[rows]
    lone = ~moment.named("production", "step_id")[steps]
    if not lone.any():
        return []
    origins, materials, since = without_origin(moment, affected)
    rows, steps = rows[lone], steps[lone]
    doubts = []
    for step, places in grouped(steps):
        of_step = rows[places]
        possible = _from_step(moment, step, of_step, materials, since)
        doubts.append(Doubt("no_output", -1, step, "consumption", np.sort(of_step), origins[possible]))
    return doubts


def _from_step(moment: Moment, step: int, used: Array, materials: Array, since: Array) -> Array:
    """Which things without origin, of these materials and there since then, can have come out of a step (bool)."""
    began = _began(moment, step, used)
    wanted = _ordered_material(moment, step)
    possible: Array = np.ones(len(since), bool) if wanted < 0 else (materials == wanted) | (materials < 0)
    # Something that was there before the step began cannot have come out of it.
    possible &= (began == NO_TIME) | (since == NO_TIME) | (since >= began)
    return possible


def _no_input(moment: Moment, affected: Array) -> list[Doubt]:
    """Steps that made something and have no input: it could have been something affected."""
    rows = moment.all_rows("production")
    if not len(rows):
        return []
    steps = moment.column("production", "step_id")[rows]
    lone = ~moment.named("consumption", "step_id")[steps]
    rows, steps = rows[lone], steps[lone]
    if not len(rows):
        return []
    since = existing_since(moment, affected, records(moment, affected))
    earliest = NO_TIME if not len(since) or (since == NO_TIME).any() else int(since.min())
    inside = _mask(moment, affected)
    doubts = []
    for step, places in grouped(steps):
        of_step = np.sort(rows[places])
        made = np.unique(moment.item_column("production", "item_id", of_step))
        made = made[~inside[made]]
        ended = _ended(moment, step, of_step)
        if len(made) and (NO_TIME in {earliest, ended} or ended >= earliest):
            doubts.append(Doubt("no_input", -1, step, "production", of_step, made.astype(np.int32)))
    return doubts


def _wrong_lot(moment: Moment, affected: Array) -> list[Doubt]:
    """Uses of other lots of an affected material that cannot be right: an affected lot may have been used in their place."""
    found = records(moment, affected)
    materials = np.unique(found.material[(found.lot >= 0) & (found.unit < 0)])
    materials = materials[materials >= 0]
    if not len(materials):
        return []
    lots = moment.all_rows("lots")
    of_material = np.isin(moment.resolved("lots", "material_id", lots), materials)
    others = np.setdiff1d(moment.item_column("lots", "item_id", lots[of_material]), affected).astype(np.int32)
    doubts: list[Doubt] = []
    for case in _contradicted(moment, others):
        steps = np.unique(moment.column("consumption", "step_id")[case.rows])
        made, _ = moment.rows_at("production", "step_id", steps)
        adds = np.setdiff1d(moment.item_column("production", "item_id", made), affected).astype(np.int32)
        doubts.append(Doubt(case.kind, case.item, -1, "consumption", case.rows, adds, case.amount))
    return doubts


class _Contradiction(NamedTuple):
    """Uses of an item of which something else that is recorded says that they cannot all be right.

    Attributes:
        kind: used before the item was there, or more than there was.
        item: number of the item.
        rows: of consumption, among which the wrong ones are.
        certain: those of them that the item itself cannot have been used in.
        amount: how much of it is wrong; None where that is not recorded.
    """

    kind: str
    item: int
    rows: Array
    certain: Array
    amount: Fraction | None


def _contradicted(moment: Moment, items: Array) -> list[_Contradiction]:
    """Uses before the items were there, and uses of more than there was."""
    # What contradicts the uses of an item does not depend on the scope: it is looked for once, whoever asks.
    looked, cases = moment.known.get("contradicted") or (np.zeros(len(moment.codes), bool), ())
    fresh = items[~looked[items]]
    if len(fresh):
        looked, cases = looked.copy(), (*cases, *_looked_for(moment, fresh))
        looked[fresh] = True
        moment.known["contradicted"] = looked, cases
    inside = _mask(moment, items)
    return sorted(
        (case for case in cases if inside[case.item]), key=lambda case: (case.kind, moment.codes.string(case.item))
    )


def _looked_for(moment: Moment, items: Array) -> list[_Contradiction]:
    rows, owner = moment.rows_of("consumption", "item_id", items)
    if not len(rows):
        return []
    found = records(moment, items)
    since = existing_since(moment, items, found)[owner]
    last = consumed_last(moment, rows)
    early = (last != NO_TIME) & (since != NO_TIME) & (last < since)
    amounts = Amounts(moment)
    cases: list[_Contradiction] = []
    for place, places in grouped(owner[early]):
        of_item = np.sort(rows[early][places])
        amount = _sum(moment, amounts, found.material[place], of_item)
        cases.append(_Contradiction("used_too_early", int(items[place]), of_item, of_item, amount))
    # Sums first, over the few different amounts of each lot: only a lot of which too much was used needs its rows in order.
    used = _used(moment, amounts, found.material, rows, owner)
    by_lot = dict(grouped(owner))
    for place, total in used.items():
        if found.unit[place] >= 0 or found.lot[place] < 0 or found.material[place] < 0:
            continue
        there = _there_was(moment, amounts, int(items[place]), int(found.lot[place]), int(found.material[place]))
        if there is None or total <= there:
            continue
        places = by_lot[place]
        beyond = _beyond(moment, amounts, int(found.material[place]), rows[places], last[places], there)
        # Which of the uses was another lot nobody knows: what is too much can be in any of them.
        uses, excess = np.sort(rows[places]), total - there
        cases.append(_Contradiction("used_above_what_there_was", int(items[place]), uses, np.sort(beyond), excess))
    return cases


def _used(moment: Moment, amounts: Amounts, material: Array, rows: Array, owner: Array) -> dict[int, Fraction]:
    """How much of each item was used, as far as that is recorded and can be converted."""
    quantity, measure = (moment.column("consumption", name)[rows] for name in ("quantity", "unit"))
    first, times = counted(quantity, measure, owner)
    used: dict[int, Fraction] = {}
    columns = (owner[first], quantity[first], measure[first], times)
    for place, number, unit, count in zip(*(column.tolist() for column in columns), strict=True):
        value = amounts.value(number, int(material[place]), unit)
        used[place] = used.get(place, Fraction(0)) + (value or 0) * count
    return used


def _beyond(moment: Moment, amounts: Amounts, material: int, rows: Array, last: Array, there: Fraction) -> Array:
    """The uses that began when nothing was left, in order of time; those whose time nobody knows come last."""
    quantity, measure = (moment.column("consumption", name)[rows].tolist() for name in ("quantity", "unit"))
    known = np.where(last == NO_TIME, np.int64(2**62), last).tolist()
    used, beyond = Fraction(0), []
    for _, row, number, unit in sorted(zip(known, rows.tolist(), quantity, measure, strict=True)):
        value = amounts.value(number, material, unit) or Fraction(0)
        if used >= there and value:
            beyond.append(row)
        used += value
    return np.array(beyond, np.int64)


def _there_was(moment: Moment, amounts: Amounts, item: int, lot: int, material: int) -> Fraction | None:
    """How much of a lot there was: what was made where that is recorded whole, else what its record states."""
    made, _ = moment.rows_of("production", "item_id", np.array([item], np.int32))
    if len(made):
        total = _sum(moment, amounts, material, made, "production")
        if total is not None:
            return total
    number, unit = (int(moment.column("lots", name)[lot]) for name in ("quantity", "unit"))
    return amounts.value(number, material, unit)


def _sum(moment: Moment, amounts: Amounts, material: int, rows: Array, table: str = "consumption") -> Fraction | None:
    columns = (moment.column(table, name)[rows].tolist() for name in ("quantity", "unit"))
    values = [amounts.value(number, int(material), unit) for number, unit in zip(*columns, strict=True)]
    return None if any(value is None for value in values) else sum((v for v in values if v), Fraction(0))


def _uses(moment: Moment, affected: Array) -> tuple[Array, Array]:
    """Rows in which something affected was consumed, itself or by its lot, each once."""
    units, _ = moment.rows_of("units", "item_id", affected)
    lots = moment.item_column("units", "lot_id", units)
    rows, owner = moment.rows_of("consumption", "item_id", np.union1d(affected, lots[lots >= 0]).astype(np.int32))
    return rows, owner


def without_origin(moment: Moment, affected: Array) -> tuple[Array, Array, Array]:
    """Items that we made (or of which nobody says) and no step did: with their material and since when they are there."""
    units, lots = moment.named("units", "item_id"), moment.named("lots", "item_id")
    lone = lots | units
    lone &= ~(moment.named("production", "item_id") | _mask(moment, affected))
    # A unit of a lot comes of its lot: only where a row states none it may have no origin.
    rows = moment.all_rows("units")
    rows = rows[moment.column("units", "lot_id")[rows] < 0] if len(rows) else rows
    apart = np.zeros(len(lone), bool)
    apart[moment.item_column("units", "item_id", rows)] = True
    items = np.flatnonzero(lone & (~units | apart)).astype(np.int32)
    found = records(moment, items)
    (supplied,) = moment.words.find(["supplied"])
    keep = np.flatnonzero((found.stage != supplied) & (found.parent < 0))
    items, found = items[keep], found.at(keep)
    return items, found.material, existing_since(moment, items, found)


def _mask(moment: Moment, items: Array) -> Array:
    """These items among all codes (bool)."""
    found: Array = np.zeros(len(moment.codes), bool)
    found[items] = True
    return found


def _began(moment: Moment, step: int, rows: Array) -> int:
    """The first moment at which a step can have begun: as recorded, else its first row; NO_TIME where nobody says."""
    described, _ = moment.rows_at("steps", "step_id", np.array([step], np.int32))
    begun = moment.column("steps", "started_at_start")[described]
    begun = begun[begun != NO_TIME]
    if not len(begun):
        begun = moment.column("consumption", "at_start")[rows]
    return NO_TIME if not len(begun) or (begun == NO_TIME).any() else int(begun.min())


def _ended(moment: Moment, step: int, rows: Array) -> int:
    """The last moment at which a step can have ended; NO_TIME where nobody says."""
    described, _ = moment.rows_at("steps", "step_id", np.array([step], np.int32))
    ended = last_moment(moment, "steps", "ended_at", described)
    ended = ended[ended != NO_TIME]
    if not len(ended):
        ended = last_moment(moment, "production", "at", rows)
    return NO_TIME if not len(ended) or (ended == NO_TIME).any() else int(ended.max())


def _ordered_material(moment: Moment, step: int) -> int:
    """What the order of a step is for; -1 where nobody says."""
    described, _ = moment.rows_at("steps", "step_id", np.array([step], np.int32))
    order = moment.column("steps", "order_id")[described]
    if not len(order) or order[0] < 0:
        return -1
    orders = moment.all_rows("orders")
    same = orders[moment.column("orders", "order_id")[orders] == order[0]] if len(orders) else orders
    return int(moment.resolved("orders", "material_id", same)[0]) if len(same) else -1
