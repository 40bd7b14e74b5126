"""Which of several starts lie on a cycle: strongly connected components of the part of the graph that was visited.

Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), with its own stack instead of recursion.
Steps and portions are nodes of their own, so a step with many inputs and outputs costs their sum and not their
product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.links import Links

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_SORTS = 3  # of a code: as item, as step, as portion
_ITEM, _STEP, _PORTION = 0, 1, 2


def on_cycles(moment: Moment, items: Array, candidates: list[int]) -> list[int]:
    """Those candidates that reach themselves.

    Args:
        moment: the facts that count.
        items: everything on any cycle through a candidate, and whatever else.
        candidates: numbers of items among them.

    Returns:
        Ascending numbers of items.
    """
    source, target = _edges(moment, items)
    names, places = np.unique(np.concatenate([source, target]), return_inverse=True)
    tails, heads = places[: len(source)], places[len(source) :]
    order = np.argsort(tails, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(tails, minlength=len(names)))])
    component = strong_components(start.tolist(), heads[order].tolist(), len(names))
    size = np.bincount(component, minlength=1)
    itself = set(names[tails[tails == heads]].tolist())  # cannot happen by way of a step, but a unit may be its own lot
    place = {name: number for number, name in enumerate(names.tolist())}
    return sorted(
        item
        for item in candidates
        if (node := item * _SORTS) in place and (size[component[place[node]]] > 1 or node in itself)
    )


def _edges(moment: Moment, items: Array) -> tuple[Array, Array]:
    """All forward links that start from these items, with their steps and portions between."""
    codes, owner = moment.items.spellings(items)
    item = items[owner]
    consumed = Links(moment, "consumption", "item_id", "step_id")
    steps, by = consumed.pairs(codes)
    units, lot = Links(moment, "units", "lot_id", "item_id").pairs(codes)
    lots, unit = Links(moment, "units", "item_id", "lot_id").pairs(codes)
    lots = moment.items.resolve(lots)
    portions = np.unique(lots)
    portion_codes, portion = moment.items.spellings(portions)
    portion_steps, portion_by = consumed.pairs(portion_codes)
    all_steps = np.unique(np.concatenate([steps, portion_steps]))
    made, by_step = Links(moment, "production", "step_id", "item_id").pairs(all_steps)
    edges = [
        (_node(item[by], _ITEM), _node(steps, _STEP)),
        (_node(item[lot], _ITEM), _node(moment.items.resolve(units), _ITEM)),
        (_node(item[unit], _ITEM), _node(lots, _PORTION)),
        (_node(portions[portion[portion_by]], _PORTION), _node(portion_steps, _STEP)),
        (_node(all_steps[by_step], _STEP), _node(moment.items.resolve(made), _ITEM)),
    ]
    tails, heads = zip(*edges, strict=True)
    return np.concatenate(tails), np.concatenate(heads)


def _node(codes: Array, sort: int) -> Array:
    return codes.astype(np.int64) * _SORTS + sort


def strong_components(start: list[int], heads: list[int], count: int) -> Array:
    """The number of its strongly connected component for each node."""
    unseen = -1
    index, low, component = [unseen] * count, [0] * count, [unseen] * count
    stack: list[int] = []
    seen = components = 0
    place = start[:-1]
    for root in range(count):
        if index[root] != unseen:
            continue
        path = [root]
        while path:
            node = path[-1]
            if index[node] == unseen:
                index[node] = low[node] = seen
                seen += 1
                stack.append(node)
            if place[node] < start[node + 1]:
                head = heads[place[node]]
                place[node] += 1
                if index[head] == unseen:
                    path.append(head)
                elif component[head] == unseen:
                    low[node] = min(low[node], index[head])
                continue
            path.pop()
            if path:
                low[path[-1]] = min(low[path[-1]], low[node])
            if low[node] == index[node]:
                while True:
                    member = stack.pop()
                    component[member] = components
                    if member == node:
                        break
                components += 1
    return np.array(component, np.int64)
