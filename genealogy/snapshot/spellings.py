"""What a code may have been before a person or a spreadsheet wrote it otherwise: case, spaces, zeros, numbers, dates.

A spreadsheet takes ``00123`` for 123, ``123E3`` for 1.23E+05, ``3-5`` for a day in March or May, keeps 15 digits of a number,
and shows longer ones rounded. Nothing here joins codes; it finds those that a person should compare.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHOWN_ROUNDED = 11
"""From 12 digits on a spreadsheet shows a number rounded, with an exponent."""
_KEPT = 15
"""So many digits of a number a spreadsheet keeps; behind them stand zeros."""
_MOST = 400
"""Longer numbers are no codes that a spreadsheet took for a number."""
_POWER = re.compile(r"(\d(?:\.\d+)?|\d+)e\+?(\d{1,3})")
_FIRST_DAY, _LAST_DAY = 36526, 54788
"""2000-01-01 to 2049-12-31, as a spreadsheet counts days."""


def folded(texts: Sequence[str | None]) -> pa.Array:
    """Texts without regard to case, white space and the width of characters."""
    plain = pa.array(texts, pa.large_string())
    if pc.all(pc.string_is_ascii(plain)).as_py() is False:
        plain = pc.utf8_normalize(plain, form="NFKC")
    return pc.replace_substring_regex(pc.utf8_lower(plain), r"\s+", "")


def unpadded(plain: pa.Array) -> pa.Array:
    """Folded texts as a spreadsheet leaves what it takes for a number: without leading zeros, without ``.0``."""
    found = pc.replace_substring_regex(plain, r"^'?0+([0-9a-z])", r"\1")
    found = pc.replace_substring_regex(found, r"^([0-9]+)[.,]0+$", r"\1")
    powers = np.flatnonzero(pc.match_substring_regex(found, r"^[0-9]+e[0-9]+$").to_numpy(zero_copy_only=False))
    if len(powers):
        texts = found.to_pylist()
        for place in powers.tolist():
            texts[place] = _whole(texts[place]) or texts[place]
        found = pa.array(texts, pa.large_string())
    return found


class Spelling:
    """A code as somebody wrote it, and what it may have been.

    Args:
        text: the code.
    """

    def __init__(self, text: str) -> None:
        plain = "".join(unicodedata.normalize("NFKC", text).lower().split())
        (short,) = unpadded(pa.array([plain], pa.large_string())).to_pylist()
        grouped = re.fullmatch(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*", plain)
        self.keys = {plain, short, _whole(plain) or short, *_days(plain)}
        if grouped:
            self.keys.add(plain.replace(grouped.group(1), ""))
        self._rounded = _rounded(plain)

    def fits(self, short: pa.Array, digits: dict[int, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """Which texts it may have been: their places.

        Args:
            short: unpadded texts.
            digits: of those that are long numbers, by length: their places, and their first 15 digits as numbers.
        """
        found = np.flatnonzero(
            pc.is_in(short, value_set=pa.array(sorted(self.keys), pa.large_string())).to_numpy(zero_copy_only=False)
        )
        if self._rounded is None or self._rounded[0] not in digits:
            return found
        length, shown, wanted = self._rounded
        places, first = digits[length]
        unit = 10 ** (min(length, _KEPT) - shown)
        return np.union1d(
            found, places[(first + unit // 2) // unit == wanted] if shown < _KEPT else places[first == wanted]
        )


def long_numbers(short: pa.Array) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """The texts that are numbers of 12 digits and more, by length."""
    are = pc.match_substring_regex(short, rf"^[1-9][0-9]{{{_SHOWN_ROUNDED},}}$").to_numpy(zero_copy_only=False)
    places = np.flatnonzero(are)
    if not len(places):
        return {}
    chosen = short.take(pa.array(places))
    lengths = pc.utf8_length(chosen).to_numpy(zero_copy_only=False)
    first = pc.utf8_slice_codeunits(chosen, 0, _KEPT).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return {int(n): (places[lengths == n], first[lengths == n]) for n in np.unique(lengths)}


def _whole(plain: str) -> str | None:
    """The whole number that a text with an exponent is, written out."""
    if not _POWER.fullmatch(plain):
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    if number.adjusted() > _MOST or number != number.to_integral_value() or not number:
        return None
    return f"{number:f}".split(".")[0]


def _rounded(plain: str) -> tuple[int, int, int] | None:
    """Of a number that was shown rounded, or cut: how many digits it had, how many are right, and these."""
    found = _POWER.fullmatch(plain)
    if (
        found
        and int(found.group(2)) >= _SHOWN_ROUNDED
        and len(found.group(1)) < _KEPT
        and ("." in found.group(1) or len(found.group(1)) == 1)
    ):
        digits = found.group(1).replace(".", "")
        return int(found.group(2)) + 1, len(digits), int(digits)
    if re.fullmatch(rf"[1-9]\d{{{_KEPT - 1}}}0+", plain):
        return len(plain), _KEPT, int(plain[:_KEPT])
    return None


def _days(plain: str) -> set[str]:
    """The short codes that a spreadsheet takes for this day or month."""
    day: tuple[int, int, int | None] | None = None  # month, day, year
    if re.fullmatch(r"\d{5}", plain) and _FIRST_DAY <= int(plain) <= _LAST_DAY:
        when = date(1899, 12, 30) + timedelta(days=int(plain))
        day = (when.month, when.day, when.year)
    elif found := re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)(?:t?0{1,2}:00(?::00)?)?", plain):
        day = (int(found.group(2)), int(found.group(3)), int(found.group(1)))
    elif found := re.fullmatch(r"(\d\d?)([./-])(\d\d?)\2(\d{4}|\d\d)", plain):
        one, other, year = int(found.group(1)), int(found.group(3)), int(found.group(4)[-2:]) + 2000
        return _short(one, other, year) | _short(other, one, year)
    elif found := re.fullmatch(r"(\d\d?)-?([a-z]{3})|([a-z]{3})-?(\d\d?|\d{4})", plain):
        name, number = found.group(2) or found.group(3), found.group(1) or found.group(4)
        if name not in MONTHS:
            return set()
        month = MONTHS.index(name) + 1
        # 05-Mar is the fifth of March; Mar-05 is March of 2005.
        keys = _short(month, int(number), None) if len(number) < 3 else set()
        return (
            keys
            | {f"{month}{mark}{year}" for mark in "-/." for year in (number, f"20{number[-2:]}")}
            | {f"{name}{number}"}
        )
    return _short(*day) if day else set()


def _short(month: int, day: int, year: int | None) -> set[str]:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return set()
    name = MONTHS[month - 1]
    pairs = {f"{a}{mark}{b:{pad}}" for mark in "-/." for a, b in ((month, day), (day, month)) for pad in ("", "02")}
    words = {f"{day}{name}", f"{day}-{name}", f"{name}{day}", f"{name}-{day}", f"{name}{day:02}", f"{name}-{day:02}"}
    if year is None:
        return pairs | words
    if day == 1:
        words |= {f"{name}{year}", f"{name}-{year}", f"{name}{year % 100:02}", f"{name}-{year % 100:02}"}
        pairs |= {f"{month}{mark}{y}" for mark in "-/." for y in (year, f"{year % 100:02}")}
    full = {f"{pair}{mark}{y}" for pair in pairs for mark in "-/." for y in (year, f"{year % 100:02}") if mark in pair}
    return pairs | words | full
