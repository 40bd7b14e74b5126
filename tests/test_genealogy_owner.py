"""Owner: one process at a time has a home, and whoever is refused learns who has it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import genealogy
from genealogy.errors import StoreError, StoreOwnedError
from genealogy.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(genealogy.__file__).parent.parent

HOLD = """
import sys
from pathlib import Path
from genealogy.errors import StoreOwnedError
from genealogy.owner import Owner
try:
    with Owner(Path(sys.argv[1])):
        print("owner", flush=True)
        sys.stdin.readline()
except StoreOwnedError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""

FORK = """
import os, sys, time
from pathlib import Path
from genealogy.owner import Owner
owner = Owner(Path(sys.argv[1]))
owner.acquire()
if os.fork() == 0:
    assert not owner.held
    owner.release()
    print("child", os.getpid(), flush=True)
    time.sleep(60)
sys.stdin.readline()
"""


@contextmanager
def child(script: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said_by(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_lock_file_says_who_and_since_when(tmp_path: Path) -> None:
    home = tmp_path / "plant" / "home"
    with Owner(home) as owner:
        assert owner.held
        said = json.loads((home / "owner.lock").read_text())
        assert said["pid"] == os.getpid()
        assert said["since"].endswith("Z")
        assert "python" in said["command"]
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "owner.lock").stat().st_mode) == 0o600
    assert not owner.held
    assert (home / "owner.lock").read_text() == ""


def test_a_second_process_is_refused_and_learns_who_has_it(tmp_path: Path) -> None:
    with child(HOLD, tmp_path) as first:
        assert said_by(first) == "owner"
        since = json.loads((tmp_path / "owner.lock").read_text())["since"]
        with pytest.raises(StoreOwnedError) as refused:
            Owner(tmp_path).acquire()
        assert refused.value.exit_code == 4
        for part in (str(tmp_path), str(first.pid), since, "try again"):
            assert part in str(refused.value)
        first.communicate("\n")
        with Owner(tmp_path), child(HOLD, tmp_path) as second:
            assert f"process {os.getpid()} since" in said_by(second)
            assert second.wait() == 4


def test_of_many_processes_at_once_one_wins(tmp_path: Path) -> None:
    with child(HOLD, tmp_path) as a, child(HOLD, tmp_path) as b, child(HOLD, tmp_path) as c:
        said = [said_by(process) for process in (a, b, c)]
    assert said.count("owner") == 1


def test_a_second_owner_in_the_same_process_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home")
    with Owner(tmp_path / "home") as owner:
        for home in (tmp_path / "home", tmp_path / "link"):
            with pytest.raises(StoreOwnedError, match="this very process"):
                Owner(home).acquire()
        with pytest.raises(StoreOwnedError, match="this very process"):
            owner.acquire()
        with Owner(tmp_path / "other"):
            pass
    with Owner(tmp_path / "home"):
        pass


def test_of_many_threads_at_once_one_wins(tmp_path: Path) -> None:
    owners = [Owner(tmp_path) for _ in range(16)]

    def attempt(owner: Owner) -> bool:
        try:
            owner.acquire()
        except StoreOwnedError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, owners)) == 1
    for owner in owners:
        owner.release()  # nothing happens where it is not held
    with Owner(tmp_path):
        pass


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    for _ in range(3):
        with child(HOLD, tmp_path) as process:
            assert said_by(process) == "owner"
            process.kill()
            process.wait()
            with Owner(tmp_path):
                assert json.loads((tmp_path / "owner.lock").read_text())["pid"] == os.getpid()


def test_a_forked_child_neither_owns_nor_keeps_the_home(tmp_path: Path) -> None:
    with child(FORK, tmp_path) as parent:
        _, pid = said_by(parent).split()
        try:
            with pytest.raises(StoreOwnedError, match=str(parent.pid)):  # the child's release changed nothing
                Owner(tmp_path).acquire()
            parent.kill()
            parent.wait()
            with Owner(tmp_path):  # though the child lives on
                os.kill(int(pid), 0)
        finally:
            os.kill(int(pid), signal.SIGKILL)


def test_a_program_started_by_the_owner_does_not_keep_the_home(tmp_path: Path) -> None:
    with Owner(tmp_path):
        program = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with Owner(tmp_path):
            assert program.poll() is None
    finally:
        program.kill()
        program.wait()


def test_a_home_that_cannot_be_one_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "owner.lock").mkdir()
    with pytest.raises(StoreError, match="cannot be taken"):
        Owner(tmp_path).acquire()
