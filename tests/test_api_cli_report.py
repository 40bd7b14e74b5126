"""The command that writes a report: what it leaves in the folder, what it refuses, and the same bytes on both stores."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cli import run_here, write
from reported import MORE, PLANT, wide_of

from genealogy.engine import Engine
from genealogy.report import compose
from loaders import load as load_files
from viz.report import report_files
from viz.words import Words

NAMES = {"report.html", "report.xlsx", "report.pdf", "report.json", "graph.graphml", "SHA256SUMS"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path / "plant", PLANT)
    assert run_here(tmp_path / "home", "load", tmp_path / "plant", "--zone", "Europe/Berlin").code == 0
    return tmp_path / "home"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_call_writes_every_file_with_its_digest(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_here(home, "report", "RM-1", "--out", out, "--json")
    assert done.code == 0
    assert done.json["folder"] == str(out)
    assert done.json["complete"] is True
    assert done.json["finished_units"] == 3
    assert {section["section"] for section in done.json["sections"]} >= {"where", "balance", "why", "share", "bounds"}
    assert all(section["available"] for section in done.json["sections"])
    assert len(done.json["forms"]) == 9
    files = contents(out)
    assert files.keys() >= NAMES
    assert {file["file"]: file["sha256"] for file in done.json["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    listed = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert listed == {n: hashlib.sha256(d).hexdigest() for n, d in files.items() if n != "SHA256SUMS"}
    scope = run_here(home, "scope", "RM-1", "--json").json
    assert scope["digest"] == done.json["scope_digest"]
    for name in ("report.html", "report.json"):
        assert scope["digest"].encode() in files[name]


def test_the_same_question_gives_the_same_bytes_and_another_language_other_words(home: Path, tmp_path: Path) -> None:
    first, second, third = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for out, language in ((first, "en"), (second, "en"), (third, "zh")):
        done = run_here(home, "report", "RM-1", "--out", out, "--language", language)
        assert done.code == 0
        assert ("受 RM-1 影响" in done.out.splitlines()[0]) == (language == "zh"), "in the language of the report"
    assert contents(first) == contents(second)
    assert contents(first)["report.json"] == contents(third)["report.json"]
    assert contents(first)["report.html"] != contents(third)["report.html"]
    assert "批次追溯报告" in (third / "report.html").read_text(encoding="utf-8")
    assert "收货方编号" in (third / "csv" / "02-shipments.csv").read_text(encoding="utf-8-sig")


def test_as_of_an_earlier_entry_it_reads_as_it_did_then(home: Path, tmp_path: Path) -> None:
    assert run_here(home, "report", "RM-1", "--out", tmp_path / "then").code == 0
    more = write(tmp_path / "more", {"units": "item_id,lot_id,serial\nU-9,=FU,S9\n"})
    assert run_here(home, "load", more).code == 0
    assert run_here(home, "report", "RM-1", "--out", tmp_path / "again", "--as-of", "1").code == 0
    assert contents(tmp_path / "then") == contents(tmp_path / "again")
    assert run_here(home, "report", "RM-1", "--out", tmp_path / "now", "--json").json["finished_units"] == 4


def test_an_earlier_report_is_replaced_and_anything_else_is_left_alone(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_here(home, "report", "RM-1", "--out", out).code == 0
    assert run_here(home, "report", "FB", "--out", out).code == 0
    (out / "notes.txt").write_text("mine")
    refused = run_here(home, "report", "RM-1", "--out", out)
    assert refused.code == 2
    assert "notes.txt" in refused.err
    assert (out / "notes.txt").read_text() == "mine"
    (tmp_path / "file").write_text("x")
    assert run_here(home, "report", "RM-1", "--out", tmp_path / "file").code == 2


def test_words_that_are_wrong(home: Path, tmp_path: Path) -> None:
    assert run_here(home, "report", "NOTHING", "--out", tmp_path / "x").code == 5
    wrong = run_here(home, "report", "RM-1", "--out", tmp_path / "x", "--language", "de")
    assert wrong.code == 2
    assert "en, zh" in wrong.err
    assert not (tmp_path / "x").exists()


def test_something_without_any_scope_still_gets_a_report(home: Path, tmp_path: Path) -> None:
    done = run_here(home, "report", "U-3", "--out", tmp_path / "x", "--json")
    assert done.code == 0
    assert done.json["finished_units"] == 1, "what was asked for counts"


def test_every_start_narrowed_scope_change_and_cause_can_be_asked_for(home: Path, tmp_path: Path) -> None:
    assert run_here(home, "load", write(tmp_path / "more", MORE), "--zone", "Europe/Berlin").code == 0
    asked = ("--parameter", "+temp", "--outside", "--narrow", "lot", "--narrow", "only-after 2026-05-02")
    words = ("U-1", "U-2", *asked, "--changed-since", "1", "--where-else")
    found = []
    for place, language in enumerate(("en", "en", "zh")):
        out = tmp_path / f"wide{place}"
        done = run_here(home, "report", *words, "--out", out, "--language", language, "--json")
        assert done.code == 0, done.err
        assert {"causes", "compare", "since"} <= {section["section"] for section in done.json["sections"]}
        assert done.json["also"] == ["+temp outside its limits"]
        found.append(contents(out))
    assert found[0] == found[1]
    assert found[0]["report.json"] == found[2]["report.json"]
    for table in ("started_from", "boundaries", "narrowed_out", "changed_items", "causes"):
        assert any(name.endswith(f"-{table}.csv") for name in found[0]), table
    scope = run_here(home, "scope", "U-1", "U-2", *asked[:3], "--json").json
    assert scope["digest"] == done.json["scope_digest"]
    page = found[2]["report.html"].decode()
    assert "超出记录限值的读数" in page
    assert "条款号未与原文核对" in page
    alone = run_here(home, "report", "--operator", "批 张三", "--out", tmp_path / "alone", "--json")
    assert alone.code == 0
    assert alone.json["starts"] == []


def test_a_question_without_a_start_or_with_a_wrong_boundary_is_refused(home: Path, tmp_path: Path) -> None:
    for words in (
        (),
        ("RM-1", "--narrow", "nonsense"),
        ("RM-1", "--changed-since", "9"),
        ("--step", "MIX", "--where-else"),
    ):
        done = run_here(home, "report", *words, "--out", tmp_path / "x")
        assert done.code == 2, words
        assert not (tmp_path / "x").exists()


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_both_stores_give_the_same_bytes(tmp_path: Path, neo4j_database: object) -> None:
    folder = write(tmp_path / "plant", PLANT)
    found = []
    server: dict[str, str] = {name: getattr(neo4j_database, name) for name in ("username", "password")}
    for store, credentials in (("", {}), (str(neo4j_database.uri), server)):
        with Engine.open(tmp_path / "home", store, **credentials) as engine:
            if engine.head == 0:
                load_files(engine, [folder], zone="Europe/Berlin")
                load_files(engine, [write(tmp_path / "more", MORE)], zone="Europe/Berlin")
            made = (compose(engine, ["RM-1"])[0], wide_of(engine))
            found.append([report_files(each, Words("zh")) for each in made])
    assert found[0] == found[1]
