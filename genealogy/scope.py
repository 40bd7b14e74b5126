"""From what both roads found to the answer: which items, how sure, how many finished units, who has them, what is unsure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from genealogy.answer import TIERS
from genealogy.measures import Measures, decimal_text, total
from genealogy.reach import Description, Reach, Shipped
from genealogy.units import EACH, normal_unit

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Findings:
    """What one road found for a scope.

    Attributes:
        reach: the items reached from the starts.
        described: what the records say of each start, then of each reached item.
        shipped: the shipment lines that hold, or may hold, one of them.
    """

    reach: Reach
    described: dict[str, Description]
    shipped: list[Shipped] = field(default_factory=list)


@dataclass(frozen=True)
class Party:
    """A party as recorded: name, roles, country."""

    name: str | None
    roles: tuple[str, ...]
    country: str | None


def item_rows(findings: Findings, *, tiers: bool) -> list[dict[str, Any]]:
    """The reached items, nearest first, then by id."""
    reach = findings.reach
    rows = []
    for item, depth, tier in zip(reach.ids, reach.depth, reach.tier, strict=True):
        described = findings.described[item]
        row: dict[str, Any] = {"id": item, "kind": described.kind, "stage": described.stage, "depth": depth}
        if tiers:
            row["tier"] = TIERS[tier]
        rows.append(row)
    rows.sort(key=lambda row: (row["depth"], row["id"]))
    return rows


def finished(described: dict[str, Description]) -> tuple[list[str], list[str], list[str]]:
    """Finished units, finished lots, and those of the lots that no unit in the scope was serialised from.

    A lot in a scope brings all its units with it, so a lot without a unit here has none at all.
    """
    units = [i for i, d in described.items() if d.kind == "unit" and d.stage == "finished"]
    lots = [i for i, d in described.items() if d.kind == "lot" and d.stage == "finished"]
    serialised = {d.lot_id for d in described.values() if d.kind == "unit"}
    return units, lots, [lot for lot in lots if lot not in serialised]


def rests(described: dict[str, Description], measures: Measures) -> list[tuple[str, Fraction]]:
    """What finished lots hold beside their serialised units, by lots counted in pieces whose record says more than these."""
    counts = Counter(d.lot_id for d in described.values() if d.kind == "unit" and d.lot_id)
    found = []
    for lot, units in counts.items():
        known = described.get(lot)
        if known is None or known.kind != "lot" or known.stage != "finished" or known.quantity is None:
            continue
        unit, amount = measures.amount(known.quantity, known.unit, known.material_id)
        if unit is not None and normal_unit(measures.unit_aliases.get(unit, unit)) == EACH and amount > units:
            found.append((unit, amount - units))
    return found


def quantities(
    lots: Sequence[str],
    described: dict[str, Description],
    produced: dict[str, list[tuple[str | None, str | None]]],
    measures: Measures,
    rests: Sequence[tuple[str, Fraction]] = (),
) -> list[dict[str, Any]]:
    """Quantity without serials, by unit.

    Of lots without units: what was produced where that is recorded whole, else what the lot's own record says. ``rests``
    are what partly serialised lots hold beside their units.
    """
    amounts = []
    for lot in lots:
        known = described[lot]
        stated = [(known.quantity, known.unit)] if known.quantity is not None else []
        made = produced.get(lot, [])
        # A production row without a quantity leaves the sum of the others below what was made.
        whole = bool(made) and all(quantity is not None for quantity, _ in made)
        recorded = made if whole or not stated else stated
        amounts += [measures.amount(q, unit, known.material_id) for q, unit in recorded if q is not None]
    sums = total([*amounts, *rests])
    return [{"unit": unit, "quantity": decimal_text(sums[unit])} for unit in sorted(sums, key=lambda u: u or "")]


def consignees(
    shipped: Sequence[Shipped],
    described: dict[str, Description],
    parties: dict[str, Party],
    measures: Measures,
) -> list[dict[str, Any]]:
    """Everyone outside our own firm that something affected was shipped to, proven and possible apart, by unit."""
    # The material of a lot that is not affected itself is that of its units here: they are why its line counts.
    of_lots = {d.lot_id: d.material_id for d in described.values() if d.lot_id}
    counts: Counter[tuple[str, str, str | None, str | None, str | None]] = Counter()
    for line in shipped:
        known = described.get(line.item)
        material = known.material_id if known else of_lots.get(line.item)
        counts[line.consignee, line.certainty, line.quantity, line.unit, material] += 1
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


def _reach_difference(first: Reach, second: Reach) -> list[str]:
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
    found = [] if first.reach == second.reach else _reach_difference(first.reach, second.reach)
    if first.reach.cycles != second.reach.cycles:
        found.append(f"starts on a cycle differ: {first.reach.cycles[:5]} against {second.reach.cycles[:5]}")
    described = []
    if first.described is not second.described and first.described != second.described:
        common = first.described.keys() & second.described.keys()
        described = sorted(item for item in common if first.described[item] != second.described[item])
    if described:
        item = described[0]
        found.append(
            f"{len(described)} items are described differently: {item} {first.described[item]} against {second.described[item]}"
        )
    if not found and first.shipped != second.shipped:
        only = sorted({(s.shipment_id, s.item) for s in set(first.shipped) ^ set(second.shipped)})
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
    return Findings(
        Reach(
            ids,
            [merged[i][0] for i in ids],
            [merged[i][1] for i in ids],
            sorted({*first.reach.cycles, *second.reach.cycles}),
        ),
        {**second.described, **first.described},
        sorted({*first.shipped, *second.shipped}, key=lambda s: (s.shipment_id, s.line_no or "", s.item, s.certainty)),
    )
