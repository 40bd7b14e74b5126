"""Start, find and stop the local Neo4j of a home.

A process is the server of a home if its command line says so (the main class and this home's folder), whatever a file
may say about process numbers. So a number that went to another program since, after a restart of the machine for
example, never gets that program killed, and a server whose note was lost is found all the same.
"""

from __future__ import annotations

import atexit
import re
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from genealogy.errors import StoreUnavailableError
from genealogy.stores import local_neo4j_aside as aside
from genealogy.stores.local_neo4j_folder import ADDRESS, DATABASE, USERNAME, Folder
from genealogy.stores.local_neo4j_runtime import Runtime, locked, runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMORY_MB = 1024
"""Java heap of the server; its page cache takes half of that again."""

START_LIMIT_S = 300.0
"""How long a server may take until it answers: long enough for a recovery on a busy machine."""

STOP_LIMIT_S = 60.0
"""How long a server may take to stop by itself before it is killed; its data survives either."""

_MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"
_PORT_TAKEN = re.compile(r"BindException|[Aa]ddress already in use|PortBindException")
_PORT_ATTEMPTS = 3
_LOG_LINES = 15

_children: list[subprocess.Popen[bytes]] = []
"""Servers that this process started: its to collect when they end, and not to wait for when it ends itself."""


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
        _wait(folder, process, folder.remembered().get("port") or _port_in_settings(folder), 0)
        return _server(folder, process)
    java = runtime(progress)
    if aside.put_back(folder):
        progress("An import did not end last time; the graph from before it was put back")
    settle_password(folder, java)
    for attempt in range(1, _PORT_ATTEMPTS + 1):
        chosen = _free_port(port or (folder.remembered().get("port") if attempt == 1 else None))
        if port and chosen != port:
            raise StoreUnavailableError(
                f"Port {port} of {ADDRESS} is in use by another program. Name another one, or none to get a free one."
            )
        progress(f"Starting Neo4j on {ADDRESS}:{chosen}")
        began = folder.log.stat().st_size if folder.log.exists() else 0
        process = _launch(folder, java, chosen, memory_mb)
        try:
            _wait(folder, process, chosen, began)
        except BaseException as error:
            _end(process, psutil.Process.kill)
            taken = isinstance(error, StoreUnavailableError) and _PORT_TAKEN.search(_last_lines(folder, began))
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
    _end(process, psutil.Process.terminate)
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
    _end(process, psutil.Process.kill)
    return True


def status(home: Path) -> Server | None:
    """The local Neo4j of this home if its process runs; it may still be starting."""
    folder = Folder.of(home)
    process = find(folder)
    return _server(folder, process) if process else None


def find(folder: Folder) -> psutil.Process | None:
    """The process that is the server of this folder, if there is one."""
    noted = folder.remembered().get("pid")
    if noted is not None and psutil.pid_exists(noted):
        try:
            if _is_server(process := psutil.Process(noted), folder):
                return process
        except psutil.NoSuchProcess:
            pass  # it ended between the two looks, so it is not the server
    if not folder.root.exists():
        return None
    return next((process for process in psutil.process_iter() if _is_server(process, folder)), None)


def _is_server(process: psutil.Process, folder: Folder) -> bool:
    try:
        words = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # gone, or dead and not yet collected, or another user's
        return False
    return _MAIN_CLASS in words and f"--home-dir={folder.root}" in words


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


def _free_port(wanted: int | None) -> int:
    """A port that nobody listens on: the wanted one if that is free."""
    for candidate in (wanted, 0):
        if candidate is None:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StoreUnavailableError(f"No free port was found on {ADDRESS}. Name one: --port.")


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
            f"Its last words:\n{_tail(done.stdout + done.stderr)}"
        )


def _launch(folder: Folder, java: Runtime, port: int, memory_mb: int) -> psutil.Process:
    folder.write_settings(port, page_cache_mb=max(64, memory_mb // 2))
    command = java.command(
        _MAIN_CLASS, "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError", "-Dlog4j2.disable.jmx=true",
        f"-Xms{min(128, memory_mb)}m", f"-Xmx{memory_mb}m", *java.options,
    )  # fmt: skip
    command += ["--console-mode", f"--home-dir={folder.root}", f"--config-dir={folder.settings}"]
    with folder.log.open("ab") as log:
        folder.log.chmod(0o600)
        child = subprocess.Popen(
            command, env=java.environment(), cwd=folder.root, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
        )  # fmt: skip
    _children.append(child)
    folder.remember(child.pid, port, memory_mb)
    return psutil.Process(child.pid)


def _wait(folder: Folder, process: psutil.Process, port: int, log_from: int) -> None:
    """Wait until the server answers a query with its password."""
    import neo4j
    from neo4j import exceptions

    limit = time.monotonic() + START_LIMIT_S
    uri, login = f"bolt://{ADDRESS}:{port}", (USERNAME, folder.password())
    trouble = "it ended by itself"
    # The limits are for a port on which another program listens that never answers.
    with neo4j.GraphDatabase.driver(
        uri, auth=login, connection_timeout=5, connection_acquisition_timeout=5, telemetry_disabled=True
    ) as driver:
        while not _is_gone(process):
            try:
                with driver.session(database=DATABASE) as session:  # its run() never tries again by itself
                    session.run("RETURN 1").consume()
            except exceptions.AuthError as error:
                raise StoreUnavailableError(
                    f"The local Neo4j in {folder.root} refuses the password in {folder.password_file}: {error}. "
                    f"Put the right one there, or remove {folder.root}, start again and rebuild the graph: "
                    "genealogy rebuild."
                ) from error
            except (exceptions.DriverError, exceptions.Neo4jError) as error:
                if time.monotonic() > limit:
                    trouble = f"it does not answer after {START_LIMIT_S:.0f} s ({error})"
                    break
                time.sleep(0.2)  # not yet listening, or its database is still recovering
            else:
                return
    raise StoreUnavailableError(
        f"The local Neo4j in {folder.root} did not come up: {trouble}. Start it again; if that does not help, "
        f"remove {folder.root}, start and rebuild the graph: genealogy rebuild. "
        f"The last lines of {folder.log}:\n{_last_lines(folder, log_from)}"
    )


def _last_lines(folder: Folder, log_from: int) -> str:
    with folder.log.open("rb") as log:
        log.seek(log_from)
        return _tail(log.read().decode("utf-8", errors="replace"))


def _tail(text: str) -> str:
    return "\n".join(text.rstrip().splitlines()[-_LOG_LINES:])


def _is_gone(process: psutil.Process) -> bool:
    """Whether it has let go of its files and its port.

    Dead is enough: the program that started it may be slow to collect it, and its number stays so long. But its first
    thread can be dead while another still holds the files.
    """
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True
    return not process.is_running()


def _end(process: psutil.Process, signal: Callable[[psutil.Process], None]) -> None:
    """Send the signal, wait until the process is gone, and kill it where it takes too long."""
    for send in (signal, psutil.Process.kill):
        try:
            send(process)
        except psutil.NoSuchProcess:
            return
        limit = time.monotonic() + STOP_LIMIT_S
        while time.monotonic() < limit:
            for child in _children:
                child.poll()
            if _is_gone(process):
                return
            time.sleep(0.05)
    raise StoreUnavailableError(
        f"The local Neo4j, process {process.pid}, cannot be ended. Look at it: it may hang on its disk."
    )


@atexit.register
def _let_run_on() -> None:
    """A server outlives the program that started it; without this Python would warn of a child left behind."""
    for child in _children:
        if child.poll() is None:
            child.returncode = 0
