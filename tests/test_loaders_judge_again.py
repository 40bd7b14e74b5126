"""Rows that wait in quarantine for a unit of measure: judged again when its alias comes, whatever came between."""

from __future__ import annotations

import random
from itertools import permutations

import pyarrow as pa
import pytest
from current import InMemory, nothing_new, raw_table
from test_loaders_correct_again import LINES, LOTS, quantities
from test_loaders_plant import USE, correct

ALIAS = "system kind code means"
TABLES = ("aliases", "conversions", "lots", "consumption", "production", "results")


def alias(code: str, means: str, **how):
    return raw_table("aliases", ALIAS, ("erp", "unit_of_measure", code, means), **how)


def withdrawn(code: str):
    return raw_table("aliases", f"{ALIAS} void", ("erp", "unit_of_measure", code, "KGM", "yes"))


def judged(load) -> list[tuple[int, int, int, int]]:
    return [
        tuple(told[name] for name in ("read", "accepted", "unchanged", "quarantined")) for told in load.judged_again
    ]


def states(memory: InMemory) -> str:
    return repr([memory.state(table) for table in TABLES])


def test_an_alias_that_comes_late_lets_in_what_waited_for_it():
    memory = InMemory()
    use = raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "2", "Eimer"), ("S", "M", "1", "Sack"))
    first = memory.load(use, raw_table("lots", LOTS, ("N", "M", "1", "7", "Eimer")))
    assert [row.rule for row in first.quarantined] == ["unknown_unit"] * 3
    load = memory.load(alias("Eimer", "KGM"))
    (file,) = load.files
    assert (file["read"], file["accepted"]) == (1, 1), "the load's own rows are counted apart"
    assert sorted(judged(load)) == [(1, 1, 0, 0), (1, 1, 0, 0)]
    assert {(told["file"], told["entry"], told["table"]) for told in load.judged_again} == {
        ("consumption.csv", 1, "consumption"), ("lots.csv", 1, "lots"),
    }  # fmt: skip
    assert quantities(memory) == [("L", "2"), ("L", "5")]
    assert quantities(memory, "lots") == [("N", "7")]
    assert len(memory.open_quarantine()) == 1
    assert any("consumption.csv (entry 1, consumption)" in note and "1 accepted" in note for note in load.notes)
    names = [told["file"] for told in [*load.files, *load.earlier_files]]
    places = {(names[row["file"]], row["row"]) for row in load.facts["consumption"].to_pylist()}
    assert places == {("consumption.csv", 2), ("consumption.csv", 3)}, "where they were read"
    for again in (alias("Eimer", "KGM"), use):
        assert nothing_new(memory.load(again))
    other = InMemory()
    for raw in (alias("Eimer", "KGM"), use, raw_table("lots", LOTS, ("N", "M", "1", "7", "Eimer"))):
        other.load(raw)
    assert states(memory) == states(other)


def test_a_row_that_needs_two_units_waits_for_both():
    row = raw_table("conversions", "material_id from_unit to_unit factor", ("M", "Eimer", "Sack", "3"))
    for codes in permutations(("Eimer", "Sack")):
        memory = InMemory()
        memory.load(row)
        assert not memory.load(alias(codes[0], "KGM")).facts.get("conversions")
        assert judged(memory.load(alias(codes[1], "KGM"))) == [(1, 1, 0, 0)]
        assert memory.keys("conversions") == ["M/Eimer/Sack"]


def test_the_zone_of_their_own_load_counts():
    memory = InMemory()
    row = raw_table("consumption", f"{USE} at", ("S", "L", "2", "Eimer", "2026-05-01T10:00:00"))
    memory.load(row, zone="Asia/Tokyo")
    memory.load(alias("Eimer", "KGM"), zone="America/New_York")
    (fact,) = memory.state("consumption")
    assert fact["at__start"] == 1777597200000000, "10 o'clock in Tokyo"


def test_a_void_of_the_alias_takes_back_no_row():
    memory = InMemory()
    row = raw_table("consumption", USE, ("S", "L", "2", "Eimer"))
    memory.load(row)
    memory.load(alias("Eimer", "KGM"))
    memory.load(withdrawn("Eimer"))
    assert quantities(memory) == [("L", "2")]
    assert memory.load(row).files[0]["unchanged"] == 1, "settled once is settled"
    later = memory.load(raw_table("consumption", USE, ("T", "L", "2", "Eimer")))
    assert [row.rule for row in later.quarantined] == ["unknown_unit"]
    assert judged(memory.load(alias("Eimer", "GRM"))) == [(1, 1, 0, 0)]
    changed = memory.load(alias("Eimer", "LTR"))
    assert (judged(changed), sorted(quantities(memory))) == ([], [("L", "2"), ("L", "2")]), (
        "another meaning, no other row"
    )


