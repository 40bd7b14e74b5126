"""Finding the rows of a table by a code: for each code the run of row numbers in which it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array, Arrays


def with_indexed(old: Arrays, name: str, column: Array, known: int, codes: int) -> Arrays:
    """Bring the index of a column up to date.

    Args:
        old: the arrays of the snapshot so far.
        name: of the index.
        column: the whole column (int32), -1 where there is nothing to find.
        known: how many of its rows the index holds already.
        codes: how many codes there are now.

    Returns:
        ``NAME.start`` (one more than there are codes) and ``NAME.rows``: rows of code c stand from start[c] to
        start[c + 1].
    """
    start = old.get(f"{name}.start", np.zeros(1, np.int32))
    start = np.concatenate([start, np.full(codes + 1 - len(start), start[-1], start.dtype)])
    rows = old.get(f"{name}.rows", np.zeros(0, np.int32))
    fresh = np.flatnonzero(column[known:] >= 0).astype(np.int32) + np.int32(known)
    if not len(fresh):
        return {f"{name}.start": start, f"{name}.rows": rows}
    fresh = fresh[np.argsort(column[fresh], kind="stable")]
    rows = np.insert(rows, start[column[fresh] + 1], fresh) if len(rows) else fresh
    counted = np.bincount(column[fresh], minlength=codes)
    start = start + np.concatenate([[0], np.cumsum(counted)]).astype(start.dtype)
    return {f"{name}.start": start, f"{name}.rows": rows}


def runs(start: Array, nodes: Array) -> tuple[Array, Array]:
    """The positions of all runs, one after the other, and for each position which of the nodes it belongs to."""
    begin = start[nodes]
    return spans(begin, start[nodes + 1] - begin)


def spans(begin: Array, size: Array) -> tuple[Array, Array]:
    """Spell out spans of positions: ``begin``, ``begin + 1`` ... for each, with the number of the span beside it."""
    if not len(size) or size.max() <= 1:  # as where each of a million units has one record: nothing to spell out
        owner = np.flatnonzero(size)
        return (begin if len(owner) == len(size) else begin[owner]).astype(np.int64), owner
    owner = np.repeat(np.arange(len(size)), size)
    before = np.cumsum(size) - size
    return np.arange(len(owner)) + (begin - before)[owner], owner


def different(values: Array) -> Array:
    """The different values, ascending; for thousands of them several times as fast as by hashing."""
    least = int(values.min()) if len(values) else 0
    size = int(values.max()) - least + 1 if len(values) else 0
    if 0 < size <= 4 * len(values):  # of a million in a narrow range, ticking off is faster than sorting
        there = np.zeros(size, bool)
        there[values - least] = True
        return (np.flatnonzero(there) + least).astype(values.dtype)
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def numbered(values: Array) -> tuple[Array, Array]:
    """The different values, ascending, and which of them stands in each place."""
    least = int(values.min()) if len(values) else 0
    size = int(values.max()) - least + 1 if len(values) else 0
    if not 0 < size <= 4 * len(values):
        found, place = np.unique(values, return_inverse=True)
        return found, place.reshape(-1)
    there = np.zeros(size, bool)
    there[values - least] = True
    rank = np.cumsum(there, dtype=np.int64) - 1
    return (np.flatnonzero(there) + least).astype(values.dtype), rank[values - least]


def distinct(*columns: Array) -> Array:
    """The position of the first of each combination of values, ascending."""
    first, _ = counted(*columns)
    return np.sort(first)


def counted(*columns: Array) -> tuple[Array, Array]:
    """The position of the first of each combination of values, and how often it occurs; ordered by the last column."""
    if not len(columns[0]):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.lexsort(columns)
    new = np.zeros(len(order), bool)
    new[0] = True
    for column in columns:
        ordered = column[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    at = np.flatnonzero(new)
    return order[at], np.diff(np.append(at, len(order)))  # lexsort is stable: the first of equals stands first


def grouped(owner: Array) -> list[tuple[int, Array]]:
    """Each value that occurs, ascending, with the positions at which it does, ascending."""
    if not len(owner):
        return []
    order = np.argsort(owner, kind="stable")
    values, first = np.unique(owner[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, first[1:]), strict=True))
