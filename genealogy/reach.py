"""What either road hands back: what was reached, what the records say of it, and to whom it was shipped.

These types are the only thing that the two roads of a trace have in common, so that their answers can be compared
field by field. Of many items the records are handed back as columns: a text is made only where one is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self, TypeAlias, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Numbers: TypeAlias = npt.NDArray[Any]


class Names(Sequence[str]):
    """Texts in a column, of which each becomes a string when it is asked for: of a million, few are.

    Args:
        array: the texts (large_string), without null.
    """

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            some: list[str] = self._array[place].to_pylist()
            return some
        return str(self._array[place].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self._array.to_pylist())

    def __arrow_array__(self, type: pa.DataType | None = None) -> pa.Array:  # noqa: A002 - pyarrow names it so
        return self._array if type is None else self._array.cast(type)


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything reachable from a set of starts; the starts themselves are never listed.

    Attributes:
        ids: the items, sorted by code point.
        depth: for each, the least number of item-to-item moves from any start (consumed -> produced 1, lot -> unit 1).
        tier: for each, the weakest link on its strongest path: 0 unit, 1 lot, 2 order.
        cycles: the starts that reach themselves, sorted by code point.
    """

    ids: Sequence[str]
    depth: Sequence[int]
    tier: Sequence[int]
    cycles: list[str]


