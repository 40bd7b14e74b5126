"""Mass balance of steps and of whole traces: linear algebra beside it on random plants, and each case by its name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from agreement import shown
from balance_plants import LOADS, Rows, arrays, changed
from oracle_flow import flow, step_unit
from oracle_where import WhereOracle
from plants_where import where_plant

from genealogy.balance import balance
from genealogy.balance.steps import step_balance
from genealogy.balance.trace import trace_balance
from genealogy.snapshot import Snapshot


def traced(snapshot: Snapshot, starts: list[str], as_of: int = 1) -> dict[str, Any]:
    return trace_balance(snapshot, Rows(), starts, as_of)


# -- random plants, each worked out a second time


@pytest.mark.parametrize("batch", range(5))
def test_balances_and_traces_agree_with_linear_algebra(batch: int) -> None:
    solved = 0
    for number in range(100):
        loads = where_plant(f"balance {batch} {number}")
        snapshot, oracle = arrays(loads), WhereOracle(loads)
        lots = sorted(oracle.known.lots)
        if not lots:
            continue
        start = lots[number % len(lots)]
        alone = balance(snapshot, Rows(), start, len(loads))
        there, parts = oracle.lot(start)
        assert (None if alone["in"] is None else Fraction(alone["in"])) == there
        assert {n: Fraction(a) for n, a in alone["parts"].items() if Fraction(a)} == parts
        for step in sorted({str(r["step_id"]) for r in oracle.known.facts["production"]}):
            _check_step(snapshot, oracle, step, len(loads))
        ends = flow(oracle, [start])
        if ends is None:
            continue
        answer = traced(snapshot, [start], len(loads))
        assert answer["complete"], shown(loads)
        total = sum((Fraction(amount) for amount in answer["parts"].values()), Fraction(answer["unaccounted"]))
        assert total == Fraction(answer["in"])
        for name, amount in answer["parts"].items():
            assert abs(float(Fraction(amount)) - ends.get(name, 0.0)) < 1e-4, (name, amount, dict(ends), shown(loads))
        solved += 1
    assert solved > 50


def _check_step(snapshot: Snapshot, oracle: WhereOracle, step: str, as_of: int) -> None:
    inputs, outputs, unit = step_unit(oracle, step)
    answer = step_balance(snapshot, Rows(), step, as_of)
    sums = [
        None if not side or any(amount is None for _, amount in side) else sum((a for _, a in side), Fraction(0))
        for side in (inputs, outputs)
    ]
    assert answer["unit"] == unit
    said = [answer["in"], answer["parts"].get("produced")]
    assert said[0] is None if sums[0] is None else abs(Fraction(said[0]) - sums[0]) < Fraction(1, 10**8)
    if sums[0] is not None:
        assert said[1] is None if sums[1] is None else abs(Fraction(said[1]) - sums[1]) < Fraction(1, 10**8)


# -- each case by its name


def test_a_missing_three_percent_is_found() -> None:
    lot = balance(changed(consumption=[{**LOADS["consumption"][0], "quantity": "97"}]), Rows(), "R1", 1)
    assert (lot["unaccounted"], lot["within_tolerance"]) == ("3", False)
    assert lot["findings"] == [{"kind": "missing", "quantity": "3", "percent": "3"}]
    step = step_balance(changed(), Rows(), "T", 1)
    assert (step["yield_percent"], step["unaccounted"], step["within_tolerance"]) == ("97", "3", False)
    trace = traced(changed(), ["R1"])
    assert (trace["recovered_percent"], trace["parts"]["lost_in_steps"], trace["within_tolerance"]) == (
        "97",
        "3",
        False,
    )
    assert trace["findings"][0] == {"kind": "missing", "item": None, "unit": "KGM", "quantity": "3", "percent": "3"}
    assert [row["step_id"] for row in trace["detail"]["steps"]] == ["T"]


def test_a_hundred_and_fourteen_percent_is_found() -> None:
    lot = balance(changed(consumption=[{**LOADS["consumption"][0], "quantity": "114"}]), Rows(), "R1", 1)
    assert (lot["unaccounted"], lot["recovered_percent"], lot["within_tolerance"]) == ("-14", "114", False)
    assert lot["findings"] == [{"kind": "too_much", "quantity": "14", "percent": "14"}]
    assert "TOO MUCH: 14 KGM more is recorded than there was (114 % recovered)" in lot["summary"][1]
    made = [{**LOADS["production"][0], "quantity": "114"}]
    shipped = [{**LOADS["shipments"][0], "quantity": "114"}]
    snapshot = changed(production=made, shipments=shipped)
    assert step_balance(snapshot, Rows(), "T", 1)["yield_percent"] == "114"
    trace = traced(snapshot, ["R1"])
    assert (trace["recovered_percent"], trace["parts"]["shipped"], trace["parts"]["lost_in_steps"]) == (
        "114",
        "114",
        "-14",
    )
    assert trace["findings"][0]["kind"] == "too_much"


def test_a_lot_of_the_trace_that_does_not_balance_is_named_with_its_records() -> None:
    trace = traced(changed(shipments=[{**LOADS["shipments"][0], "quantity": "90"}]), ["R1"])
    (lot,) = [finding for finding in trace["findings"] if finding["item"]]
    assert (lot["item"], lot["kind"], lot["quantity"]) == ("F1", "missing", "7")
    assert {line["fact"]["table"] for line in lot["lines"]} == {"lots", "production", "shipments"}


def test_pieces_of_different_materials_are_not_one_unit_of_measure() -> None:
    pieces = [
        {"material_id": name, "name": name, "stage": "finished", "base_unit": "H87"} for name in ("A", "B", "C")
    ]  # fmt: skip
    lots = [
        {"item_id": name, "material_id": name, "lot_number": name, "quantity": "10", "unit": "H87"} for name in "ABC"
    ]
    used = [{"step_id": "T", "item_id": name, "quantity": "10", "unit": "H87"} for name in "AB"]
    made = [{"step_id": "T", "item_id": "C", "quantity": "10", "unit": "H87"}]
    snapshot = arrays([{"materials": pieces, "lots": lots, "consumption": used, "production": made}])
    assert step_balance(snapshot, Rows(), "T", 1)["unit"] is None
    assert (
        step_balance(
            arrays([{"materials": pieces, "lots": lots, "consumption": used[:1], "production": made}]), Rows(), "T", 1
        )["yield_percent"]
        == "100"
    )


def test_what_has_no_quantity_is_said_not_to_be_followed() -> None:
    """All of R1 went into F1, but the row does not say how much: that is a gap, and not only something missing."""
    used = [{"step_id": "T", "item_id": "R1", "quantity": "", "unit": ""}]
    trace = traced(changed(consumption=used), ["R1"])
    assert (trace["unaccounted"], trace["parts"]["shipped"]) == ("100", "0")
    assert trace["gaps"]["no_quantity"] == {"count": 1, "items": ["R1"]}
    assert "1 record without a quantity" in trace["summary"][2]
    assert "Unsure" not in traced(changed(), ["R1"])["summary"][2]


def test_the_records_of_a_lot_are_the_same_beside_others_and_alone() -> None:
    loads = where_plant("balance 0 7")
    snapshot = arrays(loads)
    lots = sorted(WhereOracle(loads).known.lots)
    for finding in traced(snapshot, lots[:1], len(loads))["findings"]:
        if finding["item"] is not None:
            assert finding["lines"] == balance(snapshot, Rows(), finding["item"], len(loads))["lines"]


def test_rework_goes_round_and_adds_up() -> None:
    """A tenth of what is made is ground and goes back in: the geometric series is summed, not cut."""
    lots = [
        *LOADS["lots"][:1],
        {"item_id": "F1", "material_id": "F", "lot_number": "2", "quantity": "", "unit": ""},
        {"item_id": "G", "material_id": "R", "lot_number": "3", "quantity": "", "unit": ""},
    ]
    used = [
        {"step_id": "T", "item_id": "R1", "quantity": "90", "unit": "KGM"},
        {"step_id": "T", "item_id": "G", "quantity": "10", "unit": "KGM"},
        {"step_id": "U", "item_id": "F1", "quantity": "10", "unit": "KGM"},
    ]
    made = [
        {"step_id": "T", "item_id": "F1", "quantity": "100", "unit": "KGM"},
        {"step_id": "U", "item_id": "G", "quantity": "10", "unit": "KGM"},
    ]
    shipped = [{**LOADS["shipments"][0], "quantity": "90"}]
    snapshot = changed(lots=lots, consumption=used, production=made, shipments=shipped)
    trace = traced(snapshot, ["R1"])
    assert (trace["parts"]["shipped"], trace["unaccounted"], trace["complete"]) == ("90", "10", True)
    ground = traced(snapshot, ["F1"])
    assert (ground["parts"]["back_in_start"], ground["parts"]["shipped"]) == ("10", "90")


def test_a_cycle_without_an_end_is_not_an_answer() -> None:
    """All of a lot goes into another, and all of that back into the first, by records without a quantity made."""
    lots = [*LOADS["lots"], {"item_id": "G", "material_id": "F", "lot_number": "3", "quantity": "97", "unit": "KGM"}]
    used = [
        *LOADS["consumption"],
        {"step_id": "U", "item_id": "F1", "quantity": "97", "unit": "KGM"},
        {"step_id": "V", "item_id": "G", "quantity": "97", "unit": "KGM"},
    ]
    made = [
        {"step_id": step, "item_id": item, "quantity": "", "unit": ""}
        for step, item in (("T", "F1"), ("U", "G"), ("V", "F1"))
    ]
    trace = traced(changed(lots=lots, consumption=used, production=made, shipments=[]), ["R1"])
    assert not trace["complete"]
    assert trace["within_tolerance"] is None
    assert "no end" in trace["differences"][0]
