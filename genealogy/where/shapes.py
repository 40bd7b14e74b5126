"""Rows that are alike in some columns: each combination of values once, so that what is said of many is worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.index import numbered

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array


def shapes(*columns: Array) -> tuple[Array, Array, Array]:
    """Every combination of values, ordered by the first column, then the second and so on.

    Returns:
        The combinations as columns, the number of each row's combination, and how many rows there are of each.
    """
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, place = numbered(column)
        _, key = numbered(key * max(len(values), 1) + place)
    count = np.bincount(key) if len(key) else np.zeros(0, np.int64)
    first = np.zeros(len(count), np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return np.stack([np.asarray(column, np.int64)[first] for column in columns]), key, count
