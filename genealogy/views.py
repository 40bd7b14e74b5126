"""Questions whose answers are looked at: the folded graph and its nodes, the flow, the time line, the batches."""

from __future__ import annotations

import time
from dataclasses import dataclass
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
from genealogy.starts.resolve import reached
from genealogy.uncollected import uncollected
from genealogy.why.started import Started

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from genealogy.batches import Chosen
    from genealogy.batches.table import Batches
    from genealogy.starts import Start


class Views(Questions):
    """What can be looked at, of whoever can be asked."""

    @cached_property
    def pictures(self) -> Pictures:
        """Scopes that were looked at lately."""
        return Pictures()

    def forget(self) -> None:
        """Whatever the graph said of scopes: it was made again."""
        self.pictures = Pictures()
        self.incomplete.clear()

    @uncollected()
    def graph(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        view: View | None = None,
        to: str | None = None,
        also: Sequence[Start] = (),
    ) -> Answer:
        """A scope as a picture of at most 500 nodes (see ``genealogy.graph``).

        ``to`` names an item whose best path from the starts is told as well: the nodes that it runs through. ``also`` are
        starts that are no items, here as in the other views (see ``genealogy.starts``).
        """
        begun = self._begin(starts, as_of, also)
        return self._both(begun, self._folded(begun, view, to))

    @uncollected()
    def graph_look(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        view: View | None = None,
        to: str | None = None,
        also: Sequence[Start] = (),
        least: int,
    ) -> Look | None:
        """The picture of more than ``least`` items while the graph was not asked yet; else None: the answer is soon there.

        It is no answer, and never complete: see ``genealogy.first_look``. So are ``flow_look`` and ``timeline_look``.
        """
        begun = self._begin(starts, as_of, also)
        return self._look(begun, least, lambda: self._folded(begun, view, to))

    def picture_compared(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = ()
    ) -> None:
        """Compare the two roads over a scope that is looked at, so that all its views can be answered."""
        self._agreed(self._begin(starts, as_of, also))

    def _look(self, begun: _Begun, least: int, tell: Callable[[], dict[str, Any]]) -> Look | None:
        columns = begun.shown.columns
        if begun.shown.compared or int(columns.items.sum()) - len(columns.starts) <= least:
            return None
        return Look(tell() | UNCOMPARED)

    def _folded(self, begun: _Begun, view: View | None, to: str | None) -> dict[str, Any]:
        view = (view or View()).checked()
        folds = begun.shown.folds(view.fold)
        answer: dict[str, Any] = {**begun.asked(), **picture(folds, view), **_as_one(begun.shown)}
        answer["route"] = None
        if to is not None:
            from genealogy.graph.path import path_through

            answer["route"] = path_through(
                self.snapshot, self.evidence, folds, view, begun.starts, to, answer, begun.started
            )
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
        also: Sequence[Start] = (),
    ) -> Answer:
        """What stands behind one node of that picture (see ``genealogy.graph.node``); ``node`` is its way."""
        from genealogy.graph.node import node as told

        begun = self._begin(starts, as_of, also)
        folds = begun.shown.folds(View(fold).checked().fold)
        answer = {**begun.asked(), "fold": fold}
        answer |= told(folds, folds.fold(way(node)), self.evidence, page)
        return self._both(begun, answer)

    @uncollected()
    def flow(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        unit: str | None = None,
        also: Sequence[Start] = (),
    ) -> Answer:
        """How much flowed from suppliers through materials to consignees, in one unit of measure (see ``genealogy.flow``)."""
        begun = self._begin(starts, as_of, also)
        return self._both(begun, self._flowing(begun, unit))

    @uncollected()
    def flow_look(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        unit: str | None = None,
        also: Sequence[Start] = (),
        least: int,
    ) -> Look | None:
        """The same before the graph was asked (see ``graph_look``)."""
        begun = self._begin(starts, as_of, also)
        return self._look(begun, least, lambda: self._flowing(begun, unit))

    def _flowing(self, begun: _Begun, unit: str | None) -> dict[str, Any]:
        from genealogy.flow import flow

        told = begun.shown.made(("flow", unit or ""), lambda: flow(begun.shown.columns, unit))
        return {**begun.asked(), **_as_one(begun.shown), **told}

    @uncollected()
    def timeline(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = ()
    ) -> Answer:
        """The steps of a scope by equipment and time, with readings outside their limits (see ``genealogy.timeline``)."""
        begun = self._begin(starts, as_of, also)
        return self._both(begun, self._in_time(begun))

    @uncollected()
    def timeline_look(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = (), least: int
    ) -> Look | None:
        """The same before the graph was asked (see ``graph_look``)."""
        begun = self._begin(starts, as_of, also)
        return self._look(begun, least, lambda: self._in_time(begun))

    def _in_time(self, begun: _Begun) -> dict[str, Any]:
        from genealogy.timeline import timeline

        told = begun.shown.made(("timeline",), lambda: timeline(begun.shown.columns, self.evidence))
        return {**begun.asked(), **told}

    @uncollected()
    def countries(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = ()
    ) -> Answer:
        """Who received something of a scope, by country (see ``genealogy.countries``)."""
        return self.countries_of(self.scope(starts, as_of, also=also))

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

    def _begin(self, starts: Sequence[str], as_of: int | datetime | None, also: Sequence[Start]) -> _Begun:
        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        started = Started()
        if also:
            chosen, asked = self.pictures.chosen(
                (tuple(also), moment), lambda: (self._chosen(also, moment), dict(self.road.asked))
            )
            self.road.asked.update(asked)  # also where they were resolved for an earlier question
            started = Started.of(also, chosen)
        every = sorted({*starts, *started.items})
        # For whoever may not know some of its parties these are not told apart.
        shown = self.pictures.of(self.snapshot.moment(moment), every, started.steps, unnamed())
        return _Begun(began, moment, tuple(sorted(set(starts))), every, started, shown)

    def _both(self, begun: _Begun, answer: dict[str, Any]) -> Answer:
        compared = ["items reached", *(["starts"] if begun.started.also else [])]
        return Answer(answer | self._agreed(begun), self._asked(begun.began, compared))

    def _agreed(self, begun: _Begun) -> dict[str, Any]:
        """Whether the graph reaches the same items; asked once for each scope as of a moment."""

        def differing() -> list[str]:
            columns, outputs = begun.shown.columns, begun.started.outputs[0]
            graph = reached(self.road, begun.starts, outputs, "forward", begun.moment, self.road.beyond)
            affected = np.arange(len(columns.starts), int(columns.items.sum()))
            ids, order = columns.moment.codes.in_order(columns.number[affected]) if len(affected) else ([], affected)
            if graph.ids != ids:
                both = set(graph.ids), set(ids)
                return [
                    f"{len(more)} items are reached by {name} only: {', '.join(sorted(more)[:5])}"
                    for name, more in (("the graph", both[0] - both[1]), ("the arrays", both[1] - both[0]))
                    if more
                ]
            same = all(
                np.array_equal(np.array(said, np.int64), found[affected][order])
                for said, found in ((graph.depth, columns.depth), (graph.tier, columns.tier))
            )
            return [] if same else ["the two roads differ in depth or tier of some items"]

        def compare() -> tuple[list[str], dict[str, str]]:
            return differing(), dict(self.road.asked)

        apart, asked = begun.shown.differences(compare)
        self.road.asked.update(asked)  # also where they were compared for an earlier question
        differences = [*begun.started.differences, *apart]
        if differences:
            self._note((begun.named, begun.moment, tuple(begun.started.also)), complete=False)
        return {
            "complete": not differences,
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }


@dataclass(frozen=True)
class _Begun:
    """A question for a view: from what, as of when, and the scope that is looked at.

    Attributes:
        began: when it was asked.
        moment: entry.
        named: the items that are named, sorted, each once.
        starts: the items that it starts from, sorted, each once: these, and what its other starts select.
        started: what it starts from besides named items.
        shown: the scope.
    """

    began: float
    moment: int
    named: tuple[str, ...]
    starts: list[str]
    started: Started
    shown: Picture

    def asked(self) -> dict[str, Any]:
        """What an answer says of its question."""
        return {"starts": self.starts, "as_of": self.moment, **self.started.asked()}


def _as_one(shown: Picture) -> dict[str, bool]:
    """Where parties are not told apart, that they are not."""
    return {} if shown.columns.unnamed is None else {"parties_as_one": True}
