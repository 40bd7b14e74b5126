"""The best path from the starts to an item, as the nodes of a picture that it runs through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.graph.folds import way
from genealogy.why import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.evidence import Evidence
    from genealogy.graph import View
    from genealogy.graph.folds import Folds
    from genealogy.snapshot import Snapshot
    from genealogy.why.started import Started


def path_through(
    snapshot: Snapshot,
    evidence: Evidence,
    folds: Folds,
    view: View,
    starts: Sequence[str],
    item: str,
    drawn: dict[str, Any],
    started: Started | None = None,
) -> dict[str, Any]:
    """Which nodes the best path to an item runs through, in order, start first.

    Args:
        snapshot: of the plant.
        evidence: where facts are cited from.
        folds: the tree of the picture.
        view: of the picture.
        starts: the items whose scope it is.
        item: where the path ends.
        drawn: the picture.
        started: what the scope starts from besides these items.

    Returns:
        ``item``, ``in_scope``, ``tier``, ``through`` (items and steps) and ``nodes`` (places in the picture; what a filter
        hides is left out and counted in ``hidden``).
    """
    told = why(snapshot, evidence, item, starts, folds.columns.moment.as_of, started=started)
    through: list[tuple[str, str]] = []
    for move in told["path"]:
        through += [("item", move["from"])] if not through and move["kind"] != "start" else []
        through += [("step", move["step"]["step_id"])] if move["step"] else []
        through.append(("item", move["to"]))
    if told["in_scope"] and not through:
        through = [("item", item)]
    columns = folds.columns
    moment = columns.moment
    place = np.full(len(moment.codes), -1, np.int64)
    coded = np.flatnonzero((columns.items | columns.steps) & (columns.number >= 0))
    # An item and a step may share a code: they are looked up apart.
    is_step = columns.steps[coded]
    steps = place.copy()
    place[columns.number[coded[~is_step]]] = coded[~is_step]
    steps[columns.number[coded[is_step]]] = coded[is_step]
    cut, _ = folds.cut(map(way, view.opened), map(way, view.shut))
    node_of = np.full(len(columns), -1, np.int64)
    shown = {node["way"]: node["node"] for node in drawn["nodes"]}
    for fold in cut:
        node_of[fold.places] = shown.get(fold.name, -1)
    nodes: list[int] = []
    hidden = 0
    for sort, name in through:
        number = int(moment.codes.find([name])[0])
        at = int((steps if sort == "step" else place)[number]) if number >= 0 else -1
        node = int(node_of[at]) if at >= 0 else -1
        hidden += node < 0
        if node >= 0 and (not nodes or nodes[-1] != node):
            nodes.append(node)
    return {
        "item": item,
        "in_scope": told["in_scope"],
        "tier": told["tier"],
        "through": [{"kind": sort, "id": name} for sort, name in through],
        "nodes": nodes,
        "hidden": hidden,
    }
