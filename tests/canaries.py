"""A plant with a word of its own in every confidential field, so that it is seen where such a field comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from plants import write_plant

import loaders
from api.access.rules import Field
from genealogy.engine import Engine

CANARIES: dict[Field, Sequence[str]] = {
    Field.SUPPLIER: (
        "KANARI-SUP", "Kanari Polymers GmbH", "4012345KANARI", "KANARI-SUP-DOCK", "Kanari Dock Nord", "KNR/2291",
        "KANARI-ERP-CODE", "KANARI-OTHER", "KNR-OPEN",
    ),
    Field.PRICE: ("98765.43", "987.65"),
    Field.CONTACT: ("7 Kanarienweg", "kanari.mail@example.org", "+49 555 KANARI"),
    Field.PERSONAL: ("Olga Kanari-Operator", "Dr. Kanari Decider"),
    Field.PATIENT: ("KANARI-CLINIC", "kanari patient 4711"),
    Field.ACTOR: ("kanari-actor",),
    Field.FREE: ("kanari-folder", "kanari reason free", "kanari void reason"),
}  # fmt: skip
"""The words by the sort of field that they stand in."""

T = "2026-05-0{}T10:00:00Z"

FIRST = {
    "materials": [
        {"material_id": "RAW", "name": "Resin", "stage": "supplied", "base_unit": "KGM"},
        {"material_id": "FIN", "name": "Device", "stage": "finished", "base_unit": "H87"},
    ],
    "parties": [
        {"party_id": "KANARI-SUP", "name": "Kanari Polymers GmbH", "role": "supplier", "gln": "4012345KANARI",
         "country": "DE", "address": "7 Kanarienweg", "email": "", "phone": ""},
        {"party_id": "CUST-1", "name": "First Clinic", "role": "customer", "gln": "400", "country": "FR",
         "address": "7 Kanarienweg", "email": "kanari.mail@example.org", "phone": "+49 555 KANARI"},
        {"party_id": "KANARI-CLINIC", "name": "Ward", "role": "customer", "gln": "", "country": "FR", "address": "",
         "email": "", "phone": ""},
    ],
    "places": [
        {"place_id": "KANARI-SUP-DOCK", "name": "Kanari Dock Nord", "kind": "dock", "party_id": "KANARI-SUP", "gln": ""},
        {"place_id": "FG", "name": "Finished goods", "kind": "store", "party_id": "", "gln": ""},
    ],
    "lots": [
        {"item_id": "R-1", "material_id": "RAW", "lot_number": "WE-1", "supplier_id": "KANARI-SUP",
         "supplier_lot": "KNR/2291", "quantity": "10", "unit": "KGM", "received_at": T.format(1), "status": "held"},
        {"item_id": "R-2", "material_id": "RAW", "lot_number": "WE-2", "supplier_id": "KANARI-ERP-CODE",
         "supplier_lot": "KNR/2291", "quantity": "10", "unit": "KGM", "received_at": T.format(1), "status": ""},
        {"item_id": "R-3", "material_id": "RAW", "lot_number": "WE-1", "supplier_id": "KANARI-OTHER",
         "supplier_lot": "KNR-OPEN", "quantity": "5", "unit": "KGM", "received_at": T.format(1), "status": ""},
        {"item_id": "F-1", "material_id": "FIN", "lot_number": "F-1", "supplier_id": "", "supplier_lot": "",
         "quantity": "4", "unit": "H87", "received_at": "", "status": ""},
        {"item_id": "F-2", "material_id": "FIN", "lot_number": "F-2", "supplier_id": "", "supplier_lot": "",
         "quantity": "4", "unit": "H87", "received_at": "", "status": ""},
    ],
    "units": [{"item_id": f"U-{n}", "lot_id": f"F-{1 + n // 4}", "serial": f"S{n}"} for n in range(8)],
    "steps": [
        {"step_id": "ST-1", "operation": "moulding", "order_id": "O-1", "started_at": T.format(2), "ended_at": T.format(2),
         "site": "W1", "line": "L1", "operator": "Olga Kanari-Operator", "document_id": "SOP", "document_version": "1"},
        {"step_id": "ST-2", "operation": "moulding", "order_id": "O-1", "started_at": T.format(3), "ended_at": T.format(3),
         "site": "KANARI-SUP-DOCK", "line": "L1", "operator": "Somebody Else", "document_id": "SOP", "document_version": "1"},
    ],
    "consumption": [
        {"step_id": "ST-1", "item_id": "R-1", "quantity": "3", "unit": "KGM"},
        {"step_id": "ST-2", "item_id": "R-3", "quantity": "3", "unit": "KGM"},
    ],
    "production": [
        {"step_id": "ST-1", "item_id": "F-1", "quantity": "4", "unit": "H87"},
        {"step_id": "ST-2", "item_id": "F-2", "quantity": "4", "unit": "H87"},
    ],
    "equipment": [{"equipment_id": "E-1", "name": "Press", "kind": "press", "site": "KANARI-SUP-DOCK"}],
    "equipment_use": [{"step_id": s, "equipment_id": "E-1", "from": T.format(2), "to": T.format(3)} for s in ("ST-1", "ST-2")],
    "readings": [{"step_id": "ST-1", "equipment_id": "E-1", "place_id": "", "parameter": "heat", "value": "9", "unit": "CEL",
                  "low": "1", "high": "5", "at": T.format(2)}],
    "results": [{"item_id": "R-1", "test": "certificate of KANARI-SUP", "value": "2", "low": "", "high": "1",
                 "at": T.format(1), "sample_id": "", "laboratory": "KANARI-SUP", "verdict": "fail"}],
    "decisions": [{"item_id": "R-1", "status": "held", "at": T.format(1), "by": "Dr. Kanari Decider",
                   "reason": "kanari reason free", "document_id": ""},
                  {"item_id": "R-3", "status": "released", "at": T.format(1), "by": "Dr. Kanari Decider",
                   "reason": "kanari reason free", "document_id": "CERT KANARI-SUP 77"}],
    "shipments": [
        {"shipment_id": "SH-1", "item_id": f"U-{n}", "consignee_id": "CUST-1", "bill_to": "CUST-1", "quantity": "1",
         "unit": "H87", "price": price, "shipped_at": T.format(4)}
        for n, price in ((0, "98765.43 EUR"), (1, "987.65 EUR"), (2, ""))
    ],
    "stock": [{"item_id": i, "place_id": p, "quantity": q, "unit": u, "status": "available", "counted_at": T.format(5)}
              for i, p, q, u in (("R-1", "KANARI-SUP-DOCK", "7", "KGM"), ("U-3", "FG", "1", "H87"))],
    "moves": [{"item_id": "R-1", "from_place": "KANARI-SUP-DOCK", "to_place": "FG", "at": T.format(1), "quantity": "1",
               "unit": "KGM"}],
    "dispositions": [
        {"item_id": "U-0", "kind": "used", "quantity": "1", "unit": "H87", "at": T.format(6), "party_id": "KANARI-CLINIC",
         "reason": "kanari patient 4711"},
        {"item_id": "R-1", "kind": "returned", "quantity": "1", "unit": "KGM", "at": T.format(6), "party_id": "KANARI-SUP",
         "reason": "kanari reason free"},
    ],
    "documents": [{"document_id": "SOP", "version": "1", "title": "Moulding as Kanari Polymers GmbH says", "kind": "sop"}],
    "aliases": [{"system": "erp", "kind": "party", "code": "KANARI-ERP-CODE", "means": "KANARI-SUP"}],
}  # fmt: skip

SECOND = {
    "lots": [
        {"item_id": "R-9", "material_id": "RAW", "lot_number": "WE-9", "supplier_id": "KANARI-SUP",
         "supplier_lot": "KNR-OPEN", "quantity": "not a number", "unit": "KGM"},
    ],
    "consumption": [{"step_id": "ST-2", "item_id": "R-8", "quantity": "-", "unit": "KGM"}],
    "decisions": [{"item_id": "R-1", "status": "held", "at": T.format(1), "void": "yes", "void_reason": "kanari void reason"}],
}  # fmt: skip


def plant(folder: Path) -> Engine:
    """A home with these words in it; the environment names who loads as the canary of ``actor``."""
    engine = Engine.open(folder / "home")
    for number, load in enumerate((FIRST, SECOND)):
        loaders.load(engine, [write_plant(folder / f"kanari-folder-{number}", load)])
    return engine
