"""Backup: what was acknowledged comes back whole from a copy, or the copy is refused by name."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import genealogy
from genealogy.backup import backup, restore
from genealogy.errors import InputError, LedgerDamagedError, LedgerError
from genealogy.ledger import Ledger
from genealogy.owner import Owner

ROOT = Path(genealogy.__file__).parent.parent


def plant(home: Path) -> list[Any]:
    with Ledger.create(home, actor="anna") as ledger:
        for number in range(4):
            content = b"L-%d,M-1\n" % number * 50
            lots = pa.table({"key": [f"L-{number}"], "op": pa.array([0], pa.int8())})
            details = {
                "files": [{"file": "lots.csv", "sha256": ledger.documents.put_bytes(content)}],
                "facts": {"lots": ledger.documents.put_table(lots)},
            }
            ledger.append("load", details)
        ledger.documents.put_bytes(b"of a load that was never recorded")
        return list(ledger.entries())


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    plant(tmp_path / "home")
    return tmp_path / "home"


def test_what_was_backed_up_comes_back(home: Path, tmp_path: Path) -> None:
    (home / "graph.lbug").write_bytes(b"the store, which can be rebuilt")
    made = backup(home, tmp_path / "backups" / "monday")
    with Ledger.open(home) as ledger:
        head, entries = ledger.head, list(ledger.entries())
        assert (made.ledger, made.sequence, made.hash, made.documents) == (ledger.id, head.sequence, head.hash, 8)
    files = snapshot(made.path)
    assert made.path == tmp_path / "backups" / "monday"
    assert made.bytes == sum(len(content) for content in files.values())
    assert sorted(path for path in files if "/" not in path) == ["SHA256SUMS", "ledger.sqlite"]
    shutil.rmtree(home)
    with Owner(home):
        assert restore(made.path, home) == head
    with Ledger.open(home) as ledger:
        assert list(ledger.entries()) == entries
        assert ledger.verify((made.sequence, made.hash)).ok
        assert [tables["lots"]["key"].to_pylist() for _, tables in ledger.facts()] == [[f"L-{n}"] for n in range(4)]
        assert ledger.append("hold", {}).sequence == head.sequence + 1
    assert snapshot(made.path) == files  # restoring changed nothing in it


def test_only_the_owner_may_read_it(home: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = backup(home, tmp_path / "backup")
        restore(made.path, tmp_path / "again")
    finally:
        os.umask(before)
    for folder in (made.path, tmp_path / "again"):
        for path in [folder, *folder.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_standard_tools_can_check_it(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "backup")
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=made.path, check=True, capture_output=True)


def test_a_target_that_holds_something_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert backup(home, tmp_path / "empty").sequence == 4
    (tmp_path / "file").write_text("notes")
    for target in (tmp_path / "empty", tmp_path / "file", home):
        before = snapshot(tmp_path)
        with pytest.raises(InputError, match="not an empty folder"):
            backup(home, target)
        assert snapshot(tmp_path) == before


def test_a_home_with_a_ledger_is_not_overwritten(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "backup")
    before = snapshot(home)
    with pytest.raises(LedgerError, match="holds a ledger already"):
        restore(made.path, home)
    (home / "ledger.sqlite").rename(home / "ledger.sqlite-journal")  # SQLite would play it back into the restored one
    with pytest.raises(LedgerError, match="holds a ledger already"):
        restore(made.path, home)
    (home / "ledger.sqlite-journal").rename(home / "ledger.sqlite")
    assert snapshot(home) == before


def test_what_is_no_backup_is_said_so(home: Path, tmp_path: Path) -> None:
    for source in (tmp_path / "absent", home):
        with pytest.raises(LedgerError, match="is no backup"):
            restore(source, tmp_path / "again")
    with pytest.raises(LedgerError, match="There is no ledger"):
        backup(tmp_path / "absent", tmp_path / "backup")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "backup").exists()


def test_one_flipped_bit_anywhere_is_refused(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "backup")
    dice = random.Random(5)
    files = [path for path in made.path.rglob("*") if path.is_file()]
    assert len(files) == 10
    for path in files:
        good = path.read_bytes()
        for _ in range(25):
            damaged = bytearray(good)
            damaged[dice.randrange(len(good))] ^= 1 << dice.randrange(8)
            path.write_bytes(damaged)
            with pytest.raises(LedgerDamagedError) as refused:
                restore(made.path, tmp_path / "again")
            if path.name != "SHA256SUMS":
                assert path.name in str(refused.value)
        path.write_bytes(good)
    assert not (tmp_path / "again").exists()
    restore(made.path, tmp_path / "again")


def test_a_missing_a_changed_or_an_added_file_is_named(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "backup")
    document = next((made.path / "documents").iterdir())
    content = document.read_bytes()
    document.unlink()
    with pytest.raises(LedgerDamagedError, match=f"documents/{document.name}' is missing"):
        restore(made.path, tmp_path / "again")
    document.write_bytes(content)
    (made.path / "notes.txt").write_text("added")
    with pytest.raises(LedgerDamagedError, match=r"'notes.txt' is not in its SHA256SUMS"):
        restore(made.path, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_backup_whose_sums_were_redone_is_still_checked_as_a_ledger(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "backup")
    document = next(path for path in (made.path / "documents").iterdir() if path.suffix == ".parquet")
    document.write_bytes(b"PAR1")
    names = [str(path.relative_to(made.path)) for path in made.path.rglob("*") if path.is_file()]
    sums = subprocess.run(
        ["sha256sum", *(name for name in names if name != "SHA256SUMS")], cwd=made.path, check=True, capture_output=True
    )
    (made.path / "SHA256SUMS").write_bytes(sums.stdout)
    with pytest.raises(LedgerDamagedError, match=f"the facts of lots: Document {document.stem}"):
        restore(made.path, tmp_path / "again")


def test_a_damaged_ledger_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    with Ledger.open(home) as ledger:
        sha = ledger.entry(3).details["facts"]["lots"]
    stored = home / "documents" / f"{sha}.parquet"
    good = stored.read_bytes()
    stored.write_bytes(good[:-1])
    with pytest.raises(LedgerDamagedError, match=f"Entry 3 .*Document {sha} .*{home}"):
        backup(home, tmp_path / "backup")
    stored.unlink()
    with pytest.raises(LedgerDamagedError, match=f"Document {sha} is missing"):
        backup(home, tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
    stored.write_bytes(good)
    assert backup(home, tmp_path / "backup").documents == 8


def test_an_interrupted_restore_can_be_repeated(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "backup")
    again = tmp_path / "again"
    restore(made.path, again)
    (again / "ledger.sqlite").unlink()  # it comes last: this is what an interruption leaves
    with pytest.raises(LedgerDamagedError, match="their ledger is gone"):
        Ledger.open_or_create(again)
    restore(made.path, again)
    with Ledger.open(again) as ledger:
        assert ledger.verify().ok


LOAD = """
import sys
from pathlib import Path
from genealogy.ledger import Ledger
from genealogy.owner import Owner
home = Path(sys.argv[1])
with Owner(home), Ledger.open(home) as ledger:
    for number in range(1_000_000):
        sha = ledger.documents.put_bytes(b"file %d" % number * 50)
        entry = ledger.append("load", {"files": [{"file": "lots.csv", "sha256": sha}], "note": "n" * 2_000})
        print(entry.sequence, flush=True)
"""


def test_a_backup_is_whole_while_another_process_loads(home: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for number in range(4):
                acknowledged = int(process.stdout.readline())
                made = backup(home, tmp_path / f"backup-{number}")
                assert made.sequence >= acknowledged
            assert process.poll() is None
        finally:
            process.kill()
    with Ledger.open(home) as ledger:
        for number in range(4):
            head = restore(tmp_path / f"backup-{number}", tmp_path / f"again-{number}")
            assert ledger.entry(head.sequence) == head


FULL = """
import sys
from pathlib import Path
from genealogy.backup import backup
from genealogy.errors import LedgerError
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    backup(Path(sys.argv[1]), Path(sys.argv[2]) / "backup")
except LedgerError as error:
    print(error)
"""


def test_a_full_disk_leaves_no_half_backup(home: Path, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    said = subprocess.run(
        [sys.executable, "-c", FULL, str(home), str(tmp_path / "target")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "free space" in said
    assert list((tmp_path / "target").iterdir()) == []
