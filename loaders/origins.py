"""Which file of which load a row came from, where an entry states again what an earlier one read.

Within an entry a file has a number: its own files are counted from 0, and behind them those of earlier entries
(``earlier_files``) that it takes rows from: a group that is stated whole because one row was added to it, or a row that was
quarantined and is accepted now. While a load is worked out, a file of an earlier entry has a number below 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Origin = tuple[int, int]
"""An entry, and the number of one of its own files."""


class Origins:
    """The files of earlier entries that a load takes rows from.

    Args:
        own: how many files the load has.
        details: what an entry says of itself.

    Attributes:
        earlier: those that came to be named, in the order of their numbers.
    """

    def __init__(self, own: int, details: Callable[[int], Mapping[str, Any]]) -> None:
        self._own, self._details = own, details
        self._marks: dict[Origin, int] = {}
        self._origins: list[Origin] = []
        self._numbers: dict[Origin, int] = {}
        self.earlier: list[dict[str, Any]] = []

    def mark(self, entry: int, file: int) -> int:
        """The number below 0 of a file that an entry gives a number."""
        origin = self.find(entry, file)
        if origin not in self._marks:
            self._origins.append(origin)
            self._marks[origin] = -len(self._origins)
        return self._marks[origin]

    def find(self, entry: int, file: int) -> Origin:
        """The entry that read a file, and its number there."""
        details = self._details(entry)
        beyond = file - len(details.get("files", ()))
        earlier = details.get("earlier_files", ())
        return (earlier[beyond]["entry"], earlier[beyond]["number"]) if 0 <= beyond < len(earlier) else (entry, file)

    def of(self, mark: int) -> Origin:
        """What a number below 0 stands for."""
        return self._origins[-mark - 1]

    def named(self, mark: int) -> Mapping[str, Any]:
        """What its entry says of a file."""
        entry, file = self.of(mark)
        told: Mapping[str, Any] = self._details(entry)["files"][file]
        return told

    def zone(self, entry: int) -> str | None:
        """The zone of times without an offset that a load named."""
        return self._details(entry).get("zone")

    def corrects(self, mark: int) -> bool:
        """Whether the file holds corrected rows of the quarantine, which add to a group and replace none."""
        entry, file = self.of(mark)
        details = self._details(entry)
        # Entries of earlier versions do not say which of their files these were.
        return file in details["corrects"] if "corrects" in details else "_corrected" in details.get("facts", {})

    def marked(self, known: pa.Table) -> pa.Table:
        """Facts of earlier entries (with ``entry``), their files by numbers below 0."""
        if not known.num_rows:
            return known
        pairs = known["entry"].to_numpy() << 32 | known["file"].to_numpy()
        distinct, which = np.unique(pairs, return_inverse=True)
        marks = np.array([self.mark(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in distinct], np.int32)
        return known.set_column(known.schema.get_field_index("file"), "file", pa.array(marks[which]))

    def numbered(self, facts: pa.Table) -> pa.Table:
        """What the load states, with the numbers that files have in its entry."""
        files = facts["file"].to_numpy()
        if not len(files) or files.min() >= 0:
            return facts
        marks, which = np.unique(files, return_inverse=True)
        numbers = np.array([self.number(int(mark)) for mark in marks], np.int32)
        return facts.set_column(facts.schema.get_field_index("file"), "file", pa.array(numbers[which]))

    def number(self, mark: int) -> int:
        """The number that a file has in the load's entry."""
        if mark >= 0:
            return mark
        origin = self.of(mark)
        if origin not in self._numbers:
            self._numbers[origin] = self._own + len(self.earlier)
            entry, file = origin
            self.earlier.append({"file": self.named(mark)["file"], "entry": entry, "number": file})
        return self._numbers[origin]
