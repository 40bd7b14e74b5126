"""What is refused in a file, and what is kept as it was written."""

from __future__ import annotations

import json

import pytest
from current import InMemory, raw_table

from genealogy.errors import FileRefusedError, InputError
from loaders.check import check
from loaders.check_cells import ADVICE
from loaders.plant import explain
from loaders.raw import BadRow

STOCK = "item_id place_id quantity unit status counted_at"
CONVERSION = "material_id from_unit to_unit factor"
MATERIAL = "material_id name stage base_unit tolerance_percent"


def checked(raw, zone="Europe/Berlin", units=frozenset()):
    return check(raw, zone=zone, unit_aliases=units)


def faults(raw, **options):
    judged = checked(raw, **options)
    return [
        (judged.fault(row).column, judged.fault(row).rule) if judged.faults[row] else None
        for row in range(len(judged.faults))
    ]


def rule_of(table, header, *cells, **options):
    (fault,) = faults(raw_table(table, header, cells), **options)
    return fault


def test_a_file_without_a_required_column_is_refused_whole():
    with pytest.raises(FileRefusedError) as refused:
        checked(raw_table("lots", "item_id material_id quantity", ("L1", "M", "1"), file="in/lots.csv"))
    for word in ("in/lots.csv", "lot_number", "genealogy template", "Nothing of it was loaded"):
        assert word in str(refused.value)
    with pytest.raises(FileRefusedError):
        checked(raw_table("stock", "Item_ID place_id quantity unit status counted_at"))


def test_codes_stay_as_written():
    codes = ["00123", "1e5", " A", "A ", "a", "A", "MAR-1", "1/2", "=1+1", "ä\u200b", "x" * 500, "日本", "\u202e1"]
    judged = checked(raw_table("consumption", "step_id item_id", *((code, code) for code in codes)))
    assert not judged.faults.any()
    assert judged.values["item_id"].to_pylist() == codes
    assert judged.key.to_pylist() == [f"{code}\x1f{code}\x1fT\x1f" for code in codes]


def test_codes_are_composed():
    judged = checked(raw_table("lots", "item_id material_id lot_number", ("A\u0308", "M", "\u212b")))
    assert judged.values["item_id"].to_pylist() == ["Ä"]
    assert judged.values["lot_number"].to_pylist() == ["Å"]


@pytest.mark.parametrize("code", ["a\tb", "a\nb", "a\rb", "\x00", "a\x1fb", "\x7f", "a\x85", "\x9f"])
def test_control_characters_in_codes(code):
    assert rule_of("consumption", "step_id item_id", "S", code) == ("item_id", "control_character")


def test_texts_may_hold_lines_but_no_nul():
    header = "material_id name stage base_unit"
    assert rule_of("materials", header, "M", "two\nlines\tand a tab \x85", "supplied", "KGM") is None
    assert rule_of("materials", header, "M", "a\x00b", "supplied", "KGM") == ("name", "nul_character")
    assert rule_of("materials", [*header.split(), "colour"], "M", "a", "supplied", "KGM", "\x00") == (
        "colour",
        "nul_character",
    )


@pytest.mark.parametrize(
    ("table", "header", "cells", "fault"),
    [
        ("consumption", "step_id item_id", ("", "L"), ("step_id", "empty_required")),
        ("stock", STOCK, ("L", "P", "", "KGM", "held", "2026-05-01"), ("quantity", "empty_required")),
        ("materials", "material_id name stage base_unit", ("M", "n", "Supplied", "KGM"), ("stage", "unknown_choice")),
        ("parties", "party_id name role", ("P", "n", "supplier|boss"), ("role", "unknown_choice")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "1,5", "KGM"), ("quantity", "not_a_number")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "ca. 5", "KGM"), ("quantity", "not_a_number")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "-5", "KGM"), ("quantity", "negative_quantity")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "9223372037", "KGM"), ("quantity", "overflow")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "1e999999999", "KGM"), ("quantity", "overflow")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "5", "Kilo"), ("unit", "unknown_unit")),
        ("consumption", "step_id item_id quantity unit", ("S", "L", "5", ""), ("unit", "unit_missing")),
        ("equipment", "equipment_id name heel_quantity heel_unit", ("E", "n", "5", ""), ("heel_unit", "unit_missing")),
        ("consumption", "step_id item_id at", ("S", "L", "yesterday"), ("at", "bad_time")),
        ("consumption", "step_id item_id at", ("S", "L", "2026-03-29T02:30:00"), ("at", "nonexistent_time")),
        ("consumption", "step_id item_id at", ("S", "L", "2026-10-25T02:30:00"), ("at", "ambiguous_time")),
        ("consumption", "step_id item_id void", ("S", "L", "true"), ("void", "void_not_yes")),
        ("consumption", "step_id item_id void void_reason", ("S", "L", "", "x"), ("void_reason", "reason_without_void")),
        ("consumption", "step_id item_id void_reason", ("S", "L", "wrong lot"), ("void_reason", "reason_without_void")),
        ("conversions", CONVERSION, ("M", "XBX", "EA", "0"), ("factor", "not_positive")),
        ("conversions", CONVERSION, ("M", "KGM", "GRM", "100"), ("factor", "contradicts_units")),
        ("materials", MATERIAL, ("M", "n", "supplied", "KGM", "-1"), ("tolerance_percent", "not_positive")),
        ("aliases", "system kind code means", ("erp", "unit_of_measure", "KI", "Kilo"), ("means", "unknown_unit")),
    ],
)  # fmt: skip
def test_rules(table, header, cells, fault):
    assert rule_of(table, header, *cells) == fault
    assert fault[1] in ADVICE