def test_a_void_of_an_alias_lets_in_nothing():
    memory = InMemory()
    memory.load(raw_table("consumption", USE, ("S", "L", "2", "Eimer")))
    assert judged(memory.load(withdrawn("Eimer"))) == []
    dispute = raw_table(
        "aliases", ALIAS, ("a", "unit_of_measure", "Eimer", "KGM"), ("b", "unit_of_measure", "Eimer", "LTR")
    )
    assert judged(memory.load(dispute)) == [], "two meanings for one code are none"
    assert memory.state("consumption") == []


def test_two_waiting_rows_of_one_key_stay_in_conflict():
    memory = InMemory()
    rows = raw_table("lots", LOTS, ("L", "M", "1", "7", "Eimer"), ("L", "M", "1", "8", "Eimer"))
    memory.load(rows)
    load = memory.load(alias("Eimer", "KGM"))
    assert judged(load) == [(2, 0, 0, 2)]
    assert [row.rule for row in load.quarantined] == ["conflict", "conflict"]
    assert len(memory.open_quarantine()) == 2
    assert memory.state("lots") == []
    assert nothing_new(memory.load(alias("Eimer", "KGM")))
    other = InMemory()
    other.load(alias("Eimer", "KGM"))
    other.load(rows)
    assert other.state("lots") == []
    assert other.open_quarantine() == memory.open_quarantine()
    memory.load(correct(load, lambda cells: cells if cells["quantity"] == "8" else None))
    assert quantities(memory, "lots") == [("L", "8")]


def test_a_waiting_row_against_a_row_of_its_own_load_is_in_conflict():
    memory = InMemory()
    memory.load(raw_table("lots", LOTS, ("L", "M", "1", "7", "KGM"), ("L", "M", "1", "8", "Eimer")))
    assert quantities(memory, "lots") == [("L", "7")]
    assert judged(memory.load(alias("Eimer", "KGM"))) == [(1, 0, 0, 1)]
    assert quantities(memory, "lots") == [("L", "7")], "what was accepted is not taken back"


