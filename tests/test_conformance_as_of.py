"""An answer as of an entry never changes: not by later loads, not by a rebuild, not on the other store."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from agreement import DIRECTIONS
from conftest import Home
from oracle import ZONE, Load, Oracle
from plants import merged, random_plant, without_columns, write_plant

from genealogy.canonical import canonical
from loaders import load as load_files

if TYPE_CHECKING:
    from neo4j_server import Connection

    from genealogy.engine import Engine

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 12))]

Said = dict[tuple[str, str, int], tuple[bytes, str]]


def plant(seed: int) -> tuple[list[Load], list[str]]:
    """Five plants told in three loads with corrections, and some of their items."""
    rng = random.Random(seed)
    loads: list[Load] = []
    while len(loads) < 3:
        loads = without_columns(rng, merged([random_plant(rng, 9, f"{name}:") for name in "abcde"]))
    items = sorted({item for load in (1, 2, 3) for item in Oracle(loads).known(load).items})
    return loads, rng.sample(items, 6)


def answers(engine: Engine, items: list[str], as_of: int) -> Said:
    """The canonical bytes and the digest of traces and scopes."""
    said: Said = {}
    for item in items:
        for direction in DIRECTIONS:
            answer = engine.trace([item], direction, as_of)
            said[item, direction, as_of] = canonical(answer.answer), answer.digest
        answer = engine.scope([item], as_of)
        said[item, "scope", as_of] = canonical(answer.answer), answer.digest
    answer = engine.scope(items, as_of)
    said["all", "scope", as_of] = canonical(answer.answer), answer.digest
    return said


def told(home: Home, folders: list[Path], items: list[str]) -> Said:
    """What is answered as of each load just after it; an answer names the files, so homes must load the same ones."""
    engine = home.open()
    said: Said = {}
    for folder in folders:
        said |= answers(engine, items, load_files(engine, [folder], zone=ZONE)["sequence"])
    return said


def written(loads: list[Load], folder: Path) -> list[Path]:
    """The files of each load."""
    return [write_plant(folder / f"load-{number}", load) for number, load in enumerate(loads)]


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_as_of_an_entry_are_the_same_ever_after(home: Home, tmp_path: Path, seed: int) -> None:
    loads, items = plant(seed)
    said = told(home, written(loads, tmp_path / "files"), items)
    (engine,) = home.engines

    def again() -> Said:
        return {
            k: v
            for moment in sorted({as_of for _, _, as_of in said})
            for k, v in answers(engine, items, moment).items()
        }

    assert again() == said, "after all loads"
    content, history = engine.content_digest(), engine.history_digest()
    engine.rebuild()
    assert (engine.content_digest(), engine.history_digest()) == (content, history), "after a rebuild"
    assert again() == said, "after a rebuild"
    assert engine.verify().ok
    engine = home.open()
    assert again() == said, "after opening again"


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
@pytest.mark.parametrize("seed", SEEDS)
def test_both_stores_say_the_same_bytes(tmp_path: Path, neo4j_database: Connection, seed: int) -> None:
    loads, items = plant(seed)
    embedded = Home(tmp_path / "embedded")
    server = Home(
        tmp_path / "server",
        neo4j_database.uri,
        {"username": neo4j_database.username, "password": neo4j_database.password},
    )
    try:
        folders = written(loads, tmp_path / "files")
        assert told(embedded, folders, items) == told(server, folders, items)
        (one,), (other,) = embedded.engines, server.engines
        assert one.content_digest() == other.content_digest()
        assert one.history_digest() == other.history_digest()
    finally:
        embedded.close()
        server.close()


def test_as_of_before_the_first_load_there_is_nothing(home: Home) -> None:
    loads, items = plant(0)
    engine = home.open()
    home.load(engine, loads[0])
    for direction in DIRECTIONS:
        answer = engine.trace(items, direction, 0).answer
        assert (answer["items"], answer["complete"], answer["as_of"]) == ([], True, 0)
