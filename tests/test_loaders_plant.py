"""Whole loads: every row accounted for, quarantine and its correction, and that order does not matter."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from current import InMemory, nothing_new, plain, raw_table
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.errors import FileRefusedError, InputError
from genealogy.facts import fact_schema
from genealogy.plant import TABLES
from loaders.plant import prepare
from loaders.raw import BadRow, RawTable

USE = "step_id item_id quantity unit"


def correct(prepared, fix):
    """The quarantine of a load as a corrected file: ``fix`` changes the cells of a row, or leaves it out with None."""
    kept = [(row, cells) for row in prepared.quarantined if (cells := fix(dict(row.cells))) is not None]
    header = list(kept[0][1])
    rows = [tuple(cells[name] for name in header) for _, cells in kept]
    ids = [row.quarantine_id for row, _ in kept]
    return raw_table(kept[0][0].table, header, *rows, ids=ids, file="quarantine.csv")


def test_a_load_holds_the_columns_of_the_ledger():
    load = InMemory().load(
        raw_table("lots", "item_id material_id lot_number", ("L1", "M", "1")),
        raw_table("consumption", USE, ("S", "L1", "5", "KGM"), ("S", "L1", "x", "KGM")),
    )
    assert load.facts["lots"].schema == fact_schema("lots")
    assert load.facts["consumption"].schema == fact_schema("consumption")
    assert load.files == [
        {"file": "lots.csv", "table": "lots", "read": 1, "accepted": 1, "unchanged": 0, "quarantined": 0},
        {"file": "consumption.csv", "table": "consumption", "read": 2, "accepted": 1, "unchanged": 0, "quarantined": 1},
    ]
    (row,) = load.facts["_quarantine"].to_pylist()
    assert row["step_id"], row["item_id"] == ("S", "L1")
    assert (row["role"], row["file"], row["row"], row["rule"]) == ("consumption", 1, 3, "not_a_number")
    assert load.facts["consumption"]["file"].to_pylist() == [1]


def test_one_refused_header_refuses_the_load():
    with pytest.raises(FileRefusedError, match=r"bad\.csv"):
        InMemory().load(
            raw_table("lots", "item_id material_id lot_number"), raw_table("units", "item_id", file="bad.csv")
        )
    with pytest.raises(InputError):
        InMemory().load(raw_table("consumption", f"{USE} at", ("S", "L", "5", "KGM", "2026-05-01")), zone="Nowhere")


def test_nothing_to_load():
    assert prepare([], InMemory()).files == []
    load = InMemory().load(
        raw_table("lots", "item_id material_id lot_number"), raw_table("aliases", "system kind code means")
    )
    assert nothing_new(load)
    assert not load.notes


def test_a_copy_of_a_file_counts_once():
    raw = raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "x", "KGM"), file="a.csv")
    copy = RawTable(
        type(raw.source)("b.csv", raw.source.path.with_name("b.csv"), raw.source.sha256, 9),
        raw.table,
        raw.cells,
        raw.rows,
    )
    load = InMemory().load(raw, copy)
    assert [(f["accepted"], f["unchanged"], f["quarantined"]) for f in load.files] == [(1, 0, 1), (0, 2, 0)]
    assert any("byte for byte" in note for note in load.notes)


def test_a_quarantined_row_is_recorded_once():
    memory = InMemory()
    raw = raw_table("consumption", USE, ("S", "L", "x", "KGM"), ("S", "L", "x", "KGM"), ("S2", "L", "x", "KGM"))
    first = memory.load(raw)
    assert len(set(first.facts["_quarantine"]["quarantine_id"].to_pylist())) == 3
    again = memory.load(raw)
    assert not again.facts
    assert again.files[0]["quarantined"] == len(again.quarantined) == 3
    reordered = raw_table("consumption", "unit step_id quantity item_id", ("KGM", "S", "x", "L"))
    assert not memory.load(reordered).facts, "the same row in another order of columns"


def test_corrected_rows_add_to_the_group_in_force():
    memory = InMemory()
    source = raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "x", "KGM"), ("S", "L", "x", "KGM"))
    first = memory.load(source)
    corrected = correct(first, lambda cells: cells | {"quantity": "5"})
    load = memory.load(corrected)
    assert load.files[0] == {
        "file": "quarantine.csv",
        "table": "consumption",
        "read": 2,
        "accepted": 2,
        "unchanged": 0,
        "quarantined": 0,
    }
    assert [row["quantity"] for row in memory.state("consumption")] == ["5", "5", "5"]
    assert len(load.facts["_corrected"]) == 2
    assert nothing_new(memory.load(corrected)), "corrected once is corrected"
    assert nothing_new(memory.load(source)), "the old file again takes nothing back"
    assert [row["quantity"] for row in memory.state("consumption")] == ["5", "5", "5"]
    repaired = raw_table("consumption", USE, *[("S", "L", "5", "KGM")] * 3)
    assert nothing_new(memory.load(repaired)), "the repaired file says what is known"
    memory.load(raw_table("consumption", USE, ("S", "L", "7", "KGM")))
    assert [row["quantity"] for row in memory.state("consumption")] == ["7"]


def test_a_correction_of_the_item_does_not_lose_its_sisters():
    memory = InMemory()
    source = raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L\t", "3", "KGM"))
    first = memory.load(source)
    assert first.facts["_quarantine"]["item_id"].to_pylist() == [None]
    memory.load(correct(first, lambda cells: cells | {"item_id": "L"}))
    assert nothing_new(memory.load(source))
    assert [row["quantity"] for row in memory.state("consumption")] == ["3", "5"]


def test_a_correction_that_is_still_bad():
    memory = InMemory()
    first = memory.load(raw_table("consumption", USE, ("S", "L", "x", "KGM"), ("S", "L", "y", "KGM")))
    same = memory.load(correct(first, lambda cells: cells))
    assert not same.facts, "unchanged rows stay what they are"
    worse = memory.load(correct(first, lambda cells: cells | {"unit": "?"} if cells["quantity"] == "x" else None))
    assert worse.facts["_corrected"]["quantarine_id" if False else "quarantine_id"].to_pylist() == [
        first.quarantined[0].quarantine_id
    ]
    (row,) = worse.facts["_quarantine"].to_pylist()
    assert row["quarantine_id"] == worse.quarantined[0].quarantine_id != first.quarantined[0].quarantine_id
    final = memory.load(correct(worse, lambda cells: cells | {"quantity": "1", "unit": "KGM"}))
    assert final.facts["_corrected"]["quarantine_id"].to_pylist() == [row["quarantine_id"]]
    assert memory.open_quarantine() == {first.quarantined[1].quarantine_id}


def test_conflicts_settled_by_keeping_one():
    memory = InMemory()
    source = raw_table("lots", "item_id material_id lot_number", ("L1", "M", "1"), ("L1", "X", "1"))
    first = memory.load(source)
    load = memory.load(correct(first, lambda cells: cells if cells["material_id"] == "M" else None))
    assert load.files[0]["accepted"] == 1
    assert memory.state("lots")[0]["material_id"] == "M"
    again = memory.load(source)
    assert again.files[0]["read"] == 2
    assert not again.facts


def test_a_quarantine_file_without_a_required_column_is_not_refused():
    load = InMemory().load(raw_table("consumption", "step_id", ("S",), ids=["0" * 24]))
    assert [row.rule for row in load.quarantined] == ["empty_required"]


def test_counts_behind_a_mapping():
    raw = raw_table("consumption", USE, ("S", "L", "5", "KGM"))
    mapped = RawTable(raw.source, raw.table, raw.cells, raw.rows, source_rows=40, not_facts=3)
    assert InMemory().load(mapped).files[0].items() >= {"source_rows": 40, "not_facts": 3, "read": 1}.items()


def test_look_alike_ids_are_reported():
    pairs = [("a1", "A1"), (" x", "x"), ("Ｂ2", "b2"), ("same", "same")]
    load = InMemory().load(
        raw_table("consumption", "step_id item_id", *(("S", item) for pair in pairs for item in pair))
    )
    notes = [note for note in load.notes if "two ways" in note]
    assert len(notes) == 3
    assert "'A1' and 'a1'" in notes[1]
    many = [("S", f"{letter}{n}") for n in range(30) for letter in "aA"]
    load = InMemory().load(raw_table("consumption", "step_id item_id", *many))
    assert len(load.notes) == 21
    assert "10 more" in load.notes[-1]


# Random plants: few keys, so that rows meet; some cells damaged.

cells = {
    "step_id": st.sampled_from(["S1", "S2"]),
    "item_id": st.sampled_from(["L1", "L2", "é"]),
    "quantity": st.sampled_from(["1", "2", "2.0", ""]),
    "unit": st.sampled_from(["KGM", "EA", "C1"]),
    "at": st.sampled_from(["", "2026-05-01", "2026-05-01T10:00:00Z", "2026-05-01T12:00:00+02:00"]),
    "line_no": st.sampled_from(["", "", "1"]),
    "void": st.sampled_from(["", "", "", "", "yes"]),
    "colour": st.sampled_from(["", "red"]),
    "material_id": st.sampled_from(["M1", "M2"]),
    "lot_number": st.just("7"),
    "status": st.sampled_from(["", "held"]),
    "system": st.sampled_from(["erp", "mes"]),
    "kind": st.sampled_from(["item", "unit_of_measure"]),
    "code": st.sampled_from(["C1", "C2"]),
    "means": st.sampled_from(["L1", "KGM"]),
}
NEEDED = {
    "consumption": ["step_id", "item_id"],
    "lots": ["item_id", "material_id", "lot_number"],
    "aliases": ["system", "kind", "code", "means"],
}
OPTIONAL = {
    "consumption": ["quantity", "unit", "at", "line_no", "void", "colour"],
    "lots": ["quantity", "unit", "status", "void", "colour"],
    "aliases": ["void"],
}
DAMAGE = ["", "\t", "-1", "1,0", "yes", "??", "\x00", "1e999999", "gestern", "2026-03-29T02:30"]


@st.composite
def files(draw, damaged=True):
    table = draw(st.sampled_from(["consumption", "consumption", "lots", "aliases"]))
    header = NEEDED[table] + draw(st.lists(st.sampled_from(OPTIONAL[table]), unique=True))
    cell = {
        name: cells[name] | st.sampled_from(DAMAGE) if damaged and draw(st.booleans()) else cells[name]
        for name in header
    }
    rows = draw(st.lists(st.tuples(*(cell[name] for name in header)), max_size=8))
    bad = []
    if damaged:
        torn = draw(st.lists(st.tuples(*(cell[name] for name in header), st.just("beyond")), max_size=2))
        bad = [BadRow(100 + n, None, "ragged_row", "a torn record", row) for n, row in enumerate(torn)]
    return table, header, rows, bad


def build(specs, shuffle=None):
    raws = []
    for number, (table, header, rows, torn) in enumerate(specs):
        bad = torn
        own_header, own_rows = list(header), [list(row) for row in rows]
        if shuffle is not None:
            shuffle.shuffle(own_rows)
            order = shuffle.sample(range(len(header)), len(header))
            own_header, own_rows = [header[at] for at in order], [[row[at] for at in order] for row in own_rows]
            bad = [replace(row, cells=(*(row.cells[at] for at in order), *row.cells[len(order) :])) for row in torn]
        raws.append(raw_table(table, own_header, *own_rows, file=f"{number}.csv", bad=bad))
    if shuffle is not None:
        shuffle.shuffle(raws)
    return raws


def essence(prepared):
    """What a load states, without the places in its files."""
    facts = {name: plain(table) for name, table in prepared.facts.items() if name in TABLES}
    counted = Counter()
    for file in prepared.files:
        counted.update({name: count for name, count in file.items() if name not in ("file", "table")})
    quarantine = Counter((row.table, row.rule, tuple(sorted(row.cells.items()))) for row in prepared.quarantined)
    return facts, counted, quarantine


def ids(prepared):
    return sorted(row.quarantine_id for row in prepared.quarantined)


@given(st.lists(files(), min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_every_row_is_accounted_for_in_any_order_and_again(specs, shuffle):
    memory = InMemory()
    first = memory.load(*build(specs))
    for file, (_, _, rows, bad) in zip(first.files, specs, strict=True):
        assert file["read"] == len(rows) + len(bad) == file["accepted"] + file["unchanged"] + file["quarantined"]
    assert sum(file["quarantined"] for file in first.files) == len(first.quarantined)
    other = InMemory().load(*build(specs, shuffle))
    assert essence(first) == essence(other)
    assert ids(first) == ids(other)
    again = memory.load(*build(specs, shuffle))
    assert {name for name in again.facts if name in TABLES} == set()
    assert sum(file["accepted"] for file in again.files) == 0
    assert "_quarantine" not in again.facts
    assert ids(first) == ids(again)


@given(
    st.lists(files(damaged=False), min_size=1, max_size=3),
    st.lists(files(), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_a_second_load_in_any_order(before, after, shuffle):
    one, other = InMemory(), InMemory()
    one.load(*build(before))
    other.load(*build(before))
    assert essence(one.load(*build(after))) == essence(other.load(*build(after, shuffle)))
    for table in NEEDED:
        assert one.state(table) == other.state(table)
        keys = Counter(row["key"] for row in one.state(table))
        assert all(count == 1 or "\x1fT\x1f" in str(key) for key, count in keys.items())


def test_two_hundred_damaged_files():
    rng = random.Random(7)
    good = ["S1", "L1", "2.5", "KGM", "2026-05-01T10:00:00+02:00", "", "note"]
    for number in range(200):
        rows = [[*good] for _ in range(rng.randint(0, 30))]
        for _ in range(rng.randint(0, 20)):
            if rows:
                row = rng.choice(rows)
                row[rng.randrange(7)] = rng.choice([*DAMAGE, "ü\ud7ff", "S2", "L2", "3", "line\nbreak", "x" * 2000])
        bad = [BadRow(99, "x", "invalid_utf8", "\udcff", ("S1", "\udcff"))] * rng.randint(0, 2)
        raw = raw_table("consumption", "step_id item_id quantity unit at line_no remark", *rows, bad=bad)
        memory = InMemory()
        load = memory.load(raw)
        (file,) = load.files
        assert file["read"] == len(rows) + len(bad) == file["accepted"] + file["unchanged"] + file["quarantined"], (
            number
        )
        assert file["quarantined"] == len(load.quarantined)
        facts = load.facts.get("consumption", fact_schema("consumption").empty_table())
        written = Counter((row[0], row[1], row[2], row[5]) for row in rows)
        for fact in facts.to_pylist():
            assert written[fact["step_id"], fact["item_id"], fact["quantity"] or "", fact["line_no"] or ""], "made up"
        assert nothing_new(memory.load(raw))


def test_loads_in_any_order_state_the_same():
    """Where no key occurs with two contents, the order of loads does not matter either."""
    parts = [
        raw_table("aliases", "system kind code means", ("erp", "item", "4711", "L1")),
        raw_table("lots", "item_id material_id lot_number quantity unit", ("L1", "M", "1", "5", "KGM")),
        raw_table("lots", "item_id material_id lot_number supplier_id made_at", ("L1", "M", "1", "ACME", "2026-05-01")),
        raw_table("lots", "item_id material_id lot_number colour", ("L1", "M", "1", "red")),
        raw_table("consumption", USE, ("S", "L1", "5", "KGM"), ("S", "L1", "5", "KGM")),
        raw_table("consumption", "item_id step_id", ("L1", "S"), ("L1", "S")),
    ]
    states = set()
    for seed in range(30):
        memory = InMemory()
        for raw in random.Random(seed).sample(parts, len(parts)):
            memory.load(raw)
        states.add(repr([memory.state(table) for table in ("aliases", "lots", "consumption")]))
    assert len(states) == 1


def test_many_rows_take_the_same_road_as_few():
    rng = np.random.default_rng(3)
    step, item = (rng.integers(0, 60, 4000) for _ in range(2))
    rows = [(f"S{s}", f"L{i}", str(i % 3), "KGM") for s, i in zip(step, item, strict=True)]
    memory = InMemory()
    load = memory.load(raw_table("consumption", USE, *rows))
    facts = load.facts["consumption"]
    got = Counter(zip(*(facts[name].to_pylist() for name in USE.split()), strict=True))
    assert got == Counter(rows)
    keys = list(zip(facts["key"].to_pylist(), facts["ordinal"].to_pylist(), strict=True))
    assert keys == sorted(set(keys))
    assert isinstance(facts, pa.Table)
    assert nothing_new(memory.load(raw_table("consumption", USE, *reversed(rows))))
