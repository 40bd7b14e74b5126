"""Everything reachable from a set of items, breadth first, level by level; no depth limit and no recursion.

A level goes from items to the steps that they meet, and from those steps to the items on the other side: one
item-to-item move. Beside it stand the two moves that need no step: forward a lot to each of its units, backward a
unit to its lot. Where a lot with units was consumed as a lot, each of its units may be what was used: forward, a unit
meets the steps of its lot (*portion*); backward, a step that consumed a lot leads to the lot and to each of its
units. A unit never leads to its sisters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.cycles import on_cycles
from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import TIERS
from genealogy.snapshot.links import Extra, Links, Nodes, joined, narrowed, resolved, spelled
from genealogy.snapshot.moment import NOTHING, Moment

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array

_ITEM, _STEP, _PORTION, _START = 1, 2, 4, 8
_LOT = TIERS["lot"]


@dataclass(frozen=True, slots=True)
class Suspected:
    """Links that are suspected, not recorded: items resolved, steps as written."""

    consumed: Array
    consumed_by: Array
    produced: Array
    produced_by: Array


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk found: numbers of items, in order of depth.

    Attributes:
        items: without the starts.
        depth: of each.
        returned: starts that were met again.
        flags: per code, whether it was visited as item, as step, as portion, or is a start.
    """

    items: Array
    depth: Array
    returned: list[int]
    flags: Array

    def met_items(self, items: Array) -> Array:
        """Which of these items are affected, themselves or by a unit of theirs (bool)."""
        return (self.flags[items] & (_ITEM | _PORTION)) > 0

    def met_steps(self, steps: Array) -> Array:
        """Which of these steps were met (bool)."""
        return (self.flags[steps] & _STEP) > 0


