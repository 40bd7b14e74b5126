"""Plain sentences for a balance, before any table."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from genealogy.sentences import counted

PART_WORDS = {
    "on_hand_available": "on hand", "on_hand_held": "on hand but held", "in_process": "in process", "in_transit": "in transit",
    "shipped": "shipped", "consumed": "consumed by steps", "used": "used", "scrapped": "scrapped", "destroyed": "destroyed",
    "sampled": "sampled", "returned": "returned", "moved_since_count": "moved and not counted since",
    "with_lot": "recorded under the lot's name only", "lost_in_steps": "lost in steps",
    "back_in_start": "back in what was asked for",
}  # fmt: skip
KEPT_OUT = {
    "no_quantity": ("record without a quantity", "records without a quantity"),
    "not_convertible": ("record whose unit does not convert", "records whose units do not convert"),
    "shared_container": ("record of a container with several things in it", "records of containers with several things in them"),
    "units_not_convertible": ("unit that cannot be told in this unit", "units that cannot be told in this unit"),
}  # fmt: skip


def summary(answer: dict[str, Any]) -> list[str]:
    """Where it is; whether that is all; what could not be counted in."""
    return [_where(answer), closing(answer), _kept_out(answer)]


def _where(answer: dict[str, Any]) -> str:
    unit = answer["unit"] or ""
    parts = [
        f"{grouped(amount)} {PART_WORDS[name]}" for name, amount in answer["parts"].items() if Fraction(amount) != 0
    ]
    named = answer["item"] if isinstance(answer["item"], str) else " and ".join(answer["item"])
    there_was = "an unknown quantity" if answer["in"] is None else f"{grouped(answer['in'])} {unit}".strip()
    if not parts:
        return f"Of {there_was} of {named}, nothing is recorded to be anywhere."
    return f"Of {there_was} of {named}: {', '.join(parts)}."


def closing(answer: dict[str, Any]) -> str:
    """Whether the balance closes, within which tolerance."""
    if answer["unaccounted"] is None:
        return "How much there was is not recorded, so nothing can be said to be missing."
    unit, rest = answer["unit"] or "", Fraction(answer["unaccounted"])
    percent = f" ({two_decimals(answer['recovered_percent'])} % recovered)" if answer["recovered_percent"] else ""
    if rest > 0:
        text = f"MISSING: {grouped(answer['unaccounted'])} {unit}".rstrip() + f" is in no record{percent}"
    elif rest < 0:
        text = f"TOO MUCH: {grouped(answer['unaccounted'][1:])} {unit}".rstrip()
        text += f" more is recorded than there was{percent}"
    else:
        text = "All of it is accounted for"
    negative = [finding["part"] for finding in answer["findings"] if finding["kind"] == "negative_part"]
    if negative:
        text += (
            f"; {', '.join(PART_WORDS[name] for name in negative)} is below nothing, which is an error in the records"
        )
    how = "" if answer["tolerance_recorded"] else " (assumed: none is recorded)"
    verdict = "within" if answer["within_tolerance"] else "OUTSIDE"
    return f"{text}; {verdict} the tolerance of {answer['tolerance_percent']} %{how}."


def _kept_out(answer: dict[str, Any]) -> str:
    words = [counted(count, *KEPT_OUT[name]) for name, count in answer["kept_out"].items()]
    for finding in answer["findings"]:
        if finding["kind"] == "production_differs_from_record":
            words.append(f"production differs from the item's own record by {finding['quantity']}")
    if not words:
        return "Every record about it was counted in."
    return f"Unsure: {', '.join(words)}."


def grouped(quantity: str) -> str:
    """A decimal number with separated thousands."""
    sign, digits = ("-", quantity[1:]) if quantity.startswith("-") else ("", quantity)
    whole, point, decimals = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{decimals}"


def two_decimals(percent: str) -> str:
    """A percentage as people read it.

    >>> two_decimals("99.461786868"), two_decimals("114")
    ('99.46', '114')
    """
    return f"{float(round(Fraction(percent), 2)):.2f}".rstrip("0").rstrip(".") if "." in percent else percent
