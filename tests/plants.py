"""Small plants made at random: everything the format allows that a trace could stumble over.

The same maker draws from a seeded generator (quick, for bulk runs) and from hypothesis (which shrinks what fails).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from draws import Draws, HypothesisDraws, SeededDraws
from hypothesis import strategies as st
from oracle import Load, Row

from genealogy.plant import TABLES

T = TypeVar("T")

TIMES = (
    "2026-05-01T08:00:00Z",
    "2026-05-01T12:00:00+02:00",  # the same instant as the next
    "2026-05-01T10:00:00Z",
    "2026-05-02T10:00:00Z",
    "2026-05-02",
    "2026-05-03T22:00:00Z",
    "2026-05-04",
    "2026-05-05T09:30:00+02:00",
)
CLOSE = TIMES[1:5]
"""When things are packed, unpacked and shipped: often at the same moment, or on the day of it."""
ODD = ("", "", "", "", " b", "'", '"', "\\", ",", "é", "🏭", "%", "_", "$x", "1e5", "A" * 40)

MISTAKEN = ("conflict", "bad")
"""How the items of rows end that belong in quarantine."""


def plant_key(table: str, row: Row) -> tuple[str, ...]:
    """The natural key of a row of these plants."""
    cells = [row.get(column.name, "") for column in TABLES[table].key]
    if TABLES[table].grouped and row.get("line_no"):
        cells[TABLES[table].key.index(TABLES[table].by_name["at"])] = ""
    # Two spellings of one instant are one key.
    return table, *("2026-05-01T10:00:00Z" if cell == "2026-05-01T12:00:00+02:00" else cell for cell in cells)


class _Maker:
    """One plant in the making: what exists so far, and what each load says of it."""

    def __init__(self, draws: Draws, size: int, prefix: str, *, crowded: bool = False, chained: bool = False) -> None:
        self.draws, self.size, self.prefix, self.crowded, self.chained = draws, size, prefix, crowded, chained
        self.loads: list[Load] = [{} for _ in range(draws.number(1, 3))]
        self.said: list[set[tuple[str, ...]]] = [set() for _ in self.loads]

    # Hypothesis shrinks towards 0: 0 is always the plainest choice.
    def chance(self, percent: int) -> bool:
        return self.draws.number(0, 99) >= 100 - percent

    def pick(self, values: Sequence[T]) -> T:
        return values[self.draws.number(0, len(values) - 1)]

    def time(self, percent_empty: int, times: Sequence[str] = TIMES) -> str:
        return self.pick(times) if self.chance(100 - percent_empty) else ""

    def when(self) -> int:
        """The load that says a thing: mostly the first."""
        return self.draws.number(0, len(self.loads) - 1) if self.chance(30) else 0

    def say(self, load: int, table: str, row: Row, *, again: bool = False) -> bool:
        """Let a load state a row, unless it states something of that key already."""
        key = plant_key(table, row)
        if key in self.said[load] and not again:
            return False
        self.said[load].add(key)
        self.loads[load].setdefault(table, []).append(row)
        return True

    # -- what a plant has

    def make(self) -> list[Load]:
        self.masters()
        self.things()
        self.steps()
        if self.crowded:
            self.crowd()
        self.logistics()
        for load in range(1, len(self.loads)):
            for _ in range(self.draws.number(0, max(2, self.size // 3)) + 40 * self.crowded):
                self.correct(load)
        self.mistakes()
        return [complete(load) for load in self.loads]

    def masters(self) -> None:
        p = self.prefix
        self.materials = [f"{p}M{i}" for i in range(3)]
        for material, stage in zip(self.materials, ("finished", "intermediate", "supplied"), strict=True):
            if self.chance(90):
                row = {"material_id": material, "name": material, "stage": stage, "base_unit": "kg"}
                self.say(self.when(), "materials", row)
        self.parties = [f"{p}P{i}" for i in range(4)]
        for party, role in zip(self.parties, ("customer", "customer|supplier", "subcontractor", "own"), strict=True):
            if self.chance(85):
                self.say(self.when(), "parties", {"party_id": party, "name": party, "role": role})

    def things(self) -> None:
        p, count = self.prefix, max(2, self.size)
        self.items = [f"{p}L{i}{self.pick(ODD)}" for i in range(count)]
        self.lots: list[str] = []
        self.units: list[str] = []
        self.spelled: dict[str, list[str]] = {}
        self.named: set[str] = set()
        for item in list(self.items):
            if self.chance(20):
                continue  # nobody ever describes it
            if self.chance(10):
                self.unit(item, self.lots)
                continue
            self.lots.append(item)
            quantity = self.pick(("", "10", "2.50"))
            row = {
                "item_id": self.naming(item, 5),
                "material_id": self.spelling(self.pick(self.materials), "material", 5),
                "lot_number": f"N{self.draws.number(0, 5)}",
                "quantity": quantity,
                "unit": "kg" if quantity else "",
            }
            self.say(self.when(), "lots", row)
        for lot in list(self.items):
            if self.chance(30):
                for i in range(self.draws.number(1, 4)):
                    unit = f"{p}U{self.items.index(lot)}.{i}"
                    self.items.append(unit)
                    self.unit(unit, [lot])

    def unit(self, item: str, lots: list[str]) -> None:
        self.units.append(item)
        lot = self.pick(lots) if lots and self.chance(85) else ""
        row = {
            "item_id": self.naming(item, 5),
            "lot_id": self.spelling(lot, "item", 5) if lot else "",
            # A unit of a lot that is itself a unit always says what it is.
            "material_id": self.pick(self.materials) if self.chance(40) or lot in self.units else "",
            "serial": f"S{self.draws.number(0, 99)}",
        }
        self.say(self.when(), "units", row)

    def naming(self, item: str, percent: int) -> str:
        """The code under which an item is described."""
        code = self.spelling(item, "item", percent)
        self.named.add(code)
        return code

    def spelling(self, name: str, kind: str, percent: int) -> str:
        """A code for it: mostly its own; else another system's, whose meaning may arrive late or never."""
        if not self.chance(percent):
            return name
        code = f"{name}~{self.draws.number(0, 1)}"
        if code not in self.spelled.setdefault(kind, []):
            self.spelled[kind].append(code)
            if self.chance(85):
                self.say(self.when(), "aliases", {"system": "erp", "kind": kind, "code": code, "means": name})
        return code

    def steps(self) -> None:
        names = [f"{self.prefix}T{i}" for i in range(self.draws.number(1, max(2, self.size)))]
        for step in names:
            if self.chance(90):
                row = {"step_id": step, "operation": "op", "grain": self.pick(("", "lot", "unit", "order", "unit"))}
                self.say(self.when(), "steps", row)
            unit_level = self.units and self.chance(35)
            pool = self.units if unit_level else self.items
            least = 0 if self.chance(15) else 1
            into = [self.pick(self.items) for _ in range(self.draws.number(least, 3))]
            out = [self.pick(pool) for _ in range(self.draws.number(least, 1 if unit_level else 3))]
            if into and out and self.chance(80):  # mostly onward, so that there is some depth without a cycle
                order = {item: place for place, item in enumerate(self.items)}
                pivot = order[into[0]]
                out = [item if order[item] > pivot else self.items[(pivot + 1) % len(self.items)] for item in out]
            for item in into:
                self.link("consumption", step, item)
            for item in out:
                self.link("production", step, item)
            if into and self.chance(4):
                self.link("production", step, into[0])

    def crowd(self) -> None:
        """One lot with a hundred units, used as a lot and unit by unit in a hundred steps, under all its names."""
        hub = self.items[0]
        for i in range(100):
            step, unit, made = f"{self.prefix}crowd-T{i}", f"{self.prefix}crowd-U{i}", f"{self.prefix}crowd-L{i % 90}"
            self.units.append(unit)
            row = {"item_id": unit, "lot_id": self.spelling(hub, "item", 20), "material_id": "", "serial": str(i)}
            self.say(self.when(), "units", row)
            if self.chance(50):
                row = {"step_id": step, "operation": "op", "grain": self.pick(("unit", "order", "lot"))}
                self.say(self.when(), "steps", row)
            self.link("consumption", step, unit if self.chance(25) else hub)
            self.link("production", step, made)
        self.items += [f"{self.prefix}crowd-{kind}{i}" for kind in "UL" for i in range(90)]

    def link(self, table: str, step: str, item: str) -> None:
        load = self.when()
        row = {
            "step_id": step,
            "item_id": self.spelling(item, "item", 7),
            "quantity": self.pick(("", "1", "5.0")),
            "unit": "kg",
            "at": self.time(60),
            "line_no": self.pick(("", "", "", "1", "2")),
        }
        if self.say(load, table, row) and self.chance(15):  # a second drum of the same lot
            self.say(load, table, dict(row), again=True)

    def logistics(self) -> None:
        p = self.prefix
        boxes = [f"{p}C{i}" for i in range(self.draws.number(0, 3))]
        for box in boxes:
            for _ in range(self.draws.number(1, 3)):
                inner = self.pick(boxes) if self.chance(30) else self.pick(self.items)
                inner = inner if inner in boxes else self.spelling(inner, "item", 4)
                row = {
                    "item_id": inner,
                    "container_id": box,
                    "packed_at": self.time(40, CLOSE),
                    "unpacked_at": self.time(40, CLOSE),
                }
                self.say(self.when(), "packing", row)
        for i in range(self.draws.number(0, 4)):
            what = self.pick(boxes) if boxes and self.chance(60) else self.pick(self.items)
            row = {
                "shipment_id": f"{p}H{i // 2}",
                "item_id": what if what in boxes else self.spelling(what, "item", 5),
                "line_no": self.pick(("", "", "1")),
                "consignee_id": self.spelling(self.pick(self.parties), "party", 8),
                "quantity": self.pick(("", "3")),
                "unit": "kg",
                "shipped_at": self.pick(CLOSE),
            }
            self.say(self.when(), "shipments", row)

    def correct(self, load: int) -> None:
        """Let a later load change, withdraw or state again something that an earlier one said."""
        earlier = [(table, row) for said in self.loads[:load] for table, rows in said.items() for row in rows]
        if not earlier:
            return
        table, row = self.pick(earlier)
        known = [
            r for said in self.loads[:load] for r in said.get(table, []) if plant_key(table, r) == plant_key(table, row)
        ]
        if self.chance(45):
            if not known[-1].get("void"):
                self.say(load, table, {c.name: row.get(c.name, "") for c in TABLES[table].key} | {"void": "yes"})
            return
        changed = {name: cell for name, cell in row.items() if name != "void"}
        if any(name not in changed for name in _required(table)):
            return
        match table:
            case "steps":
                changed["grain"] = self.pick(("", "unit", "lot", "order"))
            case "lots":
                changed |= {"material_id": self.pick(self.materials), "quantity": "", "unit": ""}
            case "units":
                changed |= {
                    "lot_id": self.pick(self.lots) if self.lots else "",
                    "material_id": self.pick(self.materials),
                }
            case "materials":
                changed["stage"] = self.pick(("finished", "supplied"))
            case "aliases":
                if changed["code"] in self.named:
                    return  # what it describes would have two descriptions
                others = {"item": self.undescribed(), "party": self.parties, "material": self.materials}
                codes = (
                    [code for code in self.spelled[changed["kind"]] if code != changed["code"]] if self.chained else []
                )
                changed["means"] = self.pick([*others[changed["kind"]], *codes[:1]])
            case "shipments":
                changed |= {"consignee_id": self.pick(self.parties), "shipped_at": self.pick(CLOSE)}
            case "packing":
                changed["unpacked_at"] = self.time(30, CLOSE)
            case "consumption" | "production":
                changed["quantity"] = "7"
        self.say(load, table, changed)

    def undescribed(self) -> list[str]:
        # An alias is never turned to a described item: its own description would then name that one a second time.
        return [i for i in self.items if i not in self.lots and i not in self.units] or [f"{self.prefix}L-new"]

    def mistakes(self) -> None:
        p, load = self.prefix, self.draws.number(0, len(self.loads) - 1)
        if self.chance(10):  # two rows of one key that say different things: neither counts
            for number in ("N1", "N2"):
                row = {"item_id": f"{p}{MISTAKEN[0]}", "material_id": self.materials[0], "lot_number": number}
                self.say(load, "lots", row, again=True)
        if self.chance(10):  # a quantity below nothing: the row does not count
            row = {
                "step_id": f"{p}T0",
                "item_id": f"{p}{MISTAKEN[1]}",
                "quantity": "-1",
                "unit": "kg",
                "at": "",
                "line_no": "",
            }
            self.say(load, self.pick(("consumption", "production")), row)


