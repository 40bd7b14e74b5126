"""Times as plants write them: ISO 8601 text to one canonical text and microseconds since 1970 in UTC.

An instant names its offset (or Z), or the load names the zone it stands in. A date alone is the whole day in that zone,
which has 23 or 25 hours where the clock is changed; local times that the change of the clock skips or repeats are
refused, never guessed.

Canonical text: an instant is ``2026-05-01T10:00:00Z`` (a fraction only where given, without trailing zeros), a whole
day is ``2026-05-01[Europe/Berlin]``, ``2026-05-01[+02:00]`` or ``2026-05-01[Z]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.errors import InputError
from genealogy.zones import DAY, EPOCH, FIRST_DAY, LAST_DAY, SECOND, Zone, zone_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Longs = npt.NDArray[np.int64]

RULES = (None, "ambiguous_time", "nonexistent_time", "bad_time", "time_without_zone")
"""Why a time was refused, by its number inside this module (1 and 2 as zones count them)."""
_NONEXISTENT, _BAD, _ZONELESS = 2, 3, 4

_TIME = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)|(?P<y2>\d{4})(?P<m2>\d\d)(?P<d2>\d\d)"
    r"|(?P<y3>\d{4})-W(?P<week>\d\d)-(?P<weekday>\d)|(?P<y4>\d{4})-(?P<nth>\d{3}))"
    r"(?P<clock>[Tt ](?P<H>\d\d)(?::?(?P<M>\d\d)(?::?(?P<S>\d\d)(?:[.,](?P<f>\d+))?)?)?)?"
    r"(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?(?P<zone>\[[^\]]+\])?",
    re.ASCII,
)
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times, row by row.

    Attributes:
        text: canonical text; null where nothing was stated or the text was refused.
        start: first microsecond since 1970 UTC; null likewise.
        end: the same for an instant; for a whole day the first microsecond after it.
        error: the rule that the text breaks, else null.
    """

    text: pa.Array
    start: pa.Array
    end: pa.Array
    error: pa.Array


def _calendar_day(part: dict[str, str | None]) -> int:
    """The day counted from 1970; ValueError where the calendar has no such day."""
    if part["week"]:
        found = date.fromisocalendar(int(part["y3"] or 0), int(part["week"]), int(part["weekday"] or 0))
    elif part["nth"]:
        found = date(int(part["y4"] or 0), 1, 1) + timedelta(days=int(part["nth"]) - 1)
        if found.year != int(part["y4"] or 0):
            raise ValueError("no such day of the year")
    else:
        found = date(
            int(part["y"] or part["y2"] or 0), int(part["m"] or part["m2"] or 0), int(part["d"] or part["d2"] or 0)
        )
    return found.toordinal() - EPOCH.toordinal()


def _clock(part: dict[str, str | None]) -> tuple[int, str]:
    """The microseconds since midnight and the fraction of the second as text; ValueError for no such time."""
    hour, minute, second = int(part["H"] or 0), int(part["M"] or 0), int(part["S"] or 0)
    fraction = (part["f"] or "").rstrip("0")
    if hour == 24 and not (minute or second or fraction):
        return DAY, ""
    time(hour, minute, second)
    return (hour * 3600 + minute * 60 + second) * SECOND + int(fraction[:6].ljust(6, "0")), fraction


def parse_time(text: str, zone: str | None = None) -> tuple[str | None, int | None, int | None, str | None]:
    """Read one time.

    Args:
        text: ISO 8601.
        zone: where times without an offset stand: an IANA name or an offset.

    Returns:
        canonical text, first microsecond, end, and the rule broken (then the others are None).

    >>> parse_time("2026-05-01T12:00+02:00")[0], parse_time("2026-05-01")[3]
    ('2026-05-01T10:00:00Z', 'time_without_zone')
    """
    canonical, start, end, error = _read(text, zone_of(zone) if zone else None)
    return (None, None, None, RULES[error]) if error else (canonical, start, end, None)


def _read(text: str, default: Zone | None) -> tuple[str, int, int, int]:
    match = _TIME.fullmatch(text)
    bad = ("", 0, 0, _BAD)
    if match is None or (match["zone"] and (match["clock"] or match["offset"])):
        return bad
    part = match.groupdict()
    try:
        day = _calendar_day(part)
        since_midnight, fraction = _clock(part)
        named = match["offset"] or (match["zone"] or "")[1:-1]
        zone = zone_of(named) if named else default
        if zone is None:
            return "", 0, 0, _ZONELESS
        if not match["clock"]:
            return _whole_day(day, zone)
        instant, error = zone.instant(day * DAY + since_midnight)
        if error:
            return "", 0, 0, error
        canonical = _instant_text(instant)
    except (ValueError, OverflowError, InputError):
        return bad
    return canonical + (f".{fraction}Z" if fraction else "Z"), instant, instant, 0


