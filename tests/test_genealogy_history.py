"""Versions of facts, folded in time: the same by key index, without one, and as a plain loop folds them."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from facts import Row, facts, key_of

from genealogy import documents, key_index
from genealogy.history import History
from genealogy.ledger import Ledger
from queries.query import OPEN

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("units", "consumption", "production", "steps", "lots")


def random_rows(rng: random.Random, table: str) -> list[Row]:
    """Rows of one entry, few enough keys that later entries meet earlier ones."""
    rows: dict[str, Row] = {}
    for _ in range(rng.randint(1, 8)):
        item, step, lot = (f"{kind}{rng.randint(0, 9)}" for kind in ("i", "s", "l"))
        row: Row = {
            "units": {"item_id": item, "lot_id": rng.choice([lot, None]), "serial": item},
            "consumption": {"step_id": step, "item_id": item, "line_no": rng.choice([None, "1"])},
            "production": {"step_id": step, "item_id": item},
            "steps": {"step_id": step, "operation": rng.choice(["mix", "fill"])},
            "lots": {"item_id": lot, "material_id": "M", "lot_number": str(rng.randint(0, 3))},
        }[table]
        if rng.random() < 0.15:
            row["void"] = "yes"
        rows[key_of(table, row)] = row
    return list(rows.values())


def plain(loads: list[dict[str, list[Row]]], table: str) -> list[tuple[Any, ...]]:
    """Key, entry, row, until, number of the version: by a loop."""
    by_key: dict[str, list[tuple[int, int, bool]]] = defaultdict(list)
    for entry, load in enumerate(loads, start=1):
        for number, row in enumerate(load.get(table, [])):
            by_key[key_of(table, row)].append((entry, number, row.get("void") != "yes"))
    found = []
    for key, versions in by_key.items():
        asserted = 0
        for place, (entry, number, asserts) in enumerate(versions):
            until = versions[place + 1][0] if place + 1 < len(versions) else OPEN
            found.append((key, entry, number, until, asserted))
            asserted += asserts
    return sorted(found)


def told(rows: pa.Table | None) -> list[tuple[Any, ...]]:
    names = ("key", "entry", "document_row", "known_until", "version_number")
    return [] if rows is None else sorted(zip(*(rows[name].to_pylist() for name in names), strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_versions(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(key_index, "SMALL", 10)
    monkeypatch.setattr(documents, "_ROW_GROUP", 3)
    with Ledger.create(tmp_path / "home") as ledger:
        loads: list[dict[str, list[Row]]] = []
        by_index = History(ledger)
        for _ in range(rng.randint(2, 9)):
            loads.append({table: random_rows(rng, table) for table in TABLES if rng.random() < 0.7})
            named = {table: ledger.documents.put_table(facts(table, rows)) for table, rows in loads[-1].items()}
            ledger.append("load", {"files": [], "facts": named})
            for history in (by_index, History(ledger), History(ledger, keep=True)):
                for table in TABLES:
                    assert told(history.rows(table)) == plain(loads, table)
                for column in ("step_id", "item_id"):
                    wanted = [f"{column[0]}{rng.randint(0, 9)}" for _ in range(3)]
                    tables = ("consumption", "production") if column == "step_id" else ("consumption",)
                    for table in tables:
                        whole = [
                            row for row in plain(loads, table) if row[0].split("\x1f")[column == "item_id"] in wanted
                        ]
                        assert told(history.rows(table, {column: pa.array(wanted)}, columns=("item_id",))) == whole
                table = rng.choice(TABLES)
                keys = [row[0] for row in plain(loads, table)][::2]
                asked = told(history.rows(table, {"key": pa.array(keys, pa.string())}))
                assert asked == [row for row in plain(loads, table) if row[0] in keys]
                lots = [f"l{rng.randint(0, 9)}" for _ in range(2)]
                keys_of_lots = {
                    key_of("units", row) for load in loads for row in load.get("units", []) if row["lot_id"] in lots
                }
                found = history.keys_where("units", "lot_id", pa.array(lots), len(loads))
                assert set(found.to_pylist()) == keys_of_lots


def test_the_index_is_used_and_can_be_deleted(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "home") as ledger:
        for entry in range(4):
            row: Row = {"item_id": f"A{entry}", "material_id": "M", "lot_number": "1"}
            named = {"lots": ledger.documents.put_table(facts("lots", [row]))}
            ledger.append("load", {"files": [], "facts": named})
        keys = pa.array(["A2"])
        before = told(History(ledger).rows("lots", {"key": keys}))
        (part,) = (tmp_path / "home" / key_index.FOLDER).iterdir()
        part.unlink()
        assert told(History(ledger).rows("lots", {"key": keys})) == before == [("A2", 3, 0, OPEN, 0)]
        assert part.exists()
