"""A dictionary of strings: each has a number, in order of first appearance, and is found again by a hash of its bytes.

Two such dictionaries stand in a snapshot: the *codes* that can be nodes of the graph (items, steps, containers), and
the *words* (everything else that is kept: serial numbers, quantities as recorded, materials, parties, units of
measure). Numbers never change when a load is added, so nothing that holds them has to be rewritten.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot.files import Array, Arrays

_MULTIPLIERS = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)

MANY = 8
"""Of every so many strings one: so many are looked up faster through what is known of all."""


def fingerprints(strings: pa.Array, seed: int = 0) -> tuple[Array, Array]:
    """Two independent 64-bit hashes of the bytes of each string; the same on every machine and in every run.

    Args:
        strings: large_string array without nulls.
        seed: strings of different sorts get different seeds, so that equal text does not collide.
    """
    offsets, content = _buffers(strings)
    padded = np.zeros(len(content) + 8, np.uint8)
    padded[: len(content)] = content
    eights = np.ndarray((len(content) + 1,), np.dtype("<u8"), buffer=padded.data, strides=(1,))
    position = offsets[:-1].copy()
    left = np.diff(offsets)
    with np.errstate(over="ignore"):
        first = (left.astype(np.uint64) + np.uint64(seed)) * _SPREAD
        second = first ^ _MULTIPLIERS[1]
        active = np.flatnonzero(left > 0)
        while len(active):
            rest = left[active]
            block = eights[position[active]]
            short = np.flatnonzero(rest < 8)
            block[short] &= (np.uint64(1) << (rest[short].astype(np.uint64) * np.uint64(8))) - np.uint64(1)
            for lane, multiplier in zip((first, second), _MULTIPLIERS, strict=True):
                mixed = (lane[active] ^ block) * multiplier
                lane[active] = mixed ^ (mixed >> _HALF)
            position[active] += 8
            left[active] -= 8
            active = active[rest > 8]
        first, second = (lane * _SPREAD for lane in (first, second))
    return first ^ (first >> _HALF), second ^ (second >> _HALF)


class Codes:
    """The strings of one dictionary, and how to find them.

    Args:
        arrays: where the arrays ``NAME.offsets`` (int64), ``NAME.bytes`` (uint8), ``NAME.hash`` (uint64, ascending) and
            ``NAME.hashed`` (int32, the number of the string with that hash) stand; none of them for an empty one.
        name: of the dictionary.
    """

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._name = name
        self._offsets = arrays.get(f"{name}.offsets", np.zeros(1, np.int64))
        self._bytes = arrays.get(f"{name}.bytes", np.zeros(0, np.uint8))
        self._hash = arrays.get(f"{name}.hash", np.zeros(0, np.uint64))
        self._hashed = arrays.get(f"{name}.hashed", np.zeros(0, np.int32))
        self._strings = pa.LargeStringArray.from_buffers(
            len(self._offsets) - 1, pa.py_buffer(self._offsets), pa.py_buffer(self._bytes)
        )

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @property
    def array(self) -> pa.Array:
        """Every string, at the place of its number."""
        return self._strings

    def find(self, strings: pa.Array | Sequence[str]) -> Array:
        """The number of each string, -1 where it never occurred (int32)."""
        if not isinstance(strings, pa.Array):
            strings = pa.array(strings, pa.large_string())
        found = np.full(len(strings), -1, np.int32)
        if not len(self) or not len(strings):
            return found
        wanted, _ = fingerprints(strings)
        at = np.searchsorted(self._hash, wanted)
        open_ = np.arange(len(strings))
        while len(open_):  # once, but for strings whose hashes happen to be equal
            inside = at[open_] < len(self)
            open_ = open_[inside]
            open_ = open_[self._hash[at[open_]] == wanted[open_]]
            number = self._hashed[at[open_]]
            same = pc.equal(self._strings.take(pa.array(number)), strings.take(pa.array(open_))).to_numpy(
                zero_copy_only=False
            )
            found[open_[same]] = number[same]
            open_ = open_[~same]
            at[open_] += 1
        return found

    def strings(self, numbers: Array) -> list[str | None]:
        """The strings with these numbers; None for -1."""
        if not len(numbers):
            return []
        taken: list[str | None] = self._strings.take(pa.array(numbers, mask=numbers < 0)).to_pylist()
        return taken

    def in_order(self, numbers: Array) -> tuple[list[str], Array]:
        """The strings with these numbers (none is -1) in the order of code points, and where each of them stood."""
        order = self.order(numbers)
        return self._strings.take(pa.array(numbers[order])).to_pylist(), order

    def order(self, numbers: Array) -> Array:
        """Where each of the strings with these numbers (none is -1) stood, in the order of code points."""
        if len(numbers) * MANY >= len(self):
            there = np.zeros(len(self), bool)
            there[numbers] = True
            ordered = self.alphabet[there[self.alphabet]]
            if len(ordered) == len(numbers):  # none stands there twice
                stood = np.empty(len(self), np.int64)
                stood[numbers] = np.arange(len(numbers))
                among: Array = stood[ordered]
                return among
        alone: Array = pc.array_sort_indices(self._strings.take(pa.array(numbers))).to_numpy()
        return alone

    @cached_property
    def alphabet(self) -> Array:
        """The number of every string, in the order of code points (int32); worked out once, where many are to be sorted."""
        numbers: Array = pc.array_sort_indices(self._strings).to_numpy().astype(np.int32)
        return numbers

    def string(self, number: int) -> str:
        """The string with this number."""
        return str(self._strings[number].as_py())

    def with_new(self, strings: pa.Array) -> tuple[Array, Arrays]:
        """Add the strings that are not known yet.

        Args:
            strings: distinct, without nulls.

        Returns:
            The number of each string, and the arrays of the longer dictionary.
        """
        numbers = self.find(strings)
        unknown = np.flatnonzero(numbers < 0)
        numbers[unknown] = np.arange(len(self), len(self) + len(unknown), dtype=np.int32)
        added = strings if len(unknown) == len(strings) else strings.take(pa.array(unknown))
        offsets, content = _buffers(added)
        hashes, _ = fingerprints(added)
        order = np.argsort(hashes, kind="stable")
        place = np.searchsorted(self._hash, hashes[order], side="right")
        name = self._name
        return numbers, {
            f"{name}.offsets": np.concatenate([self._offsets, offsets[1:] + self._offsets[-1]]),
            f"{name}.bytes": np.concatenate([self._bytes, content]),
            f"{name}.hash": np.insert(self._hash, place, hashes[order]),
            f"{name}.hashed": np.insert(self._hashed, place, numbers[unknown][order]),
        }


def _buffers(strings: pa.Array) -> tuple[Array, Array]:
    """Offsets from 0 (int64) and bytes of a large_string array."""
    if not len(strings):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, offsets, content = strings.buffers()
    cut = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    text = np.frombuffer(content, np.uint8)[cut[0] : cut[-1]] if cut[-1] > cut[0] else np.zeros(0, np.uint8)
    return cut - cut[0], text
