"""The full check: chain, documents, then the graph against what the ledger's facts make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.history import History
from genealogy.projection import Change, project
from queries.shape import LINKS, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genealogy.chain import Verification
    from genealogy.engine import Engine


def verify(engine: Engine, expect: tuple[int, str] | None = None) -> Verification:
    """Check ledger and graph; the first thing that is wrong is named in ``problem``."""
    found = engine.ledger.verify(expect)
    if not found.ok:
        return found
    return replace(found, problem=next(_graph_problems(engine), None))


def _graph_problems(engine: Engine) -> Iterator[str]:
    expected = Ledgered(engine)
    for label in RECORDS.values():
        yield from _compare(label.name, expected.records(label.name), engine.store.nodes(label), ["pk"])
    for link in LINKS:
        yield from _compare(
            link.name, expected.links(link.name), engine.store.links(link), ["source", "target", "fact"]
        )


class Ledgered:
    """What the graph must hold, as the ledger's facts make it: every record and link, with the entries between which it held."""

    def __init__(self, engine: Engine) -> None:
        history = History(engine.ledger, keep=True)
        self._changes: list[Change] = [project(history, sequence) for sequence in history.entries_with_facts()]

    def records(self, label: str) -> pa.Table | None:
        """The records of a label."""
        ended = {
            key: c.sequence
            for c in self._changes
            if label in c.closed_records
            for key in c.closed_records[label].to_pylist()
        }
        parts = [c.records[label] for c in self._changes if label in c.records]
        if not parts:
            return None
        table = pa.concat_tables(parts)
        return _with_ends(table, [ended.get(key) for key in table["pk"].to_pylist()] if ended else None)

    def links(self, name: str) -> pa.Table | None:
        """The links of a type. A link can end and begin again: each end belongs to the last beginning before it."""
        parts = [c.links[name] for c in self._changes if name in c.links]
        if not parts:
            return None
        table = pa.concat_tables(parts)
        if not any(name in c.closed_links for c in self._changes):
            return table
        rows = {}
        ends: list[int | None] = [None] * table.num_rows
        begins = iter(zip(*(table[c].to_pylist() for c in ("source", "target", "fact", "known_from")), strict=True))
        number = 0
        for change in self._changes:
            if name in change.closed_links:
                for row in zip(*(column.to_pylist() for column in change.closed_links[name].columns), strict=True):
                    ends[rows[row]] = change.sequence
            if name in change.links:
                for _ in range(change.links[name].num_rows):
                    source, target, fact, _from = next(begins)
                    rows[(source, target, fact)] = number
                    number += 1
        return _with_ends(table, ends)


def _with_ends(table: pa.Table, ends: list[int | None] | None) -> pa.Table:
    if ends is None:
        return table
    index = table.column_names.index("known_until")
    return table.set_column(index, "known_until", pc.coalesce(pa.array(ends, pa.int64()), table["known_until"]))


def _compare(name: str, expected: pa.Table | None, held: pa.Table, key: list[str]) -> Iterator[str]:
    """The first difference between what a label should hold and what it holds, in words."""
    wanted_rows = 0 if expected is None else expected.num_rows
    if expected is None:
        if held.num_rows:
            yield f"The graph holds {held.num_rows} {name} that the ledger knows nothing of. Run `genealogy rebuild`."
        return
    names = expected.column_names
    order = [(column, "ascending") for column in names]
    one = expected.take(pc.sort_indices(expected, order)).combine_chunks()
    other = held.select(names).cast(expected.schema)
    other = other.take(pc.sort_indices(other, order)).combine_chunks()
    if one.equals(other):
        return
    if wanted_rows != other.num_rows:
        yield (
            f"The graph holds {other.num_rows} {name} where the ledger's facts make {wanted_rows}"
            f"{_first(one, other, key)}. Run `genealogy rebuild`."
        )
        return
    yield f"A {name} of the graph is not what the ledger's facts make it{_first(one, other, key)}. Run `genealogy rebuild`."


def _first(one: pa.Table, other: pa.Table, key: list[str]) -> str:
    for expected, held in zip(one.to_pylist(), other.to_pylist(), strict=False):
        if expected != held:
            return f"; the first is {[expected[k] for k in key]}, where the graph has {[held[k] for k in key]}"
    return ""
