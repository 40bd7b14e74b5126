"""What was at a place while it was too warm: through moves, counts and containers."""

from __future__ import annotations

from typing import Any

from facts import Facts, entry
from test_genealogy_starts import selected
from workings import instant

from genealogy.snapshot import Snapshot
from genealogy.starts import Interval, Start
from genealogy.starts.arrays import ArrayStarts


def chosen_at(place: str, first: str | None, last: str | None, **rows: Any) -> dict[tuple[str, str], bool]:
    arrays = ArrayStarts(Snapshot.of(Facts.of(entry(**rows))).moment(1))
    return selected(arrays.select(Start("place", place=place, interval=Interval.of(first, last))))


def test_a_container_at_a_place_stands_for_what_was_in_it_then() -> None:
    rows = {
        "moves": [
            {"item_id": "BOX", "to_place": "P", "at": instant(2)},
            {"item_id": "BOX", "from_place": "P", "to_place": "Q", "at": instant(72)},
        ],
        "packing": [
            {"item_id": "A", "container_id": "BOX", "packed_at": instant(0)},
            {"item_id": "B", "container_id": "BOX", "packed_at": instant(0), "unpacked_at": instant(30)},
            {"item_id": "C", "container_id": "BOX", "packed_at": instant(60)},
            {"item_id": "BAG", "container_id": "BOX"},
            {"item_id": "D", "container_id": "BAG", "packed_at": instant(0)},
            {"item_id": "E", "container_id": "OTHER"},
        ],
    }
    found = chosen_at("P", instant(40), instant(50), **rows)
    assert found == {("item", "A"): True, ("item", "D"): False}  # since when the bag is in the box, nobody says
    assert chosen_at("P", instant(61), instant(61), **rows).keys() == {("item", "A"), ("item", "C"), ("item", "D")}
    assert chosen_at("P", instant(73), None, **rows) == {}


def test_a_move_of_unknown_quantity_proves_no_lot_gone() -> None:
    """As where stock is reckoned, a move that does not say how much takes nothing for sure; a unit moves whole."""
    rows = {
        "lots": [{"item_id": "A", "material_id": "M", "lot_number": "A"}],
        "units": [{"item_id": "U", "serial": "U"}],
        "moves": [
            {"item_id": "A", "to_place": "P", "at": instant(0)},
            {"item_id": "A", "from_place": "P", "at": instant(2)},
            {"item_id": "B", "to_place": "P", "at": instant(0), "quantity": "5", "unit": "kg"},
            {"item_id": "B", "from_place": "P", "at": instant(2)},
            {"item_id": "C", "to_place": "P", "at": instant(0), "quantity": "5", "unit": "kg"},
            {"item_id": "C", "from_place": "P", "at": instant(2), "quantity": "5", "unit": "kg"},
            {"item_id": "U", "to_place": "P", "at": instant(0)},
            {"item_id": "U", "from_place": "P", "at": instant(2)},
        ],
    }
    assert chosen_at("P", instant(40), None, **rows) == {("item", "A"): False, ("item", "B"): False}
    assert chosen_at("P", instant(1), instant(1), **rows) == {("item", item): True for item in "ABCU"}
    gone = rows | {
        "stock": [
            {
                "item_id": "A",
                "place_id": "P",
                "quantity": "0",
                "unit": "kg",
                "status": "available",
                "counted_at": instant(10),
            }
        ]
    }
    assert chosen_at("P", instant(40), None, **gone) == {("item", "B"): False}
    assert chosen_at("P", instant(5), instant(5), **gone)["item", "A"] is True
