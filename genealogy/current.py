"""What a loader needs to know of the facts in force before it adds to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.facts import fact_schema

if TYPE_CHECKING:
    import pyarrow as pa

    from genealogy.history import History


class CurrentFacts:
    """The last version of each fact, by table and key, from the ledger."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._found: dict[str, tuple[int, set[str]]] = {}

    def current(self, table: str, keys: pa.Array) -> pa.Table:
        """The last rows of these keys, voided ones included, in the columns of a facts document."""
        rows = self._history.last(table, {"key": keys})
        schema = fact_schema(table)
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
        """Ids of quarantined rows that no corrected row settled."""
        return self._ids("_quarantine") - self.corrected()

    def corrected(self) -> set[str]:
        """Ids of quarantined rows that a corrected row settled."""
        return self._ids("_corrected")

    def _ids(self, table: str) -> set[str]:
        last, found = self._found.get(table, (-1, set()))
        for sequence in self._history.entries_of(table, after=last):
            found.update(self._history.document(table, sequence, ["quarantine_id"])["quarantine_id"].to_pylist())
            last = sequence
        self._found[table] = last, found
        return set(found)
