"""Who was sent something affected: lines that name it, or its lot, or what it was packed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from genealogy.reach import Shipments, Texts
from genealogy.snapshot.index import different, distinct, numbered
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_TWO_DAYS = 2 * 86_400 * 1_000_000
"""Longer than any calendar day, in microseconds."""
_ALWAYS, _FOR_EVER = -(2**62), 2**62
_CERTAINTIES = pa.array(["proven", "possible"], pa.large_string())


class _Inside(NamedTuple):
    """Items in containers, however deep; for each, the latest packing and the last moment before the first unpacking."""

    item: Array
    container: Array
    since: Array
    until: Array


def shipments(moment: Moment, affected: Array) -> Shipments:
    """Every shipment line in force that holds (``proven``) or may hold (``possible``) an affected item.

    Args:
        moment: the facts that count.
        affected: numbers of items, each once.
    """
    units, unit_of = moment.rows_of("units", "item_id", affected)
    partly = _partly_affected(moment, affected, units)
    items = np.concatenate([affected, partly]) if len(partly) else affected
    proven = np.arange(len(items)) < len(affected)
    if not len(items) or not len(moment.column("shipments", "since")):
        return Shipments.of([])
    unit = np.zeros(len(moment.codes), bool)
    unit[affected[unit_of]] = True
    _, described = moment.rows_of("units", "item_id", partly)
    unit[partly[described]] = True
    certain = np.zeros(len(moment.codes), bool)
    certain[items[proven]] = True
    rows, owner = moment.rows_of("shipments", "item_id", items)
    lines = [(rows, items[owner], items[owner], np.zeros(len(rows), bool))]
    inside = _inside(moment, items)
    rows, owner = moment.rows_of("shipments", "item_id", inside.container)
    then = _held_when_shipped(moment, rows, inside.since[owner], inside.until[owner])
    rows, owner = rows[then], owner[then]
    lines.append((rows, inside.container[owner], inside.item[owner], np.ones(len(rows), bool)))
    row, named, item, packed = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    return _lines(moment, np.stack([row, named, item, packed])[:, distinct(row, named, item)], unit, certain)


def _lines(moment: Moment, found: Array, unit: Array, certain: Array) -> Shipments:
    row, named, item, packed = found.astype(np.int64)
    is_unit, is_packed = unit[item], packed > 0
    words, codes = moment.words.array, moment.codes.array

    def recorded(name: str) -> Array:
        column: Array = moment.column("shipments", name)[row]
        return column

    quantity, measure = recorded("quantity"), recorded("unit")
    piece = is_unit & (is_packed | (quantity < 0))
    return Shipments(
        shipment_id=Texts(recorded("shipment_id"), words),
        line_no=Texts(recorded("line_no"), words),
        named=Texts(named, codes),
        item=Texts(item, codes),
        consignee=Texts(moment.parties.resolve(recorded("consignee_id")), words),
        quantity=_counted(quantity, words, piece, is_packed, "1"),
        unit=_counted(measure, words, piece, is_packed, "H87"),
        certainty=Texts((~certain[item]).astype(np.int32), _CERTAINTIES),
        shipped_at=Texts(recorded("shipped_text"), words),
    )


def _counted(numbers: Array, words: pa.Array, piece: Array, packed: Array, text: str) -> Texts:
    """What is recorded; of a counted unit the text instead, and nothing of a lot in a container."""
    texts, place = numbered(numbers)
    few = words.take(pa.array(texts, mask=texts < 0)).cast(pa.large_string())
    few = pa.concat_arrays([few, pa.array([text], pa.large_string())])
    own = np.where(texts[place] < 0, -1, place) if len(place) else place
    return Texts(np.where(piece, len(few) - 1, np.where(packed, -1, own)), few)


def _partly_affected(moment: Moment, affected: Array, rows: Array) -> Array:
    """Lots that are not affected themselves but of which some unit is; ``rows``: of the affected units."""
    if not len(rows):
        return affected[:0]
    lots = different(moment.item_column("units", "lot_id", rows))
    lots = lots[lots >= 0]
    whole = np.zeros(len(moment.codes), bool)
    whole[affected] = True
    partly: Array = lots[~whole[lots]]
    return partly


def _inside(moment: Moment, items: Array) -> _Inside:
    """Every container that held one of the items at any time, directly or in another one.

    Containers may stand in each other by mistake; each way round only narrows the time, and what was seen is not
    followed again, so this ends.
    """
    start = np.full(len(items), _ALWAYS)
    level = _Inside(items, items, start, np.full(len(items), _FOR_EVER))
    seen = np.zeros((4, 0), np.int64)
    while len(level.item):
        rows, owner = moment.rows_of("packing", "item_id", level.container)
        if not len(rows):
            break
        packed = moment.column("packing", "packed_at_start")[rows]
        begin, end = (moment.column("packing", f"unpacked_at_{which}")[rows] for which in ("start", "end"))
        last = np.where(end > begin, end - 1, end)  # of a whole day; a moment is in itself
        since = np.maximum(level.since[owner], np.where(packed == NO_TIME, _ALWAYS, packed))
        until = np.minimum(level.until[owner], np.where(end == NO_TIME, _FOR_EVER, last))
        possible = (
            since < until + _TWO_DAYS
        )  # a shipment of a whole day may overlap both; more than a day apart, none can
        container = moment.column("packing", "container_id")[rows]
        found = np.stack([level.item[owner], container, since, until])[:, possible].astype(np.int64)
        everything = np.concatenate([seen, found], axis=1)
        first = distinct(*everything)
        new = everything[:, first[first >= seen.shape[1]]]
        seen = np.concatenate([seen, new], axis=1)
        level = _Inside(*new)
    return _Inside(*seen)


def _held_when_shipped(moment: Moment, rows: Array, since: Array, until: Array) -> Array:
    """Whether what was inside from ``since`` to ``until``, both included, was inside when each line was shipped (bool).

    A whole day overlaps what began before its end; a time that nobody recorded counts as inside.
    """
    begin = moment.column("shipments", "shipped_at_start")[rows]
    end = moment.column("shipments", "shipped_at_end")[rows]
    held: Array = (begin == NO_TIME) | (((since <= begin) | (since < end)) & (begin <= until))
    return held
