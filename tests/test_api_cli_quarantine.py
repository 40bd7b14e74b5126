"""Rows that are not accepted: nothing of them is lost, each is told, and each can be corrected; then corrections of facts."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli import PLANT, run, run_here, write

import loaders
from genealogy.engine import Engine
from genealogy.errors import FileRefusedError, ItemNotFoundError
from loaders.sample import write_sample

AT = "2026-05-01T08:00:00Z"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Engine.open(tmp_path / "home") as engine:
        loaders.load(engine, [write(tmp_path / "plant", PLANT)])
    return tmp_path / "home"


def corrected(path: Path, change: Callable[[dict[str, str]], None], to: Path) -> Path:
    """A copy of a quarantine file in which a person put each row right."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return to


def test_a_suspected_link_is_told_until_its_row_is_corrected(home: Path, tmp_path: Path) -> None:
    # The row would bring RM-3 into the mix, and with it all four units; its quantity cannot be read.
    bad = write(tmp_path / "bad", {"consumption": f"step_id,item_id,quantity,unit,at\nMIX,RM-3,1O,kg,{AT}\n"})
    load = run(home, "load", bad, "--json")
    assert load.code == 3
    told = load.json
    assert (told["sequence"], told["files"][0]["quarantined"]) == (2, 1)
    assert f"{bad / 'consumption.csv'}:2:quantity: not_a_number: '1O'" in load.err
    before = run_here(home, "scope", "RM-3", "--json").json
    assert (before["items"], before["finished_units"], before["complete"]) == ([], 0, True)
    suspected = before["gaps"]["suspected"]
    assert (suspected["count"], suspected["more_units"]) == (1, 4)
    assert suspected["examples"][0]["row"] == 2
    assert before["gaps"]["quarantined"]["count"] == 1
    assert "up to 4 " in before["summary"][2]
    backward = run_here(home, "trace", "U-1", "--backward", "--json").json
    assert "RM-3" not in {row["id"] for row in backward["items"]}

    def right(row: dict[str, str]) -> None:
        row["quantity"] = "10"

    fixed = corrected(Path(told["quarantine"]), right, tmp_path / "fixed.csv")
    again = run(home, "load", fixed, "--json")
    assert again.code == 0
    assert [(f["read"], f["accepted"], f["quarantined"]) for f in again.json["files"]] == [(1, 1, 0)]
    after = run_here(home, "scope", "RM-3", "--json").json
    assert (after["finished_units"], after["gaps"]["suspected"]["count"]) == (4, 0)
    assert after["gaps"]["quarantined"]["count"] == 0
    then = run_here(home, "scope", "RM-3", "--as-of", "2", "--json").json
    assert then["digest"] == before["digest"], "as it stood then"
    assert run_here(home, "load", fixed, "--json").json["recorded"] is False
    assert run_here(home, "verify").code == 0


def test_loading_bad_rows_again_names_the_file_that_holds_them(home: Path, tmp_path: Path) -> None:
    folders = [
        write(tmp_path / name, {"consumption": f"step_id,item_id,quantity,unit,at\nMIX,{name},-1,kg,{AT}\n"})
        for name in ("one", "two")
    ]
    first, second = (run_here(home, "load", folder, "--json").json for folder in folders)
    assert first["quarantine"] != second["quarantine"]
    again = run_here(home, "load", folders[0], "--json")
    assert again.code == 3
    assert (again.json["sequence"], again.json["recorded"]) == (second["sequence"], False)
    assert again.json["quarantine"] == first["quarantine"]
    for path in (first["quarantine"], second["quarantine"]):
        Path(path).unlink()
    gone = run_here(home, "load", *folders, "--json").json
    held = Path(gone["quarantine"]).read_text()
    assert "one" in held
    assert "two" in held
    assert run_here(home, "verify").code == 0


