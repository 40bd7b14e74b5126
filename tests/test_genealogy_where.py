"""Where things are: every plant worked out a second time, the laws that hold for all of them, and each case by name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from agreement import shown, smallest
from facts import Facts, entry
from oracle import Load, Oracle
from oracle_where import WhereOracle
from plants import merged
from plants_where import where_plant

from genealogy.snapshot import Snapshot
from genealogy.where import where

PLANTS, BATCHES = 50, 10
"""Five hundred plants in every run."""


def arrays(loads: list[Load]) -> Snapshot:
    return Snapshot.of(Facts.of(*(entry(**facts) for facts in Oracle(loads).entries)))


def difference(loads: list[Load], snapshot: Snapshot | None = None) -> str | None:
    """What the product says otherwise than the second computation, of every lot and unit as of every load."""
    together = snapshot or arrays(loads)
    for load in range(1, len(loads) + 1):
        oracle = WhereOracle(loads, load)
        items = sorted(oracle.known.lots.keys() | oracle.known.units.keys())
        rows = where(together, items, load)["items"]
        rows += where(together, items[-1:], load)["items"]  # asked alone, as well
        for row in rows:
            item = row["id"]
            if item in oracle.known.units:
                part = oracle.unit_part(item)
                there: Fraction | None = Fraction(1)
                parts = {part: Fraction(1)} if part else {}
            else:
                there, parts = oracle.lot(item)
            found = {name: Fraction(amount) for name, amount in row["parts"].items()}
            if (None if row["in"] is None else Fraction(row["in"]), found) != (there, parts):
                return f"{item} as of load {load}: {row['in']} {found} against {there} {parts}"
    return None


@pytest.mark.parametrize("batch", range(BATCHES))
def test_agrees_with_the_second_computation(batch: int) -> None:
    plants = [where_plant(f"{batch} {number}", f"p{number}:") for number in range(PLANTS)]
    snapshot = arrays(merged([plant if len(plant) > 1 else [*plant, {}] for plant in plants]))
    for plant in plants:
        said = difference(plant if len(plant) > 1 else [*plant, {}], snapshot)
        if said:
            least = smallest(plant, lambda fewer: difference(fewer) is not None)
            pytest.fail(f"{said}\n\nA smaller plant: {difference(least)}\n{shown(least)}", pytrace=False)


@pytest.mark.parametrize("batch", range(2))
def test_laws(batch: int) -> None:
    """Parts and what is unaccounted for add up to what there was; sums are the sums of the items; nothing is hidden."""
    for number in range(PLANTS):
        loads = where_plant(f"laws {batch} {number}")
        snapshot, oracle = arrays(loads), WhereOracle(loads)
        items = sorted(oracle.known.lots.keys() | oracle.known.units.keys())
        answer = where(snapshot, items, len(loads))
        for row in answer["items"]:
            if row["in"] is not None:
                assert total(row["parts"]) + Fraction(row["unaccounted"]) == Fraction(row["in"]), row
            here = sum((Fraction(each["quantity"]) for each in row["places"]), Fraction(0))
            assert here == sum((Fraction(row["parts"].get(name, 0)) for name in HERE), Fraction(0)), row
            out = sum((Fraction(e["quantity"]) for e in row["parties"] if e["part"] == "shipped"), Fraction(0))
            assert out == Fraction(row["parts"].get("shipped", 0)), row
        covering = [row for row in answer["items"] if not row["in_lot"]]
        for name in {name for row in covering for name in row["parts"]}:
            each = sum((Fraction(row["parts"].get(name, 0)) for row in covering), Fraction(0))
            assert each == sum((Fraction(row["parts"].get(name, 0)) for row in answer["sums"]), Fraction(0))
        for row in answer["sums"]:
            if row["in"] is not None:
                assert total(row["parts"]) + Fraction(row["unaccounted"]) == Fraction(row["in"]), row
        shipped = sum((Fraction(row["parts"].get("shipped", 0)) for row in covering), Fraction(0))
        assert shipped == sum(
            (Fraction(r["quantity"]) for r in answer["consignees"] if r["part"] == "shipped"), Fraction(0)
        )


HERE = ("on_hand_available", "on_hand_held", "in_process", "in_transit", "moved_since_count")


def total(parts: dict[str, str]) -> Fraction:
    return sum((Fraction(amount) for amount in parts.values()), Fraction(0))


@pytest.mark.parametrize("seed", range(20))
def test_the_same_however_the_arrays_came_about(seed: int) -> None:
    """Built at once or entry by entry: the numbers inside differ, the answer does not."""
    loads = where_plant(f"built {seed}")
    entries = Facts.of(*(entry(**facts) for facts in Oracle(loads).entries))
    at_once = Snapshot.of(entries)
    stepwise = Snapshot.of(Facts({1: entries.entries[1]}))
    stepwise = stepwise.extended(entries)
    oracle = WhereOracle(loads)
    items = sorted(oracle.known.lots.keys() | oracle.known.units.keys())
    assert where(at_once, items, len(loads)) == where(stepwise, items, len(loads))


# -- each case by its name

MASTERS: Load = {
    "materials": [
        {"material_id": "M", "name": "device", "stage": "finished", "base_unit": "H87"},
        {"material_id": "K", "name": "resin", "stage": "supplied", "base_unit": "KGM"},
    ],
    "parties": [
        {"party_id": "C", "name": "Hospital", "role": "customer"},
        {"party_id": "D", "name": "Clinic", "role": "customer"},
        {"party_id": "O", "name": "Warehouse", "role": "own"},
    ],
    "places": [
        {"place_id": "A", "name": "Plant", "party_id": ""},
        {"place_id": "B", "name": "Store", "party_id": ""},
        {"place_id": "W", "name": "Warehouse", "party_id": "O"},
    ],
    "lots": [{"item_id": "L", "material_id": "M", "lot_number": "1", "quantity": "100", "unit": "H87"}],
}


def at(day: int, hour: int = 12) -> str:
    return f"2026-05-{day:02d}T{hour:02d}:00:00Z"


def count(quantity: str, day: int, place: str = "A", item: str = "L", status: str = "available") -> dict[str, str]:
    return {
        "item_id": item, "place_id": place, "quantity": quantity, "unit": "H87", "status": status, "counted_at": at(day),
    }  # fmt: skip


def ship(quantity: str, day: int, to: str = "C", item: str = "L") -> dict[str, str]:
    return {
        "shipment_id": f"S{day}{to}{item}", "item_id": item, "consignee_id": to, "quantity": quantity,
        "unit": "H87" if quantity else "", "shipped_at": at(day),
    }  # fmt: skip


def went(kind: str, quantity: str, day: int, item: str = "L", party: str = "") -> dict[str, str]:
    return {"item_id": item, "kind": kind, "quantity": quantity, "unit": "H87", "at": at(day), "party_id": party}


def units(*names: str) -> list[dict[str, str]]:
    return [{"item_id": name, "lot_id": "L", "serial": name} for name in names]


def packed(item: str, box: str, since: int | None, until: int | None = None) -> dict[str, str]:
    return {
        "item_id": item, "container_id": box, "packed_at": at(since) if since else "",
        "unpacked_at": at(until) if until else "",
    }  # fmt: skip


def asked(*items: str, **tables: list[dict[str, str]]) -> dict[str, Any]:
    load = {name: list(rows) for name, rows in MASTERS.items()}
    for name, rows in tables.items():
        load[name] = [*load.get(name, []), *rows]
    return where(arrays([load]), items or ("L",), 1)


def parts(*items: str, **tables: list[dict[str, str]]) -> dict[str, str]:
    row = asked(*items, **tables)["items"][0]
    return {**row["parts"], **({"unaccounted": row["unaccounted"]} if row["unaccounted"] != "0" else {})}


def test_a_count_replaces_earlier_ones_of_that_place_in_every_status() -> None:
    stock = [count("40", 1), count("60", 1, "B"), count("5", 1, status="held"), count("38", 2)]
    assert parts(stock=stock) == {"on_hand_available": "98", "unaccounted": "2"}


def test_absence_proves_nothing_and_zero_is_stated() -> None:
    assert parts(stock=[count("100", 1), count("0", 2, "B")]) == {"on_hand_available": "100"}
    assert parts(stock=[count("100", 1), count("0", 2)]) == {"unaccounted": "100"}


def test_what_left_after_the_count_is_not_on_hand_any_more() -> None:
    said = parts(stock=[count("100", 1)], shipments=[ship("30", 2)], dispositions=[went("scrapped", "1", 3)])
    assert said == {"on_hand_available": "69", "shipped": "30", "scrapped": "1"}


def test_what_left_before_the_count_is_not_taken_from_it() -> None:
    assert parts(stock=[count("70", 3)], shipments=[ship("30", 2)]) == {"on_hand_available": "70", "shipped": "30"}


def test_on_the_day_of_a_count_the_count_knew() -> None:
    stock = [{**count("70", 2), "counted_at": "2026-05-02"}]
    assert parts(stock=stock, shipments=[ship("30", 2)]) == {"on_hand_available": "70", "shipped": "30"}


def test_what_leaves_between_counts_leaves_where_it_was_counted_again() -> None:
    stock = [count("40", 1), count("60", 1, "B"), count("35", 3, "B")]
    assert parts(stock=stock, shipments=[ship("25", 2)]) == {"on_hand_available": "75", "shipped": "25"}


def test_a_return_is_no_longer_shipped() -> None:
    said = parts(shipments=[ship("100", 1)], dispositions=[went("returned", "3", 2, party="C")])
    assert said == {"shipped": "97", "returned": "3"}


def test_a_return_that_was_counted_since_is_on_hand() -> None:
    said = parts(shipments=[ship("100", 1)], dispositions=[went("returned", "3", 2, party="C")], stock=[count("3", 3)])
    assert said == {"shipped": "97", "on_hand_available": "3"}


def test_a_return_that_was_shipped_again() -> None:
    said = asked(shipments=[ship("100", 1), ship("3", 3, "D")], dispositions=[went("returned", "3", 2, party="C")])
    assert said["items"][0]["parts"] == {"shipped": "100"}
    assert {(row["party_id"], row["quantity"]) for row in said["consignees"]} == {("C", "97"), ("D", "3")}


def test_a_return_on_the_day_it_was_shipped() -> None:
    back = [{**went("returned", "3", 1, party="C"), "at": "2026-05-01"}]
    assert parts(shipments=[ship("100", 1)], dispositions=back) == {"shipped": "97", "returned": "3"}


def test_a_return_that_was_destroyed() -> None:
    disposed = [went("returned", "3", 2, party="C"), went("destroyed", "3", 3)]
    assert parts(shipments=[ship("100", 1)], dispositions=disposed) == {"shipped": "97", "destroyed": "3"}


def test_more_returned_than_shipped_is_a_negative_part() -> None:
    said = parts(shipments=[ship("2", 1)], dispositions=[went("returned", "3", 2, party="C")])
    assert said == {"shipped": "-1", "returned": "3", "unaccounted": "98"}


def test_used_at_the_customer_is_no_longer_shipped() -> None:
    said = parts(shipments=[ship("100", 1)], dispositions=[went("used", "4", 2, party="D")])
    assert said == {"shipped": "96", "used": "4"}


@pytest.mark.parametrize("kind", ["destroyed", "scrapped", "sampled"])
def test_disposed_of_by_the_customer_is_no_longer_shipped_and_our_stock_is_untouched(kind: str) -> None:
    said = asked(
        shipments=[ship("50", 1), ship("10", 1, "D")],
        stock=[count("40", 2)],
        dispositions=[went(kind, "20", 3, party="C")],
    )["items"][0]
    assert said["parts"] == {"on_hand_available": "40", "shipped": "40", kind: "20"}
    assert {row["party_id"]: row["quantity"] for row in said["parties"]} == {"C": "30", "D": "10"}


def test_disposed_of_by_a_party_that_had_none_leaves_our_stock() -> None:
    """A firm that only incinerates; and of a customer that had too little, the rest."""
    out, here = [ship("10", 1)], [count("90", 1)]
    said = parts(shipments=out, stock=here, dispositions=[went("destroyed", "20", 3, party="D")])
    assert said == {"on_hand_available": "70", "shipped": "10", "destroyed": "20"}
    said = parts(shipments=out, stock=here, dispositions=[went("destroyed", "20", 3, party="C")])
    assert said == {"on_hand_available": "80", "destroyed": "20"}


def test_a_unit_of_a_lot_shipped_by_its_number_is_destroyed_there() -> None:
    gone = [went("destroyed", "1", 3, "u", "C")]
    said = parts("L", "u", units=units("u"), shipments=[ship("60", 1)], stock=[count("40", 2)], dispositions=gone)
    assert said == {"on_hand_available": "40", "shipped": "59", "destroyed": "1"}


def test_to_our_own_warehouse_is_a_move_and_not_shipped() -> None:
    sent = [ship("40", 2, "O")]
    assert parts(stock=[count("100", 1)], shipments=sent) == {"on_hand_available": "60", "moved_since_count": "40"}
    counted = [count("100", 1), count("39", 3, "W")]
    assert parts(stock=counted, shipments=sent) == {"on_hand_available": "99", "unaccounted": "1"}
    assert parts(stock=[count("100", 1)], shipments=[*sent, ship("40", 3)]) == {
        "on_hand_available": "60",
        "shipped": "40",
    }


def test_a_move_leaves_the_place_where_it_was_counted() -> None:
    moves = [{"item_id": "L", "from_place": "A", "to_place": "B", "at": at(2), "quantity": "10", "unit": "H87"}]
    said = asked(stock=[count("100", 1)], moves=moves)
    assert said["items"][0]["parts"] == {"on_hand_available": "90", "moved_since_count": "10"}
    assert [(row["place_id"], row["quantity"]) for row in said["places"]] == [("A", "90"), ("B", "10")]
    assert parts(stock=[count("100", 1), count("10", 3, "B")], moves=moves) == {"on_hand_available": "100"}


def test_consumption_without_a_time_was_known_to_the_count() -> None:
    used = [{"step_id": "T", "item_id": "L", "quantity": "40", "unit": "H87"}]
    assert parts(stock=[count("60", 1)], consumption=used) == {"on_hand_available": "60", "consumed": "40"}


def test_a_container_stands_for_what_was_in_it_then() -> None:
    said = asked(
        "u", "v", units=units("u", "v"), packing=[packed("u", "T", 1, 3), packed("v", "T", 4)],
        shipments=[ship("1", 2, "C", "T"), ship("1", 5, "D", "T")],
    )  # fmt: skip
    got = [(row["id"], row["parts"], row["parties"][0]["party_id"]) for row in said["items"]]
    assert got == [("u", {"shipped": "1"}, "C"), ("v", {"shipped": "1"}, "D")]


def test_containers_in_containers_and_times_that_nobody_recorded() -> None:
    boxes = [packed("u", "C1", None), packed("C1", "P", 1)]
    (row,) = asked("u", units=units("u"), packing=boxes, stock=[count("1", 2, item="P", status="held")])["items"]
    assert row["parts"] == {"on_hand_held": "1"}
    assert row["places"][0]["place_id"] == "A"


def test_a_lot_alone_in_a_container_has_its_quantity() -> None:
    said = parts(packing=[packed("L", "P", 1)], shipments=[ship("60", 2, item="P")])
    assert said == {"shipped": "60", "unaccounted": "40"}


def test_several_lots_in_a_container_are_a_named_gap() -> None:
    second = [{"item_id": "L2", "material_id": "M", "lot_number": "2", "quantity": "5", "unit": "H87"}]
    boxes = [packed("L", "P", 1), packed("L2", "P", 1)]
    said = asked("L", lots=second, packing=boxes, shipments=[ship("60", 2, item="P")])
    assert said["items"][0]["parts"] == {}
    assert said["gaps"]["shared_container"] == {"count": 1, "items": ["L"]}


def test_quantities_that_do_not_convert_are_a_named_gap() -> None:
    odd = [{**count("3", 1), "unit": "LTR"}]
    said = asked(stock=odd, shipments=[ship("", 2)])
    assert said["items"][0]["parts"] == {}
    assert (said["gaps"]["not_convertible"]["count"], said["gaps"]["no_quantity"]["count"]) == (1, 1)


def test_the_latest_record_of_a_unit_decides() -> None:
    records = {
        "shipments": [ship("", 2, item="u"), ship("7", 4, "D", "u")],
        "dispositions": [went("returned", "1", 3, "u")],
    }
    (row,) = asked("u", units=units("u"), **records)["items"]
    assert row["parts"] == {"shipped": "1"}
    assert row["parties"] == [{"party_id": "D", "part": "shipped", "quantity": "1"}]
    assert row["in"] == "1"


def test_units_are_inside_the_quantity_of_their_lot() -> None:
    said = asked("L", "u", "v", units=units("u", "v"), shipments=[ship("", 2, item="u")], stock=[count("98", 3)])
    rows = {row["id"]: row for row in said["items"]}
    assert rows["L"]["parts"] == {"on_hand_available": "98", "shipped": "1"}
    assert rows["L"]["unaccounted"] == "1"
    assert rows["v"]["parts"] == {"with_lot": "1"}
    assert [(r["in"], r["parts"]) for r in said["sums"]] == [("100", {"on_hand_available": "98", "shipped": "1"})]


def test_a_unit_that_leaves_after_its_lot_was_counted_leaves_the_count() -> None:
    said = parts(units=units("u"), stock=[count("100", 1)], shipments=[ship("", 2, item="u")])
    assert said == {"on_hand_available": "99", "shipped": "1"}


def test_a_unit_that_came_back_is_in_the_next_count_of_its_lot() -> None:
    records = {"shipments": [ship("", 1, item="u")], "dispositions": [went("returned", "1", 2, "u", "C")]}
    assert parts(units=units("u"), stock=[count("100", 3)], **records) == {"on_hand_available": "100"}
    again = {**records, "shipments": [*records["shipments"], ship("", 4, "D", "u")]}
    assert parts(units=units("u"), stock=[count("100", 3)], **again) == {"on_hand_available": "99", "shipped": "1"}


def test_a_unit_of_a_lot_shipped_by_its_number_comes_back_from_there() -> None:
    said = parts(units=units("u"), shipments=[ship("100", 1)], dispositions=[went("returned", "1", 2, "u", "C")])
    assert said == {"shipped": "99", "returned": "1"}


def test_a_unit_used_and_made_again_by_one_step_is_where_the_other_records_say() -> None:
    row = {"step_id": "T", "item_id": "u", "quantity": "1", "unit": "H87"}
    said = parts("u", units=units("u"), consumption=[row], production=[row], stock=[count("1", 1, item="u")])
    assert said == {"on_hand_available": "1"}


def test_the_production_counts_where_there_is_any() -> None:
    made = [{"step_id": "T", "item_id": "L", "quantity": "98", "unit": "H87"}]
    assert parts(production=made, stock=[count("98", 1)]) == {"on_hand_available": "98"}


def test_an_item_that_nobody_described_has_no_quantity() -> None:
    said = asked("X", "never heard of", consumption=[{"step_id": "T", "item_id": "X", "quantity": "2", "unit": "KGM"}])
    rows = [(row["id"], row["kind"], row["in"], row["parts"], row["unit"]) for row in said["items"]]
    assert rows == [("X", "unknown", None, {"consumed": "2"}, "KGM"), ("never heard of", "unknown", None, {}, None)]
