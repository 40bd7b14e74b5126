"""The file of an embedded store: how it is opened, how it was left, and whether it is whole.

Ladybug checks no page that it reads, and a damaged one may end the process that reads it. So a file that this program
closed and that nobody has touched since is opened at once; any other is first read whole by a process of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import ladybug

from queries import write
from queries.shape import LINKS, NODES

LARGEST = 1 << 40
"""Bytes of address space that an open store takes, and the limit of its file: 1 TB; 10 million units need about 30 GB.

The library would take 8 TB, so that the sixteenth store of a process does not open.
"""

_LEAST_BUFFER = 1 << 30
_SHARE_OF_MEMORY = 0.5
_CLOSED = ".closed"
_LOCK_PATIENCE_S = 5.0
_TRIAL_S, _BYTES_A_SECOND = 60.0, 5_000_000
_NOT_DAMAGE = (
    "Mmap for size", "Unable to allocate memory", "set lock on file", "Permission denied", "No space left", "Database is closed",
)  # fmt: skip
_DIE_WITH_PARENT = 1


def buffer_for(path: Path) -> int:
    """Bytes of buffer pool for a file: 1 GB, or three times the file where that is more, and half of the memory at most.

    COPY asks for room in proportion to what its table holds already (most of which it never touches): with 1 GB a plant
    of 10 million units does not load.
    """
    size = path.stat().st_size if path.exists() else 0
    return max(_LEAST_BUFFER, min(3 * size, int(memory_bytes() * _SHARE_OF_MEMORY)))


def memory_bytes() -> int:
    """Bytes of memory that this process may have: those of the machine, or of its container where that has a limit."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        with contextlib.suppress(OSError, ValueError):  # another system, or no limit: the word "max"
            found = min(found, int(limit.read_text(encoding="ascii")))
    return found


def open_file(path: Path, buffer_bytes: int) -> tuple[Any, Any]:
    """Open a store, or make it: database and connection.

    Never tolerantly: a tolerant opening drops acknowledged commits in silence.
    """
    until = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            database = ladybug.Database(
                str(path),
                buffer_pool_size=buffer_bytes,
                max_db_size=LARGEST,
                throw_on_wal_replay_failure=True,
                enable_checksums=True,
                enable_multi_writes=False,
            )
            return database, ladybug.Connection(database)
        except RuntimeError as cause:
            # A process that was killed a moment ago may still be letting go of it.
            if "set lock on file" not in str(cause) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def is_new(path: Path) -> bool:
    """Whether opening the file makes the store."""
    return not path.exists() or not path.stat().st_size


def is_damage(cause: object) -> bool:
    """Whether an error speaks of the file, and not of memory, rights, or another process that has it open."""
    return not any(text in str(cause) for text in _NOT_DAMAGE)


def note_open(path: Path) -> None:
    """From now on the file is in use: what ends this process leaves it in doubt."""
    _note(path).unlink(missing_ok=True)


def note_closed(path: Path) -> None:
    """The file was closed in order; note how it was left."""
    with contextlib.suppress(OSError):  # without the note the next opening takes a little longer
        _note(path).write_text(json.dumps(_state(path)), encoding="utf-8")


def left_in_order(path: Path) -> bool:
    """Whether the file is as it was when it was last closed; a new one is as well."""
    if is_new(path):
        return True
    try:
        return bool(json.loads(_note(path).read_text(encoding="utf-8")) == _state(path))
    except (OSError, ValueError):
        return False


def try_out(path: Path, buffer_bytes: int) -> str | None:
    """Open and read the whole file in a process of its own; what is wrong with it, or None.

    What is wrong with the machine instead (no memory, no rights) is not told: the opening itself says so.
    """
    limit = _TRIAL_S + path.stat().st_size / _BYTES_A_SECOND
    words = [
        sys.executable,
        "-P",
        "-m",
        "genealogy.stores.ladybug_file",
        str(path),
        str(buffer_bytes),
        str(os.getpid()),
    ]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"reading it did not end within {limit:.0f} s"
    except OSError:
        return None
    if done.returncode < 0:
        return f"reading it ended the process with {signal.Signals(-done.returncode).name}"
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode and is_damage(said):
        return " ".join(said[-500:].split()) or f"reading it ended the process with {done.returncode}"
    return None


def _note(path: Path) -> Path:
    return path.with_name(path.name + _CLOSED)


def _state(path: Path) -> dict[str, int]:
    found = path.stat()
    return {"bytes": found.st_size, "modified": found.st_mtime_ns}


def _read_whole(path: Path, buffer_bytes: int) -> None:
    database, connection = open_file(path, buffer_bytes)

    def rows(text: str) -> Any:
        return connection.execute(text).get_all()

    tables = {row[1] for row in rows("CALL show_tables() RETURN *")}
    for label in NODES:
        if label.name in tables:
            rows(write.scan_nodes(label, {row[1] for row in rows(f"CALL table_info('{label.name}') RETURN *")}))
    for link in LINKS:
        if link.name in tables:
            rows(write.scan_links(link, {row[1] for row in rows(f"CALL table_info('{link.name}') RETURN *")}))
    connection.close()
    database.close()


if __name__ == "__main__":
    # Where the parent is killed, nobody waits for this, and the file must not stay locked.
    with contextlib.suppress(AttributeError, OSError):  # Linux only
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() == int(sys.argv[3]):
        try:
            _read_whole(Path(sys.argv[1]), int(sys.argv[2]))
        except Exception as problem:  # noqa: BLE001  # whatever a damaged file brings about
            sys.exit(f"{type(problem).__name__}: {problem}")
