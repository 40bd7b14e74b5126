"""The parts of a scope's answer that follow from its findings alone.

They are most of the work of composing it, and they need neither road, so they are made while the graph is still asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from genealogy import scope as composing

if TYPE_CHECKING:
    from genealogy.measures import Measures
    from genealogy.scope import Findings, Finished, Party


@dataclass(frozen=True)
class Known:
    """What is true of the whole plant, whatever was found.

    Attributes:
        parties: by our id.
        measures: what is needed to convert quantities.
    """

    parties: dict[str, Party]
    measures: Measures


class Draft:
    """What a scope's answer says of some findings.

    Args:
        found: the findings.
        known: of the plant.
    """

    def __init__(self, found: Findings, known: Known) -> None:
        self.found, self._known = found, known

    @cached_property
    def finished(self) -> Finished:
        """Finished units and lots among them."""
        return composing.finished(self.found)

    @cached_property
    def answer(self) -> dict[str, Any]:
        """Fields of the answer, in their order; ``finished_quantity`` needs one more question, and is added by ``whole``."""
        return {"items": composing.item_rows(self.found, tiers=True), **self.counts}

    @cached_property
    def counts(self) -> dict[str, Any]:
        """The same without a row for each item: of a million, these rows are most of the work."""
        found, finished, described = self.found, self.finished, self.found.described
        unknown = described.kind.where("unknown")
        rests = composing.rests(found, finished, self._known.measures)
        return {
            "start_items": composing.start_rows(found),
            "on_cycle": found.reach.cycles,
            "finished_units": len(finished.units),
            "finished_lots": len(finished.lots),
            "finished_lots_without_serials": len(finished.loose),
            "partly_serialised_lots": len(rests),
            "by_tier": composing.by_tier(found, finished),
            "finished_quantity": rests,
            "consignees": composing.consignees(found, self._known.parties, self._known.measures),
            "items_without_stage": int((described.stage.where(None) & ~unknown).sum()),
            "unresolved": sorted(found.ids[place] for place in unknown.nonzero()[0].tolist()),
        }

    def whole(self, produced: list[composing.Amounts]) -> dict[str, Any]:
        """The fields of the answer.

        Args:
            produced: what was recorded as made of each finished lot that has no serials.
        """
        return self.answer | self._quantity(produced)

    def counted(self, produced: list[composing.Amounts]) -> dict[str, Any]:
        """The same without a row for each item."""
        return self.counts | self._quantity(produced)

    def _quantity(self, produced: list[composing.Amounts]) -> dict[str, Any]:
        lots = self.found.described.at(self.finished.loose).rows()
        rests = self.counts["finished_quantity"]
        return {"finished_quantity": composing.quantities(lots, produced, self._known.measures, rests)}


class Drafts:
    """Makes the draft of findings, and keeps the last one: of an undisturbed scope it is the one that is wanted."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._last: Draft | None = None

    def of(self, found: Findings) -> Draft:
        """The draft of these findings."""
        if self._last is None or self._last.found is not found:
            self._last = Draft(found, self._known)
        return self._last

    def prepare(self, found: Findings) -> None:
        """Make the draft of these findings now."""
        _ = self.of(found).answer
