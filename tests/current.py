"""What is known before a load, in memory: the facts of the loads so far, folded as the ledger's history folds them."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.current import Correction
from genealogy.facts import fact_schema
from loaders.plant import Prepared, prepare
from loaders.raw import BadRow, RawTable, Source, text_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set


class InMemory:
    """Loads one after the other, without a disk."""

    def __init__(self) -> None:
        self.loads: list[Prepared] = []
        self.zones: list[str | None] = []

    def load(self, *raws: RawTable, zone: str | None = "Europe/Berlin") -> Prepared:
        prepared = prepare(raws, self, zone=zone)
        self.loads.append(prepared)
        self.zones.append(zone)
        return prepared

    def state(self, table: str) -> list[dict[str, object]]:
        """The facts in force, without file and row, in the order of the ledger."""
        rows = self._last(table)
        return [
            {name: value for name, value in row.items() if name not in ("file", "row")}
            for _, group in sorted(rows.items())
            for row in group
            if row["op"] == 0
        ]

    def keys(self, table: str) -> list[str]:
        return [str(row["key"]).replace("\x1f", "/") for row in self.state(table)]

    def _last(self, table: str) -> dict[str, list[dict[str, object]]]:
        last: dict[str, list[dict[str, object]]] = {}
        for prepared in self.loads:
            entry = defaultdict(list)
            for row in prepared.facts[table].to_pylist() if table in prepared.facts else []:
                entry[row["key"]].append(row)
            last.update(entry)
        return last

    def current(self, table: str, keys: pa.Array) -> pa.Table:
        wanted = set(keys.to_pylist())
        asserted: Counter[object] = Counter()
        last: dict[object, list[dict[str, object]]] = {}
        for entry, prepared in enumerate(self.loads, start=1):
            here = defaultdict(list)
            for row in prepared.facts[table].to_pylist() if table in prepared.facts else []:
                here[row["key"]].append(row | {"entry": entry, "version_number": asserted[row["key"]]})
            asserted.update(key for key, group in here.items() if group[0]["op"] == 0)
            last.update(here)
        rows = [row for key, group in last.items() if key in wanted for row in group]
        schema = fact_schema(table).append(pa.field("entry", pa.int64())).append(pa.field("version_number", pa.int64()))
        return pa.Table.from_pylist(rows, schema=schema)

    def aliases(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.state("aliases"):
            if row["kind"] == kind:
                found[str(row["code"])][str(row["system"])] = str(row["means"])
        return found

    def open_quarantine(self) -> set[str]:
        settled = self._entries("_corrected")
        return {number for number, entry in self._entries("_quarantine").items() if settled.get(number, -1) < entry}

    def corrected(self) -> set[str]:
        recorded = self._entries("_quarantine")
        return {number for number, entry in self._entries("_corrected").items() if recorded.get(number, -1) <= entry}

    def corrections(self, ids: Set[str]) -> dict[str, Correction]:
        return {
            row["quarantine_id"]: Correction(entry, row["key"], row["file"], row["row"])
            for entry, prepared in enumerate(self.loads, start=1)
            for row in (prepared.facts["_corrected"].to_pylist() if "_corrected" in prepared.facts else [])
            if row["quarantine_id"] in ids
        }

    def rejected(self, rule: str) -> pa.Table | None:
        open_, last = self.open_quarantine(), self._entries("_quarantine")
        rows = [
            row | {"entry": entry}
            for entry, prepared in enumerate(self.loads, start=1)
            for row in (prepared.facts["_quarantine"].to_pylist() if "_quarantine" in prepared.facts else [])
            if row["rule"] == rule and row["quarantine_id"] in open_ and last[row["quarantine_id"]] == entry
        ]
        return pa.Table.from_pylist(rows) if rows else None

    def details(self, sequence: int) -> dict[str, object]:
        prepared = self.loads[sequence - 1]
        told = {"files": prepared.files, "earlier_files": prepared.earlier_files, "zone": self.zones[sequence - 1]}
        return told | {"corrects": prepared.corrects, "facts": prepared.facts}

    def _entries(self, document: str) -> dict[str, int]:
        return {
            number: entry
            for entry, prepared in enumerate(self.loads, start=1)
            if document in prepared.facts
            for number in prepared.facts[document]["quarantine_id"].to_pylist()
        }


def raw_table(
    table: str,
    header: str | Sequence[str],
    *rows: Sequence[str],
    file: str | None = None,
    bad: Sequence[BadRow] = (),
    ids: Sequence[str] | None = None,
) -> RawTable:
    """Rows as a reader hands them over; ``header`` may be words separated by blanks."""
    names = header.split() if isinstance(header, str) else list(header)
    columns = [[row[at] for row in rows] for at in range(len(names))]
    name = file or f"{table}.csv"
    content = repr((name, names, rows, bad))
    return RawTable(
        Source(name, Path(name), f"{hash(content):x}", len(content)),
        table,
        text_table(names, columns) if names else pa.table({}),
        np.arange(2, len(rows) + 2, dtype=np.int32),
        bad=list(bad),
        quarantine_ids=list(ids) if ids is not None else None,
    )


def plain(facts: pa.Table) -> list[dict[str, object]]:
    """Facts without the place in the files that they came from."""
    return facts.drop_columns(["file", "row"]).to_pylist()


def total(facts: pa.Table | None, column: str = "quantity") -> list[str | None]:
    return sorted(facts[column].to_pylist(), key=str) if facts is not None else []


def nothing_new(prepared: Prepared) -> bool:
    return not prepared.facts and all(file["accepted"] == 0 for file in prepared.files)


def any_null(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.is_null(column)).as_py())
