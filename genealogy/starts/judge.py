"""Two judgements that both roads make of what they have found: does a time touch an interval, is a value outside its limits."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from genealogy.quantities import exact
from genealogy.starts.question import ENDLESS
from genealogy.units import normal_unit, ratio

if TYPE_CHECKING:
    from genealogy.starts.question import Limits

Verdict = Literal["inside", "outside", "unsure", "no_limits"]

_DEGREES = {
    "K": (Fraction(1), Fraction(0)),
    "Cel": (Fraction(1), Fraction("273.15")),
    "[degF]": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
}
"""Scales of temperature: how many kelvins a degree is, and where the scale begins."""


def touch(begun: int | None, done: int | None, first: int, last: int) -> bool | None:
    """Whether something touches an interval: None where it does not, else whether recorded times say so.

    Args:
        begun: first microsecond, None where it is not recorded.
        done: last microsecond, None where it is not recorded. Two times in the wrong order are the span between them.
        first: of the interval.
        last: of the interval.

    >>> touch(1, 5, 5, 9), touch(1, 4, 5, 9), touch(1, None, 5, 9), touch(6, None, 5, 9)
    (True, None, False, True)
    """
    if begun is not None and done is not None:
        return True if min(begun, done) <= last and max(begun, done) >= first else None
    if (begun is not None and begun > last) or (done is not None and done < first):
        return None
    known = begun if begun is not None else done
    return (known is not None and first <= known <= last) or (first <= -ENDLESS and last >= ENDLESS)


def judge(value: str, unit: str | None, low: str | None, high: str | None, asked: Limits | None) -> Verdict:
    """Whether a reading is outside its limits, or outside those given in the question.

    A value that is no number, or whose unit cannot be compared with the limits', is ``unsure``: it counts as outside.

    Args:
        value: as recorded.
        unit: of value and recorded limits, aliases resolved.
        low: recorded lower limit.
        high: recorded upper limit.
        asked: limits of the question; they replace the recorded ones.
    """
    if asked is None:
        limits = [_number(text) for text in (low, high)]
        if low is None and high is None:
            return "no_limits"
    else:
        limits = [asked.low, asked.high]
    number = _number(value)
    if number is None:
        return "unsure"
    if asked is not None and asked.unit is not None:
        converted = None if unit is None else _converted(number, unit, asked.unit)
        if converted is None:
            return "unsure"
        number = converted
    lower, upper = limits
    if (lower is not None and number < lower) or (upper is not None and number > upper):
        return "outside"
    unread = asked is None and ((low is not None and lower is None) or (high is not None and upper is None))
    return "unsure" if unread else "inside"


def _converted(number: Fraction, unit: str, wanted: str) -> Fraction | None:
    """A value in another unit of measure; temperatures, too, whose scales begin elsewhere."""
    if unit == wanted:
        return number
    factor = ratio(unit, wanted)
    if factor is not None:
        return number * factor
    one, other = (_DEGREES.get(normal_unit(code) or code) for code in (unit, wanted))
    return None if one is None or other is None else (number * one[0] + one[1] - other[1]) / other[0]


def _number(text: str | None) -> Fraction | None:
    if text is None:
        return None
    try:
        return exact(text)
    except ValueError:
        return None
