"""The real local Neo4j: it starts, answers, stops, survives being killed, and takes whole graphs offline."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import neo4j
import psutil
import pytest
from neo4j_server import empty_database, end_with_the_tests, running_server, session_home

from genealogy.errors import StoreError, StoreUnavailableError
from genealogy.stores import (
    local_neo4j,
    local_neo4j_aside,
    local_neo4j_process,
    local_neo4j_server,
)
from genealogy.stores.local_neo4j_folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

# One process for the file: its tests share a server, and each start of one costs many seconds.
pytestmark = pytest.mark.xdist_group("local neo4j")

MEMORY_MB = 512
NASTY = [
    "plain",
    "00042",
    "1e5",
    'he said "no"',
    "a,b;c|d",
    " spaces  inside ",
    "two\nlines",
    "back\\slash\\",
    'ends with quote"',
    "Größe Ωμέγα 批号 🧪",
    "NULL",
    "true",
    "'",
    "#comment",
    "=1+1",
]


@pytest.fixture
def new_home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose path has a space and a letter outside ASCII; whatever runs there is ended."""
    home = tmp_path / "plant höme"
    end_with_the_tests(session_home(tmp_path_factory), home)
    yield home
    local_neo4j.kill(home)


@pytest.fixture(scope="module")
def used_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home that the tests of this file use one after the other; its server may run or not."""
    home = tmp_path_factory.mktemp("used") / "plant höme"
    end_with_the_tests(session_home(tmp_path_factory), home)
    yield home
    local_neo4j.kill(home)


def connect(server: local_neo4j.Server, password: str | None = None) -> neo4j.Driver:
    return neo4j.GraphDatabase.driver(server.uri, auth=(server.username, password or server.password))


def values(server: local_neo4j.Server, query: str) -> list[list[object]]:
    with connect(server) as driver:
        return [record.values() for record in driver.execute_query(query).records]


def write_csv(file: Path, header: list[str], rows: list[list[object]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerows([header, *rows])
    return file


@pytest.mark.neo4j
def test_a_server_starts_once_and_answers_whoever_knows_its_password(used_home: Path) -> None:
    told: list[str] = []
    local_neo4j.stop(used_home)
    assert local_neo4j.status(used_home) is None
    assert not local_neo4j.stop(used_home)

    server = local_neo4j.start(used_home, memory_mb=MEMORY_MB, progress=told.append)

    assert re.fullmatch(r"bolt://127\.0\.0\.1:\d+", server.uri)
    assert any("Starting Neo4j" in line for line in told)
    assert server.password not in repr(server)
    assert "Started." in server.log.read_text()
    assert values(server, "CALL dbms.components() YIELD edition RETURN edition LIMIT 1") == [["community"]]
    assert local_neo4j.start(used_home, progress=told.append) == server, "a second start changes nothing"
    assert local_neo4j.status(used_home) == server
    with connect(server, "not the password") as driver, pytest.raises(neo4j.exceptions.AuthError):
        driver.verify_connectivity()


@pytest.mark.neo4j
def test_a_server_keeps_to_itself(used_home: Path) -> None:
    outside = used_home.parent / "outside.csv"
    outside.write_text("secret\n")
    server = local_neo4j.start(used_home, memory_mb=MEMORY_MB)
    process = psutil.Process(server.pid)

    listening = [c.laddr for c in process.net_connections() if c.status == psutil.CONN_LISTEN or not c.raddr]
    assert [address.ip.removeprefix("::ffff:") for address in listening] == ["127.0.0.1"]
    readable_by_others = [path for path in used_home.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert readable_by_others == []
    assert stat.S_IMODE(used_home.stat().st_mode) == 0o700
    assert server.password not in " ".join(process.cmdline())

    rows = values(server, "SHOW SETTINGS YIELD name, value RETURN name, value")
    settings = {str(row[0]): row[1] for row in rows}
    assert settings["dbms.usage_report.enabled"] == "false"
    assert settings["dbms.fleet_manager.enabled"] == "false"
    assert settings["server.fleet_discovery.enabled"] == "false"
    assert settings["client.allow_telemetry"] == "false"
    assert settings["db.logs.query.enabled"] == "OFF"
    (used_home / "neo4j" / "import" / "inside.csv").write_text("fine\n")
    assert values(server, "LOAD CSV FROM 'file:///inside.csv' AS row RETURN row[0]") == [["fine"]]
    for place in (outside.as_uri(), f"file:///../../{outside.name}", "http://127.0.0.1:9/x"):
        with pytest.raises(neo4j.exceptions.ClientError, match=r"blocked|[Cc]ouldn't load|external resource"):
            values(server, f"LOAD CSV FROM '{place}' AS row RETURN row")


@pytest.mark.neo4j
def test_a_killed_server_comes_back_with_its_data(used_home: Path) -> None:
    server = local_neo4j.start(used_home, memory_mb=MEMORY_MB)
    values(server, "CREATE (:Item {id: '00042'})")
    assert local_neo4j.kill(used_home)
    assert local_neo4j.status(used_home) is None

    again = local_neo4j.start(used_home, memory_mb=MEMORY_MB)

    assert (again.password, again.uri) == (server.password, server.uri)
    assert again.pid != server.pid
    assert values(again, "MATCH (n:Item) RETURN n.id") == [["00042"]]


@pytest.mark.neo4j
def test_a_stranger_with_the_number_of_an_old_server_is_left_alone(used_home: Path) -> None:
    server = local_neo4j.start(used_home, memory_mb=MEMORY_MB)
    (used_home / "neo4j" / "server.json").unlink()
    assert local_neo4j.status(used_home) == server, "found by its command line where its note is lost"
    assert local_neo4j.stop(used_home)
    assert not psutil.pid_exists(server.pid)

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        try:
            Folder.of(used_home).remember(stranger.pid, port=7687, memory_mb=MEMORY_MB)
            assert local_neo4j.status(used_home) is None
            assert not local_neo4j.stop(used_home)
            assert not local_neo4j.kill(used_home)
            again = local_neo4j.start(used_home, memory_mb=MEMORY_MB)
            assert again.pid != stranger.pid
            assert local_neo4j.stop(used_home)
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.neo4j
def test_a_server_that_cannot_come_up_says_why(used_home: Path) -> None:
    local_neo4j.stop(used_home)
    with pytest.raises(StoreUnavailableError, match=r"(?s)ended by itself.*last lines.*[Hh]eap"):
        local_neo4j.start(used_home, memory_mb=1)
    assert local_neo4j.status(used_home) is None


@pytest.mark.neo4j
def test_a_port_that_is_taken_is_named_or_passed_by(used_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_neo4j.stop(used_home)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(StoreUnavailableError, match=f"Port {taken} .* in use"):
            local_neo4j.start(used_home, port=taken, memory_mb=MEMORY_MB)
        assert local_neo4j.status(used_home) is None

        look = local_neo4j_process.free_port
        found = [taken]  # by the look; another program took it before the start

        monkeypatch.setattr(local_neo4j_server, "free_port", lambda wanted: found.pop() if found else look(wanted))
        server = local_neo4j.start(used_home, memory_mb=MEMORY_MB)
    assert not server.uri.endswith(f":{taken}")
    assert local_neo4j.stop(used_home)


def test_a_lost_password_is_named(new_home: Path) -> None:
    (new_home / "neo4j" / "data" / "databases" / "system").mkdir(parents=True)
    with pytest.raises(StoreUnavailableError, match=r"password .* is gone.*genealogy rebuild"):
        Folder.of(new_home).password()


def test_a_home_that_neo4j_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="comma"):
        local_neo4j.start(tmp_path / "a,b")


@pytest.mark.neo4j
def test_an_import_brings_every_identifier_back_as_it_was_and_a_bad_one_changes_nothing(new_home: Path) -> None:
    inputs = new_home.parent / "import files"
    inputs.mkdir()
    items = write_csv(
        inputs / "items.csv",
        ["id:ID(item)", "text:string", "known_from:long", "codes:string[]"],
        [[code, f"text of {code}", 2**62 + number, f"{code}\x1fsecond"] for number, code in enumerate(NASTY)],
    )
    steps = write_csv(inputs / "steps.csv", ["id:ID(step)", "note:string"], [[code, ""] for code in NASTY])
    uses = write_csv(
        inputs / "uses.csv",
        [":START_ID(item)", ":END_ID(step)", "tier:long"],
        [[a, b, 1] for a, b in zip(NASTY, reversed(NASTY), strict=True)] + [[NASTY[0], NASTY[0], 2]] * 2,
    )

    told: list[str] = []
    done = local_neo4j.import_full(
        new_home,
        [("Item", [items]), ("Step", [steps])],
        [("CONSUMED_BY", [uses])],
        memory_mb=MEMORY_MB,
        progress=told.append,
    )

    assert (done.nodes, done.relationships) == (2 * len(NASTY), len(NASTY) + 2)
    assert any("Relationship" in line for line in told)
    twice = write_csv(inputs / "twice.csv", ["id:ID(item)"], [["plain"], ["plain"]])
    wide = inputs / "wide.csv"
    wide.write_text('"id:ID(item)"\n"a","b"\n')
    number = write_csv(inputs / "number.csv", ["id:ID(item)", "known_from:long"], [["a", "eleven"]])
    for file, word in ((twice, "plain"), (wide, "wide.csv"), (number, "eleven")):
        with pytest.raises(StoreError, match=word) as refused:
            local_neo4j.import_full(new_home, [("Item", [file])], [], memory_mb=MEMORY_MB)
        assert "back in place" in str(refused.value)
    assert local_neo4j.status(new_home) is None, "it was not running before, so it is not running now"

    server = local_neo4j.start(new_home, memory_mb=MEMORY_MB)
    found = values(server, "MATCH (n:Item) RETURN n.id, n.text, n.known_from, n.codes ORDER BY n.known_from")
    assert found == [[code, f"text of {code}", 2**62 + number, [code, "second"]] for number, code in enumerate(NASTY)]
    assert values(server, "MATCH (n:Step) RETURN DISTINCT n.note") == [[""]]
    links = values(server, "MATCH (a:Item)-[r:CONSUMED_BY]->(b:Step) RETURN a.id, b.id, r.tier")
    wanted = [[a, b, 1] for a, b in zip(NASTY, reversed(NASTY), strict=True)] + [[NASTY[0], NASTY[0], 2]] * 2
    assert sorted(map(json.dumps, links)) == sorted(map(json.dumps, wanted))

    missing = write_csv(inputs / "missing.csv", [":START_ID(item)", ":END_ID(step)"], [["plain", "nowhere"]])
    with pytest.raises(StoreError, match="nowhere"):
        local_neo4j.import_full(new_home, [("Item", [items]), ("Step", [steps])], [("CONSUMED_BY", [missing])])
    again = local_neo4j.status(new_home)
    assert again is not None, "it was running before, so it is running again"
    assert again.uri == server.uri
    assert values(again, "MATCH (n) RETURN count(n)") == [[2 * len(NASTY)]]

    done = local_neo4j.import_full(new_home, [("Item", [items])], [], memory_mb=MEMORY_MB)
    assert (done.nodes, done.relationships) == (len(NASTY), 0)
    again = local_neo4j.status(new_home)
    assert again is not None
    assert values(again, "MATCH (n) RETURN count(n)") == [[len(NASTY)]]


@pytest.mark.neo4j
def test_an_import_whose_program_is_killed_ends_and_the_earlier_graph_comes_back(used_home: Path) -> None:
    values(local_neo4j.start(used_home, memory_mb=MEMORY_MB), "CREATE (:Earlier)")
    local_neo4j.stop(used_home)
    file = write_csv(used_home.parent / "many.csv", ["id:ID(item)"], [[str(number)] for number in range(500_000)])
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from genealogy.stores.local_neo4j import import_full
        import_full(Path(sys.argv[1]), [("Item", [Path(sys.argv[2])])], [], progress=lambda line: print(line, flush=True))
    """)
    command = [sys.executable, "-c", program, str(used_home), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert "Node import" in user.stdout.readline()
        user.kill()

    server = local_neo4j.start(used_home, memory_mb=MEMORY_MB)

    assert values(server, "MATCH (n:Earlier) RETURN count(n)") == [[1]]
    assert values(server, "MATCH (n:Item) WHERE n.id IS NULL RETURN count(n)") == [[0]]
    report = f"--report-file={Folder.of(used_home).import_report}"
    assert not [process for process in psutil.process_iter(["cmdline"]) if report in (process.info["cmdline"] or [])]


def test_an_import_that_was_cut_off_gives_the_earlier_graph_back_at_every_moment(tmp_path: Path) -> None:
    folder = Folder.of(tmp_path)

    def graph() -> list[str]:
        return [(part / "content").read_text() for part in folder.store if part.exists()]

    def write(text: str) -> None:
        for part in folder.store:
            part.mkdir(parents=True, exist_ok=True)
            (part / "content").write_text(text)

    write("earlier")
    assert not local_neo4j_aside.put_back(folder)
    local_neo4j_aside.set_aside(folder)
    assert graph() == []
    write("unfinished")
    assert local_neo4j_aside.put_back(folder)
    assert graph() == ["earlier", "earlier"]
    assert not local_neo4j_aside.put_back(folder)

    data = folder.root / "data"
    (data / "before-import.moving").mkdir()
    folder.store[0].rename(data / "before-import.moving" / "databases")  # cut off between the two moves
    assert local_neo4j_aside.put_back(folder)
    assert graph() == ["earlier", "earlier"]

    local_neo4j_aside.set_aside(folder)
    write("next")
    local_neo4j_aside.let_go(folder)
    (data / "before-import.done").mkdir()  # cut off while the earlier graph was being deleted
    assert not local_neo4j_aside.put_back(folder)
    assert graph() == ["next", "next"]
    assert sorted(path.name for path in data.iterdir()) == ["databases", "transactions"]


def test_the_import_command_is_one_line_for_a_shell() -> None:
    line = local_neo4j.import_command(
        "neo4j",
        [("Item", [Path("/import/two words.csv"), Path("/import/b.csv")])],
        [(None, [Path("/import/links.csv")])],
    )
    words = shlex.split(line)
    assert words[:5] == ["neo4j-admin", "database", "import", "full", "neo4j"]
    assert words[-2:] == ["--nodes=Item=/import/two words.csv,/import/b.csv", "--relationships=/import/links.csv"]
    assert {"--strict=true", "--bad-tolerance=0", "--multiline-fields=true"} <= set(words)
    with pytest.raises(StoreError, match="comma"):
        local_neo4j.import_command("neo4j", [("Item", [Path("/import/a,b.csv")])], [])


@pytest.mark.neo4j
def test_the_server_of_the_session_is_shared_and_emptied(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = session_home(tmp_path_factory)
    server = running_server(home)
    for _ in range(2):
        with (
            empty_database(home) as same,
            neo4j.GraphDatabase.driver(same.uri, auth=(same.username, same.password)) as driver,
        ):
            assert same == server
            assert driver.execute_query("MATCH (n) RETURN count(n)").records[0][0] == 0
            driver.execute_query("CREATE CONSTRAINT shelf_id FOR (n:Shelf) REQUIRE n.id IS UNIQUE")
            driver.execute_query("CREATE (:Shelf {id: '1'})")


@pytest.mark.neo4j
@pytest.mark.skipif("GENEALOGY_TEST_NEO4J_URI" in os.environ, reason="the tests use a server that somebody else stops")
@pytest.mark.parametrize("how", [signal.SIGKILL, None], ids=["killed", "done"])
def test_nothing_is_left_running_after_the_tests(how: signal.Signals | None, new_home: Path) -> None:
    new_home.mkdir()
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from neo4j_server import running_server
        running_server(Path(sys.argv[1]))
        print("running", flush=True)
        sys.stdin.read()
    """)
    command = [sys.executable, "-c", program, str(new_home)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "running\n"
        server = local_neo4j.status(new_home)
        assert server is not None
        process = psutil.Process(server.pid)
        if how is not None:
            user.send_signal(how)
        user.communicate()
    _, running = psutil.wait_procs([process], timeout=local_neo4j_process.STOP_LIMIT_S)
    assert running == []
