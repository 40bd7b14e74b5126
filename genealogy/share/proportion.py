"""Mixing in proportion, solved: what part of every node came from some of them.

Each node is a mixture of its inputs by weight; a pinned node is what it is, whatever went into it. That is a linear system
whose rows sum to one. Without cycles it is worked out from input to output; a cycle (rework, regrind) is solved as the
small system that it is. A weight that is not recorded makes the result an interval: it may be anything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.lineage import Lineage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot.files import Array

EXACT = 1_000
"""Systems of up to so many nodes are solved in fractions, the others in floating point with a checked residual."""
RESIDUAL = 1e-12
"""The most by which a solution in floating point may miss any of its equations."""
DENSE = 2_000
"""Cycles of more nodes are solved from both sides instead of by elimination."""
_BITS = 8_192  # a fraction longer than this would take longer than it is worth
_ROUNDS = 200_000
_LOOKS = 2_000  # rounds that a bound is drawn closer in a cycle where a quantity is missing


class TooLongError(ArithmeticError):
    """Fractions have grown too long to go on with."""


@dataclass(frozen=True, slots=True)
class Order:
    """In which order nodes are worked out; it holds for any part of the links that it was made of.

    Attributes:
        part: the component of each node, numbered so that links only lead upwards.
        levels: where each level of components begins and the last ends.
        cyclic: which components have links within (bool).
        sorted: the links by component and node that they lead into.
    """

    part: Array
    levels: list[int]
    cyclic: Array
    sorted: Array

    @classmethod
    def of(cls, count: int, tails: Array, heads: Array) -> Order:
        """Work it out for links between nodes from 0 on."""
        lineage = Lineage.of(tails, heads, np.arange(count))
        part = lineage.part
        cyclic = np.zeros(lineage.count, bool)
        cyclic[part[heads[part[tails] == part[heads]]]] = True
        return cls(part, lineage.levels, cyclic, np.lexsort((heads, part[heads])))


@dataclass(frozen=True, slots=True)
class System:
    """Nodes from 0 on and what went into each.

    Attributes:
        count: of nodes.
        tails: for each link the node that went in.
        heads: the node into which it went.
        weights: how much, in any unit that is the same for all inputs of a node; as good as recorded or assumed.
        known: whether the weight is recorded (bool).
        pinned: nodes whose value is given (bool); what went into them is left aside.
        order: of the nodes.
        place: for each link which of the links of the order it is.
    """

    count: int
    tails: Array
    heads: Array
    weights: Array
    known: Array
    pinned: Array
    order: Order
    place: Array

    def parts(self) -> tuple[Array, Array]:
        """The links that count, and for each the part that it makes of its node; parts of a node sum to one.

        Where nothing but zeros is recorded of a node's inputs, each of them makes an equal part.
        """
        total = np.bincount(self.heads, weights=self.weights, minlength=self.count)
        weights = np.where(total[self.heads] > 0, self.weights, 1.0)
        total = np.bincount(self.heads, weights=weights, minlength=self.count)
        links = np.flatnonzero(~self.pinned[self.heads] & ((weights > 0) | ~self.known))
        return links, weights[links] / total[self.heads[links]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that each node can hold, whatever the weights are that nobody recorded."""

    low: Array
    high: Array


def solved(system: System, values: Array) -> Array:
    """The value of every node, given those of the pinned ones.

    Args:
        system: what went into what.
        values: for each node a row of values; those of pinned nodes count.

    Raises:
        ArithmeticError: the solution misses an equation by more than RESIDUAL.
    """
    links, parts = system.parts()
    found = np.where(system.pinned[:, None], values, 0.0)
    for group in _groups(system, links):
        rows, heads, starts = group.links, group.heads, group.starts
        if group.cycle is None:
            found[heads] = np.add.reduceat(parts[rows, None] * found[system.tails[links[rows]]], starts, axis=0)
        else:
            _solve_cycle(group, system.tails[links[rows]], system.heads[links[rows]], parts[rows], found)
    missed = _missed(system, links, parts, found)
    if missed > RESIDUAL:
        raise ArithmeticError(f"the shares miss their equations by {missed:.1e}; nothing is answered rather than that")
    return found


