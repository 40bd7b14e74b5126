"""The best path to an item is as strong and as short as the best of all paths, and every move of it is recorded."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from citing import known
from conftest import Home, MakeHome
from facts import Facts, entry
from oracle import Known, Load
from plants import merged, random_plant

from genealogy.answer import TIERS
from genealogy.snapshot import Snapshot
from genealogy.why import why, why_all
from queries.why import MOVES_INTO

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANTS = 520
TOGETHER = 20
"""So many plants stand in one snapshot, with names of their own."""
TOO_MANY = (-1, -1)
MOST_PATHS = 2_000
"""Plants in which two items are joined by more simple paths than this are passed over: counting them takes too long."""


def best_of_all(state: Known, start: str, item: str) -> tuple[int, int] | None:
    """Tier and moves of the best of all simple paths, by looking at every one."""
    source, target = ("item", start), ("item", item)
    if source not in state.graph or target not in state.graph:
        return None
    best = None
    paths: Iterator[list[Any]] = nx.all_simple_edge_paths(state.graph, source, target)
    for number, path in enumerate(paths):
        if number > MOST_PATHS:
            return TOO_MANY
        links = [state.graph.edges[edge] for edge in path]
        found = max(link["tier"] for link in links), sum(link["length"] for link in links) // 2
        best = found if best is None else min(best, found)
    return best


def check_moves(answer: dict[str, Any], state: Known) -> None:
    """Each move follows from the facts that it cites, and these are in force."""
    path = answer["path"]
    assert path[0]["from"] in answer["starts"]
    assert path[-1]["to"] == answer["item"]
    assert [move["depth"] for move in path] == list(range(1, len(path) + 1))
    assert all(one["to"] == other["from"] for one, other in pairwise(path))
    assert answer["tier"] == max((move["tier"] for move in path), key=TIERS.index), (
        "a path is as strong as its weakest link"
    )
    for move in path:
        cited: dict[str, list[dict[str, str]]] = {}
        for fact in move["facts"]:
            whole = dict.fromkeys(state.facts[fact["table"]][0]) | fact["cells"]
            assert whole in state.facts[fact["table"]], f"{fact} is in force"
            cited.setdefault(fact["table"], []).append(fact["cells"])
        if move["kind"] == "serialised":
            (unit,) = cited["units"]
            assert (state.item(unit["lot_id"]), state.item(unit["item_id"])) == (move["from"], move["to"])
            assert move["tier"] == "lot"
            continue
        (used,), (made,) = cited["consumption"], cited["production"]
        assert used["step_id"] == made["step_id"] == move["step"]["step_id"]
        assert state.item(made["item_id"]) == move["to"]
        if move["kind"] == "portion":
            (unit,) = cited["units"]
            assert state.item(unit["item_id"]) == move["from"]
            assert state.item(unit["lot_id"]) == state.item(used["item_id"])
            assert move["tier"] != "unit"
        else:
            assert state.item(used["item_id"]) == move["from"]
        link = state.graph.edges[("step", move["step"]["step_id"]), ("item", move["to"])]
        assert TIERS.index(move["tier"]) == max(link["tier"], move["kind"] == "portion")


@pytest.mark.parametrize("batch", range(PLANTS // TOGETHER))
def test_no_path_is_stronger_or_shorter(batch: int) -> None:
    rng = random.Random(f"why {batch}")
    names = [f"p{number}:" for number in range(TOGETHER)]
    oracle, snapshot, source, last = known(merged([random_plant(rng, rng.randint(2, 6), name) for name in names]))
    state, compared = oracle.known(), 0
    for name in names:
        items = [item for item in state.items if item.startswith(name)]
        start = rng.choice(items)
        reached = oracle.reach([start], "forward").items
        for item in rng.sample(sorted(reached), min(4, len(reached))):
            best = best_of_all(state, start, item)
            if best == TOO_MANY:
                continue
            answer = why(snapshot, source, item, [start], last)
            assert answer["in_scope"]
            assert (TIERS.index(answer["tier"]), answer["moves"]) == best
            check_moves(answer, state)
            compared += 1
        item = rng.choice(items)
        if item not in reached and item != start:
            answer = why(snapshot, source, item, [start], last)
            assert not answer["in_scope"]
            assert answer["path"] == []
            assert answer["reasons"]
            assert best_of_all(state, start, item) is None
    assert compared > 0


@pytest.mark.parametrize("seed", range(20))
def test_the_tree_of_a_scope_holds_the_best_path_of_every_item(seed: int) -> None:
    rng = random.Random(f"tree {seed}")
    oracle, snapshot, source, last = known(random_plant(rng, rng.randint(4, 14), ""))
    items = oracle.known().items
    starts = rng.sample(items, min(rng.randint(1, 3), len(items)))
    tree, codes = why_all(snapshot, starts, last), snapshot.moment(last).codes
    reached = oracle.reach(starts, "forward").items
    names = [str(name) for name in codes.strings(tree.items)]
    assert sorted(names) == sorted(reached)
    assert dict(zip(names, tree.tier.tolist(), strict=True)) == {item: tier for item, (_, tier) in reached.items()}
    before = dict(zip(names, (str(name) for name in codes.strings(tree.parent)), strict=True))
    for name, depth in zip(names, tree.depth.tolist(), strict=True):
        answer = why(snapshot, source, name, starts, last)
        assert answer["moves"] == depth
        assert answer["path"][-1]["from"] == before[name]
        check_moves(answer, oracle.known())
        seen = []
        while name not in starts:
            assert name not in seen, "following the moves ends at a start"
            seen.append(name)
            assert oracle.reach(starts, "forward").items[name][1] <= reached[seen[0]][1], "over links as strong"
            name = before[name]  # noqa: PLW2901


def rows(**tables: list[dict[str, str | None]]) -> Load:
    return {table: [{k: v or "" for k, v in row.items()} for row in given] for table, given in tables.items()}


def step(name: str, into: list[str], out: list[str], grain: str = "") -> dict[str, list[dict[str, str | None]]]:
    return {
        "steps": [{"step_id": name, "operation": "op", "grain": grain}],
        "consumption": [{"step_id": name, "item_id": item} for item in into],
        "production": [{"step_id": name, "item_id": item} for item in out],
    }


def plant(*steps: dict[str, list[dict[str, str | None]]], **tables: list[dict[str, str | None]]) -> Load:
    whole: dict[str, list[dict[str, str | None]]] = {name: list(given) for name, given in tables.items()}
    for one in steps:
        for table, given in one.items():
            whole.setdefault(table, []).extend(given)
    return rows(**whole)


def test_a_long_strong_path_is_better_than_a_short_weak_one() -> None:
    load = plant(
        step("S1", ["A"], ["Z"], "order"),
        step("S2", ["A"], ["B"], "unit"),
        step("S3", ["B"], ["C"], "unit"),
        step("S4", ["C"], ["Z"], "unit"),
    )
    _, snapshot, source, last = known([load])
    answer = why(snapshot, source, "Z", ["A"], last)
    assert (answer["tier"], answer["moves"]) == ("unit", 3)
    assert [move["to"] for move in answer["path"]] == ["B", "C", "Z"]


def test_of_equal_paths_the_one_recorded_first_is_shown() -> None:
    loads = [plant(step("S9", ["A"], ["Z"])), plant(step("S1", ["A"], ["Z"]))]
    _, snapshot, source, last = known(loads)
    (move,) = why(snapshot, source, "Z", ["A"], last)["path"]
    assert (move["step"]["step_id"], move["facts"][0]["entry"]) == ("S9", 1)


def test_a_unit_used_under_the_name_of_its_lot() -> None:
    load = plant(step("S1", ["L"], ["Z"]), units=[{"item_id": "U", "lot_id": "L", "serial": "1"}])
    _, snapshot, source, last = known([load])
    (move,) = why(snapshot, source, "Z", ["U"], last)["path"]
    assert (move["kind"], move["how"], move["tier"]) == (
        "portion",
        "used as a lot: any of its units may be in it",
        "lot",
    )
    assert [fact["table"] for fact in move["facts"]] == ["consumption", "units", "production", "steps"]
    (move,) = why(snapshot, source, "U", ["L"], last)["path"]
    assert (move["kind"], move["step"]) == ("serialised", None)


def test_a_code_of_another_system_is_cited_with_what_it_means() -> None:
    alias: dict[str, str | None] = {"system": "erp", "kind": "item", "code": "4711", "means": "A"}
    _, snapshot, source, last = known([plant(step("S1", ["4711"], ["Z"]), aliases=[alias])])
    (move,) = why(snapshot, source, "Z", ["A"], last)["path"]
    assert [fact["table"] for fact in move["facts"]] == ["consumption", "aliases", "production", "steps"]


def test_a_start_is_in_its_own_scope() -> None:
    _, snapshot, source, last = known([plant(step("S1", ["A"], ["Z"]))])
    answer = why(snapshot, source, "A", ["A"], last)
    assert (answer["in_scope"], answer["tier"], answer["path"]) == (True, None, [])


def test_a_path_of_a_thousand_moves() -> None:
    load = plant(*(step(f"S{i:04}", [f"I{i:04}"], [f"I{i + 1:04}"]) for i in range(1000)))
    _, snapshot, source, last = known([load])
    assert why(snapshot, source, "I1000", ["I0000"], last)["moves"] == 1000


def test_the_same_whether_the_arrays_were_built_at_once_or_entry_by_entry() -> None:
    rng = random.Random("entries")
    for _ in range(4):
        oracle, snapshot, source, last = known(random_plant(rng, 8, ""))
        grown = Snapshot.of(Facts.of(entry(**oracle.entries[0])))
        grown = grown.extended(Facts.of(*(entry(**one) for one in oracle.entries)))
        if grown.sequence < last:
            continue
        items = oracle.known().items
        for start in items[::6]:
            for item in items:
                assert why(grown, source, item, [start], last) == why(snapshot, source, item, [start], last)


def test_graph_and_arrays_have_the_same_paths(home: Home) -> None:
    rng = random.Random("both")
    engine = home.open()
    loads = random_plant(rng, 16, "")
    for load in loads:
        home.load(engine, load)
    oracle = known(loads)[0]
    items, road = oracle.known().items, engine.road
    for start in rng.sample(items, 6):
        distance = [road.moves(start, "forward", engine.head, tier) for tier in range(3)]
        reached = oracle.reach([start], "forward").items
        for item in rng.sample(sorted(reached), min(4, len(reached))):
            answer = engine.why(item, [start]).answer
            assert answer["second_road"] == "agrees", answer["differences"]
            tier = next(tier for tier in range(3) if item in distance[tier])
            assert (TIERS.index(answer["tier"]), answer["moves"]) == (tier, distance[tier][item])
            # The graph's own path: back from the item to ever nearer ones.
            at, moves, weakest = item, 0, 0
            while at != start:
                found = engine.store.read(MOVES_INTO, id=at, as_of=engine.head, tier=tier)
                left = distance[tier][at] - 1
                at, weakest = min(
                    (name, max(weakest, link))
                    for name, link in zip(found["id"], found["tier"], strict=True)
                    if (0 if name == start else distance[tier].get(name)) == left
                )
                moves += 1
            assert (moves, weakest) == (answer["moves"], tier)
        for item in rng.sample(items, 2):
            assert engine.why(item, [start]).answer["second_road"] == "agrees"


def test_a_graph_that_lacks_a_link_is_told(home: Home) -> None:
    engine = home.open()
    home.load(engine, plant(step("S1", ["A"], ["B"]), step("S2", ["B"], ["Z"])))
    assert engine.why("Z", ["A"]).complete
    _forget_links(engine)
    answer = engine.why("Z", ["A"]).answer
    assert answer["in_scope"]
    assert (answer["complete"], answer["second_road"]) == (False, "differs")
    assert "in the graph" in answer["differences"][0]


def _forget_links(engine: Any) -> None:
    """Take the production links out of the graph, behind the program's back."""
    text = "MATCH (:Step)-[p:PRODUCED]->(:Item) DELETE p"
    if engine.store.dialect == "neo4j":
        with engine.store._driver.session() as session:
            session.run(text).consume()
    else:
        engine.store._connection.execute(text)


def test_the_answer_is_the_same_after_a_rebuild(make_home: MakeHome) -> None:
    home = make_home()
    engine = home.open()
    for load in random_plant(random.Random("again"), 12, ""):
        home.load(engine, load)
    items = known(random_plant(random.Random("again"), 12, ""))[0].known().items
    before = [engine.why(item, items[:1]).digest for item in items]
    engine.rebuild()
    assert [engine.why(item, items[:1]).digest for item in items] == before
