"""How much quicker over Bolt is our load than the usual one, batched UNWIND with MERGE, of the same graph?"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plants, servers
from benchmarks.measure import in_child, ratios, spread
from benchmarks.setting import Result, Setting, Table, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import neo4j
    import pyarrow as pa

BATCH = 10_000
MOST_UNITS = 1_000_000


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("bolt_loading", "How much quicker over Bolt is our load than batched UNWIND with MERGE?")
    table = Table(
        "The same graph into an empty Neo4j over Bolt",
        [
            "units",
            "facts",
            "nodes",
            "links",
            "our load s",
            "facts/s",
            "of it graph s",
            "UNWIND + MERGE s",
            "facts/s",
            "times, whole load",
            "times, graph only",
            "peak MB server, ours / MERGE",
        ],
    )
    for units in setting.sizes(10_000, 100_000, most=MOST_UNITS):
        plant, ledger = plants.sample(setting, units), plants.home(setting, units)
        ours: list[dict[str, Any]] = []
        merges: list[dict[str, Any]] = []
        for number in range(setting.runs(3 if units <= 10_000 else 2 if units <= 100_000 else 1, quick=1)):
            turns = ("ours", "merge") if number % 2 == 0 else ("merge", "ours")
            for turn in turns:
                say(f"{units:,} units over Bolt, run {number + 1}: {turn}")
                folder = setting.work / "home-bolt"
                shutil.rmtree(folder, ignore_errors=True)
                with servers.server(folder) as connection:
                    task = "bolt_loading:ours" if turn == "ours" else "bolt_loading:merge"
                    source = plant if turn == "ours" else ledger
                    before = servers.cpu_s(folder)
                    outcome = in_child(task, source=source, home=folder, connection=connection)
                    found = outcome.value | {"client_cpu_s": outcome.cpu_s}
                    found["server_cpu_s"] = servers.cpu_s(folder) - before
                    found["nodes"], found["links"] = servers.counts(connection)
                    found["server_peak_mb"] = servers.peak_mb(folder)
                (ours if turn == "ours" else merges).append(found)
                shutil.rmtree(folder)
        one, other = ours[0], merges[0]
        assert (one["nodes"], one["links"]) == (other["nodes"], other["links"]), (one, other)
        samples = {
            "whole": [found["seconds"] for found in ours],
            "graph": [found["graph_s"] for found in ours],
            "merge": [found["seconds"] for found in merges],
        }
        facts = one["facts"]
        table.rows.append(
            [
                f"{units:,}",
                f"{facts:,}",
                f"{one['nodes']:,}",
                f"{one['links']:,}",
                spread(samples["whole"]),
                spread([facts / s for s in samples["whole"]], digits=0),
                spread(samples["graph"]),
                spread(samples["merge"]),
                spread([facts / s for s in samples["merge"]], digits=0),
                spread(ratios(samples, "merge", "whole"), digits=2),
                spread(ratios(samples, "merge", "graph"), digits=2),
                f"{one['server_peak_mb']} / {other['server_peak_mb']}",
            ]
        )
        result.raw.append({"units": units, "ours": ours, "merge": merges})
    result.tables = [table]
    result.notes = [
        f"Each run has a server of its own, just started and empty ({servers.MEMORY_MB} MB of Java heap), in turns.",
        f"UNWIND + MERGE: constraints and indexes as ours; nodes `MERGE (n:Label {{key}}) SET n += row` and links `MATCH "
        f"MATCH MERGE (a)-[r:TYPE {{fact}}]->(b) SET r += row`, batches of {BATCH:,}, one transaction each. Its rows are in "
        "memory before the clock starts, so its time is the database's part alone, while `our load` also reads and checks "
        "the files and keeps them in the ledger. That both made as many nodes and links is checked.",
    ]
    return result


def ours(source: str, home: str, connection: servers.Connection) -> dict[str, Any]:
    """Load a plant into a new home on the server; seconds of the whole and of its graph."""
    from benchmarks.measure import Stages
    from genealogy.engine import Engine
    from genealogy.stores.neo4j import Neo4jStore
    from loaders import load

    stages = Stages()
    stages.watch("graph", Neo4jStore, "apply")
    with Engine.open(Path(home), **connection) as engine:
        began = time.perf_counter()
        report = load(engine, [Path(source)])
        seconds = time.perf_counter() - began
    facts = sum(file["accepted"] for file in report["files"])
    return {"facts": facts, "seconds": seconds, "graph_s": stages.seconds["graph"]}


def merge(source: str, home: str, connection: servers.Connection) -> dict[str, Any]:
    """Write the graph of a loaded home's ledger to the server as one usually does; seconds."""
    import neo4j

    from queries import ddl

    statements = list(_statements(Path(source)))
    login = (connection["username"], connection["password"])
    with neo4j.GraphDatabase.driver(connection["store"], auth=login) as driver, driver.session() as session:
        for statement in ddl.statements("neo4j"):
            session.run(statement).consume()
        session.run("CALL db.awaitIndexes(300)").consume()
        began = time.perf_counter()
        for text, rows in statements:
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                session.execute_write(_write, text, part)
        seconds = time.perf_counter() - began
        # Our load has one more node that says how far it is.
        session.run("MERGE (m:Manifest {name: 'manifest'})").consume()
    return {"seconds": seconds}


def _write(tx: neo4j.ManagedTransaction, text: str, rows: list[dict[str, Any]]) -> None:
    tx.run(text, rows=rows).consume()


def _statements(home: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    from genealogy.history import History
    from genealogy.ledger import Ledger
    from genealogy.whole import WholeGraph
    from queries.shape import IDENTITIES, LINKS, RECORDS

    with Ledger.open(home) as ledger:
        whole = WholeGraph(History(ledger, keep=True))
        for label in IDENTITIES:
            rows = [{"id": i} for i in whole.identities(label).to_pylist()]
            yield f"UNWIND $rows AS row MERGE (n:{label.name} {{id: row.id}})", rows
        for record in RECORDS.values():
            text = f"UNWIND $rows AS row MERGE (n:{record.name} {{pk: row.pk}}) SET n += row"
            yield text, _rows(whole.records(record))
        for link in LINKS:
            yield (
                f"UNWIND $rows AS row MATCH (a:{link.source} {{id: row.source}}) MATCH (b:{link.target} {{id: row.target}}) "
                f"MERGE (a)-[r:{link.name} {{fact: row.values.fact}}]->(b) SET r += row.values",
                [
                    {"source": row.pop("source"), "target": row.pop("target"), "values": row}
                    for row in _rows(whole.links(link))
                ],
            )


def _rows(table: pa.Table | None) -> list[dict[str, Any]]:
    return [] if table is None else [dict(row) for row in table.to_pylist()]
