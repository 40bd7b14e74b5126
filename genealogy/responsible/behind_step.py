"""What is recorded of a step behind an item: person, time, place, lots, equipment, parameters, documents, and what lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.answer import TIERS
from genealogy.citing import Citations, time_text
from genealogy.responsible.conditions import Conditions
from genealogy.snapshot.describe import describe, records
from genealogy.snapshot.index import distinct, grouped
from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.reach import Description
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.snapshot.walk import Walk
    from genealogy.starts.lapse import Recorded

NONE = -1
_TEXTS = ("operation", "kind", "order_id", "site", "line", "operator")
_WANTED = ("started_at", "ended_at", "site", "line", "operator")


class BehindSteps:
    """Composes what is known of steps and lots behind an item.

    Args:
        moment: the facts that count.
        citations: takes the facts that are cited.
        walk: a backward walk that met the steps, for what their records prove.
        recorded: tells when an entry was recorded.
    """

    def __init__(self, moment: Moment, citations: Citations, walk: Walk, recorded: Recorded) -> None:
        self._moment, self._cite, self._walk = moment, citations, walk
        self._conditions = Conditions(moment, citations, recorded)
        self._lots: dict[int, dict[str, Any]] = {}
        self._known: dict[int, tuple[int, int, int, int, Description]] = {}

    def steps(self, items: Array, depth: Array) -> list[dict[str, Any]]:
        """The steps that made these items, nearest first, then by their begin, then by id.

        Args:
            items: what the backward trace found, with where it began.
            depth: of each, in moves.
        """
        moment = self._moment
        self._look_up(items)
        made, owner = moment.rows_of("production", "item_id", items)
        if not len(made):
            return []
        step = moment.column("production", "step_id")[made]
        order = np.lexsort((made, depth[owner], step))
        first = order[distinct(step[order])]
        steps, distance = step[first], depth[owner[first]] + 1
        by_step = {int(steps[place]): made[order_] for place, order_ in _by(step, steps)}
        used, of = moment.rows_at("consumption", "step_id", steps)
        used_by = {int(steps[place]): used[rows] for place, rows in grouped(of)}
        known, of = moment.rows_at("steps", "step_id", steps)
        row_of = dict(zip(of.tolist(), known.tolist(), strict=True))
        begin = np.full(len(steps), NO_TIME)
        begin[of] = moment.column("steps", "started_at_start")[known] if len(known) else begin[of]
        self._conditions.prepare(steps)
        tiers = self._walk.tier_of(steps)
        names = [str(name) for name in moment.codes.strings(steps)]
        # Of those at one distance the latest is the nearest; where no time is recorded, last.
        late = np.where(begin == NO_TIME, np.iinfo(np.int64).max, -np.maximum(begin, NO_TIME + 1)).tolist()
        places = sorted(range(len(steps)), key=lambda place: (int(distance[place]), late[place], names[place]))
        return [
            self._step(
                int(steps[place]),
                int(distance[place]),
                int(tiers[place]),
                row_of.get(place, NONE),
                np.sort(used_by.get(int(steps[place]), made[:0])),
                np.sort(by_step[int(steps[place])]),
            )
            for place in places
        ]

    def _step(self, step: int, distance: int, tier: int, row: int, used: Array, made: Array) -> dict[str, Any]:
        moment, one = self._moment, np.array([row])
        found: dict[str, Any] = {"step_id": moment.codes.string(step), "distance": distance, "tier": TIERS[tier]}
        for name in _TEXTS:
            found[name] = None if row == NONE else moment.texts("steps", name, one)[0]
        for name in ("started_at", "ended_at"):
            found[name] = None if row == NONE else time_text(int(moment.column("steps", f"{name}_start")[row]))
        flags: list[dict[str, Any]] = []
        missing = [name for name in _WANTED if found[name] is None]
        begin, end = self._conditions.times(step)
        found["made"] = [self._amount("production", each) for each in made.tolist()]
        found["materials"] = [self._material(each, begin, end, flags) for each in used.tolist()]
        found["equipment"] = self._conditions.equipment(step, flags)
        found["parameters"] = self._conditions.parameters(step, row, flags)
        found["document"] = self._conditions.document(row, begin, flags)
        if row == NONE:
            missing.insert(0, "step")
        for name, value in (
            ("materials", used),
            ("equipment", found["equipment"]),
            ("parameters", found["parameters"]),
        ):
            if not len(value):
                missing.append(name)
        if found["document"] is None:
            missing.append("document")
        elif found["document"]["version"] is None:
            missing.append("document_version")
        elif not found["document"]["in_force"]:
            missing.append("document_in_force")
        if any(use["calibration"] == "not recorded" for use in found["equipment"]):
            missing.append("calibration")
        if tier == 2:
            words = f"of step {found['step_id']} only the order is recorded"
            flags.append({"kind": "only_the_order_is_recorded", "words": words, "about": found["order_id"]})
        found["flags"], found["missing"] = flags, missing
        found["facts"] = [] if row == NONE else [self._cite.cite("steps", row)]
        return found

    def _amount(self, table: str, row: int) -> dict[str, Any]:
        moment, one = self._moment, np.array([row])
        item = moment.codes.string(int(moment.item_column(table, "item_id", one)[0]))
        texts = {name: moment.texts(table, name, one)[0] for name in ("quantity", "unit")}
        at = time_text(int(moment.column(table, "at_start")[row]))
        facts = [self._cite.cite(table, row), *self._cite.aliases(table, "item_id", row)]
        return {"item_id": item, **texts, "at": at, "facts": facts}

    def _material(self, row: int, begin: int, end: int, flags: list[dict[str, Any]]) -> dict[str, Any]:
        """A lot that the step consumed, with its state when it was used."""
        moment = self._moment
        used = self._amount("consumption", row)
        item = int(moment.item_column("consumption", "item_id", np.array([row]))[0])
        first, last = (int(moment.column("consumption", name)[row]) for name in ("at_start", "at_end"))
        first, last = (begin, end) if last == NO_TIME else (first, last)
        used["lot"] = self.lot(item)
        parent = self._parent(item)
        status = used["status_when_used"] = self._conditions.status(item, parent, last)
        flags += self._failed(used["lot"])
        before = self._conditions.status(item, parent, first) if first != NO_TIME else status
        words = None
        if status is not None and status["status"] != "released":
            words = f"{used['item_id']} was {status['status']} when it was used"
        elif before is not None and before["status"] != "released":
            words = f"{used['item_id']} was {before['status']} when its use may have begun, and released only since"
        if words is not None:
            flags.append({"kind": "not_released", "words": words, "about": used["item_id"]})
        return used

    def _parent(self, item: int) -> int:
        """The lot of a unit; -1 of what is none, or of none."""
        if item not in self._known:
            self._look_up(np.array([item]))
        return self._known[item][3]

    def lot(self, item: int) -> dict[str, Any]:
        """What is recorded of an item: material, numbers, supplier, results, decisions."""
        if item not in self._lots:
            self._lots[item] = self._described(item)
        return self._lots[item]

    def item(self, item: int) -> dict[str, Any]:
        """The item that is asked about, with what was wrong with its own results."""
        found = self.lot(item)
        return found | {"flags": self._failed(found)}

    def _failed(self, lot: dict[str, Any]) -> list[dict[str, Any]]:
        """The results of an item that lie outside their limits, or that the laboratory calls failed."""
        flags = []
        for result in lot["results"]:
            if result["outside"] or result["failed"]:
                words = f"{result['test']} of {result['item_id']} was {result['value']}"
                flags.append({"kind": "result_outside_limits", "words": words, "about": result["item_id"]})
        return flags

    def _look_up(self, items: Array) -> None:
        """Remember the records of many items: of each the rows in lots and units, the material, and what they say."""
        known, said = records(self._moment, items), describe(self._moment, items)
        parent = np.where(known.unit >= 0, known.parent, NONE)
        columns = (known.lot.tolist(), known.unit.tolist(), known.material.tolist(), parent.tolist(), said)
        self._known |= dict(zip(items.tolist(), zip(*columns, strict=True), strict=True))

    def _described(self, item: int) -> dict[str, Any]:
        moment = self._moment
        if item not in self._known:
            self._look_up(np.array([item]))
        lot, unit, material, parent, said = self._known[item]
        found: dict[str, Any] = {
            "id": moment.codes.string(item), "kind": said.kind, "material_id": said.material_id, "material": None,
            "stage": said.stage, "number": said.number, "lot_id": said.lot_id, "supplier_id": None, "supplier": None,
            "supplier_lot": None, "received_at": None, "made_at": None, "expires_on": None,
        }  # fmt: skip
        facts = []
        if material in moment.material_rows:
            row = moment.material_rows[material]
            found["material"] = moment.texts("materials", "name", np.array([row]))[0]
        if lot >= 0:
            facts.append(self._cite.cite("lots", lot))
            for name in ("supplier_id", "supplier_lot"):
                found[name] = moment.texts("lots", name, np.array([lot]))[0]
            for name in ("received_at", "made_at", "expires_on"):
                found[name] = time_text(int(moment.column("lots", f"{name}_start")[lot]))
            if found["supplier_id"] is not None:
                found["supplier"] = self._conditions.party(
                    int(moment.resolved("lots", "supplier_id", np.array([lot]))[0])
                )
        if unit >= 0:
            facts.append(self._cite.cite("units", unit))
            found["made_at"] = found["made_at"] or time_text(int(moment.column("units", "made_at_start")[unit]))
        wanted = () if said.kind == "unit" else ("supplier_lot",) if found["supplier_id"] else ()
        found["missing"] = ["record"] if said.kind == "unknown" else [name for name in wanted if found[name] is None]
        # What is known of a lot holds for each of its units.
        both = [item, *([parent] if parent >= 0 else [])]
        found["results"] = [result for each in both for result in self._conditions.results(each)]
        found["decisions"] = [decision for each in both for decision in self._conditions.decisions(each)]
        return found | {"facts": facts}


def _by(step: Array, steps: Array) -> list[tuple[int, Array]]:
    """For each of the steps the positions at which it stands."""
    place = {int(each): number for number, each in enumerate(steps)}
    return [(place[value], rows) for value, rows in grouped(step)]
