"""How long do scopes of 100,000 items take that start from a machine or a reading, that are narrowed, or compared?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks import amounts
from benchmarks.measure import Samples, in_child, in_turns, ratios, spread
from benchmarks.plants import load_made
from benchmarks.setting import Result, Setting, Table, say

ITEM, EQUIPMENT, READING = "from an item", "from equipment", "from readings"
JOINED = "pandas, joins level by level"
NARROWED, COMPARED = "narrowed", "three boundaries compared"
WHY, NEAR = "why, from equipment", "near misses, from equipment"
_MACHINES, _DAYS = 3, 9
_BOUNDARIES = ("lot", "only-equipment FILL0", "made-from 2026-05-04T00:00:00Z")


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("starting", "How long do scopes take that start from a machine or a reading, or are narrowed?")
    columns = [ITEM, EQUIPMENT, JOINED, READING, NARROWED, COMPARED, WHY, NEAR]
    times = Table("Seconds of processor time, snapshot warm", ["items", *columns])
    over = Table("Times the bare peer, round by round", ["items", f"{EQUIPMENT} / pandas"])
    for units in setting.sizes(100_000):
        folder, home = setting.work / f"starting-{units}", setting.work / f"home-starting-{units}"
        if not home.exists():
            say(f"loading the plant of starts, {units:,} units")
            in_child("starting:make_home", folder=folder, home=home, units=units)
        say(f"starting at {units:,} units")
        found = in_child("starting:ask", folder=folder, home=home, runs=setting.runs(5))
        value: dict[str, Any] = found.value
        samples: Samples = value["samples"]
        head = f"{value['items']:,}"
        times.rows.append([head, *(spread(samples[name], digits=2) for name in columns)])
        over.rows.append([head, spread(ratios(samples, EQUIPMENT, JOINED), digits=1)])
        result.raw.append({"units": units, "peak_mb": found.peak_mb} | value)
    result.tables = [times, over]
    compared = ", ".join(map(repr, _BOUNDARIES))
    result.notes = [
        "The plant is that of the amounts, and each step has its times, a machine and a reading. Every mix ran on one machine, so "
        "a scope from it holds all that was made; the readings outside their limits are those of the mixes. Narrowing asks for "
        f"{_BOUNDARIES[1]!r}, which leaves out two units of three; compared are {compared} and the full scope.",
        f"`{JOINED}` follows the same rows, which are in memory already, from the steps on the machine to lots and units, and "
        "finds the same items; it knows neither depth nor tier, nor who received them, nor gaps, nor a second road.",
    ]
    return result


def plant(units: int) -> dict[str, list[dict[str, Any]]]:
    """The plant of the amounts, with times, machines and readings."""
    tables = amounts.plant(units)
    machines = ["MIX", *(f"FILL{n}" for n in range(_MACHINES))]
    tables["equipment"] = [{"equipment_id": name, "name": name, "kind": name[:4].rstrip("0123")} for name in machines]
    tables["equipment_use"], tables["readings"] = [], []
    for number, step in enumerate(tables["steps"]):
        day = f"2026-05-{1 + number % _DAYS:02d}"
        mixing = step["operation"] == "mix"
        step |= {"started_at": f"{day}T06:00:00Z", "ended_at": f"{day}T08:00:00Z"}
        machine = "MIX" if mixing else f"FILL{number % _MACHINES}"
        tables["equipment_use"].append({"step_id": step["step_id"], "equipment_id": machine})
        tables["readings"].append(
            {
                "step_id": step["step_id"], "parameter": "temperature", "value": "81.5" if mixing else "75", "unit": "Cel",
                "low": "70", "high": "80", "at": f"{day}T07:00:00Z",
            }
        )  # fmt: skip
    return tables


def make_home(folder: str, home: str, units: int) -> None:
    """Write the plant and load it into a new home."""
    load_made(plant(units), Path(folder), Path(home))


def ask(folder: str, home: str, runs: int) -> dict[str, Any]:
    """Put the questions beside their peer, in turns; seconds of processor time."""
    import pandas as pd

    from benchmarks.servers import EMBEDDED
    from genealogy.engine import Engine
    from genealogy.narrow.boundary import Boundary
    from genealogy.starts.asked import Asked

    tables = {path.stem: pd.read_csv(path, dtype_backend="pyarrow") for path in sorted(Path(folder).glob("*.csv"))}
    with Engine.open(Path(home), **EMBEDDED) as engine:
        machine = engine.starts(Asked(equipment=("MIX",), since="2026-05-01", until="2026-05-31"))
        readings = engine.starts(Asked(parameters=("temperature",), outside=True))
        named = [(text, engine.narrowing(Boundary.of(text))) for text in _BOUNDARIES]
        full = engine.scope([], also=machine)
        assert full.complete, full.answer["differences"]
        ids = {row["id"] for row in full.answer["items"]}
        assert ids == _joined(tables, "MIX"), "pandas reaches something else"
        unit = sorted(row["id"] for row in full.answer["items"] if row["kind"] == "unit")[0]
        samples = in_turns(
            {
                ITEM: lambda: engine.scope([amounts.START]).answer,
                EQUIPMENT: lambda: engine.scope([], also=machine).answer,
                JOINED: lambda: _joined(tables, "MIX"),
                READING: lambda: engine.scope([], also=readings).answer,
                NARROWED: lambda: engine.scope([], also=machine, narrowing=named[1][1]).answer,
                COMPARED: lambda: engine.compare([], named, also=machine).answer,
                WHY: lambda: engine.why(unit, [], also=machine).answer,
                NEAR: lambda: engine.near_misses([], limit=100, also=machine).answer,
            },
            runs,
            clock=time.process_time,
        )
        left = [row["items"] for row in engine.compare([], named, also=machine).answer["boundaries"]]
    return {"items": len(ids), "samples": samples, "boundaries": left}


def _joined(tables: dict[str, Any], machine: str) -> set[str]:
    """What the steps on a machine made, and all that was made of it."""
    uses, used, made, units = (tables[t] for t in ("equipment_use", "consumption", "production", "units"))
    steps = uses[uses["equipment_id"] == machine]["step_id"]
    found: set[str] = set()
    frontier = set(made[made["step_id"].isin(steps)]["item_id"])
    while frontier:
        found |= frontier
        steps = used[used["item_id"].isin(frontier)]["step_id"]
        reached = {*made[made["step_id"].isin(steps)]["item_id"], *units[units["lot_id"].isin(frontier)]["item_id"]}
        frontier = reached - found
    return found
