"""Small plants made at random for the question where things are: counts, moves, returns, containers, units of measure."""

from __future__ import annotations

import random
from typing import Any

from oracle import Load, Row
from plants import complete, plant_key

from genealogy.plant import TABLES

TIMES = (
    "2026-05-01T08:00:00Z",
    "2026-05-02",
    "2026-05-02T10:00:00Z",
    "2026-05-02T12:00:00Z",
    "2026-05-03T08:00:00Z",
    "2026-05-04",
    "2026-05-04T09:00:00+02:00",
    "2026-05-05T20:00:00Z",
)
STATUSES = ("available", "held", "in_transit", "work_in_progress")
KINDS = ("scrapped", "sampled", "returned", "returned", "destroyed", "used")
MATERIALS = {"MP": "H87", "MK": "KGM", "MX": "MTR"}
"""Pieces; kilograms, of which a box holds 2.5 and a piece weighs 0.25; metres, which nothing converts to."""


class WherePlant:
    """One plant in the making."""

    def __init__(self, rng: random.Random, prefix: str = "") -> None:
        self.rng, self.p = rng, prefix
        self.loads: list[Load] = [{}, {}] if rng.random() < 0.4 else [{}]
        self.said: list[set[tuple[str, ...]]] = [set() for _ in self.loads]

    def say(self, table: str, **row: str) -> None:
        load = 1 if len(self.loads) > 1 and self.rng.random() < 0.3 else 0
        key = plant_key(table, row)
        if key in self.said[load]:
            return
        self.said[load].add(key)
        self.loads[load].setdefault(table, []).append(row)

    def make(self) -> list[Load]:
        rng, p = self.rng, self.p
        for name, unit in MATERIALS.items():
            if rng.random() < 0.9:
                tolerance = rng.choice(("", "2", "0.5"))
                self.say(
                    "materials", material_id=p + name, name=name, stage="finished", base_unit=unit,
                    tolerance_percent=tolerance,
                )  # fmt: skip
        self.say("conversions", material_id=p + "MK", from_unit="XBX", to_unit="KGM", factor="2.5")
        if rng.random() < 0.5:
            self.say("conversions", material_id=p + "MK", from_unit="H87", to_unit="KGM", factor="0.25")
        self.parties = [f"{p}P0", f"{p}P1", f"{p}O0", f"{p}O1"]
        for party, role in zip(self.parties, ("customer", "customer|supplier", "own", "own|carrier"), strict=True):
            self.say("parties", party_id=party, name=party, role=role)
        self.places = [f"{p}A", f"{p}B", f"{p}C"]
        for place, party in zip(self.places, (self.parties[2], self.parties[3], ""), strict=True):
            if rng.random() < 0.8:
                self.say("places", place_id=place, name=place, party_id=party)
        self.things()
        self.boxes = [f"{p}X{i}" for i in range(rng.randint(0, 2))]
        for box in self.boxes:
            for _ in range(rng.randint(1, 4)):
                inner = rng.choice([*self.items, *self.boxes])
                self.say("packing", item_id=inner, container_id=box, packed_at=self.time(30), unpacked_at=self.time(50))
        self.steps()
        for _ in range(rng.randint(1, 10)):
            getattr(self, rng.choice(("count", "count", "ship", "ship", "move", "dispose")))()
        for load in range(1, len(self.loads)):
            self.correct(load)
        return [complete(load) for load in self.loads]

    def things(self) -> None:
        rng, p = self.rng, self.p
        self.lots = [f"{p}L{i}" for i in range(rng.randint(1, 3))]
        self.units: list[str] = []
        self.material: dict[str, str] = {}
        for lot in self.lots:
            self.material[lot] = material = rng.choice(("MP", "MP", "MP", "MK", "MX"))
            if rng.random() < 0.9:
                quantity, unit = self.amount(lot, 75, large=True)
                self.say(
                    "lots", item_id=lot, material_id=p + material, lot_number=lot, quantity=quantity, unit=unit,
                )  # fmt: skip
            for i in range(rng.choice((0, 0, 2, 4))):
                unit = f"{lot}u{i}"
                self.units.append(unit)
                self.say("units", item_id=unit, lot_id=lot, serial=str(i))
        self.items = [*self.lots, *self.units]
        if rng.random() < 0.3:
            self.say("aliases", system="erp", kind="item", code=f"{self.lots[0]}~", means=self.lots[0])
            self.spelled = f"{self.lots[0]}~"
        else:
            self.spelled = self.lots[0]

    def steps(self) -> None:
        rng = self.rng
        for i in range(rng.randint(0, 4)):
            step = f"{self.p}T{i}"
            if rng.random() < 0.7:
                self.say("steps", step_id=step, operation="op", started_at=self.time(30), ended_at=self.time(50))
            for table in ("consumption", "production"):
                for _ in range(rng.randint(0, 2)):
                    item = self.item()
                    quantity, unit = self.amount(item, 85)
                    self.say(
                        table, step_id=step, item_id=item, quantity=quantity, unit=unit, at=self.time(60),
                        line_no=rng.choice(("", "1")),
                    )  # fmt: skip

    def item(self) -> str:
        chosen = self.rng.choice(self.items)
        return self.spelled if chosen == self.lots[0] and self.rng.random() < 0.2 else chosen

    def named(self) -> str:
        return self.rng.choice(self.boxes) if self.boxes and self.rng.random() < 0.3 else self.item()

    def time(self, percent_empty: int = 0) -> str:
        return "" if self.rng.random() * 100 < percent_empty else self.rng.choice(TIMES)

    def amount(self, item: str, percent: int = 100, *, large: bool = False) -> tuple[str, str]:
        """A quantity and its unit; sometimes none, sometimes in a unit that does not convert."""
        rng = self.rng
        if rng.random() * 100 >= percent:
            return "", ""
        material = self.material.get(item.split("u", maxsplit=1)[0].rstrip("~"), "MP")
        units = {"MP": ("H87", "each"), "MK": ("KGM", "GRM", "XBX", "H87"), "MX": ("MTR", "CMT")}[material]
        unit = "LTR" if rng.random() < 0.04 else rng.choice(units)
        number = rng.choice(("8", "10", "12")) if large else rng.choice(("0", "1", "2", "3", "5", "2.5"))
        return number, unit

    def count(self) -> None:
        named = self.named()
        quantity, unit = self.amount(named)
        self.say(
            "stock", item_id=named, place_id=self.rng.choice(self.places), quantity=quantity, unit=unit,
            status=self.rng.choice(STATUSES), counted_at=self.time(),
        )  # fmt: skip

    def ship(self) -> None:
        named = self.named()
        quantity, unit = self.amount(named, 85)
        self.say(
            "shipments", shipment_id=f"{self.p}H{self.rng.randint(0, 99)}", item_id=named, quantity=quantity, unit=unit,
            consignee_id=self.rng.choice(self.parties), shipped_at=self.time(),
        )  # fmt: skip

    def move(self) -> None:
        named = self.named()
        quantity, unit = self.amount(named, 85)
        source, target = (self.rng.choice((*self.places, "")) for _ in range(2))
        self.say(
            "moves", item_id=named, from_place=source, to_place=target, at=self.time(), quantity=quantity, unit=unit,
            line_no="",
        )  # fmt: skip

    def dispose(self) -> None:
        item = self.item()
        quantity, unit = self.amount(item)
        party = self.rng.choice((*self.parties[:2], ""))
        self.say(
            "dispositions", item_id=item, kind=self.rng.choice(KINDS), quantity=quantity, unit=unit, at=self.time(),
            party_id=party, line_no="",
        )  # fmt: skip

    def correct(self, load: int) -> None:
        earlier = [(t, r) for said in self.loads[:load] for t, rows in said.items() for r in rows]
        for _ in range(self.rng.randint(0, 4)):
            table, row = self.rng.choice(earlier)
            if table not in ("stock", "shipments", "dispositions", "packing", "moves", "lots"):
                continue
            if plant_key(table, row) in self.said[load]:
                continue
            self.said[load].add(plant_key(table, row))
            changed: dict[str, Any] = dict(row)
            if self.rng.random() < 0.5:
                changed = {c.name: row.get(c.name, "") for c in TABLES[table].key} | {"void": "yes"}
            elif changed.get("quantity"):
                changed["quantity"] = "4"
            self.loads[load].setdefault(table, []).append(Row(changed))


def where_plant(seed: int | str, prefix: str = "") -> list[Load]:
    """The plant of a seed, told in one or two loads."""
    return WherePlant(random.Random(f"where {seed}"), prefix).make()
