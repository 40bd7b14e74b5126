"""What a vessel carries from one step to the next, where the plant says how lots mix in it.

- ``full``: everything that went through the vessel since its last cleaning is mixed. Where a heel is given, only so much
  stays behind and is mixed into the next step.
- ``fifo``: what goes in first comes out first (plug flow). The heel is what stands in the vessel between two steps: the next
  one's output begins with it. Where inputs and outputs of a step have times, each output is what was in the vessel then.
- ``none``: nothing carries over. A heel without a model is mixed into the next step.

None of this is recorded, it is inferred from shared equipment and time: it is computed only when a question asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from genealogy.measures import decimal_text
from genealogy.share.mixture import MASS, SAME, VOLUME, Links, Mixture, joined
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.lineage import ADDED, SORTS, STEP

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment


@dataclass(frozen=True, slots=True)
class Vessel:
    """A piece of equipment in which lots mix.

    Attributes:
        name: its id.
        model: full or fifo.
        heel: what stays behind, by quantity and unit as numbers of words; None where everything does (full) or nothing (fifo).
        runs: its steps between two cleanings, in order; each with begin and end.
        unordered: steps that ran on it at a time nobody recorded; nothing is carried to or from them.
    """

    name: str
    model: str
    heel: tuple[int, int] | None
    runs: list[list[tuple[int, int, int]]]
    unordered: int


class _Slug(NamedTuple):
    """Something that went into a vessel: from which node, and how much."""

    tail: int
    amount: Fraction


def vessels(moment: Moment) -> list[Vessel]:
    """The equipment for which a model is declared, with its steps in order of time."""
    rows = moment.all_rows("equipment")
    if not len(rows):
        return []
    models = moment.words.strings(moment.column("equipment", "mixing")[rows])
    names = moment.resolved("equipment", "equipment_id", rows)
    quantities, units = (moment.column("equipment", name)[rows].tolist() for name in ("heel_quantity", "heel_unit"))
    ordered, times = _uses(moment)
    found = []
    for name, model, quantity, unit in sorted(zip(names.tolist(), models, quantities, units, strict=True), key=str):
        heel = (quantity, unit) if quantity >= 0 else None
        if model in ("full", "fifo") or (model is None and heel):
            runs, unordered = _runs(ordered.get(name, []), times)
            found.append(Vessel(moment.words.string(name), model or "full", heel, runs, unordered))
    return sorted(found, key=lambda vessel: vessel.name)


def _uses(moment: Moment) -> tuple[dict[int, list[tuple[int, int, int]]], dict[int, bool]]:
    """For each piece of equipment its steps with begin and end; and which steps clean."""
    rows = moment.all_rows("steps")
    steps = moment.column("steps", "step_id")[rows].tolist() if len(rows) else []
    names = ("started_at_start", "ended_at_start")
    began, ended = (moment.column("steps", name)[rows].tolist() if len(rows) else [] for name in names)
    clean = int(moment.words.find(["clean"])[0])
    kinds = moment.column("steps", "kind")[rows].tolist() if len(rows) else []
    when = dict(zip(steps, zip(began, ended, strict=True), strict=True))
    cleans = {step: kind == clean >= 0 for step, kind in zip(steps, kinds, strict=True)}
    found: dict[int, list[tuple[int, int, int]]] = {}
    uses = moment.all_rows("equipment_use")
    if len(uses):
        columns = (
            moment.resolved("equipment_use", "equipment_id", uses).tolist(),
            moment.column("equipment_use", "step_id")[uses].tolist(),
            moment.column("equipment_use", "from_start")[uses].tolist(),
            moment.column("equipment_use", "to_start")[uses].tolist(),
        )
        for equipment, step, since, until in zip(*columns, strict=True):
            first, last = when.get(step, (NO_TIME, NO_TIME))
            begin = since if since != NO_TIME else first
            end = until if until != NO_TIME else last
            found.setdefault(equipment, []).append((step, begin, max(begin, end)))
    names_of = {step: moment.codes.string(step) for uses_of in found.values() for step, _, _ in uses_of}
    for uses_of in found.values():
        uses_of.sort(key=lambda use: (use[1], use[2], names_of[use[0]]))
    return found, cleans


def _runs(uses: list[tuple[int, int, int]], cleans: dict[int, bool]) -> tuple[list[list[tuple[int, int, int]]], int]:
    runs: list[list[tuple[int, int, int]]] = [[]]
    seen: set[int] = set()
    unordered = 0
    for use in uses:
        if use[1] == NO_TIME:
            unordered += 1
        elif cleans.get(use[0]):
            runs.append([])
        elif use[0] not in seen:
            seen.add(use[0])
            runs[-1].append(use)
    return [run for run in runs if run], unordered


class Carried:
    """The links of a mixture with what its vessels carry over.

    Args:
        mixture: of the whole plant.

    Attributes:
        vessels: in which lots mix.
        boundaries: for each plug-flow output the inputs that it is made of.
        unmeasured: runs of which the quantities cannot be compared, so that what carries over has no amount.
        smaller: by plug-flow vessel, into how many of its steps less went than its heel: these give out none of their own.
    """

    def __init__(self, mixture: Mixture) -> None:
        self.mixture, self.moment = mixture, mixture.moment
        self.vessels = vessels(self.moment)
        self.boundaries: list[dict[str, Any]] = []
        self.unmeasured = 0
        self.smaller: dict[str, int] = {}
        self._more: list[tuple[int, int, int, int]] = []
        self._gone: dict[int, list[int]] = {}
        self._inputs = _by_head(mixture.links)
        self._outputs = _by_tail(mixture.links)
        self._scales = mixture.scales(mixture.links.materials)
        self._plugs = 0

    def links(self) -> Links:
        """All links, the inferred ones among them."""
        for model in ("full", "fifo"):
            for vessel in self.vessels:
                for run in vessel.runs if vessel.model == model else ():
                    self._carry(vessel, run)
        links = self.mixture.links
        gone = np.zeros(len(links.tails), bool)
        gone[[link for links_of in self._gone.values() for link in links_of]] = True
        kept = Links(*(column[~gone] for column in links))
        if not self._more:
            return kept
        return joined(kept, Links(*(np.array(column, np.int64) for column in zip(*self._more, strict=True))))

    def _carry(self, vessel: Vessel, run: list[tuple[int, int, int]]) -> None:
        nodes = [step * SORTS + STEP for step, _, _ in run]
        unit, amounts = self._amounts(nodes)
        heel = self._heel(vessel, unit)
        if amounts is None or unit is None or (vessel.heel is not None and heel is None):
            self.unmeasured += 1
            for one, other in pairwise(nodes):
                if vessel.model == "full" or vessel.heel is not None:
                    self._more.append((one, other, -1, SAME))
            return
        if vessel.model == "fifo":
            self._plug_flow(vessel, run, amounts, heel or Fraction(0))
            return
        through = Fraction(0)
        for place, (one, other) in enumerate(pairwise(nodes)):
            through += amounts[place]
            left = through if heel is None else min(heel, through)
            if left:
                self._more.append((one, other, self.mixture.number(left), unit))
            if heel is None and run[place + 1][1] < run[place][2]:  # both were in it at once: they mix both ways
                self._more.append((other, one, self.mixture.number(amounts[place + 1]), unit))

    def _amounts(self, steps: list[int]) -> tuple[int | None, list[Fraction] | None]:
        """What went into each step, in one unit for all of them: of one material, or mass, or volume."""
        links = self.mixture.links
        rows = [self._inputs.get(step, []) for step in steps]
        every = [link for of_step in rows for link in of_step]
        if not every or any(links.amounts[link] < 0 for link in every):
            return None, None
        materials = {int(links.materials[link]) for link in every}
        for unit, scales in ((None, None), (MASS, self._scales.mass), (VOLUME, self._scales.volume)):
            if scales is None:
                if len(materials) > 1 or min(materials) < 0:
                    continue
                scale = dict.fromkeys(materials, Fraction(1))
            else:
                scale = {m: value for m in materials if (value := scales[m]) is not None}
            if len(scale) == len(materials):
                sums = [sum((self._value(link) * scale[int(links.materials[link])] for link in of_step), Fraction(0))
                        for of_step in rows]  # fmt: skip
                return (min(materials) if unit is None else unit), sums
        return None, None

    def _value(self, link: int) -> Fraction:
        return self.mixture.table[int(self.mixture.links.amounts[link])]

    def _heel(self, vessel: Vessel, unit: int | None) -> Fraction | None:
        """What stays behind, in the unit of a run."""
        if vessel.heel is None or unit is None:
            return None
        quantity, measure = vessel.heel
        if unit >= 0:
            return self.mixture.amounts.value(quantity, unit, measure)
        factor = self.mixture.per(measure, "kg" if unit == MASS else "L")
        return None if factor is None else Fraction(self.moment.words.string(quantity)) * factor

    def _plug_flow(
        self, vessel: Vessel, run: list[tuple[int, int, int]], amounts: list[Fraction], heel: Fraction
    ) -> None:
        """Each output of a run as the stretch of the inputs that came out in it."""
        slugs: list[_Slug] = []
        timed = []
        for (step, _, _), amount in zip(run, amounts, strict=True):
            rows = self._in_time(step * SORTS + STEP, amount)
            timed.append(rows is not None)
            slugs += rows if rows is not None else [_Slug(step * SORTS + STEP, amount)]
        if small := sum(amount < heel for amount in amounts):
            self.smaller[vessel.name] = self.smaller.get(vessel.name, 0) + small
        ends = np.cumsum([Fraction(0), *(slug.amount for slug in slugs)]).tolist()
        through = Fraction(0)
        for (step, _, _), amount, in_time in zip(run, amounts, timed, strict=True):
            first, last = max(Fraction(0), through - heel), max(Fraction(0), through + amount - heel)
            through += amount
            if last <= first:
                first, last = Fraction(0), through
            plain = not in_time and first == through - amount and last == through
            outputs = self._outputs.get(step * SORTS + STEP, [])
            if plain or not outputs or last <= first:
                continue
            for begin, end, links in self._cut(outputs, first, last):
                self._replace(vessel, step, links, slugs, ends, begin, end)

    def _in_time(self, step: int, amount: Fraction) -> list[_Slug] | None:
        """The inputs of a step in the order of their times; None where these are not all recorded, or all the same."""
        links = self.mixture.links
        rows = self._inputs.get(step, [])
        times = self.mixture.times(rows)
        if times is None or len(set(times)) < 2 or step in self._fed:
            return None
        values = [self._value(link) for link in rows]
        scale = amount / total if (total := sum(values, Fraction(0))) else None
        if scale is None or len({int(links.materials[link]) for link in rows}) > 1:
            return None
        order = sorted(range(len(rows)), key=lambda place: (times[place], int(links.tails[rows[place]])))
        return [_Slug(int(links.tails[rows[place]]), values[place] * scale) for place in order]

    @property
    def _fed(self) -> set[int]:
        """Steps into which another vessel carries something: what goes in is a mixture already."""
        return {head for _, head, _, _ in self._more}

    def _cut(self, outputs: list[int], first: Fraction, last: Fraction) -> list[tuple[Fraction, Fraction, list[int]]]:
        """The stretch of each output where their times are recorded, else one for all."""
        times = self.mixture.times(outputs)
        values = [self._value(link) if self.mixture.links.amounts[link] >= 0 else None for link in outputs]
        known = [value for value in values if value is not None]
        if times is None or len(set(times)) < 2 or len(known) < len(values) or not sum(known):
            return [(first, last, outputs)]
        total = sum(known, Fraction(0))
        found, at = [], first
        for when in sorted(set(times)):
            together = [place for place, time in enumerate(times) if time == when]
            size = (last - first) * sum((known[place] for place in together), Fraction(0)) / total
            found.append((at, at + size, [outputs[place] for place in together]))
            at += size
        return [cut for cut in found if cut[1] > cut[0]]

    def _replace(
        self, vessel: Vessel, step: int, outputs: list[int], slugs: list[_Slug], ends: list[Fraction],
        begin: Fraction, end: Fraction,
    ) -> None:  # fmt: skip
        """Let outputs come from the slugs between two points instead of from the step as a whole."""
        links = self.mixture.links
        plug = self._plugs * SORTS + ADDED
        self._plugs += 1
        parts = []
        for place, slug in enumerate(slugs):
            within = min(end, ends[place + 1]) - max(begin, ends[place])
            if within > 0:
                self._more.append((slug.tail, plug, self.mixture.number(within), SAME))
                kind = "step" if slug.tail % SORTS == STEP else "item"
                parts.append({kind: self._code(slug.tail), "amount": decimal_text(within)})
        self.boundaries.append(
            {
                "vessel": vessel.name,
                "step": self.moment.codes.string(step),
                "outputs": sorted({self._code(int(links.heads[link])) for link in outputs}),
                "made_of": parts,
            }
        )
        for link in outputs:
            self._gone.setdefault(step, []).append(link)
            self._more.append((plug, int(links.heads[link]), int(links.amounts[link]), SAME))

    def _code(self, name: int) -> str:
        return self.moment.codes.string(name // SORTS)


def _by_head(links: Links) -> dict[int, list[int]]:
    """The links into each step."""
    return _grouped(links.heads, np.flatnonzero(links.heads % SORTS == STEP))


def _by_tail(links: Links) -> dict[int, list[int]]:
    """The links out of each step."""
    return _grouped(links.tails, np.flatnonzero(links.tails % SORTS == STEP))


def _grouped(names: Array, rows: Array) -> dict[int, list[int]]:
    rows = rows[np.argsort(names[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(names[rows], prepend=-1))
    pieces = np.split(rows, starts[1:]) if len(rows) else []
    return {int(names[piece[0]]): piece.tolist() for piece in pieces}
