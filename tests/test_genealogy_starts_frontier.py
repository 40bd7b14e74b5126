"""From many items at once the graph is followed level by level, and reaches what the arrays reach."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from facts import facts
from workings import Maker, Rows

from genealogy import cypher_road
from genealogy.starts import frontier

if TYPE_CHECKING:
    from genealogy.engine import Engine


def load(engine: Engine, rows: Rows) -> None:
    documents = {t: engine.ledger.documents.put_table(facts(t, of)) for t, of in rows.items() if of}
    engine.record("load", {"files": [], "facts": documents})


@pytest.mark.parametrize("few", [0, 8])
def test_levels_reach_what_the_arrays_reach(engine: Engine, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier, "FEW", few)
    monkeypatch.setattr(cypher_road, "FEW", few)
    rng = random.Random(5)
    makers = [Maker(rng, f"p{number}.", size=9) for number in range(20)]
    plants = [maker.make() for maker in makers]
    load(engine, {table: [row for plant in plants for row in plant[table]] for table in plants[0]})
    for maker in makers:
        everything = [*maker.items, *maker.units]
        for starts in (everything, everything[::2], [everything[0]]):
            first = engine.road.beyond(starts, engine.head)
            second = engine.snapshot.reach(starts, "forward", engine.head)
            assert (first.ids, first.depth, first.tier) == (second.ids, second.depth, second.tier)
            assert engine.road.reach(starts, "forward", engine.head) == second


def test_a_long_chain_is_followed_to_its_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier, "FEW", 0)
    length = 3 * frontier.LEVELS
    load(
        engine,
        {
            "consumption": [{"step_id": f"S{n}", "item_id": f"I{n}"} for n in range(length)],
            "production": [{"step_id": f"S{n}", "item_id": f"I{n + 1}"} for n in range(length)],
        },
    )
    found = engine.road.beyond(["I0"], 1)
    assert dict(zip(found.ids, found.depth, strict=True)) == {f"I{n}": n for n in range(1, length + 1)}
