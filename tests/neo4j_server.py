"""One real Neo4j server for the whole test session, also where pytest-xdist spreads the session over processes.

The first test that asks for it starts it, the last process that used it stops it. A watcher beside the tests stops it
too when they end without cleaning up (killed, crashed), so that nothing is left running.

Set GENEALOGY_TEST_NEO4J_URI and GENEALOGY_TEST_NEO4J_PASSWORD to test against a server of your own instead. Its content
is deleted.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import neo4j
import psutil

from genealogy.stores import local_neo4j
from genealogy.stores.local_neo4j_runtime import OPTIONS_VARIABLE, locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

# A server of the tests lives too short a time for Java's second compiler to pay: it starts in half the time without.
os.environ.setdefault(OPTIONS_VARIABLE, "-XX:TieredStopAtLevel=1")

OURS = "genealogy_"


@dataclass(frozen=True)
class Connection:
    """How to reach the server."""

    uri: str
    username: str
    password: str = field(repr=False)


def session_home(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this test session share, and no other session."""
    base = factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "neo4j-of-the-session"
    home.mkdir(exist_ok=True)
    return home


def running_server(home: Path) -> Connection:
    """The server of this folder, started if it does not run; it is stopped when all its users have ended."""
    if uri := os.environ.get("GENEALOGY_TEST_NEO4J_URI"):
        return Connection(uri, "neo4j", os.environ["GENEALOGY_TEST_NEO4J_PASSWORD"])
    end_with_the_tests(home, home)
    server = local_neo4j.start(home, memory_mb=512, progress=lambda line: print(line, file=sys.stderr))
    return Connection(server.uri, server.username, server.password)


@contextmanager
def empty_database(home: Path) -> Iterator[Connection]:
    """The server with no data in its database, for the caller alone until it is done."""
    server = running_server(home)
    with locked(home / "database.lock"):
        with neo4j.GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
            # A million nodes in one transaction are more than the server has memory for.
            with driver.session() as session:
                session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
            # The program's own constraints and indexes stay: to make them anew takes longer than most of the tests.
            for row in driver.execute_query("SHOW CONSTRAINTS YIELD name").records:
                if not row["name"].startswith(OURS):
                    driver.execute_query(f"DROP CONSTRAINT `{row['name']}`")
            for row in driver.execute_query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'").records:
                if not row["name"].startswith(OURS):
                    driver.execute_query(f"DROP INDEX `{row['name']}`")
        yield server


def end_with_the_tests(session: Path, home: Path) -> None:
    """See to it that the server of this home does not outlive this process and the others that share the session."""
    with locked(session / "session.lock"):
        for name in ("users", "homes"):
            (session / name).mkdir(exist_ok=True)
        (session / "homes" / hashlib.sha256(bytes(home)).hexdigest()).write_text(str(home))
        mine = session / "users" / _identity(psutil.Process())
        if not mine.exists():
            mine.touch()
            atexit.register(_leave, session, os.getpid())
        watcher = session / "watcher"
        if watcher.exists() and _lives(watcher.read_text()):
            return
        with (session / "watcher.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, __file__, str(session)],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        watcher.write_text(_identity(psutil.Process(child.pid)))
        child.returncode = 0  # it outlives the tests, and Python need not warn of that


def _leave(session: Path, pid: int) -> None:
    if os.getpid() != pid or not session.exists():
        return  # a fork of the test process, or nothing is left of the session
    with locked(session / "session.lock"):
        (session / "users" / _identity(psutil.Process())).unlink(missing_ok=True)
        _stop_if_unused(session)


def _stop_if_unused(session: Path) -> bool:
    if any(_lives(user.name) for user in (session / "users").iterdir()):
        return False
    for home in (session / "homes").iterdir():
        local_neo4j.stop(Path(home.read_text()))
    return True


def _identity(process: psutil.Process) -> str:
    return f"{process.pid}-{process.create_time()}"


def _lives(identity: str) -> bool:
    try:
        process = psutil.Process(int(identity.partition("-")[0]))
        return _identity(process) == identity and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _watch(session: Path) -> None:
    while session.exists():
        with locked(session / "session.lock"):
            if _stop_if_unused(session):
                (session / "watcher").unlink(missing_ok=True)
                return
        time.sleep(0.5)


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
