"""What the scope would be at best and at worst: every doubt that the records leave, by name, with what would settle it.

The *lower* bound holds what is reached without any row that something else contradicts. The *upper* bound holds what would
be reached if every doubt were the worst case. Lower is within the scope, and the scope within upper, always.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.measures import decimal_text
from genealogy.snapshot.describe import is_finished_lot, is_finished_unit, records
from genealogy.snapshot.doubts import Doubt, may_add, may_remove, without_origin
from genealogy.snapshot.existence import existing_since
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.quarantine import examples, open_rows, suspected_links
from genealogy.snapshot.walk import Suspected, Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.evidence import Evidence
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

WEIGHED = 200
"""Doubts of which each is also weighed alone; of more, only what they mean together."""
CITED = 5
"""Facts that are cited for each doubt; ``rows`` says how many there are."""

SETTLED = {
    ("may_add", "suspected"): "correct the row in the quarantine file and load it again, or void it",
    ("may_add", "unresolved"): "a row in lots or units that describes the code, or an alias that says what it means",
    ("may_add", "no_output"): "the production rows of the step, or a note that nothing came of it (a disposition)",
    ("may_add", "no_input"): "the consumption rows of the step",
    (
        "may_add",
        "used_too_early",
    ): "the lot that was really used (void the row and record the right one), or the right time",
    ("may_add", "used_above_what_there_was"): "the lot that was really used for the excess, or the missing receipt",
    ("may_remove", "unresolved"): "a row in lots or units that describes the code, or an alias that says what it means",
    (
        "may_remove",
        "used_too_early",
    ): "the right time of use or of receipt, or a void of the row if another lot was used",
    (
        "may_remove",
        "used_above_what_there_was",
    ): "a corrected quantity, or a void of the rows in which another lot was used",
}


class _Weigh:
    """Counts what is in a set of items and not in another."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def counts(self, items: Array) -> dict[str, int]:
        return {
            "items": len(items),
            "finished_units": int(is_finished_unit(self._moment, items).sum()),
            "finished_lots": int(is_finished_lot(self._moment, items).sum()),
        }


def bounds(snapshot: Snapshot, evidence: Evidence, starts: Sequence[str], as_of: int) -> dict[str, Any]:
    """Lower and upper bound of the scope of these starts, and every doubt between them.

    Args:
        snapshot: of the plant.
        evidence: where facts are cited from.
        starts: ids of items.
        as_of: entry of the ledger.

    Returns:
        ``lower``, ``full``, ``upper`` (items, finished units, finished lots, starts included); ``may_add`` and
        ``may_remove`` (each doubt with kind, item or step, quantity where it is known, what it means alone, what would
        settle it, and the facts that it rests on); ``items_added`` and ``items_removed``; ``not_bounded`` (rows so damaged
        that no bound can hold what they may have said); ``without_origin`` (lots and units of our own make outside the upper
        bound of which no step is recorded); ``summary``.
    """
    moment = snapshot.moment(as_of)
    numbers = np.unique(moment.codes.find(sorted(starts)))
    numbers = numbers[numbers >= 0]
    full = _reached(moment, numbers)
    weigh = _Weigh(moment)
    contradicted = may_remove(moment, full, numbers)
    lower = _reached_without(moment, numbers, contradicted)
    opened = open_rows(moment)
    links, by_role = suspected_links(moment, opened)
    upper, doubts = _worst(moment, full, links)
    added, removed = np.setdiff1d(upper, full), np.setdiff1d(full, lower)
    linked = np.concatenate([by_role["consumption"], by_role["production"]])
    adding = [*_suspected_rows(moment, numbers, full, links, linked), *_adding(moment, evidence, full, doubts, weigh)]
    answer: dict[str, Any] = {
        "starts": sorted(set(starts)),
        "as_of": as_of,
        "lower": weigh.counts(lower),
        "full": weigh.counts(full),
        "upper": weigh.counts(upper),
        "may_add": adding,
        "may_remove": _removing(moment, evidence, numbers, full, contradicted, weigh),
        "items_added": _ids(moment, added),
        "items_removed": _ids(moment, removed),
        "not_bounded": _not_bounded(moment, opened[~np.isin(opened, linked)]),
        "without_origin": _without_origin(moment, numbers, upper, weigh),
    }
    answer["summary"] = _summary(answer)
    return answer


