"""The door stays shut: after everybody has gone, when the file of people is lost, while the ledger lacks a change."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.access import door
from api.access.people import People
from api.access.rules import Role
from api.app import create_app
from genealogy.engine import Engine


def test_a_demo_home_to_which_somebody_was_added_is_open_no_more(tmp_path: Path) -> None:
    """Neither after everybody was removed, nor when the file of people is lost: the ledger says that somebody was added."""
    engine = Engine.open(tmp_path / "home", demo=True)
    app = create_app(engine, loopback=True)
    client = TestClient(app, LOCAL)
    assert client.get("/api/v1/entries").status_code == 200
    people = People(engine.home)
    people.add("vera", "kept", frozenset({Role.VIEWER}))
    assert client.get("/api/v1/entries").status_code == 401
    people.remove("vera")
    assert client.get("/api/v1/entries").status_code == 401
    people.close()
    (engine.home / "access.sqlite").unlink()
    assert client.get("/api/v1/entries").status_code == 503
    assert TestClient(create_app(engine, loopback=True), LOCAL).get("/api/v1/entries").status_code == 401


def test_where_people_cannot_be_looked_up_nobody_is_let_in_and_strangers_learn_nothing(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home")
    headers = bearer(engine.home, Role.AUDITOR)
    with TestClient(create_app(engine), LOCAL, headers=headers) as client:
        assert client.get("/api/v1/entries").status_code == 200
        (engine.home / "access.sqlite").unlink()
        for path in ("/api/v1/entries", "/", "/nothing"):
            got = client.get(path)
            assert (got.status_code, got.headers["retry-after"]) == (503, "2")
            assert str(tmp_path) not in got.text
            assert "access.sqlite" not in got.text
        assert client.get("/healthz").status_code == 200, "the process answers"


def test_while_a_change_of_people_waits_nobody_waits_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change waits for what is being recorded. Others are told so; they do not fill the service until it answers nobody."""
    monkeypatch.setattr(door, "PATIENCE_S", 0.05)
    engine = Engine.open(tmp_path / "home")
    headers = bearer(engine.home, Role.AUDITOR)
    app = create_app(engine)
    with TestClient(app, LOCAL, headers=headers) as client:
        assert client.get("/api/v1/entries").status_code == 200
        people = People(engine.home)
        people.add("vera", "kept", frozenset({Role.VIEWER}))
        with app.state.door._settling:  # another request is about to write it, and has to wait
            got = client.get("/api/v1/entries")
            assert (got.status_code, got.headers["retry-after"]) == (503, "2")
            assert "Ask again soon" in got.json()["detail"]
            assert client.get("/healthz").status_code == 200
        assert client.get("/api/v1/entries").status_code == 200
        people.close()
