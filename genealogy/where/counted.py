"""Units that a count of their lot counted in: what came back, or moved to where the lot was counted since."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.layout import NO_TIME
from genealogy.where.lines import COUNTED, MADE, MOVED, RETURNED, SHIPPED, UNPACKED, Lines

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.where.names import Names


class LotCounts:
    """When and where lots themselves were counted, by their own name and not by a container's.

    Args:
        lines: of all things.
        things: number of the item of each.
        unit: which of them are units.
        names: which place is whose.
    """

    def __init__(self, lines: Lines, things: Array, unit: Array, names: Names) -> None:
        self._lines, self._names = lines, names
        mine = np.flatnonzero((lines.kind == COUNTED) & (lines.named == things[lines.thing]) & ~unit[lines.thing])
        last = np.where(lines.end[mine] > lines.begin[mine], lines.end[mine] - 1, lines.end[mine])
        self._of: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for lot, place, at in zip(lines.thing[mine].tolist(), lines.place[mine].tolist(), last.tolist(), strict=True):
            self._of[lot].add((place, at))

    def __contains__(self, lot: int) -> bool:
        return lot in self._of

    def counted_in(self, lot: int, line: int, before: int | None = None) -> bool:
        """Whether a count of the lot, after this line about one of its units, had the unit in it.

        Args:
            lot: position of the lot.
            line: by which the unit came back or moved.
            before: count no later ones; None: all.
        """
        since, returned = int(self._lines.begin[line]), int(self._lines.kind[line]) == RETURNED
        return any(
            at >= since
            and (before is None or at < before)
            and (returned or self._names.same_place(self._lines, line, place))
            for place, at in self._of.get(lot, ())
        )


def departures(lines: Lines, parent: Array, first: Array, counts: LotCounts) -> tuple[Array, Array]:
    """The lines by which units left what was loose of their lot: the first of each, and each after a count had it in.

    Returns:
        Units (positions) and lines.
    """
    units = np.flatnonzero((first >= 0) & (parent >= 0))
    found = [(unit, int(first[unit])) for unit in units.tolist()]
    back = np.flatnonzero(np.isin(lines.kind, (RETURNED, MOVED, SHIPPED)) & (parent[lines.thing] >= 0))
    came = [place for place in back.tolist() if int(parent[lines.thing[place]]) in counts]
    wanted = set(lines.thing[came].tolist())
    own = np.flatnonzero(np.isin(lines.thing, list(wanted)) & (lines.kind != MADE) & (lines.kind != UNPACKED))
    own = own[(lines.amount[own] != 0) & (lines.begin[own] != NO_TIME)]
    own = own[np.lexsort((lines.row[own], lines.kind[own], lines.begin[own], lines.thing[own]))]
    for line, after in zip(own[:-1].tolist(), own[1:].tolist(), strict=True):
        unit = int(lines.thing[line])
        if int(lines.thing[after]) != unit or int(lines.kind[line]) not in (RETURNED, MOVED, SHIPPED):
            continue
        if counts.counted_in(int(parent[unit]), line, int(lines.begin[after])):
            found.append((unit, after))
    pairs = np.array(found, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
