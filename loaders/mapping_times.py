"""Times that are written as a count: serial days of a spreadsheet, seconds of a computer, what went by since a start."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from genealogy.times import parse_time

ELAPSED = ("seconds", "minutes", "hours", "days")
"""What may have gone by since a moment that the mapping names."""

COUNTED = (*ELAPSED, "excel", "unix", "unix_ms")
"""Words that stand in place of a format: days since 1899-12-30 in local time; seconds, thousandths since 1970 in UTC."""

_EPOCH = datetime(1970, 1, 1)
_EXCEL = datetime(1899, 12, 30)
_MICROSECONDS = {"seconds": 10**6, "minutes": 60 * 10**6, "hours": 3600 * 10**6, "days": 86400 * 10**6,
                 "excel": 86400 * 10**6, "unix": 10**6, "unix_ms": 1000}  # fmt: skip
_TOO_MANY = Decimal(10**15)
_FIRST_EXCEL_DAY = 61
"""Before 1900-03-01 a spreadsheet counts a day that never was."""


def starts_from(since: str, zone: str | None) -> bool:
    """Tell whether a text names a moment from which can be counted."""
    canonical, _, _, _ = parse_time(since, zone)
    return canonical is not None and canonical.endswith("Z")


def counted_time(text: str, kind: str, since: str | None, zone: str | None) -> str | None:
    """Write a counted time in ISO 8601, to the microsecond; None where the text is no such count.

    Args:
        text: the count, a decimal number.
        kind: one of ``COUNTED``.
        since: of an elapsed time, the moment from which it counts.
        zone: of a spreadsheet's day, where it is.
    """
    try:
        number = Decimal(text.strip())
        if kind == "excel":
            return _spreadsheet_day(number, zone)
        start = _EPOCH
        if kind in ELAPSED:
            start = datetime.fromisoformat((parse_time(since or "", zone)[0] or "").rstrip("Z"))
        return _canonical((start + _passed(number, kind)).isoformat() + "Z", None)
    except (InvalidOperation, OverflowError, ValueError):
        return None


def _passed(number: Decimal, kind: str) -> timedelta:
    if not abs(number) < _TOO_MANY:  # also what is no number
        raise ValueError(number)
    return timedelta(microseconds=round(Fraction(number) * _MICROSECONDS[kind]))


def _spreadsheet_day(number: Decimal, zone: str | None) -> str | None:
    if not number >= _FIRST_EXCEL_DAY:
        return None
    # A clock time is stored as a part of the day, to about a hundredth of a millisecond.
    moment = _EXCEL + timedelta(milliseconds=round(_passed(number, "excel") / timedelta(milliseconds=1)))
    if number == int(number):
        return moment.date().isoformat() + (f"[{zone}]" if zone else "")
    return _canonical(moment.isoformat(), zone)


def _canonical(written: str, zone: str | None) -> str | None:
    if zone is None and not written.endswith("Z"):
        return written  # the zone of the load decides
    return parse_time(written, zone)[0]
