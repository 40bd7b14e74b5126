"""Start the local Neo4j of a home, look whether it runs, and stop it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from genealogy.errors import StoreUnavailableError
from genealogy.stores import local_neo4j_aside as aside
from genealogy.stores.local_neo4j_folder import ADDRESS, USERNAME, Folder
from genealogy.stores.local_neo4j_process import (
    end,
    end_imports,
    find,
    free_port,
    last_lines,
    launch,
    tail,
    wait_until_it_answers,
)
from genealogy.stores.local_neo4j_runtime import Runtime, locked, runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMORY_MB = 1024
"""Java heap of the server; its page cache takes half of that again."""

_PORT_TAKEN = re.compile(r"BindException|[Aa]ddress already in use|PortBindException")
_PORT_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Server:
    """A running local Neo4j.

    Attributes:
        uri: its Bolt address, on this machine only.
        username: its user.
        password: that user's password.
        pid: its process.
        home: the home that it belongs to.
        log: the file that holds what it prints.
    """

    uri: str
    username: str
    password: str = field(repr=False)
    pid: int
    home: Path
    log: Path


def start(
    home: Path,
    *,
    port: int | None = None,
    memory_mb: int = MEMORY_MB,
    progress: Callable[[str], None] = lambda line: None,
) -> Server:
    """Make sure that the local Neo4j of this home runs and answers; the first time of all, fetch it.

    It runs on its own from then on: it outlives the program that started it, until ``stop``.

    Args:
        home: its data goes to ``HOME/neo4j``.
        port: Bolt port; None takes the one it had last, or a free one. A server that runs already keeps its port.
        memory_mb: Java heap in MB; a server that runs already keeps what it has.
        progress: told what is going on where it takes a while.

    Raises:
        StoreUnavailableError: it could not be fetched, or does not come up; the message ends with its last words.
    """
    folder = Folder.of(home)
    folder.make()
    with locked(folder.lock):
        return start_locked(folder, port=port, memory_mb=memory_mb, progress=progress)


def start_locked(folder: Folder, *, port: int | None, memory_mb: int, progress: Callable[[str], None]) -> Server:
    """``start`` for a caller that holds the lock of the folder."""
    if process := find(folder):
        wait_until_it_answers(folder, process, folder.remembered().get("port") or _port_in_settings(folder), 0)
        return _server(folder, process)
    java = runtime(progress)
    end_imports(folder)
    if aside.put_back(folder):
        progress("An import did not end last time; the graph from before it was put back")
    settle_password(folder, java)
    for attempt in range(1, _PORT_ATTEMPTS + 1):
        chosen = free_port(port or (folder.remembered().get("port") if attempt == 1 else None))
        if port and chosen != port:
            raise StoreUnavailableError(
                f"Port {port} of {ADDRESS} is in use by another program. Name another one, or none to get a free one."
            )
        progress(f"Starting Neo4j on {ADDRESS}:{chosen}")
        began = folder.log.stat().st_size if folder.log.exists() else 0
        process = launch(folder, java, chosen, memory_mb)
        try:
            wait_until_it_answers(folder, process, chosen, began)
        except BaseException as error:
            end(process, psutil.Process.kill)
            taken = isinstance(error, StoreUnavailableError) and _PORT_TAKEN.search(last_lines(folder, began))
            if port is None and taken and attempt < _PORT_ATTEMPTS:
                continue  # someone else took the port between the look and the start
            raise
        return _server(folder, process)
    raise AssertionError("the last attempt returns or raises")


def stop(home: Path) -> bool:
    """Stop the local Neo4j of this home and wait until it is gone.

    Returns:
        Whether one was running.
    """
    folder = Folder.of(home)
    if not folder.root.exists():
        return False
    with locked(folder.lock):
        return stop_locked(folder)


def stop_locked(folder: Folder) -> bool:
    """``stop`` for a caller that holds the lock of the folder."""
    process = find(folder)
    if process is None:
        return False
    end(process, psutil.Process.terminate)
    return True


def kill(home: Path) -> bool:
    """End the local Neo4j of this home at once, as a power cut would.

    Returns:
        Whether one was running.
    """
    folder = Folder.of(home)
    process = find(folder)
    if process is None:
        return False
    end(process, psutil.Process.kill)
    return True


def status(home: Path) -> Server | None:
    """The local Neo4j of this home if its process runs; it may still be starting."""
    folder = Folder.of(home)
    process = find(folder)
    return _server(folder, process) if process else None


def _server(folder: Folder, process: psutil.Process) -> Server:
    port = folder.remembered().get("port") or _port_in_settings(folder)
    return Server(
        uri=f"bolt://{ADDRESS}:{port}",
        username=USERNAME,
        password=folder.password(),
        pid=process.pid,
        home=folder.root.parent,
        log=folder.log,
    )


def _port_in_settings(folder: Folder) -> int:
    settings = (folder.settings / "neo4j.conf").read_text(encoding="utf-8")
    found = re.search(r"^server\.bolt\.listen_address=.*:(\d+)$", settings, re.MULTILINE)
    if found is None:
        raise StoreUnavailableError(
            f"The settings of the local Neo4j in {folder.settings} do not name its port. Stop it and start it again."
        )
    return int(found[1])


def settle_password(folder: Folder, java: Runtime) -> None:
    """Make the password, and give it to a server that was never started."""
    folder.password()
    if folder.was_started:
        return
    # By a file, not on the command line, which every user of the machine can read.
    words = ["dbms", "set-initial-password", f"@{folder.password_file}"]
    done = subprocess.run(
        java.command("org.neo4j.server.startup.Neo4jAdminCommand", "-XX:TieredStopAtLevel=1") + words,
        env=java.environment(NEO4J_HOME=str(folder.root), NEO4J_CONF=str(folder.settings)),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        umask=0o077,
    )  # fmt: skip
    if done.returncode:
        raise StoreUnavailableError(
            f"The local Neo4j in {folder.root} did not take its first password (it ended with {done.returncode}). "
            f"Its last words:\n{tail(done.stdout + done.stderr)}"
        )
