"""Part a large CSV file into the records that are beyond doubt and the few that are not, without looking at each one.

One ragged row among a million must not make the other records slow: the good ones go on to the quick way, the bad ones
to the exact way. Where quotes are in doubt nothing is parted here.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sifted:
    """The parts of a CSV body.

    Attributes:
        good: the records with the right number of cells, as CSV of their own.
        rows: for each its place among the lines of the body (blank ones counted), from 0.
        bad: the other records, each with its place.
    """

    good: bytes
    rows: Places
    bad: list[tuple[int, bytes]]


def strict_quotes(body: npt.NDArray[np.uint8], delimiter: int) -> Places | None:
    """Return where the quotes stand, or None where one stands where RFC 4180 has none."""
    quotes = np.flatnonzero(body == 0x22)
    if len(quotes) % 2:
        return None
    opened, closed = quotes[0::2], quotes[1::2]
    before = body[np.maximum(opened - 1, 0)]
    after = body[np.minimum(closed + 1, len(body) - 1)]
    if not bool(np.all((opened == 0) | np.isin(before, (delimiter, 0x0A, 0x0D, 0x22)))):
        return None
    if not bool(np.all((closed == len(body) - 1) | np.isin(after, (delimiter, 0x0A, 0x0D, 0x22)))):
        return None
    return quotes


def outside(quotes: Places, places: Places) -> Places:
    """Keep the places that are not inside quotes."""
    return places[np.searchsorted(quotes, places) % 2 == 0] if len(quotes) else places


def sift(data: bytes, start: int, stop: int, width: int, delimiter: str) -> Sifted | None:
    """Part the records between ``start`` and ``stop``; None where a quote, a NUL or a line end is in doubt.

    Args:
        data: the file.
        start: where its first record begins.
        stop: where its last record ends, without its line end.
        width: how many cells a record has.
        delimiter: between cells.
    """
    if data.count(b"\r", start, stop) != data.count(b"\r\n", start, stop) or data.find(b"\x00", start, stop) >= 0:
        return None
    view = memoryview(data)[start:stop]
    body = np.frombuffer(view, np.uint8)
    quotes = strict_quotes(body, ord(delimiter))
    if quotes is None:
        return None
    feeds = np.flatnonzero(body == 0x0A)
    ends = np.append(outside(quotes, feeds), len(body))
    starts = np.append(0, ends[:-1] + 1)
    text_ends = ends - ((ends > starts) & (body[np.maximum(ends - 1, 0)] == 0x0D))
    marks = outside(quotes, np.flatnonzero(body == ord(delimiter)))
    cells = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
    blank = text_ends == starts
    bad = ~blank & (cells != width)
    _mark_other_bytes(view, starts, ends, bad)
    if bool(np.any(np.searchsorted(feeds, ends[bad]) > np.searchsorted(feeds, starts[bad]))):
        return None  # a bad record that spans lines: which of them is damaged takes the exact way to tell
    good = ~blank & ~bad
    edges = np.flatnonzero(np.diff(np.concatenate(([0], good.astype(np.int8), [0]))))
    runs = [view[starts[first] : ends[last - 1]] for first, last in zip(edges[0::2], edges[1::2], strict=True)]
    odd = [(int(index), bytes(view[starts[index] : text_ends[index]])) for index in np.flatnonzero(bad)]
    return Sifted(b"\n".join(runs), np.flatnonzero(good), odd)


def _mark_other_bytes(view: memoryview, starts: Places, ends: Places, bad: npt.NDArray[np.bool_]) -> None:
    """Mark the records that hold bytes which are not UTF-8."""
    offset = 0
    while offset < len(view):
        try:
            codecs.utf_8_decode(view[offset:], "strict", True)
        except UnicodeDecodeError as error:
            record = int(np.searchsorted(ends, offset + error.start))
            bad[record] = True
            offset = int(ends[record]) + 1
        else:
            return
