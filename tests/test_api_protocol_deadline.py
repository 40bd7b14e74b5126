"""Requests do not wait for ever, and what nobody waits for any more is stopped in the store too."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cli import PLANT, write
from conftest import Home
from console_server import Served, served
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from test_genealogy_deadline import SLOW, assert_idle

from api.protocol.deadline import LONGEST_S, Hurried, asked_seconds, default_seconds
from genealogy.deadline import current
from genealogy.engine import Engine
from genealogy.errors import CalledOffError, DeadlineError, GenealogyError, InputError

V1 = "/api/v1"


class Asking:
    """An application whose only answer is a slow question to a real store."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.ended = engine, list[type[BaseException]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await run_in_threadpool(self.engine.store.read, SLOW, sum=-1)
        except GenealogyError as error:
            self.ended.append(type(error))


def ask(app: ASGIApp, *, seconds: float, gone_after: float | None, path: str = "/slow") -> list[Message]:
    """Ask as a caller that may go away; what was sent to it."""
    sent: list[Message] = []
    first = True

    async def receive() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(3600 if gone_after is None else gone_after)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    scope |= {"server": ("127.0.0.1", 80), "scheme": "http", "root_path": ""}
    asyncio.run(Hurried(app, seconds)(scope, receive, send))
    return sent


def test_a_caller_that_goes_away_stops_the_store(home: Home) -> None:
    engine = home.open()
    app = Asking(engine)
    assert ask(app, seconds=60, gone_after=0.5) == []
    assert app.ended == [CalledOffError]
    assert_idle(engine)


def test_time_that_is_over_stops_the_store(home: Home) -> None:
    engine = home.open()
    app = Asking(engine)
    ask(app, seconds=0.5, gone_after=None)
    assert app.ended == [DeadlineError]
    assert_idle(engine)


@pytest.mark.parametrize(
    ("path", "longest"), [("/ledger/verify", True), ("/api/v1/verify", True), ("/api/v1/scope", False)]
)
def test_a_check_of_everything_has_the_longest_time(path: str, *, longest: bool) -> None:
    left: list[float] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        hurry = current()
        left.append((hurry and hurry.left) or 0.0)

    ask(app, seconds=5, gone_after=None, path=path)
    assert (left[0] > LONGEST_S / 2) is longest


def test_what_cannot_be_stopped_is_answered_without_it() -> None:
    done = threading.Event()

    class Deaf(Asking):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await run_in_threadpool(time.sleep, 2)
            done.set()
            await send({"type": "http.response.start", "status": 200, "headers": []})

    sent = ask(Deaf(None), seconds=0.2, gone_after=None)  # type: ignore[arg-type]
    assert [message["status"] for message in sent if "status" in message] == [503]
    assert done.is_set()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("deadline")
    engine = Engine.open(folder / "home")
    import loaders

    loaders.load(engine, [write(folder / "plant", PLANT)])
    engine.close()
    with served(folder / "home") as found:
        yield found


@pytest.fixture
def client(address: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, headers=address.headers) as client:
        yield client


def test_a_deadline_that_passed_is_a_problem_that_says_what_to_do(client: httpx.Client) -> None:
    got = client.get(f"{V1}/bounds?item=RM-1", headers={"x-deadline": "0.001"})
    assert (got.status_code, got.headers["content-type"]) == (503, "application/problem+json")
    assert got.headers["retry-after"].isdigit()
    assert got.json()["type"] == "urn:genealogy:Deadline"
    assert "X-Deadline" in got.json()["detail"]
    for headers in ({}, {"x-deadline": "30"}, {"prefer": "wait=20"}, {"prefer": "respond-quickly"}):
        assert client.get(f"{V1}/bounds?item=RM-1", headers=headers).status_code == 200


@pytest.mark.parametrize("text", ["soon", "-1", "0", "1e3", "1 2", "9999999"])
def test_a_deadline_is_a_number_of_seconds(client: httpx.Client, text: str) -> None:
    got = client.get("/readyz", headers={"x-deadline": text})
    assert (got.status_code, got.headers["content-type"]) == (422, "application/problem+json")


def test_how_long_a_caller_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.requests import Request

    def of(**headers: str) -> float:
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return asked_seconds(Request({"type": "http", "headers": raw}), 60)

    assert of() == 60
    assert of(x_deadline="2.5") == 2.5
    assert of(x_deadline="9000") == 600
    assert of(prefer="respond-async, wait=10") == 10
    assert of(prefer="wait=0") == 1
    assert of(x_deadline="3", prefer="wait=10") == 3
    monkeypatch.setenv("GENEALOGY_DEADLINE", "5")
    assert default_seconds() == 5
    monkeypatch.setenv("GENEALOGY_DEADLINE", "for ever")
    with pytest.raises(InputError, match="GENEALOGY_DEADLINE"):
        default_seconds()


def test_numbers_for_operations(client: httpx.Client) -> None:
    client.get(f"{V1}/scope?item=RM-1")
    client.get(f"{V1}/scope?item=nothing")
    text = client.get("/metrics").text
    assert 'genealogy_http_requests_total{method="GET",route="/api/v1/scope",status="200"}' in text
    assert 'genealogy_http_requests_total{method="GET",route="/api/v1/scope",status="404"}' in text
    assert 'genealogy_http_request_duration_seconds_count{method="GET",route="/api/v1/scope"}' in text
    head = client.get("/readyz").json()["sequence"]
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines["genealogy_ledger_head"]) == head
    assert float(lines["genealogy_loads"]) == 1
    assert float(lines["genealogy_store_lag"]) == 0
    assert float(lines["genealogy_quarantine_open"]) == 0
    assert 'genealogy_jobs{state="running"}' in lines
    assert "nothing" not in text
    assert "RM-1" not in text
