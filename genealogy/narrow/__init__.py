"""Narrowing a scope: what facts allow to leave out, item by item, always beside the full scope and never instead of it.

A narrowed scope is a subset of the full one. What is not recorded removes nothing: an item without a time, a step without
equipment, a row without a line number stay. Each boundary of ``Narrowing`` is applied after the others, in the order of
its fields, and says what it removed and by which facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.narrow.steps import Narrowed, after_cleaning, kill_steps, other_lines, passes_equipment, passes_reading
from genealogy.starts.question import Interval, Start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.evidence import Evidence
    from genealogy.narrow.flow import Flow
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a scope is narrowed by; everything that is given has to hold.

    Attributes:
        lot_only: only the lots that are named and what the named steps made, with their units: how far a recall of the lot
            alone would go.
        cleaning: steps on equipment that is a start only up to its first cleaning.
        line_no: of the named items only what was drawn under this line number (a drum, a reel, a sub-lot).
        kill: kinds of steps or operations that end the trouble: nothing passes through them.
        equipment: only what passed through this piece of equipment.
        reading: only what passed through a step in which a parameter was outside its limits.
        made: only what was made within this interval.
    """

    lot_only: bool = False
    cleaning: bool = False
    line_no: str | None = None
    kill: tuple[str, ...] = ()
    equipment: str | None = None
    reading: Start | None = None
    made: Interval = field(default=Interval())

    def as_json(self) -> dict[str, Any]:
        """What is given, for an answer."""
        found: dict[str, Any] = {}
        if self.lot_only:
            found["lot_only"] = True
        if self.cleaning:
            found["cleaning"] = True
        if self.line_no is not None:
            found["line_no"] = self.line_no
        if self.kill:
            found["kill_step"] = list(self.kill)
        if self.equipment is not None:
            found["equipment"] = self.equipment
        if self.reading is not None:
            found["reading"] = self.reading.as_json()
        if not self.made.open:
            found["made"] = {"from": self.made.since, "to": self.made.until}
        return found

    def __bool__(self) -> bool:
        return bool(self.as_json())


@dataclass
class Group:
    """What one boundary removed.

    Attributes:
        by: the boundary.
        words: what it removed, in words.
        items: numbers of the items.
        facts: (item or -1 for all of them, table, row) that prove it.
    """

    by: str
    words: str
    items: Array
    facts: list[tuple[int, str, int]]


@dataclass
class Result:
    """What is left, and why the rest is not.

    Attributes:
        kept: numbers of the items that are left, without the starts.
        groups: what each boundary removed.
        assumptions: what is taken for granted, in words.
        timeless: numbers of items that a time boundary had to keep because no time is recorded.
    """

    kept: Array
    groups: list[Group]
    assumptions: list[str]
    timeless: Array


