"""What an entry of the ledger is, and how each one is tied to the one before it.

The hash of an entry is the SHA-256 of its other fields as canonical JSON (RFC 8785), among them the hash of the entry
before. So whoever knows the hash of one entry can tell whether anything up to it was changed since.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import rfc8785

from genealogy.errors import LedgerDamagedError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GENESIS = "0" * 64
"""What stands as the previous hash in entry 0."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done to the plant's history: a load, a correction, a hold, an approval, a drill.

    Attributes:
        sequence: 0 for the creation of the ledger, then one more each time, without gaps.
        time: when it was recorded: UTC, ISO 8601 with microseconds and Z; never before the time of the entry before.
        actor: who did it.
        action: what was done, in a word.
        details: everything else, a JSON object.
        previous: hash of the entry before, in hexadecimal.
        hash: SHA-256 over all the fields above, in hexadecimal.
    """

    sequence: int
    time: str
    actor: str
    action: str
    details: dict[str, Any]
    previous: str
    hash: str


def seal(
    *, sequence: int, time: str, actor: str, action: str, details: Mapping[str, Any], previous: str
) -> tuple[str, Entry]:
    """Return the canonical text of an entry, which is what is kept and hashed, and the entry as it will read back.

    Raises:
        LedgerError: the details cannot be written as JSON exactly.
    """
    fields: dict[str, Any] = {
        "sequence": sequence,
        "time": time,
        "actor": actor,
        "action": action,
        "details": dict(details),
        "previous": previous,
    }
    try:
        text = rfc8785.dumps(fields)
    except rfc8785.IntegerDomainError as error:
        raise LedgerError(
            f"The entry {action!r} was not recorded: {error}. JSON numbers are exact only up to 2^53 - 1; "
            "give this number as text."
        ) from error
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise LedgerError(
            f"The entry {action!r} was not recorded: its details cannot be written as JSON ({error}). "
            "Use only objects, lists, texts, numbers, true, false and null."
        ) from error
    return text.decode(), unseal(text.decode(), hashlib.sha256(text).hexdigest(), sequence)


def unseal(text: object, digest: object, sequence: int) -> Entry:
    """Return the entry that this text holds.

    Raises:
        LedgerDamagedError: the text does not have this hash, or is not the entry of this sequence.
    """
    if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != digest:
        raise LedgerDamagedError(f"Entry {sequence} was changed: its content does not have the hash recorded with it.")
    try:
        entry = Entry(**json.loads(text), hash=str(digest))
    except (ValueError, TypeError) as error:
        raise LedgerDamagedError(f"Entry {sequence} was changed: its content is no entry ({error}).") from error
    if entry.sequence != sequence:
        raise LedgerDamagedError(f"Entry {sequence} was replaced: in its place stands entry {entry.sequence}.")
    return entry


def named_documents(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each document that an entry names: what it is in the entry's words, and its SHA-256.

    Where ``files`` and ``facts`` have another form than that of a load, they name no documents.
    """
    files = details.get("files")
    for file in files if isinstance(files, list | tuple) else ():
        if isinstance(file, dict) and file.get("sha256") is not None:
            yield f"the file {file.get('file')}", file["sha256"]
    facts = details.get("facts")
    for table, sha in facts.items() if isinstance(facts, dict) else ():
        yield f"the facts of {table}", sha
    for name, what in (("quarantine_document", "the quarantine file"), ("mapping_document", "the mapping file")):
        if details.get(name) is not None:
            yield what, details[name]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a full check of a ledger found.

    Attributes:
        ledger: id of the ledger, or empty when even entry 0 cannot be read.
        entries: how many entries were found sound, counted from the first.
        documents: how many documents were found sound.
        bytes: size of their original content.
        head: the last entry that was found sound.
        problem: the first thing that is wrong, in plain words; None when nothing is.
    """

    ledger: str
    entries: int
    documents: int
    bytes: int
    head: Entry | None
    problem: str | None

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return self.problem is None

    def require(self) -> Self:
        """Return this when everything is sound, else raise LedgerDamagedError with the problem."""
        if self.problem is not None:
            raise LedgerDamagedError(self.problem)
        return self
