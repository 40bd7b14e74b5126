"""Quantities as recorded, in the base unit of their material, exactly."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from genealogy.units import ratio, unit_of

if TYPE_CHECKING:
    from genealogy.snapshot.moment import Moment

_Steps = dict[str, list[tuple[str, Fraction]]]


class Amounts:
    """Converts recorded quantities as of a moment, by the fixed ratios of units and the loaded conversions.

    Materials, units and quantities are numbers of words; -1 stands for one that is not recorded.
    """

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._factors: dict[tuple[int, int], Fraction | None] = {}
        self._numbers: dict[int, Fraction | None] = {}
        self._values: dict[tuple[int, int, int], Fraction | None] = {}

    def convertible(self, material: int, measure: int) -> bool:
        """Whether a quantity in this unit can be told in the base unit of the material."""
        return self.factor(material, measure) is not None

    def value(self, quantity: int, material: int, measure: int) -> Fraction | None:
        """A quantity in the base unit of its material; None where it is unknown or cannot be converted."""
        if quantity < 0:
            return None
        key = (quantity, material, measure)
        if key not in self._values:
            if quantity not in self._numbers:
                self._numbers[quantity] = _number(self._moment.words.string(quantity))
            number, factor = self._numbers[quantity], self.factor(material, measure)
            self._values[key] = None if number is None or factor is None else number * factor
        return self._values[key]

    def factor(self, material: int, measure: int) -> Fraction | None:
        """How many base units of the material one of this unit is; None where nothing says so."""
        if material < 0 or measure < 0:
            return None
        pair = (material, measure)
        if pair not in self._factors:
            self._factors[pair] = self._found(material, measure)
        return self._factors[pair]

    def _found(self, material: int, measure: int) -> Fraction | None:
        row = self._moment.material_rows.get(material)
        base = -1 if row is None else int(self._moment.column("materials", "base_unit")[row])
        if base < 0:
            return None
        start, end = self._code(measure), self._code(base)
        if start == end:
            return Fraction(1)
        conversions = self._conversions.get(material, {})
        known = {start: Fraction(1)}
        frontier = [start]
        while frontier:  # fewest loaded conversions first; among equals the order of codes decides
            for code in frontier:
                direct = ratio(code, end)
                if direct is not None:
                    return known[code] * direct
            reached = {}
            for code in frontier:
                for origin in sorted(conversions):
                    same = ratio(code, origin) if code != origin else Fraction(1)
                    for target, factor in conversions[origin] if same is not None else ():
                        if target == end and same is not None:
                            return known[code] * same * factor
                        if same is not None and target not in known and target not in reached:
                            reached[target] = known[code] * same * factor
            known |= reached
            frontier = sorted(reached)
        return None

    @cached_property
    def _conversions(self) -> dict[int, _Steps]:
        """For each material: from a unit to others, both ways round."""
        moment = self._moment
        rows = moment.all_rows("conversions")
        found: dict[int, _Steps] = {}
        if not len(rows):
            return found
        materials = moment.materials.resolve(moment.column("conversions", "material_id")[rows])
        columns = [moment.column("conversions", name)[rows].tolist() for name in ("from_unit", "to_unit", "factor")]
        for material, one, other, text in zip(materials.tolist(), *columns, strict=True):
            factor = _number(moment.words.string(text)) if text >= 0 else None
            if factor is None or factor <= 0:
                continue  # nothing can be converted by it; what needs it is then reported as not convertible
            steps = found.setdefault(material, {})
            start, end = self._code(one), self._code(other)
            steps.setdefault(start, []).append((end, factor))
            steps.setdefault(end, []).append((start, 1 / factor))
        for steps in found.values():
            for targets in steps.values():
                targets.sort()
        return found

    def _code(self, measure: int) -> str:
        """The code of a unit under which equal ones meet: aliases resolved, then the table of units."""
        meant = self._moment.measures.meaning.get(measure, measure)
        code = self._moment.words.string(meant)
        unit = unit_of(code)
        return unit.normal if unit else code


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
