"""Why something beside a scope is not in it: the recorded fact that cuts, or that nothing is recorded which would join it.

Two sorts of reasons are kept apart. A fact *cuts* where it says what happened instead: another lot was used, the thing was
made before the bad lot arrived. Where only *no record* joins the two, absence is all there is, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from genealogy.citing import time_text
from genealogy.snapshot.describe import records
from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.look_alikes import undescribed
from genealogy.snapshot.walk import Walk
from genealogy.why.cuts_in_time import CITED, NONE, CutsInTime, Reason, reason, with_lots
from genealogy.why.not_selected import NotSelected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.citing import Citations, Cited
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.neighbours import Neighbourhood
    from genealogy.snapshot.paths import Paths
    from genealogy.starts.question import Start


@dataclass(frozen=True, slots=True)
class Beside:
    """One neighbour, with what it stands beside (numbers; -1 where it does not apply), as in ``Near``."""

    item: int
    kind: str | None = None
    step: int = NONE
    beside: int = NONE
    beside_step: int = NONE
    row: int = NONE
    beside_row: int = NONE
    after: int = 0


_BY_INPUTS = ("other_lot", "not_used", "other_lot_behind", "other_material_behind", "other_material")
"""Reasons that rest on what is recorded of everything that went in."""


class Cuts:
    """Finds the reasons why neighbours of a scope are out.

    Args:
        around: the scope.
        paths: how its items are reached.
        citations: takes the facts that reasons rest on.
        also: starts that are no items.
    """

    def __init__(self, around: Neighbourhood, paths: Paths, citations: Citations, also: Sequence[Start] = ()) -> None:
        self._around, self._paths, self._cite = around, paths, citations
        self._moment = around.moment
        self._times = CutsInTime(around, citations)
        self._starts = NotSelected(around.moment, citations, also)
        self._behind_known: dict[bytes, tuple[Array, int, bool]] = {}
        self._unknown_known: dict[bytes, bool] = {}

    def reasons(self, near: Beside) -> list[Reason]:
        """Why a neighbour is out, the strongest reason first; there is always one."""
        origin = self._origin(near.item)
        steps, _ = origin
        selected = self._starts.reasons(near.item)
        found = [
            *self._sister(near),
            *selected,
            *(self._other_lot(near, origin) or self._not_used(near, origin)),
            # Of what steps made nobody asked by name, and there is no one time at which they were there.
            *([] if self._around.from_steps else self._times.before(near.item, steps)),
            *self._times.cleaned(near.beside_row, near.row),
            *self._own_receipt(near, origin),
            *([] if self._around.from_steps else self._behind(near.item, origin)),
        ]
        found = found or self._nothing_joins(near, origin)
        if self._unknown_behind(origin[1]):
            # What went into it may be something of the scope under another code: what else went in disproves nothing.
            found = [each | {"proves": False} if each["kind"] in _BY_INPUTS else each for each in found]
        if all(each["proves"] for each in selected):
            return found
        # What it was made of does not cut where a start may have meant a step behind it, and nobody recorded that.
        return [each | {"proves": False} for each in found]

    def _origin(self, item: int) -> tuple[Array, Array]:
        """The steps that made an item, or the lot that it was serialised from, and the rows of what they consumed."""
        moment = self._moment
        made, _ = moment.rows_of("production", "item_id", with_lots(self._moment, item))
        steps = moment.column("production", "step_id")[np.sort(made)] if len(made) else made
        steps = steps[distinct(steps)]
        rows, _ = moment.rows_at("consumption", "step_id", steps)
        return steps, np.sort(rows)

    def _sister(self, near: Beside) -> list[Reason]:
        """A unit of a lot that is in the scope by other units only."""
        moment = self._moment
        rows, _ = moment.rows_of("units", "item_id", np.array([near.item]))
        lots = moment.item_column("units", "lot_id", rows) if len(rows) else rows
        for row, lot in zip(rows.tolist(), lots.tolist(), strict=True):
            unit_rows, _ = moment.rows_of("units", "lot_id", np.array([lot])) if lot >= 0 else (rows[:0], rows)
            units = moment.item_column("units", "item_id", unit_rows) if len(unit_rows) else unit_rows
            within = np.flatnonzero(self._around.inside[units]) if len(units) else units
            if not len(within):
                continue
            chosen = int(within[np.argmin(unit_rows[within])])
            unit = int(units[chosen])
            facts = [self._cite.cite("units", row), self._cite.cite("units", int(unit_rows[chosen])), *self._why(unit)]
            words = (
                f"only {len(np.unique(units[within]))} of the units of lot {self._id(lot)} are in the scope, such as "
                f"{self._id(unit)}; the lot is not, and what is recorded for one unit does not hold for its sisters"
            )
            return [reason("sister", words, facts, proves=True)]
        return []

    def _why(self, item: int) -> list[Cited]:
        """The records of the last move to an item in the scope."""
        if item in self._around.starts:
            return []
        moves, places = self._paths.path(item)
        used, made = int(moves.used[places[-1]]), int(moves.made[places[-1]])
        rows = (("consumption", used), ("production", made))
        return [self._cite.cite(table, row) for table, row in rows if row != NONE]

    def _other_lot(self, near: Beside, origin: tuple[Array, Array]) -> list[Reason]:
        """It was made with another lot of the material that brought the scope its items."""
        moment, (_, rows) = self._moment, origin
        if not len(rows):
            return []
        used = moment.item_column("consumption", "item_id", rows)
        material = records(moment, used).material.tolist()
        steps = moment.column("consumption", "step_id")[rows]
        found = []
        for row, item, what, step in zip(rows.tolist(), used.tolist(), material, steps.tolist(), strict=True):
            ours = self._used_instead(near, step, what)
            if ours is None:
                continue
            facts = [self._cite.cite("consumption", row), self._cite.cite(*ours)]
            instead = self._id(int(moment.item_column(ours[0], "item_id", np.array([ours[1]]))[0]))
            name = moment.words.string(what)
            if self._grain(step) == 0:
                words = (
                    f"it was scanned with {self._id(item)} in step {self._id(step)}, not with {instead}, both of material "
                    f"{name}"
                )
            else:
                words = f"step {self._id(step)} consumed {self._id(item)}, not {instead}, of the same material {name}"
            found.append(reason("other_lot", words, facts, proves=True))
        return found[:CITED]

    def _used_instead(self, near: Beside, step: int, material: int) -> tuple[str, int] | None:
        """The row by which the scope has the material: of the step beside, else of the same operation, else of a start."""
        if material < 0:
            return None
        if near.beside_step != NONE and (near.beside_step, material) in self._by_step:
            return "consumption", self._by_step[near.beside_step, material]
        operation = self._operation(step)
        if operation >= 0 and (operation, material) in self._by_operation:
            return "consumption", self._by_operation[operation, material]
        row = self._starts_by_material.get(material)
        return None if row is None else ("lots", row)

    @cached_property
    def _used(self) -> tuple[Array, Array, Array]:
        """Every row by which a step of the scope consumed something of the scope, ascending; material and step."""
        moment = self._moment
        rows = np.sort(moment.rows_of("consumption", "item_id", self._around.items)[0])
        items = moment.item_column("consumption", "item_id", rows) if len(rows) else rows
        steps = moment.column("consumption", "step_id")[rows] if len(rows) else rows
        return rows, records(moment, items).material, steps

    @cached_property
    def _by_step(self) -> dict[tuple[int, int], int]:
        rows, material, steps = self._used
        return _first(steps, material, rows)

    @cached_property
    def _by_operation(self) -> dict[tuple[int, int], int]:
        rows, material, steps = self._used
        of_step = self._around.step_row[steps]
        stated = np.flatnonzero(of_step >= 0)
        if not len(stated):
            return {}
        operation = self._moment.column("steps", "operation")[of_step[stated]]
        return _first(operation, material[stated], rows[stated])

    @cached_property
    def _starts_by_material(self) -> dict[int, int]:
        starts = self._around.starts
        known = records(self._moment, starts)
        found: dict[int, int] = {}
        for row, material in sorted(zip(known.lot.tolist(), known.material.tolist(), strict=True)):
            if row >= 0 and material >= 0:
                found.setdefault(material, row)
        return found

    def _not_used(self, near: Beside, origin: tuple[Array, Array]) -> list[Reason]:
        """A step that made it did the same operation as one of the scope, and consumed nothing of the scope."""
        moment, (steps, rows) = self._moment, origin
        of = moment.column("consumption", "step_id")[rows] if len(rows) else rows
        for step in steps.tolist():
            own, operation = rows[of == step], self._operation(step)
            ours = self._counterpart(near, operation)
            if ours == NONE or not len(own):
                continue
            items = moment.item_column("consumption", "item_id", np.append(own[:CITED], ours)).tolist()
            names = [self._id(item) for item in items]
            more = f" and {len(own) - CITED} more" if len(own) > CITED else ""
            beside = self._id(int(moment.column("consumption", "step_id")[ours]))
            words = (
                f"step {self._id(step)} consumed {', '.join(names[:-1])}{more}, and not {names[-1]}, which went into step "
                f"{beside} of the same operation {moment.words.string(operation)}"
            )
            facts = [self._cite.cite("consumption", row) for row in (*own[:CITED].tolist(), ours)]
            return [reason("not_used", words, facts, proves=True, rows=len(own) + 1)]
        return []

    def _counterpart(self, near: Beside, operation: int) -> int:
        """The row by which a step of this operation consumed something of the scope: the nearest such step."""
        if operation < 0:
            return NONE
        if near.beside != NONE and near.beside not in self._around.starts:
            moves, places = self._paths.path(near.beside)
            used = int(moves.used[places[-1]])
            if used != NONE and self._operation(int(self._moment.column("consumption", "step_id")[used])) == operation:
                return used
        rows, _, steps = self._used
        beside = np.flatnonzero(steps == near.beside_step)
        if len(beside) and self._operation(near.beside_step) == operation:
            return int(rows[beside[0]])
        return self._of_operation.get(operation, NONE)

    @cached_property
    def _of_operation(self) -> dict[int, int]:
        rows, _, steps = self._used
        found: dict[int, int] = {}
        for row, step in zip(rows.tolist(), self._around.step_row[steps].tolist(), strict=True):
            if step >= 0:
                found.setdefault(int(self._moment.column("steps", "operation")[step]), row)
        return found

    def _behind(self, item: int, origin: tuple[Array, Array]) -> list[Reason]:
        """What stands behind it of the material of the starts: other lots, or nothing."""
        moment, (_, inputs) = self._moment, origin
        if not len(inputs) or not self._start_materials:
            return []
        key = inputs.tobytes()
        if key not in self._behind_known:
            consumed = np.unique(moment.item_column("consumption", "item_id", inputs)).astype(np.int32)
            behind = np.concatenate([consumed, self._backward.everything(consumed).items])
            known = records(moment, behind)
            alike = np.isin(known.material, list(self._start_materials))
            unclear = bool((known.material < 0).any() or (alike & (known.lot < 0)).any())
            self._behind_known[key] = np.sort(known.lot[alike & (known.lot >= 0)]), len(behind), unclear
        rows, count, unclear = self._behind_known[key]
        if len(rows):  # on a cycle it stands behind itself, which is no reason
            rows = rows[moment.item_column("lots", "item_id", rows) != item]
            unclear = True
        facts = [self._cite.cite("consumption", row) for row in inputs[:CITED].tolist()]
        if len(rows):
            named = [self._id(lot) for lot in moment.item_column("lots", "item_id", rows[:CITED]).tolist()]
            more = f" and {len(rows) - len(named)} more" if len(rows) > len(named) else ""
            which = "stands lot" if len(rows) == 1 else "stand lots"
            words = f"behind it {which} {', '.join(named)}{more} of the material of the start, and not the start"
            facts += [self._cite.cite("lots", row) for row in rows[:CITED].tolist()]
            return [reason("other_lot_behind", words, facts, proves=True, rows=len(inputs) + len(rows))]
        if unclear:
            return []
        words = f"none of the {count} items that stand behind it is of the material of the start"
        return [reason("other_material_behind", words, facts, proves=True, rows=len(inputs))]

    def _unknown_behind(self, inputs: Array) -> bool:
        """Whether something behind these rows of consumption is a code that nobody described and no step made."""
        key = inputs.tobytes()
        if key not in self._unknown_known:
            consumed = np.unique(self._moment.item_column("consumption", "item_id", inputs)).astype(np.int32)
            behind = [consumed, self._backward.everything(consumed).items] if len(consumed) else [consumed]
            self._unknown_known[key] = bool(undescribed(self._moment)[np.concatenate(behind)].any())
        return self._unknown_known[key]

    @cached_property
    def _start_materials(self) -> set[int]:
        return {what for what in records(self._moment, self._around.starts).material.tolist() if what >= 0}

    @cached_property
    def _backward(self) -> Walk:
        return Walk(self._moment, forward=False)

    def _own_receipt(self, near: Beside, origin: tuple[Array, Array]) -> list[Reason]:
        """It is a lot that no step made: it was received as it is."""
        known = records(self._moment, np.array([near.item]))
        row = int(known.lot[0])
        if len(origin[0]) or row < 0 or int(known.unit[0]) >= 0:
            return []
        one = np.array([row])
        supplier, number = (self._moment.texts("lots", name, one)[0] for name in ("supplier_id", "supplier_lot"))
        received = int(self._moment.column("lots", "received_at_start")[row])
        if supplier is None and number is None and received == NO_TIME:
            return []
        named = [f"from {supplier}"] if supplier else []
        named += [f"their lot {number}"] if number else []
        named += [f"received {time_text(received)}"] if received != NO_TIME else []
        facts, words = (
            [self._cite.cite("lots", row)],
            f"it is a receipt of its own ({', '.join(named)}) and no step made it",
        )
        if near.kind == "same_supplier_lot":
            beside = records(self._moment, np.array([near.beside]))
            facts.append(self._cite.cite("lots", int(beside.lot[0])))
            (other,) = self._moment.texts("lots", "supplier_lot", beside.lot[:1])
            same = "the same supplier's lot" if number == other else "what may be the same supplier's lot"
            words += f", of {same} as {self._id(near.beside)}, and the question did not name it"
        return [reason("own_receipt", words, facts, proves=near.kind != "same_supplier_lot")]

    def _nothing_joins(self, near: Beside, origin: tuple[Array, Array]) -> list[Reason]:
        """What its steps consumed, none of it in the scope; or that nothing is recorded of where it came from."""
        steps, rows = origin
        uses = [self._cite.cite("equipment_use", row) for row in (near.beside_row, near.row) if row != NONE]
        beside = " (sharing equipment joins nothing)" if uses else ""
        if len(rows):
            moment = self._moment
            used = [self._id(item) for item in moment.item_column("consumption", "item_id", rows[:CITED]).tolist()]
            more = f" and {len(rows) - len(used)} more" if len(rows) > len(used) else ""
            words = f"what went into it is recorded, {', '.join(used)}{more}, and none of it is in the scope{beside}"
            facts = [self._cite.cite("consumption", row) for row in rows[:CITED].tolist()]
            return [reason("other_material", words, [*facts, *uses], proves=True, rows=len(rows) + len(uses))]
        if len(steps):
            named = ", ".join(self._id(step) for step in steps[:CITED].tolist())
            words = f"no record says what the step that made it ({named}) consumed, so nothing joins it{beside}"
            made = np.sort(self._moment.rows_of("production", "item_id", with_lots(self._moment, near.item))[0])
            facts = [self._cite.cite("production", row) for row in made[:CITED].tolist()]
            return [reason("inputs_not_recorded", words, [*facts, *uses], proves=False)]
        words = "no record says which step made it or from which lot it was serialised, so nothing joins it"
        return [reason("origin_not_recorded", words, self._mentions(near.item), proves=False)]

    def _mentions(self, item: int) -> list[Cited]:
        """The records that describe an item."""
        known = records(self._moment, np.array([item]))
        rows = (("lots", int(known.lot[0])), ("units", int(known.unit[0])))
        return [self._cite.cite(table, row) for table, row in rows if row >= 0]

    def _operation(self, step: int) -> int:
        row = int(self._around.step_row[step])
        return NONE if row < 0 else int(self._moment.column("steps", "operation")[row])

    def _grain(self, step: int) -> int:
        row = int(self._around.step_row[step])
        return 1 if row < 0 else int(self._moment.column("steps", "grain")[row])

    def _id(self, code: int) -> str:
        return self._moment.codes.string(code)


def _first(one: Array, other: Array, rows: Array) -> dict[tuple[int, int], int]:
    """The first row of each pair of values that are stated."""
    stated = np.flatnonzero((one >= 0) & (other >= 0))
    stated = stated[distinct(one[stated], other[stated])]
    pairs = zip(one[stated].tolist(), other[stated].tolist(), strict=True)
    return dict(zip(pairs, rows[stated].tolist(), strict=True))
