"""A quarantined row that is corrected twice, or whose correction is withdrawn before the row is loaded again."""

from __future__ import annotations

import pytest
from current import InMemory, nothing_new, raw_table
from test_loaders_plant import USE, correct

LINES = "step_id item_id line_no quantity unit"
LOTS = "item_id material_id lot_number quantity unit"


def quantities(memory: InMemory, table: str = "consumption") -> list[tuple[object, object]]:
    return [(row["item_id"], row["quantity"]) for row in memory.state(table)]


@pytest.mark.parametrize(
    ("table", "header", "row"),
    [
        ("consumption", USE, ("S", "L", "x", "KGM")),
        ("consumption", LINES, ("S", "L", "1", "x", "KGM")),
        ("lots", LOTS, ("L", "M", "1", "x", "KGM")),
    ],
)
def test_who_corrects_twice_gets_the_second_correction(table, header, row):
    memory = InMemory()
    first = memory.load(raw_table(table, header, row))
    for quantity in "56778":
        load = memory.load(correct(first, lambda cells, said=quantity: cells | {"quantity": said}))
        assert quantities(memory, table) == [("L", quantity)]
        assert load.files[0]["accepted"] + load.files[0]["unchanged"] == 1
    again = memory.load(correct(first, lambda cells: cells | {"quantity": "8"}))
    assert nothing_new(again)
    assert again.files[0]["unchanged"] == 1


@pytest.mark.parametrize("header", [USE, LINES])
def test_a_second_correction_of_the_item_takes_the_first_back(header):
    memory = InMemory()
    line = ("1",) if header == LINES else ()
    first = memory.load(raw_table("consumption", header, ("S", "K", *line, "x", "KGM"), ("S", "M", *line, "3", "KGM")))
    memory.load(correct(first, lambda cells: cells | {"item_id": "L1", "quantity": "5"}))
    assert sorted(quantities(memory)) == [("L1", "5"), ("M", "3")]
    memory.load(correct(first, lambda cells: cells | {"item_id": "L2", "quantity": "5"}))
    assert sorted(quantities(memory)) == [("L2", "5"), ("M", "3")]
    assert nothing_new(memory.load(correct(first, lambda cells: cells | {"item_id": "L2", "quantity": "5"})))
    memory.load(correct(first, lambda cells: cells | {"item_id": "L1", "quantity": "5"}))
    assert sorted(quantities(memory)) == [("L1", "5"), ("M", "3")]


def test_only_the_corrected_drum_of_a_group_is_corrected_again():
    memory = InMemory()
    rows = [("S", "L", quantity, "KGM") for quantity in ("5", "x", "y", "5")]
    first = memory.load(raw_table("consumption", USE, *rows))
    memory.load(correct(first, lambda cells: cells | {"quantity": {"x": "1", "y": "5"}[cells["quantity"]]}))
    assert [quantity for _, quantity in quantities(memory)] == ["1", "5", "5", "5"]
    memory.load(correct(first, lambda cells: cells | {"quantity": "2"} if cells["quantity"] == "x" else None))
    assert [quantity for _, quantity in quantities(memory)] == ["2", "5", "5", "5"]


def test_what_was_known_before_a_correction_is_not_withdrawn_with_it():
    memory = InMemory()
    memory.load(raw_table("lots", LOTS, ("L1", "M", "1", "4", "KGM")))
    first = memory.load(raw_table("lots", LOTS, ("L?", "M", "1", "x", "KGM")))
    memory.load(correct(first, lambda cells: cells | {"item_id": "L1", "quantity": "5"}))
    load = memory.load(correct(first, lambda cells: cells | {"item_id": "L2", "quantity": "5"}))
    assert sorted(quantities(memory, "lots")) == [("L1", "5"), ("L2", "5")]
    assert any("L1" in note and "known already" in note for note in load.notes)


@pytest.mark.parametrize("header", [USE, LINES])
def test_a_bad_row_is_open_again_once_its_correction_is_withdrawn(header):
    memory = InMemory()
    line = ("1",) if header == LINES else ()
    source = raw_table("consumption", header, ("S", "L", *line, "x", "KGM"))
    first = memory.load(source)
    memory.load(correct(first, lambda cells: cells | {"quantity": "5"}))
    assert memory.load(source).files[0]["unchanged"] == 1
    void = (
        ("step_id item_id void", ("S", "L", "yes"))
        if header == USE
        else ("step_id item_id line_no void", ("S", "L", "1", "yes"))
    )
    memory.load(raw_table("consumption", *void))
    assert memory.state("consumption") == []
    (number,) = (row.quarantine_id for row in first.quarantined)
    for _ in range(2):
        load = memory.load(source)
        assert (load.files[0]["unchanged"], load.files[0]["quarantined"]) == (0, 1)
        assert memory.open_quarantine() == {number}
    memory.load(correct(first, lambda cells: cells | {"quantity": "5"}))
    assert quantities(memory) == [("L", "5")]
    assert memory.open_quarantine() == set()
    assert memory.load(source).files[0]["unchanged"] == 1


def test_a_row_stated_again_beside_a_correction_keeps_its_file():
    """The group is stated whole by the entry of the correction; its old rows still lead to the file they came from."""
    memory = InMemory()
    first = memory.load(raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "x", "KGM"), file="use.csv"))
    load = memory.load(correct(first, lambda cells: cells | {"quantity": "7"}))
    names = [file["file"] for file in [*load.files, *load.earlier_files]]
    places = {row["quantity"]: (names[row["file"]], row["row"]) for row in load.facts["consumption"].to_pylist()}
    assert places == {"5": ("use.csv", 2), "7": ("quarantine.csv", 2)}
    assert load.earlier_files == [{"file": "use.csv", "entry": 1, "number": 0}]
