"""However a scope is folded, unfolded or filtered, its counts stay those of the scope, and its links those of the records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from citing import known
from cli import write as write_tables
from conftest import Home
from oracle import Load, Oracle
from plants import random_plant

from benchmarks.page_plants import write
from genealogy.engine import Engine
from genealogy.errors import InputError
from genealogy.graph import STAGES, View, picture
from genealogy.graph.columns import Columns, columns
from genealogy.graph.folds import FAN, FOLDINGS, MOST, Folds, way
from genealogy.graph.node import node
from loaders import load

SEEDS = 150


def plant(seed: int) -> tuple[Oracle, Columns, list[str], Any]:
    rng = random.Random(seed)
    loads: list[Load] = random_plant(rng, 8, "", crowded=seed % 50 == 0)
    oracle, snapshot, source, last = known(loads)
    items = sorted(oracle.known(None).items) or ["nothing"]
    starts = sorted(rng.sample(items, min(len(items), rng.choice((1, 1, 2)))))
    return oracle, columns(snapshot.moment(last), starts), starts, source


def counted(oracle: Oracle, items: list[str]) -> dict[str, int]:
    """Items, finished units and finished lots, as the oracle describes them."""
    described = [oracle.describe(item) for item in items]
    finished = Counter(each["kind"] for each in described if each["stage"] == "finished")
    return {"items": len(items), "finished_units": finished["unit"], "finished_lots": finished["lot"]}


def added(drawn: dict[str, Any]) -> dict[str, int]:
    """What the nodes of a picture add up to."""
    return {name: sum(each[name] for each in drawn["nodes"]) for name in ("items", "finished_units", "finished_lots")}


@pytest.mark.parametrize("batch", range(3))
def test_counts_over_folds_are_the_counts_of_the_scope(batch: int) -> None:
    unfolded = filtered = 0
    for seed in range(batch, SEEDS, 3):
        oracle, found, starts, _ = plant(seed)
        rng = random.Random(seed)
        reached = oracle.reach(starts, "forward").items
        expected = counted(oracle, [*starts, *reached])
        for folding in FOLDINGS:
            folds = Folds(found, folding)
            view = View(folding)
            for _ in range(5):
                drawn = picture(folds, view)
                assert added(drawn) == drawn["totals"] == drawn["shown"] == expected, (seed, view)
                opens = [each["way"] for each in drawn["nodes"] if each["unfolds"]]
                if opens:
                    view = View(folding, opened=(*view.opened, rng.choice(opens)))
                    unfolded += 1
            closed = [each["within"] for each in drawn["nodes"] if each["within"]]
            if closed:
                assert added(picture(folds, View(folding, view.opened, (rng.choice(closed),)))) == expected, seed
            tier = rng.choice(("unit", "lot", "order"))
            drawn = picture(folds, View(folding, tiers=(tier,)))
            kept = [item for item, (_, of) in reached.items() if ("unit", "lot", "order")[of] == tier]
            assert added(drawn) == drawn["shown"] == counted(oracle, [*starts, *kept]), (seed, tier)
            stage = rng.choice(STAGES)
            kept = [item for item in reached if (oracle.describe(item)["stage"] or "unknown") == stage]
            drawn = picture(folds, View(folding, stages=(stage,)))
            assert added(drawn) == counted(oracle, [*starts, *kept]), (seed, stage)
            for name, count in drawn["left_out"].items():
                assert count + drawn["shown"][name] == expected[name]
            filtered += len(kept) < len(reached)
    assert unfolded > 75
    assert filtered > 40


def test_links_count_the_records_that_join_what_is_shown() -> None:
    seen = 0
    for seed in range(SEEDS):
        oracle, found, starts, _ = plant(seed)
        facts = oracle.known(None)
        affected = {*starts, *oracle.reach(starts, "forward").items}
        used = [(facts.item(str(f["item_id"])), f["step_id"]) for f in facts.facts["consumption"]]
        made = [(f["step_id"], facts.item(str(f["item_id"]))) for f in facts.facts["production"]]
        lots = {
            facts.item(str(r["item_id"])): facts.item(str(r["lot_id"])) for r in facts.facts["units"] if r["lot_id"]
        }
        inputs = {step for item, step in used if item in affected}
        # One unit stands for a lot that is not affected itself; that it was used as a lot counts for the step as well.
        portions = {lots[unit] for unit in affected if unit in lots} - affected
        inputs |= {step for item, step in used if item in portions}
        between = inputs & {step for step, item in made if item in affected}
        drawn = picture(Folds(found, "product"), View())
        kind = [each["kind"] for each in drawn["nodes"]]
        into = sum(each["records"] for each in drawn["links"] if kind[each["to"]] == "step")
        out = sum(each["records"] for each in drawn["links"] if kind[each["from"]] == "step")
        assert into == sum(step in between and (item in affected or item in portions) for item, step in used), seed
        assert out == sum(step in between and item in affected for step, item in made), seed
        assert sum(each["members"] for each in drawn["nodes"] if each["kind"] == "step") == len(between)
        customers = {party for party, _ in oracle.consignees(starts)}
        assert sum(each["members"] for each in drawn["nodes"] if each["kind"] == "customer") == len(customers), seed
        seen += len(between)
    assert seen > 120


def test_a_node_tells_its_facts_with_file_and_row() -> None:
    told = 0
    for seed in range(0, SEEDS, 8):
        oracle, found, _, source = plant(seed)
        facts = oracle.known(None)
        folds = Folds(found, "lot")
        for each in picture(folds, View("lot"))["nodes"]:
            behind = node(folds, folds.fold(way(each["way"])), source)
            assert behind["count"] == each["members"]
            assert {member["id"] for member in behind["members"]} <= {found.label(p) for p in range(len(found))}
            if each["item"] is None or each["kind"] == "step":
                continue
            own = [f for t in ("lots", "units") for f in behind["facts"] if f["table"] == t]
            assert all(facts.item(f["cells"]["item_id"]) == each["item"] for f in own)
            assert len(own) == sum(
                facts.item(str(f["item_id"])) == each["item"] for t in ("lots", "units") for f in facts.facts[t]
            )
            assert all(f["row"] > 0 and f["file"] for f in own)
            told += len(own)
    assert told > 25


@pytest.fixture(scope="module")
def home_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Homes in which one lot is in so many units, each made once."""
    folder = tmp_path_factory.mktemp("scopes")

    def make(units: int) -> Path:
        home = folder / f"home-{units}"
        if not home.exists():
            with Engine.open(home) as engine:
                load(engine, [write(folder / f"plant-{units}", units)])
        return home

    return make


