"""The first road from very many items at once: level by level, all items of a level in one question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.reach import Reach
from queries import starts as asked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.stores.contract import Store
    from queries.query import Query

FEW = 8
"""From up to so many items, one search from each is quicker."""
LEVELS = 60
"""After so many levels each item that is left is followed on its own, which suits long chains."""
_WORST = 2


class Frontier:
    """What lies behind the outputs of steps, asked of the graph.

    Args:
        store: the graph.
        road: the first road, for few items and long chains; what was asked is noted there.
    """

    def __init__(self, store: Store, road: CypherRoad) -> None:
        self._store, self._road = store, road

    def beyond(self, items: Sequence[str], as_of: int) -> Reach:
        """Everything reachable forward from the items, without these; cycles are not looked for."""
        if len(items) <= FEW:
            return self._road.reach(items, "forward", as_of)
        depth = self._levels(items, as_of, _WORST)
        tier = dict.fromkeys(depth, _WORST)
        for weakest in (1, 0):
            if self._road.nothing_weaker(weakest, items, depth, as_of):
                tier = dict.fromkeys(depth, weakest)
            else:
                tier.update(dict.fromkeys(self._levels(items, as_of, weakest), weakest))
        ids = sorted(depth)
        return Reach(ids, [depth[i] for i in ids], [tier[i] for i in ids], [])

    def predecessors(self, items: Sequence[str], as_of: int) -> set[tuple[str, str]]:
        """Each of the items with those from which one move leads to it."""
        query = asked.ITEMS_BEFORE
        self._road.asked[query.name] = query.digest(self._store.dialect)
        found = self._store.read(query, ids=list(items), as_of=as_of)
        return set(zip(found["id"], found["before"], strict=True))

    def _levels(self, items: Sequence[str], as_of: int, tier: int) -> dict[str, int]:
        depth = dict.fromkeys(items, 0)
        steps: set[str] = set()
        portions: set[str] = set()
        frontier, level = sorted(depth), 0
        while frontier:
            level += 1
            met = self._next(asked.STEPS_USING, frontier, as_of, tier, steps)
            drawn = self._next(asked.PORTIONS_WITH, frontier, as_of, tier, portions)
            reached = {
                *self._next(asked.ITEMS_MADE, met, as_of, tier, depth),
                *self._next(asked.ITEMS_FROM_PORTIONS, drawn, as_of, tier, depth),
            }
            steps.update(met)
            portions.update(drawn)
            depth.update(dict.fromkeys(reached, level))
            frontier = sorted(reached)
            if level == LEVELS:
                for item in frontier:
                    for further, moves in self._road.moves(item, "forward", as_of, tier).items():
                        depth[further] = min(depth.get(further, level + moves), level + moves)
                break
        return {item: moves for item, moves in depth.items() if moves}

    def _next(self, query: Query, ids: Sequence[str], as_of: int, tier: int, seen: Collection[str]) -> list[str]:
        if not ids:
            return []
        self._road.asked[query.name] = query.digest(self._store.dialect)
        found = self._store.read(query, ids=list(ids), as_of=as_of, tier=tier)["id"]
        return sorted(set(found) - set(seen))
