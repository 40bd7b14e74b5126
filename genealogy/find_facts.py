"""The second road to the items that a text names: the ledger's own facts, without the graph.

A receipt that is missing from the graph must not drop out of a recall in silence, so what the graph finds is joined with
what the facts say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

if TYPE_CHECKING:
    from genealogy.history import History


def facts_bearing(
    history: History, table: str, columns: tuple[str, ...], text: str, as_of: int
) -> list[dict[str, Any]]:
    """The facts in force of a table in which one of the columns is the text, with codes as written."""
    keys = history.keys_bearing(table, columns, text, as_of)
    rows = history.in_force(table, {"key": keys}, as_of) if len(keys) else None
    if rows is None:
        return []
    hits = [pc.fill_null(pc.equal(rows[column], text), fill_value=False) for column in columns]
    mask = hits[0]
    for hit in hits[1:]:
        mask = pc.or_(mask, hit)
    found: list[dict[str, Any]] = rows.filter(mask).to_pylist()
    return found
