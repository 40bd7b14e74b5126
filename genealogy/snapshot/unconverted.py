"""Recorded quantities that cannot be told in the base unit of their material: kept, and out of every balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.snapshot.index import distinct
from genealogy.units import EACH, normal_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.snapshot.amounts import Amounts
    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

    RowsOf = Callable[[str], tuple[Array, Array]]

TABLES = ("consumption", "production", "shipments", "stock", "dispositions", "moves")
"""Where quantities of an item stand beside its own record as a lot."""


def not_convertible(
    moment: Moment, affected: Array, found: Records, rows_of: RowsOf, amounts: Amounts, most: int
) -> dict[str, Any]:
    """The gap of quantities that no ratio and no loaded conversion brings into the base unit of the item's material.

    Args:
        moment: the facts that count.
        affected: items; of one that nobody described the gap ``unresolved`` speaks.
        found: their records.
        rows_of: the rows in force of a table that name the affected, and the place of the item that each names.
        amounts: converts.
        most: so many examples.

    Returns:
        ``count`` of the items with such a quantity; examples say in which unit, and in which tables it stands.
    """
    lots = np.flatnonzero((found.unit < 0) & (found.lot >= 0))
    parts = [("lots", found.lot[lots], lots), *((table, *rows_of(table)) for table in TABLES)]
    sort, place, measure = [], [], []
    for number, (table, rows, owner) in enumerate(parts):
        if not len(rows):
            continue
        stated = (moment.column(table, "quantity")[rows] >= 0) & ((found.unit[owner] >= 0) | (found.lot[owner] >= 0))
        place.append(owner[stated])
        measure.append(moment.column(table, "unit")[rows[stated]])
        sort.append(np.full(len(place[-1]), number))
    if not place:
        return {"count": 0, "more_units": 0, "examples": []}
    item, unit, table_ = (np.concatenate(each).astype(np.int64) for each in (place, measure, sort))
    bad = np.flatnonzero(_unknown(moment, amounts, found, item, unit))
    bad = bad[distinct(item[bad], unit[bad], table_[bad])]
    places = np.unique(item[bad])
    ids = moment.codes.strings(affected[places])
    chosen = [place for _, place in sorted(zip(map(str, ids), places.tolist(), strict=True))][:most]
    examples: list[dict[str, Any]] = []
    for each in chosen:
        rows = bad[item[bad] == each]
        texts = moment.words.strings(unit[rows])
        material = moment.words.string(int(found.material[each])) if found.material[each] >= 0 else None
        for text in sorted(set(texts), key=lambda text: text or ""):
            where = {parts[number][0] for number, of in zip(table_[rows].tolist(), texts, strict=True) if of == text}
            examples.append(
                {
                    "item_id": moment.codes.string(int(affected[each])),
                    "unit": text,
                    "material_id": material,
                    "tables": sorted(where),
                }
            )
    return {"count": len(places), "more_units": 0, "examples": examples[:most]}


def _unknown(moment: Moment, amounts: Amounts, found: Records, item: Array, unit: Array) -> Array:
    """Which of these quantities of items cannot be converted (bool)."""
    material, serialised = found.material[item].astype(np.int64), found.unit[item] >= 0
    size = len(moment.words) + 1
    kinds, kind = np.unique(((material + 1) * size + unit + 1) * 2 + serialised, return_inverse=True)
    unknown = []
    for number in kinds.tolist():
        pair, is_unit = divmod(number, 2)
        of, measure = (part - 1 for part in divmod(pair, size))
        # A serialised unit counts as one piece, whatever its material is measured in.
        piece = is_unit and measure >= 0 and _normal(moment, measure) == EACH
        unknown.append(not piece and not amounts.convertible(of, measure))
    result: Array = np.array(unknown, np.bool_)[kind]
    return result


def _normal(moment: Moment, measure: int) -> str | None:
    return normal_unit(moment.words.string(moment.measures.meaning.get(measure, measure)))
