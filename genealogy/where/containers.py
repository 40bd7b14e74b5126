"""Containers: which of them held an item and when, and what else was in one when it was shipped or counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

ALWAYS, FOR_EVER = -(2**62), 2**62
"""Ends of a time that nobody recorded."""


class Inside(NamedTuple):
    """Items in containers, however deep: for each, since when and until when, both included (microseconds; of all on the way).

    ``thing`` is the position of the item in what was asked for.
    """

    thing: Array
    container: Array
    since: Array
    until: Array


class Contents(NamedTuple):
    """What was in a container at some moment: how many serialised units, how many other items."""

    units: Array
    others: Array


def inside(moment: Moment, items: Array) -> Inside:
    """Every container that held one of the items at any time, directly or in another container.

    Containers may stand in each other by mistake: each way round only narrows the time and what was seen is not followed
    again, so this ends.
    """
    things = np.arange(len(items))
    full = np.full(len(items), ALWAYS), np.full(len(items), FOR_EVER)
    level = np.stack([things, items.astype(np.int64), *full])
    seen = np.zeros((4, 0), np.int64)
    while level.shape[1]:
        thing, held, since, until = level
        rows, owner = moment.rows_of("packing", "item_id", held.astype(np.int32))
        if not len(rows):
            break
        packed, unpacked = _packed(moment, rows)
        since, until = np.maximum(since[owner], packed), np.minimum(until[owner], unpacked)
        found = np.stack([thing[owner], moment.column("packing", "container_id")[rows], since, until])
        found = found[:, _possible(since, until)].astype(np.int64)
        everything = np.concatenate([seen, found], axis=1)
        first = distinct(*everything)
        level = everything[:, first[first >= seen.shape[1]]]
        seen = np.concatenate([seen, level], axis=1)
    return Inside(*seen)


def contents(moment: Moment, container: Array, begin: Array, end: Array) -> Contents:
    """What was in each container at a moment of its own: serialised units, and other items (lots, and what nobody described).

    A container inside is opened; what is packed like one but never held anything counts as an item.

    Args:
        moment: the facts that count.
        container: codes.
        begin: of each moment; NO_TIME where it is not recorded.
        end: of each moment; the same as ``begin`` for an instant.
    """
    count = len(container)
    level = np.stack([np.arange(count), container.astype(np.int64)])
    seen = level
    leaves = np.zeros((2, 0), np.int64)
    while level.shape[1]:
        rows, owner = moment.rows_at("packing", "container_id", level[1].astype(np.int32))
        if not len(rows):
            break
        at = level[0][owner]
        then = held(*_packed(moment, rows), begin[at], end[at])
        found = np.stack([at[then], moment.item_column("packing", "item_id", rows[then])]).astype(np.int64)
        opened = _holds_something(moment, found[1])
        leaves = np.concatenate([leaves, found[:, ~opened]], axis=1)
        everything = np.concatenate([seen, found[:, opened]], axis=1)
        first = distinct(*everything)
        level = everything[:, first[first >= seen.shape[1]]]
        seen = np.concatenate([seen, level], axis=1)
    leaves = leaves[:, distinct(*leaves)]
    unit = _is_unit(moment, leaves[1])
    units = np.bincount(leaves[0][unit], minlength=count)
    return Contents(units, np.bincount(leaves[0][~unit], minlength=count))


def held(since: Array, until: Array, begin: Array, end: Array) -> Array:
    """Whether what was inside from ``since`` to ``until``, both included, was inside at a moment (bool).

    A whole day overlaps what began before its end; a time that nobody recorded counts as inside.
    """
    inside_then: Array = (begin == NO_TIME) | (((since <= begin) | (since < end)) & (begin <= until))
    return inside_then


def _packed(moment: Moment, rows: Array) -> tuple[Array, Array]:
    packed = moment.column("packing", "packed_at_start")[rows]
    begin, end = (moment.column("packing", f"unpacked_at_{which}")[rows] for which in ("start", "end"))
    last = np.where(end > begin, end - 1, end)  # of a whole day; a moment is in itself
    return np.where(packed == NO_TIME, ALWAYS, packed), np.where(end == NO_TIME, FOR_EVER, last)


_TWO_DAYS = 2 * 86_400 * 1_000_000


def _possible(since: Array, until: Array) -> Array:
    """A moment of a whole day may overlap an unpacking and a later packing; more than that apart, none can."""
    possible: Array = since < until + _TWO_DAYS
    return possible


def _holds_something(moment: Moment, codes: Array) -> Array:
    """Which codes are containers that ever held anything (bool), and are not described as items."""
    _, owner = moment.rows_at("packing", "container_id", codes.astype(np.int32))
    holds = np.zeros(len(codes), bool)
    holds[owner] = True
    for table in ("lots", "units"):
        _, described = moment.rows_of(table, "item_id", codes.astype(np.int32))
        holds[described] = False
    return holds


def _is_unit(moment: Moment, codes: Array) -> Array:
    _, described = moment.rows_of("units", "item_id", codes.astype(np.int32))
    unit = np.zeros(len(codes), bool)
    unit[described] = True
    return unit
