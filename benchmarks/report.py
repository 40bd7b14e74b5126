"""How long does the whole folder of a recall report take for about 10,000 affected units in a plant of a million?"""

from __future__ import annotations

import resource
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plants
from benchmarks.measure import in_child, spread
from benchmarks.setting import Result, Setting, Table, say

if TYPE_CHECKING:
    from genealogy.engine import Engine

FINISHED = 10_000
"""The report is of the lot whose scope comes nearest to so many finished units."""
STAGES = ("open, find", "compose", "files", "write")
_TRIED = 400


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("report", "How long does the whole folder of a recall report take?")
    columns = ["units", "affected units", "items", "", "CPU s", "wall s", *(f"{name}: CPU s" for name in STAGES)]
    times = Table("The whole folder, embedded store", [*columns, "peak MB", "MB written"])
    for units in setting.sizes(1_000_000):
        home = plants.home(setting, units)
        chosen: dict[str, Any] = in_child("report:choose", home=home, finished=min(FINISHED, units // 30)).value
        say(f"report of {chosen['id']}, {chosen['units']:,} units in a plant of {units:,}")
        folder = setting.work / f"report-{units}"
        cold = [in_child("report:write", home=home, start=chosen["id"], folder=folder, runs=1) for _ in range(3)]
        warm = in_child("report:write", home=home, start=chosen["id"], folder=folder, runs=1 + setting.runs(5))
        every = [*(each.value for each in cold), warm.value]
        assert len({sums for value in every for sums in value["sums"]}) == 1, "the report differs from time to time"
        rounds = (("cold", [value["rounds"][0] for value in every[:3]]), ("warm", warm.value["rounds"][1:]))
        for name, told in rounds:
            cells = [f"{units:,}", f"{chosen['units']:,}", f"{chosen['items']:,}", name]
            cells += [spread([sum(one[clock].values()) for one in told]) for clock in ("cpu", "wall")]
            cells += [spread([one["cpu"][stage] for one in told], digits=2) for stage in STAGES]
            peak = max(each.value["peak_mb"] for each in cold) if name == "cold" else warm.value["peak_mb"]
            times.rows.append([*cells, f"{peak:,.0f}", f"{warm.value['written_mb']:.0f}"])
        result.raw.append(
            {"units": units, **chosen, "cold": [value["rounds"] for value in every[:3]], "warm": warm.value}
        )
    result.tables = [times]
    result.notes = [
        f"The report of the lot whose scope comes nearest to {FINISHED:,} finished units, of some {_TRIED} lots that were tried: "
        "page, workbook, PDF, JSON, every table as CSV, graph, forms by rule and digests, in English.",
        "`cold`: a process of its own for each, from its start with nothing imported to the last file written. `warm`: again in "
        "the same process, the arrays mapped and the store open. All of them wrote the same bytes.",
        "`peak MB` holds pages of the arrays and of the store's own cache as well.",
    ]
    return result


def choose(home: str, finished: int) -> dict[str, Any]:
    """The lot whose scope comes nearest to so many finished units."""
    import numpy as np

    from benchmarks.servers import EMBEDDED
    from genealogy.engine import Engine
    from genealogy.snapshot.describe import is_finished_unit

    with Engine.open(Path(home), **EMBEDDED) as engine:
        moment = engine.snapshot.moment(engine.head)
        rows = moment.all_rows("lots")
        lots = sorted(map(str, moment.texts("lots", "item_id", rows[:: max(1, len(rows) // _TRIED)])))

        def units(lot: str) -> int:
            reached = engine.snapshot.reach([lot], "forward", engine.head).ids
            return int(is_finished_unit(moment, moment.codes.find(reached).astype(np.int32)).sum())

        counted = {lot: units(lot) for lot in lots}
        best = min(lots, key=lambda lot: abs(counted[lot] - finished))
        items = len(engine.snapshot.reach([best], "forward", engine.head).ids)
    return {"id": best, "units": counted[best], "items": items}


def write(home: str, start: str, folder: str, runs: int) -> dict[str, Any]:
    """Write the report so many times; seconds by stage."""
    rounds, sums = [], []
    clock = _Clock()  # what was spent until now counts for the first round: it is what starting costs
    engine: Engine | None = None
    try:
        for _ in range(runs):
            shutil.rmtree(folder, ignore_errors=True)
            from benchmarks.servers import EMBEDDED
            from genealogy.engine import Engine as Opened
            from genealogy.report import compose
            from viz.report import prepare, report_files, write_report
            from viz.words import Words

            engine = engine or Opened.open(Path(home), **EMBEDDED)
            found = engine.find(start, union=True).items
            clock.lap("open, find")
            content, _ = compose(engine, found)
            clock.lap("compose")
            files = report_files(content, Words("en"))
            clock.lap("files")
            prepare(Path(folder))
            write_report(files, Path(folder))
            clock.lap("write")
            rounds.append(clock.handed())
            sums.append(files["SHA256SUMS"].decode())
            written = sum(map(len, files.values()))
            del content, files
    finally:
        if engine is not None:
            engine.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return {"rounds": rounds, "sums": sums, "written_mb": written / 1e6, "peak_mb": round(peak)}


class _Clock:
    """Seconds by stage, of processor (this process and its children) and of the wall; the process's own start is the first."""

    def __init__(self) -> None:
        import psutil

        self._cpu, self._wall = 0.0, time.perf_counter() - (time.time() - psutil.Process().create_time())
        self._told: dict[str, dict[str, float]] = {"cpu": {}, "wall": {}}

    def lap(self, stage: str) -> None:
        """The time since the lap before was for this stage."""
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu, wall = sum(each.ru_utime + each.ru_stime for each in used), time.perf_counter()
        self._told["cpu"][stage], self._told["wall"][stage] = cpu - self._cpu, wall - self._wall
        self._cpu, self._wall = cpu, wall

    def handed(self) -> dict[str, dict[str, float]]:
        """The stages since it was asked last; what passed in between is none's."""
        told, self._told = self._told, {"cpu": {}, "wall": {}}
        self.lap("")
        self._told = {"cpu": {}, "wall": {}}
        return told


def _main() -> None:
    """For a look at one home: ``python -m benchmarks.report HOME ITEM FOLDER RUNS``."""
    home, start, folder, runs = sys.argv[1:]
    told = write(home, start, folder, int(runs))
    for one in told["rounds"]:
        say(", ".join(f"{name} {one['cpu'][name]:.2f}" for name in STAGES) + f"; CPU {sum(one['cpu'].values()):.2f} s")
    say(f"peak {told['peak_mb']:,.0f} MB")


if __name__ == "__main__":
    _main()
