"""What changed between two moments, and by which entry: against the oracle's answers load by load."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from facts import Facts, entry
from oracle import Oracle
from plants import random_plant

from genealogy.diff import culprits
from genealogy.errors import InputError
from genealogy.snapshot import Snapshot

if TYPE_CHECKING:
    from conftest import Home


def in_scope(oracle: Oracle, start: str, load: int) -> set[str]:
    return set(oracle.affected([start], load))


@pytest.mark.parametrize("batch", range(10))
def test_the_entry_that_did_it_is_the_last_that_changed_it(batch: int) -> None:
    rng = random.Random(batch)
    seen = 0
    for _ in range(60):
        loads = random_plant(rng, rng.randint(3, 10), "")
        oracle = Oracle(loads)
        snapshot = Snapshot.of(Facts.of(*(entry(**facts) for facts in oracle.entries)))
        start, last = rng.choice(oracle.known().items or ["nothing"]), len(loads)
        first = rng.randint(0, last - 1)
        sets = {load: in_scope(oracle, start, load) for load in range(first, last + 1)}
        moved = sets[first] ^ sets[last]
        expected = {
            item: max(n for n in range(first + 1, last + 1) if (item in sets[n]) != (item in sets[n - 1]))
            for item in moved
        }
        assert culprits(snapshot, [start], moved, list(range(first + 1, last + 1)), first) == expected
        seen += bool(moved)
    assert seen > 10


def test_a_moment_and_itself_differ_in_nothing(home: Home) -> None:
    engine = home.open()
    for load in random_plant(random.Random(5), 10, ""):
        home.load(engine, load)
    for item in ("L0", "L1", "L2"):
        answer = engine.diff([item], engine.head, engine.head).answer
        assert not any(answer[name] for name in ("added", "removed", "changed", "consignees", "counts", "entries"))
        assert answer["complete"]


def test_late_data_are_named_with_the_entry_that_brought_them(home: Home) -> None:
    engine = home.open()
    materials = [
        {"material_id": m, "name": m, "stage": stage, "base_unit": "H87"}
        for m, stage in (("R", "supplied"), ("F", "finished"))
    ]
    lots = [{"item_id": i, "material_id": m, "lot_number": i} for i, m in (("A", "R"), ("G", "F"), ("H", "F"))]
    customers = [{"party_id": "C", "name": "Clinic", "role": "customer"}]
    first = {
        "materials": materials,
        "lots": lots,
        "parties": customers,
        "consumption": [{"step_id": "S1", "item_id": "A"}],
        "production": [{"step_id": "S1", "item_id": "G"}],
    }
    home.load(engine, first)
    line = {"shipment_id": "1", "item_id": "H", "line_no": "", "consignee_id": "C", "quantity": "4", "unit": "H87"}
    home.load(engine, {"shipments": [line | {"shipped_at": "2026-05-01T10:00:00Z"}]})
    home.load(
        engine, {"consumption": [{"step_id": "S2", "item_id": "A"}], "production": [{"step_id": "S2", "item_id": "H"}]}
    )
    home.load(engine, {"consumption": [{"step_id": "S1", "item_id": "A", "void": "yes"}]})
    answer = engine.diff(["A"], 1).answer
    assert [(row["id"], row["entry"]) for row in answer["added"]] == [("H", 3)]
    assert [(row["id"], row["entry"]) for row in answer["removed"]] == [("G", 4)]
    assert [(entry["sequence"], entry["added"], entry["removed"]) for entry in answer["entries"]] == [
        (3, 1, 0),
        (4, 0, 1),
    ]
    assert all(entry["files"] for entry in answer["entries"])
    (consignee,) = answer["consignees"]
    assert (consignee["party_id"], consignee["what"], consignee["quantity"]) == ("C", "added", [None, "4"])
    assert (answer["from"], answer["to"]) == (1, 4)
    assert engine.diff(["A"], 1).digest == engine.diff(["A"], 1, 4).digest
    with pytest.raises(InputError, match="earlier moment first"):
        engine.diff(["A"], 4, 1)
