"""A damaged store ends no process of ours: it is tried out beside, set aside, and made again; other faults leave it be."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from facts import facts

from genealogy.engine import Engine
from genealogy.errors import StoreError
from genealogy.home import STORE_FILE
from genealogy.stores import ladybug_file
from genealogy.stores.ladybug import DamagedStoreError, LadybugStore

PAGE = 4096
BUFFER = 1 << 28


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a chain of items, closed."""
    home = tmp_path_factory.mktemp("file") / "home"
    with Engine.open(home) as engine:
        consumption = [{"step_id": f"S{n}", "item_id": f"I{n}"} for n in range(60)]
        production = [{"step_id": f"S{n}", "item_id": f"I{n + 1}"} for n in range(60)]
        put = engine.ledger.documents.put_table
        documents = {
            name: put(facts(name, rows)) for name, rows in (("consumption", consumption), ("production", production))
        }
        engine.record("load", {"files": [], "facts": documents})
    return home


def copy(home: Path, to: Path) -> Path:
    """A copy that cannot be told from the original, so that nothing is in doubt."""
    subprocess.run(["cp", "-a", home, to], check=True)
    return to / STORE_FILE


def test_what_was_closed_in_order_is_not_in_doubt(sound: Path, tmp_path: Path) -> None:
    path = copy(sound, tmp_path / "home")
    assert ladybug_file.left_in_order(path)
    store = LadybugStore(path)
    assert not ladybug_file.left_in_order(path), "whatever ends this process now leaves it in doubt"
    store.close()
    assert ladybug_file.left_in_order(path)
    os.utime(path)
    assert not ladybug_file.left_in_order(path), "somebody touched it"
    assert ladybug_file.left_in_order(tmp_path / "none"), "a new one"


@pytest.mark.parametrize("seed", range(6))
def test_damage_of_any_kind_mends_itself_or_is_found(sound: Path, tmp_path: Path, seed: int) -> None:
    """What came of 336 damaged files: errors of five kinds, two dead processes (near the end of the file), other content."""
    path = copy(sound, tmp_path / "home")
    rng = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(3):
        place = rng.randrange(len(content) * (3 if seed % 2 else 0) // 4, len(content)) // PAGE * PAGE
        content[place : place + PAGE] = rng.choice((bytes(PAGE), b"\xff" * PAGE, rng.randbytes(PAGE)))
    path.write_bytes(content)
    with Engine.open(path.parent) as engine:
        problem = engine.verify().problem
        assert problem is None or "genealogy rebuild" in problem
    if problem:
        with Engine.open(path.parent, anew=True) as engine:
            assert engine.verify().problem is None


def test_a_trial_that_ends_by_a_signal_says_so(sound: Path, tmp_path: Path) -> None:
    path = copy(sound, tmp_path / "home")
    assert ladybug_file.try_out(path, BUFFER) is None
    said: list[str | None] = []
    trial = threading.Thread(target=lambda: said.append(ladybug_file.try_out(path, BUFFER)))
    trial.start()
    while trial.is_alive():
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):  # it is dead already
                if str(path) in child.cmdline():
                    child.kill()
    trial.join()
    assert said == ["reading it ended the process with SIGKILL"]
    path.write_bytes(path.read_bytes()[: 3 * PAGE])
    assert "RuntimeError" in str(ladybug_file.try_out(path, BUFFER))


def test_many_stores_open_in_one_process(tmp_path: Path) -> None:
    """Each would take 8 TB of the process's address space, of which there are 128."""
    stores = [LadybugStore(tmp_path / f"{number}", buffer_bytes=1 << 26) for number in range(20)]
    for store in stores:
        store.close()


def test_a_large_file_gets_more_memory_and_half_of_the_machine_at_most(tmp_path: Path) -> None:
    path, gigabyte = tmp_path / STORE_FILE, 1 << 30
    assert ladybug_file.buffer_for(path) == gigabyte
    for size in (gigabyte // 4, gigabyte, 1000 * gigabyte):
        with path.open("wb") as file:
            file.truncate(size)  # it takes no room on the disk
        half = ladybug_file.memory_bytes() // 2
        assert ladybug_file.buffer_for(path) == max(gigabyte, min(3 * size, half))
    assert gigabyte // 4 < ladybug_file.memory_bytes() <= psutil.virtual_memory().total


LITTLE_SPACE = """
import resource, sys
from pathlib import Path
from genealogy.errors import StoreError
from genealogy.home import open_store
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
try:
    open_store(Path(sys.argv[1]), "")
except StoreError as error:
    print(type(error).__name__, error)
"""


def test_too_little_memory_is_not_taken_for_damage(sound: Path, tmp_path: Path) -> None:
    path = copy(sound, tmp_path / "home")
    words = [sys.executable, "-c", LITTLE_SPACE, str(path.parent), str(ladybug_file.LARGEST)]
    for _ in range(2):  # untouched, and then in doubt
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        assert said.startswith("StoreError ")
        assert "not at fault" in said
        os.utime(path)
    assert not (path.parent / "set-aside").exists()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DamagedStoreError):
        LadybugStore(path)


def test_a_question_that_fails_says_how_to_mend_it(sound: Path, tmp_path: Path) -> None:
    store = LadybugStore(copy(sound, tmp_path / "home"))
    with pytest.raises(StoreError, match="genealogy rebuild"):
        store._run("MATCH (n:Nothing) RETURN n")
    store.close()


def test_a_new_graph_needs_room_on_the_disk(tmp_path: Path) -> None:
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, kept[1]))
    try:
        with pytest.raises(StoreError, match="disk is full"):
            LadybugStore(tmp_path / STORE_FILE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert not (tmp_path / STORE_FILE).exists()
