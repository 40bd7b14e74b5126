"""Which of many sources stand behind each node: one pass over the graph in order, a bit for each source.

Nodes behind which exactly the same sources stand are one *class*, found on the way: the thousand units of a lot are one
class, and so are the steps that took the same parts. Only classes carry bits, in blocks of sources, so that memory
stays bounded and the work follows what is different in a plant and not how much of it there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.index import distinct, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genealogy.snapshot.files import Array
    from genealogy.snapshot.lineage import Lineage

BLOCK = 1024
"""Sources that are carried at once; a multiple of 64."""
_SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class Closures:
    """The classes of a graph's nodes.

    Attributes:
        of_part: the class of each component; 0 where no source stands behind it.
        count: how many classes there are, the empty one included.
        own: for each source the class that it is in.
        before: for each class the classes that it is made of, one after the other.
        start: where those of each class begin.
        levels: where each level of classes begins and the last ends.
    """

    of_part: Array
    count: int
    own: Array
    before: Array
    start: Array
    levels: list[int]

    @classmethod
    def of(cls, lineage: Lineage, sources: Array) -> Closures:
        """Find the classes.

        Args:
            lineage: the graph.
            sources: components; several sources may be one component.
        """
        marked = np.zeros(lineage.count, bool)
        marked[sources] = True
        of_part = np.zeros(lineage.count, np.int64)
        before: list[Array] = [np.zeros(0, np.int64)]
        sizes: list[Array] = [np.zeros(1, np.int64)]
        levels, count = [0, 1], 1
        for begin, end in pairwise(lineage.levels):
            first, last = lineage.start[begin], lineage.start[end]
            head = np.repeat(np.arange(end - begin), np.diff(lineage.start[begin : end + 1]))
            classes = of_part[lineage.tails[first:last]]
            head, classes = head[classes > 0], classes[classes > 0]
            once = distinct(classes, head)
            head, classes = head[once], classes[once]
            order = np.lexsort((classes, head))
            head, classes = head[order], classes[order]
            size = np.bincount(head, minlength=end - begin)
            starts = np.cumsum(size) - size
            new = marked[begin:end]
            alone = np.flatnonzero((size == 1) & ~new)
            of_part[begin + alone] = classes[starts[alone]]
            several = np.flatnonzero((size > 1) & ~new)
            chosen, group = _alike(classes, starts[several], size[several])
            made = np.concatenate([np.flatnonzero(new), several[chosen]])
            of_part[begin + np.flatnonzero(new)] = count + np.arange(int(new.sum()))
            of_part[begin + several] = count + int(new.sum()) + group
            place, _ = spans(starts[made], size[made])
            before.append(classes[place])
            sizes.append(size[made])
            count += len(made)
            if len(made):
                levels.append(count)
        start = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
        return cls(of_part, count, of_part[sources], np.concatenate(before), start, levels)

    def blocks(self, wanted: Array, sources: Array) -> Iterator[tuple[Array, Array, Array]]:
        """Sources block by block, with what they stand behind.

        Args:
            wanted: the classes that are asked about.
            sources: the positions of the sources that are asked about.

        Yields:
            The positions of the sources of a block; the classes asked about behind which any of them stands; and for each
            of these classes and sources, whether it does (bool, a row a class).
        """
        # Sources that lie near each other in the order stand behind much the same classes: a block then meets few.
        order = sources[np.argsort(self.own[sources], kind="stable")]
        level_of = np.repeat(np.arange(len(self.levels) - 1), np.diff(self.levels))
        after_start, after = self._after()
        asked = np.zeros(self.count, bool)
        asked[wanted] = True
        for begin in range(0, len(order), BLOCK):
            block = order[begin : begin + BLOCK]
            met = self._met(np.unique(self.own[block]), after_start, after)
            bits = np.zeros((len(met), BLOCK // 64), np.uint64)
            place = np.full(self.count, -1, np.int64)
            place[met] = np.arange(len(met))
            column = np.arange(len(block))
            np.bitwise_or.at(
                bits, (place[self.own[block]], column // 64), np.uint64(1) << (column % 64).astype(np.uint64)
            )
            # Met classes are in order, so those of one level stand together.
            cuts = np.flatnonzero(np.diff(level_of[met], prepend=-1, append=len(self.levels)))
            for first, last in pairwise(cuts):
                heads = met[first:last]
                run, owner = spans(self.start[heads], self.start[heads + 1] - self.start[heads])
                tails = place[self.before[run]]
                inside = tails >= 0
                tails, owner = tails[inside], owner[inside]
                if len(tails):
                    starts = np.flatnonzero(np.diff(owner, prepend=-1))
                    bits[first + owner[starts]] |= np.bitwise_or.reduceat(bits[tails], starts, axis=0)
            rows = np.flatnonzero(asked[met])
            if len(rows):
                there = np.unpackbits(bits[rows].view(np.uint8), axis=1, bitorder="little", count=len(block))
                yield block, met[rows], there.view(bool)

    def _after(self) -> tuple[Array, Array]:
        heads = np.repeat(np.arange(self.count), np.diff(self.start))
        start = np.concatenate([[0], np.cumsum(np.bincount(self.before, minlength=self.count))])
        return start, heads[np.argsort(self.before, kind="stable")]

    def _met(self, sources: Array, start: Array, after: Array) -> Array:
        """The classes behind which any of these classes stands, ascending."""
        met = np.zeros(self.count, bool)
        frontier = sources
        while len(frontier):
            met[frontier] = True
            place, _ = spans(start[frontier], start[frontier + 1] - start[frontier])
            reached = after[place]
            frontier = np.unique(reached[~met[reached]])
        return np.flatnonzero(met)


def _alike(classes: Array, starts: Array, size: Array) -> tuple[Array, Array]:
    """Runs of classes that are the same: which runs are the first of their kind, and of which kind each run is."""
    if not len(starts):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    place, owner = spans(starts, size)
    sums = [np.zeros(len(starts), np.uint64) for _ in _SEEDS]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    for number, seed in enumerate(_SEEDS):
        sums[number] = np.add.reduceat(_mixed(classes[place], seed), begins)
    _, first, group = np.unique(
        np.stack([*sums, size.astype(np.uint64)]), axis=1, return_index=True, return_inverse=True
    )
    group = group.reshape(-1)
    # Two 64-bit sums that agree by accident are not to be expected, but a wrong class would be a missed unit: compare.
    model = first[group]
    other, _ = spans(starts[model], size[model])
    differs = np.unique(owner[classes[place] != classes[other]])
    if len(differs):
        group[differs] = len(first) + np.arange(len(differs))
        first = np.concatenate([first, differs])
    return first, group


def _mixed(values: Array, seed: int) -> Array:
    """A 64-bit hash of each number."""
    with np.errstate(over="ignore"):
        mixed = (values.astype(np.uint64) + np.uint64(1)) * np.uint64(seed)
        mixed ^= mixed >> np.uint64(31)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(29))
