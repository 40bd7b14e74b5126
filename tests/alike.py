"""Two plants that differ in confidential values only: in what order they stand, how they read, what they hash to.

What a role may not see may not show in anything that it is told; so the two must be the same to it, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from oracle import Load
from plants import complete, write_plant

import loaders
from api.access.rules import Field
from genealogy.engine import Engine

T = "2026-05-0{}T10:00:00Z"


@dataclass(frozen=True)
class Words:
    """The confidential words of a plant; of a supplier: number, name, GLN, number and name of its dock."""

    suppliers: tuple[tuple[str, str, str, str, str], ...]
    code: str
    numbers: tuple[str, ...]
    prices: tuple[str, ...]
    contact: tuple[str, str, str]
    people: tuple[str, str, str]
    patient: tuple[str, int]
    reasons: tuple[str, str]
    actor: str
    shared: int = 3
    """Every so many lots come from the same supplier."""


ONE = Words(
    (
        ("ALPHA-SUP", "Alpha Polymers GmbH", "4012345ALPHA", "ALPHA-DOCK", "Alpha Dock Nord"),
        ("MIKE-SUP", "Mike Resins Inc", "4012345MIKE", "MIKE-DOCK", "Mike Dock"),
        ("ZULU-SUP", "Zulu Chemicals", "4012345ZULU", "ZULU-DOCK", "Zulu Dock"),
    ),
    "ERP-AAA",
    ("NUM-1", "NUM-2", "NUM-3", "NUM-4"),
    ("98765.43 EUR", "987.65 EUR", "1.00 EUR"),
    ("7 Kanarienweg", "k@example.org", "+49 555"),
    ("Anna Albers", "Zeno Zimmer", "Dr. Decider"),
    ("patient 4711", 6),
    ("reason one", "void one"),
    "actor-a",
)
OTHER = Words(
    (
        ("YANKEE-SUP", "Yankee Monomers KG", "4012345YANK", "YANKEE-DOCK", "Yankee Platform"),
        ("HOTEL-SUP", "Hotel Oils", "4012345HOTEL", "HOTEL-DOCK", "Hotel Dock"),
        ("BRAVO-SUP", "Bravo Salts Ltd", "4012345BRAVO", "BRAVO-DOCK", "Bravo Dock"),
    ),
    "ERP-ZZZ",
    ("QQ-9", "QQ-4", "QQ-2", "QQ-1"),
    ("5.00 EUR", "2000.00 EUR", "77.01 EUR"),
    ("1 Other Road", "zz@example.net", "+1 222"),
    ("Zoe Young", "Ben Brown", "Prof. Boss"),
    ("patient 9999", 7),
    ("another", "void two"),
    "actor-z",
)
OF: dict[Field, tuple[str, ...]] = {
    Field.SUPPLIER: ("suppliers", "code", "numbers"),
    Field.PRICE: ("prices",),
    Field.CONTACT: ("contact",),
    Field.PERSONAL: ("people",),
    Field.PATIENT: ("patient",),
    Field.FREE: ("reasons",),
    Field.ACTOR: ("actor",),
}
"""Which words are of which sort."""


def other(hidden: frozenset[Field]) -> Words:
    """The words of the first plant, with others where a role may not see them."""
    names = [name for field in hidden for name in OF[field]]
    return Words(**{**vars(ONE), **{name: getattr(OTHER, name) for name in names}})


def tables(words: Words) -> tuple[Load, Load]:
    """Two loads; suppliers stand everywhere that one can stand, and where others quote them."""
    s, num = words.suppliers, words.numbers
    address, email, phone = words.contact
    reach = {"address": address, "email": email, "phone": phone}
    first: Load = {
        "materials": [
            {"material_id": "RAW", "name": f"Resin of {s[0][1]}", "stage": "supplied", "base_unit": "KGM"},
            {"material_id": "RAX", "name": f"{s[1][1]} additive", "stage": "supplied", "base_unit": "KGM"},
            {"material_id": "MID", "name": "Mix", "stage": "intermediate", "base_unit": "KGM"},
            {"material_id": "FIN", "name": "Device", "stage": "finished", "base_unit": "H87"},
        ],
        "parties": [{"party_id": a, "name": b, "role": "supplier", "gln": g, "country": "DE", **reach} for a, b, g, _, _ in s]
        + [{"party_id": f"CUST-{n}", "name": f"Clinic {n}", "role": "customer", "country": c, **reach}
           for n, c in ((1, "FR"), (2, "DE"))]
        + [{"party_id": "OWN", "name": f"Works beside {s[0][1]}", "role": "own", "country": "DE", **reach}],
        "places": [{"place_id": d, "name": e, "kind": "dock", "party_id": a} for a, _, _, d, e in s]
        + [{"place_id": "FG", "name": "Finished goods", "kind": "store"}],
        "lots": [
            {"item_id": f"R-{k}", "material_id": "RAW" if k % 2 else "RAX", "lot_number": f"WE-{k % 7}",
             "supplier_id": s[k % words.shared][0] if k != 4 else words.code, "supplier_lot": num[k % 4], "quantity": str(10 + k),
             "unit": "KGM", "received_at": T.format(1), "status": "held" if k == 1 else ""} for k in range(1, 9)
        ]
        + [{"item_id": f"M-{k}", "material_id": "MID", "lot_number": f"M-{k}", "quantity": "8", "unit": "KGM"} for k in (1, 2, 3)]
        + [{"item_id": f"F-{k}", "material_id": "FIN", "lot_number": f"F-{k}", "quantity": "4", "unit": "H87"} for k in (1, 2, 3)],
        "units": [{"item_id": f"U-{n}", "lot_id": f"F-{1 + n // 4}", "serial": f"S{n}"} for n in range(12)],
        "steps": [
            {"step_id": f"ST-{k}", "operation": f"moulding by {s[k % 2][1]}" if k < 3 else "moulding", "order_id": "O-1",
             "started_at": T.format(2), "ended_at": T.format(2), "site": s[k % 3][3], "line": "L1",
             "operator": words.people[k % 2], "document_id": "SOP", "document_version": "1"} for k in range(1, 7)
        ],
        "consumption": [{"step_id": f"ST-{1 + k % 3}", "item_id": f"R-{k}", "quantity": "3", "unit": "KGM"} for k in range(1, 8)]
        + [{"step_id": f"ST-{3 + k}", "item_id": f"M-{k}", "quantity": "4", "unit": "KGM"} for k in (1, 2, 3)]
        + [{"step_id": "ST-4", "item_id": "M-2", "quantity": "1", "unit": "KGM"}],
        "production": [{"step_id": f"ST-{k}", "item_id": f"M-{k}", "quantity": "8", "unit": "KGM"} for k in (1, 2, 3)]
        + [{"step_id": f"ST-{3 + k}", "item_id": f"F-{k}", "quantity": "4", "unit": "H87"} for k in (1, 2, 3)],
        "equipment": [
            {"equipment_id": f"E-{k}", "name": f"Press of {s[k][1]}", "kind": "press", "site": s[k][3]} for k in (0, 1, 2)
        ],
        "equipment_use": [
            {"step_id": f"ST-{k}", "equipment_id": f"E-{k % 3}", "from": T.format(2), "to": T.format(3)} for k in range(1, 7)
        ],
        "readings": [{"step_id": "ST-1", "equipment_id": "E-1", "place_id": s[1][3], "parameter": "heat", "value": "9",
                      "unit": "CEL", "low": "1", "high": "5", "at": T.format(2)}],
        "results": [{"item_id": "R-1", "test": f"certificate of {s[0][0]}", "value": "2", "high": "1", "at": T.format(1),
                     "sample_id": s[2][0], "laboratory": s[1][0], "verdict": "fail"}],
        "decisions": [{"item_id": "R-1", "status": "held", "at": T.format(1), "by": words.people[2],
                       "reason": words.reasons[0], "document_id": s[0][0]}],
        "shipments": [
            {"shipment_id": f"SH-{n}", "item_id": f"U-{n}", "consignee_id": "CUST-1" if n < 6 else "CUST-2",
             "bill_to": "CUST-1", "quantity": "1", "unit": "H87", "price": words.prices[n % 3] if n != 4 else "",
             "shipped_at": T.format(4), "document": f"via {s[0][1]}"} for n in range(8)
        ]
        + [{"shipment_id": f"BACK-{to}", "item_id": "R-5", "consignee_id": s[to][part], "bill_to": s[1][0],
            "quantity": str(1 + to), "unit": "KGM", "shipped_at": T.format(4 + to)} for to, part in ((0, 0), (1, 0), (2, 3))]
        + [{"shipment_id": f"SH-{n}", "item_id": f"U-{n}", "consignee_id": s[to][0], "bill_to": "CUST-1", "quantity": "1",
            "unit": "H87", "shipped_at": T.format(4)} for n, to in ((9, 0), (10, 1))],
        "stock": [
            {"item_id": i, "place_id": p, "quantity": q, "unit": u, "status": "available", "counted_at": T.format(5)}
            for i, p, q, u in (("R-1", s[0][3], "7", "KGM"), ("R-2", s[1][3], "7", "KGM"), ("R-2", s[2][3], "1", "KGM"),
                               ("U-3", "FG", "1", "H87"))
        ],
        "dispositions": [
            {"item_id": "U-0", "kind": "used", "quantity": "1", "unit": "H87", "at": T.format(words.patient[1]),
             "party_id": "CUST-2", "reason": words.patient[0]},
            *({"item_id": f"R-{n}", "kind": "returned", "quantity": "1", "unit": "KGM", "at": T.format(6),
               "party_id": s[n - 1][0], "reason": words.reasons[0]} for n in (1, 2)),
        ],
        "documents": [{"document_id": "SOP", "version": "1", "title": f"Moulding as {s[0][1]} says", "kind": "sop"}],
        "aliases": [{"system": "erp", "kind": "party", "code": words.code, "means": s[0][0]}],
    }  # fmt: skip
    second: Load = {
        "lots": [
            {"item_id": "R-9", "material_id": "RAW", "lot_number": "WE-9", "supplier_id": s[0][0], "supplier_lot": num[1],
             "quantity": "not a number", "unit": "KGM"},
            {"item_id": "R-2", "material_id": "RAX", "lot_number": "WE-2", "supplier_id": s[1][0], "supplier_lot": num[3],
             "quantity": "12", "unit": "KGM", "received_at": T.format(1)},
        ],
        "shipments": [
            {"shipment_id": f"SH-{n}", "item_id": f"U-{n}", "consignee_id": "CUST-1", "quantity": quantity, "unit": "H87",
             "price": words.prices[2], "shipped_at": T.format(4)} for n, quantity in ((0, "1"), (1, "-"))
        ],
        "decisions": [{"item_id": "R-1", "status": "held", "at": T.format(1), "void": "yes", "void_reason": words.reasons[1]}],
    }  # fmt: skip
    return first, second


def plant(folder: Path, words: Words) -> Engine:
    """A home with a plant in it; its files have the same names in every plant."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENEALOGY_ACTOR", words.actor)
        patch.chdir(folder)
        engine = Engine.open(folder / "home")
        for number, load in enumerate(tables(words)):
            write_plant(folder / f"load-{number}", complete(load))
            loaders.load(engine, [Path(f"load-{number}")])
    return engine
