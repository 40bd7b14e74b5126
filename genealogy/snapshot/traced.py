"""One trace over the arrays, with all that the records say of what it met; each worked out once, and when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.reach import Reach
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

    Attributes:
        reach: everything reached.
        ids: the starts, then everything reached; the descriptions stand in this order.
    """

    def __init__(self, moment: Moment, starts: Sequence[str], *, forward: bool) -> None:
        self._moment, self._forward = moment, forward
        asked = moment.codes.find(starts)
        self._starts = np.unique(asked[asked >= 0])
        walk = Walk(moment, forward=forward)
        found = walk.everything(self._starts)
        tier = walk.tiers(self._starts, found)
        ids, order = moment.codes.in_order(found.items)
        cycles = moment.codes.strings(np.array(walk.cycles(self._starts, found), np.int32))
        self.reach = Reach(
            ids=ids,
            depth=found.depth[order].tolist(),
            tier=tier[order].tolist(),
            cycles=sorted(str(item) for item in cycles),
        )
        self.ids = [*starts, *ids]
        self._numbers: Array = np.concatenate([asked, found.items[order]])

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
        undescribed = [self.ids[place] for place in np.flatnonzero(self._numbers < 0).tolist()]
        return gaps(self._moment, self._starts, affected, found, forward=self._forward, undescribed=undescribed)

    @cached_property
    def _records(self) -> Records:
        return records(self._moment, self._numbers)

    @cached_property
    def _affected(self) -> tuple[Array, Records]:
        """The numbers of those that some fact names, with their records."""
        named = self._numbers >= 0
        return (self._numbers, self._records) if named.all() else (self._numbers[named], self._records.at(named))
