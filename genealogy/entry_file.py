"""The file that holds the entries of a ledger: SQLite, used so that what was acknowledged stays and damage shows.

An entry is on disk when its transaction ends: the rollback journal with ``synchronous=EXTRA`` syncs the journal, the
database and, after the commit, the folder. The write-ahead log is not used, because SQLite drops a damaged tail of it
without a word, and with it entries that were acknowledged.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from genealogy.chain import GENESIS, Entry, unseal
from genealogy.documents import RESTORE
from genealogy.durable import create_private, storage_error, sync_folder
from genealogy.errors import LedgerDamagedError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The row in head says the same as the last entry, from another page of the file: entries that vanish from the end
# through damage are noticed at once, not only by who noted the head elsewhere. SQLite keeps each text as it is here.
_SCHEMA = {
    "entries": "CREATE TABLE entries (sequence INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL)",
    "head": "CREATE TABLE head (one INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, hash TEXT NOT NULL)",
    "entries_stay": "CREATE TRIGGER entries_stay BEFORE DELETE ON entries"
    " BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never deleted'); END",
    "entries_same": "CREATE TRIGGER entries_same BEFORE UPDATE ON entries"
    " BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never changed'); END",
    # INSERT OR REPLACE deletes without firing the trigger for DELETE.
    "entries_next": "CREATE TRIGGER entries_next BEFORE INSERT ON entries"
    " WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), -1) + 1 FROM entries)"
    " BEGIN SELECT RAISE(ABORT, 'an entry of the ledger only follows the last one'); END",
}
_HEAD = (
    "SELECT entries.sequence, entry, entries.hash, head.sequence, head.hash"
    " FROM head LEFT JOIN entries ON entries.sequence = (SELECT max(sequence) FROM entries)"
)
_BUSY_SECONDS = 30
_BATCH = 200


class EntryFile:
    """The entries of one ledger on disk. May be used from several threads; not across a fork.

    Args:
        path: the file, which must exist; ``make`` makes an empty one.

    Raises:
        LedgerDamagedError: it is no SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = _connect(path)

    @staticmethod
    def make(path: Path) -> None:
        """Make an empty file that only its owner may read, unless there is one."""
        try:
            os.close(create_private(path))
            sync_folder(path.parent)
        except FileExistsError:
            return
        except OSError as error:
            raise storage_error(error, f"The ledger {path}") from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def is_empty(self) -> bool:
        """Whether nothing was ever written, or only a beginning that a crash undid."""
        with self._reading():
            (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
            (objects,) = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return bool(pages <= 1 and objects == 0)  # a transaction that is about to write already counts page 1

    def has_tables(self) -> bool:
        """Whether this looks like a ledger and not like some other SQLite file."""
        with self._reading():
            found = self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {("entries",), ("head",)} <= set(found)

    def lay_out(self) -> None:
        """Make tables and triggers; only within ``writing``."""
        for statement in _SCHEMA.values():
            self._connection.execute(statement)
        self._connection.execute("INSERT INTO head VALUES (1, -1, ?)", (GENESIS,))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is on disk when this ends, or nothing of it ever happened."""
        with self._reading():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def add(self, text: str, entry: Entry) -> None:
        """Write the entry that follows the head; only within ``writing``."""
        self._connection.execute("INSERT INTO entries VALUES (?, ?, ?)", (entry.sequence, text, entry.hash))
        self._connection.execute("UPDATE head SET sequence = ?, hash = ?", (entry.sequence, entry.hash))

    def head(self) -> Entry:
        """Return the last entry, after comparing it with what was noted of it."""
        with self._reading():
            rows = self._connection.execute(_HEAD).fetchall()
        if len(rows) != 1 or rows[0][0] is None:
            raise self.damaged("its last entry cannot be found")
        sequence, text, digest, noted, noted_digest = rows[0]
        if (sequence, digest) != (noted, noted_digest):
            raise self.damaged(
                f"it ends at entry {sequence} with hash {digest}, but what was written last is entry {noted} "
                f"with hash {noted_digest}"
            )
        return self._unsealed(text, digest, sequence)

    def chain(self, first: int, last: int | None, previous: str | None) -> Iterator[Entry]:
        """Yield the entries from ``first`` to ``last`` (or while there are any), each tied to the one before it.

        Args:
            first: sequence to begin with.
            last: sequence to end with, or None.
            previous: hash of the entry before the first, or None where that link is not to be checked.

        Raises:
            LedgerDamagedError: an entry is missing, was changed, or does not follow from the one before.
        """
        while last is None or first <= last:
            with self._reading():
                rows = self._connection.execute(
                    "SELECT sequence, entry, hash FROM entries WHERE sequence >= ? ORDER BY sequence LIMIT ?",
                    (first, _BATCH if last is None else min(_BATCH, last - first + 1)),
                ).fetchall()
            if not rows and last is None:
                return
            if not rows:
                raise self.damaged(f"entry {first} is missing")
            for sequence, text, digest in rows:
                if sequence != first:
                    raise self.damaged(f"entry {first} is missing")
                entry = self._unsealed(text, digest, sequence)
                if previous is not None and entry.previous != previous:
                    raise self.damaged(
                        f"entry {sequence} does not follow from entry {sequence - 1} as that stands now: "
                        "one of the two was changed"
                    )
                yield entry
                previous, first = entry.hash, first + 1

    def check_protection(self) -> None:
        """Check what entries do not show: that triggers still protect them, and that the file is in order."""
        with self._reading():
            found = dict(self._connection.execute("SELECT name, sql FROM sqlite_schema").fetchall())
            (result,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        for name, statement in _SCHEMA.items():
            if found.get(name) != statement:
                raise self.damaged(f"{name!r}, a part of its protection, was removed or changed")
        if result != "ok":
            raise self.damaged(f"SQLite finds: {result}")

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy into a new file, even while another process appends."""
        self.make(path)
        with self._lock, _translated(path), closing(_connect(path)) as target:
            self._connection.backup(target)

    def damaged(self, what: str) -> LedgerDamagedError:
        """Return the error that says so of this file."""
        return LedgerDamagedError(f"The ledger {self.path} is damaged: {what}. {RESTORE}")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, _translated(self.path):
            yield

    def _unsealed(self, text: object, digest: object, sequence: int) -> Entry:
        try:
            return unseal(text, digest, sequence)
        except LedgerDamagedError as error:
            raise LedgerDamagedError(f"{error} The ledger is {self.path}. {RESTORE}") from error


def _connect(path: Path) -> sqlite3.Connection:
    with _translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",  # never makes a file
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in ("synchronous=EXTRA", "fullfsync=ON", "cell_size_check=ON", "trusted_schema=OFF"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says into what happened to the ledger and what to do."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        name = str(getattr(error, "sqlite_errorname", ""))
        if isinstance(error, sqlite3.ProgrammingError):
            raise LedgerError(f"The ledger {path} cannot be used: {error}. Open it again.") from error
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LedgerError(
                f"The ledger {path} is busy: another process has been writing to it for {_BUSY_SECONDS} seconds. "
                "Nothing was recorded. Try again when that process has ended."
            ) from error
        if name.startswith("SQLITE_FULL"):
            raise LedgerError(
                f"The ledger {path} could not be written: the disk is full. Nothing was recorded. "
                "Free some space, then run the same command again."
            ) from error
        if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY", "SQLITE_NOMEM")):
            raise LedgerError(
                f"The ledger {path} could not be read or written: {error} ({name}). Nothing was acknowledged. "
                "Check the disk, its free space and the permissions of the folder, then run the same command again."
            ) from error
        raise LedgerDamagedError(f"The ledger {path} is damaged or is some other file: {error}. {RESTORE}") from error
