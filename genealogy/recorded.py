"""Everything that was ever recorded of an item, in the order in which it became known, corrections and voids included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.snapshot.index import runs
from genealogy.snapshot.layout import INDEXED

if TYPE_CHECKING:
    from genealogy.evidence import Evidence
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

MOST = 500
"""Facts of one item that are read at a time."""


def recorded(
    snapshot: Snapshot, evidence: Evidence, item: str, as_of: int, *, skip: int = 0, most: int = MOST
) -> dict[str, Any]:
    """The facts that name an item under any of its codes, up to an entry.

    Args:
        snapshot: of the plant.
        evidence: where facts are read from.
        item: its id.
        as_of: entry of the ledger.
        skip: so many of the oldest are passed over.
        most: so many are read.

    Returns:
        ``facts`` (each with table, entry, file, row, cells, and ``until``: the entry that superseded or withdrew it, None
        while it is in force), oldest first; ``before``, the number of facts that were passed over, and ``more``, of those that
        come after the ones that were read.
    """
    moment = snapshot.moment(as_of)
    found = _found(moment, item)
    if len(found) > most:
        found = _as_written(moment, evidence, found)
    told = []
    for _, table, row, ended in found[skip : skip + most]:
        (fact,) = evidence.facts(moment, table, np.array([row]))
        told.append(fact.as_json() | {"until": ended})
    return {"facts": told, "before": min(skip, len(found)), "more": max(len(found) - skip - most, 0)}


def as_written(moment: Moment, evidence: Evidence, table: str, rows: Array) -> Array:
    """Rows of a table in the order of their rows in the file, before some of them are left out.

    Else they stand in the order of their keys; where a place or party in these may not be known to somebody, what is left
    out would tell its order.
    """
    if table not in _KEYED or len(rows) < 2:
        return np.sort(rows)
    rows = np.sort(rows)
    facts = evidence.facts(moment, table, rows)
    order = sorted(range(len(rows)), key=lambda place: (facts[place].entry, facts[place].row))
    found: Array = rows[np.array(order, np.int64)]
    return found


_KEYED = frozenset({"stock", "dispositions", "results"})
"""Tables in whose keys something stands that not everybody may know."""


def _as_written(
    moment: Moment, evidence: Evidence, found: list[tuple[int, str, int, int | None]]
) -> list[tuple[int, str, int, int | None]]:
    place: dict[tuple[str, int], int] = {}
    for table in _KEYED:
        rows = as_written(moment, evidence, table, np.array([row for _, t, row, _ in found if t == table], np.int64))
        place |= {(table, row): at for at, row in enumerate(rows.tolist())}
    return sorted(found, key=lambda fact: (*fact[:2], place.get((fact[1], fact[2]), fact[2])))


def changes(snapshot: Snapshot, item: str, as_of: int) -> dict[int, dict[str, int]]:
    """Every entry that said something of an item, or ended what was said: by table, how many facts; oldest first.

    Args:
        snapshot: of the plant.
        item: its id.
        as_of: entry of the ledger.
    """
    found: dict[int, dict[str, int]] = {}
    for since, table, _, ended in _found(snapshot.moment(as_of), item):
        for entry in (since, ended):
            if entry is not None:
                tables = found.setdefault(entry, {})
                tables[table] = tables.get(table, 0) + 1
    return {entry: dict(sorted(tables.items())) for entry, tables in sorted(found.items())}


def _found(moment: Moment, item: str) -> list[tuple[int, str, int, int | None]]:
    """Since when, table, row and until when of every fact that names an item, oldest first."""
    number = moment.codes.find([item])
    if number[0] < 0:
        return []
    codes, _ = moment.items.spellings(number)
    found: set[tuple[int, str, int, int | None]] = set()
    for table, column in INDEXED:
        if column == "step_id":
            continue
        for row in _rows(moment, table, column, codes).tolist():
            until = int(moment.column(table, "until")[row])
            found.add((int(moment.column(table, "since")[row]), table, row, None if until > moment.as_of else until))
    return sorted(found, key=lambda fact: fact[:3])


def _rows(moment: Moment, table: str, column: str, codes: Array) -> Array:
    """Rows of every version up to the moment."""
    start = moment.column(table, f"{column}.start")
    if len(start) < 2:
        return np.zeros(0, np.int64)
    place, _ = runs(start, codes)
    rows = moment.column(table, f"{column}.rows")[place]
    known: Array = rows[moment.column(table, "since")[rows] <= moment.as_of]
    return known