def test_a_dry_run_says_what_is_wrong_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad", {"lots": "item_id,material_id,lot_number,status\nA,RM,n,lost\nB,RM,n,held\n"})

    def kept() -> list[Path]:
        # What can be made again from the ledger (index, arrays) may be made by a dry run, too.
        return sorted(p for p in home.rglob("*") if p.is_file() and p.parent.name != "index")

    before = kept()
    ran = run_here(home, "load", bad, "--dry-run", "--json")
    assert ran.code == 3
    assert (ran.json["files"][0]["accepted"], ran.json["files"][0]["quarantined"]) == (1, 1)
    assert (ran.json["dry_run"], ran.json["recorded"], ran.json["quarantine"]) == (True, False, None)
    assert "unknown_choice: 'lost'" in ran.err
    assert kept() == before
    assert run_here(home, "log", "--json").json["head"]["sequence"] == 1


def _cells(line: bytes) -> list[bytes]:
    return line.split(b",")


def damage(rng: random.Random, content: bytes) -> bytes:
    """The file as it comes from a bad line, a bad editor or a bad hand."""
    lines = content.splitlines(keepends=True)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(1, len(lines))
        line = lines[at].rstrip(b"\r\n")
        cells = _cells(line)
        place = rng.randrange(len(cells))
        match rng.randrange(8):
            case 0:
                del cells[place]
            case 1:
                cells.insert(place, rng.choice((b"", b"x", b"7")))
            case 2 if line:
                flipped = bytearray(line)
                flipped[rng.randrange(len(line))] ^= 1 << rng.randrange(8)
                cells = [bytes(flipped)]
            case 3:
                cells[place] = cells[place][:1] + b'"' + cells[place][1:]
            case 4:
                cells = [line[: rng.randrange(len(line) + 1)]]
            case 5:
                words = (
                    b"",
                    b"-1",
                    b"1e40",
                    b"NaN",
                    b"\xff\xfe",
                    b"\x00",
                    b"yes",
                    b"2026-13-01",
                    b"=1+1",
                    b"a\rb",
                    b'"',
                )
                cells[place] = rng.choice(words)
            case 6:
                lines.insert(at, rng.choice(lines[1:]))
                continue
            case _:
                lines[at] = line  # without its line break: two rows in one
                continue
        lines[at] = b",".join(cells) + b"\n"
    return b"".join(lines)


def test_of_200_damaged_files_no_row_is_lost(tmp_path: Path) -> None:
    """read = accepted + unchanged + quarantined, whatever happened to a file; and the home stays sound."""
    sample = write_sample(tmp_path / "sample", seed=5, units=200).folder
    tables = {path.name: b"".join(path.read_bytes().splitlines(keepends=True)[:80]) for path in sample.glob("*.csv")}
    rng = random.Random(20260501)
    refused = quarantined = told = 0
    with Engine.open(tmp_path / "home") as engine:
        for number in range(20):
            damaged = {name: damage(rng, tables[name]) for name in rng.sample(sorted(tables), 10)}
            files = sorted(write(tmp_path / f"damaged-{number}", damaged).iterdir())
            while True:
                try:
                    report = loaders.load(engine, files)
                    break
                except FileRefusedError as error:  # the message names the file; the others are loaded without it
                    (named,) = (path for path in files if path.name in str(error))
                    files.remove(named)
                    refused += 1
            for file in report["files"]:
                assert file["read"] == file["accepted"] + file["unchanged"] + file["quarantined"], (number, file)
            rejected = sum(file["quarantined"] for file in report["files"])
            quarantined += rejected
            if report["quarantine"]:
                with Path(report["quarantine"]).open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
                    told += sum(1 for _ in csv.DictReader(_without_nul(lines)))
        assert engine.verify().problem is None
    assert refused < 20, "most damage is of a row, not of a file"
    assert quarantined > 200
    assert told == quarantined, "every row stands in the quarantine file of its load"


def _without_nul(lines: Any) -> Any:
    return (line.replace("\0", "?") for line in lines)


# Corrections of facts


def test_loading_the_same_again_changes_nothing(home: Path, tmp_path: Path) -> None:
    head = run_here(home, "log", "--json").json["head"]
    digest = run_here(home, "verify", "--json").json["history_digest"]
    again = run_here(home, "load", tmp_path / "plant", "--json")
    assert again.code == 0
    assert (again.json["sequence"], again.json["recorded"]) == (1, False)
    assert all(file["unchanged"] == file["read"] for file in again.json["files"])
    verified = run_here(home, "verify", "--json").json
    assert (verified["head"], verified["history_digest"]) == (head, digest)


