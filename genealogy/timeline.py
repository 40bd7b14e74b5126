"""When the steps of a scope ran, by equipment, and where a parameter left its limits.

Each step stands once for each piece of equipment that it ran on; one that no record puts on any stands under none. Where
there are too many to be looked at, the steps of one piece of equipment and one day are one mark, with their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.graph.columns import NO_DAY
from genealogy.graph.folds import day_text
from genealogy.snapshot.layout import NO_TIME
from genealogy.starts.judge import judge

if TYPE_CHECKING:
    from genealogy.evidence import Evidence
    from genealogy.graph.columns import Columns
    from genealogy.snapshot.files import Array

MARKS = 400
"""More marks than this nobody can look at: then they are folded by day, and if need be by several days."""
LISTED = 2_000
"""Excursions that are listed with their facts; ``more_excursions`` counts the rest."""


def timeline(columns: Columns, evidence: Evidence) -> dict[str, Any]:
    """The steps of a scope in time.

    Args:
        columns: of the scope.
        evidence: where facts are read from.

    Returns:
        ``equipment``: each with name, steps, excursions and ``marks`` (``from`` and ``to`` as days, ``steps``, ``excursions``,
        and the step itself where it is one); ``excursions`` with their facts; ``undated``: steps without a time; ``days``: of
        one mark, 0 where each step has its own.
    """
    moment = columns.moment
    steps = np.flatnonzero(columns.steps)
    number, day = columns.number[steps], columns.day[steps]
    began = _began(columns, number, day)
    use, user = moment.rows_at("equipment_use", "step_id", number)
    machine = moment.resolved("equipment_use", "equipment_id", use) if len(use) else np.zeros(0, np.int32)
    user, machine = np.unique(np.stack([user, machine]), axis=1) if len(use) else (user, machine)
    alone = np.setdiff1d(np.arange(len(steps)), user)
    owner = np.concatenate([user, alone]).astype(np.int64)
    machine = np.concatenate([machine, np.full(len(alone), -1)]).astype(np.int64)
    outside, rows, verdicts = _excursions(columns, number)
    total = np.bincount(outside, minlength=len(steps)) if len(steps) else np.zeros(0, np.int64)
    width, marks = _marks(machine, owner, began, day, total)
    names = _names(columns, machine)
    equipment = []
    for each in sorted(names, key=lambda n: (n < 0, names[n][0])):
        of = owner[machine == each]
        equipment.append(
            {
                "equipment_id": names[each][0] or None,
                "name": names[each][1],
                "steps": len(of),
                "excursions": int(total[of].sum()),
                "undated": int((day[of] == NO_DAY).sum()),
                "marks": [_told(columns, steps, mark) for mark in marks.get(each, [])],
            }
        )
    order = np.argsort(moment.column("readings", "at_start")[rows], kind="stable")[:LISTED] if len(rows) else rows
    facts = evidence.facts(moment, "readings", rows[order]) if len(rows) else []
    return {
        "equipment": equipment,
        "steps": len(steps),
        "undated": int((day == NO_DAY).sum()),
        "days": width,
        "readings_outside": len(rows),
        "excursions": [
            {"step_id": columns.label(int(steps[outside[at]])), "certain": bool(verdicts[at]), "fact": fact.as_json()}
            for at, fact in zip(order.tolist(), facts, strict=True)
        ],
        "more_excursions": max(0, len(rows) - LISTED),
    }


def _began(columns: Columns, number: Array, day: Array) -> Array:
    """The first day of each step; the last where no beginning is recorded."""
    moment = columns.moment
    rows, owner = moment.rows_at("steps", "step_id", number)
    start = moment.column("steps", "started_at_start")
    found = day.copy()
    if len(rows):
        at = start[rows]
        known = at != NO_TIME
        found[owner[known]] = (at[known] // 86_400_000_000).astype(np.int32)
    return np.where(day == NO_DAY, found, np.minimum(found, day)).astype(np.int64)


def _excursions(columns: Columns, number: Array) -> tuple[Array, Array, Array]:
    """Readings outside their recorded limits: the step of each, its row, and whether that is certain."""
    moment = columns.moment
    rows, owner = moment.rows_at("readings", "step_id", number)
    if not len(rows):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool)
    said = np.stack([moment.resolved("readings", name, rows) for name in ("value", "unit", "low", "high")])
    different, which = np.unique(said, axis=1, return_inverse=True)
    texts = [moment.words.strings(each) for each in different]
    found = [judge(value or "", unit, low, high, None) for value, unit, low, high in zip(*texts, strict=True)]
    out = np.array([each in ("outside", "unsure") for each in found], bool)[which.reshape(-1)]
    certain = np.array([each == "outside" for each in found], bool)[which.reshape(-1)]
    return owner[out], rows[out], certain[out]


def _names(columns: Columns, machine: Array) -> dict[int, tuple[str, str | None]]:
    moment = columns.moment
    found: dict[int, tuple[str, str | None]] = {}
    rows = moment.all_rows("equipment")
    known = moment.resolved("equipment", "equipment_id", rows) if len(rows) else rows
    named = dict(zip(known.tolist(), moment.texts("equipment", "name", rows), strict=True)) if len(rows) else {}
    for each in np.unique(machine).tolist():
        found[each] = (moment.words.string(each), named.get(each)) if each >= 0 else ("", None)
    return found


def _marks(
    machine: Array, owner: Array, began: Array, day: Array, total: Array
) -> tuple[int, dict[int, list[tuple[int, int, Array, int]]]]:
    """Marks by equipment: first and last day, the steps, the excursions; and how many days one mark holds (0: a step each)."""
    dated = np.flatnonzero(began[owner] != NO_DAY)
    found: dict[int, list[tuple[int, int, Array, int]]] = {}
    if len(dated) <= MARKS:
        for at in dated[np.lexsort((owner[dated], began[owner[dated]]))].tolist():
            step = int(owner[at])
            last = int(max(began[step], day[step]))
            found.setdefault(int(machine[at]), []).append(
                (int(began[step]), last, owner[at : at + 1], int(total[step]))
            )
        return 0, found
    width = 1
    while True:
        slot = began[owner[dated]] // width
        keys = np.stack([machine[dated], slot])
        both, which = np.unique(keys, axis=1, return_inverse=True)
        if both.shape[1] <= MARKS or width > 100_000:
            break
        width *= 2
    which = which.reshape(-1)
    ranked = np.argsort(which, kind="stable")
    groups = np.split(dated[ranked], np.flatnonzero(np.diff(which[ranked])) + 1)
    for (each, begin), group in zip(both.T.tolist(), groups, strict=True):
        steps = owner[group]
        found.setdefault(int(each), []).append(
            (begin * width, begin * width + width - 1, steps, int(total[steps].sum()))
        )
    return width, found


def _told(columns: Columns, steps: Array, mark: tuple[int, int, Array, int]) -> dict[str, Any]:
    first, last, of, excursions = mark
    one = int(steps[of[0]]) if len(of) == 1 else None
    group = int(columns.group[one]) if one is not None else -1
    return {
        "from": day_text(first),
        "to": day_text(last),
        "steps": len(of),
        "excursions": excursions,
        "step_id": columns.label(one) if one is not None else None,
        "operation": columns.moment.words.string(group) if group >= 0 else None,
    }
