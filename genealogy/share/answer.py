"""The answer to ``share``: how much of each affected item came from the start, and what that rests on."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import InputError
from genealogy.measures import decimal_text
from genealogy.quantities import exact
from genealogy.share import Fractions, Shares, shares
from genealogy.share.mixing import Carried
from genealogy.snapshot.describe import records
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.share.mixture import Links, Mixture
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_NANO = 10**9
_CERTAINLY = 1 - 1e-12
"""Floating point may put a share that is exactly the cut-off a little below it: it stays."""
_SHORT = Context(prec=4)


def share_answer(
    snapshot: Snapshot, starts: Sequence[str], as_of: int, *, cut_off: str | None = None, mixing: bool = False
) -> dict[str, Any]:
    """The share of the starts in every item that may hold them.

    Args:
        snapshot: the arrays.
        starts: ids of items.
        as_of: entry of the ledger.
        cut_off: shares below it are left out, as a decimal number; None: nothing is.
        mixing: follow what vessels carry over as well, by the models that the plant declares.
    """
    moment = snapshot.moment(as_of)
    numbers = moment.codes.find(list(starts))
    found, carried = _computed(moment, np.unique(numbers[numbers >= 0]), mixing=mixing)
    least = _cut_off(cut_off)
    rows, out = _rows(moment, found, least)
    answer: dict[str, Any] = {
        "starts": list(starts),
        "as_of": as_of,
        "complete": True,
        "materials": found.materials,
        "items": rows,
        "cut_off": None if least is None else decimal_text(least),
        "left_out": out,
        "mixing": _mixing(moment, found, carried) if carried else None,
        "doubts": found.doubts,
        "assumptions": _assumptions(found, least, carried),
        "computed": "in fractions" if found.whole.exact else "in floating point, each equation met to within 1e-12",
    }
    answer["summary"] = _lines(answer)
    return answer


def _computed(moment: Moment, starts: Array, *, mixing: bool) -> tuple[Shares, Carried | None]:
    if not mixing:
        return shares(moment, starts), None
    held: list[Carried] = []

    def links(mixture: Mixture) -> Links:
        held.append(Carried(mixture))
        return held[0].links()

    found = shares(moment, starts, links)
    return found, held[0]


def _cut_off(text: str | None) -> Fraction | None:
    if text is None:
        return None
    try:
        value = exact(text)
    except ValueError as cause:
        raise InputError(
            said(Option("cut-off"), f" {text!r} is not a number. Give a fraction between 0 and 1, such as 0.001.")
        ) from cause
    if not 0 < value <= 1:
        raise InputError(
            said(Option("cut-off"), f" {text} is not a fraction. Give a number above 0 and up to 1, such as 0.001.")
        )
    return value


def _rows(moment: Moment, found: Shares, least: Fraction | None) -> tuple[list[dict[str, Any]], list[str]]:
    """A row for each item, largest share first; and the items whose share is below the cut-off for certain."""
    described = records(moment, found.items)
    kind = np.where(described.unit >= 0, "unit", np.where(described.lot >= 0, "lot", "unknown")).tolist()
    stage_words, stage_of = np.unique(described.stage, return_inverse=True)
    stages = moment.words.strings(stage_words)
    ids = moment.codes.strings(found.items)
    whole, of_it = found.whole, found.of_material
    by_whole = found.told | (of_it is None)
    shown = [
        _texts(whole, part, of_it, by_whole) for part in ("value", "low", "high")
    ]  # fmt: skip
    wholes = _numbers(whole, "value")
    materials = _numbers(of_it, "value") if of_it is not None else [None] * len(ids)
    sizes = np.where(by_whole, whole.value, of_it.value if of_it is not None else 0)
    most = np.where(by_whole, whole.bounds.high, of_it.bounds.high if of_it is not None else 0)
    rows, out = [], []
    limit = -1.0 if least is None else float(least) * _CERTAINLY
    order = sorted(range(len(ids)), key=lambda place: (-round(float(sizes[place]), 9), str(ids[place])))
    told, stage_at, inferred, at_most = by_whole.tolist(), stage_of.tolist(), found.inferred.tolist(), most.tolist()
    known = found.told.tolist()
    for place in order:
        if at_most[place] < limit:
            out.append(str(ids[place]))
            continue
        rows.append(
            {
                "id": ids[place],
                "kind": kind[place],
                "stage": stages[stage_at[place]],
                "share": shown[0][place],
                "low": shown[1][place],
                "high": shown[2][place],
                "basis": "whole" if told[place] else "material",
                "whole": wholes[place] if known[place] else None,
                "of_material": materials[place],
                "inferred": inferred[place],
            }
        )
    return rows, sorted(out)


def _texts(whole: Fractions, part: str, of_it: Fractions | None, by_whole: Array) -> list[str]:
    if of_it is None:
        return _numbers(whole, part)
    pairs = zip(_numbers(whole, part), _numbers(of_it, part), by_whole.tolist(), strict=True)
    return [one if told else other for one, other, told in pairs]


def _numbers(fractions: Fractions, part: str) -> list[str]:
    """Values as decimal numbers; where nothing is open, a bound is the value itself."""
    values = fractions.value if part == "value" else getattr(fractions.bounds, part)
    if fractions.exact is not None and (part == "value" or values is fractions.value):
        return [fraction_text(value) for value in fractions.exact]
    different, which = np.unique(values, return_inverse=True)  # many items are alike
    texts = [number_text(value) for value in different.tolist()]
    return [texts[place] for place in which.tolist()]


def fraction_text(value: Fraction) -> str:
    """A share as a decimal number with nine places; one that is smaller still keeps four digits, for it is not nothing.

    >>> fraction_text(Fraction(1, 3)), fraction_text(Fraction(1, 3 * 10**12)), fraction_text(Fraction(0))
    ('0.333333333', '0.0000000000003333', '0')
    """
    if 0 < value < Fraction(1, 10**6):
        small = _SHORT.divide(Decimal(value.numerator), Decimal(value.denominator))
        return f"{small:f}".rstrip("0")
    return decimal_text(value)


def number_text(value: float) -> str:
    """The same for a number in floating point, which is no more exact than that."""
    if 0 < value < 1e-6:
        return f"{_SHORT.plus(Decimal(value)):f}".rstrip("0")
    nano = round(min(max(value, 0.0), 1.0) * _NANO)
    whole, part = divmod(nano, _NANO)
    return f"{whole}.{part:09d}".rstrip("0") if part else str(whole)


def _mixing(moment: Moment, found: Shares, carried: Carried) -> dict[str, Any]:
    affected = set(moment.codes.strings(found.items))
    return {
        "vessels": [
            {
                "equipment_id": vessel.name,
                "model": vessel.model,
                "heel": vessel.heel is not None,
                "runs_between_cleanings": len(vessel.runs),
                "steps": sum(map(len, vessel.runs)),
                "steps_without_time": vessel.unordered,
                "steps_smaller_than_heel": carried.smaller.get(vessel.name, 0),
            }
            for vessel in carried.vessels
        ],
        "boundaries": [one for one in carried.boundaries if not affected.isdisjoint(one["outputs"])],
        "runs_without_comparable_quantities": carried.unmeasured,
        "inferred_ids": sorted(str(item) for item in moment.codes.strings(found.items[found.inferred])),
    }


def _assumptions(found: Shares, least: Fraction | None, carried: Carried | None) -> list[str]:
    lines = [
        "All that a step made holds its inputs in the same proportion, by quantity; so does every unit of a lot.",
    ]
    if found.doubts.get("without_quantity"):
        lines.append(
            f"At {found.doubts['without_quantity']:,} steps or items an input has no quantity that converts, or all are zero: "
            "what is missing is taken as large as the others are on average; low and high hold whatever it was."
        )
    if found.doubts.get("drawn_from_lots"):
        lines.append(
            f"{found.doubts['drawn_from_lots']:,} lots with units were used under the number of the lot: what was drawn is taken "
            "to be an even mixture of all its units and of what has no serial. In truth a unit was drawn whole or not at all."
        )
    if found.doubts.get("not_added"):
        lines.append(
            f"At {found.doubts['not_added']:,} steps the quantities of the inputs cannot be added (pieces, ratios, or units "
            "that nothing converts): behind these the share is of the start's own material alone."
        )
    if found.doubts.get("equal_strength"):
        lines.append(
            f"At {found.doubts['equal_strength']:,} steps nobody knows how much of that material each input carries: all that "
            "carry it are taken to be equally strong."
        )
    if carried is not None:
        lines.append(
            "What a vessel carries over is inferred from the model that the plant declares for it, from time and quantity; no "
            "record says that it was so."
        )
        lines += [
            f"Into {count:,} {'step' if count == 1 else 'steps'} in {vessel} went less than its heel: by first in, first out "
            "nothing of that came out in the same step, but later. The records say that what such a step made holds what went "
            "in. Check the heel."
            for vessel, count in sorted(carried.smaller.items())
        ]
    if found.doubts.get("none_by_model"):
        lines.append(
            f"{found.doubts['none_by_model']:,} items hold none of it by these models, for something else came out of the vessel "
            "first. The records say that they may hold some: they belong to the scope."
        )
    if least is not None:
        lines.append(
            f"Shares that are certainly below {decimal_text(least)} are left out. That such a share does no harm is an "
            "assumption of the one who asks; the items are listed under left_out and belong to the scope."
        )
    return lines


def _between(rows: list[dict[str, Any]]) -> str:
    least, most = rows[-1]["share"], rows[0]["share"]
    return f"between {least} and {most}" if least != most else str(least)


def _lines(answer: dict[str, Any]) -> list[str]:
    rows = answer["items"]
    starts = answer["starts"]
    named = starts[0] if len(starts) == 1 else f"{starts[0]} and {len(starts) - 1} more"
    if not rows:
        return [f"Nothing is recorded that holds {named}." if not answer["left_out"] else
                f"No item holds as much of {named} as {answer['cut_off']}."]  # fmt: skip
    units = [row for row in rows if row["stage"] == "finished" and row["kind"] == "unit"]
    finished = units or [row for row in rows if row["stage"] == "finished"]
    what = "finished units" if units else "finished lots"
    lines = [f"{len(rows):,} {'item holds' if len(rows) == 1 else 'items hold'} some of {named}."]
    if finished:
        lines.append(
            f"In {len(finished):,} {what if finished[1:] else what[:-1]} it makes {_between(finished)}"
            + (
                f" of what they hold of {', '.join(answer['materials'])}."
                if finished[0]["basis"] == "material"
                else "."
            )
        )
    open_ = sum(row["low"] != row["high"] for row in rows)
    if open_:
        lines.append(f"Of {open_:,} items the share lies between low and high, for quantities are missing.")
    if answer["left_out"]:
        lines.append(
            f"{len(answer['left_out']):,} items with less than {answer['cut_off']} are left out, as was asked."
        )
    return lines
