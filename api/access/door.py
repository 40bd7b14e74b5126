"""Everything by which the service knows who may come in, made once for an application."""

from __future__ import annotations

import json
import secrets as random
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from api.access.failed import Failed
from api.access.hosts import Hosts
from api.access.noting import ACTIONS, settle
from api.access.secrets import Secrets
from api.access.sessions import Sessions
from api.access.throttle import Throttle
from api.access.tokens import Issuer, Tokens
from genealogy.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from api.access.people import People
    from genealogy.ledger import Ledger

    Record = Callable[[str, Mapping[str, Any], str], object]

PATIENCE_S = 2.0
"""How long a request waits for another one that brings a change of people into the ledger."""


def _not_allowed(_: Request) -> Response:
    return PlainTextResponse("Your roles do not allow this.", 403)


@dataclass
class Door:
    """Who may come in.

    Attributes:
        people: of the home.
        ledger: that hears of every change of them.
        record: appends an entry, while nobody asks.
        hosts: under which names the service answers.
        loopback: whether only this machine reaches the service.
        issuer: whose tokens are taken.
        not_allowed: makes the page for who may not.
    """

    people: People
    ledger: Ledger
    record: Record
    hosts: Hosts = field(default_factory=Hosts)
    loopback: bool = False
    issuer: Issuer | None = None
    not_allowed: Callable[[Request], Response] = _not_allowed

    def __post_init__(self) -> None:
        self._settling = Lock()
        self._added, self._looked_at = False, -1
        self.sessions = Sessions(self.people)
        self.failed = Failed(self.record)
        self.throttle = Throttle(self.people.keep("marks", lambda: random.token_hex(32)))
        self.secrets = Secrets(self.ledger, self.people.keep("handles", lambda: random.token_hex(32)))
        self.tokens = Tokens(self.issuer) if self.issuer else None
        if self.issuer:
            told = self.issuer.told()
            self.people.note("issuer", json.dumps(told, sort_keys=True), "tokens trusted", told)

    @property
    def open(self) -> bool:
        """Whether nobody has to say who they are: a demo home on loopback, to which nobody was added."""
        if not (self.loopback and self.ledger.is_demo and self.issuer is None):
            return False
        return not self.people.any and not self._ever

    @property
    def _ever(self) -> bool:
        """Whether anybody was ever added. Who was removed, or whose file is lost, leaves no open door behind."""
        head = self.ledger.head.sequence
        if not self._added and head > self._looked_at:
            self._added = any(
                entry.action in ACTIONS for entry in self.ledger.entries(after=self._looked_at, upto=head)
            )
            self._looked_at = head
        return self._added

    def settle(self) -> None:
        """Bring every change of people and keys into the ledger.

        Raises:
            BusyError: one is on its way, and waits for what is being recorded; meanwhile nobody is let in.
        """
        if not self.people.waits:
            return
        if not self._settling.acquire(timeout=PATIENCE_S):
            raise BusyError("A change of people or keys waits until it can be recorded. Ask again soon.")
        try:
            settle(self.people, self.ledger, self.record)
        finally:
            self._settling.release()
