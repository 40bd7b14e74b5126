"""People and keys of a home, made as the command line makes them, for tests that ask a served home."""

from __future__ import annotations

from pathlib import Path

from api.access.passwords import hashed
from api.access.people import People
from api.access.rules import Role

LOCAL = "http://127.0.0.1"
"""The name under which a client in this process asks: the service answers under no invented one."""


def new_key(home: Path, *roles: Role | str, name: str = "test") -> str:
    """A key with these roles; none: all of them. What the ledger hears of it waits until the home is opened or asked."""
    people = People(home)
    try:
        return people.add_key(name, frozenset(Role(role) for role in roles or Role), None)
    finally:
        people.close()


def bearer(home: Path, *roles: Role | str, name: str = "test") -> dict[str, str]:
    """Headers with such a key."""
    return {"authorization": f"Bearer {new_key(home, *roles, name=name)}"}


def new_person(home: Path, name: str, password: str, *roles: Role | str) -> None:
    """A person with a password."""
    people = People(home)
    try:
        people.add(name, hashed(password), frozenset(Role(role) for role in roles))
    finally:
        people.close()
