"""Who asks: a person, a system with a key, whoever holds a token of the firm's sign-in; and how names are written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from api.access.rules import Role
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 64
_MARKS = "._-@+"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks.

    Attributes:
        name: as the ledger names them; a key and a token say what they are (``key:line-4``, ``token:jane``).
        kind: how they showed who they are; ``demo`` where nobody has to, in a demo home on loopback.
        roles: what they are here to do.
        session: what the forms of this session must carry; empty where there is no session.
        since: when the person or key was added (ISO 8601, UTC); what somebody of the same name began before is not theirs.
    """

    name: str
    kind: Literal["person", "key", "token", "demo"]
    roles: frozenset[Role]
    session: str = ""
    since: str = ""


DEMO = Identity("demo", "demo", frozenset(Role))
"""Whoever asks a demo home on loopback."""


def checked_name(text: str) -> str:
    """The name of a person or key, in its one form.

    Raises:
        InputError: it holds something else than letters, digits and ``._-@+``, or is empty or too long.
    """
    name = unicodedata.normalize("NFKC", text)
    if not name or len(name) > LONGEST_NAME or not all(each.isalnum() or each in _MARKS for each in name):
        raise InputError(
            f"{text!r} cannot be a name. Use at most {LONGEST_NAME} letters and digits, and . _ - @ + between them."
        )
    return name


def folded(name: str) -> str:
    """What two names are compared by: ``Jane`` and ``jane`` are the same person."""
    return unicodedata.normalize("NFKC", name).casefold()


def checked_roles(texts: Iterable[str]) -> frozenset[Role]:
    """The roles that words name.

    Raises:
        InputError: one is no role.
    """
    found = set()
    for text in texts:
        try:
            found.add(Role(text))
        except ValueError:
            raise InputError(f"{text!r} is no role. Roles are: {', '.join(Role)}.") from None
    return frozenset(found)
