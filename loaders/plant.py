"""The rows of a load to the facts that the ledger keeps: checked, merged with what is known, every row accounted for.

``prepare`` reads nothing but what it is given: the same rows over the same knowledge give the same facts, in whatever
order files and rows come.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.errors import GenealogyError
from genealogy.facts import fact_schema
from genealogy.plant import TABLES
from genealogy.zones import zone_of
from loaders.check import Checked, check, check_header, message
from loaders.check_aliases import UNITS, Aliases, check_aliases
from loaders.check_damage import Damage, Identities, corrected_facts, quarantine_facts
from loaders.check_disputes import disputed
from loaders.check_overlap import told_twice
from loaders.check_twins import item_ids, look_alikes
from loaders.correct_again import withdraw_corrected
from loaders.judge_again import RULE, JudgedAgain, Waiting, check_waiting, judge_again, stated_above, waiting_rows
from loaders.merge import Merged, merge
from loaders.merge_group import Status
from loaders.origins import Origins
from loaders.raw import RawTable, empty_table
from loaders.report import COUNTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from genealogy.current import Correction
    from genealogy.wording import Command, Option
    from loaders.known import Current, Unread
    from loaders.quarantine import QuarantinedRow
    from loaders.raw import Source

_SHOWN = 20


@dataclass
class Prepared:
    """A load, ready for the ledger.

    Attributes:
        facts: by plant table the new facts in the ledger's columns, by key and ordinal; ``_quarantine`` and
            ``_corrected`` beside them. A table without anything new is absent.
        files: for each file (in the order given) the count of its rows; ``file`` in the facts is the place in this
            list. Empty where ``keep`` was given them.
        sources: the original of each file, in the same order.
        earlier_files: the files of earlier loads that facts are taken from again, numbered on from ``files``.
        corrects: the numbers of the files that hold corrected rows of the quarantine.
        judged_again: for each file of an earlier load how many of its quarantined rows were judged again, and how.
        quarantined: every row that was not accepted, also those that an earlier load recorded.
        notes: what the person who loads should be told.
    """

    facts: dict[str, pa.Table] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    earlier_files: list[dict[str, Any]] = field(default_factory=list)
    corrects: list[int] = field(default_factory=list)
    judged_again: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[QuarantinedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def explain(row: QuarantinedRow, way: Callable[[Option | Command], str] = str) -> str:
    """Say why a row was not accepted and what to do: ``file:row:column: rule: value: advice``."""
    return message(row.table, row.file, row.row, row.column, row.rule, row.value, row.source_column, row.disputes, way)


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
        while names:
            name, *names = names
            load.read_ahead(name)
            load.read_ahead(names[0] if names else None)
            load.table(name)
            if name == "aliases":
                names = sorted({*names, *load.waiting}, key=list(TABLES).index)
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
        self.settled: dict[str, tuple[str, str | None, int | None, int | None]] = {}
        self.aliases = Aliases({}, frozenset(current.aliases(UNITS)), [])
        self.origins = Origins(len(raws), current.details)
        self.reopened: set[str] = set()
        self.waiting: dict[str, list[Waiting]] = {}
        self.again: list[tuple[str, JudgedAgain]] = []
        self.copies: dict[int, int] = {}
        self.named: list[Future[pa.Array]] = []

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
            if files:
                self._find_waiting()
        for number, checked in files:
            self.damage[number] = Damage.of(checked, self.ids, self.zone, self.aliases.units)
        waiting = check_waiting(self.waiting.get(name, ()), self.aliases.units)
        if not files and not waiting:
            return
        self.progress(f"merging {name} with what is known")
        merged = self._merge(name, files, waiting)
        if merged.facts.num_rows:
            self.named.append(self.ahead.submit(item_ids, name, merged.facts))
            self._keep(name, self.origins.numbered(merged.facts))
        self.settled |= {one: (name, key, file, row) for one, key, file, row in merged.settled}
        self.prepared.notes += [f"{name}: {note}" for note in merged.notes]
        self.prepared.notes += [f"{name}: {note}" for note in told_twice(files)]
        self.prepared.notes += _blind(name, merged)
        disputes = disputed(files, merged.statuses)
        for (number, checked), statuses in zip(files, merged.statuses, strict=True):
            self.statuses[number] = statuses
            conflicts = np.flatnonzero(statuses == Status.CONFLICT)
            if len(conflicts):
                self.damage[number].dispute(checked, conflicts, self.ids, disputes[number])

    def _find_waiting(self) -> None:
        """The rows of earlier loads that an alias in force from now on may explain."""
        rejected = self.current.rejected(RULE) if self.aliases.units else None
        given = {number for raw in self.raws.values() for number in raw.quarantine_ids or ()}
        self.waiting = waiting_rows(rejected, self.aliases.units, given, self.origins)

    def _keep(self, name: str, facts: pa.Table) -> None:
        if self.keep is None:
            self.prepared.facts[name] = facts
        else:
            self.keep(name, facts)

    def _merge(self, name: str, files: list[tuple[int, Checked]], waiting: list[tuple[Waiting, Checked]]) -> Merged:
        """Bring the load's rows, and before them those that waited, together with what is known."""
        before = self._corrected_before(name, files)
        all_keys = [checked.key.filter(pa.array(checked.faults == 0)) for _, checked in (*files, *waiting)]
        all_keys.append(pa.array([told.key for told in before.values() if told.key is not None], pa.string()))
        keys = pa.concat_arrays(all_keys)
        known, corrected = fact_schema(name).empty_table(), self.ids.corrected - self.reopened
        stated = [known]
        if len(keys):
            held = self.origins.marked(self.current.current(name, keys))
            withdrawn = withdraw_corrected(name, files, held, before, self.origins)
            corrected -= withdrawn.ids
            known = stated_above(held.select(known.column_names), withdrawn.facts)
            self.prepared.notes += [f"{name}: {note}" for note in withdrawn.notes]
            stated.append(withdrawn.facts)
        if waiting:
            again = judge_again(name, waiting, known, self.origins)
            known = again.known
            self.again.append((name, again))
            stated.append(again.facts)
        if not files:
            return Merged(_in_order(stated), [])
        missing: dict[tuple[str, str] | None, int] = defaultdict(int)
        if TABLES[name].grouped:
            for number, _ in files:
                for link in self.damage[number].settled_links():
                    missing[link] += 1
        merged = merge(
            TABLES[name],
            files,
            known if known.num_rows else None,
            corrected=corrected,
            missing=missing,
            refused=self.aliases.conflicts if name == "aliases" else None,
        )
        if any(facts.num_rows for facts in stated):
            merged.facts = _in_order([*stated, merged.facts])
        return merged

    def _corrected_before(self, name: str, files: list[tuple[int, Checked]]) -> dict[str, Correction]:
        """What earlier loads made of the quarantined rows that come again here, as far as it was not withdrawn since."""
        given = {number for _, checked in files for number in checked.raw.quarantine_ids or ()}
        as_before = {number for file, _ in files for number in self.damage[file].settled_ids()}
        asked = (given & self.ids.corrected) | as_before
        before = {number: told for number, told in self.current.corrections(asked).items() if told.key is not None}
        if not before:
            return {}
        known = self.current.current(name, pa.array(sorted({str(told.key) for told in before.values()}), pa.string()))
        void = set(known.filter(pc.equal(known["op"], 1))["key"].to_pylist())
        gone = {number for number, told in before.items() if told.key in void}
        self.reopened |= gone
        for file, _ in files:
            self.damage[file].reopen(gone)
        return {number: told for number, told in before.items() if number not in gone}

    def finish(self) -> Prepared:
        """Count every row, and put the quarantine beside the facts."""
        prepared = self.prepared
        damage = []
        for number, raw in sorted(self.raws.items()):
            prepared.files.append(self._count(number, raw))
            prepared.sources.append(raw.source)
            if raw.quarantine_ids is not None:
                prepared.corrects.append(number)
            if number in self.damage:
                damage.append((number, self.damage[number]))
                prepared.quarantined += self.damage[number].rows()
                for replaced in self.damage[number].replaced:
                    self.settled.setdefault(replaced, (raw.table, None, None, None))
        for name, again in self.again:
            damage += self._judged(name, again)
        new = quarantine_facts(damage)
        if new.num_rows:
            self._keep("_quarantine", new)
        settled = {n: told for n, told in self.settled.items() if n not in self.ids.corrected or told[1] is not None}
        if settled:
            self._keep("_corrected", corrected_facts(settled))
        prepared.earlier_files = self.origins.earlier
        prepared.notes += look_alikes([found.result() for found in self.named])
        return prepared

    def _judged(self, name: str, again: JudgedAgain) -> list[tuple[int, Damage]]:
        """Note what became of the rows that were judged again; those that are refused for another reason now."""
        for number, key, mark, row in again.settled:
            self.settled[number] = (name, key, self.origins.number(mark) if mark is not None else None, row)
        damage = [
            (self.origins.number(mark), Damage.again(checked, broken)) for mark, checked, broken in again.rejected
        ]
        for _, part in damage:
            self.prepared.quarantined += part.rows()
        for mark, counts in again.counts.items():
            told = {"file": self.origins.named(mark)["file"], "entry": self.origins.of(mark)[0], "table": name}
            told |= {count: counts[count] for count in COUNTS}
            self.prepared.judged_again.append(told)
            self.prepared.notes.append(
                f"{told['file']} (entry {told['entry']}, {name}): of its quarantined rows {told['read']} waited for a unit of "
                f"measure that an alias explains now: {told['accepted']} accepted, {told['unchanged']} replaced since, "
                f"{told['quarantined']} still in quarantine"
            )
        return damage

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


def _in_order(stated: Sequence[pa.Table]) -> pa.Table:
    """Facts by key and ordinal; of one key those that were stated last."""
    facts = stated[0]
    for later in stated[1:]:
        facts = stated_above(facts, later)
    return facts.take(pc.sort_indices(facts, [("key", "ascending"), ("ordinal", "ascending")]))


def _blind(name: str, merged: Merged) -> list[str]:
    if not merged.unknown_voids:
        return []
    shown = ", ".join(key.replace("\x1f", " / ") for key in sorted(merged.unknown_voids)[:_SHOWN])
    return [
        f"{name}: {len(merged.unknown_voids)} rows withdraw a fact that is not known; check step, item, time and line "
        f"number of: {shown}"
    ]
