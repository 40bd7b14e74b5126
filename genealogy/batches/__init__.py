"""Every batch (lot) of the plant in one table: plan, allocation, in and out of stock, inspection, status, and what is wrong.

The table is filtered and sorted over all lots; a page of it is told with where each lot is now. What the columns and alerts
mean stands in docs/answers.md, "Batches".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.balance import tolerance, within
from genealogy.batches.table import ALERTS, UNKNOWN, Batches, decimal
from genealogy.errors import InputError
from genealogy.graph.columns import NO_DAY
from genealogy.graph.folds import day_text
from genealogy.where import survey
from genealogy.where.pieces import PART

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array

SORTS = (
    "id",
    "material",
    "stage",
    "status",
    "made",
    "expires",
    "planned",
    "produced",
    "consumed",
    "shipped",
    "results",
    "alerts",
)
"""What the table can be sorted by."""
STAGES = ("supplied", "intermediate", "finished", "none")
STATUSES = ("released", "held", "quarantine", "rejected", "recalled", "none")
"""What the table can be filtered by; ``none``: nothing is recorded."""
ROWS = 100
BALANCE = "out_of_balance"
"""An alert of its own: it takes a survey of every lot, and is worked out only for the page, or when it is asked for."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lots, in which order, and which page of them.

    Attributes:
        text: in the id, the lot number or the material's number or name; empty: all.
        stage: of the material; empty: all.
        status: of the lot; empty: all, ``none``: no status recorded.
        alert: one of ``ALERTS``, ``any``, ``BALANCE``; empty: all.
        sort: one of ``SORTS``; with a minus before it, the other way round.
        page: from 1.
        rows: of a page; 0: all of them on one.
        told: a material's name as whoever asks may see it: a text is looked for in what they are told, in nothing else.
    """

    text: str = ""
    stage: str = ""
    status: str = ""
    alert: str = ""
    sort: str = "id"
    page: int = 1
    rows: int = ROWS
    told: Callable[[str], str] = str


def table(found: Batches, snapshot: Snapshot, chosen: Chosen) -> dict[str, Any]:
    """A page of the table.

    Args:
        found: all lots.
        snapshot: of the plant.
        chosen: which of them.

    Returns:
        ``batches``; ``count`` of those that fit, ``total`` of all, ``page``, ``pages``; ``alerts``: how many lots have each; and
        ``statuses`` and ``stages``: how many lots there are of each.

    Raises:
        InputError: a word of the question is none that is known.
    """
    places = _sorted(found, np.flatnonzero(_fitting(found, snapshot, chosen)), chosen.sort)
    rows = chosen.rows or max(1, len(places))
    pages = max(1, -(-len(places) // rows))
    page = min(max(chosen.page, 1), pages)
    return {
        "count": len(places),
        "total": len(found.ids),
        "page": page,
        "pages": pages,
        "alerts": {name: int((found.alerts >> bit & 1).sum()) for bit, name in enumerate(ALERTS)},
        "statuses": _counts(found, found.status),
        "stages": _counts(found, found.stage),
        "batches": _rows(found, snapshot, places[(page - 1) * rows : page * rows]),
    }


def _counts(found: Batches, column: Array) -> dict[str, int]:
    words, counts = np.unique(column, return_counts=True)
    texts = [text or "none" for text in found.moment.words.strings(words)]
    return dict(sorted(zip(texts, counts.tolist(), strict=True)))


def _fitting(found: Batches, snapshot: Snapshot, chosen: Chosen) -> Array:
    words = found.moment.words
    fits = np.ones(len(found.ids), bool)
    for name, column, known, what in (
        (chosen.stage, found.stage, STAGES, "stage"),
        (chosen.status, found.status, STATUSES, "status"),
    ):
        if name:
            if name not in known:
                raise InputError(f"There is no {what} {name!r}. Known are: {', '.join(known)}.")
            number = -1 if name == "none" else int(words.find([name])[0])
            fits &= (column == number) & ((number >= 0) | (name == "none"))
    if chosen.alert in ALERTS:
        fits &= (found.alerts >> ALERTS.index(chosen.alert) & 1) > 0
    elif chosen.alert == "any":
        fits &= found.alerts > 0
    elif chosen.alert == BALANCE:
        fits &= _out_of_balance(found, snapshot)
    elif chosen.alert:
        raise InputError(f"There is no alert {chosen.alert!r}. Known are: any, {', '.join((*ALERTS, BALANCE))}.")
    if chosen.text:
        fits &= _holding(found, chosen.text.casefold(), chosen.told)
    return fits


def _holding(found: Batches, text: str, told: Callable[[str], str]) -> Array:
    """Which lots have the text in their id, number, or the number or name of their material."""
    moment = found.moment
    held = np.array([text in each.casefold() for each in found.ids], bool)
    number = moment.column("lots", "lot_number")
    if len(number) and len(found.ids):
        texts, place = np.unique(number[found.row], return_inverse=True)
        held |= np.array([text in (each or "").casefold() for each in moment.words.strings(texts)], bool)[place]
    materials, place = np.unique(found.material, return_inverse=True)
    names = moment.column("materials", "name")
    fits = []
    for material, said in zip(materials.tolist(), moment.words.strings(materials), strict=True):
        row = moment.material_rows.get(material, -1)
        name = moment.words.string(int(names[row])) if row >= 0 and int(names[row]) >= 0 else ""
        fits.append(text in (said or "").casefold() or text in told(name).casefold())
    if fits:
        held |= np.array(fits, bool)[place]
    return held


def _sorted(found: Batches, places: Array, sort: str) -> Array:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise InputError(
            f"The table cannot be sorted by {name!r}. Known are: {', '.join(SORTS)}; - before it turns it round."
        )
    match name:
        case "id":
            key = places
        case "material" | "stage" | "status":
            words, which = np.unique(getattr(found, name)[places], return_inverse=True)
            texts = [text or "" for text in found.moment.words.strings(words)]
            rank = np.empty(len(texts), np.int64)
            rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
            key = rank[which] if texts else places
        case "made":
            key = found.day[places]
        case "alerts":
            key = np.array([int(bits).bit_count() for bits in found.alerts[places].tolist()], np.int64)
        case _:
            key = getattr(found, name)[places]
    order = np.lexsort((places, -key if sort.startswith("-") else key))
    ordered: Array = places[order]
    return ordered


def _out_of_balance(found: Batches, snapshot: Snapshot) -> Array:
    """Which lots do not close within their tolerance: surveyed all at once."""
    told = survey(snapshot, found.ids, found.moment.as_of)
    place = {int(number): at for at, number in enumerate(found.number.tolist())}
    out = np.zeros(len(found.ids), bool)
    for at, thing in enumerate(told.items.tolist()):
        supply = told.supplies.get(at)
        amounts = told.lot_totals(at)
        there_was = supply.there_was if supply else None
        rest = None if there_was is None else there_was - sum(amounts.values())
        if thing in place:
            out[place[thing]] = within(there_was, rest, amounts, tolerance(told, at)[0]) is False
    return out


def _rows(found: Batches, snapshot: Snapshot, places: Array) -> list[dict[str, Any]]:
    moment = found.moment
    ids = [found.ids[place] for place in places.tolist()]
    told = survey(snapshot, ids, moment.as_of) if ids else None
    at_of = {int(number): at for at, number in enumerate(told.items.tolist())} if told is not None else {}
    texts = {
        name: moment.words.strings(getattr(found, name)[places]) for name in ("material", "stage", "base", "status")
    }
    numbers = moment.column("lots", "lot_number")
    lot_number = moment.words.strings(numbers[found.row[places]]) if len(places) else []
    names = moment.column("materials", "name")
    rows = []
    for n, place in enumerate(places.tolist()):
        material = moment.material_rows.get(int(found.material[place]), -1)
        row: dict[str, Any] = {
            "id": ids[n],
            "lot_number": lot_number[n],
            "material_id": texts["material"][n],
            "material": moment.words.string(int(names[material]))
            if material >= 0 and int(names[material]) >= 0
            else None,
            "stage": texts["stage"][n],
            "status": texts["status"][n],
            "unit": texts["base"][n],
            "made": _day(found.day, place),
            "expires": _day(found.expires, place),
            **{
                name: decimal(int(getattr(found, name)[place]))
                for name in ("recorded", "planned", "ordered", "produced", "consumed", "shipped")
            },
            "orders": int(found.orders[place]),
            "units": int(found.units[place]),
            "decisions": int(found.decisions[place]),
            "results": int(found.results[place]),
            "results_outside": int(found.outside[place]),
            "alerts": [name for bit, name in enumerate(ALERTS) if int(found.alerts[place]) >> bit & 1],
        }
        if told is not None:
            row |= _now(told, at_of[int(found.number[place])])
            if row["within_tolerance"] is False:
                row["alerts"].append(BALANCE)
        rows.append(row)
    return rows


def _now(told: Any, at: int) -> dict[str, Any]:
    """What there was of a lot, what is in stock, and what is in no record."""
    supply, amounts = told.supplies.get(at), told.lot_totals(at)
    there_was = supply.there_was if supply else None
    rest = None if there_was is None else there_was - sum(amounts.values())
    stock = sum(amount for part, amount in amounts.items() if part in _ON_HAND)
    gone = sum(amounts.values()) - stock
    return {
        "in": None if there_was is None else decimal(there_was),
        "in_stock": decimal(stock),
        "out_of_stock": decimal(gone),
        "unaccounted": None if rest is None else decimal(rest),
        "within_tolerance": within(there_was, rest, amounts, tolerance(told, at)[0]),
    }


def _day(column: Array, place: int) -> str | None:
    day = int(column[place])
    return None if day == NO_DAY else day_text(day)


_ON_HAND = frozenset(
    number for name, number in PART.items() if name.startswith(("on_hand", "in_process", "in_transit", "moved"))
)
__all__ = ["ALERTS", "BALANCE", "SORTS", "UNKNOWN", "Chosen", "table"]
