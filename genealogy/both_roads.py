"""One question put to both roads at once, and what they say compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genealogy import scope as composing
from genealogy.answer import THOROUGH
from genealogy.starts.resolve import reached

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.reach import Reach
    from genealogy.snapshot import Direction, Snapshot


@dataclass(frozen=True)
class Both:
    """What both roads said.

    Attributes:
        found: the findings; the union where the roads differ.
        gaps: in the records, where they were worked out on the way.
        differences: what the roads say differently, in words.
        compared: ``reach`` always; ``descriptions`` and ``shipments`` where these were as well.
    """

    found: composing.Findings
    gaps: dict[str, Any] | None
    differences: list[str]
    compared: list[str]


def both(
    road: CypherRoad,
    snapshot: Snapshot,
    starts: Sequence[str],
    direction: Direction,
    moment: int,
    *,
    shipped: bool,
    thorough: bool | None,
    outputs: tuple[Sequence[str], Sequence[str]] = ((), ()),
    meanwhile: Callable[[composing.Findings], None] | None = None,
) -> Both:
    """Ask the graph and the arrays the same.

    Args:
        road: asks the graph.
        snapshot: the arrays.
        starts: items, sorted, each once.
        direction: forward or backward.
        moment: entry as of which to ask.
        shipped: whether shipments and gaps are wanted.
        thorough: compare what is said of each item, too; None: up to THOROUGH items.
        outputs: of steps that are starts, as either road has them.
        meanwhile: given what the arrays found as soon as they are done, while the graph may still be at work.
    """

    def wanted(ids: Sequence[str]) -> bool:
        return len(ids) <= THOROUGH if thorough is None else thorough

    def on_graph(reach: Reach, ids: list[str]) -> composing.Findings:
        described = road.described(ids, moment)
        lines = road.shipped(ids, described, moment) if shipped else None
        return composing.Findings(reach, ids, described, lines)

    def on_arrays(reach: Reach, ids: list[str]) -> composing.Findings:
        lines = snapshot.shipped(ids, moment) if shipped else None
        return composing.Findings(reach, ids, snapshot.described(ids, moment), lines)

    def first_road() -> tuple[Reach, composing.Findings | None]:
        reach = reached(road, starts, outputs[0], direction, moment, road.beyond)
        ids = [*starts, *reach.ids]
        return reach, on_graph(reach, ids) if wanted(ids) else None

    gaps: dict[str, Any] | None = None
    # The database works outside of Python, so the arrays are walked in the meantime.
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(copy_context().run, first_road)  # with the deadline of the question
        if outputs[1]:
            second = reached(snapshot, starts, outputs[1], direction, moment)
            arrays = on_arrays(second, [*starts, *second.ids])
        else:
            traced = snapshot.traced(starts, direction, moment)
            lines = traced.shipped if shipped else None
            arrays = composing.Findings(traced.reach, traced.ids, traced.described, lines)
            gaps = traced.gaps if shipped else None
        if meanwhile is not None:
            meanwhile(arrays)
        first, graph = asked.result()
    if first.ids != arrays.reach.ids:
        ids = [*starts, *sorted({*first.ids, *arrays.reach.ids})]
        arrays = on_arrays(arrays.reach, ids)
        graph = on_graph(first, ids) if wanted(ids) else None
    compared = ["reach"]
    if graph is not None:
        compared += ["descriptions", "shipments"] if shipped else ["descriptions"]
    else:
        graph = composing.Findings(first, arrays.ids, arrays.described, arrays.shipped)
    differences = composing.difference(graph, arrays)
    if differences:
        return Both(composing.union(graph, arrays), None, differences, compared)
    return Both(arrays, gaps, differences, compared)
