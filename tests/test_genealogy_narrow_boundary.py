"""Each boundary on plants made by hand: what it leaves, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from facts import Facts, entry
from test_genealogy_narrow import names_of, prepared
from workings import Rows, instant

from genealogy.errors import InputError, ItemNotFoundError
from genealogy.narrow import Narrowing, narrow
from genealogy.snapshot import Snapshot
from genealogy.starts import Start


def sterilised(**more: Any) -> Rows:
    """R went into A in the autoclave E and into B in another step, both of one operation; each makes an item."""
    return {
        "equipment": [
            {"equipment_id": "E", "name": "Autoclave", "kind": "autoclave"},
            {"equipment_id": "E2", "name": "Autoclave 2", "kind": "autoclave"},
            {"equipment_id": "W", "name": "Scale", "kind": "scale"},
        ],
        "steps": [{"step_id": name, "operation": "sterilise"} for name in "ABC"],
        "consumption": [{"step_id": name, "item_id": "R"} for name in "ABC"],
        "production": [{"step_id": name, "item_id": name.lower()} for name in "ABC"],
        "equipment_use": [
            {"step_id": "A", "equipment_id": "E"},
            {"step_id": "B", "equipment_id": "W"},
            {"step_id": "C", "equipment_id": "E2"},
        ],
        **more,
    }


def left_of(rows: Rows, narrowing: Narrowing, items: set[str]) -> set[str]:
    snapshot = Snapshot.of(Facts.of(entry(**rows)))
    return names_of(snapshot, narrow(*prepared(snapshot, items, set()), narrowing, []))


def test_only_another_machine_of_the_same_kind_says_that_a_step_ran_elsewhere() -> None:
    # B was weighed: in which autoclave it was, nobody says, so it stays.
    assert left_of(sterilised(), Narrowing(equipment="E"), {"R"}) == {"a", "b"}
    unknown = sterilised(equipment=[{"equipment_id": name, "name": name} for name in ("E", "E2", "W")])
    assert left_of(unknown, Narrowing(equipment="E"), {"R"}) == {"a"}


def test_what_lay_at_a_place_while_it_was_too_warm_passed_the_reading() -> None:
    rows = sterilised(
        readings=[
            {"step_id": "A", "parameter": "temp", "value": "5", "low": "2", "high": "8", "at": instant(1)},
            {"place_id": "P", "parameter": "temp", "value": "20", "low": "2", "high": "8", "at": instant(9)},
        ],
        moves=[{"item_id": "a", "to_place": "P", "at": instant(4)}],
    )
    left = left_of(rows, Narrowing(reading=Start("reading", parameter="temp")), {"R"})
    # B and C are of an operation in which the parameter is read, and have no reading.
    assert left == {"a", "b", "c"}


def test_a_line_number_that_nobody_wrote_is_refused() -> None:
    rows = sterilised(
        consumption=[
            {"step_id": "A", "item_id": "R", "line_no": "01"},
            {"step_id": "B", "item_id": "R", "line_no": "02"},
            {"step_id": "C", "item_id": "R"},
        ]
    )
    assert left_of(rows, Narrowing(line_no="01"), {"R"}) == {"a", "c"}
    with pytest.raises(ItemNotFoundError) as refused:
        left_of(rows, Narrowing(line_no="1"), {"R"})
    assert [each["id"] for each in refused.value.candidates] == ["01", "02"]


def test_a_cleaning_without_equipment_and_time_is_refused() -> None:
    with pytest.raises(InputError):
        left_of(sterilised(), Narrowing(cleaning=True), {"R"})


def test_what_goes_past_the_kill_step_stays() -> None:
    rows: Rows = {
        "steps": [
            {"step_id": "KILL", "operation": "boil", "kind": "sterilise"},
            {"step_id": "PAST", "operation": "pack", "kind": "rework"},
            {"step_id": "END", "operation": "pack"},
        ],
        "consumption": [
            {"step_id": "KILL", "item_id": "R", "quantity": "4", "unit": "KGM"},
            {"step_id": "PAST", "item_id": "R", "quantity": "1", "unit": "KGM"},
            {"step_id": "END", "item_id": "SAFE"},
            {"step_id": "END", "item_id": "REWORKED"},
            {"step_id": "UNDESCRIBED", "item_id": "R"},
        ],
        "production": [
            {"step_id": "KILL", "item_id": "SAFE"},
            {"step_id": "PAST", "item_id": "REWORKED"},
            {"step_id": "END", "item_id": "MIXED"},
            {"step_id": "UNDESCRIBED", "item_id": "X"},
        ],
    }
    assert left_of(rows, Narrowing(kill=("sterilise",)), {"R"}) == {"REWORKED", "MIXED", "X"}
