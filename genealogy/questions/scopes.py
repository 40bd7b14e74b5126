"""How far it goes: trace, scope, compare, bounds, and what changed between two moments."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

from genealogy import scope as composing
from genealogy.answer import THOROUGH, Answer
from genealogy.both_roads import both
from genealogy.draft import Drafts, Known
from genealogy.errors import InputError
from genealogy.narrow.compare import Boundaries
from genealogy.questions.asking import Asking
from genealogy.sentences import scope_lines
from genealogy.uncollected import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from genealogy.diff import StartsAt
    from genealogy.first_look import ScopeLook, TraceLook
    from genealogy.narrow import Narrowing
    from genealogy.starts import Start
    from genealogy.starts.resolve import Resolved

Direction = Literal["forward", "backward"]


Noted = tuple[tuple[str, ...], int, tuple["Start", ...]]
_NOTED = 20
"""Scopes that are remembered as incomplete."""


class Scopes(Asking):
    """The questions after what may be affected."""

    @uncollected()
    def trace(
        self,
        starts: Sequence[str],
        direction: Direction,
        as_of: int | datetime | None = None,
        *,
        thorough: bool | None = None,
    ) -> Answer:
        """Everything that may hold the starts (forward), or that may be in them (backward), to any depth.

        Both roads are followed and compared in full, always. What the records say of each item is compared as well up to
        THOROUGH items, or when ``thorough`` asks for it: a record is a copy of one fact, which ``verify`` checks, so there
        is no traversal in it that could go astray.
        """
        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        said = both(self.road, self.snapshot, starts, direction, moment, shipped=False, thorough=thorough)
        found, differences = said.found, said.differences
        answer = {
            "start": starts[0] if len(starts) == 1 else starts,
            "direction": direction,
            "as_of": moment,
            "complete": not differences,
            "items": composing.item_rows(found, tiers=False),
            "on_cycle": found.reach.cycles,
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }
        return Answer(answer, self._asked(began, said.compared))

    @uncollected()
    def scope(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        thorough: bool | None = None,
        also: Sequence[Start] = (),
        narrowing: Narrowing | None = None,
    ) -> Answer:
        """The scope of a recall of the starts: items with tier, finished units and lots, consignees, and what is unsure.

        ``thorough`` as for ``trace``; ``also`` are starts that are no items (see ``genealogy.starts``); ``narrowing`` leaves
        out what facts allow to leave out, and says it (see ``genealogy.narrow``).
        """
        began, moment = time.perf_counter(), self.moment(as_of)
        boundaries, compared = self._boundaries(starts, moment, also, thorough=thorough)
        answer = boundaries.full if narrowing is None else boundaries.narrowed(narrowing)
        self._note((tuple(sorted(set(starts))), moment, tuple(also)), complete=answer["complete"])
        return Answer(answer, self._asked(began, compared))

    @cached_property
    def incomplete(self) -> dict[Noted, None]:
        """Items, entry and other starts of the last scopes on which the roads did not agree, since the engine was opened."""
        return {}

    def _note(self, asked: Noted, *, complete: bool) -> None:
        self.incomplete.pop(asked, None)  # asked again, it may be complete: the graph may have been made anew
        if not complete:
            while len(self.incomplete) >= _NOTED:
                self.incomplete.pop(next(iter(self.incomplete)), None)
            self.incomplete[asked] = None

    @uncollected()
    def trace_look(
        self, starts: Sequence[str], direction: Direction, as_of: int | datetime | None = None, *, least: int
    ) -> TraceLook | None:
        """What the arrays alone say of a trace of more than ``least`` items; else None, as ``scope_look`` has it."""
        from genealogy.first_look import UNCOMPARED, TraceLook

        moment, starts = self.moment(as_of), sorted(set(starts))
        traced = self.snapshot.traced(starts, direction, moment)
        reach, ids = traced.at_a_glance
        if len(reach.ids) <= least:
            return None
        said: dict[str, Any] = {
            "start": starts[0] if len(starts) == 1 else starts,
            "direction": direction,
            "as_of": moment,
            "on_cycle": reach.cycles,
            **UNCOMPARED,
        }
        return TraceLook(said, composing.Findings(reach, ids, traced.described))

    @uncollected()
    def scope_look(self, starts: Sequence[str], as_of: int | datetime | None = None, *, least: int) -> ScopeLook | None:
        """What the arrays alone say of a scope of more than ``least`` items; None of a smaller one, whose answer is soon there.

        It is no answer, and never complete: see ``genealogy.first_look``.
        """
        from genealogy.first_look import UNCOMPARED, ScopeDraft, ScopeLook

        moment, starts = self.moment(as_of), sorted(set(starts))
        traced = self.snapshot.traced(starts, "forward", moment)
        if len(traced.at_a_glance[0].ids) <= least:
            return None
        known = Known(self.road.parties(moment), self.road.measures(moment))
        with ThreadPoolExecutor(1) as beside:  # gaps and counts do not need each other
            gaps = beside.submit(copy_context().run, lambda: traced.gaps)
            scope = ScopeDraft(traced, known)
            loose = [scope.found.ids[lot] for lot in scope.draft.finished.loose]
            counted = scope.draft.counted(self.snapshot.produced(loose, moment))
        said: dict[str, Any] = {
            "starts": starts,
            "direction": "forward",
            "as_of": moment,
            **counted,
            "gaps": self.evidence.named(gaps.result()),
            **UNCOMPARED,
        }
        said["summary"] = scope_lines(said)
        return ScopeLook(said, scope)

    @uncollected()
    def compare(
        self,
        starts: Sequence[str],
        named: Sequence[tuple[str, Narrowing | None]],
        as_of: int | datetime | None = None,
        *,
        also: Sequence[Start] = (),
    ) -> Answer:
        """The full scope and narrowed ones side by side; ``named``: text and meaning of each (``genealogy.narrow.compare``)."""
        began, moment = time.perf_counter(), self.moment(as_of)
        boundaries, compared = self._boundaries(starts, moment, also)
        own = {party for party, known in self.road.parties(moment).items() if "own" in known.roles}
        return Answer(boundaries.beside(named, own), self._asked(began, compared))

    def _boundaries(
        self, starts: Sequence[str], moment: int, also: Sequence[Start], *, thorough: bool | None = None
    ) -> tuple[Boundaries, list[str]]:
        self.road.asked.clear()
        chosen = self._chosen(also, moment)
        starts = sorted({*starts, *chosen.items})
        # Asked first: the graph is busy while the draft is made.
        drafts = Drafts(Known(self.road.parties(moment), self.road.measures(moment)))
        said = both(
            self.road, self.snapshot, starts, "forward", moment,
            shipped=True, thorough=thorough, outputs=chosen.outputs, meanwhile=drafts.prepare,
        )  # fmt: skip
        gaps = said.gaps
        if gaps is None or chosen.sources:
            gaps = self.snapshot.gaps(sorted({*starts, *chosen.sources}), said.found.reach, "forward", moment)
        differences = [*chosen.differences, *said.differences]
        compose = partial(self._composed, starts, gaps, moment, differences, chosen, drafts)
        compared = [*said.compared, *(["starts"] if also else [])]
        return Boundaries(self.snapshot, self.evidence, moment, said.found, compose), compared

    def _composed(
        self,
        starts: list[str],
        gaps: dict[str, Any],
        moment: int,
        differences: list[str],
        chosen: Resolved,
        drafts: Drafts,
        found: composing.Findings,
    ) -> dict[str, Any]:
        """The answer of a scope."""
        loose = [found.ids[lot] for lot in drafts.of(found).finished.loose]
        answer: dict[str, Any] = {
            "starts": starts,
            "direction": "forward",
            "as_of": moment,
            "complete": not differences,
            **drafts.of(found).whole(self._produced(loose, moment)),
            "gaps": self.evidence.named(gaps),
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }
        if chosen.rows:
            answer["started_from"] = chosen.rows
        answer["summary"] = scope_lines(answer)
        return answer

    def _produced(self, lots: list[str], moment: int) -> list[composing.Amounts]:
        """What was recorded as made of each lot; of very many, as of their descriptions, the arrays are believed."""
        return (self.road if len(lots) <= THOROUGH else self.snapshot).produced(lots, moment)

    @uncollected()
    def bounds(self, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The scope at best and at worst, with every doubt between (see ``genealogy.bounds``)."""
        from genealogy.bounds import bounds

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        answer = self.evidence.named(bounds(self.snapshot, self.evidence, starts, moment))
        agree = self.road.reach(starts, "forward", moment) == self.snapshot.reach(starts, "forward", moment)
        answer |= {"complete": agree, "second_road": "agrees" if agree else "differs"}
        return Answer(answer, self._asked(began, ["reach"]))

    @uncollected()
    def diff(
        self,
        starts: Sequence[str],
        old: int | datetime,
        new: int | datetime | None = None,
        *,
        starts_at: StartsAt | None = None,
    ) -> Answer:
        """What a scope says otherwise as of a later moment, and which entries did it (see ``genealogy.diff``).

        ``starts_at`` says what is asked for as of each entry, where names may have meant other items then.
        """
        from genealogy.diff import answered

        began, before, after = time.perf_counter(), self.moment(old), self.moment(new)
        if before > after:
            raise InputError(f"Entry {before} is not before entry {after}: give the earlier moment first.")
        named = starts_at or (lambda _: sorted(set(starts)))
        ends = [self.scope(named(moment), moment).answer for moment in (before, after)]
        answer = answered(self.snapshot, self.history, self.ledger, named, *ends)
        return Answer(answer, self._asked(began, ["reach"]))

    def diff_named(
        self,
        texts: Sequence[str],
        old: int | datetime,
        new: int | datetime | None,
        find: Callable[[str, int], Sequence[str]],
    ) -> Answer:
        """The same of what texts name, then and now; ``find`` says which items a text names as of an entry."""
        from genealogy.diff import meaning

        before, after = self.moment(old), self.moment(new)
        return self.diff([], before, after, starts_at=meaning(find, texts, before, after))
