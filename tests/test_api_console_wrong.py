"""Who reads with a browser is told on a page what went wrong before a page was made; other programs get their problem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home: Path = tmp_path_factory.mktemp("wrong") / "home"
    engine = Engine.open(home)
    headers = bearer(home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/batches?page=0", 422, "greater than or equal to 1"),
        ("/balance", 422, "item"),
        ("/quarantine?page=x", 422, "page"),
        ("/nothing", 404, "Not Found"),
        ("/nothing/<script>alert(1)</script>", 404, "Not Found"),
    ],
)
def test_a_page_says_it(client: TestClient, path: str, status: int, said: str) -> None:
    got = client.get(path, headers=BROWSER)
    assert (got.status_code, got.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in got.text
    assert "<script>alert" not in got.text
    assert "content-security-policy" in got.headers
    plain = client.get(path, headers={"accept": "application/json"})
    assert (plain.status_code, plain.headers["content-type"]) == (status, "application/problem+json")


def test_the_interface_answers_with_problems_always(client: TestClient) -> None:
    got = client.get("/api/v1/scope?limit=x", headers=BROWSER)
    assert (got.status_code, got.headers["content-type"]) == (422, "application/problem+json")
