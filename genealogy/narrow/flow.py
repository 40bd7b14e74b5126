"""The part of the trace graph that a scope met, as arrays: what is still reached when some of its links are cut.

Nodes are items, steps and portions (a lot of which an unknown unit was used), as in the trace itself; links lead from item
to step, from step to item, from lot to unit, and from unit by its portion to the steps of its lot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.index import different, spans

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_SORTS = 3
_ITEM, _STEP, _PORTION = 0, 1, 2


class Flow:
    """All forward links of a scope.

    Args:
        moment: the facts that count.
        items: numbers of everything in the scope, starts included.
        steps: numbers of steps that are starts themselves.
    """

    def __init__(self, moment: Moment, items: Array, steps: Array) -> None:
        tails, heads = _links(moment, items.astype(np.int64), steps.astype(np.int64))
        everything = np.concatenate([tails, heads, items * _SORTS + _ITEM, steps * _SORTS + _STEP])
        self._names = different(everything)
        order = np.argsort(tails, kind="stable")
        self.tails, self.heads = self._places(tails[order]), self._places(heads[order])
        self._start = np.concatenate([[0], np.cumsum(np.bincount(self.tails, minlength=len(self._names)))])
        sort = self._names % _SORTS
        self.is_item, self.is_step = sort == _ITEM, sort == _STEP
        self.codes = self._names // _SORTS

    def items(self, numbers: Array) -> Array:
        """The nodes of items; numbers that are none are left out."""
        return self._nodes(numbers * _SORTS + _ITEM)

    def steps(self, numbers: Array) -> Array:
        """The nodes of steps; numbers that are none are left out."""
        return self._nodes(numbers * _SORTS + _STEP)

    def closure(self, sources: Array, kept: Array) -> Array:
        """Which nodes are reached from the sources, these included, over the links that are kept (bool)."""
        seen = np.zeros(len(self._names), bool)
        seen[sources] = True
        frontier = np.flatnonzero(seen)
        while len(frontier):
            begin = self._start[frontier]
            place, _ = spans(begin, self._start[frontier + 1] - begin)
            reached = self.heads[place[kept[place]]]
            frontier = different(reached[~seen[reached]])
            seen[frontier] = True
        return seen

    def _places(self, names: Array) -> Array:
        found: Array = np.searchsorted(self._names, names)
        return found

    def _nodes(self, names: Array) -> Array:
        names = np.unique(names.astype(np.int64))
        return self._places(names[np.isin(names, self._names)])


def _links(moment: Moment, items: Array, steps: Array) -> tuple[Array, Array]:
    used, user = moment.rows_of("consumption", "item_id", items)
    step_of = moment.column("consumption", "step_id")
    serialised, lot = moment.rows_of("units", "lot_id", items)
    parts, part = moment.rows_of("units", "item_id", items)
    portion = moment.item_column("units", "lot_id", parts) if len(parts) else parts
    part, portion = part[portion >= 0], portion[portion >= 0]
    portions = np.unique(portion)
    drawn, drawer = moment.rows_of("consumption", "item_id", portions)
    met = np.unique(np.concatenate([_at(step_of, used), _at(step_of, drawn), steps])).astype(np.int64)
    made, maker = moment.rows_at("production", "step_id", met)
    units = moment.item_column("units", "item_id", serialised) if len(serialised) else serialised
    outputs = moment.item_column("production", "item_id", made) if len(made) else made
    pairs = (
        (_name(items[user], _ITEM), _name(_at(step_of, used), _STEP)),
        (_name(items[lot], _ITEM), _name(units, _ITEM)),
        (_name(items[part], _ITEM), _name(portion, _PORTION)),
        (_name(portions[drawer], _PORTION), _name(_at(step_of, drawn), _STEP)),
        (_name(met[maker], _STEP), _name(outputs, _ITEM)),
    )
    tails, heads = (np.concatenate(column) for column in zip(*pairs, strict=True))
    stated = (tails >= 0) & (heads >= 0)
    return tails[stated], heads[stated]


def _at(column: Array, rows: Array) -> Array:
    found: Array = column[rows] if len(rows) else np.zeros(0, np.int64)
    return found


def _name(codes: Array, sort: int) -> Array:
    found: Array = np.where(codes >= 0, codes.astype(np.int64) * _SORTS + sort, -1)
    return found
