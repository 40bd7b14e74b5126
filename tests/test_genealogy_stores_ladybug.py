"""The traps of the embedded store that were measured, each as it behaves in the pinned release, and our way around it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from facts import facts

from genealogy.engine import Engine
from genealogy.errors import ForeignStoreError, StoreError
from genealogy.home import STORE_FILE
from genealogy.stores.ladybug import HOP_LIMIT, DamagedStoreError, LadybugStore

if TYPE_CHECKING:
    from pathlib import Path


def chain(engine: Engine, length: int, prefix: str = "I") -> None:
    """One load: a chain of items, each consumed into the next."""
    consumption = [{"step_id": f"{prefix}S{n}", "item_id": f"{prefix}{n}"} for n in range(length)]
    production = [{"step_id": f"{prefix}S{n}", "item_id": f"{prefix}{n + 1}"} for n in range(length)]
    put = engine.ledger.documents.put_table
    documents = {
        "consumption": put(facts("consumption", consumption)),
        "production": put(facts("production", production)),
    }
    engine.record("load", {"files": [], "facts": documents})


def test_a_pattern_without_a_limit_stops_at_thirty_links(tmp_path: Path) -> None:
    """Why every connection of ours sets its limit and reads it back."""
    import ladybug

    with Engine.open(tmp_path / "home") as engine:
        chain(engine, 40)
        naked = ladybug.Connection(engine.store._database)  # type: ignore[attr-defined]
        pattern = "MATCH (a:Item {id: 'I0'})-[e:CONSUMED_BY|PRODUCED* SHORTEST]->(b:Item) RETURN count(b)"
        assert naked.execute(pattern).get_next() == [15]
        naked.execute(f"CALL var_length_extend_max_depth={HOP_LIMIT}")
        assert naked.execute(pattern).get_next() == [40]
        naked.close()
        assert len(engine.trace(["I0"], "forward").answer["items"]) == 40


def test_writes_check_their_counts(tmp_path: Path) -> None:
    """A link whose end is missing is made by nobody and reported by nobody but us."""
    with Engine.open(tmp_path / "home") as engine:
        chain(engine, 3)
        store = engine.store
        assert isinstance(store, LadybugStore)
        from queries import write
        from queries.shape import CONSUMED_BY

        row = dict.fromkeys(("source", "target", *(p.name for p in CONSUMED_BY.properties)))
        row |= {"source": "I0", "target": "nowhere", "tier": 1, "known_from": 9, "known_until": 9, "fact": 1}
        with pytest.raises(StoreError, match="1 rows were to be written, 0 were"):
            store._write(write.create_links(CONSUMED_BY, "ladybug"), [row])


def test_a_damaged_store_is_set_aside_and_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Engine.open(home) as engine:
        chain(engine, 50)
        before, digest = engine.scope(["I0"]).digest, engine.content_digest()
    path = home / STORE_FILE
    path.write_bytes(b"this is no database" * 500)
    with pytest.raises(DamagedStoreError):
        LadybugStore(path)
    said: list[str] = []
    with Engine.open(home, progress=said.append) as engine:
        assert engine.scope(["I0"]).digest == before
        assert engine.content_digest() == digest
    assert any("set aside" in line for line in said)
    assert [p.name for p in (home / "set-aside").rglob("*") if p.is_file()] == [STORE_FILE]


def test_a_store_left_in_the_midst_of_a_large_load_is_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Engine.open(home) as engine:
        chain(engine, 10)
        store = engine.store
        assert isinstance(store, LadybugStore)
        from genealogy.stores.contract import ANEW, Manifest

        chain(engine, 2000, "J")
        digest = engine.content_digest()
        # As a kill between two COPYs leaves it: the mark is there, a part of the links is gone.
        store._note(Manifest(engine.ledger.id, 1, 2, ANEW, 1))
        store._run("MATCH (:Item)-[r:CONSUMED_BY]->(:Step) WHERE r.known_from = 2 DELETE r")
    said: list[str] = []
    with Engine.open(home, progress=said.append) as engine:
        assert engine.verify().problem is None
        assert engine.content_digest() == digest
    assert any("not applied whole" in line for line in said)


def test_a_database_with_something_else_is_refused(tmp_path: Path) -> None:
    import ladybug

    home = tmp_path / "home"
    home.mkdir()
    database = ladybug.Database(str(home / STORE_FILE), buffer_pool_size=1 << 26)
    connection = ladybug.Connection(database)
    connection.execute("CREATE NODE TABLE Customer(name STRING, PRIMARY KEY(name))")
    connection.close()
    database.close()
    with pytest.raises(ForeignStoreError, match="Customer"):
        Engine.open(home)
    with LadybugAgain(home / STORE_FILE) as names:
        assert names == {"Customer"}


class LadybugAgain:
    """The names of the tables in a database file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> set[str]:
        import ladybug

        self.database = ladybug.Database(str(self.path), buffer_pool_size=1 << 26)
        self.connection = ladybug.Connection(self.database)
        return {row[1] for row in self.connection.execute("CALL show_tables() RETURN *").get_all()}

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.database.close()


def _load_for_ever(home: Path, ready: object) -> None:
    engine = Engine.open(home)
    ready.set()  # type: ignore[attr-defined]
    for number in range(1000):
        chain(engine, 400, f"K{number}-")


def test_a_kill_in_the_midst_of_copying_loses_nothing(tmp_path: Path) -> None:
    """Changes above the single-statement size go in by COPY under a mark."""
    context = multiprocessing.get_context("spawn")
    for pause in (0.05, 0.2, 0.45):
        home = tmp_path / f"home-{pause}"
        ready = context.Event()
        child = context.Process(target=_load_for_ever, args=(home, ready))
        child.start()
        assert ready.wait(60)
        time.sleep(pause)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        with Engine.open(home) as engine:
            assert engine.verify().problem is None
