"""The command contract: exit codes, names of fields, what goes to stdout and what to stderr."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli import PLANT, Ran, run, run_here, write

LOAD_FIELDS = {"sequence", "files", "ignored", "quarantine"}
FILE_FIELDS = {"file", "read", "accepted", "unchanged", "quarantined"}
TRACE_FIELDS = {"start", "direction", "as_of", "complete", "items", "digest", "asked"}
SCOPE_FIELDS = {
    "as_of", "asked", "complete", "consignees", "digest", "finished_lots", "finished_quantity", "finished_units", "gaps",
    "items", "second_road", "unresolved",
}  # fmt: skip
GAPS = {"quarantined", "suspected", "unresolved", "orphan_steps", "not_convertible", "impossible_times"}
SCOPE = {
    ("IM", "lot", "intermediate", 1, "lot"),
    ("FB", "lot", "finished", 2, "lot"),
    ("FU", "lot", "finished", 2, "lot"),
    ("U-4", "unit", "finished", 2, "lot"),
    ("U-1", "unit", "finished", 3, "lot"),
    ("U-2", "unit", "finished", 3, "lot"),
    ("U-3", "unit", "finished", 3, "lot"),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A home with the small plant as its entry 1, and what the load said; nothing more is loaded into it."""
    folder = tmp_path_factory.mktemp("contract")
    write(folder / "plant", {**PLANT, "notes.txt": "not a table"})
    return folder / "home", run(folder / "home", "load", "plant", "--json", cwd=folder)


@pytest.fixture(scope="module")
def home(loaded: tuple[Path, Ran]) -> Path:
    return loaded[0]


def rows(answer: dict[str, Any], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in names) for row in answer["items"]}


def test_load_tells_what_became_of_every_row(loaded: tuple[Path, Ran]) -> None:
    home, ran = loaded
    assert ran.code == 0
    told = ran.json
    assert told.keys() >= LOAD_FIELDS
    assert (told["sequence"], told["ignored"], told["quarantine"]) == (1, ["plant/notes.txt"], None)
    assert [file["file"] for file in told["files"]] == [f"plant/{table}.csv" for table in sorted(PLANT)], "as found"
    for file in told["files"]:
        assert file.keys() >= FILE_FIELDS
        lines = PLANT[Path(file["file"]).stem].count("\n") - 1
        assert (file["read"], file["accepted"], file["unchanged"], file["quarantined"]) == (lines, lines, 0, 0)
    assert "reading plant/lots.csv" in ran.err, "what goes on is said, on stderr"
    assert home.stat().st_mode & 0o077 == 0, "the home is its owner's only"


def test_scope_holds_what_the_contract_names(home: Path) -> None:
    ran = run(home, "scope", "RM-1", "--json")
    assert ran.code == 0
    answer = ran.json
    assert answer.keys() >= SCOPE_FIELDS
    assert rows(answer, "id", "kind", "stage", "depth", "tier") == SCOPE
    assert (answer["finished_units"], answer["finished_lots"], answer["as_of"]) == (4, 2, 1)
    assert answer["finished_quantity"] == [{"unit": "kg", "quantity": "30"}]
    assert (answer["complete"], answer["second_road"], answer["unresolved"]) == (True, "agrees", [])
    names = ("party_id", "role", "unit", "quantity", "certainty")
    assert [tuple(row[name] for name in names) for row in answer["consignees"]] == [
        ("CUS-1", "customer", "each", "1", "proven"),
        ("CUS-2", "customer", "each", "1", "proven"),
        ("SUB-1", "subcontractor", "kg", "5.5", "proven"),
    ]
    assert answer["gaps"].keys() >= GAPS
    assert all(gap["count"] == 0 for gap in answer["gaps"].values())
    assert re.fullmatch(r"[0-9a-f]{64}", answer["digest"])


