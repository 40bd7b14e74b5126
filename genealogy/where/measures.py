"""In which unit each item is counted, and recorded quantities in that unit, as whole numbers of its 10^-9."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from genealogy.quantities import LARGEST, NANO, OverflowingQuantityError, exact
from genealogy.snapshot.amounts import Amounts
from genealogy.snapshot.index import numbered
from genealogy.units import EACH, ratio, unit_of
from genealogy.where.shapes import shapes

if TYPE_CHECKING:
    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_OK, _NO_QUANTITY, _NOT_CONVERTIBLE = range(3)
_PIECES = ("H87", "each", "EA", "PCE", "C62")
_RECORDED_IN = ("production", "stock", "shipments", "dispositions", "consumption", "moves")


class Bases:
    """The unit in which each of some items is counted: the base unit of its material.

    An item of a material that nobody described is counted in the unit of its own record, else in one in which it was
    recorded elsewhere; only units with a fixed ratio to that one convert.

    Args:
        moment: the facts that count.
        items: numbers of the items.
        found: what the records say of them.
        unit: which of them are serialised units, which count in pieces.
    """

    piece = NANO
    """One piece, where pieces are what is counted."""

    def __init__(self, moment: Moment, items: Array, found: Records, unit: Array) -> None:
        self._moment, self._amounts = moment, Amounts(moment)
        base = found.base_unit.astype(np.int64)
        described = base >= 0
        if not described.all():
            base = np.where(described, base, self._elsewhere(items, found))
        material = np.where(described, found.material, -1).astype(np.int64)
        pairs, self._of, _ = shapes(material, base)
        self._material, self._base = pairs
        self._piece = np.array([self._one_piece(place) for place in range(pairs.shape[1])], np.int64)
        self._zero: dict[int, bool] = {}
        self.unit = unit

    def texts(self) -> list[str | None]:
        """The unit of measure of each item, as recorded; of a serialised unit always a piece."""
        words = self._moment.words.strings(self._base.astype(np.int32))
        pieces = [
            w if w is not None and self._code(int(b)) == EACH else "H87" for w, b in zip(words, self._base, strict=True)
        ]
        return [
            pieces[place] if is_unit else words[place]
            for place, is_unit in zip(self._of.tolist(), self.unit.tolist(), strict=True)
        ]

    def pieces(self, things: Array) -> Array:
        """What one piece of each of these items is in its unit; -1 where nothing says so."""
        return self._piece[self._of[things]] if len(self._piece) else np.zeros(0, np.int64)

    def is_zero(self, quantity: Array) -> Array:
        """Which recorded quantities are nothing (bool); not where none is recorded."""
        words, place = numbered(quantity)
        zero = np.array([word >= 0 and self._is_zero(int(word)) for word in words], bool)
        found: Array = zero[place]
        return found

    def amounts(self, things: Array, quantity: Array, measure: Array) -> tuple[Array, Array]:
        """Recorded quantities in the unit of each thing (0 where they are not known), and how they are known."""
        bases = self._of[things].astype(np.int64)
        wide = len(self._moment.words) + 1
        pairs, of_pair = numbered(bases * wide + (measure + 1))
        keys, of_key = numbered(of_pair.astype(np.int64) * wide + (quantity + 1))
        factors = [self._factor(*divmod(int(pair), wide)) for pair in pairs]
        amount, known = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int8)
        for place, key in enumerate(keys.tolist()):
            pair, word = divmod(key, wide)
            amount[place], known[place] = self._value(word - 1, factors[pair])
        return amount[of_key], known[of_key]

    def _value(self, quantity: int, factor: Fraction | None) -> tuple[int, int]:
        if quantity < 0:
            return 0, _NO_QUANTITY
        try:
            whole = None if factor is None else round(exact(self._moment.words.string(quantity)) * factor * NANO)
        except (ValueError, OverflowingQuantityError):
            whole = None
        return (0, _NOT_CONVERTIBLE) if whole is None or abs(whole) > LARGEST else (whole, _OK)

    def _factor(self, base: int, measure: int) -> Fraction | None:
        """How many of the base unit one of this measure (number of the word plus one) is."""
        word = measure - 1
        if word < 0 or self._base[base] < 0:
            return None
        if self._material[base] >= 0:
            return self._amounts.factor(int(self._material[base]), word)
        one, other = self._code(word), self._code(int(self._base[base]))
        return Fraction(1) if one == other else ratio(one, other)

    def _one_piece(self, base: int) -> int:
        if self._base[base] < 0:
            return -1
        if self._code(int(self._base[base])) == EACH:
            return NANO
        for word in self._moment.words.find(_PIECES).tolist():
            factor = self._factor(base, word + 1) if word >= 0 else None
            if factor is not None:
                return min(round(factor * NANO), LARGEST)
        return -1

    def _code(self, measure: int) -> str:
        meant = self._moment.measures.meaning.get(measure, measure)
        code = self._moment.words.string(meant)
        unit = unit_of(code)
        return unit.normal if unit else code

    def _is_zero(self, word: int) -> bool:
        if word not in self._zero:
            try:
                self._zero[word] = exact(self._moment.words.string(word)) == 0
            except ValueError:
                self._zero[word] = False
        return self._zero[word]

    def _elsewhere(self, items: Array, found: Records) -> Array:
        """The unit of a lot's own record, else the first (in the order of code points) in which it was recorded."""
        moment = self._moment
        lots = moment.column("lots", "unit")
        base = np.where(found.lot >= 0, lots[found.lot], -1).astype(np.int64) if len(lots) else np.full(len(items), -1)
        for table in _RECORDED_IN:
            open_ = np.flatnonzero((base < 0) & (found.base_unit < 0))
            rows, owner = moment.rows_of(table, "item_id", items[open_])
            if not len(rows):
                continue
            words = moment.column(table, "unit")[rows]
            stated = words >= 0
            words, owner = words[stated], open_[owner[stated]]
            names, order = moment.words.in_order(np.unique(words))
            rank = np.empty(len(names), np.int64)
            rank[order] = np.arange(len(names))
            first = np.full(len(items), len(names))
            np.minimum.at(first, owner, rank[np.searchsorted(np.unique(words), words)])
            has = first < len(names)
            base[has] = np.unique(words)[order[first[has]]]
        return base
