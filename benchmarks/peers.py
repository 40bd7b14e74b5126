"""The same questions to the same plant, asked of networkx, rustworkx, SQLite and DuckDB."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from benchmarks import plants
from benchmarks.measure import in_child, spread
from benchmarks.setting import Result, Setting, Table, say

if TYPE_CHECKING:
    from collections.abc import Iterable

PEERS = (
    ("genealogy: trace, both roads, embedded", "peers_ours:trace"),
    ("genealogy: Cypher alone, embedded", "peers_ours:cypher"),
    ("genealogy: arrays alone", "peers_ours:arrays"),
    ("SQLite, WITH RECURSIVE", "peers_tables:sqlite"),
    ("DuckDB, WITH RECURSIVE", "peers_tables:duck"),
    ("rustworkx, descendants", "peers_memory:rustworkx"),
    ("networkx, descendants", "peers_memory:networkx"),
)
MOST_UNITS = {"networkx, descendants": 1_000_000}
"""Beyond this a peer needs more memory than most machines have."""


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("peers", "What do other tools need for the same questions about the same plant?")
    for units in setting.sizes(10_000, 100_000, 1_000_000):
        home = plants.home(setting, units)
        if not (home / "peers" / "answers.json").exists():
            in_child("peers_ours:export", home=home)
        table = Table(
            f"{units:,} units",
            ["tool", "ready s", "forward ms", "items", "backward ms", "peak MB"],
        )
        for name, task in PEERS:
            if units > MOST_UNITS.get(name, units):
                continue
            say(f"{name} at {units:,} units")
            found = in_child(task, home=home, runs=setting.runs(7))
            value: dict[str, Any] = found.value
            table.rows.append(
                [
                    name,
                    f"{value['ready_s']:.2f}",
                    spread(value["forward"], 1e3),
                    f"{value['items']:,}",
                    spread(value["backward"], 1e3, 2),
                    f"{found.peak_mb:,.0f}",
                ]
            )
            result.raw.append({"units": units, "tool": name, "peak_mb": found.peak_mb} | value)
        result.tables.append(table)
    result.notes = [
        "Forward: everything reachable from the lot nearest to 13,000 items. Backward: the mean of 20 units. Every tool's answers "
        "are compared item by item (by digest) with ours before the clock starts. Each tool has a process of its own.",
        "The peers get the links ready made, as pairs of whole numbers, from our projection; they answer the set of items only: "
        "no depth, tier or cycles, no moment in the past, no description, no comparison of two roads.",
        "Ready: SQLite and DuckDB write their file and its indexes; rustworkx and networkx build the graph in memory, each "
        "time anew; genealogy opens a home that is loaded (loading: see above) and maps its arrays.",
        "SQLite: clustered on (source, target), a covering index the other way, 256 MB of cache. DuckDB: sorted by source, a "
        "second copy sorted by target, a unique index on ids.",
    ]
    return result


def fingerprint(ids: Iterable[str]) -> str:
    """Digest of a set of items."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
