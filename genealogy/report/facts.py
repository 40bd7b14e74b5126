"""Single statements for the forms: amounts in sum, the reason of the recall as it was recorded, who we are."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from genealogy.measures import decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.report.content import Cell
    from genealogy.report.records import Affected


_PIECE = "H87"
"""How a serialised unit is counted (UN/ECE Rec 20: piece)."""


def single_facts(affected: Affected, answer: dict[str, Any]) -> dict[str, str | None]:
    """Statements by name; None where nothing is recorded. Amounts are numbers with their unit, in no language."""
    reason, when = _reason(affected)
    return {
        "amount_produced": _produced(answer),
        "reason": reason,
        "discovered_at": when,
        **{f"own_{name}": _own(affected, name) for name in ("name", "address", "phone")},
    }


def summed(amounts: Iterable[tuple[Cell, Cell]]) -> str | None:
    """Amounts by unit, as recorded; ``≥`` where some are not recorded. None of no amounts.

    >>> summed([("1", "H87"), ("2.5", "kg"), ("1", "H87")]), summed([("1", "H87"), (None, None)])
    ('2 H87 + 2.5 kg', '≥ 1 H87')
    """
    sums: dict[str, Fraction] = defaultdict(Fraction)
    unknown = False
    for quantity, unit in amounts:
        if quantity is None:
            unknown = True
        else:
            sums[str(unit or "")] += Fraction(str(quantity))
    if not sums:
        return None
    text = " + ".join(f"{decimal_text(sums[unit])} {unit}".strip() for unit in sorted(sums))
    return f"≥ {text}" if unknown else text


def _produced(answer: dict[str, Any]) -> str | None:
    amounts: list[tuple[Cell, Cell]] = [(q["quantity"], q["unit"]) for q in answer["finished_quantity"]]
    if answer["finished_units"]:
        amounts.append((str(answer["finished_units"]), _PIECE))
    return summed(amounts)


def _reason(affected: Affected) -> tuple[str | None, str | None]:
    """Why the first of the starts was held, rejected or recalled, and when: the last decision on one with a reason."""
    numbers = affected.numbers[: affected.starts]
    rows, _ = affected.moment.rows_of("decisions", "item_id", numbers[numbers >= 0])
    if not len(rows):
        return None, None
    statuses, reasons = (affected.words("decisions", name, rows) for name in ("status", "reason"))
    times = affected.times("decisions", "at", rows)
    bad = [
        (when or "", why)
        for when, status, why in zip(times, statuses, reasons, strict=True)
        if why is not None and status in ("held", "rejected", "recalled", "quarantine")
    ]
    when, why = max(bad, default=("", None))
    return why, when or None


def _own(affected: Affected, name: str) -> str | None:
    found = [text for party in affected.own() if (text := affected.party(party).get(name))]
    return "; ".join(dict.fromkeys(found)) or None