def _whole_day(day: int, zone: Zone) -> tuple[str, int, int, int]:
    start = zone.midnight(day)
    end = zone.midnight(day + 1) if day < LAST_DAY else start + DAY
    return (f"{_day_text(day)}[{zone.name}]", start, end, 0) if start < end else ("", 0, 0, _NONEXISTENT)


def _instant_text(instant: int) -> str:
    """The date and time of day in UTC without a fraction; ValueError outside the calendar."""
    day, rest = divmod(instant, DAY)
    second = rest // SECOND
    return f"{_day_text(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _day_text(day: int) -> str:
    return date.fromordinal(day + EPOCH.toordinal()).isoformat()


# The column road. Texts of one length are one matrix of bytes; the usual shapes are read digit by digit for all rows at
# once, and whatever is left (dates alone, rare spellings, mistakes) once per distinct text.


def parse_times(column: pa.Array | pa.ChunkedArray, zone: str | None = None) -> Times:
    """Read a column of times; empty text and null state nothing.

    Args:
        column: strings.
        zone: where times without an offset stand: an IANA name or an offset.

    Raises:
        InputError: nobody knows a zone of this name.
    """
    default = zone_of(zone) if zone else None
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = pc.fill_null(column.cast(pa.string()), "")
    lengths = np.asarray(pc.binary_length(column))
    parts = _Parts(len(column))
    left = []
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        if length >= 16:
            left.append(_read_shapes(column, rows, int(length), default, parts))
        elif length:
            left.append(rows)
    rest = np.concatenate(left) if left else np.zeros(0, np.int64)
    if len(rest):
        distinct = pc.dictionary_encode(column.take(pa.array(rest)))
        read = [_read(text, default) for text in distinct.dictionary.to_pylist()]
        which = np.asarray(distinct.indices)
        numbers = np.array([(start, end, error) for _, start, end, error in read], np.int64)[which]
        texts = pa.array([canonical for canonical, *_ in read], pa.string()).take(distinct.indices)
        parts.add(rest, texts, numbers[:, 0], numbers[:, 1], numbers[:, 2])
    return parts.together()


class _Parts:
    """Collects what was read of a column, group of rows by group of rows."""

    def __init__(self, size: int) -> None:
        self.start, self.end = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.error = np.zeros(size, np.uint8)
        self.stated = np.zeros(size, bool)
        self._rows: list[Longs] = []
        self._texts: list[pa.Array] = []

    def add(self, rows: Longs, texts: pa.Array, start: Longs, end: Longs, error: npt.NDArray[np.integer]) -> None:
        self.start[rows], self.end[rows], self.error[rows], self.stated[rows] = start, end, error, error == 0
        self._rows.append(rows)
        self._texts.append(texts)

    def together(self) -> Times:
        size = len(self.start)
        silent = ~self.stated
        text = pa.nulls(size, pa.string())
        if len(self._rows) == 1 and len(self._rows[0]) == size and (np.diff(self._rows[0]) == 1).all():
            text = self._texts[0]
        elif self._rows:
            where = np.full(size, -1, np.int64)
            where[np.concatenate(self._rows)] = np.arange(sum(map(len, self._rows)))
            text = pa.concat_arrays(self._texts).take(pa.array(where, mask=where < 0))
        if silent.any() and self._rows:
            text = pc.if_else(pa.array(self.stated), text, None)
        rules = pa.array(RULES, pa.string()).take(pa.array(self.error))
        return Times(text, pa.array(self.start, mask=silent), pa.array(self.end, mask=silent), rules)


