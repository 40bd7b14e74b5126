"""Everything by which the service knows who may come in, made once for an application."""

from __future__ import annotations

import json
import secrets as random
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from api.access.hosts import Hosts
from api.access.noting import settle
from api.access.secrets import Secrets
from api.access.sessions import Sessions
from api.access.throttle import Throttle
from api.access.tokens import Issuer, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from api.access.people import People
    from genealogy.ledger import Ledger

    Record = Callable[[str, Mapping[str, Any], str], object]


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
        self.sessions = Sessions(self.people)
        self.throttle = Throttle(self.people.keep("marks", lambda: random.token_hex(32)))
        self.secrets = Secrets(self.ledger)
        self.tokens = Tokens(self.issuer) if self.issuer else None
        if self.issuer:
            told = self.issuer.told()
            self.people.note("issuer", json.dumps(told, sort_keys=True), "tokens trusted", told)

    @property
    def open(self) -> bool:
        """Whether nobody has to say who they are: a demo home on loopback, to which nobody was added."""
        return self.loopback and self.ledger.is_demo and self.issuer is None and not self.people.any

    def settle(self) -> None:
        """Bring every change of people and keys into the ledger."""
        if self.people.waits:
            with self._settling:
                settle(self.people, self.ledger, self.record)
