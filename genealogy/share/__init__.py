"""Share: the fraction of each affected item that came from the start, by quantity, mixing in proportion.

Two fractions are told apart. *Whole*: of all that went into the item. It needs quantities that can be added: of one
material, or all convertible to mass, or all to volume. *Of the material*: of what is in the item of the start's own
material; it needs comparable quantities only of what carries that material. Pieces of different materials are never added, nor
are ratios (kg/kg): there the share of the material is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from genealogy.share.mixture import SAME, Links, Mixture
from genealogy.share.proportion import EXACT, Bounds, Order, System, TooLongError, bounded, solved, solved_exactly
from genealogy.snapshot.describe import records
from genealogy.snapshot.index import spans
from genealogy.snapshot.lineage import ITEM, PORTION, SORTS, STEP, ascending, node
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment


@dataclass(frozen=True, slots=True)
class Fractions:
    """One sort of share, of every affected item.

    Attributes:
        value: as computed, equal parts being assumed where no quantity says otherwise.
        bounds: the least and the most it can be, whatever those quantities are.
        exact: the same as fractions, where they were computed so.
    """

    value: Array
    bounds: Bounds
    exact: list[Fraction] | None


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of a start.

    Attributes:
        items: the affected items, without the starts.
        whole: of all that went into them.
        told: for which of them the whole is known: nothing on the way added what cannot be added (bool).
        of_material: of what is in them of the start's materials; None where nobody says what the start is.
        materials: those materials.
        inferred: which items are reached only because a vessel carries over (bool).
        doubts: how often something had to be assumed, by what it is.
    """

    items: Array
    whole: Fractions
    told: Array
    of_material: Fractions | None
    materials: list[str]
    inferred: Array
    doubts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Links with weights that compare.

    Attributes:
        weights: as good as recorded or assumed.
        known: whether they are recorded (bool).
        scales: for each link what the recorded amount was multiplied by to compare, as the number of a scale.
        apart: nodes whose inputs cannot be added (bool).
        missing: nodes of which an input has no quantity (bool).
    """

    weights: Array
    known: Array
    scales: list[Fraction]
    scale: Array
    apart: Array
    missing: Array


class _Graph:
    """The mixture as numbers from 0 on."""

    def __init__(self, mixture: Mixture, more: Array) -> None:
        self.mixture = mixture
        links = mixture.links
        self.names = ascending(np.concatenate([links.tails, links.heads, more]))
        self.tails, self.heads = (np.searchsorted(self.names, side) for side in (links.tails, links.heads))
        self.amounts, self.materials = links.amounts, links.materials
        self.count = len(self.names)
        self.table = np.array([float(value) for value in mixture.table] + [0.0])
        scales = mixture.scales(self.materials)
        self.scales = [Fraction(1)]
        self._by_material = {
            material: tuple(self._scale(one[material]) for one in (scales.mass, scales.volume))
            for material in scales.mass
        }

    def _scale(self, value: Fraction | None) -> int:
        if value is None:
            return -1
        if value not in self.scales:
            self.scales.append(value)
        return self.scales.index(value)

    def places(self, items: Array) -> Array:
        """The numbers of items; those that are not in it are left out."""
        names = node(items, ITEM)
        at = np.minimum(np.searchsorted(self.names, names), self.count - 1)
        return ascending(at[self.names[at] == names])

    def after(self, places: Array, links: Array | None = None) -> Array:
        """Everything that these lead to, themselves included (bool)."""
        tails, heads = (self.tails, self.heads) if links is None else (self.tails[links], self.heads[links])
        start = np.concatenate([[0], np.cumsum(np.bincount(tails, minlength=self.count))])
        ordered = heads[np.argsort(tails, kind="stable")]
        met = np.zeros(self.count, bool)
        frontier = places
        while len(frontier):
            met[frontier] = True
            at, _ = spans(start[frontier], start[frontier + 1] - start[frontier])
            reached = ordered[at]
            frontier = ascending(reached[~met[reached]])
        return met

    def weighed(self, links: Array) -> _Weighed:
        """Weights of these links that compare at each node."""
        heads, amounts, materials = self.heads[links], self.amounts[links], self.materials[links]
        every, place = np.unique(materials, return_inverse=True)
        pairs = [(0, 0) if material == SAME else self._by_material[material] for material in every.tolist()]
        by_kind = np.array(pairs, np.int64).reshape(-1, 2)[place]
        stated = amounts >= 0
        modes = [self._alike(heads[stated], materials[stated])]
        for kind in (0, 1):
            lacks = np.zeros(self.count, bool)
            lacks[heads[stated & (by_kind[:, kind] < 0)]] = True
            modes.append(~lacks)
        same, mass, volume = (mode[heads] for mode in modes)
        scale = np.select([same, mass, volume], [0, by_kind[:, 0], by_kind[:, 1]], -1)
        scale = np.where(stated, scale, -1)
        inputs = np.bincount(heads, minlength=self.count)
        apart = ~(modes[0] | modes[1] | modes[2])
        missing = np.zeros(self.count, bool)
        missing[heads[~stated]] = True
        known = scale >= 0
        factors = np.array([float(value) for value in self.scales] + [0.0])
        weights = np.where(known, self.table[amounts] * factors[scale], 0.0)
        total = np.bincount(heads, weights=weights, minlength=self.count)
        told = np.bincount(heads[known], minlength=self.count)
        missing |= (told == inputs) & (total == 0)  # nothing but zeros says nothing about proportions
        # What is not recorded counts as much as a recorded input does on average, or one where nothing is recorded.
        usual = np.where(told > 0, total / np.maximum(told, 1), 1.0)
        usual[usual == 0] = 1.0
        weights = np.where(known, weights, usual[heads])
        return _Weighed(weights, known, self.scales, scale, apart, missing & (inputs > 1))

    def _alike(self, heads: Array, materials: Array) -> Array:
        """At which nodes all of these links are of one material (bool)."""
        least, most = np.full(self.count, np.iinfo(np.int64).max), np.full(self.count, np.iinfo(np.int64).min)
        np.minimum.at(least, heads, materials)
        np.maximum.at(most, heads, materials)
        return least >= most

    def exact(self, links: Array, weighed: _Weighed, strength: list[Fraction] | None) -> list[Fraction]:
        """The same weights as fractions."""
        heads, amounts = self.heads[links].tolist(), self.amounts[links].tolist()
        sums: dict[int, list[Fraction]] = {}
        recorded: list[Fraction | None] = []
        rows = zip(heads, amounts, weighed.scale.tolist(), strict=True)
        for head, amount, scale in rows:
            value = self.mixture.table[amount] * self.scales[scale] if scale >= 0 else None
            recorded.append(value)
            if value is not None:
                sums.setdefault(head, []).append(value)
        usual = {head: sum(values, Fraction(0)) / len(values) or Fraction(1) for head, values in sums.items()}
        found = [
            usual.get(h, Fraction(1)) if value is None else value for h, value in zip(heads, recorded, strict=True)
        ]
        return found if strength is None else [a * b for a, b in zip(found, strength, strict=True)]


def shares(moment: Moment, starts: Array, vessels: Callable[[Mixture], Links] | None = None) -> Shares:
    """The share of the starts in every item that may hold them.

    Args:
        moment: the facts that count.
        starts: items.
        vessels: what vessels carry from step to step, where the question asks for it: it replaces the links of a mixture.
    """
    mixture = Mixture(moment)
    affected = ascending(Walk(moment, forward=True).everything(starts).items)
    if vessels is None:
        behind = Walk(moment, forward=False).everything(ascending(np.concatenate([affected, starts]))).items
        mixture.behind(ascending(np.concatenate([affected, starts, behind])))
    else:
        mixture.everything()
        mixture.links = vessels(mixture)
    graph = _Graph(mixture, node(ascending(np.concatenate([affected, starts])), ITEM))
    places = graph.places(starts)
    reached = graph.after(places)
    names = graph.names[reached & (graph.names % SORTS == ITEM)]
    items = (names // SORTS).astype(np.int32)
    if vessels is not None:  # something else may have come out first than what is recorded: that has a share of nothing
        items = np.union1d(items, affected).astype(np.int32)
    items = items[~np.isin(items, starts)]
    return _Sharing(moment, graph, places, reached).shares(starts, items, ~np.isin(items, affected))


class _Sharing:
    """The shares of one start in one graph."""

    def __init__(self, moment: Moment, graph: _Graph, starts: Array, reached: Array) -> None:
        self.moment, self.graph, self.starts, self.reached = moment, graph, starts, reached
        self.every = np.arange(len(graph.tails))
        self.weighed = graph.weighed(self.every)
        self.small = graph.count <= EXACT
        self.order = Order.of(graph.count, graph.tails, graph.heads)

    def shares(self, starts: Array, items: Array, inferred: Array) -> Shares:
        graph = self.graph
        at = np.searchsorted(graph.names, node(items, ITEM))
        open_ = graph.after(np.flatnonzero(self.weighed.apart & self.reached))[at]
        found = records(self.moment, starts)
        materials = np.unique(found.material[found.material >= 0])
        missing = int((self.weighed.missing & self.reached).sum())
        doubts = {
            "not_added": int((self.weighed.apart & self.reached).sum()),
            "without_quantity": missing,
            "none_by_model": int((~self.reached[at]).sum()),
            "drawn_from_lots": int((self.reached & (graph.names % SORTS == PORTION)).sum()),
        }
        whole = self._picked(self._whole(self.starts, bounds=True), at)
        of_material = None
        if len(materials):
            bearing, doubts["equal_strength"] = self._of_material(materials)
            of_material = self._picked(bearing, at)
        names = sorted(str(name) for name in self.moment.words.strings(materials))
        return Shares(items, whole, ~open_, of_material, names, inferred, doubts)

    def _system(self, links: Array, weights: Array, known: Array, pinned: Array) -> System:
        graph = self.graph
        return System(graph.count, graph.tails[links], graph.heads[links], weights, known, pinned, self.order, links)

    def _pinned(self, places: Array) -> Array:
        pinned = np.zeros(self.graph.count, bool)
        pinned[places] = True
        return pinned

    def _whole(self, ones: Array, *, bounds: bool) -> Fractions:
        pinned = self._pinned(ones)
        system = self._system(self.every, self.weighed.weights, self.weighed.known, pinned)
        return self._fractions(system, lambda: self.graph.exact(self.every, self.weighed, None), bounds=bounds)

    def _fractions(self, system: System, weights: Callable[[], list[Fraction]], *, bounds: bool) -> Fractions:
        values = system.pinned.astype(float)
        exact = None
        if self.small:
            try:
                ones = dict.fromkeys(np.flatnonzero(system.pinned).tolist(), Fraction(1))
                exact = solved_exactly(system, weights(), ones)
            except TooLongError:
                exact = None
        value = np.array([float(one) for one in exact]) if exact else solved(system, values[:, None])[:, 0]
        several = np.bincount(system.heads, minlength=system.count)[system.heads] > 1
        total = np.bincount(system.heads, weights=system.weights, minlength=system.count)[system.heads]
        sure = bool((system.known & (total > 0))[several].all())
        return Fractions(value, bounded(system, values) if bounds and not sure else Bounds(value, value), exact)

    def _of_material(self, materials: Array) -> tuple[Fractions, int]:
        """Of what is in each node of these materials, the part that came from the start."""
        graph = self.graph
        named = np.flatnonzero(graph.names % SORTS == ITEM)
        of_it = np.isin(records(self.moment, (graph.names[named] // SORTS).astype(np.int32)).material, materials)
        made_of = named[of_it]
        bearing = graph.after(made_of)
        # Where the material itself is made, all that goes in becomes it; elsewhere only what carries it counts.
        makes = np.zeros(graph.count, bool)
        makes[made_of] = True
        into = graph.tails[makes[graph.heads]]
        makes[into[graph.names[into] % SORTS == STEP]] = True
        links = np.flatnonzero(bearing[graph.tails] | makes[graph.heads])
        weighed = graph.weighed(links)
        strength = self._whole(ascending(np.concatenate([made_of, self.starts])), bounds=False)
        vague = graph.after(np.flatnonzero(self.weighed.apart & bearing))
        loose = np.zeros(graph.count, bool)
        loose[graph.heads[links[vague[graph.tails[links]] & bearing[graph.tails[links]]]]] = True
        heads, tails = graph.heads[links], graph.tails[links]
        plain = loose[heads] | makes[heads]
        weights = np.where(plain, weighed.weights, weighed.weights * strength.value[tails])
        system = self._system(links, weights, weighed.known, self._pinned(self.starts))

        def exact() -> list[Fraction]:
            if strength.exact is None:
                raise TooLongError
            of_tail = [
                Fraction(1) if flat else strength.exact[tail]
                for flat, tail in zip(plain.tolist(), tails.tolist(), strict=True)
            ]
            return graph.exact(links, weighed, of_tail)

        several = np.bincount(heads, minlength=graph.count) > 1
        return self._fractions(system, exact, bounds=True), int((loose & several & self.reached & ~makes).sum())

    def _picked(self, fractions: Fractions, at: Array) -> Fractions:
        bounds = Bounds(fractions.bounds.low[at], fractions.bounds.high[at])
        exact = fractions.exact
        return Fractions(fractions.value[at], bounds, [exact[place] for place in at.tolist()] if exact else None)
