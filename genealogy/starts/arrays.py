"""The second road to starts that are no items: the snapshot's arrays, which are made of the ledger's facts alone."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from genealogy.quantities import exact
from genealogy.snapshot.describe import records
from genealogy.snapshot.layout import NO_TIME
from genealogy.starts.calibrations import versions_of
from genealogy.starts.judge import judge
from genealogy.starts.lapse import lapses, never
from genealogy.starts.presence import Event, Packed, inside, spans
from genealogy.starts.question import ENDLESS, Chosen, Start
from queries.shape import FACT_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Aliases, Moment
    from genealogy.starts.lapse import Recorded

_NONE = np.zeros(0, np.int64)
_Window = tuple[int, int, str, bool]
"""First and last microsecond of an excursion, the fact that says so, and whether that is sure."""


class ArrayStarts:
    """What starts select, as of a moment.

    Args:
        moment: the facts that count.
        recorded: tells when an entry was recorded.
    """

    def __init__(self, moment: Moment, recorded: Recorded = never) -> None:
        self.moment = self._moment = moment
        self._recorded = recorded

    def select(self, start: Start) -> set[Chosen]:
        """The steps and items that a start selects, with the facts that do."""
        interval = start.interval
        selecting: dict[str, Callable[[], set[Chosen]]] = {
            "step": lambda: self._step(start),
            "equipment": lambda: self._used(start.equipment, interval.first, interval.last),
            "calibration": lambda: self._lapsed(start),
            "reading": lambda: self._read_outside(start),
            "document": lambda: self._followed(start, "document_id", start.document),
            "operator": lambda: self._followed(start, "operator", start.operator),
            "place": lambda: self._at_place(start.place, [(interval.first, interval.last, "", True)]),
            "supplier": lambda: self._delivered(start),
        }
        return selecting[start.kind]()

    def outputs(self, steps: Sequence[str]) -> dict[str, list[str]]:
        """What each of these steps made."""
        numbers = self._moment.codes.find(list(steps))
        known = np.flatnonzero(numbers >= 0)
        found: dict[str, list[str]] = {step: [] for step in steps}
        rows, owner = self._moment.rows_at("production", "step_id", numbers[known])
        items = self._moment.texts("production", "item_id", rows) if len(rows) else []
        for item, place in zip(items, known[owner].tolist(), strict=True):
            found[steps[place]].append(item or "")
        return found

    def facts(self, table: str, rows: Array) -> list[str]:
        """The ledger's names of the facts in these rows."""
        entries, positions = self._moment.facts(table, rows)
        return [f"{table}:{e * FACT_ROWS + p}" for e, p in zip(entries.tolist(), positions.tolist(), strict=True)]

    def _rows(self, table: str, name: str, text: str | None, aliases: Aliases | None = None) -> Array:
        """The rows in force in which a column of words says this, under any of its codes."""
        rows = self._moment.all_rows(table)
        number = self._moment.words.find([text or ""])
        if not len(rows) or number[0] < 0:
            return _NONE
        written = self._moment.column(table, name)[rows]
        codes = aliases.spellings(number)[0] if aliases is not None else number
        return rows[np.isin(written, codes)]

    def _word(self, text: str) -> int:
        """The number of a word; of one that never occurred, a number that stands nowhere (-1 stands for an empty cell)."""
        number = int(self._moment.words.find([text])[0])
        return number if number >= 0 else -2

    def _step(self, start: Start) -> set[Chosen]:
        step = start.step or ""
        number = self._moment.codes.find([step])
        facts: list[str] = []
        for table in ("steps", "production"):
            if not facts and number[0] >= 0:
                facts = self.facts(table, self._moment.rows_at(table, "step_id", number)[0])
        return {Chosen("step", step, fact, True) for fact in facts or [""]}

    def step_times(self, steps: Array) -> tuple[Array, Array]:
        """First and last microsecond of each step, NO_TIME where it is not recorded."""
        begun, done = np.full(len(steps), NO_TIME), np.full(len(steps), NO_TIME)
        rows, owner = self._moment.rows_at("steps", "step_id", steps)
        if len(rows):
            begun[owner] = self._moment.column("steps", "started_at_start")[rows]
            done[owner] = self._lasts("steps", "ended_at", rows)
        return begun, done

    def _lasts(self, table: str, name: str, rows: Array) -> Array:
        """The last microsecond of a time: a whole day ends just before the next one."""
        start, end = (self._moment.column(table, f"{name}_{part}")[rows] for part in ("start", "end"))
        found: Array = np.where((start != NO_TIME) & (end > start), end - 1, end)
        return found

    def uses(self, equipment: str | None) -> tuple[Array, Array, Array]:
        """The uses of a piece of equipment: rows, first and last microsecond."""
        rows = self._rows("equipment_use", "equipment_id", equipment, self._moment.equipment)
        if not len(rows):
            return _NONE, _NONE, _NONE
        of_step = self.step_times(self._moment.column("equipment_use", "step_id")[rows])
        begun, done = self._moment.column("equipment_use", "from_start")[rows], self._lasts("equipment_use", "to", rows)
        return rows, np.where(begun == NO_TIME, of_step[0], begun), np.where(done == NO_TIME, of_step[1], done)

    def _chosen(self, table: str, rows: Array, begun: Array, done: Array, windows: Sequence[_Window]) -> set[Chosen]:
        """The steps of these rows that touch any of the windows, by their own fact and by that of the window."""
        found: set[Chosen] = set()
        if not len(rows):
            return found
        for first, last, fact, window_sure in windows:
            touching, sure = touches(begun, done, first, last)
            steps = self._moment.codes.strings(self._moment.column(table, "step_id")[rows[touching]])
            known = (sure[touching] & window_sure).tolist()
            for step, own, is_sure in zip(steps, self.facts(table, rows[touching]), known, strict=True):
                found.add(Chosen("step", step or "", own, is_sure))
                if fact:
                    found.add(Chosen("step", step or "", fact, is_sure))
        return found

    def _used(self, equipment: str | None, first: int, last: int, fact: str = "") -> set[Chosen]:
        return self._chosen("equipment_use", *self.uses(equipment), [(first, last, fact, True)])

    def _lapsed(self, start: Start) -> set[Chosen]:
        found: set[Chosen] = set()
        for code, versions in versions_of(self._moment).items():
            equipment = self._moment.words.string(self._moment.equipment.meaning.get(code, code))
            if start.equipment not in (None, equipment):
                continue
            for lapse in lapses(versions, self._moment.as_of, self._recorded):
                first, last = max(lapse.first, start.interval.first), min(lapse.last, start.interval.last)
                if first <= last:
                    window = (first, last, lapse.fact, lapse.sure)
                    found |= self._chosen("equipment_use", *self.uses(equipment), [window])
        return found

    def _followed(self, start: Start, column: str, text: str | None) -> set[Chosen]:
        rows = self._rows("steps", column, text)
        if not len(rows):
            return set()
        unstated = np.zeros(len(rows), bool)
        if start.version is not None:
            version = self._moment.column("steps", "document_version")[rows]
            kept = (version < 0) | (version == self._word(start.version))
            rows, unstated = rows[kept], (version < 0)[kept]
        begun = self._moment.column("steps", "started_at_start")[rows]
        window = (start.interval.first, start.interval.last, "", True)
        unsure = set(self.facts("steps", rows[unstated]))
        chosen = self._chosen("steps", rows, begun, self._lasts("steps", "ended_at", rows), [window])
        return {each._replace(sure=each.sure and each.fact not in unsure) for each in chosen}

    def _delivered(self, start: Start) -> set[Chosen]:
        moment = self._moment
        rows = self._rows("lots", "supplier_id", start.supplier, moment.parties)
        if start.material is not None and len(rows):
            rows = rows[moment.resolved("lots", "material_id", rows) == self._word(start.material)]
        if not len(rows):
            return set()
        begun = moment.column("lots", "received_at_start")[rows]
        done = self._lasts("lots", "received_at", rows)
        touching, sure = touches(begun, done, start.interval.first, start.interval.last)
        items = moment.texts("lots", "item_id", rows[touching])
        facts = self.facts("lots", rows[touching])
        return {Chosen("item", i or "", f, s) for i, f, s in zip(items, facts, sure[touching].tolist(), strict=True)}

    def _read_outside(self, start: Start) -> set[Chosen]:
        moment = self._moment
        rows, sure = self._excursions(start)
        rows_of = {name: moment.column("readings", name)[rows] if len(rows) else _NONE for name in ("step_id",)}
        equipment, place = (
            moment.resolved("readings", n, rows) if len(rows) else _NONE for n in ("equipment_id", "place_id")
        )
        kept = np.ones(len(rows), bool)
        if start.equipment is not None and len(rows):
            wanted = self._word(start.equipment)
            ran = moment.column("equipment_use", "step_id")[self.uses(start.equipment)[0]]
            kept &= (equipment == wanted) | (
                (equipment < 0) & (rows_of["step_id"] >= 0) & np.isin(rows_of["step_id"], ran)
            )
        if start.place is not None and len(rows):
            kept &= place == self._word(start.place)
        rows, sure, equipment, place, step = (each[kept] for each in (rows, sure, equipment, place, rows_of["step_id"]))
        facts = self.facts("readings", rows) if len(rows) else []
        found = {
            Chosen("step", s, f, k)
            for s, f, k in zip(moment.codes.strings(step), facts, sure.tolist(), strict=True)
            if s is not None
        }
        at = moment.column("readings", "at_start")[rows].tolist() if len(rows) else []
        last = self._lasts("readings", "at", rows).tolist() if len(rows) else []
        for column, look in ((equipment, self._used_within), (place, self._at_place)):
            for number in np.unique(column[(step < 0) & (column >= 0)]).tolist():
                places = np.flatnonzero((step < 0) & (column == number)).tolist()
                found |= look(moment.words.string(number), [(at[p], last[p], facts[p], bool(sure[p])) for p in places])
        if start.step is not None:
            return {chosen for chosen in found if (chosen.sort, chosen.id) == ("step", start.step)}
        named = {chosen.fact for chosen in found}
        return found | {
            Chosen("nothing", "", f, k) for f, k in zip(facts, sure.tolist(), strict=True) if f not in named
        }

    def _excursions(self, start: Start) -> tuple[Array, Array]:
        """The readings of a parameter within the interval that are outside their limits, and which of them surely."""
        moment = self._moment
        rows = self._rows("readings", "parameter", start.parameter)
        if not len(rows):
            return _NONE, np.zeros(0, bool)
        begun, done = moment.column("readings", "at_start")[rows], self._lasts("readings", "at", rows)
        touching, surely = touches(begun, done, start.interval.first, start.interval.last)
        rows, surely = rows[touching], surely[touching]
        names = ("value", "unit", "low", "high")
        columns = np.stack([moment.resolved("readings", name, rows) for name in names])
        different, which = np.unique(columns, axis=1, return_inverse=True)
        texts = [moment.words.strings(column) for column in different]
        verdicts = [judge(v or "", u, low, high, start.limits) for v, u, low, high in zip(*texts, strict=True)]
        outside = np.array([verdict in ("outside", "unsure") for verdict in verdicts], bool)[which.reshape(-1)]
        certain = np.array([verdict == "outside" for verdict in verdicts], bool)[which.reshape(-1)]
        return rows[outside], (surely & certain)[outside]

    def readings(self, start: Start) -> Array:
        """All readings of a parameter that a question could mean, inside or outside of limits."""
        return self._rows("readings", "parameter", start.parameter)

    def times_of(self, facts: Sequence[str]) -> list[tuple[int, int]]:
        """First and last microsecond of these readings."""
        wanted = sorted(set(facts))
        rows = self._moment.all_rows("readings") if wanted else _NONE
        named = dict(zip(self.facts("readings", rows), rows.tolist(), strict=True)) if wanted else {}
        chosen = np.array([named[fact] for fact in wanted], np.int64)
        begun = self._moment.column("readings", "at_start")[chosen].tolist() if wanted else []
        return list(zip(begun, self._lasts("readings", "at", chosen).tolist() if wanted else [], strict=True))

    def running(self, first: int, last: int) -> list[str]:
        """The steps that were under way at a time, as far as that is recorded."""
        rows = self._moment.all_rows("steps")
        if not len(rows):
            return []
        begun = self._moment.column("steps", "started_at_start")[rows]
        _, sure = touches(begun, self._lasts("steps", "ended_at", rows), first, last)
        return sorted({str(step) for step in self._moment.texts("steps", "step_id", rows[sure])})

    def _used_within(self, equipment: str, windows: Sequence[_Window]) -> set[Chosen]:
        return self._chosen("equipment_use", *self.uses(equipment), windows)

    def _at_place(self, place: str | None, windows: Sequence[_Window]) -> set[Chosen]:
        """What was at a place: items that were counted or moved there, and steps whose site or line it is."""
        moment = self._moment
        found: set[Chosen] = set()
        named = [self._rows("steps", column, place, moment.places) for column in ("site", "line")]
        steps = np.unique(np.concatenate(named))
        if len(steps):
            begun = moment.column("steps", "started_at_start")[steps]
            found |= self._chosen("steps", steps, begun, self._lasts("steps", "ended_at", steps), windows)
        events, boxes = self._events(place)
        items = np.array(sorted(events), np.int64)
        is_unit = records(moment, items).unit >= 0 if len(items) else np.zeros(0, bool)
        for item, text, unit in zip(items.tolist(), moment.codes.strings(items), is_unit.tolist(), strict=True):
            for span in spans(events[item], unit=unit):
                own = {fact for event in span.events for fact in event.facts}
                for first, last, fact, surely in windows:
                    sure = span.touches(first, last)
                    if sure is not None:
                        found |= {Chosen("item", text or "", f, sure and surely) for f in own | ({fact} - {""})}
        return found | self._in_containers(boxes, windows)

    def _in_containers(self, boxes: dict[int, list[Event]], windows: Sequence[_Window]) -> set[Chosen]:
        """What was in containers while these were at a place."""
        found: set[tuple[int, str, bool]] = set()
        packing = self._packing(sorted(boxes))
        for box, events in boxes.items():
            for span in spans(events, unit=True):
                own = [fact for event in span.events for fact in event.facts]
                for first, last, fact, surely in windows:
                    sure = span.touches(first, last)
                    if sure is None:
                        continue
                    for code, known, packed in inside(box, *span.within(first, last), packing):
                        facts = (*own, *packed, *([fact] if fact else []))
                        found |= {(code, each, sure and known and surely) for each in facts}
        listed = sorted(found)
        items = self._moment.items.resolve(np.array([code for code, _, _ in listed], np.int32))
        named = self._moment.codes.strings(items)
        return {Chosen("item", n or "", f, s) for n, (_, f, s) in zip(named, listed, strict=True)}

    def _events(self, place: str | None) -> tuple[dict[int, list[Event]], dict[int, list[Event]]]:
        """Counts and moves at a place, by item, and by container."""
        moment = self._moment
        found: dict[int, list[Event]] = {}
        boxes: dict[int, list[Event]] = {}
        sorts: tuple[tuple[str, Literal["came", "went"]], ...] = (("to_place", "came"), ("from_place", "went"))
        for column, sort in sorts:
            rows = self._rows("moves", column, place, moment.places)
            if not len(rows):
                continue
            start, last = moment.column("moves", "at_start")[rows].tolist(), self._lasts("moves", "at", rows).tolist()
            items = moment.item_column("moves", "item_id", rows)
            codes = moment.column("moves", "item_id")[rows]
            box = np.isin(codes, self._containers)
            items = np.where(box, codes, items).tolist()
            columns = (items, box.tolist(), start, last, self._amounts("moves", rows), self.facts("moves", rows))
            for item, is_box, begun, done, amount, fact in zip(*columns, strict=True):
                moved = None if amount is None else {amount[0]: amount[1]}
                (boxes if is_box else found).setdefault(item, []).append(Event(sort, begun, done, moved, (fact,)))
        containers = set(self._containers.tolist())
        for (item, begun, done), (amounts, facts) in self._counts(place).items():
            of = boxes if item in containers else found
            of.setdefault(item, []).append(Event("counted", begun, done, amounts, facts))
        return found, boxes

    def _counts(self, place: str | None) -> dict[tuple[int, int, int], tuple[dict[str, Fraction], tuple[str, ...]]]:
        """What was counted of each item or container at each time, in all statuses."""
        moment = self._moment
        rows = self._rows("stock", "place_id", place, moment.places)
        sums: dict[tuple[int, int, int], tuple[dict[str, Fraction], tuple[str, ...]]] = {}
        if not len(rows):
            return sums
        code = moment.column("stock", "item_id")[rows]
        code = np.where(np.isin(code, self._containers), code, moment.items.resolve(code)).tolist()
        start = moment.column("stock", "counted_at_start")[rows].tolist()
        keys = zip(code, start, self._lasts("stock", "counted_at", rows).tolist(), strict=True)
        for key, amount, fact in zip(keys, self._amounts("stock", rows), self.facts("stock", rows), strict=True):
            amounts, facts = sums.get(key, ({}, ()))
            if amount is not None:
                amounts[amount[0]] = amounts.get(amount[0], Fraction(0)) + amount[1]
            sums[key] = (amounts, tuple(sorted((*facts, fact))))
        return sums

    def _amounts(self, table: str, rows: Array) -> list[tuple[str, Fraction] | None]:
        """Unit of measure and quantity of each row, None where no quantity is recorded."""
        units = self._moment.words.strings(self._moment.resolved(table, "unit", rows))
        quantities = self._moment.words.strings(self._moment.column(table, "quantity")[rows])
        return [None if q is None else (u or "", exact(q)) for u, q in zip(units, quantities, strict=True)]

    @cached_property
    def _containers(self) -> Array:
        rows = self._moment.all_rows("packing")
        return np.unique(self._moment.column("packing", "container_id")[rows]) if len(rows) else _NONE

    def _packing(self, containers: list[int]) -> dict[int, list[Packed[int]]]:
        """What was ever packed into these containers, and into the containers in them."""
        moment = self._moment
        found: dict[int, list[Packed[int]]] = {}
        level = containers
        while level:
            rows, owner = moment.rows_at("packing", "container_id", np.array(level, np.int32))
            if not len(rows):
                break
            names = (("item_id", ""), ("packed_at", "_start"), ("unpacked_at", "_end"))
            columns = (moment.column("packing", name + end)[rows].tolist() for name, end in names)
            for place, code, begun, done, fact in zip(
                owner.tolist(), *columns, self.facts("packing", rows), strict=True
            ):
                since, until = (None if time == NO_TIME else time for time in (begun, done))
                row = Packed(code, since, None if until is None else until - 1, fact)
                found.setdefault(level[place], []).append(row)
            boxes = np.unique(np.array([row.code for box in level for row in found.get(box, [])], np.int64))
            level = [box for box in boxes[np.isin(boxes, self._containers)].tolist() if box not in found]
        return found


def touches(begun: Array, done: Array, first: int, last: int) -> tuple[Array, Array]:
    """Which times touch an interval, and of which of them recorded times say so (see ``judge.touch``)."""
    no_begin, no_end = begun == NO_TIME, done == NO_TIME
    low = np.where(no_begin, -ENDLESS, np.where(no_end, begun, np.minimum(begun, done)))
    high = np.where(no_end, ENDLESS, np.where(no_begin, done, np.maximum(begun, done)))
    touching = (low <= last) & (high >= first)
    known = np.where(no_begin, done, begun)
    within = (known != NO_TIME) & (first <= known) & (known <= last)
    sure = (~no_begin & ~no_end) | within | (first <= -ENDLESS and last >= ENDLESS)
    return touching, touching & sure
