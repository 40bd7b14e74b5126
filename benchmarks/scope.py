"""How much more than its bare Cypher query does a whole scope cost, with the second road and the digest included?"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import plants, servers
from benchmarks.measure import Samples, in_child, in_turns, ratios, spread
from benchmarks.offline_import import filled
from benchmarks.setting import Result, Setting, Table, say

BARE, TEXTS, SCOPE = "bare query", "all its Cypher", "scope"
DIGEST, WHOLE, THOROUGH = "scope, digest", "scope, digest, JSON", "scope, thorough"
_SIZE = "13000"


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("scope", "How much more than its bare Cypher query does a whole scope cost?")
    times = Table(
        "Milliseconds, snapshot warm",
        ["store", "nodes", "items", BARE, TEXTS, SCOPE, DIGEST, WHOLE, THOROUGH],
    )
    over = Table(
        "Times the bare query, round by round",
        ["store", "nodes", "items", TEXTS, SCOPE, DIGEST, WHOLE, THOROUGH],
    )
    first = Table(
        "What is paid once",
        ["store", "nodes", "build snapshot s", "map snapshot ms", "first scope ms", "peak MB", "peak MB server"],
    )
    for units in setting.sizes(plants.BIG_UNITS):
        for store in ("embedded", "neo4j"):
            say(f"scope at {units:,} units, {store}")
            with ExitStack() as stack:
                home = plants.home(setting, units) if store == "embedded" else filled(setting, units)
                connection = None if store == "embedded" else stack.enter_context(servers.server(home))
                found = in_child("scope:ask", home=home, connection=connection, runs=setting.runs(15))
                peak = servers.peak_mb(home) if connection else None
            value: dict[str, Any] = found.value
            samples: Samples = value["samples"]
            head = [store, f"{value['nodes']:,}", f"{value['items']:,}"]
            times.rows.append([*head, *(spread(samples[name], 1e3) for name in times.columns[3:])])
            over.rows.append([*head, *(spread(ratios(samples, name, BARE), digits=2) for name in over.columns[3:])])
            cells = [f"{value['build_s']:.2f}", f"{value['map_s'] * 1e3:.1f}", f"{value['first_s'] * 1e3:.0f}"]
            first.rows.append([*head[:2], *cells, f"{found.peak_mb:,.0f}", f"{peak:,.0f}" if peak else "-"])
            result.raw.append(
                {"units": units, "store": store, "server_peak_mb": peak, "peak_mb": found.peak_mb} | value
            )
            result.notes.append(
                f"{store}, {units:,} units: the item is lot {value['start']}, which reaches {value['items']:,} items: the lot "
                f"nearest to 13,000 of up to 1,000 that were tried. Its scope puts {value['texts']} texts to the store."
            )
    result.tables = [times, over, first]
    result.notes += [
        f"`{BARE}`: the text of `genealogy query show forward`, put through the database's own driver, until all ids and "
        f"depths are Python values. `{TEXTS}`: every text that a warm scope puts, the same way. `{SCOPE}`: `engine.scope`, "
        "with the second road, the comparison, consignees, quantities and gaps. All in turns in one process.",
        f"Up to 5,000 items, and in `{THOROUGH}` always, the two roads are also compared in what they say of each item.",
    ]
    return result


def ask(home: str, connection: servers.Connection | None, runs: int) -> dict[str, Any]:
    """Put the question in all its forms, in turns; seconds."""
    from benchmarks.raw import Raw, listen
    from genealogy.engine import Engine
    from genealogy.home import SNAPSHOT
    from genealogy.snapshot import Snapshot
    from queries.reach import FORWARD

    start = plants.starts(home)["near"][_SIZE]["id"]
    with Engine.open(Path(home), **(connection or servers.EMBEDDED)) as engine:
        began = time.perf_counter()
        # In a folder of its own: the home's is kept as it is.
        Snapshot.build(engine.ledger, Path(home) / f"{SNAPSHOT}-measured", identity=engine.ledger.id)
        built = time.perf_counter() - began
        began = time.perf_counter()
        _ = engine.snapshot
        mapped = time.perf_counter() - began
        began = time.perf_counter()
        answer = engine.scope([start])
        first = time.perf_counter() - began
        raw = Raw(engine, connection)
        ids = {row["id"] for row in answer.answer["items"]}
        assert answer.complete, answer.answer["differences"]
        assert raw.reached(FORWARD, start, engine.head) == ids, "the bare query finds something else"
        heard = listen(engine, lambda: engine.scope([start]))
        text, params = FORWARD.text(raw.dialect), raw.params(start, engine.head)
        samples = in_turns(
            {
                BARE: lambda: raw.ask(text, params),
                TEXTS: lambda: [raw.ask(*one) for one in heard],
                SCOPE: lambda: engine.scope([start]),
                DIGEST: lambda: engine.scope([start]).digest,
                WHOLE: lambda: json.dumps(engine.scope([start]).flat(), ensure_ascii=False),
                THOROUGH: lambda: engine.scope([start], thorough=True),
            },
            runs,
            warm_up=servers.WARM_UP if connection else 1,
        )
        found = {"start": start, "items": len(ids), "nodes": raw.nodes(), "texts": len(heard), "samples": samples}
        raw.close()
    return found | {"build_s": built, "map_s": mapped, "first_s": first}
