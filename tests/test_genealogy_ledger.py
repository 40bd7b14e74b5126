"""Ledger: what was recorded can be asked for, in order, as of any moment, with its facts."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from entered import LOTS, STEPS, load, plant

import genealogy
from genealogy import ledger as ledger_module
from genealogy.errors import InputError, LedgerDamagedError, LedgerError
from genealogy.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(genealogy.__file__).parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    with Ledger.create(home, actor="anna") as made:
        yield made


def test_it_begins_with_an_entry_that_says_what_it_is(home: Path) -> None:
    with Ledger.create(home, demo=True, actor="anna") as ledger:
        first = ledger.head
        assert (first.sequence, first.action, first.actor, first.previous) == (0, "created", "anna", "0" * 64)
        assert first.details == {"ledger": ledger.id, "format": 1, "demo": True}
        assert re.fullmatch(r"[0-9a-f]{32}", ledger.id)
        assert ledger.is_demo
    with Ledger.open(home) as again:
        assert (again.id, again.is_demo, again.head) == (first.details["ledger"], True, first)
    with Ledger.open_or_create(home, demo=False) as again:
        assert again.head == first


def test_open_or_create_begins_one_where_there_is_none(home: Path) -> None:
    with Ledger.open_or_create(home, actor="anna") as ledger:
        assert ledger.head.sequence == 0
        assert not ledger.is_demo


def test_an_entry_cannot_name_a_document_that_is_not_there(ledger: Ledger) -> None:
    absent = hashlib.sha256(b"absent").hexdigest()
    for details in (
        {"files": [{"file": "lots.csv", "sha256": absent}]},
        {"facts": {"lots": absent}},
        {"quarantine_document": absent},
    ):
        with pytest.raises(LedgerError, match=f"names document {absent}"):
            ledger.append("load", details)
    assert ledger.head.sequence == 0


def test_the_actor_is_named_or_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENEALOGY_ACTOR", "night shift")
    with Ledger.create(home) as ledger:
        assert ledger.head.actor == "night shift"
        assert ledger.append("hold", {}, actor="bert").actor == "bert"
    monkeypatch.delenv("GENEALOGY_ACTOR")
    monkeypatch.setenv("LOGNAME", "carla")
    with Ledger.open(home) as ledger:
        assert ledger.append("hold", {}).actor == "carla"
    with Ledger.open(home, actor="dora") as ledger:
        assert ledger.append("hold", {}).actor == "dora"


def test_entries_can_be_read_in_parts(home: Path) -> None:
    written = plant(home, 230)
    with Ledger.open(home) as ledger:
        assert [entry.sequence for entry in ledger.entries()] == list(range(230))
        assert list(ledger.entries(after=2, upto=5)) == written[3:6]
        assert list(ledger.entries(after=227, upto=9999)) == written[228:]
        assert list(ledger.entries(after=229)) == []
        assert list(ledger.entries(after=9999)) == []
        assert ledger.entry(205) == written[205]
        for absent in (-1, 230):
            with pytest.raises(InputError, match="holds entries 0 to 229"):
                ledger.entry(absent)


def test_reading_goes_on_while_entries_are_appended(ledger: Ledger) -> None:
    ledger.append("hold", {})
    seen = []
    for entry in ledger.entries():
        seen.append(entry.sequence)
        ledger.append("hold", {"while reading": entry.sequence})
    assert seen == [0, 1]
    assert ledger.head.sequence == 3


def test_at_finds_the_last_entry_recorded_by_then(ledger: Ledger) -> None:
    for number in range(9):
        ledger.append("hold", {"number": number})
        time.sleep(0.002)
    times = [datetime.fromisoformat(entry.time) for entry in ledger.entries()]
    for sequence, moment in enumerate(times):
        assert ledger.at(moment) == sequence
        assert ledger.at(moment.astimezone(timezone(timedelta(hours=5, minutes=30)))) == sequence
        if sequence:
            assert ledger.at(moment - timedelta(microseconds=1)) == sequence - 1
    assert ledger.at(datetime.max.replace(tzinfo=UTC)) == 9
    for moment in (times[0] - timedelta(microseconds=1), datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))):
        with pytest.raises(InputError, match="the ledger began at"):
            ledger.at(moment)
    with pytest.raises(InputError, match="no zone"):
        ledger.at(datetime(2026, 5, 1))


def test_a_clock_set_back_does_not_turn_time_round(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ledger.append("hold", {"number": 1})
    monkeypatch.setattr(ledger_module, "_now", lambda: "2001-01-01T00:00:00.000000Z")
    after = ledger.append("hold", {"number": 2})
    assert after.time == before.time
    assert after.details == {"number": 2}
    assert ledger.verify().ok
    assert ledger.at(datetime.fromisoformat(before.time)) == after.sequence


def test_facts_come_entry_by_entry(ledger: Ledger) -> None:
    assert load(ledger, lots=LOTS) == 1
    ledger.append("hold", {"item": "L-7"})
    ledger.append("load", {"files": [], "facts": {}})
    assert load(ledger, lots=LOTS.slice(1), steps=STEPS) == 4
    found = list(ledger.facts())
    assert [sequence for sequence, _ in found] == [1, 4]
    assert found[0][1]["lots"].equals(LOTS)
    assert set(found[1][1]) == {"lots", "steps"}
    assert [sequence for sequence, _ in ledger.facts(after=1)] == [4]
    assert [sequence for sequence, _ in ledger.facts(upto=3)] == [1]
    first = next(ledger.facts())
    assert first[0] == 1


def test_home_and_file_are_for_the_owner_only(home: Path) -> None:
    before = os.umask(0)
    try:
        Ledger.create(home).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "ledger.sqlite").stat().st_mode) == 0o600


def test_what_stands_in_the_way_is_said(home: Path, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="There is no ledger"):
        Ledger.open(home)
    Ledger.create(home).close()
    with pytest.raises(LedgerError, match="exists already"):
        Ledger.create(home)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LedgerError, match="The folder"):
        Ledger.create(tmp_path / "file")
    with Ledger.open(home) as ledger:
        pass
    with pytest.raises(LedgerError, match="Open it again"):
        ledger.append("hold", {})


def test_a_later_format_is_not_guessed_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "FORMAT", 2)
    Ledger.create(home).close()
    monkeypatch.undo()
    with pytest.raises(LedgerError, match="has format 2"):
        Ledger.open(home)


def test_a_lost_ledger_is_not_silently_begun_anew(home: Path) -> None:
    plant(home)
    for loss in ((home / "ledger.sqlite").unlink, lambda: (home / "ledger.sqlite").write_bytes(b"")):
        loss()
        for make in (Ledger.create, Ledger.open_or_create):
            with pytest.raises(LedgerDamagedError, match="their ledger is gone"):
                make(home)


def test_opening_loads_nothing_heavy(home: Path) -> None:
    plant(home)
    script = (
        "import sys, pathlib\nfrom genealogy.ledger import Ledger\n"
        "Ledger.open(pathlib.Path(sys.argv[1])).append('hold', {})\n"
        "print([name for name in ('pyarrow', 'pandas', 'numpy') if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "[]\n"
