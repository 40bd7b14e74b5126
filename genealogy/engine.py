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
from genealogy.both_roads import both
from genealogy.compare import Boundaries
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
from genealogy.serials import find_range
from genealogy.snapshot import Snapshot
from genealogy.starts.arrays import ArrayStarts
from genealogy.starts.graph import GraphStarts
from genealogy.starts.naming import Names
from genealogy.starts.resolve import Resolved, resolve
from genealogy.whole import WholeGraph
from queries.shape import FORM

if TYPE_CHECKING:
    from genealogy.boundary import Boundary
    from genealogy.chain import Entry, Verification
    from genealogy.narrow import Narrowing
    from genealogy.starts import Start
    from genealogy.starts.asked import Asked
    from genealogy.stores.contract import Manifest, Store

Direction = Literal["forward", "backward"]
Progress = Callable[[str], None]


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
        follow: bool = True,
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
            follow: bring the store up to the ledger; else it stays as it is, for one that is about to be filled otherwise.
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
                open_store,
                home,
                store,
                username=username,
                password=password,
                database=database,
                ledger=ledger.id,
                progress=say,
            )
            engine = cls(home, ledger, partial(connect, anew=anew), owner, say)
            engine._connect = connect
            if anew:
                engine.rebuild()
            elif follow:
                if not engine._manifest.applied and engine.head:
                    say(f"The {engine.store.name} is empty; the graph is made again from the ledger.")
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
            if self._manifest.must_be_made_again:
                self.catch_up()
                return

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
        ranged = find_range(text, self.moment(as_of), self.store, self.road, self.snapshot, union=union)
        if ranged is not None:
            return ranged
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
        said = both(self.road, self.snapshot, starts, direction, moment, shipped=False, thorough=thorough)
        found, differences = said.found, said.differences
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
        return Answer(answer, self._asked(began, said.compared))

    def scope(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        thorough: bool | None = None,
        also: Sequence[Start] = (),
        narrowing: Narrowing | None = None,
    ) -> Answer:
        """The scope of a recall of the starts: items with tier, finished units and lots, consignees, and what is unsure.

        ``thorough`` as for ``trace``; ``also`` are starts that are no items (see ``genealogy.starts``); ``narrowing`` leaves
        out what facts allow to leave out, and says it (see ``genealogy.narrow``).
        """
        began, moment = time.perf_counter(), self.moment(as_of)
        boundaries, compared = self._boundaries(starts, moment, also, thorough=thorough)
        answer = boundaries.full if narrowing is None else boundaries.narrowed(narrowing)
        return Answer(answer, self._asked(began, compared))

    def compare(
        self,
        starts: Sequence[str],
        named: Sequence[tuple[str, Narrowing | None]],
        as_of: int | datetime | None = None,
        *,
        also: Sequence[Start] = (),
    ) -> Answer:
        """The full scope and narrowed ones side by side (see ``genealogy.compare``); ``named``: text and meaning of each."""
        began, moment = time.perf_counter(), self.moment(as_of)
        boundaries, compared = self._boundaries(starts, moment, also)
        own = {party for party, known in self.road.parties(moment).items() if "own" in known.roles}
        return Answer(boundaries.beside(named, own), self._asked(began, compared))

    def _boundaries(
        self, starts: Sequence[str], moment: int, also: Sequence[Start], *, thorough: bool | None = None
    ) -> tuple[Boundaries, list[str]]:
        self.road.asked.clear()
        chosen = self._chosen(also, moment)
        starts = sorted({*starts, *chosen.items})
        said = both(
            self.road, self.snapshot, starts, "forward", moment, shipped=True, thorough=thorough, outputs=chosen.outputs
        )
        gaps = said.gaps
        if gaps is None or chosen.sources:
            gaps = self.snapshot.gaps(sorted({*starts, *chosen.sources}), said.found.reach, "forward", moment)
        differences = [*chosen.differences, *said.differences]
        compose = partial(self._composed, starts, gaps, moment, differences, chosen)
        compared = [*said.compared, *(["starts"] if also else [])]
        return Boundaries(self.snapshot, self.evidence, moment, said.found, compose), compared

    def starts(self, asked: Asked, as_of: int | datetime | None = None) -> list[Start]:
        """The starts that are no items, from the words of a question."""
        return asked.starts(Names(self.snapshot.moment(self.moment(as_of))))

    def narrowing(self, boundary: Boundary, as_of: int | datetime | None = None) -> Narrowing | None:
        """What a scope is narrowed by, from the words of a question."""
        return boundary.narrowing(Names(self.snapshot.moment(self.moment(as_of))))

    def _chosen(self, also: Sequence[Start], moment: int) -> Resolved:
        if not also:
            return Resolved()
        graph, arrays = GraphStarts(self.store, self.road, moment), ArrayStarts(self.snapshot.moment(moment))
        return resolve(also, graph, arrays, self.evidence)

    def _composed(
        self,
        starts: list[str],
        gaps: dict[str, Any],
        moment: int,
        differences: list[str],
        chosen: Resolved,
        found: composing.Findings,
    ) -> dict[str, Any]:
        """The answer of a scope."""
        road, described = self.road, found.described
        finished, measures = composing.finished(found), road.measures(moment)
        produced = [road.produced(found.ids[lot], moment) for lot in finished.loose]
        rests = composing.rests(found, finished, measures)
        unknown = described.kind.where("unknown")
        answer: dict[str, Any] = {
            "starts": starts,
            "direction": "forward",
            "as_of": moment,
            "complete": not differences,
            "items": composing.item_rows(found, tiers=True),
            "on_cycle": found.reach.cycles,
            "finished_units": len(finished.units),
            "finished_lots": len(finished.lots),
            "finished_lots_without_serials": len(finished.loose),
            "partly_serialised_lots": len(rests),
            "by_tier": composing.by_tier(found, finished),
            "finished_quantity": composing.quantities(described.at(finished.loose).rows(), produced, measures, rests),
            "consignees": composing.consignees(found, road.parties(moment), measures),
            "items_without_stage": int((described.stage.where(None) & ~unknown).sum()),
            "unresolved": sorted(found.ids[place] for place in unknown.nonzero()[0].tolist()),
            "gaps": self.evidence.named(gaps),
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }
        if chosen.rows:
            answer["started_from"] = chosen.rows
        answer["summary"] = scope_lines(answer)
        return answer

    def where(self, items: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """Where items are now, each and in sum (see ``genealogy.where``)."""
        from genealogy.where import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = answered(self.snapshot, self.store, self.road.asked, sorted(set(items)), moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    def scope_items(self, starts: Sequence[str], as_of: int | datetime | None = None) -> list[str]:
        """The starts and everything that may hold some of them."""
        moment = self.moment(as_of)
        return sorted({*starts, *self.snapshot.reach(sorted(set(starts)), "forward", moment).ids})

    def balance(self, item: str | Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The mass balance of a lot or unit, or of several together (see ``genealogy.balance``)."""
        from genealogy.balance import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        items = [item] if isinstance(item, str) else sorted(set(item))
        answer = answered(self.snapshot, self.evidence, self.store, self.road.asked, items, moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    def trace_balance(self, items: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The mass balance of everything behind items (see ``genealogy.balance_trace``)."""
        from genealogy.balance_trace import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        starts = sorted(set(items))
        answer = answered(self.snapshot, self.evidence, self.store, self.road.asked, starts, moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    def step_balance(self, step: str, as_of: int | datetime | None = None) -> Answer:
        """What a step consumed against what it made (see ``genealogy.balance_steps``)."""
        from genealogy.balance_steps import step_balance

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        return Answer(step_balance(self.snapshot, self.evidence, step, moment), self._asked(began, []))

    def where_else(
        self,
        complaints: Sequence[str],
        healthy: Sequence[str] = (),
        as_of: int | datetime | None = None,
        *,
        first: int | None = None,
    ) -> Answer:
        """What complaints have in common, ranked, and what else it went into (see ``genealogy.where_else``)."""
        from genealogy.where_else import where_else

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = where_else(self.snapshot, self.store, self.road, complaints, healthy, moment, first)
        return Answer(answer, self._asked(began, ["complaints behind each candidate"]))

    def share(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        cut_off: str | None = None,
        mixing: bool = False,
    ) -> Answer:
        """The fraction of each affected item that came from the starts (see ``genealogy.share``)."""
        from genealogy.share_answer import share_answer

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        answer = share_answer(self.snapshot, starts, moment, cut_off=cut_off, mixing=mixing)
        held = {*answer["left_out"], *(row["id"] for row in answer["items"] if not row["inferred"])}
        held -= set() if answer["mixing"] is None else set(answer["mixing"]["inferred_ids"])
        reached = set(self.road.reach(starts, "forward", moment).ids)
        said = [f"{item}: affected by one road only" for item in sorted(held ^ reached)]
        answer |= {"complete": not said, "second_road": "differs" if said else "agrees", "differences": said}
        return Answer(answer, self._asked(began, ["items reached"]))

    def sweep(self, stage: str | None = None, as_of: int | datetime | None = None) -> Answer:
        """The reach of every lot, largest first (see ``genealogy.sweep``)."""
        from genealogy.sweep import sweep_answer

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        return Answer(sweep_answer(self.snapshot, stage, moment), self._asked(began, []))

    def bounds(self, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The scope at best and at worst, with every doubt between (see ``genealogy.bounds``)."""
        from genealogy.bounds import bounds

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        answer = self.evidence.named(bounds(self.snapshot, self.evidence, starts, moment))
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
        from genealogy.why import compared

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = self.evidence.named(near_misses(self.snapshot, self.evidence, starts, moment, limit))
        answer |= compared(self.road, self.snapshot, answer["starts"], "forward", moment)
        return Answer(answer, self._asked(began, ["items reached"]))

    def responsible(self, item: str, as_of: int | datetime | None = None) -> Answer:
        """Who and what stands behind an item: person, time, place, lots, equipment, parameters, documents of each step."""
        from genealogy.responsible import responsible
        from genealogy.why import compared

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = responsible(self.snapshot, self.evidence, item, moment)
        answer |= compared(self.road, self.snapshot, [item], "backward", moment)
        return Answer(answer, self._asked(began, ["items reached"]))

    def attention(self) -> dict[str, int]:
        """What in the records waits for somebody (see ``genealogy.attention``)."""
        from genealogy.attention import attention

        return attention(self.snapshot, self.head)

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
