"""Following one sort of link from many nodes at once, or from a few one by one.

A wide frontier is followed in numpy; a narrow one in plain Python, where the fixed cost of a dozen array operations
would dominate: a chain of 70,000 steps has 140,000 frontiers of one node each. ``Nodes`` are therefore either a list
(narrow) or an array (wide); everything here takes both.
"""

from __future__ import annotations

import numpy as np

from genealogy.snapshot.files import Array
from genealogy.snapshot.index import spans
from genealogy.snapshot.moment import NOTHING, Aliases, Moment

Nodes = list[int] | Array

NARROW = 24
"""Up to so many nodes are followed one by one."""
FEW = 64
"""Up to so many links of them, too."""


def narrowed(nodes: Nodes) -> Nodes:
    """The same nodes in the form that suits their number."""
    if isinstance(nodes, list):
        return nodes if len(nodes) <= NARROW else np.array(nodes, np.int32)
    return nodes.tolist() if len(nodes) <= NARROW else nodes


def joined(first: Nodes, second: Nodes) -> Nodes:
    """All of both."""
    if not len(second):
        return first
    if not len(first):
        return second
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    return np.concatenate([np.asarray(first, np.int32), np.asarray(second, np.int32)])


class Links:
    """The links of one table in one direction, as of a moment: from the codes of one column to those of another.

    Args:
        moment: as of which rows count.
        table: whose rows they are.
        source: column from which, as written; it is indexed.
        target: column to which.
    """

    def __init__(self, moment: Moment, table: str, source: str, target: str) -> None:
        self._moment, self._table, self._source = moment, table, source
        self._target = moment.column(table, target)
        self._start = moment.column(table, f"{source}.start")
        self.empty = len(self._target) == 0
        if not self.empty:  # element access through a memoryview is four times as fast as through an array
            self._views = tuple(
                np.ascontiguousarray(column).data
                for column in (
                    self._start,
                    moment.column(table, f"{source}.rows"),
                    moment.column(table, "since"),
                    moment.column(table, "until"),
                    self._target,
                )
            )

    def follow(self, codes: Nodes) -> Nodes:
        """The target of every row in force from these codes; repeated where rows repeat it, without -1."""
        if self.empty or not len(codes):
            return []
        if not isinstance(codes, list):
            return self.pairs(codes)[0]
        start, rows, since, until, target = self._views
        found: list[int] = []
        as_of = self._moment.as_of
        for code in codes:
            begin, end = start[code], start[code + 1]
            if end - begin > FEW:
                return self.pairs(np.array(codes, np.int32))[0]
            for place in range(begin, end):
                row = rows[place]
                if since[row] <= as_of < until[row] and target[row] >= 0:
                    found.append(target[row])
        return found

    def pairs(self, codes: Array) -> tuple[Array, Array]:
        """The same as arrays, with the position of the code that each target belongs to."""
        rows, owner = self._moment.rows_at(self._table, self._source, codes)
        targets = self._target[rows] if len(rows) else NOTHING
        stated = targets >= 0
        return targets[stated], owner[stated]


class Extra:
    """Links that no table states, added for one question (suspected links)."""

    def __init__(self, source: Array, target: Array) -> None:
        order = np.argsort(source, kind="stable")
        self._source, self._target = source[order], target[order]

    def follow(self, nodes: Nodes) -> Nodes:
        """The targets of all extra links from these nodes."""
        if not len(self._source) or not len(nodes):
            return []
        wanted = np.asarray(nodes, np.int32)
        begin = np.searchsorted(self._source, wanted, side="left")
        place, _ = spans(begin, np.searchsorted(self._source, wanted, side="right") - begin)
        return self._target[place]


def spelled(aliases: Aliases, items: Nodes) -> Nodes:
    """Every code that is written for these items."""
    if not aliases:
        return items
    if not isinstance(items, list):
        return aliases.spellings(items)[0]
    codes: list[int] = []
    for item in items:
        if item not in aliases.meaning:
            codes.append(item)
        codes.extend(aliases.spelling.get(item, ()))
    return codes


def resolved(aliases: Aliases, codes: Nodes) -> Nodes:
    """The items that these codes mean."""
    if not aliases:
        return codes
    if not isinstance(codes, list):
        return aliases.resolve(codes)
    return [aliases.meaning.get(code, code) for code in codes]
