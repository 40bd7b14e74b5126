"""What stands beside a scope, and what a reason claims, worked out in plain loops over the rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from oracle import Fact, Known, Moment, Oracle

Span = tuple[datetime, datetime]


class Beside:
    """The neighbours of a scope, by plain loops over the rows in force."""

    def __init__(self, oracle: Oracle, starts: list[str]) -> None:
        self.state: Known = oracle.known()
        self.inside = set(oracle.affected(starts))
        facts, item = self.state.facts, self.state.item
        self.steps: dict[str, Fact] = {str(row["step_id"]): row for row in facts["steps"]}
        self.made: dict[str, set[str]] = defaultdict(set)
        for row in facts["production"]:
            self.made[str(row["step_id"])].add(item(str(row["item_id"])))
        self.met = {
            name
            for thing in self.inside
            if ("item", thing) in self.state.graph
            for kind, name in self.state.graph.successors(("item", thing))
            if kind == "step"
        }
        self.lot_of = {
            (item(str(row["item_id"])), item(row["lot_id"])) for row in facts["units"] if row["lot_id"] is not None
        }

    def out(self, items: set[str]) -> set[str]:
        return items - self.inside

    def products(self, steps: set[str]) -> set[str]:
        return self.out({thing for step in steps - self.met for thing in self.made[step]})

    def same_lot(self) -> set[str]:
        partly = {lot for unit, lot in self.lot_of if unit in self.inside} - self.inside
        return self.out({unit for unit, lot in self.lot_of if lot in partly})

    def same_order(self) -> set[str]:
        orders = {self.steps[step]["order_id"] for step in self.met & self.steps.keys()} - {None}
        return self.products({step for step, row in self.steps.items() if row["order_id"] in orders})

    def same_supplier_lot(self) -> set[str]:
        def pair(row: Fact) -> tuple[str | None, str | None]:
            supplier = row["supplier_id"]
            return row["supplier_lot"], supplier and self.state.means("party", supplier)

        rows = [
            (self.state.item(str(row["item_id"])), pair(row)) for row in self.state.facts["lots"] if row["supplier_lot"]
        ]
        wanted = {numbers for lot, numbers in rows if lot in self.inside}
        return self.out({lot for lot, numbers in rows if numbers in wanted})

    def span(self, step: str) -> Span | None:
        row = self.steps.get(step, {})
        times = [Moment.of(text) for text in (row.get("started_at"), row.get("ended_at")) if text]
        return (times[0].start, times[-1].end) if times else None

    def began(self, starts: list[str]) -> tuple[datetime | None, datetime | None]:
        """When the first of the starts was there, and was first used; None where that is not known of all."""
        item, facts = self.state.item, self.state.facts
        there: list[datetime | None] = []
        for start in starts:
            rows = [self.state.lots.get(start, {}), self.state.units.get(start, {})]
            texts = [row.get(name) for row in rows for name in ("received_at", "made_at")]
            own = [Moment.of(text).start for text in texts if text]
            made = [
                Moment.of(row["at"]).start
                for row in facts["production"]
                if item(str(row["item_id"])) == start and row["at"]
            ]
            there.append(max(own) if own else min(made, default=None))
        named = {*starts, *(lot for unit, lot in self.lot_of if unit in starts)}
        named |= {unit for unit, lot in self.lot_of if lot in starts}
        used: list[datetime | None] = []
        for row in facts["consumption"]:
            if item(str(row["item_id"])) in named:
                begin = self.span(str(row["step_id"]))
                said = [Moment.of(row["at"]).start] if row["at"] else []
                used.append(min([*said, *([begin[0]] if begin else [])], default=None))
        since, known = _least(there), [time for time in used if time is not None]
        if since is not None and known and min(known) < since:
            since = None
        return since, _least(used)

    def between(self, cells: list[dict[str, str]]) -> bool:
        """Whether the second of three uses began when the first had ended, and was done when the third began."""
        spans = []
        for row in cells:
            step: dict[str, Any] = next((s for s in self.state.facts["steps"] if s["step_id"] == row["step_id"]), {})
            begin, end = row.get("from") or step.get("started_at"), row.get("to") or step.get("ended_at")
            spans.append((Moment.of(begin).start if begin else None, Moment.of(end).end if end else None))
        (_, first_end), (begin, end), (last_begin, _) = spans
        if first_end is None or begin is None or last_begin is None:
            return False
        return first_end <= begin and max(begin, end or begin) <= last_begin

    def same_equipment(self) -> set[str]:
        uses: dict[str, list[tuple[Span, int, str]]] = defaultdict(list)
        for number, row in enumerate(self.state.facts["equipment_use"]):
            step, of_step = str(row["step_id"]), self.span(str(row["step_id"]))
            begin = Moment.of(row["from"]).start if row["from"] else of_step and of_step[0]
            end = Moment.of(row["to"]).end if row["to"] else of_step and of_step[1]
            begin, end = begin or end, end or begin
            if begin is None or end is None or self.steps.get(step, {}).get("kind") == "clean":
                continue
            machine = self.state.means("equipment", str(row["equipment_id"]))
            uses[machine].append(((begin, max(begin, end)), number, step))
        near = set()
        for of_machine in uses.values():
            of_machine.sort(key=lambda use: use[0][0])
            for span, _, step in of_machine:
                if step in self.met:
                    near |= {
                        other
                        for (begin, end), _, other in of_machine
                        if other not in self.met and begin <= span[1] and end >= span[0]
                    }
                    later = [use for use in of_machine if use[0][0] > span[0]]
                    # The next use, where no other began at the same moment as either.
                    if (
                        len({use[0][0] for use in later[:2]}) == len(later[:2])
                        and later
                        and later[0][2] not in self.met
                    ):
                        near.add(later[0][2])
        return self.products(near)

    def same_day_and_line(self) -> set[str]:
        def days(step: str) -> set[Any]:
            span = self.span(step)
            if span is None:
                return set()
            return {(span[0] + timedelta(days=n)).date() for n in range((span[1].date() - span[0].date()).days + 1)}

        near = set()
        for step in self.met & self.steps.keys():
            row = self.steps[step]
            near |= {
                other
                for other, its in self.steps.items()
                if row["line"] and (its["site"], its["line"]) == (row["site"], row["line"]) and days(step) & days(other)
            }
        return self.products(near)


def _least(times: list[datetime | None]) -> datetime | None:
    found = [time for time in times if time is not None]
    return min(found) if found and len(found) == len(times) else None


def in_force(fact: dict[str, Any], state: Known) -> bool:
    rows = state.facts[fact["table"]]
    return bool(rows) and dict.fromkeys(rows[0]) | fact["cells"] in rows
