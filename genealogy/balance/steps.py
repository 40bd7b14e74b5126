"""The mass balance of a step: what it consumed against what it made, in one unit of measure where conversions allow."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.citing import Citations, time_text
from genealogy.errors import ItemNotFoundError
from genealogy.measures import decimal_text
from genealogy.quantities import OverflowingQuantityError, exact
from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.describe import records
from genealogy.units import EACH, ratio, unit_of
from genealogy.where.shapes import shapes

if TYPE_CHECKING:
    from genealogy.citing import Source
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass
class Flow:
    """Rows of consumption or production of some steps.

    Attributes:
        step: position of the step.
        item: number of the item.
        material: of the item, -1.
        quantity: as recorded (word), -1.
        measure: its unit as recorded (word), -1.
        row: of the table.
    """

    step: Array
    item: Array
    material: Array
    quantity: Array
    measure: Array
    row: Array


class StepAmounts:
    """What steps consumed and made, each step in the one unit in which all of it can be told, if there is one.

    That is the base unit of a material that it made, else of one that it consumed, else a unit that conversions name. Pieces
    serve only where one material went in: a piece of this and a piece of that are one piece of what they make.

    Args:
        moment: the facts that count.
        steps: codes of steps.
    """

    def __init__(self, moment: Moment, steps: Array) -> None:
        self.moment, self._steps, self._amounts = moment, steps, Amounts(moment)
        self._told: dict[tuple[int, int, int, int], Fraction | None] = {}
        self.inputs, self.outputs = (self._flow(table) for table in ("consumption", "production"))
        self.measure = self._measures()

    def exact(self, flow: Flow, place: int) -> Fraction | None:
        """The quantity of a row in the unit of its step; None where it is not known or does not convert."""
        into = int(self.measure[flow.step[place]])
        return self._tell(int(flow.quantity[place]), int(flow.measure[place]), int(flow.material[place]), into)

    def floats(self, flow: Flow) -> Array:
        """The same for all rows, as floating point; NaN where there is none."""
        if not len(flow.step):
            return np.zeros(0)
        alike, which, _ = shapes(flow.quantity, flow.measure, flow.material, self.measure[flow.step])
        told = [self._tell(*shape) for shape in alike.T.tolist()]
        found: Array = np.array([np.nan if value is None else float(value) for value in told])[which]
        return found

    def _flow(self, table: str) -> Flow:
        moment = self.moment
        rows, step = moment.rows_at(table, "step_id", self._steps)
        item = moment.item_column(table, "item_id", rows) if len(rows) else np.zeros(0, np.int32)
        items, place = np.unique(item, return_inverse=True)
        material = records(moment, items).material[place.reshape(-1)] if len(items) else np.zeros(0, np.int64)
        nothing = np.zeros(0, np.int64)
        quantity, measure = (
            moment.column(table, name)[rows] if len(rows) else nothing for name in ("quantity", "unit")
        )
        return Flow(step, item, material.astype(np.int64), quantity.astype(np.int64), measure.astype(np.int64), rows)

    def _measures(self) -> Array:
        """The unit of each step; steps of the same materials in the same units share it."""
        hashes = np.zeros(len(self._steps), np.uint64)
        with np.errstate(over="ignore"):
            for number, flow in enumerate((self.inputs, self.outputs)):
                if not len(flow.step):
                    continue
                alike, _, _ = shapes(flow.step, flow.material, flow.measure)
                mixed = (alike[1] + 2).astype(np.uint64) * _SPREAD ^ (alike[2] + 2).astype(np.uint64)
                mixed = (mixed ^ (mixed >> np.uint64(29))) * _SPREAD + np.uint64(number)
                np.add.at(hashes, alike[0], mixed ^ (mixed >> np.uint64(31)))
        _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
        found = np.array([self._measure(step) for step in first.tolist()], np.int64)
        return found[which.reshape(-1)] if len(found) else found

    def _measure(self, step: int) -> int:
        flows = (self.outputs, self.inputs)
        pairs = [
            sorted({(int(flow.material[i]), int(flow.measure[i])) for i in np.flatnonzero(flow.step == step).tolist()})
            for flow in flows
        ]
        wanted = [pair for each in pairs for pair in each]
        assembled = len({material for material, _ in pairs[1]}) > 1
        tried: set[int] = set()
        for candidates in (*(self._bases(each) for each in pairs), self._conversions(wanted)):
            for into in sorted(candidates - tried, key=self.moment.words.string):
                tried.add(into)
                if assembled and self._code(into) == EACH:
                    continue
                if all(self._factor(measure, material, into) is not None for material, measure in wanted):
                    return into
        return -1

    def _bases(self, pairs: list[tuple[int, int]]) -> set[int]:
        found = set()
        for material, measure in pairs:
            row = self.moment.material_rows.get(material)
            base = -1 if row is None else int(self.moment.column("materials", "base_unit")[row])
            found.add(base if base >= 0 else measure)
        return found - {-1}

    def _conversions(self, pairs: list[tuple[int, int]]) -> set[int]:
        moment = self.moment
        rows = moment.all_rows("conversions")
        if not len(rows):
            return set()
        of = np.isin(moment.resolved("conversions", "material_id", rows), [material for material, _ in pairs])
        units = [moment.column("conversions", name)[rows[of]] for name in ("from_unit", "to_unit")]
        return set(np.concatenate(units).tolist())

    def _tell(self, quantity: int, measure: int, material: int, into: int) -> Fraction | None:
        key = (quantity, measure, material, into)
        if key not in self._told:
            factor = self._factor(measure, material, into) if quantity >= 0 else None
            try:
                number = None if factor is None else exact(self.moment.words.string(quantity))
            except (ValueError, OverflowingQuantityError):
                number = None
            self._told[key] = None if number is None or factor is None else number * factor
        return self._told[key]

    def _factor(self, measure: int, material: int, into: int) -> Fraction | None:
        if measure < 0 or into < 0:
            return None
        one, other = self._amounts.factor(material, measure), self._amounts.factor(material, into)
        if one is not None and other is not None:
            return one / other
        code, target = self._code(measure), self._code(into)
        return Fraction(1) if code == target else ratio(code, target)

    def _code(self, measure: int) -> str:
        code = self.moment.words.string(self.moment.measures.meaning.get(measure, measure))
        unit = unit_of(code)
        return unit.normal if unit else code


def step_balance(snapshot: Snapshot, evidence: Source, step: str, as_of: int) -> dict[str, Any]:
    """What a step consumed against what it made.

    ``in`` and ``out`` are null where not every row can be told in one unit: then ``inputs`` and ``outputs`` say which.

    Raises:
        ItemNotFoundError: no record names the step as of the entry.
    """
    moment = snapshot.moment(as_of)
    code = moment.codes.find([step])
    rows, _ = moment.rows_at("steps", "step_id", code[code >= 0])
    found = StepAmounts(moment, code[code >= 0])
    if not len(rows) and not len(found.inputs.step) and not len(found.outputs.step):
        raise ItemNotFoundError(f"No record names a step {step!r} as of entry {as_of}. Check the text.")
    citations = Citations(evidence, moment)
    into = int(found.measure[0])
    sides = [
        _side(found, flow, table, citations)
        for flow, table in ((found.inputs, "consumption"), (found.outputs, "production"))
    ]
    sums = [_sum(side) for side in sides]
    percent, recorded = _tolerance(moment, found.outputs)
    both = sums[0] is not None and sums[1] is not None
    rest = sums[0] - sums[1] if sums[0] is not None and sums[1] is not None else None
    answer: dict[str, Any] = {
        "step": step,
        "operation": moment.texts("steps", "operation", rows[:1])[0] if len(rows) else None,
        "kind": moment.texts("steps", "kind", rows[:1])[0] if len(rows) else None,
        "as_of": as_of,
        "unit": moment.words.string(into) if into >= 0 else None,
        "in": _text(sums[0]),
        "parts": {"produced": _text(sums[1])} if both else {},
        "unaccounted": _text(rest),
        "yield_percent": decimal_text(sums[1] * 100 / sums[0]) if sums[1] is not None and sums[0] else None,
        "tolerance_percent": decimal_text(percent),
        "tolerance_recorded": recorded,
        "within_tolerance": None if rest is None or sums[0] is None else abs(rest) * 100 <= percent * sums[0],
        "detail": {"inputs": sides[0], "outputs": sides[1]},
        "complete": True,
    }
    citations.read()
    answer["summary"] = _sentences(answer)
    return answer


def _side(found: StepAmounts, flow: Flow, table: str, citations: Citations) -> list[dict[str, Any]]:
    moment = found.moment
    words = moment.words.strings
    columns = zip(
        moment.codes.strings(flow.item), words(flow.material), words(flow.quantity), words(flow.measure), flow.row.tolist(),
        strict=True,
    )  # fmt: skip
    rows = []
    for place, (item, material, quantity, measure, row) in enumerate(columns):
        value = found.exact(flow, place)
        rows.append(
            {
                "item_id": item, "material_id": material, "recorded": quantity, "recorded_unit": measure,
                "quantity": _text(value), "at": time_text(int(moment.column(table, "at_start")[row])),
                "fact": citations.cite(table, row), "_exact": value,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["item_id"], row["at"] or "", row["quantity"] or ""))


def _sum(side: list[dict[str, Any]]) -> Fraction | None:
    values = [row.pop("_exact") for row in side]
    if not values or any(value is None for value in values):
        return None
    return sum(values, Fraction(0))


def _tolerance(moment: Moment, outputs: Flow) -> tuple[Fraction, bool]:
    """The widest that a material made by the step states."""
    stated = []
    for material in np.unique(outputs.material).tolist():
        row = moment.material_rows.get(material)
        word = -1 if row is None else int(moment.column("materials", "tolerance_percent")[row])
        if word >= 0:
            stated.append(abs(exact(moment.words.string(word))))
    return (max(stated), True) if stated else (Fraction(0), False)


def _text(value: Fraction | None) -> str | None:
    return None if value is None else decimal_text(value)


def _sentences(answer: dict[str, Any]) -> list[str]:
    from genealogy.balance.words import grouped, two_decimals

    named = f"{answer['operation'] or 'step'} {answer['step']}"
    if answer["in"] is None or answer["unaccounted"] is None:
        return [
            f"What {named} consumed and made cannot be told in one unit of measure, or is not recorded whole.",
            "A conversion for each material to one unit (by weight, say) would balance it.",
        ]
    made = answer["parts"]["produced"]
    unit = answer["unit"]
    verdict = "within" if answer["within_tolerance"] else "OUTSIDE"
    how = "" if answer["tolerance_recorded"] else " (assumed: none is recorded)"
    lines = [f"{named} consumed {grouped(answer['in'])} {unit} and made {grouped(made)} {unit}"]
    lines[0] += f": a yield of {two_decimals(answer['yield_percent'])} %." if answer["yield_percent"] else "."
    rest = Fraction(answer["unaccounted"])
    what = "lost" if rest > 0 else "more was made than went in"
    closed = "nothing is lost" if not rest else f"{grouped(answer['unaccounted'].lstrip('-'))} {unit} {what}"
    lines.append(f"{closed[0].upper()}{closed[1:]}; {verdict} the tolerance of {answer['tolerance_percent']} %{how}.")
    return lines
