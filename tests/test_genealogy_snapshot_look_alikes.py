"""What a spreadsheet or a person wrote otherwise is pointed out beside an answer, and never joined to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cli import run_here, write
from facts import Facts, Row, entry

from genealogy.snapshot import Snapshot
from genealogy.snapshot.look_alikes import other_receipts
from genealogy.snapshot.spellings import Spelling, folded, long_numbers, unpadded

if TYPE_CHECKING:
    from pathlib import Path

SAME = [
    ("00123", "123"), ("00123", "123.0"), ("00123", "'00123"), ("123E3", "1.23E+05"), ("123E3", "123000"), ("0012", "12,0"),
    ("AbC", "ABC"), ("SN-1/2", "sn-1/2 "), ("A 1", "A1"), ("Ａ１", "A1"), ("A1", "Ａ１"), ("1234567", "1,234,567"),
    ("3-5", "05-Mar"), ("3-5", "03-May"), ("3/5", "2026-03-05"), ("3-5", "05.03.2026"), ("3-5", "46086"), ("MAR5", "5-Mar"),
    ("MAR05", "Mar-05"), ("10-11-24", "10/11/2024"), ("2-1", "01-Feb"), ("SEP7", "07-Sep"), ("1E10", "10000000000"),
    ("123456789012", "1.23457E+11"), ("376123450000000018", "3.76123E+17"), ("376123450000000018", "376123450000000000"),
    ("376123450000000018", "3.76E+17"), ("1234567890123456789", "1.23E+18"), ("000376123450000000018", "376123450000000018"),
]  # fmt: skip
OTHER = [
    ("00123", "124"), ("123", "1230"), ("123E3", "1.24E+05"), ("ABC", "ABD"), ("3-5", "06-Apr"), ("A3-5", "05-Mar"),
    ("376123450000000018", "3.77E+17"), ("376123450000000018", "376123450000000019"), ("37612345000000001", "3.76E+17"),
    ("376123450000000018", "376223450000000000"), ("L-1", "L-10"), ("0", "00X"), ("12", "1.2"), ("100", "1.00"), ("5", "5e99999"),
]  # fmt: skip


def fits(was: str, written: str) -> bool:
    short = unpadded(folded([was]))
    return len(Spelling(written).fits(short, long_numbers(short))) > 0


@pytest.mark.parametrize(("was", "written"), SAME)
def test_what_a_code_may_have_been(was: str, written: str) -> None:
    assert fits(was, written)


@pytest.mark.parametrize(("was", "written"), OTHER)
def test_what_it_was_not(was: str, written: str) -> None:
    assert not fits(was, written)


MATERIALS: list[Row] = [
    {"material_id": "R", "name": "resin", "stage": "supplied", "base_unit": "KGM"},
    {"material_id": "F", "name": "pump", "stage": "finished", "base_unit": "H87"},
]


def lot(item: str, material: str = "R", **more: str) -> Row:
    return {"item_id": item, "material_id": material, "lot_number": item, **more}


def gap(start: str, **tables: list[Row]) -> dict[str, Any]:
    snapshot = Snapshot.of(Facts.of(entry(materials=MATERIALS, **tables)))
    reach = snapshot.reach([start], "forward", 1)
    assert snapshot.gaps([start], snapshot.reach([start], "backward", 1), "backward", 1)["look_alikes"]["count"] == 0
    found = snapshot.gaps([start], reach, "forward", 1)["look_alikes"]
    return {name: found.get(name, 0) for name in ("count", "more_units", "more_lots")} | {
        "pairs": [(each["item_id"], each["like"]) for each in found["examples"]]
    }


def made(*steps: tuple[str, str, str]) -> dict[str, list[Row]]:
    return {
        "consumption": [{"step_id": step, "item_id": used} for step, used, _ in steps],
        "production": [{"step_id": step, "item_id": out} for step, _, out in steps],
    }


def test_a_code_that_nobody_described_is_named_with_what_it_leads_to() -> None:
    plant = made(("S1", "123", "F1"), ("S2", "F1", "F2"), ("S3", "999", "F3"))
    lots = [lot("00123"), *(lot(f"F{n}", "F") for n in (1, 2, 3))]
    assert gap("00123", lots=lots, **plant) == {
        "count": 1, "more_units": 0, "more_lots": 2, "pairs": [("123", "00123")],
    }  # fmt: skip
    described = [*lots, lot("123")]
    assert gap("00123", lots=described, **plant)["count"] == 0  # both are known: zeros count


def test_what_was_shipped_packed_or_serialised_under_another_spelling_is_named() -> None:
    lots = [lot("00123"), lot("F-1", "F")]
    plant = made(("S1", "00123", "F-1"))
    line: Row = {"shipment_id": "1", "item_id": "f-1", "consignee_id": "C", "shipped_at": "2026-05-01T00:00:00Z"}
    assert gap("00123", lots=lots, **plant, shipments=[line])["pairs"] == [("f-1", "F-1")]
    units: list[Row] = [{"item_id": "U", "lot_id": "F-1 ", "serial": "U", "material_id": "F"}]
    assert gap("00123", lots=lots, **plant, units=units) == {
        "count": 1, "more_units": 1, "more_lots": 0, "pairs": [("F-1 ", "F-1")],
    }  # fmt: skip
    box: list[Row] = [{"item_id": "X", "container_id": "f-1"}]
    assert gap("00123", lots=lots, **plant, shipments=[line], packing=box)["count"] == 0  # a container is no item


def test_a_container_that_was_shipped_under_another_spelling_is_named() -> None:
    lots = [lot("R1"), lot("F1", "F")]
    units: list[Row] = [{"item_id": "U", "lot_id": "F1", "serial": "U", "material_id": "F"}]
    packing: list[Row] = [{"item_id": "U", "container_id": "00377"}, {"item_id": "00377", "container_id": "PAL"}]
    head: Row = {"consignee_id": "C", "shipped_at": "2026-05-01T00:00:00Z"}
    shipments: list[Row] = [
        head | {"shipment_id": str(n), "item_id": code} for n, code in enumerate(("377", "pal", "378", "PAL"))
    ]
    found = gap("R1", lots=lots, units=units, packing=packing, shipments=shipments, **made(("S1", "R1", "F1")))
    assert found["pairs"] == [("377", "00377"), ("pal", "PAL")]


def test_a_described_lot_beside_an_affected_code_that_nobody_described() -> None:
    plant = made(("S1", "123", "F1"), ("S2", "00123", "F2"))
    lots = [lot("00123"), lot("F1", "F"), lot("F2", "F")]
    assert gap("123", lots=lots, **plant)["pairs"] == [("00123", "123")]


def test_lots_that_differ_by_case_alone_and_are_of_one_material() -> None:
    plant = made(("S1", "AB", "F1"), ("S2", "ab", "F2"))
    assert gap("AB", lots=[lot("AB"), lot("ab"), lot("F1", "F"), lot("F2", "F")], **plant) == {
        "count": 1, "more_units": 0, "more_lots": 1, "pairs": [("ab", "AB")],
    }  # fmt: skip
    assert gap("AB", lots=[lot("AB"), lot("ab", "F"), lot("F1", "F"), lot("F2", "F")], **plant)["count"] == 0


def test_another_receipt_of_the_suppliers_lot_under_another_spelling() -> None:
    def receipt(item: str, number: str, supplier: str = "S") -> Row:
        return lot(item, supplier_id=supplier, supplier_lot=number)

    def told(lots: list[Row]) -> list[tuple[str, str]]:
        return other_receipts(Snapshot.of(Facts.of(entry(materials=MATERIALS, lots=lots))).moment(1), ["R1"])

    spelled = (("R1", "RX-0077"), ("R2", "rx-0077 "), ("R4", "RX-0078"), ("R5", "ＲＸ-0077"), ("R6", "RX-0077"))
    lots = [receipt(*each) for each in spelled] + [receipt("R3", "RX-0077 ", "T")]
    assert told(lots) == [("R2", "rx-0077 "), ("R5", "ＲＸ-0077")]
    assert gap("R1", lots=lots)["count"] == 0  # that would tell of suppliers
    assert told([receipt("R1", "00777"), receipt("R2", "777"), receipt("R3", "")]) == [("R2", "777")]
    assert told([receipt("R1", "00777"), receipt("R2", "777") | {"material_id": "F"}]) == []


def test_it_is_said_where_the_lot_is_named_and_stands_among_the_near_misses(tmp_path: Path) -> None:
    lots = [lot("R1", supplier_id="S", supplier_lot="00777"), lot("R2", supplier_id="S", supplier_lot="777")]
    tables = {
        name: [{k: str(v) for k, v in row.items()} for row in rows]
        for name, rows in (("materials", MATERIALS), ("lots", lots))
    }
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", tables)).code == 0
    for text in ("00777", "supplier-lot:S/00777", "R1"):
        done = run_here(home, "scope", text)
        assert "may be the same, written otherwise, bears R2 (777)" in done.out + done.err
    near = run_here(home, "near-misses", "R1")
    assert "SAME SUPPLIER LOT" in near.out
    assert "of what may be the same supplier's lot as R1" in near.out


def test_an_answer_never_says_that_no_gap_touches_it(tmp_path: Path) -> None:
    tables = {
        "materials": [{k: str(v) for k, v in row.items()} for row in MATERIALS],
        "lots": [{"item_id": i, "material_id": m, "lot_number": i} for i, m in (("00123", "R"), ("F1", "F"))],
        "consumption": [{"step_id": "S1", "item_id": "1.23E+02"}],
        "production": [{"step_id": "S1", "item_id": "F1"}],
    }
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", tables)).code == 0
    done = run_here(home, "scope", "00123")
    assert "No gap" not in done.out
    assert "1 code beside it that may be another spelling of something affected (up to 1 finished lot more)" in done.out
    assert done.code == 0


def test_what_went_in_under_an_unknown_code_is_no_proof_that_something_is_out(tmp_path: Path) -> None:
    tables = {
        "materials": [{k: str(v) for k, v in row.items()} for row in MATERIALS],
        "lots": [
            {"item_id": i, "material_id": m, "lot_number": i}
            for i, m in (("000123", "R"), ("R2", "R"), ("F0", "F"), ("F1", "F"), ("F2", "F"), ("F3", "F"))
        ],
        "steps": [{"step_id": f"S{n}", "operation": "mix"} for n in range(4)],
        "consumption": [
            {"step_id": step, "item_id": item}
            for step, item in (("S0", "000123"), ("S1", "123"), ("S2", "R2"), ("S3", "R2"), ("S3", "123"))
        ],
        "production": [{"step_id": f"S{n}", "item_id": f"F{n}"} for n in range(4)],
    }
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", tables)).code == 0
    for item, proves in (("F1", False), ("F2", True), ("F3", False)):
        answer = run_here(home, "why", item, "--from", "000123", "--json").json
        assert any(reason["proves"] for reason in answer["reasons"]) is proves, item
