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

    def before(self, steps: Array) -> list[Reason]:
        """It was made before any of the starts was there, or was first used."""
        own_rows = self._around.step_row[steps]
        _, ends = self._around.times(steps)
        if not len(steps) or (ends == NO_TIME).any():
            return []
        made_by = int(ends.max())
        facts = [self._cite.cite("steps", int(row)) for row in own_rows[:CITED] if row >= 0]
        for kind, (since, rows), words in (
            ("before_it_was_there", self._there_since, "was there (received or made)"),
            ("before_first_use", self._first_use, "was first used"),
        ):
            if since != NO_TIME and made_by <= since:
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
        first = int(np.lexsort((known.unit, known.lot, since))[0])
        rows = [
            (table, int(row[first])) for table, row in (("lots", known.lot), ("units", known.unit)) if row[first] >= 0
        ]
        return int(since[first]), rows

    @cached_property
    def _first_use(self) -> tuple[int, list[tuple[str, int]]]:
        """When the first of the starts was first used; unknown where a use of one of them has no time."""
        moment = self._moment
        rows, _ = moment.rows_of("consumption", "item_id", self._with_lots_of_starts)
        if not len(rows):
            return NO_TIME, []
        rows = np.sort(rows)
        begin, _ = self._around.times(moment.column("consumption", "step_id")[rows])
        at = moment.column("consumption", "at_start")[rows]
        at = np.where(at == NO_TIME, begin, at)
        if (at == NO_TIME).any():
            return NO_TIME, []
        first = int(np.argmin(at))
        return int(at[first]), [("consumption", int(rows[first]))]

    @cached_property
    def _with_lots_of_starts(self) -> Array:
        return np.unique(np.concatenate([with_lots(self._moment, item) for item in self._around.starts.tolist()]))

    def cleaned(self, beside_row: int, row: int) -> list[Reason]:
        """The equipment was cleaned between the use in the scope and the next."""
        if row == NONE:
            return []
        moment, around = self._moment, self._around
        uses = np.array([beside_row, row])
        begin, _ = around.use_times(uses)
        equipment = moment.resolved("equipment_use", "equipment_id", uses)
        rows, cleaning = self._cleanings
        same = moment.resolved("equipment_use", "equipment_id", rows) == equipment[0] if len(rows) else rows
        between = np.flatnonzero(same & (cleaning >= begin[0]) & (cleaning <= begin[1])) if len(rows) else rows
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
    def _cleanings(self) -> tuple[Array, Array]:
        rows = self._moment.all_rows("equipment_use")
        if not len(rows):
            return rows, rows
        rows = rows[self._around.cleans(self._moment.column("equipment_use", "step_id")[rows])]
        begin, _ = self._around.use_times(rows)
        return rows, begin

    def _id(self, code: int) -> str:
        return self._moment.codes.string(code)
