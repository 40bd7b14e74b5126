"""Plants with quantities, made at random, and their shares worked out a second time.

The second computation knows rows and dictionaries only: it writes down one equation for each item and step and solves them
all together, in fractions or with numpy.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

Row = dict[str, str | None]
Node = tuple[str, str]
Input = tuple[Node, Fraction | None, str | None]

BASES = {"resin": "KGM", "powder": "GRM", "oil": "LTR", "water": "LTR", "screw": "H87", "mass": "KGM", "part": "H87"}
SUPPLIED = ("resin", "powder", "oil", "water", "screw")
KILOGRAMS = {"resin": Fraction(1), "powder": Fraction(1, 1000), "oil": Fraction(9, 10), "mass": Fraction(1)}
LITRES = {"oil": Fraction(1), "water": Fraction(1)}
_UNITS = {"KGM": (("KGM", 1), ("GRM", Fraction(1, 1000))), "GRM": (("KGM", 1000), ("GRM", 1)),
          "LTR": (("LTR", 1), ("MLT", Fraction(1, 1000))), "H87": (("H87", 1), ("EA", 1))}  # fmt: skip


@dataclass
class Mixed:
    """A plant: its tables, and what went into each node as (input, amount in the base unit of its material, material)."""

    tables: dict[str, list[Row]]
    material: dict[str, str]
    inputs: dict[Node, list[Input]] = field(default_factory=lambda: defaultdict(list))


def mixed(rng: random.Random, *, gaps: bool, prefix: str = "") -> Mixed:
    """A plant of a few lots and steps; with cycles, rework, splits, units; ``gaps``: some quantities are missing."""
    tables: dict[str, list[Row]] = defaultdict(list)
    tables["materials"] = [
        {"material_id": m, "name": m, "base_unit": base,
         "stage": "supplied" if m in SUPPLIED else "finished" if m == "part" else "intermediate"}
        for m, base in BASES.items()
    ]  # fmt: skip
    tables["conversions"] = [{"material_id": "oil", "from_unit": "LTR", "to_unit": "KGM", "factor": "0.9"}]
    used = rng.choice([SUPPLIED, ("resin", "powder", "oil"), ("resin", "resin", "screw"), ("oil", "water")])
    material = {f"{prefix}L{i}": rng.choice(used) for i in range(rng.randint(2, 6))}
    supplied = list(material)
    for i in range(rng.randint(1, 6)):
        material[f"{prefix}P{i}"] = rng.choice(("mass", "mass", "part", rng.choice(used)))
    plant = Mixed(tables, material)
    made = [item for item in material if item not in supplied]
    drawn: set[str] = set()

    def amount(item: str) -> tuple[str | None, str | None, Fraction | None]:
        if gaps and rng.random() < 0.15:
            return None, None, None
        unit, factor = rng.choice(_UNITS[BASES[material[item]]])
        quantity = Fraction(rng.choice((rng.randint(1, 400), rng.randint(1, 9) * 100, 0 if gaps else 7)), 4)
        return str(float(quantity)), unit, quantity * factor

    for number in range(rng.randint(len(made), len(made) + 3)):
        step = f"{prefix}S{number}"
        tables["steps"].append({"step_id": step, "operation": "mix"})
        # An output stands among the inputs now and then: rework, and so a cycle.
        for item in rng.sample(list(material), min(len(material), rng.randint(1, 4))):
            if item in made and rng.random() < 0.4:
                continue
            quantity, unit, value = amount(item)
            tables["consumption"].append({"step_id": step, "item_id": item, "quantity": quantity, "unit": unit})
            plant.inputs["step", step].append((("item", item), value, material[item]))
            drawn.add(item)
        if not plant.inputs["step", step]:
            item = supplied[0]
            tables["consumption"].append(
                {"step_id": step, "item_id": item, "quantity": "1", "unit": BASES[material[item]]}
            )
            plant.inputs["step", step].append((("item", item), Fraction(1), material[item]))
            drawn.add(item)
        outputs = {made[number % len(made)], *rng.sample(made, rng.randint(0, 1))}
        for item in sorted(outputs):
            quantity, unit, value = amount(item)
            tables["production"].append({"step_id": step, "item_id": item, "quantity": quantity, "unit": unit})
            plant.inputs["item", item].append((("step", step), value, None))
    for item, of in material.items():
        row: Row = {"item_id": item, "material_id": of, "lot_number": item}
        if of == "part":
            units = rng.randint(0, 3)
            whole = rng.choice((None, units, units + 2))
            row |= {"quantity": None if whole is None else str(whole), "unit": None if whole is None else "H87"}
            for i in range(units):
                tables["units"].append({"item_id": f"{item}.{i}", "lot_id": item, "serial": f"{i}"})
                plant.inputs["item", f"{item}.{i}"].append((("item", item), None, None))
                plant.inputs["portion", item].append((("item", f"{item}.{i}"), Fraction(1), None))
            if units:
                plant.inputs["portion", item].append((("item", item), Fraction(max(0, (whole or 0) - units)), None))
                for node in [n for n in plant.inputs if n[0] == "step"]:
                    plant.inputs[node] = [
                        (("portion", item) if t == ("item", item) else t, v, m) for t, v, m in plant.inputs[node]
                    ]
        tables["lots"].append(row)
    return plant


def weights(inputs: list[Input], guess: random.Random | None = None) -> tuple[list[Fraction], bool]:
    """Weights of the inputs of one node that compare, and whether all of them can be added.

    What is not recorded is taken as the average of the others, or by ``guess`` as anything.
    """
    known = [(value, of) for _, value, of in inputs if value is not None]
    scales = [
        dict.fromkeys({of for _, of in known}, Fraction(1)) if len({of for _, of in known}) < 2 else None,
        KILOGRAMS,
        LITRES,
    ]
    scale = next((s for s in scales if s is not None and all(of in s for _, of in known)), None)
    values = [None if value is None or scale is None else value * scale[of] for _, value, of in inputs]  # type: ignore[index]
    told = [value for value in values if value is not None]
    usual = sum(told, Fraction(0)) / len(told) if told else Fraction(1)
    filled = [
        (
            guess.choice((Fraction(1, 10**6), Fraction(1), Fraction(5), Fraction(1000)))
            * Fraction(guess.randint(1, 9), 3)
            if guess
            else usual or Fraction(1)
        )
        if value is None
        else value
        for value in values
    ]
    return filled, scale is not None


def parts(filled: list[Fraction], recorded: list[bool]) -> list[Fraction]:
    """Parts that sum to one; nothing but zeros means equal parts."""
    total = sum(filled, Fraction(0))
    return [weight / total for weight in filled] if total else [Fraction(1, len(filled))] * len(filled)


Rows = dict[Node, list[tuple[Node, Fraction]]]


def solve(rows: Rows, ones: set[Node]) -> dict[Node, Fraction]:
    """The value of every node that the ones lead to, by elimination over all of them together."""
    reached = set(ones)
    while more := {h for h, row in rows.items() if h not in reached and any(t in reached and p for t, p in row)}:
        reached |= more
    names = sorted(reached - ones)
    place = {name: i for i, name in enumerate(names)}
    matrix = [[Fraction(int(i == j)) for j in range(len(names))] + [Fraction(0)] for i in range(len(names))]
    for name in names:
        for tail, part in rows[name]:
            if tail in place:
                matrix[place[name]][place[tail]] -= part
            elif tail in ones:
                matrix[place[name]][-1] += part
    for i in range(len(names)):
        pivot = next(k for k in range(i, len(names)) if matrix[k][i])
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        matrix[i] = [value / matrix[i][i] for value in matrix[i]]
        for k in range(len(names)):
            if k != i and matrix[k][i]:
                factor = matrix[k][i]
                matrix[k] = [a - factor * b for a, b in zip(matrix[k], matrix[i], strict=True)]
    return {name: matrix[i][-1] for i, name in enumerate(names)} | dict.fromkeys(ones, Fraction(1))


def solve_with_numpy(rows: Rows, ones: set[Node]) -> dict[Node, float]:
    """The same with numpy, for nodes that something outside leads to."""
    reached = set(ones)
    while more := {h for h, row in rows.items() if h not in reached and any(t in reached and p for t, p in row)}:
        reached |= more
    names = sorted(reached - ones)
    place = {name: i for i, name in enumerate(names)}
    matrix, right = np.eye(len(names)), np.zeros(len(names))
    for name in names:
        for tail, part in rows[name]:
            if tail in place:
                matrix[place[name], place[tail]] -= float(part)
            elif tail in ones:
                right[place[name]] += float(part)
    found = np.linalg.solve(matrix, right) if names else right
    return {name: float(found[i]) for i, name in enumerate(names)} | dict.fromkeys(ones, 1.0)


def whole_rows(plant: Mixed, guess: random.Random | None = None) -> Rows:
    """One equation for each node: all that went in, in proportion."""
    found: Rows = {}
    for node, inputs in plant.inputs.items():
        filled, _ = weights(inputs, guess)
        shares = parts(filled, [value is not None for _, value, _ in inputs])
        found[node] = [(tail, part) for (tail, _, _), part in zip(inputs, shares, strict=True)]
    return found


def after(plant: Mixed, nodes: set[Node]) -> set[Node]:
    """Everything that these lead to, themselves included."""
    found = set(nodes)
    while more := {h for h, inputs in plant.inputs.items() if h not in found and any(t in found for t, _, _ in inputs)}:
        found |= more
    return found


def material_rows(plant: Mixed, of: str, start: str, guess: random.Random | None = None) -> Rows:
    """One equation for each node: of what carries a material, in proportion to how much of it that is."""
    everyone = set(plant.inputs) | {t for inputs in plant.inputs.values() for t, _, _ in inputs}
    lots = {item for item, m in plant.material.items() if m == of}
    made_of = {n for n in everyone if n[0] == "item" and n[1].split(".")[0] in lots} | {("item", start)}
    bearing = after(plant, made_of)
    whole = solve(whole_rows(plant, guess), made_of)
    apart = {node for node, inputs in plant.inputs.items() if not weights(inputs)[1]}
    vague = after(plant, apart & bearing)
    makes = (made_of - {("item", start)}) | {
        t for h in made_of for t, _, _ in plant.inputs.get(h, []) if t[0] == "step"
    }
    if plant.material.get(start.split(".", maxsplit=1)[0]) == of:
        makes.add(("item", start))
    found: Rows = {}
    for node, inputs in plant.inputs.items():
        kept = [one for one in inputs if one[0] in bearing or node in makes]
        if not kept:
            continue
        filled, _ = weights(kept, guess)
        if node not in makes and not any(tail in vague for tail, _, _ in kept):
            filled = [weight * whole.get(tail, Fraction(0)) for weight, (tail, _, _) in zip(filled, kept, strict=True)]
        shares = parts(filled, [value is not None for _, value, _ in kept])
        found[node] = [(tail, part) for (tail, _, _), part in zip(kept, shares, strict=True)]
    return found
