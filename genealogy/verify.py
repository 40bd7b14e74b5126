"""The full check: chain, documents, then the graph against what the ledger's facts make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from genealogy.history import History
from genealogy.whole import WholeGraph
from genealogy.wording import Command, said
from queries.shape import IDENTITIES, LINKS, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from genealogy.chain import Verification
    from genealogy.engine import Engine

_RUN = (". Run ", Command("rebuild"), ".")


def verify(engine: Engine, expect: tuple[int, str] | None = None) -> Verification:
    """Check ledger and graph; the first thing that is wrong is named in ``problem``."""
    found = engine.ledger.verify(expect)
    if not found.ok:
        return found
    return replace(found, problem=next(_graph_problems(engine), None))


def _graph_problems(engine: Engine) -> Iterator[str]:
    whole, store = WholeGraph(History(engine.ledger, keep=True)), engine.store
    for label in RECORDS.values():
        yield from _compare(label.name, whole.records(label), store.nodes(label), ["pk"])
    for link in LINKS:
        yield from _compare(link.name, whole.links(link), store.links(link), ["source", "target", "fact"])
    for identity in IDENTITIES:
        held = set(store.nodes(identity)["id"].to_pylist())
        missing = set(whole.identities(identity).to_pylist()) - held
        if missing:
            yield said(f"The graph lacks {len(missing)} {identity.name}, the first is {min(missing)!r}", *_RUN)


def _compare(name: str, expected: pa.Table | None, held: pa.Table, key: list[str]) -> Iterator[str]:
    """The first difference between what a label should hold and what it holds, in words."""
    wanted_rows = 0 if expected is None else expected.num_rows
    if expected is None:
        if held.num_rows:
            yield said(f"The graph holds {held.num_rows} {name} that the ledger knows nothing of", *_RUN)
        return
    names = expected.column_names
    order = [(column, "ascending") for column in names]
    one = expected.take(pc.sort_indices(expected, order)).combine_chunks()
    other = held.select(names).cast(expected.schema)
    other = other.take(pc.sort_indices(other, order)).combine_chunks()
    if one.equals(other):
        return
    if wanted_rows != other.num_rows:
        yield said(
            f"The graph holds {other.num_rows} {name} where the ledger's facts make {wanted_rows}{_first(one, other, key)}",
            *_RUN,
        )
        return
    yield said(f"A {name} of the graph is not what the ledger's facts make it{_first(one, other, key)}", *_RUN)


def _first(one: pa.Table, other: pa.Table, key: list[str]) -> str:
    for expected, held in zip(one.to_pylist(), other.to_pylist(), strict=False):
        if expected != held:
            return f"; the first is {[expected[k] for k in key]}, where the graph has {[held[k] for k in key]}"
    return ""
