"""A slow, plain reading of what a start means: rows are dictionaries of text, times are numbers of hours.

It shares no code with the product but the declared tables.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import networkx as nx
from oracle import Known
from workings import FOREVER, Rows, span

from genealogy.plant import TABLES


@dataclass
class Asked:
    """A start as a test asks for it: times in hours, everything else by name."""

    kind: str
    first: float = -FOREVER
    last: float = FOREVER
    with_: dict[str, Any] = field(default_factory=dict)


class Reading:
    """What rows mean for a start.

    Args:
        rows: the facts in force, codes as written.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.known = Known({table: rows.get(table, []) for table in TABLES})
        self.of_step = {row["step_id"]: row for row in rows["steps"]}
        self.containers = {row["container_id"] for row in rows["packing"]}

    def select(self, asked: Asked) -> dict[tuple[str, str], bool]:
        """What a start selects: sort and id, and whether it is sure."""
        found: dict[tuple[str, str], bool] = {}
        for key, sure in getattr(self, f"_{asked.kind}")(asked):
            found[key] = found.get(key, False) or sure
        return found

    def touch(self, begun: Any, done: Any, asked: Any) -> bool | None:
        """None: surely not; else whether it is sure that it does."""
        low = min(begun[0] if begun else -FOREVER, done[1] if done and begun else FOREVER)
        high = max(done[1] if done else FOREVER, begun[0] if begun and done else -FOREVER)
        if low > asked.last or high < asked.first:
            return None
        if begun and done:
            return True
        always = asked.first == -FOREVER and asked.last == FOREVER
        inside = [m for m in ((begun or [None])[0], (done or [None, None])[1]) if m is not None]
        return always or any(asked.first <= moment <= asked.last for moment in inside)

    def _step(self, asked: Asked) -> Any:
        yield ("step", asked.with_["step"]), True

    def uses(self, equipment: str) -> Any:
        for use in self.rows["equipment_use"]:
            if self.known.means("equipment", use["equipment_id"]) == equipment:
                step = self.of_step.get(use["step_id"], {})
                begun = span(use["from"]) or span(step.get("started_at"))
                yield use["step_id"], begun, span(use["to"]) or span(step.get("ended_at"))

    def _equipment(self, asked: Asked) -> Any:
        for step, begun, done in self.uses(asked.with_["equipment"]):
            sure = self.touch(begun, done, asked)
            if sure is not None:
                yield ("step", step), sure

    def _calibration(self, asked: Asked) -> Any:
        for row in self.rows["equipment"]:
            equipment, until = self.known.means("equipment", row["equipment_id"]), span(row["calibrated_until"])
            if until and asked.with_.get("equipment") in (None, equipment):
                after = Asked("equipment", max(until[1] + 1e-9, asked.first), asked.last, {"equipment": equipment})
                if after.first <= after.last:
                    yield from self._equipment(after)

    def _operator(self, asked: Asked) -> Any:
        for row in self.rows["steps"]:
            sure = self.touch(span(row["started_at"]), span(row["ended_at"]), asked)
            if row["operator"] == asked.with_["operator"] and sure is not None:
                yield ("step", row["step_id"]), sure

    def _document(self, asked: Asked) -> Any:
        version = asked.with_.get("version")
        for row in self.rows["steps"]:
            sure = self.touch(span(row["started_at"]), span(row["ended_at"]), asked)
            fits = version is None or row["document_version"] in (None, version)
            if row["document_id"] == asked.with_["document"] and fits and sure is not None:
                yield ("step", row["step_id"]), sure and (version is None or row["document_version"] is not None)

    def _supplier(self, asked: Asked) -> Any:
        for row in self.rows["lots"]:
            sure = self.touch(span(row["received_at"]), span(row["received_at"]), asked)
            material = asked.with_.get("material") in (None, self.known.means("material", row["material_id"]))
            if (
                self.known.means("party", row["supplier_id"]) == asked.with_["supplier"]
                and material
                and sure is not None
            ):
                yield ("item", self.known.item(row["item_id"])), sure

    def outside(self, row: dict[str, Any], asked: Asked) -> bool | None:
        """None: within its limits, or without any; else whether it is surely outside."""
        low, high = asked.with_.get("limits", (row["low"], row["high"]))
        if low is None and high is None:
            return None
        try:
            value = Fraction(row["value"])
        except ValueError:
            return False
        unit = asked.with_.get("unit")
        if unit is not None:
            if row["unit"] is None:
                return False
            value *= Fraction({"kg": 1000, "g": 1}[row["unit"]], {"kg": 1000, "g": 1}[unit])
        return (
            True
            if (low is not None and value < Fraction(low)) or (high is not None and value > Fraction(high))
            else None
        )

    def _reading(self, asked: Asked) -> Any:
        want = asked.with_
        for row in self.rows["readings"]:
            at = span(row["at"])
            assert at is not None
            out = self.outside(row, asked)
            if row["parameter"] != want["parameter"] or out is None or at[0] > asked.last or at[1] < asked.first:
                continue
            equipment = row["equipment_id"] and self.known.means("equipment", row["equipment_id"])
            place = row["place_id"] and self.known.means("place", row["place_id"])
            if want.get("equipment") and equipment != want["equipment"]:
                ran = {step for step, _, _ in self.uses(want["equipment"])}
                if equipment is not None or row["step_id"] not in ran:
                    continue
            if want.get("place") and place != want["place"]:
                continue
            found = [(("step", row["step_id"]), out)] if row["step_id"] else []
            if not row["step_id"]:
                then = {"first": at[0], "last": at[1]}
                if equipment:
                    found += list(self._equipment(Asked("equipment", **then, with_={"equipment": equipment})))
                if place:
                    found += list(self._place(Asked("place", **then, with_={"place": place})))
            if want.get("step"):
                yield from ((key, sure and out) for key, sure in found if key == ("step", want["step"]))
            else:
                yield from ((key, sure and out) for key, sure in found or [(("nothing", ""), out)])

    def _place(self, asked: Asked) -> Any:
        place = asked.with_["place"]
        for row in self.rows["steps"]:
            named = {self.known.means("place", row[name]) for name in ("site", "line") if row[name]}
            sure = self.touch(span(row["started_at"]), span(row["ended_at"]), asked)
            if place in named and sure is not None:
                yield ("step", row["step_id"]), sure
        for item, events in self.events(place).items():
            is_unit = any(self.known.item(row["item_id"]) == item for row in self.rows["units"])
            for begin, end, seen in presence(events, is_unit):
                if begin <= asked.last and end >= asked.first:
                    always = asked.first == -FOREVER and asked.last == FOREVER
                    shown = any(a <= asked.last and b >= asked.first for a, b in seen)
                    later = any(a > asked.last for a, _ in seen)
                    yield ("item", item), always or shown or (begin > -FOREVER and (end < FOREVER or later))
        for box in self.containers:
            for begin, end, seen in presence(self.events(place, box).get(box, []), True):
                if begin <= asked.last and end >= asked.first:
                    always = asked.first == -FOREVER and asked.last == FOREVER
                    shown = any(a <= asked.last and b >= asked.first for a, b in seen)
                    later = any(a > asked.last for a, _ in seen)
                    sure = always or shown or (begin > -FOREVER and (end < FOREVER or later))
                    for item, known in self.inside(box, max(begin, asked.first), min(end, asked.last), ()):
                        yield ("item", item), sure and known

    def events(self, place: str, box: str | None = None) -> dict[str, list[Any]]:
        """(first, last, what, how much) of every item at a place, or of one container."""
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self.rows["moves"]:
            at, amount = span(row["at"]), None if row["quantity"] is None else Fraction(row["quantity"])
            assert at is not None
            for column, what in (("to_place", "in"), ("from_place", "out")):
                if row[column] and self.known.means("place", row[column]) == place:
                    if row["item_id"] not in self.containers:
                        found[self.known.item(row["item_id"])].append((*at, what, amount))
                    elif row["item_id"] == box:
                        found[box].append((*at, what, amount))
        counts: dict[Any, Fraction] = defaultdict(Fraction)
        for row in self.rows["stock"]:
            if self.known.means("place", row["place_id"]) == place:
                boxed = row["item_id"] in self.containers
                counts[boxed, row["item_id"] if boxed else self.known.item(row["item_id"]), row["counted_at"]] += (
                    Fraction(row["quantity"])
                )
        for (boxed, what, at), amount in counts.items():
            then = span(at)
            assert then is not None
            if boxed == (box is not None) and what == (box or what):
                found[what].append((*then, "none" if not amount else "count", amount))
        return found

    def inside(self, box: str, first: float, last: float, around: tuple[str, ...]) -> Any:
        """What was in a container in a time, and whether it is known since when."""
        for row in self.rows["packing"]:
            packed, unpacked = span(row["packed_at"]), span(row["unpacked_at"])
            until = FOREVER if unpacked is None else unpacked[1] + (1e-9 if unpacked[1] > unpacked[0] else 0)
            since = max(first, packed[0] if packed else -FOREVER)
            code = row["item_id"]
            if row["container_id"] != box or code in (box, *around) or since > last or since >= until:
                continue
            if code not in self.containers:
                yield self.known.item(code), packed is not None
                continue
            end = min(last, until - 1e-9)
            for item, known in self.inside(code, since, end, (box, *around)):
                yield item, known and packed is not None


