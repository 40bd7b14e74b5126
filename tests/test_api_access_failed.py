"""Failed sign-ins come into the ledger: all of an hour as one entry, however many there were."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli import PLANT, run_here, write
from console_server import served
from people import bearer, new_person

from api.access.failed import _KEPT as KEPT
from api.access.failed import ACTION, MOST, Failed

PASSWORD = "correct horse battery staple"


class Ledger:
    """What was recorded, in order."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any], str]] = []
        self.full = False

    def record(self, action: str, details: Mapping[str, Any], actor: str) -> None:
        if self.full:
            raise OSError("no space left")
        self.entries.append((action, details, actor))


def test_an_hour_is_one_entry_of_bounded_size() -> None:
    ledger = Ledger()
    failed = Failed(ledger.record)
    for number in range(1_000):
        failed.count(f"person-{number % 50}" if number % 2 else None, f"10.0.{number % 250}.1", waited=number > 900)
    assert ledger.entries == []
    failed.tell()
    ((action, details, _),) = ledger.entries
    assert action == ACTION
    assert (details["failed"], details["not_looked_at"], details["unknown_names"]) == (1_000, 99, 500)
    assert len(details["person"]) == MOST + 1
    assert len(details["came_from"]) == MOST + 1
    failed.tell()
    failed.close()
    assert len(ledger.entries) == 1


def test_while_nothing_can_be_recorded_no_more_is_held_and_one_timer_waits() -> None:
    ledger = Ledger()
    ledger.full = True

    def record(action: str, details: Mapping[str, Any], actor: str) -> None:
        for number in range(KEPT + 500):  # they go on while it is recorded
            failed.count(None, f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}.{len(before)}")
        ledger.record(action, details, actor)

    before: list[int] = []
    failed = Failed(record)
    failed.count("ada", "10.9.8.7")
    timers = threading.active_count()
    for _ in range(3):
        before.append(1)
        failed.tell()
    assert threading.active_count() == timers, "one timer waits"
    assert len(failed._networks) == KEPT
    ledger.full = False
    failed.close()
    details = ledger.entries[0][1]
    assert details["failed"] == 1 + 3 * (KEPT + 500)
    assert details["came_from"][-1] == f"+{KEPT - MOST} or more"


def test_a_name_that_nobody_has_is_not_written_down() -> None:
    ledger = Ledger()
    failed = Failed(ledger.record)
    failed.count(None, "10.0.0.1")
    failed.close()
    assert ledger.entries[0][1]["person"] == []
    assert ledger.entries[0][1]["unknown_names"] == 1


def test_the_entry_comes_by_itself() -> None:
    told = threading.Event()
    failed = Failed(lambda *_: told.set(), window_s=0.01)
    failed.count("ada", "10.0.0.1")
    assert told.wait(30)


def test_what_cannot_be_recorded_is_told_later() -> None:
    ledger = Ledger()
    failed = Failed(ledger.record)
    ledger.full = True
    failed.count("ada", "10.0.0.1")
    failed.tell()
    failed.count("ada", "10.0.0.1")
    ledger.full = False
    failed.close()
    assert [entry[1]["person"] for entry in ledger.entries] == [["ada: 2"]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert run_here(tmp_path / "home", "load", write(tmp_path / "plant", PLANT)).code == 0
    new_person(tmp_path / "home", "ada", PASSWORD, "auditor")
    return tmp_path / "home"


def test_an_auditor_sees_them_after_the_service_ended(home: Path) -> None:
    auditor = bearer(home, "auditor")
    with served(home, key=False) as address, httpx.Client(base_url=address) as client:
        for name in ("ada", "ADA", "secret typed in the wrong field"):
            page = client.get("/sign-in").text
            form = page.partition('name="form" value="')[2].partition('"')[0]
            assert client.post("/sign-in", data={"form": form, "name": name, "password": "wrong"}).status_code == 401
    with served(home, key=False) as address, httpx.Client(base_url=address, headers=auditor) as client:
        page, entries = client.get("/ledger").text, client.get("/api/v1/entries").text
    assert "sign-ins failed" in page
    assert "ada: 2" in page
    assert "127.0.0.1: 3" in page
    assert "ada: 2" in entries
    assert "wrong field" not in page + entries
