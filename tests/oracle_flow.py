"""What of some items is in everything behind them, by linear algebra: one dense system for a small plant.

It shares no code with the product: parts come from ``WhereOracle``, and the system is solved whole, not followed.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
from oracle_where import SAME, WhereOracle


def step_unit(oracle: WhereOracle, step: str) -> tuple[list[Any], list[Any], str | None]:
    """The rows of a step as (item, amount in its unit or None), and that unit."""
    known = oracle.known
    sides = []
    for table in ("consumption", "production"):
        rows = [r for r in known.facts[table] if r["step_id"] == step]
        sides.append([(known.item(str(r["item_id"])), r) for r in rows])
    wanted = {(oracle.material(i), r["unit"]) for side in sides for i, r in side}
    pieces_serve = not len({oracle.material(item) for item, _ in sides[0]}) > 1
    candidates: list[list[str]] = []
    for side in (sides[1], sides[0]):
        bases = {oracle.bases.get(oracle.material(i) or "") or r["unit"] for i, r in side}
        candidates.append(sorted(str(b) for b in bases if b))
    materials = {oracle.material(i) for side in sides for i, _ in side}
    candidates.append(
        sorted(
            {
                str(r[name])
                for r in known.facts["conversions"]
                if known.means("material", str(r["material_id"])) in materials
                for name in ("from_unit", "to_unit")
            }
        )
    )
    for unit in [u for each in candidates for u in each]:
        if SAME[unit] == "each" and not pieces_serve:
            continue
        if all(told is not None and factor(oracle, told, material, unit) is not None for material, told in wanted):
            told_sides = [[(i, _amount(oracle, i, r, unit)) for i, r in side] for side in sides]
            return told_sides[0], told_sides[1], unit
    return [(i, None) for i, _ in sides[0]], [(i, None) for i, _ in sides[1]], None


def factor(oracle: WhereOracle, unit: str, material: str | None, into: str) -> Fraction | None:
    """How many of one unit of measure another is, for a material."""
    some = next((lot for lot in oracle.known.lots if oracle.material(lot) == material), None)
    if material in oracle.bases and some is not None:
        one, other = oracle.factor(unit, some), oracle.factor(into, some)
        if one is not None and other is not None:
            return one / other
    if SAME[unit] == SAME[into]:
        return Fraction(1)
    fixed = {("g", "kg"): Fraction(1, 1000), ("kg", "g"): Fraction(1000)}
    fixed |= {("cm", "m"): Fraction(1, 100), ("m", "cm"): Fraction(100)}
    return fixed.get((SAME[unit], SAME[into]))


def _amount(oracle: WhereOracle, item: str, row: Any, unit: str) -> Fraction | None:
    if row["quantity"] is None:
        return None
    found = factor(oracle, str(row["unit"]), oracle.material(item), unit)
    return None if found is None else Fraction(row["quantity"]) * found


def flow(oracle: WhereOracle, starts: list[str]) -> dict[str, float] | None:
    """The parts of everything that went in; None where the system has no sensible solution."""
    known = oracle.known
    items = sorted(set(known.items) | set(starts))
    lots = [i for i in items if i not in known.units]
    steps = sorted({str(r["step_id"]) for t in ("consumption", "production") for r in known.facts[t]})
    nodes: dict[tuple[str, str], int] = {}
    for kind, names in (("item", items), ("pool", lots), ("step", steps)):
        for name in names:
            nodes[kind, name] = len(nodes)
    nodes["back", ""] = len(nodes)
    matrix = np.zeros((len(nodes), len(nodes)))

    def link(source: tuple[str, str], target: tuple[str, str], part: float) -> None:
        matrix[nodes[target], nodes[source]] += part

    told: dict[str, tuple[Fraction | None, dict[str, Fraction]]] = {lot: oracle.lot(lot) for lot in lots}
    whole = {
        lot: float(there if there is not None else sum((a for a in parts.values() if a > 0), Fraction(0)))
        for lot, (there, parts) in told.items()
    }
    loose = {lot: oracle.loose(lot) for lot in lots}
    unnamed = {lot: float(sum((a for a in loose[lot].values() if a > 0), Fraction(0))) for lot in lots}
    states = {unit: oracle.unit_part(unit) for unit in known.units}
    for lot in lots:
        for p in oracle.papers(lot):
            if p.kind == "consumed" and p.amount is not None:
                if whole[lot] > 0:
                    link(("item", lot), ("step", str(p.step)), float(p.amount) / whole[lot])
                if unnamed[lot] > 0:
                    link(("pool", lot), ("step", str(p.step)), float(p.amount) / unnamed[lot])
    for unit, state in states.items():
        lot = oracle.parent(unit)
        if state == "consumed":
            _, decides, _ = oracle.unit(unit)
            assert decides is not None
            step = ("step", str(decides.step))
            link(("item", unit), step, 1.0)
            if lot is not None and whole[lot] > 0:
                link(("item", lot), step, max(float(oracle.piece(lot) or 0), 0.0) / whole[lot])
        elif state == "with_lot" and lot is not None and unnamed[lot] > 0:
            link(("item", unit), ("pool", lot), 1.0)
    lost: dict[str, float] = {}
    for step in steps:
        inputs, outputs, unit = step_unit(oracle, step)
        into, made = ([a for _, a in side] for side in (inputs, outputs))
        loss, weights = 0.0, [1 / max(len(outputs), 1)] * len(outputs)
        sums = [None if any(a is None for a in side) else float(sum(side, Fraction(0))) for side in (into, made)]
        if sums[1]:
            weights = [float(a) / sums[1] for a in made]
        if not outputs:
            loss = 1.0
        elif sums[0] and sums[1] is not None:
            loss = 1 - sums[1] / sums[0]
        lost[step] = loss
        for (item, _), weight in zip(outputs, weights, strict=True):
            target = ("back", "") if item in starts else ("item", item)
            link(("step", step), target, weight * (1 - loss))
    own = np.zeros(len(nodes))
    for start in starts:
        own[nodes["item", start]] = whole.get(start, 1.0)
    if np.abs(np.linalg.eigvals(matrix)).max(initial=0.0) > 0.995:
        return None
    held = np.linalg.solve(np.eye(len(nodes)) - matrix, own)
    return _ends(oracle, held, nodes, told, whole, loose, unnamed, states, lost)


def _ends(
    oracle: WhereOracle, held: Any, nodes: Any, told: Any, whole: Any, loose: Any, unnamed: Any, states: Any, lost: Any
) -> dict[str, float]:
    ends: dict[str, float] = defaultdict(float)
    for lot, (_, parts) in told.items():
        here = held[nodes["item", lot]]
        if whole[lot] > 0:
            for part, amount in parts.items():
                if part != "consumed":
                    ends[part] += here * float(amount) / whole[lot]
        if unnamed[lot] > 0:
            for part, amount in loose[lot].items():
                if part != "consumed" and amount > 0:
                    ends[part] += held[nodes["pool", lot]] * float(amount) / unnamed[lot]
    for unit, state in states.items():
        if state not in ("consumed", "with_lot", None):
            ends[state] += held[nodes["item", unit]]
    ends["lost_in_steps"] = sum(held[nodes["step", step]] * loss for step, loss in lost.items())
    ends["back_in_start"] = held[nodes["back", ""]]
    return ends