def bounded(system: System, values: Array) -> Bounds:
    """The least and the most value of every node (see ``Bounds``); values: one for each node."""
    links, _ = system.parts()
    tails, heads, known = system.tails[links], system.heads[links], system.known[links]
    weights = np.where(known, system.weights[links], 0.0)
    total = np.bincount(heads, weights=weights, minlength=system.count)
    several = np.bincount(heads, minlength=system.count) > 1
    free = (~known & several[heads]) | (total[heads] <= 0)
    parts = np.where(total[heads] > 0, weights / np.where(total[heads] > 0, total[heads], 1.0), 0.0)
    found = []
    groups = _groups(system, links)
    for worst, far in ((np.minimum, 0.0), (np.maximum, 1.0)):
        value = np.where(system.pinned, values, 0.0)
        neutral = 1.0 - far  # what the worst of two never takes
        for group in groups:
            rows = group.links
            if group.cycle is not None:
                value[group.cycle] = far
                if not free[rows].any():
                    _solve_cycle(group, tails[rows], heads[rows], parts[rows], value[:, None])
                    continue
            for _ in range(1 if group.cycle is None else _LOOKS):
                inputs = value[tails[rows]]
                mixed = np.add.reduceat(parts[rows] * inputs, group.starts)
                mixed[total[group.heads] <= 0] = neutral
                alone = worst.reduceat(np.where(free[rows], inputs, neutral), group.starts)
                # From the far side towards the bound: wherever this stops, the bound is on the safe side.
                better = worst(mixed, alone)
                moved = np.abs(better - value[group.heads]).max()
                value[group.heads] = better
                if moved < RESIDUAL / 10:
                    break
        found.append(value)
    return Bounds(found[0], found[1])


def solved_exactly(system: System, weights: Sequence[Fraction], given: dict[int, Fraction]) -> list[Fraction]:
    """The value of every node as a fraction; weights and values as for ``solved``, one value a node.

    Raises:
        TooLongError: the fractions grow beyond what can be computed in good time.
    """
    links, _ = system.parts()
    inputs: dict[int, list[tuple[int, Fraction]]] = defaultdict(list)
    tails, heads = system.tails.tolist(), system.heads.tolist()
    for link in links.tolist():
        inputs[heads[link]].append((tails[link], weights[link]))
    found = [Fraction(0)] * system.count
    for node, value in given.items():
        found[node] = value
    for node, pairs in inputs.items():
        total = sum((weight for _, weight in pairs), Fraction(0))
        inputs[node] = [(tail, weight / total if total else Fraction(1, len(pairs))) for tail, weight in pairs]
    for group in _groups(system, links):
        if group.cycle is None:
            for node in group.heads.tolist():
                found[node] = sum((part * found[tail] for tail, part in inputs[node]), Fraction(0))
                if found[node].denominator.bit_length() > _BITS:
                    raise TooLongError
        else:
            _eliminate(group.cycle.tolist(), inputs, found)
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """Links that are worked out together: into nodes of one level, or into the nodes of one cycle.

    Attributes:
        links: positions among the links that count, those of one node together.
        heads: their nodes, each once.
        starts: where the links of each of them begin.
        cycle: these nodes, where links lead from some of them into others; else None.
    """

    links: Array
    heads: Array
    starts: Array
    cycle: Array | None


def _groups(system: System, links: Array) -> list[_Group]:
    """All links that count, in an order in which everything is known when it is needed."""
    order = system.order
    position = np.full(len(order.sorted), -1, np.int64)
    position[system.place[links]] = np.arange(len(links))
    rows = position[order.sorted]
    rows = rows[rows >= 0]
    heads = system.heads[links]
    of_part = order.part[heads[rows]]
    groups = []
    cuts = np.searchsorted(of_part, order.levels)
    any_cycle = bool(order.cyclic.any())
    for first, last in pairwise(cuts.tolist()):
        if first == last:
            continue
        level = rows[first:last]
        within = order.cyclic[of_part[first:last]] if any_cycle else None
        if within is None or not within.any():
            groups.append(_group(level, heads, cycle=False))
            continue
        if not within.all():
            groups.append(_group(level[~within], heads, cycle=False))
        parts = of_part[first:last]
        for one in np.flatnonzero(np.bincount(parts[within])).tolist():
            groups.append(_group(level[parts == one], heads, cycle=True))
    return groups


def _group(rows: Array, heads: Array, *, cycle: bool) -> _Group:
    starts = np.flatnonzero(np.diff(heads[rows], prepend=-1))
    nodes = heads[rows][starts]
    return _Group(rows, nodes, starts, nodes if cycle else None)


