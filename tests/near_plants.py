"""Random plants whose steps have orders, lines, times, operators, documents and equipment, and whose lots have suppliers.

What a step or lot is given follows from its id alone, so that a later load that states it again says the same.
"""

from __future__ import annotations

import random
from typing import Any

from oracle import Load
from plants import complete, random_plant

TIMES = tuple(f"2026-05-0{day}T{hour:02}:00:00Z" for day in (1, 2, 3) for hour in (6, 10, 14, 20))


def near_plant(rng: random.Random, size: int, prefix: str) -> list[Load]:
    """A random plant (see ``plants.random_plant``) with everything by which things stand beside each other."""
    loads = random_plant(rng, size, prefix)
    of_step: dict[str, dict[str, str]] = {}
    of_lot: dict[str, dict[str, str]] = {}
    for load in loads:
        for row in load.get("steps", []):
            if row["step_id"] not in of_step:
                of_step[row["step_id"]] = _step(rng, prefix)
            row.update(of_step[row["step_id"]])
        for row in load.get("lots", []):
            if row["item_id"] not in of_lot:
                of_lot[row["item_id"]] = _lot(rng, prefix)
            row.update(of_lot[row["item_id"]])
    first = loads[0]
    for step in sorted(of_step):
        for machine in sorted({f"{prefix}E{rng.randint(0, 2)}" for _ in range(rng.randint(0, 2))}):
            begin, end = _interval(rng)
            row = {"step_id": step, "equipment_id": machine, "from": begin, "to": end}
            first.setdefault("equipment_use", []).append(row)
    _surroundings(rng, prefix, first, sorted(of_step), sorted(of_lot))
    return [complete(load) for load in loads]


def _step(rng: random.Random, prefix: str) -> dict[str, str]:
    begin, end = _interval(rng)
    row = {
        "operation": rng.choice(("mix", "fill")),
        "order_id": rng.choice(("", f"{prefix}O1", f"{prefix}O2", f"{prefix}O3")),
    }
    row |= {"site": rng.choice(("", "W1")), "line": rng.choice(("", "A", "B")), "started_at": begin, "ended_at": end}
    row |= {"kind": rng.choice(("", "process", "process", "clean")), "operator": rng.choice(("", "Ann", "Ben"))}
    version = rng.choice(("", "1", "2"))
    return row | {"document_id": rng.choice(("", f"{prefix}D")), "document_version": version}


def _lot(rng: random.Random, prefix: str) -> dict[str, str]:
    row = {
        "supplier_id": rng.choice(("", f"{prefix}P0", f"{prefix}P1")),
        "supplier_lot": rng.choice(("", "", "X", "Y")),
    }
    return row | {"received_at": rng.choice(("", *TIMES)), "status": rng.choice(("", "quarantine", "released"))}


def _interval(rng: random.Random) -> tuple[str, str]:
    begin, end = sorted((rng.choice(TIMES), rng.choice(TIMES)))
    return ("" if rng.random() < 0.2 else begin), ("" if rng.random() < 0.2 else end)


def _surroundings(rng: random.Random, prefix: str, load: Load, steps: list[str], lots: list[str]) -> None:
    """Equipment with calibration, readings, documents, results and decisions, each key once."""
    rows: dict[str, list[dict[str, Any]]] = {
        "equipment": [],
        "readings": [],
        "documents": [],
        "results": [],
        "decisions": [],
    }
    for number in range(3):
        machine = {"equipment_id": f"{prefix}E{number}", "name": f"machine {number}"}
        if rng.random() < 0.7:
            rows["equipment"].append({**machine, "calibrated_until": rng.choice(("", *TIMES))})
        for at in sorted(set(rng.choices(TIMES, k=2))):
            reading = {"step_id": "", "equipment_id": machine["equipment_id"], "parameter": "heat", "at": at}
            rows["readings"].append(
                {**reading, "value": str(rng.randint(0, 9)), "low": rng.choice(("", "2")), "high": "7"}
            )
    for step in steps:
        if rng.random() < 0.4:
            reading = {"step_id": step, "equipment_id": "", "parameter": "pH", "at": rng.choice(TIMES)}
            rows["readings"].append({**reading, "value": rng.choice(("6.5", "8", "ok")), "low": "6", "high": "7.0"})
    for version, since, until in (("1", TIMES[0], TIMES[5]), ("2", TIMES[5], "")):
        if rng.random() < 0.8:
            row = {"document_id": f"{prefix}D", "version": version, "title": "how to", "effective_from": since}
            rows["documents"].append({**row, "effective_to": until})
    for lot in lots:
        if rng.random() < 0.3:
            row = {"item_id": lot, "test": "assay", "value": str(rng.randint(80, 110)), "low": "90", "high": "105"}
            rows["results"].append({**row, "at": rng.choice(TIMES), "verdict": rng.choice(("", "pass", "fail"))})
        if rng.random() < 0.4:
            row = {"item_id": lot, "status": rng.choice(("released", "held", "rejected")), "at": rng.choice(TIMES)}
            rows["decisions"].append({**row, "by": "Cam", "reason": "checked"})
    for table, given in rows.items():
        load.setdefault(table, []).extend(given)
