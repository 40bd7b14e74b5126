"""What starts select, on both roads, compared; and how far the outputs of the selected steps reach."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from genealogy.reach import Reach
from genealogy.snapshot.quarantine import open_rows, suspected_links
from genealogy.starts.spelled import spelled_alike
from queries.shape import FACT_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from genealogy.evidence import Evidence
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.arrays import ArrayStarts
    from genealogy.starts.graph import GraphStarts
    from genealogy.starts.question import Chosen, Start

Sures = dict[tuple[str, str], bool]


class Road(Protocol):
    """Either road of a trace."""

    def reach(self, starts: Sequence[str], direction: Literal["forward", "backward"], as_of: int) -> Reach:
        """Everything reachable from items."""


@dataclass(frozen=True)
class Resolved:
    """What starts select.

    Attributes:
        items: the items among them, sorted: they are starts themselves.
        outputs: what the steps among them made, as the graph and as the arrays have it.
        rows: what each start selected, for the answer.
        differences: what the two roads say differently.
    """

    items: list[str] = field(default_factory=list)
    outputs: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    rows: list[dict[str, Any]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        """All that the trace sets out from: items and outputs."""
        return sorted({*self.items, *self.outputs[0], *self.outputs[1]})


def resolve(starts: Sequence[Start], graph: GraphStarts, arrays: ArrayStarts, evidence: Evidence) -> Resolved:
    """Ask both roads for each start; where they differ, the union counts and the difference is named."""
    items: set[str] = set()
    outputs: tuple[set[str], set[str]] = (set(), set())
    rows: list[dict[str, Any]] = []
    differences: list[str] = []
    for start in starts:
        first, second = graph.select(start), arrays.select(start)
        chosen = first | second
        if first != second:
            ids = sorted({f"{c.sort} {c.id}".strip() for c in first ^ second})
            differences.append(f"the roads find {start.words()} differently: {', '.join(ids[:5])}")
        steps = sorted({c.id for c in chosen if c.sort == "step"})
        made = (graph.outputs(steps), arrays.outputs(steps))
        sets = [{(step, item) for step, of in each.items() for item in of} for each in made]
        if sets[0] != sets[1]:
            names = sorted({f"{step} -> {item}" for step, item in sets[0] ^ sets[1]})
            differences.append(f"the roads find other outputs of steps: {', '.join(names[:5])}")
        for found, each in zip(outputs, sets, strict=True):
            found.update(item for _, item in each)
        items.update(c.id for c in chosen if c.sort == "item")
        without = sorted(set(steps) - {step for step, _ in sets[0] | sets[1]})
        rows.append(_row(start, chosen, steps, without, arrays, evidence))
    return Resolved(sorted(items), (sorted(outputs[0]), sorted(outputs[1])), rows, differences)


def reached(
    road: Road,
    starts: Sequence[str],
    outputs: Sequence[str],
    direction: Literal["forward", "backward"],
    as_of: int,
    further: Callable[[Sequence[str], int], Reach] | None = None,
) -> Reach:
    """Everything reachable from items and from steps.

    A step that is a start is itself proven: its outputs have depth 1 and tier unit, and what lies behind them counts depth
    and tier from them. The lesser depth and the better tier count; starts are never listed. ``further`` follows the outputs
    instead of the road, where it does so quicker.
    """
    from_items = road.reach(starts, direction, as_of)
    if not outputs:
        return from_items
    beyond = further(outputs, as_of) if further is not None else road.reach(outputs, direction, as_of)
    if not starts and not from_items.ids:
        return _after(beyond, outputs, from_items.cycles)
    best = dict.fromkeys(outputs, (1, 0))
    for reach, more in ((beyond, 1), (from_items, 0)):
        for item, depth, tier in zip(reach.ids, reach.depth, reach.tier, strict=True):
            known = best.get(item, (depth + more, tier))
            best[item] = (min(known[0], depth + more), min(known[1], tier))
    for start in starts:
        best.pop(start, None)
    ids = sorted(best)
    return Reach(ids, [best[i][0] for i in ids], [best[i][1] for i in ids], from_items.cycles)


def _after(beyond: Reach, outputs: Sequence[str], cycles: list[str]) -> Reach:
    """What lies behind outputs, and these: one move more each. Where no item is a start there is nothing to choose from."""
    known = set(beyond.ids)
    more = [output for output in dict.fromkeys(outputs) if output not in known]
    ids = [*beyond.ids, *more]
    depth = [*(moves + 1 for moves in beyond.depth), *([1] * len(more))]
    tier = [*beyond.tier, *([0] * len(more))]
    if known.intersection(outputs):  # what goes into what it is made from was reached again
        wanted = set(outputs)
        for place, item in enumerate(beyond.ids):
            if item in wanted:
                depth[place], tier[place] = 1, 0
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return Reach([ids[p] for p in order], [depth[p] for p in order], [tier[p] for p in order], cycles)


def cited(moment: Moment, evidence: Evidence, facts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The facts of these names as an answer cites them: table, entry, file, row, cells."""
    by_table: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for fact in sorted(set(facts) - {""}):
        table, number = fact.split(":")
        entry, position = divmod(int(number), FACT_ROWS)
        row = int(np.searchsorted(moment.column(table, "since"), entry, side="left")) + position
        by_table[table].append((fact, row))
    found: dict[str, dict[str, Any]] = {}
    for table, named in by_table.items():
        read = evidence.facts(moment, table, np.array([row for _, row in named], np.int64))
        found |= {name: fact.as_json() for (name, _), fact in zip(named, read, strict=True)}
    return found


def _row(
    start: Start, chosen: set[Chosen], steps: list[str], without: list[str], arrays: ArrayStarts, evidence: Evidence
) -> dict[str, Any]:
    moment = arrays.moment
    sure: Sures = {}
    for each in chosen:
        sure[each.sort, each.id] = sure.get((each.sort, each.id), False) or each.sure
    facts = cited(moment, evidence, (each.fact for each in chosen))
    named = [
        {each.sort: each.id, **facts[each.fact]}
        for each in sorted(chosen)
        if each.sort != "nothing" and each.fact in facts
    ]
    unique = [row for place, row in enumerate(named) if place == 0 or row != named[place - 1]]
    return {
        "kind": start.kind,
        "asked": start.as_json(),
        "words": start.words(),
        "steps": steps,
        "items": sorted({each.id for each in chosen if each.sort == "item"}),
        "unsure": sorted(name for (sort, name), is_sure in sure.items() if not is_sure and sort != "nothing"),
        "steps_without_products": without,
        "suspected_products": _suspected(moment, steps),
        "names_nothing": [
            {**facts[fact], "steps_at_that_time": arrays.running(*arrays.times_of([fact])[0])}
            for fact in sorted({c.fact for c in chosen if c.sort == "nothing"})
            if fact in facts
        ],
        "facts": unique,
        **({"spelled_alike": alike} if (alike := spelled_alike(moment, start)) else {}),
    }


def _suspected(moment: Moment, steps: list[str]) -> list[str]:
    """What rejected rows would name as products of these steps."""
    links, _ = suspected_links(moment, open_rows(moment))
    mine = np.isin(links.produced_by, moment.codes.find(steps)) if len(links.produced) else np.zeros(0, bool)
    return sorted({item for item in moment.codes.strings(links.produced[mine]) if item is not None})
