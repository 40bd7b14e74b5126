"""A copy of the plant's history that can be relied on: complete, checked when it is made and again before it is used.

A backup is a folder with ``ledger.sqlite`` and ``documents/`` as in a home, and ``SHA256SUMS`` over all of its files,
which ``sha256sum -c SHA256SUMS`` reads as well. The graph is not in it: it is rebuilt from the ledger.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from genealogy.chain import named_documents
from genealogy.durable import BLOCK, keep_file, private_folder, storage_error, sync_folder
from genealogy.errors import InputError, LedgerDamagedError, LedgerError
from genealogy.ledger import DOCUMENTS, FILE, Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMS = "SHA256SUMS"
_OTHER = "Use another backup; leave this one as it is, for it may show what happened."


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes:
        path: its folder.
        ledger: id of the ledger.
        sequence: the last entry in it.
        hash: hash of that entry.
        documents: how many documents it holds.
        bytes: size of all its files.
    """

    path: Path
    ledger: str
    sequence: int
    hash: str
    documents: int
    bytes: int


def backup(home: Path, target: Path) -> Backup:
    """Copy the ledger of a home, with every document that it names, while others may go on working with it.

    Args:
        home: whose ledger is copied, as of one moment.
        target: a folder that is empty or not there. It appears whole or not at all.

    Raises:
        InputError: the target holds something.
        LedgerError: the disk is full.
        LedgerDamagedError: the ledger is damaged; there is no backup then.
    """
    home, target = Path(home), Path(target).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is not an empty folder. Choose a new one for the backup.")
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    with Ledger.open(home) as source:
        try:
            private_folder(partial)
            private_folder(partial / DOCUMENTS)
            source.copy_to(partial / FILE)
            made = _fill(source, partial)
            partial.rename(target)
            sync_folder(target.parent)
        except OSError as error:
            raise storage_error(error, f"The backup {target}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Backup(target, *made)


def restore(source: Path, home: Path) -> Entry:
    """Bring the ledger of a backup into a home that has none, and return its last entry.

    The home should be owned by the caller meanwhile. The graph is to be rebuilt afterwards. A restore that was
    interrupted leaves no ledger and can be repeated.

    Raises:
        LedgerError: the home holds a ledger; or this is no backup.
        LedgerDamagedError: the backup is not what it was when it was made; nothing was restored.
    """
    source, home = Path(source), Path(home)
    # A journal without its ledger counts too: SQLite would play it back into the restored one. An empty file does not:
    # a ledger whose beginning was cut off by a crash.
    if any(path.stat().st_size for path in home.glob(f"{FILE}*")):
        raise LedgerError(
            f"{home} holds a ledger already; nothing was restored. Set GENEALOGY_HOME to an empty folder, then restore."
        )
    sums = _checked_sums(source)
    with Ledger.open(source) as ledger:
        head = ledger.verify().require().head
    assert head is not None  # a ledger in order has entry 0
    private_folder(home)
    private_folder(home / DOCUMENTS)
    for name in sorted(sums, key=lambda name: name == FILE):  # the ledger last: with it the home becomes one
        if _copy(source / name, (home / name).parent) != sums[name]:
            raise LedgerDamagedError(f"{source / name} changed while it was restored. {_OTHER}")
    return head


def _fill(source: Ledger, partial: Path) -> tuple[str, int, str, int, int]:
    """Copy the documents that the copied entries name, check everything and write the sums."""
    sums: dict[str, str] = {}
    with Ledger.open(partial) as copied:
        for entry in copied.entries():
            for _, sha in named_documents(entry.details):
                stored = source.documents.stored(sha)
                if f"{DOCUMENTS}/{stored.name}" not in sums:
                    sums[f"{DOCUMENTS}/{stored.name}"] = _copy(stored, partial / DOCUMENTS)
        found = copied.verify()
    if not found.ok:
        source.verify().require()  # speaks of the original, where the damage most likely is
        raise LedgerDamagedError(f"No backup was made: the copy differs from the original. {found.problem}")
    assert found.head is not None
    sums[FILE] = _digest(partial / FILE)
    size = sum((partial / name).stat().st_size for name in sums)
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()

    def write(file: BinaryIO, _: Path) -> str:
        file.write(lines)
        return SUMS

    keep_file(partial, write)
    return found.ledger, found.head.sequence, found.head.hash, found.documents, size + len(lines)


def _checked_sums(source: Path) -> dict[str, str]:
    """Return the digest of each file of a backup, after checking that it has exactly these files, unchanged.

    Raises:
        LedgerError: it is no backup.
        LedgerDamagedError: something is missing, changed or too much.
    """
    if not (source / SUMS).is_file():
        raise LedgerError(f"{source} is no backup: it has no {SUMS}. Name a folder that `genealogy backup` made.")
    sums: dict[str, str] = {}
    for line in (source / SUMS).read_bytes().decode("ascii", errors="replace").split("\n")[:-1]:
        digest, _, name = line.partition("  ")
        sums[name] = digest
    present = set(_files(source)) - {SUMS}
    for name in sorted(present | set(sums)):
        if name not in present:
            raise LedgerDamagedError(f"The backup {source} is damaged: {name!r} is missing. {_OTHER}")
        if name not in sums:
            raise LedgerDamagedError(f"The backup {source} is damaged: {name!r} is not in its {SUMS}. {_OTHER}")
        if _digest(source / name) != sums[name]:
            raise LedgerDamagedError(
                f"The backup {source} is damaged: {name!r} does not have the digest in {SUMS}. {_OTHER}"
            )
    return sums


def _files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error


def _copy(path: Path, folder: Path) -> str:
    """Copy a file durably into a folder and return the digest of what was copied."""
    digest = hashlib.sha256()

    def write(file: BinaryIO, _: Path) -> str:
        with path.open("rb") as source:
            while block := source.read(BLOCK):
                digest.update(block)
                file.write(block)
        return path.name

    keep_file(folder, write)
    return digest.hexdigest()
