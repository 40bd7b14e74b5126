"""Who was sent something affected: lines that name it, or its lot, or what it was packed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genealogy.reach import Shipped
from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_TWO_DAYS = 2 * 86_400 * 1_000_000
"""Longer than any calendar day, in microseconds."""
_ALWAYS, _FOR_EVER = -(2**62), 2**62
_PIECE = ("1", "H87")


class _Inside(NamedTuple):
    """Items in containers, however deep; for each, the latest packing and the earliest unpacking on the way."""

    item: Array
    container: Array
    since: Array
    until: Array


def shipments(moment: Moment, affected: Array) -> list[Shipped]:
    """Every shipment line in force that holds (``proven``) or may hold (``possible``) an affected item, sorted.

    Args:
        moment: the facts that count.
        affected: numbers of items, each once.
    """
    partly = _partly_affected(moment, affected)
    items = np.concatenate([affected, partly])
    proven = np.arange(len(items)) < len(affected)
    if not len(items) or not len(moment.column("shipments", "since")):
        return []
    unit = np.zeros(len(moment.codes), bool)
    _, described = moment.rows_of("units", "item_id", items)
    unit[items[described]] = True
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


def _lines(moment: Moment, found: Array, unit: Array, certain: Array) -> list[Shipped]:
    row, named, item, packed = found.astype(np.int64)
    words = moment.words.strings

    def texts(name: str) -> list[str | None]:
        return words(moment.column("shipments", name)[row])

    consignees = words(moment.parties.resolve(moment.column("shipments", "consignee_id")[row]))
    columns = zip(
        texts("shipment_id"), texts("line_no"), moment.codes.strings(named), moment.codes.strings(item), consignees,
        texts("quantity"), texts("unit"), texts("shipped_text"), packed.tolist(), unit[item].tolist(),
        certain[item].tolist(), strict=True,
    )  # fmt: skip
    answer = []
    for shipment, line, name, what, consignee, quantity, measure, shipped_at, is_packed, is_unit, is_certain in columns:
        amount: tuple[str | None, str | None] = (quantity, measure)
        if is_packed:
            amount = _PIECE if is_unit else (None, None)
        elif is_unit and quantity is None:
            amount = _PIECE
        answer.append(
            Shipped(
                shipment_id=str(shipment),
                line_no=line,
                named=str(name),
                item=str(what),
                consignee="" if consignee is None else consignee,
                quantity=amount[0],
                unit=amount[1],
                certainty="proven" if is_certain else "possible",
                shipped_at=shipped_at,
            )
        )
    return sorted(answer, key=_order)


def _order(line: Shipped) -> tuple[str, ...]:
    fields = (line.shipment_id, line.line_no, line.named, line.item, line.certainty, line.consignee)
    return tuple(field or "" for field in (*fields, line.shipped_at, line.quantity, line.unit))


def _partly_affected(moment: Moment, affected: Array) -> Array:
    """Lots that are not affected themselves but of which some unit is."""
    rows, _ = moment.rows_of("units", "item_id", affected)
    if not len(rows):
        return affected[:0]
    lots = np.unique(moment.item_column("units", "lot_id", rows))
    return np.setdiff1d(lots[lots >= 0], affected)


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
        unpacked = moment.column("packing", "unpacked_at_end")[rows]
        since = np.maximum(level.since[owner], np.where(packed == NO_TIME, _ALWAYS, packed))
        until = np.minimum(level.until[owner], np.where(unpacked == NO_TIME, _FOR_EVER, unpacked))
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
    """Whether what was inside from ``since`` until before ``until`` was inside when each line was shipped (bool).

    A whole day overlaps what began before its end; a time that nobody recorded counts as inside.
    """
    begin = moment.column("shipments", "shipped_at_start")[rows]
    end = moment.column("shipments", "shipped_at_end")[rows]
    held: Array = (begin == NO_TIME) | (((since <= begin) | (since < end)) & (begin < until))
    return held
