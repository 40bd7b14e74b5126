"""Why: chains and cuts, who stands behind it, and what several complaints have in common."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genealogy.answer import Answer
from genealogy.questions.asking import Asking
from genealogy.undescribed import LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from genealogy.starts import Start


class Explanations(Asking):
    """The questions after reasons."""

    def why(
        self, item: str, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = ()
    ) -> Answer:
        """Why an item is in the scope of some starts: the best chain of recorded facts; or why it is not."""
        from genealogy.why import why
        from genealogy.why.started import Started

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        started = Started.of(also, self._chosen(also, moment))
        answer = self.evidence.named(why(self.snapshot, self.evidence, item, starts, moment, self.road, started))
        return Answer(answer, self._asked(began, ["tier and moves of the best path", "each move"]))

    def near_misses(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        limit: int | None = None,
        also: Sequence[Start] = (),
    ) -> Answer:
        """What stands beside the scope of some starts without being in it, and the fact that cuts; ``limit`` a kind."""
        from genealogy.why import compared
        from genealogy.why.near_misses import near_misses
        from genealogy.why.started import Started

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        chosen = self._chosen(also, moment)
        started = Started.of(also, chosen)
        answer = self.evidence.named(near_misses(self.snapshot, self.evidence, starts, moment, limit, started))
        sources = sorted({*answer["starts"], *chosen.sources})
        answer |= compared(self.road, self.snapshot, sources, "forward", moment, chosen.differences)
        return Answer(answer, self._asked(began, ["items reached"]))

    def responsible(self, item: str, as_of: int | datetime | None = None) -> Answer:
        """Who and what stands behind an item: person, time, place, lots, equipment, parameters, documents of each step."""
        from genealogy.responsible import responsible
        from genealogy.why import compared

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = responsible(self.snapshot, self.evidence, item, moment, self.recorded)
        answer |= compared(self.road, self.snapshot, [item], "backward", moment)
        return Answer(answer, self._asked(began, ["items reached"]))

    def where_else(
        self,
        complaints: Sequence[str],
        healthy: Sequence[str] = (),
        as_of: int | datetime | None = None,
        *,
        first: int | None = None,
    ) -> Answer:
        """What complaints have in common, ranked, and what else it went into (see ``genealogy.cause.where_else``)."""
        from genealogy.cause.where_else import where_else

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = where_else(self.snapshot, self.store, self.road, complaints, healthy, moment, first)
        return Answer(answer, self._asked(began, ["complaints behind each candidate"]))

    def undescribed(
        self, kind: str | None = None, as_of: int | datetime | None = None, *, limit: int | None = LIMIT
    ) -> Answer:
        """The codes that records use and nobody described (see ``genealogy.undescribed``)."""
        from genealogy.undescribed import undescribed

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = undescribed(self.snapshot, self.evidence, moment, kind=kind, limit=limit)
        return Answer(self.evidence.named(answer), self._asked(began, []))

    def attention(self) -> dict[str, int]:
        """What in the records waits for somebody (see ``genealogy.attention``)."""
        from genealogy.attention import attention

        return attention(self.snapshot, self.head)
