"""Sorting keys, which every load does once for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

_MOST_BYTES = 1 << 28
_LONGEST = 4096
"""Bytes of a key that are packed: each eight of them cost an array, which pays for many short keys and not for one long one."""


def ordered(keys: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Sort keys: (order, where in that order a new key begins).

    Keys mostly differ in a few bytes. These are packed into whole numbers, which sort several times faster than text.
    """
    size = len(keys)
    first = np.ones(size, bool)
    if size < 2:
        return np.arange(size), first
    lengths = np.asarray(pc.binary_length(keys))
    longest, kinds = int(lengths.max()), np.unique(lengths)
    if size * (longest + 8) > _MOST_BYTES or len(kinds) > 256 or longest > _LONGEST:
        order = np.asarray(pc.sort_indices(keys)).astype(np.int64)
        placed = keys.take(pa.array(order))
        first[1:] = ~np.asarray(pc.equal(placed[1:], placed[:-1]))
        return order, first
    text = np.zeros((size, longest), np.uint8)
    for length in kinds:
        rows = np.flatnonzero(lengths == length)
        part = keys if len(rows) == size else keys.take(pa.array(rows))
        offsets = np.frombuffer(part.buffers()[1], np.int32)[part.offset : part.offset + len(part) + 1]
        data = np.frombuffer(part.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
        text[rows, :length] = data.reshape(len(rows), int(length))
    varying = np.flatnonzero((text != text[0]).any(axis=0))
    if not len(varying):
        first[1:] = False
        return np.arange(size), first
    packed = np.zeros((size, -(-len(varying) // 8) * 8), np.uint8)
    packed[:, : len(varying)] = text[:, varying]
    words = [np.ascontiguousarray(column).astype(np.uint64) for column in packed.view(">u8").T]
    order = np.lexsort(words[::-1])
    first[1:] = np.logical_or.reduce([word[order[1:]] != word[order[:-1]] for word in words])
    return order, first
