"""The log of a service says that something was asked, from where, and how it went; not what, and nothing that opens a door."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
from console_server import served
from people import new_person

from api.access.log import WithoutQuestion

PASSWORD = "correct horse battery staple"


def line(path: str) -> str:
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 1, '%s - "%s %s HTTP/%s" %d', ("127.0.0.1:1", "GET", path, "1.1", 200), None
    )
    assert WithoutQuestion().filter(record)
    return record.getMessage()


def test_what_was_asked_is_left_out() -> None:
    assert line("/api/v1/scope?supplier=ACME") == '127.0.0.1:1 - "GET /api/v1/scope HTTP/1.1" 200'
    assert line("/api/v1/items/supplier-lot:ACME/7?all=true") == '127.0.0.1:1 - "GET /api/v1/items/.. HTTP/1.1" 200'
    assert line("/items/U-1") == '127.0.0.1:1 - "GET /items/.. HTTP/1.1" 200'
    assert line("/") == '127.0.0.1:1 - "GET / HTTP/1.1" 200'
    other = logging.LogRecord("uvicorn.error", logging.INFO, "", 1, "%s?%s", ("a", "b"), None)
    assert WithoutQuestion().filter(other)
    assert other.getMessage() == "a?b"


def test_a_service_writes_no_question_no_password_and_no_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    new_person(home, "jane", PASSWORD, "viewer")
    with served(home) as address, httpx.Client(base_url=address, headers=address.headers) as client:
        client.get("/api/v1/scope", params={"supplier": "KANARI-SUP"})
        client.get("/api/v1/items/KANARI-LOT")
        client.post("/sign-in", data={"name": "jane", "password": PASSWORD})
        client.get("/sign-in", params={"next": "/items/KANARI-LOT"})
    log = (tmp_path / "home-serve.log").read_text()
    assert '"GET /api/v1/scope HTTP/1.1"' in log
    for word in ("KANARI", PASSWORD, "correct+horse", address.headers["authorization"].removeprefix("Bearer ")):
        assert word not in log
