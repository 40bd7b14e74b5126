"""The plant's calendar: moments are whole seconds since its first day, written with the offset of the site's clock."""

from __future__ import annotations

import datetime

HOUR = 3_600
DAY = 86_400
_FIRST = datetime.date(2025, 1, 6)
_DAYS = [(_FIRST + datetime.timedelta(days=day)).isoformat() for day in range(-400, 3_600)]
_MINUTES = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1_440)]
_SECONDS = [f"{second:02d}" for second in range(60)]

BERLIN = "Europe/Berlin"
COSTA_RICA = "America/Costa_Rica"
UTC = "Etc/UTC"


def _at(year: int, month: int, day: int) -> int:
    return (datetime.date(year, month, day) - _FIRST).days * DAY + HOUR


_SUMMERS = (
    (_at(2025, 3, 30), _at(2025, 10, 26)),
    (_at(2026, 3, 29), _at(2026, 10, 25)),
    (_at(2027, 3, 28), _at(2027, 10, 31)),
)
"""Summer time in Berlin, as seconds; stated here because a machine's own zone files may differ."""


def offset(moment: int, zone: str) -> tuple[int, str]:
    """What a clock in this zone is ahead of UTC at this moment: in seconds and as text."""
    if zone == COSTA_RICA:
        return -6 * HOUR, "-06:00"
    if zone == UTC:
        return 0, "Z"
    if any(begin <= moment < end for begin, end in _SUMMERS):
        return 2 * HOUR, "+02:00"
    return HOUR, "+01:00"


def stamp(moment: int, zone: str = BERLIN) -> str:
    """ISO 8601 text of a moment as the clock of the zone shows it."""
    ahead, text = offset(moment, zone)
    day, second = divmod(moment + ahead, DAY)
    return f"{_DAYS[day + 400]}{_MINUTES[second // 60]}{_SECONDS[second % 60]}{text}"


def stamps(first: int, every: int, count: int, zone: str) -> list[str]:
    """The texts of ``count`` moments at even distance; the offset is that of the first (a shift keeps its clock)."""
    ahead, text = offset(first, zone)
    start = first + ahead
    return [
        f"{_DAYS[moment // DAY + 400]}{_MINUTES[moment % DAY // 60]}{_SECONDS[moment % 60]}{text}"
        for moment in range(start, start + every * count, every)
    ]
