"""The embedded store: one file in the home, no server. The only module that knows Ladybug."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ladybug
import pyarrow as pa

from genealogy.errors import ForeignStoreError, StoreError
from genealogy.stores.contract import ANEW, Manifest
from queries import ddl, write
from queries.shape import IDENTITIES, LINKS, NODES, RECORDS, LinkType, NodeLabel

if TYPE_CHECKING:
    from pathlib import Path

    from genealogy.projection import Change
    from genealogy.whole import WholeGraph
    from queries.query import Query

HOP_LIMIT = 65_535
"""The most links that Ladybug can count: its limit is taken modulo 65,536, and it stops at 30 when nobody says so."""

_SMALL = 2_000
"""Rows up to which a change goes in as one transaction of single statements; above, by COPY under a mark."""

_BATCH = 500
_BUFFER_BYTES = 1 << 30


class DamagedStoreError(StoreError):
    """The embedded store cannot be opened as it was left; it can be made again from the ledger."""


class LadybugStore:
    """The graph in one Ladybug database file.

    One ``Database`` a process: a second one on the same file would break its lock. All use is serialised.
    """

    dialect = "ladybug"

    def __init__(self, path: Path, *, buffer_bytes: int = _BUFFER_BYTES) -> None:
        self.path = path
        self._buffer_bytes = buffer_bytes
        self._lock = threading.RLock()
        self._manifest = Manifest("")
        self._open()

    def _open(self) -> None:
        try:
            # Never tolerantly: a tolerant opening drops acknowledged commits in silence.
            self._database = ladybug.Database(
                str(self.path),
                buffer_pool_size=self._buffer_bytes,
                throw_on_wal_replay_failure=True,
                enable_checksums=True,
                enable_multi_writes=False,
            )
            self._connection = ladybug.Connection(self._database)
        except RuntimeError as cause:
            raise DamagedStoreError(f"The embedded store {self.path} does not open: {cause}") from cause
        self._run(f"CALL var_length_extend_max_depth={HOP_LIMIT}")
        (limit,) = self._run("CALL current_setting('var_length_extend_max_depth') RETURN *").get_next()
        if int(limit) != HOP_LIMIT:
            raise StoreError(
                f"Ladybug took {limit} instead of {HOP_LIMIT} as its limit of links; it would cut answers short."
            )

    @property
    def name(self) -> str:
        """What and where it is."""
        return f"embedded store {self.path}"

    def version(self) -> str:
        """Name and version of the database."""
        return f"ladybug {ladybug.__version__}"

    def prepare(self, ledger: str) -> Manifest:
        """See ``Store.prepare``."""
        with self._lock:
            names = {row[1] for row in self._rows("CALL show_tables() RETURN *")}
            foreign = names - {label.name for label in NODES} - {link.name for link in LINKS}
            if foreign:
                raise ForeignStoreError(
                    f"{self.path} holds tables that are not ours ({', '.join(sorted(foreign)[:3])}). "
                    "Nothing was changed. Choose another home."
                )
            for statement in ddl.statements("ladybug"):
                self._run(statement)
            found = self._rows(write.READ_MANIFEST)
            if found and found[0][0] != ledger:
                raise ForeignStoreError(
                    f"{self.path} follows another ledger ({found[0][0]}, not {ledger}). Nothing was changed. "
                    "Run `genealogy rebuild` with the right home, or choose another home."
                )
            if found:
                self._manifest = Manifest(*found[0])
            else:
                self._note(Manifest(ledger))
            return self._manifest

    def apply(self, change: Change) -> None:
        """See ``Store.apply``: small changes in one transaction; large ones by COPY, marked while they go on."""
        with self._lock:
            before = self._manifest
            done = Manifest(before.ledger, change.sequence, -1, 0, max(before.worst_tier, change.worst_tier))
            if change.rows <= _SMALL:
                self._in_transaction(change, done)
            else:
                self._note(Manifest(before.ledger, before.applied, change.sequence, ANEW, done.worst_tier))
                self._copy(change, fresh=before.applied == 0)
                self._note(done)
            # The less stands in the log, the seldomer a crash leaves one that Ladybug refuses.
            self._run("CHECKPOINT")

    def fill(self, whole: WholeGraph) -> None:
        """See ``Store.fill``."""
        with self._lock:
            ledger = self._manifest.ledger
            self._note(Manifest(ledger, 0, whole.applied, ANEW))
            for label in IDENTITIES:
                self._copy_rows(label.name, pa.table({"id": whole.identities(label)}))
            for record in RECORDS.values():
                self._copy_rows(record.name, whole.records(record))
            for link in LINKS:
                self._copy_rows(link.name, whole.links(link))
            self._note(Manifest(ledger, whole.applied, -1, 0, whole.worst_tier))
            self._run("CHECKPOINT")

    def read(self, query: Query, **params: Any) -> dict[str, list[Any]]:
        """See ``Store.read``."""
        with self._lock:
            table = self._run(query.text(self.dialect), params).get_as_arrow(65_536)
        return {name: table.column(i).to_pylist() for i, name in enumerate(query.columns)}

    def nodes(self, label: NodeLabel) -> pa.Table:
        """See ``Store.nodes``."""
        with self._lock:
            return self._run(write.read_nodes(label)).get_as_arrow(65_536)

    def links(self, link: LinkType) -> pa.Table:
        """See ``Store.links``."""
        with self._lock:
            return self._run(write.read_links(link)).get_as_arrow(65_536)

    def empty(self) -> None:
        """See ``Store.empty``."""
        with self._lock:
            # A new file is quicker than a million deletions, and an interruption leaves none: an empty store.
            ledger = self._manifest.ledger
            self.close()
            for part in sorted(self.path.parent.glob(self.path.name + "*"), reverse=True):
                part.unlink()
            self._open()
            self.prepare(ledger)

    def close(self) -> None:
        """See ``Store.close``."""
        with self._lock:
            self._connection.close()
            self._database.close()

    def _copy(self, change: Change, *, fresh: bool) -> None:
        for label in IDENTITIES:
            ids = change.identities.get(label.name)
            if ids is not None:
                new = ids if fresh else self._missing(label, ids)
                self._copy_rows(label.name, pa.table({"id": new}))
        for label in RECORDS.values():
            if label.name in change.closed_records:
                self._supersede(label, change.closed_records[label.name], change.sequence)
            if label.name in change.records:
                self._copy_rows(label.name, change.records[label.name])
        for link in LINKS:
            if link.name in change.closed_links:
                self._supersede_links(link, change.closed_links[link.name], change.sequence)
            if link.name in change.links:
                self._copy_rows(link.name, change.links[link.name])

    def _copy_rows(self, name: str, frame: pa.Table | None) -> None:
        if frame is None or not frame.num_rows:
            return
        (said, *_) = self._run(write.copy_text(name), {"frame": frame}).get_next()
        # A row that is left out in silence would be a unit that nobody recalls.
        if not str(said).startswith(f"{frame.num_rows} tuples"):
            raise StoreError(f"{self.name}: {frame.num_rows} rows were to be copied into {name}, but it says: {said}")

    def _in_transaction(self, change: Change, done: Manifest) -> None:
        self._run("BEGIN TRANSACTION")
        try:
            for label in IDENTITIES:
                ids = change.identities.get(label.name)
                if ids is not None:
                    new = self._missing(label, ids)
                    self._write(write.create_nodes(label, self.dialect), [{"id": i} for i in new.to_pylist()])
            for label in RECORDS.values():
                if label.name in change.closed_records:
                    self._supersede(label, change.closed_records[label.name], change.sequence)
                if label.name in change.records:
                    self._write(write.create_nodes(label, self.dialect), change.records[label.name].to_pylist())
            for link in LINKS:
                if link.name in change.closed_links:
                    self._supersede_links(link, change.closed_links[link.name], change.sequence)
                if link.name in change.links:
                    self._write(write.create_links(link, self.dialect), change.links[link.name].to_pylist())
            self._note(done)
            self._run("COMMIT")
        except BaseException:
            self._run("ROLLBACK")
            raise

    def _missing(self, label: NodeLabel, ids: pa.Array) -> pa.Array:
        there: set[str] = set()
        text = write.find_nodes(label)
        wanted = ids.to_pylist()
        for start in range(0, len(wanted), 20_000):
            there.update(row[0] for row in self._rows(text, {"keys": wanted[start : start + 20_000]}))
        return pa.array([i for i in wanted if i not in there], pa.string())

    def _supersede(self, label: NodeLabel, keys: pa.Array, at: int) -> None:
        self._write(write.supersede_nodes(label), keys.to_pylist(), name="keys", at=at)

    def _supersede_links(self, link: LinkType, rows: pa.Table, at: int) -> None:
        self._write(write.supersede_links(link, self.dialect), rows.to_pylist(), at=at)

    def _write(self, text: str, rows: list[Any], *, name: str = "rows", **params: Any) -> None:
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            (count,) = self._run(text, {name: part, **params}).get_next()
            if count != len(part):
                raise StoreError(
                    f"{self.name}: {len(part)} rows were to be written, {count} were. The statement was: {text[:160]}. "
                    "The entry was not applied; run `genealogy rebuild`."
                )

    def _note(self, manifest: Manifest) -> None:
        self._run(write.WRITE_MANIFEST, {name: getattr(manifest, name) for name in Manifest.__slots__})
        self._manifest = manifest

    def _rows(self, text: str, params: dict[str, Any] | None = None) -> list[list[Any]]:
        return list(self._run(text, params).get_all())

    def _run(self, text: str, params: dict[str, Any] | None = None) -> Any:
        try:
            return self._connection.execute(text, params or {})
        except RuntimeError as cause:
            raise StoreError(f"{self.name}: {cause}") from cause
