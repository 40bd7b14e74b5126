"""What several rows of one key, and a load over what is known, come to."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from current import InMemory, nothing_new, plain, raw_table, total
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.merge_order import ordered

LOT = "item_id material_id lot_number"
USE = "step_id item_id quantity unit"


def counts(prepared):
    return [(file["accepted"], file["unchanged"], file["quarantined"]) for file in prepared.files]


def rules(prepared):
    return [row.rule for row in prepared.quarantined]


def test_identical_rows_of_one_key_count_once():
    memory = InMemory()
    load = memory.load(raw_table("lots", LOT, ("L1", "M", "1"), ("L1", "M", "1"), ("L2", "M", "2"), ("L1", "M", "1")))
    assert counts(load) == [(2, 2, 0)]
    assert [row["row"] for row in load.facts["lots"].to_pylist()] == [2, 4]


def test_rows_of_one_key_with_different_content_are_all_quarantined():
    load = InMemory().load(
        raw_table("lots", LOT, ("L1", "M", "1"), ("L1", "M", "1"), ("L1", "X", "1"), ("L2", "M", "2"))
    )
    assert counts(load) == [(1, 0, 3)]
    assert rules(load) == ["conflict"] * 3
    assert {row["key"] for row in load.facts["_quarantine"].to_pylist()} == {"L1"}
    assert len(set(load.facts["_quarantine"]["quarantine_id"].to_pylist())) == 3


def test_conflict_across_files():
    load = InMemory().load(
        raw_table("lots", LOT, ("L1", "M", "1"), file="a/lots.csv"),
        raw_table("lots", LOT, ("L1", "M", "2"), ("L2", "M", "2"), file="b/lots.csv"),
    )
    assert counts(load) == [(0, 0, 1), (1, 0, 1)]


def test_rows_that_state_different_columns_are_joined_where_they_agree():
    memory = InMemory()
    load = memory.load(
        raw_table("lots", f"{LOT} quantity unit", ("L1", "M", "1", "5", "KGM"), ("L2", "M", "2", "5", "KGM"), file="a"),
        raw_table("lots", f"{LOT} supplier_id", ("L1", "M", "1", "ACME"), ("L2", "M", "X", "ACME"), file="b"),
    )
    assert counts(load) == [(1, 0, 1), (1, 0, 1)]
    (lot,) = memory.state("lots")
    assert (lot["key"], lot["quantity"], lot["supplier_id"]) == ("L1", "5", "ACME")


def test_void_and_assertion_of_one_key_in_one_load():
    load = InMemory().load(
        raw_table("consumption", USE + " void", ("S", "L", "5", "KGM", ""), ("S", "L", "5", "KGM", "yes")),
        raw_table("lots", LOT + " void", ("L1", "M", "1", ""), ("L1", "M", "1", "yes"), ("L2", "M", "1", "yes")),
    )
    assert counts(load) == [(0, 0, 2), (1, 0, 2)]


def test_absent_columns_keep_what_is_known_and_empty_cells_do_not():
    memory = InMemory()
    memory.load(raw_table("lots", f"{LOT} quantity unit made_at", ("L1", "M", "1", "5", "KGM", "2026-05-01")))
    assert nothing_new(memory.load(raw_table("lots", LOT, ("L1", "M", "1"))))
    memory.load(raw_table("lots", f"{LOT} status", ("L1", "M", "1", "held")))
    (lot,) = memory.state("lots")
    assert (lot["quantity"], lot["made_at"], lot["status"]) == ("5", "2026-05-01[Europe/Berlin]", "held")
    assert lot["made_at__end"] - lot["made_at__start"] == 24 * 3600 * 10**6
    load = memory.load(raw_table("lots", f"{LOT} quantity unit made_at", ("L1", "M", "1", "", "", "")))
    assert counts(load) == [(1, 0, 0)]
    (lot,) = memory.state("lots")
    assert (lot["quantity"], lot["unit"], lot["made_at"], lot["made_at__start"]) == (None, None, None, None)
    assert lot["status"] == "held"


def test_a_correction_of_several_files_at_once():
    memory = InMemory()
    memory.load(raw_table("lots", f"{LOT} status made_at", ("L1", "M", "1", "held", "2026-05-01")))
    load = memory.load(
        raw_table("lots", f"{LOT} status", ("L1", "M", "1", "released"), file="a"),
        raw_table("lots", f"{LOT} quantity unit", ("L1", "M", "1", "5", "KGM"), file="b"),
    )
    assert counts(load) == [(1, 0, 0), (1, 0, 0)]
    (lot,) = memory.state("lots")
    assert (lot["status"], lot["quantity"], lot["made_at"]) == ("released", "5", "2026-05-01[Europe/Berlin]")
    assert lot["made_at__start"] is not None


def test_unknown_columns_are_kept_corrected_and_forgotten():
    memory = InMemory()
    memory.load(raw_table("lots", f"{LOT} colour shift", ("L1", "M", "1", "red", "early")))
    assert nothing_new(memory.load(raw_table("lots", LOT, ("L1", "M", "1"))))
    memory.load(raw_table("lots", f"{LOT} colour", ("L1", "M", "1", "blue")))
    assert json.loads(memory.state("lots")[0]["extra"]) == {"colour": "blue", "shift": "early"}
    memory.load(raw_table("lots", f"{LOT} colour", ("L1", "M", "1", "")))
    assert json.loads(memory.state("lots")[0]["extra"]) == {"shift": "early"}
    load = memory.load(
        raw_table("lots", f"{LOT} shift", ("L1", "M", "1", ""), file="a"),
        raw_table("lots", f"{LOT} size", ("L1", "M", "1", "9"), file="b"),
    )
    assert counts(load) == [(1, 0, 0), (1, 0, 0)]
    assert json.loads(memory.state("lots")[0]["extra"]) == {"size": "9"}


def test_a_void_and_what_comes_after():
    memory = InMemory()
    memory.load(raw_table("lots", f"{LOT} quantity unit", ("L1", "M", "1", "5", "KGM")))
    header = f"{LOT} void void_reason"
    load = memory.load(raw_table("lots", header, ("L1", "", "", "yes", "wrong"), ("L1", "M", "1", "yes", "wrong")))
    assert counts(load) == [(1, 1, 0)]
    (row,) = load.facts["lots"].to_pylist()
    assert (row["op"], row["void_reason"], row["item_id"], row["material_id"], row["quantity"]) == (
        1,
        "wrong",
        "L1",
        None,
        None,
    )
    assert memory.state("lots") == []
    load = memory.load(raw_table("lots", header, ("L1", "", "", "yes", "another reason")))
    assert counts(load) == [(0, 1, 0)]
    load = memory.load(raw_table("lots", LOT, ("L1", "M", "1")))
    assert counts(load) == [(1, 0, 0)]
    assert memory.state("lots")[0]["quantity"] is None, "what was withdrawn does not come back"


def test_a_void_of_nothing_is_kept_and_said():
    load = InMemory().load(raw_table("consumption", "step_id item_id void", ("S", "L", "yes")))
    assert counts(load) == [(1, 0, 0)]
    assert any("withdraw a fact that is not known" in note and "S / L" in note for note in load.notes)


def test_rows_without_line_number_are_a_multiset():
    memory = InMemory()
    load = memory.load(
        raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "5", "KGM"), ("S", "L", "3", "KGM"))
    )
    assert counts(load) == [(3, 0, 0)]
    facts = load.facts["consumption"]
    assert facts["ordinal"].to_pylist() == [0, 1, 2]
    assert facts["quantity"].to_pylist() == ["3", "5", "5"]
    again = raw_table("consumption", USE, ("S", "L", "3", "KGM"), ("S", "L", "5", "KGM"), ("S", "L", "5", "KGM"))
    assert nothing_new(memory.load(again))
    assert nothing_new(memory.load(raw_table("consumption", "step_id item_id", ("S", "L"), ("S", "L"), ("S", "L"))))
    load = memory.load(raw_table("consumption", USE, ("S", "L", "5", "KGM"), ("S", "L", "3", "KGM")))
    assert counts(load) == [(2, 0, 0)]
    assert [row["quantity"] for row in memory.state("consumption")] == ["3", "5"]
    memory.load(raw_table("consumption", USE + " void", ("S", "L", "", "", "yes")))
    assert memory.state("consumption") == []


def test_the_group_of_a_load_spans_its_files():
    memory = InMemory()
    load = memory.load(
        raw_table("production", USE, ("S", "L", "5", "KGM"), file="a"),
        raw_table("production", "item_id step_id quantity unit", ("L", "S", "5", "KGM"), file="b"),
        raw_table("production", "item_id step_id", ("L", "S"), file="c"),
    )
    assert counts(load) == [(1, 0, 0)] * 3
    assert total(load.facts["production"]) == ["5", "5", None]


def test_times_and_line_numbers_tell_groups_apart():
    memory = InMemory()
    header = f"{USE} at line_no"
    memory.load(
        raw_table(
            "consumption", header,
            ("S", "L", "1", "KGM", "2026-05-01T10:00Z", ""), ("S", "L", "1", "KGM", "2026-05-01T12:00+02:00", ""),
            ("S", "L", "1", "KGM", "2026-05-01", ""), ("S", "L", "1", "KGM", "", ""),
            ("S", "L", "1", "KGM", "2026-05-01", "7"), ("S", "L", "1", "KGM", "2026-05-02", "8"),
        )
    )  # fmt: skip
    assert memory.keys("consumption") == [
        "S/L/L/7", "S/L/L/8", "S/L/T/", "S/L/T/2026-05-01T10:00:00Z", "S/L/T/2026-05-01T10:00:00Z",
        "S/L/T/2026-05-01[Europe/Berlin]",
    ]  # fmt: skip
    load = memory.load(
        raw_table(
            "consumption",
            header,
            ("S", "L", "1", "KGM", "2026-05-03", "7"),
            ("S", "L", "2", "KGM", "", "9"),
            ("S", "L", "3", "KGM", "", "9"),
        )
    )
    assert counts(load) == [(1, 0, 2)]
    assert memory.state("consumption")[0]["at"] == "2026-05-03[Europe/Berlin]"
    memory.load(raw_table("consumption", "step_id item_id line_no void", ("S", "L", "8", "yes")))
    assert "S/L/L/8" not in memory.keys("consumption")


def test_a_single_row_of_a_group_keeps_what_it_does_not_say():
    memory = InMemory()
    memory.load(raw_table("consumption", USE, ("S", "L", "5", "KGM")))
    load = memory.load(raw_table("consumption", "step_id item_id quantity", ("S", "L", "6")))
    assert counts(load) == [(1, 0, 0)]
    assert [(row["quantity"], row["unit"]) for row in memory.state("consumption")] == [("6", "KGM")]


ALIAS = "system kind code means"


def test_two_meanings_for_one_code_in_one_load():
    memory = InMemory()
    load = memory.load(
        raw_table(
            "aliases", ALIAS,
            ("erp", "item", "4711", "L1"), ("mes", "item", "4711", "L2"), ("mes", "material", "4711", "M1"),
            ("erp", "item", "4712", "L1"), ("mes", "item", "4712", "L1"),
            ("erp", "item", "4713", "L1"), ("erp", "item", "4713", "L2"), ("mes", "item", "4713", "L2"),
        )
    )  # fmt: skip
    assert counts(load) == [(4, 0, 4)]
    assert memory.keys("aliases") == ["erp/item/4712", "mes/item/4712", "mes/item/4713", "mes/material/4711"]


def test_two_meanings_against_what_is_in_force():
    memory = InMemory()
    memory.load(raw_table("aliases", ALIAS, ("erp", "item", "4711", "L1")))
    assert counts(memory.load(raw_table("aliases", ALIAS, ("mes", "item", "4711", "L2")))) == [(0, 0, 1)]
    assert counts(memory.load(raw_table("aliases", ALIAS, ("mes", "item", "4711", "L1")))) == [(1, 0, 0)]
    assert counts(memory.load(raw_table("aliases", ALIAS, ("erp", "item", "4711", "L2")))) == [(0, 0, 1)], (
        "mes disagrees"
    )
    both = raw_table("aliases", ALIAS, ("erp", "item", "4711", "L2"), ("mes", "item", "4711", "L2"))
    assert counts(memory.load(both)) == [(2, 0, 0)]
    voided = raw_table(
        "aliases", ALIAS + " void", ("erp", "item", "4711", "", "yes"), ("mes", "item", "4711", "L3", "")
    )
    assert counts(memory.load(voided)) == [(2, 0, 0)]
    assert memory.aliases("item") == {"4711": {"mes": "L3"}}


def test_unit_aliases_count_from_their_own_load_on():
    memory = InMemory()
    use = raw_table("consumption", USE, ("S", "L", "5", "KILO"))
    alias = raw_table("aliases", ALIAS, ("erp", "unit_of_measure", "KILO", "KGM"))
    assert counts(InMemory().load(use)) == [(0, 0, 1)]
    assert counts(memory.load(use, alias)) == [(1, 0, 0), (1, 0, 0)]
    assert memory.state("consumption")[0]["unit"] == "KILO", "the code stays as recorded"
    other = raw_table("consumption", USE, ("S2", "L", "5", "KILO"))
    assert counts(memory.load(other)) == [(1, 0, 0)]
    void = raw_table("aliases", ALIAS + " void", ("erp", "unit_of_measure", "KILO", "", "yes"))
    assert counts(memory.load(void, raw_table("consumption", USE, ("S3", "L", "5", "KILO")))) == [(1, 0, 0), (0, 0, 1)]
    two = raw_table(
        "aliases", ALIAS, ("erp", "unit_of_measure", "SACK", "KGM"), ("mes", "unit_of_measure", "SACK", "XSA")
    )
    assert counts(memory.load(two, raw_table("consumption", USE, ("S4", "L", "5", "SACK")))) == [(0, 0, 2), (0, 0, 1)]
    shadow = memory.load(raw_table("aliases", ALIAS, ("erp", "unit_of_measure", "KGM", "GRM")))
    assert any("re-points" in note for note in shadow.notes)


ONE, NEXT = ("erp", "item", "A", "B"), ("mes", "item", "B", "C")


@pytest.mark.parametrize("rows", [(ONE, NEXT), (NEXT, ONE)], ids=["outer first", "inner first"])
def test_of_two_aliases_that_make_a_chain_neither_counts_in_one_load_and_the_first_in_two(rows):
    """As with two meanings for one code: within a load nobody is preferred, and what is known stays."""
    assert counts(InMemory().load(raw_table("aliases", ALIAS, *rows))) == [(0, 0, 2)]
    apart = InMemory().load(raw_table("aliases", ALIAS, rows[0]), raw_table("aliases", ALIAS, rows[1]))
    assert counts(apart) == [(0, 0, 1), (0, 0, 1)]
    memory = InMemory()
    assert counts(memory.load(raw_table("aliases", ALIAS, rows[0]))) == [(1, 0, 0)]
    later = memory.load(raw_table("aliases", ALIAS, rows[1]))
    assert counts(later) == [(0, 0, 1)]
    (note,) = [note for note in later.notes if "never another alias" in note]
    assert "what was loaded first stays" in note
    # Withdrawing the first settles it, in the same load or in an earlier one.
    void = raw_table("aliases", ALIAS + " void", (*rows[0][:3], "", "yes"))
    assert counts(memory.load(void, raw_table("aliases", ALIAS, rows[1]))) == [(1, 0, 0), (1, 0, 0)]


@given(st.lists(st.text(st.sampled_from("ab\x1f1é日"), max_size=20), max_size=40))
@settings(deadline=None)
def test_keys_are_sorted_as_text_is(keys):
    order, first = ordered(pa.array(["", *keys], pa.string())[1:])
    placed = [keys[at] for at in order]
    assert placed == sorted(keys)
    assert [placed[at] for at in np.flatnonzero(first)] == sorted(set(keys))


def test_very_long_keys_are_sorted_too():
    keys = (
        [f"{'x' * 3000}{number}" for number in range(400)] + ["y"] * 300 + [f"z{'q' * length}" for length in range(300)]
    )
    order, first = ordered(pa.array(keys))
    assert [keys[at] for at in order] == sorted(keys)
    assert first.sum() == len(set(keys))


def test_equal_facts_whatever_the_order():
    rows = [("S", f"L{n % 3}", str(n % 4), "KGM", "") for n in range(12)] + [
        ("S", "L9", "1", "KGM", str(n)) for n in range(3)
    ]
    one = InMemory().load(raw_table("consumption", f"{USE} line_no", *rows))
    other = InMemory().load(raw_table("consumption", f"{USE} line_no", *reversed(rows)))
    assert plain(one.facts["consumption"]) == plain(other.facts["consumption"])
