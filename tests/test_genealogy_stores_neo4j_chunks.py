"""A large entry goes into Neo4j by many sessions at once, and on where it stopped."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from conftest import MakeHome
from plants import random_plant

from genealogy.errors import StoreError
from genealogy.stores import neo4j_chunks

if TYPE_CHECKING:
    import neo4j

    from genealogy.stores.neo4j_chunks import Chunk

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]


@pytest.mark.parametrize("store", ["neo4j"])
@pytest.mark.parametrize("seed", range(1))
def test_an_interrupted_entry_goes_on(make_home: MakeHome, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    loads = random_plant(rng, 14, "")[:2]
    whole = make_home()
    engine = whole.open()
    for load in loads:
        whole.load(engine, load)
    digests = engine.content_digest(), engine.history_digest()

    monkeypatch.setattr(neo4j_chunks, "BATCH", 7)
    write = neo4j_chunks.write_one
    left = 0

    def until_none_is_left(tx: neo4j.ManagedTransaction, chunk: Chunk, number: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise StoreError("the line is cut")
        write(tx, chunk, number)

    monkeypatch.setattr(neo4j_chunks, "write_one", until_none_is_left)
    home = make_home()
    engine = home.open()
    cut = 0
    for load in loads:
        left = rng.randint(0, 5)
        try:
            home.load(engine, load)
        except StoreError:
            cut, left = cut + 1, rng.randint(1, 9)
            with suppress(StoreError):  # each opening goes on a little
                engine = home.open()
            left = 1_000_000
            engine = home.open()
    left = 1_000_000
    assert cut, "no load was interrupted"
    assert (engine.content_digest(), engine.history_digest()) == digests
    assert engine.verify().problem is None
    rows = engine.store._rows("MATCH (m:Manifest) RETURN m.name")  # type: ignore[attr-defined]
    assert rows == [["manifest"]]
    engine.rebuild()
    assert (engine.content_digest(), engine.history_digest()) == digests
