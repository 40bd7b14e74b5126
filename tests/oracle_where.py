"""Where everything is, worked out a third time: slowly, piece of paper by piece of paper, from the rows as written.

It shares no code with the product. It walks the records of one lot or unit in the order of time and moves amounts
between heaps: what came back, what moved, what was counted. Rules are those of docs/answers.md, "Where it is now".
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from oracle import Moment
from oracle_papers import EARLIEST, LATEST, ORDER, PARTS, SAME, STATUS, Paper, WherePapers

__all__ = ["SAME", "WhereOracle"]


class WhereOracle(WherePapers):
    """What a list of loads says of where things are, as of one of them."""

    # -- units

    def unit(self, item: str) -> tuple[str | None, Paper | None, Paper | None]:
        """Its part, the record that decides it, and the first that names it."""
        papers = [p for p in self.papers(item) if p.amount or p.kind == "count"]
        named = [p for p in papers if p.kind != "made" and p.amount]
        order = {kind: n for n, kind in enumerate(ORDER)}
        first = min(named, key=lambda p: (p.first or EARLIEST, order[p.kind], p.row[1]), default=None)
        used = [p for p in papers if p.kind == "consumed"]
        both = {p.step for p in used} & {p.step for p in papers if p.kind == "made"}
        intricate = bool(used)
        timeline: list[tuple[Any, Paper, bool]] = []
        for p in papers:
            if p.step is not None and p.step in both:
                continue
            if p.kind == "made" and not intricate:
                continue
            at = p.first or (LATEST if p.kind == "consumed" else EARLIEST)
            timeline.append(((at, order[p.kind], p.row[1]), p, False))
            if p.kind == "returned":
                timeline.append(((p.last, order["ship"] + 0.5, p.row[1]), p, True))
        part: str | None = None
        decides: Paper | None = None
        out, done = False, []
        for _, p, late in sorted(timeline, key=lambda entry: entry[0]):
            if p.kind == "returned":
                if any(p is d for d in done) or not (out or late):
                    continue
                done.append(p)
            if p.kind == "made":
                if part == "consumed":
                    part = decides = None
            elif p.kind == "count" and not p.amount:
                if decides is not None and self.at_place(decides, p.place):
                    part = decides = None
            else:
                part, decides = self.part(p), p
                out = part in ("shipped", "used")
        return part, decides, first

    def part(self, p: Paper) -> str:
        if p.kind == "count":
            return STATUS[str(p.status)]
        if p.kind == "move" or (p.kind == "ship" and p.party in self.own):
            return "moved_since_count"
        return {"ship": "shipped"}.get(p.kind, p.kind)

    def at_place(self, p: Paper, place: str | None) -> bool:
        if p.kind == "count":
            return p.place == place
        if p.kind == "move":
            return p.target in (place, None)
        return p.kind == "ship" and p.party is not None and p.party == self.owner.get(str(place))

    def counts_of(self, lot: str) -> list[Paper]:
        return [p for p in self.papers(lot) if p.kind == "count" and p.named == lot]

    def counted_in(self, lot: str, p: Paper, before: datetime | None = None) -> bool:
        """Whether the lot was counted after this record of its unit, where the unit would have been counted too."""
        return any(
            c.last is not None and p.first is not None and c.last >= p.first
            and (before is None or c.last < before)
            and (p.kind == "returned" or self.at_place(p, c.place))
            for c in self.counts_of(lot)
        )  # fmt: skip

    def parent(self, unit: str) -> str | None:
        row = self.known.units[unit]
        lot = self.known.item(row["lot_id"]) if row["lot_id"] else None
        return None if lot is None or lot in self.known.units else lot

    def members(self, lot: str) -> list[str]:
        return [unit for unit in self.known.units if self.parent(unit) == lot]

    def unit_part(self, unit: str) -> str | None:
        part, decides, first = self.unit(unit)
        lot = self.parent(unit)
        if lot is None:
            return part
        if part in ("returned", "moved_since_count") and decides is not None and self.counted_in(lot, decides):
            return "with_lot"
        if first is None:
            return "with_lot" if any(amount > 0 for amount in self.loose(lot).values()) else part
        return part

    # -- lots

    def leavings(self, lot: str) -> list[tuple[Paper, str]]:
        """The records by which units leave what is loose of a lot."""
        found = []
        order = {kind: n for n, kind in enumerate(ORDER)}
        for unit in self.members(lot):
            _, _, first = self.unit(unit)
            if first is not None:
                found.append((first, unit))
            dated = [p for p in self.papers(unit) if p.kind != "made" and p.amount and p.first]
            dated.sort(key=lambda p: (p.first, order[p.kind], p.row[1]))
            for one, other in itertools.pairwise(dated):
                if one.kind in ("returned", "move", "ship") and self.counted_in(lot, one, other.first):
                    found.append((other, unit))
        return found

    def loose(self, lot: str) -> dict[str, Fraction]:
        """The parts of what no serial is named of."""
        return _Heaps(self, lot).parts

    def lot(self, lot: str) -> tuple[Fraction | None, dict[str, Fraction]]:
        """What there was, and its parts with its units."""
        parts = defaultdict(Fraction, self.loose(lot))
        piece = self.piece(lot)
        for unit in self.members(lot):
            part = self.unit_part(unit)
            if part not in (None, "with_lot") and piece is not None:
                parts[str(part)] += piece
        return self.there_was(lot), {part: amount for part, amount in parts.items() if amount}

    def there_was(self, lot: str) -> Fraction | None:
        made = [
            self.amount(r, lot) for r in self.known.facts["production"] if self.known.item(str(r["item_id"])) == lot
        ]
        row = self.known.lots.get(lot)
        stated = self.amount(row, lot) if row else None
        known = [amount for amount in made if amount is not None]
        if known and (len(known) == len(made) or stated is None):
            return sum(known, Fraction(0))
        if stated is not None:
            return stated
        piece = self.piece(lot)
        members = self.members(lot)
        return piece * len(members) if members and piece is not None else None


class _Heaps:
    """The loose pieces of one lot, moved from heap to heap in the order of time."""

    def __init__(self, oracle: WhereOracle, lot: str) -> None:
        self.o, self.lot = oracle, lot
        self.shipped: list[list[Any]] = []  # party, amount; who was shipped to first stands first
        self.back = Fraction(0)
        self.moved: list[list[Any]] = []  # named, place, party, amount
        self.counts: list[dict[str, Any]] = []  # oldest first
        self.gone: dict[str, Fraction] = defaultdict(Fraction)
        piece = oracle.piece(lot)
        events: list[tuple[Any, str, Paper, Fraction]] = []
        tables = ("production", "stock", "moves", "shipments", "dispositions", "consumption", "packing")
        for p in oracle.papers(lot):
            if p.kind == "made" or (p.amount is None and p.kind != "count"):
                continue
            place = (tables.index(p.row[0]), p.row[1])
            amount = p.amount or Fraction(0)
            first, last = p.first or EARLIEST, p.last or EARLIEST
            if p.kind == "count":
                events.append(((last, 6, place), "count", p, amount))
            elif p.kind == "returned":
                events.append(((first, 0, place), "return", p, amount))
                events.append(((last, 3, place), "return at last", p, amount))
            elif p.kind == "used":
                events.append(((last, 4, place), "used", p, amount))
            elif p.kind in ("scrapped", "sampled", "destroyed") and self.had_some(p.party):
                events.append(((last, 4, place), p.kind, p, amount))
            elif p.kind == "move":
                events.append(((first, 5, place), "move", p, amount))
            else:
                events.append(((first, 1, place), p.kind, p, amount))
        for p, _ in oracle.leavings(lot) if piece is not None else []:
            place = (tables.index(p.row[0]), p.row[1])
            kind = "was out" if p.kind in ("returned", "used") else "leaves"
            if p.kind in ("scrapped", "sampled", "destroyed") and self.had_some(p.party):
                kind = "was there"
            events.append(((p.first or EARLIEST, 1 if kind == "leaves" else 4, place), kind, p, piece))
        for at, box in self.unpackings():
            p = Paper("unpacked", at, at, Fraction(0), box, ("packing", -1))
            events.append(((at, 7, (6, -1)), "unpacked", p, Fraction(0)))
        events.sort(key=lambda event: event[0])
        self.recounted = {(p.named, p.place): key[0] for key, kind, p, _ in events if kind == "count"}
        done: list[Paper] = []
        for key, kind, p, amount in events:
            self.one(key[0], kind, p, amount, done)
        self.parts = self.summed()

    def unpackings(self) -> set[tuple[datetime, str]]:
        """When the lot came out of a container, and of which; of a nested one with the first that is opened."""
        found: set[tuple[datetime, str]] = set()
        seen = set()
        stack: list[tuple[str, datetime, datetime]] = [(self.lot, EARLIEST, LATEST)]
        while stack:
            item, since, until = stack.pop()
            for row in self.o.known.facts["packing"]:
                if self.o.known.item(str(row["item_id"])) != item:
                    continue
                packed = Moment.of(row["packed_at"]).start if row["packed_at"] else EARLIEST
                out = Moment.of(row["unpacked_at"]).last if row["unpacked_at"] else LATEST
                state = (str(row["container_id"]), max(since, packed), min(until, out))
                if state in seen or state[1] >= state[2] + timedelta(days=2) if state[2] != LATEST else state in seen:
                    continue
                seen.add(state)
                stack.append(state)
                if state[2] != LATEST:
                    found.add((state[2], state[0]))
        return found

    def had_some(self, party: str | None) -> bool:
        """Whether a party outside our own firm was ever shipped some of the lot, under its number."""
        sent = {p.party for p in self.o.papers(self.lot) if p.kind == "ship"}
        return party in sent - self.o.own - {None}

    def one(self, now: datetime, kind: str, p: Paper, amount: Fraction, done: list[Paper]) -> None:
        if kind in ("return", "return at last"):
            out = sum((heap[1] for heap in self.shipped), Fraction(0))
            if any(p is d for d in done) or (kind == "return" and out < amount):
                return
            done.append(p)
            rest = self.from_shipped(amount, p.party)
            self.ship(p.party, -rest)
            self.back += amount
        elif kind == "count":
            self.count(now, p, amount)
        elif kind == "move":
            self.move(now, p, amount)
        elif kind == "unpacked":
            for heap in [h for h in self.counts if h["named"] == p.named and p.named != self.lot]:
                self.counts.remove(heap)
                self.arrive(self.lot, heap["place"], None, sum(heap["parts"].values(), Fraction(0)))
        else:
            rest = self.from_shipped(amount, p.party) if kind in ("used", "was out") else amount
            if kind == "was there" or (kind in ("scrapped", "sampled", "destroyed") and self.had_some(p.party)):
                for out in self.shipped:
                    if out[0] == p.party:
                        some = min(rest, max(out[1], Fraction(0)))
                        out[1] -= some
                        rest -= some
            self.leave(now, rest, p.named)
            if kind == "ship" and p.party in self.o.own:
                self.arrive(p.named, None, p.party, amount)
            elif kind == "ship":
                self.ship(p.party, amount)
            elif kind not in ("leaves", "was out", "was there"):
                self.gone[kind] += amount

    def ship(self, party: str | None, amount: Fraction) -> None:
        for heap in self.shipped:
            if heap[0] == party:
                heap[1] += amount
                return
        self.shipped.append([party, amount])

    def from_shipped(self, amount: Fraction, party: str | None) -> Fraction:
        for same in (True, False):
            for heap in self.shipped:
                if (heap[0] == party) == same:
                    some = min(amount, max(heap[1], Fraction(0)))
                    heap[1] -= some
                    amount -= some
        return amount

    def leave(self, now: datetime, amount: Fraction, named: str) -> None:
        some = min(amount, self.back)
        self.back -= some
        amount -= some
        for same in (True, False):
            for heap in list(self.moved):
                if (heap[0] == named) == same:
                    amount = self.from_moved(heap, amount)
        for heap in self.preferred(now, named):
            amount = self.from_count(heap, amount)

    def preferred(self, now: datetime, named: str) -> list[dict[str, Any]]:
        def later(heap: dict[str, Any]) -> bool:
            return self.recounted[heap["named"], heap["place"]] > now

        groups: list[dict[str, Any]] = []
        for same in (True, False):
            for again in (True, False):
                groups += [h for h in self.counts if (h["named"] == named) == same and later(h) == again]
        return groups

    def from_moved(self, heap: list[Any], amount: Fraction) -> Fraction:
        some = min(amount, heap[3])
        heap[3] -= some
        if not heap[3]:
            self.moved.remove(heap)
        return amount - some

    def from_count(self, heap: dict[str, Any], amount: Fraction) -> Fraction:
        for part in PARTS:
            some = min(amount, heap["parts"].get(part, Fraction(0)))
            if some:
                heap["parts"][part] -= some
                amount -= some
        return amount

    def arrive(self, named: str, place: str | None, party: str | None, amount: Fraction) -> None:
        if not amount:
            return
        for heap in self.moved:
            if heap[:3] == [named, place, party]:
                heap[3] += amount
                return
        self.moved.append([named, place, party, amount])

    def move(self, now: datetime, p: Paper, amount: Fraction) -> None:
        if p.place is None:
            self.leave(now, amount, p.named)
        else:
            rest, owner = amount, self.o.owner.get(p.place)
            for same in (True, False):
                for heap in list(self.moved):
                    here = (heap[2] is None and heap[1] == p.place) or (heap[2] is not None and heap[2] == owner)
                    if here and (heap[0] == p.named) == same:
                        rest = self.from_moved(heap, rest)
            for counted in self.preferred(now, p.named):
                if counted["place"] == p.place:
                    rest = self.from_count(counted, rest)
        self.arrive(p.named, p.target, None, amount)

    def count(self, now: datetime, p: Paper, amount: Fraction) -> None:
        heap = next((h for h in self.counts if (h["named"], h["place"]) == (p.named, p.place)), None)
        if heap is None or heap["at"] != now:
            if heap is not None:
                self.counts.remove(heap)
            heap = {"named": p.named, "place": p.place, "at": now, "parts": defaultdict(Fraction)}
            self.counts.append(heap)
            for moved in list(self.moved):
                here = moved[2] is None and moved[1] in (p.place, None)
                here = here or (moved[2] is not None and moved[2] == self.o.owner.get(str(p.place)))
                if here and p.named in (self.lot, moved[0]):
                    self.moved.remove(moved)
            if p.named == self.lot:
                self.back = Fraction(0)
        heap["parts"][STATUS[str(p.status)]] += amount

    def summed(self) -> dict[str, Fraction]:
        parts: dict[str, Fraction] = defaultdict(Fraction)
        for kind, amount in self.gone.items():
            parts[kind] += amount
        parts["shipped"] += sum((heap[1] for heap in self.shipped), Fraction(0))
        parts["returned"] += self.back
        parts["moved_since_count"] += sum((heap[3] for heap in self.moved), Fraction(0))
        for heap in self.counts:
            for part, amount in heap["parts"].items():
                parts[part] += amount
        return {part: amount for part, amount in parts.items() if amount}
