"""What changes something can be sent again under its key, also after a restart; a key stands for one request."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from cli import PLANT
from console_server import Served, served
from fastapi import Request, Response

from api.jobs.kept import Kept
from api.protocol.idempotency import Once
from genealogy.errors import BusyError

V1 = "/api/v1"
LOTS = PLANT["lots"].encode()


def client(address: Served) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=60, headers=address.headers)


def send(asking: httpx.Client, key: str, content: bytes = LOTS, **fields: str) -> httpx.Response:
    # A form gets another boundary each time: what counts is what it holds.
    return asking.post(
        f"{V1}/loads", files=[("files", ("lots.csv", content))], data=fields, headers={"idempotency-key": key}
    )


def test_the_same_key_gets_the_same_answer_and_loads_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with served(home) as address, client(address) as asking:
        first = send(asking, "k-1")
        assert first.status_code == 202
        assert "idempotency-replayed" not in first.headers
        again = send(asking, "k-1")
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotency-replayed"] == "true"
        other = send(asking, "k-1", LOTS + b"RM-9,RM,N9,,,1,kg\n")
        assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
        assert send(asking, "k-1", dry_run="true").status_code == 422
        assert send(asking, "k-2").json()["id"] != first.json()["id"]
        for key in ("", "x" * 201):
            assert send(asking, key).status_code == 422
        refused = send(asking, "k-3", zone="Nowhere/Land")
        assert refused.status_code == 422
        assert send(asking, "k-3").status_code == 202
        asking.get(f"{first.json()['events']}")
        head = asking.get("/readyz").json()["sequence"]
        assert len(list((home / "uploads").iterdir())) <= 2
    with (
        served(home, key=False) as address,
        httpx.Client(base_url=address, timeout=60, headers=asking.headers) as later,
    ):
        replayed = send(later, "k-1")
        assert (replayed.status_code, replayed.content) == (202, first.content)
        assert later.get(replayed.headers["location"]).json()["state"] == "done"
        assert later.get("/readyz").json()["sequence"] == head
        assert send(later, "k-1", b"item_id\n").status_code == 422


def test_a_key_that_is_being_answered_is_not_begun_twice(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert kept.claim("k", "one") is None
    assert kept.claim("k", "one") == ("one", None)
    kept.answer("k", None)
    assert kept.claim("k", "two") is None
    kept.answer("k", {"status": 200})
    kept.forget_unanswered()
    assert kept.claim("k", "two") == ("two", '{"status": 200}')


def test_what_was_done_is_answered_though_it_cannot_be_noted(tmp_path: Path) -> None:
    kept, made = Kept(tmp_path), list[str]()
    once = Once(kept)
    asked = Request(
        {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": [(b"idempotency-key", b"k")]}
    )

    def make() -> Response:
        made.append("done")
        kept.close()  # as on a disk that is full by now
        return Response("done", 202)

    assert once.answered(asked, "me", "digest", make).status_code == 202
    with pytest.raises(BusyError, match="nothing was done"):
        once.answered(asked, "me", "digest", make)
    assert made == ["done"]


@pytest.mark.parametrize("left", [b"not sqlite at all", b""])
def test_the_file_may_be_lost(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "requests.sqlite").write_bytes(left)
    assert Kept(tmp_path).jobs() == []