def presence(events: list[Any], is_unit: bool) -> list[tuple[float, float, list[Any]]]:
    """When something was there: begin, end, and the times at which that was seen."""

    def moment(event: Any) -> Any:
        leaving = event[2] in ("out", "none")
        return (event[0] if leaving else event[1], not leaving)

    groups: list[Any] = []
    there, since, rest, gone = False, -FOREVER, Fraction(0), -FOREVER
    exact = True
    for event in sorted(events, key=moment):
        first, last, what, amount = event
        if what == "none":
            if there:
                groups[-1][1] = last
                groups[-1][2].append((first, last))
                gone = first
            there, rest, exact = False, Fraction(0), True
            continue
        if not there:
            since = first if what == "in" else gone
            groups.append([since, FOREVER, []])
            there, rest, exact = True, Fraction(0), what == "in"
        groups[-1][2].append((first, last))
        if what == "count":
            rest, exact = amount or Fraction(0), amount is not None
        elif what == "in":
            exact = exact and amount is not None
            rest += amount or 0
        else:
            whole = is_unit or (amount is not None and exact and rest <= amount)
            rest -= amount or 0
            if whole:
                groups[-1][1], there, gone = last, False, first
    return [tuple(group) for group in groups]


def scope(known: Known, items: set[str], steps: set[str]) -> dict[str, tuple[int, int]]:
    """Depth and tier of everything behind items and steps; what a start step made is proven."""
    graph = known.graph.copy()
    for step in steps:
        if ("step", step) in graph:
            for _, item in list(graph.out_edges(("step", step))):
                graph.edges[("step", step), item]["tier"] = 0
    source = ("source", "")
    graph.add_node(source)
    for name in items:
        graph.add_edge(source, ("item", name), tier=0, length=0)
    for name in steps:
        graph.add_edge(source, ("step", name), tier=0, length=1)
    lengths = []
    for tier in range(3):
        part = nx.DiGraph([edge for edge in graph.edges(data=True) if edge[2]["tier"] <= tier])
        part.add_node(source)
        lengths.append(nx.single_source_dijkstra_path_length(part, source, weight="length"))
    return {
        name: (int(length) // 2, next(tier for tier in range(3) if (sort, name) in lengths[tier]))
        for (sort, name), length in lengths[2].items()
        if sort == "item" and name not in items
    }
