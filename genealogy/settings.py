"""Where the home is and which store is used: from the environment, and from nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from genealogy.errors import InputError

_SCHEMES = ("bolt://", "neo4j://", "bolt+s://", "neo4j+s://", "bolt+ssc://", "neo4j+ssc://")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        home: folder of ledger and embedded store (GENEALOGY_HOME, default ``.genealogy``).
        store: empty for the embedded store, else the URI of a Neo4j server (GENEALOGY_STORE).
        username: NEO4J_USERNAME, default ``neo4j``.
        password: NEO4J_PASSWORD.
        database: NEO4J_DATABASE; None: the server's own default.
    """

    home: Path
    store: str = ""
    username: str = "neo4j"
    password: str = ""
    database: str | None = None

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the environment. Each NEO4J variable may be given as a file, by its name with ``_FILE``.

        Raises:
            InputError: GENEALOGY_STORE is neither empty nor a Neo4j URI, or a ``_FILE`` cannot be read.
        """
        store = os.environ.get("GENEALOGY_STORE", "").strip()
        if store == "neo4j":
            store = _variable("NEO4J_URI")
            if not store:
                raise InputError("GENEALOGY_STORE is 'neo4j' but NEO4J_URI is empty. Set it to bolt://HOST:PORT.")
        if store and not store.startswith(_SCHEMES):
            raise InputError(
                f"GENEALOGY_STORE is {store!r}. Leave it empty for the embedded store, or set it to a bolt:// or neo4j:// URI."
            )
        if "@" in store.partition("://")[2]:
            raise InputError(
                "GENEALOGY_STORE holds credentials. Give the address alone, and the credentials as NEO4J_USERNAME and "
                "NEO4J_PASSWORD (or NEO4J_PASSWORD_FILE)."
            )
        return cls(
            home=Path(os.environ.get("GENEALOGY_HOME") or ".genealogy"),
            store=store,
            username=_variable("NEO4J_USERNAME") or "neo4j",
            password=_variable("NEO4J_PASSWORD"),
            database=_variable("NEO4J_DATABASE") or None,
        )


def _variable(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as cause:
        raise InputError(
            f"{name}_FILE names {path}, which cannot be read: {cause.strerror}. Correct the path."
        ) from cause
