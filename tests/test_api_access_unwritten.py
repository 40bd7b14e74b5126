"""Where the file of people cannot be written (a full disk), what is said is a page in words, and the log says why."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer, new_person

from api.access.guard import VISIT
from api.access.rules import Role
from api.access.sessions import form_token
from api.app import create_app
from genealogy.engine import Engine

PASSWORD = "correct horse battery staple"


def test_signing_in_says_that_nothing_can_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine.open(tmp_path / "home")
    new_person(engine.home, "jane", PASSWORD, Role.COORDINATOR)
    app = create_app(engine)
    with TestClient(app, LOCAL, cookies={VISIT: "visit"}, follow_redirects=False) as client:
        told = {"name": "jane", "password": PASSWORD, "next": "/", "form": form_token("visit")}
        app.state.door.settle()
        app.state.door.people._file.execute("PRAGMA query_only = ON")
        with caplog.at_level(logging.ERROR, "uvicorn.error"):
            got = client.post("/sign-in", data=told)
        assert got.status_code == 503
        assert got.headers["content-type"].startswith("text/html")
        assert "the service cannot write its files" in got.text
        assert "readonly database" in caplog.text
        app.state.door.people._file.execute("PRAGMA query_only = OFF")
        assert client.post("/sign-in", data=told).status_code == 303


def test_what_is_hidden_from_who_asked_stands_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine.open(tmp_path / "home")
    app = create_app(engine)
    headers = bearer(engine.home, Role.ADMINISTRATOR)
    with TestClient(app, LOCAL, headers=headers) as client:
        app.state.door.settle()
        app.state.door.people._file.execute("PRAGMA query_only = ON")
        with caplog.at_level(logging.ERROR, "uvicorn.error"):
            got = client.post("/api/v1/people", json={"name": "new", "roles": ["viewer"]})
        assert got.status_code == 500
        assert got.json()["detail"].startswith("The service could not answer; its log says more.")
        assert "readonly database" in caplog.text
