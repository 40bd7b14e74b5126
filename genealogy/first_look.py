"""What one road says of a very large scope while the other is still at work: to be looked at, and for nothing else.

A look is no answer. It has no digest and no JSON form, it is not kept, and nothing is exported of it. It never says that it
is complete: only an ``Answer`` may, for which both roads are done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from genealogy import scope as composing
from genealogy.answer import AT_WORK
from genealogy.draft import Draft

if TYPE_CHECKING:
    from genealogy.draft import Known
    from genealogy.reach import Numbers
    from genealogy.snapshot.traced import Traced

UNCOMPARED: dict[str, Any] = {"complete": False, "second_road": AT_WORK, "differences": []}
"""What a look says instead of whether the roads agree."""

Part = Literal["units", "lots", "all"]
"""Rows of a scope: finished units, what is no unit, everything."""


@dataclass(frozen=True)
class Look:
    """What one road says.

    Attributes:
        said: the fields that the answer will have, without its long lists.
    """

    said: dict[str, Any]


class ScopeDraft:
    """A scope as the arrays alone have it; rows are made for those that are looked at.

    Args:
        traced: what the arrays reach.
        known: of the plant.
    """

    def __init__(self, traced: Traced, known: Known) -> None:
        self.found = composing.Findings(*traced.at_a_glance, traced.described, traced.shipped)
        self.draft = Draft(self.found, known)

    def places(self, part: Part) -> Numbers:
        """The places of the reached items of one part, in the order in which the answer lists them."""
        order: Numbers = self._order
        if part == "all":
            return order
        chosen = self._finished_units if part == "units" else ~self._units
        found: Numbers = order[chosen[order]]
        return found

    def count(self, part: Part) -> int:
        """How many of the reached items a part has."""
        if part == "all":
            return len(self.found.reach.ids)
        return int((self._finished_units if part == "units" else ~self._units).sum())

    def rows(self, part: Part, first: int, last: int) -> list[dict[str, Any]]:
        """Some rows of the reached items of a part, as the answer will have them."""
        return composing.item_rows(self.found, tiers=True, chosen=self.places(part)[max(0, first) : max(0, last)])

    @cached_property
    def _order(self) -> Numbers:
        return composing.nearest_first(self.found.reach)

    @cached_property
    def _units(self) -> Numbers:
        unit: Numbers = self.found.described.kind.where("unit")[self._starts :]
        return unit

    @cached_property
    def _finished_units(self) -> Numbers:
        found = np.zeros(len(self.found.ids), np.bool_)
        found[self.draft.finished.units] = True
        return found[self._starts :]

    @property
    def _starts(self) -> int:
        return len(self.found.ids) - len(self.found.reach.ids)


@dataclass(frozen=True)
class TraceLook(Look):
    """What one road says of a trace.

    Attributes:
        found: of which rows can be made.
    """

    found: composing.Findings

    def count(self) -> int:
        """How many items are reached."""
        return len(self.found.reach.ids)

    def rows(self, first: int, last: int) -> list[dict[str, Any]]:
        """Some rows of the items, as the answer will have them."""
        chosen = composing.nearest_first(self.found.reach)[max(0, first) : max(0, last)]
        return composing.item_rows(self.found, tiers=False, chosen=chosen)


@dataclass(frozen=True)
class ScopeLook(Look):
    """What one road says of a scope.

    Attributes:
        scope: of which rows can be made.
    """

    scope: ScopeDraft
