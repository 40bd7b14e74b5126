"""Who owns a home: one process at a time writes to its ledger and to its embedded store.

The lock belongs to the process: when it ends, in whatever way, the lock is free, and nobody has to clean up. The file
``owner.lock`` only says who holds it; it stays when nobody does.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from genealogy.durable import private_folder
from genealogy.errors import StoreError, StoreOwnedError

FILE = "owner.lock"
_COMMAND_LENGTH = 200
_READ_TRIES, _READ_PAUSE = 10, 0.05

_held: dict[Path, Owner] = {}
_guard = threading.Lock()


class Owner:
    """The right to write to one home, from ``acquire`` to ``release``, or as a context.

    A process that was forked from the owner does not own the home.

    Args:
        home: made, for its owner only, if it is not there.
    """

    def __init__(self, home: Path) -> None:
        self.home = Path(home)
        self._descriptor: int | None = None
        self._key = self.home

    @property
    def held(self) -> bool:
        """Whether this process owns the home through this object."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Become the owner.

        Raises:
            StoreOwnedError: another process is, or this one is already; the message says who and since when.
            StoreError: the lock file cannot be written.
        """
        private_folder(self.home)
        with _guard:
            key = self.home.resolve()
            if key in _held:
                raise StoreOwnedError(
                    f"The home {self.home} is in use by this very process (pid {os.getpid()}) already. "
                    "Use the engine that is open, or close it first."
                )
            try:
                descriptor = os.open(
                    self.home / FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode=0o600
                )
            except OSError as error:
                raise self._refused(error) from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _describe(descriptor)
            except BlockingIOError:
                os.close(descriptor)
                raise StoreOwnedError(self._who()) from None
            except OSError as error:
                os.close(descriptor)
                raise self._refused(error) from error
            self._descriptor, self._key = descriptor, key
            _held[key] = self

    def release(self) -> None:
        """Let go of the home; does nothing where this process does not own it."""
        with _guard:
            if self._descriptor is None:
                return
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
            del _held[self._key]

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _who(self) -> str:
        pid, since, command = "unknown", "an unknown time", "its command is unknown"
        for _ in range(_READ_TRIES):  # the owner may have locked the file and not yet written into it
            try:
                said = json.loads((self.home / FILE).read_text(encoding="utf-8"))
                pid, since, command = said["pid"], said["since"], said["command"]
                break
            except (ValueError, KeyError, TypeError):
                time.sleep(_READ_PAUSE)
        return (
            f"The home {self.home} is in use by process {pid} since {since} ({command}). "
            "Wait until it has finished or end it, then try again; or set GENEALOGY_HOME to another folder."
        )

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(
            f"The lock {self.home / FILE} cannot be taken: {error.strerror or error}. "
            "Check that the folder belongs to this user and that the disk is not full, then try again."
        )

    def _forget(self) -> None:
        """In a forked process: close the copy of the lock, which leaves the lock itself with the parent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _describe(descriptor: int) -> None:
    said = {
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "command": shlex.join(sys.orig_argv)[:_COMMAND_LENGTH],
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(said).encode(), 0)


def _after_fork() -> None:
    # A forked process holds a copy of the descriptor and with it the lock: it would outlive the owner.
    global _guard  # noqa: PLW0603  # another thread of the parent may have held it at the fork
    _guard = threading.Lock()
    for owner in _held.values():
        owner._forget()
    _held.clear()


os.register_at_fork(after_in_child=_after_fork)
