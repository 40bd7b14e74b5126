"""One trace over the arrays, with all that the records say of what it met; each worked out once, and when asked for."""

from __future__ import annotations

import array
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genealogy.reach import Names, Reach
from genealogy.snapshot.describe import descriptions, records
from genealogy.snapshot.gaps import gaps
from genealogy.snapshot.shipments import shipments
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.reach import Descriptions, Shipments
    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment


class Traced:
    """What is reached from some items, and what is known of them and of it.

    Args:
        moment: the facts that count.
        starts: ids, each once; one that no fact names is no error.
        forward: what was made from them, else what they were made from.
    """

    def __init__(self, moment: Moment, starts: Sequence[str], *, forward: bool) -> None:
        self._moment, self._forward, self._asked = moment, forward, list(starts)
        asked = moment.codes.find(starts)
        self._starts = np.unique(asked[asked >= 0])
        walk = Walk(moment, forward=forward)
        found = walk.everything(self._starts)
        tier = walk.tiers(self._starts, found)
        order = moment.codes.order(found.items)
        self._depth, self._tier = found.depth[order], tier[order]
        cycles = moment.codes.strings(np.array(walk.cycles(self._starts, found), np.int32))
        self._cycles = sorted(str(item) for item in cycles)
        self._nameless = [start for start, number in zip(starts, asked.tolist(), strict=True) if number < 0]
        self._numbers: Array = np.concatenate([asked, found.items[order]])

    @cached_property
    def reach(self) -> Reach:
        """Everything reached."""
        return Reach(self._reached.to_pylist(), self._depth.tolist(), self._tier.tolist(), self._cycles)

    @cached_property
    def ids(self) -> list[str]:
        """The starts, then everything reached; the descriptions stand in this order."""
        return [*self._asked, *self.reach.ids]

    @cached_property
    def at_a_glance(self) -> tuple[Reach, Sequence[str]]:
        """The same as ``reach`` and ``ids``, of which texts and numbers become Python's when they are asked for.

        It can be read, not compared: of a million items few are looked at, and to make each of them takes longer than the trace.
        """
        depth, tier = (array.array("i", column.astype(np.intc).tobytes()) for column in (self._depth, self._tier))
        return Reach(Names(self._reached), depth, tier, self._cycles), Names(self._ids)

    @cached_property
    def _ids(self) -> pa.Array:
        """The starts, then everything reached."""
        codes = self._moment.codes.array
        if not self._nameless:
            return codes.take(pa.array(self._numbers))
        reached = codes.take(pa.array(self._numbers[len(self._asked) :]))
        return pa.concat_arrays([pa.array(self._asked, pa.large_string()), reached])

    @property
    def _reached(self) -> pa.Array:
        return self._ids[len(self._asked) :]

    @cached_property
    def described(self) -> Descriptions:
        """What the records say of each of ``ids``."""
        return descriptions(self._moment, self._records)

    @cached_property
    def shipped(self) -> Shipments:
        """Every shipment line that holds or may hold one of ``ids``."""
        return shipments(self._moment, self._affected[0])

    @cached_property
    def gaps(self) -> dict[str, dict[str, Any]]:
        """What the records leave open for this trace."""
        affected, found = self._affected
        return gaps(self._moment, self._starts, affected, found, forward=self._forward, undescribed=self._nameless)

    @cached_property
    def _records(self) -> Records:
        return records(self._moment, self._numbers)

    @cached_property
    def _affected(self) -> tuple[Array, Records]:
        """The numbers of those that some fact names, with their records."""
        named = self._numbers >= 0
        return (self._numbers, self._records) if named.all() else (self._numbers[named], self._records.at(named))
