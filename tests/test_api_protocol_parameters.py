"""A parameter that is misspelt, or there twice, is told: left out in silence it would be answered as if it were not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine
from loaders import load

V1 = "/api/v1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("parameters")
    engine = Engine.open(folder / "home")
    load(engine, [write(folder / "plant", PLANT)])
    headers = bearer(engine.home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("scope?item=RM-1&as-of=0", "as-of"),
        ("scope?item=RM-1&asof=0", "asof"),
        ("scope?item=RM-1&as_of=1&as_of=0", "as_of"),
        ("trace?item=RM-1&item=RM-2&direction=forward", "item"),
        ("trace?item=RM-1&direction=forward&direction=backward", "direction"),
        ("balance?item=RM-1&item=RM-2", "item"),
        ("graph?item=RM-1&until=2026-05-01&until=2026-05-02", "until"),
        ("batches?state=held", "state"),
        ("scope/items?item=RM-1&page=2", "page"),
        ("entries?after=3", "after"),
        ("verify?as_of=0", "as_of"),
        ("quarantine?offset=3", "offset"),
    ],
)
def test_it_is_refused(client: TestClient, path: str, name: str) -> None:
    got = client.get(f"{V1}/{path}")
    assert (got.status_code, got.headers["content-type"]) == (422, "application/problem+json"), got.text
    assert [each["pointer"] for each in got.json()["errors"]] == [f"#/{name}"]


@pytest.mark.parametrize(
    "path",
    [
        "scope?item=RM-1&item=RM-2&as_of=1",
        "scope?item=RM-1&narrow=lot",
        "why?item=U-1&from=RM-1&from=RM-2",
        "graph?item=RM-1&tier=unit&tier=lot&open=2.0&shut=2.0",
        "compare?item=RM-1&boundary=lot&boundary=only-after%202026-05-01",
        "batches?q=&stage=&status=held",
    ],
)
def test_what_may_be_there_several_times_may(client: TestClient, path: str) -> None:
    assert client.get(f"{V1}/{path}").status_code == 200


def test_a_page_may_carry_more(client: TestClient) -> None:
    assert client.get("/batches?unknown=1", headers={"accept": "text/html"}).status_code == 200
