"""Where in the ledger's documents a key stands, so that a load need not read what earlier loads brought.

The index is a folder beside the ledger that can be deleted at any time: it is made again when it is asked for. It is never
believed blindly: every part names the documents that it covers and carries checksums of all it says, and who asks compares
the text of what was found with what was sought.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genealogy.durable import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint64]
    Document = tuple[int, str]
    """Sequence of the entry that brought it, and its SHA-256."""
    Reader = Callable[[str, str], pa.Array]
    """Reads one column of a document."""

FOLDER = "index"
SMALL = 1 << 16
"""Rows up to which a part is written anew to take in the next documents; a larger one stays as it is."""

_BLOCK = 1 << 13
_MAGIC = b"genidx01"
_FRONT = struct.Struct("<8sII")
_MULTIPLIER, _SPREAD = np.uint64(0x9FB21C651E98DF25), np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


def hashes(texts: pa.Array) -> Numbers:
    """A 64-bit number for each text, the same on every machine; a text that is not there counts as empty."""
    texts = texts.cast(pa.large_string())
    if not len(texts) or texts.buffers()[2] is None:
        return np.zeros(len(texts), np.uint64)
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    padded = np.zeros(len(data) + 8, np.uint8)
    padded[: len(data)] = data
    words = np.ndarray((len(data) + 1,), np.dtype("<u8"), buffer=padded.data, strides=(1,))
    at, left = offsets[:-1] - offsets[0], np.diff(offsets)
    found = left.astype(np.uint64)
    rows = np.flatnonzero(left > 0)
    with np.errstate(over="ignore"):
        while len(rows):
            rest = np.minimum(left[rows], 8)
            word = words[at[rows]] & (np.uint64(2**64 - 1) >> ((8 - rest).astype(np.uint64) * np.uint64(8)))
            mixed = (found[rows] ^ word) * _MULTIPLIER
            found[rows] = (mixed ^ (mixed >> _SHIFT)) * _SPREAD
            at[rows] += 8
            left[rows] -= 8
            rows = rows[left[rows] > 0]
    return found ^ (found >> _SHIFT)


@dataclass(frozen=True)
class _Part:
    """One file of the index: numbers of texts in ascending order, and for each the document and row where the text stands.

    Attributes:
        documents: which it covers, in order; a place counts them from 0.
        numbers: in ascending order.
        places: for each the document, times 2^32, and the row.
        fences: the first number of each block.
        sums: checksum of each block.
        sound: which blocks were compared with their checksum.
    """

    documents: list[Document]
    numbers: Numbers
    places: Numbers
    fences: Numbers
    sums: npt.NDArray[np.uint32]
    sound: npt.NDArray[np.bool_]

    def find(self, wanted: Numbers) -> Numbers | None:
        """The places of all texts with one of these numbers (unique, ascending); None where the part is damaged."""
        if not len(self.fences) or not len(wanted):
            return np.zeros(0, np.uint64)
        first = np.maximum(np.searchsorted(self.fences, wanted, "left") - 1, 0)
        last = np.maximum(np.searchsorted(self.fences, wanted, "right") - 1, 0)
        touched = np.zeros(len(self.fences) + 1, np.int64)
        np.add.at(touched, first, 1)
        np.add.at(touched, last + 1, -1)
        blocks = np.flatnonzero(np.cumsum(touched)[:-1] > 0)
        found = []
        for block in blocks:
            if not self._is_sound(int(block)):
                return None
            span = slice(int(block) * _BLOCK, (int(block) + 1) * _BLOCK)
            numbers = self.numbers[span]
            inside = wanted[np.searchsorted(wanted, numbers[0]) : np.searchsorted(wanted, numbers[-1], "right")]
            if len(inside):
                near = np.minimum(np.searchsorted(inside, numbers), len(inside) - 1)
                found.append(self.places[span][inside[near] == numbers])
        return np.concatenate(found) if found else np.zeros(0, np.uint64)

    def whole(self) -> bool:
        """Whether every block is what was written."""
        return all(self._is_sound(block) for block in range(len(self.fences)))

    def _is_sound(self, block: int) -> bool:
        if not self.sound[block]:
            span = slice(block * _BLOCK, (block + 1) * _BLOCK)
            self.sound[block] = _sum(self.numbers[span], self.places[span]) == self.sums[block]
        return bool(self.sound[block])


class KeyIndex:
    """The places of the texts in some columns of a ledger's documents.

    Args:
        folder: where it stands, made at the first writing; None: only in memory.
        ledger: id of the ledger whose documents it covers.
        read: reads one column of a document.
    """

    def __init__(self, folder: Path | None, ledger: str, read: Reader) -> None:
        self._folder, self._ledger, self._read = folder, ledger, read
        self._parts: dict[tuple[str, str], list[_Part]] = {}

    def find(
        self, table: str, column: str, documents: Sequence[Document], values: pa.Array
    ) -> dict[str, npt.NDArray[np.int64]]:
        """The rows, by document, in which a column probably holds one of the values.

        Every row that does is among them; another one may be as well, where two texts have one number.

        Args:
            table: the plant table.
            column: one of its columns.
            documents: all documents of the table, in order.
            values: what is sought.
        """
        wanted = np.unique(hashes(values))
        for _ in range(2):
            rows: dict[str, npt.NDArray[np.int64]] = {}
            for number, part in enumerate(self._covering(table, column, documents)):
                places = part.find(wanted)
                if places is None:
                    self._drop(table, column, number)
                    break
                places = np.sort(places)
                of = (places >> _SHIFT).astype(np.int64)
                for at in np.unique(of):
                    rows[part.documents[at][1]] = (places[of == at] & np.uint64(2**32 - 1)).astype(np.int64)
            else:
                return rows
        raise AssertionError("a part of the index that was written just now is damaged")

    def _covering(self, table: str, column: str, documents: Sequence[Document]) -> list[_Part]:
        """Parts that cover all documents; what they lack is added, small parts growing."""
        known = self._parts.get((table, column))
        parts = self._opened(table, column, documents) if known is None else known
        covered = sum(len(part.documents) for part in parts)
        while covered < len(documents):
            grown = parts.pop() if parts and len(parts[-1].numbers) < SMALL and parts[-1].whole() else None
            begin = covered - len(grown.documents) if grown else covered
            numbers, places = ([grown.numbers], [grown.places]) if grown else ([], [])
            size = len(grown.numbers) if grown else 0
            while covered < len(documents) and (size < SMALL or not numbers):
                texts = self._read(documents[covered][1], column)
                numbers.append(hashes(texts))
                places.append((np.uint64(covered - begin) << _SHIFT) + np.arange(len(texts), dtype=np.uint64))
                size, covered = size + len(texts), covered + 1
            parts.append(self._write(table, column, begin, list(documents[begin:covered]), numbers, places))
        self._parts[table, column] = parts
        return parts

    def _drop(self, table: str, column: str, number: int) -> None:
        """Do away with a damaged part and those behind it; they are made again."""
        parts = self._parts[table, column]
        if self._folder is not None:
            begin = sum(len(part.documents) for part in parts[:number])
            _path(self._folder, table, column, begin).unlink(missing_ok=True)
        del parts[number:]

    def _opened(self, table: str, column: str, documents: Sequence[Document]) -> list[_Part]:
        parts: list[_Part] = []
        covered = 0
        while self._folder is not None and covered < len(documents):
            part = self._open(_path(self._folder, table, column, covered))
            if part is None or part.documents != list(documents[covered : covered + len(part.documents)]):
                break
            parts.append(part)
            covered += len(part.documents)
        return parts

    def _open(self, path: Path) -> _Part | None:
        """A part as it stands on disk, if it is one of this ledger and its front is in order."""
        try:
            with path.open("rb") as file:
                content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            magic, size, told = _FRONT.unpack(content[: _FRONT.size])
            front = bytes(content[_FRONT.size : _FRONT.size + size])
            if magic != _MAGIC or zlib.crc32(front) != told:
                return None
            text, _, arrays = front.partition(b"\n")
            about: dict[str, Any] = json.loads(text)
            count, blocks = about["rows"], -(-about["rows"] // _BLOCK)
            begin = _FRONT.size + size
            if about["ledger"] != self._ledger or len(content) != begin + 16 * count:
                return None
            return _Part(
                [(sequence, sha) for sequence, sha in about["documents"]],
                np.frombuffer(content, "<u8", count, begin),
                np.frombuffer(content, "<u8", count, begin + 8 * count),
                np.frombuffer(arrays, "<u8", blocks),
                np.frombuffer(arrays, "<u4", blocks, 8 * blocks),
                np.zeros(blocks, bool),
            )
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None

    def _write(
        self,
        table: str,
        column: str,
        begin: int,
        documents: list[Document],
        numbers: list[Numbers],
        places: list[Numbers],
    ) -> _Part:
        """Put a part together and onto disk; that it could not be written only makes the next question slower."""
        text, place = np.concatenate(numbers), np.concatenate(places)
        order = np.argsort(text, kind="stable")
        text, place = text[order], place[order]
        spans = [slice(at, at + _BLOCK) for at in range(0, len(text), _BLOCK)]
        fences = text[::_BLOCK].copy()
        sums = np.array([_sum(text[span], place[span]) for span in spans], np.uint32)
        about = {"ledger": self._ledger, "rows": len(text), "documents": documents}
        said = json.dumps(about).encode()
        said += b" " * (-(len(said) + 1 + 12 * len(spans)) % 8)  # so that the numbers behind it are aligned
        front = said + b"\n" + fences.tobytes() + sums.tobytes()
        if self._folder is not None:
            path = _path(self._folder, table, column, begin)
            with contextlib.suppress(OSError):
                private_folder(self._folder)
                written = path.with_name(path.name + ".new")
                with written.open("wb") as file:
                    for piece in (_FRONT.pack(_MAGIC, len(front), zlib.crc32(front)), front, text.data, place.data):
                        file.write(piece)
                written.replace(path)
        return _Part(documents, text, place, fences, sums, np.ones(len(spans), bool))


def _path(folder: Path, table: str, column: str, begin: int) -> Path:
    return folder / f"{table}.{column}.{begin:09d}"


def _sum(numbers: Numbers, places: Numbers) -> int:
    return zlib.crc32(np.ascontiguousarray(places).data, zlib.crc32(np.ascontiguousarray(numbers).data))
