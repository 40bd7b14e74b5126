"""The one core behind every door: the command line, the API and the console ask this, and give the same answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from genealogy import scope as composing
from genealogy.answer import Answer
from genealogy.cypher_road import CypherRoad
from genealogy.digests import content_digest, history_digest
from genealogy.errors import InputError, StoreError
from genealogy.evidence import Evidence
from genealogy.find import Finder, Found
from genealogy.history import History
from genealogy.home import SNAPSHOT, open_store
from genealogy.ledger import Ledger
from genealogy.owner import Owner
from genealogy.projection import project
from genealogy.sentences import scope_lines
from genealogy.snapshot import Snapshot
from genealogy.whole import WholeGraph
from queries.shape import FORM

if TYPE_CHECKING:
    from genealogy.chain import Entry, Verification
    from genealogy.stores.contract import Manifest, Store

Direction = Literal["forward", "backward"]
Progress = Callable[[str], None]

THOROUGH = 5_000
"""Items up to which the two roads are also compared in what they say of each item and its shipments."""


class Engine:
    """A plant's ledger, its graph and its arrays, and the questions that can be put to them.

    Opened by ``Engine.open``; one process at a time holds a home.

    Attributes:
        home: folder of the plant.
        ledger: its history.
        store: its graph.
        history: the facts of the ledger, folded in time.
    """

    def __init__(
        self, home: Path, ledger: Ledger, connect: Callable[[], Store], owner: Owner, progress: Progress
    ) -> None:
        self.home, self.ledger, self.store = home, ledger, connect()
        self._connect = connect
        self.history = History(ledger)
        self._owner, self._progress = owner, progress
        self._snapshot: Snapshot | None = None
        self._road: CypherRoad | None = None
        try:
            self._manifest: Manifest = self.store.prepare(ledger.id)
        except BaseException:
            self.store.close()
            raise

    @classmethod
    def open(
        cls,
        home: Path,
        store: str = "",
        *,
        username: str | None = None,
        password: str | None = None,
        database: str | None = None,
        demo: bool = False,
        anew: bool = False,
        progress: Progress | None = None,
    ) -> Self:
        """Open a home, making it where there is none, and bring its store up to the ledger's last entry.

        Args:
            home: folder of the plant.
            store: empty for the embedded store, else a ``bolt://`` or ``neo4j://`` URI.
            username: for Neo4j.
            password: for Neo4j.
            database: for Neo4j; None: its default.
            demo: a home that is made now is one for trying things out.
            anew: make the store again from the ledger, whatever is in it; the embedded one that was there is set aside.
            progress: told in words what takes long.

        Raises:
            StoreOwnedError: another process holds the home.
            StoreUnavailableError: the store cannot be reached.
            ForeignStoreError: the database holds something else.
            LedgerDamagedError: the ledger is not what it was.
        """
        home = Path(home)
        say = progress or (lambda _: None)
        owner = Owner(home)
        owner.acquire()
        # The graph and the arrays are written by libraries that ask nobody who may read them.
        home.chmod(0o700)
        ledger: Ledger | None = None
        engine: Self | None = None
        try:
            ledger = Ledger.open_or_create(home, demo=demo)
            connect = partial(
                open_store, home, store, username=username, password=password, database=database, progress=say
            )
            engine = cls(home, ledger, partial(connect, anew=anew), owner, say)
            engine._connect = connect
            if anew:
                engine.rebuild()
            else:
                engine.catch_up()
        except BaseException:
            if engine is not None:
                engine.store.close()
            if ledger is not None:
                ledger.close()
            owner.release()
            raise
        return engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of store, ledger and home."""
        self.store.close()
        self.ledger.close()
        self._owner.release()

    @property
    def head(self) -> int:
        """The last entry of the ledger; all its facts are in the store."""
        return self.ledger.head.sequence

    @property
    def road(self) -> CypherRoad:
        """The first road: Cypher on the store."""
        if self._road is None:
            self._road = CypherRoad(self.store, self._manifest.worst_tier)
        return self._road

    @property
    def snapshot(self) -> Snapshot:
        """The second road: arrays from the ledger's facts, as of its last entry."""
        if self._snapshot is None or self._snapshot.sequence < self.head:
            folder = self.home / SNAPSHOT
            self._snapshot = Snapshot.refresh(self.ledger, folder, identity=self.ledger.id, head=self.head)
        return self._snapshot

    @cached_property
    def evidence(self) -> Evidence:
        """Where each fact was read: entry, file and row."""
        return Evidence(self.ledger)

    def catch_up(self) -> None:
        """Apply every entry that the store lacks; a store that was left in the midst of one is made again."""
        head = self.head
        if self._manifest.applied > head:
            raise StoreError(
                f"{self.store.name} has followed the ledger to entry {self._manifest.applied}, but the ledger ends at {head}. "
                "Restore the right ledger, or run `genealogy rebuild` to make the graph from this one."
            )
        if self._manifest.must_be_made_again:
            why = (
                f"Entry {self._manifest.applying} was not applied whole"
                if self._manifest.form == FORM
                else "The graph was written by another version of this program"
            )
            self._progress(f"{why}; it is made again from the ledger.")
            self.rebuild()
            return
        for sequence in self.history.entries_with_facts(after=self._manifest.applied):
            self._manifest = self.store.apply(project(self.history, sequence))
            self._road = None

    def record(self, action: str, details: Mapping[str, Any], actor: str | None = None) -> Entry:
        """Append an entry and bring its facts into the store; when this returns, both are durable."""
        entry = self.ledger.append(action, details, actor)
        self.catch_up()
        self._road = None
        return entry

    def rebuild(self) -> None:
        """Empty the store and make it again from the ledger."""
        self.store.empty()
        self.store.fill(WholeGraph(History(self.ledger, keep=True)))
        self._manifest = self.store.prepare(self.ledger.id)
        self._road = None

    def reopen(self) -> None:
        """Connect to the store again, after it was stopped and filled from outside."""
        self.store = self._connect()
        self._manifest = self.store.prepare(self.ledger.id)
        self._road = None
        self.catch_up()

    def moment(self, as_of: int | datetime | None) -> int:
        """The entry as of which a question is asked: a sequence, the last entry recorded by a time, or the last of all.

        Raises:
            InputError: there is no such entry.
        """
        if as_of is None:
            return self.head
        sequence = self.ledger.at(as_of) if isinstance(as_of, datetime) else as_of
        if not 0 <= sequence <= self.head:
            raise InputError(
                f"There is no entry {sequence}; the ledger has entries 0 to {self.head}. `genealogy log` lists them."
            )
        return sequence

    def find(self, text: str, as_of: int | datetime | None = None, *, union: bool = False) -> Found:
        """The items that a text names (see ``Finder.find``)."""
        finder = Finder(self.store, self.road, self.history, self._has)
        return finder.find(text, self.moment(as_of), union=union)

    def trace(
        self,
        starts: Sequence[str],
        direction: Direction,
        as_of: int | datetime | None = None,
        *,
        thorough: bool | None = None,
    ) -> Answer:
        """Everything that may hold the starts (forward), or that may be in them (backward), to any depth.

        Both roads are followed and compared in full, always. What the records say of each item is compared as well up to
        THOROUGH items, or when ``thorough`` asks for it: a record is a copy of one fact, which ``verify`` checks, so there
        is no traversal in it that could go astray.
        """
        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        found, differences, compared = self._findings(starts, direction, moment, shipped=False, thorough=thorough)
        answer = {
            "start": starts[0] if len(starts) == 1 else starts,
            "direction": direction,
            "as_of": moment,
            "complete": not differences,
            "items": composing.item_rows(found, tiers=False),
            "on_cycle": found.reach.cycles,
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }
        return Answer(answer, self._asked(began, compared))

    def scope(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, thorough: bool | None = None
    ) -> Answer:
        """The scope of a recall of the starts: items with tier, finished units and lots, consignees, and what is unsure.

        ``thorough`` as for ``trace``.
        """
        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        found, differences, compared = self._findings(starts, "forward", moment, shipped=True, thorough=thorough)
        road, described = self.road, found.described
        units, lots, loose = composing.finished(described)
        measures = road.measures(moment)
        produced = {lot: road.produced(lot, moment) for lot in loose}
        rests = composing.rests(described, measures)
        answer: dict[str, Any] = {
            "starts": starts,
            "direction": "forward",
            "as_of": moment,
            "complete": not differences,
            "items": composing.item_rows(found, tiers=True),
            "on_cycle": found.reach.cycles,
            "finished_units": len(units),
            "finished_lots": len(lots),
            "finished_lots_without_serials": len(loose),
            "partly_serialised_lots": len(rests),
            "finished_quantity": composing.quantities(loose, described, produced, measures, rests),
            "consignees": composing.consignees(found.shipped, described, road.parties(moment), measures),
            "items_without_stage": sum(d.stage is None and d.kind != "unknown" for d in described.values()),
            "unresolved": sorted(item for item, known in described.items() if known.kind == "unknown"),
            "gaps": self.snapshot.gaps(starts, found.reach, "forward", moment),
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }
        answer["summary"] = scope_lines(answer)
        return Answer(answer, self._asked(began, compared))

    def bounds(self, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The scope at best and at worst, with every doubt between (see ``genealogy.bounds``)."""
        from genealogy.bounds import bounds

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        answer = bounds(self.snapshot, self.evidence, starts, moment)
        agree = self.road.reach(starts, "forward", moment) == self.snapshot.reach(starts, "forward", moment)
        answer |= {"complete": agree, "second_road": "agrees" if agree else "differs"}
        return Answer(answer, self._asked(began, ["reach"]))

    def diff(self, starts: Sequence[str], old: int | datetime, new: int | datetime | None = None) -> Answer:
        """What a scope says otherwise as of a later moment, and which entries did it (see ``genealogy.diff``)."""
        from genealogy import diff as differing

        began, before, after, starts = time.perf_counter(), self.moment(old), self.moment(new), sorted(set(starts))
        if before > after:
            raise InputError(f"Entry {before} is not before entry {after}: give the earlier moment first.")
        ends = [self.scope(starts, moment).answer for moment in (before, after)]
        answer = {"starts": starts, "from": before, "to": after, **differing.difference(*ends)}
        entries = [
            s
            for s in self.history.entries_with_facts(after=before, upto=after)
            if not set(differing.LINKING).isdisjoint(self.history.tables(s))
        ]
        moved = [row["id"] for name in ("added", "removed") for row in answer[name]]
        by = differing.culprits(self.snapshot, starts, moved, entries, before)
        for name in ("added", "removed"):
            answer[name] = [{**row, "entry": by[row["id"]]} for row in answer[name]]
        answer["entries"] = [
            differing.entry_row(
                self.ledger.entry(entry),
                {name: sum(row["entry"] == entry for row in answer[name]) for name in ("added", "removed")},
            )
            for entry in sorted(set(by.values()))
        ]
        answer["complete"] = all(end["complete"] for end in ends)
        answer["summary"] = differing.summary(answer)
        return Answer(answer, self._asked(began, ["reach"]))

    def why(self, item: str, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """Why an item is in the scope of some starts: the best chain of recorded facts; or why it is not."""
        from genealogy.why import why

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = why(self.snapshot, self.evidence, item, starts, moment, self.road)
        return Answer(answer, self._asked(began, ["tier and moves of the best path", "each move"]))

    def near_misses(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, limit: int | None = None
    ) -> Answer:
        """What stands beside the scope of some starts without being in it, and the fact that cuts; ``limit`` a kind."""
        from genealogy.near_misses import near_misses

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = near_misses(self.snapshot, self.evidence, starts, moment, limit)
        return Answer(answer, self._asked(began, []))

    def responsible(self, item: str, as_of: int | datetime | None = None) -> Answer:
        """Who and what stands behind an item: person, time, place, lots, equipment, parameters, documents of each step."""
        from genealogy.responsible import responsible

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = responsible(self.snapshot, self.evidence, item, moment)
        return Answer(answer, self._asked(began, []))

    def verify(self, expect: tuple[int, str] | None = None) -> Verification:
        """Check chain and documents, then the graph against them; names the first thing that is wrong."""
        from genealogy.verify import verify

        return verify(self, expect)

    def content_digest(self) -> str:
        """Digest of what the store holds in force, without the entries that brought it."""
        return content_digest(self.store)

    def history_digest(self) -> str:
        """Digest of everything the store holds, with the entries that brought and superseded it."""
        return history_digest(self.store)

    def _has(self, item: str, moment: int) -> bool:
        return self.snapshot.has(item, moment)

    def _findings(
        self, starts: Sequence[str], direction: Direction, moment: int, *, shipped: bool, thorough: bool | None
    ) -> tuple[composing.Findings, list[str], list[str]]:
        """What was found (the union where the roads differ), what they say differently, and what was compared."""
        road, snapshot = self.road, self.snapshot
        first, second = (each.reach(starts, direction, moment) for each in (road, snapshot))
        ids = [*starts, *(second.ids if first.ids == second.ids else sorted({*first.ids, *second.ids} - {*starts}))]
        described = snapshot.describe(ids, moment)
        lines = snapshot.shipments(ids, moment) if shipped else []
        arrays = composing.Findings(second, dict(zip(ids, described, strict=True)), lines)
        compared = ["reach"]
        if thorough or (thorough is None and len(ids) <= THOROUGH):
            by_graph = road.describe(ids, moment)
            graph_lines = road.shipments(ids, moment, by_graph) if shipped else []
            graph = composing.Findings(first, dict(zip(ids, by_graph, strict=True)), graph_lines)
            compared += ["descriptions", "shipments"] if shipped else ["descriptions"]
        else:
            graph = composing.Findings(first, arrays.described, arrays.shipped)
        differences = composing.difference(graph, arrays)
        return (composing.union(graph, arrays) if differences else graph), differences, compared

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
