"""From facts to the graph: what an entry of the ledger changes in it.

Records are made fact by fact. Links depend on a little more than one fact (aliases, the grain and outputs of a step, units
of a consumed lot), so the links of every step and lot that an entry touches are worked out as they were before it and as
they are after it, and the difference is what changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.derive import SERIALISATION, Links, Region, derive, fact_numbers, resolve
from genealogy.history import fold, with_position
from queries.plant import TABLES
from queries.query import OPEN
from queries.shape import LINKS, RECORDS, NodeLabel

if TYPE_CHECKING:
    from genealogy.history import History

SEPARATOR = "\x1f"
_STEP_TABLES = ("consumption", "production", "steps")


class Records(Mapping[str, "pa.Table"]):
    """New records by label, columns as the shape declares them; a large table is put together when it is asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Callable[[], pa.Table]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, label: str, size: int, make: Callable[[], pa.Table]) -> None:
        """Note how the records of a label are made, and how many they are."""
        self._made[label], self._sizes[label] = make, size

    def __getitem__(self, label: str) -> pa.Table:
        return self._made[label]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    @property
    def rows(self) -> int:
        """How many they are at the most."""
        return sum(self._sizes.values())


@dataclass
class Change:
    """What one entry changes in the graph.

    Attributes:
        sequence: the entry.
        identities: ids by label; they may be there already.
        records: new records by label.
        closed_records: keys of records that the entry supersedes, by label.
        links: new links by type: source, target, then the declared properties.
        closed_links: links that the entry ends, by type: source, target, fact.
        worst_tier: the weakest tier among the new links, or -1.
    """

    sequence: int
    identities: dict[str, pa.Array] = field(default_factory=dict)
    records: Records = field(default_factory=Records)
    closed_records: dict[str, pa.Array] = field(default_factory=dict)
    links: dict[str, pa.Table] = field(default_factory=dict)
    closed_links: dict[str, pa.Table] = field(default_factory=dict)
    worst_tier: int = -1

    @property
    def rows(self) -> int:
        """How many rows of any kind it writes, at the most."""
        parts = (self.identities, self.closed_records, self.links, self.closed_links)
        return self.records.rows + sum(len(table) for part in parts for table in part.values())


def project(history: History, sequence: int, *, records: bool = True) -> Change:
    """What entry ``sequence`` changes, given everything before it; without its records where they are not asked for."""
    change = Change(sequence)
    tables = [name for name in history.tables(sequence) if name in TABLES]
    if records:
        for name in tables:
            if name in RECORDS:
                _records(history, change, name)
    _links(history, change, tables)
    _identities(history, change, tables)
    return change


def _records(history: History, change: Change, name: str) -> None:
    label, sequence = RECORDS[name], change.sequence
    if history.is_first(name, sequence):
        # No key needs to be looked for among earlier facts, and nothing is superseded.
        def first() -> pa.Table:
            rows = fold(with_position(_of_entry(history, name, sequence)))
            asserted = pc.equal(rows["op"], 0)
            return record_rows(label, rows if pc.all(asserted).as_py() else rows.filter(asserted))

        if (size := history.count(name, sequence)) > 0:
            change.records.add(label.name, size, first)
        return
    keys = history.document(name, sequence, ["key"])["key"].combine_chunks()
    rows = history.rows(name, {"key": keys}, sequence)
    assert rows is not None
    asserted = pc.equal(rows["op"], 0)
    new = rows.filter(pc.and_(asserted, pc.equal(rows["entry"], sequence)))
    if new.num_rows:
        made = record_rows(label, new)
        change.records.add(label.name, made.num_rows, lambda: made)
    ended = rows.filter(pc.and_(asserted, pc.equal(rows["known_until"], sequence)))
    if ended.num_rows:
        change.closed_records[label.name] = _primary_keys(ended)


def _of_entry(history: History, name: str, sequence: int) -> pa.Table:
    rows = history.document(name, sequence)
    return rows.append_column("entry", pa.repeat(pa.scalar(sequence, pa.int64()), rows.num_rows))


def record_rows(label: NodeLabel, rows: pa.Table) -> pa.Table:
    """Versions of facts as records of their label, in the order of its columns; in force as far as the rows say."""
    columns: dict[str, pa.ChunkedArray | pa.Array] = {
        "pk": _primary_keys(rows),
        "known_from": rows["entry"],
        "fact": fact_numbers(rows),
    }
    return pa.table(
        {
            name: columns[name]
            if name in columns
            else rows[name if name in rows.column_names else name.removesuffix("_")]
            for name in label.columns
        }
    )


