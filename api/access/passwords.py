"""Passwords: argon2id; the same answer in the same time whether a person exists or not."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from api.access.identity import folded
from genealogy.errors import InputError

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 1024
ROOM = BoundedSemaphore(8)
"""So many may be looked at or wait for it; more are sent away at once, so that a flood of them stops nothing else."""
_AT_ONCE = BoundedSemaphore(2)
"""A hash takes tens of megabytes and of milliseconds: many attempts at once wait, and the service goes on."""


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(),))  # argon2id, RFC 9106's second recommended option (64 MiB, 3 passes)


@cache
def _nobodys() -> str:
    return _hasher().hash("the password of nobody, which is compared all the same")


def checked_password(password: str, name: str) -> str:
    """A password that may be used.

    Raises:
        InputError: it is too short or too long, or is the name; the text never holds it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"A password has {SHORTEST} to {LONGEST} characters; several words in a row are a good one.")
    if folded(name) in folded(password) and len(password) < SHORTEST + len(name):
        raise InputError("A password must not be made of the name. Several words in a row are a good one.")
    return password


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _hasher().hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one of which this was kept; None, for nobody, takes as long and is never right."""
    with _AT_ONCE:
        right = len(password) <= LONGEST and _hasher().verify(password[: LONGEST + 1], kept or _nobodys())
    return right and kept is not None
