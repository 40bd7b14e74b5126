"""Boundaries at steps: which links a narrowing cuts, and through which steps everything has to have passed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import InputError, ItemNotFoundError
from genealogy.narrow.flow import Flow
from genealogy.snapshot.layout import NO_TIME
from genealogy.starts.arrays import ArrayStarts, touches
from genealogy.starts.question import ENDLESS, Interval
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.question import Start

Facts = list[tuple[str, int]]
_SHOWN = 20


class Narrowed:
    """A scope while it is narrowed.

    Args:
        moment: the facts that count.
        starts: numbers of the items that are starts.
        steps: numbers of the steps that are starts.
        reached: numbers of the items in the full scope.
        flow: all their links, where these are at hand.

    Attributes:
        sources: nodes from which it is followed.
        kept: which links still count (bool).
        through: for each condition, the nodes of which one has to lie on the way (bool).
    """

    def __init__(self, moment: Moment, starts: Array, steps: Array, reached: Array, flow: Flow | None = None) -> None:
        self.moment, self.starts, self.steps = moment, starts, steps
        self.flow = flow or Flow(moment, np.unique(np.concatenate([starts, reached])), steps)
        self.sources = np.concatenate([self.flow.items(starts), self.flow.steps(steps)])
        self.kept = np.ones(len(self.flow.tails), bool)
        self.through: list[Array] = []

    def reached(self) -> Array:
        """Numbers of the items that are still reached."""
        found = self._passing(self.flow.closure(self.sources, self.kept), tuple(range(len(self.through))))
        items: Array = self.flow.codes[found & self.flow.is_item]
        return items

    def _passing(self, seen: Array, conditions: tuple[int, ...]) -> Array:
        """What is reached on ways that pass a step of each condition, in whatever order."""
        if not conditions:
            return seen
        found = np.zeros(len(seen), bool)
        for condition in conditions:
            beyond = self.flow.closure(np.flatnonzero(seen & self.through[condition]), self.kept)
            found |= self._passing(beyond, tuple(c for c in conditions if c != condition))
        return found

    @cached_property
    def met(self) -> Array:
        """Numbers of all steps of the full scope."""
        found: Array = self.flow.codes[self.flow.is_step]
        return found

    def nodes(self, steps: Array) -> Array:
        """Steps as nodes (bool)."""
        found = np.zeros(len(self.flow.codes), bool)
        found[self.flow.steps(steps)] = True
        return found

    def operations(self, steps: Array) -> tuple[Array, Array, Array]:
        """For each step that is described: its place, its operation, and the row that says so."""
        rows, place = self.moment.rows_at("steps", "step_id", steps)
        operation = self.moment.column("steps", "operation")
        return place, operation[rows] if len(rows) else rows, rows


def kill_steps(scope: Narrowed, kinds: Sequence[str]) -> Facts:
    """Cut every link into steps of these kinds or operations; a step that is a start itself is not cut."""
    moment = scope.moment
    rows, place = moment.rows_at("steps", "step_id", scope.met)
    if not len(rows):
        return []
    words = moment.words.find(list(kinds))
    words = words[words >= 0]
    killing = np.isin(moment.column("steps", "kind")[rows], words)
    killing |= np.isin(moment.column("steps", "operation")[rows], words)
    killing &= ~np.isin(scope.met[place], scope.steps)
    scope.kept &= ~scope.nodes(scope.met[place[killing]])[scope.flow.heads]
    return [("steps", row) for row in rows[killing].tolist()]


def other_lines(scope: Narrowed, line_no: str) -> Facts:
    """Cut the links from named items to steps that used them under other line numbers only."""
    moment = scope.moment
    rows, owner = moment.rows_of("consumption", "item_id", scope.starts)
    if not len(rows):
        return []
    line = moment.column("consumption", "line_no")[rows]
    meant = line == moment.words.find([line_no])[0]
    if (line >= 0).any() and not (meant & (line >= 0)).any():
        known = sorted({text for text in moment.words.strings(np.unique(line[line >= 0])) if text is not None})
        raise ItemNotFoundError(
            f"Nothing of the named items is recorded as drawn under line number {line_no!r}, so narrowing to it would leave "
            f"out everything that was drawn under another. Recorded are: {', '.join(known[:_SHOWN])}.",
            [{"id": each, "kind": "line_no", "name": each} for each in known[:_SHOWN]],
        )
    stays = (line < 0) | meant
    steps = moment.column("consumption", "step_id")[rows].astype(np.int64)
    pair = scope.starts[owner].astype(np.int64) * len(moment.codes) + steps
    cut = ~np.isin(pair, pair[stays])
    flow = scope.flow
    direct = flow.is_item[flow.tails] & flow.is_step[flow.heads]
    links = flow.codes[flow.tails] * len(moment.codes) + flow.codes[flow.heads]
    scope.kept &= ~(direct & np.isin(links, pair[cut]))
    # A named lot's units are drawn with it: its portion is cut with the lot.
    portions = ~flow.is_item[flow.tails] & ~flow.is_step[flow.tails]
    scope.kept &= ~(portions & np.isin(links, pair[cut]))
    return [("consumption", row) for row in rows[cut].tolist()]


def after_cleaning(scope: Narrowed, rows: Sequence[dict[str, Any]]) -> Facts:
    """Leave out, of equipment over an interval, the steps after its first cleaning; other starts keep their steps."""
    moment = scope.moment
    arrays = ArrayStarts(moment)
    kept: set[str] = set()
    facts: Facts = []
    if not any(row["kind"] == "equipment" and row["asked"].get("from") is not None for row in rows):
        raise InputError(
            said(
                Option("cleaning", boundary=True), " narrows a start of ", Option("equipment"), " with ", Option("from"),
                ": say which equipment, and since when.",
            )
        )  # fmt: skip
    for row in rows:
        since = row["asked"].get("from")
        if row["kind"] != "equipment" or since is None:
            kept.update(row["steps"])
            continue
        late, of_row = _late(arrays, row["asked"]["equipment"], Interval.of(since, None).first)
        kept.update(step for step in row["steps"] if step not in late)
        facts += of_row
    steps = moment.codes.find(sorted(kept))
    scope.sources = np.concatenate([scope.flow.items(scope.starts), scope.flow.steps(steps[steps >= 0])])
    return sorted(set(facts))


def _late(arrays: ArrayStarts, equipment: str, first: int) -> tuple[set[str], Facts]:
    """The steps that surely began after a cleaning that surely was within the interval, with the facts."""
    moment = arrays.moment
    rows, begun, done = arrays.uses(equipment)
    if not len(rows):
        return set(), []
    step = moment.column("equipment_use", "step_id")[rows]
    described, place = moment.rows_at("steps", "step_id", step)
    clean = np.zeros(len(rows), bool)
    if len(described):
        kind = moment.column("steps", "kind")[described]
        clean[place] = (kind >= 0) & (kind == moment.words.find(["clean"])[0])
    cleaned = clean & (begun != NO_TIME) & (done != NO_TIME) & (np.minimum(begun, done) >= first)
    if not cleaned.any():
        return set(), []
    ended = int(np.maximum(begun, done)[cleaned].min())
    which = np.flatnonzero(cleaned & (np.maximum(begun, done) == ended))
    start = np.where(begun == NO_TIME, -ENDLESS, np.where(done == NO_TIME, begun, np.minimum(begun, done)))
    late = start >= ended
    late[np.isin(step, step[~late])] = False  # a step with an earlier use began before
    late[np.isin(step, step[which])] = False
    facts = [("equipment_use", row) for row in rows[late].tolist() + rows[which].tolist()]
    facts += [("steps", row) for row in described[np.isin(place, which)].tolist()]
    return {str(name) for name in moment.codes.strings(step[late])}, facts


def passes_equipment(scope: Narrowed, equipment: str) -> Facts:
    """Ask for a step on the equipment on the way; the facts are what the other steps ran on, or that they do other work."""
    moment, met = scope.moment, scope.met
    rows = ArrayStarts(moment).uses(equipment)[0]
    on_it = np.unique(moment.column("equipment_use", "step_id")[rows]) if len(rows) else rows
    uses, place = moment.rows_at("equipment_use", "step_id", met)
    instead = instead_of(moment, equipment, uses)
    recorded = np.zeros(len(met), bool)
    recorded[place[instead]] = True
    alike = _of_operations(scope, on_it)
    passing = np.isin(met, on_it) | (alike & ~recorded)
    scope.through.append(scope.nodes(met[passing]))
    others = [("equipment_use", row) for row in uses[instead & ~passing[place]].tolist()]
    return others + _described(scope, ~passing & ~alike)


def instead_of(moment: Moment, equipment: str, uses: Array) -> Array:
    """Which uses say that a step ran on another piece of equipment instead of this one (bool): those of the same kind.

    A step that weighed on a scale may have run on any extruder. Where the kind of this one is not recorded, every other
    use counts.
    """
    rows = moment.all_rows("equipment")
    if not len(uses) or not len(rows):
        return np.ones(len(uses), bool)
    number = moment.words.find([equipment])[0]
    named, kind = moment.resolved("equipment", "equipment_id", rows), moment.column("equipment", "kind")[rows]
    ours = kind[(named == number) & (kind >= 0)]
    if not len(ours):
        return np.ones(len(uses), bool)
    found: Array = np.isin(moment.resolved("equipment_use", "equipment_id", uses), named[np.isin(kind, ours)])
    return found


def passes_reading(scope: Narrowed, start: Start) -> Facts:
    """Ask for a step with the parameter outside its limits on the way; the facts are the readings of the other steps."""
    moment, met = scope.moment, scope.met
    arrays = ArrayStarts(moment)
    chosen = arrays.select(start)
    outside = moment.codes.find(sorted({each.id for each in chosen if each.sort == "step"}))
    rows = arrays.readings(start)
    step = moment.column("readings", "step_id")[rows] if len(rows) else rows
    read = np.unique(step[step >= 0])
    passing = np.isin(met, outside)
    passing |= _of_operations(scope, np.union1d(read, outside)) & ~np.isin(met, read)
    begun, done = arrays.step_times(met)
    for at, last in arrays.times_of([each.fact for each in chosen if each.sort == "nothing"]):
        passing |= touches(begun, done, at, last)[0]
    through = scope.nodes(met[passing])
    # What lay at a place while the reading there was outside was exposed as much as what passed such a step.
    lay_there = moment.codes.find(sorted({each.id for each in chosen if each.sort == "item"}))
    through[scope.flow.items(lay_there[lay_there >= 0].astype(np.int64))] = True
    scope.through.append(through)
    about_others = np.isin(step, met[~passing])
    others = [("readings", row) for row in rows[about_others].tolist()]
    return others + _described(scope, ~passing & ~np.isin(met, read))


def _described(scope: Narrowed, which: Array) -> Facts:
    """The records of these steps of the scope: that they are of another operation is why they do not count."""
    rows, place = scope.moment.rows_at("steps", "step_id", scope.met)
    return [("steps", row) for row in rows[which[place]].tolist()]


def _of_operations(scope: Narrowed, known: Array) -> Array:
    """Which steps of the scope are of an operation of these steps, or of one that is not recorded (bool)."""
    wanted = np.unique(scope.operations(known)[1])
    place, operation, _ = scope.operations(scope.met)
    found = np.ones(len(scope.met), bool)
    found[place] = np.isin(operation, wanted)
    return found