def _matrix(column: pa.Array, length: int) -> Bytes:
    """The bytes of texts of one length, position by position (length x rows)."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    return np.ascontiguousarray(data.reshape(len(column), length).T)


def _read_shapes(column: pa.Array, rows: Longs, length: int, default: Zone | None, parts: _Parts) -> Longs:
    """Read the usual spellings among texts of one length; returns the rows that are left."""
    whole = len(rows) == len(column)
    text = _matrix(column if whole else column.take(pa.array(rows)), length)
    zulu = (text[-1] == ord("Z")) | (text[-1] == ord("z"))
    signed = (
        ((text[-6] == ord("+")) | (text[-6] == ord("-"))) & (text[-3] == ord(":")) if length >= 22 else zulu & False
    )
    done = np.zeros(len(rows), bool)
    for chosen, suffix in ((zulu, 1), (signed & ~zulu, 6), (~signed & ~zulu, 0)):
        if not chosen.any() or (suffix == 0 and default is None):
            continue
        taken = np.flatnonzero(chosen)
        sub = text if len(taken) == len(rows) else text[:, taken]
        good, local, fraction = _local(sub[: length - suffix])
        if suffix == 6:
            minutes, fine = _offset_minutes(sub[-6:])
            local, good = local - minutes * 60 * SECOND, good & fine
        if not good.all():
            taken, local, fraction = taken[good], local[good], fraction[:, good]
        error = np.zeros(len(taken), np.uint8)
        if suffix == 0 and default is not None:
            local, error = default.instants(local)
        inside = (local >= FIRST_DAY * DAY) & (local < (LAST_DAY + 1) * DAY)
        if not inside.all():
            taken, local, fraction, error = taken[inside], local[inside], fraction[:, inside], error[inside]
        _write(rows[taken], local, fraction, error, parts)
        done[taken] = True
    return rows[~done]


def _number(digits: Bytes) -> Longs:
    value: Longs = digits[0].astype(np.int64)
    for digit in digits[1:]:
        value = value * 10 + digit
    return value


def _local(text: Bytes) -> tuple[npt.NDArray[np.bool_], Longs, Bytes]:
    """Read YYYY-MM-DDThh:mm[:ss[.f]]: (rows that fit, microseconds on that clock, digits of the fraction)."""
    length = len(text)
    digit = text - np.uint8(48)
    none = np.zeros((0, text.shape[1]), np.uint8)
    if length not in (16, 19) and length < 21:
        return np.zeros(text.shape[1], bool), np.zeros(text.shape[1], np.int64), none
    good = (text[4] == ord("-")) & (text[7] == ord("-")) & (text[13] == ord(":"))
    good &= (text[10] == ord("T")) | (text[10] == ord(" ")) | (text[10] == ord("t"))
    places = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15]
    second = np.zeros(text.shape[1], np.int64)
    if length >= 19:
        good &= text[16] == ord(":")
        places += [17, 18]
        second = _number(digit[17:19])
    fraction = none
    if length >= 21:
        good &= (text[19] == ord(".")) | (text[19] == ord(","))
        places += list(range(20, length))
        fraction = digit[20:]
    for place in places:
        good &= digit[place] <= 9
    year, month, day = _number(digit[0:4]), _number(digit[5:7]), _number(digit[8:10])
    hour, minute = _number(digit[11:13]), _number(digit[14:16])
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good &= (year > 0) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60) & (day >= 1)
    good &= day <= _MONTH_DAYS[np.clip(month, 0, 12)] + (leap & (month == 2))
    micro = _number(fraction[:6]) * 10 ** max(0, 6 - len(fraction)) if len(fraction) else 0
    return good, _days(year, month, day) * DAY + (hour * 3600 + minute * 60 + second) * SECOND + micro, fraction


def _days(year: Longs, month: Longs, day: Longs) -> Longs:
    """Days since 1970 in the Gregorian calendar (the year counted from March, so that the leap day ends it)."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    return np.asarray(era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468, np.int64)


def _offset_minutes(text: Bytes) -> tuple[Longs, npt.NDArray[np.bool_]]:
    digit = text - np.uint8(48)
    hours, minutes = _number(digit[1:3]), _number(digit[4:6])
    good = (minutes < 60) & (hours * 60 + minutes <= 18 * 60)
    for place in (1, 2, 4, 5):
        good &= digit[place] <= 9
    return (hours * 60 + minutes) * np.where(text[0] == ord("-"), -1, 1), good


@lru_cache(maxsize=1)
def _clock_texts() -> Bytes:
    """``Thh:mm:ss`` of each second of a day."""
    texts = [f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(86_400)]
    return np.frombuffer("".join(texts).encode(), np.uint8).reshape(86_400, 9)


def _write(rows: Longs, instant: Longs, fraction: Bytes, error: Bytes, parts: _Parts) -> None:
    """Write the canonical text of instants, group by group of equally long fractions."""
    if not len(rows):
        return
    kept = np.zeros(len(rows), np.int64)
    for place in range(len(fraction)):
        kept[fraction[place] != 0] = place + 1
    days = instant // DAY
    seconds = (instant - days * DAY) // SECOND
    first = int(days.min())
    if int(days.max()) - first < 100_000:
        calendar, which = np.arange(first, int(days.max()) + 1), days - first
    else:
        calendar, which = np.unique(days, return_inverse=True)
    dates = np.datetime_as_string(calendar.astype("datetime64[D]")).astype("S10").view(np.uint8).reshape(-1, 10)
    for digits in np.unique(kept):
        group = np.flatnonzero(kept == digits)
        width = 20 + (digits + 1 if digits else 0)
        text = np.empty((len(group), width), np.uint8)
        text[:, :10] = dates[which[group]]
        text[:, 10:19] = _clock_texts()[seconds[group]]
        if digits:
            text[:, 19] = ord(".")
            text[:, 20:-1] = fraction[:digits, group].T + np.uint8(48)
        text[:, -1] = ord("Z")
        offsets = pa.py_buffer(np.arange(len(group) + 1, dtype=np.int32) * np.int32(width))
        texts = pa.Array.from_buffers(pa.string(), len(group), [None, offsets, pa.py_buffer(text)])
        parts.add(rows[group], texts, instant[group], instant[group], error[group])
