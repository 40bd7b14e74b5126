"""How does everything grow with the plant, from 10 thousand units on?"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks import plants
from benchmarks.measure import in_child, spread, timed
from benchmarks.setting import Result, Setting, Table, say


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
        result.raw.append({"units": units, "sizes_mb": sizes, "load": load, "load_peak_mb": loaded.peak_mb} | value)
        shutil.rmtree(home)
    result.tables = [made, asked]
    result.notes = [
        "One load a size. 10 million units are measured only when asked for (`--units 10000000`).",
        "The lot of about 1,000 items shows what the size of the graph costs at the same size of answer; the demo's bad lot "
        "always reaches about a tenth of the plant.",
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