def _reached(moment: Moment, starts: Array, suspected: Suspected | None = None) -> Array:
    found = Walk(moment, forward=True, suspected=suspected).everything(starts)
    reached: Array = np.union1d(starts, found.items).astype(np.int32)
    return reached


def _reached_without(moment: Moment, starts: Array, doubts: Sequence[Doubt]) -> Array:
    rows = [doubt.removes for doubt in doubts]
    return _reached(moment.without({"consumption": np.unique(np.concatenate(rows))}) if rows else moment, starts)


def _worst(moment: Moment, full: Array, links: Suspected) -> tuple[Array, list[Doubt]]:
    """The upper bound, and the doubts that lead to it: what one of them adds may itself raise others."""
    upper = _reached(moment, full, links)
    doubts = may_add(moment, upper)
    while True:
        extra = [doubt.adds for doubt in doubts]
        wider = _reached(moment, np.union1d(upper, np.concatenate([*extra, full])).astype(np.int32), links)
        if len(wider) == len(upper):
            return upper, doubts
        upper = wider
        doubts = _merged(doubts, may_add(moment, upper))


def _merged(known: list[Doubt], found: list[Doubt]) -> list[Doubt]:
    """All doubts raised so far, with all that they add: a wider scope can widen a doubt, and never settles one."""
    merged = {(doubt.kind, doubt.item, doubt.step): doubt for doubt in known}
    for doubt in found:
        name = (doubt.kind, doubt.item, doubt.step)
        before = merged.get(name)
        merged[name] = doubt if before is None else replace(doubt, adds=np.union1d(before.adds, doubt.adds))
    return list(merged.values())


def _adding(
    moment: Moment, evidence: Evidence, full: Array, doubts: Sequence[Doubt], weigh: _Weigh
) -> list[dict[str, Any]]:
    told = []
    for number, doubt in enumerate(_in_order(moment, [d for d in doubts if len(d.adds)])):
        more = None
        if number < WEIGHED:
            more = weigh.counts(np.setdiff1d(_reached(moment, doubt.adds), full))
        told.append(_told(moment, evidence, doubt, "may_add") | {"more": more})
    return told


def _removing(
    moment: Moment, evidence: Evidence, starts: Array, full: Array, doubts: Sequence[Doubt], weigh: _Weigh
) -> list[dict[str, Any]]:
    told = []
    for number, doubt in enumerate(_in_order(moment, doubts)):
        fewer = None
        if number < WEIGHED:
            fewer = weigh.counts(np.setdiff1d(full, _reached_without(moment, starts, [doubt])))
        told.append(_told(moment, evidence, doubt, "may_remove") | {"fewer": fewer})
    return told


def _suspected_rows(moment: Moment, starts: Array, full: Array, links: Suspected, rows: Array) -> list[dict[str, Any]]:
    """The suspected links as one doubt, since one of them often only leads on from another."""
    if not len(rows):
        return []
    more = np.setdiff1d(_reached(moment, starts, links), full)
    if not len(more):
        return []
    weigh = _Weigh(moment)
    return [
        {
            "kind": "suspected", "item_id": None, "step_id": None, "quantity": None, "unit": None, "rows": len(rows),
            "facts": examples(moment, rows[:CITED]), "settled_by": SETTLED["may_add", "suspected"],
            "more": weigh.counts(more),
        }
    ]  # fmt: skip


