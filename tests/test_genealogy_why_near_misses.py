"""What stands beside a scope: found by plain loops over the rows as well, and never without a reason that holds."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest
from citing import known
from conftest import Home
from facts import Facts, entry
from near_plants import near_plant
from oracle import Load, Moment, Oracle
from oracle_beside import Beside, in_force
from plants import complete, merged

from genealogy.responsible import responsible
from genealogy.snapshot import Snapshot
from genealogy.why import why
from genealogy.why.near_misses import near_misses

PLANTS = 510
TOGETHER = 15
Span = tuple[datetime, datetime]


def check_reason(reason: dict[str, Any], item: str, oracle: Oracle, beside: Beside, starts: list[str]) -> None:
    """A reason says what its facts say, and these are in force."""
    state = beside.state
    assert all(in_force(fact, state) for fact in reason["facts"]), reason
    of_table: dict[str, list[dict[str, str]]] = defaultdict(list)
    for fact in reason["facts"]:
        of_table[fact["table"]].append(fact["cells"])
    lots = {lot for unit, lot in beside.lot_of if unit == item}
    makers = {step for step, made in beside.made.items() if made & {item, *lots}}
    used = [(cells["step_id"], state.item(cells["item_id"])) for cells in of_table["consumption"]]
    inputs = {state.item(str(row["item_id"])) for row in state.facts["consumption"] if row["step_id"] in makers}
    materials = {oracle.describe(start)["material_id"] for start in starts} - {None}
    match reason["kind"]:
        case "sister":
            own, other = of_table["units"]
            assert (state.item(own["item_id"]), state.item(own["lot_id"])) in beside.lot_of
            assert state.item(own["item_id"]) == item
            assert state.item(own["lot_id"]) == state.item(other["lot_id"])
            assert state.item(other["item_id"]) in beside.inside
            assert state.item(own["lot_id"]) not in beside.inside
        case "other_lot":
            step, instead = used[0]
            assert step in makers
            assert instead not in beside.inside
            ours = used[1][1] if len(used) > 1 else state.item(of_table["lots"][0]["item_id"])
            assert ours in beside.inside
            assert oracle.describe(ours)["material_id"] == oracle.describe(instead)["material_id"] is not None
        case "not_used":
            *ours_, (theirs, _) = used
            assert ours_
            assert {step for step, _ in ours_} <= makers
            assert not {thing for _, thing in ours_} & beside.inside
            assert theirs in beside.met
            assert beside.steps[ours_[0][0]]["operation"] == beside.steps[theirs]["operation"]
        case "other_lot_behind":
            behind = set(oracle.reach([item], "backward").items) | {
                thing for lot in lots for thing in oracle.reach([lot], "backward").items
            }
            for cells in of_table["lots"]:
                lot = state.item(cells["item_id"])
                assert lot in behind
                assert lot not in starts
                assert oracle.describe(lot)["material_id"] in materials
        case "other_material_behind":
            assert inputs
            behind = inputs | set(oracle.reach(sorted(inputs), "backward").items)
            assert not {oracle.describe(thing)["material_id"] for thing in behind} & {*materials, None}
        case "before_it_was_there" | "before_first_use":
            ends = [span[1] for span in (beside.span(step) for step in makers) if span]
            assert len(ends) == len(makers) > 0
            there, first_use = beside.began(starts)
            since = first_use if reason["kind"] == "before_first_use" else there
            assert since is not None
            assert max(ends) <= since
            said = [datetime.fromisoformat(word.strip(",")) for word in reason["words"].split() if word[:2] == "20"]
            assert said == [max(ends), since]
            for row in state.facts["production"]:
                if state.item(str(row["item_id"])) in {item, *lots} and row["at"]:
                    assert Moment.of(row["at"]).end <= since
        case "cleaned":
            assert len(of_table["equipment_use"]) == 3
            assert of_table["steps"][0]["kind"] == "clean"
            assert beside.between(of_table["equipment_use"]), "what was cleaned was cleaned in between"
        case "own_receipt":
            assert not makers
            assert state.item(of_table["lots"][0]["item_id"]) == item
        case "other_material":
            assert {step for step, _ in used} <= makers
            assert not inputs & beside.inside
        case "inputs_not_recorded":
            assert makers
            assert not inputs
            assert not reason["proves"]
        case "origin_not_recorded":
            assert not makers
            assert not reason["proves"]
        case _:
            pytest.fail(f"a reason of kind {reason['kind']} is not checked")


@pytest.mark.parametrize("batch", range(PLANTS // TOGETHER))
def test_neighbours_and_their_reasons(batch: int) -> None:
    rng = random.Random(f"near {batch}")
    names = [f"p{number}:" for number in range(TOGETHER)]
    oracle, snapshot, source, last = known(merged([near_plant(rng, rng.randint(2, 7), name) for name in names]))
    for name in names:
        items = [item for item in oracle.known().items if item.startswith(name)]
        starts = rng.sample(items, min(rng.randint(1, 2), len(items)))
        beside = Beside(oracle, starts)
        answer = near_misses(snapshot, source, starts, last, None)
        found = {kind["kind"]: {item["id"]: item for item in kind["items"]} for kind in answer["kinds"]}
        listed = [item for kind in found.values() for item in kind]
        assert len(listed) == len(set(listed)) == answer["count"], "each once"
        assert not set(listed) & beside.inside
        for kind in ("same_lot", "same_order", "same_supplier_lot", "same_day_and_line"):
            expected = getattr(beside, kind)()
            also = {item for row in found.values() for item, said in row.items() if kind in said["also"]}
            assert found[kind].keys() | also == expected, kind
        machine = found["same_equipment"].keys() | {
            item for row in found.values() for item, said in row.items() if "same_equipment" in said["also"]
        }
        assert machine >= beside.same_equipment()
        for rows in found.values():
            for item, row in rows.items():
                assert row["reasons"], "every near miss has a reason"
                for reason in row["reasons"]:
                    check_reason(reason, item, oracle, beside, starts)
        for item in rng.sample(listed, min(2, len(listed))):
            answer = why(snapshot, source, item, starts, last)
            assert not answer["in_scope"]
            assert answer["near"]
            assert answer["reasons"]
            for reason in answer["reasons"]:
                check_reason(reason, item, oracle, beside, starts)


def test_the_same_whether_the_arrays_were_built_at_once_or_entry_by_entry() -> None:
    rng = random.Random("grown")
    compared = 0
    for _ in range(12):
        oracle, snapshot, source, last = known(near_plant(rng, 8, ""))
        entries = [entry(**one) for one in oracle.entries]
        grown = Snapshot.of(Facts.of(*entries[:1]))
        for upto in range(2, last + 1):
            grown = grown.extended(Facts.of(*entries[:upto]))
        if grown.sequence < last:  # the last load said nothing that counts
            continue
        compared += last > 1
        items = oracle.known().items
        for start in items[::9]:
            assert near_misses(grown, source, [start], last) == near_misses(snapshot, source, [start], last)
            assert responsible(grown, source, start, last) == responsible(snapshot, source, start, last)
            assert why(grown, source, items[-1], [start], last) == why(snapshot, source, items[-1], [start], last)
    assert compared


@pytest.mark.parametrize(
    "load",
    [
        {"consumption": [{"step_id": "S", "item_id": "A"}]},
        {"units": [{"item_id": "A", "lot_id": "L", "serial": "1"}]},
        {"lots": [{"item_id": "L", "material_id": "M", "lot_number": "1"}]},
        {"equipment_use": [{"step_id": "S", "equipment_id": "E"}], "steps": [{"step_id": "S", "operation": "x"}]},
        {
            "shipments": [
                {"shipment_id": "1", "item_id": "C", "consignee_id": "P", "shipped_at": "2026-01-01T00:00:00Z"}
            ]
        },
    ],
)
def test_a_plant_of_hardly_any_table_is_answered(load: Load) -> None:
    _, snapshot, source, last = known([load])
    for start in ("A", "L", "C", "nobody"):
        assert near_misses(snapshot, source, [start], last, None)["count"] == 0
        for item in ("A", "L", "C", "nobody"):
            answer = why(snapshot, source, item, [start], last)
            assert answer["in_scope"] or answer["reasons"]
            assert responsible(snapshot, source, item, last)["steps"] == []


AT = [f"2026-03-0{day}T08:00:00Z" for day in range(1, 10)]


def plant() -> Load:
    """Resin R1 (bad) and R2, mixed on one machine with a cleaning between; units that were scanned with either."""
    loads: Load = {
        "materials": [
            {"material_id": m, "name": m, "stage": s, "base_unit": "kg"} for m, s in (("RM", "supplied"), ("FM", "finished"))
        ],
        "lots": [
            *(
                {"item_id": lot, "material_id": "RM", "lot_number": lot, "supplier_id": "S"}
                | {"supplier_lot": number, "received_at": at}
                for lot, number, at in (("R1", "X", AT[1]), ("R1b", "X", AT[1]), ("R2", "Y", AT[0]))
            ),
            {"item_id": "F1", "material_id": "FM", "lot_number": "4"},
            {"item_id": "F2", "material_id": "FM", "lot_number": "5"},
            {"item_id": "F0", "material_id": "FM", "lot_number": "6"},
            {"item_id": "G", "material_id": "FM", "lot_number": "7"},
        ],
        "units": [{"item_id": "U1", "lot_id": "G", "serial": "1"}, {"item_id": "U2", "lot_id": "G", "serial": "2"}],
        "steps": [
            {"step_id": name, "operation": op, "kind": kind, "order_id": order, "started_at": at, "ended_at": at, "grain": grain}
            for name, op, kind, order, at, grain in (
                ("M1", "mix", "process", "O1", AT[3], ""),
                ("C", "rinse", "clean", "", AT[4], ""),
                ("M2", "mix", "process", "O2", AT[5], ""),
                ("M0", "mix", "process", "O3", AT[0], ""),
                ("A1", "fit", "process", "O4", AT[6], "unit"),
                ("A2", "fit", "process", "O4", AT[6], "unit"),
            )
        ],
        "equipment_use": [
            {"step_id": step, "equipment_id": "V", "from": at, "to": at}
            for step, at in (("M1", AT[3]), ("C", AT[4]), ("M2", AT[5]))
        ],
        "consumption": [
            {"step_id": step, "item_id": item}
            for step, item in (("M1", "R1"), ("M2", "R2"), ("M0", "R2"), ("A1", "R1"), ("A2", "R2"))
        ],
        "production": [
            {"step_id": step, "item_id": item}
            for step, item in (("M1", "F1"), ("M2", "F2"), ("M0", "F0"), ("A1", "U1"), ("A2", "U2"))
        ],
    }  # fmt: skip
    return complete(loads)


def reasons(item: str) -> dict[str, str]:
    _, snapshot, source, last = known([plant()])
    answer = why(snapshot, source, item, ["R1"], last)
    assert not answer["in_scope"]
    return {reason["kind"]: reason["words"] for reason in answer["reasons"]}


def test_the_sister_that_was_scanned_with_another_lot() -> None:
    said = reasons("U2")
    assert said["sister"].startswith("only 1 of the units of lot G are in the scope, such as U1")
    assert said["other_lot"] == "it was scanned with R2 in step A2, not with R1, both of material RM"


def test_the_next_on_the_machine_after_a_cleaning() -> None:
    said = reasons("F2")
    assert said["other_lot"] == "step M2 consumed R2, not R1, of the same material RM"
    assert said["cleaned"] == "equipment V was cleaned in between (step C, 2026-03-05T08:00:00Z)"


def test_what_was_made_before_the_bad_lot_arrived() -> None:
    said = reasons("F0")
    assert said["before_it_was_there"] == (
        "it was made by 2026-03-01T08:00:00Z, before any of the start was there (received or made), 2026-03-02T08:00:00Z"
    )


def test_a_sister_receipt_is_out_only_because_nobody_named_it() -> None:
    _, snapshot, source, last = known([plant()])
    answer = why(snapshot, source, "R1b", ["R1"], last)
    assert [near["kind"] for near in answer["near"]] == ["same_supplier_lot", "same_material"]
    assert "the question did not name it" in " ".join(reason["words"] for reason in answer["reasons"])
    assert any(not reason["proves"] for reason in answer["reasons"])


def test_what_no_fact_connects_is_told_what_would() -> None:
    _, snapshot, source, last = known([plant()])
    answer = why(snapshot, source, "nobody", ["R1"], last)
    assert answer["reasons"][0]["kind"] == "unknown"
    assert [record["table"] for record in answer["would_connect"]] == ["production", "units", "aliases", "lots"]


def test_a_row_in_quarantine_that_would_bring_it_in_is_named(home: Home) -> None:
    engine = home.open()
    load = plant()
    load["consumption"] = [{**row, "quantity": "", "unit": ""} for row in load["consumption"]]
    load["consumption"].append({"step_id": "M2", "item_id": "R1", "quantity": "-3", "unit": "kg"})
    home.load(engine, load)
    answer = engine.why("F2", ["R1"]).answer
    assert not answer["in_scope"]
    assert [(row["table"], row["step_id"], row["item_id"]) for row in answer["suspected"]] == [
        ("consumption", "M2", "R1")
    ]
    assert "quarantine" in answer["summary"][-1]
    assert engine.near_misses(["R1"]).complete
    assert engine.why("U2", ["R1"]).answer["suspected"] == []


def timed(name: str, begin: int, end: int | None, **more: str) -> dict[str, str]:
    ended = "" if end is None else f"2026-05-{end:02}T08:00:00Z"
    return {
        "step_id": name,
        "operation": name,
        "started_at": f"2026-05-{begin:02}T08:00:00Z",
        "ended_at": ended,
        **more,
    }


def reasons_of(starts: list[str], **tables: list[dict[str, str]]) -> set[str]:
    """Kinds of the reasons why X is out."""
    lots = [{"item_id": item, "material_id": "M", "lot_number": item, **tables.pop(item, [{}])[0]} for item in "LAX"]
    _, snapshot, source, last = known([{"lots": lots, **tables}])
    return {reason["kind"] for reason in why(snapshot, source, "X", starts, last)["reasons"]}


def test_a_lot_whose_unit_was_used_was_used() -> None:
    tables = {
        "steps": [timed("S1", 2, 3), timed("S2", 10, 11), timed("S3", 5, 6)],
        "consumption": [{"step_id": "S1", "item_id": "U"}, {"step_id": "S2", "item_id": "L"}],
        "production": [{"step_id": "S1", "item_id": "A"}, {"step_id": "S3", "item_id": "X"}],
    }
    assert "before_first_use" in reasons_of(["L"], **tables, units=[{"item_id": "U", "lot_id": "A", "serial": "1"}])
    assert "before_first_use" not in reasons_of(["L"], **tables, units=[{"item_id": "U", "lot_id": "L", "serial": "1"}])
    received = [{"received_at": "2026-05-08T08:00:00Z"}]
    assert "before_it_was_there" in reasons_of(["L"], **tables, L=received)
    units = [{"item_id": "U", "lot_id": "L", "serial": "1"}]
    assert "before_it_was_there" not in reasons_of(["L"], **tables, L=received, units=units)


def test_made_later_by_its_own_record_is_not_made_before() -> None:
    tables = {
        "steps": [timed("S2", 10, 11), timed("S3", 5, 6)],
        "consumption": [{"step_id": "S2", "item_id": "L"}],
    }
    made = {"step_id": "S3", "item_id": "X"}
    assert "before_first_use" in reasons_of(["L"], **tables, production=[made])
    late = {**made, "at": "2026-05-12T08:00:00Z"}
    assert "before_first_use" not in reasons_of(["L"], **tables, production=[late])


@pytest.mark.parametrize(
    ("used", "cleaned", "cuts"),
    [((2, 4), (4, 6), True), ((2, 4), (3, 4), False), ((2, None), (4, 5), False), ((2, 4), (4, 9), False)],
)
def test_cleaned_in_between_is_after_the_one_and_before_the_other(
    used: tuple[int, int | None], cleaned: tuple[int, int], cuts: bool
) -> None:
    found = reasons_of(
        ["L"],
        steps=[timed("S1", *used), timed("C", *cleaned, kind="clean"), timed("S2", 6, 7)],
        equipment_use=[{"step_id": step, "equipment_id": "E"} for step in ("S1", "C", "S2")],
        consumption=[{"step_id": "S1", "item_id": "L"}],
        production=[{"step_id": "S1", "item_id": "A"}, {"step_id": "S2", "item_id": "X"}],
    )
    assert ("cleaned" in found) == cuts
