"""Graph, arrays and oracle agree on plants made at random, from every item, both ways, as of every load."""

from __future__ import annotations

import random
from itertools import zip_longest
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

ROUNDS = {False: 2, True: 4}
"""Rounds asked of the graph as of the last load, in every run and in the long one; one as of each earlier load.

A round asks from one item of each plant at once. The plants share nothing, so every item is reached from its own plant's
start alone, and what is said of it is what that start says: a question of fifty plants proves as much as fifty questions
and costs little more than one. The arrays are asked in as many rounds as the largest plant has items, so from every item.
"""

ALONE = {False: 12, True: 25}
"""Plants of which one item is asked by itself, too, on both roads and as a scope: a single start is followed another way."""

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


def smaller(make_home: MakeHome, loads: list[Load], names: list[str]) -> str:
    """The least plant that either road gets wrong in a home of its own, if one does."""
    for plant in (of_plant(loads, name) for name in names):
        if on_a_home(make_home(), plant):
            least = smallest(plant, lambda fewer: on_a_home(make_home(), fewer) is not None)
            return f"A smaller plant: {on_a_home(make_home(), least)}\n{shown(least)}"
    return "No plant by itself shows it: the plants of this batch have to be loaded together."


@pytest.mark.parametrize(("store", "batch"), BATCHES, indirect=["store"])
def test_graph_arrays_and_oracle_agree(make_home: MakeHome, store: str, batch: int) -> None:
    rng = random.Random(f"{store} {batch}")
    names = [f"p{batch}.{number}:" for number in range(PLANTS)]
    plants_ = [random_plant(rng, rng.randint(2, 12), name, crowded=name == names[0]) for name in names]
    loads = without_columns(rng, merged(plants_))
    home = make_home()
    engine = home.open()
    sequences = loaded(home, loads)
    long = batch >= FIRST[store]
    oracle = Oracle(loads)
    for load, sequence in enumerate(sequences, start=1):
        last = load == len(loads)
        items = [[i for i in oracle.known(load).items if i.startswith(name)] for name in names]
        every = [[i for i in one_each if i is not None] for one_each in zip_longest(*items)]
        some = [[rng.choice(of_one) for of_one in items if of_one] for _ in range(ROUNDS[long] if last else 1)]
        # From many starts of one plant, and so that the frontier is wide wherever it goes.
        wide = [[i for of_one in items for i in of_one[::2]]] if last else []
        wide += [rng.sample(every_item, size) for every_item in [oracle.known(load).items] for size in (40, 150)]
        alone = [[rng.choice(of_one)] for of_one in rng.sample([i for i in items if i], ALONE[long])] if last else []
        arrays, graph = engine.snapshot, EngineRoad(engine.road)
        said = difference(arrays, oracle, [*every, *wide], load, sequence)
        said = said or difference(graph, oracle, some, load, sequence)
        # Backward the graph follows one start after the other, so that many at once are no other question than one.
        said = said or difference(graph, oracle, wide, load, sequence, directions=["forward"])
        for road in (arrays, graph):
            said = said or difference(road, oracle, alone, load, sequence, lists=False)
        for start in alone:
            said = said or scope_difference(engine.scope(start, sequence).answer, oracle, start, load)
        if said:
            pytest.fail(f"{said}\n\n{smaller(make_home, loads, names)}", pytrace=False)
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
