"""The affected items of a scope with everything that is recorded of them, column by column, for the tables of a report."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.plant import TABLES
from genealogy.snapshot.describe import records
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genealogy.evidence import Evidence
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_EAST = 11 * 3_600_000_000


def time_text(start: int, end: int) -> str | None:
    """A time as text: UTC for an instant, the date alone for a whole day.

    A day is kept as its two ends in UTC. Its date is told from where in the UTC day it began: zones lie from 12 hours
    west to 14 hours east of Greenwich, and what could be either is taken for east, where people live.

    >>> time_text(0, 0), time_text(-7_200_000_000, 79_200_000_000)
    ('1970-01-01T00:00:00Z', '1970-01-01')
    """
    if start == NO_TIME:
        return None
    if start == end:
        return (_EPOCH + timedelta(microseconds=start)).isoformat().replace("+00:00", "Z")
    day, past = divmod(start, _DAY)
    return (date(1970, 1, 1) + timedelta(days=day + (past >= _EAST))).isoformat()


class Affected:
    """Starts and affected items, starts first.

    Args:
        moment: the facts that count.
        evidence: where contact data is looked up, which the arrays do not keep.
        answer: of a scope.

    Attributes:
        ids: of the items.
        selected: steps that starts of other kinds than items selected.
        seeds: what all the rest came from: the starts, then what the selected steps made.
        numbers: their codes, -1 of one that no fact names.
        starts: how many of them are starts.
        depth: of each; 0 of a start.
        tier: of each; None of a start.
    """

    def __init__(self, moment: Moment, evidence: Evidence, answer: dict[str, Any]) -> None:
        self.moment, self._evidence = moment, evidence
        reached = [row for row in answer["items"] if row["id"] not in set(answer["starts"])]
        self.ids: list[str] = [*answer["starts"], *(row["id"] for row in reached)]
        self.starts = len(answer["starts"])
        self.depth: list[int] = [0] * self.starts + [row["depth"] for row in reached]
        self.tier: list[str | None] = [None] * self.starts + [row["tier"] for row in reached]
        self.numbers = moment.codes.find(self.ids)
        self.selected = sorted({step for row in answer.get("started_from", ()) for step in row["steps"]})
        self.seeds = [*answer["starts"], *self._made(set(answer["starts"]))]
        self.records = records(moment, self.numbers)
        unit, lot = self.records.unit >= 0, self.records.lot >= 0
        self.kind = np.where(unit, "unit", np.where(lot, "lot", "unknown")).tolist()
        self.stage = moment.words.strings(self.records.stage)
        self._parties: dict[str, dict[str, str]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def _made(self, besides: set[str]) -> list[str]:
        """What the selected steps made."""
        rows, _ = self.moment.rows_at("production", "step_id", self.moment.codes.find(self.selected))
        items = self.moment.item_column("production", "item_id", rows) if len(rows) else rows
        return sorted({str(item) for item in self.moment.codes.strings(np.unique(items))} - besides)

    @cached_property
    def finished_units(self) -> list[int]:
        """Positions of the serialised units of finished materials."""
        return [p for p in range(len(self)) if self.kind[p] == "unit" and self.stage[p] == "finished"]

    @cached_property
    def finished_lots(self) -> list[int]:
        """Positions of the lots of finished materials."""
        return [p for p in range(len(self)) if self.kind[p] == "lot" and self.stage[p] == "finished"]

    @cached_property
    def position(self) -> dict[str, int]:
        """Where an item stands."""
        return {item: place for place, item in enumerate(self.ids)}

    @cached_property
    def parent(self) -> list[str | None]:
        """The lot of each unit."""
        return self.moment.codes.strings(self.records.parent)

    @cached_property
    def lot_row(self) -> Array:
        """The row in ``lots`` of each item: its own, or that of its lot; -1 where there is none."""
        parents = records(self.moment, self.records.parent).lot
        return np.where(self.records.unit >= 0, parents, self.records.lot)

    @cached_property
    def number(self) -> list[str | None]:
        """Serial or lot number of each item."""
        serials, lots = (
            self.words("units", "serial", self.records.unit),
            self.words("lots", "lot_number", self.records.lot),
        )
        return [s if k == "unit" else n for k, s, n in zip(self.kind, serials, lots, strict=True)]

    @cached_property
    def lot_number(self) -> list[str | None]:
        """Lot number of each item, a unit's being that of its lot."""
        return self.words("lots", "lot_number", self.lot_row)

    @cached_property
    def material(self) -> list[str | None]:
        """Material of each item."""
        return self.moment.words.strings(self.records.material)

    @cached_property
    def materials(self) -> dict[str, dict[str, str | None]]:
        """What is recorded of each material that occurs."""
        found = {}
        for number in np.unique(self.records.material[self.records.material >= 0]).tolist():
            found[self.moment.words.string(number)] = self.material_record(number)
        return found

    def material_record(self, number: int) -> dict[str, str | None]:
        """What is recorded of a material: name, stage, base unit, GTIN, UDI-DI, tolerance."""
        row = self.moment.material_rows.get(number)
        names = ("name", "stage", "base_unit", "gtin", "udi_di", "tolerance_percent")
        if row is None:
            return dict.fromkeys(names)
        rows = np.array([row])
        return {name: self.words("materials", name, rows)[0] for name in names}

    def of_material(self, name: str) -> list[str | None]:
        """A statement about the material of each item."""
        return [self.materials[m][name] if m is not None else None for m in self.material]

    @cached_property
    def status(self) -> list[str | None]:
        """Status of each item: of the last decision on it, else its opening status; its own, not that of its lot."""
        moment = self.moment
        opening = [
            u or n
            for u, n in zip(
                self.words("units", "status", self.records.unit),
                self.words("lots", "status", self.records.lot),
                strict=True,
            )
        ]
        known = np.flatnonzero(self.numbers >= 0)
        rows, owner = moment.rows_of("decisions", "item_id", self.numbers[known])
        if not len(rows):
            return opening
        at, since = moment.column("decisions", "at_end")[rows], moment.column("decisions", "since")[rows]
        order = np.lexsort((rows, since, at))  # of decisions at one time, the one recorded last
        decided = moment.words.strings(moment.column("decisions", "status")[rows[order]])
        for place, status in zip(known[owner[order]].tolist(), decided, strict=True):
            opening[place] = status
        return opening

    def words(self, table: str, name: str, rows: Array) -> list[str | None]:
        """What a column of words says in these rows; None for row -1."""
        return self.moment.words.strings(self._taken(table, name, rows))

    def codes(self, table: str, name: str, rows: Array) -> list[str | None]:
        """The item or step that a column of codes names in these rows, resolved."""
        taken = self._taken(table, name, rows)
        return self.moment.codes.strings(self.moment.items.resolve(taken) if name == "item_id" else taken)

    def times(self, table: str, name: str, rows: Array) -> list[str | None]:
        """What a time says in these rows; None for row -1 or no time."""
        known = rows >= 0
        start, end = (
            np.where(known, column[np.where(known, rows, 0)], NO_TIME) if len(column) else np.full(len(rows), NO_TIME)
            for column in (self.moment.column(table, f"{name}_start"), self.moment.column(table, f"{name}_end"))
        )
        return [time_text(s, e) for s, e in zip(start.tolist(), end.tolist(), strict=True)]

    def parties(self, table: str, name: str, rows: Array) -> list[str | None]:
        """The party that a column names in these rows, resolved."""
        return self.moment.words.strings(self.moment.parties.resolve(self._taken(table, name, rows)))

    def party(self, party_id: str | None) -> Mapping[str, str]:
        """Everything recorded of a party, contact data included; empty where it is not described."""
        if party_id is None:
            return {}
        if not self._parties:
            self._parties = self._read_parties()
        return self._parties.get(party_id, {})

    def own(self) -> list[str]:
        """Ids of the parties that are our own firm."""
        self.party("")
        return sorted(p for p, cells in self._parties.items() if "own" in cells.get("role", "").split("|"))

    def _read_parties(self) -> dict[str, dict[str, str]]:
        moment = self.moment
        rows = moment.all_rows("parties")
        ids = self.parties("parties", "party_id", rows) if len(rows) else []
        facts = self._evidence.facts(moment, "parties", rows) if len(rows) else []
        found: dict[str, dict[str, str]] = {}
        for party, fact in zip(ids, facts, strict=True):
            # Several spellings of one party: its own code's record counts, else the first one's.
            if party is not None and (party not in found or fact.cells["party_id"] == party):
                found[party] = fact.cells
        return found

    def _taken(self, table: str, name: str, rows: Array) -> Array:
        assert name in TABLES[table].by_name
        column = self.moment.column(table, name)
        if not len(column):
            return np.full(len(rows), -1, np.int32)
        return np.where(rows >= 0, column[np.where(rows >= 0, rows, 0)], -1).astype(np.int32)


def columns(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Columns put together to rows."""
    return list(zip(*rows, strict=True))
