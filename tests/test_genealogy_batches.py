"""The table of lots by hand: what left our own firm, what was free when it was used, and words that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import write

from genealogy.batches import STAGES, STATUSES, Chosen
from genealogy.engine import Engine
from genealogy.errors import InputError
from genealogy.plant import TABLES
from loaders import load

BEFORE, USED, LATER, LAST = (f"2026-05-0{day}T10:00:00Z" for day in (1, 2, 3, 4))


def asked(tmp_path: Path, opening: str, *decisions: tuple[str, str]) -> list[str]:
    """The alerts of one lot with this opening status and these decisions, that was used at ``USED``."""
    tables: dict[str, list[dict[str, str]]] = {
        "materials": [{"material_id": "M", "name": "M", "stage": "supplied", "base_unit": "kg"}],
        "lots": [
            {"item_id": "A", "material_id": "M", "lot_number": "A", "quantity": "10", "unit": "kg", "status": opening}
        ],
        "steps": [{"step_id": "S", "operation": "mix"}],
        "consumption": [{"step_id": "S", "item_id": "A", "quantity": "10", "unit": "kg", "at": USED}],
    }
    if decisions:
        tables["decisions"] = [{"item_id": "A", "status": status, "at": at} for status, at in decisions]
    with Engine.open(tmp_path / "home") as engine:
        load(engine, [write(tmp_path / "plant", tables)])
        found: list[str] = engine.batches().answer["batches"][0]["alerts"]
    return found


@pytest.mark.parametrize(
    ("opening", "decisions", "early"),
    [
        ("", [("released", BEFORE)], False),
        ("", [("released", LATER)], True),
        ("quarantine", [("released", LATER)], True),
        # Free when it was used: it came in released, and was held and released again afterwards.
        ("released", [("held", LATER), ("released", LAST)], False),
        ("released", [("held", LATER)], False),
        # Never released: barred from the start, whatever was decided later.
        ("quarantine", [], True),
        ("quarantine", [("rejected", LATER)], True),
        ("held", [("held", BEFORE), ("recalled", LATER)], True),
        # Never released, and nothing barred it before it was used.
        ("", [("held", LATER)], False),
        ("", [("held", BEFORE)], True),
        ("", [], False),
    ],
)
def test_use_before_release(tmp_path: Path, opening: str, decisions: list[tuple[str, str]], early: bool) -> None:
    assert ("used_before_release" in asked(tmp_path, opening, *decisions)) == early


def test_what_went_to_our_own_sites_or_came_back_was_not_used(tmp_path: Path) -> None:
    at = "2026-05-01T10:00:00Z"
    tables = {
        "materials": [{"material_id": "M", "name": "M", "stage": "finished", "base_unit": "kg"}],
        "parties": [
            {"party_id": "OWN", "name": "We", "role": "own"}, {"party_id": "C", "name": "C", "role": "customer"},
            {"party_id": "BOTH", "name": "Shop", "role": "customer|own"},
        ],
        "lots": [
            {"item_id": item, "material_id": "M", "lot_number": item, "quantity": "10", "unit": "kg"}
            for item in ("BACK", "OVER", "THROUGH")
        ],
        "shipments": [
            {"shipment_id": str(number), "item_id": item, "consignee_id": party, "quantity": quantity, "unit": "kg",
             "shipped_at": at}
            for number, (item, party, quantity) in enumerate([
                ("THROUGH", "OWN", "10"), ("THROUGH", "BOTH", "10"), ("THROUGH", "C", "10"), ("BACK", "C", "10"),
                ("BACK", "C", "4"), ("OVER", "C", "10"), ("OVER", "C", "1"),
            ])
        ],
        "dispositions": [
            {"item_id": "BACK", "kind": "returned", "quantity": "5", "unit": "kg", "at": at},
            {"item_id": "OVER", "kind": "scrapped", "quantity": "5", "unit": "kg", "at": at},
        ],
    }  # fmt: skip
    with Engine.open(tmp_path / "home") as engine:
        load(engine, [write(tmp_path / "plant", tables)])
        rows = {row["id"]: row for row in engine.batches().answer["batches"]}
    assert {name: row["shipped"] for name, row in rows.items()} == {"BACK": "14", "OVER": "11", "THROUGH": "10"}
    assert [name for name, row in rows.items() if "more_used_than_made" in row["alerts"]] == ["OVER"]


def test_a_status_or_stage_that_is_none_is_no_empty_table(tmp_path: Path) -> None:
    assert set(STAGES) == {*TABLES["materials"].by_name["stage"].values, "none"}
    assert set(STATUSES) == {*TABLES["lots"].by_name["status"].values, "none"}
    with Engine.open(tmp_path / "home") as engine:
        assert engine.batches(Chosen(status="held", stage="none")).answer["count"] == 0
        for wrong in (Chosen(status="hold"), Chosen(stage="finish")):
            with pytest.raises(InputError, match="Known are"):
                engine.batches(wrong)
