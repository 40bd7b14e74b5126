"""The questions that can be put to a plant: each is answered in one place, as of an entry, with its digest."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from genealogy import scope as composing
from genealogy.answer import THOROUGH, Answer
from genealogy.both_roads import both
from genealogy.draft import Drafts, Known
from genealogy.errors import InputError
from genealogy.find import Finder, Found
from genealogy.narrow.compare import Boundaries
from genealogy.sentences import scope_lines
from genealogy.serials import find_range
from genealogy.starts.arrays import ArrayStarts
from genealogy.starts.graph import GraphStarts
from genealogy.starts.naming import Names
from genealogy.starts.resolve import Resolved, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.evidence import Evidence
    from genealogy.history import History
    from genealogy.ledger import Ledger
    from genealogy.narrow import Narrowing
    from genealogy.narrow.boundary import Boundary
    from genealogy.snapshot import Snapshot
    from genealogy.starts import Start
    from genealogy.starts.asked import Asked
    from genealogy.stores.contract import Store

Direction = Literal["forward", "backward"]


class Questions(ABC):
    """What can be asked, of whoever holds a ledger, its graph and its arrays."""

    ledger: Ledger
    store: Store
    history: History

    @property
    @abstractmethod
    def head(self) -> int:
        """The last entry of the ledger; all its facts are in the store."""

    @property
    @abstractmethod
    def road(self) -> CypherRoad:
        """The first road: Cypher on the store."""

    @property
    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The second road: arrays from the ledger's facts, as of its last entry."""

    @property
    @abstractmethod
    def evidence(self) -> Evidence:
        """Where each fact was read: entry, file and row."""

    def moment(self, as_of: int | datetime | None) -> int:
        """The entry as of which a question is asked: a sequence, the last entry recorded by a time, or the last of all.

        Raises:
            InputError: there is no such entry.
        """
        if as_of is None:
            return self.head
        # What was recorded by then may still be on its way into the store.
        sequence = min(self.ledger.at(as_of), self.head) if isinstance(as_of, datetime) else as_of
        if not 0 <= sequence <= self.head:
            raise InputError(
                f"There is no entry {sequence}; the ledger has entries 0 to {self.head}. `genealogy log` lists them."
            )
        return sequence

    def find(self, text: str, as_of: int | datetime | None = None, *, union: bool = False) -> Found:
        """The items that a text names (see ``Finder.find``)."""
        ranged = find_range(text, self.moment(as_of), self.store, self.road, self.snapshot, union=union)
        if ranged is not None:
            return ranged
        finder = Finder(self.store, self.road, self.history, self._has)
        return finder.find(text, self.moment(as_of), union=union)

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
        return Answer(answer, self._asked(began, compared))

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

    def starts(self, asked: Asked, as_of: int | datetime | None = None) -> list[Start]:
        """The starts that are no items, from the words of a question."""
        return asked.starts(Names(self.snapshot.moment(self.moment(as_of))))

    def narrowing(self, boundary: Boundary, as_of: int | datetime | None = None) -> Narrowing | None:
        """What a scope is narrowed by, from the words of a question."""
        return boundary.narrowing(Names(self.snapshot.moment(self.moment(as_of))))

    def _chosen(self, also: Sequence[Start], moment: int) -> Resolved:
        if not also:
            return Resolved()
        graph, arrays = GraphStarts(self.store, self.road, moment), ArrayStarts(self.snapshot.moment(moment))
        return resolve(also, graph, arrays, self.evidence)

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

    def where(self, items: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """Where items are now, each and in sum (see ``genealogy.where``)."""
        from genealogy.where import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = answered(self.snapshot, self.store, self.road.asked, sorted(set(items)), moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    def scope_items(self, starts: Sequence[str], as_of: int | datetime | None = None) -> list[str]:
        """The starts and everything that may hold some of them."""
        moment = self.moment(as_of)
        return sorted({*starts, *self.snapshot.reach(sorted(set(starts)), "forward", moment).ids})

    def balance(self, item: str | Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The mass balance of a lot or unit, or of several together (see ``genealogy.balance``)."""
        from genealogy.balance import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        items = [item] if isinstance(item, str) else sorted(set(item))
        answer = answered(self.snapshot, self.evidence, self.store, self.road.asked, items, moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    def trace_balance(self, items: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The mass balance of everything behind items (see ``genealogy.balance.trace``)."""
        from genealogy.balance.trace import answered

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        starts = sorted(set(items))
        answer = answered(self.snapshot, self.evidence, self.store, self.road.asked, starts, moment)
        return Answer(answer, self._asked(began, ["records"] if answer["second_road"] != "not asked" else []))

    def step_balance(self, step: str, as_of: int | datetime | None = None) -> Answer:
        """What a step consumed against what it made (see ``genealogy.balance.steps``)."""
        from genealogy.balance.steps import step_balance

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        return Answer(step_balance(self.snapshot, self.evidence, step, moment), self._asked(began, []))

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

    def sweep(self, stage: str | None = None, as_of: int | datetime | None = None) -> Answer:
        """The reach of every lot, largest first (see ``genealogy.sweep``)."""
        from genealogy.sweep import sweep_answer

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        return Answer(sweep_answer(self.snapshot, stage, moment), self._asked(began, []))

    def bounds(self, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """The scope at best and at worst, with every doubt between (see ``genealogy.bounds``)."""
        from genealogy.bounds import bounds

        began, moment, starts = time.perf_counter(), self.moment(as_of), sorted(set(starts))
        self.road.asked.clear()
        answer = self.evidence.named(bounds(self.snapshot, self.evidence, starts, moment))
        agree = self.road.reach(starts, "forward", moment) == self.snapshot.reach(starts, "forward", moment)
        answer |= {"complete": agree, "second_road": "agrees" if agree else "differs"}
        return Answer(answer, self._asked(began, ["reach"]))

    def diff(self, starts: Sequence[str], old: int | datetime, new: int | datetime | None = None) -> Answer:
        """What a scope says otherwise as of a later moment, and which entries did it (see ``genealogy.diff``)."""
        from genealogy.diff import answered

        began, before, after, starts = time.perf_counter(), self.moment(old), self.moment(new), sorted(set(starts))
        if before > after:
            raise InputError(f"Entry {before} is not before entry {after}: give the earlier moment first.")
        ends = [self.scope(starts, moment).answer for moment in (before, after)]
        answer = answered(self.snapshot, self.history, self.ledger, starts, *ends)
        return Answer(answer, self._asked(began, ["reach"]))

    def why(self, item: str, starts: Sequence[str], as_of: int | datetime | None = None) -> Answer:
        """Why an item is in the scope of some starts: the best chain of recorded facts; or why it is not."""
        from genealogy.why import why

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = why(self.snapshot, self.evidence, item, starts, moment, self.road)
        return Answer(answer, self._asked(began, ["tier and moves of the best path", "each move"]))

    def near_misses(
        self, starts: Sequence[str], as_of: int | datetime | None = None, *, limit: int | None = None
    ) -> Answer:
        """What stands beside the scope of some starts without being in it, and the fact that cuts; ``limit`` a kind."""
        from genealogy.why import compared
        from genealogy.why.near_misses import near_misses

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = self.evidence.named(near_misses(self.snapshot, self.evidence, starts, moment, limit))
        answer |= compared(self.road, self.snapshot, answer["starts"], "forward", moment)
        return Answer(answer, self._asked(began, ["items reached"]))

    def responsible(self, item: str, as_of: int | datetime | None = None) -> Answer:
        """Who and what stands behind an item: person, time, place, lots, equipment, parameters, documents of each step."""
        from genealogy.responsible import responsible
        from genealogy.why import compared

        began, moment = time.perf_counter(), self.moment(as_of)
        self.road.asked.clear()
        answer = responsible(self.snapshot, self.evidence, item, moment)
        answer |= compared(self.road, self.snapshot, [item], "backward", moment)
        return Answer(answer, self._asked(began, ["items reached"]))

    def attention(self) -> dict[str, int]:
        """What in the records waits for somebody (see ``genealogy.attention``)."""
        from genealogy.attention import attention

        return attention(self.snapshot, self.head)

    def _has(self, item: str, moment: int) -> bool:
        return self.snapshot.has(item, moment)

    def _asked(self, began: float, compared: list[str]) -> dict[str, Any]:
        return {
            "store": self.store.name,
            "version": self.store.version(),
            "ledger": self.ledger.id,
            "head": {"sequence": self.ledger.head.sequence, "hash": self.ledger.head.hash},
            "compared": compared,
            "queries": dict(sorted(self.road.asked.items())),
            "seconds": round(time.perf_counter() - began, 4),
        }