def test_three_plain_lines_stand_before_any_table(home: Path) -> None:
    lines = run_here(home, "scope", "RM-1").out.splitlines()
    assert lines[0] == (
        "Affected by RM-1: 4 finished units and 1 finished lot without serial numbers (30 kg), of 2 finished lots, "
        "with 1 other item between."
    )
    assert lines[1].startswith("2 customers received some of it (AT, DE); so did 1 party that is no customer")
    assert "both roads agree" in lines[2]
    assert lines[3] == ""
    none = run_here(home, "scope", "RM-3").out.splitlines()[0]
    assert none.startswith("No finished unit or lot is known to hold RM-3")
    assert "other item" not in none or "nor any other item" in none
    between = run_here(home, "scope", "RM-2").out.splitlines()[0]
    assert between.startswith("No finished unit or lot is known to hold RM-2")
    assert "1 other item" in between


def test_a_start_that_is_finished_counts(home: Path) -> None:
    answer = run_here(home, "scope", "U-1", "--json").json
    assert (answer["finished_units"], answer["items"]) == (1, [])
    assert [(row["party_id"], row["certainty"]) for row in answer["consignees"]] == [
        ("CUS-1", "proven"),
        ("CUS-2", "possible"),
    ]
    assert run_here(home, "scope", "U-1").out.startswith("Affected by U-1: 1 finished unit.\n")


def test_traces_name_start_direction_and_items(home: Path) -> None:
    forward = run_here(home, "trace", "RM-1", "--forward", "--json")
    answer = forward.json
    assert answer.keys() >= TRACE_FIELDS
    assert (answer["start"], answer["direction"], answer["as_of"], answer["complete"]) == ("RM-1", "forward", 1, True)
    assert rows(answer, "id", "kind", "stage", "depth") == {row[:4] for row in SCOPE}
    assert all(row.keys() == {"id", "kind", "stage", "depth"} for row in answer["items"])
    backward = run_here(home, "trace", "U-1", "--backward", "--json").json
    assert rows(backward, "id", "kind", "stage", "depth") == {
        ("FU", "lot", "finished", 1),
        ("IM", "lot", "intermediate", 2),
        ("GHOST", "unknown", None, 2),
        ("RM-1", "lot", "supplied", 3),
    }


