"""One home, one owner: what others are told while it is held, and the same answers over HTTP by the process that holds it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli import COMMAND, PLANT, environment, run, run_here, write
from people import bearer

import loaders
from api.access.rules import Role
from genealogy.engine import Engine
from genealogy.owner import Owner

Served = tuple[httpx.Client, "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with Engine.open(folder / "home") as engine:
        loaders.load(engine, [write(folder / "plant", PLANT)])
    added = run_here(folder / "home", "keys", "add", "tests", *(f"--role={role}" for role in Role), "--json")
    (folder / "key").write_text(added.json["key"])
    return folder / "home"


@pytest.fixture(scope="module")
def answers(home: Path) -> dict[str, Any]:
    """What the command line says before anything serves the home."""
    return {
        "scope": run_here(home, "scope", "RM-1", "--json").json,
        "trace": run_here(home, "trace", "U-1", "--backward", "--json").json,
        "log": run_here(home, "log", "--json").json,
    }


@contextmanager
def serving(home: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """A child process that serves a home; killed at the end if it still runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(COMMAND), "serve", "--port", str(port)]
    key = home.with_name("key")
    headers = {"authorization": f"Bearer {key.read_text()}"} if key.exists() else bearer(home)
    with (
        home.with_name("serve.log").open("w+") as log,
        subprocess.Popen(words, env=environment(home), stdout=subprocess.PIPE, stderr=log, text=True) as child,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, headers=headers) as client,
    ):
        try:
            _wait_for(client, child, Path(log.name))
            yield client, child
        finally:
            child.kill()


def _wait_for(client: httpx.Client, child: subprocess.Popen[str], log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            client.get("/healthz")
            return
        except httpx.TransportError:
            assert child.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def served(home: Path, answers: dict[str, Any]) -> Iterator[Served]:
    """The home, served once the command line has answered."""
    with serving(home) as running:
        yield running


def test_a_home_that_another_process_holds_is_exit_4_with_its_pid(tmp_path: Path) -> None:
    """One that is no service: beside a service, the service does what the command asks."""
    held = tmp_path / "held"
    program = (
        "import sys; from pathlib import Path; from genealogy.engine import Engine; "
        "engine = Engine.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", program, str(held)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        ran = run(held, "scope", "RM-1", "--json")
        assert (ran.code, ran.out) == (4, "")
        assert str(child.pid) in ran.err
        for said in (("load", str(tmp_path)), ("verify",), ("rebuild",), ("restore", str(tmp_path))):
            refused = run_here(held, *said)
            assert (refused.code, refused.out) == (4, ""), said
            assert re.search(rf"\b{child.pid}\b", refused.err)
        child.communicate()


def test_what_only_reads_the_ledger_works_beside_the_owner(
    served: Served, home: Path, answers: Any, tmp_path: Path
) -> None:
    assert run_here(home, "log", "--json").json == answers["log"]
    assert run_here(home, "backup", tmp_path / "backup").code == 0


def test_http_gives_the_same_answers(served: Served, answers: dict[str, Any]) -> None:
    client, _ = served
    scope = client.get("/api/v1/scope", params={"item": "RM-1"}).json()
    assert scope["digest"] == answers["scope"]["digest"]
    assert {**scope, "asked": {}} == {**answers["scope"], "asked": {}}
    trace = client.get("/api/v1/trace", params={"item": "U-1", "direction": "backward"}).json()
    assert trace["digest"] == answers["trace"]["digest"]
    then = client.get("/api/v1/scope", params={"item": "RM-1", "as_of": "2"}).json()
    assert then["digest"] == scope["digest"]
    both = client.get("/api/v1/scope", params={"item": "supplier-lot:SUP-1/X/7/a"}).json()
    assert both["starts"] == ["RM-1", "RM-2"]


def test_http_describes_items(served: Served) -> None:
    client, _ = served
    found = client.get("/api/v1/items/RM-1").json()
    (item,) = found["items"]
    assert (item["id"], item["kind"], item["stage"], item["material_id"]) == ("RM-1", "lot", "supplied", "RM")
    assert any("FB" in note for note in found["notes"])
    assert [i["id"] for i in client.get("/api/v1/items/supplier-lot:SUP-1/X/7/a").json()["items"]] == ["RM-1", "RM-2"]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/api/v1/items/nothing", {}, 404),
        ("/api/v1/items/X/7/a", {}, 409),
        ("/api/v1/scope", {"item": "X/7/a"}, 409),
        ("/api/v1/scope", {}, 422),
        ("/api/v1/scope", {"item": "RM-1", "as_of": "9"}, 422),
        ("/api/v1/scope", {"item": "RM-1", "as_of": "then"}, 422),
        ("/api/v1/trace", {"item": "RM-1", "direction": "sideways"}, 422),
    ],
)
def test_http_refuses_with_problem_details(served: Served, path: str, params: dict[str, str], status: int) -> None:
    client, _ = served
    answer = client.get(path, params=params)
    assert answer.status_code == status
    if status == 409:
        assert {candidate["id"] for candidate in answer.json()["candidates"]} == {"RM-1", "RM-2", "RM-3"}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert client.get(path, params={**params, "all": "true"}).status_code == (200 if status == 409 else status)


def test_http_tells_that_it_lives_is_ready_and_what_it_offers(served: Served) -> None:
    client, _ = served
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["sequence"]) == (200, 2)
    offered = client.get("/openapi.json").json()
    assert {"/api/v1/items/{text}", "/api/v1/trace", "/api/v1/scope"} <= offered["paths"].keys()
    assert client.get("/docs").status_code == 200


def test_sigterm_ends_it_and_frees_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    with serving(home) as (client, child):
        digest = client.get("/api/v1/scope", params={"item": "RM-1"}).json()["digest"]
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) in (0, -signal.SIGTERM)
        assert child.stdout is not None
        assert child.stdout.read() == "", "stdout is for data"
    assert "GET /api/v1/scope" in (tmp_path / "serve.log").read_text()
    assert run_here(home, "scope", "RM-1", "--json").json["digest"] == digest


def test_an_address_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        ran = run_here(tmp_path / "home", "serve", "--host", host)
        assert (ran.code, ran.out) == (2, "")
        assert host in ran.err
    assert not (tmp_path / "home").exists()


def test_a_lock_that_a_dead_owner_left_behind_holds_nobody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "owner.lock").write_text('{"pid": 1, "since": "2020-01-01T00:00:00Z", "command": "gone"}')
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    with Owner(home):
        held = run(home, "scope", "RM-1")
    assert held.code == 4
    assert str(os.getpid()) in held.err


def test_a_home_that_cannot_be_is_said_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        ran = run(home, "scope", "RM-1", "--json")
        assert (ran.code, ran.out) == (1, "")
        assert str(tmp_path / "file") in ran.err
    nothing = run_here(tmp_path / "none", "log")
    assert nothing.code == 1
    assert "no ledger" in nothing.err
