"""A place for every node of a layered graph: worked out here, so that the picture is the same each time, everywhere.

Layers go from left to right, and within a layer each node stands near the middle of what it is linked to. No browser has
to simulate physics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ACROSS, DOWN = 260, 74
"""Distance of layers, and of the nodes of one layer."""
_SWEEPS = 6


def placed(
    layers: Sequence[int], links: Iterable[tuple[int, int]], tallest: int | None = None
) -> list[tuple[int, int]]:
    """Where each node stands.

    Args:
        layers: of each node; they need not follow on each other.
        links: pairs of nodes.
        tallest: more nodes than this in one layer stand in several columns, side by side.
    """
    members: dict[int, list[int]] = {}
    for number, layer in enumerate(layers):
        members.setdefault(layer, []).append(number)
    columns = [members[layer] for layer in sorted(members)]
    near: list[list[int]] = [[] for _ in layers]
    for source, target in links:
        near[source].append(target)
        near[target].append(source)
    column_of = {number: c for c, column in enumerate(columns) for number in column}
    height = {number: place - (len(column) - 1) / 2 for column in columns for place, number in enumerate(column)}
    for sweep in range(_SWEEPS):
        rightward = sweep % 2 == 0
        for column in columns if rightward else reversed(columns):
            # A node goes to the middle of its neighbours on the side that this sweep comes from.
            middle = {}
            for number in column:
                here = column_of[number]
                side = [height[n] for n in near[number] if (column_of[n] < here if rightward else column_of[n] > here)]
                middle[number] = sum(side) / len(side) if side else height[number]
            column.sort(key=lambda number: (middle[number], number))
            for place, number in enumerate(column):
                height[number] = place - (len(column) - 1) / 2
    found = [(0, 0)] * len(layers)
    left = 0
    for column in columns:
        beside = 1 if tallest is None else -(-len(column) // tallest)
        rows = -(-len(column) // beside)
        for place, number in enumerate(column):
            found[number] = ((left + place % beside) * ACROSS, round((place // beside - (rows - 1) / 2) * DOWN))
        left += beside
    return found
