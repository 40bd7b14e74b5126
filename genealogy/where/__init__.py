"""Where items are now: of each the parts it is in, and in sum by material, place and consignee.

What the words mean stands in docs/answers.md, "Where it is now".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.quantities import NANO
from genealogy.where.graph import differences
from genealogy.where.pieces import NOWHERE, PART, PARTS, WITH_LOT
from genealogy.where.shapes import shapes
from genealogy.where.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.stores.contract import Store
    from genealogy.where.lots import Holding

NAMES = (*PARTS, WITH_LOT)
_GAPS = (None, "no_quantity", "not_convertible", "shared_container")
"""Lines that are kept out, by how their quantity is known."""

COMPARED, COMPARED_LINKS = 5_000, 20
"""Items up to which the graph is asked for the records that name them, and for what steps consumed and produced of them."""

Row = dict[str, Any]


def survey(snapshot: Snapshot, ids: Iterable[str], as_of: int) -> Survey:
    """Survey items by their ids; what no fact names is left out."""
    moment = snapshot.moment(as_of)
    numbers = moment.codes.find(sorted(set(ids)))  # in the order of ids, which no rebuilding changes
    return Survey.of(moment, numbers[numbers >= 0].astype(np.int32))


def answered(snapshot: Snapshot, store: Store, asked: dict[str, str], ids: Sequence[str], as_of: int) -> dict[str, Any]:
    """Where items are, with the word of the graph on whether it knows the same records; up to COMPARED items.

    Args:
        snapshot: of the plant.
        store: the graph.
        asked: told the digest of each question, by its name.
        ids: the items, each once.
        as_of: the entry whose state counts.
    """
    found = survey(snapshot, ids, as_of)
    return {**composed(found, ids), **second_road(found, store, asked)}


def second_road(found: Survey, store: Store, asked: dict[str, str]) -> dict[str, Any]:
    """Whether the graph knows the same records: by name of all, as consumption and production of some."""
    if len(found.things) > COMPARED:
        return {"complete": True, "second_road": "not asked", "differences": []}
    said = differences(store, asked, found.moment, found.things, found.items[:COMPARED_LINKS])
    return {"complete": not said, "second_road": "differs" if said else "agrees", "differences": said}


def where(snapshot: Snapshot, ids: Sequence[str], as_of: int) -> dict[str, Any]:
    """Where items are, from the arrays alone."""
    return composed(survey(snapshot, ids, as_of), ids)


def composed(found: Survey, ids: Sequence[str]) -> dict[str, Any]:
    """Where each of some items is, and all of them in sum.

    Units whose lot is among the items are inside the quantity of that lot: they have their own rows, and count once in
    the sums. An item of which nobody knows how much there was has ``in`` null, and stands apart in the sums.

    Args:
        found: a survey of the items.
        ids: the items, each once; those that no fact names have no quantity.
    """
    units = np.flatnonzero(found.unit[: len(found.items)])
    rows = [*_unit_rows(found, units), *_lot_rows(found)]
    known = {row["id"] for row in rows}
    rows += [_nothing(item) for item in set(ids) - known]
    rows.sort(key=lambda row: row["id"])
    covering = _repeated([row for row in rows if not row["in_lot"]])
    return {
        "as_of": found.moment.as_of,
        "items": rows,
        "sums": _sums(covering),
        "places": _by(covering, "places", ("place_id", "party_id", "part")),
        "consignees": _by(covering, "parties", ("party_id", "part")),
        "gaps": gaps(found),
    }


@lru_cache(maxsize=1 << 16)
def text(amount: int) -> str:
    """Decimal text of a whole number of 10^-9, without trailing zeros.

    >>> text(2_500_000_000), text(-1)
    ('2.5', '-0.000000001')
    """
    whole, part = divmod(abs(amount), NANO)
    digits = f"{whole}.{part:09d}".rstrip("0").rstrip(".") if part else str(whole)
    return f"-{digits}" if amount < 0 else digits


@lru_cache(maxsize=1 << 16)
def _whole(quantity: str) -> int:
    """The whole number of 10^-9 that a text stands for: the way back."""
    return int(Fraction(quantity) * NANO)


def _nothing(item: str) -> Row:
    return {
        "id": item, "kind": "unknown", "lot_id": None, "in_lot": False, "material_id": None, "unit": None, "in": None,
        "parts": {}, "unaccounted": None, "places": [], "parties": [],
    }  # fmt: skip


def unit_row(found: Survey, unit: int) -> Row:
    """Where one unit is."""
    return _unit_rows(found, np.array([unit]))[0]


def _unit_rows(found: Survey, units: Array) -> list[Row]:
    """Where units are; those in the same state at the same place share what is said of them."""
    if not len(units):
        return []
    line = found.pieces.line[units]
    place, party = found.unit_places(units)
    parent = found.parent[units]
    inside = (parent >= 0) & (parent < len(found.items))
    inside[inside] = found.bases.pieces(parent[inside]) >= 0
    measures = found.bases.texts()
    codes = {text: number for number, text in enumerate(sorted({str(measures[u]) for u in units.tolist()}))}
    unit_text = np.array([codes[str(measures[u])] for u in units.tolist()])
    here = np.where(line < 0, NOWHERE, place)
    alike, which, _ = shapes(found.pieces.part[units], here, party, found.found.material[units], unit_text, inside)
    shared = [_unit_row(found, shape, list(codes)) for shape in alike.T.tolist()]
    ids = found.moment.codes.strings(found.things[units])
    lots = found.moment.codes.strings(found.found.parent[units])
    return [
        {"id": item, "lot_id": lot, **shared[place]} for item, lot, place in zip(ids, lots, which.tolist(), strict=True)
    ]


def _unit_row(found: Survey, shape: list[int], measures: list[str]) -> Row:
    part, place, party, material, measure, inside = shape
    words = found.moment.words
    placed = part >= 0
    row: Row = {
        "kind": "unit", "in_lot": bool(inside), "material_id": words.string(material) if material >= 0 else None,
        "unit": measures[measure], "in": "1", "parts": {NAMES[part]: "1"} if placed else {},
        "unaccounted": "0" if placed else "1", "places": [], "parties": [],
    }  # fmt: skip
    if not placed:
        return row
    at = {"part": NAMES[part], "quantity": "1"}
    if place >= 0 or part in _HERE:
        row["places"] = [
            {
                "place_id": words.string(place) if place >= 0 else None,
                "party_id": words.string(party) if party >= 0 else None, **at,
            }
        ]  # fmt: skip
    elif party >= 0 or part == PART["shipped"]:
        row["parties"] = [{"party_id": words.string(party) if party >= 0 else None, **at}]
    return row


_SHIPPED, _USED = PART["shipped"], PART["used"]
_HERE = {PART[name] for name in ("on_hand_available", "on_hand_held", "in_process", "in_transit", "moved_since_count")}


def _lot_rows(found: Survey) -> list[Row]:
    lots = np.flatnonzero(~found.unit[: len(found.items)])
    ids = found.moment.codes.strings(found.things[lots])
    materials = found.moment.words.strings(found.found.material[lots])
    measures = found.bases.texts()
    rows = []
    for lot, item, material in zip(lots.tolist(), ids, materials, strict=True):
        parts = found.lot_totals(lot)
        supply = found.supplies.get(lot)
        there_was = supply.there_was if supply else None
        rows.append(
            {
                "id": item, "kind": "lot" if found.found.lot[lot] >= 0 else "unknown", "lot_id": None, "in_lot": False,
                "material_id": material, "unit": measures[lot], "in": None if there_was is None else text(there_was),
                "parts": {NAMES[part]: text(parts[part]) for part in sorted(parts) if parts[part]},
                "unaccounted": None if there_was is None else text(there_was - sum(parts.values())),
                "places": places(found, lot), "parties": parties(found, lot),
            }
        )  # fmt: skip
    return rows


def places(found: Survey, lot: int, *, loose: bool = False) -> list[Row]:
    """Where what is here of a lot was counted, or moved to since; with its units, but for ``loose``."""
    word = found.names.word
    amounts: dict[tuple[int, int, int], int] = defaultdict(int)
    holding = found.holdings.get(lot)
    if (holding is None or not (holding.counts or holding.moved)) and (loose or lot not in found.units_at):
        return []
    for (place, party, part), amount in _held_at(holding).items():
        amounts[place, party, part] += amount
    for place, party, part, amount in () if loose else found.units_at.get(lot, ()):
        if part in _HERE:
            amounts[place, party, part] += amount
    rows = [
        {
            "place_id": word(place),
            "party_id": word(party),
            "part": NAMES[part],
            "quantity": text(amount),
        }
        for (place, party, part), amount in amounts.items()
        if amount
    ]
    return sorted(rows, key=lambda row: (row["place_id"] or "", row["party_id"] or "", row["part"]))


def _held_at(holding: Holding | None) -> Mapping[tuple[int, int, int], int]:
    amounts: dict[tuple[int, int, int], int] = defaultdict(int)
    if holding is not None:
        for count in holding.counts.values():
            for part, amount in count.parts.items():
                amounts[count.place, NOWHERE, part] += amount
        for (_, (kind, where_to)), amount in holding.moved.items():
            place, party = (where_to, NOWHERE) if kind == "place" else (NOWHERE, where_to)
            amounts[place, party, PART["moved_since_count"]] += amount
    return amounts


def parties(found: Survey, lot: int, *, loose: bool = False) -> list[Row]:
    """Who was shipped how much of a lot, less what came back, and where it was used; with its units, but for ``loose``."""
    word = found.names.word
    amounts: dict[tuple[int, int], int] = defaultdict(int)
    holding = found.holdings.get(lot)
    if holding is not None:
        for party, amount in holding.shipped.items():
            amounts[party, _SHIPPED] += amount
        for (part, party), amount in holding.disposed.items():
            if part == _USED:
                amounts[party, part] += amount
    for _, party, part, amount in () if loose else found.units_at.get(lot, ()):
        if part in (_SHIPPED, _USED):
            amounts[party, part] += amount
    rows = [
        {"party_id": word(party), "part": NAMES[part], "quantity": text(amount)}
        for (party, part), amount in amounts.items()
        if amount
    ]
    return rows if len(rows) < 2 else sorted(rows, key=lambda row: (row["party_id"] or "", row["part"]))


def _sums(rows: list[tuple[Row, int]]) -> list[Row]:
    """By material and unit of measure; what was there of it known, or not."""
    groups: dict[tuple[str, str, bool], list[tuple[Row, int]]] = defaultdict(list)
    for row, times in rows:
        groups[row["material_id"] or "", row["unit"] or "", row["in"] is not None].append((row, times))
    found = []
    for (material, unit, known), members in sorted(groups.items()):
        parts = dict.fromkeys(NAMES, 0)
        total = missing = 0
        for row, times in members:
            for name, amount in row["parts"].items():
                parts[name] += _whole(amount) * times
            if known:
                total += _whole(row["in"]) * times
                missing += _whole(row["unaccounted"]) * times
        found.append(
            {
                "material_id": material or None, "unit": unit or None,
                "items": sum(times for _, times in members),
                "in": text(total) if known else None,
                "parts": {name: text(amount) for name, amount in parts.items() if amount},
                "unaccounted": text(missing) if known else None,
            }
        )  # fmt: skip
    return found


def _repeated(rows: list[Row]) -> list[tuple[Row, int]]:
    """Rows of which the same is said, once, and how many they are: units of one state are many."""
    groups = {id(row["parts"]): row for row in rows}
    if len(groups) == len(rows):
        return [(row, 1) for row in rows]
    counts = Counter(id(row["parts"]) for row in rows)
    return [(row, counts[which]) for which, row in groups.items()]


def _by(rows: list[tuple[Row, int]], name: str, keys: tuple[str, ...]) -> list[Row]:
    """Quantities by place or by party, per material and unit of measure."""
    amounts: dict[tuple[str | None, ...], int] = defaultdict(int)
    cells = itemgetter(*keys)
    for row, times in rows:
        for each in row[name]:
            key = (*cells(each), row["material_id"], row["unit"])
            amounts[key] += _whole(each["quantity"]) * times
    names = (*keys, "material_id", "unit")
    ordered = sorted(amounts.items(), key=lambda pair: tuple(cell or "" for cell in pair[0]))
    return [{**dict(zip(names, key, strict=True)), "quantity": text(amount)} for key, amount in ordered]


def gaps(found: Survey) -> dict[str, dict[str, Any]]:
    """Lines that could not be counted in, by why; and the items concerned."""
    named: dict[str, dict[str, Any]] = {}
    for how, name in enumerate(_GAPS):
        if name is not None:
            chosen = found.lines.thing[found.lines.known == how]
            chosen = chosen[chosen < len(found.items)]
            items = sorted(map(str, found.moment.codes.strings(found.things[np.unique(chosen)])))
            named[name] = {"count": len(chosen), "items": items}
    return named
