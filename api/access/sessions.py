"""Sessions of people in a browser: kept on the server, known to the browser by a random id, and over after a while."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from api.access.identity import folded
from genealogy.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.access.identity import Identity
    from api.access.people import People

IDLE, ABSOLUTE = 30 * 60, 12 * 3600
"""Seconds without a request after which a session ends, and seconds after which it ends in any case."""
AT_ONCE = 10
"""Sessions of one person; with one more, the oldest ends."""
_NOTED = 60
"""A request is noted in the file at most once in so many seconds."""
_REMEMBERED = 10_000
"""Sessions of which is remembered that they were used while the file could not be written."""


class Sessions:
    """The sessions of a home; the browser's id is random (256 bits) and only its hash is kept.

    Args:
        people: whose sessions they are.
        clock: seconds since any moment.
    """

    def __init__(self, people: People, clock: Callable[[], float] = time.time) -> None:
        self._people, self._clock = people, clock
        self._seen: dict[str, float] = {}

    def begin(self, name: str, kept: str | None = None) -> str:
        """A new session of a person; its id, or nothing where the person may not sign in (any more).

        Args:
            name: of the person.
            kept: of the password that was found right: where it was changed since, it is not right any more.
        """
        ident, now = secrets.token_urlsafe(32), self._clock()
        execute, who = self._people.execute, folded(name)
        execute("DELETE FROM sessions WHERE seen < ? OR since < ?", now - IDLE, now - ABSOLUTE)
        found = execute(
            "INSERT INTO sessions SELECT ?, folded, ?, ? FROM people WHERE folded = ? AND password = coalesce(?, password) "
            "AND disabled IS NULL", _digest(ident), now, now, who, kept,
        )  # fmt: skip
        if not found:
            return ""
        execute(
            "DELETE FROM sessions WHERE folded = ? AND hash NOT IN "
            "(SELECT hash FROM sessions WHERE folded = ? ORDER BY since DESC LIMIT ?)", who, who, AT_ONCE,
        )  # fmt: skip
        return ident

    def identity(self, ident: str, *, asks: bool = True) -> Identity | None:
        """Whose session it is; None where it is none, or over. ``asks``: this is a request, which keeps the session alive."""
        now, kept = self._clock(), _digest(ident)
        found = self._people.rows("SELECT folded, since, seen FROM sessions WHERE hash = ?", kept)
        if not found:
            return None
        who, since, noted = found[0]
        seen = max(noted, self._seen.get(kept, noted))
        if now - seen > IDLE or now - since > ABSOLUTE:
            with suppress(LedgerError):  # over it is also where that cannot be written
                self.end(ident)
            return None
        if asks and now - seen > _NOTED:
            self._note(kept, now)
        return self._people.identity(who, form_token(ident))

    def _note(self, kept: str, now: float) -> None:
        """A request was made. Whoever is signed in may ask on a full disk, too: then it is noted here alone."""
        try:
            self._people.execute("UPDATE sessions SET seen = ? WHERE hash = ?", now, kept)
            self._seen.pop(kept, None)
        except LedgerError:
            while len(self._seen) >= _REMEMBERED:
                self._seen.pop(next(iter(self._seen)), None)
            self._seen[kept] = now

    def end(self, ident: str) -> None:
        """Sign out."""
        self._people.execute("DELETE FROM sessions WHERE hash = ?", _digest(ident))


def form_token(ident: str) -> str:
    """What every form of a session (or, before sign-in, of a visit) must carry; nobody else can know it."""
    return hmac.new(ident.encode(), b"form", hashlib.sha256).hexdigest()


def _digest(ident: str) -> str:
    return hashlib.sha256(ident.encode()).hexdigest()
