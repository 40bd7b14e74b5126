"""The tables that a rule wants in columns of its own, made from the tables of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.report.content import Cell, Column, Sentence, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from genealogy.report.records import Affected

_Row = dict[str, Cell]
_DEVICES = (
    Column("consignee_id"), Column("consignee_name"), Column("address"), Column("phone"), Column("certainty", "word"),
    Column("item_id"), Column("serial"), Column("lot_number"), Column("material_name"), Column("gtin"), Column("udi_di"),
    Column("shipped_at", "time"), Column("received_at", "time"), Column("patient"), Column("provided_to_patient", "time"),
    Column("physician"), Column("explanted_or_disposed", "time"),
)  # fmt: skip
_SHIPPING = (
    Column("traceability_lot_code"), Column("product_description"), Column("quantity", "quantity"), Column("unit"),
    Column("ship_to_location"), Column("ship_from_location"), Column("shipped_at", "time"), Column("lot_code_source"),
    Column("document"), Column("document_type"),
)  # fmt: skip
_RECEIVING = (
    Column("traceability_lot_code"), Column("product_description"), Column("quantity", "quantity"), Column("unit"),
    Column("received_from_location"), Column("received_location"), Column("received_at", "time"), Column("lot_code_source"),
    Column("document"), Column("document_type"),
)  # fmt: skip
_INPUTS = (
    Column("step_id"), Column("traceability_lot_code"), Column("product_description"), Column("quantity", "quantity"),
    Column("unit"),
)  # fmt: skip
_OUTPUTS = (
    *_INPUTS, Column("transformed_location"), Column("at", "time"), Column("order_id"), Column("document_type"),
)  # fmt: skip
_EU_931 = (
    Column("product_description"), Column("quantity", "quantity"), Column("unit"), Column("dispatched_from"),
    Column("dispatched_from_address"), Column("consignor_owner"), Column("dispatched_to"), Column("dispatched_to_address"),
    Column("consignee_owner"), Column("lot_reference"), Column("shipped_at", "time"), Column("document"),
)  # fmt: skip


def form_tables(affected: Affected, tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables of the forms by name.

    Args:
        affected: the items.
        tables: of the report, by name.
    """
    steps = {str(row["step_id"]): row for row in _rows(tables["steps"])}
    made: dict[str, tuple[tuple[Column, ...], list[_Row]]] = {
        "devices_tracked": (_DEVICES, _devices(affected, _rows(tables["shipments"]))),
        "fsma_shipping": (_SHIPPING, _shipping(affected, _rows(tables["shipments"]))),
        "fsma_receiving": (_RECEIVING, _receiving(affected, _rows(tables["starts"]))),
        "fsma_inputs": (_INPUTS, _transformed(affected, _rows(tables["consumed"]), steps)),
        "fsma_outputs": (_OUTPUTS, _transformed(affected, _rows(tables["produced"]), steps)),
        "eu_931_consignments": (_EU_931, _consignments(affected, _rows(tables["shipments"]))),
    }
    notes = {"devices_tracked": (Sentence("patient_data_note"),)}
    return {
        name: Table(name, columns, [tuple(row.get(c.name) for c in columns) for row in rows], notes.get(name, ()))
        for name, (columns, rows) in made.items()
    }


def location(party: Mapping[str, str]) -> str | None:
    """Where a party is: name, address, country, telephone, as far as they are recorded; None without an address."""
    if not party.get("address"):
        return None
    parts = [party.get(name) for name in ("name", "address", "country", "phone", "gln")]
    return ", ".join(part for part in parts if part)


def _rows(table: Table) -> list[_Row]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def _devices(affected: Affected, shipments: list[_Row]) -> list[_Row]:
    """Units and lots without serials of finished materials, by who holds them: one row a shipment line and item."""
    found = []
    for row in shipments:
        if row["stage"] == "finished":
            party = affected.party(_text(row["consignee_id"]))
            found.append({**row, "address": party.get("address"), "phone": party.get("phone")})
    return found


def _shipping(affected: Affected, shipments: list[_Row]) -> list[_Row]:
    own = _own_location(affected)
    place = _once(lambda party_id: location(affected.party(party_id)))
    return [
        {
            **row,
            "traceability_lot_code": row["lot_number"],
            "product_description": row["material_name"],
            "ship_to_location": place(_text(row["consignee_id"])),
            "ship_from_location": own,
            "lot_code_source": own,
        }
        for row in shipments
    ]


def _receiving(affected: Affected, starts: list[_Row]) -> list[_Row]:
    own = _own_location(affected)
    return [
        {
            **row,
            "traceability_lot_code": row["supplier_lot"] or row["lot_number"],
            "product_description": row["material_name"],
            "received_from_location": location(affected.party(_text(row["supplier_id"]))),
            "received_location": own,
            "lot_code_source": location(affected.party(_text(row["supplier_id"]))),
        }
        for row in starts
        if row["supplier_id"] is not None or row["received_at"] is not None
    ]


def _transformed(affected: Affected, links: list[_Row], steps: dict[str, _Row]) -> list[_Row]:
    own = _own_location(affected)
    names = {material: known["name"] for material, known in affected.materials.items()}
    lots = affected.lot_number
    return [
        {
            **row,
            "traceability_lot_code": lots[affected.position[str(row["item_id"])]],
            "product_description": names.get(str(row["material_id"])),
            "order_id": steps.get(str(row["step_id"]), {}).get("order_id"),
            # The date on which the transformation was completed, not when some of it came out.
            "at": steps.get(str(row["step_id"]), {}).get("ended_at") or row["at"],
            "transformed_location": own,
        }
        for row in links
    ]


def _consignments(affected: Affected, shipments: list[_Row]) -> list[_Row]:
    own = affected.own()
    sender = affected.party(own[0]) if len(own) == 1 else {}
    return [
        {
            **row,
            "product_description": row["material_name"],
            "dispatched_from": sender.get("name"),
            "dispatched_from_address": sender.get("address"),
            "dispatched_to": row["consignee_name"],
            "dispatched_to_address": affected.party(_text(row["consignee_id"])).get("address"),
            "consignee_owner": row["bill_to_name"] or row["bill_to"],
            "lot_reference": row["lot_number"] or row["serial"],
        }
        for row in shipments
    ]


def _own_location(affected: Affected) -> str | None:
    """Our own firm's, where there is only one: which of several a shipment left from is not recorded."""
    own = affected.own()
    return location(affected.party(own[0])) if len(own) == 1 else None


def _once(function: Callable[[str | None], str | None]) -> Callable[[str | None], str | None]:
    known: dict[str | None, str | None] = {}

    def asked(key: str | None) -> str | None:
        if key not in known:
            known[key] = function(key)
        return known[key]

    return asked


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
