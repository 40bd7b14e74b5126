"""From what both roads found to the answer: which items, how sure, how many finished units, who has them, what is unsure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.answer import TIERS
from genealogy.measures import Measures, decimal_text, total
from genealogy.reach import Descriptions, Reach, Shipments, Texts
from genealogy.snapshot.index import counted
from genealogy.units import EACH, normal_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from genealogy.reach import Description, Numbers

Amounts = list[tuple[str | None, str | None]]
"""Quantity and unit, as recorded, of each production row of a lot."""

_TIERS = pa.array(TIERS, pa.large_string())


@dataclass
class Findings:
    """What one road found for a scope.

    Attributes:
        reach: the items reached from the starts.
        ids: the starts, then each reached item.
        described: what the records say of each of them.
        shipped: the shipment lines that hold, or may hold, one of them.
    """

    reach: Reach
    ids: Sequence[str]
    described: Descriptions
    shipped: Shipments | None = None


@dataclass(frozen=True)
class Party:
    """A party as recorded: name, roles, country."""

    name: str | None
    roles: tuple[str, ...]
    country: str | None


def nearest_first(reach: Reach) -> Numbers:
    """The reached items nearest first, then by id: their places in the reach."""
    return np.argsort(np.array(reach.depth, np.int64), kind="stable")  # they stand in the order of ids already


def item_rows(findings: Findings, *, tiers: bool, chosen: Numbers | None = None) -> list[dict[str, Any]]:
    """The reached items, nearest first, then by id; ``chosen``: only these places of the reach, in this order."""
    reach, described = findings.reach, findings.described
    order = nearest_first(reach) if chosen is None else chosen
    reached = order + (len(findings.ids) - len(reach.ids))
    columns: list[list[Any]] = [
        [findings.ids[place] for place in reached.tolist()],
        described.kind.at(reached).texts(),
        described.stage.at(reached).texts(),
        np.array(reach.depth, np.int64)[order].tolist(),
    ]
    if not tiers:
        return [dict(zip(("id", "kind", "stage", "depth"), row, strict=True)) for row in zip(*columns, strict=True)]
    columns.append(Texts(np.array(reach.tier, np.int64)[order], _TIERS).texts())
    return [
        {"id": item, "kind": kind, "stage": stage, "depth": depth, "tier": tier}
        for item, kind, stage, depth, tier in zip(*columns, strict=True)
    ]


def start_rows(findings: Findings) -> list[dict[str, Any]]:
    """What was asked about, as rows like those of the reached items: it is affected, and may be finished itself."""
    starts = np.arange(len(findings.ids) - len(findings.reach.ids))
    kinds, stages = findings.described.kind.at(starts).texts(), findings.described.stage.at(starts).texts()
    return [
        {"id": item, "kind": kind, "stage": stage, "depth": 0, "tier": "start"}
        for item, kind, stage in zip(findings.ids[: len(starts)], kinds, stages, strict=True)
    ]


def affected_rows(answer: dict[str, Any], part: str) -> Iterator[dict[str, Any]]:
    """The rows of one part of a scope: finished units, what is no unit, or everything; what was asked about first."""
    rows = chain(answer["start_items"], answer["items"])
    if part == "units":
        return (row for row in rows if row["kind"] == "unit" and row["stage"] == "finished")
    return (row for row in rows if row["kind"] != "unit") if part == "lots" else rows


@dataclass(frozen=True)
class Finished:
    """The finished things among those described, by their places.

    Attributes:
        units: with serial numbers.
        lots: of any kind.
        loose: lots that no unit in the scope was serialised from. A lot in a scope brings all its units with it, so these
            have none at all.
        serialised: how many units in the scope were serialised from each lot.
    """

    units: Numbers
    lots: Numbers
    loose: Numbers
    serialised: Mapping[str | None, int]


def finished(findings: Findings) -> Finished:
    """Finished units and lots."""
    described = findings.described
    unit, done = described.kind.where("unit"), described.stage.where("finished")
    lots = np.flatnonzero(done & described.kind.where("lot"))
    words, place = described.lot_id.at(np.flatnonzero(unit)).distinct()
    counts: dict[str | None, int] = {}
    for word, count in zip(words, np.bincount(place, minlength=len(words)).tolist(), strict=True):
        counts[word] = counts.get(word, 0) + count
    loose = [place for place in lots.tolist() if findings.ids[place] not in counts]
    return Finished(np.flatnonzero(unit & done), lots, np.array(loose, np.int64), counts)


def by_tier(findings: Findings, found: Finished) -> dict[str, dict[str, int]]:
    """Finished units, finished lots and items of any sort at each tier.

    ``start`` counts what was asked about, which has no tier; so each column adds up to the whole scope, starts included.
    """
    tier = np.full(len(findings.ids), -1, np.int64)
    tier[len(findings.ids) - len(findings.reach.ids) :] = findings.reach.tier
    return {
        name: {
            "finished_units": int((tier[found.units] == number).sum()),
            "finished_lots": int((tier[found.lots] == number).sum()),
            "items": int((tier == number).sum()),
        }
        for number, name in ((-1, "start"), *enumerate(TIERS))
    }


def rests(findings: Findings, found: Finished, measures: Measures) -> list[tuple[str, Fraction]]:
    """What finished lots hold beside their serialised units, by lots counted in pieces whose record says more than these."""
    described, rest = findings.described, []
    columns = (described.quantity, described.unit, described.material_id)
    # Lots of one material have the same few quantities again and again.
    known: dict[tuple[Any, ...], tuple[str, Fraction] | None] = {}
    for place, *said in zip(found.lots.tolist(), *(column.at(found.lots).texts() for column in columns), strict=True):
        units = found.serialised.get(findings.ids[place])
        if units is None or said[0] is None:
            continue
        key = (*said, units)
        if key not in known:
            unit, amount = measures.amount(*said)
            pieces = unit is not None and normal_unit(measures.unit_aliases.get(unit, unit)) == EACH
            known[key] = (unit, amount - units) if unit is not None and pieces and amount > units else None
        if (more := known[key]) is not None:
            rest.append(more)
    return rest


def quantities(
    lots: Sequence[Description],
    produced: Sequence[Amounts],
    measures: Measures,
    rests: Sequence[tuple[str, Fraction]] = (),
) -> list[dict[str, Any]]:
    """Quantity without serials, by unit.

    Of lots without units: what was produced where that is recorded whole, else what the lot's own record says. ``rests``
    are what partly serialised lots hold beside their units.
    """
    amounts = []
    for known, made in zip(lots, produced, strict=True):
        stated = [(known.quantity, known.unit)] if known.quantity is not None else []
        # A production row without a quantity leaves the sum of the others below what was made.
        whole = bool(made) and all(quantity is not None for quantity, _ in made)
        recorded = made if whole or not stated else stated
        amounts += [measures.amount(q, unit, known.material_id) for q, unit in recorded if q is not None]
    sums = total([*amounts, *rests])
    return [{"unit": unit, "quantity": decimal_text(sums[unit])} for unit in sorted(sums, key=lambda u: u or "")]


def consignees(findings: Findings, parties: dict[str, Party], measures: Measures) -> list[dict[str, Any]]:
    """Everyone outside our own firm that something affected was shipped to, proven and possible apart, by unit."""
    shipped = findings.shipped
    if shipped is None or not len(shipped):
        return []
    columns = [shipped.consignee, shipped.certainty, shipped.quantity, shipped.unit, _materials(findings, shipped)]
    first, times = counted(*(column.numbers for column in columns))
    kinds = [column.at(first).texts() for column in columns]
    counts = Counter[Any]()
    for kind, count in zip(zip(*kinds, strict=True), times.tolist(), strict=True):
        counts[kind] += count
    sums: dict[tuple[str, str, str | None], Fraction | None] = {}
    for (consignee, certainty, quantity, recorded, material), count in counts.items():
        party = parties.get(consignee)
        if party is not None and "own" in party.roles:
            continue
        if quantity is None:
            sums.setdefault((consignee, certainty, None), None)
            continue
        unit, amount = measures.amount(quantity, recorded, material)
        key = (consignee, certainty, unit)
        sums[key] = (sums.get(key) or Fraction(0)) + amount * count
    rows = []
    for (party_id, certainty, unit), amount_ in sums.items():
        party = parties.get(party_id)
        rows.append(
            {
                "party_id": party_id,
                "name": party.name if party else None,
                "role": "|".join(party.roles) if party else None,
                "country": party.country if party else None,
                "unit": unit,
                "quantity": None if amount_ is None else decimal_text(amount_),
                "certainty": certainty,
            }
        )
    rows.sort(key=lambda row: (row["certainty"] != "proven", row["party_id"], row["unit"] or ""))
    return rows


def _materials(findings: Findings, shipped: Shipments) -> Texts:
    """What was shipped on each line, where that is known."""
    described = findings.described
    words, place = described.material_id.distinct()
    # Far fewer things are named on lines than are affected, and the table of what is looked for is what costs.
    named = shipped.item.array().dictionary_encode()
    found = pc.index_in(pa.array(findings.ids, pa.large_string()), named.dictionary)
    first = np.full(len(named.dictionary) + 1, -1, np.int64)  # the last is for lines that name nothing
    known = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))[::-1]
    first[found.take(pa.array(known)).to_numpy()] = known
    at = first[named.indices.fill_null(-1).to_numpy()]
    numbers = np.where(at >= 0, place[at], -1)
    # The material of a lot that is not affected itself is that of its units here: they are why its line counts.
    others = np.flatnonzero(at < 0)
    if len(others):
        of_lots = dict(zip(described.lot_id.texts(), place.tolist(), strict=True))
        numbers[others] = [of_lots.get(lot, -1) if lot else -1 for lot in shipped.item.at(others).texts()]
    return Texts(numbers, pa.array(words, pa.large_string()))


def reach_difference(first: Reach, second: Reach) -> list[str]:
    """What the graph (first) and the arrays (second) reach differently, in words; empty where they agree."""
    if first == second:
        return []
    found = []
    one, other = (dict(zip(r.ids, zip(r.depth, r.tier, strict=True), strict=True)) for r in (first, second))
    for name, extra in (("the graph", one.keys() - other.keys()), ("the arrays", other.keys() - one.keys())):
        if extra:
            found.append(f"{len(extra)} items are reached by {name} only: {', '.join(sorted(extra)[:5])}")
    changed = sorted(item for item in one.keys() & other.keys() if one[item] != other[item])
    if changed:
        item = changed[0]
        found.append(f"{len(changed)} items differ in depth or tier: {item} {one[item]} against {other[item]}")
    return found


def difference(first: Findings, second: Findings) -> list[str]:
    """What the two roads say differently, in words; empty where they agree."""
    found = reach_difference(first.reach, second.reach)
    if first.reach.cycles != second.reach.cycles:
        found.append(f"starts on a cycle differ: {first.reach.cycles[:5]} against {second.reach.cycles[:5]}")
    if first.described is not second.described and not first.described.equals(second.described):
        rows = zip(first.ids, first.described.rows(), second.described.rows(), strict=True)
        different = sorted((item, one, other) for item, one, other in rows if one != other)
        item, one, other = different[0]
        found.append(f"{len(different)} items are described differently: {item} {one} against {other}")
    if (
        not found
        and first.shipped is not None
        and second.shipped is not None
        and first.shipped is not second.shipped
        and not first.shipped.equals(second.shipped)
    ):
        lines = set(first.shipped.rows()) ^ set(second.shipped.rows())
        only = sorted({(line.shipment_id, line.item) for line in lines})
        found.append(f"{len(only)} shipment lines differ: {only[:3]}")
    return found


def union(first: Findings, second: Findings) -> Findings:
    """Everything that either road found: with the lesser depth and the better tier, since neither may hide an item."""
    merged: dict[str, tuple[int, int]] = {}
    for reach in (first.reach, second.reach):
        for item, depth, tier in zip(reach.ids, reach.depth, reach.tier, strict=True):
            known = merged.get(item, (depth, tier))
            merged[item] = (min(known[0], depth), min(known[1], tier))
    ids = sorted(merged)
    described = {
        item: known for each in (second, first) for item, known in zip(each.ids, each.described.rows(), strict=True)
    }
    lines = {line for each in (first, second) if each.shipped is not None for line in each.shipped.rows()}
    return Findings(
        Reach(
            ids,
            [merged[i][0] for i in ids],
            [merged[i][1] for i in ids],
            sorted({*first.reach.cycles, *second.reach.cycles}),
        ),
        first.ids,
        Descriptions.of([described[item] for item in first.ids]),
        Shipments.of(list(lines)),
    )
