"""What a start can be typed from is what the records describe, or nothing."""

from __future__ import annotations

from pathlib import Path

from conftest import Home
from plants import write_plant

from genealogy.starts.known import known
from loaders import load

PLANT = {
    "materials": [{"material_id": "RAW", "name": "Resin", "stage": "supplied", "base_unit": "KGM"}],
    "lots": [{"item_id": f"R-{n}", "material_id": "RAW", "lot_number": f"R-{n}", "supplier_id": f"SUP-{n % 3}"} for n in range(9)],
    "equipment": [{"equipment_id": f"E-{n}", "name": f"Press {n}", "kind": "press"} for n in range(5)],
    "steps": [{"step_id": "ST-1", "operation": "moulding"}],
    "readings": [
        {"step_id": "ST-1", "parameter": name, "value": "1", "unit": "CEL", "at": f"2026-05-01T10:00:{n:02}Z"}
        for n in range(20) for name in ("heat", "pressure")
    ],
    "documents": [{"document_id": "SOP", "version": version, "title": "Moulding"} for version in ("1", "2")],
    "places": [{"place_id": "FG", "name": "Finished goods"}, {"place_id": "GOODS", "name": "The same"}],
    "aliases": [{"system": "erp", "kind": "place", "code": "GOODS", "means": "FG"}],
}  # fmt: skip


def test_each_code_once_and_in_order(home: Home, tmp_path: Path) -> None:
    engine = home.open()
    before = engine.snapshot.moment(engine.head)
    load(engine, [write_plant(tmp_path / "plant", PLANT)])
    moment = engine.snapshot.moment(engine.head)
    assert known(moment, "equipment", 300) == ["E-0", "E-1", "E-2", "E-3", "E-4"]
    assert known(moment, "supplier", 300) == ["SUP-0", "SUP-1", "SUP-2"]
    assert known(moment, "parameter", 300) == ["heat", "pressure"]
    assert known(moment, "document", 300) == ["SOP"]
    assert known(moment, "place", 300) == ["FG"]  # what another system calls it means the same place
    assert known(moment, "material", 300) == ["RAW"]
    assert known(before, "equipment", 300) == []


def test_of_too_many_none_is_offered(home: Home, tmp_path: Path) -> None:
    engine = home.open()
    load(engine, [write_plant(tmp_path / "plant", PLANT)])
    moment = engine.snapshot.moment(engine.head)
    assert len(known(moment, "equipment", 5)) == 5
    assert known(moment, "equipment", 4) == []
    assert known(moment, "equipment", 1) == []
