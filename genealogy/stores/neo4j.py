"""The server store: Neo4j over Bolt. The only module that knows the Neo4j driver."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import neo4j
import pyarrow as pa
from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError, ServiceUnavailable

from genealogy.errors import ForeignStoreError, StoreError, StoreUnavailableError
from genealogy.stores.contract import ANEW, Manifest
from queries import ddl, write
from queries.shape import IDENTITIES, LINKS, RECORDS, LinkType, NodeLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genealogy.projection import Change
    from genealogy.whole import WholeGraph
    from queries.query import Query

_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows for one transaction; ``count`` is how many its statement must report."""

    text: str
    name: str
    rows: list[Any]
    params: dict[str, Any]


class Neo4jStore:
    """The graph in a Neo4j database that holds nothing else.

    A large entry goes in by chunks, each in a transaction that also writes the manifest, so that an interrupted entry goes
    on where it stopped and a commit of unknown outcome is never repeated.
    """

    dialect = "neo4j"

    def __init__(self, uri: str, username: str, password: str, database: str | None = None) -> None:
        self._uri, self._database = uri, database or None
        self._manifest = Manifest("")
        with self._translated():
            self._driver = neo4j.GraphDatabase.driver(
                uri, auth=(username, password), notifications_min_severity="OFF", connection_timeout=10
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
        foreign = self._rows(write.FOREIGN_NODES, ours=list(write.OUR_LABELS))
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
        for statement in ddl.statements(self.dialect):
            self._rows(statement)
        self._rows("CALL db.awaitIndexes(300)")
        if found:
            self._manifest = Manifest(*found[0])
        else:
            self._manifest = Manifest(ledger)
            self._apply_chunks([], self._manifest)
        return self._manifest

    def apply(self, change: Change) -> None:
        """See ``Store.apply``."""
        before = self._manifest
        chunks = list(_chunks(change, fresh=before.applied == 0))
        worst = max(before.worst_tier, change.worst_tier)
        self._apply_chunks(chunks, Manifest(before.ledger, change.sequence, -1, 0, worst))

    def fill(self, whole: WholeGraph) -> None:
        """See ``Store.fill``: over Bolt. A large graph is quicker by the offline import (``rebuild --bulk``)."""
        ledger = self._manifest.ledger
        chunks: list[_Chunk] = []
        for label in IDENTITIES:
            chunks += _cut(
                write.create_nodes(label, self.dialect), "rows", [[i] for i in whole.identities(label).to_pylist()]
            )
        for record in RECORDS.values():
            if (table := whole.records(record)) is not None:
                chunks += _cut(write.create_nodes(record, self.dialect), "rows", _lists(table))
        for link in LINKS:
            if (table := whole.links(link)) is not None:
                chunks += _cut(write.create_links(link, self.dialect), "rows", _lists(table))
        filling = Manifest(ledger, 0, whole.applied, ANEW, whole.worst_tier)
        with self._translated(), self._session() as session:
            for chunk in chunks:
                session.execute_write(_write_chunk, chunk, filling, whole.applied, 0)
        self._apply_chunks([], Manifest(ledger, whole.applied, -1, 0, whole.worst_tier))

    def read(self, query: Query, **params: Any) -> dict[str, list[Any]]:
        """See ``Store.read``."""
        text = query.text(self.dialect)
        with self._translated(), self._session(neo4j.READ_ACCESS) as session:
            records = session.execute_read(lambda tx: [record.values() for record in tx.run(text, params)])
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
        self._apply_chunks([], Manifest(self._manifest.ledger, 0, 0, ANEW))
        with self._translated(), self._session() as session:
            for link in LINKS:
                session.run(write.empty_links(link, self.dialect)).consume()
            for label in (*RECORDS.values(), *IDENTITIES):
                session.run(write.empty_nodes(label, self.dialect)).consume()
        self._apply_chunks([], Manifest(self._manifest.ledger))

    def close(self) -> None:
        """See ``Store.close``."""
        self._driver.close()

    def _apply_chunks(self, chunks: Sequence[_Chunk], done: Manifest) -> None:
        before, last = self._manifest, len(chunks)
        with self._translated(), self._session() as session:
            for number in range(1, last + 1):
                going = Manifest(before.ledger, before.applied, done.applied, number, done.worst_tier)
                session.execute_write(
                    _write_chunk, chunks[number - 1], done if number == last else going, done.applied, number
                )
            if not chunks:
                session.execute_write(_write_chunk, None, done, done.applied, 0)
        self._manifest = done

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
            raise StoreUnavailableError(
                f"Neo4j at {self._uri} cannot be reached ({cause}). Check that it runs and that GENEALOGY_STORE "
                "names it; `genealogy neo4j start` runs one on this machine."
            ) from cause
        except (Neo4jError, DriverError) as cause:
            raise StoreError(f"{self.name}: {cause}") from cause


def _write_chunk(tx: neo4j.ManagedTransaction, chunk: _Chunk | None, after: Manifest, entry: int, number: int) -> None:
    """One chunk and the manifest that says so, in one transaction; a chunk that is there already is not written again."""
    found = tx.run(write.READ_MANIFEST).single()
    if found is not None and number:
        _, applied, applying, there, _ = found.values()
        if applied >= entry or (applying == entry and there >= number):
            return
    if chunk is not None:
        record = tx.run(chunk.text, {chunk.name: chunk.rows, **chunk.params}).single(strict=True)
        if record[0] != len(chunk.rows):
            # Neo4j makes nothing, and says nothing, where an end of a link is missing.
            raise StoreError(
                f"{len(chunk.rows)} rows were to be written, {record[0]} were. The statement was: {chunk.text[:160]}. "
                "Nothing of this chunk was kept; run `genealogy rebuild`."
            )
    tx.run(write.WRITE_MANIFEST, {name: getattr(after, name) for name in Manifest.__slots__}).consume()


def _chunks(change: Change, *, fresh: bool) -> Iterator[_Chunk]:
    """The statements of a change in an order that is the same every time it is worked out."""
    for label in IDENTITIES:
        if label.name in change.identities:
            text = write.create_nodes(label, "neo4j") if fresh else write.merge_nodes(label)
            yield from _cut(text, "rows", [[i] for i in change.identities[label.name].to_pylist()])
    for record in RECORDS.values():
        if record.name in change.closed_records:
            keys = change.closed_records[record.name].to_pylist()
            yield from _cut(write.supersede_nodes(record), "keys", keys, at=change.sequence)
        if record.name in change.records:
            yield from _cut(write.create_nodes(record, "neo4j"), "rows", _lists(change.records[record.name]))
    for link in LINKS:
        if link.name in change.closed_links:
            rows = _lists(change.closed_links[link.name])
            yield from _cut(write.supersede_links(link, "neo4j"), "rows", rows, at=change.sequence)
        if link.name in change.links:
            yield from _cut(write.create_links(link, "neo4j"), "rows", _lists(change.links[link.name]))


def _cut(text: str, name: str, rows: list[Any], **params: Any) -> Iterator[_Chunk]:
    for start in range(0, len(rows), _BATCH):
        yield _Chunk(text, name, rows[start : start + _BATCH], params)


def _lists(table: pa.Table) -> list[list[Any]]:
    return [list(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]
