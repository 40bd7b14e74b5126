"""Plants in which one thing makes units bad, and the complaints that come of it: what ranks causes must find it.

Lots are used up one after the other, some of them on two lines at once; equipment and operators change from step to
step; document versions change with time; one material has an alternative. A part of what the cause stands behind turns
bad, a few units elsewhere do for other reasons, and not all who got a bad one complain.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from facts import entry

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, str | None]
KINDS = ("lot", "made lot", "supplier", "material", "equipment", "operator", "document", "order", "step", "time_window")
OPERATIONS = ("mix", "fill", "pack")
_BEGIN = datetime(2026, 1, 5, 6, tzinfo=UTC)


@dataclass
class Planted:
    """A plant with complaints.

    Attributes:
        facts: of its one entry.
        kind: what sort of cause was planted.
        cause: kind and id as an answer names them; of a time window the operation.
        reach: the units that the cause stands behind.
        complaints: units.
        units: all of them.
        windows: for each operation, when its steps began and the units that each stands behind.
    """

    facts: dict[str, pa.Table]
    kind: str
    cause: tuple[str, str]
    reach: set[str]
    complaints: list[str]
    units: list[str]
    windows: dict[str, list[tuple[datetime, set[str]]]]


class Maker:
    """A plant in the making: its tables, and what stands behind each unit, noted on the way."""

    def __init__(self, rng: random.Random, lots: tuple[int, int] = (40, 70), units: tuple[int, int] = (8, 30)) -> None:
        self.rng, self.lots, self.units = rng, lots, units
        self.tables: dict[str, list[Row]] = defaultdict(list)
        self.behind: dict[tuple[str, str], set[str]] = defaultdict(set)
        """Units by what stands behind them, noted while they are made."""
        self.window: dict[str, list[tuple[datetime, set[str]]]] = defaultdict(list)

    def make(self) -> list[str]:
        rng = self.rng
        for material, stage in [*((m, "supplied") for m in "ABCDE"), ("mass", "intermediate"), ("unit", "finished")]:
            self.tables["materials"].append(
                {"material_id": material, "name": material, "stage": stage, "base_unit": "KGM"}
            )
        at = {line: _BEGIN + timedelta(hours=line) for line in range(2)}
        stock = {material: self.received(material) for material in "ABCDE"}
        units: list[str] = []
        for number in range(rng.randint(*self.lots)):
            line = rng.randrange(2)
            when = at[line]
            at[line] += timedelta(hours=rng.randint(5, 9))
            made: set[str] = {f"U{number:03}-{i:02}" for i in range(rng.randint(*self.units))}
            parts = ["A", "B", "C", rng.choice("DE")]
            used = []
            for material in parts:
                if rng.random() < 0.22:
                    stock[material] = self.received(material)
                used.append(stock[material])
            order = f"PO{number:03}"
            mass, lot = f"M{number:03}", f"F{number:03}"
            self.lot(mass, "mass", made)
            self.lot(lot, "unit", made)
            self.step(f"mix-{number}", "mix", order, when, used[:3], mass, made)
            self.step(f"fill-{number}", "fill", order, when + timedelta(hours=2), [mass, used[3]], lot, made)
            for unit in sorted(made):
                self.tables["units"].append({"item_id": unit, "lot_id": lot, "serial": unit})
            for supplied in used:
                self.behind["lot", supplied] |= made
                self.behind["supplier", self.supplier[supplied]] |= made
                self.behind["material", supplied[0]] |= made
            self.behind["made lot", mass] |= made
            units += sorted(made)
        return units

    supplier: dict[str, str]

    def received(self, material: str) -> str:
        if not hasattr(self, "supplier"):
            self.supplier = {}
        name = f"{material}-{sum(lot[0] == material for lot in self.supplier)}"
        self.supplier[name] = f"S{self.rng.randrange(6)}"
        self.tables["lots"].append(
            {"item_id": name, "material_id": material, "lot_number": name, "supplier_id": self.supplier[name]}
        )
        return name

    def lot(self, item: str, material: str, made: set[str]) -> None:
        self.tables["lots"].append({"item_id": item, "material_id": material, "lot_number": item})

    def step(
        self, step: str, operation: str, order: str, when: datetime, used: list[str], made: str, units: set[str]
    ) -> None:
        rng = self.rng
        operator, machine = f"operator {rng.randrange(7)}", f"{operation}-machine-{rng.randrange(4)}"
        age = (when - _BEGIN) / timedelta(days=1)
        version = f"{1 + int(age // (6 + OPERATIONS.index(operation)))}.0"
        document = f"SOP-{operation}"
        self.tables["steps"].append(
            {
                "step_id": step, "operation": operation, "order_id": order, "operator": operator,
                "document_id": document, "document_version": version,
                "started_at": f"{when:%Y-%m-%dT%H:%M:%SZ}",
            }
        )  # fmt: skip
        self.tables["equipment_use"].append({"step_id": step, "equipment_id": machine})
        self.tables["consumption"] += [{"step_id": step, "item_id": item} for item in used]
        self.tables["production"].append({"step_id": step, "item_id": made})
        for key in [("operator", operator), ("equipment", machine), ("order", order), ("step", step)]:
            self.behind[key] |= units
        self.behind["document", f"{document} {version}"] |= units
        self.window[operation].append((when, units))

    def windows(self) -> dict[tuple[str, str], set[str]]:
        """Some stretches of time at an operation."""
        found = {}
        for operation, steps in self.window.items():
            steps.sort(key=lambda step: step[0])
            size = self.rng.randint(4, 12)
            begin = self.rng.randrange(len(steps) - size)
            found["time_window", operation] = set().union(*(made for _, made in steps[begin : begin + size]))
        return found


def planted(seed: int, kind: str) -> Planted:
    """A plant in which something of a kind is the cause, with 5 to 50 complaints, at least half of which it is behind."""
    for attempt in range(100):
        rng = random.Random(f"{seed}/{kind}/{attempt}")
        maker = Maker(rng)
        units = maker.make()
        if kind == "time_window":
            maker.behind.update(maker.windows())
        possible = sorted(
            (key, reach) for key, reach in maker.behind.items() if key[0] == kind and 8 <= len(reach) <= len(units) / 2
        )
        if not possible:
            continue
        (_, name), reach = rng.choice(possible)
        share, noise = rng.uniform(0.3, 0.8), rng.uniform(0, 0.01)
        bad = [unit for unit in units if rng.random() < (share if unit in reach else noise)]
        complaints = rng.sample(bad, min(len(bad), rng.randint(5, 50)))
        if len(complaints) >= 5 and 2 * sum(unit in reach for unit in complaints) >= len(complaints):
            cause = ("lot" if kind == "made lot" else kind, name)
            return Planted(entry(**maker.tables), kind, cause, reach, sorted(complaints), units, maker.window)
    raise AssertionError(f"no plant of seed {seed} has a cause of kind {kind}")
