"""The same export twice in one load: rows without line number count twice, and the load says which."""

from __future__ import annotations

from current import InMemory, raw_table
from test_loaders_plant import USE, correct

DATED = f"{USE} at"


def notes(load) -> list[str]:
    return [note for note in load.notes if "stand alike" in note]


def test_an_overlap_of_two_files_counts_twice_and_is_told():
    day = "2026-05-01"
    memory = InMemory()
    load = memory.load(
        raw_table("consumption", DATED, ("S", "L", "5", "KGM", day), ("S", "M", "1", "KGM", day), file="may.csv"),
        raw_table("consumption", DATED, ("S", "M", "1", "KGM", day), ("T", "M", "2", "KGM", day), file="may-2.csv"),
    )
    assert len(memory.state("consumption")) == 4
    (note,) = notes(load)
    assert note.startswith("consumption: rows without line_no stand alike in may.csv and may-2.csv (1)")
    assert "S / M / 2026-05-01[Europe/Berlin] (row 3 and row 2)" in note


def test_each_pair_of_files_is_told_with_as_many_rows_as_are_alike():
    row = ("S", "L", "5", "KGM")
    load = InMemory().load(
        raw_table("consumption", USE, row, row, ("S", "L", "6", "KGM"), file="a.csv"),
        raw_table("consumption", "unit quantity item_id step_id", row[::-1], row[::-1], row[::-1], file="b.csv"),
        raw_table("consumption", USE, row, file="c.csv"),
    )
    said = notes(load)
    assert [note.split(",")[0][-15:] for note in said] == ["a.csv and b.csv (2)"[-15:], "a.csv and c.csv (1)"[-15:]]
    assert "S / L (row 2 and row 2); S / L (row 3 and row 3)" in said[0]


def test_nothing_is_told_of_what_does_not_count_twice():
    memory = InMemory()
    one = raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "5", "KGM"), file="a.csv")
    assert not notes(memory.load(one, raw_table("consumption", USE, ("S", "L", "6", "KGM"), file="b.csv")))
    lines = [
        raw_table("consumption", f"{USE} line_no", ("S", "L", "5", "KGM", "1"), file=file)
        for file in ("a.csv", "b.csv")
    ]
    assert not notes(InMemory().load(*lines)), "a line number tells that it is one row"
    lots = [
        raw_table("lots", "item_id material_id lot_number", ("L", "M", "1"), file=file) for file in ("a.csv", "b.csv")
    ]
    assert not notes(InMemory().load(*lots))
    first = InMemory()
    bad = first.load(raw_table("consumption", USE, ("S", "L", "x", "KGM"), file="a.csv"))
    fixed = correct(bad, lambda cells: cells | {"quantity": "5"})
    assert not notes(first.load(fixed, raw_table("consumption", USE, ("S", "L", "5", "KGM"), file="b.csv")))


def test_many_are_told_by_their_number():
    rows = [("S", f"L{n}", "5", "KGM") for n in range(50)]
    load = InMemory().load(*(raw_table("consumption", USE, *rows, file=file) for file in ("a.csv", "b.csv (again)")))
    (note,) = notes(load)
    assert "(50), and each of them counts" in note
    assert note.endswith("; and 30 more")
