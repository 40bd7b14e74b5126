"""The home page names what waits: lots that do not balance, and answers on which the roads did not agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from test_genealogy_verify import tamper

import loaders
from api.app import create_app
from api.console import attention
from genealogy.batches import BALANCE, Chosen
from genealogy.engine import Engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = Engine.open(tmp_path / "home")
    loaders.load(engine, [write(tmp_path / "plant", PLANT)])
    return engine


def test_lots_out_of_balance_are_counted_as_the_table_of_batches_counts_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = engine.batches(Chosen(alert=BALANCE)).answer["count"]
    assert wrong > 0
    client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home))
    page = client.get("/").text
    assert f"<b>{wrong}</b> lots whose mass balance is out of tolerance" in page
    assert "/batches?alert=out_of_balance" in page
    # Of very many lots they are worked out beside the page.
    monkeypatch.setattr(attention, "_AT_ONCE", 0)
    later = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home, name="other"))
    for _ in range(200):
        page = later.get("/").text
        if "are being checked" not in page:
            break
    assert f"<b>{wrong}</b> lots whose mass balance is out of tolerance" in page


def test_an_incomplete_answer_is_named_until_it_is_asked_again_and_complete(engine: Engine) -> None:
    client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home))
    assert "the two roads differ" not in client.get("/").text
    tamper(engine, "MATCH (:Step)-[l:PRODUCED]->() DELETE l")
    assert not engine.scope(["RM-1"]).complete
    page = client.get("/").text
    assert "<b>1</b> answers were incomplete: the two roads differ" in page
    assert "/scope?item=id%3ARM-1" in page
    engine.rebuild()
    assert engine.scope(["RM-1"]).complete
    assert "the two roads differ" not in client.get("/").text


def test_no_more_is_remembered_than_is_needed(engine: Engine) -> None:
    for number in range(50):
        engine._note(((f"item {number}",), 1, ()), complete=False)
    assert len(engine.incomplete) == 20
    assert (("item 49",), 1, ()) in engine.incomplete