def test_every_form_says_the_same(home: Path) -> None:
    answer = run_here(home, "scope", "RM-1", "--json").json
    again = run_here(home, "scope", "RM-1", "--format", "json").json
    assert {**again, "asked": {}} == {**answer, "asked": {}}
    table = run_here(home, "scope", "RM-1", "--csv").out.splitlines()
    assert table[0] == "id,kind,stage,depth,tier"
    rows = [*answer["start_items"], *answer["items"]]
    assert table[1:] == [",".join(map(str, row.values())) for row in rows]
    assert run_here(home, "scope", "RM-1", "--format=csv").out.splitlines() == table
    text = run_here(home, "scope", "RM-1").out
    assert answer["digest"][:16] in text
    assert all(line in text for line in answer["summary"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Usage"),
        (("scope",), "Say from what"),
        (("scope", "--nothing", "RM-1"), "--nothing"),
        (("lode", "x"), "lode"),
        (("trace", "RM-1"), "--forward"),
        (("trace", "RM-1", "--forward", "--backward"), "--forward"),
        (("trace", "RM-1", "--forward", "--as-of", "2"), "0 to 1"),
        (("trace", "RM-1", "--forward", "--as-of", "-1"), "-1"),
        (("trace", "RM-1", "--forward", "--as-of", "yesterday"), "yesterday"),
        (("trace", "RM-1", "--forward", "--as-of", "2001-01-01"), "began"),
        (("scope", "RM-1", "--format", "pdf"), "pdf"),
        (("scope", ""), "names no item"),
        (("scope", "lot:"), "lot:TEXT"),
        (("load", "no/such/folder"), "no/such/folder"),
        (("load", "--format", "fax", "x"), "fax"),
        (("load", "--mapping", "no-such-mapping", "x"), "no-such-mapping"),
        (("query", "show", "nothing"), "nothing"),
        (("query", "show", "forward", "--dialect", "sql"), "sql"),
        (("verify", "--expect", "1:abc"), "SEQUENCE:HASH"),
        (("serve", "--host", "0.0.0.0"), "0.0.0.0"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(home: Path, words: tuple[str, ...], says: str) -> None:
    ran = run_here(home, *words)
    assert ran.code == 2, ran.err
    assert says in ran.err + ran.out
    assert not ran.out or words == (), "nothing but data goes to stdout"


def test_wrong_usage_ends_the_process_with_2(home: Path) -> None:
    ran = run(home, "scope", "--nothing", "RM-1", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "--nothing" in ran.err


def test_a_moment_is_an_entry_or_a_recording_time(home: Path) -> None:
    (created, load) = run_here(home, "log", "--json").json["entries"]
    now = run_here(home, "trace", "RM-1", "--forward", "--json").json
    for moment in ("1", load["time"], "2999-01-01", "2999-01-01T00:00:00+02:00"):
        then = run_here(home, "trace", "RM-1", "--forward", "--json", "--as-of", moment).json
        assert (then["as_of"], then["digest"]) == (1, now["digest"])
    before = datetime.fromisoformat(load["time"]) - timedelta(microseconds=1)
    assert before > datetime.fromisoformat(created["time"])
    for moment in ("0", before.isoformat(), created["time"]):
        early = run_here(home, "trace", "RM-1", "--forward", "--json", "--as-of", moment)
        assert (early.code, early.json) == (5, {"candidates": []}), "nothing named it then"


def test_identifiers_of_any_script_reach_any_terminal(tmp_path: Path) -> None:
    lots = "item_id,material_id,lot_number\n\U0001f3ed\u00e9\u4e2d,RM,n\n"
    assert run_here(tmp_path / "home", "load", write(tmp_path / "lots", {"lots": lots})).code == 0
    ran = run(tmp_path / "home", "trace", "lot:n", "--backward", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.json["start"]) == (0, "\U0001f3ed\u00e9\u4e2d")
    broken = run_here(tmp_path / "home", "trace", "\udcff", "--forward")
    assert (broken.code, broken.out) == (2, "")
    assert "UTF-8" in broken.err


def test_the_log_names_every_entry_and_the_head(home: Path) -> None:
    told = run(home, "log", "--json").json
    assert [entry["action"] for entry in told["entries"]] == ["created", "load"]
    assert told["head"] == {"sequence": 1, "hash": told["entries"][-1]["hash"]}
    text = run_here(home, "log", "--limit", "1").out.splitlines()
    assert len(text) == 2
    assert text[-1] == f"head 1:{told['head']['hash']}"


def test_verify_proves_a_head_that_was_noted_elsewhere(home: Path) -> None:
    head = run_here(home, "log", "--json").json["head"]["hash"]
    ran = run_here(home, "verify", "--json", "--expect", f"1:{head}")
    assert (ran.code, ran.json["ok"], ran.json["problem"]) == (0, True, None)
    other = run_here(home, "verify", "--expect", f"1:{'0' * 64}")
    assert other.code == 1
    assert "expected" in other.out
    ahead = run_here(home, "verify", "--json", "--expect", f"7:{head}")
    assert (ahead.code, ahead.json["ok"]) == (1, False)
    assert "entry 7" in ahead.json["problem"]


def test_queries_are_listed_and_shown(home: Path) -> None:
    listed = run_here(home, "query", "list", "--json").json["queries"]
    assert len(listed) > 10
    for query in listed:
        for dialect in ("neo4j", "ladybug"):
            shown = run_here(home, "query", "show", query["name"], "--dialect", dialect)
            assert shown.code == 0
            assert query["question"] in shown.out
            assert "MATCH" in shown.out
    assert listed[0]["name"] in run_here(home, "query", "list").out


def test_templates_are_tables_that_load(home: Path, tmp_path: Path) -> None:
    assert run_here(home, "template", tmp_path / "empty").code == 0
    told = run_here(home, "load", tmp_path / "empty", "--dry-run", "--json")
    assert told.code == 0
    assert {Path(file["file"]).stem for file in told.json["files"]} >= PLANT.keys()
    assert all(file["read"] == 0 for file in told.json["files"])


def test_a_sample_is_the_same_for_the_same_seed(home: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run_here(home, "sample", tmp_path / name, "--seed", "3", "--units", "200").code == 0
    one, two = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    )
    assert one == two
    real = write(tmp_path / "real", PLANT)
    refused = run_here(home, "sample", real, "--units", "200")
    assert refused.code == 2
    assert str(real) in refused.err
    assert (real / "lots.csv").read_text() == PLANT["lots"], "tables of a real plant are never written over"
    assert run_here(home, "template", real).code == 2
    assert (real / "lots.csv").read_text() == PLANT["lots"]


def test_no_local_server_is_exit_4_and_no_data(home: Path) -> None:
    ran = run_here(home, "neo4j", "status", "--json")
    assert (ran.code, ran.out) == (4, "")
    assert "neo4j start" in ran.err


@pytest.mark.parametrize(
    ("env", "code", "says"),
    [
        ({"GENEALOGY_STORE": "postgres://somewhere"}, 2, "postgres://somewhere"),
        ({"GENEALOGY_STORE": "neo4j"}, 2, "NEO4J_URI"),
        ({"GENEALOGY_STORE": "bolt://127.0.0.1:1", "NEO4J_PASSWORD_FILE": "no/such/file"}, 2, "no/such/file"),
        ({"GENEALOGY_STORE": "bolt://127.0.0.1:1", "NEO4J_PASSWORD": "x"}, 4, "127.0.0.1:1"),
        ({"GENEALOGY_STORE": "neo4j", "NEO4J_URI": "neo4j://127.0.0.1:1", "NEO4J_PASSWORD": "x"}, 4, "127.0.0.1:1"),
    ],
)
def test_a_store_that_is_not_there(home: Path, env: dict[str, str], code: int, says: str) -> None:
    ran = run_here(home, "scope", "RM-1", "--json", env=env)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_a_store_that_refuses_the_password(home: Path, neo4j_database: Any) -> None:
    env = {"GENEALOGY_STORE": neo4j_database.uri, "NEO4J_PASSWORD": "not it"}
    ran = run_here(home, "scope", "RM-1", "--json", env=env)
    assert (ran.code, ran.out) == (4, "")
    assert "not it" not in ran.err
    assert neo4j_database.uri in ran.err


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_both_stores_answer_with_the_same_bytes(home: Path, neo4j_database: Any) -> None:
    env = {"GENEALOGY_STORE": neo4j_database.uri, "NEO4J_PASSWORD": neo4j_database.password}
    for words in (("scope", "RM-1"), ("trace", "U-1", "--backward")):
        one, other = run_here(home, *words, "--json").json, run_here(home, *words, "--json", env=env).json
        assert one["digest"] == other["digest"]
        assert {**one, "asked": {}} == {**other, "asked": {}}
        assert other["asked"]["version"].startswith("neo4j")


def test_demo_answers_its_question_in_a_home_of_its_own(home: Path, tmp_path: Path) -> None:
    ran = run(tmp_path / "demo", "demo", "--json")
    assert ran.code == 0
    answer = ran.json
    assert answer.keys() >= SCOPE_FIELDS
    assert answer["complete"]
    assert len(answer["starts"]) > 1, "every receipt of the supplier's lot"
    assert answer["finished_units"] > 0
    assert json.loads(run_here(tmp_path / "demo", "log", "--json").out)["entries"][0]["details"]["demo"] is True
    refused = run_here(home, "demo")
    assert (refused.code, refused.out) == (2, "")
    assert "not a demo home" in refused.err