def narrow(
    moment: Moment,
    starts: Array,
    steps: Array,
    reached: Array,
    narrowing: Narrowing,
    rows: Sequence[dict[str, Any]],
    flow: Flow | None = None,
) -> Result:
    """Apply a narrowing to a scope.

    Args:
        moment: the facts that count.
        starts: numbers of the items that are starts.
        steps: numbers of the steps that are starts.
        reached: numbers of the items in the full scope, starts not among them, ascending.
        narrowing: the boundaries.
        rows: what each start that is no item selected (``started_from`` of the answer).
        flow: the links of the full scope, where they are at hand.

    Raises:
        InputError: a boundary has nothing to restrict.
        ItemNotFoundError: nothing of the named items was drawn under the line number.
    """
    scope = Narrowed(moment, starts, steps, reached, flow)
    groups: list[Group] = []
    assumptions: list[str] = []
    left = reached
    # What only the other road reached is not in these links: nothing here can say that it is cut off.
    elsewhere = reached[~np.isin(reached, scope.reached())]

    def removed(by: str, words: str, kept: Array, facts: list[tuple[str, int]]) -> None:
        nonlocal left
        lost = ~np.isin(left, np.concatenate([kept, elsewhere]))
        gone, left = left[lost], left[~lost]
        groups.append(Group(by, words, gone, [(-1, table, row) for table, row in facts] if len(gone) else []))

    if narrowing.lot_only:
        removed(
            "lot_only", "beyond the lots that are named: nobody proved that these are free of it", _lots_only(scope), []
        )
        assumptions.append(
            "Only the named lots themselves (and what the named steps made) are affected; nothing that was made of them is."
        )
    if narrowing.cleaning:
        facts = after_cleaning(scope, rows)
        removed("cleaning", "only from steps after the equipment was cleaned", scope.reached(), facts)
        assumptions.append("A cleaning step (kind clean) on the same equipment ends the trouble that began before it.")
    if narrowing.line_no is not None:
        facts = other_lines(scope, narrowing.line_no)
        words = f"only by way of rows of another line number than {narrowing.line_no}"
        removed("line_no", words, scope.reached(), facts)
        assumptions.append(
            f"Only line number {narrowing.line_no} of what is named is bad; rows without one count as it."
        )
    if narrowing.kill:
        facts = kill_steps(scope, narrowing.kill)
        removed("kill_step", f"only by way of steps {' or '.join(narrowing.kill)}", scope.reached(), facts)
        assumptions.append(f"Nothing bad passes through a step {' or '.join(narrowing.kill)}.")
    if narrowing.equipment is not None:
        facts = passes_equipment(scope, narrowing.equipment)
        removed("equipment", f"on no way through equipment {narrowing.equipment}", scope.reached(), facts)
        assumptions.append(
            f"The trouble arose on equipment {narrowing.equipment} alone. A step without recorded equipment counts as run on "
            "it where it is of an operation that ran on it."
        )
    if narrowing.reading is not None:
        facts = passes_reading(scope, narrowing.reading)
        removed("reading", f"on no way through a step with {narrowing.reading.words()}", scope.reached(), facts)
        assumptions.append(
            f"The trouble arose only where {narrowing.reading.words()} was recorded. A step without such a reading counts as "
            "outside where it is of an operation in which it is read, or ran when a reading that names no step was outside."
        )
    timeless = left[:0]
    if not narrowing.made.open:
        from genealogy.narrow.made import made_outside

        outside, unknown, cited = made_outside(moment, left, narrowing.made.first, narrowing.made.last)
        facts_of = [(int(left[place]), table, row) for place, table, row in cited]
        groups.append(Group("made", "made outside the interval", left[outside], facts_of))
        timeless, left = left[unknown], left[~outside]
        assumptions.append("Only what was made within the interval is affected; what has no recorded time stays.")
    return Result(left, groups, assumptions, timeless)


def _lots_only(scope: Narrowed) -> Array:
    """The named lots and what the named steps made, with their units."""
    moment = scope.moment
    made, _ = moment.rows_at("production", "step_id", scope.steps)
    outputs = moment.item_column("production", "item_id", made) if len(made) else scope.starts[:0]
    lots = np.unique(np.concatenate([scope.starts, outputs]))
    rows, _ = moment.rows_of("units", "lot_id", lots)
    units = moment.item_column("units", "item_id", rows) if len(rows) else lots[:0]
    found: Array = np.concatenate([lots, units])
    return found


def removed_rows(
    moment: Moment, evidence: Evidence, result: Result, finished: dict[str, set[str]]
) -> list[dict[str, Any]]:
    """What each boundary removed, as an answer says it, with file and row of each fact.

    Args:
        moment: the facts that count.
        evidence: reads the facts.
        result: of ``narrow``.
        finished: ids of the finished units and lots of the full scope, by kind.
    """
    rows = []
    for group in result.groups:
        ids = sorted(str(item) for item in moment.codes.strings(group.items))
        cited: list[dict[str, Any]] = []
        for table in sorted({table for _, table, _ in group.facts}):
            mine = [(item, row) for item, of, row in group.facts if of == table]
            facts = evidence.facts(moment, table, np.array([row for _, row in mine], np.int64))
            for (item, _), fact in zip(mine, facts, strict=True):
                cited.append(({"item": moment.codes.string(item)} if item >= 0 else {}) | fact.as_json())
        cited.sort(key=lambda fact: (fact.get("item", ""), fact["table"], fact["entry"], fact["file"], fact["row"]))
        rows.append(
            {
                "by": group.by,
                "words": group.words,
                "items": ids,
                "finished_units": len(finished["unit"].intersection(ids)),
                "finished_lots": len(finished["lot"].intersection(ids)),
                "facts": cited,
            }
        )
    return rows
