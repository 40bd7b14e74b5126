"""Narrowed scopes, against a plain search over the rows that tries every boundary by hand, on random plants."""

from __future__ import annotations

import random
from typing import Any

import networkx as nx
import numpy as np
import pytest
from facts import Facts, entry
from workings import HOURS, Maker, Rows, filled, instant, span
from workings_read import Asked, Reading

from genealogy.errors import InputError, ItemNotFoundError
from genealogy.narrow import Narrowing, Result, narrow
from genealogy.narrow.boundary import Boundary
from genealogy.snapshot import Snapshot
from genealogy.starts import Interval, Start
from genealogy.starts.arrays import ArrayStarts
from genealogy.starts.naming import Names

PLANTS = 500
Node = tuple[str, str]


class Plain:
    """A scope and its boundaries by plain search.

    Args:
        rows: the facts.
        items: items that are starts.
        steps: steps that are starts.
    """

    def __init__(self, rows: Rows, items: set[str], steps: set[str]) -> None:
        self.reading, self.items, self.steps = Reading(rows), items, steps
        known = self.reading.known
        self.graph: nx.DiGraph[Node] = nx.DiGraph()
        self.graph.add_nodes_from([*(("item", i) for i in items), *(("step", s) for s in steps)])
        for row in rows["consumption"]:
            lot = known.item(row["item_id"])
            self.graph.add_edge(("item", lot), ("step", row["step_id"]))
            if any(known.item(unit["lot_id"]) == lot for unit in rows["units"] if unit["lot_id"]):
                self.graph.add_edge(("portion", lot), ("step", row["step_id"]))
        for row in rows["production"]:
            self.graph.add_edge(("step", row["step_id"]), ("item", known.item(row["item_id"])))
        for unit in rows["units"]:
            if unit["lot_id"]:
                lot, item = known.item(unit["lot_id"]), known.item(unit["item_id"])
                self.graph.add_edge(("item", lot), ("item", item))
                self.graph.add_edge(("item", item), ("portion", lot))

    def reach(self, steps: set[str] | None = None) -> set[str]:
        """Items reached from the starts, these not among them."""
        sources = [("item", i) for i in self.items] + [("step", s) for s in (self.steps if steps is None else steps)]
        found = {node for source in sources for node in nx.descendants(self.graph, source)}
        return {name for sort, name in found if sort == "item"} - self.items

    def ways(self, marks: list[set[Any]]) -> set[str]:
        """Items to which some way leads that passes a step of each set: a search over (node, what was passed).

        A set may hold other nodes, too.
        """

        def passed(node: Node, before: frozenset[int]) -> frozenset[int]:
            return before | {
                n for n, mark in enumerate(marks) if (node[0] == "step" and node[1] in mark) or node in mark
            }

        sources: list[Node] = [*(("item", i) for i in self.items), *(("step", s) for s in self.steps)]
        open_ = [(source, passed(source, frozenset())) for source in sources]
        seen = set(open_)
        while open_:
            node, before = open_.pop()
            for after in self.graph.successors(node):
                state = (after, passed(after, before))
                if state not in seen:
                    seen.add(state)
                    open_.append(state)
        return {node[1] for node, of in seen if node[0] == "item" and len(of) == len(marks)} - self.items


def marked(plain: Plain, on: set[str], recorded: set[str]) -> set[str]:
    """Steps that count: those known, and those without a record whose operation is one of theirs or unknown."""
    of_step = plain.reading.of_step
    operations = {of_step[step]["operation"] for step in on if step in of_step}
    steps = {name for sort, name in plain.graph if sort == "step"}
    return on | {s for s in steps - recorded if s not in of_step or of_step[s]["operation"] in operations}


def made_outside(rows: Rows, known: Any, item: str, first: float, last: float) -> bool:
    """Whether an item was surely made outside an interval."""
    of_step = {row["step_id"]: row for row in rows["steps"]}
    times: list[Any] = []
    for table in ("lots", "units"):
        times += [span(r["made_at"]) for r in rows[table] if r["made_at"] and known.item(r["item_id"]) == item]
    for row in rows["production"]:
        if known.item(row["item_id"]) == item:
            step = of_step.get(row["step_id"], {})
            at = span(row["at"])
            begun, done = (at, at) if at else (span(step.get("started_at")), span(step.get("ended_at")))
            if begun is None or done is None:
                return False
            times.append((min(begun[0], done[1]), max(begun[0], done[1])))
    return bool(times) and all(begin > last or end < first for begin, end in times)


