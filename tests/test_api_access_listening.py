"""Whoever listens to a job hears no more than they may see at that moment; and who only looks at a job does not end it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people import LOCAL, new_key, new_person

from api.access.masks import Mask
from api.access.people import People
from api.access.rules import Field, Role
from api.access.sessions import Sessions
from api.app import create_app
from api.jobs import Job
from api.jobs.routes import _stream
from genealogy.engine import Engine

V1 = "/api/v1"


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    engine = Engine.open(tmp_path_factory.mktemp("listening") / "home")
    app = create_app(engine)
    with TestClient(app):
        yield app


class Work:
    """A job that goes on until it is told to end."""

    def __init__(self, app: FastAPI, kind: str = "load", owner: str = "somebody") -> None:
        self.begun, self.end = threading.Event(), threading.Event()
        self.job = app.state.serving.jobs.submit(Job(kind, owner), self._do, changes=True)
        assert self.begun.wait(10)

    def _do(self, job: Job) -> dict[str, Any]:
        self.begun.set()
        while not self.end.wait(0.02):
            job.hurry.check()
        return {}


def heard(client: TestClient, work: Work, stop: Any) -> str:
    """Everything that is heard of a job, where ``stop`` is done before its last words."""
    listening = threading.Event()
    watch = work.job.watch

    def watched() -> Any:
        listening.set()
        return watch()

    work.job.watch = watched
    with ThreadPoolExecutor(1) as pool:
        got = pool.submit(client.get, f"{V1}/jobs/{work.job.id}/events")
        assert listening.wait(10)
        stop()
        work.job.say("the last words")
        work.end.set()
        told: str = got.result(30).text
    return told


def test_a_key_that_is_revoked_hears_no_more(app: FastAPI) -> None:
    home = app.state.door.people._path.parent
    client = TestClient(app, LOCAL, headers={"authorization": f"Bearer {new_key(home, Role.AUDITOR)}"})
    people = People(home)
    assert "the last words" in heard(client, Work(app), lambda: None)
    assert "the last words" not in heard(client, Work(app), lambda: people.revoke_key(people.list_keys()[0]["id"]))
    people.close()


@pytest.mark.parametrize("how", ["sign out", "another password", "no role", "another role", "disabled", "removed"])
def test_a_person_who_has_gone_hears_no_more(app: FastAPI, how: str) -> None:
    people: People = app.state.door.people
    new_person(people._path.parent, "otto", "correct horse battery staple", Role.OPERATIONS)
    sessions = Sessions(people)
    ident = sessions.begin("otto")
    client = TestClient(app, LOCAL, cookies={"session": ident})
    ways = {
        "sign out": lambda: sessions.end(ident),
        "another password": lambda: people.change_password("otto", "kept"),
        "no role": lambda: people.revoke("otto", Role.OPERATIONS),
        # Without the end of the session: only the roles are others, and a viewer looks after no loads.
        "another role": lambda: people.execute("UPDATE grants SET role = 'viewer' WHERE folded = 'otto'"),
        "disabled": lambda: people.disable("otto"),
        "removed": lambda: people.remove("otto"),
    }
    assert "the last words" in heard(client, Work(app), lambda: None)
    assert "the last words" not in heard(client, Work(app), ways[how])


def test_who_only_looks_at_a_job_does_not_call_it_off(app: FastAPI) -> None:
    home = app.state.door.people._path.parent
    clients = {
        role: TestClient(app, LOCAL, headers={"authorization": f"Bearer {new_key(home, role, name=role)}"})
        for role in Role
    }

    def answer(role: Role, work: Work) -> httpx.Response:
        got: httpx.Response = clients[role].delete(f"{V1}/jobs/{work.job.id}")
        return got

    for kind, may, looks in (
        ("load", (Role.COORDINATOR, Role.MANAGER, Role.OPERATIONS), (Role.AUDITOR,)),
        ("check", (Role.OPERATIONS,), (Role.AUDITOR,)),
        ("rebuild", (Role.OPERATIONS,), (Role.AUDITOR, Role.COORDINATOR, Role.MANAGER)),
    ):
        work = Work(app, kind)
        for role in looks:
            assert clients[role].get(f"{V1}/jobs/{work.job.id}").status_code == 200
            assert answer(role, work).status_code == 403
            work.job.hurry.check()
        assert answer(Role.VIEWER, work).status_code == 404
        for role in may:
            assert answer(role, work).status_code in (200, 202)
        assert work.job.wait(10)
    own = Work(app, "scope", f"key:{Role.VIEWER}")
    assert answer(Role.MANAGER, own).status_code == 404
    assert answer(Role.VIEWER, own).status_code in (200, 202)


def test_nothing_is_told_that_happened_after_somebody_had_gone(app: FastAPI) -> None:
    """Between the look at who listens and the look at what happened, they may go."""
    job, may = Job("load", "somebody"), [True]
    job.say("before")

    def sight() -> Mask | None:
        if not may.pop():
            return None
        may.append(False)
        job.say("after they had gone")
        return Mask(frozenset(Field))

    async def told() -> str:
        return "".join([part async for part in _stream(app.state.serving.jobs, job, 0, sight)])

    text = asyncio.run(told())
    assert "before" in text
    assert "after they had gone" not in text
