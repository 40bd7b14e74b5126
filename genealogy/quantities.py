"""Exact quantities: the recorded text and unit in the base unit of the material, as a whole number of 10^-9 base units.

All arithmetic is rational; only the last step rounds, half to even. Units are joined by their fixed ratio (kilogram,
gram) and by the material's own conversions (a box of 12 each, a density), in either direction and one after the other.
"""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.units import ratio, unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    Conversions = Mapping[tuple[str, str], Fraction]

NANO = 10**9
"""Quantities are held as whole numbers of this part of the base unit."""
LARGEST = 2**63 - 1
NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""How a number is written (regular expression; no group separators, a point before decimals)."""
PLAIN = r"^[0-9]{1,9}(\.[0-9]{1,9})?$"
"""The numbers that need no closer look: they fit, and are not negative."""

_NUMBER = re.compile(NUMBER)
# Beyond these no number of a plant lies; a hostile exponent must not fill the memory.
_MOST_DIGITS, _MOST_DECIMALS = 400, 20_000


class OverflowingQuantityError(ValueError):
    """The quantity does not fit into a whole number of 10^-9 units of 64 bits."""

    rule = "overflow"


def exact(text: str) -> Fraction:
    """Return the number that a text states, exactly.

    Raises:
        ValueError: the text is no number.
        OverflowingQuantityError: it is beyond anything that can be measured.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise OverflowingQuantityError(f"{text!r} is too large or too small") from error
    exponent = number.as_tuple().exponent
    if (number and number.adjusted() > _MOST_DIGITS) or not -_MOST_DECIMALS < int(exponent) < _MOST_DECIMALS:
        raise OverflowingQuantityError(f"{text!r} is too large or too small")
    return Fraction(number)


def nano(value: Fraction) -> int:
    """Return a quantity as a whole number of 10^-9 units, rounded half to even.

    Raises:
        OverflowingQuantityError: it does not fit into 64 bits.
    """
    whole = round(value * NANO)
    if abs(whole) > LARGEST:
        raise OverflowingQuantityError(
            f"a number of {len(str(abs(whole))) - 9} digits is more than {LARGEST // NANO} units"
        )
    return whole


def factor_between(unit: str, base_unit: str, conversions: Conversions) -> Fraction | None:
    """Return how many base units one unit is, along the fewest conversions; None where nothing joins them.

    Args:
        unit: code of the quantity's unit, aliases resolved.
        base_unit: code of the material's base unit, aliases resolved.
        conversions: of this material: (from unit, to unit) to how many ``to`` one ``from`` is.
    """
    edges = sorted((one, other, factor) for (one, other), factor in conversions.items() if factor > 0)
    waiting = deque([(unit, Fraction(1))])
    seen = {_measure(unit)}
    while waiting:
        here, so_far = waiting.popleft()
        fixed = _fixed(here, base_unit)
        if fixed is not None:
            return so_far * fixed
        for one, other, factor in edges:
            for start, end, step in ((one, other, factor), (other, one, 1 / factor)):
                fixed = _fixed(here, start)
                if fixed is not None and _measure(end) not in seen:
                    seen.add(_measure(end))
                    waiting.append((end, so_far * fixed * step))
    return None


def _fixed(one: str, other: str) -> Fraction | None:
    return Fraction(1) if one == other else ratio(one, other)


def _measure(code: str) -> object:
    """What a unit measures: units of one dimension are one stop on the way."""
    unit = unit_of(code)
    return code if unit is None else unit.dimension


def to_base(quantity: str, unit: str, base_unit: str, conversions: Conversions) -> int | None:
    """Return a recorded quantity in 10^-9 base units; None where no conversion joins the units.

    >>> to_base("2", "XBX", "each", {("XBX", "EA"): Fraction(12)})
    24000000000

    Raises:
        ValueError: the quantity is no number.
        OverflowingQuantityError: it does not fit (rule ``overflow``).
    """
    factor = factor_between(unit, base_unit, conversions)
    return None if factor is None else nano(exact(quantity) * factor)


