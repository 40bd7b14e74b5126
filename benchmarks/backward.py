"""How long does it take to find everything that is in one unit?"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import plants, servers
from benchmarks.measure import in_child, in_turns, ratios, spread
from benchmarks.offline_import import filled
from benchmarks.setting import Result, Setting, Table, say

BARE, ARRAYS, TRACE = "bare query", "arrays alone", "trace"


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("backward", "How long does it take to find everything that is in one unit?")
    table = Table(
        "Milliseconds for one unit, over 20 units spread over the plant",
        ["store", "nodes", "items found", BARE, ARRAYS, TRACE, "trace, times the bare query"],
    )
    for units in setting.sizes(plants.BIG_UNITS):
        for store in ("embedded", "neo4j"):
            say(f"backward at {units:,} units, {store}")
            with ExitStack() as stack:
                home = plants.home(setting, units) if store == "embedded" else filled(setting, units)
                connection = None if store == "embedded" else stack.enter_context(servers.server(home))
                value = in_child("backward:ask", home=home, connection=connection, runs=setting.runs(7)).value
            samples = value["samples"]
            table.rows.append(
                [
                    store,
                    f"{value['nodes']:,}",
                    spread(value["items"], digits=0),
                    *(spread(samples[name], 1e3) for name in (BARE, ARRAYS, TRACE)),
                    spread(ratios(samples, TRACE, BARE), digits=2),
                ]
            )
            result.raw.append({"units": units, "store": store} | value)
    result.tables = [table]
    result.notes = [
        f"`{BARE}`: the text of `genealogy query show backward` through the database's own driver. `{ARRAYS}`: the second road "
        f"by itself. `{TRACE}`: `engine.trace`, both roads, compared, every item described. In turns in one process; each figure "
        "is the mean over the 20 units of one round."
    ]
    return result


def ask(home: str, connection: servers.Connection | None, runs: int) -> dict[str, Any]:
    """Trace 20 units in each way, in turns; seconds for one."""
    from benchmarks.raw import Raw
    from genealogy.engine import Engine
    from queries.reach import BACKWARD

    asked: list[str] = plants.starts(home)["units"]
    with Engine.open(Path(home), **(connection or servers.EMBEDDED)) as engine:
        raw, snapshot, head = Raw(engine, connection), engine.snapshot, engine.head
        counts = []
        for unit in asked:
            answer = engine.trace([unit], "backward")
            assert answer.complete, answer.answer["differences"]
            ids = {row["id"] for row in answer.answer["items"]}
            assert raw.reached(BACKWARD, unit, head) == ids, f"the bare query finds something else for {unit}"
            counts.append(len(ids))
        text = BACKWARD.text(raw.dialect)
        samples = in_turns(
            {
                BARE: lambda: [raw.ask(text, raw.params(unit, head)) for unit in asked],
                ARRAYS: lambda: [snapshot.reach([unit], "backward", head) for unit in asked],
                TRACE: lambda: [engine.trace([unit], "backward") for unit in asked],
            },
            runs,
            warm_up=servers.WARM_UP if connection else 1,
        )
        nodes = raw.nodes()
        raw.close()
    each = {name: [seconds / len(asked) for seconds in values] for name, values in samples.items()}
    return {"nodes": nodes, "items": counts, "samples": each}
