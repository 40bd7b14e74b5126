"""The plant's history: what was done, when and by whom, in an order that nobody can change unnoticed.

A ledger is a folder, the home: ``ledger.sqlite`` holds the entries, ``documents/`` the files and tables that they name.
An entry that ``append`` has returned survives a crash and a power cut.
"""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from genealogy.chain import GENESIS, Entry, Verification, named_documents, seal
from genealogy.documents import RESTORE, Documents
from genealogy.durable import private_folder
from genealogy.entry_file import EntryFile
from genealogy.errors import GenealogyError, InputError, LedgerDamagedError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

FORMAT = 1
FILE = "ledger.sqlite"
DOCUMENTS = "documents"

__all__ = ["DOCUMENTS", "FILE", "FORMAT", "Entry", "Ledger", "Verification", "default_actor"]


class Ledger:
    """The entries and documents of one home. May be used from several threads; not across a fork.

    It is made by ``create``, ``open`` and ``open_or_create``.

    Attributes:
        home: its folder.
        documents: the files and tables that entries name.
    """

    def __init__(self, home: Path, actor: str | None = None) -> None:
        self.home = Path(home)
        self.documents = Documents(self.home / DOCUMENTS)
        self._actor = actor or default_actor()
        self._first: Entry | None = None
        self._file = EntryFile(self.home / FILE)

    @classmethod
    def create(cls, home: Path, *, demo: bool = False, actor: str | None = None) -> Self:
        """Begin a ledger, with entry 0, in a home that has none; a new home is readable by its owner only.

        Args:
            home: the folder.
            demo: whether it is for trying things out, without real data.
            actor: who does what is appended, unless an entry says otherwise; else ``default_actor()``.

        Raises:
            LedgerError: the home holds a ledger, or the documents of one.
        """
        _make_room(Path(home))
        return cls(home, actor)._closed_on_error(lambda ledger: ledger._begin(demo=demo))

    @classmethod
    def open(cls, home: Path, *, actor: str | None = None) -> Self:
        """Open the ledger of a home, quickly: only its first and last entries are checked.

        Raises:
            LedgerError: there is none, or a later version wrote it.
            LedgerDamagedError: the file is damaged, or is no ledger.
        """
        if not (Path(home) / FILE).exists():
            raise LedgerError(
                f"There is no ledger in {home}. Load something first, or set GENEALOGY_HOME to the folder that has one."
            )
        return cls(home, actor)._closed_on_error(Ledger._check_ends)

    @classmethod
    def open_or_create(cls, home: Path, *, demo: bool = False, actor: str | None = None) -> Self:
        """Open the ledger of a home, or begin one where there is none; ``demo`` counts only for a new one."""
        _make_room(Path(home))

        def either(ledger: Ledger) -> None:
            if ledger._file.is_empty():
                ledger._begin(demo=demo)
            else:
                ledger._check_ends()

        return cls(home, actor)._closed_on_error(either)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; every entry is on disk already."""
        self._file.close()

    @property
    def id(self) -> str:
        """What tells this ledger from every other."""
        return str(self._creation.details["ledger"])

    @property
    def is_demo(self) -> bool:
        """Whether it was begun for trying things out."""
        return bool(self._creation.details["demo"])

    @property
    def head(self) -> Entry:
        """The last entry."""
        return self._file.head()

    def append(self, action: str, details: Mapping[str, Any], actor: str | None = None) -> Entry:
        """Record that something was done; when this returns, it is on disk.

        Args:
            action: what was done, in a word.
            details: a JSON object; the documents that it names must have been put before.
            actor: who did it; else who opened the ledger.

        Raises:
            LedgerError: nothing was recorded: the disk is full, a document is not there, or the details are not JSON.
        """
        for what, sha in named_documents(details):
            if sha not in self.documents:
                raise LedgerError(
                    f"The entry {action!r} was not recorded: it names document {sha} ({what}), which is not in "
                    f"{self.documents.folder}. Put the document first, then append the entry."
                )
        with self._file.writing():
            head = self.head
            text, entry = seal(
                sequence=head.sequence + 1,
                time=max(head.time, _now()),  # a clock that was set back must not turn the order of entries round
                actor=actor or self._actor,
                action=action,
                details=details,
                previous=head.hash,
            )
            self._file.add(text, entry)
        return entry

    def entry(self, sequence: int) -> Entry:
        """Return one entry.

        Raises:
            InputError: the ledger has no such entry (yet).
        """
        last = self.head.sequence
        if not 0 <= sequence <= last:
            raise InputError(f"There is no entry {sequence}: the ledger holds entries 0 to {last}.")
        return next(self._file.chain(sequence, sequence, GENESIS if sequence == 0 else None))

    def entries(self, after: int = -1, upto: int | None = None) -> Iterator[Entry]:
        """Yield the entries with ``after < sequence <= upto`` in order, each checked against the one before it.

        Where ``upto`` is None or beyond the head, they end with the head at the time of asking.
        """
        head = self.head.sequence
        last = head if upto is None else min(upto, head)
        first = max(after, -1) + 1
        if first <= last:
            yield from self._file.chain(first, last, self.entry(first - 1).hash if first else GENESIS)

    def at(self, moment: datetime) -> int:
        """Return the sequence of the last entry recorded at or before a moment.

        Raises:
            InputError: the moment has no time zone, or lies before the ledger began.
        """
        if moment.tzinfo is None:
            raise InputError(f"The time {moment.isoformat()} has no zone. Add Z or an offset such as +02:00.")
        if moment < datetime.fromisoformat(self._creation.time):
            raise InputError(
                f"Nothing was recorded by {moment.isoformat()}: the ledger began at {self._creation.time}. "
                "Ask for a later moment."
            )
        low, high = 0, self.head.sequence
        while low < high:
            middle = (low + high + 1) // 2
            if datetime.fromisoformat(self.entry(middle).time) <= moment:
                low = middle
            else:
                high = middle - 1
        return low

    def facts(self, after: int = -1, upto: int | None = None) -> Iterator[tuple[int, dict[str, pa.Table]]]:
        """Yield, for each entry that brought facts, its sequence and its tables by name, read one entry at a time."""
        for entry in self.entries(after, upto):
            named = entry.details.get("facts")
            if named:
                yield entry.sequence, {table: self.documents.read_table(sha) for table, sha in named.items()}

    def verify(self, expect: tuple[int, str] | None = None) -> Verification:
        """Check everything: each entry, the chain, and every document that an entry names.

        Args:
            expect: sequence and hash of an entry as they were noted elsewhere, for example on a printed report. Only
                this proves that the end of the ledger was not cut off or written anew.

        Returns:
            What was found, with the first thing that is wrong; it does not raise for that.
        """
        checked: set[str] = set()
        ledger, size, last, where = "", 0, None, ""
        problem = None
        try:
            for entry in self._file.chain(0, None, GENESIS):
                ledger = ledger or str(entry.details.get("ledger", ""))
                named = f"Entry {entry.sequence} ({entry.action}, {entry.time})"
                if expect is not None and entry.sequence == expect[0] and entry.hash != expect[1]:
                    raise LedgerDamagedError(f"{named} has hash {entry.hash}, but {expect[1]} was expected. {RESTORE}")
                for what, sha in named_documents(entry.details):
                    if sha not in checked:
                        where = f"{named}, {what}: "
                        size += self.documents.check(sha)
                        checked.add(sha)
                last, where = entry, ""
            if expect is not None and (last is None or last.sequence < expect[0]):
                ends = "holds no entry" if last is None else f"ends at entry {last.sequence}"
                raise self._file.damaged(f"it {ends}, but entry {expect[0]} was expected: its end is missing")
            self._check_ends()
            self._file.check_protection()
        except GenealogyError as error:
            problem = where + str(error)
        return Verification(ledger, last.sequence + 1 if last else 0, len(checked), size, last, problem)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the entries into a new file, even while another process appends."""
        self._file.copy_to(path)

    @property
    def _creation(self) -> Entry:
        if self._first is None:
            self._first = self.entry(0)
        return self._first

    def _closed_on_error(self, step: Callable[[Ledger], None]) -> Self:
        try:
            step(self)
        except BaseException:
            self.close()
            raise
        return self

    def _begin(self, *, demo: bool) -> None:
        with self._file.writing():
            if not self._file.is_empty():
                raise LedgerError(f"{self.home / FILE} exists already. Open it, or choose another home.")
            self._file.lay_out()
            text, entry = seal(
                sequence=0,
                time=_now(),
                actor=self._actor,
                action="created",
                details={"ledger": uuid4().hex, "format": FORMAT, "demo": demo},
                previous=GENESIS,
            )
            self._file.add(text, entry)

    def _check_ends(self) -> None:
        if not self._file.has_tables():
            raise self._file.damaged("it is some other file, or the tables of the ledger are gone")
        details = self._creation.details
        if not {"ledger", "format", "demo"} <= details.keys():
            raise self._file.damaged("entry 0 does not say which ledger this is")
        if details["format"] != FORMAT:
            raise LedgerError(
                f"The ledger {self.home / FILE} has format {details['format']}; this version reads format {FORMAT}. "
                "Use the version of the program that wrote it, or a later one."
            )


def _make_room(home: Path) -> None:
    """Make the home and an empty file for its entries where there is none; never in place of a ledger that was lost."""
    path = home / FILE
    if (not path.exists() or path.stat().st_size == 0) and Documents(home / DOCUMENTS).names():
        raise LedgerDamagedError(f"{home} holds documents, but their ledger is gone or empty. {RESTORE}")
    private_folder(home)
    EntryFile.make(path)


def default_actor() -> str:
    """Who acts when nobody is named: ``GENEALOGY_ACTOR``, else the login name."""
    named = os.environ.get("GENEALOGY_ACTOR", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under a number that has no name
        return f"uid {os.getuid()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
