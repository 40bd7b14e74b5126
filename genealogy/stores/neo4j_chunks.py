"""A change cut into the statements of single transactions, and the marks by which an interrupted one is gone on with.

Each chunk is written in a transaction that also makes a mark with the chunk's number. So several sessions can write at once
without waiting for one another at the manifest, a commit of unknown outcome is never repeated, and what was interrupted goes on
with the chunks that have no mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.errors import StoreError
from genealogy.stores.contract import Manifest
from genealogy.wording import Command, said
from queries import write
from queries.shape import IDENTITIES, LINKS, RECORDS, LinkType, NodeLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import neo4j

    from genealogy.projection import Change
    from genealogy.whole import WholeGraph

BATCH = 20_000
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows for one statement.

    Attributes:
        text: the statement; it reports how many rows it wrote.
        name: of its parameter for the rows.
        rows: the rows, as columns.
        params: its other parameters.
        phase: chunks of one phase may be written in any order and at once, those of a later one only behind them.
    """

    text: str
    name: str
    rows: pa.Table | pa.Array
    params: dict[str, Any] = field(default_factory=dict)
    phase: int = 0

    def write(self, tx: neo4j.ManagedTransaction) -> None:
        """Run the statement and check its count: Neo4j makes nothing, and says nothing, where an end of a link is missing."""
        if isinstance(self.rows, pa.Table):
            rows = [list(row) for row in zip(*(column.to_pylist() for column in self.rows.columns), strict=True)]
        else:
            rows = self.rows.to_pylist()
        (count,) = tx.run(self.text, {self.name: rows, **self.params}).single(strict=True)
        if count != len(rows):
            raise StoreError(
                said(
                    f"{len(rows)} rows were to be written, {count} were. The statement was: {self.text[:160]}. "
                    "Nothing of this chunk was kept; run ",
                    Command("rebuild"),
                    ".",
                )
            )


def of_change(change: Change, *, fresh: bool) -> list[Chunk]:
    """The chunks of a change, the same every time they are worked out.

    Args:
        change: of one entry.
        fresh: nothing is in the graph yet, so that no identity can be there already.
    """
    chunks: list[Chunk] = []
    for label in IDENTITIES:
        if label.name in change.identities:
            text = write.create_nodes(label, "neo4j") if fresh else write.merge_nodes(label)
            chunks += _cut(text, "rows", pa.table({"id": change.identities[label.name]}), 0)
    for record in RECORDS.values():
        if record.name in change.closed_records:
            keys = change.closed_records[record.name]
            chunks += _cut(write.supersede_nodes(record), "keys", keys, 0, at=change.sequence)
        if record.name in change.records:
            chunks += _created(record, change.records[record.name], 0)
    for link in LINKS:
        if link.name in change.closed_links:  # before new ones: these may have the same ends and the same fact
            rows = change.closed_links[link.name]
            chunks += _cut(write.supersede_links(link, "neo4j"), "rows", rows, 1, at=change.sequence)
    return chunks + _of_links({name: change.links[name] for name in change.links})


def of_whole(whole: WholeGraph) -> list[Chunk]:
    """The chunks of the whole graph, for an empty database."""
    chunks: list[Chunk] = []
    for label in IDENTITIES:
        ids = pa.table({"id": whole.identities(label)})
        chunks += _cut(write.create_nodes(label, "neo4j"), "rows", ids, 0)
    for record in RECORDS.values():
        if (table := whole.records(record)) is not None:
            chunks += _created(record, table, 0)
    links = {link.name: table for link in LINKS if (table := whole.links(link)) is not None}
    return chunks + _of_links(links)


def _of_links(links: dict[str, pa.Table]) -> list[Chunk]:
    chunks: list[Chunk] = []
    for phase, link in enumerate(LINKS, start=2):
        if link.name in links:
            rows = links[link.name]
            if rows.num_rows > BATCH:
                # By step, or lot: chunks written at once then seldom want the same nodes, and seldom wait for one another.
                end = "source" if link.target == "Item" else "target"
                rows = rows.take(pc.sort_indices(rows[end]))
            chunks += _created(link, rows, phase)
    return chunks


def _created(what: NodeLabel | LinkType, rows: pa.Table, phase: int) -> Iterator[Chunk]:
    """New nodes or links; columns that are empty throughout are left out, those with one number throughout said once."""
    columns, params = list(rows.column_names), {}
    if rows.num_rows > BATCH:
        for name in rows.column_names:
            column = rows[name]
            if column.null_count == len(column):
                columns.remove(name)
            elif pa.types.is_integer(column.type) and not column.null_count:
                least, most = pc.min_max(column).as_py().values()
                if least == most:
                    columns.remove(name)
                    params[name] = least
    make = write.create_nodes if isinstance(what, NodeLabel) else write.create_links
    text = make(what, "neo4j", columns, list(params))  # type: ignore[arg-type]
    return _cut(text, "rows", rows.select(columns), phase, **params)


def _cut(text: str, name: str, rows: pa.Table | pa.Array, phase: int, **params: Any) -> Iterator[Chunk]:
    for start in range(0, len(rows), BATCH):
        yield Chunk(text, name, rows.slice(start, BATCH), params, phase)


def write_all(tx: neo4j.ManagedTransaction, chunks: Sequence[Chunk], done: Manifest) -> None:
    """All of a small change, and the manifest, in one transaction; unless that is so already."""
    found = tx.run(write.READ_MANIFEST).single()
    if chunks and found is not None and found["m.applied"] >= done.applied:
        return
    for chunk in chunks:
        chunk.write(tx)
    _note(tx, done)


def write_one(tx: neo4j.ManagedTransaction, chunk: Chunk, number: int) -> None:
    """One chunk of a large change and its mark, unless that is there already."""
    mark = {"mark": f"chunk {number}"}
    if tx.run(write.FIND_MARK, mark).single() is None:
        chunk.write(tx)
        tx.run(write.MAKE_MARK, mark).consume()


def finish(tx: neo4j.ManagedTransaction, done: Manifest) -> None:
    """The manifest that says so instead of the marks."""
    tx.run(write.DELETE_MARKS).consume()
    _note(tx, done)


def _note(tx: neo4j.ManagedTransaction, manifest: Manifest) -> None:
    tx.run(write.WRITE_MANIFEST, {name: getattr(manifest, name) for name in Manifest.__slots__}).consume()
