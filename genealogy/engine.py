"""The one core behind every door: the command line, the API and the console ask this, and give the same answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from genealogy import deadline
from genealogy.cypher_road import CypherRoad
from genealogy.digests import content_digest, history_digest
from genealogy.errors import StoreError, StoreUnavailableError
from genealogy.evidence import Evidence
from genealogy.history import History
from genealogy.home import SNAPSHOT, open_store
from genealogy.lanes import Lanes, State
from genealogy.ledger import Ledger
from genealogy.owner import Owner
from genealogy.projection import project
from genealogy.snapshot import Snapshot
from genealogy.views import Views
from genealogy.whole import WholeGraph
from genealogy.wording import Command, parts_of, said
from queries.shape import FORM

if TYPE_CHECKING:
    from genealogy.chain import Entry, Verification
    from genealogy.stores.contract import Manifest, Store

Progress = Callable[[str], None]
_CLOSING_S = 4.0


class Engine(Views):
    """A plant's ledger, its graph and its arrays, and the questions that can be put to them.

    Opened by ``Engine.open``; one process at a time holds a home. Several threads may ask at once, each within
    ``asking``; there, "now" is the last entry whose facts are all in the store when the question begins.

    Attributes:
        home: folder of the plant.
        ledger: its history.
        store: its graph.
        history: the facts of the ledger, folded in time.
        asking: the context of a question that is asked beside others and beside loads.
        loading: held by a load from its first look at what is known until it is recorded.
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
        self._state: State | None = None
        self._writing, self._refreshing, self.loading = threading.RLock(), threading.RLock(), threading.RLock()
        self.asking = Lanes(self._in_force, self._new_road)
        try:
            self._manifest: Manifest = self.store.prepare(ledger.id)
            # Whether a change has ended in its midst: then only the store itself can say how far it is.
            self._doubted = False
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
        """Let go of store, ledger and home; not while a change is still on its way after some seconds.

        Then the process is about to end, and the next opening brings the store up to the ledger.
        """
        if not self._writing.acquire(timeout=_CLOSING_S):
            return
        try:
            self.store.close()
            self.ledger.close()
            self._owner.release()
        finally:
            self._writing.release()

    @property
    def head(self) -> int:
        """The last entry of the ledger; while a question is asked, the last one when it began. All its facts are there."""
        lane = self.asking.mine
        return self.ledger.head.sequence if lane is None else lane.state.head

    @property
    def road(self) -> CypherRoad:
        """The first road: Cypher on the store."""
        lane = self.asking.mine
        if lane is not None:
            return lane.road
        if self._road is None:
            self._road = self._new_road()
        return self._road

    @property
    def snapshot(self) -> Snapshot:
        """The second road: arrays from the ledger's facts, as of its last entry."""
        deadline.check()
        lane = self.asking.mine
        return self._arrays(self.head) if lane is None else lane.state.snapshot

    @cached_property
    def evidence(self) -> Evidence:
        """Where each fact was read: entry, file and row."""
        return Evidence(self.ledger)

    @property
    def behind(self) -> bool:
        """Whether the store lacks entries, and nobody is at work to bring them there: the change that should have failed."""
        if not self._writing.acquire(blocking=False):
            return False
        try:
            return next(iter(self.history.entries_with_facts(after=self._manifest.applied)), None) is not None
        finally:
            self._writing.release()

    def catch_up(self) -> None:
        """Apply every entry that the store lacks; a store that was left in the midst of one is made again."""
        head = self.ledger.head.sequence
        if self._doubted:
            self._manifest, self._doubted = self.store.prepare(self.ledger.id), False
        if self._manifest.applied > head:
            raise StoreError(
                said(
                    f"{self.store.name} has followed the ledger to entry {self._manifest.applied}, but the ledger ends at "
                    f"{head}. Restore the right ledger, or run ",
                    Command("rebuild"),
                    " to make the graph from this one.",
                )
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
            self._doubted = True
            self._manifest = self.store.apply(project(self.history, sequence))
            self._doubted = False
            self._road = None
            if self._manifest.must_be_made_again:
                self.catch_up()
                return

    def record(self, action: str, details: Mapping[str, Any], actor: str | None = None) -> Entry:
        """Append an entry and bring its facts into the store; when this returns, both are durable."""
        with self._writing, deadline.within(None):
            entry = self.ledger.append(action, details, actor)
            self.catch_up()
            self._hand_on()
        return entry

    def rebuild(self) -> None:
        """Empty the store and make it again from the ledger; meanwhile nobody asks."""
        with self._writing, self.asking.closed(), deadline.within(None):
            self._doubted = True
            self.store.empty()
            self.store.fill(WholeGraph(History(self.ledger, keep=True)))
            self._manifest, self._doubted = self.store.prepare(self.ledger.id), False
            self.forget()
            self._hand_on()

    def reopen(self) -> None:
        """Connect to the store again, after it was stopped and filled from outside."""
        with self._writing, self.asking.closed():
            self.store = self._connect()
            self._manifest = self.store.prepare(self.ledger.id)
            self.catch_up()
            self.forget()
            self._hand_on()

    def verify(self, expect: tuple[int, str] | None = None) -> Verification:
        """Check chain and documents, then the graph against them; names the first thing that is wrong."""
        from genealogy.verify import verify

        with self._writing:
            return verify(self, expect)

    def _new_road(self) -> CypherRoad:
        return CypherRoad(self.store, self._manifest.worst_tier)

    def _arrays(self, head: int) -> Snapshot:
        """The arrays as of an entry or a later one; made up to date where they are not."""
        with self._refreshing:
            if self._snapshot is None or self._snapshot.sequence < head:
                folder, last = self.home / SNAPSHOT, self.ledger.head.sequence
                self._snapshot = Snapshot.refresh(self.ledger, folder, identity=self.ledger.id, head=last)
            return self._snapshot

    def _in_force(self) -> State:
        """What a question begins with. The first one waits for a change under way, later ones for none."""
        if self._state is None:
            with self._writing:
                # A change may have been recorded and not have come into the store: its disk was full.
                if self.behind:
                    try:
                        with deadline.within(None):
                            self.catch_up()
                    except StoreError as error:
                        raise StoreUnavailableError(
                            said("The graph lacks the last entries of the ledger. ", *parts_of(error))
                        ) from error
                self._hand_on(first=True)
        assert self._state is not None
        return self._state

    def _hand_on(self, *, first: bool = False) -> None:
        """From here on questions are answered as of the last entry; where nobody asks beside, nothing is made ahead."""
        self._road = None
        self.asking.renew()
        if first or self._state is not None:
            head = self.ledger.head.sequence
            self._state = State(head, self._arrays(head))
            threading.Thread(target=self._state.snapshot.at_hand, daemon=True).start()

    def content_digest(self) -> str:
        """Digest of what the store holds in force, without the entries that brought it."""
        return content_digest(self.store)

    def history_digest(self) -> str:
        """Digest of everything the store holds, with the entries that brought and superseded it."""
        return history_digest(self.store)
