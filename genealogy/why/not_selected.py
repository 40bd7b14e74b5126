"""Why starts that are no items did not select any step behind something: what these ran on, read, followed instead."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from genealogy.citing import time_text
from genealogy.narrow.steps import instead_of
from genealogy.snapshot.describe import records
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.walk import Walk
from genealogy.why.cuts_in_time import CITED, Reason, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.citing import Citations
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.question import Start

_SAID = 3
"""Facts that are told in words; all are counted, and up to CITED are cited."""


class NotSelected:
    """Finds these reasons.

    Args:
        moment: the facts that count.
        citations: takes the facts that reasons rest on.
        also: the starts.
    """

    def __init__(self, moment: Moment, citations: Citations, also: Sequence[Start]) -> None:
        self._moment, self._cite, self._also = moment, citations, also

    def reasons(self, item: int) -> list[Reason]:
        """One reason for each start. It cuts where the records of all steps behind the item say that it is not meant."""
        if not self._also:
            return []
        behind = self._backward.everything(np.array([item], np.int32)).met_steps(np.arange(len(self._moment.codes)))
        steps = np.flatnonzero(behind)
        found = [self._reason(start, item, steps) for start in self._also[:CITED]]
        return [each for each in found if each is not None]

    @cached_property
    def _backward(self) -> Walk:
        return Walk(self._moment, forward=False)

    def _reason(self, start: Start, item: int, steps: Array) -> Reason | None:
        if start.kind == "supplier":
            return self._delivered(start, item)
        if start.kind == "place":
            return reason(
                "not_selected", f"no count and no move shows it, or what it was made of, at {start.place} then", [],
                proves=False,
            )  # fmt: skip
        if not len(steps):
            return None
        table, rows, owner, alike = self._records(start, steps)
        told = np.zeros(len(steps), bool)
        told[owner] = True
        untold = steps[alike & ~told]
        behind = "the one step behind it is" if len(steps) == 1 else f"none of the {len(steps)} steps behind it is"
        if len(untold):
            named = ", ".join(self._moment.codes.string(int(step)) for step in untold[:CITED])
            more = f" and {len(untold) - CITED} more" if len(untold) > CITED else ""
            them = "it" if len(untold) == 1 else "them"
            words = f"no record says of {named}{more}, behind it, whether {start.words()} means {them}"
            return reason("not_selected", words, [], proves=False)
        no = " not" if len(steps) == 1 else ""
        words = f"{behind}{no} meant by {start.words()}"
        cited = [self._cite.cite(table, int(row)) for row in rows[:CITED]]
        if start.kind == "operator":
            words += ": somebody else did them"  # who it was stands in the facts, where it can be masked
        elif said := self._said(table, rows[:_SAID]):
            words += f": {said}{f' and {len(rows) - _SAID} more' if len(rows) > _SAID else ''}"
        elif table != "production":
            words += ": they are of operations to which it does not apply"
            described, _ = self._moment.rows_at("steps", "step_id", steps)
            cited = [self._cite.cite("steps", int(row)) for row in described[:CITED]]
        return reason("not_selected", words, cited, proves=True, rows=max(len(rows), len(cited)))

    def _records(self, start: Start, steps: Array) -> tuple[str, Array, Array, Array]:
        """The facts about these steps of the sort that the start looks at.

        Returns:
            Their table, rows, and of which of the steps each is; and which steps would need one (bool): those of an
            operation to which the start applies elsewhere, or of an unknown one.
        """
        moment = self._moment
        if start.kind == "step":
            rows, owner = moment.rows_at("production", "step_id", steps)
            return "production", rows, owner, np.zeros(len(steps), bool)
        if start.kind in ("equipment", "calibration"):
            rows, owner = moment.rows_at("equipment_use", "step_id", steps)
            every = moment.all_rows("equipment_use")
            if start.equipment is not None and len(every):
                number = self._word(start.equipment)
                on = moment.resolved("equipment_use", "equipment_id", rows) if len(rows) else rows
                kept = (on == number) | instead_of(moment, start.equipment, rows)
                rows, owner = rows[kept], owner[kept]
                every = every[moment.resolved("equipment_use", "equipment_id", every) == number]
            known = moment.column("equipment_use", "step_id")[every] if len(every) else every
            return "equipment_use", rows, owner, self._alike(known, steps)
        if start.kind == "reading":
            number = self._word(start.parameter)
            rows, owner = moment.rows_at("readings", "step_id", steps)
            kept = moment.column("readings", "parameter")[rows] == number if len(rows) else rows.astype(bool)
            every = moment.all_rows("readings")
            every = every[moment.column("readings", "parameter")[every] == number]
            known = moment.column("readings", "step_id")[every]
            return "readings", rows[kept], owner[kept], self._alike(known[known >= 0], steps)
        column = "document_id" if start.kind == "document" else "operator"
        rows, owner = moment.rows_at("steps", "step_id", steps)
        stated = moment.column("steps", column)[rows] >= 0 if len(rows) else rows.astype(bool)
        every = moment.all_rows("steps")
        meant = every[moment.column("steps", column)[every] == self._word(start.document)]
        known = moment.column("steps", "step_id")[meant]
        alike = np.ones(len(steps), bool) if start.kind == "operator" else self._alike(known, steps)
        return "steps", rows[stated], owner[stated], alike

    def _word(self, text: str | None) -> int:
        """The number of a word; of one that never occurred, a number that stands nowhere (-1 stands for an empty cell)."""
        number = int(self._moment.words.find([text or ""])[0])
        return number if number >= 0 else -2

    def _alike(self, known: Array, steps: Array) -> Array:
        """Which steps are of an operation of the known ones, or of one that is not recorded (bool)."""
        moment = self._moment
        operation = moment.column("steps", "operation") if len(moment.all_rows("steps")) else known
        wanted, _ = moment.rows_at("steps", "step_id", np.unique(known))
        rows, place = moment.rows_at("steps", "step_id", steps)
        found = np.ones(len(steps), bool)
        if len(rows):
            found[place] = np.isin(operation[rows], operation[wanted])
        return found

    def _said(self, table: str, rows: Array) -> str:
        """What some facts say, in words."""
        if not len(rows) or table == "production":
            return ""
        moment = self._moment
        steps = moment.codes.strings(moment.column(table, "step_id")[rows])
        if table == "equipment_use":
            machines = moment.words.strings(moment.resolved(table, "equipment_id", rows))
            times = (moment.column(table, name)[rows].tolist() for name in ("from_start", "to_end"))
            told = []
            for step, machine, begin, end in zip(steps, machines, *times, strict=True):
                known = {begin, end} != {NO_TIME}
                span = f" ({time_text(begin) or '?'} to {time_text(end) or '?'})" if known else ""
                told.append(f"{step} ran on {machine}{span}")
            return ", ".join(told)
        if table == "readings":
            names = ("parameter", "value", "unit")
            columns = (moment.texts(table, name, rows) for name in names)
            return ", ".join(
                f"{what} of {step} read {value}{f' {unit}' if unit else ''}"
                for step, what, value, unit in zip(steps, *columns, strict=True)
            )
        columns = (moment.texts(table, name, rows) for name in ("document_id", "document_version"))
        return ", ".join(
            f"{step} followed {document}{f' version {version}' if version else ''}"
            for step, document, version in zip(steps, *columns, strict=True)
        )

    def _delivered(self, start: Start, item: int) -> Reason | None:
        moment = self._moment
        row = int(records(moment, np.array([item])).lot[0])
        if row < 0:
            return None
        one = np.array([row])
        supplier = moment.words.strings(moment.resolved("lots", "supplier_id", one))[0]
        received = time_text(int(moment.column("lots", "received_at_start")[row]))
        cited = [self._cite.cite("lots", row)]
        if supplier is None:
            return reason("not_selected", "no record says who delivered it", cited, proves=False)
        when = f", received {received}" if received else ""
        words = f"it was delivered by {supplier}{when}, and is not meant by {start.words()}"
        return reason("not_selected", words, cited, proves=True)
