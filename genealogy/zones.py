"""Clocks of the world: what an instant is called where the plant stands, and when a day begins there.

Local times that a change of the clock skips or repeats are told apart from all others, never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from genealogy.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Longs = npt.NDArray[np.int64]

SECOND = 1_000_000
"""In microseconds, as all times and spans here."""
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1)
"""Local and UTC clock readings are both counted from here."""
FIRST_DAY, LAST_DAY = (day.toordinal() - EPOCH.toordinal() for day in (date.min, date.max))

_UTC_NAMES = frozenset({"Z", "z", "UTC", "Etc/UTC", "+00:00", "-00:00"})
_OFFSET = re.compile(r"([+-])(\d\d)(?::?(\d\d))?", re.ASCII)


class Zone:
    """The zone in which times without an offset are read: an IANA name, an offset, or Z."""

    def __init__(self, name: str) -> None:
        """Find the zone.

        Raises:
            InputError: nobody knows a zone of this name.
        """
        self.offset: int | None = None
        self._info: ZoneInfo | None = None
        if name in _UTC_NAMES:
            self.name, self.offset = "Z", 0
        elif match := _OFFSET.fullmatch(name):
            self.offset = _offset(match)
            self.name = f"{match[1]}{match[2]}:{match[3] or '00'}" if self.offset else "Z"
        else:
            try:
                self._info = ZoneInfo(name)
            except (KeyError, ValueError, OSError) as error:
                raise InputError(
                    f"{name!r} is no time zone. Name one such as Europe/Berlin, or an offset such as +02:00."
                ) from error
            self.name = name
        if self._info is None and self.offset is None:
            raise InputError(
                f"{name!r} is no offset that any clock has. Name one such as +02:00, or a zone such as Europe/Berlin."
            )

    def instant(self, local: int) -> tuple[int, int]:
        """Turn one clock reading into (microseconds UTC, 0 or what is wrong: 1 it comes twice, 2 never)."""
        if self._info is None:
            return local - (self.offset or 0), 0
        early, late = self._offsets(local)
        if early == late:
            return local - early, 0
        return 0, 1 if early > late else 2

    def midnight(self, day: int) -> int:
        """Return when a day (counted from 1970) begins: its first instant, even where the clock skips midnight."""
        local = day * DAY
        if self._info is None:
            return local - (self.offset or 0)
        early, late = self._offsets(local)
        if early >= late:  # ordinary, or midnight happens twice: the day begins with the first
            return local - early
        low, high = local - late, local - early  # midnight is skipped: look for the change of the clock
        while low < high:
            middle = (low + high) // 2
            if self._local_day(middle) >= day:
                high = middle
            else:
                low = middle + 1
        return low

    def instants(self, local: Longs) -> tuple[Longs, Bytes]:
        """Turn a column of clock readings into (microseconds UTC, what is wrong with each, as ``instant`` says)."""
        error = np.zeros(len(local), np.uint8)
        if self._info is None:
            return local - np.int64(self.offset or 0), error
        days, which = np.unique(local // DAY, return_inverse=True)
        steady = [self._steady(int(day)) for day in days]
        offsets = np.array([0 if offset is None else offset for offset in steady], np.int64)
        result = local - offsets[which]
        changing = np.flatnonzero(np.array([offset is None for offset in steady], bool)[which])
        if len(changing):
            values, back = np.unique(local[changing], return_inverse=True)
            single = np.array([self.instant(int(value)) for value in values], np.int64)
            result[changing], error[changing] = single[back, 0], single[back, 1]
        return result, error

    def _steady(self, day: int) -> int | None:
        """The one offset of a day; None where the clock is changed in it."""
        offsets = {
            offset for part in range(5) for offset in self._offsets(min(day * DAY + part * DAY // 4, LAST_DAY * DAY))
        }
        return offsets.pop() if len(offsets) == 1 else None

    def _offsets(self, local: int) -> tuple[int, int]:
        """The offsets of a clock reading: the one before a change of the clock and the one after."""
        reading = EPOCH + timedelta(microseconds=local)
        first, second = (reading.replace(tzinfo=self._info, fold=fold).utcoffset() for fold in (0, 1))
        return (first or timedelta()) // timedelta(microseconds=1), (second or timedelta()) // timedelta(microseconds=1)

    def _local_day(self, instant: int) -> int:
        local = (EPOCH.replace(tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(self._info)
        return local.toordinal() - EPOCH.toordinal()


@lru_cache(maxsize=64)
def zone_of(name: str) -> Zone:
    """Return the zone of this name.

    Raises:
        InputError: nobody knows a zone of this name.
    """
    return Zone(name)


def _offset(match: re.Match[str]) -> int | None:
    hours, minutes = int(match[2]), int(match[3] or 0)
    if minutes > 59 or hours * 60 + minutes > 18 * 60:
        return None
    return (hours * 60 + minutes) * 60 * SECOND * (-1 if match[1] == "-" else 1)
