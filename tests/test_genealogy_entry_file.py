"""The file of entries: crashes, damage, full disks and other writers lose nothing that was acknowledged, unnoticed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from entered import asked, hold, raw

import genealogy
from genealogy.errors import LedgerDamagedError, LedgerError
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


def plant(home: Path, entries: int = 12) -> list[Any]:
    with Ledger.create(home, actor="anna") as ledger:
        return hold(ledger, entries - 1)


@pytest.mark.parametrize("content", [b"item_id,material_id\nL-7,M1\n", b"", b"\0" * 9000])
def test_another_file_in_its_place_is_no_ledger(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / "ledger.sqlite").write_bytes(content)
    with pytest.raises(LedgerDamagedError, match="some other file"):
        Ledger.open(home)
    if content:
        for make in (Ledger.create, Ledger.open_or_create):
            with pytest.raises(LedgerDamagedError):
                make(home)
        assert (home / "ledger.sqlite").read_bytes() == content


def test_another_database_in_its_place_is_no_ledger(home: Path) -> None:
    home.mkdir()
    raw(home, "CREATE TABLE entries (id INTEGER)")
    for attempt in (Ledger.open, Ledger.open_or_create):
        with pytest.raises(LedgerDamagedError, match="some other file"):
            attempt(home)


def test_entries_cannot_be_changed_by_accident(home: Path) -> None:
    plant(home)
    for statement, why in (
        ("UPDATE entries SET entry = '{}' WHERE sequence = 3", "never changed"),
        ("DELETE FROM entries WHERE sequence = 3", "never deleted"),
        ("DELETE FROM entries", "never deleted"),
        ("INSERT OR REPLACE INTO entries VALUES (3, '{}', '')", "only follows"),
        ("INSERT INTO entries VALUES (77, '{}', '')", "only follows"),
    ):
        with pytest.raises(sqlite3.IntegrityError, match=why):
            raw(home, statement)
    with Ledger.open(home) as ledger:
        assert ledger.verify().ok


def test_every_flipped_bit_of_the_file_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    written = plant(home, 30)
    path = home / "ledger.sqlite"
    good = path.read_bytes()
    dice = random.Random(11)
    messages = []
    everywhere = [(byte, bit) for byte in range(100) for bit in (0, dice.randrange(1, 8))]
    everywhere += [(dice.randrange(len(good)), dice.randrange(8)) for _ in range(800)]
    for byte, bit in everywhere:
        damaged = bytearray(good)
        damaged[byte] ^= 1 << bit
        path.write_bytes(damaged)
        try:
            with Ledger.open(home) as ledger:
                assert list(ledger.entries()) == written
                ledger.verify().require()
        except LedgerDamagedError as error:
            messages.append(str(error))
    assert len(messages) > 400
    assert all("ledger.sqlite" in message and "restore" in message for message in messages)


def test_a_file_cut_short_is_noticed(home: Path) -> None:
    plant(home, 30)
    path = home / "ledger.sqlite"
    good = path.read_bytes()
    for length in (1, 99, 100, 4095, 4096, len(good) // 2, len(good) - 4096, len(good) - 1):
        path.write_bytes(good[:length])
        with pytest.raises(LedgerDamagedError), Ledger.open(home) as ledger:
            ledger.verify().require()


def test_appends_from_many_threads_make_one_chain(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: ledger.append("hold", {"number": number}), range(60)))
    assert sorted(entry.sequence for entry in made) == list(range(1, 61))
    assert {entry.hash for entry in ledger.entries(after=0)} == {entry.hash for entry in made}
    assert ledger.verify().ok


APPEND = """
import sys
from pathlib import Path
from genealogy.ledger import Ledger
with Ledger.open(Path(sys.argv[1])) as ledger:
    for number in range(int(sys.argv[2])):
        sha = ledger.documents.put_bytes(b"file %d" % number * 99)
        details = {"files": [{"file": "lots.csv", "sha256": sha}], "note": "n" * (number % 40 * 300)}
        entry = ledger.append("load", details)
        print(entry.sequence, entry.hash, flush=True)
"""


def appending(home: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", APPEND, str(home), str(count)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def acknowledged(output: str) -> dict[int, str]:
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return {int(sequence): digest for sequence, digest in lines}


def test_nothing_acknowledged_is_lost_by_a_kill(home: Path) -> None:
    Ledger.create(home).close()
    dice = random.Random(3)
    known: dict[int, str] = {}
    for _ in range(10):
        process = appending(home, 1_000_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.12))
        process.send_signal(signal.SIGKILL)
        known |= acknowledged(first + process.communicate()[0])
        with Ledger.open(home) as ledger:
            assert ledger.verify().ok
            present = {entry.sequence: entry.hash for entry in ledger.entries()}
        assert known.items() <= present.items()
    assert len(known) >= 10


def test_two_processes_that_append_make_one_chain(home: Path) -> None:
    Ledger.create(home).close()
    processes = [appending(home, 40) for _ in range(2)]
    made = [acknowledged(process.communicate()[0]) for process in processes]
    assert sorted([*made[0], *made[1]]) == list(range(1, 81))
    with Ledger.open(home) as ledger:
        assert ledger.verify().ok


BEGIN = """
import os, signal, sys
from pathlib import Path
from genealogy import entry_file
from genealogy.ledger import Ledger
def die(self, text, entry):
    self._connection.execute("PRAGMA cache_size = 0")
    self._connection.execute("INSERT INTO entries VALUES (0, ?, '')", ("x" * 1_000_000,))
    os.kill(os.getpid(), signal.SIGKILL)
entry_file.EntryFile.add = die
Ledger.create(Path(sys.argv[1]))
"""


def test_a_beginning_cut_off_by_a_kill_can_be_repeated(home: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", BEGIN, str(home)], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    with Ledger.open_or_create(home) as ledger:
        assert ledger.head.sequence == 0
        assert ledger.verify().ok


FULL = """
import sys
from pathlib import Path
from genealogy.errors import LedgerError
from genealogy.ledger import Ledger
with Ledger.create(Path(sys.argv[1]) / "home") as ledger:
    if sys.argv[2] == "limit":
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        while True:
            last = ledger.append("hold", {"reason": "r" * 9_000})
    except LedgerError as error:
        print(error)
    assert ledger.head == last
    assert ledger.verify().ok
with Ledger.open(Path(sys.argv[1]) / "home") as ledger:
    assert ledger.head == last
"""


@pytest.mark.parametrize("kind", ["limit", "disk"])
def test_a_full_disk_refuses_the_entry_and_keeps_the_others(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), kind]
    if kind == "disk":
        mount = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=300k none "$0" && exec "$@"', str(tmp_path)]
        if not shutil.which("unshare") or subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
            pytest.skip("this user may not mount a small disk; the file size limit is tested instead")
        command = mount + command
    said = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "ledger.sqlite could not be" in said
    assert "free space" in said if kind == "limit" else "the disk is full" in said


def test_a_busy_ledger_is_waited_for_and_then_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genealogy.entry_file._BUSY_SECONDS", 0.1)
    with Ledger.create(home) as ledger:
        other = sqlite3.connect(home / "ledger.sqlite", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="another process has been writing"):
            ledger.append("hold", {})
        other.execute("ROLLBACK")
        other.close()
        assert ledger.append("hold", {}).sequence == 1


def test_the_text_in_the_file_is_plain_json(home: Path) -> None:
    written = plant(home)
    (text,) = asked(home, "SELECT entry FROM entries WHERE sequence = 2")
    assert json.loads(text)["details"] == written[2].details
