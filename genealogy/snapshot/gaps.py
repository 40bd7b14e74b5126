"""What the records leave open for an answer: never a reason to cut it short, always said beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.existence import consumed_last, existing_since
from genealogy.snapshot.index import counted, different, distinct
from genealogy.snapshot.layout import NO_TIME, TIERS
from genealogy.snapshot.look_alikes import look_alikes
from genealogy.snapshot.quarantine import EXAMPLES, open_rows, quarantined, suspected
from genealogy.snapshot.unconverted import not_convertible

if TYPE_CHECKING:
    from fractions import Fraction

    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.snapshot.unconverted import RowsOf

Gap = dict[str, Any]


def gaps(
    moment: Moment, starts: Array, affected: Array, found: Records, *, forward: bool, undescribed: list[str]
) -> dict[str, Gap]:
    """Every kind of gap, each with ``count``, ``more_units`` (None: cannot be known) and up to 20 ``examples``.

    Args:
        moment: the facts that count.
        starts: of the trace.
        affected: the starts and what it reached, each once.
        found: the records of the affected.
        forward: its direction.
        undescribed: ids among starts and reached that no fact names at all.
    """
    open_, amounts = open_rows(moment), Amounts(moment)

    @cache
    def rows_of(table: str) -> tuple[Array, Array]:
        return moment.rows_of(table, "item_id", affected)

    return {
        "quarantined": quarantined(moment, open_),
        "suspected": suspected(moment, open_, starts, affected, forward=forward),
        "unresolved": _unresolved(moment, affected, found, undescribed),
        "orphan_steps": _orphan_steps(moment, affected, rows_of, forward=forward),
        "grain_not_proven": _grain_not_proven(moment, affected, rows_of),
        "not_convertible": not_convertible(moment, affected, found, rows_of, amounts, EXAMPLES),
        "impossible_times": _impossible_times(moment, affected, found, rows_of),
        "over_use": _over_use(moment, affected, found, rows_of, amounts),
        "look_alikes": look_alikes(moment, affected, found, forward=forward),
    }


def _unresolved(moment: Moment, affected: Array, found: Records, undescribed: list[str]) -> Gap:
    unknown = affected[(found.unit < 0) & (found.lot < 0)]
    ids = sorted({*undescribed, *(str(item) for item in moment.codes.strings(unknown))})
    return {"count": len(ids), "more_units": None, "examples": [{"item_id": item} for item in ids[:EXAMPLES]]}


def _orphan_steps(moment: Moment, affected: Array, rows_of: RowsOf, *, forward: bool) -> Gap:
    """Steps that lead nowhere: forward, what they made is not recorded; backward, what they consumed is not."""
    near, far = ("consumption", "production") if forward else ("production", "consumption")
    rows, _ = rows_of(near)
    if forward:  # a step that consumed the lot of an affected unit may have consumed that unit
        units, _ = rows_of("units")
        lots = different(moment.item_column("units", "lot_id", units))
        by_portion, _ = moment.rows_of(near, "item_id", lots[lots >= 0])
        rows = np.concatenate([rows, by_portion])
    steps = different(moment.column(near, "step_id")[rows]) if len(rows) else affected[:0]
    _, owner = moment.rows_at(far, "step_id", steps)
    ids = _sorted(moment, steps[np.bincount(owner, minlength=len(steps)) == 0])
    return {"count": len(ids), "more_units": None, "examples": [{"step_id": step} for step in ids[:EXAMPLES]]}


def _grain_not_proven(moment: Moment, affected: Array, rows_of: RowsOf) -> Gap:
    """Steps that claim to prove single units but made several items, so that only the lot is proven."""
    rows, _ = rows_of("consumption")
    steps = different(moment.column("consumption", "step_id")[rows]) if len(rows) else affected[:0]
    described, of_step = moment.rows_at("steps", "step_id", steps)
    steps = steps[np.unique(of_step[moment.column("steps", "grain")[described] == TIERS["unit"]])]
    made, maker = moment.rows_at("production", "step_id", steps)
    items = moment.item_column("production", "item_id", made)
    several = np.bincount(maker[distinct(maker, items)], minlength=len(steps)) > 1
    ids = _sorted(moment, steps[several])
    return {"count": len(ids), "more_units": 0, "examples": [{"step_id": step} for step in ids[:EXAMPLES]]}


def _impossible_times(moment: Moment, affected: Array, found: Records, rows_of: RowsOf) -> Gap:
    """Items that were consumed before they were received or made."""
    rows, owner = rows_of("consumption")
    if not len(rows):
        return {"count": 0, "more_units": 0, "examples": []}
    steps = moment.column("consumption", "step_id")[rows]
    last = consumed_last(moment, rows)
    since = existing_since(moment, affected, found)[owner]
    bad = np.flatnonzero((last != NO_TIME) & (since != NO_TIME) & (last < since))
    bad = bad[distinct(steps[bad], owner[bad])]
    cases = sorted(
        (str(item), str(step), consumed, made)
        for item, step, consumed, made in zip(
            moment.codes.strings(affected[owner[bad]]),
            moment.codes.strings(steps[bad]),
            last[bad].tolist(),
            since[bad].tolist(),
            strict=True,
        )
    )
    examples = [
        {"item_id": item, "step_id": step, "consumed_by": _text(consumed), "existing_since": _text(made)}
        for item, step, consumed, made in cases[:EXAMPLES]
    ]
    return {"count": len(cases), "more_units": 0, "examples": examples}


def _over_use(moment: Moment, affected: Array, found: Records, rows_of: RowsOf, amounts: Amounts) -> Gap:
    """Lots of which more was consumed than there was: than was made where that is recorded, else than was stated."""
    lots = np.where((found.unit < 0) & (found.lot >= 0), found.material, -1)
    used, _ = _totals(moment, amounts, "consumption", rows_of, lots)
    made, unclear = _totals(moment, amounts, "production", rows_of, lots)
    cases = []
    for place in sorted(used):
        supply = made.get(place) if place not in unclear else None
        if supply is None:
            row = int(found.lot[place])
            quantity, measure = (int(moment.column("lots", name)[row]) for name in ("quantity", "unit"))
            supply = amounts.value(quantity, int(found.material[place]), measure)
        if supply is not None and used[place] > supply:
            cases.append((place, used[place], supply))
    totals = {place: (consumed, supply) for place, consumed, supply in cases}
    examples = [
        {
            "item_id": moment.codes.string(int(affected[place])),
            "consumed": _decimal(totals[place][0]),
            "there_was": _decimal(totals[place][1]),
        }
        for place in _by_id(moment, affected, list(totals))
    ]
    return {"count": len(cases), "more_units": None, "examples": examples}


def _totals(
    moment: Moment, amounts: Amounts, table: str, rows_of: RowsOf, material: Array
) -> tuple[dict[int, Fraction], set[int]]:
    """Total quantity of each lot in its base unit, and the lots with rows that cannot be added up."""
    rows, owner = rows_of(table)
    lots = material[owner] >= 0
    rows, owner = rows[lots], owner[lots]
    totals: dict[int, Fraction] = {}
    unclear: set[int] = set()
    if not len(rows):
        return totals, unclear
    quantity, measure = (moment.column(table, name)[rows] for name in ("quantity", "unit"))
    first, times = counted(quantity, measure, owner)
    columns = (owner[first], quantity[first], measure[first], times)
    for place, amount, unit, count in zip(*(column.tolist() for column in columns), strict=True):
        value = amounts.value(amount, int(material[place]), unit)
        if value is None:
            unclear.add(place)
            continue
        more = value * count if count > 1 else value
        known = totals.get(place)
        totals[place] = more if known is None else known + more
    return totals, unclear


def _sorted(moment: Moment, codes: Array) -> list[str]:
    return sorted(str(code) for code in moment.codes.strings(codes))


def _by_id(moment: Moment, affected: Array, places: list[int]) -> list[int]:
    """The first places in the order of the ids that stand there."""
    ids = moment.codes.strings(affected[np.array(places, np.int64)])
    return [place for _, place in sorted(zip(map(str, ids), places, strict=True))][:EXAMPLES]


def _text(microseconds: int) -> str:
    """ISO 8601 in UTC."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")


def _decimal(value: Fraction) -> str:
    """Decimal text, rounded half-even to 10^-9 and without trailing zeros."""
    billionths = round(value * 10**9)
    whole, rest = divmod(billionths, 10**9)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
