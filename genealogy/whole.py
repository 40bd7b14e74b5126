"""The whole graph as the ledger's facts make it: every record and link that ever was, with the entries between which it held.

A store is filled with it, and checked against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.projection import Change, project, record_rows

if TYPE_CHECKING:
    from genealogy.history import History
    from queries.shape import LinkType, NodeLabel


class WholeGraph:
    """Records from all versions of the facts, links from the changes of all entries put together.

    Attributes:
        applied: the last entry that holds facts, or 0.
        worst_tier: the weakest tier that any link ever had, or -1.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._changes: list[Change] = [
            project(history, sequence, records=False) for sequence in history.entries_with_facts()
        ]
        self.applied = self._changes[-1].sequence if self._changes else 0
        self.worst_tier = max((change.worst_tier for change in self._changes), default=-1)

    def identities(self, label: NodeLabel) -> pa.Array:
        """The ids of an identity label, sorted."""
        parts = [change.identities[label.name] for change in self._changes if label.name in change.identities]
        if not parts:
            return pa.array([], pa.string())
        ids = parts[0] if len(parts) == 1 else pc.unique(pa.concat_arrays(parts))
        return ids.take(pc.sort_indices(ids))

    def records(self, label: NodeLabel) -> pa.Table | None:
        """The records of a label, or None."""
        assert label.table is not None
        rows = self._history.rows(label.table)
        if rows is None:
            return None
        asserted = pc.equal(rows["op"], 0)
        held = rows if pc.all(asserted).as_py() else rows.filter(asserted)
        return record_rows(label, held) if held.num_rows else None

    def links(self, link: LinkType) -> pa.Table | None:
        """The links of a type, or None. A link can end and begin again: each end belongs to the last beginning before it."""
        parts = [change.links[link.name] for change in self._changes if link.name in change.links]
        if not parts:
            return None
        table = pa.concat_tables(parts)
        if not any(link.name in change.closed_links for change in self._changes):
            return table
        last: dict[tuple[str, str, int], int] = {}
        ends: list[int | None] = [None] * table.num_rows
        begun = zip(*(table[name].to_pylist() for name in ("source", "target", "fact")), strict=True)
        number = 0
        for change in self._changes:
            if link.name in change.closed_links:
                for row in zip(*(column.to_pylist() for column in change.closed_links[link.name].columns), strict=True):
                    ends[last[row]] = change.sequence
            for _ in range(len(change.links.get(link.name, ()))):
                last[next(begun)] = number
                number += 1
        return _with_ends(table, ends)


def _with_ends(table: pa.Table, ends: list[int | None]) -> pa.Table:
    index = table.column_names.index("known_until")
    return table.set_column(index, "known_until", pc.coalesce(pa.array(ends, pa.int64()), table["known_until"]))
