"""Entry, file and row of many facts at once: of a ledger's document no more is unpacked than the two columns that say it.

A report shows where thousands of facts were read, and states what they say in columns of its own. On a cold start
unpacking every column of every document that is cited would take longer than all the rest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from genealogy.evidence import Evidence, Fact
from genealogy.snapshot.index import grouped

if TYPE_CHECKING:
    import pyarrow as pa

    from genealogy.evidence import Rows
    from genealogy.ledger import Ledger
    from genealogy.report.content import Cell
    from genealogy.snapshot.moment import Moment


class RowSources:
    """Finds where recorded facts were read; what ``Evidence`` says of each, without its cells.

    Args:
        ledger: whose facts they are.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._evidence = ledger, Evidence(ledger)
        self._read = lru_cache(maxsize=None)(self._columns)
        self._begins = lru_cache(maxsize=None)(ledger.documents.groups)

    def facts(self, moment: Moment, table: str, rows: Rows) -> list[Fact]:
        """The facts that stand in these rows of a table, in the same order, without cells."""
        return [
            Fact(table, int(entry or 0), str(file or ""), int(row or 0), {})
            for entry, file, row in self.of(moment, table, rows)
        ]

    def of(self, moment: Moment, table: str, rows: Rows) -> list[tuple[Cell, Cell, Cell]]:
        """Entry, file and row of each of these rows of a table, in the same order."""
        found: list[tuple[Cell, Cell, Cell]] = [(None, None, None)] * len(rows)
        if not len(rows):
            return found
        entries, positions = moment.facts(table, rows)
        for entry in np.unique(entries).tolist():
            places = np.flatnonzero(entries == entry)
            sha = self._ledger.entry(entry).details["facts"][table]
            files = self._evidence.files(entry)
            begins = self._begins(sha)
            for part, those in grouped(np.searchsorted(begins, positions[places], side="right") - 1):
                chosen = places[those]
                document = self._read(sha, part).take(positions[chosen] - begins[part])
                numbers, lines = (document.column(name).to_pylist() for name in ("file", "row"))
                for place, number, line in zip(chosen.tolist(), numbers, lines, strict=True):
                    known = number is not None and 0 <= number < len(files)
                    found[place] = (entry, files[number] if known else "", line)
        return found

    def _columns(self, sha: str, part: int) -> pa.Table:
        return self._ledger.documents.read_group(sha, part, ("file", "row"))
