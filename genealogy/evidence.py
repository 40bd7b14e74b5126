"""Where a fact was read: the entry, the file and the row, so that every number can be taken back to its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.plant import TABLES
from genealogy.snapshot.index import grouped

if TYPE_CHECKING:
    import numpy.typing as npt

    from genealogy.ledger import Ledger
    from genealogy.snapshot.moment import Moment

    Rows = npt.NDArray[np.integer[Any]]

_PARTS = 32
"""So many parts of documents (131,072 rows each) are kept unpacked: the evidence of one answer comes from few of them."""
_DOCUMENTS = 256
"""Of so many documents it is kept where their parts begin."""


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
        # What has the digest that names it cannot change: what was read once is right.
        self._part = lru_cache(maxsize=_PARTS)(ledger.documents.read_group)
        self._begins = lru_cache(maxsize=_DOCUMENTS)(ledger.documents.groups)

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
        """These rows of a document, in their order; only the parts that hold them are unpacked, each once."""
        sha = self._ledger.entry(entry).details["facts"][table]
        begins = self._begins(sha)
        found: list[dict[str, Any]] = [{}] * len(positions)
        for number, places in grouped(np.searchsorted(begins, positions, side="right") - 1):
            part = self._part(sha, number).take(positions[places] - begins[number])
            for place, row in zip(places.tolist(), part.to_pylist(), strict=True):
                found[place] = row
        return found
