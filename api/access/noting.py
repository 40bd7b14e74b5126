"""How a change of people and keys comes into the ledger: by whoever owns the home, at once or before the next request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.access.failed import ACTION as FAILED
from genealogy.errors import StoreOwnedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from api.access.people import People
    from genealogy.chain import Entry
    from genealogy.ledger import Ledger

ACTIONS = frozenset(
    {
        "person added", "person removed", "person disabled", "person enabled", "role granted", "role revoked",
        "password changed", "key added", "key revoked", "tokens trusted",
    }
)  # fmt: skip
"""What is done with people and keys, as the ledger names it."""
TOLD = ACTIONS | {FAILED}
"""Entries whose details the audit trail shows."""
RECENT = 64
"""So many last entries are looked at for a change that was recorded just before a crash."""


def details_of(entry: Entry) -> dict[str, Any]:
    """What an entry about people, keys and sign-ins says; of others nothing, for their details are not of one sort."""
    return {name: value for name, value in entry.details.items() if name != "change"} if entry.action in TOLD else {}


def recent_changes(ledger: Ledger) -> set[str]:
    """The marks of the changes that the last entries are about."""
    head = ledger.head.sequence
    found = (entry.details.get("change") for entry in ledger.entries(after=max(head - RECENT, -1)))
    return {str(change) for change in found if change}


def settle_here(people: People, home: Path) -> str | None:
    """Record what waits, where nobody else holds the home.

    Returns:
        None, or who holds the home; then that process records it before it next lets anybody in.
    """
    from genealogy.ledger import Ledger
    from genealogy.owner import Owner

    owner = Owner(home)
    try:
        owner.acquire()
    except StoreOwnedError as error:
        return str(error)
    try:
        with Ledger.open_or_create(home) as ledger:
            people.settle(ledger.append, lambda: recent_changes(ledger))
    finally:
        owner.release()
    return None


def settle(people: People, ledger: Ledger, record: Callable[[str, Mapping[str, Any], str], object]) -> None:
    """Record what waits, by the process that owns the home."""
    if people.waits:
        people.settle(record, lambda: recent_changes(ledger))
