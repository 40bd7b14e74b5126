"""Questions whose answers are looked at: the folded graph and its nodes, the flow, the time line, the batches."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.answer import Answer
from genealogy.first_look import UNCOMPARED, Look
from genealogy.graph import View, day_of, picture
from genealogy.graph.folds import way
from genealogy.graph.pictures import Picture, Pictures
from genealogy.graph.unnamed import unnamed
from genealogy.questions import Questions
from genealogy.uncollected import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from genealogy.batches import Chosen
    from genealogy.batches.table import Batches


class Views(Questions):
    """What can be looked at, of whoever can be asked."""

    @cached_property
    def pictures(self) -> Pictures:
        """Scopes that were looked at lately."""
        return Pictures()

    @uncollected()
    def graph(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        view: View | None = None,
        to: str | None = None,
    ) -> Answer:
        """The scope of items as a picture of at most 500 nodes (see ``genealogy.graph``).

        ``to`` names an item whose best path from the starts is told as well: the nodes that it runs through.
        """
        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        shown = self._picture(starts, moment)
        answer = self._folded(shown, starts, moment, view, to)
        return Answer(answer | self._agreed(shown, starts, moment), self._asked(began, ["items reached"]))

    @uncollected()
    def graph_look(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        view: View | None = None,
        to: str | None = None,
        least: int,
    ) -> Look | None:
        """The picture of more than ``least`` items while the graph was not asked yet; else None: the answer is soon there.

        It is no answer, and never complete: see ``genealogy.first_look``. So are ``flow_look`` and ``timeline_look``.
        """
        moment, starts = self.moment(as_of), sorted(set(starts))
        return self._look(starts, moment, least, lambda shown: self._folded(shown, starts, moment, view, to))

    def picture_compared(self, starts: Sequence[str], as_of: int | datetime | None = None) -> None:
        """Compare the two roads over a scope that is looked at, so that all its views can be answered."""
        moment, starts = self.moment(as_of), sorted(set(starts))
        self._agreed(self._picture(starts, moment), starts, moment)

    def _look(
        self, starts: list[str], moment: int, least: int, tell: Callable[[Picture], dict[str, Any]]
    ) -> Look | None:
        shown = self._picture(starts, moment)
        if shown.compared or int(shown.columns.items.sum()) - len(shown.columns.starts) <= least:
            return None
        return Look(tell(shown) | UNCOMPARED)

    def _folded(
        self, shown: Picture, starts: list[str], moment: int, view: View | None, to: str | None
    ) -> dict[str, Any]:
        view = (view or View()).checked()
        folds = shown.folds(view.fold)
        answer: dict[str, Any] = {"starts": starts, "as_of": moment, **picture(folds, view), **_as_one(shown)}
        answer["route"] = None
        if to is not None:
            from genealogy.graph.path import path_through

            answer["route"] = path_through(self.snapshot, self.evidence, folds, view, starts, to, answer)
        return answer

    @uncollected()
    def graph_node(
        self,
        starts: Sequence[str],
        node: str,
        as_of: int | datetime | None = None,
        *,
        fold: str = "product",
        page: int = 1,
    ) -> Answer:
        """What stands behind one node of that picture (see ``genealogy.graph.node``); ``node`` is its way."""
        from genealogy.graph.node import node as told

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        shown = self._picture(starts, moment)
        folds = shown.folds(View(fold).checked().fold)
        answer = {"starts": starts, "as_of": moment, "fold": fold}
        answer |= told(folds, folds.fold(way(node)), self.evidence, page)
        return Answer(answer | self._agreed(shown, starts, moment), self._asked(began, ["items reached"]))

    @uncollected()
    def flow(self, starts: Sequence[str], as_of: int | datetime | None = None, *, unit: str | None = None) -> Answer:
        """How much flowed from suppliers through materials to consignees, in one unit of measure (see ``genealogy.flow``)."""
        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        shown = self._picture(starts, moment)
        answer = self._flowing(shown, starts, moment, unit)
        return Answer(answer | self._agreed(shown, starts, moment), self._asked(began, ["items reached"]))

    @uncollected()
    def flow_look(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, unit: str | None = None, least: int
    ) -> Look | None:
        """The same before the graph was asked (see ``graph_look``)."""
        moment, starts = self.moment(as_of), sorted(set(starts))
        return self._look(starts, moment, least, lambda shown: self._flowing(shown, starts, moment, unit))

    def _flowing(self, shown: Picture, starts: list[str], moment: int, unit: str | None) -> dict[str, Any]:
        from genealogy.flow import flow

        told = shown.made(("flow", unit or ""), lambda: flow(shown.columns, unit))
        return {"starts": starts, "as_of": moment, **_as_one(shown), **told}

    @uncollected()
    def timeline(self, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The steps of a scope by equipment and time, with readings outside their limits (see ``genealogy.timeline``)."""
        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        shown = self._picture(starts, moment)
        answer = self._in_time(shown, starts, moment)
        return Answer(answer | self._agreed(shown, starts, moment), self._asked(began, ["items reached"]))

    @uncollected()
    def timeline_look(self, starts: Sequence[str], as_of: int | datetime | None = None, *, least: int) -> Look | None:
        """The same before the graph was asked (see ``graph_look``)."""
        moment, starts = self.moment(as_of), sorted(set(starts))
        return self._look(starts, moment, least, lambda shown: self._in_time(shown, starts, moment))

    def _in_time(self, shown: Picture, starts: list[str], moment: int) -> dict[str, Any]:
        from genealogy.timeline import timeline

        told = shown.made(("timeline",), lambda: timeline(shown.columns, self.evidence))
        return {"starts": starts, "as_of": moment, **told}

    @uncollected()
    def countries(self, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """Who received something of a scope, by country (see ``genealogy.countries``)."""
        return self.countries_of(self.scope(starts, as_of))

    def countries_of(self, scope: Answer) -> Answer:
        """The same of a scope that was asked for already."""
        from genealogy.countries import countries

        told = scope.answer
        kept = ("starts", "as_of", "complete", "second_road", "differences")
        return Answer({name: told[name] for name in kept} | countries(told), scope.asked)

    @uncollected()
    def batches(self, chosen: Chosen | None = None, as_of: int | datetime | None = None) -> Answer:
        """Every batch of the plant in one table, a page of it (see ``genealogy.batches``)."""
        from genealogy.batches import Chosen, table
        from genealogy.batches.table import batches

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        recorded = self.ledger.entry(moment).time[:10]
        every = self._batches.get(moment)
        if every is None:
            every = batches(self.snapshot.moment(moment), day_of(recorded))
            self._batches.clear()  # one moment is kept: the pages of one table are asked for one after the other
            self._batches[moment] = every
        answer: dict[str, Any] = {"as_of": moment, "held_against": recorded}
        answer |= table(every, self.snapshot, chosen or Chosen())
        return Answer(answer | {"complete": True, "second_road": "not asked"}, self._asked(began, []))

    @cached_property
    def _batches(self) -> dict[int, Batches]:
        return {}

    def _picture(self, starts: list[str], moment: int) -> Picture:
        # For whoever may not know some of its parties these are not told apart.
        return self.pictures.of(self.snapshot.moment(moment), starts, unnamed())

    def _agreed(self, shown: Picture, starts: list[str], moment: int) -> dict[str, Any]:
        """Whether the graph reaches the same items; asked once for each scope as of a moment."""

        def differing() -> list[str]:
            columns, graph = shown.columns, self.road.reach(starts, "forward", moment)
            reached = np.arange(len(columns.starts), int(columns.items.sum()))
            ids, order = columns.moment.codes.in_order(columns.number[reached]) if len(reached) else ([], reached)
            if graph.ids != ids:
                both = set(graph.ids), set(ids)
                return [
                    f"{len(more)} items are reached by {name} only: {', '.join(sorted(more)[:5])}"
                    for name, more in (("the graph", both[0] - both[1]), ("the arrays", both[1] - both[0]))
                    if more
                ]
            same = all(
                np.array_equal(np.array(said, np.int64), found[reached][order])
                for said, found in ((graph.depth, columns.depth), (graph.tier, columns.tier))
            )
            return [] if same else ["the two roads differ in depth or tier of some items"]

        def compare() -> tuple[list[str], dict[str, str]]:
            return differing(), dict(self.road.asked)

        differences, asked = shown.differences(compare)
        self.road.asked.update(asked)  # also where they were compared for an earlier question
        return {
            "complete": not differences,
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }


def _as_one(shown: Picture) -> dict[str, bool]:
    """Where parties are not told apart, that they are not."""
    return {} if shown.columns.unnamed is None else {"parties_as_one": True}