class Walk:
    """One direction of the trace as of a moment.

    Args:
        moment: the facts that count.
        forward: consumed to produced and lot to unit; else the exact inverse.
        suspected: links to follow as well, as if they were recorded.
    """

    def __init__(self, moment: Moment, *, forward: bool, suspected: Suspected | None = None) -> None:
        self._moment, self._forward = moment, forward
        before, after = ("consumption", "production") if forward else ("production", "consumption")
        self._to_steps = Links(moment, before, "item_id", "step_id")
        self._from_steps = Links(moment, after, "step_id", "item_id")
        self._outputs = Links(moment, "production", "step_id", "item_id")
        self._grain = Links(moment, "steps", "step_id", "grain")
        self._lot_of = Links(moment, "units", "item_id", "lot_id")
        self._units_of = Links(moment, "units", "lot_id", "item_id")
        self._extra_in = self._extra_out = Extra(NOTHING, NOTHING)
        if suspected is not None:
            consumed = (suspected.consumed, suspected.consumed_by)
            produced = (suspected.produced, suspected.produced_by)
            self._extra_in = Extra(*(consumed if forward else produced))
            self._extra_out = Extra(*((produced if forward else consumed)[::-1]))
        size = len(moment.codes)
        self._tier = np.full(size, _LOT, np.int8)
        self._scratch = np.zeros(size, np.int32)
        self._tiers_seen: set[int] = set()

    def everything(self, starts: Array) -> Found:
        """All that is reachable over links of every tier."""
        return self._run(starts, None)

    def runs(self, starts: Array, found: Found) -> list[tuple[int, Found]]:
        """What is reached over links no weaker than each tier that was met, strongest first; the last is all of it."""
        seen = sorted(self._tiers_seen) or [_LOT]
        return [*((limit, self._run(starts, limit)) for limit in seen[:-1]), (seen[-1], found)]

    def tier_of(self, steps: Array) -> Array:
        """What the record of each step proves; known of the steps that ``everything`` met."""
        tier: Array = self._tier[steps]
        return tier

    def tiers(self, starts: Array, found: Found) -> Array:
        """For each item found, the weakest link on its strongest path: by nested runs over ever weaker links."""
        seen = sorted(self._tiers_seen)
        tier = np.full(len(found.items), seen[-1] if seen else _LOT, np.int8)
        for limit in reversed(seen[:-1]):
            within = self._run(starts, limit).flags
            tier[(within[found.items] & _ITEM) > 0] = limit
        return tier

    def cycles(self, starts: Array, found: Found) -> list[int]:
        """The starts that reach themselves."""
        if len(starts) == 1 or not found.returned:
            return found.returned
        # A start that was met again may only lie behind another start. Which ones lie on a cycle shows in the part of
        # the graph that was visited: a cycle through a start lies wholly in what the start reaches.
        return on_cycles(self._moment, np.concatenate([starts, found.items]), found.returned)

    def _run(self, starts: Array, limit: int | None) -> Found:
        flags = np.zeros(len(self._moment.codes), np.uint8)
        view = flags.data
        flags[starts] = _ITEM | _START
        returned: set[int] = set()
        levels: list[Nodes] = []
        frontier = narrowed(starts)
        while len(frontier):
            codes = spelled(self._moment.items, frontier)
            steps = self._fresh(self._steps(frontier, codes, limit, flags, view), _STEP, flags, view)
            if limit is None:
                self._note_tiers(steps)
            else:
                steps = self._within(steps, limit)
            reached = joined(self._beyond(steps, limit, flags, view), self._beside(codes, limit))
            _note_returned(reached, flags, view, returned)
            frontier = narrowed(self._fresh(reached, _ITEM, flags, view))
            levels.append(frontier)
        sizes = [len(level) for level in levels]
        items = np.concatenate([NOTHING, *(np.asarray(level, np.int32) for level in levels if len(level))])
        depth = np.repeat(np.arange(1, len(levels) + 1, dtype=np.int32), sizes)
        return Found(items, depth, sorted(returned), flags)

    def _steps(self, items: Nodes, codes: Nodes, limit: int | None, flags: Array, view: memoryview) -> Nodes:
        """The steps that these items meet, portions of their lots included."""
        steps = joined(self._to_steps.follow(codes), self._extra_in.follow(items))
        if not self._forward or self._lot_of.empty or limit == 0:
            return steps
        lots = self._fresh(resolved(self._moment.items, self._lot_of.follow(codes)), _PORTION, flags, view)
        if not len(lots):
            return steps
        by_portion = joined(
            self._to_steps.follow(spelled(self._moment.items, narrowed(lots))), self._extra_in.follow(lots)
        )
        if len(by_portion) and limit is None:
            self._tiers_seen.add(_LOT)
        return joined(steps, by_portion)

    def _beyond(self, steps: Nodes, limit: int | None, flags: Array, view: memoryview) -> Nodes:
        """The items on the other side of these steps."""
        items = joined(
            resolved(self._moment.items, self._from_steps.follow(narrowed(steps))), self._extra_out.follow(steps)
        )
        if self._forward or self._units_of.empty or limit == 0:
            return items
        lots = narrowed(self._fresh(items, _PORTION, flags, view))
        units = resolved(self._moment.items, self._units_of.follow(spelled(self._moment.items, lots)))
        if len(units) and limit is None:
            self._tiers_seen.add(_LOT)
        return joined(items, units)

    def _beside(self, codes: Nodes, limit: int | None) -> Nodes:
        """Forward the units of these lots, backward the lots of these units."""
        if limit == 0:
            return []
        beside = (self._units_of if self._forward else self._lot_of).follow(codes)
        if len(beside) and limit is None:
            self._tiers_seen.add(_LOT)
        return resolved(self._moment.items, beside)

    def _fresh(self, nodes: Nodes, bit: int, flags: Array, view: memoryview) -> Nodes:
        """Those not visited yet, each once; they are visited from now on."""
        if isinstance(nodes, list):
            fresh: list[int] = []
            for node in nodes:
                if not view[node] & bit:
                    view[node] |= bit
                    fresh.append(node)
            return fresh
        new: Array = nodes[(flags[nodes] & bit) == 0]
        flags[new] |= np.uint8(bit)
        numbers = np.arange(len(new), dtype=np.int32)
        self._scratch[new] = numbers  # of several equal nodes the last one stays
        each: Array = new[self._scratch[new] == numbers]
        return each

    def _within(self, steps: Nodes, limit: int) -> Nodes:
        if isinstance(steps, list):
            return [step for step in steps if self._tier[step] <= limit]
        within: Array = steps[self._tier[steps] <= limit]
        return within

    def _note_tiers(self, steps: Nodes) -> None:
        """What the record of each step proves; a step with several outputs cannot prove which unit holds what."""
        if isinstance(steps, list) and len(steps) <= 8:
            for step in steps:
                grains = self._grain.follow([step])
                tier = int(grains[0]) if len(grains) else _LOT
                if tier == 0 and len(set(resolved(self._moment.items, self._outputs.follow([step])))) > 1:
                    tier = _LOT
                if tier != _LOT:
                    self._tier[step] = tier
                self._tiers_seen.add(tier)
            return
        numbers = np.asarray(steps, np.int32)
        grains, owner = self._grain.pairs(numbers)
        tiers = np.full(len(numbers), _LOT, np.int8)
        tiers[owner] = grains
        single = np.flatnonzero(tiers == 0)
        if len(single):
            items, owner = self._outputs.pairs(numbers[single])
            outputs = owner[distinct(owner, self._moment.items.resolve(items))]
            tiers[single[np.bincount(outputs, minlength=len(single)) > 1]] = _LOT
        self._tier[numbers] = tiers
        self._tiers_seen.update(np.unique(tiers).tolist())


def _note_returned(reached: Nodes, flags: Array, view: memoryview, returned: set[int]) -> None:
    if isinstance(reached, list):
        returned.update(node for node in reached if view[node] & _START)
    else:
        returned.update(np.unique(reached[(flags[reached] & _START) > 0]).tolist())
