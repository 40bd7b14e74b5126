"""What the records say of items as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from genealogy.reach import Descriptions, Texts
from genealogy.snapshot.codes import MANY

if TYPE_CHECKING:
    from genealogy.reach import Description
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

NONE = -1
_DESCRIBING = ("units", "lots")
_KINDS = pa.array(["lot", "unit", "unknown"], pa.large_string())


@dataclass(frozen=True, slots=True)
class Records:
    """The record in force of each of some items: row numbers and words, -1 where there is none.

    Attributes:
        unit: row in ``units``.
        lot: row in ``lots``, also of an item that is described as a unit too.
        parent: the lot that a unit was serialised from.
        material: what it is, resolved.
        stage: stage of that material.
        base_unit: base unit of that material, as written.
    """

    unit: Array
    lot: Array
    parent: Array
    material: Array
    stage: Array
    base_unit: Array

    def at(self, places: Array) -> Records:
        """The records of some of the items."""
        columns = (self.unit, self.lot, self.parent, self.material, self.stage, self.base_unit)
        return Records(*(column[places] for column in columns))


def records(moment: Moment, items: Array) -> Records:
    """Look up the records of items (-1: an item that never occurred)."""
    unit, lot = _row(moment, "units", items), _row(moment, "lots", items)
    parent = moment.items.resolve(_value(moment.column("units", "lot_id"), unit))
    material = _value(moment.column("units", "material_id"), unit)
    of_lot = _value(moment.column("lots", "material_id"), lot)
    of_parent = _value(moment.column("lots", "material_id"), _row(moment, "lots", parent))
    # What is described as a unit and as a lot is what its own record says, else its parent's, else its record as a lot.
    inherited = np.where((unit >= 0) & (of_parent >= 0), of_parent, of_lot)
    material = moment.materials.resolve(np.where(material >= 0, material, inherited))
    stage, base_unit = _material_records(moment, material)
    return Records(unit, lot, parent, material, stage, base_unit)


def describe(moment: Moment, items: Array) -> list[Description]:
    """One description for each item, in the same order."""
    return descriptions(moment, records(moment, items)).rows()


def descriptions(moment: Moment, found: Records) -> Descriptions:
    """The same as columns, of records that were looked up."""
    unit = found.unit >= 0
    lot = ~unit & (found.lot >= 0)
    number = np.where(
        unit,
        _value(moment.column("units", "serial"), found.unit),
        _value(moment.column("lots", "lot_number"), found.lot),
    )
    quantity = np.where(lot, _value(moment.column("lots", "quantity"), found.lot), NONE)
    measure = np.where(lot, _value(moment.column("lots", "unit"), found.lot), NONE)
    words = moment.words.array
    return Descriptions(
        kind=Texts(np.where(unit, 1, np.where(lot, 0, 2)), _KINDS),
        material_id=Texts(found.material, words),
        stage=Texts(found.stage, words),
        lot_id=Texts(found.parent, moment.codes.array),
        number=Texts(number, words),
        quantity=Texts(quantity, words),
        unit=Texts(measure, words),
    )


def is_finished_unit(moment: Moment, items: Array) -> Array:
    """Which items are serialised units of a finished material (bool)."""
    found = records(moment, items)
    finished: Array = (found.unit >= 0) & (found.stage == moment.words.find(["finished"])[0]) & (found.stage >= 0)
    return finished


def is_finished_lot(moment: Moment, items: Array) -> Array:
    """Which items are lots of a finished material (bool)."""
    found = records(moment, items)
    lot = (found.unit < 0) & (found.lot >= 0)
    finished: Array = lot & (found.stage == moment.words.find(["finished"])[0]) & (found.stage >= 0)
    return finished


def know_all(moment: Moment) -> None:
    """Look up the records of all items at once, so that no question as of this moment looks for them again."""
    for table in _DESCRIBING:
        _rows_of_all(moment, table)


def _row(moment: Moment, table: str, items: Array) -> Array:
    """The row that describes each item; where several spellings have one, its own code's, else the first one's."""
    if f"described.{table}" in moment.known or len(items) * MANY >= len(moment.codes):
        row: Array = _rows_of_all(moment, table)[items]
        return row.astype(np.int64)
    return _looked_up(moment, table, items)


def _rows_of_all(moment: Moment, table: str) -> Array:
    """The row that describes the item of each code (int32), and at the end -1, for an item that never occurred."""
    rows: Array | None = moment.known.get(f"described.{table}")
    if rows is None:
        everything = np.arange(len(moment.codes), dtype=np.int32)
        rows = np.append(_looked_up(moment, table, everything), NONE).astype(np.int32)
        moment.known[f"described.{table}"] = rows
    return rows


def _looked_up(moment: Moment, table: str, items: Array) -> Array:
    found = np.full(len(items), NONE, np.int64)
    known = np.flatnonzero(items >= 0)
    rows, owner = moment.rows_of(table, "item_id", items[known])
    if not len(rows):
        return found
    owner = known[owner]
    found[owner] = rows
    if moment.items and len(several := np.flatnonzero(np.bincount(owner, minlength=len(items)) > 1)):
        written = moment.column(table, "item_id")
        for item in several.tolist():
            choice = rows[owner == item].tolist()
            own = [row for row in choice if written[row] == items[item]]
            found[item] = own[0] if own else min(choice, key=lambda row: moment.codes.string(int(written[row])))
    return found


def _material_records(moment: Moment, materials: Array) -> tuple[Array, Array]:
    """Stage and base unit of each material."""
    row_of = np.full(len(moment.words) + 1, NONE, np.int64)  # the last is for a material that is not recorded
    row_of[list(moment.material_rows)] = list(moment.material_rows.values())
    row = row_of[materials]
    return _value(moment.column("materials", "stage"), row), _value(moment.column("materials", "base_unit"), row)


def _value(column: Array, rows: Array) -> Array:
    """The values in these rows, -1 for row -1."""
    if not len(column):
        return np.full(len(rows), NONE, np.int32)
    return np.where(rows >= 0, column[rows], NONE).astype(np.int32)
