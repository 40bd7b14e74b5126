"""What a loader needs to know of the facts in force before it adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.facts import fact_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from genealogy.history import History

QUARANTINE, CORRECTED = "_quarantine", "_corrected"


@dataclass(frozen=True, slots=True)
class Correction:
    """Where what settled a quarantined row stands.

    Attributes:
        entry: that settled it.
        key: of the fact; None where it settled without one, or where the entry does not say.
        file: number of the file in that entry.
        row: of that file.
    """

    entry: int
    key: str | None
    file: int | None
    row: int | None


class CurrentFacts:
    """The last version of each fact, by table and key, from the ledger."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._found: dict[str, tuple[int, dict[str, int]]] = {}
        self.details = lru_cache(maxsize=64)(history.details)

    def current(self, table: str, keys: pa.Array) -> pa.Table:
        """The last rows of these keys, voided ones included.

        In the columns of a facts document, with ``entry`` (that brought it) and ``version_number`` (how many versions of
        the key were asserted before).
        """
        rows = self._history.last(table, {"key": keys})
        schema = fact_schema(table).append(pa.field("entry", pa.int64())).append(pa.field("version_number", pa.int64()))
        return schema.empty_table() if rows is None else rows.select(schema.names).cast(schema)

    def aliases(self, kind: str) -> dict[str, dict[str, str]]:
        """Code to (system to meaning), for one kind of alias."""
        rows = self._history.in_force("aliases")
        found: dict[str, dict[str, str]] = {}
        if rows is not None:
            columns = (rows[name].to_pylist() for name in ("kind", "code", "system", "means"))
            for of_kind, code, system, means in zip(*columns, strict=True):
                if of_kind == kind:
                    found.setdefault(code, {})[system] = means
        return found

    def open_quarantine(self) -> set[str]:
        """Ids of quarantined rows that nothing settled since they were last recorded."""
        settled = self._entries(CORRECTED)
        return {number for number, entry in self._entries(QUARANTINE).items() if settled.get(number, -1) < entry}

    def corrected(self) -> set[str]:
        """Ids of quarantined rows that a corrected row settled."""
        recorded = self._entries(QUARANTINE)
        return {number for number, entry in self._entries(CORRECTED).items() if recorded.get(number, -1) <= entry}

    def corrections(self, ids: Set[str]) -> dict[str, Correction]:
        """What settled these quarantined rows last."""
        entries = self._entries(CORRECTED)
        found = {}
        for entry in sorted({entries[number] for number in ids if number in entries}):
            rows = self._history.document(CORRECTED, entry)
            wanted = pa.array([number for number in ids if entries.get(number) == entry], pa.string())
            for row in rows.filter(pc.is_in(rows["quarantine_id"], value_set=wanted)).to_pylist():
                place = (row.get("key"), row.get("file"), row.get("row"))
                found[row["quarantine_id"]] = Correction(entry, *place)
        return found

    def rejected(self, rule: str) -> pa.Table | None:
        """The open quarantined rows that broke a rule, each as it was last recorded, with its ``entry``; None: no such."""
        recorded, waiting = self._entries(QUARANTINE), self.open_quarantine()
        parts = []
        for entry in sorted({recorded[number] for number in waiting}):
            rows = self._history.document(QUARANTINE, entry)
            rows = rows.filter(pc.equal(rows["rule"], rule))
            ids = rows["quarantine_id"].to_pylist()
            last = np.array([number in waiting and recorded[number] == entry for number in ids], bool)
            if last.any():
                rows = rows.filter(pa.array(last))
                parts.append(rows.append_column("entry", pa.repeat(pa.scalar(entry, pa.int64()), rows.num_rows)))
        return pa.concat_tables(parts) if parts else None

    def _entries(self, table: str) -> Mapping[str, int]:
        """The last entry that names each id in one of the two tables."""
        last, found = self._found.get(table, (-1, {}))
        for sequence in self._history.entries_of(table, after=last):
            ids = self._history.document(table, sequence, ["quarantine_id"])["quarantine_id"].to_pylist()
            found.update(dict.fromkeys(ids, sequence))
            last = sequence
        self._found[table] = last, found
        return found
