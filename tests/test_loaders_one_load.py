"""One load: all of it or nothing, whichever of its files is at fault and whenever that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genealogy.engine import Engine
from genealogy.errors import FileRefusedError
from loaders import load

if TYPE_CHECKING:
    from pathlib import Path

LOTS = "item_id,material_id,lot_number\nL1,M,1\n"
UNITS = "item_id,lot_id,serial\nU1,L1,1\n"


def folder(place: Path, **tables: str) -> Path:
    place.mkdir()
    for name, text in tables.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    return place


@pytest.mark.parametrize("bad", ["lots", "units"])
def test_nothing_is_left_of_a_refused_load(tmp_path: Path, bad: str) -> None:
    tables = {"lots": LOTS, "units": UNITS} | {bad: "serial,note\n1,x\n"}
    with Engine.open(tmp_path / "home") as engine:
        with pytest.raises(FileRefusedError, match=f"{bad}.csv"):
            load(engine, [folder(tmp_path / "plant", **tables)])
        assert engine.head == 0
        assert engine.ledger.documents.names() == []


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    plant = folder(tmp_path / "plant", lots=LOTS, units=UNITS)
    with Engine.open(tmp_path / "home") as engine:
        report = load(engine, [plant], dry_run=True)
        assert [file["accepted"] for file in report["files"]] == [1, 1]
        assert engine.ledger.documents.names() == []
        assert [file["accepted"] for file in load(engine, [plant])["files"]] == [1, 1]
        assert len(engine.ledger.documents.names()) == 4


def test_facts_too_many_for_memory_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = folder(tmp_path / "plant", lots=LOTS, units=UNITS)
    digests = []
    for number, spent in enumerate((1 << 28, 0)):
        monkeypatch.setattr("loaders.one_load._AT_HAND_BYTES", spent)
        with Engine.open(tmp_path / f"home-{number}") as engine:
            load(engine, [plant])
            digests.append((engine.content_digest(), engine.history_digest()))
            assert engine.verify().problem is None
    assert digests[0] == digests[1]
