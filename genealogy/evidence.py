"""Where a fact was read: the entry, the file and the row, so that every number can be taken back to its source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.plant import TABLES

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from genealogy.ledger import Ledger
    from genealogy.snapshot.moment import Moment

    Rows = npt.NDArray[np.integer[Any]]

_DOCUMENTS = 16
"""So many documents of facts are kept at hand: the evidence of one answer comes from few of them."""
_PARTS = 2
"""So often a document is read in parts; one that is asked for again is worth unpacking whole."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A recorded fact and where it was read.

    Attributes:
        table: of the plant format.
        entry: of the ledger.
        file: as it was named when it was loaded; empty where the entry does not say.
        row: of that file, as a spreadsheet counts (the header is row 1).
        cells: what the row states, as text as recorded; columns that state nothing are left out.
    """

    table: str
    entry: int
    file: str
    row: int
    cells: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """For an answer."""
        return {"table": self.table, "entry": self.entry, "file": self.file, "row": self.row, "cells": self.cells}


class Evidence:
    """Finds recorded facts in the ledger's documents.

    Args:
        ledger: whose facts they are.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read = lru_cache(maxsize=_DOCUMENTS)(self._document)
        self._asked: Counter[tuple[str, int]] = Counter()

    def facts(self, moment: Moment, table: str, rows: Rows) -> list[Fact]:
        """The facts that stand in these rows of a table of the snapshot, in the same order."""
        found: list[Fact | None] = [None] * len(rows)
        entries, positions = moment.facts(table, rows)
        columns = [column.name for column in TABLES[table].facts]
        for entry in np.unique(entries).tolist():
            places = np.flatnonzero(entries == entry)
            files = self.files(entry)
            for place, row in zip(places.tolist(), self._rows(table, entry, positions[places]), strict=True):
                cells = {name: row[name] for name in columns if row.get(name) is not None}
                number = row["file"]
                file = files[number] if number is not None and 0 <= number < len(files) else ""
                found[place] = Fact(table, entry, file, row["row"], cells)
        return [fact for fact in found if fact is not None]

    def named(self, said: Any) -> Any:
        """The same part of an answer, with the names of files where rows in quarantine tell only their number."""
        if isinstance(said, list):
            return [self.named(each) for each in said]
        if not isinstance(said, dict):
            return said
        if {"entry", "file", "row", "rule"} <= said.keys():
            files = self.files(said["entry"])
            number = int(said["file"]) if said["file"].isdecimal() else -1
            return {**said, "file": files[number] if 0 <= number < len(files) else said["file"]}
        return {name: self.named(value) for name, value in said.items()}

    def files(self, entry: int) -> list[str]:
        """The files of an entry by number; behind its own stand those of earlier entries that it takes rows from again."""
        details = self._ledger.entry(entry).details
        return [file["file"] for name in ("files", "earlier_files") for file in details.get(name, [])]

    def _rows(self, table: str, entry: int, positions: Rows) -> list[dict[str, Any]]:
        """These rows of a document. The first readings unpack only the parts that hold them, later ones keep all of it."""
        self._asked[table, entry] += 1
        if self._asked[table, entry] > _PARTS:
            whole: list[dict[str, Any]] = self._read(table, entry).take(positions).to_pylist()
            return whole
        each, place = np.unique(positions, return_inverse=True)
        sha = self._ledger.entry(entry).details["facts"][table]
        part = self._ledger.documents.read_rows(sha, each.astype(np.int64)).take(place)
        found: list[dict[str, Any]] = part.to_pylist()
        return found

    def _document(self, table: str, entry: int) -> pa.Table:
        return self._ledger.documents.read_table(self._ledger.entry(entry).details["facts"][table])
