"""Jobs: watched as they go on, called off without leaving anything half done, bounded, and ended with the service."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli import PLANT
from console_server import Served, served

from api.access.masks import Mask
from api.access.rules import Field
from api.jobs import Job, Jobs, routes
from api.jobs.job import State
from api.jobs.kept import REMEMBERED, Kept
from api.jobs.queue import WAITING
from genealogy.engine import Engine
from genealogy.errors import BusyError, InputError

V1 = "/api/v1"
SEES_ALL = Mask(frozenset(Field))
BIG = b"item_id,material_id,lot_number\n" + b"".join(b"B-%d,MAT,NB%d\n" % (n, n) for n in range(250_000))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("jobs") / "home"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[Served]:
    with served(home) as found:
        yield found


@pytest.fixture
def client(address: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, headers=address.headers) as client:
        yield client


def send(client: httpx.Client, name: str, content: bytes, **how: Any) -> httpx.Response:
    return client.post(f"{V1}/loads", files=[("files", (name, content))], **how)


def events(client: httpx.Client, path: str, last: int = 0) -> list[tuple[int, str]]:
    """Number and kind of each event until the stream ends."""
    found, number = [], 0
    with client.stream("GET", path, headers={"last-event-id": str(last)} if last else {}) as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("event: "):
                found.append((number, line[7:]))
    return found


def test_a_job_is_watched_and_gone_on_with_after_a_break(client: httpx.Client) -> None:
    job = send(client, "lots.csv", PLANT["lots"].encode()).json()
    told = events(client, job["events"])
    assert [number for number, _ in told] == list(range(1, len(told) + 1))
    assert told[0][1] == "state"
    assert told[-1][1] == "ended"
    assert ("progress") in {kind for _, kind in told}
    assert events(client, job["events"], last=2) == told[2:]
    done = client.get(job["events"], headers={"last-event-id": str(len(told))})
    assert (done.status_code, done.content) == (204, b"")
    assert client.get(f"{V1}/jobs").json()["jobs"][0]["id"] == job["id"]
    assert client.get(f"{V1}/jobs/{'0' * 32}").status_code == 404


def test_a_load_that_is_called_off_leaves_nothing(client: httpx.Client, home: Path) -> None:
    def state() -> tuple[int, list[str]]:
        files = [
            str(path.relative_to(home)) for folder in ("documents", "quarantine") for path in (home / folder).rglob("*")
        ]
        return client.get("/readyz").json()["sequence"], sorted(files)

    before = state()
    job = send(client, "lots.csv", BIG).json()
    with client.stream("GET", job["events"]) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: progress"):
                assert client.delete(f"{V1}/jobs/{job['id']}").status_code in (200, 202)
                break
    events(client, job["events"])
    ended = client.get(f"{V1}/jobs/{job['id']}").json()
    assert ended["state"] == "cancelled"
    assert "called off" in ended["problem"]["detail"]
    assert state() == before
    again = client.delete(f"{V1}/jobs/{job['id']}")
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")
    assert events(client, send(client, "materials.csv", PLANT["materials"].encode()).json()["events"])[-1][1] == "ended"


def test_a_question_is_asked_as_a_job(client: httpx.Client) -> None:
    events(client, send(client, "lots.csv", PLANT["lots"].encode()).json()["events"])
    for path in ("scope?item=RM-1", "bounds?item=RM-1", "sweep", "verify"):
        got = client.get(f"{V1}/{path}", headers={"prefer": "respond-async, wait=5"})
        assert got.status_code == 202, got.text
        events(client, got.json()["events"])
        job = client.get(got.headers["location"]).json()
        assert job["state"] == "done", job
        told = client.get(f"{V1}/{path}").json()
        assert job["result"].get("digest") == told.get("digest")
    got = client.get(f"{V1}/scope?item=nothing", headers={"prefer": "respond-async"})
    events(client, got.json()["events"])
    assert client.get(got.headers["location"]).json()["problem"]["status"] == 404


def test_a_report_is_made_as_a_job_and_fetched(client: httpx.Client) -> None:
    events(client, send(client, "lots.csv", PLANT["lots"].encode()).json()["events"])
    got = client.post(f"{V1}/reports", json={"items": ["id:RM-1"], "language": "zh"}, headers={"idempotency-key": "r"})
    assert got.status_code == 202, got.text
    events(client, got.json()["events"])
    job = client.get(got.headers["location"]).json()
    assert job["state"] == "done", job
    archive = client.get(job["result"]["archive"])
    assert archive.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        assert {"report.html", "report.pdf", "report.xlsx", "report.json", "SHA256SUMS"} <= set(files.namelist())
    assert client.get(f"{V1}/reports/{'0' * 32}").status_code == 404
    assert client.post(f"{V1}/reports", json={"items": ["nothing"]}).status_code == 404
    wrong = client.post(f"{V1}/reports", json={"items": ["RM-1"], "language": "tlh"}).json()
    assert {error["pointer"] for error in wrong["errors"]} == {"#/language"}
    nothing = client.post(f"{V1}/reports", json={"items": []}).json()
    assert {error["pointer"] for error in nothing["errors"]} == {"#/items", "#/other"}


def test_the_graph_is_made_again_as_a_job(client: httpx.Client) -> None:
    got = client.post(f"{V1}/rebuild")
    assert got.status_code == 202
    events(client, got.json()["events"])
    assert client.get(got.headers["location"]).json()["state"] == "done"
    assert client.get(f"{V1}/verify").json()["ok"]


def test_only_so_many_jobs_wait(tmp_path: Path) -> None:
    jobs, go = Jobs(Kept(tmp_path)), threading.Event()

    def work(job: Job) -> dict[str, Any]:
        go.wait(30)
        return {}

    first = jobs.submit(Job("load", "a"), work, changes=True)
    while first.state is State.WAITING:
        time.sleep(0.01)
    waiting = [jobs.submit(Job("load", "a"), work, changes=True) for _ in range(WAITING)]
    with pytest.raises(BusyError, match="wait already"):
        jobs.submit(Job("load", "a"), work, changes=False)
    jobs.cancel(waiting[0], "somebody")
    assert waiting[0].state is State.CANCELLED
    jobs.submit(Job("load", "a"), work, changes=False)
    go.set()
    assert all(job.wait(10) for job in [first, *waiting])
    assert jobs.counts()["done"] >= WAITING
    assert jobs.close(10)
    with pytest.raises(BusyError, match="ending"):
        jobs.submit(Job("load", "a"), work, changes=True)


def test_jobs_are_remembered_and_one_that_was_broken_off_says_so(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    jobs = Jobs(kept)

    def fails(job: Job) -> dict[str, Any]:
        job.say("beginning")
        raise InputError("the file is none")

    failed = jobs.submit(Job("load", "a", {"files": ["x.csv"]}), fails, changes=True)
    fault = jobs.submit(Job("load", "a"), lambda job: {"n": 1 // 0}, changes=True)
    assert failed.wait(10)
    assert fault.wait(10)
    assert "division" not in str(fault.problem)
    kept.begun(Job("load", "a", id="0" * 32))
    assert jobs.close(10)
    kept.close()
    again = Jobs(Kept(tmp_path))
    assert (again.of(failed.id).problem or {})["detail"] == "the file is none"
    assert again.of(failed.id).about == {"files": ["x.csv"]}
    assert again.of("0" * 32).state is State.FAILED
    assert oct((tmp_path / "requests.sqlite").stat().st_mode)[-3:] == "600"


def test_where_nothing_happens_the_stream_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_S", 0.05)
    jobs = Jobs(Kept(tmp_path))
    job = Job("load", "a")

    async def listen() -> list[str]:
        found = []
        async for text in routes._stream(jobs, job, 0, lambda: SEES_ALL):
            found.append(text)
            if len(found) == 3:
                job.say("something")
            if len(found) == 4:
                jobs.stop_streams()
        return found

    assert [text.split("\n")[0].split(":")[0] for text in asyncio.run(listen())] == ["retry", "", "", "id"]


def test_the_service_ends_in_the_midst_of_a_load(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with served(home) as address:
        pid = json.loads((home / "owner.lock").read_text())["pid"]
        with httpx.Client(base_url=address, timeout=60, headers=address.headers) as client:
            job = send(client, "lots.csv", BIG).json()
            told = False
            with client.stream("GET", job["events"]) as stream:
                for line in stream.iter_lines():
                    if line.startswith("event: progress") and not told:
                        os.kill(pid, signal.SIGTERM)
                        told = True
    with served(home) as address, httpx.Client(base_url=address, timeout=60, headers=address.headers) as client:
        ended = client.get(f"{V1}/jobs/{job['id']}").json()
        assert ended["state"] in ("cancelled", "failed", "done")
        assert client.get(f"{V1}/verify").json()["ok"]
    engine = Engine.open(home)
    loads = [entry for entry in engine.ledger.entries() if entry.action == "load"]
    assert len(loads) == (ended["state"] == "done")
    engine.close()


def test_a_job_is_over_only_when_its_end_can_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches stops when it is over and all was told: over before the event of its end, that event was lost."""
    heard: list[tuple[str, bool]] = []
    add = Job._add

    def told(job: Job, kind: str, text: str) -> None:
        heard.append((kind, job.over))
        add(job, kind, text)

    monkeypatch.setattr(Job, "_add", told)
    job = Job("load", "a")
    job.turn(State.RUNNING)
    job.turn(State.DONE)
    assert heard == [("state", False), ("ended", False)]
    assert job.over