def to_base_column(
    quantity: pa.Array | pa.ChunkedArray,
    unit: pa.Array | pa.ChunkedArray,
    material: pa.Array | pa.ChunkedArray,
    base_units: Mapping[str, str],
    conversions: Mapping[str, Conversions],
) -> tuple[pa.Array, pa.Array]:
    """Convert a column of quantities to 10^-9 base units of their materials.

    Args:
        quantity: as recorded; null where none is stated.
        unit: codes with aliases resolved; null where none is stated.
        material: material of each row; null where unknown.
        base_units: by material.
        conversions: by material.

    Returns:
        int64, null where there is nothing or it cannot be converted; and why not: ``not_convertible``, ``overflow`` or
        null.
    """
    quantity, unit, material = (_flat(column) for column in (quantity, unit, material))
    stated = np.asarray(pc.is_valid(quantity))
    pair = pc.binary_join_element_wise(pc.fill_null(unit, ""), pc.fill_null(material, ""), "\x1f").dictionary_encode()
    factors = [_factor(text, base_units, conversions) for text in pair.dictionary.to_pylist()]
    which = np.asarray(pair.indices)
    convertible = np.array([factor is not None for factor in factors], bool)[which] & stated
    amount, fits = np.zeros(len(quantity), np.int64), np.ones(len(quantity), bool)
    slow = convertible.copy()
    plain = np.asarray(pc.fill_null(pc.match_substring_regex(quantity, PLAIN), False))
    rows = np.flatnonzero(plain & convertible)
    if len(rows):
        nanos, simple = _plain(quantity.take(pa.array(rows)), which[rows], factors)
        amount[rows[simple]] = nanos[simple]
        slow[rows[simple]] = False
    rows = np.flatnonzero(slow)
    if len(rows):
        amount[rows], fits[rows] = _each(quantity.take(pa.array(rows)), which[rows], factors)
    reason = np.full(len(quantity), 2, np.uint8)
    reason[stated & ~convertible] = 0
    reason[~fits] = 1
    reasons = pa.array(["not_convertible", "overflow", None], pa.string()).take(pa.array(reason))
    return pa.array(amount, mask=~(convertible & fits)), reasons


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _factor(pair: str, base_units: Mapping[str, str], conversions: Mapping[str, Conversions]) -> Fraction | None:
    unit, material = pair.split("\x1f")
    base_unit = base_units.get(material)
    return factor_between(unit, base_unit, conversions.get(material, {})) if unit and base_unit else None


def _plain(quantity: pa.Array, which: np.ndarray, factors: list[Fraction | None]) -> tuple[np.ndarray, np.ndarray]:
    """Up to nine digits on each side of the point: 64 bits do. Returns (10^-9 base units, rows done)."""
    decimals = quantity.cast(pa.decimal128(19, 9))
    recorded = np.frombuffer(decimals.buffers()[1], np.int64)[decimals.offset * 2 :][: 2 * len(decimals) : 2].copy()
    small = [factor if factor is not None and max(factor.as_integer_ratio()) < 2**31 else None for factor in factors]
    over = np.array([0 if factor is None else factor.numerator for factor in small], np.int64)[which]
    under = np.array([1 if factor is None else factor.denominator for factor in small], np.int64)[which]
    simple = (over > 0) & (recorded <= LARGEST // np.maximum(over, 1))
    product = np.where(simple, recorded, 0) * over
    whole, rest = np.divmod(product, under)
    up = (2 * rest > under) | ((2 * rest == under) & (whole % 2 == 1))
    return whole + up, simple


def _each(quantity: pa.Array, which: np.ndarray, factors: list[Fraction | None]) -> tuple[np.ndarray, np.ndarray]:
    """The exact road, once for each distinct quantity and factor. Returns (10^-9 base units, rows that fit)."""
    distinct = quantity.dictionary_encode()
    texts = distinct.dictionary.to_pylist()
    pairs, back = np.unique(np.asarray(distinct.indices).astype(np.int64) * len(factors) + which, return_inverse=True)
    amounts, fits = np.zeros(len(pairs), np.int64), np.ones(len(pairs), bool)
    for at, pair in enumerate(pairs):
        text, factor = divmod(int(pair), len(factors))
        try:
            amounts[at] = nano(exact(texts[text]) * (factors[factor] or 0))
        except OverflowingQuantityError:
            fits[at] = False
    return amounts[back], fits[back]
