"""The whole graph as CSV files for Neo4j's offline import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from queries.shape import IDENTITIES, LINKS, MANIFEST, RECORDS, LinkType, NodeLabel, Property

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from genealogy.whole import WholeGraph

Sources = list[tuple[str | None, list["Path"]]]


def write_files(whole: WholeGraph, ledger: str, folder: Path) -> tuple[Sources, Sources]:
    """Write nodes and relationships; returns (label, files) and (type, files) as the import takes them.

    An empty cell is a property that is not there: no fact holds an empty text.
    """
    nodes: Sources = []
    for label in IDENTITIES:
        ids = whole.identities(label)
        if len(ids):
            nodes.append((label.name, [_write(folder, label.name, _node_header(label), pa.table({"id": ids}))]))
    for record in RECORDS.values():
        if (table := whole.records(record)) is not None:
            nodes.append((record.name, [_write(folder, record.name, _node_header(record), table)]))
    state = {"name": ["manifest"], "ledger": [ledger], "applied": [whole.applied], "applying": [-1], "chunk": [0]}
    manifest = pa.table({**state, "worst_tier": [whole.worst_tier]}).select(list(MANIFEST.columns))
    nodes.append((MANIFEST.name, [_write(folder, MANIFEST.name, _node_header(MANIFEST), manifest)]))
    links: Sources = []
    for link in LINKS:
        if (table := whole.links(link)) is not None:
            links.append((link.name, [_write(folder, link.name, _link_header(link), table)]))
    return nodes, links


def _node_header(label: NodeLabel) -> list[str]:
    return [f"{label.key.name}:ID({label.name})", *_typed(label.properties)]


def _link_header(link: LinkType) -> list[str]:
    return [f":START_ID({link.source})", f":END_ID({link.target})", *_typed(link.properties)]


def _typed(properties: Sequence[Property]) -> list[str]:
    return [f"{p.name}:{'long' if p.type == 'INT64' else 'string'}" for p in properties]


def _write(folder: Path, name: str, header: list[str], table: pa.Table) -> Path:
    path = folder / f"{name}.csv"
    with path.open("wb") as file:
        file.write((",".join(header) + "\n").encode())
        csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="needed"))
    return path