def test_a_job_ends_while_another_comes(tmp_path: Path) -> None:
    """At the end of one all are looked through; one that comes at that moment stopped whoever worked on them, for good."""
    jobs, come = Jobs(Kept(tmp_path)), [Job("scope", "a")]

    class Looked(Job):
        @property
        def over(self) -> bool:
            if come and super().over:
                jobs.submit(come.pop(), lambda _: {}, changes=False)
            return super().over

    first, second = Looked("load", "a"), Job("load", "a")
    for job in (first, second):
        jobs.submit(job, lambda _: {}, changes=True)
    assert second.wait(10)
    assert jobs.close(10)


def test_no_more_is_remembered_than_is_told(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    jobs = Jobs(kept)
    for _ in range(REMEMBERED + 5):
        assert jobs.submit(Job("load", "a"), lambda _: {}, changes=True).wait(10)
    assert jobs.close(10)
    kept.close()
    again = Kept(tmp_path)
    assert len(again.jobs()) <= REMEMBERED
    again.close()


def test_a_job_that_cannot_be_noted_is_not_begun(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    jobs, done = Jobs(kept), list[str]()

    def work(job: Job) -> dict[str, Any]:
        done.append(job.id)
        return {}

    kept.close()
    with pytest.raises(BusyError, match="was not begun"):
        jobs.submit(Job("load", "a"), work, changes=True)
    assert jobs.all() == []
    assert jobs.close(10)
    assert done == []


def test_a_job_whose_end_cannot_be_noted_does_not_stop_the_next(tmp_path: Path) -> None:
    """As on a full disk: what is remembered of a job is less than that the next one is done."""
    kept, go = Kept(tmp_path), threading.Event()
    jobs = Jobs(kept)

    def work(job: Job) -> dict[str, Any]:
        go.wait(30)
        return {}

    both = [jobs.submit(Job("load", "a"), work, changes=True) for _ in range(2)]
    kept.close()
    go.set()
    assert all(job.wait(10) for job in both)
    assert [job.state for job in both] == [State.DONE, State.DONE]
