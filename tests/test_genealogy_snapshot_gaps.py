"""What the records leave open: every kind of gap, as of the entries that open and close it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from facts import Facts, Row, entry, key_of

from genealogy.snapshot import Direction, Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = {
    "quarantined", "suspected", "unresolved", "orphan_steps", "grain_not_proven", "not_convertible",
    "impossible_times", "over_use", "look_alikes",
}  # fmt: skip
PUMPS: list[Row] = [
    {"material_id": "M", "name": "granulate", "stage": "supplied", "base_unit": "KGM"},
    {"material_id": "P", "name": "pump", "stage": "finished", "base_unit": "H87"},
]


def gaps(*entries: dict[str, pa.Table], start: str = "A", direction: Direction = "forward") -> dict[str, Any]:
    """The gaps of a trace as of the last entry."""
    snapshot = Snapshot.of(Facts.of(*entries))
    reach = snapshot.reach([start], direction, len(entries))
    found = snapshot.gaps([start], reach, direction, len(entries))
    assert set(found) == KINDS
    assert all(set(gap) >= {"count", "more_units", "examples"} and len(gap["examples"]) <= 20 for gap in found.values())
    return found


def suspect(role: str, step: str, item: str, **more: str | None) -> Row:
    key = key_of(role, {"step_id": step, "item_id": item})
    row: Row = {"quarantine_id": f"q-{role}-{step}-{item}", "table": role, "rule": "quantity", "column": "quantity"}
    return row | {"role": role, "step_id": step, "item_id": item, "key": key, "value": "-1"} | more


def test_a_complete_record_has_no_gaps() -> None:
    found = gaps(
        entry(
            materials=PUMPS,
            lots=[{"item_id": "A", "material_id": "M", "lot_number": "1", "quantity": "5", "unit": "KGM"}],
            units=[{"item_id": "U", "material_id": "P", "serial": "1"}],
            consumption=[{"step_id": "S", "item_id": "A", "quantity": "5000", "unit": "GRM"}],
            production=[{"step_id": "S", "item_id": "U"}],
        )
    )
    assert {kind: gap["count"] for kind, gap in found.items()} == dict.fromkeys(KINDS, 0)


def test_a_step_that_claims_units_but_made_several_is_named() -> None:
    steps: list[Row] = [
        {"step_id": "S1", "operation": "pack", "grain": "unit"},
        {"step_id": "S2", "operation": "pack", "grain": "unit"},
        {"step_id": "S3", "operation": "pack"},
    ]
    made = [("S1", "U1"), ("S1", "U2"), ("S2", "U3"), ("S3", "U4"), ("S3", "U5")]
    found = gaps(
        entry(
            steps=steps,
            consumption=[{"step_id": step["step_id"], "item_id": "A"} for step in steps],
            production=[{"step_id": step, "item_id": item} for step, item in made],
        )
    )
    assert found["grain_not_proven"] == {"count": 1, "more_units": 0, "examples": [{"step_id": "S1"}]}


def test_a_suspected_consumption_says_how_many_more_units_it_could_mean() -> None:
    """A -> S1 -> U1; suspected: A -> S2 -> LOT of U2 and U3 (finished), LOT -> S3 -> BOX."""
    plant: dict[str, list[Row]] = {
        "materials": PUMPS,
        "lots": [{"item_id": "LOT", "material_id": "P", "lot_number": "9"}],
        "units": [
            {"item_id": "U1", "material_id": "P", "serial": "1"},
            {"item_id": "U2", "lot_id": "LOT", "serial": "2"},
            {"item_id": "U3", "lot_id": "LOT", "serial": "3"},
        ],
        "consumption": [{"step_id": "S1", "item_id": "A"}, {"step_id": "S3", "item_id": "LOT"}],
        "production": [
            {"step_id": "S1", "item_id": "U1"},
            {"step_id": "S2", "item_id": "LOT"},
            {"step_id": "S3", "item_id": "BOX"},
        ],
    }
    first = entry(**plant, _quarantine=[suspect("consumption", "S2", "A"), suspect("consumption", "S9", "elsewhere")])
    found = gaps(first)
    assert found["suspected"] == {
        "count": 1,
        "more_units": 2,
        "more_lots": 1,
        "more_items": 4,
        "examples": [
            {
                "entry": 1, "file": "0", "row": 2, "table": "consumption", "rule": "quantity", "column": "quantity",
                "step_id": "S2", "item_id": "A",
            }
        ],
    }  # fmt: skip
    assert found["quarantined"]["count"] == 2
    assert found["quarantined"]["more_units"] is None
    assert gaps(first, start="BOX", direction="backward")["suspected"]["more_items"] == 1
    assert gaps(first, start="U1")["suspected"] == {
        "count": 0,
        "more_units": 0,
        "more_lots": 0,
        "more_items": 0,
        "examples": [],
    }


def test_a_suspected_production_is_followed_too() -> None:
    """A -> S1, which perhaps made U1 of lot L; L -> S2 -> U2 (a bad unit may have been in the portion)."""
    found = gaps(
        entry(
            materials=PUMPS,
            units=[
                {"item_id": "U1", "material_id": "P", "lot_id": "L", "serial": "1"},
                {"item_id": "U2", "material_id": "P", "serial": "2"},
                {"item_id": "U3", "material_id": "P", "lot_id": "L", "serial": "3"},
            ],
            consumption=[{"step_id": "S1", "item_id": "A"}, {"step_id": "S2", "item_id": "L"}],
            production=[{"step_id": "S2", "item_id": "U2"}],
            _quarantine=[suspect("production", "S1", "U1")],
        )
    )
    assert (found["suspected"]["count"], found["suspected"]["more_units"]) == (1, 2)
    assert found["orphan_steps"] == {"count": 1, "more_units": None, "examples": [{"step_id": "S1"}]}


@pytest.mark.parametrize(
    "settled",
    [
        entry(_corrected=[{"quarantine_id": "q-consumption-S2-A"}]),
        entry(consumption=[{"step_id": "S2", "item_id": "A"}]),
        entry(consumption=[{"step_id": "S2", "item_id": "A", "line_no": "7"}]),
        entry(
            consumption=[{"step_id": "S2", "item_id": "a", "line_no": "7"}],
            aliases=[{"system": "erp", "kind": "item", "code": "a", "means": "A"}],
        ),
    ],
    ids=["named as corrected", "same key", "same step and item", "same item by an alias"],
)
def test_a_suspected_link_closes(settled: dict[str, pa.Table]) -> None:
    first = entry(_quarantine=[suspect("consumption", "S2", "A")], production=[{"step_id": "S2", "item_id": "X"}])
    withdrawn = [{"step_id": "S2", "item_id": "A", "void": "yes"}, {"step_id": "S2", "item_id": "A", "line_no": "7"}]
    assert gaps(first)["suspected"]["count"] == 1
    assert gaps(first, settled)["suspected"]["count"] == 0
    assert gaps(first, settled)["quarantined"]["count"] == 0
    snapshot = Snapshot.of(Facts.of(first, settled, entry(consumption=withdrawn[:1])))
    reach = snapshot.reach(["A"], "forward", 1)
    assert snapshot.gaps(["A"], reach, "forward", 1)["suspected"]["count"] == 1  # as it stood then


def test_a_rejected_correction_of_a_known_fact_stays_open() -> None:
    """The fact that it was to correct is no settlement of it; nor is another row of its group in the same load."""
    known = entry(lots=[{"item_id": "L", "material_id": "M", "lot_number": "1"}])
    rejected = {"quarantine_id": "q", "table": "lots", "rule": "conflict", "column": "status", "key": "L"}
    assert gaps(known, entry(_quarantine=[rejected]))["quarantined"]["count"] == 1
    group = entry(
        _quarantine=[suspect("consumption", "S2", "A")],
        consumption=[{"step_id": "S2", "item_id": "A"}],
        production=[{"step_id": "S2", "item_id": "X"}],
    )
    found = gaps(group)
    assert (found["quarantined"]["count"], found["suspected"]["more_items"]) == (1, 0)
    assert gaps(group, entry(consumption=[{"step_id": "S2", "item_id": "A"}]))["quarantined"]["count"] == 0


def test_a_quarantined_row_of_any_table_closes_when_its_key_is_in_force_and_opens_again_when_it_is_withdrawn() -> None:
    bad = [
        {
            "quarantine_id": "q1",
            "table": "readings",
            "rule": "number",
            "column": "low",
            "key": "\x1fOVEN\x1f\x1ftemp\x1fT",
        },
        {"quarantine_id": "q2", "table": "parties", "rule": "choice", "column": "role", "key": "ACME"},
        {"quarantine_id": "q3", "table": "lots", "rule": "missing", "column": "material_id", "key": "L"},
        {"quarantine_id": "q4", "table": "lots", "rule": "missing", "column": "item_id"},
    ]
    party: Row = {"party_id": "ACME", "name": "Acme", "role": "supplier"}
    entries = [
        entry(_quarantine=bad),
        entry(_quarantine=bad[:1], parties=[party], orders=[{"order_id": "L"}, {"order_id": "ACME"}]),
        entry(lots=[{"item_id": "L", "material_id": "M", "lot_number": "1"}]),
        entry(parties=[party | {"void": "yes"}]),
    ]
    rules = [
        [(example["table"], example["column"]) for example in gaps(*entries[:count])["quarantined"]["examples"]]
        for count in (1, 2, 3, 4)
    ]
    readings, parties, lots, nameless = (
        ("readings", "low"),
        ("parties", "role"),
        ("lots", "material_id"),
        ("lots", "item_id"),
    )
    assert rules == [
        [readings, parties, lots, nameless],
        [readings, lots, nameless],
        [readings, nameless],
        [readings, parties, nameless],
    ]


def test_unresolved_items_and_orphan_steps_are_named() -> None:
    """A -> S1 -> X -> S2; the lot of unit U went into S3 as a lot; nobody described A, X."""
    entries = entry(
        units=[{"item_id": "U", "lot_id": "L", "serial": "1"}],
        consumption=[{"step_id": step, "item_id": one} for step, one in (("S1", "A"), ("S2", "X"), ("S3", "L"))],
        production=[{"step_id": "S1", "item_id": "X"}, {"step_id": "S1", "item_id": "U"}],
    )
    forward = gaps(entries)
    assert forward["unresolved"]["examples"] == [{"item_id": "A"}, {"item_id": "X"}]
    assert forward["orphan_steps"]["examples"] == [{"step_id": "S2"}, {"step_id": "S3"}]
    assert gaps(entries, start="nobody")["unresolved"]["examples"] == [{"item_id": "nobody"}]
    made = entry(production=[{"step_id": "S0", "item_id": "A"}])
    assert gaps(entries, made, start="X", direction="backward")["orphan_steps"]["examples"] == [{"step_id": "S0"}]


def test_a_quantity_waits_for_the_conversion_that_its_material_needs() -> None:
    lots: list[Row] = [
        {"item_id": "A", "material_id": "m", "lot_number": "1", "quantity": "2", "unit": "DRUM"},
        {"item_id": "B", "material_id": "M", "lot_number": "2", "quantity": "2", "unit": "GRM"},
        {"item_id": "C", "material_id": "M", "lot_number": "3"},
    ]
    link = {
        "consumption": [{"step_id": "S", "item_id": "A"}],
        "production": [{"step_id": "S", "item_id": one} for one in "BC"],
    }
    aliases: list[Row] = [
        {"system": "erp", "kind": "material", "code": "m", "means": "M"},
        {"system": "erp", "kind": "unit_of_measure", "code": "DRUM", "means": "XDR"},
    ]
    first = entry(materials=PUMPS, lots=lots, aliases=aliases, **link)
    assert gaps(first)["not_convertible"] == {
        "count": 1,
        "more_units": 0,
        "examples": [{"item_id": "A", "unit": "DRUM", "material_id": "M", "tables": ["lots"]}],
    }
    of_another = entry(conversions=[{"material_id": "P", "from_unit": "XDR", "to_unit": "KGM", "factor": "200"}])
    assert gaps(first, of_another)["not_convertible"]["count"] == 1
    by_volume = entry(
        conversions=[
            {"material_id": "m", "from_unit": "LTR", "to_unit": "GRM", "factor": "900"},
            {"material_id": "M", "from_unit": "DMQ", "to_unit": "XDR", "factor": "0.005"},
        ]
    )
    assert gaps(first, by_volume)["not_convertible"]["count"] == 0


def test_quantities_of_every_table_that_cannot_be_converted_are_a_gap() -> None:
    """A (base KGM) -> S -> U (base H87): pallets, drums and kilograms stand where they tell nothing."""
    place, day = {"place_id": "W", "status": "available", "counted_at": "2026-05-01[Z]"}, "2026-05-01[Z]"
    plant: dict[str, list[Row]] = {
        "materials": PUMPS,
        "lots": [{"item_id": "A", "material_id": "M", "lot_number": "1", "quantity": "5", "unit": "KGM"}],
        "units": [
            {"item_id": "U", "material_id": "P", "serial": "1"},
            {"item_id": "V", "material_id": "M", "serial": "2"},
        ],
        "consumption": [
            {"step_id": "S", "item_id": "A", "quantity": "1", "unit": "XDR"},
            {"step_id": "S2", "item_id": "A", "quantity": "1", "unit": "GRM"},
        ],
        "production": [
            {"step_id": "S", "item_id": "U", "quantity": "2", "unit": "KGM"},
            # A serialised unit counts as one piece, whatever its material is measured in.
            {"step_id": "S", "item_id": "V", "quantity": "1", "unit": "H87"},
            {"step_id": "S", "item_id": "nobody described it", "quantity": "1", "unit": "XDR"},
        ],
        "shipments": [
            {
                "shipment_id": "SH",
                "item_id": "A",
                "consignee_id": "K",
                "shipped_at": day,
                "quantity": "1",
                "unit": "XPX",
            }
        ],
        "stock": [{"item_id": "A", "quantity": "1", "unit": "XDR", **place}],
        "dispositions": [{"item_id": "U", "kind": "used", "quantity": "3", "unit": "KGM", "at": day}],
    }
    assert gaps(entry(**plant))["not_convertible"] == {
        "count": 2,
        "more_units": 0,
        "examples": [
            {"item_id": "A", "unit": "XDR", "material_id": "M", "tables": ["consumption", "stock"]},
            {"item_id": "A", "unit": "XPX", "material_id": "M", "tables": ["shipments"]},
            {"item_id": "U", "unit": "KGM", "material_id": "P", "tables": ["dispositions", "production"]},
        ],
    }
    conversions: list[Row] = [
        {"material_id": "M", "from_unit": "XDR", "to_unit": "KGM", "factor": "200"},
        {"material_id": "M", "from_unit": "XPX", "to_unit": "XDR", "factor": "4"},
        {"material_id": "P", "from_unit": "KGM", "to_unit": "H87", "factor": "0.5"},
    ]
    assert gaps(entry(**plant), entry(conversions=conversions))["not_convertible"]["count"] == 0


def test_an_item_consumed_before_it_was_there_is_an_impossible_time() -> None:
    """A received on the 2nd; S1 used it on the 1st, S2 on the 2nd, S3 ended before, S4 has no time."""
    steps: list[Row] = [{"step_id": "S3", "ended_at": "2026-05-01T23:00:00Z", "started_at": "2026-05-03T00:00:00Z"}]
    uses: list[Row] = [
        {"step_id": "S1", "item_id": "A", "at": "2026-05-01[Z]"},
        {"step_id": "S2", "item_id": "A", "at": "2026-05-02T00:00:00Z"},
        {"step_id": "S2", "item_id": "A", "at": "2026-05-02[Z]"},
        {"step_id": "S3", "item_id": "A"},
        {"step_id": "S4", "item_id": "A"},
    ]
    lots: list[Row] = [{"item_id": "A", "material_id": "M", "lot_number": "1", "received_at": "2026-05-02T00:00:00Z"}]
    found = gaps(entry(steps=steps, consumption=uses, lots=lots))["impossible_times"]
    assert (found["count"], found["more_units"]) == (2, 0)
    assert [example["step_id"] for example in found["examples"]] == ["S1", "S3"]
    assert found["examples"][1] == {
        "item_id": "A",
        "step_id": "S3",
        "consumed_by": "2026-05-01T23:00:00Z",
        "existing_since": "2026-05-02T00:00:00Z",
    }
    made: list[Row] = [{"step_id": "S0", "item_id": "B", "at": "2026-05-02T00:00:00Z"}]
    early: list[Row] = [{"step_id": "S1", "item_id": "B", "at": "2026-05-01T00:00:00Z"}]
    assert gaps(entry(consumption=early, production=made), start="B")["impossible_times"]["count"] == 1


def test_more_consumed_than_there_was_is_over_use() -> None:
    lots: list[Row] = [{"item_id": "A", "material_id": "M", "lot_number": "1", "quantity": "1", "unit": "KGM"}]
    uses: list[Row] = [
        {"step_id": "S1", "item_id": "A", "quantity": "0.5", "unit": "KGM"},
        {"step_id": "S1", "item_id": "A", "quantity": "0.5", "unit": "KGM"},
        {"step_id": "S2", "item_id": "A", "quantity": "0.001", "unit": "GRM"},
        {"step_id": "S3", "item_id": "A", "quantity": "9", "unit": "XBX"},
        {"step_id": "S4", "item_id": "A"},
    ]
    plant = {"materials": PUMPS, "lots": lots}
    assert gaps(entry(**plant, consumption=uses[:2]))["over_use"]["count"] == 0
    assert gaps(entry(**plant, consumption=uses))["over_use"]["examples"] == [
        {"item_id": "A", "consumed": "1.000001", "there_was": "1"}
    ]
    production: list[Row] = [{"step_id": "S0", "item_id": "A", "quantity": "2", "unit": "KGM"}]
    assert gaps(entry(**plant, consumption=uses, production=production))["over_use"]["count"] == 0
    production = [{"step_id": "S0", "item_id": "A", "quantity": "900", "unit": "GRM"}]
    assert gaps(entry(**plant, consumption=uses[:2], production=production))["over_use"]["count"] == 1
