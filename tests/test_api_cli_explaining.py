"""The commands that explain, as a script meets them: fields, exit codes, and what stands on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import PLANT, run_here, write


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explaining")
    assert run_here(folder / "home", "load", write(folder / "plant", PLANT)).code == 0
    return folder / "home"


def test_why_in(home: Path) -> None:
    ran = run_here(home, "why", "U-1", "--from", "id:RM-1", "--json")
    assert ran.code == 0, ran.err
    answer = ran.json
    assert {"in_scope", "path", "tier", "digest", "asked"} <= answer.keys()
    assert (answer["in_scope"], answer["tier"], answer["moves"]) == (True, "lot", 3)
    assert [(move["from"], move["to"]) for move in answer["path"]] == [("RM-1", "IM"), ("IM", "FU"), ("FU", "U-1")]
    (fact,) = answer["path"][-1]["facts"]
    assert (fact["table"], Path(fact["file"]).name, fact["row"]) == ("units", "units.csv", 2)
    assert answer["second_road"] == "agrees"


def test_why_out_is_an_answer(home: Path) -> None:
    ran = run_here(home, "why", "IM2", "--from", "id:RM-1", "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["in_scope"], ran.json["path"], ran.json["tier"]) == (False, [], None)
    assert ran.json["reasons"][0]["words"] == "step MIX2 consumed RM-2, not RM-1, of the same material RM"
    assert ran.json["would_connect"]


def test_every_receipt_of_a_suppliers_lot_is_a_start(home: Path) -> None:
    ran = run_here(home, "why", "IM2", "--from", "supplier-lot:SUP-1/X/7/a", "--json")
    assert (ran.code, ran.json["starts"], ran.json["in_scope"]) == (0, ["RM-1", "RM-2"], True)
    assert run_here(home, "why", "IM2", "--from", "id:RM-1", "--from", "id:RM-2", "--json").json["in_scope"]


def test_on_the_screen_each_move_has_its_source(home: Path) -> None:
    ran = run_here(home, "why", "FU", "--from", "id:RM-1")
    assert ran.code == 0
    assert ran.out.startswith("FU is in the scope of RM-1: 2 moves of recorded facts lead to it")
    assert "consumption.csv row 2" in ran.out
    out = run_here(home, "why", "IM2", "--from", "id:RM-1").out
    assert "fact that cuts: step MIX2 consumed RM-2, not RM-1, of the same material RM" in out
    assert "WHAT WOULD CONNECT IT" in out


def test_several_items_are_ambiguous(home: Path) -> None:
    ran = run_here(home, "why", "supplier-lot:SUP-1/X/7/a", "--from", "id:RM-1", "--json")
    assert (ran.code, ran.json) == (5, {"candidates": [{"id": "RM-1"}, {"id": "RM-2"}]})
    assert run_here(home, "why", "no such item", "--from", "id:RM-1").code == 5
    assert run_here(home, "why", "U-1").code == 2


def test_near_misses(home: Path) -> None:
    ran = run_here(home, "near-misses", "id:RM-1", "--json")
    assert ran.code == 0, ran.err
    kinds = {kind["kind"]: [item["id"] for item in kind["items"]] for kind in ran.json["kinds"]}
    assert kinds["same_supplier_lot"] == ["RM-2"]
    assert kinds["same_material"] == ["IM2", "RM-3"]
    assert ran.json["count"] == 3
    short = run_here(home, "near-misses", "id:RM-1", "--limit", "1", "--json").json
    assert [(kind["count"], kind["listed"]) for kind in short["kinds"] if kind["count"]] == [(1, 1), (2, 1)]
    assert (
        "2 of them are listed; a limit of 0 lists all." in run_here(home, "near-misses", "id:RM-1", "--limit", "1").out
    )
    assert run_here(home, "near-misses", "id:RM-1", "--limit", "0", "--json").json["count"] == 3


def test_responsible(home: Path) -> None:
    ran = run_here(home, "responsible", "U-1", "--json")
    assert ran.code == 0, ran.err
    assert [(step["step_id"], step["distance"]) for step in ran.json["steps"]] == [("ASSEMBLE", 2), ("MIX", 3)]
    assert [lot["id"] for lot in ran.json["supplied"]] == ["GHOST", "RM-1"]
    assert {"what": "operator", "steps": 2} in ran.json["missing"]
    text = run_here(home, "responsible", "U-1").out
    assert text.startswith("Behind U-1 stand 2 steps by 0 persons and 2 lots that no step made.")
    assert "material: RM-1 (Resin), 60 kg, from First Supply, their lot X/7/a" in text


def test_as_of_an_entry_before_anything_was_loaded(home: Path) -> None:
    assert run_here(home, "why", "U-1", "--from", "id:RM-1", "--as-of", "0").code == 5
    assert run_here(home, "responsible", "U-1", "--as-of", "1", "--json").json["as_of"] == 1


def test_a_row_in_quarantine_that_would_bring_an_item_in_is_named_with_its_file(tmp_path: Path) -> None:
    tables = {
        "lots": [{"item_id": i, "material_id": "M", "lot_number": i} for i in ("A", "F")],
        "consumption": [{"step_id": "S", "item_id": "A", "quantity": "-1", "unit": "kg"}],
        "production": [{"step_id": "S", "item_id": "F"}],
    }
    assert run_here(tmp_path / "home", "load", write(tmp_path / "plant", tables)).code == 3
    answer = run_here(tmp_path / "home", "why", "F", "--from", "A", "--json").json
    (row,) = answer["suspected"]
    assert (Path(row["file"]).name, str(row["row"])) == ("consumption.csv", "2")
