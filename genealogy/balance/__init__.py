"""The mass balance of an item: what there was of it, where all of it is, what is missing or too much, and by which records.

What the words mean stands in docs/answers.md, "Mass balance".
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.balance.lines import cited_lines
from genealogy.balance.words import summary
from genealogy.citing import Citations
from genealogy.errors import InputError
from genealogy.measures import decimal_text
from genealogy.quantities import NANO, exact
from genealogy.where import NAMES, parties, places, second_road, survey, text, unit_row
from genealogy.where.lines import CONSUMED, OK
from genealogy.where.pieces import PART, PARTS, WITH_LOT
from genealogy.where.survey import Supply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.citing import Source
    from genealogy.snapshot import Snapshot
    from genealogy.stores.contract import Store
    from genealogy.where.survey import Survey

DEFAULT_TOLERANCE = Fraction(0)
"""Percent, where a material states no tolerance: then every difference is one. An answer says that it was assumed."""

Row = dict[str, Any]


def answered(
    snapshot: Snapshot, evidence: Source, store: Store, asked: dict[str, str], items: Sequence[str], as_of: int
) -> dict[str, Any]:
    """The balance of an item, or of several together, with the word of the graph on whether it knows the same records.

    ``asked`` is told the digest of each question to the store; the rest as for ``balance``.

    Raises:
        InputError: several items are counted in different units of measure.
    """
    if len(items) == 1:
        found = survey(snapshot, items, as_of)
        return {**of_survey(found, evidence, items[0]), **second_road(found, store, asked)}
    answer = combined([balance(snapshot, evidence, item, as_of) for item in items])
    return {**answer, **second_road(survey(snapshot, items, as_of), store, asked)}


def balance(snapshot: Snapshot, evidence: Source, item: str, as_of: int) -> dict[str, Any]:
    """The balance of one item as of an entry, from the arrays alone.

    Args:
        snapshot: of the plant.
        evidence: where facts are found again.
        item: its id; one that no fact names has no quantity and no parts.
        as_of: the entry whose state counts.
    """
    return of_survey(survey(snapshot, [item], as_of), evidence, item)


def of_survey(found: Survey, evidence: Source, item: str) -> dict[str, Any]:
    """The balance of the one item of a survey."""
    if not len(found.items):
        return _composed(item, found, None, {}, Citations(evidence, found.moment))
    citations = Citations(evidence, found.moment)
    if found.unit[0]:
        part = int(found.pieces.part[0])
        return _composed(item, found, Supply(serialised=NANO), {part: NANO} if part >= 0 else {}, citations)
    return _composed(item, found, found.supplies.get(0), found.lot_totals(0), citations)


def combined(each: list[dict[str, Any]]) -> dict[str, Any]:
    """The balances of several items (the receipts of one supplier's lot) as one; ``items`` holds what each adds.

    Raises:
        InputError: they are counted in different units of measure.
    """
    units = sorted({answer["unit"] or "" for answer in each})
    if len(units) > 1:
        raise InputError(
            f"The items are counted in {', '.join(units)}: one balance needs one unit of measure. Ask for each by itself."
        )
    names = list(dict.fromkeys(name for answer in each for name in answer["parts"]))
    parts = {name: sum((Fraction(answer["parts"].get(name, 0)) for answer in each), Fraction(0)) for name in names}
    known = all(answer["in"] is not None for answer in each)
    total = sum((Fraction(answer["in"]) for answer in each), Fraction(0)) if known else None
    percents = [Fraction(answer["tolerance_percent"]) for answer in each if answer["tolerance_recorded"]]
    percent = max(percents, default=DEFAULT_TOLERANCE)
    whole = None if total is None else round(total * NANO)
    amounts = {number: round(amount * NANO) for number, amount in enumerate(parts.values())}
    rest = None if whole is None else whole - sum(amounts.values())
    answer: dict[str, Any] = {
        **dict.fromkeys(("item", "kind", "as_of", "material_id", "unit", "in", "in_from", "produced", "recorded")),
        "item": [answer["item"] for answer in each], "as_of": each[0]["as_of"], "unit": units[0] or None,
        **{name: _same(each, name) for name in ("kind", "material_id", "in_from")},
        "in": _text(whole), "parts": {name: decimal_text(amount) for name, amount in parts.items()},
        "unaccounted": _text(rest), "recovered_percent": _percent(sum(amounts.values()), whole),
        "tolerance_percent": decimal_text(percent), "tolerance_recorded": bool(percents),
        "within_tolerance": within(whole, rest, amounts, percent),
    }  # fmt: skip
    answer["findings"] = [*findings(answer, None), *({**f, "item": a["item"]} for a in each for f in a["findings"])]
    answer["detail"] = {
        name: [{**row, "item_id": a["item"]} for a in each for row in a["detail"].get(name, ())]
        for name in ("places", "parties", "steps")
    }
    answer["kept_out"] = {}
    for a in each:
        for name, count in a["kept_out"].items():
            answer["kept_out"][name] = answer["kept_out"].get(name, 0) + count
    answer["items"] = [
        {name: a[name] for name in ("item", "in", "parts", "unaccounted", "within_tolerance")} for a in each
    ]
    answer["lines"] = [{**line, "item_id": a["item"]} for a in each for line in a["lines"]]
    answer["summary"] = summary(answer)
    return answer


def _same(each: list[dict[str, Any]], name: str) -> Any:
    values = [answer[name] for answer in each]
    return values[0] if all(value == values[0] for value in values) else None


def _composed(
    item: str, found: Survey, supply: Supply | None, amounts: dict[int, int], citations: Citations
) -> dict[str, Any]:
    known = len(found.items) > 0
    unit = known and bool(found.unit[0])
    there_was = supply.there_was if supply else None
    unaccounted = None if there_was is None else there_was - sum(amounts.values())
    percent, recorded = tolerance(found, 0) if known else (DEFAULT_TOLERANCE, False)
    names = (*PARTS, WITH_LOT) if unit else PARTS
    answer: dict[str, Any] = {
        "item": item,
        "kind": "unit" if unit else "lot" if known and found.found.lot[0] >= 0 else "unknown",
        "as_of": found.moment.as_of,
        "material_id": _material(found) if known else None,
        "unit": found.bases.texts()[0] if known else None,
        "in": None if there_was is None else text(there_was),
        "in_from": supply.source if supply else None,
        "produced": _text(supply.produced if supply else None),
        "recorded": _text(supply.recorded if supply else None),
        "parts": {name: text(amounts.get(PART[name], 0)) for name in names},
        "unaccounted": None if unaccounted is None else text(unaccounted),
        "recovered_percent": _percent(sum(amounts.values()), there_was),
        "tolerance_percent": decimal_text(percent),
        "tolerance_recorded": recorded,
        "within_tolerance": within(there_was, unaccounted, amounts, percent),
    }
    answer["findings"] = findings(answer, supply)
    answer["detail"] = _detail(found, unit=unit) if known else {"places": [], "parties": [], "steps": []}
    answer["kept_out"] = _kept_out(found) if known else {}
    answer["lines"] = cited_lines(found, citations) if known else []
    citations.read()
    answer["summary"] = summary(answer)
    return answer


def tolerance(found: Survey, thing: int) -> tuple[Fraction, bool]:
    """The tolerance of an item's material in percent, and whether it is recorded (else it is assumed)."""
    row = found.moment.material_rows.get(int(found.found.material[thing]))
    word = -1 if row is None else int(found.moment.column("materials", "tolerance_percent")[row])
    if word < 0:
        return DEFAULT_TOLERANCE, False
    try:
        return abs(exact(found.moment.words.string(word))), True
    except ValueError:
        return DEFAULT_TOLERANCE, False


def within(there_was: int | None, unaccounted: int | None, amounts: dict[int, int], percent: Fraction) -> bool | None:
    """Whether the balance closes: None where nobody knows how much there was; never with a part below nothing."""
    if there_was is None or unaccounted is None:
        return None
    return abs(unaccounted) * 100 <= percent * there_was and all(amount >= 0 for amount in amounts.values())


def findings(answer: dict[str, Any], supply: Supply | None) -> list[Row]:
    """What is wrong, named: missing, too much, a part below nothing, records that differ."""
    found: list[Row] = []
    if answer["unaccounted"] is None:
        found.append({"kind": "in_unknown"})
    else:
        rest, total = Fraction(answer["unaccounted"]), Fraction(answer["in"])
        if rest:
            percent = decimal_text(abs(rest) * 100 / total) if total else None
            kind = "missing" if rest > 0 else "too_much"
            found.append({"kind": kind, "quantity": decimal_text(abs(rest)), "percent": percent})
    negative = [
        {"kind": "negative_part", "part": n, "quantity": q} for n, q in answer["parts"].items() if q.startswith("-")
    ]
    found += negative
    if supply and supply.produced is not None and supply.recorded is not None and supply.produced != supply.recorded:
        difference = text(supply.produced - supply.recorded)
        found.append({"kind": "production_differs_from_record", "quantity": difference})
    if supply and supply.unclear:
        found.append({"kind": "production_not_added_up", "count": supply.unclear})
    return found


def _detail(found: Survey, *, unit: bool) -> Row:
    """Places and parties, the steps that consumed it, what was disposed of and why; of a unit, its lot's loose pieces."""
    if not unit:
        here, there = places(found, 0), parties(found, 0)
        detail: Row = {"places": here, "parties": there, "steps": _steps(found), "units": _units(found)}
    else:
        row = unit_row(found, 0)
        detail = {"places": row["places"], "parties": row["parties"], "steps": _steps(found), "lot": _lot(found)}
    for each in detail["places"]:
        number = _word(found, each["place_id"])
        each["name"] = found.names.place(number)["name"] if number >= 0 else None
    for each in detail["parties"]:
        each |= {k: v for k, v in found.names.party(_word(found, each["party_id"])).items() if k != "party_id"}
    return detail


def _word(found: Survey, word: str | None) -> int:
    return -1 if word is None else int(found.moment.words.find([word])[0])


def _lot(found: Survey) -> Row | None:
    """Where the pieces of a unit's lot are that no record names by serial; a unit with its lot is one of them."""
    lot = int(found.parent[0])
    if lot < 0:
        return None
    totals = found.holdings[lot].totals() if lot in found.holdings else {}
    return {
        "item_id": found.moment.codes.string(int(found.things[lot])), "unit": found.bases.texts()[lot],
        "parts": {NAMES[part]: text(totals[part]) for part in sorted(totals) if totals[part]},
        "places": places(found, lot, loose=True), "parties": parties(found, lot, loose=True),
    }  # fmt: skip


def _units(found: Survey) -> Row:
    """How many units were serialised from a lot, and in how many of which state they are."""
    members = found.members.get(0, np.zeros(0, np.int64))
    numbers, counts = np.unique(found.pieces.part[members], return_counts=True)
    states = zip(numbers.tolist(), counts.tolist(), strict=True)
    return {"count": len(members), "states": {NAMES[n] if n >= 0 else "unaccounted": count for n, count in states}}


def _steps(found: Survey) -> list[Row]:
    """How much each step consumed of the item; with its units."""
    lines, moment = found.lines, found.moment
    mine = _own(found) & (lines.kind == CONSUMED) & (lines.known == OK)
    amounts: dict[int, int] = {}
    for line in np.flatnonzero(mine).tolist():
        thing = int(lines.thing[line])
        if found.unit[thing] and int(found.pieces.line[thing]) != line:
            continue  # used by a step, and somewhere else since
        one = int(found.bases.pieces(np.array([0]))[0]) if found.unit[thing] and thing else int(lines.amount[line])
        step = int(lines.step[line])
        amounts[step] = amounts.get(step, 0) + max(one, 0)
    rows, owner = moment.rows_at("steps", "step_id", np.array(sorted(amounts), np.int32))
    operations = moment.texts("steps", "operation", rows)
    named = dict(zip(np.array(sorted(amounts))[owner].tolist() if amounts else [], operations, strict=True))
    found_rows = [
        {"step_id": moment.codes.string(step), "operation": named.get(step), "quantity": text(amount)}
        for step, amount in amounts.items()
    ]
    return sorted(found_rows, key=lambda row: row["step_id"])


def _own(found: Survey) -> Any:
    """Which lines are about the item or, where it is a lot, about its units."""
    things = found.lines.thing
    return things == 0 if found.unit[0] else (things == 0) | (found.parent[things] == 0)


def _kept_out(found: Survey) -> dict[str, int]:
    """Lines whose quantity could not be counted in, by why; units of a lot that is counted in something else."""
    names = ("no_quantity", "not_convertible", "shared_container")
    lines = found.lines
    gaps = {name: int(((lines.thing == 0) & (lines.known == how)).sum()) for how, name in enumerate(names, start=1)}
    apart = 0 if found.unit[0] or int(found.bases.pieces(np.array([0]))[0]) >= 0 else len(found.members.get(0, ()))
    return {name: count for name, count in {**gaps, "units_not_convertible": apart}.items() if count}


def _material(found: Survey) -> str | None:
    material = int(found.found.material[0])
    return found.moment.words.string(material) if material >= 0 else None


def _text(amount: int | None) -> str | None:
    return None if amount is None else text(amount)


def _percent(part: int, whole: int | None) -> str | None:
    return decimal_text(Fraction(part * 100, whole)) if whole else None
