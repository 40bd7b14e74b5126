"""Graph, arrays and oracle agree on plants made at random, from every item, both ways, as of every load."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from agreement import EngineRoad, difference, scope_difference, shown, smallest
from conftest import Home, MakeHome
from facts import Facts, entry
from hypothesis import HealthCheck, given, settings
from oracle import Load, Oracle
from plants import merged, plants, random_plant, without_columns

from genealogy.snapshot import Snapshot

PLANTS = 50
"""Plants a home: their names begin differently, so that they share loads but no item."""

FIRST = {"ladybug": 10, "neo4j": 2}
"""Batches that every run makes: 500 plants on the embedded store, 100 on Neo4j."""

FOUND = {"ladybug": {231}, "neo4j": set[int]()}
"""Batches that once found something, and are made in every run since: 231, links that Ladybug leaves out before its checkpoint."""

LONG = {"ladybug": 400, "neo4j": 20}
"""Batches of the long run: 20,000 and 1,000 plants."""

ASKED = {False: 2, True: 8}
"""Starts asked of the graph for each plant as of the last load, in every run and in the long one.

The arrays are asked from every item (in every run as of the last load, from half of them as of earlier ones); the graph
from half of all items together as well.
"""

EARLIER = 1
"""Starts asked of the graph for each plant as of each earlier load."""

BATCHES = [
    pytest.param(
        store,
        batch,
        id=f"{store}-{batch}",
        marks=[pytest.mark.long] * (batch >= FIRST[store] and batch not in FOUND[store])
        + [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")] * (store == "neo4j"),
    )
    for store in FIRST
    for batch in range(LONG[store])
]


def of_plant(loads: list[Load], prefix: str) -> list[Load]:
    """What the loads say of the plant whose names begin so."""
    return [
        {
            table: [row for row in rows if any(cell.startswith(prefix) for cell in row.values())]
            for table, rows in load.items()
        }
        for load in loads
    ]


def loaded(home: Home, loads: list[Load]) -> list[int]:
    """Load them all into an open home; the entry as of which each is known."""
    (engine,) = home.engines
    return [home.load(engine, load)["sequence"] if any(load.values()) else engine.head for load in loads]


def on_arrays(loads: list[Load]) -> str | None:
    """What the arrays alone say otherwise than the oracle, from every item as of every load."""
    oracle = Oracle(loads)
    with TemporaryDirectory() as folder:
        arrays = Snapshot.build(Facts.of(*(entry(**facts) for facts in oracle.entries)), Path(folder))
        for load in range(1, len(loads) + 1):
            items = oracle.known(load).items
            said = difference(arrays, oracle, [*([i] for i in items), items[::2], items], load, load)
            if said:
                return said
    return None


def on_a_home(home: Home, loads: list[Load]) -> str | None:
    """What either road says otherwise than the oracle in a home of its own."""
    engine = home.open()
    try:
        sequences, oracle = loaded(home, loads), Oracle(loads)
        for load, sequence in enumerate(sequences, start=1):
            items = [[item] for item in oracle.known(load).items]
            for road in (EngineRoad(engine.road), engine.snapshot):
                if said := difference(road, oracle, items, load, sequence):
                    return f"{type(road).__name__}: {said}"
    finally:
        home.close()
    return None


@pytest.mark.parametrize(("store", "batch"), BATCHES, indirect=["store"])
def test_graph_arrays_and_oracle_agree(make_home: MakeHome, store: str, batch: int) -> None:
    rng = random.Random(f"{store} {batch}")
    names = [f"p{batch}.{number}:" for number in range(PLANTS)]
    plants_ = [random_plant(rng, rng.randint(2, 12), name, crowded=name == names[0]) for name in names]
    loads = without_columns(rng, merged(plants_))
    home = make_home()
    engine = home.open()
    sequences = loaded(home, loads)
    graph, arrays, long = EngineRoad(engine.road), engine.snapshot, batch >= FIRST[store]
    for name in names:
        plant = of_plant(loads, name)
        oracle = Oracle(plant)
        said = None
        for load, sequence in enumerate(sequences, start=1):
            items = oracle.known(load).items
            last = load == len(loads)
            asked = rng.sample(items, min(len(items), ASKED[long] if last else EARLIER))
            together = [items[::2]] if last else []
            every, some = [[item] for item in (items if last or long else items[::2])], [[item] for item in asked]
            said = said or difference(arrays, oracle, every, load, sequence, lists=False)
            said = said or difference(arrays, oracle, [*some, *together], load, sequence, lists=last)
            said = said or difference(graph, oracle, [*some[:2], *together], load, sequence)
            said = said or difference(graph, oracle, some[2:], load, sequence, lists=False)
            if last:
                scope = engine.scope(asked[-1:], sequence).answer
                said = said or scope_difference(scope, oracle, asked[-1:], load)
        if said:
            least = smallest(plant, lambda fewer: on_a_home(make_home(), fewer) is not None)
            pytest.fail(f"{said}\n\nA smaller plant: {on_a_home(make_home(), least)}\n{shown(least)}", pytrace=False)
    whole = Oracle(loads)
    for load, sequence in enumerate(sequences, start=1):
        # From many starts at once, so that the frontier is wide wherever it goes.
        wide = [rng.sample(items, size) for items in [whole.known(load).items] for size in (40, 150)]
        assert difference(arrays, whole, wide, load, sequence) is None
        assert difference(graph, whole, wide, load, sequence) is None
    verification = engine.verify()
    assert verification.ok, verification.problem


@pytest.mark.parametrize("seed", range(20))
def test_forward_and_backward_are_each_others_inverse(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    oracle = Oracle(random_plant(rng, 15, ""))
    arrays = Snapshot.build(Facts.of(*(entry(**facts) for facts in oracle.entries)), tmp_path)
    items, head = oracle.known().items, len(oracle.entries)
    forward = {(a, b) for a in items for b in arrays.reach([a], "forward", head).ids}
    backward = {(a, b) for b in items for a in arrays.reach([b], "backward", head).ids}
    assert forward == backward


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(loads=plants())
def test_arrays_and_oracle_agree_on_plants_that_shrink(loads: list[Load]) -> None:
    assert on_arrays(loads) is None, shown(loads)


@pytest.mark.long
@settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
@given(loads=plants(max_size=14))
def test_arrays_and_oracle_agree_on_many_plants_that_shrink(loads: list[Load]) -> None:
    assert on_arrays(loads) is None, shown(loads)