@pytest.mark.parametrize("alias_first", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_what_came_later_of_the_same_key_stands_above(alias_first, together):
    """The alias may come before both rows, or last, or in one load with the second."""
    rows = [
        (raw_table("lots", LOTS, ("L", "M", "1", "7", "Eimer")), raw_table("lots", LOTS, ("L", "M", "1", "8", "KGM"))),
        (raw_table("lots", LOTS, ("L", "M", "1", "7", "Eimer")),
         raw_table("lots", "item_id material_id lot_number supplier_id colour", ("L", "M", "1", "ACME", "red"))),
        (raw_table("lots", f"{LOTS} size", ("L", "M", "1", "7", "Eimer", "big")),
         raw_table("lots", "item_id material_id lot_number colour", ("L", "M", "1", "red"))),
        (raw_table("lots", LOTS, ("L", "M", "1", "7", "Eimer")),
         raw_table("lots", "item_id material_id lot_number void", ("L", "M", "1", "yes"))),
        (raw_table("consumption", USE, ("S", "L", "7", "Eimer")), raw_table("consumption", USE, ("S", "L", "8", "KGM"))),
        (raw_table("consumption", USE, ("S", "L", "7", "Eimer")),
         raw_table("consumption", "step_id item_id void", ("S", "L", "yes"))),
        (raw_table("consumption", LINES, ("S", "L", "1", "7", "Eimer")),
         raw_table("consumption", LINES, ("S", "L", "2", "8", "KGM"))),
        (raw_table("consumption", USE, ("S", "L", "7", "Eimer"), ("S", "L", "1", "KGM")),
         raw_table("consumption", USE, ("S", "L", "7", "Eimer"), ("S", "L", "1", "KGM"))),
    ]  # fmt: skip
    for before, after in rows:
        expected = InMemory()
        for raw in (alias("Eimer", "KGM"), before, after):
            expected.load(raw)
        memory = InMemory()
        memory.load(before)
        loads = [[alias("Eimer", "KGM"), after]] if together else [[alias("Eimer", "KGM")], [after]]
        for raws in loads if alias_first else [[after], [alias("Eimer", "KGM")]]:
            memory.load(*raws)
        assert states(memory) == states(expected), (before.cells, after.cells)
        assert memory.open_quarantine() == set()


def test_waiting_rows_join_the_rows_that_were_corrected_by_hand():
    memory = InMemory()
    first = memory.load(raw_table("consumption", USE, ("S", "L", "x", "KGM"), ("S", "L", "2", "Eimer")))
    memory.load(correct(first, lambda cells: cells | {"quantity": "5"} if cells["quantity"] == "x" else None))
    assert judged(memory.load(alias("Eimer", "KGM"))) == [(1, 1, 0, 0)]
    assert sorted(quantities(memory)) == [("L", "2"), ("L", "5")]


def test_a_row_that_the_load_itself_corrects_is_not_judged_again():
    memory = InMemory()
    first = memory.load(raw_table("consumption", USE, ("S", "L", "2", "Eimer"), ("S", "L", "3", "Eimer")))
    fixed = correct(first, lambda cells: cells | {"quantity": "4"} if cells["quantity"] == "2" else None)
    assert judged(memory.load(alias("Eimer", "KGM"), fixed)) == [(1, 1, 0, 0)]
    assert sorted(quantities(memory)) == [("L", "3"), ("L", "4")]
    memory.load(correct(first, lambda cells: cells | {"quantity": "6"} if cells["quantity"] == "3" else None))
    assert sorted(quantities(memory)) == [("L", "4"), ("L", "6")], "what was judged again can be corrected by its id"


def test_a_row_with_another_fault_behind_its_unit_says_so():
    memory = InMemory()
    memory.load(raw_table("consumption", f"{USE} at", ("S", "L", "2", "Eimer", "gestern")))
    load = memory.load(alias("Eimer", "KGM"))
    assert judged(load) == [(1, 0, 0, 1)]
    assert [(row.file, row.row, row.rule) for row in load.quarantined] == [("consumption.csv", 2, "bad_time")]
    fixed = correct(load, lambda cells: cells | {"at": "2026-05-01"})
    assert memory.load(fixed).files[0]["accepted"] == 1
    assert memory.open_quarantine() == set()


CODES = {"Eimer": "KGM", "Sack": "KGM", "Stk": "EA"}


def test_loads_in_any_order_with_their_unit_aliases():
    """Where no key occurs with two contents: whatever waits for whichever alias, the same facts are in force at the end."""
    for seed in range(10):
        rng = random.Random(seed)
        units = [*CODES, "KGM"]
        parts = [alias(code, means, file=f"{code}.csv") for code, means in CODES.items()]
        for number in range(rng.randint(2, 6)):
            table, header = rng.choice(
                [("consumption", USE), ("consumption", LINES), ("lots", LOTS), ("production", USE)]
            )
            rows = [(f"S{number}", f"L{rng.randint(1, 2)}", *(("1",) if header == LINES else ()), "1", rng.choice(units))
                    for _ in range(rng.randint(1, 4))]  # fmt: skip
            if table == "lots":
                rows = [(f"L{number}", "M", "1", "5", rng.choice(units))]
                parts.append(
                    raw_table("lots", "item_id material_id lot_number colour", (f"L{number}", "M", "1", "red"))
                )
            if header == LINES:
                rows = list(dict.fromkeys((step, item, item, "1", unit) for step, item, _, _, unit in rows[:1]))
            parts.append(raw_table(table, header, *rows, file=f"{number}.csv"))
        found = set()
        for _ in range(4):
            memory = InMemory()
            waiting = rng.sample(parts, len(parts))
            while waiting:
                together = rng.randint(1, 3)
                memory.load(*waiting[:together])
                waiting = waiting[together:]
            assert memory.open_quarantine() == set(), seed
            found.add(states(memory))
        assert len(found) == 1, seed


def test_many_waiting_rows():
    memory = InMemory()
    rows = [(f"S{n}", f"L{n % 7}", str(n), "Eimer") for n in range(3000)]
    memory.load(raw_table("consumption", USE, *rows))
    load = memory.load(alias("Eimer", "KGM"))
    assert judged(load) == [(3000, 3000, 0, 0)]
    assert isinstance(load.facts["consumption"], pa.Table)
    keys = list(
        zip(load.facts["consumption"]["key"].to_pylist(), load.facts["consumption"]["ordinal"].to_pylist(), strict=True)
    )
    assert keys == sorted(set(keys))
