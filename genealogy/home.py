"""The home of a plant: ledger, documents, embedded store and snapshot in one folder, opened by one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from genealogy.errors import ForeignStoreError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genealogy.stores.contract import Store

STORE_FILE = "store.ladybug"
SNAPSHOT = "snapshot"
QUARANTINE = "quarantine"


def open_store(
    home: Path,
    store: str,
    *,
    username: str | None = None,
    password: str | None = None,
    database: str | None = None,
    ledger: str = "",
    anew: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Store:
    """The store that is meant: the embedded one of the home for "", else the Neo4j server of that URI.

    An embedded store that does not open after a crash is set aside, with its name and the reason on ``progress``, and an
    empty one takes its place: the ledger makes it again. With ``anew`` that is done with the graph of this ledger, too.

    Raises:
        ForeignStoreError: with ``anew``, what is there is something else than the graph of this ledger.
    """
    if store:
        from genealogy.stores.neo4j import Neo4jStore

        return Neo4jStore(store, username or "neo4j", password or "", database)
    from genealogy.stores.ladybug import DamagedStoreError, LadybugStore

    path = home / STORE_FILE
    try:
        found = LadybugStore(path)
    except DamagedStoreError as damage:
        aside = set_aside(path)
        if progress:
            progress(f"{damage} It was set aside as {aside} and is made again from the ledger.")
        return LadybugStore(path)
    if not anew:
        return found
    try:
        found.prepare(ledger)
    except ForeignStoreError:
        raise
    except StoreError:
        pass  # whatever is wrong with it, it is made again
    finally:
        found.close()
    set_aside(path)
    return LadybugStore(path)


def set_aside(path: Path) -> Path:
    """Move an embedded store and everything beside it that belongs to it out of the way; nothing is deleted."""
    folder = path.parent / "set-aside" / uuid4().hex[:12]
    folder.mkdir(parents=True, mode=0o700)
    for part in sorted(path.parent.glob(path.name + "*")):
        part.rename(folder / part.name)
    return folder
