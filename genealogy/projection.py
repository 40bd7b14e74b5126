"""From facts to the graph: what an entry of the ledger changes in it.

Records are made fact by fact. Links depend on a little more than one fact (aliases, the grain and outputs of a step, units
of a consumed lot), so the links of every step and lot that an entry touches are worked out as they were before it and as
they are after it, and the difference is what changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.derive import Links, Region, derive, resolve
from queries.plant import TABLES
from queries.query import OPEN
from queries.shape import LINKS, RECORDS, NodeLabel

if TYPE_CHECKING:
    from genealogy.history import History

SEPARATOR = "\x1f"
_STEP_TABLES = ("consumption", "production", "steps")


@dataclass
class Change:
    """What one entry changes in the graph.

    Attributes:
        sequence: the entry.
        identities: ids by label; they may be there already.
        records: new records by label, columns as the shape declares them.
        closed_records: keys of records that the entry supersedes, by label.
        links: new links by type: source, target, then the declared properties.
        closed_links: links that the entry ends, by type: source, target, fact.
        worst_tier: the weakest tier among the new links, or -1.
    """

    sequence: int
    identities: dict[str, pa.Array] = field(default_factory=dict)
    records: dict[str, pa.Table] = field(default_factory=dict)
    closed_records: dict[str, pa.Array] = field(default_factory=dict)
    links: dict[str, pa.Table] = field(default_factory=dict)
    closed_links: dict[str, pa.Table] = field(default_factory=dict)
    worst_tier: int = -1

    @property
    def rows(self) -> int:
        """How many rows of any kind it writes."""
        parts = (self.identities, self.records, self.closed_records, self.links, self.closed_links)
        return sum(len(table) for part in parts for table in part.values())


def project(history: History, sequence: int) -> Change:
    """What entry ``entry`` changes, given everything before it."""
    change = Change(sequence)
    tables = [name for name in history.tables(sequence) if name in TABLES]
    documents = {name: history.document(name, sequence) for name in tables}
    for name, document in documents.items():
        if name in RECORDS:
            _records(history, change, name, document)
    _links(history, change, documents)
    _identities(history, change, documents)
    return change


def _records(history: History, change: Change, name: str, document: pa.Table) -> None:
    label = RECORDS[name]
    # Where the table is new to the ledger, no key needs to be looked for among earlier facts.
    where = None if history.is_first(name, change.sequence) else {"key": document["key"].combine_chunks()}
    rows = history.rows(name, where, change.sequence)
    assert rows is not None
    asserted = pc.equal(rows["op"], 0)
    new = rows.filter(pc.and_(asserted, pc.equal(rows["entry"], change.sequence)))
    if new.num_rows:
        change.records[label.name] = record_rows(label, name, new)
    ended = rows.filter(pc.and_(asserted, pc.equal(rows["known_until"], change.sequence)))
    if ended.num_rows:
        change.closed_records[label.name] = _primary_keys(ended)


def record_rows(label: NodeLabel, table: str, rows: pa.Table) -> pa.Table:
    """Rows of facts as records of their label, in the order of its columns."""
    columns: dict[str, pa.ChunkedArray | pa.Array] = {
        "pk": _primary_keys(rows),
        "known_from": rows["entry"],
        "known_until": pa.repeat(pa.scalar(OPEN, pa.int64()), rows.num_rows),
        "fact": fact_names(table, rows),
    }
    return pa.table(
        {
            name: columns[name]
            if name in columns
            else rows[name if name in rows.column_names else name.removesuffix("_")]
            for name in label.columns
        }
    )


def fact_names(table: str, rows: pa.Table) -> pa.ChunkedArray:
    """``table:sequence:position`` of each row: where the ledger holds it."""
    return pc.binary_join_element_wise(
        table, rows["entry"].cast(pa.string()), rows["document_row"].cast(pa.string()), ":"
    )


def _primary_keys(rows: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(rows["key"], rows["version_number"].cast(pa.string()), SEPARATOR)


def _links(history: History, change: Change, documents: dict[str, pa.Table]) -> None:
    after = change.sequence
    items_before, items_after = history.aliases("item", after - 1), history.aliases("item", after)
    first = not history.entries_with_facts(upto=after - 1)
    if items_before != items_after and not first:
        old, new = derive(history, after - 1, items_before), derive(history, after, items_after)
    else:
        region = None if first else _region(history, documents, items_after, after)
        old = derive(history, after - 1, items_before, region) if region else {}
        new = derive(history, after, items_after, region) if region or first else {}
    _difference(change, old, new)


def _region(history: History, documents: dict[str, pa.Table], aliases: dict[str, str], after: int) -> Region | None:
    """The steps and lots whose links this entry may change, the same before and after it; None when there are none."""
    steps = _unique([documents[t]["step_id"].combine_chunks() for t in _STEP_TABLES if t in documents])
    lots: list[pa.Array] = []
    if "units" in documents:
        units = history.rows("units", {"key": documents["units"]["key"].combine_chunks()}, after)
        assert units is not None
        lots.append(resolve(units["lot_id"].combine_chunks(), aliases))
    serialised = _unique(lots)
    if not len(steps) and not len(serialised):
        return None
    consumed = history.rows("consumption", {"step_id": steps}, after)
    if consumed is not None:
        lots.append(resolve(consumed["item_id"].combine_chunks(), aliases))
    return Region(steps, serialised, _unique(lots))


def _unique(parts: list[pa.Array]) -> pa.Array:
    if not parts:
        return pa.array([], pa.string())
    return pc.drop_null(pc.unique(pa.concat_arrays([p.cast(pa.string()) for p in parts])))


def _difference(change: Change, old: Links, new: Links) -> None:
    for link in LINKS:
        before, after = old.get(link.name), new.get(link.name)
        if after is not None:
            opened = after if before is None else after.filter(pc.invert(pc.is_in(_content(after), _content(before))))
            if opened.num_rows:
                count = opened.num_rows
                opened = opened.append_column("known_from", pa.repeat(pa.scalar(change.sequence, pa.int64()), count))
                opened = opened.append_column("known_until", pa.repeat(pa.scalar(OPEN, pa.int64()), count))
                change.links[link.name] = opened.select(["source", "target", *(p.name for p in link.properties)])
                change.worst_tier = max(change.worst_tier, pc.max(opened["tier"]).as_py())
        if before is not None:
            gone = before if after is None else before.filter(pc.invert(pc.is_in(_content(before), _content(after))))
            if gone.num_rows:
                change.closed_links[link.name] = gone.select(["source", "target", "fact"])


def _content(links: pa.Table) -> pa.Array:
    """Facts never change, so source, target, tier and fact (and the step passed over) say all of a link."""
    columns = [links[n] for n in ("source", "target", "fact", "step") if n in links.column_names]
    return pc.binary_join_element_wise(*columns, links["tier"].cast(pa.string()), SEPARATOR).combine_chunks()


def _identities(history: History, change: Change, documents: dict[str, pa.Table]) -> None:
    items: list[pa.Array] = []
    aliases = history.aliases("item", change.sequence)
    for name, document in documents.items():
        for column in TABLES[name].facts:
            if column.alias == "item" and column.name in document.column_names:
                items.append(resolve(document[column.name].combine_chunks(), aliases))
    by_label: dict[str, list[pa.Array]] = {"Item": items, "Step": [], "Portion": []}
    for name in _STEP_TABLES:
        if name in documents:
            by_label["Step"].append(documents[name]["step_id"].combine_chunks())
    for link in LINKS:
        if link.name in change.links:
            by_label[link.source].append(change.links[link.name]["source"].combine_chunks())
            by_label[link.target].append(change.links[link.name]["target"].combine_chunks())
    for label, parts in by_label.items():
        ids = _unique(parts)
        if len(ids):
            change.identities[label] = ids.take(pc.sort_indices(ids))
