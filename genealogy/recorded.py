"""Everything that was ever recorded of an item, in the order in which it became known, corrections and voids included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.snapshot.index import runs
from genealogy.snapshot.layout import INDEXED, NEVER

if TYPE_CHECKING:
    from genealogy.evidence import Evidence
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

MOST = 500
"""Facts that are read for one item; ``more`` says how many there are beside them."""


def recorded(snapshot: Snapshot, evidence: Evidence, item: str, as_of: int) -> dict[str, Any]:
    """The facts that name an item under any of its codes, up to an entry.

    Args:
        snapshot: of the plant.
        evidence: where facts are read from.
        item: its id.
        as_of: entry of the ledger.

    Returns:
        ``facts`` (each with table, entry, file, row, cells, and ``until``: the entry that superseded or withdrew it, None
        while it is in force), oldest first, and ``more``, the number of facts that were not read.
    """
    moment = snapshot.moment(as_of)
    number = moment.codes.find([item])
    if number[0] < 0:
        return {"facts": [], "more": 0}
    codes, _ = moment.items.spellings(number)
    found: list[tuple[int, str, int, int | None]] = []
    for table, column in INDEXED:
        if column == "step_id":
            continue
        for row in _rows(moment, table, column, codes).tolist():
            until = int(moment.column(table, "until")[row])
            found.append((int(moment.column(table, "since")[row]), table, row, None if until > as_of else until))
    found = sorted(set(found), key=lambda fact: fact[:3])
    told = []
    for _, table, row, ended in found[:MOST]:
        (fact,) = evidence.facts(moment, table, np.array([row]))
        told.append(fact.as_json() | {"until": None if ended == NEVER else ended})
    return {"facts": told, "more": max(len(found) - MOST, 0)}


def _rows(moment: Moment, table: str, column: str, codes: Array) -> Array:
    """Rows of every version up to the moment."""
    start = moment.column(table, f"{column}.start")
    if len(start) < 2:
        return np.zeros(0, np.int64)
    place, _ = runs(start, codes)
    rows = moment.column(table, f"{column}.rows")[place]
    known: Array = rows[moment.column(table, "since")[rows] <= moment.as_of]
    return known
