"""What a service makes ready before anybody asks; and that nothing comes of it when it cannot."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from canaries import plant
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.ahead import Ahead
from api.app import create_app


def test_arrays_and_pages_are_there_before_the_first_question(tmp_path: Path) -> None:
    engine = plant(tmp_path)
    app = create_app(engine)
    with TestClient(app, LOCAL, headers=bearer(engine.home)) as client:
        Ahead(engine, app.state.console).wait()
        assert engine._state is not None
        assert engine._state.snapshot.sequence == engine.head
        assert set(app.state.console._templates.list_templates()) == {
            name for _, name in app.state.console._templates.cache
        }
        assert client.get("/scope?item=R-1", headers={"accept": "text/html"}).status_code == 200


def test_what_could_not_be_made_ready_is_written_to_the_log_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = plant(tmp_path)
    app = create_app(engine)
    engine.close()
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        Ahead(engine, app.state.console).wait()
    assert "could not be made ready" in caplog.text
    caplog.clear()
    over = Ahead(engine, app.state.console)
    over.close()  # the service ends while it is at work: nobody wants to know
    over.wait()
