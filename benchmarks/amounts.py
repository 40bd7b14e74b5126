"""How long do the answers about amounts take for a scope of 100,000 items: where they are, their shares, the balance?"""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.measure import Samples, in_child, in_turns, ratios, spread
from benchmarks.plants import load_made
from benchmarks.setting import Result, Setting, Table, say

WHERE, GROUPED = "where", "pandas, last record of each unit"
SHARE, DENSE = "share", "numpy, dense solve of lots and steps"
TRACE, SWEEP = "balance of the whole trace", "sweep"
START = "R0"
_LOT, _MIXES, _PARTIES = 1_000, 20, 50


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("amounts", "How long do answers about amounts take for a scope of 100,000 items?")
    times = Table("Seconds of processor time, snapshot warm", ["items", WHERE, GROUPED, SHARE, DENSE, TRACE, SWEEP])
    over = Table("Times the bare peer, round by round", ["items", f"{WHERE} / pandas", f"{SHARE} / numpy"])
    for units in setting.sizes(100_000):
        folder, home = setting.work / f"amounts-{units}", setting.work / f"home-amounts-{units}"
        if not home.exists():
            say(f"loading the plant of amounts, {units:,} units")
            in_child("amounts:make_home", folder=folder, home=home, units=units)
        say(f"amounts at {units:,} units")
        found = in_child("amounts:ask", folder=folder, home=home, runs=setting.runs(7))
        value: dict[str, Any] = found.value
        samples: Samples = value["samples"]
        times.rows.append([f"{value['items']:,}", *(spread(samples[name], digits=2) for name in times.columns[1:])])
        pairs = ((WHERE, GROUPED), (SHARE, DENSE))
        over.rows.append([f"{value['items']:,}", *(spread(ratios(samples, *pair), digits=1) for pair in pairs)])
        result.raw.append({"units": units, "peak_mb": found.peak_mb} | value)
    result.tables = [times, over]
    result.notes = [
        "The plant is made for this: two lots of resin go into 20 mixes, these into lots of 1,000 units, each with records of its "
        "own (seven in ten shipped, one counted; of twenty one came back). One in five is in no record, so no lot balances, and "
        "the balance cites every record of every lot: some 100,000.",
        f"`{GROUPED}` sorts the records of units, which are in memory already, and counts the last of each. `{DENSE}` solves the "
        "same equations without units, and writes the share of its lot to each unit. Both answers are held against ours; "
        "neither knows lots without serials, containers, units of measure, corrections, files and rows, or bounds.",
    ]
    return result


