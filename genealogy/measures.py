"""Quantities of items in the base unit of their material, summed exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from genealogy.quantities import NANO, OverflowingQuantityError, exact, to_base

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Measures:
    """What is needed to convert, as of an entry.

    Attributes:
        base_units: base unit by material, as recorded.
        conversions: by material: (from unit, to unit) to factor, unit aliases resolved.
        unit_aliases: other systems' codes for units of measure.
    """

    base_units: Mapping[str, str]
    conversions: Mapping[str, Mapping[tuple[str, str], Fraction]]
    unit_aliases: Mapping[str, str]
    _known: dict[tuple[str, str | None, str | None], tuple[str | None, Fraction]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def amount(self, quantity: str, unit: str | None, material: str | None) -> tuple[str | None, Fraction]:
        """A recorded quantity as (unit, amount): in the base unit where it converts, else as it was recorded.

        Amounts in the base unit are whole numbers of 10^-9, rounded half to even, as the plant format has it.
        """
        asked = (quantity, unit, material)
        if asked not in self._known:
            self._known[asked] = self._amount(quantity, unit, material)
        return self._known[asked]

    def _amount(self, quantity: str, unit: str | None, material: str | None) -> tuple[str | None, Fraction]:
        base = self.base_units.get(material or "")
        if base is not None and unit is not None:
            code, into = self.unit_aliases.get(unit, unit), self.unit_aliases.get(base, base)
            try:
                whole = to_base(quantity, code, into, self.conversions.get(material or "", {}))
            except OverflowingQuantityError:
                # A conversion that came later than the quantity: it stays in its own unit, where it was accepted.
                whole = None
            if whole is not None:
                return base, Fraction(whole, NANO)
        return unit, exact(quantity)


def total(amounts: Iterable[tuple[str | None, Fraction]]) -> dict[str | None, Fraction]:
    """Sums by unit."""
    sums: dict[str | None, Fraction] = {}
    for unit, amount in amounts:
        sums[unit] = sums.get(unit, Fraction(0)) + amount
    return sums


def decimal_text(value: Fraction) -> str:
    """An amount as a decimal number without trailing zeros, rounded half to even at the ninth place.

    >>> decimal_text(Fraction(5, 2)), decimal_text(Fraction(1200)), decimal_text(Fraction(-1, 3))
    ('2.5', '1200', '-0.333333333')
    """
    nano = round(value * NANO)
    sign, nano = ("-", -nano) if nano < 0 else ("", nano)
    whole, part = divmod(nano, NANO)
    decimals = f"{part:09d}".rstrip("0")
    return f"{sign}{whole}" + (f".{decimals}" if decimals else "")
