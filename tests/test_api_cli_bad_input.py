"""Bad input: each kind has its own message (file, row, column, what to do) and exit code, and nothing is lost or half done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli import PLANT, Ran, run, run_here, write
from workbooks import number, sheet, text, workbook

import loaders
from genealogy.engine import Engine

LOTS = "item_id,material_id,lot_number,quantity,unit,made_at,status\n"
HEAD = "item_id,material_id,lot_number\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad-input")
    with Engine.open(folder / "home") as engine:
        loaders.load(engine, [write(folder / "plant", PLANT)])
    return folder / "home"


def load(home: Path, folder: Path, tables: dict[str, Any], *words: str) -> Ran:
    return run_here(home, "load", write(folder, tables), "--json", *words)


def head(home: Path) -> int:
    sequence: int = run_here(home, "log", "--json").json["head"]["sequence"]
    return sequence


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("lots", "item_id,material_id\nA,RM\n", ("lots.csv", "lot_number", "template")),
        ("lots", b"", ("lots.csv", "empty")),
        ("lots", b"\xef\xbb\xbf", ("lots.csv", "empty")),
        ("lots", b"item_id,material_id,lot_number,\xff\nA,RM,n,\n", ("lots.csv", "UTF-8")),
        ("lots", HEAD.encode("utf-16"), ("lots.csv",)),
        ("lots", "item_id,material_id,lot_number,item_id\nA,RM,n,B\n", ("lots.csv", "item_id")),
        ("lots", "item_id;material_id;lot_number\nA;RM;n\n", ("lots.csv",)),
        ("plant.xlsx", b"PK no workbook", ("plant.xlsx",)),
        ("lots.parquet", b"PAR1 no table", ("lots.parquet",)),
        ("notes.txt", "nothing here is a table", ("notes.txt", "--mapping")),
    ],
)
def test_a_file_that_cannot_be_a_table_is_refused_whole(
    home: Path, tmp_path: Path, name: str, content: str | bytes, says: tuple[str, ...]
) -> None:
    before = head(home)
    # A sound file beside it: a load is one thing, so nothing of that is loaded either.
    tables: dict[str, Any] = {name: content}
    if name != "notes.txt":
        tables["steps"] = "step_id,operation\nLATE,late\n"
    ran = load(home, tmp_path / "load", tables)
    assert (ran.code, ran.out) == (1, "")
    assert all(word in ran.err for word in says), ran.err
    assert "othing" in ran.err, "that nothing was loaded is said"
    assert head(home) == before


@pytest.mark.parametrize(
    ("row", "column", "rule", "does"),
    [
        ("A,RM,n,5,stone,,", "unit", "unknown_unit", "Rec 20"),
        ("A,RM,n,5,,,", "unit", "unit_missing", "leave both empty"),
        ("A,RM,n,-5,kg,,", "quantity", "negative_quantity", "void"),
        ('A,RM,n,"1,5",kg,,', "quantity", "not_a_number", "point"),
        ("A,RM,n,1e40,kg,,", "quantity", "overflow", "larger unit"),
        ("A,RM,n,5,kg,2026-05-01T10:00:00,", "made_at", "time_without_zone", "--zone"),
        ("A,RM,n,5,kg,01.05.2026,", "made_at", "bad_time", "ISO 8601"),
        ("A,RM,n,5,kg,,lost", "status", "unknown_choice", "rejected"),
        (",RM,n,5,kg,,", "item_id", "empty_required", "fill this cell in"),
        ('"A\tB",RM,n,5,kg,,', "item_id", "control_character", "remove"),
        ("A,RM,n,5,kg,", "", "ragged_row", "as many cells"),
        ("A,RM,n,5,kg,,,,", "", "ragged_row", "as many cells"),
    ],
)
def test_a_bad_row_is_told_with_file_row_column_and_what_to_do(
    home: Path, tmp_path: Path, row: str, column: str, rule: str, does: str
) -> None:
    ran = load(home, tmp_path / "load", {"lots": f"{LOTS}GOOD,RM,n,1,kg,,\n{row}\n"}, "--dry-run")
    assert ran.code == 3
    (file,) = ran.json["files"]
    assert (file["read"], file["accepted"] + file["unchanged"], file["quarantined"]) == (2, 1, 1)
    (line,) = [line for line in ran.err.splitlines() if line.startswith("not accepted:")]
    assert f"lots.csv:3:{column}: {rule}: " in line
    assert does in line


def test_bytes_that_are_no_utf8_come_back_byte_for_byte(home: Path, tmp_path: Path) -> None:
    ran = load(home, tmp_path / "load", {"lots": HEAD.encode() + b"A,RM,n\xff7\nGOOD-2,RM,n\n"})
    assert ran.code == 3
    assert "lots.csv:2:lot_number: invalid_utf8" in ran.err
    assert b"A,RM,n\xff7" in Path(ran.json["quarantine"]).read_bytes()


def test_rows_of_one_key_that_differ_are_all_held_back(home: Path, tmp_path: Path) -> None:
    ran = load(home, tmp_path / "load", {"lots": HEAD + "TWICE,RM,n1\nTWICE,RM,n2\nSAME,RM,n\nSAME,RM,n\n"})
    assert ran.code == 3
    (file,) = ran.json["files"]
    assert (file["read"], file["accepted"], file["unchanged"], file["quarantined"]) == (4, 1, 1, 2)
    assert [line.split(": ")[2] for line in ran.err.splitlines() if "TWICE" in line] == ["conflict", "conflict"]
    assert run_here(home, "trace", "TWICE", "--forward").code == 5


def test_two_meanings_of_one_code_are_a_conflict(home: Path, tmp_path: Path) -> None:
    aliases = "system,kind,code,means\n"
    one = load(home, tmp_path / "one", {"aliases": f"{aliases}erp,item,77,RM-1\nmes,item,77,RM-2\n"})
    assert (one.code, one.json["files"][0]["quarantined"]) == (3, 2)
    assert run_here(home, "trace", "77", "--forward").code == 5
    load(home, tmp_path / "two", {"aliases": f"{aliases}erp,item,78,RM-1\n"})
    late = load(home, tmp_path / "three", {"aliases": f"{aliases}mes,item,78,RM-2\n"})
    assert (late.code, late.json["files"][0]["quarantined"]) == (3, 1)
    assert "conflict" in late.err
    assert run_here(home, "trace", "78", "--backward", "--json").json["start"] == "RM-1"


def test_a_zone_makes_local_times_good(home: Path, tmp_path: Path) -> None:
    rows = f"{LOTS}Z1,RM,n,,,2026-05-01T10:00:00,\nZ2,RM,n,,,2026-10-25T02:30:00,\nZ3,RM,n,,,2026-03-29T02:30:00,\n"
    ran = load(home, tmp_path / "load", {"lots": rows}, "--zone", "Europe/Berlin", "--dry-run")
    assert (ran.code, ran.json["files"][0]["accepted"]) == (3, 1)
    assert "lots.csv:3:made_at: ambiguous_time" in ran.err
    assert "lots.csv:4:made_at: nonexistent_time" in ran.err
    wrong = load(home, tmp_path / "load", {"lots": rows}, "--zone", "Mars/Base")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Mars/Base" in wrong.err


def test_what_the_records_cannot_mean_is_accepted_and_told(home: Path, tmp_path: Path) -> None:
    ran = load(
        home,
        tmp_path / "load",
        {
            "lots": "item_id,material_id,lot_number,received_at,quantity,unit\nEARLY,RM,n,2026-06-01T00:00:00Z,1,kg\n",
            "consumption": "step_id,item_id,quantity,unit,at\nMIX2,EARLY,5,kg,2026-05-01T00:00:00Z\n",
        },
    )
    assert ran.code == 0
    scope = run_here(home, "scope", "EARLY", "--json")
    assert scope.code == 0, "gaps in the records never make an answer incomplete"
    gaps = scope.json["gaps"]
    (early,) = gaps["impossible_times"]["examples"]
    assert (early["item_id"], early["step_id"]) == ("EARLY", "MIX2")
    (over,) = gaps["over_use"]["examples"]
    assert (over["item_id"], over["consumed"], over["there_was"]) == ("EARLY", "5", "1")
    assert "used before it was there" in scope.json["summary"][2]
    assert "used beyond its quantity" in scope.json["summary"][2]


def test_workbooks_with_formulas_and_merged_cells(home: Path, tmp_path: Path) -> None:
    header = [text(name) for name in ("item_id", "material_id", "lot_number")]
    formula = '<c REF t="str"><f>A2&amp;"x"</f><v>W1x</v></c>'
    lots = {1: header, 2: [text("W1"), text("RM"), formula], 3: [text("W2"), text("RM"), text("n")]}
    lots[4] = [text("W3"), text("RM"), number("7")]
    merged = '<mergeCells count="1"><mergeCell ref="B3:B4"/></mergeCells>'
    ran = load(home, tmp_path / "load", {"plant.xlsx": workbook({"lots": sheet(lots, merged), "Remarks": sheet({})})})
    assert ran.code == 3
    told = ran.json
    assert [(f["read"], f["accepted"], f["quarantined"]) for f in told["files"]] == [(3, 1, 2)]
    assert told["ignored"] == [f"{tmp_path / 'load' / 'plant.xlsx'}: Remarks"]
    assert "1 formula" in ran.err
    assert "plant.xlsx:3:material_id: merged_cells" in ran.err
    assert run_here(home, "trace", "lot:W1x", "--forward", "--json").json["start"] == "W1"


def test_words_from_a_file_cannot_play_with_the_screen(home: Path, tmp_path: Path) -> None:
    lots = HEAD + '"\x1b]0;owned\x07A",RM,n\n"=HYPERLINK(""x"")",RM,n\n'
    ran = load(home, tmp_path / "load", {"lots": lots})
    assert (ran.code, ran.json["files"][0]["quarantined"]) == (3, 1)
    assert "\x1b" not in ran.err
    shown = run_here(home, "trace", '=HYPERLINK("x")', "--forward")
    assert shown.code == 0


def test_a_load_with_bad_rows_ends_the_process_with_3_and_one_object(home: Path, tmp_path: Path) -> None:
    rows = LOTS + "".join(f"M{i},RM,n,{'-' if i % 2 else ''}1,kg,,\n" for i in range(60))
    ran = run(home, "load", write(tmp_path / "load", {"lots": rows}), "--json")
    assert ran.code == 3
    assert (ran.json["files"][0]["accepted"], ran.json["files"][0]["quarantined"]) == (30, 30)
    assert sum(line.startswith("not accepted:") for line in ran.err.splitlines()) == 21
    assert "10 more rows" in ran.err
    assert Path(ran.json["quarantine"]).read_text().count("\n") == 31
    refused = run(home, "load", write(tmp_path / "refused", {"lots": "item_id\nA\n"}), "--json")
    assert (refused.code, refused.out) == (1, "")


def test_after_all_of_it_the_home_is_sound(home: Path) -> None:
    ran = run_here(home, "verify")
    assert ran.code == 0, ran.out