def plant(units: int) -> dict[str, list[dict[str, Any]]]:
    """The tables of the plant."""

    def lot(item: str, material: str, quantity: int, unit: str) -> dict[str, Any]:
        return {"item_id": item, "material_id": material, "lot_number": item, "quantity": quantity, "unit": unit}

    def moved(step: str, item: str, quantity: int, unit: str) -> dict[str, Any]:
        return {"step_id": step, "item_id": item, "quantity": quantity, "unit": unit}

    stages = (("R", "supplied", "KGM"), ("I", "intermediate", "KGM"), ("F", "finished", "H87"))
    tables: dict[str, list[dict[str, Any]]] = {
        "materials": [{"material_id": m, "name": m, "stage": stage, "base_unit": unit} for m, stage, unit in stages],
        "conversions": [{"material_id": "F", "from_unit": "H87", "to_unit": "KGM", "factor": "0.01"}],
        "parties": [{"party_id": f"C{n}", "name": f"C{n}", "role": "customer"} for n in range(_PARTIES)],
        "lots": [lot(START, "R", 10_000, "KGM"), lot("R1", "R", 10_000, "KGM")],
        "steps": [], "consumption": [], "production": [], "units": [], "shipments": [], "stock": [], "dispositions": [],
    }  # fmt: skip
    for n in range(_MIXES):
        tables["lots"].append(lot(f"I{n}", "I", 500, "KGM"))
        tables["steps"].append({"step_id": f"mix{n}", "operation": "mix"})
        tables["consumption"] += [moved(f"mix{n}", START, 200 + n, "KGM"), moved(f"mix{n}", "R1", 300 - n, "KGM")]
        tables["production"].append(moved(f"mix{n}", f"I{n}", 500, "KGM"))
    numbers = count()
    for n in range(max(1, units // _LOT)):
        tables["lots"].append(lot(f"F{n}", "F", _LOT, "H87"))
        tables["steps"].append({"step_id": f"make{n}", "operation": "make"})
        mixes = {n % _MIXES, (n * 7 + 1) % _MIXES}
        tables["consumption"] += [moved(f"make{n}", f"I{m}", 5 + place, "KGM") for place, m in enumerate(sorted(mixes))]
        tables["production"].append(moved(f"make{n}", f"F{n}", _LOT, "H87"))
        for serial in range(_LOT):
            number, unit = next(numbers), f"F{n}-{serial}"
            tables["units"].append({"item_id": unit, "lot_id": f"F{n}", "serial": serial})
            one = {"item_id": unit, "quantity": 1, "unit": "H87"}
            party, day = f"C{number % _PARTIES}", f"2026-05-{1 + number % 9:02d}"
            if number % 10 < 7:
                sent = {"shipment_id": f"S{number // 50}", "consignee_id": party, "shipped_at": f"{day}T08:00:00Z"}
                tables["shipments"].append(one | sent)
            elif number % 10 == 7:
                counted = {"place_id": f"W{number % 3}", "status": "available", "counted_at": f"{day}T09:00:00Z"}
                tables["stock"].append(one | counted)
            if number % 20 == 0:
                back = {"kind": "returned", "party_id": party, "at": "2026-06-01T08:00:00Z"}
                tables["dispositions"].append(one | back)
    return tables


def make_home(folder: str, home: str, units: int) -> None:
    """Write the plant and load it into a new home."""
    load_made(plant(units), Path(folder), Path(home))


def ask(folder: str, home: str, runs: int) -> dict[str, Any]:
    """Put the questions beside their peers, in turns; seconds of processor time."""
    from benchmarks.servers import EMBEDDED
    from genealogy.engine import Engine

    tables = _frames(Path(folder))
    with Engine.open(Path(home), **EMBEDDED) as engine:
        items = [START, *engine.snapshot.reach([START], "forward", engine.head).ids]
        parts = Counter(
            name for row in engine.where(items).answer["items"] if row["kind"] == "unit" for name in row["parts"]
        )
        assert parts == _last_records(tables), "pandas counts something else"
        shares = {row["id"]: float(row["share"]) for row in engine.share([START]).answer["items"]}
        solved = _dense(tables)
        assert shares.keys() == solved.keys(), "numpy reaches something else"
        assert all(abs(shares[item] - value) < 1e-8 for item, value in solved.items()), "numpy solves something else"
        samples = in_turns(
            {
                WHERE: lambda: engine.where(items).answer,
                GROUPED: lambda: _last_records(tables),
                SHARE: lambda: engine.share([START]).answer,
                DENSE: lambda: _dense(tables),
                TRACE: lambda: engine.trace_balance([START]).answer,
                SWEEP: lambda: engine.sweep().answer,
            },
            runs,
            clock=time.process_time,
        )
        sizes = {"where": engine.where(items), "share": engine.share([START]), "trace": engine.trace_balance([START])}
        told = {name: len(json.dumps(answer.answer)) for name, answer in sizes.items()}
    return {"items": len(items), "samples": samples, "bytes": told}


def _frames(folder: Path) -> dict[str, Any]:
    import pandas as pd

    return {path.stem: pd.read_csv(path, dtype_backend="pyarrow") for path in sorted(folder.glob("*.csv"))}


def _last_records(tables: dict[str, Any]) -> Counter[str]:
    """In how many units the last record is of which sort."""
    import pandas as pd

    named = (
        ("shipments", "shipped_at", "shipped"),
        ("stock", "counted_at", "on_hand_available"),
        ("dispositions", "at", "returned"),
    )
    every = pd.concat(
        [pd.DataFrame({"item": tables[t]["item_id"], "at": tables[t][at], "part": part}) for t, at, part in named]
    )
    last = every.sort_values(["item", "at"]).groupby("item", sort=False)["part"].last()
    return Counter(last.value_counts().to_dict())


def _dense(tables: dict[str, Any]) -> dict[str, float]:
    """The share of the start in every lot and unit."""
    import numpy as np

    used, made = tables["consumption"], tables["production"]
    names = sorted({*used["item_id"], *made["item_id"], *used["step_id"]})
    place = {name: number for number, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)))
    for table, into, out_of in ((used, "step_id", "item_id"), (made, "item_id", "step_id")):
        heads, tails = ([place[name] for name in table[column]] for column in (into, out_of))
        np.add.at(matrix, (heads, tails), table["quantity"].to_numpy(float))
    total = matrix.sum(axis=1, keepdims=True)
    start = np.zeros(len(names))
    start[place[START]] = 1.0
    value = np.linalg.solve(
        np.eye(len(names)) - np.divide(matrix, total, where=total > 0, out=np.zeros_like(matrix)), start
    )
    found = {name: float(value[place[name]]) for name in made["item_id"] if value[place[name]]}
    units = tables["units"]
    return found | {
        item: found[lot] for item, lot in zip(units["item_id"], units["lot_id"], strict=True) if lot in found
    }
