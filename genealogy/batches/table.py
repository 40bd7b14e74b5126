"""Every lot of the plant as columns: plan, production, use, shipment, inspection, decisions, expiry, and what is wrong with it.

Amounts are whole numbers of 10^-9 of the base unit of the lot's material. A sum to which some record tells no quantity, or one
that cannot be told in that unit, is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from genealogy.graph.columns import NO_DAY, days
from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.describe import records
from genealogy.starts.judge import judge

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

NANO = 10**9
UNKNOWN = -(2**62)
"""An amount that is not known."""
ALERTS = (
    "plan_missed", "more_used_than_made", "result_outside", "not_released", "used_before_release", "expired",
    "used_after_expiry",
)  # fmt: skip
"""What is looked for in every lot; each is a bit of ``alerts``. What they mean stands in docs/answers.md."""
AGAIN = ("rework", "repack", "relabel", "split", "merge")
"""Kinds of steps that make nothing new for an order."""
_LARGEST = 2**61
_NEVER = 2**31
"""A day after every other."""


@dataclass(frozen=True, slots=True)
class Batches:
    """The lots, in the order of their ids, and what is known of each.

    Attributes:
        moment: the facts that count.
        ids: of the lots.
        number: their codes.
        row: in ``lots``.
        material: as a word; -1 none.
        stage: as a word; -1 none.
        base: base unit of the material, as a word; -1 none.
        status: as a word; -1 none.
        recorded: what the lot's own record says.
        produced: what was recorded as made.
        planned: what the orders behind it planned, where they planned its material.
        ordered: what was made for these orders of that material, in this lot and others.
        consumed: by steps.
        shipped: as the lot, not in its units nor in containers, to others than our own sites.
        orders: how many orders are behind it.
        decisions: how many there are.
        results: how many inspection results.
        outside: how many of them outside their limits, or failed.
        units: serialised from it.
        day: when it was made or received.
        expires: when.
        alerts: bits of ``ALERTS``.
    """

    moment: Moment
    ids: list[str]
    number: Array
    row: Array
    material: Array
    stage: Array
    base: Array
    status: Array
    recorded: Array
    produced: Array
    planned: Array
    ordered: Array
    consumed: Array
    shipped: Array
    orders: Array
    decisions: Array
    results: Array
    outside: Array
    units: Array
    day: Array
    expires: Array
    alerts: Array


def batches(moment: Moment, today: int) -> Batches:
    """All lots as of a moment.

    Args:
        moment: the facts that count.
        today: day that expiry is held against: that of the entry, so that the answer can be repeated.
    """
    return _Maker(moment, today).made()


class _Maker:
    def __init__(self, moment: Moment, today: int) -> None:
        self._moment, self._today = moment, today
        rows = moment.all_rows("lots")
        numbers = np.unique(moment.item_column("lots", "item_id", rows)) if len(rows) else np.zeros(0, np.int32)
        found = records(moment, numbers)
        lots = found.unit < 0
        numbers, found = numbers[lots], found.at(np.flatnonzero(lots))
        self.ids, order = moment.codes.in_order(numbers) if len(numbers) else ([], np.zeros(0, np.int64))
        self.number, self._found = numbers[order], found.at(order)
        self._amounts = Amounts(moment)
        self._place = np.full(len(moment.codes), -1, np.int64)
        self._place[self.number] = np.arange(len(self.number))

    def made(self) -> Batches:
        moment, found, size = self._moment, self._found, len(self.number)
        at = np.arange(size)
        recorded = self._told("lots", found.lot, found.material)
        produced, _ = self._summed("production")
        consumed, used_day = self._summed("consumption", "at")
        shipped, shipped_day = self._summed("shipments", "shipped_at")
        planned, ordered, orders = self._planned()
        results, outside = self._results()
        status, decisions, early, despite = self._status()
        units, _ = self._count("units", "lot_id")
        expires = self._days("lots", "expires_on", found.lot)
        day = self._days("lots", "made_at", found.lot)
        day = np.where(day == NO_DAY, self._days("lots", "received_at", found.lot), day)
        there_was = np.where((produced != UNKNOWN) & (self._rows_of["production"] > 0), produced, recorded)
        returned, _ = self._summed("dispositions")
        known = (consumed != UNKNOWN) & (shipped != UNKNOWN) & (returned != UNKNOWN)
        gone = np.where(known, consumed + shipped - returned, UNKNOWN)
        used = (self._rows_of["consumption"] + self._rows_of["shipments"]) > 0
        last = np.maximum(used_day, shipped_day)
        found_alerts = {
            "plan_missed": (planned != UNKNOWN) & (ordered != UNKNOWN) & (planned != ordered),
            "more_used_than_made": (gone != UNKNOWN) & (there_was != UNKNOWN) & (gone > there_was),
            "result_outside": outside > 0,
            "not_released": np.isin(status, self._barring),
            "used_before_release": used & ((self._first_use < early) | (last > despite)),
            "expired": (expires != NO_DAY) & (expires < self._today),
            "used_after_expiry": (expires != NO_DAY) & (last != NO_DAY) & (last > expires),
        }  # fmt: skip
        alerts = np.zeros(size, np.int32)
        for bit, name in enumerate(ALERTS):
            alerts |= found_alerts[name].astype(np.int32) << bit
        return Batches(
            moment, self.ids, self.number, found.lot[at], found.material, found.stage, found.base_unit, status, recorded,
            produced, planned, ordered, consumed, shipped, orders, decisions, results, outside, units, day, expires, alerts,
        )  # fmt: skip

    def _days(self, table: str, name: str, rows: Array) -> Array:
        start = self._moment.column(table, f"{name}_start")
        if not len(start) or not len(rows):
            return np.full(len(rows), NO_DAY, np.int64)
        at = np.where(rows >= 0, rows, 0)
        found = days(start[at], self._moment.column(table, f"{name}_end")[at])
        return np.where(rows >= 0, found, NO_DAY).astype(np.int64)

    def _rows(self, table: str, column: str = "item_id") -> tuple[Array, Array]:
        return self._moment.rows_of(table, column, self.number) if len(self.number) else (self.number, self.number)

    def _count(self, table: str, column: str) -> tuple[Array, Array]:
        rows, owner = self._rows(table, column)
        return np.bincount(owner, minlength=len(self.number)), rows

    def _told(self, table: str, rows: Array, material: Array, name: str = "quantity") -> Array:
        """The quantity in each row, in the base unit of the material; ``UNKNOWN`` where it cannot be told."""
        quantity, unit = self._moment.column(table, name), self._moment.column(table, "unit")
        if not len(rows) or not len(quantity):
            return np.full(len(rows), UNKNOWN, np.int64)
        at = np.where(rows >= 0, rows, 0)
        said = np.stack([np.where(rows >= 0, quantity[at], -1), unit[at], material]).astype(np.int64)
        key = (said[0] + 1) * (said[1].max(initial=0) + 2) + said[1] + 1
        key = key * (said[2].max(initial=0) + 2) + said[2] + 1
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        value = np.array([self._nano(*said[:, one].tolist()) for one in first.tolist()], np.int64)
        found: Array = value[which.reshape(-1)]
        return found

    def _nano(self, quantity: int, unit: int, material: int) -> int:
        value = self._amounts.value(quantity, material, unit)
        if value is None and quantity >= 0 and self._moment.material_rows.get(material) is None:
            return UNKNOWN
        whole = UNKNOWN if value is None else round(value * NANO)
        return whole if abs(whole) < _LARGEST else UNKNOWN

    def _summed(self, table: str, time: str = "") -> tuple[Array, Array]:
        """What the rows about each lot add up to, and the last day that they name."""
        rows, owner = self._chosen(table)
        size = len(self.number)
        self._rows_of = getattr(self, "_rows_of", {})
        self._rows_of[table] = np.bincount(owner, minlength=size) if size else np.zeros(0, np.int64)
        amount = self._told(table, rows, self._found.material[owner] if len(rows) else rows)
        total = np.zeros(size, np.int64)
        known = amount != UNKNOWN
        np.add.at(total, owner[known], amount[known])
        total[owner[~known]] = UNKNOWN
        last = np.full(size, NO_DAY, np.int64)
        if time and len(rows):
            day = self._days(table, time, rows)
            np.maximum.at(last, owner, day)
            first = getattr(self, "_first_use", np.full(size, 2**31, np.int64))
            np.minimum.at(first, owner, np.where(day == NO_DAY, 2**31, day))
            self._first_use = first
        elif time:
            self._first_use = getattr(self, "_first_use", np.full(size, 2**31, np.int64))
        return total, last

    def _chosen(self, table: str) -> tuple[Array, Array]:
        """Rows about each lot: of shipments those that left our own firm, of dispositions what came back."""
        rows, owner = self._rows(table)
        moment = self._moment
        if not len(rows) or table not in ("shipments", "dispositions"):
            return rows, owner
        if table == "shipments":
            keep = ~np.isin(moment.resolved("shipments", "consignee_id", rows), _ours(moment))
        else:
            keep = moment.column("dispositions", "kind")[rows] == moment.words.find(["returned"])[0]
        return rows[keep], owner[keep]

    def _planned(self) -> tuple[Array, Array, Array]:
        """What the orders behind each lot planned of its material, what was made of it for them, how many they are."""
        moment, size = self._moment, len(self.number)
        none = np.full(size, UNKNOWN, np.int64)
        order_rows = moment.all_rows("orders")
        made, owner = self._rows("production")
        if not len(order_rows) or not len(made):
            return none, none.copy(), np.zeros(size, np.int64)
        order_id = moment.column("orders", "order_id")[order_rows]
        of_order = np.full(len(moment.words), -1, np.int64)
        of_order[order_id] = np.arange(len(order_rows))
        step_rows, step_owner = moment.rows_at("steps", "step_id", moment.column("production", "step_id")[made])
        order = np.full(len(made), -1, np.int64)
        if len(step_rows):
            said = moment.column("steps", "order_id")[step_rows]
            # What is made again out of what the order made is not made for it a second time.
            words = moment.words.find(AGAIN)
            again = np.isin(moment.column("steps", "kind")[step_rows], words[words >= 0])
            order[step_owner] = np.where((said >= 0) & ~again, of_order[said], -1)
        wanted = moment.resolved("orders", "material_id", order_rows)
        plan = self._told("orders", order_rows, wanted, "planned_quantity")
        fits = order >= 0
        fits[fits] = wanted[order[fits]] == self._found.material[owner[fits]]
        lot, of = owner[fits], order[fits]
        amount = self._told("production", made[fits], self._found.material[lot])
        done = np.zeros(len(order_rows), np.int64)
        known = amount != UNKNOWN
        np.add.at(done, of[known], amount[known])
        done[of[~known]] = UNKNOWN
        pairs = np.unique(np.stack([lot, of]), axis=1) if len(lot) else np.zeros((2, 0), np.int64)
        planned, ordered = np.zeros(size, np.int64), np.zeros(size, np.int64)
        orders = np.bincount(pairs[0], minlength=size)
        for total, part in ((planned, plan), (ordered, done)):
            fine = part[pairs[1]] != UNKNOWN
            np.add.at(total, pairs[0][fine], part[pairs[1]][fine])
            total[pairs[0][~fine]] = UNKNOWN
            total[orders == 0] = UNKNOWN
        return planned, ordered, orders

    def _results(self) -> tuple[Array, Array]:
        """How many inspection results each lot has, and how many lie outside their limits or say that it failed."""
        moment, size = self._moment, len(self.number)
        rows, owner = self._rows("results")
        if not len(rows):
            return np.zeros(size, np.int64), np.zeros(size, np.int64)
        said = np.stack(
            [moment.resolved("results", name, rows) for name in ("value", "unit", "low", "high", "verdict")]
        )
        different, which = np.unique(said, axis=1, return_inverse=True)
        texts = [moment.words.strings(each) for each in different]
        bad = np.array(
            [
                (verdict or "").casefold() == "fail" or judge(value or "", unit, low, high, None) == "outside"
                for value, unit, low, high, verdict in zip(*texts, strict=True)
            ],
            bool,
        )[which.reshape(-1)]
        return np.bincount(owner, minlength=size), np.bincount(owner[bad], minlength=size)

    @property
    def _barring(self) -> list[int]:
        """Statuses in which a lot may not be used, as words."""
        found = self._moment.words.find(["held", "quarantine", "rejected", "recalled"]).tolist()
        return [word for word in found if word >= 0]

    def _status(self) -> tuple[Array, Array, Array, Array]:
        """Status of each lot (of the last decision, else the opening one), how many decisions, and when it was free.

        The day before which use is too early: that of its first release; and the day after which use is so although nothing
        ever released it: that of the first decision that bars it, or any where it came with such a status.
        """
        moment, size = self._moment, len(self.number)
        column = moment.column("lots", "status")
        rows = self._found.lot
        status = np.where(rows >= 0, column[rows], -1) if len(column) and size else np.full(size, -1)
        released_word = int(moment.words.find(["released"])[0])
        free, barred = (status == released_word) & (status >= 0), np.isin(status, self._barring)
        early, despite = np.full(size, NO_DAY, np.int64), np.where(barred, NO_DAY - 1, _NEVER)
        rows, owner = self._rows("decisions")
        if not len(rows):
            return status, np.zeros(size, np.int64), early, despite
        at, since = moment.column("decisions", "at_end")[rows], moment.column("decisions", "since")[rows]
        order = np.lexsort((rows, since, at))  # of decisions at one time, the one recorded last
        said = moment.column("decisions", "status")[rows]
        status = status.copy()
        status[owner[order]] = said[order]
        day = self._days("decisions", "at", rows)
        releases, bars = said == released_word, np.isin(said, self._barring)
        first, since = np.full(size, _NEVER, np.int64), np.where(barred, NO_DAY - 1, _NEVER)
        np.minimum.at(first, owner[releases], day[releases])
        np.minimum.at(since, owner[bars], day[bars])
        early = np.where(free | (first == _NEVER), NO_DAY, first)
        despite = np.where(free | (first != _NEVER), _NEVER, since)
        return status, np.bincount(owner, minlength=size), early, despite


def _ours(moment: Moment) -> Array:
    """Our own sites: what is shipped to them has not left."""
    rows = moment.all_rows("parties")
    if not len(rows):
        return np.zeros(0, np.int32)
    roles = moment.words.strings(moment.column("parties", "role")[rows])
    own = np.array(["own" in (role or "").split("|") for role in roles], bool)
    found: Array = moment.parties.resolve(moment.column("parties", "party_id")[rows[own]])
    return found


def decimal(nano: int) -> str | None:
    """An amount as text; None where it is not known."""
    from genealogy.measures import decimal_text

    return None if nano == UNKNOWN else decimal_text(Fraction(nano, NANO))
