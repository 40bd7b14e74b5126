"""The process that is the local Neo4j of a home: launch it, find it, wait for it, end it.

A process is the server of a home if its command line says so (the main class and this home's folder), whatever a file
may say about process numbers. So a number that went to another program since, after a restart of the machine for
example, never gets that program killed, and a server whose note was lost is found all the same.
"""

from __future__ import annotations

import atexit
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import psutil

from genealogy.errors import StoreUnavailableError
from genealogy.stores.local_neo4j_folder import ADDRESS, DATABASE, USERNAME, Folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.stores.local_neo4j_runtime import Runtime

START_LIMIT_S = 300.0
"""How long a server may take until it answers: long enough for a recovery on a busy machine."""

STOP_LIMIT_S = 60.0
"""How long a server may take to stop by itself before it is killed; its data survives either."""

_MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"
_LOG_LINES = 15

_children: list[subprocess.Popen[bytes]] = []
"""Servers that this process started: its to collect when they end, and not to wait for when it ends itself."""


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


def end_imports(folder: Folder) -> None:
    """End an import that goes on although the program that started it is gone: it would write beside whoever is next."""
    for process in psutil.process_iter():
        if f"--report-file={folder.import_report}" in _words(process):
            end(process, psutil.Process.kill)


def _is_server(process: psutil.Process, folder: Folder) -> bool:
    words = _words(process)
    return _MAIN_CLASS in words and f"--home-dir={folder.root}" in words


def _words(process: psutil.Process) -> list[str]:
    """The command line of a process; nothing if it is gone, or dead and not yet collected, or another user's."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def free_port(wanted: int | None) -> int:
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


def launch(folder: Folder, java: Runtime, port: int, memory_mb: int) -> psutil.Process:
    """Start the server as a process of its own, which ends with neither this program nor its terminal."""
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


def wait_until_it_answers(folder: Folder, process: psutil.Process, port: int, log_from: int) -> None:
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
        f"The last lines of {folder.log}:\n{last_lines(folder, log_from)}"
    )


def last_lines(folder: Folder, log_from: int) -> str:
    """The end of what the server has printed since its log had this length in bytes."""
    with folder.log.open("rb") as log:
        log.seek(log_from)
        return tail(log.read().decode("utf-8", errors="replace"))


def tail(text: str) -> str:
    """The last lines of a text."""
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


def end(process: psutil.Process, signal: Callable[[psutil.Process], None]) -> None:
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
