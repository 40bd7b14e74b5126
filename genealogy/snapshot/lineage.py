"""The whole trace graph at once, cycles condensed, in the order in which things were made.

A walk answers for some starts. What has to be known of every lot, or of every candidate for a common cause, is worked
out here in one pass over the graph instead: every node after all that went into it. Nodes are items, steps and
portions, as for a walk; on a cycle everything is in everything, so its nodes count as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.cycles import strong_components
from genealogy.snapshot.index import distinct, spans

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

SORTS = 4  # of a code: as item, as step, as portion; the fourth is for what a question adds
ITEM, STEP, PORTION, ADDED = 0, 1, 2, 3


def node(codes: Array, sort: int) -> Array:
    """The names of nodes: codes as one sort of thing."""
    return codes.astype(np.int64) * SORTS + sort


def ascending(values: Array) -> Array:
    """Each different value once, ascending; by sorting, which is quicker here than what numpy does for whole numbers."""
    ordered = np.sort(values)
    if len(ordered) < 2:
        return ordered
    each: Array = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    return each


def trace_links(moment: Moment) -> tuple[Array, Array]:
    """Every link of the trace graph in force, from what went in to what came out, as names of nodes."""
    used, made, units = (moment.all_rows(table) for table in ("consumption", "production", "units"))
    item_in = moment.item_column("consumption", "item_id", used) if len(used) else _NONE
    step_in = moment.column("consumption", "step_id")[used] if len(used) else _NONE
    item_out = moment.item_column("production", "item_id", made) if len(made) else _NONE
    step_out = moment.column("production", "step_id")[made] if len(made) else _NONE
    unit = moment.item_column("units", "item_id", units) if len(units) else _NONE
    lot = moment.item_column("units", "lot_id", units) if len(units) else _NONE
    unit, lot = unit[lot >= 0], lot[lot >= 0]
    with_units = np.zeros(len(moment.codes) + 1, bool)
    with_units[lot] = True
    portioned = with_units[item_in]
    parts = (
        (node(item_in, ITEM), node(step_in, STEP)),
        (node(step_out, STEP), node(item_out, ITEM)),
        (node(lot, ITEM), node(unit, ITEM)),
        (node(unit, ITEM), node(lot, PORTION)),
        (node(item_in[portioned], PORTION), node(step_in[portioned], STEP)),
    )
    tails, heads = (np.concatenate(side) for side in zip(*parts, strict=True))
    stated = (tails >= 0) & (heads >= 0)
    return tails[stated], heads[stated]


_NONE = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Lineage:
    """A graph without cycles, in order.

    Attributes:
        names: of the nodes, ascending.
        part: for each of them the number of its component; components are numbered so that links only lead upwards.
        count: how many components there are.
        tails: of the links between components, each once, in the order of their heads.
        start: where the links to each component begin (one more than there are components).
        levels: where each level of components begins and the last ends; nothing links two of one level.
    """

    names: Array
    part: Array
    count: int
    tails: Array
    start: Array
    levels: list[int]

    @classmethod
    def of(cls, tails: Array, heads: Array, more: Array) -> Lineage:
        """Put links in order.

        Args:
            tails: names of the nodes from which they lead.
            heads: to which.
            more: nodes that are in it, linked or not.
        """
        names = ascending(np.concatenate([tails, heads, more]))
        if len(names) and names[-1] != len(names) - 1:
            tails, heads = np.searchsorted(names, tails), np.searchsorted(names, heads)
        part = _condensed(tails, heads, len(names))
        count = int(part.max()) + 1 if len(part) else 0
        tails, heads = part[tails], part[heads]
        outer = tails != heads
        tails, heads = tails[outer], heads[outer]
        once = _once(tails, heads, count)
        tails, heads = tails[once], heads[once]
        levels = _levels(tails, heads, count)
        number = np.empty(count, np.int64)
        order = np.concatenate(levels) if levels else np.zeros(0, np.int64)
        number[order] = np.arange(count)
        tails, heads = number[tails], number[heads]
        order = np.lexsort((tails, heads))
        start = np.concatenate([[0], np.cumsum(np.bincount(heads, minlength=count))])
        begins = np.concatenate([[0], np.cumsum([len(level) for level in levels])]).astype(np.int64)
        return cls(names, number[part], count, tails[order], start, begins.tolist())

    def parts(self, nodes: Array) -> Array:
        """The components of these nodes, -1 for a node that is not in the graph."""
        if not len(self.names):
            return np.full(len(nodes), -1, np.int64)
        at = np.minimum(np.searchsorted(self.names, nodes), len(self.names) - 1)
        return np.where(self.names[at] == nodes, self.part[at], -1)

    def behind(self, parts: Array) -> Array:
        """Which components lead to one of these, themselves included (bool)."""
        met = np.zeros(self.count, bool)
        frontier = ascending(parts)
        while len(frontier):
            met[frontier] = True
            place, _ = spans(self.start[frontier], self.start[frontier + 1] - self.start[frontier])
            before = self.tails[place]
            frontier = ascending(before[~met[before]])
        return met


def _once(tails: Array, heads: Array, count: int) -> Array:
    """Each different link once."""
    if not len(tails):
        return np.zeros(0, np.int64)
    _, first = np.unique(tails * np.int64(count) + heads, return_index=True)
    return first


def _ordered(keys: Array, values: Array, count: int) -> tuple[Array, Array]:
    """Values by key: where those of each key begin, and the values."""
    start = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=count))])
    return start, values[np.argsort(keys, kind="stable")]


def _levels(tails: Array, heads: Array, count: int) -> list[Array]:
    """Nodes level by level, each level after all that leads to it; what lies on or behind a cycle is left out."""
    start, after = _ordered(tails, heads, count)
    open_ = np.bincount(heads, minlength=count)
    frontier = np.flatnonzero(open_ == 0)
    levels = []
    while len(frontier):
        levels.append(frontier)
        place, _ = spans(start[frontier], start[frontier + 1] - start[frontier])
        met, times = np.unique(after[place], return_counts=True)
        open_[met] -= times
        frontier = met[open_[met] == 0]
    return levels


def _condensed(tails: Array, heads: Array, count: int) -> Array:
    """The number of its component for each node: most are alone, found by taking away what no cycle can hold."""
    part = np.arange(count)
    left = np.ones(count, bool)
    for one, other in ((tails, heads), (heads, tails)):
        inner = left[one] & left[other]
        for level in _levels(one[inner], other[inner], count):
            left[level] = False
    core = np.flatnonzero(left)
    if not len(core):
        return part
    inner = left[tails] & left[heads]
    place = np.cumsum(left) - 1
    start, after = _ordered(place[tails[inner]], place[heads[inner]], len(core))
    component = strong_components(start.tolist(), after.tolist(), len(core))
    first = distinct(component)
    named = np.empty(len(first), np.int64)
    named[component[first]] = core[first]  # a component is named after its first node
    part[core] = named[component]
    _, part = np.unique(part, return_inverse=True)
    return part
