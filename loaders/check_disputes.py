"""What rows in conflict state otherwise than one another: the columns, the values, and where the other rows stand."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.merge_group import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from loaders.check import Checked

_SHOWN = 3
_EXPLAINED = 1000
"""Rows of which the reason is worked out; all of them stand in the quarantine file."""


def disputed(
    files: Sequence[tuple[int, Checked]], statuses: Sequence[npt.NDArray[np.uint8]]
) -> dict[int, dict[int, str]]:
    """Say of rows in conflict what other rows of the load state for the same key.

    Args:
        files: number of each file in the load, and its judged rows of one table.
        statuses: for each file, what became of each of its rows.

    Returns:
        By number of the file and row (counted from 0) the words; a row without another of its key is absent.
    """
    found: dict[int, dict[int, str]] = {number: {} for number, _ in files}
    by_key: dict[str, list[tuple[int, Checked, int, dict[str, str | None]]]] = defaultdict(list)
    left = _EXPLAINED
    for (number, checked), status in zip(files, statuses, strict=True):
        rows = np.flatnonzero(status == Status.CONFLICT)[:left]
        left -= len(rows)
        at = pa.array(rows)
        names = sorted(checked.values)
        columns = [checked.values[name].take(at).to_pylist() for name in names]
        for row, key, *texts in zip(rows, checked.key.take(at).to_pylist(), *columns, strict=True):
            by_key[key].append((number, checked, int(row), dict(zip(names, texts, strict=True))))
    for members in by_key.values():
        for number, _, row, mine in members:
            told = [
                words
                for _, other, place, theirs in members
                if (words := _difference(mine, theirs, f"{other.raw.file} row {other.raw.rows[place]}"))
            ]
            if told:
                more = f"; and {len(told) - _SHOWN} more rows" if len(told) > _SHOWN else ""
                found[number][row] = "; ".join(told[:_SHOWN]) + more
    return found


def _difference(mine: dict[str, str | None], theirs: dict[str, str | None], place: str) -> str:
    other = [name for name in sorted(mine.keys() & theirs.keys()) if mine[name] != theirs[name]]
    if not other:
        return ""
    stated = ", ".join(f"{name} {theirs[name]!r}" if theirs[name] is not None else f"an empty {name}" for name in other)
    own = ", ".join(repr(mine[name]) if mine[name] is not None else "empty" for name in other)
    return f"{stated} in {place}, {own} here"
