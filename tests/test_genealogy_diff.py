"""What changed between two moments, and by which entry: against the oracle's answers load by load."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from facts import Facts, entry
from oracle import Oracle
from plants import random_plant

from genealogy.diff import culprits
from genealogy.errors import InputError, ItemNotFoundError
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
        assert (
            culprits(snapshot, lambda _, start=start: [start], moved, list(range(first + 1, last + 1)), first)
            == expected
        )
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
    assert [tuple(each[n] for n in ("sequence", "added", "removed", "consignees")) for each in answer["entries"]] == [
        (3, 1, 0, 1),
        (4, 0, 1, 0),
    ]
    assert all(entry["files"] for entry in answer["entries"])
    (consignee,) = answer["consignees"]
    assert (consignee["party_id"], consignee["what"], consignee["quantity"]) == ("C", "added", [None, "4"])
    assert (answer["from"], answer["to"]) == (1, 4)
    assert engine.diff(["A"], 1).digest == engine.diff(["A"], 1, 4).digest
    with pytest.raises(InputError, match="earlier moment first"):
        engine.diff(["A"], 4, 1)


def test_shipments_alone_are_named_with_the_entry_that_brought_them(home: Home) -> None:
    engine = home.open()
    lots = [{"item_id": "A", "material_id": "F", "lot_number": "A"}]
    materials = [{"material_id": "F", "name": "F", "stage": "finished", "base_unit": "H87"}]
    parties = [{"party_id": p, "name": p, "role": "customer"} for p in ("C", "D", "E")]
    line = {"shipment_id": "1", "item_id": "A", "line_no": "1", "consignee_id": "C", "quantity": "4", "unit": "H87"}
    line |= {"shipped_at": "2026-05-01T10:00:00Z"}
    home.load(engine, {"materials": materials, "lots": lots, "parties": parties, "shipments": [line]})
    home.load(engine, {"shipments": [line | {"quantity": "6"}]})
    home.load(engine, {"shipments": [line | {"shipment_id": "2", "consignee_id": "D"}]})
    home.load(engine, {"parties": [{"party_id": "Z", "name": "Z", "role": "customer"}]})
    home.load(engine, {"shipments": [line | {"shipment_id": "3", "item_id": "other", "consignee_id": "E"}]})
    home.load(engine, {"parties": [parties[0] | {"role": "own"}]})
    answer = engine.diff(["A"], 1, 5).answer
    told = [(row["party_id"], row["what"], row["quantity"], row["entry"]) for row in answer["consignees"]]
    assert told == [("C", "changed", ["4", "6"], 2), ("D", "added", [None, "4"], 3)]
    assert [(each["sequence"], each["added"], each["consignees"]) for each in answer["entries"]] == [
        (2, 0, 1),
        (3, 0, 1),
    ]
    assert answer["summary"][2] == "No item came or went; consignees changed with entry 2, 3."
    (gone,) = engine.diff(["A"], 5, 6).answer["consignees"]
    assert (gone["party_id"], gone["what"], gone["entry"]) == ("C", "removed", 6)


def test_a_name_that_means_other_lots_by_then(home: Home) -> None:
    """A supplier's lot number: one receipt turns out to be of another lot, and one comes late."""
    engine = home.open()
    receipt = {"material_id": "R", "supplier_id": "S", "supplier_lot": "X"}
    lots = [receipt | {"item_id": i, "lot_number": i} for i in ("R1", "R2")]
    made = [
        {"item_id": i, "material_id": "F", "lot_number": i, "supplier_id": "", "supplier_lot": ""} for i in ("F1", "F2")
    ]
    materials = [
        {"material_id": m, "name": m, "stage": stage, "base_unit": "H87"}
        for m, stage in (("R", "supplied"), ("F", "finished"))
    ]
    steps = {
        "consumption": [{"step_id": f"S{n}", "item_id": f"R{n}"} for n in "123"],
        "production": [{"step_id": f"S{n}", "item_id": f"F{n}"} for n in "123"],
    }
    home.load(engine, {"materials": materials, "lots": [*lots, *made], **steps})
    home.load(engine, {"lots": [lots[1] | {"supplier_lot": "Y"}]})
    home.load(engine, {"lots": [receipt | {"item_id": "R3", "lot_number": "R3"}]})

    def find(text: str, at: int) -> list[str]:
        return engine.find(text, at).items

    answer = engine.diff_named(["X"], 1, 3, find).answer
    assert (answer["starts_before"], answer["starts"]) == (["R1", "R2"], ["R1", "R3"])
    assert [(row["id"], row["entry"]) for row in answer["removed"]] == [("F2", 2)]
    assert [(row["id"], row["entry"]) for row in answer["added"]] == [("F3", 3)]
    assert [(entry["sequence"], entry["added"], entry["removed"]) for entry in answer["entries"]] == [
        (2, 0, 1),
        (3, 1, 0),
    ]
    assert "does not mean R2 any more" in answer["summary"][0]
    # A name that nothing bore then, and one that nothing bears now, can be asked for all the same.
    late = engine.diff_named(["Y"], 1, 3, find).answer
    assert [(row["id"], row["entry"]) for row in late["added"]] == [("F2", 2)]
    home.load(engine, {"lots": [lots[1] | {"supplier_lot": "Z"}]})
    gone = engine.diff_named(["Y"], 3, 4, find).answer
    assert [(row["id"], row["entry"]) for row in gone["removed"]] == [("F2", 4)]
    with pytest.raises(ItemNotFoundError):
        engine.diff_named(["nobody ever wrote this"], 1, 3, find)
    with pytest.raises(ItemNotFoundError):
        engine.diff_named(["Y"], 4, 4, find)


def test_there_and_back_names_the_last_of_the_entries(home: Home) -> None:
    """A void, the row again, an alias to elsewhere: what is in at both ends did not change; what is out, by the last."""
    engine = home.open()
    materials = [
        {"material_id": m, "name": m, "stage": stage, "base_unit": "H87"}
        for m, stage in (("R", "supplied"), ("F", "finished"))
    ]
    lots = [{"item_id": i, "material_id": m, "lot_number": i} for i, m in (("A", "R"), ("B", "R"), ("G", "F"))]
    used = {"step_id": "S1", "item_id": "mes-1"}
    alias = {"system": "mes", "kind": "item", "code": "mes-1", "means": "A"}
    made = [{"step_id": "S1", "item_id": "G"}]
    home.load(engine, {"materials": materials, "lots": lots, "consumption": [used], "production": made})
    home.load(engine, {"aliases": [alias]})
    home.load(engine, {"consumption": [used | {"void": "yes"}]})
    home.load(engine, {"consumption": [used]})
    home.load(engine, {"aliases": [alias | {"means": "B"}]})
    assert [(row["id"], row["entry"]) for row in engine.diff(["A"], 1, 2).answer["added"]] == [("G", 2)]
    assert engine.diff(["A"], 2, 4).answer["removed"] == []
    assert [(row["id"], row["entry"]) for row in engine.diff(["A"], 1, 4).answer["added"]] == [("G", 4)]
    assert [(row["id"], row["entry"]) for row in engine.diff(["A"], 4, 5).answer["removed"]] == [("G", 5)]
    assert [(row["id"], row["entry"]) for row in engine.diff(["B"], 4, 5).answer["added"]] == [("G", 5)]
