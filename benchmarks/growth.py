"""How does everything grow with the plant, from 10 thousand units on?"""

from __future__ import annotations

import csv
import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks import plants
from benchmarks.measure import in_child, spread, timed
from benchmarks.setting import Result, Setting, Table, say

ASKED_OF = (1, 2, 10, 50, 100, 200)
"""Of so many small loads the time is told."""


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("growth", "How does everything grow with the plant?")
    made = Table(
        "Loading, embedded store",
        [
            "units",
            "facts",
            "nodes",
            "load s",
            "facts/s",
            "peak MB",
            "ledger MB",
            "store MB",
            "snapshot s",
            "snapshot MB",
        ],
    )
    asked = Table(
        "Asking, snapshot warm, milliseconds",
        [
            "units",
            "a lot of about 1,000: items",
            "scope",
            "the demo's lot: items",
            "scope",
            "one unit backward",
            "peak MB",
        ],
    )
    after = Table(
        "Small loads (25 facts each) after the big one, one after the other, milliseconds",
        ["units", *(f"the {number}." for number in ASKED_OF), "processor time of the last"],
    )
    for units in setting.sizes(10_000, 100_000, 1_000_000):
        plant, home = plants.sample(setting, units), setting.work / "home-growth"
        shutil.rmtree(home, ignore_errors=True)
        say(f"growth: loading {units:,} units")
        loaded = in_child("loading:load_plant", home=home, plant=plant)
        say(f"growth: asking at {units:,} units")
        found = in_child("growth:ask", home=home, plant=plant, runs=setting.runs(5))
        load, value = loaded.value, found.value
        sizes = {name: _mb(home, name) for name in ("documents", "store.ladybug*", "snapshot")}
        facts = load["facts"]
        made.rows.append(
            [
                f"{units:,}",
                f"{facts:,}",
                f"{value['nodes']:,}",
                f"{load['seconds']:.1f}",
                f"{facts / load['seconds']:,.0f}",
                f"{loaded.peak_mb:,.0f}",
                f"{sizes['documents']:,.0f}",
                f"{sizes['store.ladybug*']:,.0f}",
                f"{value['snapshot_s']:.2f}",
                f"{sizes['snapshot']:,.0f}",
            ]
        )
        asked.rows.append(
            [
                f"{units:,}",
                f"{value['small_items']:,}",
                spread(value["small"], 1e3),
                f"{value['demo_items']:,}",
                spread(value["demo"], 1e3),
                spread(value["backward"], 1e3),
                f"{found.peak_mb:,.0f}",
            ]
        )
        say(f"growth: small loads after {units:,} units")
        small = in_child("growth:small_loads", home=home, plant=plant).value
        told = [f"{small['seconds'][number - 1] * 1e3:,.0f}" for number in ASKED_OF]
        after.rows.append([f"{units:,}", *told, f"{small['cpu'][-1] * 1e3:,.0f}"])
        value |= {"small_loads": small}
        result.raw.append({"units": units, "sizes_mb": sizes, "load": load, "load_peak_mb": loaded.peak_mb} | value)
        shutil.rmtree(home)
    result.tables = [made, asked, after]
    result.notes = [
        "One load a size. 10 million units are measured only when asked for (`--units 10000000`).",
        "The lot of about 1,000 items shows what the size of the graph costs at the same size of answer; the demo's bad lot "
        "always reaches about a tenth of the plant.",
        "Each small load consumes a lot of the big one and makes a lot with twenty units. The first of them makes the key "
        "index over what the big one brought.",
    ]
    return result


def _mb(home: Path, pattern: str) -> float:
    return sum(plants.disk_mb(p) if p.is_dir() else p.stat().st_size / 1e6 for p in home.glob(pattern))


def ask(home: str, plant: str, runs: int) -> dict[str, Any]:
    """Build the snapshot, then ask the three questions; seconds."""
    from benchmarks.raw import Raw
    from genealogy.engine import Engine

    with Engine.open(Path(home)) as engine:
        began = time.perf_counter()
        _ = engine.snapshot
        snapshot = time.perf_counter() - began
        found = plants.find_starts(engine, Path(plant))
        small, demo, units = found["near"]["1000"]["id"], found["demo"], found["units"]
        small_answer, demo_answer = engine.scope([small]), engine.scope(demo)
        assert small_answer.complete
        assert demo_answer.complete
        return {
            "nodes": Raw(engine, None).nodes(),
            "snapshot_s": snapshot,
            "small_items": len(small_answer.answer["items"]),
            "demo_items": len(demo_answer.answer["items"]),
            "small": [timed(lambda: engine.scope([small])) for _ in range(runs)],
            "demo": [timed(lambda: engine.scope(demo)) for _ in range(runs)],
            "backward": [
                timed(lambda: [engine.trace([unit], "backward") for unit in units]) / len(units) for _ in range(runs)
            ],
        }


def small_loads(home: str, plant: str) -> dict[str, list[float]]:
    """Bring many small loads into a home; seconds, and processor seconds, of each."""
    from genealogy.engine import Engine
    from loaders import load

    folder = Path(home).parent / "small-loads"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with (Path(plant) / "lots.csv").open(newline="", encoding="utf-8") as file:
        lots = [row["item_id"] for row in csv.DictReader(file)]
    told: dict[str, list[float]] = {"seconds": [], "cpu": []}
    with Engine.open(Path(home)) as engine:
        for number in range(1, max(ASKED_OF) + 1):
            lot, step = f"small lot {number}", f"small step {number}"
            units = [f"{lot}/{unit}" for unit in range(20)]
            _write(folder / "units.csv", [{"item_id": u, "lot_id": lot, "serial": u} for u in units])
            _write(folder / "lots.csv", [{"item_id": lot, "material_id": "M", "lot_number": lot}])
            _write(folder / "steps.csv", [{"step_id": step, "operation": "assembly"}])
            _write(folder / "consumption.csv", [{"step_id": step, "item_id": lots[number % len(lots)]}])
            _write(folder / "production.csv", [{"step_id": step, "item_id": lot}])
            began, cpu = time.perf_counter(), time.process_time()
            load(engine, [folder])
            told["seconds"].append(time.perf_counter() - began)
            told["cpu"].append(time.process_time() - cpu)
    shutil.rmtree(folder)
    return told


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