@pytest.mark.parametrize("units", [100, 10_000, 100_000])
def test_a_large_scope_is_at_most_500_nodes_and_loses_nothing(units: int, home_of: Callable[[int], Path]) -> None:
    with Engine.open(home_of(units)) as engine:
        scope = engine.scope(["RM-1"]).answer
        expected = {
            "items": len(scope["items"]) + 1,
            "finished_units": scope["finished_units"],
            "finished_lots": scope["finished_lots"],
        }
        assert expected["finished_units"] == units
        rng = random.Random(units)
        for folding in FOLDINGS:
            view = View(folding)
            for _ in range(14):
                answer = engine.graph(["RM-1"], view=view)
                drawn = answer.answer
                assert added(drawn) == drawn["totals"] == expected
                assert len(drawn["nodes"]) <= MOST
                assert drawn["complete"]
                assert (
                    drawn["folded"]["items"] + sum(n["members"] == 1 and n["items"] for n in drawn["nodes"])
                    == expected["items"]
                )
                opens = [each["way"] for each in drawn["nodes"] if each["unfolds"]]
                if not opens:
                    break
                view = View(folding, opened=(*view.opened, rng.choice(opens)))
            assert engine.graph(["RM-1"], view=view).digest == answer.digest or view.opened
        until = engine.graph(["RM-1"], view=View(until="2026-01-02")).answer
        assert until["shown"]["finished_units"] == 0
        assert until["left_out"]["finished_units"] == units
        # Down to a single unit, by unfolding alone, and what was unfolded first is folded again when there is no room.
        ways: tuple[str, ...] = ()
        for _ in range(12):
            drawn = engine.graph(["RM-1"], view=View(opened=ways)).answer
            inside = [
                n
                for n in drawn["nodes"]
                if n["kind"] == "units" and n["unfolds"] and (not ways or n["way"].startswith(ways[-1]))
            ]
            if not inside:
                break
            ways = (*ways, inside[0]["way"])
        assert any(n["kind"] == "units" and n["members"] == 1 for n in drawn["nodes"])
        assert all(len(n["way"].split(".")) < 12 for n in drawn["nodes"])


def test_what_does_not_fit_is_folded_again_and_said(home_of: Callable[[int], Path]) -> None:
    with Engine.open(home_of(100_000)) as engine:
        opened: list[str] = []
        for product in range(5):
            opened.append(f"3.{product}")
            opened += [f"3.{product}.{n}" for n in range(5)]
        drawn = engine.graph(["RM-1"], view=View(opened=tuple(opened))).answer
        assert len(drawn["nodes"]) <= MOST
        assert drawn["folded_again"] == opened[: len(drawn["folded_again"])]
        assert drawn["folded_again"]
        assert added(drawn)["finished_units"] == 100_000
        assert FAN * 5 < MOST


def test_words_that_name_nothing_are_refused() -> None:
    _, found, starts, _ = plant(3)
    assert starts
    for view in (
        View("colour"),
        View(tiers=("best",)),
        View(stages=("raw",)),
        View(until="soon"),
        View(until="2026-99-99"),
    ):
        with pytest.raises(InputError):
            view.checked()
    for text in ("", "a", "1..2", "-1", "1.2;DROP", "9" * 9, "1" + ".1" * 50):
        with pytest.raises(InputError):
            way(text)
    with pytest.raises(InputError):
        Folds(found, "product").fold((6, 999))


def test_a_graph_that_lacks_a_link_makes_the_picture_incomplete(home: Home, tmp_path: Path) -> None:
    engine = home.open()
    steps = (("S1", "A", "B"), ("S2", "B", "Z"))
    tables = {
        "steps": [{"step_id": name, "operation": "op"} for name, _, _ in steps],
        "consumption": [{"step_id": name, "item_id": item} for name, item, _ in steps],
        "production": [{"step_id": name, "item_id": item} for name, _, item in steps],
    }
    load(engine, [write_tables(tmp_path / "plant", tables)])
    assert engine.graph(["A"]).complete
    # Behind the program's back, as a damaged store would lack them.
    text = "MATCH (:Step)-[p:PRODUCED]->(:Item) DELETE p"
    if engine.store.dialect == "neo4j":
        with engine.store._driver.session() as session:  # type: ignore[attr-defined]
            session.run(text).consume()
    else:
        engine.store._connection.execute(text)  # type: ignore[attr-defined]
    other = engine.graph(["B"]).answer
    assert (other["complete"], other["second_road"]) == (False, "differs")
    assert "reached by the arrays only: Z" in other["differences"][0]
    assert other["totals"]["items"] == 2
