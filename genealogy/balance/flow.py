"""How much of what was asked for is in each item behind it: followed through every step, in proportion to quantity.

What a lot holds is spread evenly over it; a step passes what went in on to what it made, in proportion to quantity,
less what it lost (or more, where it made more). Cycles (rework) are followed until nothing worth a billionth of a
millionth is left to pass on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.balance.steps import StepAmounts
from genealogy.quantities import NANO
from genealogy.snapshot.index import spans
from genealogy.where.lines import CONSUMED, OK
from genealogy.where.pieces import PART, WITH_LOT

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.where.survey import Survey

_NEGLIGIBLE = 1e-15
_ROUNDS = 50_000
"""More than there are nodes, so many rounds are gone round in cycles: enough for one that keeps 99.9 %."""
_GROWING = 1e6


@dataclass
class Flows:
    """What each node holds of the start.

    Attributes:
        items: of each thing of the survey, what came to it evenly.
        pools: of each lot, what its units without records of their own hold besides.
        steps: of each step, what went in.
        back: what came back into the start.
        codes: of the steps.
        loss: the fraction that each step lost; below 0 where it made more than went in, NaN where it cannot be told.
        barren: which steps made nothing that is recorded.
        even: steps whose outputs do not convert to one unit: what went in is taken to be in them in equal shares.
        settled: whether everything was followed to its end.
    """

    items: Array
    pools: Array
    steps: Array
    back: float
    codes: Array
    loss: Array
    barren: Array
    even: Array
    settled: bool


def there_was(found: Survey) -> Array:
    """What there was of each thing, in its unit, as floating point; where nobody knows, what is recorded of it."""
    amounts = np.ones(len(found.things))
    for lot in np.flatnonzero(~found.unit).tolist():
        supply = found.supplies.get(lot)
        known = supply.there_was if supply else None
        if known is None:
            known = sum(max(amount, 0) for amount in found.lot_totals(lot).values())
        amounts[lot] = known / NANO
    return amounts


def loose(found: Survey) -> Array:
    """What is recorded of each lot without naming a serial, in its unit."""
    amounts = np.zeros(len(found.things))
    for lot in found.holdings:
        amounts[lot] = sum([amount for amount in found.held(lot).values() if amount > 0]) / NANO
    return amounts


def follow(found: Survey, starts: Array, whole: Array, unnamed: Array) -> Flows:
    """Follow the starts forward.

    Args:
        found: a survey of the starts and of everything reached from them.
        starts: positions of the starts.
        whole: what there was of each thing.
        unnamed: what is recorded of each lot without naming a serial.
    """
    lines, count = found.lines, len(found.things)
    used = np.flatnonzero((lines.kind == CONSUMED) & (lines.known == OK))
    decided = found.unit[lines.thing[used]] & (found.pieces.line[lines.thing[used]] != used)
    used = used[~decided]
    codes, step = _by_text(found, lines.step[used])
    step += 2 * count
    thing, amount = lines.thing[used], lines.amount[used] / NANO
    unit = found.unit[thing]
    parent = found.parent[thing]
    edges = [_shared(thing[~unit], step[~unit], amount[~unit], whole)]
    edges.append(_shared(thing[~unit], step[~unit], amount[~unit], unnamed, count))
    edges.append(np.stack([thing[unit], step[unit], np.ones(int(unit.sum()))]))
    members = unit & (parent >= 0)
    piece = found.bases.pieces(np.maximum(parent[members], 0)) / NANO
    edges.append(_shared(parent[members], step[members], np.maximum(piece, 0), whole))
    with_lot = np.flatnonzero((found.pieces.part == PART[WITH_LOT]) & (found.parent >= 0))
    with_lot = with_lot[unnamed[found.parent[with_lot]] > 0]
    edges.append(np.stack([with_lot, count + found.parent[with_lot], np.ones(len(with_lot))]))
    amounts = StepAmounts(found.moment, codes.astype(np.int32))
    passed, loss, barren, even = _passed_on(found, amounts, starts, len(codes))
    edges.append(passed)
    source, target, part = np.concatenate(edges, axis=1)
    own = np.zeros(2 * count + len(codes) + 1)
    own[starts] = whole[starts]
    held, settled = _solved(own, source.astype(np.int64), target.astype(np.int64), part)
    return Flows(
        held[:count], held[count : 2 * count], held[2 * count : -1], float(held[-1]), codes, loss, barren, even, settled
    )


def _by_text(found: Survey, steps: Array) -> tuple[Array, Array]:
    """The steps in the order of their ids, and which of them each is: sums of floating point depend on their order."""
    codes, which = np.unique(steps, return_inverse=True)
    if not len(codes):
        return codes, which.reshape(-1)
    _, order = found.moment.codes.in_order(codes.astype(np.int32))
    rank = np.empty(len(codes), np.int64)
    rank[order] = np.arange(len(codes))
    return codes[order], rank[which.reshape(-1)]


def _shared(source: Array, target: Array, amount: Array, whole: Array, offset: int = 0) -> Array:
    has = whole[source] > 0
    return np.stack([source[has] + offset, target[has], amount[has] / whole[source[has]]]).astype(float)


def _passed_on(found: Survey, amounts: StepAmounts, starts: Array, count: int) -> tuple[Array, Array, Array, Array]:
    """Edges from steps to what they made (to the last node: a start), the loss of each, which made nothing, which are even."""
    inputs, outputs = amounts.floats(amounts.inputs), amounts.floats(amounts.outputs)
    went_in = np.bincount(amounts.inputs.step, weights=inputs, minlength=count)
    made = np.bincount(amounts.outputs.step, weights=outputs, minlength=count)
    rows = np.bincount(amounts.outputs.step, minlength=count)
    barren = rows == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = np.where(went_in > 0, 1 - made / went_in, np.nan)
        loss[barren] = np.nan
        kept = np.where(np.isnan(loss), 1.0, 1 - loss)
        of = amounts.outputs.step
        even = ~(made > 0) & ~barren
        weight = np.where(even[of], 1 / np.maximum(rows[of], 1), outputs / np.where(made[of] > 0, made[of], 1))
    things = np.argsort(found.things, kind="stable")
    at = np.minimum(np.searchsorted(found.things[things], amounts.outputs.item), len(things) - 1)
    thing = things[at]
    known = found.things[thing] == amounts.outputs.item
    nodes = 2 * len(found.things)
    target = np.where(np.isin(thing, starts), nodes + count, thing)
    edges = np.stack([of + nodes, target, weight * kept[of]])[:, known]
    several = rows > 1
    return edges, loss, barren, even & several


def _solved(own: Array, source: Array, target: Array, part: Array) -> tuple[Array, bool]:
    """What every node holds: pass on what arrived, again and again, until nothing worth mentioning arrives."""
    order = np.argsort(source, kind="stable")
    target, part = target[order], part[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=len(own)))])
    held, least = own.copy(), _NEGLIGIBLE * max(float(own.sum()), 1e-300)
    active, arrived = np.flatnonzero(own), own[own != 0]
    for _ in range(len(own) + _ROUNDS):
        if not len(active):
            return held, True
        if float(np.abs(arrived).max()) > _GROWING * float(own.sum()):
            break  # a cycle that makes more of itself each time round: its records cannot be right
        place, owner = spans(start[active], start[active + 1] - start[active])
        nodes, which = np.unique(target[place], return_inverse=True)
        arrived = np.bincount(which.reshape(-1), weights=arrived[owner] * part[place], minlength=len(nodes))
        held[nodes] += arrived
        worth = np.abs(arrived) > least
        active, arrived = nodes[worth], arrived[worth]
    return held, False
