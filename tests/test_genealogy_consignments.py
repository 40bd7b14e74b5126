"""What a shipped container held, on both roads and in the tests' own reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle import Oracle

if TYPE_CHECKING:
    from conftest import Home

    from genealogy.engine import Engine

NOON = "2026-05-01T12:00:00Z"
UNPACKED = {
    "a moment before": ("2026-05-01T11:59:59Z", False),
    "at that moment": (NOON, True),
    "at that moment, told in another zone": ("2026-05-01T14:00:00+02:00", True),
    "on that day": ("2026-05-01", True),
    "on the day before": ("2026-04-30", False),
    "nobody says when": ("", True),
}


def test_a_thing_unpacked_at_the_very_moment_of_the_shipment_was_in_it(engine: Engine, home: Home) -> None:
    """Which came first at one instant cannot be known, and a missed unit is the worst failure."""
    packing = [
        {"item_id": item, "container_id": "C", "packed_at": "", "unpacked_at": unpacked}
        for item, (unpacked, _) in UNPACKED.items()
    ]
    nested = [
        {"item_id": "inner", "container_id": "C", "packed_at": "", "unpacked_at": NOON},
        {"item_id": "in the inner", "container_id": "inner", "packed_at": NOON, "unpacked_at": NOON},
    ]
    line = {"shipment_id": "SH", "item_id": "C", "consignee_id": "K", "shipped_at": NOON}
    load = {"packing": [*packing, *nested], "shipments": [line]}
    items = [*UNPACKED, "in the inner"]
    home.load(engine, load)
    wanted = sorted([*(item for item, (_, inside) in UNPACKED.items() if inside), "in the inner"])
    assert [row[3] for row in Oracle([load]).shipments(items)] == wanted
    for road in (engine.road, engine.snapshot):
        assert [row.item for row in road.shipments(items, engine.head)] == wanted


def test_what_lies_in_a_container_in_a_container_is_found_under_any_of_their_codes(engine: Engine, home: Home) -> None:
    def packed(item: str, container: str) -> dict[str, str]:
        return {"item_id": item, "container_id": container, "packed_at": "", "unpacked_at": ""}

    def shipped(number: int, item: str) -> dict[str, str]:
        return {"shipment_id": f"SH{number}", "item_id": item, "consignee_id": "K", "shipped_at": NOON}

    load = {
        "packing": [
            packed("A", "box"), packed("B", "box 2"), packed("box", "pallet"), packed("wms-2", "pallet"),
            packed("pallet", "truck"), packed("truck", "box"),
        ],
        "aliases": [{"system": "wms", "kind": "item", "code": "wms-2", "means": "box 2"}],
        "shipments": [shipped(1, "truck"), shipped(2, "box 2"), shipped(3, "wms-2")],
    }  # fmt: skip
    home.load(engine, load)
    wanted = [("SH1", "A"), ("SH1", "B"), ("SH2", "B"), ("SH3", "B")]
    assert [(row[0], row[3]) for row in Oracle([load]).shipments(["A", "B"])] == wanted
    for road in (engine.road, engine.snapshot):
        assert [(row.shipment_id, row.item) for row in road.shipments(["A", "B"], engine.head)] == wanted
    # A later load changes what is packed where; what was known before is asked as of then.
    later = {"packing": [{**packed("pallet", "truck"), "void": "yes"}]}
    home.load(engine, later)
    for road in (engine.road, engine.snapshot):
        assert [row.shipment_id for row in road.shipments(["A", "B"], engine.head)] == ["SH2", "SH3"]
        assert len(road.shipments(["A", "B"], engine.head - 1)) == len(wanted)
