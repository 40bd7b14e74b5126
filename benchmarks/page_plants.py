"""Plants for the measurement of pages: one supplier lot behind every unit, so that the size of the scope is the size of the plant.

``RM-1`` goes into 20 mixes; each finished lot of 100 units is assembled from one of them on one of 12 machines, shipped whole
to one of 200 customers in 25 countries; one reading in a hundred lies outside its limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

UNITS_A_LOT = 100
_COUNTRIES = [
    "AT", "BE", "BG", "CH", "CN", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB",
    "GR", "HU", "IE", "IT", "JP", "LT", "NL", "NO", "PL", "PT", "SE", "US",
]  # fmt: skip


def write(folder: Path, units: int) -> Path:
    """Write the plant as Parquet; the folder."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    lots = max(1, units // UNITS_A_LOT)
    start = pd.Timestamp("2026-01-01T06:00:00Z")

    def at(minutes: int) -> str:
        return (start + pd.Timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def put(name: str, rows: dict[str, list[Any]]) -> None:
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet", index=False)

    finished = [f"FG-{n:06d}" for n in range(lots)]
    mixes = [f"IM-{n:02d}" for n in range(20)]
    step = max(1, 300 * 1440 // lots)
    made = [at(3 * 1440 + n * step) for n in range(lots)]
    put("materials", {
        "material_id": ["RM", "IM", *(f"PUMP-{k}" for k in range(5))],
        "name": ["Resin", "Mix", *(f"Pump {k}" for k in range(5))],
        "stage": ["supplied", "intermediate", *["finished"] * 5],
        "base_unit": ["KGM", "KGM", *["H87"] * 5],
    })  # fmt: skip
    put("parties", {
        "party_id": ["SUP-1", *(f"C-{n:03d}" for n in range(200))],
        "name": ["First Supply", *(f"Hospital {n}" for n in range(200))],
        "role": ["supplier", *["customer"] * 200],
        "country": ["DE", *(_COUNTRIES[n % 25] for n in range(200))],
    })  # fmt: skip
    put("lots", {
        "item_id": ["RM-1", *mixes, *finished],
        "material_id": ["RM", *["IM"] * 20, *(f"PUMP-{n % 5}" for n in range(lots))],
        "lot_number": ["N-1", *mixes, *finished],
        "supplier_id": ["SUP-1", *[None] * (20 + lots)],
        "supplier_lot": ["X-1", *[None] * (20 + lots)],
        "quantity": ["50000", *["2000"] * 20, *[str(UNITS_A_LOT)] * lots],
        "unit": ["KGM", *["KGM"] * 20, *["H87"] * lots],
        "made_at": [at(0), *(at(1440 + n) for n in range(20)), *made],
        "expires_on": ["2027-01-01T00:00:00Z", *["2027-06-01T00:00:00Z"] * (20 + lots)],
        "status": ["released", *["released"] * 20, *("held" if n % 50 == 0 else "released" for n in range(lots))],
    })  # fmt: skip
    put("units", {
        "item_id": [f"U-{n:07d}" for n in range(lots * UNITS_A_LOT)],
        "lot_id": [lot for lot in finished for _ in range(UNITS_A_LOT)],
        "serial": [f"S{n:07d}" for n in range(lots * UNITS_A_LOT)],
    })  # fmt: skip
    steps = [*(f"MIX-{n:02d}" for n in range(20)), *(f"ASM-{n:06d}" for n in range(lots))]
    times = [*(at(1440 + n) for n in range(20)), *made]
    put("orders", {
        "order_id": [f"PO-{n:06d}" for n in range(lots)], "material_id": [f"PUMP-{n % 5}" for n in range(lots)],
        "planned_quantity": [str(UNITS_A_LOT + (n % 40 == 0))  for n in range(lots)], "unit": ["H87"] * lots, "due": made,
    })  # fmt: skip
    put("steps", {
        "step_id": steps, "operation": [*["mixing"] * 20, *["assembly"] * lots],
        "order_id": [*[None] * 20, *(f"PO-{n:06d}" for n in range(lots))], "started_at": times, "ended_at": times,
    })  # fmt: skip
    put("consumption", {
        "step_id": steps, "item_id": [*["RM-1"] * 20, *(mixes[n % 20] for n in range(lots))],
        "quantity": [*["2000"] * 20, *["1.5"] * lots], "unit": ["KGM"] * len(steps), "at": times,
    })  # fmt: skip
    put("production", {
        "step_id": steps, "item_id": [*mixes, *finished],
        "quantity": [*["2000"] * 20, *[str(UNITS_A_LOT)] * lots], "unit": [*["KGM"] * 20, *["H87"] * lots], "at": times,
    })  # fmt: skip
    machines = [f"EQ-{n:02d}" for n in range(12)]
    put("equipment", {"equipment_id": machines, "name": machines})
    ran = [machines[n % 12] for n in range(len(steps))]
    put("equipment_use", {"step_id": steps, "equipment_id": ran, "from": times})
    put("readings", {
        "step_id": steps, "equipment_id": ran, "parameter": ["temperature"] * len(steps),
        "value": ["41" if n % 100 == 7 else "37" for n in range(len(steps))], "unit": ["Cel"] * len(steps),
        "low": ["35"] * len(steps), "high": ["39"] * len(steps), "at": times,
    })  # fmt: skip
    put("shipments", {
        "shipment_id": [f"SH-{n:06d}" for n in range(lots)], "item_id": finished,
        "consignee_id": [f"C-{n * 7 % 200:03d}" for n in range(lots)], "quantity": [str(UNITS_A_LOT)] * lots,
        "unit": ["H87"] * lots, "shipped_at": [at(4 * 1440 + n * step) for n in range(lots)],
    })  # fmt: skip
    return folder
