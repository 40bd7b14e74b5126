"""Under what conditions a step ran: equipment and its calibration, parameters and their limits, documents, status of lots."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.citing import Citations, time_text
from genealogy.snapshot.index import grouped
from genealogy.snapshot.layout import NO_TIME
from genealogy.starts.calibrations import versions_of
from genealogy.starts.lapse import lapses
from queries.shape import FACT_ROWS

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.lapse import Lapse, Recorded

NONE = -1
TWO_DAYS = 2 * 86_400 * 1_000_000
"""Longer than any calendar day, in microseconds."""
Flags = list[dict[str, Any]]


class Conditions:
    """Looks up what held while a step ran.

    Args:
        moment: the facts that count.
        citations: takes the facts that are cited.
        recorded: tells when an entry was recorded.
    """

    def __init__(self, moment: Moment, citations: Citations, recorded: Recorded) -> None:
        self._moment, self._cite, self._recorded = moment, citations, recorded
        self._times: dict[int, tuple[int, int]] = {}
        self._uses: dict[int, list[int]] = {}
        self._read: dict[int, list[int]] = {}

    def prepare(self, steps: Array) -> None:
        """Look up times, uses of equipment and readings of all these steps at once."""
        moment, column = self._moment, self._moment.column
        rows, of = moment.rows_at("steps", "step_id", steps)
        for row, place in zip(rows.tolist(), of.tolist(), strict=True):
            begin, end = int(column("steps", "started_at_start")[row]), int(column("steps", "ended_at_end")[row])
            begin = begin if begin != NO_TIME else int(column("steps", "ended_at_start")[row])
            self._times[int(steps[place])] = (
                begin,
                end if end != NO_TIME else int(column("steps", "started_at_end")[row]),
            )
        rows, of = moment.rows_at("equipment_use", "step_id", steps)
        for place, at in grouped(of):
            self._uses[int(steps[place])] = sorted(rows[at].tolist())
        rows, of = moment.rows_at("readings", "step_id", steps)
        for place, at in grouped(of):
            self._read[int(steps[place])] = sorted(rows[at].tolist())

    def times(self, step: int) -> tuple[int, int]:
        """When a step began and ended; NO_TIME where that is not recorded."""
        return self._times.get(step, (NO_TIME, NO_TIME))

    def equipment(self, step: int, flags: Flags) -> list[dict[str, Any]]:
        """The equipment that a step ran on, with the state of its calibration then."""
        moment, found = self._moment, []
        for row in self._uses.get(step, []):
            begin, end = self._use_times(step, row)
            number = int(moment.resolved("equipment_use", "equipment_id", np.array([row]))[0])
            known = self._equipment.get(number)
            facts = [self._cite.cite("equipment_use", row)]
            use: dict[str, Any] = {"equipment_id": moment.words.string(number), "name": None}
            use |= {"from": time_text(begin), "to": time_text(end)}
            use |= {"calibrated_until": None, "calibration": "not recorded"}
            if known is not None:
                facts.append(self._cite.cite("equipment", known))
                use["name"] = moment.texts("equipment", "name", np.array([known]))[0]
                until = int(moment.column("equipment", "calibrated_until_end")[known])
                use["calibrated_until"] = time_text(int(moment.column("equipment", "calibrated_until_start")[known]))
                if until != NO_TIME:
                    last = end if end != NO_TIME else begin
                    use["calibration"] = (
                        "time of use not recorded" if last == NO_TIME else "valid" if last <= until else "lapsed"
                    )
                before = self._lapsed(number, begin, end)
                if before is not None and use["calibration"] in ("valid", "not recorded"):
                    facts.append(self._cite.cite("equipment", before))
                    ended = int(moment.column("equipment", "calibrated_until_start")[before])
                    use |= {"calibrated_until": time_text(ended), "calibration": "lapsed"}
                if use["calibration"] == "lapsed":
                    words = f"{use['equipment_id']} was used until {use['to']}, its calibration ended {use['calibrated_until']}"
                    flags.append({"kind": "calibration_lapsed", "words": words, "about": use["equipment_id"]})
            found.append(use | {"facts": facts})
        return found

    def _lapsed(self, equipment: int, begin: int, end: int) -> int | None:
        """The row by which a machine had lapsed while it was used, though a later one says that it was calibrated again."""
        last = end if end != NO_TIME else begin
        for lapse, row in self._lapses.get(equipment, []) if last != NO_TIME else []:
            if lapse.first <= last and (last if begin == NO_TIME else begin) <= lapse.last:
                return row
        return None

    @cached_property
    def _lapses(self) -> dict[int, list[tuple[Lapse, int]]]:
        """By equipment the lapses that the record in force does not tell, each with the row that does."""
        moment, since = self._moment, self._moment.column("equipment", "since")
        found: dict[int, list[tuple[Lapse, int]]] = {}
        for code, versions in versions_of(moment).items():
            for lapse in lapses(versions, moment.as_of, self._recorded):
                if not lapse.sure:
                    entry, position = divmod(int(lapse.fact.split(":")[1]), FACT_ROWS)
                    row = int(np.searchsorted(since, entry, side="left")) + position
                    found.setdefault(moment.equipment.meaning.get(code, code), []).append((lapse, row))
        return found

    def parameters(self, step: int, row: int, flags: Flags) -> list[dict[str, Any]]:
        """The readings of a step (its row), of its equipment while it was used, and of its site or line as a place."""
        moment = self._moment
        rows = set(self._read.get(step, []))
        for name in ("site", "line") if row != NONE else ():
            code = int(moment.column("steps", name)[row])
            place = moment.places.meaning.get(code, code)
            rows |= set(self._during(self._readings["place_id"], place, *self.times(step)))
        for use in self._uses.get(step, []):
            number = int(moment.resolved("equipment_use", "equipment_id", np.array([use]))[0])
            rows |= set(self._during(self._readings["equipment_id"], number, *self._use_times(step, use)))
        found = []
        begins = moment.column("readings", "at_start")
        for each in sorted(rows, key=lambda row: (int(begins[row]), row)):
            reading = self._measured("readings", each, ("parameter", "equipment_id", "place_id"))
            if reading["outside"]:
                words = f"{reading['parameter']} was {reading['value']}, limits {_limits(reading)}, at {reading['at']}"
                flags.append({"kind": "outside_limits", "words": words, "about": reading["parameter"]})
            found.append(reading)
        return found

    def document(self, row: int, begin: int, flags: Flags) -> dict[str, Any] | None:
        """The document that a step followed, in which version, and which versions were in force when it began."""
        moment = self._moment
        if row == NONE or (name := moment.texts("steps", "document_id", np.array([row]))[0]) is None:
            return None
        version = moment.texts("steps", "document_version", np.array([row]))[0]
        rows = self._documents.get(int(moment.column("steps", "document_id")[row]), [])
        column = moment.column
        in_force, facts, title, out = [], [], None, False
        ended = max(begin, self.times(int(column("steps", "step_id")[row]))[1])
        for each in rows:
            said = moment.texts("documents", "version", np.array([each]))[0]
            since, until = (
                int(column("documents", end)[each]) for end in ("effective_from_start", "effective_to_start")
            )
            until = until if until == NO_TIME else max(until, int(column("documents", "effective_to_end")[each]))
            # A version in force until a moment ends with it: the next one begins then.
            holds = NO_TIME not in (begin, since) and since <= begin and (until == NO_TIME or begin < until)
            if said == version and begin != NO_TIME:
                out |= (since != NO_TIME and since > ended) or (until != NO_TIME and until <= begin)
            if holds:
                in_force.append(said)
            if holds or said == version:
                facts.append(self._cite.cite("documents", each))
                title = (
                    moment.texts("documents", "title", np.array([each]))[0]
                    if said == version or title is None
                    else title
                )
        matches = None if version is None or not (in_force or out) else version in in_force
        if matches is False:
            then = ", ".join(str(each) for each in in_force) or "none that is recorded"
            words = f"version {version} of {name} was followed, in force was {then}"
            flags.append({"kind": "document_not_in_force", "words": words, "about": name})
        found: dict[str, Any] = {"document_id": name, "version": version, "title": title, "in_force": in_force}
        return found | {"matches": matches, "facts": facts}

    def results(self, item: int) -> list[dict[str, Any]]:
        """Inspection and laboratory results of an item, in the order of time."""
        rows, _ = self._moment.rows_of("results", "item_id", np.array([item]))
        begins = self._moment.column("results", "at_start")
        found = []
        for row in sorted(rows.tolist(), key=lambda row: (int(begins[row]), row)):
            result: dict[str, Any] = {"item_id": self._moment.codes.string(item)}
            result |= self._measured("results", row, ("test", "sample_id", "laboratory", "verdict"))
            result["failed"] = (result["verdict"] or "").strip().lower() in ("fail", "failed")
            found.append(result)
        return found

    def decisions(self, item: int) -> list[dict[str, Any]]:
        """Who released, held or rejected an item, and when; in the order of time."""
        moment = self._moment
        found = []
        for row in self._decided(item):
            texts = {
                name: moment.texts("decisions", name, np.array([row]))[0]
                for name in ("status", "by", "reason", "document_id")
            }
            at = time_text(int(moment.column("decisions", "at_start")[row]))
            found.append(
                {"item_id": moment.codes.string(item), **texts, "at": at, "facts": [self._cite.cite("decisions", row)]}
            )
        return found

    def status(self, item: int, lot: int, at: int) -> dict[str, Any] | None:
        """The status of an item at a time: the last decision by then, else its opening status; None where there is none.

        Of a unit what was decided on its lot (-1: none) counts as well: the later of the two, but a unit that was not
        released itself is not released with its lot.
        """
        moment = self._moment
        own, of_lot = (self._last(each, at) for each in (item, lot))
        if NONE not in (own, of_lot):
            begins = moment.column("decisions", "at_start")
            stays = self._decision(own)["status"] != "released" or begins[own] > begins[of_lot]
            return self._decision(own if stays else of_lot)
        if own != NONE or of_lot != NONE:
            return self._decision(max(own, of_lot))
        for table, each in (("units", item), ("lots", item), ("lots", lot)):
            rows, _ = moment.rows_of(table, "item_id", np.array([each] if each >= 0 else [], np.int64))
            for row in np.sort(rows).tolist():
                status = moment.texts(table, "status", np.array([row]))[0]
                if status is not None:
                    return {"status": status, "facts": [self._cite.cite(table, row)]}
        return None

    def _last(self, item: int, at: int) -> int:
        """The last decision on an item by a time; -1 where there is none."""
        rows = self._decided(item) if item >= 0 and at != NO_TIME else []
        by_then = [row for row in rows if self._moment.column("decisions", "at_start")[row] <= at]
        return by_then[-1] if by_then else NONE

    def _decision(self, row: int) -> dict[str, Any]:
        status = self._moment.texts("decisions", "status", np.array([row]))[0]
        return {"status": status, "facts": [self._cite.cite("decisions", row)]}

    def party(self, number: int) -> str | None:
        """The name of a party."""
        row = self._parties.get(number)
        return None if row is None else self._moment.texts("parties", "name", np.array([row]))[0]

    def _decided(self, item: int) -> list[int]:
        rows, _ = self._moment.rows_of("decisions", "item_id", np.array([item]))
        begins = self._moment.column("decisions", "at_start")
        return sorted(rows.tolist(), key=lambda row: (int(begins[row]), row))

    def _measured(self, table: str, row: int, names: tuple[str, ...]) -> dict[str, Any]:
        moment, one = self._moment, np.array([row])
        found: dict[str, Any] = {
            name: moment.texts(table, name, one)[0] for name in (*names, "value", "unit", "low", "high")
        }
        found["at"] = time_text(int(moment.column(table, "at_start")[row]))
        found["outside"] = outside(found["value"], found["low"], found["high"])
        return found | {"facts": [self._cite.cite(table, row)]}

    def _use_times(self, step: int, row: int) -> tuple[int, int]:
        column = self._moment.column
        begin, end = int(column("equipment_use", "from_start")[row]), int(column("equipment_use", "to_end")[row])
        of_step = self.times(step)
        return begin if begin != NO_TIME else of_step[0], end if end != NO_TIME else of_step[1]

    def _during(self, readings: dict[int, tuple[Array, Array]], of: int, begin: int, end: int) -> list[int]:
        """The readings of one thing in a time, its ends included; one of a whole day may have been at any time of it."""
        known = readings.get(of)
        if known is None or begin == NO_TIME:
            return []
        rows, at = known
        low, high = (
            np.searchsorted(at, begin - TWO_DAYS, side="left"),
            np.searchsorted(at, max(begin, end), side="right"),
        )
        rows, at = rows[low:high], at[low:high]
        found: list[int] = rows[(at >= begin) | (self._moment.column("readings", "at_end")[rows] > begin)].tolist()
        return found

    @cached_property
    def _readings(self) -> dict[str, dict[int, tuple[Array, Array]]]:
        """For each piece of equipment, and for each place, the readings that name no step, in the order of time."""
        moment, rows = self._moment, self._moment.all_rows("readings")
        found: dict[str, dict[int, tuple[Array, Array]]] = {"equipment_id": {}, "place_id": {}}
        if not len(rows):
            return found
        rows = rows[moment.column("readings", "step_id")[rows] < 0]
        at = moment.column("readings", "at_start")[rows]
        for name, readings in found.items():
            for number, places in grouped(moment.resolved("readings", name, rows)):
                order = places[np.lexsort((rows[places], at[places]))]
                readings[number] = (rows[order], at[order])
            readings.pop(NONE, None)
        return found

    @cached_property
    def _equipment(self) -> dict[int, int]:
        return self._described("equipment", "equipment_id")

    @cached_property
    def _parties(self) -> dict[int, int]:
        return self._described("parties", "party_id")

    @cached_property
    def _documents(self) -> dict[int, list[int]]:
        rows = self._moment.all_rows("documents")
        found: dict[int, list[int]] = {}
        for row, number in zip(
            rows.tolist(), self._moment.column("documents", "document_id")[rows].tolist(), strict=True
        ):
            found.setdefault(number, []).append(row)
        return found

    def _described(self, table: str, key: str) -> dict[int, int]:
        """The row that describes each thing: its own before that of a code which stands for it."""
        moment, rows = self._moment, self._moment.all_rows(table)
        if not len(rows):
            return {}
        written, means = moment.column(table, key)[rows], moment.resolved(table, key, rows)
        found: dict[int, int] = {}
        for own in (True, False):
            for row, code, number in zip(rows.tolist(), written.tolist(), means.tolist(), strict=True):
                if (code == number) == own:
                    found.setdefault(number, row)
        return found


def outside(value: str | None, low: str | None, high: str | None) -> bool | None:
    """Whether a value lies outside its limits; None where that cannot be said: no limit, or no number.

    >>> outside("3", "1", "2"), outside("2.0", "1", "2"), outside("ok", "1", "2"), outside("3", None, None)
    (True, False, None, None)
    """
    number = _number(value)
    limits = [(_number(low), -1), (_number(high), 1)]
    if number is None or all(limit is None for limit, _ in limits):
        return None
    return any(limit is not None and (number - limit) * side > 0 for limit, side in limits)


def _number(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return found if found is None or found.is_finite() else None


def _limits(reading: dict[str, Any]) -> str:
    return f"{reading['low'] or 'none'} to {reading['high'] or 'none'}"
