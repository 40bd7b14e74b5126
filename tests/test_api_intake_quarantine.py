"""Rows that wait, corrected where they are shown: whatever bytes they hold, by several people, on a page with many columns."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine

V1 = "/api/v1"
HEAD = b"item_id,material_id,lot_number,quantity,unit\n"
FIELD = re.compile(r'<input id="c-[^"]*" name="([^"]*)" value="([^"]*)"')
AREA = re.compile(r'<textarea id="c-[^"]*" name="([^"]*)"[^>]*>\n([^<]*)</textarea>')


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine.open(tmp_path / "home")


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    headers = bearer(engine.home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers, follow_redirects=False) as client:
        yield client


def load(client: TestClient, content: bytes) -> dict[str, Any]:
    return ended(client, client.post(f"{V1}/loads", files=[("files", ("lots.csv", content))]).headers["location"])


def ended(client: TestClient, location: str) -> dict[str, Any]:
    path = location.replace("/loads/jobs/", f"{V1}/jobs/")
    client.get(f"{path}/events")
    found: dict[str, Any] = client.get(path).json()
    return found


def rows(client: TestClient) -> dict[str, dict[str, Any]]:
    got = client.get(f"{V1}/quarantine")
    assert got.status_code == 200, got.text
    return {row["cells"]["item_id"]: row for row in got.json()["rows"]}


def as_a_browser_sends(page: str) -> dict[str, str]:
    """The fields of the page, with the line ends that a browser makes of those in a text."""
    found = {html.unescape(name): html.unescape(value) for name, value in FIELD.findall(page)}
    for name, value in AREA.findall(page):
        found[html.unescape(name)] = re.sub("\r\n|\r|\n", "\r\n", html.unescape(value))
    return found


def stored(engine: Engine, item: str) -> dict[str, Any] | None:
    lots = engine.history.in_force("lots")
    found = [row for row in (lots.to_pylist() if lots is not None else []) if row["item_id"] == item]
    return found[0] if found else None


def test_bytes_that_are_no_text_are_shown_and_stay(client: TestClient, engine: Engine) -> None:
    job = load(client, HEAD + b"E\xff1,M,N\xfe,many,kg\nGOOD,M,N,many,kg\n")
    assert job["result"]["quarantined"] == 2
    found = rows(client)
    assert set(found) == {"E\\xff1", "GOOD"}
    assert client.get("/quarantine").status_code == 200
    bad = found["E\\xff1"]
    sent = {**bad["cells"], "quantity": "1"}  # the others come back as they were shown
    done = client.post(f"{V1}/quarantine", json={"corrections": {bad["quarantine_id"]: sent}})
    assert ended(client, done.headers["location"])["result"]["quarantined"] == 1
    again = rows(client)["E\\xff1"]
    assert again["rule"] == "invalid_utf8"
    cells = {"item_id": "E-1", "lot_number": "N"}
    done = client.post(f"{V1}/quarantine", json={"corrections": {again["quarantine_id"]: cells}})
    assert ended(client, done.headers["location"])["result"]["files"][0]["accepted"] == 1
    lot = stored(engine, "E-1")
    assert lot is not None
    assert (lot["quantity"], lot["lot_number"]) == ("1", "N")
    assert stored(engine, "E\\xff1") is None


def test_of_two_who_correct_one_row_the_second_is_told(client: TestClient, engine: Engine) -> None:
    load(client, HEAD + b"C,M,N,many,kg\n")
    name = rows(client)["C"]["quarantine_id"]
    bodies = [{"corrections": {name: {"quantity": quantity}}} for quantity in ("1", "2")]
    # Both are begun before either is done: something else is being loaded.
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with engine.loading:
            held.set()
            go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    begun = [client.post(f"{V1}/quarantine", json=body) for body in bodies]
    go.set()
    holder.join()
    assert [got.status_code for got in begun] == [202, 202]
    first, second = (ended(client, got.headers["location"]) for got in begun)
    assert (first["state"], first["result"]["files"][0]["accepted"]) == ("done", 1)
    assert (second["state"], second["problem"]["status"]) == ("failed", 409)
    assert "does not wait for a correction (any more)" in second["problem"]["detail"]
    lot = stored(engine, "C")
    assert lot is not None
    assert lot["quantity"] == "1"


def test_files_that_were_checked_are_loaded_once(client: TestClient, engine: Engine) -> None:
    sent = client.post(f"{V1}/loads", files=[("files", ("lots.csv", HEAD + b"D,M,N,1,kg\n"))], data={"dry_run": "true"})
    upload = ended(client, sent.headers["location"])["result"]["upload"]
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with engine.loading:
            held.set()
            go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    begun = [client.post(f"{V1}/loads/waiting/{upload}") for _ in range(2)]
    go.set()
    holder.join()
    first, second = (ended(client, got.headers["location"]) for got in begun)
    assert first["result"]["recorded"]
    assert second["problem"]["status"] == 404
    assert "they were loaded" in second["problem"]["detail"]


def test_a_page_changes_only_what_somebody_changed(client: TestClient, engine: Engine) -> None:
    """A browser sends every field back, with other line ends: that is no correction of the row beside it."""
    load(client, HEAD + b'ONE,M,"a\rb",many,kg\nTWO,M,"a\nb",many,kg\nTHREE,M,N,many,kg\n')
    fields = as_a_browser_sends(client.get("/quarantine").text)
    assert len(fields) == 15
    third = rows(client)["THREE"]["quarantine_id"]
    fields[f"cell:{third}:quantity"] = "3"
    job = ended(client, client.post("/quarantine", data={**fields, "load": "1"}).headers["location"])
    assert [file["read"] for file in job["result"]["files"]] == [1]
    assert set(rows(client)) == {"ONE", "TWO"}
    # Whoever takes the line end away has changed something.
    second = rows(client)["TWO"]["quarantine_id"]
    fields = as_a_browser_sends(client.get("/quarantine").text)
    fields |= {f"cell:{second}:lot_number": "ab", f"cell:{second}:quantity": "2"}
    ended(client, client.post("/quarantine", data={**fields, "load": "1"}).headers["location"])
    lot = stored(engine, "TWO")
    assert lot is not None
    assert (lot["lot_number"], lot["quantity"]) == ("ab", "2")


def test_a_page_of_rows_with_many_columns_is_taken(client: TestClient, engine: Engine) -> None:
    more = b"".join(b",x%d" % n for n in range(120))
    lines = b"".join(b"W%d,M,N,many,kg" % n + b",v" * 120 + b"\n" for n in range(25))
    load(client, HEAD[:-1] + more + b"\n" + lines)
    fields = as_a_browser_sends(client.get("/quarantine").text)
    assert len(fields) == 25 * 125
    fields[f"cell:{rows(client)['W3']['quarantine_id']}:quantity"] = "7"
    sent = client.post("/quarantine", data={**fields, "load": "1"})
    assert sent.status_code == 303, sent.text
    assert ended(client, sent.headers["location"])["result"]["files"][0]["accepted"] == 1
    assert stored(engine, "W3") is not None