def _told(moment: Moment, evidence: Evidence, doubt: Doubt, effect: str) -> dict[str, Any]:
    base = None
    if doubt.amount is not None:
        (base,) = moment.words.strings(records(moment, np.array([doubt.item], np.int32)).base_unit)
    return {
        "kind": doubt.kind,
        "item_id": moment.codes.string(doubt.item) if doubt.item >= 0 else None,
        "step_id": moment.codes.string(doubt.step) if doubt.step >= 0 else None,
        "quantity": decimal_text(doubt.amount) if doubt.amount is not None else None,
        "unit": base,
        "rows": len(doubt.rows),
        "facts": [fact.as_json() for fact in evidence.facts(moment, doubt.table, doubt.rows[:CITED])],
        "settled_by": SETTLED[effect, doubt.kind],
    }


def _in_order(moment: Moment, doubts: Sequence[Doubt]) -> list[Doubt]:
    """By kind, then by the id that it is about, so that the answer never depends on how facts were numbered."""

    def place(doubt: Doubt) -> tuple[str, str, str]:
        item, step = (moment.codes.string(n) if n >= 0 else "" for n in (doubt.item, doubt.step))
        return doubt.kind, item, step

    return sorted(doubts, key=place)


def _not_bounded(moment: Moment, rows: Array) -> dict[str, Any]:
    """Quarantined rows that name no step and item: nobody can say what they would have joined."""
    return {
        "count": len(rows),
        "examples": examples(moment, rows[:CITED]),
        "settled_by": "correct the rows in the quarantine file and load them again",
    }


def _without_origin(moment: Moment, starts: Array, upper: Array, weigh: _Weigh) -> dict[str, Any]:
    """What we made, nobody recorded how, and may have been made when the starts were there; no doubt of a record names it."""
    items, _, since = without_origin(moment, upper)
    begins = existing_since(moment, starts, records(moment, starts)) if len(starts) else np.zeros(0, np.int64)
    if len(begins) and (begins != NO_TIME).all():
        items = items[(since == NO_TIME) | (since >= begins.min())]
    return weigh.counts(items) | {
        "examples": _ids(moment, items)[:CITED],
        "settled_by": "the production rows of the steps that made them",
    }


def _ids(moment: Moment, items: Array) -> list[str]:
    return sorted(str(item) for item in moment.codes.strings(items))


def _summary(answer: dict[str, Any]) -> list[str]:
    """Three plain lines."""
    lower, full, upper = (answer[name]["finished_units"] for name in ("lower", "full", "upper"))
    loose = [answer[name]["finished_lots"] for name in ("lower", "full", "upper")]
    lots = f" and {loose[1]:,} finished lots ({loose[0]:,} to {loose[2]:,})" if loose[2] else ""
    units = f"The records name {full:,} finished units (at least {lower:,}, at most {upper:,}){lots}."
    kinds: dict[str, int] = {}
    for doubt in [*answer["may_add"], *answer["may_remove"]]:
        kinds[doubt["kind"]] = kinds.get(doubt["kind"], 0) + 1
    named = ", ".join(f"{count:,} {DOUBTS[kind][count != 1]}" for kind, count in sorted(kinds.items()))
    doubts = f"What is between rests on: {named}." if kinds else "No record leaves a doubt about this scope."
    rows = answer["not_bounded"]["count"]
    rest = (
        f"{rows:,} quarantined rows name no step and item, so no bound can hold what they would have said."
        if rows
        else "No quarantined row lies outside these bounds."
    )
    alone = answer["without_origin"]["items"]
    if alone:
        what = "lot or unit has" if alone == 1 else "lots and units have"
        rest += f" {alone:,} more {what} no recorded origin, and no bound holds them: near-misses says which."
    return [units, doubts, rest]


DOUBTS = {
    "suspected": ("group of quarantined links", "groups of quarantined links"),
    "unresolved": ("code that nobody described", "codes that nobody described"),
    "no_output": ("step without a recorded product", "steps without a recorded product"),
    "no_input": ("step without recorded input", "steps without recorded input"),
    "used_too_early": ("lot used before it was there", "lots used before they were there"),
    "used_above_what_there_was": ("lot used beyond its quantity", "lots used beyond their quantity"),
}
