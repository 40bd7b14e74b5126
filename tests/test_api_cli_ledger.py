"""Answers that lack something, and homes that were damaged: what is said, and what mends itself without a person."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli import COMMAND, PLANT, environment, run, run_here, write

import loaders
from genealogy.engine import Engine

# What no user can do and every fault might: one link taken out of the graph, past the engine.
CUT = """
import sys, ladybug
database = ladybug.Database(sys.argv[1])
connection = ladybug.Connection(database)
print(connection.execute(sys.argv[2]).get_next()[0])
connection.close()
database.close()
"""
LIMIT = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""
LINK = "MATCH (i:Item {id: 'IM'})-[c:CONSUMED_BY]->(s:Step {id: 'ASSEMBLE'}) DELETE c RETURN count(*)"
FOREIGN = "CREATE NODE TABLE Customer(name STRING, PRIMARY KEY(name))"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A sound home with the small plant, and the digest of its answer."""
    folder = tmp_path_factory.mktemp("ledger")
    with Engine.open(folder / "home") as engine:
        loaders.load(engine, [write(folder / "plant", PLANT)])
        return folder / "home", engine.scope(["RM-1"]).digest


@pytest.fixture
def home(sound: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(sound[0], tmp_path / "home"))


@pytest.fixture
def digest(sound: tuple[Path, str]) -> str:
    return sound[1]


def raw(home: Path, statement: str) -> str:
    """Run a statement on the embedded store past the product, in a process of its own."""
    words = [sys.executable, "-c", CUT, str(home / "store.ladybug"), statement]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def test_a_link_that_the_graph_lost_makes_the_answer_incomplete(home: Path, digest: str) -> None:
    assert raw(home, LINK) == "1"
    ran = run(home, "scope", "RM-1", "--json")
    assert ran.code == 6
    answer = ran.json
    assert (answer["complete"], answer["second_road"]) == (False, "differs")
    assert {row["id"] for row in answer["items"]} == {"IM", "FB", "FU", "U-1", "U-2", "U-3", "U-4"}, "the union"
    assert answer["finished_units"] == 4
    assert "4 items" in answer["differences"][0]
    assert "INCOMPLETE" in answer["summary"][2]
    assert answer["differences"][0] in answer["summary"][2]
    text = run_here(home, "scope", "RM-1")
    assert (text.code, text.out.splitlines()[2]) == (6, answer["summary"][2])
    traced = run_here(home, "trace", "RM-1", "--forward", "--json")
    assert (traced.code, traced.json["complete"], len(traced.json["items"])) == (6, False, 7)
    assert "INCOMPLETE" in run_here(home, "trace", "U-1", "--backward").out
    verified = run_here(home, "verify")
    assert verified.code == 1
    assert "CONSUMED_BY" in verified.out
    assert "genealogy rebuild" in verified.out
    assert run_here(home, "rebuild").code == 0
    mended = run_here(home, "scope", "RM-1", "--json")
    assert (mended.code, mended.json["digest"]) == (0, digest)
    assert run_here(home, "verify").code == 0


def test_a_database_that_holds_something_else_is_left_alone(home: Path, tmp_path: Path) -> None:
    raw(home, FOREIGN)
    ran = run_here(home, "scope", "RM-1", "--json")
    assert (ran.code, ran.out) == (4, "")
    assert "Customer" in ran.err
    refused = run_here(home, "rebuild")
    assert refused.code == 4
    assert "Customer" in refused.err
    assert not (home / "set-aside").exists()
    assert raw(home, "MATCH (n:Customer) RETURN count(*)") == "0", "it is still there"
    other = tmp_path / "other"
    with Engine.open(other) as engine:
        loaders.load(engine, [write(tmp_path / "files", {"steps": "step_id,operation\nA,b\n"})])
    shutil.copy2(home.parent / "home" / "ledger.sqlite", tmp_path / "kept.sqlite")
    for part in home.glob("store.ladybug*"):
        part.unlink()
    shutil.copy2(other / "store.ladybug", home / "store.ladybug")
    follows = run_here(home, "scope", "RM-1", "--json")
    assert (follows.code, follows.out) == (4, "")
    assert "another ledger" in follows.err
    assert run_here(home, "rebuild").code == 4


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_a_server_that_holds_something_else_is_left_alone(home: Path, neo4j_database: Any) -> None:
    from neo4j import GraphDatabase

    env = {"GENEALOGY_STORE": neo4j_database.uri, "NEO4J_PASSWORD": neo4j_database.password}
    auth = (neo4j_database.username, neo4j_database.password)
    with GraphDatabase.driver(neo4j_database.uri, auth=auth) as driver:
        driver.execute_query("CREATE (:Customer {name: 'not ours'})")
        for words in (("scope", "RM-1"), ("load", str(home.parent)), ("rebuild",)):
            ran = run_here(home, *words, env=env)
            assert (ran.code, ran.out) == (4, ""), words
            assert "not ours" in ran.err or "Customer" in ran.err
        (row,) = driver.execute_query("MATCH (n) RETURN count(n) AS all, count(n.name) AS theirs").records
    assert (row["theirs"], row["all"]) == (1, 1)


