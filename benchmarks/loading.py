"""How many facts a second does a first load bring into ledger and embedded store, and what takes how long?"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks import plants
from benchmarks.measure import Stages, in_child, spread
from benchmarks.setting import Result, Setting, Table, say

STAGES = (
    "read files",
    "check and merge",
    "keep originals",
    "keep facts",
    "record entry",
    "work out graph",
    "write graph",
)
"""One after the other they make a load; ``syncs to disk`` are inside them."""

SYNCS = "syncs to disk"


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("loading", "How many facts a second does a first load bring into ledger and embedded store?")
    whole = Table(
        "First load into a new home, end to end, and the graph made again from the ledger",
        ["units", "facts", "load s", "facts/s", "rebuild s", "facts/s", "peak MB load", "peak MB rebuild"],
    )
    parts = Table("Seconds by stage of the load", ["units", *STAGES, f"({SYNCS})", "rest"])
    for units in setting.sizes(10_000, 100_000, 300_000):
        plant = plants.sample(setting, units)
        loads, rebuilds, load_peak, rebuild_peak = [], [], [], []
        for number in range(setting.runs(3 if units <= 1_000_000 else 1, quick=2)):
            say(f"loading {units:,} units, run {number + 1}")
            home = setting.work / "home-loading"
            shutil.rmtree(home, ignore_errors=True)
            loaded = in_child("loading:load_plant", home=home, plant=plant)
            again = in_child("loading:rebuild_home", home=home)
            loads.append(loaded.value | {"peak_mb": loaded.peak_mb, "cpu_s": loaded.cpu_s})
            rebuilds.append(again.value["seconds"])
            load_peak.append(loaded.peak_mb)
            rebuild_peak.append(again.peak_mb)
            shutil.rmtree(home)
        facts, seconds = loads[0]["facts"], [load["seconds"] for load in loads]
        whole.rows.append(
            [
                f"{units:,}",
                f"{facts:,}",
                spread(seconds, digits=2),
                spread([facts / s for s in seconds], digits=0),
                spread(rebuilds, digits=2),
                spread([facts / s for s in rebuilds], digits=0),
                spread(load_peak, digits=0),
                spread(rebuild_peak, digits=0),
            ]
        )
        by_stage = [[load["stages"].get(stage, 0.0) for load in loads] for stage in STAGES]
        rest = [load["seconds"] - sum(load["stages"].get(stage, 0.0) for stage in STAGES) for load in loads]
        synced = [load["stages"].get(SYNCS, 0.0) for load in loads]
        cells = [spread(values, digits=2) for values in (*by_stage, synced, rest)]
        parts.rows.append([f"{units:,}", *cells])
        result.raw.append({"units": units, "loads": loads, "rebuild_s": rebuilds, "rebuild_peak_mb": rebuild_peak})
        if loads[0]["absent"]:
            result.notes.append(f"Not met in a load, so their time is in `rest`: {', '.join(loads[0]['absent'])}.")
    result.tables = [whole, parts]
    result.notes.append(
        "A load reads CSV, checks every row, keeps originals and facts in the ledger (each file synced to disk), and writes "
        "the graph; the clock stops when all of it is durable. Each run is a new process and a new home. facts/s counts rows "
        "of the plant's tables. Where stages overlap, their sum is more than the whole and `rest` negative."
    )
    return result


def load_plant(home: str, plant: str) -> dict[str, Any]:
    """Load a plant into a new home; seconds of the whole and of each stage."""
    import genealogy.engine
    import loaders.plant
    from genealogy.documents import Documents
    from genealogy.engine import Engine
    from genealogy.ledger import Ledger
    from genealogy.stores.ladybug import LadybugStore
    from loaders import load
    from loaders.discover import Claim

    stages = Stages()
    for stage, owner, name in (
        ("read files", Claim, "read"),
        ("check and merge", loaders.plant, "prepare"),
        ("keep originals", Documents, "put_bytes"),
        ("keep originals", Documents, "put_file"),
        ("keep facts", Documents, "put_table"),
        ("record entry", Ledger, "append"),
        ("work out graph", genealogy.engine, "project"),
        ("write graph", LadybugStore, "apply"),
        (SYNCS, os, "fsync"),
    ):
        stages.watch(stage, owner, name)
    with Engine.open(Path(home)) as engine:
        stages.seconds.clear()
        began = time.perf_counter()
        report = load(engine, [Path(plant)])
        seconds = time.perf_counter() - began
    facts = sum(file["accepted"] for file in report["files"])
    absent = sorted({*STAGES, SYNCS} - stages.seconds.keys())
    return {"facts": facts, "seconds": seconds, "stages": stages.seconds, "absent": absent}


def rebuild_home(home: str) -> dict[str, float]:
    """Empty the embedded store of a home and make it again from its ledger; seconds."""
    from genealogy.engine import Engine

    with Engine.open(Path(home)) as engine:
        began = time.perf_counter()
        engine.rebuild()
        return {"seconds": time.perf_counter() - began}
