"""What every question needs: the moment, both roads, what names mean, and what is told of how it was asked."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from genealogy.errors import InputError
from genealogy.find import Finder, Found
from genealogy.serials import find_range
from genealogy.snapshot.look_alikes import other_receipts
from genealogy.starts.arrays import ArrayStarts
from genealogy.starts.graph import GraphStarts
from genealogy.starts.naming import Names
from genealogy.starts.resolve import Resolved, resolve
from genealogy.times import parse_time
from genealogy.wording import Command, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.evidence import Evidence
    from genealogy.history import History
    from genealogy.ledger import Ledger
    from genealogy.narrow import Narrowing
    from genealogy.narrow.boundary import Boundary
    from genealogy.snapshot import Snapshot
    from genealogy.starts import Start
    from genealogy.starts.asked import Asked
    from genealogy.stores.contract import Store


class Asking(ABC):
    """Whoever holds a ledger, its graph and its arrays."""

    ledger: Ledger
    store: Store
    history: History

    @property
    @abstractmethod
    def head(self) -> int:
        """The last entry of the ledger; all its facts are in the store."""

    @property
    @abstractmethod
    def road(self) -> CypherRoad:
        """The first road: Cypher on the store."""

    @property
    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The second road: arrays from the ledger's facts, as of its last entry."""

    @property
    @abstractmethod
    def evidence(self) -> Evidence:
        """Where each fact was read: entry, file and row."""

    def moment(self, as_of: int | datetime | None) -> int:
        """The entry as of which a question is asked: a sequence, the last entry recorded by a time, or the last of all.

        Raises:
            InputError: there is no such entry.
        """
        if as_of is None:
            return self.head
        # What was recorded by then may still be on its way into the store.
        sequence = min(self.ledger.at(as_of), self.head) if isinstance(as_of, datetime) else as_of
        if not 0 <= sequence <= self.head:
            raise InputError(
                said(
                    f"There is no entry {sequence}; the ledger has entries 0 to {self.head}. ",
                    Command("log"),
                    " lists them.",
                )
            )
        return sequence

    def find(
        self, text: str, as_of: int | datetime | None = None, *, union: bool = False, by_supplier: bool = True
    ) -> Found:
        """The items that a text names (see ``Finder.find``)."""
        ranged = find_range(text, self.moment(as_of), self.store, self.road, self.snapshot, union=union)
        if ranged is not None:
            return ranged
        finder = Finder(self.store, self.road, self.history, self.snapshot.moment, self._has, self.head)
        found = finder.find(text, self.moment(as_of), union=union, by_supplier=by_supplier)
        alike = other_receipts(self.snapshot.moment(self.moment(as_of)), found.items) if by_supplier else []
        if not alike:
            return found
        named = ", ".join(f"{item} ({number})" for item, number in alike[:5])
        more = f" and {len(alike) - 5} more" if alike[5:] else ""
        note = f"a supplier's lot number that may be the same, written otherwise, bears {named}{more}: ask for it as well if it is"
        return replace(found, notes=[*found.notes, note])

    def starts(self, asked: Asked, as_of: int | datetime | None = None) -> list[Start]:
        """The starts that are no items, from the words of a question."""
        return asked.starts(Names(self.snapshot.moment(self.moment(as_of))))

    def narrowing(self, boundary: Boundary, as_of: int | datetime | None = None) -> Narrowing | None:
        """What a scope is narrowed by, from the words of a question."""
        return boundary.narrowing(Names(self.snapshot.moment(self.moment(as_of))))

    def _chosen(self, also: Sequence[Start], moment: int) -> Resolved:
        if not also:
            return Resolved()
        graph = GraphStarts(self.store, self.road, moment, self.recorded)
        arrays = ArrayStarts(self.snapshot.moment(moment), self.recorded)
        return resolve(also, graph, arrays, self.evidence)

    def recorded(self, sequence: int) -> int:
        """The microsecond (since 1970, UTC) at which an entry was recorded."""
        _, start, _, _ = parse_time(self.ledger.entry(sequence).time, None)
        assert start is not None
        return start

    def _has(self, item: str, moment: int) -> bool:
        return self.snapshot.has(item, moment)

    def _asked(self, began: float, compared: list[str]) -> dict[str, Any]:
        return {
            "store": self.store.name,
            "version": self.store.version(),
            "ledger": self.ledger.id,
            "head": {"sequence": self.ledger.head.sequence, "hash": self.ledger.head.hash},
            "compared": compared,
            "queries": dict(sorted(self.road.asked.items())),
            "seconds": round(time.perf_counter() - began, 4),
        }
