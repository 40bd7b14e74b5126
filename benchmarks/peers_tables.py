"""Peers that hold the graph in tables on disk: SQLite and DuckDB, by recursive queries."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers_asking import answers, measured

if TYPE_CHECKING:
    from collections.abc import Iterable

_SQL = """
WITH RECURSIVE reach(n) AS (
    SELECT link.{there} FROM node JOIN {table} AS link ON link.{here} = node.n WHERE node.id = ? AND node.item
    UNION
    SELECT link.{there} FROM reach JOIN {table} AS link ON link.{here} = reach.n
)
SELECT node.id FROM reach JOIN node ON node.n = reach.n WHERE node.item
"""
"""UNION, not UNION ALL: each node once, so that diamonds and cycles end."""


def _texts(forward: str, backward: str) -> dict[bool, str]:
    return {
        True: _SQL.format(here="source", there="target", table=forward),
        False: _SQL.format(here="target", there="source", table=backward),
    }


def sqlite(home: str, runs: int) -> dict[str, Any]:
    """SQLite: links clustered by source, and a covering index by target."""
    import sqlite3

    import pyarrow.parquet as pq

    folder = Path(home) / "peers"
    nodes, links = (pq.read_table(folder / f"{name}.parquet").to_pydict() for name in ("nodes", "links"))
    rows = list(zip(nodes["n"], nodes["id"], nodes["item"], strict=True))
    pairs = list(zip(links["source"], links["target"], strict=True))
    path = folder / "plant.sqlite"
    path.unlink(missing_ok=True)
    began = time.perf_counter()
    base = sqlite3.connect(path)
    base.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144; PRAGMA mmap_size=1073741824"
    )
    base.execute("CREATE TABLE node(n INTEGER PRIMARY KEY, id TEXT NOT NULL, item INTEGER NOT NULL)")
    base.execute("CREATE TABLE link(source INTEGER, target INTEGER, PRIMARY KEY(source, target)) WITHOUT ROWID")
    base.executemany("INSERT INTO node VALUES (?, ?, ?)", rows)
    base.executemany("INSERT INTO link VALUES (?, ?)", pairs)
    base.execute("CREATE UNIQUE INDEX node_by_id ON node(id) WHERE item")
    base.execute("CREATE INDEX link_by_target ON link(target, source)")
    base.execute("ANALYZE")
    base.commit()
    ready = time.perf_counter() - began
    texts = _texts("link", "link")

    def ask(start: str, forward: bool) -> Iterable[str]:
        return [row[0] for row in base.execute(texts[forward], (start,))]

    try:
        return measured(answers(home), ask, ready, runs)
    finally:
        base.close()


def duck(home: str, runs: int) -> dict[str, Any]:
    """DuckDB: columns sorted by source, and once more by target."""
    import duckdb

    folder = Path(home) / "peers"
    path = folder / "plant.duckdb"
    path.unlink(missing_ok=True)
    began = time.perf_counter()
    base = duckdb.connect(str(path))
    base.execute(f"CREATE TABLE node AS SELECT * FROM read_parquet('{folder / 'nodes.parquet'}')")
    for table, column in (("link", "source"), ("link_back", "target")):
        base.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{folder / 'links.parquet'}') ORDER BY {column}"
        )
    base.execute("CREATE INDEX node_by_id ON node(id)")
    base.execute("CREATE UNIQUE INDEX node_by_number ON node(n)")
    base.execute("CHECKPOINT")
    ready = time.perf_counter() - began
    texts = _texts("link", "link_back")

    def ask(start: str, forward: bool) -> Iterable[str]:
        return [row[0] for row in base.execute(texts[forward], (start,)).fetchall()]

    try:
        return measured(answers(home), ask, ready, runs)
    finally:
        base.close()
