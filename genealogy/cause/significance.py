"""How likely chance alone would put a candidate behind so many of the complaints, exactly.

The test is Fisher's exact test, one-sided: the upper tail of the hypergeometric distribution (R. A. Fisher, "The logic of
inductive inference", 1935). All arithmetic is in whole numbers; only texts are rounded.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import comb

_CONTEXT = Context(prec=40)
_PLACES = Decimal("0.000001")
_DIGITS = Context(prec=6)


@lru_cache(maxsize=1 << 16)
def tail(everyone: int, bearing: int, drawn: int, found: int) -> Fraction:
    """The chance that of ``drawn`` taken blindly from ``everyone`` at least ``found`` are among the ``bearing`` ones.

    Args:
        everyone: complaints and healthy units together.
        bearing: those of them behind which the candidate stands.
        drawn: complaints.
        found: complaints behind which the candidate stands.
    """
    low, high = max(0, drawn - (everyone - bearing)), min(drawn, bearing)
    if found <= low:
        return Fraction(1)
    every = comb(everyone, drawn)
    if high - found <= found - 1 - low:
        return Fraction(_sum(everyone, bearing, drawn, found, high), every)
    return 1 - Fraction(_sum(everyone, bearing, drawn, low, found - 1), every)


def _sum(everyone: int, bearing: int, drawn: int, first: int, last: int) -> int:
    """In how many ways between ``first`` and ``last`` bearing ones are drawn."""
    if first > last:
        return 0
    ways = comb(bearing, first) * comb(everyone - bearing, drawn - first)
    total = ways
    for k in range(first, last):
        ways = ways * (bearing - k) * (drawn - k) // ((k + 1) * (everyone - bearing - drawn + k + 1))
        total += ways
    return total


def score(chance: Fraction) -> str:
    """Minus the decimal logarithm of a chance, as a decimal number with six places: 3 is one in a thousand.

    >>> score(Fraction(1, 1000)), score(Fraction(1))
    ('3', '0')
    """
    value = -_decimal(chance).log10(_CONTEXT)
    text = f"{value.quantize(_PLACES, context=_CONTEXT):f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def chance_text(chance: Fraction) -> str:
    """A chance with six significant digits.

    >>> chance_text(Fraction(1, 3)), chance_text(Fraction(1, 3 * 10**9)), chance_text(Fraction(1))
    ('0.333333', '3.33333e-10', '1')
    """
    value = _DIGITS.plus(_decimal(chance))
    if value and value.adjusted() < -6:
        digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
        return f"{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{value.adjusted()}"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(chance: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(chance.numerator), Decimal(chance.denominator))
