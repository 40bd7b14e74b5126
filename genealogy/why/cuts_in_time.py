"""Reasons in time why something beside a scope is not in it: made too early, or cleaned in between."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.citing import time_text
from genealogy.snapshot.describe import records
from genealogy.snapshot.existence import existing_since
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.citing import Citations, Cited
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.snapshot.neighbours import Neighbourhood

NONE = -1
CITED = 10
"""Facts that are cited for one reason; ``rows`` says how many there are."""

Reason = dict[str, Any]


def reason(kind: str, words: str, facts: list[Cited], *, proves: bool, rows: int | None = None) -> Reason:
    """A reason: whether a fact proves it (else only no record says otherwise), and how many facts it rests on."""
    count = len(facts) if rows is None else rows
    return {"kind": kind, "words": words, "proves": proves, "rows": count, "facts": facts}


def with_lots(moment: Moment, item: int) -> Array:
    """An item and the lots that it was serialised from: what is known of these holds for it."""
    one = np.array([item])
    rows, _ = moment.rows_of("units", "item_id", one)
    lots = moment.item_column("units", "lot_id", rows) if len(rows) else one[:0]
    return np.unique(np.concatenate([one, lots[lots >= 0]]))


class CutsInTime:
    """Finds the reasons that times give.

    Args:
        around: the scope.
        citations: takes the facts that reasons rest on.
    """

    def __init__(self, around: Neighbourhood, citations: Citations) -> None:
        self._around, self._cite = around, citations
        self._moment = around.moment

    def before(self, item: int, steps: Array) -> list[Reason]:
        """It was made before any of the starts was there, or was first used, and no record says otherwise."""
        own_rows = self._around.step_row[steps]
        _, ends = self._around.times(steps)
        if not len(steps) or (ends == NO_TIME).any():
            return []
        made_by = int(ends.max())
        made, _ = self._moment.rows_of("production", "item_id", with_lots(self._moment, item))
        later = int(self._moment.column("production", "at_end")[made].max(initial=NO_TIME))
        facts = [self._cite.cite("steps", int(row)) for row in own_rows[:CITED] if row >= 0]
        for kind, (since, rows), words in (
            ("before_it_was_there", self._there_since, "was there (received or made)"),
            ("before_first_use", self._first_use, "was first used"),
        ):
            if since != NO_TIME and max(made_by, later) <= since:
                text = f"it was made by {time_text(made_by)}, before any of the start {words}, {time_text(since)}"
                return [reason(kind, text, [*facts, *(self._cite.cite(*row) for row in rows)], proves=True)]
        return []

    @cached_property
    def _there_since(self) -> tuple[int, list[tuple[str, int]]]:
        """Since when the first of the starts was there; unknown where it is for one of them."""
        starts = self._around.starts
        known = records(self._moment, starts)
        since = existing_since(self._moment, starts, known)
        if not len(since) or (since == NO_TIME).any():
            return NO_TIME, []
        if (self._uses[1] < since.min()).any():  # what was used before it is said to be there was there
            return NO_TIME, []
        first = int(np.lexsort((known.unit, known.lot, since))[0])
        rows = [
            (table, int(row[first])) for table, row in (("lots", known.lot), ("units", known.unit)) if row[first] >= 0
        ]
        return int(since[first]), rows

    @cached_property
    def _first_use(self) -> tuple[int, list[tuple[str, int]]]:
        """When the first of the starts was first used; unknown where a use of one of them has no time."""
        rows, at = self._uses
        if not len(rows) or len(rows) != self._used:
            return NO_TIME, []
        first = int(np.argmin(at))
        return int(at[first]), [("consumption", int(rows[first]))]

    @cached_property
    def _used(self) -> int:
        """How many rows say that the starts were used."""
        return len(self._moment.rows_of("consumption", "item_id", self._with_lots_of_starts)[0])

    @cached_property
    def _uses(self) -> tuple[Array, Array]:
        """The rows by which the starts were used at a time that is recorded, and that time."""
        moment = self._moment
        rows, _ = moment.rows_of("consumption", "item_id", self._with_lots_of_starts)
        if not len(rows):
            return rows, rows
        rows = np.sort(rows)
        begin, _ = self._around.times(moment.column("consumption", "step_id")[rows])
        at = moment.column("consumption", "at_start")[rows]
        # Where the row and its step say different times, it may have been the earlier one.
        at = np.where(at == NO_TIME, begin, np.where(begin == NO_TIME, at, np.minimum(at, begin)))
        known = at != NO_TIME
        return rows[known], at[known]

    @cached_property
    def _with_lots_of_starts(self) -> Array:
        """The starts, the lots that they are units of (used as lots they may be in it), and their own units."""
        starts = self._around.starts
        lots = [with_lots(self._moment, item) for item in starts.tolist()]
        rows, _ = self._moment.rows_of("units", "lot_id", starts)
        units = self._moment.item_column("units", "item_id", rows) if len(rows) else starts[:0]
        return np.unique(np.concatenate([*lots, units]))

    def cleaned(self, beside_row: int, row: int) -> list[Reason]:
        """The equipment was cleaned between the use in the scope and the next."""
        if row == NONE:
            return []
        moment, around = self._moment, self._around
        uses = np.array([beside_row, row])
        begin, end = self._stated(uses)
        equipment = moment.resolved("equipment_use", "equipment_id", uses)
        rows, cleaning, cleaned = self._cleanings
        # In between is only what began when the one use had ended, and was done when the other began.
        if not len(rows) or end[0] == NO_TIME or begin[1] == NO_TIME:
            return []
        same = moment.resolved("equipment_use", "equipment_id", rows) == equipment[0]
        between = np.flatnonzero(same & (cleaning >= end[0]) & (cleaned <= begin[1]))
        name = moment.words.string(int(equipment[0]))
        if not len(between):
            return []
        between_row = int(rows[between[0]])
        step = int(moment.column("equipment_use", "step_id")[between_row])
        facts = [self._cite.cite("equipment_use", each) for each in (beside_row, between_row, row)]
        facts.append(self._cite.cite("steps", int(around.step_row[step])))
        words = (
            f"equipment {name} was cleaned in between (step {self._id(step)}, {time_text(int(cleaning[between[0]]))})"
        )
        return [reason("cleaned", words, facts, proves=True)]

    @cached_property
    def _cleanings(self) -> tuple[Array, Array, Array]:
        """Every use for cleaning that has a beginning, by its row; when it began and was done."""
        rows = self._moment.all_rows("equipment_use")
        if not len(rows):
            return rows, rows, rows
        rows = rows[self._around.cleans(self._moment.column("equipment_use", "step_id")[rows])]
        begin, end = self._stated(rows)
        known = begin != NO_TIME
        return rows[known], begin[known], np.maximum(begin, end)[known]

    def _stated(self, rows: Array) -> tuple[Array, Array]:
        """When uses of equipment began and ended: each by itself, and where it does not say, by its step."""
        column = self._moment.column
        steps = self._around.step_row[column("equipment_use", "step_id")[rows]]
        ends = []
        for name, of_step in (("from_start", "started_at_start"), ("to_end", "ended_at_end")):
            told = np.full(len(rows), NO_TIME)
            told[steps >= 0] = column("steps", of_step)[steps[steps >= 0]]
            own = column("equipment_use", name)[rows]
            ends.append(np.where(own == NO_TIME, told, own))
        return ends[0], ends[1]

    def _id(self, code: int) -> str:
        return self._moment.codes.string(code)
