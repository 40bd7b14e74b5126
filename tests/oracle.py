"""A third, slow and plain, reading of the plant format, against which both roads are tested.

It works on the rows as they stand in the files (dictionaries of text), folds them in Python, and lets networkx walk the
graph. It shares no code with the product except the declared tables, so that a misunderstanding has to be made three
times before it goes unseen.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import networkx as nx

from genealogy.plant import TABLES, ColumnType

ZONE = "Europe/Berlin"
"""The zone that every test load names, so that a date alone is a fact too."""

Row = dict[str, str]
Load = dict[str, list[Row]]
Fact = dict[str, str | None]
Key = tuple[str | None, ...]
Graph: TypeAlias = "nx.DiGraph[tuple[str, str]]"

_TIER = {None: 1, "lot": 1, "unit": 0, "order": 2}
_PIECE = "H87"


@dataclass(frozen=True)
class Moment:
    """A time: an instant (start == end) or a whole day [start, end), and how it is written down for good."""

    start: datetime
    end: datetime
    text: str

    @classmethod
    def of(cls, text: str) -> Moment:
        if "T" in text:
            at = datetime.fromisoformat(text).astimezone(ZoneInfo("UTC"))
            return cls(at, at, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        day = date.fromisoformat(text.split("[", maxsplit=1)[0])
        zone = ZoneInfo(ZONE)
        first = datetime(day.year, day.month, day.day, tzinfo=zone)
        after = day + timedelta(days=1)
        return cls(first, datetime(after.year, after.month, after.day, tzinfo=zone), f"{day}[{ZONE}]")

    @property
    def last(self) -> datetime:
        """Its last microsecond."""
        return self.start if self.start == self.end else self.end - timedelta(microseconds=1)


@dataclass(frozen=True)
class Known:
    """What is in force as of a load: the facts of each table, codes as written, and the meaning of every code."""

    facts: dict[str, list[Fact]]
    described: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """What was said of an item already: the same is asked for every start that reaches it."""
    contents: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """What was in a container at a moment, as found already."""

    @cached_property
    def aliases(self) -> dict[tuple[str, str], str]:
        return {(str(a["kind"]), str(a["code"])): str(a["means"]) for a in self.facts["aliases"]}

    def means(self, kind: str, code: str) -> str:
        return self.aliases.get((kind, code), code)

    def item(self, code: str) -> str:
        return self.means("item", code)

    @cached_property
    def graph(self) -> Graph:
        """Items and steps; each link has its tier and its length in half moves."""
        graph: Graph = nx.DiGraph()
        grain = {str(s["step_id"]): s["grain"] for s in self.facts["steps"]}
        outputs: dict[str, set[str]] = defaultdict(set)
        inputs: dict[str, set[str]] = defaultdict(set)
        for row in self.facts["production"]:
            outputs[str(row["step_id"])].add(self.item(str(row["item_id"])))
        for row in self.facts["consumption"]:
            inputs[str(row["step_id"])].add(self.item(str(row["item_id"])))
        units: dict[str, set[str]] = defaultdict(set)
        for row in self.facts["units"]:
            if row["lot_id"] is not None:
                units[self.item(row["lot_id"])].add(self.item(str(row["item_id"])))

        def link(a: tuple[str, str], b: tuple[str, str], tier: int, length: int) -> None:
            known = graph.get_edge_data(a, b)
            graph.add_edge(a, b, tier=min(tier, known["tier"]) if known else tier, length=length)

        for step in inputs.keys() | outputs.keys():
            tier = _TIER[grain.get(step)]
            if tier == 0 and len(outputs[step]) > 1:
                tier = 1
            for item in inputs[step]:
                link(("item", item), ("step", step), tier, 1)
                for unit in units[item]:  # used as a lot: any of its units may have gone in
                    link(("item", unit), ("step", step), max(1, tier), 1)
            for item in outputs[step]:
                link(("step", step), ("item", item), tier, 1)
        for lot, members in units.items():
            for unit in members:
                link(("item", lot), ("item", unit), 1, 2)
        return graph

    @cached_property
    def graphs(self) -> dict[str, list[Graph]]:
        """For each direction, the graph of the links of tier 0, of 0 and 1, and of all."""
        every = [(a, b, link) for a, b, link in self.graph.edges(data=True)]
        forward = [nx.DiGraph([edge for edge in every if edge[2]["tier"] <= tier]) for tier in range(3)]
        # Not ``reverse``, which copies what stands at every link.
        backward = [nx.DiGraph([(b, a, link) for a, b, link in graph.edges(data=True)]) for graph in forward]
        return {"forward": forward, "backward": backward}

    @cached_property
    def on_cycle(self) -> set[str]:
        found: set[str] = set()
        for part in nx.strongly_connected_components(self.graph):
            if len(part) > 1 or any(self.graph.has_edge(node, node) for node in part):
                found.update(name for kind, name in part if kind == "item")
        return found

    @cached_property
    def lots(self) -> dict[str, Fact]:
        return {self.item(str(row["item_id"])): row for row in self.facts["lots"]}

    @cached_property
    def units(self) -> dict[str, Fact]:
        return {self.item(str(row["item_id"])): row for row in self.facts["units"]}

    @cached_property
    def stages(self) -> dict[str, str | None]:
        return {self.means("material", str(row["material_id"])): row["stage"] for row in self.facts["materials"]}

    @cached_property
    def packed(self) -> list[tuple[str, str, datetime | None, datetime | None]]:
        """Container, item, the first moment at which it may be in, the last at which it may be; None: nothing says."""
        return [
            (
                str(row["container_id"]),
                self.item(str(row["item_id"])),
                Moment.of(row["packed_at"]).start if row["packed_at"] is not None else None,
                Moment.of(row["unpacked_at"]).last if row["unpacked_at"] is not None else None,
            )
            for row in self.facts["packing"]
        ]

    @cached_property
    def items(self) -> list[str]:
        """Every item that the facts in force speak of as one."""
        linked = {name for kind, name in self.graph if kind == "item"}
        return sorted(linked | self.lots.keys() | self.units.keys())


@dataclass(frozen=True)
class Reached:
    """Items with (depth, tier), and the starts that reach themselves."""

    items: dict[str, tuple[int, int]]
    cycles: list[str]


class Oracle:
    """What a list of loads says, as of any of them.

    ``as_of`` is the number of the load, counted from 1; None means the last.
    """

    def __init__(self, loads: list[Load]) -> None:
        self.states: list[Known] = [Known({table: [] for table in TABLES})]
        self.entries: list[dict[str, list[Fact]]] = []
        """What each load states, with everything that was known of the same key before."""
        in_force: dict[tuple[str, Key], list[Fact]] = {}
        for load in loads:
            entry: dict[str, list[Fact]] = {}
            for table, rows in load.items():
                for key, facts in _groups(table, rows).items():
                    before = in_force.get((table, key), [{}])
                    if any(fact["void"] for fact in facts):
                        in_force.pop((table, key), None)
                        entry.setdefault(table, []).append({**_complete(table, facts[0]), "void": "yes"})
                        continue
                    if TABLES[table].grouped and key[2] == "T":
                        in_force[table, key] = [_complete(table, fact) for fact in facts]
                    else:
                        in_force[table, key] = [_complete(table, {**before[0], **facts[0]})]
                    entry.setdefault(table, []).extend(in_force[table, key])
            self.entries.append(entry)
            state: dict[str, list[Fact]] = {table: [] for table in TABLES}
            for (table, _), facts in in_force.items():
                state[table].extend(facts)
            self.states.append(Known(state))

    def known(self, as_of: int | None = None) -> Known:
        return self.states[-1 if as_of is None else as_of]

    def reach(self, starts: list[str], direction: str, as_of: int | None = None) -> Reached:
        known = self.known(as_of)
        nodes = {("item", start) for start in starts}

        def lengths(graph: Graph) -> Mapping[tuple[str, str], float]:
            present = {node for node in nodes if node in graph}
            return nx.multi_source_dijkstra_path_length(graph, present, weight="length") if present else {}

        levels = [lengths(graph) for graph in known.graphs[direction]]
        found = {
            name: (int(length) // 2, next(tier for tier in range(3) if (kind, name) in levels[tier]))
            for (kind, name), length in levels[2].items()
            if kind == "item" and name not in starts
        }
        return Reached(found, sorted(set(starts) & known.on_cycle))

    def describe(self, item: str, as_of: int | None = None) -> dict[str, str | None]:
        known = self.known(as_of)
        if item in known.described:
            return known.described[item]
        lot, unit = known.lots.get(item), known.units.get(item)
        described: dict[str, str | None] = dict.fromkeys(
            ("material_id", "stage", "lot_id", "number", "quantity", "unit")
        )
        described["kind"] = "unit" if unit else "lot" if lot else "unknown"
        material: str | None = None
        if unit:
            described["number"] = unit["serial"]
            material = unit["material_id"]
            if unit["lot_id"] is not None:
                described["lot_id"] = known.item(unit["lot_id"])
                from_lot = known.lots.get(str(described["lot_id"]))
                if material is None and from_lot:
                    material = from_lot["material_id"]
        elif lot:
            described |= {"number": lot["lot_number"], "quantity": lot["quantity"], "unit": lot["unit"]}
            material = lot["material_id"]
        if material is not None:
            described["material_id"] = known.means("material", material)
            described["stage"] = known.stages.get(str(described["material_id"]))
        known.described[item] = described
        return described

    def shipments(self, ids: list[str], as_of: int | None = None) -> list[tuple[Any, ...]]:
        """Rows (shipment, line, named, item, consignee, quantity, unit, certainty, shipped at), sorted."""
        known = self.known(as_of)
        affected = set(ids)
        kinds = {item: self.describe(item, as_of) for item in affected}
        lots = {str(kinds[i]["lot_id"]) for i in affected if kinds[i]["lot_id"]} - affected
        rows = []
        for line in known.facts["shipments"]:
            named = known.item(str(line["item_id"]))
            shipped = Moment.of(str(line["shipped_at"]))

            def row(
                item: str, quantity: str | None, unit: str | None, certainty: str,
                line: Fact = line, named: str = named, shipped: Moment = shipped,
            ) -> None:  # fmt: skip
                party = known.means("party", str(line["consignee_id"]))
                rows.append(
                    (line["shipment_id"], line["line_no"], named, item, party, quantity, unit, certainty, shipped.text)
                )

            # A unit counts one, also where it is possible because somebody recorded it as the lot of another.
            if named in affected | lots:
                one = named in known.units and line["quantity"] is None
                quantity, unit = ("1", _PIECE) if one else (line["quantity"], line["unit"])
                row(named, quantity, unit, "proven" if named in affected else "possible")
            for item in self._inside(known, named, shipped) & (affected | lots):
                quantity, unit = ("1", _PIECE) if item in known.units else (None, None)
                row(item, quantity, unit, "proven" if item in affected else "possible")
        return sorted(rows, key=lambda r: tuple("" if cell is None else cell for cell in r))

    @staticmethod
    def _inside(known: Known, container: str, shipped: Moment) -> set[str]:
        if (container, shipped.text) in known.contents:
            return known.contents[container, shipped.text]
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_node(container)
        for holder, item, packed, unpacked in known.packed:
            if (packed is None or packed <= shipped.last) and (unpacked is None or unpacked >= shipped.start):
                graph.add_edge(holder, item)
        known.contents[container, shipped.text] = inside = set(nx.descendants(graph, container))
        return inside

    def affected(self, starts: list[str], as_of: int | None = None) -> list[str]:
        return sorted(set(starts) | self.reach(starts, "forward", as_of).items.keys())

    def finished(self, starts: list[str], as_of: int | None = None) -> dict[str, list[str]]:
        """The finished units and the finished lots in the scope of the starts, starts included."""
        found: dict[str, list[str]] = {"unit": [], "lot": []}
        for item in self.affected(starts, as_of):
            described = self.describe(item, as_of)
            if described["stage"] == "finished":
                found[str(described["kind"])].append(item)
        return found

    def consignees(self, starts: list[str], as_of: int | None = None) -> set[tuple[str, str]]:
        """(party, certainty) of everyone outside our own firm that got something affected."""
        known = self.known(as_of)
        own = {
            known.means("party", str(row["party_id"]))
            for row in known.facts["parties"]
            if "own" in str(row["role"]).split("|")
        }
        lines = self.shipments(self.affected(starts, as_of), as_of)
        return {(line[4], line[7]) for line in lines if line[4] not in own}


def _groups(table: str, rows: list[Row]) -> dict[Key, list[dict[str, Any]]]:
    """The rows of one load that count, by key: bad rows and conflicts are out, the same row twice is one."""
    by_key: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        fact = _read(table, row)
        if fact is not None:
            by_key[_key(table, fact)].append(fact)
    meanings: dict[tuple[Any, Any], set[Any]] = defaultdict(set)
    if table == "aliases":
        for facts in by_key.values():
            for fact in facts:
                meanings[fact["kind"], fact["code"]].add(fact["means"])
    counted: dict[Key, list[dict[str, Any]]] = {}
    for key, facts in by_key.items():
        if TABLES[table].grouped and key[2] == "T" and not any(fact["void"] for fact in facts):
            counted[key] = facts
            continue
        alike = all(fact == facts[0] for fact in facts)
        if alike and (table != "aliases" or len(meanings[facts[0]["kind"], facts[0]["code"]]) == 1):
            counted[key] = facts[:1]
    return counted


def _read(table: str, row: Row) -> dict[str, Any] | None:
    """The cells of a row that its file states, canonical; None where the row is bad."""
    fact: dict[str, Any] = {}
    for name, cell in row.items():
        column = TABLES[table].by_name.get(name)
        if column is None or name == "void_reason":
            continue
        text = unicodedata.normalize("NFC", cell)
        fact[name] = text or None
        if not text:
            continue
        if column.type is ColumnType.CHOICE and text not in column.values:
            return None
        if column.type is ColumnType.QUANTITY and not _quantity(text):
            return None
        if column.type is ColumnType.TIME:
            fact[name] = Moment.of(text).text
    for column in TABLES[table].columns:
        if column.unit in fact and fact.get(column.name) is not None and fact[column.unit] is None:
            return None  # a number without a unit says nothing
    fact["void"] = fact.get("void") == "yes"
    required = [c for c in TABLES[table].columns if c.required and (c.key or not fact["void"])]
    return None if any(fact.get(c.name) is None for c in required) else fact


def _quantity(text: str) -> bool:
    try:
        return Decimal(text) >= 0
    except InvalidOperation:
        return False


def _key(table: str, fact: dict[str, Any]) -> Key:
    if TABLES[table].grouped:
        line = fact.get("line_no")
        return (
            fact["step_id"],
            fact["item_id"],
            "T" if line is None else "L",
            fact.get("at") if line is None else line,
        )
    return tuple(fact.get(column.name) for column in TABLES[table].key)


def _complete(table: str, fact: dict[str, Any]) -> Fact:
    return {column.name: fact.get(column.name) for column in TABLES[table].facts}
