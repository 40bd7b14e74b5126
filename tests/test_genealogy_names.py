"""What the records call materials, parties, places and equipment: under the code itself, else under a code that means it."""

from __future__ import annotations

import random
from pathlib import Path

from cli import write

import loaders
from genealogy.engine import Engine
from genealogy.names import names
from viz.flow_svg import flow_rows, flow_svg
from viz.graph_view import drawn
from viz.timeline_svg import timeline_svg
from viz.words import Words


def test_every_name_is_found_by_its_code_and_none_else(tmp_path: Path) -> None:
    rng = random.Random(7)
    engine = Engine.open(tmp_path / "home")
    codes = [f"C {n}" for n in range(40)]
    rows = [
        {"party_id": code, "name": f"name of {code}" if rng.random() < 0.7 else "", "role": "customer"}
        for code in codes
    ]
    loaders.load(engine, [write(tmp_path / "a", {"parties": rows})])
    later = [{**row, "name": f"new {row['name']}"} for row in rows if rng.random() < 0.3]
    loaders.load(engine, [write(tmp_path / "b", {"parties": later})])
    asked = [*rng.sample(codes, 25), "nobody"]
    for head in (1, 2):
        known = {row["party_id"]: row["name"] for row in (*rows, *(later if head == 2 else ()))}
        expected = {code: known[code] for code in asked if known.get(code)}
        assert names(engine.snapshot.moment(head), "party", asked) == expected
    assert names(engine.snapshot.moment(2), "equipment", asked) == {}
    assert names(engine.snapshot.moment(2), "party", []) == {}
    engine.close()


def test_a_name_under_another_code_counts_where_the_code_itself_has_none(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home")
    tables = {
        "materials": [
            {"material_id": "OLD-1", "name": "as it was", "stage": "supplied", "base_unit": "kg"},
            {"material_id": "OLD-2", "name": "still so", "stage": "supplied", "base_unit": "kg"},
            {"material_id": "M-1", "name": "as it is", "stage": "supplied", "base_unit": "kg"},
        ],
        "aliases": [
            {"system": "erp", "kind": "material", "code": "OLD-1", "means": "M-1"},
            {"system": "erp", "kind": "material", "code": "OLD-2", "means": "M-2"},
        ],
    }
    loaders.load(engine, [write(tmp_path / "plant", tables)])
    found = names(engine.snapshot.moment(1), "material", ["M-1", "M-2", "OLD-1"])
    assert found == {"M-1": "as it is", "M-2": "still so"}
    engine.close()


def test_pictures_say_names_and_keep_the_codes_in_the_detail(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home")
    tables = {
        "materials": [
            {"material_id": "RM", "name": "Resin & glue", "stage": "supplied", "base_unit": "kg"},
            {"material_id": "FG", "name": "", "stage": "finished", "base_unit": "kg"},
        ],
        "parties": [
            {"party_id": "C-1", "name": "Clinic One", "role": "customer"},
            {"party_id": "S-1", "name": "Mill", "role": "supplier"},
        ],
        "lots": [
            {"item_id": "L", "material_id": "RM", "lot_number": "1", "quantity": "5", "unit": "kg", "supplier_id": "S-1"},
            {"item_id": "F", "material_id": "FG", "lot_number": "2", "quantity": "5", "unit": "kg", "supplier_id": ""},
        ],
        "steps": [{"step_id": "S", "operation": "mix", "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-02T00:00:00Z"}],
        "equipment": [{"equipment_id": "E-1", "name": "Big mixer"}],
        "equipment_use": [{"step_id": "S", "equipment_id": "E-1"}],
        "consumption": [{"step_id": "S", "item_id": "L", "quantity": "5", "unit": "kg"}],
        "production": [{"step_id": "S", "item_id": "F", "quantity": "5", "unit": "kg"}],
        "shipments": [
            {
                "shipment_id": "1", "item_id": "F", "consignee_id": "C-1", "quantity": "5", "unit": "kg",
                "shipped_at": "2026-02-01T00:00:00Z",
            }
        ],
    }  # fmt: skip
    loaders.load(engine, [write(tmp_path / "plant", tables)])
    words = Words("en")
    flow = engine.flow(["L"]).answer
    assert {(node["label"], node["name"]) for node in flow["nodes"]} == {
        ("S-1", "Mill"), ("RM", "Resin & glue"), ("FG", None), ("C-1", "Clinic One"),
    }  # fmt: skip
    svg = flow_svg(flow, words)
    assert ">Clinic One</text>" in svg
    assert "<title>Clinic One (C-1): 5 kg</title>" in svg
    assert "<title>Resin &amp; glue (RM) → FG: 5 kg</title>" in svg
    told = {(row["from"], row["from_name"], row["to"], row["to_name"]) for row in flow_rows(flow, words)}
    assert ("FG", None, "C-1", "Clinic One") in told
    lines = timeline_svg(engine.timeline(["L"]).answer, words)
    assert ">Big mixer<title>Big mixer (E-1)</title>" in lines
    nodes = {each.name: each for each in drawn(engine.graph(["L"]).answer, words)}
    assert "Clinic One (C-1)" in nodes
    assert nodes["Clinic One (C-1)"].lines[0] == "▲ Clinic One"
    assert "Mill (S-1)" in nodes
    engine.close()
