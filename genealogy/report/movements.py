"""The tables of a report about what was done with affected items: who received them, by which shipment, and which steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.report.content import Cell, Column, Table
from genealogy.report.records import columns
from genealogy.snapshot.index import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.reach import Shipped
    from genealogy.report.records import Affected
    from genealogy.snapshot.files import Array

_CONTACT = ("address", "email", "phone", "gln")


def consignees_table(affected: Affected, answer: dict[str, Any], shipments: Table) -> Table:
    """Whoever received some of it, with how to reach them, how much, and between which dates."""
    at = {column.name: place for place, column in enumerate(shipments.columns)}
    seen: dict[tuple[Cell, Cell], list[tuple[Cell, ...]]] = {}
    for row in shipments.rows:
        seen.setdefault((row[at["consignee_id"]], row[at["certainty"]]), []).append(row)
    rows: list[tuple[Cell, ...]] = []
    for each in answer["consignees"]:
        party = affected.party(each["party_id"])
        lines = seen.get((each["party_id"], each["certainty"]), [])
        dates = sorted(str(line[at["shipped_at"]]) for line in lines if line[at["shipped_at"]] is not None)
        rows.append(
            (
                each["party_id"], each["name"], each["role"], each["country"],
                *(party.get(name) for name in _CONTACT),
                each["certainty"], each["quantity"], each["unit"],
                len({line[at["shipment_id"]] for line in lines}),
                dates[0] if dates else None, dates[-1] if dates else None,
            )
        )  # fmt: skip
    headed = (
        Column("party_id"), Column("party_name"), Column("role", "word"), Column("country"),
        *(Column(name) for name in _CONTACT), Column("certainty", "word"), Column("quantity", "quantity"), Column("unit"),
        Column("shipments", "count"), Column("first_shipped", "time"), Column("last_shipped", "time"),
    )  # fmt: skip
    return Table("consignees", headed, rows)


SHIPPED = (
    Column("consignee_id"), Column("consignee_name"), Column("country"), Column("certainty", "word"), Column("shipment_id"),
    Column("line_no"), Column("document"), Column("shipped_at", "time"), Column("received_at", "time"),
    Column("bill_to"), Column("bill_to_name"), Column("item_id"), Column("kind", "word"), Column("stage", "word"),
    Column("serial"), Column("lot_number"), Column("material_id"), Column("material_name"), Column("gtin"),
    Column("udi_di"), Column("container"), Column("quantity", "quantity"), Column("unit"), Column("price"),
)  # fmt: skip


def shipments_table(affected: Affected, lines: Sequence[Shipped]) -> Table:
    """Every shipment line that holds, or may hold, something affected: the ship-to list, a row for each line and item."""
    extra = _line_details(affected, lines)
    others = sorted({line.item for line in lines} - affected.position.keys())
    lots = _described_lots(affected, others)
    rows: list[tuple[Cell, ...]] = []
    for line, (bill_to, document, price, received) in zip(lines, extra, strict=True):
        place = affected.position.get(line.item)
        if place is None:
            kind, stage, serial, lot, material = lots[line.item]
        else:
            kind, stage, material = affected.kind[place], affected.stage[place], affected.material[place]
            serial = affected.number[place] if kind == "unit" else None
            lot = affected.lot_number[place]
        product = affected.materials.get(material or "", {})
        consignee = affected.party(line.consignee)
        rows.append(
            (
                line.consignee or None, consignee.get("name"), consignee.get("country"), line.certainty, line.shipment_id,
                line.line_no, document, line.shipped_at, received, bill_to, affected.party(bill_to).get("name"), line.item,
                kind, stage, serial, lot, material, product.get("name"), product.get("gtin"), product.get("udi_di"),
                line.named if line.named != line.item else None, line.quantity, line.unit, price,
            )
        )  # fmt: skip
    return Table("shipments", SHIPPED, rows)


def _line_details(affected: Affected, lines: Sequence[Shipped]) -> list[tuple[str | None, ...]]:
    """Bill-to, document, price and time of receipt of each line."""
    moment = affected.moment
    named = sorted({line.named for line in lines})
    numbers = moment.codes.find(named)
    rows, owner = moment.rows_of("shipments", "item_id", numbers[numbers >= 0])
    known = [name for name, number in zip(named, numbers.tolist(), strict=True) if number >= 0]
    if not len(rows):
        return [(None, None, None, None)] * len(lines)
    keys = zip(
        [known[place] for place in owner.tolist()],
        affected.words("shipments", "shipment_id", rows),
        affected.words("shipments", "line_no", rows),
        strict=True,
    )
    details = zip(
        affected.parties("shipments", "bill_to", rows),
        affected.words("shipments", "document", rows),
        affected.words("shipments", "price", rows),
        affected.times("shipments", "received_at", rows),
        strict=True,
    )
    found: dict[tuple[Any, ...], list[tuple[str | None, ...]]] = {}
    for key, detail in zip(keys, details, strict=True):
        found.setdefault(key, []).append(detail)
    # Two spellings of one item may stand in lines of one number: then what either says is shown.
    merged = {
        key: tuple(
            "; ".join(sorted({text for text in column if text})) or None for column in zip(*several, strict=True)
        )
        for key, several in found.items()
    }
    return [merged.get((line.named, line.shipment_id, line.line_no), (None, None, None, None)) for line in lines]


def _described_lots(affected: Affected, ids: list[str]) -> dict[str, tuple[str | None, ...]]:
    """Kind, stage, serial, lot number and material of items outside the scope: lots of which a unit is affected."""
    from genealogy.snapshot.describe import describe

    described = describe(affected.moment, affected.moment.codes.find(ids)) if ids else []
    return {
        item: (
            d.kind,
            d.stage,
            d.number if d.kind == "unit" else None,
            d.number if d.kind == "lot" else None,
            d.material_id,
        )
        for item, d in zip(ids, described, strict=True)
    }


_USED = (
    Column("step_id"), Column("item_id"), Column("number"), Column("material_id"), Column("quantity", "quantity"),
    Column("unit"), Column("at", "time"),
)  # fmt: skip


def consumed_table(affected: Affected) -> Table:
    """What steps used of affected items."""
    return _links_table(affected, "consumption", "consumed")


def produced_table(affected: Affected) -> Table:
    """By which steps affected items were made."""
    return _links_table(affected, "production", "produced")


def _links_table(affected: Affected, table: str, name: str) -> Table:
    rows, place = _links(affected, table)
    described = _step_rows(affected, affected.moment.column(table, "step_id")[rows] if len(rows) else rows)
    items = place.tolist()
    at, ended = affected.times(table, "at", rows), affected.times("steps", "ended_at", described)
    cells: list[list[Any]] = [
        affected.codes(table, "step_id", rows),
        [affected.ids[p] for p in items],
        [affected.number[p] for p in items],
        [affected.material[p] for p in items],
        affected.words(table, "quantity", rows),
        affected.words(table, "unit", rows),
        [a or e for a, e in zip(at, ended, strict=True)],
    ]
    found = columns(cells)
    found.sort(key=lambda row: tuple(str(cell or "") for cell in row))
    return Table(name, _USED, found)


def steps_table(affected: Affected) -> Table:
    """The steps that used or made affected items."""
    moment = affected.moment
    numbers = [
        moment.column(table, "step_id")[_links(affected, table)[0]]
        for table in ("consumption", "production")
        if len(moment.column(table, "step_id"))
    ]
    steps = np.unique(np.concatenate(numbers)) if numbers else np.zeros(0, np.int32)
    rows = _step_rows(affected, steps)
    names = ("operation", "kind", "order_id", "site", "line", "operator", "document_id", "document_version")
    cells: list[list[Any]] = [
        moment.codes.strings(steps),
        *(affected.words("steps", name, rows) for name in names),
        affected.times("steps", "started_at", rows),
        affected.times("steps", "ended_at", rows),
    ]
    headed = (
        Column("step_id"), Column("operation"), Column("step_kind", "word"), Column("order_id"), Column("site"),
        Column("line"), Column("operator"), Column("document_id"), Column("document_version"),
        Column("started_at", "time"), Column("ended_at", "time"),
    )  # fmt: skip
    return Table("steps", headed, sorted(columns(cells), key=lambda row: str(row[0])))


def _links(affected: Affected, table: str) -> tuple[Array, Array]:
    """Rows of consumption or production that name an affected item, and where that item stands."""
    known = np.flatnonzero(affected.numbers >= 0)
    rows, owner = affected.moment.rows_of(table, "item_id", affected.numbers[known])
    return rows, known[owner]


def _step_rows(affected: Affected, steps: Array) -> Array:
    """The row that describes each step, -1 where none does."""
    found = np.full(len(steps), -1, np.int64)
    each, place = np.unique(steps, return_inverse=True)
    rows, owner = affected.moment.rows_at("steps", "step_id", each)
    of_each = np.full(len(each), -1, np.int64)
    if len(rows):
        first = distinct(owner)
        of_each[owner[first]] = rows[first]
    if len(steps):
        found = of_each[place]
    return found
