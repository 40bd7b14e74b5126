"""The plant as of every entry of its ledger, in arrays that are mapped into memory: the second road to every answer."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from genealogy.errors import GenealogyError
from genealogy.snapshot import files
from genealogy.snapshot.build import FactSource, extended
from genealogy.snapshot.codes import Codes
from genealogy.snapshot.describe import descriptions, know_all, records
from genealogy.snapshot.gaps import gaps
from genealogy.snapshot.index import different, distinct
from genealogy.snapshot.moment import Moment
from genealogy.snapshot.shipments import shipments
from genealogy.snapshot.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from genealogy.reach import Description, Descriptions, Reach, Shipments, Shipped
    from genealogy.snapshot.files import Array, Arrays

Direction = Literal["forward", "backward"]

_MOMENTS = 8
"""So many moments are remembered: what codes meant then is worked out once."""
_PAGE = 4096


class Snapshot:
    """What a ledger's facts say, as of any of its entries.

    Item ids in questions and answers are the items themselves: codes that other systems use for them are resolved in
    the facts, not in the questions. An id that no fact names is no error here; nothing is reachable from it.

    Args:
        arrays: as ``build`` lays them out.
        sequence: the last entry that they know.
        identity: whose ledger they were built from; empty where the caller does not say.
    """

    def __init__(self, arrays: Arrays, sequence: int, identity: str = "") -> None:
        self._arrays, self._identity = arrays, identity
        self.sequence = sequence
        self._codes, self._words = Codes(arrays, "codes"), Codes(arrays, "words")
        self._moments: OrderedDict[int, Moment] = OrderedDict()

    @classmethod
    def of(cls, source: FactSource, *, identity: str = "") -> Snapshot:
        """The arrays of all facts, in memory alone."""
        return cls({}, -1, identity).extended(source)

    def extended(self, source: FactSource) -> Snapshot:
        """The same with the entries after the last one known, in memory alone; itself where there are none."""
        arrays, sequence = extended(self._arrays, source, self.sequence)
        if self._arrays and sequence == self.sequence:
            return self
        return Snapshot(arrays, max(sequence, 0), self._identity)  # entry 0 is the ledger's creation: it holds no facts

    @classmethod
    def build(cls, source: FactSource, folder: Path, *, identity: str = "") -> Snapshot:
        """Build the arrays from all facts and keep them; what the folder held is replaced.

        Args:
            source: of the facts.
            folder: where snapshots of this plant are kept; nothing else may stand in it.
            identity: of the ledger, so that another one's arrays are never taken for these.
        """
        return cls.of(source, identity=identity)._kept(folder)

    @classmethod
    def open(cls, folder: Path, *, identity: str = "", verify: bool = False) -> Snapshot | None:
        """Map the arrays into memory.

        Args:
            folder: as for ``build``.
            identity: as for ``build``.
            verify: compare the checksum of every file, which reads all of them.

        Returns:
            None where there is no whole and undamaged snapshot of this ledger.
        """
        found = files.read(folder, verify=verify)
        if found is None or found[2] != identity:
            return None
        return cls(*found)

    @classmethod
    def refresh(cls, source: FactSource, folder: Path, *, identity: str = "", head: int | None = None) -> Snapshot:
        """Open the snapshot and bring it up to the last entry; build it where there is none that can be trusted.

        Args:
            source: of the facts.
            folder: as for ``build``.
            identity: as for ``build``.
            head: the last entry of the ledger, whether or not it holds facts, so that questions as of it can be asked.
        """
        snapshot = cls.open(folder, identity=identity)
        if snapshot is None or (head is not None and head < snapshot.sequence):
            snapshot = cls.build(source, folder, identity=identity)
        else:
            longer = snapshot.extended(source)
            snapshot = snapshot if longer is snapshot else longer._kept(folder)
        snapshot.sequence = max(snapshot.sequence, -1 if head is None else head)
        return snapshot

    def at_hand(self) -> None:
        """Read every page of the arrays once, so that no question waits for what lies in a file only.

        What the questions of the last entry need of every item is worked out, too.
        """
        for array in list(self._arrays.values()):
            np.add.reduce(array.view(np.uint8)[::_PAGE], dtype=np.uint64)
        _ = self._codes.alphabet
        know_all(self.moment(self.sequence))

    def _kept(self, folder: Path) -> Snapshot:
        files.write(folder, self._arrays, self.sequence, self._identity)
        kept = Snapshot.open(folder, identity=self._identity)
        if kept is None or kept.sequence != self.sequence:
            raise GenealogyError(
                f"The snapshot in {folder} could not be read back after writing it up to entry {self.sequence}: "
                "check the disk, then ask again."
            )
        return kept

    def reach(self, starts: Sequence[str], direction: Direction, as_of: int) -> Reach:
        """Everything reachable from these items.

        Args:
            starts: items.
            direction: forward (what was made from them) or backward (what they were made from).
            as_of: the entry whose state counts.
        """
        return self.traced(starts, direction, as_of).reach

    def traced(self, starts: Sequence[str], direction: Direction, as_of: int) -> Traced:
        """The same with all that the records say of what is reached."""
        return Traced(self.moment(as_of), sorted(set(starts)), forward=direction == "forward")

    def describe(self, ids: Sequence[str], as_of: int) -> list[Description]:
        """What the records say of each item, in the order asked."""
        return self.described(ids, as_of).rows()

    def described(self, ids: Sequence[str], as_of: int) -> Descriptions:
        """The same as columns."""
        moment = self.moment(as_of)
        return descriptions(moment, records(moment, self._codes.find(ids)))

    def has(self, item: str, as_of: int) -> bool:
        """Whether any fact up to this entry named the item, described or not, superseded or not."""
        moment = self.moment(as_of)
        number = self._codes.find([item])
        if number[0] < 0:
            return False
        codes, _ = moment.items.spellings(number)
        if (self._arrays["named.item"][codes] <= as_of).any():
            return True
        container = len(moment.rows_at("packing", "container_id", number)[0]) > 0
        return not container and bool((self._arrays["named.perhaps"][codes] <= as_of).any())

    def units_of(self, lots: Sequence[str], as_of: int) -> dict[str, int]:
        """How many units were serialised from each of these lots."""
        moment = self.moment(as_of)
        ids = sorted(set(lots))
        numbers = self._codes.find(ids)
        known = np.flatnonzero(numbers >= 0)
        rows, owner = moment.rows_of("units", "lot_id", numbers[known])
        counts = np.zeros(len(ids), np.int64)
        if len(rows):
            lot, unit = known[owner], moment.item_column("units", "item_id", rows)
            counts = np.bincount(lot[distinct(lot, unit)], minlength=len(ids))
        return dict(zip(ids, counts.tolist(), strict=True))

    def produced(self, lots: Sequence[str], as_of: int) -> list[list[tuple[str | None, str | None]]]:
        """Quantity and unit, as recorded, of each production row of each of these lots."""
        moment = self.moment(as_of)
        numbers = self._codes.find(lots)
        known = np.flatnonzero(numbers >= 0)
        rows, owner = moment.rows_of("production", "item_id", numbers[known])
        found: list[list[tuple[str | None, str | None]]] = [[] for _ in lots]
        quantities, units = (
            moment.words.strings(moment.column("production", name)[rows]) for name in ("quantity", "unit")
        )
        for lot, quantity, unit in zip(known[owner].tolist(), quantities, units, strict=True):
            found[lot].append((quantity, unit))
        return [sorted(amounts, key=str) for amounts in found]

    def shipments(self, affected: Sequence[str], as_of: int) -> list[Shipped]:
        """Every shipment line that holds or may hold one of these items, sorted by shipment, line, named item and item.

        Args:
            affected: items, starts included.
            as_of: the entry whose state counts.
        """
        return self.shipped(affected, as_of).rows()

    def shipped(self, affected: Sequence[str], as_of: int) -> Shipments:
        """The same as columns, in no particular order."""
        return shipments(self.moment(as_of), self._items(affected))

    def gaps(self, starts: Sequence[str], reach: Reach, direction: Direction, as_of: int) -> dict[str, dict[str, Any]]:
        """What the records leave open for this answer, by kind: how often, how many more units, examples."""
        moment = self.moment(as_of)
        asked = [*starts, *reach.ids]
        undescribed = [asked[place] for place in np.flatnonzero(self._codes.find(asked) < 0).tolist()]
        affected = self._items(asked)
        found = records(moment, affected)
        forward = direction == "forward"
        return gaps(moment, self._items(starts), affected, found, forward=forward, undescribed=undescribed)

    def _items(self, ids: Sequence[str]) -> Array:
        numbers = different(self._codes.find(ids))
        return numbers[numbers >= 0]

    def moment(self, as_of: int) -> Moment:
        """The facts in force as of an entry."""
        if as_of > self.sequence:
            raise GenealogyError(
                f"The snapshot knows the entries up to {self.sequence}, not entry {as_of}: refresh it, then ask again."
            )
        moment = self._moments.get(as_of)
        if moment is None:
            moment = self._moments[as_of] = Moment(self._arrays, as_of, self._codes, self._words)
            while len(self._moments) > _MOMENTS:
                self._moments.popitem(last=False)
        return moment
