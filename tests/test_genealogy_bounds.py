"""Bounds: lower within full within upper, and equal to a plain computation over the rows of random plants."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from facts import Facts, Row, key_of
from facts import bounds as ends
from facts import entry as facts_entry
from plants import write_plant

from genealogy.bounds import bounds
from genealogy.evidence import Evidence
from genealogy.snapshot import Snapshot
from loaders import load as load_files

if TYPE_CHECKING:
    from conftest import Home

Plant = dict[str, list[Row]]
DAYS = [f"2026-05-0{day}T08:00:00Z" for day in range(1, 8)]
MATERIALS: list[Row] = [
    {"material_id": m, "name": m, "stage": stage, "base_unit": "kg"}
    for m, stage in (("R", "supplied"), ("Q", "supplied"), ("I", "intermediate"), ("F", "finished"))
]


class NoEvidence(Evidence):
    """Random plants that no file holds."""

    def __init__(self) -> None:
        pass

    def facts(self, *_: Any) -> list[Any]:
        return []


def a_plant(rng: random.Random) -> Plant:
    """Lots of four materials, some undescribed; steps with and without inputs and outputs; times that contradict."""
    lots = [f"L{i}" for i in range(rng.randint(3, 9))]
    plant: Plant = defaultdict(list)
    plant["materials"] = MATERIALS
    for number, lot in enumerate(lots):
        if rng.random() < 0.15:
            continue
        supplied = number < len(lots) // 2
        plant["lots"].append(
            {
                "item_id": lot,
                "material_id": rng.choice("RQ" if supplied else "IF"),
                "lot_number": lot,
                "quantity": rng.choice([None, "5", "10"]),
                "unit": "kg",
                ("received_at" if supplied else "made_at"): rng.choice([None, *DAYS]),
            }
        )
    for i in range(rng.randint(0, 4)):
        parent = rng.choice([None, *lots])
        plant["units"].append({"item_id": f"U{i}", "lot_id": parent, "material_id": "F", "serial": str(i)})
    things = [*lots, *(str(unit["item_id"]) for unit in plant["units"])]
    plant["orders"] = [{"order_id": "O1", "material_id": "F"}, {"order_id": "O2", "material_id": None}]
    for number in range(rng.randint(2, 7)):
        step = f"S{number}"
        if rng.random() < 0.8:
            plant["steps"].append(
                {
                    "step_id": step, "operation": "op", "order_id": rng.choice([None, "O1", "O2"]),
                    "started_at": rng.choice([None, *DAYS]), "ended_at": rng.choice([None, *DAYS]),
                }
            )  # fmt: skip
        for table, most in (("consumption", 3), ("production", 2)):
            for line in range(rng.randint(0, most)):
                amount = rng.choice(["3", "6"]) if table == "consumption" else None
                plant[table].append(
                    {
                        "step_id": step, "item_id": rng.choice(things), "line_no": str(line), "quantity": amount,
                        "unit": "kg", "at": rng.choice([None, None, *DAYS]),
                    }
                )  # fmt: skip
    for number in range(rng.choice([0, 0, 1, 2])):
        role, step, item = rng.choice(["consumption", "production"]), f"S{rng.randint(0, 7)}", rng.choice(things)
        plant["_quarantine"].append(
            {
                "quarantine_id": str(number), "table": role, "role": role, "rule": "negative_quantity", "row": str(number),
                "column": "quantity", "value": "-1", "step_id": step, "item_id": item,
                "key": key_of(role, {"step_id": step, "item_id": item, "line_no": f"bad {number}"}),
            }
        )  # fmt: skip
    return dict(plant)


class Plain:
    """The same bounds, worked out row by row with dictionaries and networkx."""

    def __init__(self, plant: Plant) -> None:
        self.rows = {name: plant.get(name, []) for name in ("lots", "units", "steps", "orders", "_quarantine")}
        self.used, self.made = plant.get("consumption", []), plant.get("production", [])
        self.lots = {r["item_id"]: r for r in self.rows["lots"]}
        self.units = {r["item_id"]: r for r in self.rows["units"]}
        self.steps = {r["step_id"]: r for r in self.rows["steps"]}
        self.suspected = self.rows["_quarantine"]

    def reach(self, starts: set[Any], used: list[Row], *, suspected: bool = False) -> set[Any]:
        graph: nx.DiGraph[Any] = nx.DiGraph()
        graph.add_nodes_from(("item", s) for s in starts)
        doubtful = self.suspected if suspected else []
        for row in [*used, *(r for r in doubtful if r["role"] == "consumption")]:
            graph.add_edge(("item", row["item_id"]), ("step", row["step_id"]))
            for unit in self.units.values():
                if unit["lot_id"] == row["item_id"]:
                    graph.add_edge(("item", unit["item_id"]), ("step", row["step_id"]))
        for row in [*self.made, *(r for r in doubtful if r["role"] == "production")]:
            graph.add_edge(("step", row["step_id"]), ("item", row["item_id"]))
        for unit in self.units.values():
            if unit["lot_id"]:
                graph.add_edge(("item", unit["lot_id"]), ("item", unit["item_id"]))
        reached = {node for start in starts for node in nx.descendants(graph, ("item", start))}
        return {name for kind, name in reached if kind == "item"} | set(starts)

    def since(self, item: Any) -> int | None:
        times = [
            ends(str(r[c]))[0] for r in (self.lots.get(item) or {},) for c in ("received_at", "made_at") if r.get(c)
        ]
        if times:
            return max(times)
        made = [ends(str(r["at"]))[0] for r in self.made if r["item_id"] == item and r["at"]]
        return min(made) if made else None

    def last(self, row: Row) -> int | None:
        step: Row = self.steps.get(row["step_id"]) or {}
        time = row["at"] or step.get("ended_at") or step.get("started_at")
        return ends(time)[1] if time else None

    def contradicted(self, item: Any, *, worst: bool = False) -> list[int]:
        """Positions of the uses of an item that cannot be right; at worst any use of more than there was is wrong."""
        places = [i for i, r in enumerate(self.used) if r["item_id"] == item]
        since = self.since(item)
        last = {i: self.last(self.used[i]) for i in places}
        bad = [i for i in places if since is not None and last[i] is not None and (last[i] or 0) < since]
        lot = self.lots.get(item)
        if lot is None or item in self.units:
            return sorted(set(bad))
        there = lot["quantity"]
        if there is not None:
            so_far = Decimal(0)
            for i in sorted(places, key=lambda i: (2**62 if last[i] is None else last[i] or 0, i)):
                if so_far >= Decimal(there):
                    bad.append(i)
                so_far += Decimal(str(self.used[i]["quantity"]))
            if worst and so_far > Decimal(there):
                bad += places
        return sorted(set(bad))

    def lower(self, starts: set[Any]) -> set[Any]:
        full = self.reach(starts, self.used)
        gone = {i for item in full for i in self.contradicted(item)}
        gone |= {
            i
            for i, r in enumerate(self.used)
            if r["item_id"] in full - starts and r["item_id"] not in self.lots and r["item_id"] not in self.units
        }
        return self.reach(starts, [r for i, r in enumerate(self.used) if i not in gone])

    def upper(self, starts: set[Any]) -> set[Any]:
        found = self.reach(starts, self.used, suspected=True)
        while True:
            wider = self.reach(found | self.extra(found), self.used, suspected=True)
            if wider == found:
                return found
            found = wider

    def extra(self, affected: set[Any]) -> set[Any]:
        made_of = defaultdict(set)
        for row in self.made:
            made_of[row["step_id"]].add(row["item_id"])
        used_by = {row["step_id"] for row in self.used}
        named = {r["item_id"] for r in self.used} | {r["lot_id"] for r in self.units.values() if r["lot_id"]}
        unknown = (named | affected) - self.lots.keys() - self.units.keys()
        made = {item for items in made_of.values() for item in items}
        extra = (unknown & named) - made
        for step, items in made_of.items():
            if items & unknown & affected:
                extra |= self.could_come_from(step, [r for r in self.used if r["step_id"] == step])
        lots = affected | {self.units[i]["lot_id"] for i in affected & self.units.keys()}
        for step in {r["step_id"] for r in self.used if r["item_id"] in lots} - made_of.keys():
            extra |= self.could_come_from(step, [r for r in self.used if r["step_id"] == step and r["item_id"] in lots])
        times = [self.since(item) for item in affected]
        earliest = None if None in times else min(t for t in times if t is not None)
        for step, items in made_of.items():
            if step not in used_by:
                ended = self.ended(step)
                if earliest is None or ended is None or ended >= earliest:
                    extra |= items
        materials = {self.lots[i]["material_id"] for i in affected & self.lots.keys() - self.units.keys()}
        for lot, row in self.lots.items():
            if row["material_id"] in materials and lot not in affected:
                for place in self.contradicted(lot, worst=True):
                    extra |= made_of[self.used[place]["step_id"]]
        return extra

    def could_come_from(self, step: Any, rows: list[Row]) -> set[Any]:
        record: Row = self.steps.get(step) or {}
        begins = [record.get("started_at")] if record.get("started_at") else [r["at"] for r in rows]
        began = None if not begins or any(b is None for b in begins) else min(ends(str(b))[0] for b in begins)
        orders = {r["order_id"]: r["material_id"] for r in self.rows["orders"]}
        wanted = orders.get(record.get("order_id")) if record.get("order_id") else None
        stages = {m["material_id"]: m["stage"] for m in MATERIALS}
        found = set()
        for item in self.lots.keys() | self.units.keys():
            unit = self.units.get(item)
            material = (unit or self.lots[item])["material_id"]
            if any(r["item_id"] == item for r in self.made) or (unit and unit["lot_id"]):
                continue
            if stages[str(material)] == "supplied" or (wanted and material != wanted):
                continue
            since = self.since(item)
            if began is None or since is None or since >= began:
                found.add(item)
        return found

    def ended(self, step: Any) -> int | None:
        record: Row = self.steps.get(step) or {}
        if record.get("ended_at"):
            return ends(str(record["ended_at"]))[1]
        times = [r["at"] for r in self.made if r["step_id"] == step]
        return None if any(t is None for t in times) else max(ends(str(t))[1] for t in times)


@pytest.mark.parametrize("batch", range(10))
def test_bounds_equal_a_plain_computation(batch: int) -> None:
    rng = random.Random(batch)
    wide = narrow = 0
    for _ in range(60):
        plant = a_plant(rng)
        snapshot, plain = Snapshot.of(Facts.of(facts_entry(**plant))), Plain(plant)
        start = rng.choice([str(r["item_id"]) for r in plant.get("lots", [])] or ["L0"])
        said = bounds(snapshot, NoEvidence(), [start], 1)
        full = plain.reach({start}, plain.used)
        assert said["full"]["items"] == len(full)
        assert set(said["items_removed"]) == full - plain.lower({start}), (start, plant)
        assert set(said["items_added"]) == plain.upper({start}) - full, (start, plant)
        assert said["lower"]["items"] <= said["full"]["items"] <= said["upper"]["items"]
        assert all(doubt["settled_by"] for doubt in [*said["may_add"], *said["may_remove"]])
        wide, narrow = wide + bool(said["items_added"]), narrow + bool(said["items_removed"])
    assert wide > 5
    assert narrow > 2


def small(**more: list[Row]) -> Plant:
    """R1 went into K1 by step s, and that into F1 by t; R2, K2 and F2 are beside it."""
    lots = (
        ("R1", "R", "10"), ("R2", "R", "10"), ("K1", "I", None), ("K2", "I", None), ("F1", "F", None), ("F2", "F", None),
    )  # fmt: skip
    plant: Plant = {
        "materials": MATERIALS,
        "lots": [
            {"item_id": item, "material_id": of, "lot_number": item, "quantity": amount, "unit": amount and "kg"}
            for item, of, amount in lots
        ],
        "consumption": [{"step_id": "s", "item_id": "R1"}, {"step_id": "t", "item_id": "K1"}],
        "production": [{"step_id": "s", "item_id": "K1"}, {"step_id": "t", "item_id": "F1"}],
    }
    return plant | {name: [*plant.get(name, []), *rows] for name, rows in more.items()}


def added(plant: Plant) -> tuple[list[str], list[tuple[str, str, int]]]:
    """What the upper bound of R1 adds, and the doubts with how many items each means alone."""
    said = bounds(Snapshot.of(Facts.of(facts_entry(**plant))), NoEvidence(), ["R1"], 1)
    return said["items_added"], [(d["kind"], d["item_id"], d["more"]["items"]) for d in said["may_add"]]


def test_units_of_a_lot_that_nobody_described_are_in_the_upper_bound() -> None:
    assert added(small()) == ([], [])
    units: list[Row] = [{"item_id": "U1", "lot_id": "F-1", "serial": "1", "material_id": "F"}]
    assert added(small(units=units)) == (["F-1", "U1"], [("unresolved", "F-1", 2)])


def test_what_was_made_under_a_code_that_nobody_described_may_be_anything_without_origin() -> None:
    """Step s made K-1, step t used K1: one lot, most likely, under two spellings."""
    plant = small()
    plant["production"] = [{"step_id": "s", "item_id": "K-1"}, {"step_id": "t", "item_id": "F1"}]
    assert added(plant) == (["F1", "F2", "K1", "K2"], [("unresolved", "K-1", 4)])
    described: list[Row] = [{"item_id": "K-1", "material_id": "I", "lot_number": "K-1"}]
    assert added(plant | {"lots": [*plant["lots"], *described]}) == ([], [])


@pytest.mark.parametrize("amounts", [("17",), ("8", "7")])
def test_any_use_of_more_than_there_was_may_have_been_an_affected_lot(amounts: tuple[str, ...]) -> None:
    """Of 10 kg of R2 too much was used: R1 may have gone into any of these steps, the first one too."""
    uses: list[Row] = [
        {"step_id": f"x{n}", "item_id": "R2", "quantity": q, "unit": "kg", "at": DAYS[n]} for n, q in enumerate(amounts)
    ]
    made: list[Row] = [{"step_id": f"x{n}", "item_id": ("F2", "K2")[n]} for n in range(len(amounts))]
    expected = sorted(str(row["item_id"]) for row in made)
    doubt = ("used_above_what_there_was", "R2", len(expected))
    assert added(small(consumption=uses, production=made)) == (expected, [doubt])


def test_a_contradiction_cites_its_rows_even_where_it_removes_nothing() -> None:
    """8 and 7 of 10 kg of R1: one of the rows is wrong, and R1 may still be in either."""
    plant = small()
    plant["consumption"] = [
        {"step_id": step, "item_id": "R1", "quantity": q, "unit": "kg", "at": DAYS[n]}
        for n, (step, q) in enumerate((("s", "8"), ("t", "7")))
    ]
    said = bounds(Snapshot.of(Facts.of(facts_entry(**plant))), NoEvidence(), ["R1"], 1)
    (doubt,) = said["may_remove"]
    assert (doubt["quantity"], doubt["rows"], doubt["fewer"]["items"]) == ("5", 2, 0)
    assert said["lower"] == said["full"]


def test_a_doubt_goes_when_what_settles_it_is_loaded(home: Home, tmp_path: Path) -> None:
    engine = home.open()
    plant: dict[str, list[dict[str, str]]] = {
        "materials": [{k: str(v) for k, v in m.items()} for m in MATERIALS],
        "lots": [
            {"item_id": i, "material_id": m, "lot_number": i} for i, m in (("A", "R"), ("G", "F"), ("H", "F"))
        ],
        "consumption": [{"step_id": "S1", "item_id": "A"}, {"step_id": "S2", "item_id": "mystery"}],
        "production": [{"step_id": "S1", "item_id": "G"}, {"step_id": "S2", "item_id": "H"}],
    }  # fmt: skip
    load_files(engine, [write_plant(tmp_path / "one", plant)])
    before = engine.bounds(["A"]).answer
    (doubt,) = before["may_add"]
    assert (doubt["kind"], doubt["item_id"], doubt["more"]["finished_lots"]) == ("unresolved", "mystery", 1)
    assert doubt["facts"][0]["file"].endswith("consumption.csv")
    assert doubt["facts"][0]["row"] == 3
    assert before["complete"]
    described = {"lots": [{"item_id": "mystery", "material_id": "Q", "lot_number": "9"}]}
    load_files(engine, [write_plant(tmp_path / "two", described)])
    after = engine.bounds(["A"]).answer
    assert not after["may_add"]
    assert after["lower"] == after["full"] == after["upper"]
    assert engine.bounds(["A"], 1).answer == before