def _solve_cycle(group: _Group, tails: Array, heads: Array, parts: Array, found: Array) -> None:
    """One cycle; where nothing comes in from outside, nothing of the start is in it.

    A cycle into which little comes is nearly singular, and a small residual proves nothing then. Elimination without a
    single subtraction (W. K. Grassmann, M. I. Taksar and D. P. Heyman, "Regenerative analysis and steady state
    distributions for Markov chains", 1985) keeps every digit: what an equation leaves over is summed, not subtracted from 1.
    """
    nodes = group.cycle
    assert nodes is not None
    inner = np.isin(tails, nodes)
    if inner.all():
        found[nodes] = 0.0
        return
    rows = np.searchsorted(nodes, heads)
    if len(nodes) > DENSE:
        _iterate(group, tails, parts, found)
        return
    inside = np.zeros((len(nodes), len(nodes)))
    np.add.at(inside, (rows[inner], np.searchsorted(nodes, tails[inner])), parts[inner])
    outer = np.zeros(len(nodes))
    np.add.at(outer, rows[~inner], parts[~inner])
    right = np.zeros((len(nodes), found.shape[1]))
    np.add.at(right, rows[~inner], parts[~inner, None] * found[tails[~inner]])
    for k in range(len(nodes) - 1, 0, -1):
        left = inside[k, :k].sum() + outer[k]
        if left == 0:  # nothing from outside gets here: nothing of the start either
            inside[k, :k], outer[k], right[k], left = 0.0, 1.0, 0.0, 1.0
        inside[k, :k] /= left
        outer[k] /= left
        right[k] /= left
        inside[:k, :k] += np.outer(inside[:k, k], inside[k, :k])
        outer[:k] += inside[:k, k] * outer[k]
        right[:k] += np.outer(inside[:k, k], right[k])
    right[0] = right[0] / outer[0] if outer[0] > 0 else 0.0
    for k in range(1, len(nodes)):
        right[k] += inside[k, :k] @ right[:k]
    found[nodes] = right


def _iterate(group: _Group, tails: Array, parts: Array, found: Array) -> None:
    """A cycle of very many nodes: from below and from above, until both meet."""
    assert group.cycle is not None
    both = []
    for far in (0.0, 1.0):
        found[group.cycle] = far
        for _ in range(_ROUNDS):
            mixed = np.add.reduceat(parts[:, None] * found[tails], group.starts, axis=0)
            moved = np.abs(mixed - found[group.heads]).max()
            found[group.heads] = mixed
            if moved < RESIDUAL / 10:
                break
        both.append(found[group.cycle].copy())
    if np.abs(both[1] - both[0]).max() > 1e-9:
        raise ArithmeticError(
            f"a cycle of {len(group.cycle):,} items and steps takes too little from outside to be solved to nine places"
        )
    found[group.cycle] = (both[0] + both[1]) / 2


def _missed(system: System, links: Array, parts: Array, found: Array) -> float:
    """By how much the values miss what their inputs make of them, at the most."""
    if not len(links):
        return 0.0
    tails, heads = system.tails[links], system.heads[links]
    missed = 0.0
    fed = np.bincount(heads, minlength=system.count) > 0
    for column in range(found.shape[1]):
        mixed = np.bincount(heads, weights=parts * found[tails, column], minlength=system.count)
        missed = max(missed, float(np.abs(mixed[fed] - found[fed, column]).max()))
    return missed


def _eliminate(nodes: list[int], inputs: dict[int, list[tuple[int, Fraction]]], found: list[Fraction]) -> None:
    """One cycle in fractions, by elimination in the order of its nodes."""
    inside = set(nodes)
    rows: dict[int, tuple[dict[int, Fraction], Fraction]] = {}
    for node in nodes:
        row: dict[int, Fraction] = {}
        rest = Fraction(0)
        for tail, part in inputs[node]:
            if tail in inside:
                row[tail] = row.get(tail, Fraction(0)) + part
            else:
                rest += part * found[tail]
        rows[node] = (row, rest)
    done: list[int] = []
    for node in nodes:
        row, rest = rows[node]
        for earlier in done:
            part = row.pop(earlier, Fraction(0))
            if part:
                other, more = rows[earlier]
                for tail, value in other.items():
                    row[tail] = row.get(tail, Fraction(0)) + part * value
                rest += part * more
        own = 1 - row.pop(node, Fraction(0))
        if not own:  # nothing from outside gets here: nothing of the start either
            row, rest, own = {}, Fraction(0), Fraction(1)
        if own.denominator.bit_length() > _BITS:
            raise TooLongError
        rows[node] = ({tail: value / own for tail, value in row.items()}, rest / own)
        done.append(node)
    for node in reversed(nodes):
        row, rest = rows[node]
        found[node] = rest + sum((value * found[tail] for tail, value in row.items()), Fraction(0))
