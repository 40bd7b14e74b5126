"""A snapshot on disk is whole or built again; it is the same whenever the same facts are put in."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from facts import Facts, entry

from genealogy.reach import Reach
from genealogy.snapshot import Snapshot
from genealogy.snapshot.files import ARRAYS, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHAIN = [
    entry(
        consumption=[{"step_id": f"S{at}", "item_id": f"I{at}"}],
        production=[{"step_id": f"S{at}", "item_id": f"I{at + 1}"}],
    )
    for at in range(4)
]
PLANT = Facts.of(*CHAIN)
WHOLE = Reach(["I1", "I2", "I3", "I4"], [1, 2, 3, 4], [1, 1, 1, 1], [])


def kept(folder: Path) -> Path:
    """The one folder that holds the arrays."""
    (found,) = folder.iterdir()
    return found


def test_what_was_built_is_opened_again(tmp_path: Path) -> None:
    built = Snapshot.build(PLANT, tmp_path / "snapshot")
    opened = Snapshot.open(tmp_path / "snapshot", verify=True)
    assert opened is not None
    assert built.sequence == opened.sequence == 4
    assert built.reach(["I0"], "forward", 4) == opened.reach(["I0"], "forward", 4) == WHOLE


def test_nothing_is_opened_where_nothing_was_built(tmp_path: Path) -> None:
    assert Snapshot.open(tmp_path / "nowhere") is None
    Snapshot.build(PLANT, tmp_path / "snapshot", identity="ledger a")
    assert Snapshot.open(tmp_path / "snapshot", identity="ledger b") is None


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        Snapshot.build(PLANT, folder)
    first, second = ((kept(folder) / ARRAYS).read_bytes() for folder in folders)
    assert first == second


def test_an_empty_ledger_has_a_snapshot_too(tmp_path: Path) -> None:
    snapshot = Snapshot.refresh(Facts(), tmp_path / "snapshot")
    assert snapshot.reach(["I0"], "forward", 0) == Reach([], [], [], [])
    assert Snapshot.refresh(PLANT, tmp_path / "snapshot").reach(["I0"], "forward", 4) == WHOLE


def test_a_refresh_adds_what_is_missing_and_keeps_every_moment(tmp_path: Path) -> None:
    for count in range(1, 5):
        snapshot = Snapshot.refresh(Facts.of(*CHAIN[:count]), tmp_path / "snapshot")
        assert snapshot.sequence == count
        for as_of in range(1, count + 1):
            assert snapshot.reach(["I0"], "forward", as_of).ids == [f"I{at}" for at in range(1, as_of + 1)]
    assert kept(tmp_path / "snapshot").name.endswith("4")


def test_a_snapshot_that_is_open_outlives_the_next_one(tmp_path: Path) -> None:
    before = Snapshot.build(Facts.of(*CHAIN[:2]), tmp_path / "snapshot")
    Snapshot.refresh(PLANT, tmp_path / "snapshot")
    assert before.reach(["I0"], "forward", 2).ids == ["I1", "I2"]


def test_entries_without_facts_can_be_asked_for_once_the_head_is_known(tmp_path: Path) -> None:
    assert Snapshot.refresh(PLANT, tmp_path / "snapshot", head=9).reach(["I0"], "forward", 9) == WHOLE
    assert Snapshot.refresh(PLANT, tmp_path / "snapshot", head=12).reach(["I0"], "forward", 12) == WHOLE


def test_a_ledger_that_is_shorter_than_the_snapshot_is_another_one(tmp_path: Path) -> None:
    Snapshot.build(PLANT, tmp_path / "snapshot")
    shorter = Snapshot.refresh(Facts.of(*CHAIN[:1]), tmp_path / "snapshot", head=1)
    assert shorter.sequence == 1
    assert shorter.reach(["I0"], "forward", 1).ids == ["I1"]


def cut(folder: Path) -> None:
    with (folder / ARRAYS).open("r+b") as file:
        file.truncate(1_000)


def flip(folder: Path) -> None:
    content = bytearray((folder / ARRAYS).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / ARRAYS).write_bytes(content)


def flip_in_manifest(folder: Path) -> None:
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(text.replace('"sequence": 4', '"sequence": 3'), encoding="utf-8")


def of_another_format(folder: Path) -> None:
    found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    found["manifest"]["format"] = 0
    (folder / MANIFEST).write_text(json.dumps(found), encoding="utf-8")


def half_written(folder: Path) -> None:
    folder.rename(folder.with_name("partial-1-000000000004"))


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        flip,
        flip_in_manifest,
        of_another_format,
        half_written,
        lambda folder: (folder / ARRAYS).unlink(),
        lambda folder: (folder / MANIFEST).unlink(),
        lambda folder: (folder / MANIFEST).write_text("{}", encoding="utf-8"),
        lambda folder: (folder / MANIFEST).write_text("[", encoding="utf-8"),
        shutil.rmtree,
    ],
    ids=[
        "cut", "bit in the arrays", "bit in the manifest", "other format", "half written", "no arrays", "no manifest",
        "empty manifest", "torn manifest", "gone",
    ],
)  # fmt: skip
def test_a_damaged_folder_is_never_trusted_but_built_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    folder = tmp_path / "snapshot"
    Snapshot.build(PLANT, folder)
    damage(kept(folder))
    assert Snapshot.open(folder) is None
    assert Snapshot.refresh(PLANT, folder).reach(["I0"], "forward", 4) == WHOLE
    assert Snapshot.open(folder, verify=True) is not None
    assert kept(folder).name == "sequence-000000000004"


def test_damage_that_leaves_no_trace_is_found_when_every_byte_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    Snapshot.build(PLANT, folder)
    before = (kept(folder) / ARRAYS).stat()
    flip(kept(folder))
    os.utime(kept(folder) / ARRAYS, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Snapshot.open(folder, verify=True) is None


def test_a_copied_folder_is_as_good_as_the_first(tmp_path: Path) -> None:
    Snapshot.build(PLANT, tmp_path / "snapshot")
    shutil.copytree(tmp_path / "snapshot", tmp_path / "restored", copy_function=shutil.copyfile)
    restored = Snapshot.open(tmp_path / "restored")
    assert restored is not None
    assert restored.reach(["I0"], "forward", 4) == WHOLE
