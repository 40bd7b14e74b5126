"""On what the figures were measured: without it none of them means anything."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

PACKAGES = ("ladybug", "neo4j", "pyarrow", "numpy", "pandas", "networkx", "rustworkx", "duckdb")


def describe() -> dict[str, str]:
    """Processor, cores, memory, system and versions, in words."""
    import sqlite3

    import psutil

    from genealogy.stores.local_neo4j_runtime import VERSION

    memory = psutil.virtual_memory()
    load = os.getloadavg()[0]
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB of it free at the start",
        "load at the start": f"{load:.1f} (processes that wanted a core, over the last minute)",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "python": platform.python_version(),
        "neo4j server": VERSION,
        "sqlite": sqlite3.sqlite_version,
        "measured": datetime.now(UTC).isoformat(timespec="minutes").replace("+00:00", "Z"),
    }
    return found | {name: metadata.version(name) for name in PACKAGES}


def _processor() -> str:
    # Linux tells the model only here; platform.processor() knows it elsewhere.
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
