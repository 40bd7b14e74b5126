"""Every question runs on every store with its declared parameters, and returns the columns that it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from facts import facts

from queries import CATALOGUE, DIALECTS, OPEN
from queries.ddl import statements
from queries.plant import TABLES
from queries.shape import LINKS, NODES, RECORDS

if TYPE_CHECKING:
    from genealogy.engine import Engine

VALUES: dict[str, Any] = {
    "start": "R", "as_of": 1, "tier": 2, "keys": ["R\x1f0", "U\x1f0"], "ids": ["R", "L", "C", "S", "U", "serialisation\x1fL"],
    "id": "L", "text": "r", "step": "S", "codes": ["P", "E"], "document": "D", "versions": [], "operator": "O", "parameter": "p",
    "first": -(2**62), "last": 2**62,
}  # fmt: skip


@pytest.fixture
def plant(engine: Engine) -> Engine:
    rows: dict[str, list[dict[str, str | None]]] = {
        "materials": [{"material_id": "M", "name": "resin", "stage": "supplied", "base_unit": "KGM"}],
        "lots": [
            {"item_id": "R", "material_id": "M", "lot_number": "r", "supplier_lot": "x", "supplier_id": "P"},
            {"item_id": "L", "material_id": "M", "lot_number": "l"},
        ],
        "units": [{"item_id": "U", "lot_id": "L", "serial": "r"}],
        "steps": [
            {"step_id": "S", "operation": "mix", "grain": "order", "document_id": "D", "operator": "O", "site": "P"},
            {"step_id": "T", "operation": "use"},
        ],
        "equipment": [{"equipment_id": "E", "name": "mixer", "calibrated_until": "2026-01-01[Z]"}],
        "equipment_use": [{"step_id": "S", "equipment_id": "E"}],
        "readings": [{"step_id": "S", "parameter": "p", "value": "1", "at": "2026-01-01[Z]"}],
        "consumption": [{"step_id": "S", "item_id": "R"}, {"step_id": "T", "item_id": "L"}],
        "production": [
            {"step_id": "S", "item_id": "L", "quantity": "2", "unit": "KGM"}, {"step_id": "T", "item_id": "R"},
        ],
        "shipments": [{"shipment_id": "1", "item_id": "C", "consignee_id": "P", "shipped_at": "2026-01-01T00:00:00Z"}],
        "packing": [{"item_id": "L", "container_id": "C"}, {"item_id": "C", "container_id": "D"}],
        "stock": [
            {"item_id": "L", "place_id": "P", "quantity": "1", "unit": "KGM", "status": "held", "counted_at": "2026-01-01[Z]"},
        ],
        "moves": [{"item_id": "L", "to_place": "P", "at": "2026-01-01[Z]"}],
        "dispositions": [{"item_id": "L", "kind": "scrapped", "quantity": "1", "unit": "KGM", "at": "2026-01-01[Z]"}],
        "parties": [{"party_id": "P", "name": "Hospital", "role": "customer"}],
        "aliases": [{"system": "erp", "kind": "item", "code": "rr", "means": "R"}],
        "conversions": [{"material_id": "M", "from_unit": "XBX", "to_unit": "KGM", "factor": "12"}],
    }  # fmt: skip
    documents = {table: engine.ledger.documents.put_table(facts(table, given)) for table, given in rows.items()}
    engine.record("load", {"files": [], "facts": documents})
    return engine


def test_every_question_answers_in_its_declared_columns(plant: Engine) -> None:
    for query in CATALOGUE.values():
        found = plant.store.read(query, **{name: VALUES[name] for name in query.params})
        assert tuple(found) == query.columns, query.name
        lengths = {len(column) for column in found.values()}
        assert len(lengths) == 1, query.name
        assert lengths != {0}, f"{query.name} found nothing where the plant has something for it"


def test_an_empty_answer_has_the_same_columns(engine: Engine) -> None:
    for query in CATALOGUE.values():
        given = {name: [] if isinstance(VALUES[name], list) else VALUES[name] for name in query.params}
        found = engine.store.read(query, **given)
        assert found == {name: [] for name in query.columns}, query.name


def test_texts_take_values_only_as_parameters() -> None:
    for query in CATALOGUE.values():
        for dialect in DIALECTS:
            text = query.text(dialect)
            assert all(f"${name}" in text for name in query.params), query.name
            assert "'" not in text, query.name


def test_an_override_says_why() -> None:
    assert [query.name for query in CATALOGUE.values() if query.overrides and not query.why] == []


def test_the_shape_describes_everything() -> None:
    for label in NODES:
        assert label.description
        assert label.key.description
        assert all(p.description and p.type in ("STRING", "INT64") for p in label.properties), label.name
    for link in LINKS:
        assert link.description
        assert all(p.description for p in link.properties), link.name


def test_each_table_is_a_record_or_a_link() -> None:
    assert set(TABLES) == {*RECORDS, "consumption", "production"}
    for table, label in RECORDS.items():
        names = {p.name.removesuffix("_") for p in label.properties}
        assert {column.name for column in TABLES[table].facts} <= names


def test_ddl_is_repeatable(engine: Engine) -> None:
    for _ in range(2):
        engine.store.prepare(engine.ledger.id)
    assert len(statements("ladybug")) == len(NODES) + len(LINKS)


def test_open_is_above_every_entry() -> None:
    assert OPEN > 2**53