def prepared(snapshot: Snapshot, items: set[str], steps: set[str]) -> tuple[Any, ...]:
    """A full scope as the product narrows it: moment, starts, start steps, what is reached."""
    moment, arrays = snapshot.moment(1), ArrayStarts(snapshot.moment(1))
    outputs = {item for of in arrays.outputs(sorted(steps)).values() for item in of}
    full = {*snapshot.reach(sorted(items), "forward", 1).ids, *snapshot.reach(sorted(outputs), "forward", 1).ids}

    def numbers(names: Any) -> Any:
        found = moment.codes.find(sorted(names))
        return np.unique(found[found >= 0]).astype(np.int64)

    return moment, numbers(items), numbers(steps), numbers((full | outputs) - items)


def names_of(snapshot: Snapshot, result: Result) -> set[str]:
    return {str(item) for item in snapshot.moment(1).codes.strings(result.kept)}


@pytest.mark.parametrize("batch", range(10))
def test_each_boundary_leaves_what_a_plain_search_leaves(batch: int) -> None:
    fewer = 0
    for seed in range(batch * PLANTS // 10, (batch + 1) * PLANTS // 10):
        rng = random.Random(f"narrow {seed}")
        maker = Maker(rng, size=9)
        rows = maker.make()
        everything = [*maker.items, *maker.units]
        items = set(rng.sample(everything, rng.choice((1, 2)))) if rng.random() < 0.8 else set()
        steps = set(rng.sample(maker.steps, 1)) if not items or rng.random() < 0.3 else set()
        items -= {row["code"] for row in rows["aliases"]}
        plain, snapshot = Plain(rows, items, steps), Snapshot.of(Facts.of(entry(**filled(rows))))
        full, of_product = plain.reach(), prepared(snapshot, items, steps)
        first, last = sorted(rng.randrange(0, HOURS, 4) for _ in range(2))
        equipment = rng.choice(maker.equipment)
        on = {step for step, _, _ in plain.reading.uses(equipment)}
        parameter = "x"
        out = {
            name
            for sort, name in plain.reading.select(Asked("reading", with_={"parameter": parameter}))
            if sort == "step"
        }
        read = {row["step_id"] for row in rows["readings"] if row["parameter"] == parameter and row["step_id"]}
        loose = plain.reading.select(Asked("reading", with_={"parameter": parameter}))
        by_equipment = marked(plain, on, {use["step_id"] for use in rows["equipment_use"]})
        of_operation = out | read
        by_reading = out | (marked(plain, of_operation, set()) - read)
        if ("nothing", "") in loose:
            by_reading |= running(plain, parameter)
        by_reading |= {key for key in loose if key[0] == "item"}
        interval = Interval(
            first=1_777_593_600_000_000 + first * 3_600_000_000, last=1_777_593_600_000_000 + last * 3_600_000_000
        )
        line = rng.choice(("1", "2"))
        kind = rng.choice(("sterilise", "fill"))
        timely = {i for i in full if not made_outside(rows, plain.reading.known, i, first, last)}
        reading = Start("reading", parameter=parameter)
        expected = [
            (Narrowing(made=interval), timely),
            (Narrowing(equipment=equipment), plain.ways([by_equipment])),
            (Narrowing(reading=reading), plain.ways([by_reading])),
            (Narrowing(equipment=equipment, reading=reading), plain.ways([by_equipment, by_reading])),
            (Narrowing(kill=(kind,)), without_steps(plain, kind).reach()),
            (Narrowing(line_no=line), with_line(rows, plain, line).reach()),
            (Narrowing(lot_only=True), lots_only(plain)),
        ]  # fmt: skip
        for narrowing, left in expected:
            if narrowing.line_no is not None and unknown_line(plain, line):
                with pytest.raises(ItemNotFoundError):
                    narrow(*of_product, narrowing, [])
                continue
            result = narrow(*of_product, narrowing, [])
            got = names_of(snapshot, result)
            assert got == left, (
                f"seed {seed}: {narrowing} from {items} {steps}: too much {got - left}, too little {left - got}"
            )
            assert got <= full
            removed = sum(len(group.items) for group in result.groups)
            assert removed == len(full) - len(got)
            # A unit of a lot that is named has no step on its way that could say anything; everything else has.
            straight = {unit["item_id"] for unit in rows["units"]}
            for group in result.groups:
                gone = {str(item) for item in snapshot.moment(1).codes.strings(group.items)}
                assert group.facts or group.by == "lot_only" or gone <= straight, f"seed {seed}: {narrowing}"
            fewer += len(got) < len(full)
        combined = Narrowing(kill=(kind,), equipment=equipment, made=interval)
        both = names_of(snapshot, narrow(*of_product, combined, []))
        assert both <= timely & plain.ways([by_equipment]) & without_steps(plain, kind).reach()
    assert fewer > 60


def running(plain: Plain, parameter: str) -> set[str]:
    """Steps that may have run while a reading that names nothing was outside."""
    found = set()
    for row in plain.reading.rows["readings"]:
        only = Reading({**plain.reading.rows, "readings": [row]})
        if ("nothing", "") not in only.select(Asked("reading", with_={"parameter": parameter})):
            continue
        at = span(row["at"])
        assert at is not None
        then = Asked("operator", *at)
        for step in (name for sort, name in plain.graph if sort == "step"):
            of = plain.reading.of_step.get(step, {})
            if plain.reading.touch(span(of.get("started_at")), span(of.get("ended_at")), then) is not None:
                found.add(step)
    return found


def without_steps(plain: Plain, kind: str) -> Plain:
    """The same plant in which nothing leads into steps of a kind or operation, but those that are starts."""
    less = Plain(plain.reading.rows, plain.items, plain.steps)
    for step, row in plain.reading.of_step.items():
        if kind in (row["kind"], row["operation"]) and step not in plain.steps and ("step", step) in less.graph:
            less.graph.remove_edges_from(list(less.graph.in_edges(("step", step))))
    return less


def lots_only(plain: Plain) -> set[str]:
    """Units of the starts, and what the steps among them made with its units."""
    item, rows = plain.reading.known.item, plain.reading.rows
    made = {item(row["item_id"]) for row in rows["production"] if row["step_id"] in plain.steps}
    lots = made | plain.items
    units = {item(row["item_id"]) for row in rows["units"] if row["lot_id"] and item(row["lot_id"]) in lots}
    return (made | units) - plain.items


def unknown_line(plain: Plain, line: str) -> bool:
    """Whether the starts were drawn under line numbers, but never under this one."""
    known = plain.reading.known
    lines = {r["line_no"] for r in plain.reading.rows["consumption"] if known.item(r["item_id"]) in plain.items}
    return bool(lines - {None}) and line not in lines


def with_line(rows: Rows, plain: Plain, line: str) -> Plain:
    """The same plant in which the starts were used under one line number only."""
    less = Plain(rows, plain.items, plain.steps)
    of: dict[tuple[str, str], set[str | None]] = {}
    for row in rows["consumption"]:
        of.setdefault((plain.reading.known.item(row["item_id"]), row["step_id"]), set()).add(row["line_no"])
    for (item, step), lines in of.items():
        if item in plain.items and not lines & {None, line}:
            for sort in ("item", "portion"):
                if less.graph.has_edge((sort, item), ("step", step)):
                    less.graph.remove_edge((sort, item), ("step", step))
    return less


def mixer(*uses: tuple[str, str, int | None, int | None]) -> Rows:
    """Steps on one mixer: name, kind, from and to in hours; each makes an item of its name in small letters."""
    return {
        "equipment": [{"equipment_id": "E", "name": "Mixer"}],
        "steps": [{"step_id": name, "operation": "mix", "kind": kind} for name, kind, _, _ in uses],
        "equipment_use": [
            {
                "step_id": name, "equipment_id": "E", "from": None if begun is None else instant(begun),
                "to": None if done is None else instant(done),
            }
            for name, _, begun, done in uses
        ],
        "production": [{"step_id": name, "item_id": name.lower()} for name, kind, _, _ in uses if kind != "clean"],
    }  # fmt: skip


def cleaned(rows: Rows, since: int) -> tuple[set[str], Result]:
    """What is left of the mixer from an hour on, up to its cleaning."""
    steps = {row["step_id"] for row in rows["steps"]}
    asked = {"kind": "equipment", "equipment": "E", "from": instant(since), "to": None}
    started = [{"kind": "equipment", "asked": asked, "steps": sorted(steps)}]
    snapshot = Snapshot.of(Facts.of(entry(**rows)))
    result = narrow(*prepared(snapshot, set(), steps), Narrowing(cleaning=True), started)
    return names_of(snapshot, result), result


def test_cleaning_ends_what_began_before_it() -> None:
    rows = mixer(("A", "process", 1, 2), ("C", "clean", 3, 4), ("B", "process", 5, 6), ("D", "process", None, 8))
    left, result = cleaned(rows, 1)
    assert left == {"a", "d"}  # when D began is not recorded, so it stays
    tables = sorted({table for group in result.groups for _, table, _ in group.facts})
    assert tables == ["equipment_use", "steps"]


def test_a_cleaning_before_the_interval_or_of_unknown_time_ends_nothing() -> None:
    rows = mixer(("C", "clean", 1, 2), ("K", "clean", None, 4), ("A", "process", 5, 6))
    assert cleaned(rows, 3)[0] == {"a"}


def test_without_a_cleaning_kind_nothing_is_cleaned() -> None:
    assert cleaned(mixer(("A", "", 1, 2), ("B", "", 3, 4)), 0)[0] == {"a", "b"}  # type: ignore[arg-type]


def test_what_only_the_graph_reached_is_never_cut_off() -> None:
    rows: Rows = {
        "steps": [{"step_id": "S", "operation": "fill"}],
        "consumption": [{"step_id": "S", "item_id": "A"}],
        "production": [{"step_id": "S", "item_id": "B"}],
        "lots": [{"item_id": "C", "material_id": "M", "lot_number": "C"}],
    }
    snapshot = Snapshot.of(Facts.of(entry(**rows)))
    moment, starts, steps, reached = prepared(snapshot, {"A"}, set())
    reached = np.union1d(reached, moment.codes.find(["C"]))
    for narrowing in (Narrowing(kill=("fill",)), Narrowing(lot_only=True), Narrowing(equipment="E")):
        left = names_of(snapshot, narrow(moment, starts, steps, reached, narrowing, []))
        assert left - {"B"} == {"C"}, narrowing


def test_boundaries_are_read_and_refused() -> None:
    rows: Rows = {
        "equipment": [{"equipment_id": "E1", "name": "Mixer"}],
        "steps": [
            {"step_id": "S", "operation": "hot fill", "kind": "sterilise"},
            {"step_id": "T", "operation": "mix", "kind": None},
        ],
    }
    names = Names(Snapshot.of(Facts.of(entry(**rows))).moment(1))
    assert Boundary.of("full").narrowing(names) is None
    assert Boundary.of("lot").narrowing(names) == Narrowing(lot_only=True)
    shift = Boundary.of("--shift 2026-05-01T06:00Z 2026-05-01T14:00Z").narrowing(names)
    assert shift is not None
    assert shift.made == Interval.of("2026-05-01T06:00Z", "2026-05-01T14:00Z")
    both = Boundary.of("only-equipment E1 kill-step sterilise kill-step 'hot fill'").narrowing(names)
    assert both == Narrowing(equipment="E1", kill=("sterilise", "hot fill"))
    with pytest.raises(ItemNotFoundError) as misspelt:  # that nothing is killed would be told as a boundary that holds
        Boundary.of("kill-step sterilize").narrowing(names)
    assert [each["id"] for each in misspelt.value.candidates] == ["hot fill", "mix", "sterilise"]
    for text in (
        "", "nonsense", "only-after", "full lot", "kill-step 'x", "only-equipment E1 equipment E2", "cleaning cleaning",
        "made-from 2026-05-01 shift 2026-05-02 2026-05-03", "line-no 1 only-sublot 2",
    ):  # fmt: skip
        with pytest.raises(InputError):
            Boundary.of(text)
    for boundary in (
        Boundary(parameter="x"),
        Boundary(outside=True),
        Boundary(only_after="2026-05-01", made_from="2026-05-01"),
    ):
        with pytest.raises(InputError):
            boundary.narrowing(names)