def _primary_keys(rows: pa.Table) -> pa.ChunkedArray:
    first = not pc.any(pc.not_equal(rows["version_number"], 0)).as_py()
    version = pa.scalar("0") if first else rows["version_number"].cast(pa.string())
    return pc.binary_join_element_wise(rows["key"], version, SEPARATOR)


def _links(history: History, change: Change, tables: list[str]) -> None:
    after = change.sequence
    items_before, items_after = history.aliases("item", after - 1), history.aliases("item", after)
    first = not history.entries_with_facts(upto=after - 1)
    region = None if first else _region(history, tables, (items_before, items_after), after)
    old = derive(history, after - 1, items_before, region) if region else {}
    new = derive(history, after, items_after, region) if region or first else {}
    _difference(change, old, new)


def _region(
    history: History, tables: list[str], aliases: tuple[dict[str, str], dict[str, str]], after: int
) -> Region | None:
    """The steps and lots whose links this entry may change, the same before and after it; None when there are none.

    Args:
        history: the facts.
        tables: that the entry holds facts of.
        aliases: codes of items to ids, before and after the entry.
        after: the entry.
    """
    steps = [history.document(t, after, ["step_id"])["step_id"] for t in _STEP_TABLES if t in tables]
    units = [history.document("units", after, ["key"])["key"].combine_chunks()] if "units" in tables else []
    if len(turned := _turned(*aliases)):
        for name in ("consumption", "production"):
            named = history.rows(name, {"item_id": turned}, after, ("step_id",))
            steps += [] if named is None else [named["step_id"]]
        units += [turned, history.keys_where("units", "lot_id", turned, after)]
    stepped, lots = _unique(steps), []
    described = history.rows("units", {"key": _unique(units)}, after, ("lot_id",)) if units else None
    if described is not None:
        lots += _meant(described["lot_id"], aliases)
    serialised = _unique(lots)
    if not len(stepped) and not len(serialised):
        return None
    consumed = history.rows("consumption", {"step_id": stepped}, after, ("step_id", "item_id"))
    if consumed is not None:
        lots += _meant(consumed["item_id"], aliases)
    return Region(stepped, serialised, _unique(lots))


def _turned(before: dict[str, str], after: dict[str, str]) -> pa.Array:
    """The codes of items that mean another one than before."""
    codes = [code for code in sorted(before.keys() | after.keys()) if before.get(code, code) != after.get(code, code)]
    return pa.array(codes, pa.string())


def _meant(codes: pa.ChunkedArray, aliases: tuple[dict[str, str], dict[str, str]]) -> list[pa.Array]:
    """What codes mean, before and after."""
    written = pc.unique(codes)
    return [resolve(written, meanings) for meanings in aliases[: 1 if aliases[0] == aliases[1] else 2]]


def _unique(parts: Iterable[pa.Array | pa.ChunkedArray]) -> pa.Array:
    chunks = [c for part in parts for c in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])]
    return pc.drop_null(pc.unique(pa.chunked_array(chunks, pa.string())))


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
    texts = [links[n] for n in ("source", "target", "step") if n in links.column_names]
    numbers = [links[n].cast(pa.string()) for n in ("fact", "tier")]
    return pc.binary_join_element_wise(*texts, *numbers, SEPARATOR).combine_chunks()


def _identities(history: History, change: Change, tables: list[str]) -> None:
    items: list[pa.Array | pa.ChunkedArray] = []
    aliases = history.aliases("item", change.sequence)
    steps: list[pa.Array | pa.ChunkedArray] = []
    for name in tables:
        columns = [column.name for column in TABLES[name].facts if column.alias == "item"]
        if name in _STEP_TABLES:
            columns.append("step_id")
        stated = history.document(name, change.sequence, columns) if columns else {}
        for column in columns:
            (steps if column == "step_id" else items).append(stated[column])
    ids = resolve(_unique(items), aliases)
    by_label: dict[str, list[pa.Array | pa.ChunkedArray]] = {"Item": [ids], "Step": steps, "Portion": []}
    turned = aliases != history.aliases("item", change.sequence - 1)
    for link in LINKS:
        if link.name in change.links:
            for label, end in ((link.source, "source"), (link.target, "target")):
                ends = change.links[link.name][end]
                # Facts name the ends of their links themselves, but for what an alias turned, and what was made for units.
                if label == "Step" and not turned:
                    ends = ends.filter(pc.starts_with(ends, SERIALISATION))
                if label != "Item" or turned:
                    by_label[label].append(ends)
    for label, parts in by_label.items():
        ids = _unique(parts)
        if len(ids):
            change.identities[label] = ids.take(pc.sort_indices(ids))
