"""What the two roads said of a scope is not believed for ever: the graph may be damaged, or made again, in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from canaries import plant
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from test_api_console_other_starts import links
from test_genealogy_verify import tamper

from api.access.rules import Role
from api.app import create_app
from api.protocol import recent
from genealogy.engine import Engine
from genealogy.graph import pictures

ASKED = "equipment=E-1", "item=id:R-1"
PAGES = "/scope", "/graph", "/flow", "/timeline", "/countries", "/scope/places", "/scope/balance", "/compare"
ANSWERS = "/api/v1/scope", "/api/v1/graph", "/api/v1/flow", "/api/v1/timeline", "/api/v1/countries"
LACKING = "MATCH (:Step)-[p:PRODUCED]->(:Item) DELETE p"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return plant(tmp_path)


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    headers = {**bearer(engine.home, *Role), "accept": "text/html"}
    with TestClient(create_app(engine), LOCAL, headers=headers) as found:
        yield found


def said(client: TestClient) -> set[bool]:
    """What all pages and answers say of whether they are complete."""
    paths = [f"{path}?{asked}" for asked in ASKED for path in PAGES]
    found = {"This answer is incomplete" not in client.get(path).text for path in paths}
    return found | {client.get(f"{path}?{asked}").json()["complete"] for asked in ASKED for path in ANSWERS}


def test_after_the_graph_was_made_again_nothing_is_incomplete_any_more(engine: Engine, client: TestClient) -> None:
    tamper(engine, LACKING)
    assert said(client) == {False}
    assert "the two roads differ" in client.get("/").text
    engine.rebuild()
    assert said(client) == {True}
    assert "the two roads differ" not in client.get("/").text


def test_what_was_complete_is_compared_again_after_a_while(
    engine: Engine, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(client) == {True}
    tamper(engine, LACKING)
    for module, name in ((recent, "KEPT_S"), (pictures, "COMPARED_S")):
        monkeypatch.setattr(module, name, -1.0)
    assert said(client) == {False}


@pytest.mark.parametrize("path", ["/scope", "/graph", "/flow", "/timeline"])
@pytest.mark.parametrize(
    "asked", ["item=id:R-1", "equipment=E-1", "parameter=heat&outside=true", "place=KANARI-SUP-DOCK&item=id:R-3"]
)
def test_the_home_page_names_every_scope_that_was_incomplete(
    engine: Engine, client: TestClient, path: str, asked: str
) -> None:
    tamper(engine, LACKING)
    assert "This answer is incomplete" in client.get(f"{path}?{asked}").text
    home = client.get("/").text
    assert "<b>1</b> answers were incomplete" in home
    (address,) = [each for each in links(home) if each.startswith("/scope?")]
    assert {**parse_qs(asked), "as_of": [str(engine.head)]} == parse_qs(urlsplit(address).query)
    assert "This answer is incomplete" in client.get(address).text
    viewer = TestClient(client.app, LOCAL, headers=bearer(engine.home, Role.VIEWER, name="viewer"))
    home = viewer.get("/", headers={"accept": "text/html"}).text
    assert "<b>1</b> answers were incomplete" in home
    assert ("KANARI" in home, bool([each for each in links(home) if each.startswith("/scope?")])) == (
        False, "place" not in asked,
    )  # fmt: skip
