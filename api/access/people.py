"""The people and keys of a home, in a file of its own: ``access.sqlite``, readable by its owner only.

It is no part of the ledger, which keeps everything for ever: a password that was removed is gone. But every change waits here
until the ledger has it as an entry, and nobody is let in while one waits: no right is used that the ledger does not know.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from api.access.identity import Identity, checked_name, folded
from api.access.rules import Role
from genealogy.errors import InputError, LedgerError
from genealogy.wording import Command, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FILE = "access.sqlite"
KEY_PREFIX = "gen_"

_LAYOUT = """
CREATE TABLE IF NOT EXISTS people (folded TEXT PRIMARY KEY, name TEXT NOT NULL, password TEXT, since TEXT NOT NULL,
  granted TEXT, disabled TEXT) STRICT;
CREATE TABLE IF NOT EXISTS grants (folded TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (folded, role)) STRICT;
CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, roles TEXT NOT NULL,
  since TEXT NOT NULL, expires TEXT, revoked TEXT) STRICT;
CREATE TABLE IF NOT EXISTS sessions (hash TEXT PRIMARY KEY, folded TEXT NOT NULL, since REAL NOT NULL, seen REAL NOT NULL)
  STRICT;
CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, details TEXT NOT NULL)
  STRICT;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
_ADMINISTRATORS = """
SELECT people.folded FROM people JOIN grants ON grants.folded = people.folded
WHERE grants.role = ? AND people.disabled IS NULL
"""
_LIST = Command("people list")
_LATER = {"granted", "disabled"}
"""Columns that files of an earlier version lack: when roles were last given or taken, and since when one may not sign in."""


