"""The tables of a report that list items: what was asked for, products, finished units and lots, and everything affected."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.report.content import Cell, Column, Sentence, Table
from genealogy.report.records import columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genealogy.report.records import Affected

    Shares = Mapping[str, str | None]

_LOT = (
    Column("item_id"), Column("lot_number"), Column("material_id"), Column("material_name"), Column("quantity", "quantity"),
    Column("unit"), Column("made_at", "time"), Column("received_at", "time"), Column("expires_on", "time"),
    Column("status", "word"),
)  # fmt: skip
_PRODUCT = (Column("gtin"), Column("udi_di"))


def starts_table(affected: Affected) -> Table:
    """What was asked for, with its supplier."""
    places = list(range(affected.starts))
    lots = affected.lot_row[places] if places else np.zeros(0, np.int64)
    suppliers = affected.parties("lots", "supplier_id", lots)
    cells: list[list[Any]] = [
        *_lot_cells(affected, places),
        suppliers,
        [affected.party(s).get("name") for s in suppliers],
        affected.words("lots", "supplier_lot", lots),
        [affected.kind[p] for p in places],
        [affected.stage[p] for p in places],
    ]
    named = (
        Column("supplier_id"),
        Column("supplier_name"),
        Column("supplier_lot"),
        Column("kind", "word"),
        Column("stage", "word"),
    )
    return Table("starts", (*_LOT, *named), columns(cells))


def products_table(affected: Affected) -> Table:
    """Finished materials with how much of each is affected; the totals of the other tables, by product."""
    units = Counter(affected.material[p] for p in affected.finished_units)
    lots = Counter(affected.material[p] for p in affected.finished_lots)
    made = affected.times("lots", "made_at", affected.lot_row)
    expires = affected.times("lots", "expires_on", affected.lot_row)
    span: dict[str | None, list[str]] = {}
    until: dict[str | None, list[str]] = {}
    for place in (*affected.finished_units, *affected.finished_lots):
        for when, into in ((made[place], span), (expires[place], until)):
            if when is not None:
                into.setdefault(affected.material[place], []).append(when)
    rows: list[tuple[Cell, ...]] = []
    for material in sorted({*units, *lots}, key=lambda m: m or ""):
        known = affected.materials.get(material or "", {})
        dates = [f(each[material]) if material in each else None for each in (span, until) for f in (min, max)]
        named = [known.get(name) for name in ("name", "gtin", "udi_di")]
        rows.append((material, *named, units[material], lots[material], *dates))
    spans = ("first_made", "last_made", "first_expires", "last_expires")
    return Table(
        "products",
        (
            Column("material_id"), Column("material_name"), *_PRODUCT, Column("finished_units", "count"),
            Column("finished_lots", "count"), *(Column(name, "time") for name in spans),
        ),
        rows,
    )  # fmt: skip


def units_table(affected: Affected, shares: Shares) -> Table:
    """Every finished serialised unit."""
    places = affected.finished_units
    rows = affected.records.unit[places] if places else np.zeros(0, np.int64)
    lots = affected.lot_row[places] if places else np.zeros(0, np.int64)
    cells: list[list[Any]] = [
        [affected.ids[p] for p in places],
        [affected.number[p] for p in places],
        [affected.parent[p] for p in places],
        affected.words("lots", "lot_number", lots),
        [affected.material[p] for p in places],
        *(_of_material(affected, name, places) for name in ("name", "gtin", "udi_di")),
        affected.times("units", "made_at", rows),
        affected.times("lots", "expires_on", lots),
        [affected.status[p] for p in places],
        [affected.tier[p] for p in places],
        [affected.depth[p] for p in places],
        [shares.get(affected.ids[p]) for p in places],
    ]
    headed = (
        Column("item_id"), Column("serial"), Column("lot_id"), Column("lot_number"), Column("material_id"),
        Column("material_name"), *_PRODUCT, Column("made_at", "time"), Column("expires_on", "time"),
        Column("status", "word"), Column("tier", "word"), Column("depth", "count"),
        Column("share", "quantity"),
    )  # fmt: skip
    return Table("finished_units", headed, columns(cells))


def lots_table(affected: Affected, shares: Shares) -> Table:
    """Every finished lot, with how many of its units are affected."""
    places = affected.finished_lots
    units = Counter(affected.parent[p] for p in affected.finished_units)
    cells: list[list[Any]] = [
        *_lot_cells(affected, places),
        *(_of_material(affected, name, places) for name in ("gtin", "udi_di")),
        [units[affected.ids[p]] for p in places],
        [affected.tier[p] for p in places],
        [affected.depth[p] for p in places],
        [shares.get(affected.ids[p]) for p in places],
    ]
    headed = (
        *_LOT,
        *_PRODUCT,
        Column("units_affected", "count"),
        Column("tier", "word"),
        Column("depth", "count"),
        Column("share", "quantity"),
    )
    return Table("finished_lots", headed, columns(cells))


def items_table(affected: Affected, shares: Shares) -> Table:
    """Everything affected but for the finished units, which have a table of their own, in the order of the scope."""
    apart = set(affected.finished_units)
    places = [place for place in range(affected.starts, len(affected)) if place not in apart]
    cells: list[list[Any]] = [
        [affected.ids[p] for p in places],
        [affected.kind[p] for p in places],
        [affected.stage[p] for p in places],
        [affected.number[p] for p in places],
        [affected.material[p] for p in places],
        _of_material(affected, "name", places),
        [affected.status[p] for p in places],
        [affected.tier[p] for p in places],
        [affected.depth[p] for p in places],
        [shares.get(affected.ids[p]) for p in places],
    ]
    headed = (
        Column("item_id"), Column("kind", "word"), Column("stage", "word"), Column("number"), Column("material_id"),
        Column("material_name"), Column("status", "word"), Column("tier", "word"), Column("depth", "count"),
        Column("share", "quantity"),
    )  # fmt: skip
    return Table("items", headed, columns(cells), (Sentence("items_note"),))


def gaps_table(answer: dict[str, Any]) -> Table:
    """What the records leave open, by kind."""
    rows: list[tuple[Cell, ...]] = []
    for kind, gap in answer["gaps"].items():
        examples = "; ".join(", ".join(str(v) for v in e.values() if v is not None) for e in gap["examples"][:5])
        more = gap["more_units"]
        rows.append((f"gap_{kind}", gap["count"], "unknown" if more is None else str(more), examples or None))
    headed = (Column("gap", "word"), Column("count", "count"), Column("more_units", "word"), Column("examples"))
    return Table("gaps", headed, rows)


def sources_table(entries: Sequence[Any]) -> Table:
    """The files that the answer rests on, as the ledger recorded them."""
    rows: list[tuple[Cell, ...]] = [
        (
            entry.sequence, entry.time, entry.actor,
            *(file.get(name) for name in ("file", "table", "accepted", "quarantined", "sha256")),
        )
        for entry in entries
        for file in entry.details.get("files") or []
    ]  # fmt: skip
    headed = (
        Column("entry", "count"), Column("recorded_at", "time"), Column("actor"), Column("file"), Column("table"),
        Column("rows_accepted", "count"), Column("rows_quarantined", "count"), Column("sha256"),
    )  # fmt: skip
    return Table("sources", headed, rows, (Sentence("sources_note"),))


def _lot_cells(affected: Affected, places: list[int]) -> list[list[Cell]]:
    rows = affected.lot_row[places] if places else np.zeros(0, np.int64)
    found: list[list[Any]] = [
        [affected.ids[p] for p in places],
        [affected.number[p] for p in places],
        [affected.material[p] for p in places],
        _of_material(affected, "name", places),
        affected.words("lots", "quantity", rows),
        affected.words("lots", "unit", rows),
        *(affected.times("lots", name, rows) for name in ("made_at", "received_at", "expires_on")),
        [affected.status[p] for p in places],
    ]
    return found


def _of_material(affected: Affected, name: str, places: list[int]) -> list[str | None]:
    materials, known = affected.material, affected.materials
    return [known[m][name] if (m := materials[p]) is not None else None for p in places]
