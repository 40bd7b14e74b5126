"""Citing facts in an answer: collected while it is composed, read from the ledger all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.evidence import Fact, Rows
    from genealogy.snapshot.moment import Moment

Cited = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Source(Protocol):
    """Where facts are found again: ``Evidence``."""

    def facts(self, moment: Moment, table: str, rows: Rows) -> Sequence[Fact]:
        """The facts in these rows of a table, in the same order."""
        ...


class Citations:
    """The facts that an answer cites. ``cite`` hands out an empty record, ``read`` fills them all.

    Args:
        source: of the facts.
        moment: whose rows are cited.
    """

    def __init__(self, source: Source, moment: Moment) -> None:
        self._source, self._moment = source, moment
        self._cited: dict[str, dict[int, Cited]] = {}

    def cite(self, table: str, row: int) -> Cited:
        """The record of a fact; the same for the same row."""
        return self._cited.setdefault(table, {}).setdefault(int(row), {})

    def read(self) -> None:
        """Fill all records: entry, file, row and cells as recorded."""
        for table, records in self._cited.items():
            open_ = [row for row, record in records.items() if not record]
            facts = self._source.facts(self._moment, table, np.array(open_, np.int64))
            for row, fact in zip(open_, facts, strict=True):
                records[row].update(fact.as_json())

    def aliases(self, table: str, column: str, row: int) -> list[Cited]:
        """The facts by which the code that a row writes for an item means another: none where it is written as it is."""
        moment = self._moment
        code = int(moment.column(table, column)[row])
        if code < 0 or code not in moment.items.meaning:
            return []
        rows = moment.all_rows("aliases")
        rows = rows[moment.column("aliases", "item")[rows] == code]
        return [self.cite("aliases", each) for each in rows.tolist()]


def time_text(microseconds: int) -> str | None:
    """ISO 8601 in UTC; None where no time is recorded.

    >>> time_text(1_000_000)
    '1970-01-01T00:00:01Z'
    """
    if microseconds == NO_TIME:
        return None
    return (_EPOCH + timedelta(microseconds=int(microseconds))).isoformat().replace("+00:00", "Z")
