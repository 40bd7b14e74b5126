"""The embedded store: one file in the home, no server. The only module that knows Ladybug."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import ladybug
import pyarrow as pa

from genealogy import deadline
from genealogy.durable import free_bytes
from genealogy.errors import CalledOffError, DeadlineError, ForeignStoreError, StoreError, StoreUnavailableError
from genealogy.stores import ladybug_file
from genealogy.stores.contract import ANEW, Manifest
from genealogy.stores.gate import Gate
from genealogy.wording import Command, said
from queries import ddl, write
from queries.shape import IDENTITIES, LINKS, NODES, RECORDS, LinkType, NodeLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from genealogy.projection import Change
    from genealogy.whole import WholeGraph
    from queries.query import Query

HOP_LIMIT = 65_535
"""The most links that Ladybug can count: its limit is taken modulo 65,536, and it stops at 30 when nobody says so."""

_SMALL = 2_000
"""Rows up to which a change goes in as one transaction of single statements; above, by COPY under a mark."""

_BATCH = 500

_COPY_ROWS = 16_000_000
"""Rows of one COPY at the most; a further one into a table of links writes most of that table again."""

_COPIED_ROWS, _MEMORY_IN_USE = 600_000, 0.5
"""Rows copied, and part of the buffer pool in use, after which the file is closed and opened again before the next COPY."""

_ROOM = 32 << 20
"""Bytes that are kept free on the disk: for the pages of empty tables, and for the log and copies of changed pages."""

_BYTES_A_ROW = 400
"""More than a row takes in the file, in its log and in the copy of its page."""

_NOT_DAMAGED = " The file is not at fault: look to memory, disk, rights, and what else has it open, then try again."
_INTERRUPTED = "Interrupted"


class DamagedStoreError(StoreError):
    """The embedded store cannot be opened as it was left; it can be made again from the ledger."""


class LadybugStore:
    """The graph in one Ladybug database file.

    One ``Database`` a process: a second one on the same file would break its lock. Questions share it, each on a connection
    of its own; a statement that writes is alone, and a large change lets questions in between its statements: they see
    only what was known as of their entry.
    """

    dialect = "ladybug"

    def __init__(self, path: Path, *, buffer_bytes: int | None = None) -> None:
        self.path = path
        self._buffer_bytes = buffer_bytes
        self._lock, self._gate = threading.RLock(), Gate()
        self._idle: list[Any] = []
        self._manifest = Manifest("")
        self._copied = 0
        self._open()

    def _open(self) -> None:
        if ladybug_file.is_new(self.path):
            self._need(0, "a new graph")
        in_order = ladybug_file.left_in_order(self.path)
        ladybug_file.note_open(self.path)
        buffer_bytes = self._pool()
        if not in_order and (wrong := ladybug_file.try_out(self.path, buffer_bytes)):
            raise DamagedStoreError(f"The embedded store {self.path} is damaged: {wrong}.")
        try:
            self._database, self._connection = ladybug_file.open_file(self.path, buffer_bytes)
            limit = _unbounded(self._connection)
            self._connection.execute("CALL show_tables() RETURN *").get_all()
            if not in_order:  # what it took from the log of a process that ended, as for a small change
                self._connection.execute("CHECKPOINT")
        except Exception as cause:
            kind, what = (DamagedStoreError, "") if ladybug_file.is_damage(cause) else (StoreError, _NOT_DAMAGED)
            raise kind(f"The embedded store {self.path} does not open: {_said(cause)}.{what}") from cause
        if limit != HOP_LIMIT:
            raise StoreError(
                f"Ladybug took {limit} instead of {HOP_LIMIT} as its limit of links; it would cut answers short."
            )
        self._away = False

    @property
    def name(self) -> str:
        """What and where it is."""
        return f"embedded store {self.path}"

    def version(self) -> str:
        """Name and version of the database."""
        return f"ladybug {ladybug.__version__}"

    def prepare(self, ledger: str) -> Manifest:
        """See ``Store.prepare``."""
        with self._lock, self._gate.alone():
            names = {row[1] for row in self._rows("CALL show_tables() RETURN *")}
            foreign = names - {label.name for label in NODES} - {link.name for link in LINKS}
            if foreign:
                raise ForeignStoreError(
                    f"{self.path} holds tables that are not ours ({', '.join(sorted(foreign)[:3])}). "
                    "Nothing was changed. Choose another home."
                )
            known = self._rows(write.READ_LEDGER) if "Manifest" in names else []
            if known and known[0][0] != ledger:
                raise ForeignStoreError(
                    said(
                        f"{self.path} follows another ledger ({known[0][0]}, not {ledger}). Nothing was changed. Run ",
                        Command("rebuild"),
                        " with the right home, or choose another home.",
                    )
                )
            if known and "form" not in {row[1] for row in self._rows("CALL table_info('Manifest') RETURN *")}:
                self._manifest = Manifest(ledger, known[0][1], form=1)
                return self._manifest
            for statement in ddl.statements("ladybug"):
                self._run(statement)
            found = self._rows(write.READ_MANIFEST)
            if found:
                self._manifest = Manifest(*found[0])
            else:
                self._note(Manifest(ledger))
            return self._manifest

    def apply(self, change: Change) -> Manifest:
        """See ``Store.apply``: small changes in one transaction; large ones by COPY, marked while they go on."""
        with self._lock:
            self._need(change.rows * _BYTES_A_ROW, "this change")
            self._make_room()
            before = self._manifest
            done = Manifest(before.ledger, change.sequence, -1, 0, max(before.worst_tier, change.worst_tier))
            if change.rows <= _SMALL:
                with self._gate.alone():
                    self._all_of(change, done)
                    # Until then Ladybug leaves out links whose ends were changed, from any question: nobody may ask before.
                    self._run("CHECKPOINT")
            else:
                self._note(Manifest(before.ledger, before.applied, change.sequence, ANEW, done.worst_tier))
                self._copy(change, fresh=before.applied == 0)
                self._note(done)
                self._run("CHECKPOINT")
            return self._manifest

    def fill(self, whole: WholeGraph) -> None:
        """See ``Store.fill``."""
        with self._lock:
            ledger = self._manifest.ledger
            self._note(Manifest(ledger, 0, whole.applied, ANEW))
            for label in IDENTITIES:
                self._copy_rows(label.name, pa.table({"id": whole.identities(label)}))
            records = {record.name: partial(whole.records, record) for record in RECORDS.values()}
            links = {link.name: partial(whole.links, link) for link in LINKS}
            for name, frame in _made_ahead(records | links):
                self._copy_rows(name, frame)
            self._note(Manifest(ledger, whole.applied, -1, 0, whole.worst_tier))
            self._run("CHECKPOINT")

    def read(self, query: Query, **params: Any) -> dict[str, list[Any]]:
        """See ``Store.read``."""
        table = self._ask(query.text(self.dialect), params)
        return {name: table.column(i).to_pylist() for i, name in enumerate(query.columns)}

    def nodes(self, label: NodeLabel) -> pa.Table:
        """See ``Store.nodes``."""
        return self._ask(write.read_nodes(label), {})

    def links(self, link: LinkType) -> pa.Table:
        """See ``Store.links``."""
        return self._ask(write.read_links(link), {})

    def empty(self) -> None:
        """See ``Store.empty``."""
        with self._lock, self._gate.alone():
            # A new file is quicker than a million deletions, and an interruption leaves none: an empty store.
            ledger = self._manifest.ledger
            self.close()
            for part in sorted(self.path.parent.glob(self.path.name + "*"), reverse=True):
                part.unlink()
            self._open()
            self.prepare(ledger)

    def close(self) -> None:
        """See ``Store.close``."""
        with self._lock, self._gate.alone():
            while self._idle:
                self._idle.pop().close()
            self._connection.close()
            self._database.close()
            ladybug_file.note_closed(self.path)

    def _copy(self, change: Change, *, fresh: bool) -> None:
        for label in IDENTITIES:
            ids = change.identities.get(label.name)
            if ids is not None:
                new = ids if fresh else self._missing(label, ids)
                self._copy_rows(label.name, pa.table({"id": new}))
        for label in RECORDS.values():
            if label.name in change.closed_records:
                with self._gate.alone():
                    self._supersede(label, change.closed_records[label.name], change.sequence)
                    self._run("CHECKPOINT")  # as for a small change
        for name, frame in _made_ahead({name: partial(change.records.__getitem__, name) for name in change.records}):
            self._copy_rows(name, frame)
        for link in LINKS:
            if link.name in change.closed_links:
                with self._gate.alone():
                    self._supersede_links(link, change.closed_links[link.name], change.sequence)
                    self._run("CHECKPOINT")
            if link.name in change.links:
                self._copy_rows(link.name, change.links[link.name])

    def _copy_rows(self, name: str, frame: pa.Table | None) -> None:
        if frame is None or not frame.num_rows:
            return
        self._need(frame.num_rows * _BYTES_A_ROW, f"{frame.num_rows:,} rows of {name}")
        for start in range(0, frame.num_rows, _COPY_ROWS):
            part = frame.slice(start, _COPY_ROWS)
            self._make_room(part.num_rows)
            (said, *_) = self._run(write.copy_text(name), {"frame": part}).get_next()
            self._copied += part.num_rows
            # A row that is left out in silence would be a unit that nobody recalls.
            if not str(said).startswith(f"{part.num_rows} tuples"):
                raise StoreError(
                    f"{self.name}: {part.num_rows} rows were to be copied into {name}, but it says: {said}"
                )

    def _make_room(self, rows: int = 0) -> None:
        """Give back the memory that changes have kept, before the next one needs it.

        Ladybug keeps some of its buffer pool for every COPY, the more the larger the table is and not the copy, and a
        little for every transaction; it comes back only when the file is closed. Without that, a large load ends
        without memory, and so does a server after some dozen loads. Pages that were only read count as well.
        """
        limit, used = self._rows("CALL bm_info() RETURN *")[0]
        much = bool(self._copied) and self._copied + rows > _COPIED_ROWS
        if much or used > limit * _MEMORY_IN_USE or limit * 2 < self._pool():
            with self._gate.alone():
                self._away = True
                self.close()
                self._open()
            self._copied = 0

    def _pool(self) -> int:
        return self._buffer_bytes or ladybug_file.buffer_for(self.path)

    def _all_of(self, change: Change, done: Manifest) -> None:
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
            with suppress(StoreError):  # a COMMIT that failed has rolled back already
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
                    said(
                        f"{self.name}: {len(part)} rows were to be written, {count} were. The statement was: {text[:160]}. "
                        "The entry was not applied; run ",
                        Command("rebuild"),
                        ".",
                    )
                )

    def _note(self, manifest: Manifest) -> None:
        self._run(write.WRITE_MANIFEST, {name: getattr(manifest, name) for name in Manifest.__slots__})
        self._manifest = manifest

    def _rows(self, text: str, params: dict[str, Any] | None = None) -> list[list[Any]]:
        with self._translated():
            return list(self._run(text, params).get_all())

    def _run(self, text: str, params: dict[str, Any] | None = None) -> Any:
        with self._gate.alone(), self._translated():
            if self._away:  # closed to give back memory; what kept it from opening again may be gone
                self._open()
            return self._connection.execute(text, params or {})

    def _ask(self, text: str, params: dict[str, Any]) -> pa.Table:
        """A question's result, on a connection that nobody else uses meanwhile; stopped when nobody waits for it."""
        hurry = deadline.current()
        if self._away:
            self._run("RETURN 1")
        with self._gate.shared(), self._translated():
            if self._away:  # while this waited for the gate, the file was closed and did not open again
                raise StoreUnavailableError(f"{self.name} is closed just now and could not be opened again. Ask again.")
            connection = self._idle.pop() if self._idle else self._another()
            try:
                left = None if hurry is None else hurry.left
                connection.set_query_timeout(0 if left is None else int(left * 1000) + 1)
                with hurry.stopping(connection.interrupt) if hurry is not None else nullcontext():
                    return connection.execute(text, params).get_as_arrow(65_536)
            except RuntimeError as cause:
                if hurry is not None and _INTERRUPTED in str(cause):
                    hurry.check()
                raise
            finally:
                self._idle.append(connection)

    def _another(self) -> Any:
        connection = ladybug.Connection(self._database)
        if _unbounded(connection) != HOP_LIMIT:
            raise StoreError(
                "Ladybug did not take the limit of links for another connection; it would cut answers short."
            )
        return connection

    def _need(self, size: int, what: str) -> None:
        """Refuse before the disk is full: Ladybug ends the whole process where its log cannot be written."""
        size, free = size + _ROOM, free_bytes(self.path)
        if free < size:
            raise StoreError(
                f"The disk is full: {what} may need {size >> 20} MB, and {free >> 20} MB are free for {self.path}. "
                "The graph is as it was. Free some space first."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (StoreError, DeadlineError, CalledOffError):
            raise
        except Exception as cause:
            # What a damaged file brings about is not of one kind: memory that nobody has, an index, a text that is none.
            what = said(" Run ", Command("rebuild"), ", which makes it again from the ledger.")
            raise StoreError(
                said(f"{self.name}: {_said(cause)}.", what if ladybug_file.is_damage(cause) else _NOT_DAMAGED)
            ) from cause


def _unbounded(connection: Any) -> int:
    """Raise the limit of links, which belongs to the connection, and read it back."""
    connection.execute(f"CALL var_length_extend_max_depth={HOP_LIMIT}")
    return int(connection.execute("CALL current_setting('var_length_extend_max_depth') RETURN *").get_next()[0])


def _said(cause: Exception) -> str:
    return " ".join((str(cause) or type(cause).__name__).split()).rstrip(".")


def _made_ahead(makers: Mapping[str, Callable[[], pa.Table | None]]) -> Iterator[tuple[str, pa.Table | None]]:
    """Each frame with its name; the next one is put together while the one before is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="frames") as beside:
        coming: Future[pa.Table | None] | None = None
        names = list(makers)
        for number, name in enumerate(names):
            frame = coming.result() if coming else makers[name]()
            coming = beside.submit(makers[names[number + 1]]) if number + 1 < len(names) else None
            yield name, frame