@pytest.mark.parametrize(
    "quantity", ["0", "-0", "5", "5.0", "0005", ".5", "5.", "1e5", "+3", "0." + "1" * 300, "9223372036.8"]
)
def test_numbers_that_are_kept_as_written(quantity):
    judged = checked(raw_table("consumption", "step_id item_id quantity unit", ("S", "L", quantity, "KGM")))
    assert not judged.faults.any()
    assert judged.values["quantity"].to_pylist() == [quantity]


def test_a_quantity_without_a_unit_column_is_kept_and_said():
    judged = checked(raw_table("consumption", "step_id item_id quantity", ("S", "L", "5")))
    assert not judged.faults.any()
    assert any("without a column unit" in note for note in judged.notes)


def test_measured_values_may_be_words_and_need_no_unit():
    header = "step_id parameter value unit low high at"
    rows = [("S", "pH", "7.2", "", "-1", "8", "2026-05-01"), ("S", "smell", "none", "", "", "", "2026-05-01Z")]
    assert faults(raw_table("readings", header, *rows)) == [None, None]
    assert rule_of("readings", header, "S", "pH", "7", "", "low", "", "2026-05-01") == ("low", "not_a_number")


def test_times_need_a_zone():
    header = "step_id item_id at"
    assert rule_of("consumption", header, "S", "L", "2026-05-01", zone=None) == ("at", "time_without_zone")
    assert rule_of("consumption", header, "S", "L", "2026-05-01T10:00:00Z", zone=None) is None
    with pytest.raises(InputError):
        checked(raw_table("consumption", header, ("S", "L", "2026-05-01")), zone="Mars/Base")


def test_aliases_make_units():
    raw = raw_table("consumption", "step_id item_id quantity unit", ("S", "L", "5", "KILO"))
    assert faults(raw) == [("unit", "unknown_unit")]
    assert faults(raw, units={"KILO"}) == [None]


def test_a_void_needs_its_key_only():
    header = "item_id material_id lot_number quantity unit made_at void void_reason"
    assert rule_of("lots", header, "L", "", "", "-x", "?", "gestern", "yes", "double") is None
    assert rule_of("lots", header, "", "", "", "", "", "", "yes", "") == ("item_id", "empty_required")
    assert rule_of("consumption", "step_id item_id at void", "S", "L", "gestern", "yes") == ("at", "bad_time")


def test_several_roles_in_any_order():
    judged = checked(raw_table("parties", "party_id name role", ("P", "n", "customer|supplier")))
    assert judged.values["role"].to_pylist() == ["supplier|customer"]


def test_unknown_columns_are_kept_and_named_once():
    header = ["step_id", "item_id", "Schicht", "b", "a"]
    judged = checked(raw_table("consumption", header, ("S", "L", "früh", "", '"1"'), ("S", "L", "", "", "")))
    assert json.loads(judged.extra[0].as_py()) == {"Schicht": "früh", "a": '"1"'}
    assert list(json.loads(judged.extra[0].as_py())) == ["Schicht", "a"]
    assert judged.extra[1].as_py() is None
    assert len([note for note in judged.notes if "Schicht, a, b" in note]) == 1


def test_keys_that_cannot_be_told():
    judged = checked(
        raw_table(
            "consumption",
            "step_id item_id quantity unit at line_no",
            ("S", "L", "x", "KGM", "2026-05-01", ""),
            ("S", "L", "1", "KGM", "gestern", ""),
            ("S", "L", "1", "KGM", "gestern", "7"),
            ("S", "\t", "1", "KGM", "", ""),
        )
    )
    assert (judged.faults > 0).all()
    assert judged.key.to_pylist() == ["S\x1fL\x1fT\x1f2026-05-01[Europe/Berlin]", None, "S\x1fL\x1fL\x1f7", None]
    assert judged.linked.tolist() == [True, True, True, False]


def test_optional_parts_of_a_key_may_be_absent():
    judged = checked(raw_table("results", "item_id test value", ("L", "pH", "7")))
    assert judged.key.to_pylist() == ["L\x1fpH\x1f\x1f"]


def test_messages_say_where_and_what_to_do():
    load = InMemory().load(
        raw_table("consumption", "step_id item_id quantity unit", ("S", "L", "-5", "KGM"), file="in/c.csv")
    )
    (row,) = load.quarantined
    assert explain(row).startswith("in/c.csv:2:quantity: negative_quantity: '-5': a reversal is a void")
    load = InMemory().load(raw_table("materials", "material_id name stage base_unit", ("M", "n", "raw", "KGM")))
    assert "write one of supplied, intermediate, finished" in explain(load.quarantined[0])


def test_rows_that_could_not_be_read():
    bad = [
        BadRow(3, "operator", "invalid_utf8", "M\udcfcller", ("S1", "mix", "M\udcfcller")),
        BadRow(4, None, "ragged_row", "S2", ("S2",)),
    ]
    load = InMemory().load(raw_table("steps", "step_id operation operator", bad=bad))
    assert load.files[0]["read"] == load.files[0]["quarantined"] == 2
    assert [row.rule for row in load.quarantined] == ["invalid_utf8", "ragged_row"]
    assert load.quarantined[0].cells["operator"] == "M\udcfcller", "byte for byte"
    facts = load.facts["_quarantine"].to_pylist()
    assert {row["value"] for row in facts} == {"M\\xfcller", "S2"}
    assert {row["key"] for row in facts} == {"S1", "S2"}
    assert {row["role"] for row in facts} == {None}
