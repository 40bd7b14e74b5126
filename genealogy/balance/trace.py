"""The mass balance of a whole trace: what went in, and where all of it is now, in the unit of what was asked for."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.balance import tolerance, within
from genealogy.balance.flow import Flows, follow, loose, there_was
from genealogy.balance.lines import cited_lines, lines_of_lots
from genealogy.balance.words import KEPT_OUT, PART_WORDS, grouped, two_decimals
from genealogy.citing import Citations
from genealogy.errors import InputError
from genealogy.measures import decimal_text
from genealogy.quantities import NANO
from genealogy.sentences import counted
from genealogy.where import NAMES, gaps, second_road, survey, text
from genealogy.where.pieces import PART, PARTS, WITH_LOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.citing import Source
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.stores.contract import Store
    from genealogy.where.survey import Survey

_MILLION = 10**6
"""Amounts of a trace are told to the millionth: they are shares of shares."""
FLOW_PARTS = ("lost_in_steps", "back_in_start")
_NOT_FOUND = "lost_in_steps"
_CONSUMED = PART["consumed"]

Row = dict[str, Any]


def answered(
    snapshot: Snapshot, evidence: Source, store: Store, asked: dict[str, str], starts: Sequence[str], as_of: int
) -> dict[str, Any]:
    """The balance of a trace, with the word of the graph on whether it knows the same records.

    ``asked`` is told the digest of each question to the store; the rest as for ``trace_balance``.
    """
    answer, found = _balanced(snapshot, evidence, starts, as_of)
    road = second_road(found, store, asked)
    said = [*answer["differences"], *road["differences"]]
    return {**answer, **road, "differences": said, "complete": not said}


def trace_balance(snapshot: Snapshot, evidence: Source, starts: Sequence[str], as_of: int) -> dict[str, Any]:
    """Where everything that was in some items is now, followed through every step that used it; from the arrays alone.

    Args:
        snapshot: of the plant.
        evidence: where facts are found again.
        starts: ids of the items, counted in one unit of measure.
        as_of: the entry whose state counts.

    Raises:
        InputError: the starts are counted in different units.
    """
    return _balanced(snapshot, evidence, starts, as_of)[0]


def _balanced(snapshot: Snapshot, evidence: Source, starts: Sequence[str], as_of: int) -> tuple[dict[str, Any], Survey]:
    reach = snapshot.reach(starts, "forward", as_of)
    found = survey(snapshot, [*starts, *reach.ids], as_of)
    numbers = found.moment.codes.find(sorted(set(starts)))
    asked_for = np.flatnonzero(np.isin(found.things, numbers[numbers >= 0]))
    measures = found.bases.texts()
    units = sorted({str(measures[start]) for start in asked_for.tolist()})
    if len(units) > 1:
        raise InputError(
            f"The items are counted in {', '.join(units)}: one balance needs one unit of measure. Ask for each by itself."
        )
    whole = there_was(found)
    unnamed = loose(found)
    flows = follow(found, asked_for, whole, unnamed)
    stages = _terminal(found, flows, whole, unnamed)
    total = sum(_exact(whole[start]) for start in asked_for.tolist())
    amounts = _rounded(stages, total)
    percent, recorded = _widest(found, asked_for)
    parts: dict[str, int] = dict.fromkeys((*PARTS, *FLOW_PARTS), 0)
    for (_, part), amount in amounts.items():
        if part != "unaccounted":
            parts[part] += amount
    rest = total - sum(parts.values())
    recovered = sum(parts.values()) - parts[_NOT_FOUND]
    answer: dict[str, Any] = {
        "starts": sorted(set(starts)),
        "item": starts[0] if len(starts) == 1 else f"{len(starts)} items",
        "as_of": as_of,
        "unit": units[0] if units and units[0] != "None" else None,
        "in": _text(total),
        "parts": {name: _text(amount) for name, amount in parts.items() if name != "consumed"},
        "unaccounted": _text(rest),
        "finished": _text(sum(amount for (stage, _), amount in amounts.items() if stage == "finished")),
        "recovered_percent": decimal_text(Fraction(recovered * 100, total)) if total else None,
        "tolerance_percent": decimal_text(percent),
        "tolerance_recorded": recorded,
        "within_tolerance": within(total, total - recovered, {}, percent) if flows.settled else None,
        "by_stage": [
            {"stage": stage or None, "part": part, "quantity": _text(amount)}
            for (stage, part), amount in sorted(amounts.items())
            if amount
        ],
    }
    citations = Citations(evidence, found.moment)
    answer["findings"] = [*_whole(answer, total - recovered), *_findings(found, citations)]
    answer["detail"] = {"steps": _steps(found, flows)}
    answer["gaps"] = gaps(found)
    answer["assumed"] = _assumed(flows)
    citations.read()
    endless = "a cycle passes on all that comes into it, or more: what is behind it has no end"
    answer["differences"] = [] if flows.settled else [endless]
    answer["complete"] = flows.settled
    answer["summary"] = _sentences(answer)
    return answer, found


def _exact(amount: float) -> int:
    return round(amount * _MILLION)


def _text(millionths: int) -> str:
    return decimal_text(Fraction(millionths, _MILLION))


def _terminal(found: Survey, flows: Flows, whole: Array, unnamed: Array) -> dict[tuple[str, str], float]:
    """What is in each part, by stage of the material; what steps consumed has gone on."""
    stages: dict[tuple[str, str], float] = defaultdict(float)
    words = found.moment.words.strings(found.found.stage)
    for lot in np.flatnonzero(~found.unit & ((flows.items != 0) | (flows.pools != 0))).tolist():
        stage, held, size = words[lot] or "", float(flows.items[lot]), float(whole[lot])
        if size <= 0:
            stages[stage, "unaccounted"] += held
            continue
        totals = found.lot_totals(lot)
        for part, amount in totals.items():
            if part != _CONSUMED:
                stages[stage, NAMES[part]] += held * (amount / NANO) / size
        stages[stage, "unaccounted"] += held * (1 - sum(totals.values()) / NANO / size)
        if flows.pools[lot]:
            for part, amount in found.holdings[lot].totals().items():
                if part != _CONSUMED and amount > 0:
                    stages[stage, NAMES[part]] += float(flows.pools[lot]) * (amount / NANO) / float(unnamed[lot])
    for unit in np.flatnonzero(found.unit & (flows.items != 0)).tolist():
        part = int(found.pieces.part[unit])
        pooled = part == PART[WITH_LOT] and unnamed[found.parent[unit]] > 0
        if part != _CONSUMED and not pooled:
            name = NAMES[part] if part >= 0 and part != PART[WITH_LOT] else "unaccounted"
            stages[words[unit] or "", name] += float(flows.items[unit])
    lost = np.where(flows.barren, 1.0, np.nan_to_num(flows.loss)) * flows.steps
    stages["", "lost_in_steps"] += float(sum(lost.tolist()))
    stages["", "back_in_start"] += flows.back
    return stages


def _rounded(stages: dict[tuple[str, str], float], total: int) -> dict[tuple[str, str], int]:
    """To the millionth; what rounding leaves over goes to the largest, so that all add up to what went in."""
    amounts = {key: _exact(value) for key, value in sorted(stages.items())}
    if amounts:
        largest = max(amounts, key=lambda key: (abs(amounts[key]), key))
        amounts[largest] += total - sum(amounts.values())
    return amounts


def _widest(found: Survey, starts: Array) -> tuple[Fraction, bool]:
    stated = [tolerance(found, start) for start in starts.tolist()]
    recorded = [percent for percent, is_recorded in stated if is_recorded]
    return (max(recorded), True) if recorded else (stated[0] if stated else (Fraction(0), False))


def _whole(answer: Row, gone: int) -> list[Row]:
    """What is missing of the whole trace, or too much in it."""
    if not gone:
        return []
    percent = decimal_text(abs(Fraction(answer["recovered_percent"]) - 100)) if answer["recovered_percent"] else None
    kind = "missing" if gone > 0 else "too_much"
    return [{"kind": kind, "item": None, "unit": answer["unit"], "quantity": _text(abs(gone)), "percent": percent}]


def _findings(found: Survey, citations: Citations) -> list[Row]:
    """Every lot of the trace whose own balance does not close, with the records that show it."""
    rows: list[Row] = []
    open_: list[int] = []
    measures = found.bases.texts()
    for lot in np.flatnonzero(~found.unit[: len(found.items)]).tolist():
        totals, supply = found.lot_totals(lot), found.supplies.get(lot)
        known = supply.there_was if supply else None
        rest = None if known is None else known - sum(totals.values())
        negative = sorted(NAMES[part] for part, amount in totals.items() if amount < 0)
        if not rest and rest is not None and not negative:
            continue
        kind = "in_unknown" if rest is None else "missing" if rest > 0 else "too_much" if rest < 0 else "negative_part"
        percent, _ = tolerance(found, lot)
        open_.append(lot)
        rows.append(
            {
                "kind": kind, "item": found.moment.codes.string(int(found.things[lot])), "unit": measures[lot],
                "in": None if known is None else text(known), "quantity": None if rest is None else text(abs(rest)),
                "percent": decimal_text(Fraction(abs(rest) * 100, known)) if rest and known else None,
                "negative_parts": negative, "within_tolerance": within(known, rest, totals, percent),
            }
        )  # fmt: skip
    for row, lot, lines in zip(rows, open_, lines_of_lots(found, np.array(open_, np.int64)), strict=True):
        row["lines"] = cited_lines(found, citations, lot, lines)
    return sorted(rows, key=lambda row: row["item"])


def _steps(found: Survey, flows: Flows) -> list[Row]:
    """Steps that lost some of it, or made more than went in, or of which nothing is recorded to have come."""
    codes, moment = flows.codes.astype(np.int32), found.moment
    chosen = np.flatnonzero((flows.steps != 0) & (flows.barren | (np.abs(np.nan_to_num(flows.loss)) > 1e-12)))
    rows, owner = moment.rows_at("steps", "step_id", codes[chosen])
    operation = dict(zip(owner.tolist(), moment.texts("steps", "operation", rows), strict=True))
    ids = moment.codes.strings(codes[chosen])
    found_rows = []
    for place, (number, step) in enumerate(zip(chosen.tolist(), ids, strict=True)):
        barren = bool(flows.barren[number])
        loss = 1.0 if barren else float(flows.loss[number])
        found_rows.append(
            {
                "step_id": step, "operation": operation.get(place), "went_in": _text(_exact(float(flows.steps[number]))),
                "yield_percent": None if barren else decimal_text(Fraction(round((1 - loss) * 10**8), 10**6)),
                "lost": _text(_exact(loss * float(flows.steps[number]))), "product_recorded": not barren,
            }
        )  # fmt: skip
    return sorted(found_rows, key=lambda row: row["step_id"])


def _assumed(flows: Flows) -> list[str]:
    """What was assumed on the way, in words."""
    unknown = int((np.isnan(flows.loss) & ~flows.barren & (flows.steps != 0)).sum())
    said = ["what a lot holds is spread evenly over it", "a step passes on what went in, in proportion to quantity"]
    if unknown:
        said.append(f"{unknown} steps whose quantities do not convert to one unit are taken to have lost nothing")
    if even := int((flows.even & (flows.steps != 0)).sum()):
        said.append(f"{even} of these made several things, taken to hold equal shares")
    return said


def _sentences(answer: dict[str, Any]) -> list[str]:
    if not answer["starts"]:
        return ["Nothing that was made or received is selected, so there is nothing to balance."]
    unit = answer["unit"] or ""
    told = [f"{grouped(q)} {PART_WORDS[name]}" for name, q in answer["parts"].items() if Fraction(q) != 0]
    first = (
        f"Of {grouped(answer['in'])} {unit} of {answer['item']}, {grouped(answer['finished'])} is in finished goods; "
    )
    first += f"in all: {', '.join(told)}." if told else "nothing is recorded to be anywhere."
    wrong = sum(finding["item"] is not None for finding in answer["findings"])
    third = (
        f"{wrong} of its lots do not balance by themselves." if wrong else "Every lot of the trace balances by itself."
    )
    kept_out = [counted(gap["count"], *KEPT_OUT[name]) for name, gap in answer["gaps"].items() if gap["count"]]
    if kept_out:
        third += f" Unsure: {', '.join(kept_out)}; what they took along is not followed."
    return [first, _closing(answer), third]


def _closing(answer: Row) -> str:
    unit, lost = answer["unit"] or "", Fraction(answer["parts"]["lost_in_steps"])
    said = []
    if lost > 0:
        said.append(f"{grouped(decimal_text(lost))} {unit} went into steps and is in nothing that they made")
    elif lost < 0:
        said.append(f"steps made {grouped(decimal_text(-lost))} {unit} more than went into them")
    rest = Fraction(answer["unaccounted"])
    if rest:
        what = "is in no record" if rest > 0 else "more is recorded of lots than there was of them"
        said.append(f"{grouped(decimal_text(abs(rest)))} {unit} {what}")
    text = "; ".join(said) or "all of it is accounted for"
    percent = f" ({two_decimals(answer['recovered_percent'])} % recovered)" if answer["recovered_percent"] else ""
    how = "" if answer["tolerance_recorded"] else " (assumed: none is recorded)"
    verdict = "within" if answer["within_tolerance"] else "OUTSIDE"
    return f"{text[0].upper()}{text[1:]}{percent}; {verdict} the tolerance of {answer['tolerance_percent']} %{how}."
