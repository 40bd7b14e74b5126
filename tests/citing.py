"""Facts cited straight from fact tables, without a ledger: what the product finds in documents, a test finds in its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from facts import Facts, entry
from oracle import Load, Oracle

from genealogy.evidence import Fact
from genealogy.plant import TABLES
from genealogy.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot.moment import Moment


class TableSource:
    """A source of citations over the fact tables of a test."""

    def __init__(self, facts: Facts) -> None:
        self._entries = facts.entries

    def facts(self, moment: Moment, table: str, rows: Any) -> Sequence[Fact]:
        found = []
        for sequence, place in zip(*(column.tolist() for column in moment.facts(table, rows)), strict=True):
            row = self._entries[sequence][table].slice(place, 1).to_pylist()[0]
            cells = {column.name: row[column.name] for column in TABLES[table].facts if row[column.name] is not None}
            found.append(Fact(table, sequence, f"{table}.csv", row["row"], cells))
        return found


def known(loads: list[Load]) -> tuple[Oracle, Snapshot, TableSource, int]:
    """The same loads as the oracle knows them and as arrays, with a source of citations and the last entry."""
    oracle = Oracle(loads)
    facts = Facts.of(*(entry(**one) for one in oracle.entries))
    return oracle, Snapshot.of(facts), TableSource(facts), len(oracle.entries)
