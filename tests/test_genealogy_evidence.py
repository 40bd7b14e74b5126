"""Every fact of a snapshot is taken back to the entry, file and row that it was read from."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from plants import random_plant, write_plant

from genealogy.evidence import Evidence
from genealogy.plant import TABLES
from loaders import load as load_files

if TYPE_CHECKING:
    from conftest import Home


@pytest.mark.parametrize("together", [1, 3, 1 << 17])
def test_every_fact_in_force_is_found_in_its_file(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr("genealogy.documents._ROW_GROUP", together)  # so many rows are unpacked at once
    engine = home.open()
    rng = random.Random(11)
    for number, load in enumerate(random_plant(rng, 10, "")):
        load_files(engine, [write_plant(tmp_path / f"load-{number}", load, rng)], zone="Europe/Berlin")
    evidence, moment = Evidence(engine.ledger), engine.snapshot.moment(engine.head)
    seen = 0
    for table in TABLES:
        rows = moment.all_rows(table)
        for fact in evidence.facts(moment, table, rows):
            with Path(fact.file).open(encoding="utf-8", newline="") as file:
                source = list(csv.DictReader(file))[fact.row - 2]
            key = [c.name for c in TABLES[table].key if c.type.value != "time" and c.name in source]
            assert {n: source[n] for n in key} == {n: fact.cells.get(n, "") for n in key}, fact
            seen += 1
    assert seen > 30


def test_facts_keep_the_order_asked(home: Home, tmp_path: Path) -> None:
    engine = home.open()
    rows = [{"material_id": f"M{i}", "name": f"n{i}", "stage": "supplied", "base_unit": "kg"} for i in range(4)]
    for i, load in enumerate((rows[:2], rows[2:])):
        load_files(engine, [write_plant(tmp_path / f"load-{i}", {"materials": load})])
    moment = engine.snapshot.moment(2)
    facts = Evidence(engine.ledger).facts(moment, "materials", np.array([3, 0, 2, 3]))
    assert [(f.entry, f.row, f.cells["name"]) for f in facts] == [
        (2, 3, "n3"),
        (1, 2, "n0"),
        (2, 2, "n2"),
        (2, 3, "n3"),
    ]
