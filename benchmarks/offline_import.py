"""How long does Neo4j's offline import take for a first load, or a rebuild, of three million facts?"""

from __future__ import annotations

import shutil
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import plants, servers
from benchmarks.measure import in_child, spread
from benchmarks.setting import Result, Setting, Table, say

UNITS = 890_000
"""A sample plant of so many units is three million facts."""

STAGES = ("graph from ledger", "files", "import", "start", "constraints and indexes")


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("offline_import", "How long does Neo4j's offline import take for three million facts?")
    table = Table(
        "From a ledger to a Neo4j that answers",
        [
            "units",
            "facts",
            "nodes",
            "links",
            *(f"{stage} s" for stage in STAGES),
            "rebuild s",
            "first load s",
            "peak MB",
        ],
    )
    for units in setting.sizes(UNITS, most=10_000_000):
        home = plants.home(setting, units)
        runs = []
        for number in range(setting.runs(2 if units <= UNITS else 1, quick=1)):
            say(f"offline import of {units:,} units, run {number + 1}")
            shutil.rmtree(home / "neo4j", ignore_errors=True)
            found = in_child("offline_import:rebuild", home=home)
            runs.append(found.value | {"peak_mb": found.peak_mb})
        facts, before = plants.starts(home)["facts"], _before_the_graph(setting, units)
        seconds = [sum(one["stages"].values()) for one in runs]
        table.rows.append(
            [
                f"{units:,}",
                f"{facts:,}",
                f"{runs[0]['nodes']:,}",
                f"{runs[0]['links']:,}",
                *(spread([one["stages"][stage] for one in runs]) for stage in STAGES),
                spread(seconds),
                spread([s + before for s in seconds]),
                spread([one["peak_mb"] for one in runs], digits=0),
            ]
        )
        result.raw.append({"units": units, "facts": facts, "before_graph_s": before, "runs": runs})
    result.tables = [table]
    result.notes = [
        "`rebuild` is the sum of the stages: from the ledger alone to a server that answers with all constraints and indexes.",
        "`first load` adds what comes before the graph in a load (reading, checking, keeping; measured once, in a load into "
        "an embedded home). Peak memory is that of the largest process, Java's included.",
    ]
    return result


def filled(setting: Setting, units: int) -> Path:
    """A home whose own Neo4j (stopped) holds the plant of this size."""
    home = plants.home(setting, units)
    if not (home / "neo4j" / "data" / "databases" / "neo4j").exists():
        say(f"bringing the plant of {units:,} units into Neo4j")
        in_child("offline_import:rebuild", home=home)
    return home


def _before_the_graph(setting: Setting, units: int) -> float:
    from benchmarks.loading import STAGES as LOADING

    home = setting.work / "home-before"
    shutil.rmtree(home, ignore_errors=True)
    loaded = in_child("loading:load_plant", home=home, plant=plants.sample(setting, units)).value
    shutil.rmtree(home)
    graph = sum(loaded["stages"].get(stage, 0.0) for stage in LOADING[-2:])
    return float(loaded["seconds"] - graph)


def rebuild(home: str) -> dict[str, Any]:
    """Fill the Neo4j of a home by offline import; seconds by stage."""
    from genealogy.history import History
    from genealogy.ledger import Ledger
    from genealogy.stores.local_neo4j import import_full, start, stop
    from genealogy.stores.neo4j import Neo4jStore
    from genealogy.stores.neo4j_files import write_files
    from genealogy.whole import WholeGraph

    folder = Path(home).resolve() / "import"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    marks = [time.perf_counter()]

    def mark() -> None:
        marks.append(time.perf_counter())

    with Ledger.open(Path(home)) as ledger:
        whole = WholeGraph(History(ledger, keep=True))
        mark()
        nodes, links = write_files(whole, ledger.id, folder)
        mark()
        done = import_full(Path(home), nodes, links)
        mark()
        running = start(Path(home), memory_mb=servers.MEMORY_MB)
        try:
            mark()
            store = Neo4jStore(running.uri, running.username, running.password)
            manifest = store.prepare(ledger.id)
            mark()
            store.close()
            assert manifest.applied == ledger.head.sequence, "the store does not know that it is filled"
        finally:
            stop(Path(home))
    shutil.rmtree(folder)
    taken = [after - before for before, after in pairwise(marks)]
    stages = dict(zip(STAGES, taken, strict=True))
    return {"nodes": done.nodes, "links": done.relationships, "stages": stages}
