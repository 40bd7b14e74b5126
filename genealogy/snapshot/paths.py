"""The best path to every item of a scope: over the strongest links that lead there, in the fewest moves.

A path is as strong as its weakest link. The tier of an item is the strongest that any path to it has; among the paths of
that strength the shortest is the best, and among these the one whose facts were recorded first. It is found without
walking paths: the depth of every item is known, so the last move of each best path comes from an item one move nearer.
All last moves are found in one pass over the rows that are about the scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.errors import GenealogyError
from genealogy.snapshot.index import distinct
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.snapshot.walk import Found

NONE = -1
FAR = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Moves:
    """The last move to each item over links no weaker than a tier, on a shortest path.

    Attributes:
        tier: the weakest link that may be used.
        items: the starts, then what is reached, nearest first.
        depth: of each, in moves; 0 for a start.
        parent: where in ``items`` the item before stands; -1 for a start.
        used: the row of ``consumption`` by which the item before went into the step; -1 where there is no step.
        made: the row of ``production`` by which the step made the item; -1 where there is no step.
        unit: the row of ``units``: that the item is a unit of the item before, or (where there is a step) that the item
            before is a unit of the lot that was used; else -1.
    """

    tier: int
    items: Array
    depth: Array
    parent: Array
    used: Array
    made: Array
    unit: Array


@dataclass(frozen=True, slots=True)
class Tree:
    """For every item of a scope the last move of its best path: the links by which a graph or a table shows the scope.

    Following the moves from an item leads to a start over links no weaker than the item's tier, since each move comes from
    an item that is stronger, or as strong and nearer.

    Attributes:
        items: reached, ordered by tier and depth.
        tier: of each.
        depth: moves of its best path.
        parent: the item before, by its number.
        used: as in ``Moves``.
        made: as in ``Moves``.
        unit: as in ``Moves``.
    """

    items: Array
    tier: Array
    depth: Array
    parent: Array
    used: Array
    made: Array
    unit: Array


class Paths:
    """The best paths from some starts to everything that they reach.

    Args:
        moment: the facts that count.
        starts: numbers of items, each once.

    Attributes:
        starts: as given.
        found: what is reached over links of any tier.
    """

    def __init__(self, moment: Moment, starts: Array) -> None:
        self._moment, self.starts = moment, starts.astype(np.int32)
        self._walk = Walk(moment, forward=True)
        self.found = self._walk.everything(self.starts)
        self._runs = self._walk.runs(self.starts, self.found)
        self._moves: dict[int, Moves] = {}

    @property
    def none(self) -> Moves:
        """The starts alone, without any move."""
        nothing = np.full(len(self.starts), NONE, np.int32)
        return Moves(0, self.starts, np.zeros(len(self.starts), np.int32), nothing, nothing, nothing, nothing)

    def tier(self, item: int) -> int | None:
        """The strongest tier over which an item is reached; None where it is not."""
        for limit, found in self._runs:
            if (found.items == item).any():
                return limit
        return None

    def path(self, item: int) -> tuple[Moves, list[int]]:
        """The best path to an item that is reached: the moves, and the places in them from the first to the last.

        Raises:
            GenealogyError: it is not reached.
        """
        tier = self.tier(item)
        if tier is None:
            raise GenealogyError("A path was asked for to an item that is not in the scope.")
        moves = self._within(tier)
        place = int(np.flatnonzero(moves.items == item)[-1])
        places = []
        while moves.parent[place] != NONE:
            places.append(place)
            place = int(moves.parent[place])
        return moves, places[::-1]

    def tree(self) -> Tree:
        """The last move of the best path of every item that is reached."""
        known = np.zeros(len(self._moment.codes), bool)
        known[self.starts] = True
        parts = []
        for limit, _ in self._runs:
            moves = self._within(limit)
            new = np.flatnonzero(~known[moves.items])
            known[moves.items] = True
            before = moves.items[moves.parent[new]]
            columns = (moves.depth, moves.used, moves.made, moves.unit)
            tier = np.full(len(new), limit, np.int8)
            parts.append((moves.items[new], tier, before, *(column[new] for column in columns)))
        items, tier, before, depth, used, made, unit = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Tree(items, tier, depth, before, used, made, unit)

    def _within(self, tier: int) -> Moves:
        if tier not in self._moves:
            found = next(found for limit, found in self._runs if limit == tier)
            self._moves[tier] = _last_moves(self._moment, self._walk, self.starts, found, tier)
        return self._moves[tier]


def _last_moves(moment: Moment, walk: Walk, starts: Array, found: Found, tier: int) -> Moves:
    items = np.concatenate([starts, found.items])
    depth = np.concatenate([np.zeros(len(starts), np.int32), found.depth])
    place = np.full(len(moment.codes), NONE, np.int32)
    place[items] = np.arange(len(items), dtype=np.int32)
    parent, used, made, unit = (np.full(len(items), NONE, np.int32) for _ in range(4))
    target = found.items

    rows, owner = moment.rows_of("production", "item_id", target)
    owner += len(starts)
    steps, step = np.unique(moment.column("production", "step_id")[rows] if len(rows) else rows, return_inverse=True)
    near, use, part, source = _inputs(moment, items, depth, place, steps, tier)
    near = np.where(walk.tier_of(steps) <= tier, near, FAR)
    last = np.flatnonzero(near[step] == depth[owner] - 1)
    last = last[np.argsort(rows[last], kind="stable")]
    last = last[distinct(owner[last])]  # of several moves as short, the one whose product was recorded first
    to, by = owner[last], step[last]
    parent[to], used[to], made[to], unit[to] = source[by], use[by], rows[last], part[by]

    if tier > 0:  # lot to unit, where no step made the unit in as few moves
        rows, owner = moment.rows_of("units", "item_id", target)
        owner += len(starts)
        lots = moment.item_column("units", "lot_id", rows) if len(rows) else rows
        before = np.where(lots >= 0, place[lots], NONE)
        last = np.flatnonzero((before != NONE) & (parent[owner] == NONE))
        last = last[depth[before[last]] == depth[owner[last]] - 1]
        last = last[np.argsort(rows[last], kind="stable")]
        last = last[distinct(owner[last])]
        to = owner[last]
        parent[to], unit[to] = before[last], rows[last]

    if (parent[len(starts) :] == NONE).any():
        raise GenealogyError(
            "An item in the scope has no recorded move that leads to it. This is a fault of the program: please report it "
            "with the digest of the scope."
        )
    return Moves(tier, items, depth, parent, used, made, unit)


def _inputs(
    moment: Moment, items: Array, depth: Array, place: Array, steps: Array, tier: int
) -> tuple[Array, Array, Array, Array]:
    """For each step the nearest item that went into it: its depth, the rows of consumption and units, its place.

    Of several as near, what was consumed itself is taken before a unit whose lot was consumed, then what was recorded first.
    """
    near, use, part, source = (np.full(len(steps), value, np.int32) for value in (FAR, NONE, NONE, NONE))
    rows, step = moment.rows_at("consumption", "step_id", steps)
    if not len(rows):
        return near, use, part, source
    went_in = moment.item_column("consumption", "item_id", rows)
    where = place[went_in]
    direct = np.flatnonzero(where != NONE)
    sets = [(step[direct], depth[where[direct]], np.zeros(len(direct), np.int8), rows[direct], where[direct])]
    units = [np.full(len(direct), NONE, np.int32)]
    if tier > 0:
        of_lot, unit_row = _nearest_units(moment, items, depth)
        drawn = np.flatnonzero(of_lot[went_in] != NONE)
        by = of_lot[went_in[drawn]]
        sets.append((step[drawn], depth[by], np.ones(len(drawn), np.int8), rows[drawn], by))
        units.append(unit_row[went_in[drawn]])
    at, how_near, as_part, row, by = (np.concatenate(each) for each in zip(*sets, strict=True))
    unit = np.concatenate(units)
    order = np.lexsort((row, as_part, how_near))
    chosen = order[distinct(at[order])]
    to = at[chosen]
    near[to], use[to], part[to], source[to] = how_near[chosen], row[chosen], unit[chosen], by[chosen]
    return near, use, part, source


def _nearest_units(moment: Moment, items: Array, depth: Array) -> tuple[Array, Array]:
    """For each lot the place among the items of its nearest unit, and the row that says that it is one; -1 without."""
    of_lot, unit_row = (np.full(len(moment.codes), NONE, np.int32) for _ in range(2))
    rows, owner = moment.rows_of("units", "item_id", items)
    if not len(rows):
        return of_lot, unit_row
    lots = moment.item_column("units", "lot_id", rows)
    stated = np.flatnonzero(lots >= 0)
    rows, owner, lots = rows[stated], owner[stated], lots[stated]
    order = np.lexsort((rows, depth[owner]))
    chosen = order[distinct(lots[order])]
    of_lot[lots[chosen]], unit_row[lots[chosen]] = owner[chosen], rows[chosen]
    return of_lot, unit_row