def test_rows_and_columns_in_another_order_change_no_digest(home: Path, tmp_path: Path) -> None:
    rng, tables = random.Random(7), {}
    for table, text in PLANT.items():
        lines = [line.split(",") for line in text.splitlines()]
        order = rng.sample(range(len(lines[0])), len(lines[0]))
        body = [[line[place] for place in order] for line in rng.sample(lines[1:], len(lines) - 1)]
        tables[table] = "\n".join(",".join(line) for line in [[lines[0][place] for place in order], *body]) + "\n"
    with Engine.open(home) as engine:
        content, scope = engine.content_digest(), engine.scope(["RM-1"])
        shuffled = loaders.load(engine, [write(tmp_path / "shuffled", tables)])
        assert all(file["unchanged"] == file["read"] for file in shuffled["files"])
        assert engine.content_digest() == content
    with Engine.open(tmp_path / "other") as engine:
        for table in rng.sample(sorted(tables), len(tables)):  # file by file, in any order
            loaders.load(engine, [tmp_path / "shuffled" / f"{table}.csv"])
        assert engine.content_digest() == content
        found = engine.scope(["RM-1"]).answer
        assert {**found, "as_of": 0} == {**scope.answer, "as_of": 0}


class Corrected:
    """A home into which one correction after the other is loaded."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder, self.count = engine, folder, 0

    def load(self, **tables: str) -> dict[str, Any]:
        self.count += 1
        return loaders.load(self.engine, [write(self.folder / f"correction-{self.count}", tables)])

    def scope(self, *starts: str, as_of: int | None = None) -> dict[str, Any]:
        answer = self.engine.scope(starts, as_of)
        assert answer.complete
        return answer.answer


@pytest.fixture
def plant(home: Path, tmp_path: Path) -> Any:
    with Engine.open(home) as engine:
        yield Corrected(engine, tmp_path)
        assert engine.verify().problem is None


def test_a_void_takes_back_and_the_past_stays(plant: Corrected) -> None:
    before = plant.scope("RM-1")
    void = plant.load(consumption=f"step_id,item_id,at,void,void_reason\nMIX,RM-1,{AT},yes,scanned the wrong lot\n")
    assert void["files"][0]["accepted"] == 1
    assert plant.scope("RM-1")["items"] == []
    assert plant.scope("RM-1", as_of=1) == before
    assert plant.load(consumption=f"step_id,item_id,at,void\nMIX,RM-1,{AT},yes\n")["files"][0]["unchanged"] == 1
    plant.load(consumption=f"step_id,item_id,quantity,unit,at\nMIX,RM-1,60,kg,{AT}\n")
    assert plant.scope("RM-1")["items"] == before["items"]


def test_what_was_once_recorded_can_be_asked_though_it_was_withdrawn(plant: Corrected) -> None:
    plant.load(consumption=f"step_id,item_id,quantity,unit,at\nMIX2,SLIP,1,kg,{AT}\n")
    plant.load(consumption=f"step_id,item_id,at,void\nMIX2,SLIP,{AT},yes\n")
    assert plant.engine.find("SLIP").items == ["SLIP"]
    assert plant.scope("SLIP")["items"] == []
    assert [row["id"] for row in plant.scope("SLIP", as_of=2)["items"]] == ["IM2"]
    with pytest.raises(ItemNotFoundError):
        plant.engine.find("SLIP", 1)


def test_a_late_alias_turns_to_what_it_means(plant: Corrected) -> None:
    plant.load(consumption=f"step_id,item_id,quantity,unit,at\nFILL,4711,1,kg,{AT}\n")
    assert "GHOST" not in plant.scope("RM-3")["unresolved"]
    assert plant.scope("RM-3")["items"] == []
    assert plant.scope("4711")["unresolved"] == ["4711"]
    plant.load(aliases="system,kind,code,means\nerp,item,4711,RM-3\n")
    assert [row["id"] for row in plant.scope("RM-3")["items"]] == ["FB"]
    assert plant.scope("RM-3", as_of=2)["items"] == []
    assert plant.engine.find("4711").items == ["RM-3"]
    plant.load(aliases="system,kind,code,means\nerp,item,4711,RM-2\n")
    assert plant.scope("RM-3")["items"] == []
    assert {row["id"] for row in plant.scope("RM-2")["items"]} == {"FB", "IM2"}


def test_a_late_conversion_closes_the_gap(plant: Corrected) -> None:
    plant.load(
        lots="item_id,material_id,lot_number,quantity,unit\nFC,FB,N7,5,LTR\n",
        consumption=f"step_id,item_id,quantity,unit,at\nDRAW,IM,5,kg,{AT}\n",
        production=f"step_id,item_id,quantity,unit,at\nDRAW,FC,5,LTR,{AT}\n",
    )
    before = plant.scope("IM")
    assert before["gaps"]["not_convertible"]["count"] == 1
    assert {q["unit"] for q in before["finished_quantity"]} == {"kg", "LTR"}
    plant.load(conversions="material_id,from_unit,to_unit,factor\nFB,LTR,kg,1.5\n")
    after = plant.scope("IM")
    assert after["gaps"]["not_convertible"]["count"] == 0
    assert after["finished_quantity"] == [{"unit": "kg", "quantity": "37.5"}]
    assert plant.scope("IM", as_of=2) == before


def test_a_late_material_makes_what_was_unknown_finished(plant: Corrected) -> None:
    plant.load(
        lots="item_id,material_id,lot_number\nFX,NEW,N8\n",
        units="item_id,lot_id,serial\nU-7,FX,S7\n",
        production=f"step_id,item_id,at\nFILL,FX,{AT}\n",
    )
    before = plant.scope("IM")
    assert before["finished_units"] == 4
    assert "2 items of materials that nobody described, finished or not" in before["summary"][2]
    plant.load(materials="material_id,name,stage,base_unit\nNEW,New,finished,each\n")
    after = plant.scope("IM")
    assert (after["finished_units"], after["finished_lots"]) == (5, 3)
    assert "nobody described" not in after["summary"][2]


def test_an_absent_column_says_nothing_and_an_empty_cell_unknown(plant: Corrected) -> None:
    plant.load(lots="item_id,material_id,lot_number\nFB,FB,RM-1\n")
    assert plant.scope("IM")["finished_quantity"] == [{"unit": "kg", "quantity": "30"}]
    assert plant.engine.head == 2, "a file of its own is kept, though no row in it was new"
    steps = {row["id"]: row["tier"] for row in plant.scope("IM")["items"]}
    assert steps["U-4"] == "unit"
    plant.load(steps="step_id,operation\nHAND,assemble by hand\n")
    assert {row["id"]: row["tier"] for row in plant.scope("IM")["items"]}["U-4"] == "unit", "an absent column keeps"
    plant.load(steps="step_id,operation,grain\nHAND,assemble by hand,\n")
    assert {row["id"]: row["tier"] for row in plant.scope("IM")["items"]}["U-4"] == "lot", "an empty cell supersedes"
    plant.load(units="item_id,lot_id,material_id,serial\nU-3,,,S3\n")
    assert "U-3" not in {row["id"] for row in plant.scope("IM")["items"]}


def test_rows_that_an_alias_brings_into_conflict_are_still_in_quarantine(tmp_path: Path) -> None:
    """A late alias explains the unit of two rows of one key that say different things: the load leaves rows in quarantine."""
    home = tmp_path / "home"
    header = "item_id,material_id,lot_number,quantity,unit\n"
    (tmp_path / "lots.csv").write_text(header + "L,M,L,1,barrel\nL,M,L,2,barrel\n", encoding="utf-8")
    assert run(home, "load", tmp_path / "lots.csv").code == 3
    (tmp_path / "aliases.csv").write_text("system,kind,code,means\nerp,unit_of_measure,barrel,LTR\n", encoding="utf-8")
    late = run(home, "load", tmp_path / "aliases.csv", "--json")
    (told,) = late.json["judged_again"]
    assert (told["read"], told["quarantined"]) == (2, 2)
    assert late.json["quarantine"] is not None
    assert late.code == 3
    again = run(home, "load", tmp_path / "aliases.csv", "--json")  # nothing is judged any more, and nothing new refused
    assert (again.code, again.json["judged_again"]) == (0, [])
