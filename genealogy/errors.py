"""What can go wrong, and what each door says of it.

GenealogyError
├── InputError            the caller's words or files are wrong (exit 2)
│   └── FileRefusedError  a whole file cannot be read as what it claims to be (exit 1)
├── ItemNotFoundError     no such item (exit 5)
├── AmbiguousItemError    several items fit; the candidates are named, none is chosen (exit 5)
├── StoreError            the graph store failed (exit 1)
│   ├── StoreUnavailableError  cannot be reached, or refuses the credentials (exit 4)
│   ├── StoreOwnedError        another process owns the home (exit 4)
│   └── ForeignStoreError      the database holds something that is not ours (exit 4)
├── LedgerError           the ledger failed (exit 1)
│   └── LedgerDamagedError     a hash, a document or the chain is not what it was (exit 1)
├── IncompleteAnswerError the two roads differ, or one did not finish (exit 6)
├── DeadlineError         there was no answer in the time that was given (exit 1)
├── CalledOffError        somebody called it off before it was done; nothing was changed (exit 1)
└── BusyError             too much is asked at once; ask again soon (exit 1)

Every message says what happened, to what, and what to do next.
"""

from __future__ import annotations

from typing import Any, ClassVar


class GenealogyError(Exception):
    """Something this program refuses or failed to do; its text is meant for the person at the keyboard."""

    exit_code: ClassVar[int] = 1


class InputError(GenealogyError):
    """The question or the command was put wrongly."""

    exit_code = 2


class FileRefusedError(InputError):
    """A file cannot be read as the table it claims to be; nothing of it was loaded."""

    exit_code = 1


class ItemNotFoundError(GenealogyError):
    """No item, and nothing else that a question may start from, answers to this text; what comes near is listed."""

    exit_code = 5

    def __init__(self, message: str, candidates: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.candidates = candidates or []


class AmbiguousItemError(GenealogyError):
    """Several items answer to this text; they are listed, none is chosen."""

    exit_code = 5

    def __init__(self, message: str, candidates: list[dict[str, Any]]) -> None:
        super().__init__(message)
        self.candidates = candidates


class StoreError(GenealogyError):
    """The graph store failed."""


class StoreUnavailableError(StoreError):
    """The graph store cannot be reached or refuses the credentials."""

    exit_code = 4


class StoreOwnedError(StoreError):
    """Another process owns this home."""

    exit_code = 4


class ForeignStoreError(StoreError):
    """The database holds something that this ledger did not put there."""

    exit_code = 4


class LedgerError(GenealogyError):
    """The ledger could not be read or written."""


class LedgerDamagedError(LedgerError):
    """The ledger or one of its documents is not what it was when it was written."""


class IncompleteAnswerError(GenealogyError):
    """An answer that may lack something was about to be given as complete."""

    exit_code = 6


class DeadlineError(GenealogyError):
    """There was no answer in the time that was given."""


class CalledOffError(GenealogyError):
    """It was called off before it was done; nothing was changed."""


class BusyError(GenealogyError):
    """Too much is asked at once; it can be asked again soon."""
