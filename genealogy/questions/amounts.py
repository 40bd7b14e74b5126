"""How much, and where: parts, balances, shares, and the reach of every lot."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genealogy.answer import Answer
from genealogy.both_roads import both
from genealogy.questions.asking import Asking
from genealogy.scope import reach_difference
from genealogy.uncollected import uncollected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from genealogy.starts.question import Start


class Amounts(Asking):
    """The questions after quantities and places."""

    @uncollected()
    def where(self, items: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """Where items are now, each and in sum (see ``genealogy.where``)."""
        from genealogy.where import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = answered(self.snapshot, self.store, self.road.asked, sorted(set(items)), moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    @uncollected()
    def where_scope(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = ()
    ) -> Answer:
        """Where the starts are, and everything that may hold some of them.

        What that is, both roads are asked. Where they differ, everything that either reaches is looked for, and the answer is
        not complete. ``also`` as for ``scope``.
        """
        from genealogy.where import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        chosen = self._chosen(also, moment)
        sources = sorted({*starts, *chosen.items})
        said = both(
            self.road, self.snapshot, sources, "forward", moment, shipped=False, thorough=False, outputs=chosen.outputs
        )
        answer = answered(self.snapshot, self.store, self.road.asked, sorted(said.found.ids), moment)
        compared = [*said.compared, *(["starts"] if also else [])]
        compared += ["records"] if answer["second_road"] != "not asked" else []
        differences = [*chosen.differences, *said.differences, *answer["differences"]]
        judged = {
            "complete": not differences,
            "second_road": "differs" if differences else "agrees",
            "differences": differences,
        }
        return Answer({**answer, **judged}, self._asked(began, compared))

    @uncollected()
    def balance(self, item: str | Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The mass balance of a lot or unit, or of several together (see ``genealogy.balance``)."""
        from genealogy.balance import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        items = [item] if isinstance(item, str) else sorted(set(item))
        answer = answered(self.snapshot, self.evidence, self.store, self.road.asked, items, moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    @uncollected()
    def trace_balance(self, items: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The mass balance of everything behind items (see ``genealogy.balance.trace``)."""
        from genealogy.balance.trace import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        starts = sorted(set(items))
        answer = answered(self.snapshot, self.evidence, self.store, self.road.asked, starts, moment)
        # What all is behind them, both roads are asked; the balance of what one alone reaches is not complete.
        apart = reach_difference(*(road.reach(starts, "forward", moment) for road in (self.road, self.snapshot)))
        compared = ["reach", *(["records"] if answer["second_road"] != "not asked" else [])]
        differences = [*apart, *answer["differences"]]
        judged: dict[str, Any] = {"complete": not differences, "differences": differences}
        if answer["second_road"] != "differs":
            judged["second_road"] = "differs" if apart else "agrees"
        return Answer({**answer, **judged}, self._asked(began, compared))

    def trace_balances(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, also: Sequence[Start] = ()
    ) -> list[Answer]:
        """The same for each unit of measure in which the starts are counted, as no sum holds across them.

        ``also`` as for ``scope``: what they select, and what the steps among that made, is what is balanced.
        """
        moment = self.moment(as_of)
        chosen = self._chosen(also, moment)
        units: dict[str, list[str]] = {}
        for row in self.where(sorted({*starts, *chosen.sources}), moment).answer["items"]:
            units.setdefault(row["unit"] or "", []).append(row["id"])
        # What selects nothing that was made has a balance, too: of nothing.
        found = [self.trace_balance(units.get(unit, []), moment) for unit in sorted(units) or [""]]
        if not chosen.differences:
            return found
        judged = {"complete": False, "second_road": "differs"}
        return [
            replace(
                each,
                answer={**each.answer, **judged, "differences": [*chosen.differences, *each.answer["differences"]]},
            )
            for each in found
        ]

    def step_balance(self, step: str, as_of: int | datetime | None = None) -> Answer:
        """What a step consumed against what it made (see ``genealogy.balance.steps``)."""
        from genealogy.balance.steps import step_balance

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        return Answer(step_balance(self.snapshot, self.evidence, step, moment), self._asked(began, []))

    @uncollected()
    def share(
        self,
        starts: Sequence[str],
        as_of: int | datetime | None = None,
        *,
        cut_off: str | None = None,
        mixing: bool = False,
    ) -> Answer:
        """The fraction of each affected item that came from the starts (see ``genealogy.share``)."""
        from genealogy.share.answer import share_answer

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        answer = share_answer(self.snapshot, starts, moment, cut_off=cut_off, mixing=mixing)
        held = {*answer["left_out"], *(row["id"] for row in answer["items"] if not row["inferred"])}
        held -= set() if answer["mixing"] is None else set(answer["mixing"]["inferred_ids"])
        reached = set(self.road.reach(starts, "forward", moment).ids)
        said = [f"{item}: affected by one road only" for item in sorted(held ^ reached)]
        answer |= {"complete": not said, "second_road": "differs" if said else "agrees", "differences": said}
        return Answer(answer, self._asked(began, ["items reached"]))

    @uncollected()
    def sweep(self, stage: str | None = None, as_of: int | datetime | None = None) -> Answer:
        """The reach of every lot, largest first (see ``genealogy.sweep``)."""
        from genealogy.sweep import sweep_answer

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        return Answer(sweep_answer(self.snapshot, stage, moment), self._asked(began, []))
