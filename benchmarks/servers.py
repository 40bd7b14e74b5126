"""Real Neo4j servers for the benchmarks, each in a folder of its own and gone at the end."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from benchmarks.setting import say
from genealogy.stores import local_neo4j

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_MB = 2048
"""Java heap of every server that is measured; its page cache takes half of that again."""


WARM_UP = 10
"""Rounds until Java has compiled what a question needs: a server that was just started answers several times slower."""


class Connection(TypedDict):
    """How to reach a server: arguments of ``Engine.open``."""

    store: str
    username: str
    password: str


EMBEDDED = Connection(store="", username="", password="")


@contextmanager
def server(home: Path) -> Iterator[Connection]:
    """The server of a home; yields how to reach it."""
    running = local_neo4j.start(home, memory_mb=MEMORY_MB, progress=say)
    try:
        yield {"store": running.uri, "username": running.username, "password": running.password}
    finally:
        local_neo4j.stop(home)


def peak_mb(home: Path) -> float | None:
    """The most memory that the running server of a home ever held, where the system tells it."""
    running = local_neo4j.status(home)
    status = Path(f"/proc/{running.pid}/status") if running else None
    if status is None or not status.exists():
        return None
    for line in status.read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1000)
    return None


def cpu_s(home: Path) -> float:
    """Processor time that the running server of a home has used so far."""
    import psutil

    running = local_neo4j.status(home)
    times = psutil.Process(running.pid).cpu_times() if running else None
    return times.user + times.system if times else 0.0


def counts(connection: Connection) -> tuple[int, int]:
    """Nodes and links of the database."""
    import neo4j

    login = (connection["username"], connection["password"])
    with neo4j.GraphDatabase.driver(connection["store"], auth=login) as driver:
        nodes = driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
        links = driver.execute_query("MATCH ()-[r]->() RETURN count(r) AS n").records[0]["n"]
    return nodes, links
