"""Random plants with everything that a scope may start from.

Equipment, readings, documents, operators, places and deliveries, with times that are missing, whole days, or the wrong way
round.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

from facts import key_of

from genealogy.plant import TABLES

Rows = dict[str, list[dict[str, Any]]]
HOURS = 24 * 6
DAY = 24
FOREVER = 10**9


def instant(hour: int) -> str:
    """The hour counted from the first of May."""
    return f"2026-05-{1 + hour // DAY:02}T{hour % DAY:02}:00:00Z"


def span(text: str | None) -> tuple[float, float] | None:
    """First and last moment of a time, in hours; a whole day ends just before the next one."""
    if text is None:
        return None
    day = (int(text[8:10]) - 1) * DAY
    return (day, day + DAY - 1e-9) if "T" not in text else (day + int(text[11:13]), day + int(text[11:13]))


class Maker:
    """Makes one plant; every name begins with ``prefix``."""

    def __init__(self, rng: random.Random, prefix: str = "", size: int = 6) -> None:
        self.rng, self.p = rng, prefix
        self.rows: Rows = {table: [] for table in TABLES}
        self.seen: set[tuple[str, str]] = set()
        self.steps = [f"{prefix}T{i}" for i in range(rng.randint(2, size))]
        self.items = [f"{prefix}L{i}" for i in range(rng.randint(3, size + 2))]
        self.equipment = [f"{prefix}E{i}" for i in range(3)]
        self.places = [f"{prefix}P{i}" for i in range(2)]
        self.units: list[str] = []
        self.spelled: dict[str, str] = {}

    def chance(self, percent: int) -> bool:
        return self.rng.random() * 100 < percent

    def pick(self, values: Any) -> Any:
        return self.rng.choice(values)

    def time(self, empty: int) -> str | None:
        if self.chance(empty):
            return None
        hour = self.rng.randrange(0, HOURS, 4)
        return f"2026-05-{1 + hour // DAY:02}[Z]" if self.chance(15) else instant(hour)

    def add(self, table: str, **row: str | None) -> None:
        key = key_of(table, row)
        if (table, key) not in self.seen:
            self.seen.add((table, key))
            self.rows[table].append({c.name: row.get(c.name) for c in TABLES[table].facts})

    def code(self, kind: str, name: str) -> str:
        """Sometimes another system's code."""
        if not self.chance(15):
            return name
        other = f"{name}~"
        self.add("aliases", system="mes", kind=kind, code=other, means=name)
        return other

    def make(self) -> Rows:
        p = self.p
        for number, stage in enumerate(("finished", "intermediate", "supplied")):
            self.add("materials", material_id=f"{p}M{number}", name="m", stage=stage, base_unit="kg")
        for item in self.items:
            self.add(
                "lots", item_id=self.code("item", item), material_id=self.code("material", f"{p}M{self.rng.randrange(3)}"),
                lot_number=item, supplier_id=self.code("party", f"{p}S{self.rng.randrange(2)}"), received_at=self.time(30),
                made_at=self.time(60),
            )  # fmt: skip
            for number in range(self.rng.choice((0, 0, 0, 1, 3))):
                unit = f"{item}.{number}"
                self.units.append(unit)
                self.add("units", item_id=unit, lot_id=item, serial=unit, made_at=self.time(60))
        for number, equipment in enumerate(self.equipment):
            until = self.time(40)
            self.add(
                "equipment", equipment_id=self.code("equipment", equipment), name=f"n{number}", calibrated_until=until
            )
        everything = self.items + self.units
        for step in self.steps:
            self.step(step, everything)
        for _ in range(self.rng.randrange(8)):
            self.reading()
        for _ in range(self.rng.randrange(10)):
            self.place_event(everything)
        return self.rows

    def step(self, step: str, everything: list[str]) -> None:
        p = self.p
        if self.chance(90):
            self.add(
                "steps", step_id=step, operation=self.pick(("mix", "fill", "wash")), started_at=self.time(25),
                ended_at=self.time(25), site=self.pick((None, None, self.code("place", self.places[0]))),
                line=self.pick((None, None, self.places[1])), operator=self.pick((None, f"{p}A", f"{p}B")),
                document_id=self.pick((None, f"{p}D", f"{p}D2")), document_version=self.pick((None, "1", "2")),
                kind=self.pick((None, "process", "clean", "sterilise")), grain=self.pick((None, "unit", "lot", "order")),
            )  # fmt: skip
        for _ in range(self.rng.randrange(3)):
            self.add(
                "equipment_use",
                **{"from": self.time(35), "to": self.time(35)},
                step_id=step,
                equipment_id=self.code("equipment", self.pick(self.equipment)),
            )
        for table in ("consumption", "production"):
            for _ in range(self.rng.randrange(1, 3) if self.chance(85) else 0):
                item = self.code("item", self.pick(everything))
                self.add(
                    table, step_id=step, item_id=item, at=self.time(50), line_no=self.pick((None, "1", "2")),
                )  # fmt: skip

    def reading(self) -> None:
        low, high = self.pick(((None, None), ("2", "8"), ("2", None), (None, "8")))
        self.add(
            "readings", step_id=self.pick((None, self.pick(self.steps))),
            equipment_id=self.pick((None, self.code("equipment", self.pick(self.equipment)))),
            place_id=self.pick((None, None, self.code("place", self.pick(self.places)))), parameter=f"{self.p}{self.pick('xy')}",
            value=self.pick(("1", "2", "5.0", "8", "9.5", "high")), unit=self.pick((None, "kg", "g")), low=low, high=high,
            at=self.time(0),
        )  # fmt: skip

    def place_event(self, everything: list[str]) -> None:
        item, place = self.code("item", self.pick(everything)), self.code("place", self.pick(self.places))
        box = f"{self.p}C{self.rng.randrange(2)}"
        match self.rng.randrange(4):
            case 0:
                self.add(
                    "moves", item_id=self.pick((item, item, box)), from_place=self.pick((None, place)),
                    to_place=self.code("place", self.pick(self.places)),
                    at=self.time(0), **self.pick(({"quantity": None, "unit": None}, {"quantity": "5", "unit": "kg"})),
                )  # fmt: skip
            case 1:
                self.add(
                    "packing", item_id=self.pick((item, f"{self.p}C1")), container_id=box, packed_at=self.time(40),
                    unpacked_at=self.time(60),
                )  # fmt: skip
            case _:
                self.add(
                    "stock", item_id=self.pick((item, item, box)), place_id=place, quantity=self.pick(("0", "0.0", "5", "10")),
                    unit="kg", status=self.pick(("available", "held")), counted_at=self.time(0),
                )  # fmt: skip


def filled(rows: Rows) -> Rows:
    """Only the tables that hold something: each costs time to lay out."""
    return {table: of for table, of in rows.items() if of}


def corrected(rng: random.Random, rows: Rows) -> tuple[Rows, Rows]:
    """A second entry that says some of the rows otherwise, and what is in force after it."""
    second: Rows = defaultdict(list)
    after: Rows = {table: list(of) for table, of in rows.items()}
    for table in ("equipment_use", "steps", "readings", "stock", "lots"):
        for place, row in enumerate(rows[table]):
            if rng.random() < 0.1 and table != "lots":
                second[table].append(row | {"void": "yes"})
                after[table][place] = {}
            elif rng.random() < 0.15:
                names = {
                    "equipment_use": "to",
                    "steps": "ended_at",
                    "readings": "value",
                    "stock": "quantity",
                    "lots": "made_at",
                }
                new = {"readings": "9", "stock": "0"}.get(table, "2026-05-03T04:00:00Z")
                changed = row | {names[table]: new}
                second[table].append(changed)
                after[table][place] = changed
    return dict(second), {table: [row for row in of if row] for table, of in after.items()}
