"""Whatever is changed in the graph behind the engine's back is found, named, and mended by a rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from facts import facts

if TYPE_CHECKING:
    from conftest import Home

    from genealogy.engine import Engine

TAMPERING = {
    "a link taken away": "MATCH (:Item {id: 'A'})-[r:CONSUMED_BY]->(:Step) DELETE r",
    "a tier bettered": "MATCH (:Step {id: 'S'})-[r:PRODUCED]->(:Item) SET r.tier = 0",
    "a quantity changed": "MATCH (v:LotRecord {item_id: 'A'}) SET v.quantity = '99'",
    "a record ended": "MATCH (v:LotRecord {item_id: 'A'}) SET v.known_until = 1",
    "a record taken away": "MATCH (v:LotRecord {item_id: 'A'}) DELETE v",
    "a link added": (
        "MATCH (a:Item) WHERE a.id = 'B' MATCH (s:Step) WHERE s.id = 'S' "
        "CREATE (a)-[:CONSUMED_BY {tier: 1, known_from: 1, known_until: 4611686018427387904, fact: 7}]->(s)"
    ),
    "an item taken away": "MATCH (i:Item {id: 'lonely'}) DELETE i",
}


def plant(engine: Engine) -> None:
    rows: dict[str, list[dict[str, str | None]]] = {
        "lots": [
            {"item_id": "A", "material_id": "M", "lot_number": "a", "quantity": "1", "unit": "kg"},
            {"item_id": "lonely", "material_id": "M", "lot_number": "b"},
        ],
        "consumption": [{"step_id": "S", "item_id": "A"}],
        "production": [{"step_id": "S", "item_id": "B"}],
    }
    documents = {table: engine.ledger.documents.put_table(facts(table, given)) for table, given in rows.items()}
    engine.record("load", {"files": [], "facts": documents})


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_mended(home: Home, what: str) -> None:
    engine = home.open()
    plant(engine)
    content, history = engine.content_digest(), engine.history_digest()
    assert engine.verify().problem is None
    tamper(engine, TAMPERING[what])
    problem = engine.verify().problem
    assert problem is not None
    assert "rebuild" in problem
    engine.rebuild()
    assert engine.verify().problem is None
    assert (engine.content_digest(), engine.history_digest()) == (content, history)


def tamper(engine: Engine, text: str) -> None:
    run = getattr(engine.store, "_run", None) or engine.store._rows  # type: ignore[attr-defined]
    run(text)


OLDER = {
    "ladybug": ["MATCH (m:Manifest) SET m.form = 1", "ALTER TABLE Manifest DROP form"],
    "neo4j": ["MATCH (m:Manifest) SET m.form = 1", "MATCH (m:Manifest) REMOVE m.form"],
}


def test_a_graph_of_another_form_is_made_again(home: Home, store: str) -> None:
    """As another version of the program left it: what it holds is not read as if it meant the same."""
    engine = home.open()
    plant(engine)
    content, history = engine.content_digest(), engine.history_digest()
    for older in OLDER[store]:
        tamper(engine, "MATCH (:Item {id: 'A'})-[r:CONSUMED_BY]->(:Step) DELETE r")
        tamper(engine, older)
        engine = home.open()
        assert engine.verify().problem is None
        assert (engine.content_digest(), engine.history_digest()) == (content, history)
