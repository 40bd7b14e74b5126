"""Confidential values are found in sentences as whole words, and a count is not taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from plants import write_plant

import loaders
from api.access.rules import Field
from api.access.secrets import Secrets
from genealogy.engine import Engine

PLANT = {
    "parties": [
        {"party_id": "12", "name": "Acme & Sons, Ltd.", "role": "supplier", "address": "", "email": ""},
        {"party_id": "(S-9)", "name": "九号供应商", "role": "customer|supplier", "address": "", "email": ""},
        {
            "party_id": "C-1",
            "name": "Clinic",
            "role": "customer",
            "address": "1 Road, Town",
            "email": "a.b@example.org",
        },
    ],
    "lots": [
        {"item_id": "R-1", "material_id": "M", "lot_number": "OURS-7", "supplier_id": "12", "supplier_lot": "RX-2291"},
        {
            "item_id": "R-2",
            "material_id": "M",
            "lot_number": "RX-7",
            "supplier_id": "UNDESCRIBED",
            "supplier_lot": "RX-7",
        },
    ],
    "steps": [{"step_id": "S", "operation": "mix", "operator": "Ann Bo"}],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("secrets")
    engine = Engine.open(folder / "home")
    loaders.load(engine, [write_plant(folder / "plant", PLANT)])
    return engine


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from Acme & Sons, Ltd., their lot RX-2291", "from #., their lot #"),
        ("RX-22910, XRX-2291 and RX-2291-A", "RX-22910, XRX-2291 and #-A"),
        ("supplier 12 sent 12 lots, 1,112 units", "supplier # sent 12 lots, 1,112 units"),
        ("by (S-9) and 九号供应商", "by (#) and #"),
        ("supplier UNDESCRIBED", "supplier #"),
        ("our own RX-7 and OURS-7 stay", "our own RX-7 and OURS-7 stay"),
        ("Ann Bo of C-1, 1 Road, Town <a.b@example.org>", "# of C-1, # <#>"),
        ("RX-2291", "#"),
        ("", ""),
        ("...", "..."),
    ],
)
def test_values_are_hidden_in_sentences(engine: Engine, text: str, said: str) -> None:
    assert Secrets(engine.ledger).hide(text, frozenset(Field), "#") == said


def test_only_what_is_hidden_is_hidden(engine: Engine) -> None:
    text = "Ann Bo took RX-2291"
    assert Secrets(engine.ledger).hide(text, {Field.PERSONAL}, "#") == "# took RX-2291"
    assert Secrets(engine.ledger).hide(text, (), "#") == text


def test_later_entries_count_too(engine: Engine, tmp_path: Path) -> None:
    secrets = Secrets(engine.ledger)
    assert not secrets.is_supplier("NEW-1")
    loaders.load(
        engine, [write_plant(tmp_path / "more", {"parties": [{"party_id": "NEW-1", "name": "N", "role": "supplier"}]})]
    )
    assert secrets.is_supplier("NEW-1")
    loaders.load(
        engine, [write_plant(tmp_path / "less", {"parties": [{"party_id": "NEW-1", "name": "N", "role": "carrier"}]})]
    )
    assert secrets.is_supplier("NEW-1"), "what was confidential stays so"
