"""How much flowed: from suppliers through materials to consignees, by quantity, in one unit of measure where it can be told in it.

Between two materials stands what steps of the scope consumed of the one to make the other. A step that made several
materials is shared among them in equal parts, since no record says more; ``shared`` counts such records. What cannot be told in
the unit of the picture stands in ``not_convertible``, and records without a quantity are counted: nothing is left out unsaid.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.country import country_of
from genealogy.errors import InputError
from genealogy.graph.columns import CUSTOMER, SUPPLIER
from genealogy.measures import decimal_text
from genealogy.names import names
from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.index import different, spans
from genealogy.snapshot.shipments import shipments
from genealogy.units import ratio, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.graph.columns import Columns
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

PARTIES = 40
"""More consignees than this are told by country."""

PIECE = "H87"
_ONE = _PIECE = -2
"""A quantity of 1, and the piece, where no record of the plant spells them: a unit that is counted."""

End = tuple[str, str]
"""Kind (``supplier``, ``material``, ``country``, ``consignee``) and what the records call it."""


@dataclass(frozen=True, slots=True)
class _Amount:
    """Records of one kind: so many times this quantity of this material, as words; ``parts``: shared among so many."""

    source: End
    target: End
    material: int
    quantity: int
    unit: int
    parts: int
    count: int
    possible: bool


def flow(columns: Columns, unit: str | None = None) -> dict[str, Any]:
    """The flows of a scope.

    Args:
        columns: of the scope.
        unit: of measure in which it is told; None: the one that most records can be told in.

    Raises:
        InputError: no record of the plant names that unit.
    """
    moment = columns.moment
    layers = _layers(columns)
    last = max(layers.values(), default=0) + 1

    def layer(end: End) -> int:
        return 0 if end[0] == "supplier" else layers.get(end, last)

    found = [*_supplied(columns), *_used(columns), *_shipped(columns)]
    amounts = Amounts(moment)
    recorded = {moment.words.string(n) for n in _units(columns, found)}
    if unit is not None and unit not in recorded and not _named(moment, unit):
        raise InputError(f"No record names the unit {unit!r}. Known here are: {', '.join(sorted(recorded))}.")
    units = sorted(recorded | ({unit} if unit else set()))
    numbers = dict(zip(units, moment.words.find(units).tolist(), strict=True))

    def told(each: _Amount, into: int) -> Fraction | None:
        base, factor = _in_base(columns, amounts, each), amounts.factor(each.material, into)
        if base is None or not factor:
            # Without a base unit of the material a quantity can still be told in its own unit.
            return _recorded(columns, each) / each.parts if each.unit == into else None
        return base / factor / each.parts

    def fits(name: str) -> int:
        return sum(each.count for each in found if each.quantity != -1 and told(each, numbers[name]) is not None)

    best = unit or max(units, key=lambda name: (fits(name), name), default=None)
    sums: dict[tuple[End, End], Fraction] = defaultdict(Fraction)
    records: dict[tuple[End, End], int] = defaultdict(int)
    proven: set[tuple[End, End]] = set()
    others: dict[tuple[End, End, str | None], list[Any]] = {}
    silent = shared = 0
    for each in found:
        pair = (each.source, each.target)
        shared += each.count if each.parts > 1 else 0
        if each.quantity == -1:
            silent += each.count
            continue
        amount = told(each, numbers[best]) if best is not None else None
        if amount is None:
            name = PIECE if each.unit == _PIECE else moment.words.string(each.unit) if each.unit >= 0 else None
            other = others.setdefault((*pair, name), [Fraction(0), 0])
            other[0] += _recorded(columns, each) * each.count / each.parts
            other[1] += each.count
            continue
        sums[pair] += amount * each.count
        records[pair] += each.count
        if not each.possible:
            proven.add(pair)
    ends = sorted({end for pair in sums for end in pair}, key=lambda end: (layer(end), end))
    place = {end: number for number, end in enumerate(ends)}
    name_of = _names(columns, [*ends, *(end for one, other, _ in others for end in (one, other))])
    return {
        "unit": best,
        "units": units,
        "nodes": [{"node": n, "kind": kind, "label": label, "name": name_of.get((kind, label)), "layer": layer((kind, label))}
                  for n, (kind, label) in enumerate(ends)],
        "flows": [
            {"from": place[one], "to": place[other], "quantity": decimal_text(amount), "records": records[one, other],
             "possible": (one, other) not in proven}
            for (one, other), amount in sorted(sums.items(), key=lambda pair: (place[pair[0][0]], place[pair[0][1]]))
        ],
        "not_convertible": [
            {"kind": one[0], "label": one[1], "name": name_of.get(one), "to_kind": other[0], "to_label": other[1],
             "to_name": name_of.get(other), "quantity": decimal_text(amount), "unit": name, "records": count}
            for (one, other, name), (amount, count) in sorted(others.items(), key=lambda pair: (*pair[0][:2], pair[0][2] or ""))
        ],
        "without_quantity": silent,
        "shared": shared,
    }  # fmt: skip


def _names(columns: Columns, ends: Iterable[End]) -> dict[End, str]:
    """What the records call materials, suppliers and consignees; a country has its code only."""
    found: dict[End, str] = {}
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, label in ends:
        by_kind[kind].add(label)
    for kind, labels in by_kind.items():
        if kind != "country":
            told = names(columns.moment, "material" if kind == "material" else "party", labels)
            found |= {(kind, label): name for label, name in told.items()}
    return found


def _recorded(columns: Columns, each: _Amount) -> Fraction:
    try:
        return Fraction(1) if each.quantity == _ONE else Fraction(columns.moment.words.string(each.quantity))
    except ValueError:
        return Fraction(0)


def _in_base(columns: Columns, amounts: Amounts, each: _Amount) -> Fraction | None:
    """A quantity in the base unit of its material; None where it cannot be told in it."""
    if each.quantity != _ONE and each.unit != _PIECE:
        return amounts.value(each.quantity, each.material, each.unit)
    if each.unit != _PIECE:
        factor = amounts.factor(each.material, each.unit)
    else:
        row = columns.moment.material_rows.get(each.material)
        base = int(columns.moment.column("materials", "base_unit")[row]) if row is not None else -1
        factor = ratio(PIECE, columns.moment.words.string(base)) if base >= 0 else None
    return None if factor is None else _recorded(columns, each) * factor


def _units(columns: Columns, found: Iterable[_Amount]) -> set[int]:
    """Units that records use, and the base units of their materials."""
    moment, units, materials = columns.moment, set[int](), set[int]()
    for each in found:
        units.add(each.unit)
        materials.add(each.material)
    for material in materials:
        row = moment.material_rows.get(material)
        if row is not None:
            units.add(int(moment.column("materials", "base_unit")[row]))
    return {unit for unit in units if unit >= 0}


def _named(moment: Moment, unit: str) -> bool:
    """Whether a record names a text as a unit: as a known code, or in a conversion. Any other word is none."""
    number = int(moment.words.find([unit])[0])
    if number < 0:
        return False
    rows = moment.all_rows("conversions")
    converted = any(
        bool((moment.column("conversions", name)[rows] == number).any()) for name in ("from_unit", "to_unit")
    )
    return converted or unit_of(unit) is not None


def _layers(columns: Columns) -> dict[End, int]:
    """How far each material is from the starts, in moves: where it stands from left to right."""
    items = np.flatnonzero(columns.items)
    material, depth = columns.group[items], columns.depth[items]
    order = np.lexsort((depth, material))
    numbers, first = np.unique(material[order], return_index=True)
    names = columns.moment.words.strings(numbers)
    return {
        ("material", name or ""): 1 + int(least)
        for name, least in zip(names, depth[order][first].tolist(), strict=True)
    }


def _materials(columns: Columns, numbers: Array) -> dict[int, End]:
    each = np.unique(numbers).tolist()
    return {
        n: ("material", text or "") for n, text in zip(each, columns.moment.words.strings(np.array(each)), strict=True)
    }


def _numbered(columns: Columns) -> tuple[Array, Array]:
    """The codes of the items, and the place of each."""
    places = np.flatnonzero(columns.items & (columns.number >= 0))
    return columns.number[places], places


def _counted(*keys: Array) -> tuple[list[Array], Array]:
    """The different combinations, and how often each occurs."""
    if not len(keys[0]):
        return [key[:0] for key in keys], np.zeros(0, np.int64)
    table = np.stack([np.asarray(key, np.int64) for key in keys])
    both, counts = np.unique(table, axis=1, return_counts=True) if table.shape[1] < 64 else _sorted_counts(table)
    return list(both), counts


def _sorted_counts(table: Array) -> tuple[Array, Array]:
    order = np.lexsort(table[::-1])
    ordered = table[:, order]
    new = np.concatenate([[True], (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)])
    first = np.flatnonzero(new)
    return ordered[:, first], np.diff(np.append(first, table.shape[1]))


def _supplied(columns: Columns) -> list[_Amount]:
    """What suppliers delivered of the starts."""
    moment = columns.moment
    linked = columns.kind[columns.source] == SUPPLIER
    party, item = columns.source[linked], columns.target[linked]
    rows, owner = moment.rows_of("lots", "item_id", columns.number[item])
    if not len(rows):
        return []
    keys, counts = _counted(
        party[owner], columns.group[item][owner], moment.column("lots", "quantity")[rows],
        moment.column("lots", "unit")[rows],
    )  # fmt: skip
    names = _materials(columns, keys[1])
    return [
        _Amount(("supplier", columns.label(p)), names[m], m, q, u, 1, n, False)
        for p, m, q, u, n in zip(*(key.tolist() for key in keys), counts.tolist(), strict=True)
    ]


def _used(columns: Columns) -> list[_Amount]:
    """What steps of the scope consumed of one material to make another."""
    moment = columns.moment
    step_of = np.full(len(moment.codes), -1, np.int32)
    steps = np.flatnonzero(columns.steps)
    step_of[columns.number[steps]] = np.arange(len(steps), dtype=np.int32)
    numbers, places = _numbered(columns)
    made, maker = moment.rows_of("production", "item_id", numbers)
    used, user = moment.rows_of("consumption", "item_id", numbers)
    if not len(made) or not len(used):
        return []
    out_step = step_of[moment.column("production", "step_id")[made]]
    out_material = columns.group[places[maker]]
    keep = out_step >= 0
    (out_step, out_material), _ = _counted(out_step[keep], out_material[keep])
    begin = np.searchsorted(out_step, np.arange(len(steps)))
    size = np.searchsorted(out_step, np.arange(len(steps)), side="right") - begin
    in_step = step_of[moment.column("consumption", "step_id")[used]]
    inside = in_step >= 0
    used, user, in_step = used[inside], user[inside], in_step[inside]
    at, owner = spans(begin[in_step], size[in_step])
    keys, counts = _counted(
        columns.group[places[user]][owner], out_material[at], moment.column("consumption", "quantity")[used][owner],
        moment.column("consumption", "unit")[used][owner], size[in_step][owner],
    )  # fmt: skip
    names = _materials(columns, np.concatenate([keys[0], keys[1]]))
    return [
        _Amount(names[a], names[b], a, q, u, k, n, False)
        for a, b, q, u, k, n in zip(*(key.tolist() for key in keys), counts.tolist(), strict=True)
    ]


def _shipped(columns: Columns) -> list[_Amount]:
    """What was shipped of each material, to each consignee or country."""
    moment = columns.moment
    numbers, places = _numbered(columns)
    lines = shipments(moment, different(numbers))
    if not len(lines):
        return []
    parties = np.flatnonzero(columns.kind == CUSTOMER)
    ends: dict[str, End] = {}
    unnamed = columns.unnamed[1] if columns.unnamed is not None else {}
    for place in parties.tolist():
        country = moment.words.string(int(columns.group[place])) if columns.group[place] >= 0 else ""
        name = columns.label(place)
        ends[name] = ("consignee", name) if len(parties) <= PARTIES else ("country", country_of(country) or "")
        for code in [code for code, at in unnamed.items() if at == place]:
            ends[code] = ends[name]
    material = np.full(len(moment.codes), -1, np.int32)
    lot = columns.lot[places]
    # A line that names a lot of which only units are affected has the material of these.
    material[lot[lot >= 0]] = columns.group[places][lot >= 0]
    material[numbers] = columns.group[places]
    texts, party = lines.consignee.distinct()
    quantities, quantity = lines.quantity.distinct()
    units, unit = lines.unit.distinct()
    keys, counts = _counted(
        material[lines.item.numbers], party, quantity, unit, lines.certainty.where("possible").astype(np.int64)
    )
    quantity_word = _numbers(columns, quantities, "1", _ONE)
    unit_word = _numbers(columns, units, PIECE, _PIECE)
    names = _materials(columns, keys[0])
    found = []
    for m, p, q, u, possible, n in zip(*(key.tolist() for key in keys), counts.tolist(), strict=True):
        end = ends.get(texts[p] or "")
        if end is not None:
            found.append(_Amount(names[m], end, m, int(quantity_word[q]), int(unit_word[u]), 1, n, bool(possible)))
    return found


def _numbers(columns: Columns, texts: list[str | None], plain: str, other: int) -> list[int]:
    """The words that these texts are; ``other`` for a plain one that no record spells, -1 for none."""
    found = columns.moment.words.find([text or "" for text in texts]).tolist()
    return [
        -1 if text is None else other if number < 0 and text == plain else number
        for text, number in zip(texts, found, strict=True)
    ]
