"""What went into what, and how much of it: the trace graph with quantities that can be compared.

The inputs of a step are what it consumed; those of an item are the steps that produced it; those of a unit the lot that it
was serialised from and its own steps. Where a lot with units was used as a lot, what was drawn from it (the *portion*)
is an even mixture of its units and of the rest of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.describe import records
from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.lineage import ITEM, PORTION, SORTS, STEP, ascending, node
from genealogy.units import EACH, ratio

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

SAME, MASS, VOLUME = -2, -3, -4
"""In place of a material: weights that compare as they stand, that are kilograms, that are litres."""


class Links(NamedTuple):
    """Inputs: names of nodes, and how much.

    Attributes:
        tails: what went in.
        heads: into what.
        amounts: number of the quantity in the table of fractions, in the base unit of the material; -1 where unknown.
        materials: what the quantity is a quantity of: a material, SAME, MASS or VOLUME; -1 where nobody says.
    """

    tails: Array
    heads: Array
    amounts: Array
    materials: Array


def joined(*parts: Links) -> Links:
    """All of them."""
    return Links(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class Scales:
    """For each material: how many kilograms, and how many litres, one of its base unit is; None where nothing says so."""

    mass: dict[int, Fraction | None]
    volume: dict[int, Fraction | None]


class Mixture:
    """The inputs of some nodes.

    Args:
        moment: the facts that count.

    Attributes:
        table: the different quantities, as fractions.
        links: who went into whom.
    """

    def __init__(self, moment: Moment) -> None:
        self.moment, self.amounts = moment, Amounts(moment)
        self.table: list[Fraction] = []
        self._numbers: dict[Fraction, int] = {}
        none = np.zeros(0, np.int64)
        self.links = Links(none, none, none, none)
        self._rows = (none, none)

    def number(self, value: Fraction | None) -> int:
        """The number of a quantity in the table; -1 for one that is not known."""
        if value is None:
            return -1
        if value not in self._numbers:
            self._numbers[value] = len(self.table)
            self.table.append(value)
        return self._numbers[value]

    def everything(self) -> None:
        """Take in the whole plant."""
        moment = self.moment
        units, made = moment.all_rows("units"), moment.all_rows("production")
        self._add(moment.all_rows("consumption"), made, units)

    def behind(self, items: Array) -> None:
        """Take in what went into these items: their steps, whatever those consumed, and their lots."""
        moment = self.moment
        made, _ = moment.rows_of("production", "item_id", items)
        steps = ascending(moment.column("production", "step_id")[made]) if len(made) else made
        used, _ = moment.rows_at("consumption", "step_id", steps)
        units, _ = moment.rows_of("units", "item_id", items)
        self._add(ascending(used), ascending(made), ascending(units))

    def _add(self, used: Array, made: Array, units: Array) -> None:
        moment = self.moment
        item_in, item_out, unit = (
            moment.item_column(table, "item_id", rows) if len(rows) else rows
            for table, rows in (("consumption", used), ("production", made), ("units", units))
        )
        lot = moment.item_column("units", "lot_id", units) if len(units) else units
        unit, lot = unit[lot >= 0], lot[lot >= 0]
        drawn = ascending(item_in)
        members, owner = moment.rows_of("units", "lot_id", drawn)
        with_units = np.zeros(len(drawn), bool)
        with_units[owner] = True
        portioned = with_units[np.searchsorted(drawn, item_in)] if len(item_in) else np.zeros(0, bool)
        sort = np.where(portioned, PORTION, ITEM)
        step_in, step_out = (
            moment.column(table, "step_id")[rows] if len(rows) else rows
            for table, rows in (("consumption", used), ("production", made))
        )
        portions = self._portions(drawn, members, owner)
        self._rows = (used, made)
        self.links = joined(
            Links(
                item_in.astype(np.int64) * SORTS + sort,
                node(step_in, STEP),
                *self._amounts("consumption", used, item_in),
            ),
            self._same(Links(node(step_out, STEP), node(item_out, ITEM), *self._amounts("production", made, item_out))),
            _unweighed(node(lot, ITEM), node(unit, ITEM)),
            portions,
        )

    def _amounts(self, table: str, rows: Array, items: Array) -> tuple[Array, Array]:
        """The quantity of each row in the base unit of its material, and that material."""
        moment = self.moment
        if not len(rows):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        every = ascending(items)
        material = records(moment, every).material[np.searchsorted(every, items)].astype(np.int64)
        quantity = moment.column(table, "quantity")[rows].astype(np.int64)
        measure = moment.column(table, "unit")[rows].astype(np.int64)
        _, pair = np.unique((material + 1) << 32 | (measure + 1), return_inverse=True)
        _, first, which = np.unique(pair << 32 | (quantity + 1), return_index=True, return_inverse=True)
        columns = (quantity[first].tolist(), material[first].tolist(), measure[first].tolist())
        numbers = [self.number(self.amounts.value(*triple)) for triple in zip(*columns, strict=True)]
        return np.array(numbers, np.int64)[which], material

    def _same(self, links: Links) -> Links:
        """Quantities of one item compare as they stand."""
        return links._replace(materials=np.full(len(links.tails), SAME, np.int64))

    def _portions(self, lots: Array, members: Array, owner: Array) -> Links:
        """What a portion is made of: each unit of the lot, and of the lot as much as has no serial."""
        moment = self.moment
        units = moment.item_column("units", "item_id", members) if len(members) else members
        once = distinct(owner, units) if len(units) else owner
        units, owner = units[once], owner[once]
        count = np.bincount(owner, minlength=len(lots))
        some = np.flatnonzero(count)
        described = records(moment, lots[some])
        rests = []
        for row, material, number in zip(
            described.lot.tolist(), described.material.tolist(), count[some].tolist(), strict=True
        ):
            words = [int(moment.column("lots", name)[row]) if row >= 0 else -1 for name in ("quantity", "unit")]
            whole = self.amounts.value(words[0], int(material), words[1]) if self._in_pieces(int(material)) else None
            rests.append(self.number(max(Fraction(0), whole - number) if whole is not None else Fraction(0)))
        tails = np.concatenate([node(units, ITEM), node(lots[some], ITEM)])
        heads = np.concatenate([node(lots[owner], PORTION), node(lots[some], PORTION)])
        one = self.number(Fraction(1)) if len(units) else -1
        numbers = np.concatenate([np.full(len(units), one), np.array(rests, np.int64)])
        return Links(tails, heads, numbers.astype(np.int64), np.full(len(tails), SAME, np.int64))

    def times(self, links: list[int]) -> list[int] | None:
        """When each of these uses or makings was; None where that is not recorded of all."""
        if any(link >= len(self._rows[0]) + len(self._rows[1]) for link in links):
            return None
        found = [self._time(link) for link in links]
        return None if not found or NO_TIME in found else found

    def _time(self, link: int) -> int:
        used, made = self._rows
        table, row = ("consumption", used[link]) if link < len(used) else ("production", made[link - len(used)])
        return int(self.moment.column(table, "at_start")[row])

    def per(self, measure: int, code: str) -> Fraction | None:
        """How much of a unit one of a recorded unit is; None where they do not measure the same."""
        return ratio(self._spelled(measure), code) if measure >= 0 else None

    def _in_pieces(self, material: int) -> bool:
        row = self.moment.material_rows.get(material)
        base = -1 if row is None else int(self.moment.column("materials", "base_unit")[row])
        return base >= 0 and ratio(self._spelled(base), EACH) is not None

    def scales(self, materials: Array) -> Scales:
        """Kilograms and litres of these materials."""
        return Scales(*({m: self._scale(m, code) for m in np.unique(materials).tolist()} for code in ("kg", "L")))

    def _scale(self, material: int, code: str) -> Fraction | None:
        """How much of a unit one base unit of a material is."""
        if material in (MASS, VOLUME):
            return Fraction(1) if (material == MASS) == (code == "kg") else None
        row = self.moment.material_rows.get(material)
        if material < 0 or row is None:
            return None
        base = int(self.moment.column("materials", "base_unit")[row])
        for measure in [base, *self._measures]:
            per_base = self.amounts.factor(material, measure)
            direct = ratio(self._spelled(measure), code) if per_base else None
            if per_base and direct is not None:
                return direct / per_base
        return None

    @property
    def _measures(self) -> list[int]:
        """Every unit of measure that a conversion speaks of."""
        rows = self.moment.all_rows("conversions")
        if not len(rows):
            return []
        both = [self.moment.column("conversions", name)[rows] for name in ("from_unit", "to_unit")]
        return sorted(set(np.concatenate(both).tolist()), key=self.moment.words.string)

    def _spelled(self, measure: int) -> str:
        return self.moment.words.string(self.moment.measures.meaning.get(measure, measure))


def _unweighed(tails: Array, heads: Array) -> Links:
    """Inputs of which nobody records how much."""
    return Links(tails, heads, np.full(len(tails), -1, np.int64), np.full(len(tails), SAME, np.int64))
