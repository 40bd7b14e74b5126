"""The server store: Neo4j over Bolt. The only module that knows the Neo4j driver."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import neo4j
import pyarrow as pa
from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError, ServiceUnavailable

from genealogy import deadline
from genealogy.errors import ForeignStoreError, StoreError, StoreUnavailableError
from genealogy.stores import neo4j_chunks
from genealogy.stores.contract import ANEW, Manifest
from queries import ddl, write
from queries.shape import IDENTITIES, LINKS, RECORDS, LinkType, NodeLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from genealogy.deadline import Deadline
    from genealogy.projection import Change
    from genealogy.whole import WholeGraph
    from queries.query import Query

# What goes wrong is raised, and said once; the driver would say it on stderr as well.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_LANES = 3
"""Sessions that write at once: while the server works for one, the rows of the next are packed."""

_PATIENCE_S = 8
"""How long a connection may take, from the socket to the sign-in: a server that takes longer cannot be reached."""

_INDEX_S = 24 * 3600
"""How long indexes may take to be made over a graph that is there."""

_RETRIES_S = 30
"""How long a transaction is tried again when its connection broke: a server that is restarted is back by then."""

_PATIENCE_WITH_PLAN_S = 20
"""How long a recursion may take by a plan that the server kept; a million items take half of it."""

RECURSION = "*1.."
"""What a text holds that follows links to any depth."""


def _rows(text: str, params: dict[str, Any], **limits: Any) -> Callable[[neo4j.ManagedTransaction], list[list[Any]]]:
    @neo4j.unit_of_work(**limits)
    def read(tx: neo4j.ManagedTransaction) -> list[list[Any]]:
        return [record.values() for record in tx.run(text, params)]

    return read


class Neo4jStore:
    """The graph in a Neo4j database that holds nothing else.

    A small entry goes in as one transaction, a large one by chunks (see ``neo4j_chunks``).
    """

    dialect = "neo4j"

    def __init__(self, uri: str, username: str, password: str, database: str | None = None) -> None:
        self._uri, self._database = uri, database or None
        self._manifest = Manifest("")
        with self._translated():
            self._driver = neo4j.GraphDatabase.driver(
                uri,
                auth=(username, password),
                notifications_min_severity="OFF",
                connection_timeout=_PATIENCE_S,
                connection_acquisition_timeout=_PATIENCE_S,
                max_transaction_retry_time=_RETRIES_S,
            )
            self._driver.verify_connectivity()

    @property
    def name(self) -> str:
        """What and where it is."""
        return f"Neo4j at {self._uri}" + (f", database {self._database}" if self._database else "")

    def version(self) -> str:
        """Name and version of the database."""
        with self._translated():
            return f"neo4j {self._driver.get_server_info().agent.removeprefix('Neo4j/')}"

    def prepare(self, ledger: str) -> Manifest:
        """See ``Store.prepare``."""
        (every,), ours = self._rows(write.ANY_NODE)[0], sum(count for (count,) in self._rows(write.OUR_NODES))
        foreign = self._rows(write.FOREIGN_NODES, ours=list(write.OUR_LABELS)) if every != ours else []
        if foreign:
            label, count = foreign[0]
            raise ForeignStoreError(
                f"{self.name} holds {count} nodes labelled {label!r} that are not ours. Nothing was changed. "
                "Give the engine a database of its own (NEO4J_DATABASE)."
            )
        found = self._rows(write.READ_MANIFEST)
        if found and found[0][0] != ledger:
            raise ForeignStoreError(
                f"{self.name} follows another ledger ({found[0][0]}, not {ledger}). Nothing was changed. "
                "Choose another database, or the home that belongs to this one."
            )
        self._manifest = Manifest(*found[0]) if found else Manifest(ledger)
        self._index(ddl.neo4j_first())
        if not found:
            self._note(self._manifest)
        if self._manifest.applied:
            self._index(ddl.neo4j_then())
        return self._manifest

    def apply(self, change: Change) -> Manifest:
        """See ``Store.apply``."""
        before, fresh = self._manifest, self._manifest.applied == 0
        chunks = neo4j_chunks.of_change(change, fresh=fresh)
        worst = max(before.worst_tier, change.worst_tier)
        done = Manifest(before.ledger, change.sequence, -1, 0, worst)
        if before.applying >= 0 and (before.applying, before.chunk) != (change.sequence, len(chunks)):
            # It was begun otherwise than this version goes about it: nobody can say what is there.
            self._note(Manifest(before.ledger, before.applied, change.sequence, ANEW, worst))
            return self._manifest
        if before.applying < 0 and sum(len(chunk.rows) for chunk in chunks) <= neo4j_chunks.BATCH:
            self._note(done, chunks)
        else:
            self._note(Manifest(before.ledger, before.applied, change.sequence, len(chunks), worst))
            self._write(chunks, done, fresh=fresh)
        if fresh:
            self._index(ddl.neo4j_then())
        return self._manifest

    def fill(self, whole: WholeGraph) -> None:
        """See ``Store.fill``: over Bolt. A large graph is quicker by the offline import (``rebuild --bulk``)."""
        ledger = self._manifest.ledger
        self._note(Manifest(ledger, 0, whole.applied, ANEW, whole.worst_tier))
        self._write(neo4j_chunks.of_whole(whole), Manifest(ledger, whole.applied, -1, 0, whole.worst_tier), fresh=True)

    def read(self, query: Query, **params: Any) -> dict[str, list[Any]]:
        """See ``Store.read``."""
        text, hurry = query.text(self.dialect), deadline.current()
        with self._translated(), self._session(neo4j.READ_ACCESS) as session:
            records = self._planned_anew_if_long(session, text, params, hurry)
        if self.dialect in query.collected:
            return dict(zip(query.columns, records[0], strict=True))
        if self.dialect in query.listed:
            records = records[0][0]
        columns = list(zip(*records, strict=True)) or [()] * len(query.columns)
        return {name: list(column) for name, column in zip(query.columns, columns, strict=True)}

    def nodes(self, label: NodeLabel) -> pa.Table:
        """See ``Store.nodes``."""
        return self._table(write.read_nodes(label), (label.key, *label.properties))

    def links(self, link: LinkType) -> pa.Table:
        """See ``Store.links``."""
        return self._table(write.read_links(link), link.properties, "source", "target")

    def empty(self) -> None:
        """See ``Store.empty``."""
        self._note(Manifest(self._manifest.ledger, 0, 0, ANEW))
        with self._translated(), self._session() as session:
            for link in LINKS:
                session.run(write.empty_links(link, self.dialect)).consume()
            for label in (*RECORDS.values(), *IDENTITIES):
                session.run(write.empty_nodes(label, self.dialect)).consume()
            session.execute_write(neo4j_chunks.finish, Manifest(self._manifest.ledger))
        self._manifest = Manifest(self._manifest.ledger)

    def close(self) -> None:
        """See ``Store.close``."""
        self._driver.close()

    def _planned_anew_if_long(
        self, session: neo4j.Session, text: str, params: dict[str, Any], hurry: Deadline | None
    ) -> list[list[Any]]:
        """The rows of a question; a recursion that is not done by then is asked again by a plan made for this graph.

        The server keeps its plans, and now and then one that was made while the graph was another one follows every path
        where one that is made now visits every node once: minutes or days instead of a tenth of a second.
        """
        left = None if hurry is None else hurry.left
        if RECURSION in text and (left is None or left > 2 * _PATIENCE_WITH_PLAN_S):
            try:
                return session.execute_read(_rows(text, params, timeout=_PATIENCE_WITH_PLAN_S))
            except Neo4jError as error:
                if "TransactionTimedOut" not in (error.code or ""):
                    raise
            text = f"CYPHER replan=force {text}"
        return (
            session.execute_read(_rows(text, params)) if hurry is None else self._within(hurry, session, text, params)
        )

    def _within(self, hurry: Deadline, session: neo4j.Session, text: str, params: dict[str, Any]) -> list[list[Any]]:
        """The rows of a question that the server stops when nobody waits for them any more."""
        name = uuid4().hex

        try:
            with hurry.stopping(partial(self._terminate, name)):
                return session.execute_read(_rows(text, params, timeout=hurry.left, metadata={"question": name}))
        except (Neo4jError, DriverError):
            hurry.check()
            raise

    def _terminate(self, question: str) -> None:
        with suppress(Neo4jError, DriverError), self._session() as session:
            found = session.run(write.RUNNING, question=question)
            for running in [record["transactionId"] for record in found]:
                session.run(write.TERMINATE, id=running).consume()

    def _note(self, manifest: Manifest, chunks: Sequence[neo4j_chunks.Chunk] = ()) -> None:
        """Write the manifest, with all of a small change in the same transaction."""
        with self._translated(), self._session() as session:
            session.execute_write(neo4j_chunks.write_all, chunks, manifest)
        self._manifest = manifest

    def _write(self, chunks: Sequence[neo4j_chunks.Chunk], done: Manifest, *, fresh: bool) -> None:
        """Write a large change, several chunks at once, then the manifest that says that it is there."""

        def one(numbered: tuple[int, neo4j_chunks.Chunk]) -> None:
            with self._session() as session:
                session.execute_write(neo4j_chunks.write_one, numbered[1], numbered[0])

        with self._translated():
            lanes = ThreadPoolExecutor(_LANES, thread_name_prefix="neo4j")
            try:
                for phase in sorted({chunk.phase for chunk in chunks}):
                    list(lanes.map(one, [(n, chunk) for n, chunk in enumerate(chunks) if chunk.phase == phase]))
            finally:
                lanes.shutdown(cancel_futures=True)  # after a failure nothing more is begun
            if fresh:
                self._index(ddl.neo4j_then())
            with self._session() as session:
                session.execute_write(neo4j_chunks.finish, done)
        self._manifest = done

    def _index(self, wanted: Mapping[str, str]) -> None:
        """Make the constraints and indexes that are missing, and wait until they can be used."""
        there = {name for (name,) in self._rows("SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name")}
        missing = [statement for name, statement in wanted.items() if name not in there]
        for statement in missing:
            self._rows(statement)
        if missing:
            self._rows(f"CALL db.awaitIndexes({_INDEX_S})")
            # A plan from before there was a graph, or its indexes, follows every path. Who may not ask for this waits for
            # ``_planned_anew_if_long`` instead.
            with suppress(StoreError):
                self._rows(f"CALL db.prepareForReplanning({_INDEX_S})")

    def _table(self, text: str, properties: Sequence[Any], *ends: str) -> pa.Table:
        types = {name: pa.string() for name in ends}
        types |= {p.name: pa.string() if p.type == "STRING" else pa.int64() for p in properties}
        parts = []
        with self._translated(), self._session(neo4j.READ_ACCESS) as session:
            result = session.run(text)
            while rows := result.fetch(50_000):
                columns = zip(*(row.values() for row in rows), strict=True)
                parts.append(pa.table({n: pa.array(c, t) for (n, t), c in zip(types.items(), columns, strict=True)}))
        return pa.concat_tables(parts) if parts else pa.table({n: pa.array([], t) for n, t in types.items()})

    def _rows(self, text: str, **params: Any) -> list[list[Any]]:
        with self._translated(), self._session() as session:
            return [list(record.values()) for record in session.run(text, params)]

    def _session(self, access: str = neo4j.WRITE_ACCESS) -> neo4j.Session:
        return self._driver.session(database=self._database, default_access_mode=access, fetch_size=20_000)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except AuthError as cause:
            raise StoreUnavailableError(
                f"Neo4j at {self._uri} refuses the credentials. Check NEO4J_USERNAME and NEO4J_PASSWORD."
            ) from cause
        except (ServiceUnavailable, ConfigurationError, OSError, ValueError) as cause:
            said = " ".join(str(cause).split())
            raise StoreUnavailableError(
                f"Neo4j at {self._uri} cannot be reached ({said}). Check that it runs and that GENEALOGY_STORE "
                "names it; `genealogy neo4j start` runs one on this machine."
            ) from cause
        except (Neo4jError, DriverError) as cause:
            raise StoreError(f"{self.name}: {cause}") from cause
