"""The rows of a load to the facts that the ledger keeps: checked, merged with what is known, every row accounted for.

``prepare`` reads nothing but what it is given: the same rows over the same knowledge give the same facts, in whatever
order files and rows come.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from genealogy.errors import GenealogyError
from genealogy.plant import TABLES
from genealogy.zones import zone_of
from loaders.check import Checked, check, check_header, message
from loaders.check_aliases import UNITS, Aliases, check_aliases
from loaders.check_damage import Damage, Identities, quarantine_facts
from loaders.check_twins import item_ids, look_alikes
from loaders.merge import Merged, merge
from loaders.merge_group import Status
from loaders.raw import RawTable, empty_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set

    from loaders.quarantine import QuarantinedRow
    from loaders.raw import Source

_SHOWN = 20


class Current(Protocol):
    """What is known before a load."""

    def current(self, table: str, keys: pa.Array) -> pa.Table:
        """Return the last version of the facts with these keys: rows in force, and withdrawals (op 1) that are.

        Args:
            table: the plant table.
            keys: natural keys; one may occur several times.

        Returns:
            at least the columns of ``genealogy.facts.fact_schema``.
        """
        ...

    def aliases(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        """Return the aliases of a kind in force: by code, then by system, what it means."""
        ...

    def open_quarantine(self) -> Set[str]:
        """Return the id of every quarantined row that any entry holds and none settled by name.

        Also of those whose key another row has brought since: they need no second record either.
        """
        ...

    def corrected(self) -> Set[str]:
        """Return the ids of the quarantined rows that any entry settled."""
        ...


class Unread(Protocol):
    """A file of one plant table that is read only when the turn of that table comes."""

    @property
    def table(self) -> str:
        """The plant table."""
        ...

    def read(self) -> list[RawTable]:
        """Return its rows: one table."""
        ...


@dataclass
class Prepared:
    """A load, ready for the ledger.

    Attributes:
        facts: by plant table the new facts in the ledger's columns, by key and ordinal; ``_quarantine`` and
            ``_corrected`` beside them. A table without anything new is absent.
        files: for each file (in the order given) the count of its rows; ``file`` in the facts is the place in this
            list. Empty where ``keep`` was given them.
        sources: the original of each file, in the same order.
        quarantined: every row that was not accepted, also those that an earlier load recorded.
        notes: what the person who loads should be told.
    """

    facts: dict[str, pa.Table] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    quarantined: list[QuarantinedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def explain(row: QuarantinedRow) -> str:
    """Say why a row was not accepted and what to do: ``file:row:column: rule: value: advice``."""
    return message(row.table, row.file, row.row, row.column, row.rule, row.value)


def prepare(
    raws: Sequence[RawTable | Unread],
    current: Current,
    *,
    zone: str | None = None,
    keep: Callable[[str, pa.Table], None] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Prepared:
    """Check and merge the rows of a load, one table after the other: no more than two are in memory at once.

    Args:
        raws: the rows of its files, or the files still to be read.
        current: what is known so far.
        zone: the zone of times without an offset: an IANA name or an offset.
        keep: takes the facts of each table when they are ready; else they are all in the answer.
        progress: is told what is being worked on.

    Raises:
        FileRefusedError: the header of a file lacks a required column; nothing may be loaded.
        InputError: nobody knows the zone.
        GenealogyError: rows are unaccounted for, which no input may bring about.
    """
    if zone:
        zone_of(zone)
    for raw in raws:
        if isinstance(raw, RawTable):
            check_header(raw)
    # Aliases first: they make codes units of measure for all the others.
    names = sorted({raw.table for raw in raws}, key=lambda name: (name != "aliases", list(TABLES).index(name)))
    with ThreadPoolExecutor(1, thread_name_prefix="read") as ahead:
        load = _Load(raws, current, zone, progress or (lambda _: None), keep, ahead)
        for name, following in zip(names, [*names[1:], None], strict=False):
            load.read_ahead(name)
            load.read_ahead(following)
            load.table(name)
        return load.finish()


class _Load:
    """A load on its way."""

    def __init__(
        self,
        raws: Sequence[RawTable | Unread],
        current: Current,
        zone: str | None,
        progress: Callable[[str], None],
        keep: Callable[[str, pa.Table], None] | None,
        ahead: ThreadPoolExecutor,
    ) -> None:
        self.given, self.current, self.zone, self.progress = raws, current, zone, progress
        self.keep, self.ahead = keep, ahead
        self.raws: dict[int, RawTable] = {number: raw for number, raw in enumerate(raws) if isinstance(raw, RawTable)}
        self.coming: dict[int, Future[list[RawTable]]] = {}
        self.ids = Identities(current.open_quarantine(), current.corrected())
        self.statuses: dict[int, np.ndarray[Any, Any]] = {}
        self.damage: dict[int, Damage] = {}
        self.prepared = Prepared()
        self.settled: set[str] = set()
        self.aliases = Aliases({}, frozenset(current.aliases(UNITS)), [])
        self.copies: dict[int, int] = {}
        self.named: list[pa.Array] = []

    def read_ahead(self, name: str | None) -> None:
        """Begin to read the files of a table."""
        for number, given in enumerate(self.given):
            if given.table == name and number not in self.raws and number not in self.coming:
                assert not isinstance(given, RawTable)
                self.coming[number] = self.ahead.submit(given.read)

    def table(self, name: str) -> None:
        """Check and merge all files of one table."""
        for number in [number for number, given in enumerate(self.given) if given.table == name]:
            if number in self.coming:
                self.progress(f"reading {getattr(self.given[number], 'file', name)}")
                (self.raws[number],) = self.coming.pop(number).result()
                check_header(self.raws[number])
        mine = {number: raw for number, raw in sorted(self.raws.items()) if raw.table == name}
        self.copies |= _copies(mine)
        self._merged(name, [number for number in mine if number not in self.copies])
        for number, raw in mine.items():  # of the cells nothing is wanted any more
            self.raws[number] = replace(raw, cells=empty_table(raw.header))

    def _merged(self, name: str, numbers: Sequence[int]) -> None:
        files: list[tuple[int, Checked]] = []
        for number in numbers:
            raw = self.raws[number]
            self.progress(f"checking {raw.file} ({raw.read} rows)")
            checked = check(raw, zone=self.zone, unit_aliases=self.aliases.units)
            files.append((number, checked))
            self.prepared.notes += checked.notes
        if name == "aliases":
            self.aliases = check_aliases(files, self.current.aliases)
            self.prepared.notes += self.aliases.notes
        for number, checked in files:
            self.damage[number] = Damage.of(checked, self.ids, self.zone, self.aliases.units)
        if not files:
            return
        self.progress(f"merging {name} with what is known")
        merged = self._merge(name, files)
        if merged.facts.num_rows:
            self.named.append(item_ids(name, merged.facts))
            self._keep(name, merged.facts)
        self.settled |= merged.settled
        self.prepared.notes += [f"{name}: {note}" for note in merged.notes]
        self.prepared.notes += _blind(name, merged)
        for (number, checked), statuses in zip(files, merged.statuses, strict=True):
            self.statuses[number] = statuses
            conflicts = np.flatnonzero(statuses == Status.CONFLICT)
            if len(conflicts):
                self.damage[number].dispute(checked, conflicts, self.ids)

    def _keep(self, name: str, facts: pa.Table) -> None:
        if self.keep is None:
            self.prepared.facts[name] = facts
        else:
            self.keep(name, facts)

    def _merge(self, name: str, files: list[tuple[int, Checked]]) -> Merged:
        keys = pa.concat_arrays([checked.key.filter(pa.array(checked.faults == 0)) for _, checked in files])
        known = self.current.current(name, keys) if len(keys) else None
        missing: dict[tuple[str, str] | None, int] = defaultdict(int)
        if TABLES[name].grouped:
            for number, _ in files:
                for link in self.damage[number].settled_links():
                    missing[link] += 1
        return merge(
            TABLES[name],
            files,
            known if known is not None and known.num_rows else None,
            corrected=self.ids.corrected,
            missing=missing,
            refused=self.aliases.conflicts if name == "aliases" else None,
        )

    def finish(self) -> Prepared:
        """Count every row, and put the quarantine beside the facts."""
        prepared = self.prepared
        damage = []
        for number, raw in sorted(self.raws.items()):
            prepared.files.append(self._count(number, raw))
            prepared.sources.append(raw.source)
            if number in self.damage:
                damage.append((number, self.damage[number]))
                prepared.quarantined += self.damage[number].rows()
                self.settled |= self.damage[number].replaced
        new = quarantine_facts(damage)
        if new.num_rows:
            self._keep("_quarantine", new)
        settled = sorted(self.settled - self.ids.corrected)
        if settled:
            self._keep("_corrected", pa.table({"quarantine_id": pa.array(settled, pa.string())}))
        prepared.notes += look_alikes(self.named)
        return prepared

    def _count(self, number: int, raw: RawTable) -> dict[str, Any]:
        if number in self.copies:
            first = self.raws[self.copies[number]].file
            self.prepared.notes.append(f"{raw.file}: the same file as {first}, byte for byte; it is counted once")
            accepted, unchanged, quarantined = 0, raw.read, 0
        else:
            statuses, damage = self.statuses[number], self.damage[number]
            accepted = int((statuses == Status.ACCEPTED).sum())
            quarantined = len(damage.rows())
            unchanged = int((statuses == Status.UNCHANGED).sum()) + damage.settled_before
        if raw.read != accepted + unchanged + quarantined:
            raise GenealogyError(
                f"{raw.file}: of {raw.read} rows only {accepted} accepted + {unchanged} unchanged + {quarantined} "
                "quarantined are accounted for. Nothing was loaded. This is a fault of the program: report it with the file."
            )
        count: dict[str, Any] = {"file": raw.file, "table": raw.table, "read": raw.read, "accepted": accepted}
        count |= {"unchanged": unchanged, "quarantined": quarantined}
        if raw.source_rows is not None:
            count["source_rows"] = raw.source_rows
        if raw.not_facts is not None:
            count["not_facts"] = raw.not_facts
        return count


def _copies(raws: Mapping[int, RawTable]) -> dict[int, int]:
    """Files that are byte for byte another file of the table, by the number of that file."""
    first: dict[tuple[str, tuple[str, ...], bytes], list[int]] = defaultdict(list)
    copies: dict[int, int] = {}
    if len(raws) < 2:
        return copies
    for number, raw in raws.items():
        seen = first[raw.source.sha256, tuple(raw.header), raw.rows.tobytes()]
        same = next(
            (n for n in seen if raws[n].source.path != raw.source.path and raws[n].cells.equals(raw.cells)), None
        )
        if same is None:
            seen.append(number)
        else:
            copies[number] = same
    return copies


def _blind(name: str, merged: Merged) -> list[str]:
    if not merged.unknown_voids:
        return []
    shown = ", ".join(key.replace("\x1f", " / ") for key in sorted(merged.unknown_voids)[:_SHOWN])
    return [
        f"{name}: {len(merged.unknown_voids)} rows withdraw a fact that is not known; check step, item, time and line "
        f"number of: {shown}"
    ]
