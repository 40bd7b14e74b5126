"""How a file gets onto the disk so that it is there, whole, after a crash: the one road for all that the ledger keeps.

A file is written under a temporary name in its final folder, synced, renamed and then the folder is synced. So a name
that exists always stands for complete content, and a crash leaves at most a temporary file that nothing refers to.
"""

from __future__ import annotations

import errno
import os
import resource
import secrets
import time
from typing import TYPE_CHECKING, BinaryIO

from genealogy.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCK = 1 << 20
"""Bytes read or written at a time: files of any size need constant memory."""

TEMPORARY = ".writing-"
_ABANDONED_AFTER = 24 * 3600.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def storage_error(error: OSError, what: str) -> LedgerError:
    """Say in plain words why ``what`` could not be kept on disk."""
    if error.errno in _FULL:
        return LedgerError(
            f"{what} could not be written: the disk is full ({error.strerror}). Nothing was recorded. "
            "Free some space, then run the same command again."
        )
    reason = error.strerror or str(error)
    return LedgerError(
        f"{what} could not be read or written: {reason}. Nothing was recorded. "
        "Check that the folder exists and belongs to this user, then run the same command again."
    )


def free_bytes(path: Path) -> int:
    """How much a file may still grow: the free space of its disk, less where the process may not write so large a file."""
    found = os.statvfs(path.parent)
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    free = found.f_bavail * found.f_frsize
    if limit != resource.RLIM_INFINITY:
        free = min(free, limit - (path.stat().st_size if path.exists() else 0))
    return max(free, 0)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner may read; one that exists already, and those above it, are left as they are.

    Raises:
        LedgerError: it cannot be made, for example because a file of that name is in the way.
    """
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise storage_error(error, f"The folder {folder}") from error


def sync_folder(folder: Path) -> None:
    """Make new and renamed names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_private(path: Path) -> int:
    """Create a file that only its owner may read and return its descriptor; one that exists is never reused."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def keep_file(folder: Path, fill: Callable[[BinaryIO, Path], str | None]) -> None:
    """Write one file durably.

    Args:
        folder: where it is to stand.
        fill: writes the content into the open file (whose temporary path it gets as well) and returns the name that it
            shall have, or None when it is not wanted after all.

    Raises:
        LedgerError: the disk is full or refuses; no temporary file is left behind.
    """
    temporary = folder / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
    try:
        # Closing flushes, and so may fail once more on a full disk: that is the same OSError, caught below.
        with os.fdopen(create_private(temporary), "w+b") as file:
            name = fill(file, temporary)
            file.flush()
            os.fsync(file.fileno())
        if name is not None:
            temporary.replace(folder / name)
        # Synced also when nothing is new: the name may come from a process that died before it synced the folder.
        sync_folder(folder)
    except OSError as error:
        raise storage_error(error, f"A file in {folder}") from error
    finally:
        temporary.unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files that killed processes left behind: older than a day, so that no writer is disturbed."""
    oldest = time.time() - _ABANDONED_AFTER
    for path in folder.glob(f"{TEMPORARY}*"):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:
            continue  # another process removed it first, which is just as well
        except OSError as error:
            raise storage_error(error, f"The abandoned file {path}") from error
