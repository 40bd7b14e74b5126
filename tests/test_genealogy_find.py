"""What a person types, and the items that it names, on both roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from facts import facts
from test_genealogy_verify import tamper

from genealogy.errors import AmbiguousItemError, ItemNotFoundError

if TYPE_CHECKING:
    from genealogy.engine import Engine

Row = dict[str, str | None]


def lot(item: str, number: str, supplier_lot: str | None = None, supplier: str = "S", material: str = "M") -> Row:
    return {
        "item_id": item, "lot_number": number, "supplier_lot": supplier_lot, "supplier_id": supplier, "material_id": material,
    }  # fmt: skip


def load(engine: Engine, **tables: list[Row]) -> None:
    documents = {table: engine.ledger.documents.put_table(facts(table, rows)) for table, rows in tables.items()}
    engine.record("load", {"files": [], "facts": documents})


def test_a_receipt_that_the_graph_lacks_is_found_in_the_facts_and_makes_the_answer_incomplete(engine: Engine) -> None:
    load(
        engine,
        lots=[lot("R1", "1", "X"), lot("R2", "2", "X")],
        consumption=[{"step_id": "S", "item_id": "R2"}],
        production=[{"step_id": "S", "item_id": "F"}],
    )
    assert engine.find("X").items == ["R1", "R2"]
    tamper(engine, "MATCH (v:LotRecord {item_id: 'R2'}) DELETE v")
    assert engine.find("X").items == ["R1", "R2"]
    assert not engine.scope(engine.find("X").items).complete


def test_an_exact_id_comes_first_even_where_it_looks_like_a_prefix(engine: Engine) -> None:
    load(engine, lots=[lot("lot:7", "a"), lot("B", "7"), lot("7", "c")])
    assert engine.find("lot:7").items == ["lot:7"]
    found = engine.find("7")
    assert found.items == ["7"]
    assert "B (lot number)" in found.notes[0]


def test_all_takes_what_bears_the_text_as_a_number_beside_an_exact_id(engine: Engine) -> None:
    unit: Row = {"item_id": "U", "serial": "7", "material_id": "M"}
    load(
        engine,
        lots=[lot("7", "a"), lot("B", "7"), lot("C", "c", "7", supplier="T"), lot("lot:7", "d"), lot("D", "lot:7")],
        units=[unit],
        aliases=[{"system": "erp", "kind": "item", "code": "seven", "means": "7"}],
    )
    assert engine.find("7").items == ["7"]
    assert "--all" in engine.find("7").notes[0]
    found = engine.find("7", union=True)
    assert found.items == ["7", "B", "C", "U"]
    assert found.how == "by its id and lot number and serial and supplier's lot number"
    assert engine.find("seven", union=True).items == ["7"]
    assert engine.find("id:7", union=True).items == ["7"]
    assert engine.find("lot:7", union=True).items == ["B", "D", "lot:7"]
    assert engine.find("serial:7", union=True).items == ["U"]


def test_different_things_of_one_number_are_never_guessed(engine: Engine) -> None:
    load(engine, lots=[lot("A", "1", "X"), lot("B", "2", "X", supplier="T"), lot("C", "X")])
    with pytest.raises(AmbiguousItemError) as refused:
        engine.find("X")
    assert [c["id"] for c in refused.value.candidates] == ["A", "B", "C"]
    assert engine.find("X", union=True).items == ["A", "B", "C"]
    assert engine.find("supplier-lot:T/X").items == ["B"]


def test_a_number_that_was_corrected_is_found_as_of_when_it_stood(engine: Engine) -> None:
    load(engine, lots=[lot("A", "old")])
    load(engine, lots=[lot("A", "new")])
    assert engine.find("old", 1).items == ["A"]
    with pytest.raises(ItemNotFoundError):
        engine.find("old")
    assert engine.find("new").items == ["A"]
