"""Graph, flow and time line of scopes that start from steps: what is drawn is the scope, on random plants and on both stores."""

from __future__ import annotations

import random
from typing import Any

import pytest
from facts import Facts, entry
from test_genealogy_graph import added
from test_genealogy_starts import load, merged, questions, start
from test_genealogy_verify import tamper
from workings import Maker, filled
from workings_read import Reading, scope

from genealogy.engine import Engine
from genealogy.graph import View, picture
from genealogy.graph.columns import SELECTED, columns
from genealogy.graph.folds import FOLDINGS, Folds
from genealogy.snapshot import Snapshot
from genealogy.starts import Start

PLANTS = 240


@pytest.mark.parametrize("batch", range(4))
def test_what_is_drawn_is_what_the_rows_say(batch: int) -> None:
    some = beside = 0
    for seed in range(batch, PLANTS, 4):
        rng = random.Random(seed)
        maker = Maker(rng)
        rows = maker.make()
        reading = Reading(rows)
        moment = Snapshot.of(Facts.of(entry(**filled(rows)))).moment(1)
        keys = {key for asked in rng.sample(questions(rng, maker), 3) for key in reading.select(asked)}
        items, steps = ({name for sort, name in keys if sort == wanted} for wanted in ("item", "step"))
        expected = scope(reading.known, items, steps)
        found = columns(moment, sorted(items), sorted(steps))
        affected = range(len(items), int(found.items.sum()))
        got = {found.label(place): (int(found.depth[place]), int(found.tier[place])) for place in affected}
        assert got == expected, seed
        selected = {found.label(place): place for place in range(len(found)) if found.kind[place] == SELECTED}
        assert selected.keys() == steps, seed
        assert all(found.depth[place] == 0 for place in selected.values())
        made = {
            (found.label(one), found.label(other))
            for one, other in zip(found.source.tolist(), found.target.tolist(), strict=True)
            if found.kind[one] == SELECTED
        }
        recorded = {
            (row["step_id"], reading.known.item(str(row["item_id"])))
            for row in rows["production"]
            if row["step_id"] in steps
        }
        assert made == recorded, seed
        for folding in FOLDINGS:
            drawn = picture(Folds(found, folding), View(folding))
            assert added(drawn) == drawn["totals"], seed
            assert drawn["totals"]["items"] == len(items) + len(expected)
            assert sum(node["members"] for node in drawn["nodes"] if node["kind"] == "selected") == len(steps)
            tier = rng.choice(("unit", "lot", "order"))
            narrowed = picture(Folds(found, folding), View(folding, tiers=(tier,)))
            kept = [item for item, (_, of) in expected.items() if ("unit", "lot", "order")[of] == tier]
            assert narrowed["shown"]["items"] == len(items) + len(kept)
            assert sum(node["members"] for node in narrowed["nodes"] if node["kind"] == "selected") == len(steps)
        some += bool(steps)
        beside += bool(steps and items)
    assert some > 30
    assert beside > 8


def compared(engine: Engine, starts: list[str], also: list[Start], rng: random.Random) -> dict[str, Any]:
    """The views of a scope held against the scope itself."""
    answer = engine.scope(starts, also=also).answer
    drawn = engine.graph(starts, also=also).answer
    assert drawn["complete"]
    assert drawn["starts"] == answer["starts"]
    assert drawn["totals"] == {
        "items": len(answer["start_items"]) + len(answer["items"]),
        "finished_units": answer["finished_units"],
        "finished_lots": answer["finished_lots"],
    }
    for told, row in zip(drawn["started_from"], answer["started_from"], strict=True):
        assert (told["words"], told["steps"], told["items"]) == (row["words"], len(row["steps"]), len(row["items"]))
    selected = {step for row in answer["started_from"] for step in row["steps"]}
    nodes = [node for node in drawn["nodes"] if node["kind"] == "selected"]
    assert sum(node["members"] for node in nodes) == len(selected)
    for node in nodes:
        members = engine.graph_node(starts, node["way"], also=also).answer["members"]
        assert {each["id"] for each in members} <= selected
    assert {row["party_id"] for row in answer["consignees"]} == {
        each["id"]
        for node in drawn["nodes"]
        if node["kind"] == "customer"
        for each in engine.graph_node(starts, node["way"], also=also).answer["members"]
    }
    for row in rng.sample(answer["items"], min(3, len(answer["items"]))):
        route = engine.graph(starts, also=also, to=row["id"]).answer["route"]
        why = engine.why(row["id"], starts, also=also).answer
        assert (route["in_scope"], route["tier"]) == (True, why["tier"])
        assert route["through"][-1] == {"kind": "item", "id": row["id"]}
        first = route["through"][0]
        assert first["id"] in (selected if first["kind"] == "step" else set(answer["starts"]))
        assert (first["kind"], first["id"]) == (why["start"]["sort"], why["start"]["id"])
        assert route["nodes"]
        assert route["hidden"] == 0
    lines = engine.timeline(starts, also=also).answer
    assert lines["complete"]
    assert lines["steps"] >= len(selected)
    assert engine.flow(starts, also=also).complete
    assert engine.countries(starts, also=also).answer["consignees"] == len(
        {r["party_id"] for r in answer["consignees"]}
    )
    return answer


def test_the_views_are_those_of_the_scope(engine: Engine) -> None:
    rng = random.Random(f"views {engine.store.dialect}")
    makers = [Maker(rng, f"v{number}.") for number in range(30)]
    load(engine, merged([maker.make() for maker in makers]))
    some = 0
    for maker in makers[: 30 if engine.store.dialect == "ladybug" else 6]:
        also = [start(asked) for asked in rng.sample(questions(rng, maker), 2)]
        also = [each for number, each in enumerate(also) if each not in also[:number]]
        some += len(compared(engine, [], also, rng)["items"]) > 0
    assert some > (10 if engine.store.dialect == "ladybug" else 2)


def test_what_the_graph_lacks_makes_every_view_incomplete(engine: Engine) -> None:
    load(
        engine,
        {
            "equipment": [{"equipment_id": "E", "name": "Mixer"}],
            "steps": [{"step_id": "S", "operation": "mix"}, {"step_id": "T", "operation": "fill"}],
            "equipment_use": [{"step_id": "S", "equipment_id": "E"}],
            "production": [{"step_id": "S", "item_id": "F"}, {"step_id": "T", "item_id": "G"}],
            "consumption": [{"step_id": "T", "item_id": "F", "quantity": "1", "unit": "H87"}],
        },
    )
    also = [Start("equipment", equipment="E")]
    assert engine.graph([], also=also).answer["totals"]["items"] == 2
    tamper(engine, "MATCH (u:EquipmentUseRecord {equipment_id: 'E'}) DELETE u")
    engine.pictures.__init__()  # type: ignore[misc]  # what was compared already is not asked again
    for answer in (
        engine.graph([], also=also),
        engine.flow([], also=also),
        engine.timeline([], also=also),
        engine.graph_node([], "7.0", also=also),
    ):
        assert not answer.complete
        assert "the roads find equipment E differently" in answer.answer["differences"][0]
