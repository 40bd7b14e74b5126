"""Versions: every fact that was ever asserted stays, with the entries between which it was in force.

``since`` is the entry that asserted a row, ``until`` the next entry in which its key occurs (in whatever form, a void
included). A row is in force as of S when ``since <= S < until``. A void is kept as a row that is never in force, so
that it ends what came before and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.layout import NEVER

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array, Arrays


def with_rows(old: Arrays, name: str, columns: Arrays, since: Array, void: Array, keys: tuple[Array, Array]) -> Arrays:
    """Append rows to a table and end the versions that they supersede.

    Args:
        old: the arrays of the snapshot so far.
        name: of the table.
        columns: the new rows, column by column.
        since: entry of each new row (int32), not descending, each later than all entries in ``old``.
        void: whether the row withdraws its key.
        keys: the two fingerprints of each row's natural key; together they stand for the key.

    Returns:
        The arrays of the table that changed.
    """
    known = len(old.get(f"{name}.since", ()))
    new = {f"{name}.{column}": _appended(old, f"{name}.{column}", values) for column, values in columns.items()}
    all_since = _appended(old, f"{name}.since", since)
    until = _appended(old, f"{name}.until", np.where(void, since, NEVER).astype(np.int32))
    numbers = np.arange(known, len(all_since), dtype=np.int32)
    order = np.argsort(keys[0], kind="stable")
    sorted_keys = tuple(key[order] for key in keys)
    first = old.get(f"{name}.key_first", np.zeros(0, np.uint64))
    place = np.searchsorted(first, sorted_keys[0], side="right")
    first = np.insert(first, place, sorted_keys[0])
    second = np.insert(old.get(f"{name}.key_second", np.zeros(0, np.uint64)), place, sorted_keys[1])
    rows = np.insert(old.get(f"{name}.key_row", np.zeros(0, np.int32)), place, numbers[order])
    _end_superseded(first, second, rows, all_since, until, known)
    new |= {f"{name}.since": all_since, f"{name}.until": until}
    return new | {f"{name}.key_first": first, f"{name}.key_second": second, f"{name}.key_row": rows}


def _end_superseded(first: Array, second: Array, rows: Array, since: Array, until: Array, known: int) -> None:
    """Set ``until`` of every row whose key occurs in a later entry; only runs with a new row are looked at."""
    if not len(rows):
        return
    run = np.concatenate([[0], np.cumsum(first[1:] != first[:-1])])
    size = np.bincount(run)
    touched = np.zeros(len(size), bool)
    touched[run[rows >= known]] = True
    chosen = np.flatnonzero((touched & (size > 1))[run])
    if not len(chosen):
        return
    chosen = chosen[np.lexsort((since[rows[chosen]], second[chosen], first[chosen]))]
    row, entry = rows[chosen], since[rows[chosen]]
    same_key = (first[chosen][1:] == first[chosen][:-1]) & (second[chosen][1:] == second[chosen][:-1])
    starts = np.flatnonzero(np.concatenate([[True], ~same_key | (entry[1:] != entry[:-1])]))  # one key in one entry
    follows = np.concatenate([same_key[starts[1:] - 1], [False]])
    ends = np.where(follows, np.concatenate([entry[starts[1:]], [0]]), NEVER)
    ends = np.repeat(ends, np.diff(np.concatenate([starts, [len(chosen)]])))
    in_force = until[row] > entry  # a void never is
    until[row[in_force]] = ends[in_force]


def _appended(old: Arrays, name: str, values: Array) -> Array:
    return np.concatenate([old[name], values]) if name in old else values