@dataclass(frozen=True, slots=True)
class Description:
    """What the records say of an item as of a sequence.

    Attributes:
        kind: ``lot``, ``unit``, or ``unknown`` where nobody described it; where both a lot and a unit record are in
            force, ``unit``.
        material_id: what it is, aliases resolved; a unit without its own has that of its lot.
        stage: supplied, intermediate or finished, as its material says.
        lot_id: for a unit, the lot that it was serialised from, aliases resolved.
        number: lot number, or serial number.
        quantity: for a lot, the quantity as recorded.
        unit: for a lot, the unit of that quantity as recorded.
    """

    kind: str
    material_id: str | None
    stage: str | None
    lot_id: str | None
    number: str | None
    quantity: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Shipped:
    """One shipment line that holds, or may hold, something affected.

    Attributes:
        shipment_id: the shipment.
        line_no: its line, where the record has one.
        named: the item or container that the line names, aliases resolved.
        item: the affected item; for a ``possible`` row, the lot of which an affected unit may have been shipped.
        consignee: the party that received it, aliases resolved.
        quantity: as recorded. A unit that is named itself counts 1 where no quantity is recorded; inside a container
            a unit counts 1 and a lot None.
        unit: unit of the quantity as recorded; ``H87`` (piece) where the quantity was counted.
        certainty: ``proven`` or ``possible``.
        shipped_at: canonical time of the shipment.
    """

    shipment_id: str
    line_no: str | None
    named: str
    item: str
    consignee: str
    quantity: str | None
    unit: str | None
    certainty: str
    shipped_at: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts, kept as numbers so that the same text is made once, or never.

    Attributes:
        numbers: for each place the number of its text, -1 where there is none.
        words: the texts; others may stand among them, and equal ones more than once.
    """

    numbers: Numbers
    words: pa.Array

    @classmethod
    def of(cls, texts: Iterable[str | None] | pa.Array) -> Self:
        """A column of these texts."""
        array = texts if isinstance(texts, pa.Array) else pa.array(list(texts), pa.large_string())
        encoded = array.dictionary_encode()
        return cls(encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary)

    def __len__(self) -> int:
        return len(self.numbers)

    def array(self) -> pa.Array:
        """The texts in their places (large_string)."""
        return self.words.take(pa.array(self.numbers, mask=self.numbers < 0)).cast(pa.large_string())

    def texts(self) -> list[str | None]:
        """The texts in their places."""
        words, place = self.distinct()
        if 2 * len(words) < len(self):
            return [words[number] for number in place.tolist()]
        found: list[str | None] = self.array().to_pylist()
        return found

    def distinct(self) -> tuple[list[str | None], Numbers]:
        """The different texts (and None, where some place has none), and which of them stands in each place.

        Texts of different number count as different, so an equal one may be named twice.
        """
        numbers, place = _different(self.numbers)
        words: list[str | None] = self.words.take(pa.array(numbers, mask=numbers < 0)).to_pylist()
        return words, place

    def at(self, places: Numbers) -> Texts:
        """The texts in some of the places."""
        return Texts(self.numbers[places], self.words)

    def where(self, *texts: str | None) -> Numbers:
        """In which places one of these texts stands (bool)."""
        if len(self.words) <= _FEW <= len(self):  # each word is looked at once, and each place only for its word
            those = np.array([word in texts for word in (*self.words.to_pylist(), None)], np.bool_)
            there: Numbers = those[self.numbers]
            return there
        words, place = self.distinct()
        found: Numbers = np.array([word in texts for word in words], np.bool_)[place]
        return found


def _different(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """The different numbers, ascending, and which of them stands in each place."""
    least = int(numbers.min()) if len(numbers) else 0
    size = int(numbers.max()) - least + 1 if len(numbers) else 0
    if not len(numbers) or size > 4 * len(numbers) + _FEW:
        return np.unique(numbers, return_inverse=True)
    there = np.zeros(size, np.bool_)  # of a million in a narrow range, ticking off is ten times as fast as sorting
    there[numbers - least] = True
    rank = np.cumsum(there) - 1
    return (np.flatnonzero(there) + least).astype(numbers.dtype), rank[numbers - least]


_FEW = 1 << 12


@dataclass(frozen=True, slots=True, eq=False)
class Descriptions:
    """What the records say of many items, column by column; see ``Description``."""

    kind: Texts
    material_id: Texts
    stage: Texts
    lot_id: Texts
    number: Texts
    quantity: Texts
    unit: Texts

    @classmethod
    def of(cls, rows: Sequence[Description]) -> Self:
        """The columns of these rows."""
        return cls(*(Texts.of([getattr(row, each.name) for row in rows]) for each in fields(cls)))

    def __len__(self) -> int:
        return len(self.kind)

    def at(self, places: Numbers) -> Descriptions:
        """The descriptions in some of the places."""
        return Descriptions(*(column.at(places) for column in _columns(self)))

    def rows(self) -> list[Description]:
        """One description for each place."""
        return [Description(*row) for row in zip(*(column.texts() for column in _columns(self)), strict=True)]

    def equals(self, other: Descriptions) -> bool:
        """Whether both say the same of each place."""
        return all(
            one.array().equals(another.array()) for one, another in zip(_columns(self), _columns(other), strict=True)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shipments:
    """Shipment lines column by column, in no particular order; see ``Shipped``."""

    shipment_id: Texts
    line_no: Texts
    named: Texts
    item: Texts
    consignee: Texts
    quantity: Texts
    unit: Texts
    certainty: Texts
    shipped_at: Texts

    @classmethod
    def of(cls, rows: Sequence[Shipped]) -> Self:
        """The columns of these rows."""
        return cls(*(Texts.of([getattr(row, each.name) for row in rows]) for each in fields(cls)))

    def __len__(self) -> int:
        return len(self.item)

    def rows(self) -> list[Shipped]:
        """One for each line and item, sorted by shipment, line, named item and item."""
        return sorted((Shipped(*row) for row in self._tuples()), key=_order)

    def equals(self, other: Shipments) -> bool:
        """Whether both hold the same lines, each as often."""
        return len(self) == len(other) and Counter(self._tuples()) == Counter(other._tuples())

    def _tuples(self) -> Iterable[tuple[Any, ...]]:
        return zip(*(column.texts() for column in _columns(self)), strict=True)


def _columns(table: Descriptions | Shipments) -> list[Texts]:
    return [getattr(table, each.name) for each in fields(table)]


_CELLS = attrgetter(*(each.name for each in fields(Shipped)))


def _order(line: Shipped) -> tuple[str, ...]:
    first = (line.shipment_id, line.line_no, line.named, line.item, line.certainty, line.consignee)
    return tuple(text or "" for text in (*first, *_CELLS(line)))
