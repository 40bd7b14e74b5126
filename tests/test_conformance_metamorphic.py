"""What may change an answer and what may not: unrelated facts, other orders, a link more, a link less."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from agreement import DIRECTIONS, shown
from conftest import Home, MakeHome
from oracle import Load, Oracle, Row
from plants import MISTAKEN, complete, merged, plant_key, random_plant

if TYPE_CHECKING:
    from genealogy.engine import Engine

SEEDS = [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))]

Said = dict[tuple[str, str], dict[str, Any]]


def told_once(seed: int, prefix: str, size: int = 10) -> Load:
    """A plant told in one load, no row of which is bad: a quarantined row is unsure ground for every answer."""
    rng = random.Random(seed)
    while True:
        loads = random_plant(rng, size, prefix)
        if len(loads) == 1 and not any(
            row.get("item_id", "").endswith(MISTAKEN) for rows in loads[0].values() for row in rows
        ):
            return loads[0]


def answers(engine: Engine, items: list[str], as_of: int | None = None) -> Said:
    """Traces both ways and the scope of every item, without the moment as of which they were asked."""
    said: Said = {}
    for item in items:
        for direction in DIRECTIONS:
            said[item, direction] = engine.trace([item], direction, as_of).answer
        said[item, "scope"] = engine.scope([item], as_of).answer
    return {asked: {name: part for name, part in answer.items() if name != "as_of"} for asked, answer in said.items()}


def changed(said: Said, before: Said) -> dict[Any, Any]:
    """Which parts of which answers are not what they were: before and now."""
    return {
        (asked, part): (answer[part], said[asked][part])
        for asked, answer in before.items()
        for part in answer
        if said[asked][part] != answer[part]
    }


def in_order(make_home: MakeHome, loads: list[Load], items: list[str], rng: random.Random | None) -> tuple[str, Any]:
    home = make_home()
    engine = home.open()
    for load in loads:
        home.load(engine, load, rng=rng)
    found = engine.content_digest(), answers(engine, items)
    home.close()
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unrelated_plant_changes_nothing(make_home: MakeHome, seed: int) -> None:
    ours, others = told_once(seed, "a:"), told_once(seed + 100, "b:", 25)
    items = random.Random(seed).sample(sorted(Oracle([ours]).known().items), 6)
    home = make_home()
    engine = home.open()
    home.load(engine, ours)
    alone = answers(engine, items)
    home.load(engine, others)
    assert not changed(answers(engine, items), alone), "after the other plant was loaded"
    _, first = in_order(make_home, [others, ours], items, None)
    assert not changed(first, alone), "after the other plant came first"
    _, together = in_order(make_home, merged([[others], [ours]]), items, None)
    assert not changed(together, alone), "in one load with the other plant"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_columns_files_and_loads_changes_nothing(make_home: MakeHome, seed: int) -> None:
    plant = told_once(seed + 20, "")
    rng = random.Random(seed)
    items = rng.sample(sorted(Oracle([plant]).known().items), 6)
    content, said = in_order(make_home, [plant], items, None)
    for _ in range(2):
        digest, otherwise = in_order(make_home, parted(rng, plant), items, rng)
        assert not changed(otherwise, said)
        assert digest == content


def parted(rng: random.Random, plant: Load) -> list[Load]:
    """The same rows in one to four loads in any order; what shares a key stays together."""
    parts: list[Load] = [{} for _ in range(rng.randint(1, 4))]
    homes: dict[object, Load] = {}
    for table, rows in plant.items():
        for row in rows:
            # Two meanings of one code are a conflict within a load, whichever system says so.
            key = (table, row["kind"], row["code"]) if table == "aliases" else plant_key(table, row)
            part = homes.setdefault(key, rng.choice(parts))
            part.setdefault(table, []).append(row)
    rng.shuffle(parts)
    return [complete(part) for part in parts if part]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_link_less_only_shrinks_and_a_link_more_only_grows(home: Home, seed: int) -> None:
    rng = random.Random(seed)
    plant = told_once(seed + 40, "", 14)
    items = sorted(Oracle([plant]).known().items)
    engine = home.open()
    home.load(engine, plant)
    before = reached(engine, items, rng)
    linking = [(table, row) for table in ("consumption", "production", "units") for row in plant.get(table, [])]
    for table, row in rng.sample(linking, 4):
        key = {name: row.get(name, "") for name in ("step_id", "item_id", "at", "line_no") if name in row}
        gone = key | {"serial": "", "void": "yes"} if table == "units" else key | {"void": "yes"}
        home.load(engine, complete({table: [gone]}))
        after = reached(engine, items, rng)
        grown = {
            asked: after[asked] - before[asked]
            for asked in after.keys() & before.keys()
            if after[asked] - before[asked]
        }
        assert not grown, f"without {table} {row}: {grown}\n{shown([plant])}"
        before = after
    for number in range(4):
        table = rng.choice(("consumption", "production"))
        steps = [row["step_id"] for row in plant.get("consumption", []) + plant.get("production", [])]
        link: Row = {"step_id": rng.choice(steps), "item_id": rng.choice(items), "at": "", "line_no": f"new{number}"}
        home.load(engine, {table: [link]})
        after = reached(engine, items, rng)
        gone_ = {
            asked: before[asked] - after[asked]
            for asked in after.keys() & before.keys()
            if before[asked] - after[asked]
        }
        assert not gone_, f"with {table} {link}: {gone_}\n{shown([plant])}"
        before = after


def reached(engine: Engine, items: list[str], rng: random.Random) -> dict[tuple[str, str, str], set[str]]:
    """What is reached: on the arrays from every item, on the graph from some."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for direction in DIRECTIONS:
        for item in items:
            found["arrays", item, direction] = set(engine.snapshot.reach([item], direction, engine.head).ids)
        for item in rng.sample(items, min(len(items), 6)):
            found["graph", item, direction] = set(engine.road.reach([item], direction, engine.head).ids)
    return found


def test_loading_the_same_again_changes_nothing(home: Home) -> None:
    plant = told_once(60, "")
    items = sorted(Oracle([plant]).known().items)[:6]
    engine = home.open()
    first = home.load(engine, plant)
    content, history, said = engine.content_digest(), engine.history_digest(), answers(engine, items)
    again = home.load(engine, plant, rng=random.Random(1))
    for one, other in zip(first["files"], again["files"], strict=True):
        assert other["accepted"] == 0
        assert other["unchanged"] == one["accepted"] + one["unchanged"]
        assert other["quarantined"] == one["quarantined"]
    assert engine.content_digest() == content
    assert engine.history_digest() == history
    assert answers(engine, items) == said
