"""Who has an answer is told so, also through a proxy; who asks for the head only gets that."""

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
    folder: Path = tmp_path_factory.mktemp("known")
    engine = Engine.open(folder / "home")
    load(engine, [write(folder / "plant", PLANT)])
    headers = bearer(engine.home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers) as client:
        yield client


@pytest.mark.parametrize("path", ["scope?item=RM-1", "graph?item=RM-1", "scope/items?item=RM-1"])
def test_a_tag_counts_though_a_proxy_made_it_weak(client: TestClient, path: str) -> None:
    tag = client.get(f"{V1}/{path}").headers["etag"]

    def status(given: str) -> int:
        return client.get(f"{V1}/{path}", headers={"if-none-match": given}).status_code

    for given in (tag, f"W/{tag}", f'"other", W/{tag}', "*"):
        assert status(given) == 304, given
    for given in ('"other"', "", tag[:-2] + '"', f"w/{tag}"):
        assert status(given) == 200, given


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/", f"{V1}/scope?item=RM-1", f"{V1}/scope?item=NOTHING", "/nothing", f"{V1}/loads"]
)
def test_head_is_get_without_its_content(client: TestClient, path: str) -> None:
    head, got = client.head(path), client.get(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers.get("etag") == got.headers.get("etag")
    nobody = client.head(path, headers={"authorization": "Bearer none"})
    assert nobody.status_code == client.get(path, headers={"authorization": "Bearer none"}).status_code
