"""What a load tells: one row a file, whatever came out of it, and what to do about rows that were not accepted."""

from __future__ import annotations

from pathlib import Path

from cli import run_here, write
from workbooks import sheet, text, workbook

from genealogy.ledger import Ledger
from loaders.report import by_file

MAPPING = """
mapping = 1
[[source]]
files = "batches.csv"
[[source.table]]
name = "lots"
[source.table.columns]
item_id = "Batch"
material_id = "Article"
lot_number = "Batch"
[[source.table]]
name = "materials"
distinct = true
[source.table.columns]
material_id = "Article"
name = "Article"
stage = { constant = "supplied" }
base_unit = { constant = "kg" }
"""


def test_a_file_counts_once_with_its_tables_inside() -> None:
    def count(file: str, table: str, read: int, quarantined: int, **more: object) -> dict[str, object]:
        counts = {"read": read, "accepted": read - quarantined, "unchanged": 0, "quarantined": quarantined}
        return {"file": file, "table": table, **counts, "sha256": file * 2, **more}

    files = by_file(
        [
            count("a", "lots", 5, 1),
            count("b", "steps", 2, 0, source_rows=4, not_facts=1),
            count("a", "units", 3, 0),
            count("b", "lots", 4, 0, source_rows=4, not_facts=2),
            count("a", "lots", 1, 1),
        ]
    )
    assert [(f["file"], f["read"], f["accepted"], f["unchanged"], f["quarantined"], f["sha256"]) for f in files] == [
        ("a", 9, 7, 0, 2, "aa"),
        ("b", 6, 6, 0, 0, "bb"),
    ]
    assert [(t["table"], t["read"], t["quarantined"]) for t in files[0]["tables"]] == [("lots", 6, 2), ("units", 3, 0)]
    assert (files[1]["source_rows"], files[1]["not_facts"]) == (4, 3)


def test_a_workbook_and_a_mapped_file_are_one_file_each(tmp_path: Path) -> None:
    home = tmp_path / "home"
    tables = {
        "lots": sheet(
            {1: [text("item_id"), text("material_id"), text("lot_number")], 2: [text("A"), text("M"), text("1")]}
        ),
        "steps": sheet(
            {1: [text("step_id"), text("operation")], 2: [text("S"), text("mix")], 3: [text("T"), text("fill")]}
        ),
    }
    ran = run_here(home, "load", write(tmp_path / "book", {"plant.xlsx": workbook(tables)}), "--json")
    (file,) = ran.json["files"]
    assert (file["read"], file["accepted"], {t["table"]: t["read"] for t in file["tables"]}) == (
        3, 3, {"lots": 1, "steps": 2}
    )  # fmt: skip
    mapping = tmp_path / "ours.toml"
    mapping.write_text(MAPPING)
    mapped = write(tmp_path / "erp", {"batches": "Batch,Article\nB1,RM\nB2,RM\n"})
    shown = run_here(home, "load", mapped, "--mapping", mapping)
    assert shown.code == 0
    (line,) = [line for line in shown.out.splitlines() if "batches.csv" in line]
    assert line.split()[1:] == ["lots,", "materials", "3", "3", "0", "0"]
    log = run_here(home, "log").out.splitlines()
    assert ["1 file, 3 rows accepted" in line for line in log] == [False, True, True, False]
    details = run_here(home, "log", "--json").json["entries"][2]["details"]
    assert details["mapping"] == str(mapping)
    with Ledger.open(home) as ledger:
        assert ledger.documents.read_bytes(details["mapping_document"]).decode() == MAPPING
        assert ledger.verify().problem is None


def test_rows_of_many_shapes_come_back_in_one_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    at = "2026-05-01 08:00"
    bad = {
        "steps": f"step_id,operation,started_at\nS,mix,{at}\n",
        "consumption": f"step_id,item_id,at\nS,A,{at}\nS,B,2026-05-01T08:00:00Z\n",
        "production": f"step_id,item_id,quantity,unit,at\nS,C,1O,kg,{at}\n",
    }
    first = run_here(home, "load", write(tmp_path / "bad", bad))
    assert first.code == 3
    assert "In 2 of them a time lacks its zone" in first.out
    assert "--zone Europe/Berlin" in first.out
    told = run_here(home, "load", tmp_path / "bad", "--json").json
    assert told["rules"] == {"not_a_number": 1, "time_without_zone": 2}
    again = run_here(home, "load", told["quarantine"], "--zone", "Europe/Berlin", "--json")
    (file,) = again.json["files"]
    assert (again.code, file["read"], file["accepted"], file["quarantined"]) == (3, 3, 2, 1)
    assert {t["table"] for t in file["tables"]} == {"steps", "consumption", "production"}
    assert "time_without_zone" not in again.json["rules"]