def test_a_store_that_does_not_open_is_made_again_without_a_person(home: Path, digest: str) -> None:
    store = home / "store.ladybug"
    whole = store.read_bytes()
    rng = random.Random(3)
    garbled = bytearray(whole)
    for place in range(0, len(garbled), 4096):
        garbled[place : place + 64] = rng.randbytes(64)
    for count, content in enumerate((bytes(garbled), whole[: len(whole) // 2], b"no database"), 1):
        store.write_bytes(content)
        ran = run(home, "scope", "RM-1", "--json")
        assert (ran.code, ran.json["digest"]) == (0, digest)
        assert "set aside" in ran.err
        assert "made again from the ledger" in ran.err
        kept = [path for path in (home / "set-aside").rglob("store.ladybug") if path.is_file()]
        assert len(kept) == count, "nothing is deleted"
    for lose in (store.unlink, lambda: store.write_bytes(b"")):
        lose()
        ran = run_here(home, "scope", "RM-1", "--json")
        assert ran.json["digest"] == digest
        assert "is empty" in ran.err
        assert "made again from the ledger" in ran.err
    assert run_here(home, "verify").code == 0


def test_a_flipped_bit_in_a_document_is_found_and_named(home: Path) -> None:
    document = max((path for path in (home / "documents").rglob("*") if path.is_file()), key=lambda p: p.stat().st_size)
    flipped = bytearray(document.read_bytes())
    flipped[len(flipped) // 2] ^= 4
    document.chmod(0o600)
    document.write_bytes(flipped)
    ran = run_here(home, "verify", "--json")
    assert (ran.code, ran.json["ok"]) == (1, False)
    assert document.name.split(".")[0] in ran.json["problem"]
    assert "Entry 1" in ran.json["problem"]


def test_flipped_bits_in_the_ledger_never_pass(sound: tuple[Path, str], tmp_path: Path) -> None:
    """Anywhere in the pages that hold entries: the commands end with 1, and the message says what is damaged."""
    original = (sound[0] / "ledger.sqlite").read_bytes()
    rng, met = random.Random(11), 0
    home = Path(shutil.copytree(sound[0], tmp_path / "home"))
    start = original.index(b'{"action":"load"')
    for _ in range(12):
        content = bytearray(original)
        content[start + rng.randrange(900)] ^= 1 << rng.randrange(8)
        (home / "ledger.sqlite").write_bytes(content)
        for words in (("scope", "RM-1", "--json"), ("log",)):
            ran = run_here(home, *words)
            assert (ran.code, ran.out) == (1, ""), words
            assert "ledger.sqlite" in ran.err
            assert "backup" in ran.err
            met += 1
    assert met == 24


def test_an_entry_that_was_rewritten_with_its_hash_is_found(home: Path, tmp_path: Path) -> None:
    noted = run_here(home, "log", "--json").json["head"]
    steps = {"steps": "step_id,operation\nA,b\n"}
    assert run_here(home, "load", write(tmp_path / "more", steps)).code == 0
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER entries_same")
        connection.execute("UPDATE entries SET hash = ? WHERE sequence = 1", ("0" * 64,))
    connection.close()
    for words in (("verify", "--json"), ("verify", "--json", "--expect", f"1:{noted['hash']}")):
        ran = run_here(home, *words)
        assert ran.code == 1
        assert "ntry 1" in (ran.json["problem"] if ran.out else ran.err)


def test_backup_and_restore_bring_the_same_answer(home: Path, digest: str, tmp_path: Path) -> None:
    made = run_here(home, "backup", tmp_path / "backup")
    assert made.code == 0
    head = run_here(home, "log", "--json").json["head"]
    assert f"{head['sequence']}:{head['hash']}" in made.err
    restored = run_here(tmp_path / "new", "restore", tmp_path / "backup")
    assert (restored.code, restored.out) == (0, ""), restored.err
    ran = run_here(tmp_path / "new", "verify", "--json", "--expect", f"{head['sequence']}:{head['hash']}")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert run_here(tmp_path / "new", "scope", "RM-1", "--json").json["digest"] == digest
    again = run_here(home, "restore", tmp_path / "backup")
    assert again.code in (1, 2), "a home that has a ledger is never written over"
    assert str(home) in again.err
    assert run_here(home, "scope", "RM-1", "--json").json["digest"] == digest
    occupied = run_here(home, "backup", tmp_path / "backup")
    assert occupied.code in (1, 2)
    nowhere = run_here(tmp_path / "newer", "restore", tmp_path / "nothing")
    assert nowhere.code in (1, 2)
    assert "nothing" in nowhere.err


def limited(home: Path, size: int, *words: str | Path) -> tuple[int, str]:
    """Run the command where no file may grow beyond a size, as on a full disk."""
    done = subprocess.run(
        [sys.executable, "-c", LIMIT, str(size), str(COMMAND), *map(str, words)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_full_disk_loses_nothing(home: Path, digest: str, tmp_path: Path) -> None:
    lots = "item_id,material_id,lot_number\n" + "".join(f"B{i},RM,n{i}\n" for i in range(3000))
    more = write(tmp_path / "more", {"lots": lots})
    code, said = limited(home, 20_000, "load", more)
    assert code == 1
    assert "disk is full" in said
    assert "Nothing was recorded" in said
    assert run_here(home, "log", "--json").json["head"]["sequence"] == 1
    assert run_here(home, "scope", "RM-1", "--json").json["digest"] == digest
    code, said = limited(home, 100_000, "load", more)
    assert code == 1
    assert "recorded as entry 2" in said
    assert "nothing has to be loaded again" in said
    again = run_here(home, "load", more, "--json")
    assert again.code == 0
    assert (again.json["sequence"], again.json["files"][0]["unchanged"]) == (2, 3000)
    assert run_here(home, "verify").code == 0
    code, said = limited(tmp_path / "new", 20_000, "load", more)
    assert code == 1, "Ladybug would end the process"
    assert "disk is full" in said


@pytest.fixture
def many(tmp_path: Path) -> Path:
    lots = "item_id,material_id,lot_number\n" + "".join(f"B{i},RM,n{i}\n" for i in range(40_000))
    return write(tmp_path / "many", {"lots": lots})


@pytest.mark.parametrize("said", ["keeping the originals", "recording and applying"])
def test_a_load_that_is_killed_happened_or_did_not(home: Path, digest: str, many: Path, said: str) -> None:
    child = subprocess.Popen(
        [str(COMMAND), "load", str(many)],
        env=environment(home),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert child.stderr is not None
    for line in child.stderr:
        if said in line:
            os.kill(child.pid, signal.SIGKILL)
    child.stderr.close()
    assert child.wait(60) == -signal.SIGKILL
    scope = run_here(home, "scope", "RM-1", "--as-of", "1", "--json")
    assert (scope.code, scope.json["digest"]) == (0, digest)
    head = run_here(home, "log", "--json").json["head"]["sequence"]
    again = run_here(home, "load", many, "--json")
    (file,) = again.json["files"]
    assert again.json["sequence"] == 2
    assert (file["accepted"], file["unchanged"]) == ((40_000, 0) if head == 1 else (0, 40_000))
    assert run_here(home, "trace", "B39999", "--forward").code == 0
    assert run_here(home, "verify").code == 0