class People:
    """Who may come in, and with which roles. May be used from several threads and processes.

    Args:
        home: in which the file stands; made where there is none.
    """

    def __init__(self, home: Path) -> None:
        path = home / FILE
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.fchmod(made, 0o600)
        self._path, self._opened = path, os.fstat(made)
        os.close(made)
        self._lock = RLock()
        self._file = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("PRAGMA secure_delete = ON")
            self._file.executescript(_LAYOUT)
            for column in _LATER - {name for _, name, *_ in self._file.execute("PRAGMA table_info(people)")}:
                with suppress(sqlite3.OperationalError):  # another process was quicker
                    self._file.execute(f"ALTER TABLE people ADD COLUMN {column} TEXT")
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise LedgerError(
                f"The file of people {path} cannot be used: {error}. Move it away and add everybody anew; the ledger still "
                "says who had which role."
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()

    @property
    def any(self) -> bool:
        """Whether anybody was added: a person, or a key that is not revoked."""
        return bool(self.rows("SELECT 1 FROM people UNION SELECT 1 FROM keys WHERE revoked IS NULL LIMIT 1"))

    def add(self, name: str, password: str, roles: frozenset[Role], by: str | None = None) -> None:
        """Add a person; ``password`` is what is kept of it, ``by`` is whoever does it (else the account at the command line).

        Raises:
            InputError: there is such a person, or the name is none.
        """
        name = checked_name(name)
        with self._changing("person added", {"person": name, "roles": sorted(roles)}, by) as file:
            if self._person(name):
                raise InputError(said(f"There is a person {name} already. ", _LIST, " names them all."))
            now = _now()
            for table in ("grants", "sessions"):  # of an earlier person of this name nothing is left over
                file.execute(f"DELETE FROM {table} WHERE folded = ?", (folded(name),))  # noqa: S608 - our own names
            file.execute(
                "INSERT INTO people (folded, name, password, since, granted) VALUES (?, ?, ?, ?, ?)",
                (folded(name), name, password, now, now),
            )
            file.executemany("INSERT INTO grants VALUES (?, ?)", [(folded(name), role) for role in roles])

    def grant(self, name: str, role: Role, by: str | None = None) -> None:
        """Give a person a role more."""
        with self._changing("role granted", {"person": self._known(name), "role": role}, by) as file:
            self._known(name)  # somebody else may have removed the person since
            file.execute("INSERT OR IGNORE INTO grants VALUES (?, ?)", (folded(name), role))
            file.execute("UPDATE people SET granted = ? WHERE folded = ?", (_now(), folded(name)))

    def revoke(self, name: str, role: Role, by: str | None = None) -> None:
        """Take a role from a person, and end the sessions."""
        with self._changing("role revoked", {"person": self._known(name), "role": role}, by) as file:
            before = self._administrators()
            if not file.execute("DELETE FROM grants WHERE folded = ? AND role = ?", (folded(name), role)).rowcount:
                raise InputError(said(f"{name} does not have the role {role}. ", _LIST, " says who has which."))
            self._still_administered(before, name)
            file.execute("UPDATE people SET granted = ? WHERE folded = ?", (_now(), folded(name)))
            file.execute("DELETE FROM sessions WHERE folded = ?", (folded(name),))

    def disable(self, name: str, by: str | None = None) -> None:
        """Let a person sign in no more, and end the sessions; the roles stay for when the person comes back."""
        with self._changing("person disabled", {"person": self._known(name)}, by) as file:
            before = self._administrators()
            file.execute("UPDATE people SET disabled = ? WHERE folded = ? AND disabled IS NULL", (_now(), folded(name)))
            self._still_administered(before, name)
            file.execute("DELETE FROM sessions WHERE folded = ?", (folded(name),))

    def enable(self, name: str, by: str | None = None) -> None:
        """Let a person sign in again."""
        with self._changing("person enabled", {"person": self._known(name)}, by) as file:
            file.execute("UPDATE people SET disabled = NULL WHERE folded = ?", (folded(name),))

    def change_password(self, name: str, password: str, by: str | None = None) -> None:
        """Another password; whoever is signed in with the old one is signed out."""
        with self._changing("password changed", {"person": self._known(name)}, by) as file:
            self._known(name)
            file.execute("UPDATE people SET password = ? WHERE folded = ?", (password, folded(name)))
            file.execute("DELETE FROM sessions WHERE folded = ?", (folded(name),))

    def remove(self, name: str, by: str | None = None) -> None:
        """Remove a person, and end the sessions; the ledger keeps what the person did."""
        with self._changing("person removed", {"person": self._known(name)}, by) as file:
            before = self._administrators()
            for table in ("people", "grants", "sessions"):
                file.execute(f"DELETE FROM {table} WHERE folded = ?", (folded(name),))  # noqa: S608 - our own names
            self._still_administered(before, name)

    def add_key(self, name: str, roles: frozenset[Role], expires: datetime | None, by: str | None = None) -> str:
        """Make a key for a system; it is told now and never again, for only its hash is kept."""
        name, ident, secret = checked_name(name), secrets.token_hex(4), secrets.token_urlsafe(32)
        until = expires.astimezone(UTC).isoformat(timespec="seconds") if expires else None
        told = {"key": ident, "name": name, "roles": sorted(roles), "expires": until}
        with self._changing("key added", told, by) as file:
            values = (ident, name, _digest(secret), " ".join(sorted(roles)), _now(), until, None)
            file.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return f"{KEY_PREFIX}{ident}_{secret}"

    def revoke_key(self, ident: str, by: str | None = None) -> None:
        """End a key, from the next request on."""
        with self._changing("key revoked", {"key": ident}, by) as file:
            if not file.execute(
                "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL", (_now(), ident)
            ).rowcount:
                raise InputError(
                    said(f"There is no key {ident!r} that is in force. ", Command("keys list"), " names them.")
                )

    def person(self, name: str) -> tuple[str, str] | None:
        """Name and what is kept of the password; None for nobody."""
        row = self._person(name)
        return None if row is None else (row[0], row[1])

    def identity(self, name: str, session: str = "") -> Identity | None:
        """A person with the roles of this moment; None for nobody, and for one who is disabled."""
        row = self._person(name)
        if row is None or self.disabled(name):
            return None
        roles = self.rows("SELECT role FROM grants WHERE folded = ?", folded(name))
        ((since,),) = self.rows("SELECT since FROM people WHERE folded = ?", folded(name)) or [("",)]
        return Identity(row[0], "person", frozenset(Role(role) for (role,) in roles), session, since)

    def disabled(self, name: str) -> bool:
        """Whether a person may not sign in for now."""
        return bool(self.rows("SELECT 1 FROM people WHERE folded = ? AND disabled IS NOT NULL", folded(name)))

    @property
    def administered(self) -> bool:
        """Whether a person who may sign in is administrator."""
        return bool(self._administrators())

    def key(self, text: str) -> Identity | None:
        """Whose key this is; None where it is none, is revoked, or has expired."""
        ident, _, secret = text.removeprefix(KEY_PREFIX).partition("_")
        row = next(
            iter(self.rows("SELECT name, hash, roles, since, expires, revoked FROM keys WHERE id = ?", ident)), None
        )
        name, kept, roles, since, expires, revoked = row or ("", _digest(""), "", "", None, "never made")
        right = hmac.compare_digest(kept, _digest(secret))
        if not right or revoked or (expires and datetime.fromisoformat(expires) <= datetime.now(UTC)):
            return None
        return Identity(f"key:{name}", "key", frozenset(Role(role) for role in roles.split()), since=since)

    def list_people(self) -> list[dict[str, Any]]:
        """Everybody, by name, with their roles; ``granted`` is when a role was last given or taken."""
        granted = self.rows("SELECT folded, role FROM grants ORDER BY role")
        people = self.rows("SELECT folded, name, since, coalesce(granted, since), disabled FROM people ORDER BY folded")
        return [
            {
                "name": name, "roles": [role for who, role in granted if who == key], "since": since, "granted": last,
                "disabled": disabled,
            }
            for key, name, since, last, disabled in people
        ]  # fmt: skip

    def list_keys(self) -> list[dict[str, Any]]:
        """Every key that was made, without its secret."""
        names = ("id", "name", "roles", "since", "expires", "revoked")
        rows = self.rows("SELECT id, name, roles, since, expires, revoked FROM keys ORDER BY since, id")
        return [dict(zip(names, row, strict=True)) | {"roles": row[2].split()} for row in rows]

    def keep(self, name: str, value: Callable[[], str]) -> str:
        """A value of the service's own, made when it is first asked for."""
        self.execute("INSERT OR IGNORE INTO kept VALUES (?, ?)", name, value())
        return str(self.rows("SELECT value FROM kept WHERE name = ?", name)[0][0])

    def note(self, name: str, value: str, action: str, details: Mapping[str, Any]) -> None:
        """Keep a value; where it differs from what was kept, the ledger is to hear of it."""
        if self.rows("SELECT 1 FROM kept WHERE name = ? AND value = ?", name, value):
            return
        with self._changing(action, details) as file:
            file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    @property
    def waits(self) -> bool:
        """Whether a change waits for its entry."""
        return bool(self.rows("SELECT 1 FROM waiting LIMIT 1"))

    def settle(self, record: Callable[[str, Mapping[str, Any], str], object], recent: Callable[[], set[str]]) -> None:
        """Give the ledger every change that waits, in order.

        Args:
            record: appends an entry: action, details, actor.
            recent: the ``change`` of the last entries, for one that was recorded just before a crash.

        Raises:
            LedgerError: an entry could not be written; the change goes on waiting.
        """
        while rows := self.rows("SELECT number, action, details FROM waiting ORDER BY number"):
            known = recent()
            for number, action, text in rows:
                details = json.loads(text)
                if details["change"] not in known:
                    record(action, details, details.pop("by"))
                self.execute("DELETE FROM waiting WHERE number = ?", number)

    def rows(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        """Read.

        Raises:
            LedgerError: the file is damaged, or not there any more.
        """
        with self._at_hand():
            return self._file.execute(text, values).fetchall()

    def execute(self, text: str, *values: object) -> int:
        """Write what the ledger need not know; how many rows it changed.

        Raises:
            LedgerError: the file is damaged, cannot be written, or is not there any more.
        """
        with self._at_hand():
            return self._file.execute(text, values).rowcount

    @contextmanager
    def _at_hand(self) -> Iterator[None]:
        """The file, for one thread at a time, as long as it is the one in the home.

        One that was removed or replaced would go on answering here, with people who are let in nowhere else.
        """
        with self._lock:
            try:
                same = os.path.samestat(self._opened, self._path.stat())
            except OSError:
                same = False
            if not same:
                raise LedgerError(
                    f"The file of people, {FILE}, was removed or replaced since it was opened. Start the service again."
                )
            try:
                yield
            except sqlite3.Error as error:
                raise LedgerError(f"The file of people, {FILE}, cannot be used: {error}. Try again.") from error

    @contextmanager
    def _changing(self, action: str, details: Mapping[str, Any], by: str | None = None) -> Iterator[sqlite3.Connection]:
        """A change and the entry that it waits for, in one transaction; ``by`` whom, else the account of this process."""
        from genealogy.ledger import default_actor

        with self._at_hand():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
                told = {**details, "change": uuid4().hex, "by": by or default_actor()}
                self._file.execute("INSERT INTO waiting (action, details) VALUES (?, ?)", (action, json.dumps(told)))
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def _administrators(self) -> set[str]:
        """Who is administrator and may sign in."""
        return {who for (who,) in self.rows(_ADMINISTRATORS, Role.ADMINISTRATOR)}

    def _still_administered(self, before: set[str], name: str) -> None:
        """A change that leaves nobody who could give a role is undone.

        Raises:
            InputError: it would.
        """
        if before and not self._administrators():
            raise InputError(
                f"{name} is the last administrator who may sign in. Make somebody else administrator first, then try again."
            )

    def _person(self, name: str) -> tuple[str, str] | None:
        found = self.rows("SELECT name, password FROM people WHERE folded = ?", folded(name))
        return (str(found[0][0]), str(found[0][1])) if found else None

    def _known(self, name: str) -> str:
        row = self._person(name)
        if row is None:
            raise InputError(said(f"There is no person {name!r}. ", _LIST, " names them all."))
        return row[0]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
