"""What the arrays say of an item, of its lot, and of who got it."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from facts import Facts, Row, bounds, entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_genealogy_snapshot_reach import Load, in_force, rows_of, source

from genealogy.reach import Description, Shipped
from genealogy.snapshot import Snapshot, codes, describe
from genealogy.snapshot.describe import know_all
from genealogy.snapshot.files import Array

ITEMS = ["I0", "I1", "I2", "I3", "C0", "C1"]
TIMES = ["2026-05-01T00:00:00Z", "2026-05-01T12:00:00Z", "2026-05-02T12:00:00Z", "2026-05-01[Z]", "2026-05-02[Z]"]


def naive_shipments(loads: list[Load], affected: set[str], as_of: int) -> list[Shipped]:
    """The rule of shipments, said once more over dictionaries."""
    state = in_force(loads, as_of)
    means = {
        kind: {row["code"]: row["means"] for row in state["aliases"] if row["kind"] == kind}
        for kind in ("item", "party")
    }

    def item(code: str | None) -> str:
        return str(means["item"].get(code, code))

    lots_of = defaultdict(set)
    for row in state["units"]:
        if row.get("lot_id") is not None:
            lots_of[item(row["item_id"])].add(item(row["lot_id"]))
    units = {item(row["item_id"]) for row in state["units"]}
    partly = {lot for one in affected for lot in lots_of[one]} - affected

    def inside(container: str, shipped: tuple[int, int], seen: frozenset[str]) -> set[str]:
        found: set[str] = set()
        for row in state["packing"]:
            if row["container_id"] != container:
                continue
            start, end = shipped
            packed, unpacked = row.get("packed_at"), row.get("unpacked_at")
            if packed is not None and not (bounds(packed)[0] <= start or bounds(packed)[0] < end):
                continue
            until = None if unpacked is None else bounds(unpacked)
            if until is not None and not (start < until[1] or start == until[0]):
                continue
            one = item(row["item_id"])
            found.add(one)
            if one not in seen:
                found |= inside(one, shipped, seen | {one})
        return found

    lines = []
    for row in state["shipments"]:
        named = item(row["item_id"])
        held = inside(named, bounds(str(row["shipped_at"])), frozenset({named})) - {named}
        for one, packed in [(named, False), *((one, True) for one in held)]:
            if one not in affected | partly:
                continue
            amount: tuple[str | None, str | None] = (row.get("quantity"), row.get("unit"))
            if one in units and (packed or amount[0] is None):
                amount = ("1", "H87")
            elif packed:
                amount = (None, None)
            certainty = "proven" if one in affected else "possible"
            consignee = str(means["party"].get(row["consignee_id"], row["consignee_id"]))
            lines.append(
                Shipped(
                    str(row["shipment_id"]),
                    row.get("line_no"),
                    named,
                    one,
                    consignee,
                    *amount,
                    certainty,
                    row["shipped_at"],
                )
            )
    return sorted(lines, key=str)


item, time = st.sampled_from(ITEMS), st.none() | st.sampled_from(TIMES)
loads_of_shipments = st.lists(
    st.fixed_dictionaries(
        {
            "shipments": rows_of(
                "shipments",
                shipment_id=st.sampled_from(["SH1", "SH2"]),
                item_id=item,
                line_no=st.sampled_from([None, "1"]),
                consignee_id=st.sampled_from(["P", "Q"]),
                quantity=st.sampled_from([None, "5"]),
                unit=st.sampled_from([None, "KGM"]),
                shipped_at=st.sampled_from(TIMES),
            ),
            "packing": rows_of(
                "packing",
                item_id=item,
                container_id=st.sampled_from(["C0", "C1", "I3"]),
                packed_at=time,
                unpacked_at=time,
            ),
            "units": rows_of("units", item_id=item, lot_id=st.none() | item, serial=st.just("s")),
        },
        optional={
            "aliases": rows_of(
                "aliases",
                system=st.just("erp"),
                kind=st.sampled_from(["item", "party"]),
                code=st.sampled_from(["I0", "I1", "P"]),
                means=st.sampled_from(["I2", "C1", "Q"]),
            )
        },
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loads_of_shipments, st.sets(item, min_size=1, max_size=3))
def test_shipments_are_what_the_rule_says_as_of_every_entry(loads: list[Load], affected: set[str]) -> None:
    snapshot = Snapshot.of(source(loads))
    for as_of in range(1, len(loads) + 1):
        found = snapshot.shipments(sorted(affected), as_of)
        assert sorted(found, key=str) == naive_shipments(loads, affected, as_of)
        order = [(line.shipment_id, line.line_no or "", line.named, line.item) for line in found]
        assert order == sorted(order)


def test_a_pallet_stands_for_what_was_on_it_when_it_left() -> None:
    """U1 in carton C from 8 to 12 o'clock, C on pallet P all day; P shipped at 10 and again at 14 o'clock."""
    packing: list[Row] = [
        {
            "item_id": "U1",
            "container_id": "C",
            "packed_at": "2026-05-01T08:00:00Z",
            "unpacked_at": "2026-05-01T12:00:00Z",
        },
        {"item_id": "C", "container_id": "P", "packed_at": "2026-05-01[Z]"},
    ]
    shipments: list[Row] = [
        {"shipment_id": f"SH{hour}", "item_id": "P", "consignee_id": "K", "shipped_at": f"2026-05-01T{hour}:00:00Z"}
        for hour in (10, 14)
    ]
    units: list[Row] = [{"item_id": "U1", "lot_id": "L", "serial": "1"}]
    snapshot = Snapshot.of(Facts.of(entry(packing=packing, shipments=shipments, units=units)))
    assert snapshot.shipments(["U1"], 1) == [
        Shipped("SH10", None, "P", "U1", "K", "1", "H87", "proven", "2026-05-01T10:00:00Z")
    ]


def test_one_possible_line_for_a_lot_however_many_of_its_units_are_affected() -> None:
    units: list[Row] = [{"item_id": f"U{at}", "lot_id": "L", "serial": str(at)} for at in range(50)]
    line: Row = {
        "shipment_id": "SH",
        "item_id": "L",
        "line_no": "1",
        "consignee_id": "K",
        "quantity": "20",
        "unit": "H87",
    }
    line["shipped_at"] = "2026-05-01[Z]"
    snapshot = Snapshot.of(Facts.of(entry(units=units, shipments=[line])))
    expected = Shipped("SH", "1", "L", "L", "K", "20", "H87", "possible", "2026-05-01[Z]")
    assert snapshot.shipments([f"U{at}" for at in range(40)], 1) == [expected]
    assert snapshot.shipments(["L"], 1)[0].certainty == "proven"


def test_descriptions_follow_corrections_and_aliases() -> None:
    """U1 and U2 of lot L; the material of L is corrected in entry 2; l0 turns out to mean L in entry 3."""
    snapshot = Snapshot.of(
        Facts.of(
            entry(
                lots=[{"item_id": "L", "material_id": "M", "lot_number": "77", "quantity": "5", "unit": "KGM"}],
                units=[
                    {"item_id": "U1", "lot_id": "L", "serial": "001"},
                    {"item_id": "U2", "lot_id": "l0", "material_id": "m9", "serial": "002"},
                ],
                materials=[
                    {"material_id": "M", "name": "raw", "stage": "supplied", "base_unit": "KGM"},
                    {"material_id": "N", "name": "pump", "stage": "finished", "base_unit": "H87"},
                ],
            ),
            entry(lots=[{"item_id": "L", "material_id": "N", "lot_number": "77", "unit": "KGM"}]),
            entry(
                aliases=[
                    {"system": "erp", "kind": "item", "code": "l0", "means": "L"},
                    {"system": "erp", "kind": "material", "code": "m9", "means": "N"},
                ]
            ),
            entry(units=[{"item_id": "U1", "void": "yes"}]),
        )
    )
    asked = ["L", "U1", "U2", "nobody"]
    unknown = Description("unknown", None, None, None, None, None, None)
    assert snapshot.describe(asked, 1) == [
        Description("lot", "M", "supplied", None, "77", "5", "KGM"),
        Description("unit", "M", "supplied", "L", "001", None, None),
        Description("unit", "m9", None, "l0", "002", None, None),
        unknown,
    ]
    assert snapshot.describe(asked, 3) == [
        Description("lot", "N", "finished", None, "77", None, "KGM"),
        Description("unit", "N", "finished", "L", "001", None, None),
        Description("unit", "N", "finished", "L", "002", None, None),
        unknown,
    ]
    assert snapshot.describe(["U1"], 4) == [unknown]
    assert [snapshot.units_of(["L", "l0"], as_of) for as_of in (1, 3, 4)] == [
        {"L": 1, "l0": 1},
        {"L": 2, "l0": 0},
        {"L": 1, "l0": 0},
    ]


def test_an_item_both_described_as_lot_and_as_unit_is_a_unit() -> None:
    lots: list[Row] = [{"item_id": "X", "material_id": "M", "lot_number": "7", "quantity": "1", "unit": "H87"}]
    both = Snapshot.of(Facts.of(entry(lots=lots, units=[{"item_id": "X", "serial": "s"}])))
    assert both.describe(["X"], 1) == [Description("unit", "M", None, None, "s", None, None)]


def test_of_two_spellings_that_describe_one_item_its_own_wins_whatever_the_order() -> None:
    aliases: list[Row] = [{"system": "erp", "kind": "item", "code": code, "means": "Z"} for code in ("B", "A")]
    rows: list[Row] = [{"item_id": code, "material_id": "M", "lot_number": f"of {code}"} for code in ("B", "A", "Z")]
    for order in ((0, 1, 2), (2, 1, 0)):
        snapshot = Snapshot.of(Facts.of(*(entry(lots=[rows[at]]) for at in order), entry(aliases=aliases)))
        assert [found.number for found in snapshot.describe(["Z", "A"], 4)] == ["of Z", None]
        withdrawn = snapshot.extended(Facts({5: entry(lots=[{"item_id": "Z", "void": "yes"}])}))
        assert [found.number for found in withdrawn.describe(["Z"], 5)] == ["of A"]


def test_a_shipment_of_a_whole_day_holds_what_was_inside_at_any_time_of_it() -> None:
    times = {
        "noon": ("2026-05-01T12:00:00Z", None),
        "until noon": (None, "2026-05-01T12:00:00Z"),
        "same day": ("2026-05-01[Z]", "2026-05-01[Z]"),
        "day after": ("2026-05-02[Z]", None),
        "until then": (None, "2026-05-01T00:00:00Z"),
        "day before": (None, "2026-04-30[Z]"),
    }
    packing: list[Row] = [
        {"item_id": item, "container_id": "C", "packed_at": packed, "unpacked_at": unpacked}
        for item, (packed, unpacked) in times.items()
    ]
    line: Row = {"shipment_id": "SH", "item_id": "C", "consignee_id": "K", "shipped_at": "2026-05-01[Z]"}
    found = Snapshot.of(Facts.of(entry(packing=packing, shipments=[line]))).shipments([*times], 1)
    assert [line.item for line in found] == ["noon", "same day", "until noon", "until then"]


def test_an_item_exists_from_the_entry_that_names_it() -> None:
    alias: Row = {"system": "erp", "kind": "item", "code": "named", "means": "N"}
    snapshot = Snapshot.of(
        Facts.of(
            entry(lots=[{"item_id": "L", "material_id": "M", "lot_number": "1"}]),
            entry(consumption=[{"step_id": "S", "item_id": "named"}]),
            entry(
                shipments=[{"shipment_id": "SH", "item_id": "SSCC", "consignee_id": "K", "shipped_at": "2026-05-01[Z]"}]
            ),
            entry(packing=[{"item_id": "L", "container_id": "SSCC"}], results=[{"item_id": "tested", "test": "t"}]),
            entry(
                lots=[{"item_id": "L", "void": "yes"}],
                aliases=[alias],
            ),
        )
    )
    known = [[one for one in ("L", "N", "SSCC", "named", "tested") if snapshot.has(one, as_of)] for as_of in range(6)]
    assert known == [[], ["L"], ["L", "named"], ["L", "SSCC", "named"], ["L", "named", "tested"], ["L", "N", "tested"]]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loads_of_shipments, st.integers(0, 3))
def test_what_is_known_of_all_items_at_once_is_what_is_looked_up_for_each(loads: list[Load], as_of: int) -> None:
    snapshot = Snapshot.of(source(loads))
    as_of = min(as_of, snapshot.sequence)
    each, every = snapshot.moment(as_of).without({}), snapshot.moment(as_of)
    know_all(every)
    for number in [-1, *range(len(every.codes))]:
        asked = np.array([number], np.int32)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(describe, "MANY", 0)
            right = describe.records(each, asked)
        found = describe.records(every, asked)
        for name in ("unit", "lot", "parent", "material", "stage", "base_unit"):
            assert getattr(found, name).tolist() == getattr(right, name).tolist(), (number, name)


@given(st.lists(st.text(max_size=3), unique=True, min_size=1, max_size=20), st.data())
def test_strings_are_sorted_alike_by_what_is_known_of_all_and_one_by_one(texts: list[str], data: st.DataObject) -> None:
    _, arrays = codes.Codes({}, "codes").with_new(pa.array(texts, pa.large_string()))
    known = codes.Codes(arrays, "codes")
    numbers = np.array(data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=30)), np.int32)
    with pytest.MonkeyPatch.context() as patch:
        for many in (0, 10**9):
            patch.setattr(codes, "MANY", many)
            strings, order = known.in_order(numbers)
            assert strings == sorted(texts[number] for number in numbers.tolist())
            assert [texts[numbers[place]] for place in order.tolist()] == strings


def test_nasty_ids_come_back_byte_for_byte() -> None:
    parts = ["", "0", "00", "1e5", " ", "  x", "Ü", "\u00fc" * 40, "🙂", "a" * 300, "MAR-1", "ᛏ"]
    ids = sorted({f"{one}{other}" for one, other in product(parts, parts)} - {""})
    produced: list[Row] = [{"step_id": "S", "item_id": one} for one in ids]
    snapshot = Snapshot.of(Facts.of(entry(consumption=[{"step_id": "S", "item_id": "START"}], production=produced)))
    assert snapshot.reach(["START"], "forward", 1).ids == ids
    assert all(snapshot.has(one, 1) for one in ids)
    assert not snapshot.has("a" * 299, 1)


def test_codes_whose_hashes_are_equal_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_equal(strings: pa.Array, seed: int = 0) -> tuple[Array, Array]:
        return np.full(len(strings), 7, np.uint64), np.full(len(strings), seed, np.uint64)

    monkeypatch.setattr(codes, "fingerprints", all_equal)
    produced: list[Row] = [{"step_id": f"S{at}", "item_id": f"I{at + 1}"} for at in range(40)]
    consumed: list[Row] = [{"step_id": f"S{at}", "item_id": f"I{at}"} for at in range(40)]
    snapshot = Snapshot.of(Facts.of(entry(production=produced), entry(consumption=consumed)))
    assert snapshot.reach(["I0"], "forward", 2).ids == sorted(f"I{at + 1}" for at in range(40))
    assert not snapshot.has("I41", 2)
