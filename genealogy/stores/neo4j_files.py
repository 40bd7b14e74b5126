"""The whole graph as CSV files for Neo4j's offline import."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from queries.shape import FORM, IDENTITIES, LINKS, MANIFEST, RECORDS, NodeLabel, Property

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from genealogy.whole import WholeGraph

_WRITERS = 2
"""Files written at once, and so many tables held for it."""

Sources = list[tuple[str | None, list["Path"]]]


def write_files(whole: WholeGraph, ledger: str, folder: Path) -> tuple[Sources, Sources]:
    """Write nodes and relationships; returns (label, files) and (type, files) as the import takes them.

    An empty cell is a property that is not there: no fact holds an empty text. Columns without any cell are left out.
    """
    nodes: Sources = []
    links: Sources = []
    state = {"name": ["manifest"], "ledger": [ledger], "applied": [whole.applied], "applying": [-1], "chunk": [0]}
    manifest = pa.table({**state, "worst_tier": [whole.worst_tier], "form": [FORM]}).select(list(MANIFEST.columns))
    with ThreadPoolExecutor(_WRITERS, thread_name_prefix="csv") as writers:
        written: list[Future[None]] = []

        def put(
            into: Sources, name: str, table: pa.Table, ends: dict[str, str], properties: Sequence[Property]
        ) -> None:
            held = [p for p in properties if table[p.name].null_count < table.num_rows]
            header = [*ends.values(), *(f"{p.name}:{'long' if p.type == 'INT64' else 'string'}" for p in held)]
            path = folder / f"{name}.csv"
            into.append((name, [path]))
            # What waits to be written is held in memory.
            for earlier in written[:-_WRITERS]:
                earlier.result()
            written.append(writers.submit(_write, path, header, table.select([*ends, *(p.name for p in held)])))

        for label in IDENTITIES:
            if len(ids := whole.identities(label)):
                put(nodes, label.name, pa.table({"id": ids}), _key(label), ())
        for record in RECORDS.values():
            if (table := whole.records(record)) is not None:
                put(nodes, record.name, table, _key(record), record.properties)
        put(nodes, MANIFEST.name, manifest, _key(MANIFEST), MANIFEST.properties)
        for link in LINKS:
            if (table := whole.links(link)) is not None:
                ends = {"source": f":START_ID({link.source})", "target": f":END_ID({link.target})"}
                put(links, link.name, table, ends, link.properties)
        for one in written:
            one.result()
    return nodes, links


def _key(label: NodeLabel) -> dict[str, str]:
    return {label.key.name: f"{label.key.name}:ID({label.name})"}


def _write(path: Path, header: list[str], table: pa.Table) -> None:
    with path.open("wb") as file:
        file.write((",".join(header) + "\n").encode())
        csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="needed"))
