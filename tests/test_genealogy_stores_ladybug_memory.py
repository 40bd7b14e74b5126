"""Memory of the embedded store: what copies keep of it comes back, and a change that ended in its midst is made good."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from facts import facts

from genealogy.engine import Engine
from genealogy.errors import StoreError, StoreUnavailableError
from genealogy.home import STORE_FILE
from genealogy.stores import ladybug as ladybug_store
from genealogy.stores import ladybug_file
from genealogy.stores.ladybug import LadybugStore
from queries import records
from queries.shape import NODES

if TYPE_CHECKING:
    from pathlib import Path

COPIED = 2_500
"""Links of a change that goes in by COPY."""


def used_lot(engine: Engine, name: str) -> None:
    """One load: a step that takes one item and makes many."""
    put = engine.ledger.documents.put_table
    made = [{"step_id": f"{name}-step", "item_id": f"{name}-{number}"} for number in range(COPIED)]
    documents = {
        "consumption": put(facts("consumption", [{"step_id": f"{name}-step", "item_id": "resin"}])),
        "production": put(facts("production", made)),
    }
    engine.record("load", {"files": [], "facts": documents})


def test_loads_one_after_another_do_not_use_up_the_memory(tmp_path: Path) -> None:
    """Ladybug keeps some of its buffer pool for every COPY; a server that loads all day must not end without."""
    with Engine.open(tmp_path / "home") as engine:
        engine.store.close()
        engine.store = LadybugStore(engine.home / STORE_FILE, buffer_bytes=1 << 27)
        engine.store.prepare(engine.ledger.id)
        for number in range(60):
            used_lot(engine, f"load {number}")
        assert len(engine.trace(["resin"], "forward").answer["items"]) == 60 * COPIED
        assert engine.verify().problem is None


@pytest.mark.parametrize("copied", [0, 1, 2, 3])
def test_a_change_that_ended_in_its_midst_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: int
) -> None:
    """The same program goes on after the error: what is there in part must not come in twice."""
    copy_rows, left = LadybugStore._copy_rows, [copied]

    def ending(store: LadybugStore, name: str, frame: Any) -> None:
        if not left[0]:
            raise StoreError("no memory")
        left[0] -= 1
        copy_rows(store, name, frame)

    with Engine.open(tmp_path / "home") as engine:
        used_lot(engine, "before")
        monkeypatch.setattr(LadybugStore, "_copy_rows", ending)
        with pytest.raises(StoreError, match="no memory"):
            used_lot(engine, "ended")
        monkeypatch.setattr(LadybugStore, "_copy_rows", copy_rows)
        assert engine.behind
        used_lot(engine, "after")
        assert engine.verify().problem is None
        assert len(engine.trace(["resin"], "forward").answer["items"]) == 3 * COPIED


def test_a_file_that_did_not_open_again_is_opened_by_who_needs_it_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stood in the way (memory, another program) may be gone by then; nobody is sent to rebuild a whole file."""
    open_file = ladybug_file.open_file

    def refusing(path: Path, buffer_bytes: int) -> Any:
        raise RuntimeError("Buffer manager exception: Mmap for size 1099511627776 failed.")

    with Engine.open(tmp_path / "home") as engine:
        used_lot(engine, "before")
        monkeypatch.setattr(ladybug_file, "open_file", refusing)
        monkeypatch.setattr(ladybug_store, "_MEMORY_IN_USE", 0)
        with pytest.raises(StoreError, match="The file is not at fault"):
            used_lot(engine, "refused")
        with pytest.raises(StoreError, match="The file is not at fault"):
            engine.store.nodes(NODES[0])
        assert engine.behind
        monkeypatch.setattr(ladybug_file, "open_file", open_file)
        assert engine.store.nodes(NODES[0]) is not None
        used_lot(engine, "after")
        assert not engine.behind
        assert len(engine.trace(["resin"], "forward").answer["items"]) == 3 * COPIED
        assert engine.verify().problem is None


def test_who_waits_while_the_file_is_closed_and_does_not_open_is_sent_to_no_rebuild(
    tmp_path: Path,
) -> None:
    with Engine.open(tmp_path / "home") as engine, ThreadPoolExecutor(1) as beside:
        used_lot(engine, "before")
        store = engine.store
        assert isinstance(store, LadybugStore)
        with store._gate.alone():
            waiting = beside.submit(store.read, records.ITEM_EXISTS, ids=["resin"])
            while not waiting.running():
                time.sleep(0.01)
            time.sleep(0.2)  # by then it stands at the gate
            store._away = True
            store.close()
        with pytest.raises(StoreUnavailableError, match="Ask again"):
            waiting.result()
        assert store.read(records.ITEM_EXISTS, ids=["resin"])["id"] == ["resin"], "the next one opens it"
