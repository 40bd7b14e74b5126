"""Ledgers that the tests fill, read and spoil."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from genealogy.ledger import Ledger

LOTS = pa.table({"key": ["L-7", "L-8"], "op": pa.array([0, 0], pa.int8())})
STEPS = pa.table({"key": ["S1"], "op": pa.array([0], pa.int8())})


def load(ledger: Ledger, **tables: pa.Table) -> int:
    """Record a load as a loader does: the file, its facts, then the entry; its sequence."""
    content = repr(tables).encode()
    return ledger.append(
        "load",
        {
            "files": [{"file": "lots.csv", "sha256": ledger.documents.put_bytes(content), "read": 2}],
            "facts": {name: ledger.documents.put_table(table) for name, table in tables.items()},
        },
    ).sequence


def plant(home: Path, entries: int = 12) -> list[Any]:
    """A ledger of so many entries, two of them loads, closed; its entries."""
    with Ledger.create(home, actor="anna") as ledger:
        load(ledger, lots=LOTS)
        load(ledger, lots=LOTS.slice(0, 1), steps=STEPS)
        return hold(ledger, entries - 3)


def hold(ledger: Ledger, times: int) -> list[Any]:
    """Add so many entries without documents, each longer than the one before; all entries."""
    for number in range(times):
        ledger.append("hold", {"item": f"L-{number}", "reason": "metal found " * number})
    return list(ledger.entries())


def raw(home: Path, *statements: str) -> None:
    """Change the file behind the ledger's back, as somebody with the sqlite3 program could."""
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def asked(home: Path, query: str) -> list[str]:
    """The first column of what the file answers, past the ledger."""
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection:
        return [value for (value,) in connection.execute(query)]
