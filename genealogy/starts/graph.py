"""The first road to starts that are no items: asked of the graph in Cypher."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from genealogy.quantities import exact
from genealogy.starts.judge import judge, touch
from genealogy.starts.lapse import Version, lapses, never
from genealogy.starts.presence import Event, Packed, inside, spans
from genealogy.starts.question import Chosen, Interval, Start
from queries import starts as asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction

    from genealogy.cypher_road import CypherRoad
    from genealogy.starts.lapse import Recorded
    from genealogy.stores.contract import Store
    from queries.query import Query

Row = dict[str, Any]
_TABLES = {
    asked.USES_IN.name: "equipment_use",
    asked.STEPS_OF_DOCUMENT.name: "steps",
    asked.STEPS_OF_OPERATOR.name: "steps",
    asked.STEPS_AT.name: "steps",
    asked.STEP_FACTS.name: "steps",
    asked.STEP_OUTPUTS.name: "production",
    asked.READINGS_OF.name: "readings",
    asked.CALIBRATIONS.name: "equipment",
    asked.SUPPLIER_LOTS.name: "lots",
    asked.COUNTS_AT.name: "stock",
    asked.MOVES_AT.name: "moves",
    asked.CONTENTS_OF.name: "packing",
}
"""Whose facts a question names."""


class _Window(NamedTuple):
    """When an excursion was, and the fact that says so."""

    first: int
    last: int
    fact: str
    sure: bool


class GraphStarts:
    """What starts select, as of an entry.

    Args:
        store: the graph.
        road: the first road, for aliases and descriptions; what was asked is noted there.
        as_of: entry of the ledger.
        recorded: tells when an entry was recorded.
    """

    def __init__(self, store: Store, road: CypherRoad, as_of: int, recorded: Recorded = never) -> None:
        self._store, self._road, self._as_of, self._recorded = store, road, as_of, recorded

    def select(self, start: Start) -> set[Chosen]:
        """The steps and items that a start selects, with the facts that do."""
        interval = start.interval
        selecting: dict[str, Callable[[], set[Chosen]]] = {
            "step": lambda: self._step(start),
            "equipment": lambda: self._used(start.equipment, interval),
            "calibration": lambda: self._lapsed(start),
            "reading": lambda: self._read_outside(start),
            "document": lambda: self._followed(start),
            "operator": lambda: self._followed(start),
            "place": lambda: self._at_place(start.place, [_Window(interval.first, interval.last, "", True)]),
            "supplier": lambda: self._delivered(start),
        }
        return selecting[start.kind]()

    def outputs(self, steps: Sequence[str]) -> dict[str, list[str]]:
        """What each of these steps made."""
        found: dict[str, list[str]] = {step: [] for step in steps}
        for row in self._rows(asked.STEP_OUTPUTS, ids=list(steps)):
            found[row["step_id"]].append(row["item_id"])
        return found

    def _rows(self, query: Query, **params: Any) -> list[Row]:
        self._road.asked[query.name] = query.digest(self._store.dialect)
        columns = self._store.read(query, **params, as_of=self._as_of)
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        for row in rows:
            if "fact" in row:
                row["fact"] = f"{_TABLES[query.name]}:{row['fact']}"
        return rows

    def _codes(self, kind: str, code: str | None) -> list[str]:
        """Every code that is written for ours."""
        aliases = self._road.aliases(kind, self._as_of)
        others = [other for other, means in aliases.items() if means == code]
        return sorted({*others, *([code] if code is not None and code not in aliases else [])})

    def _means(self, kind: str, code: str | None) -> str | None:
        return None if code is None else self._road.aliases(kind, self._as_of).get(code, code)

    def _step(self, start: Start) -> set[Chosen]:
        step = start.step or ""
        facts = [row["fact"] for row in self._rows(asked.STEP_FACTS, ids=[step])]
        facts = facts or [row["fact"] for row in self._rows(asked.STEP_OUTPUTS, ids=[step])]
        return {Chosen("step", step, fact, True) for fact in facts or [""]}

    def _uses(self, equipment: str | None, first: int, last: int) -> list[Row]:
        codes = self._codes("equipment", equipment)
        return self._rows(asked.USES_IN, codes=codes, first=first, last=last)

    def _used(self, equipment: str | None, interval: Interval) -> set[Chosen]:
        rows = self._uses(equipment, interval.first, interval.last)
        return set(_chosen(rows, interval.first, interval.last))

    def _lapsed(self, start: Start) -> set[Chosen]:
        said: dict[str, list[Version]] = defaultdict(list)
        for row in self._rows(asked.CALIBRATIONS):
            version = Version(row["since"], row["replaced"], row["until"], row["fact"])
            said[row["equipment_id"]].append(version)
        found: set[Chosen] = set()
        for code, versions in sorted(said.items()):
            equipment = self._means("equipment", code)
            if start.equipment is not None and equipment != start.equipment:
                continue
            for lapse in lapses(versions, self._as_of, self._recorded):
                first, last = max(lapse.first, start.interval.first), min(lapse.last, start.interval.last)
                if first <= last:
                    found |= _in_windows(
                        self._uses(equipment, first, last), [_Window(first, last, lapse.fact, lapse.sure)]
                    )
        return found

    def _followed(self, start: Start) -> set[Chosen]:
        first, last = start.interval.first, start.interval.last
        if start.kind == "operator":
            return set(
                _chosen(
                    self._rows(asked.STEPS_OF_OPERATOR, operator=start.operator, first=first, last=last), first, last
                )
            )
        versions = [] if start.version is None else [start.version]
        rows = self._rows(asked.STEPS_OF_DOCUMENT, document=start.document, versions=versions, first=first, last=last)
        unstated = {row["fact"] for row in rows if start.version is not None and row["version"] is None}
        return {c._replace(sure=c.sure and c.fact not in unstated) for c in _chosen(rows, first, last)}

    def _delivered(self, start: Start) -> set[Chosen]:
        found = set()
        first, last = start.interval.first, start.interval.last
        rows = self._rows(asked.SUPPLIER_LOTS, codes=self._codes("party", start.supplier), first=first, last=last)
        for row in rows:
            sure = touch(row["begun"], row["done"], first, last)
            if sure is not None and start.material in (None, self._means("material", row["material_id"])):
                found.add(Chosen("item", self._means("item", row["item_id"]) or "", row["fact"], sure))
        return found

    def _read_outside(self, start: Start) -> set[Chosen]:
        rows = self._rows(
            asked.READINGS_OF, parameter=start.parameter, first=start.interval.first, last=start.interval.last
        )
        out = []
        for row in rows:
            unit = self._means("unit_of_measure", row["unit"])
            verdict = judge(row["value"], unit, row["low"], row["high"], start.limits)
            sure = touch(row["begun"], row["done"], start.interval.first, start.interval.last)
            if verdict in ("outside", "unsure") and sure is not None:
                row["equipment_id"] = self._means("equipment", row["equipment_id"])
                row["place_id"] = self._means("place", row["place_id"])
                out.append(row | {"sure": sure and verdict == "outside"})
        out = [row for row in self._of_equipment(start, out) if start.place in (None, row["place_id"])]
        found = {Chosen("step", row["step_id"], row["fact"], row["sure"]) for row in out if row["step_id"]}
        equipment, places = defaultdict(list), defaultdict(list)
        for row in out:
            if row["step_id"]:
                continue
            window = _Window(row["begun"], row["done"], row["fact"], row["sure"])
            if row["equipment_id"]:
                equipment[row["equipment_id"]].append(window)
            if row["place_id"]:
                places[row["place_id"]].append(window)
        for code, windows in sorted(equipment.items()):
            uses = self._uses(code, min(w.first for w in windows), max(w.last for w in windows))
            found |= _in_windows(uses, windows)
        for code, windows in sorted(places.items()):
            found |= self._at_place(code, windows)
        if start.step is not None:
            found = {chosen for chosen in found if (chosen.sort, chosen.id) == ("step", start.step)}
        named = {chosen.fact for chosen in found}
        if start.step is None:
            found |= {Chosen("nothing", "", row["fact"], row["sure"]) for row in out if row["fact"] not in named}
        return found

    def _of_equipment(self, start: Start, rows: list[Row]) -> list[Row]:
        """Readings on the equipment, and those that name none but whose step ran on it."""
        if start.equipment is None:
            return rows
        unnamed = sorted({row["step_id"] for row in rows if row["equipment_id"] is None and row["step_id"]})
        ran_on = {
            row["step_id"]
            for row in self._rows(asked.USES_OF_STEPS, ids=unnamed)
            if self._means("equipment", row["equipment_id"]) == start.equipment
        }
        return [
            row
            for row in rows
            if row["equipment_id"] == start.equipment or (row["equipment_id"] is None and row["step_id"] in ran_on)
        ]

    def _at_place(self, place: str | None, windows: Sequence[_Window]) -> set[Chosen]:
        """What was at a place: items that were counted or moved there, and steps whose site or line it is."""
        codes = self._codes("place", place)
        first, last = min(w.first for w in windows), max(w.last for w in windows)
        found = _in_windows(self._rows(asked.STEPS_AT, codes=codes, first=first, last=last), windows)
        events, boxes = self._events(codes)
        known = dict(zip(sorted(events), self._road.describe(sorted(events), self._as_of), strict=True))
        for item, of_item in events.items():
            for span in spans(of_item, unit=known[item].kind == "unit"):
                for window in windows:
                    sure = span.touches(window.first, window.last)
                    if sure is not None:
                        facts = {fact for event in span.events for fact in event.facts}
                        facts |= {window.fact} if window.fact else set()
                        found |= {Chosen("item", item, fact, sure and window.sure) for fact in facts}
        return found | self._in_containers(boxes, windows)

    def _in_containers(self, boxes: dict[str, list[Event]], windows: Sequence[_Window]) -> set[Chosen]:
        """What was in containers while these were at a place."""
        found: set[Chosen] = set()
        packing = self._contents(sorted(boxes)) if boxes else {}
        for box, events in boxes.items():
            for span in spans(events, unit=True):
                own = {fact for event in span.events for fact in event.facts}
                for window in windows:
                    sure = span.touches(window.first, window.last)
                    if sure is None:
                        continue
                    facts = own | ({window.fact} - {""})
                    for code, known, packed in inside(box, *span.within(window.first, window.last), packing):
                        item, is_sure = self._means("item", code) or "", sure and known and window.sure
                        found |= {Chosen("item", item, fact, is_sure) for fact in facts.union(packed)}
        return found

    def _events(self, codes: list[str]) -> tuple[dict[str, list[Event]], dict[str, list[Event]]]:
        """Counts and moves at a place, of items, and of containers by their codes."""
        found: dict[str, list[Event]] = defaultdict(list)
        boxes: dict[str, list[Event]] = defaultdict(list)
        moves, stock = self._rows(asked.MOVES_AT, codes=codes), self._rows(asked.COUNTS_AT, codes=codes)
        containers = self._contents(sorted({row["item_id"] for row in (*moves, *stock)}))
        for move in moves:
            item, box = self._means("item", move["item_id"]) or "", move["item_id"] in containers
            amounts = None if move["quantity"] is None else self._amounts([move])
            for column, sort in (("to_place", "came"), ("from_place", "went")):
                if move[column] in codes:
                    event = Event(sort, move["start"], _last(move), amounts, (move["fact"],))  # type: ignore[arg-type]
                    (boxes[move["item_id"]] if box else found[item]).append(event)
        counts: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
        for row in stock:
            counts[row["item_id"], row["start"], _last(row)].append(row)
        merged: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
        for (code, start, last), rows in counts.items():
            if code not in containers:
                merged[self._means("item", code) or "", start, last] += rows
                continue
            facts = tuple(sorted(row["fact"] for row in rows))
            boxes[code].append(Event("counted", start, last, self._amounts(rows), facts))
        for (item, start, last), rows in merged.items():
            facts = tuple(sorted(row["fact"] for row in rows))
            found[item].append(Event("counted", start, last, self._amounts(rows), facts))
        return found, boxes

    def _amounts(self, rows: Iterable[Row]) -> dict[str, Fraction]:
        sums: dict[str, Fraction] = {}
        for row in rows:
            unit = self._means("unit_of_measure", row["unit"]) or ""
            sums[unit] = sums.get(unit, exact("0")) + exact(row["quantity"])
        return sums

    def _contents(self, codes: list[str]) -> dict[str, list[Packed[str]]]:
        """What was ever packed into these, if they are containers, and into the containers in them."""
        found: dict[str, list[Packed[str]]] = {}
        open_ = codes
        while open_:
            level: dict[str, list[Packed[str]]] = defaultdict(list)
            for row in self._rows(asked.CONTENTS_OF, ids=open_):
                until = None if row["unpacked_end"] is None else row["unpacked_end"] - 1
                level[row["container_id"]].append(Packed(row["item_id"], row["packed_start"], until, row["fact"]))
            found |= level
            open_ = sorted({row.code for rows in level.values() for row in rows} - found.keys())
        return found


def _last(row: Row) -> int:
    """The last microsecond of a time: a whole day ends just before the next one."""
    start, finish = int(row["start"]), int(row["finish"])
    return finish - 1 if finish > start else finish


def _chosen(rows: Iterable[Row], first: int, last: int) -> Iterable[Chosen]:
    for row in rows:
        sure = touch(row["begun"], row["done"], first, last)
        if sure is not None:
            yield Chosen("step", row["step_id"], row["fact"], sure)


def _in_windows(rows: Iterable[Row], windows: Sequence[_Window]) -> set[Chosen]:
    """The steps that touch any of the windows, by their own fact and by that of the window."""
    found: set[Chosen] = set()
    for row in rows:
        for window in windows:
            sure = touch(row["begun"], row["done"], window.first, window.last)
            if sure is not None:
                facts = {row["fact"], window.fact} - {""}
                found |= {Chosen("step", row["step_id"], fact, sure and window.sure) for fact in facts}
    return found
