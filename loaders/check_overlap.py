"""Rows without a line number that stand alike in several files of one load: each counts, so an overlap counts twice."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from genealogy.plant import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loaders.check import Checked

_SHOWN = 20


def told_twice(files: Sequence[tuple[int, Checked]]) -> list[str]:
    """Name the rows that several files of one load state alike, by pair of files.

    They are two drums, or one that was exported twice; only a person can tell. A group of rows without line number is a
    multiset within a load, so all of them count.

    Args:
        files: number of each file in the load, and its judged rows of one table.
    """
    if len(files) < 2 or not TABLES[files[0][1].raw.table].grouped:
        return []
    chosen = [
        np.flatnonzero((checked.faults == 0) & checked.multiset & ~checked.void & _fresh(checked))
        for _, checked in files
    ]
    keys = pa.concat_arrays([c.key.take(pa.array(rows)) for (_, c), rows in zip(files, chosen, strict=True)])
    if not len(keys):
        return []
    codes = np.asarray(keys.dictionary_encode().indices).astype(np.int64)
    owner = np.repeat(np.arange(len(files)), [len(rows) for rows in chosen])
    in_files = np.bincount(np.unique(codes * len(files) + owner) // len(files))
    shared = in_files[codes] > 1
    alike: dict[tuple[str, frozenset[tuple[str, str]]], dict[int, list[int]]] = defaultdict(dict)
    for number, (_, checked) in enumerate(files):
        rows = chosen[number][shared[owner == number]]
        for row, key, content in zip(
            rows, checked.key.take(pa.array(rows)).to_pylist(), _contents(checked, rows), strict=True
        ):
            alike[key, content].setdefault(number, []).append(int(checked.raw.rows[row]))
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (key, _), places in sorted(alike.items(), key=lambda each: (each[0][0], sorted(each[0][1]))):
        (first, mine), *others = sorted(places.items())
        for other, theirs in others:
            shown = key.replace("\x1fT\x1f", " / ").replace("\x1f", " / ").rstrip(" /")
            for one, two in zip(mine, theirs, strict=False):
                pairs[first, other].append(f"{shown} (row {one} and row {two})")
    return [
        _note(files[first][1].raw.file, files[other][1].raw.file, told)
        for (first, other), told in sorted(pairs.items())
    ]


def _fresh(checked: Checked) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows that correct no quarantined row by its id."""
    given = checked.raw.quarantine_ids
    return np.array([not number for number in given], bool) if given else np.ones(len(checked.faults), bool)


def _contents(checked: Checked, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[frozenset[tuple[str, str]]]:
    """What rows state, without what they leave open."""
    at = pa.array(rows)
    columns = {name: checked.values[name].take(at).to_pylist() for name in sorted(checked.stated)}
    columns["+"] = checked.extra.take(at).to_pylist()
    return [
        frozenset((name, text) for name, text in zip(columns, row, strict=True) if text is not None)
        for row in zip(*columns.values(), strict=True)
    ]


def _note(one: str, other: str, told: Sequence[str]) -> str:
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return (
        f"rows without line_no stand alike in {one} and {other} ({len(told)}), and each of them counts, for two drums may be "
        f"alike. Where one file repeats the other, load them one after the other instead (a later load's rows replace those "
        f"of the same step, item and time), or give each row a line_no: {'; '.join(told[:_SHOWN])}{more}"
    )
