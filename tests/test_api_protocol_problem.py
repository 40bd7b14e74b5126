"""Every error over HTTP is a problem as RFC 9457 describes it: ours, wrong parameters, unknown paths, and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from cli import PLANT, write
from people import LOCAL, bearer

import loaders
from api.app import create_app
from genealogy.engine import Engine

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Put one request to the application, with a route that fails."""
    folder = tmp_path_factory.mktemp("problem")
    with Engine.open(folder / "home") as engine:
        loaders.load(engine, [write(folder / "plant", PLANT)])
        app, headers = create_app(engine), bearer(engine.home)

        @app.get("/fault", name="home")  # under a rule that is there
        def fault() -> None:
            raise ZeroDivisionError("a secret of the program")

        async def put(method: str, path: str, **more: Any) -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=LOCAL, headers=headers) as client:
                return await client.request(method, path, **more)

        yield lambda method, path, **more: asyncio.run(put(method, path, **more))


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "named"),
    [
        ("GET", "/api/v1/items/nothing", 404, "urn:genealogy:ItemNotFound", "nothing"),
        ("GET", "/api/v1/scope?item=X/7/a", 409, "urn:genealogy:AmbiguousItem", "X/7/a"),
        ("GET", "/api/v1/scope?item=RM-1&as_of=then", 422, "urn:genealogy:Input", "then"),
        ("GET", "/api/v1/scope", 422, "urn:genealogy:Input", "item"),
        ("GET", "/api/v1/trace?item=RM-1&direction=sideways", 422, "urn:genealogy:Input", "direction"),
        ("GET", "/api/v1/trace?item=RM-1&direction=forward&all=perhaps", 422, "urn:genealogy:Input", "all"),
        ("GET", "/api/v2/scope", 404, "about:blank", "/api/v2/scope"),
        ("DELETE", "/api/v1/scope", 405, "about:blank", "DELETE"),
        ("GET", "/fault", 500, "about:blank", "log"),
    ],
)
def test_errors_are_problems(ask: Ask, method: str, path: str, status: int, kind: str, named: str) -> None:
    answer = ask(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"], problem["instance"]) == (kind, status, path.partition("?")[0])
    assert problem["title"]
    assert named in problem["detail"]
    assert "secret" not in answer.text
    if status == 405:
        assert answer.headers["allow"] == "GET"


def test_each_wrong_parameter_is_named(ask: Ask) -> None:
    problem = ask("GET", "/api/v1/trace", params={"direction": "sideways"}).json()
    assert [(e["in"], e["parameter"]) for e in problem["errors"]] == [("query", "item"), ("query", "direction")]
    assert [e["pointer"] for e in problem["errors"]] == ["#/item", "#/direction"]
    assert all(e["wrong"] for e in problem["errors"])


def test_the_description_of_the_interface_says_so(ask: Ask) -> None:
    described = ask("GET", "/openapi.json").json()
    for path, methods in described["paths"].items():
        for said in methods.values():
            if path != "/fault":
                assert list(said["responses"]["422"]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in described.get("components", {}).get("schemas", {})
