"""Whatever the graph says otherwise than the facts makes an answer incomplete, and nothing of either road is lost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from plants import merged, random_plant
from test_conformance_random import loaded
from test_genealogy_verify import tamper

from genealogy import answer, both_roads, sentences
from genealogy.stores import neo4j
from viz.table import foot_text

if TYPE_CHECKING:
    from conftest import Home, MakeHome

    from genealogy.engine import Engine

PLANT = {
    "lots": [
        {"item_id": "A", "material_id": "M", "lot_number": "1"},
        {"item_id": "B", "material_id": "P", "lot_number": "2"},
    ],
    "consumption": [{"step_id": "S", "item_id": "A"}, {"step_id": "S2", "item_id": "A"}],
    "production": [{"step_id": "S", "item_id": "B"}, {"step_id": "S2", "item_id": "C"}],
    "shipments": [{"shipment_id": "SH", "item_id": "B", "consignee_id": "K", "shipped_at": "2026-05-01T12:00:00Z"}],
}


@pytest.fixture
def plant(engine: Engine, home: Home) -> Engine:
    home.load(engine, PLANT)
    assert engine.scope(["A"]).complete
    assert engine.scope(["A"]).asked["compared"] == ["reach", "descriptions", "shipments"]
    assert engine.trace(["A"], "forward").asked["compared"] == ["reach", "descriptions"]
    return engine


def test_an_item_that_one_road_lacks_is_in_the_answer(plant: Engine) -> None:
    tamper(plant, "MATCH (:Step {id: 'S2'})-[l:PRODUCED]->() DELETE l")
    found = plant.scope(["A"]).answer
    assert not found["complete"]
    assert [row["id"] for row in found["items"]] == ["B", "C"]
    assert found["differences"] == ["1 items are reached by the arrays only: C"]
    assert found["unresolved"] == ["C"]
    assert "INCOMPLETE" in found["summary"][2]


def test_where_a_scope_is_now_is_asked_of_both_roads(engine: Engine, home: Home) -> None:
    more = {
        "consumption": [*PLANT["consumption"], {"step_id": "S3", "item_id": "A"}],
        "production": [*PLANT["production"], {"step_id": "S3", "item_id": "D"}],
    }
    home.load(engine, {**PLANT, **more})
    home.load(engine, {"production": [{"step_id": "S3", "item_id": "D", "void": "yes"}]})
    whole = engine.where_scope(["A"])
    assert whole.answer["second_road"] == "agrees"
    assert [row["id"] for row in whole.answer["items"]] == ["A", "B", "C"]
    assert whole.answer["items"] == engine.where(["A", "B", "C"]).answer["items"]
    tamper(engine, "MATCH (:Step {id: 'S2'})-[l:PRODUCED]->() DELETE l")
    tamper(engine, "MATCH (:Step {id: 'S3'})-[l:PRODUCED]->() SET l.known_until = 4611686018427387904")
    found = engine.where_scope(["A"]).answer
    assert [row["id"] for row in found["items"]] == ["A", "B", "C", "D"], "nothing of either road is lost"
    assert (found["complete"], found["second_road"]) == (False, "differs")
    assert found["differences"][:2] == [
        "1 items are reached by the graph only: D",
        "1 items are reached by the arrays only: C",
    ]


def test_the_balance_of_a_trace_is_not_complete_where_the_roads_reach_other_items(plant: Engine) -> None:
    assert plant.trace_balance(["A"]).answer["second_road"] == "agrees"
    assert plant.trace_balance(["A"]).asked["compared"] == ["reach", "records"]
    tamper(plant, "MATCH (:Step {id: 'S2'})-[l:PRODUCED]->() DELETE l")
    found = plant.trace_balance(["A"]).answer
    assert (found["complete"], found["second_road"]) == (False, "differs")
    assert found["differences"][0] == "1 items are reached by the arrays only: C"


def test_an_item_that_is_described_otherwise_is_named(plant: Engine) -> None:
    tamper(plant, "MATCH (v:LotRecord {item_id: 'B'}) SET v.lot_number = 'x'")
    (said,) = plant.trace(["A"], "forward").answer["differences"]
    assert said.startswith("1 items are described differently: B ")
    assert plant.trace(["A"], "forward", thorough=False).complete


def test_a_shipment_that_one_road_says_otherwise_names_both_consignees(plant: Engine) -> None:
    tamper(plant, "MATCH (s:ShipmentRecord {shipment_id: 'SH'}) SET s.consignee_id = 'X'")
    found = plant.scope(["A"]).answer
    assert found["differences"] == ["1 shipment lines differ: [('SH', 'B')]"]
    assert [row["party_id"] for row in found["consignees"]] == ["K", "X"]


def test_what_was_not_compared_is_said(plant: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, few = plant.scope(["A"]), plant.scope(["A"], thorough=False)
    assert whole.digest == few.digest
    assert "second road agrees;" in foot_text(whole.flat())
    assert "not compared" in foot_text(few.flat())
    assert "over every accepted record" in whole.answer["summary"][2]
    for module in (both_roads, sentences):
        assert module.THOROUGH == answer.THOROUGH
        monkeypatch.setattr(module, "THOROUGH", 2)
    many = plant.scope(["A"])
    assert many.asked["compared"] == ["reach"]
    assert "on every item reached" in many.answer["summary"][2]


def test_both_roads_say_the_same_of_what_was_made(engine: Engine, home: Home) -> None:
    """Of many lots the arrays are believed, of few the graph: they must say the same."""
    rng = random.Random("produced")
    plants = [random_plant(rng, rng.randint(3, 12), f"p{number}:") for number in range(20)]
    sequences = loaded(home, merged(plants))
    for sequence in sequences:
        codes = engine.snapshot.moment(sequence).codes.array.to_pylist()
        known = engine.snapshot.describe(codes, sequence)
        lots = [code for code, of in zip(codes, known, strict=True) if of.kind == "lot"]
        assert len(lots) > 50
        together = engine.road.produced(lots, sequence)
        assert together == engine.snapshot.produced(lots, sequence)
        assert together == [engine.road.produced([lot], sequence)[0] for lot in lots]
        assert any(len(amounts) > 1 for amounts in together)


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
@pytest.mark.parametrize("store", ["neo4j"], indirect=True)
def test_a_recursion_that_takes_long_is_planned_anew(
    make_home: MakeHome, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that the server kept from another graph once followed every path, for minutes, until it was stopped."""
    rows, slow = neo4j._rows, 0

    def as_by_a_bad_plan(text: str, params: dict[str, Any], **limits: Any) -> Any:
        nonlocal slow
        if neo4j.RECURSION in text and not text.startswith("CYPHER replan=force "):
            slow += 1
            text = "UNWIND range(1, 10000000000) AS x RETURN [toString(sum(x))], [1]"
        return rows(text, params, **limits)

    monkeypatch.setattr(neo4j, "_PATIENCE_WITH_PLAN_S", 1)
    monkeypatch.setattr(neo4j, "_rows", as_by_a_bad_plan)
    home = make_home()
    engine = home.open()
    home.load(engine, PLANT)
    found = engine.trace(["A"], "forward")
    assert found.complete
    assert [row["id"] for row in found.answer["items"]] == ["B", "C"]
    assert slow
