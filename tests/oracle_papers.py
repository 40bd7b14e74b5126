"""The records about one lot or unit, each a piece of paper: who it names, how much in its unit, what containers held.

They are what ``oracle_where`` works out from where everything is; no code is shared with the product.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from oracle import Fact, Known, Moment, Oracle

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
PARTS = (
    "on_hand_available", "on_hand_held", "in_process", "in_transit", "shipped", "consumed", "used", "scrapped", "destroyed",
    "sampled", "returned", "moved_since_count",
)  # fmt: skip
STATUS = {
    "available": "on_hand_available", "held": "on_hand_held", "in_transit": "in_transit", "work_in_progress": "in_process",
}  # fmt: skip
ORDER = ("made", "count", "move", "returned", "ship", "used", "sampled", "scrapped", "destroyed", "consumed")
SAME = {
    "H87": "each",
    "EA": "each",
    "each": "each",
    "KGM": "kg",
    "GRM": "g",
    "XBX": "box",
    "MTR": "m",
    "CMT": "cm",
    "LTR": "l",
}
FIXED = {
    ("g", "kg"): Fraction(1, 1000),
    ("kg", "g"): Fraction(1000),
    ("cm", "m"): Fraction(1, 100),
    ("m", "cm"): Fraction(100),
}


@dataclass
class Paper:
    """One record about one thing."""

    kind: str
    first: datetime | None
    last: datetime | None
    amount: Fraction | None
    named: str
    row: tuple[str, int]
    place: str | None = None
    target: str | None = None
    party: str | None = None
    status: str | None = None
    step: str | None = None


class WherePapers:
    """What a list of loads says of where things are, as of its last."""

    def __init__(self, loads: list[Any], as_of: int | None = None) -> None:
        self.known: Known = Oracle(loads).known(as_of)
        k = self.known
        self.own = {
            k.means("party", str(r["party_id"])) for r in k.facts["parties"] if "own" in str(r["role"]).split("|")
        }
        self.owner = {
            k.means("place", str(r["place_id"])): r["party_id"] and k.means("party", r["party_id"])
            for r in k.facts["places"]
        }
        self.steps = {str(r["step_id"]): r for r in k.facts["steps"]}
        self.bases = {k.means("material", str(r["material_id"])): str(r["base_unit"]) for r in k.facts["materials"]}
        # The order of entries and rows, by table.
        self.number = {id(row): n for rows in k.facts.values() for n, row in enumerate(rows)}

    # -- units of measure

    def material(self, item: str) -> str | None:
        lot, unit = self.known.lots.get(item), self.known.units.get(item)
        row = lot or (self.known.lots.get(self.known.item(unit["lot_id"])) if unit and unit["lot_id"] else None)
        return self.known.means("material", str(row["material_id"])) if row else None

    def base(self, lot: str) -> str | None:
        found = self.bases.get(self.material(lot) or "")
        if found:
            return found
        row = self.known.lots.get(lot)
        if row and row["unit"]:
            return row["unit"]
        for table in ("production", "stock", "shipments", "dispositions", "consumption", "moves"):
            units = [
                str(r["unit"])
                for r in self.known.facts[table]
                if self.known.item(str(r["item_id"])) == lot and r["unit"]
            ]
            if units:
                return min(units)
        return None

    def factor(self, unit: str, lot: str) -> Fraction | None:
        base = self.base(lot)
        if base is None:
            return None
        pairs = dict(FIXED)
        if self.bases.get(self.material(lot) or ""):
            for row in self.known.facts["conversions"]:
                if self.known.means("material", str(row["material_id"])) == self.material(lot):
                    one, other = SAME[str(row["from_unit"])], SAME[str(row["to_unit"])]
                    pairs[one, other] = Fraction(str(row["factor"]))
                    pairs[other, one] = 1 / Fraction(str(row["factor"]))
        reached = {SAME[unit]: Fraction(1)}
        while True:
            more = {b: reached[a] * f for (a, b), f in pairs.items() if a in reached and b not in reached}
            if not more:
                return reached.get(SAME[base])
            reached |= more

    def amount(self, row: Fact, lot: str) -> Fraction | None:
        if row["quantity"] is None or row["unit"] is None:
            return None
        factor = self.factor(str(row["unit"]), lot)
        return None if factor is None else Fraction(row["quantity"]) * factor

    def piece(self, lot: str) -> Fraction | None:
        base = self.base(lot)
        return None if base is None else Fraction(1) if SAME[base] == "each" else self.factor("H87", lot)

    # -- records

    def inside(self, container: str, begin: datetime | None, last: datetime | None) -> set[str]:
        """Everything in a container then, itself left out."""
        found: set[str] = set()
        stack = [container]
        opened = set()
        while stack:
            box = stack.pop()
            if box in opened:
                continue
            opened.add(box)
            for row in self.known.facts["packing"]:
                if row["container_id"] != box:
                    continue
                packed = Moment.of(row["packed_at"]) if row["packed_at"] else None
                out = Moment.of(row["unpacked_at"]) if row["unpacked_at"] else None
                if begin is not None and last is not None:
                    if packed and packed.start > last:
                        continue
                    if out and out.last < begin:
                        continue
                item = self.known.item(str(row["item_id"]))
                found.add(item)
                stack.append(item)
        return found

    def is_container(self, name: str) -> bool:
        return any(row["container_id"] == name for row in self.known.facts["packing"])

    def papers(self, item: str) -> list[Paper]:
        unit = item in self.known.units
        found: list[Paper] = []
        for table, kind, time in (
            ("stock", "count", "counted_at"), ("moves", "move", "at"), ("shipments", "ship", "shipped_at"),
            ("dispositions", "", "at"), ("consumption", "consumed", "at"), ("production", "made", "at"),
        ):  # fmt: skip
            for row in self.known.facts[table]:
                named = self.known.item(str(row["item_id"]))
                when = Moment.of(row[time]) if row[time] else None
                if when is None and table in ("consumption", "production"):
                    step = self.steps.get(str(row["step_id"]), {})
                    text = step.get("started_at") or step.get("ended_at")
                    when = Moment.of(text) if text else None
                first, last = (when.start, when.last) if when else (None, None)
                amount: Fraction | None
                if named == item:
                    amount = self.amount(row, item) if not unit else None
                elif table in ("consumption", "production") or item not in self.inside(named, first, last):
                    continue
                else:
                    amount = None if unit else self.of_container(row, named, item, first, last)
                if unit:
                    amount = Fraction(0 if row["quantity"] is not None and Fraction(row["quantity"]) == 0 else 1)
                found.append(
                    Paper(
                        kind or str(row["kind"]), first, last, amount, named, (table, self.number[id(row)]),
                        place=self.place(row.get("place_id") or row.get("from_place")), target=self.place(row.get("to_place")),
                        party=self.party(row.get("consignee_id") or row.get("party_id")), status=row.get("status"),
                        step=row.get("step_id"),
                    )
                )  # fmt: skip
        return found

    def of_container(
        self, row: Fact, box: str, lot: str, first: datetime | None, last: datetime | None
    ) -> Fraction | None:
        total = self.amount(row, lot)
        within = self.inside(box, first, last)
        leaves = {i for i in within if i in self.known.lots or i in self.known.units or not self.is_container(i)}
        units = leaves & self.known.units.keys()
        if total is None or len(leaves - units) > 1:
            return None
        if units:
            piece = self.piece(lot)
            if piece is None:
                return None
            total -= piece * len(units)
        return total if total >= 0 else None

    def place(self, code: str | None) -> str | None:
        return self.known.means("place", code) if code else None

    def party(self, code: str | None) -> str | None:
        return self.known.means("party", code) if code else None
