"""Addresses of the graph's page: what was unfolded and folded belongs to one folding, and to that node alone."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from api.console.graphs import _row
from genealogy.engine import Engine
from loaders import load as load_files

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = re.compile(r'<input type="hidden" name="(open|shut|folded)" value="([^"]*)">')


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("folding")
    with Engine.open(folder / "home") as engine:
        load_files(engine, [write(folder / "plant", PLANT)])
        yield TestClient(create_app(engine), LOCAL, headers=bearer(engine.home))


def kept(client: TestClient, query: str) -> list[tuple[str, str]]:
    got = client.get(f"/graph?item=id:RM-1&{query}")
    assert got.status_code == 200, got.text
    return KEPT.findall(got.text)


def test_what_was_unfolded_stays_in_its_folding_and_is_dropped_in_another(client: TestClient) -> None:
    assert kept(client, "fold=lot&open=2.0&shut=3.0") == [("folded", "lot"), ("open", "2.0"), ("shut", "3.0")]
    # As the form sends it where only a filter was changed, and where the folding was.
    assert kept(client, "fold=lot&folded=lot&open=2.0&tier=lot") == [("folded", "lot"), ("open", "2.0")]
    assert kept(client, "fold=product&folded=lot&open=2.0&shut=3.0") == [("folded", "product")]


@pytest.mark.parametrize(("way", "left"), [("3.1", []), ("3.1.4", []), ("3.12", ["3.1"]), ("3", ["3.1"])])
def test_who_is_unfolded_opens_what_was_folded_above_it_and_nothing_beside(way: str, left: list[str]) -> None:
    node = {"way": way, "within": None, "unfolds": True, "kind": "lots", "item": None}
    query = {"fold": "lot", "open": [], "shut": ["3.1"], "tier": [], "stage": [], "until": "", "to": ""}
    row = _row(node, "name", (), {"item": ["A"], "as_of": "1"}, query)
    asked = parse_qs(urlsplit(html.unescape(str(row["open"]))).query)
    assert asked["open"] == [way]
    assert asked.get("shut", []) == left
