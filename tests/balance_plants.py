"""A small plant whose balance anyone can check, and where its facts are cited from when there is no ledger."""

from __future__ import annotations

from typing import Any

from facts import Facts, entry
from oracle import Load, Oracle

from genealogy.evidence import Fact
from genealogy.snapshot import Snapshot


class Rows:
    """Cites a fact by its row in the arrays, where there is no ledger."""

    def facts(self, moment: Any, table: str, rows: Any) -> list[Fact]:
        return [Fact(table, 1, f"{table}.csv", int(row) + 2, {}) for row in rows]


def arrays(loads: list[Load]) -> Snapshot:
    return Snapshot.of(Facts.of(*(entry(**facts) for facts in Oracle(loads).entries)))


LOADS: Load = {
    "materials": [
        {"material_id": "R", "name": "resin", "stage": "supplied", "base_unit": "KGM", "tolerance_percent": "2"},
        {"material_id": "F", "name": "part", "stage": "finished", "base_unit": "KGM", "tolerance_percent": ""},
    ],
    "lots": [
        {"item_id": "R1", "material_id": "R", "lot_number": "1", "quantity": "100", "unit": "KGM"},
        {"item_id": "F1", "material_id": "F", "lot_number": "2", "quantity": "97", "unit": "KGM"},
    ],
    "steps": [{"step_id": "T", "operation": "mix"}],
    "consumption": [{"step_id": "T", "item_id": "R1", "quantity": "100", "unit": "KGM"}],
    "production": [{"step_id": "T", "item_id": "F1", "quantity": "97", "unit": "KGM"}],
    "shipments": [
        {
            "shipment_id": "S", "item_id": "F1", "consignee_id": "C", "quantity": "97", "unit": "KGM",
            "shipped_at": "2026-05-01T08:00:00Z",
        },
    ],
}  # fmt: skip


def changed(**rows: list[dict[str, str]]) -> Snapshot:
    return arrays([{**LOADS, **rows}])