def _required(table: str) -> list[str]:
    return [column.name for column in TABLES[table].columns if column.required]


def complete(load: Load) -> Load:
    """The same rows, each with every column that its file has."""
    whole = {}
    for table, rows in load.items():
        used = {name for row in rows for name in row} | set(_required(table))
        names = [column.name for column in TABLES[table].columns if column.name in used]
        whole[table] = [{name: row.get(name, "") for name in names} for row in rows]
    return whole


def merged(plants: list[list[Load]]) -> list[Load]:
    """Several plants as one: the n-th loads of all of them are one load."""
    loads: list[Load] = []
    for i in range(max(len(plant) for plant in plants)):
        load: Load = {}
        for plant in plants:
            for table, rows in (plant[i] if i < len(plant) else {}).items():
                load.setdefault(table, []).extend(rows)
        loads.append(complete(load))
    return loads


def without_columns(rng: random.Random, loads: list[Load], percent: int = 6) -> list[Load]:
    """The same loads from files that lack some of the optional columns."""
    result = []
    for load in loads:
        thinner: Load = {}
        for table, rows in load.items():
            names = list(rows[0]) if rows else []
            optional = [n for n in names if not (c := TABLES[table].by_name[n]).required and not c.key and n != "void"]
            gone = {name for name in optional if rng.random() * 100 < percent}
            thinner[table] = [{name: cell for name, cell in row.items() if name not in gone} for row in rows]
        result.append(thinner)
    return result


def random_plant(rng: random.Random, size: int, prefix: str, *, crowded: bool = False) -> list[Load]:
    """A plant of about ``size`` lots whose every name begins with ``prefix``, told in one to three loads.

    ``crowded``: with a lot that has a hundred units and goes into a hundred steps.
    """
    return _Maker(SeededDraws(rng), size, prefix, crowded=crowded).make()


@st.composite
def plants(draw: Any, max_size: int = 8, prefix: str = "") -> list[Load]:
    """Plants that hypothesis can shrink. A code may mean another code, as only facts can that no loader checked."""
    return _Maker(HypothesisDraws(draw), draw(st.integers(2, max_size)), prefix, chained=True).make()


def write_plant(folder: Path, load: Load, rng: random.Random | None = None) -> Path:
    """Write one load as a folder of CSV files; with ``rng``, rows and columns in any order."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in load.items():
        if not rows:
            continue
        names, lines = list(rows[0]), list(rows)
        if any(row.keys() != rows[0].keys() for row in rows):
            raise ValueError(f"rows of {table} have different columns; use complete() first")
        if rng:
            rng.shuffle(names)
            rng.shuffle(lines)
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(lines)
    return folder
