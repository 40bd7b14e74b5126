"""What is in a scope, as the arrays have it: how far the items reach that it starts from, and what the steps made that it does.

A step that is a start is itself proven: what it made has depth 1 and tier unit, and what lies behind counts from there, as
``genealogy.starts.resolve.reached`` has it on either road.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_NOWHERE = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Affected:
    """What is in a scope, by numbers of codes.

    Attributes:
        starts: items that it starts from, in the order in which they were named; -1 for one that no fact names.
        steps: steps that it starts from.
        items: what is reached, without the starts, nearest first.
        depth: moves to each from the nearest start.
        tier: the weakest link on the strongest path to each.
    """

    starts: Array
    steps: Array
    items: Array
    depth: Array
    tier: Array


def affected(moment: Moment, starts: Sequence[str], steps: Sequence[str] = ()) -> Affected:
    """What is in the scope of some items and steps, as of a moment; ids, each once."""
    asked = moment.codes.find(list(starts))
    known = np.unique(asked[asked >= 0])
    items, depth, tier = _behind(moment, known)
    if not steps:
        return Affected(asked, _NOWHERE, items, depth, tier)
    begun = np.unique(moment.codes.find(list(steps)))
    begun = begun[begun >= 0].astype(np.int32)
    rows, _ = moment.rows_at("production", "step_id", begun)
    made = np.unique(moment.item_column("production", "item_id", rows)) if len(rows) else _NOWHERE
    further, moves, weakest = _behind(moment, made)
    every = np.concatenate([items, made, further])
    near = np.full(len(moment.codes), np.iinfo(np.int32).max, np.int32)
    best = np.full(len(moment.codes), np.iinfo(np.int8).max, np.int8)
    for numbers, count, proves in ((items, depth, tier), (made, 1, 0), (further, moves + 1, weakest)):
        near[numbers] = np.minimum(near[numbers], count)
        best[numbers] = np.minimum(best[numbers], proves)
    reached = np.setdiff1d(every, known).astype(np.int32)
    reached = reached[np.argsort(near[reached], kind="stable")]
    return Affected(asked, begun, reached, near[reached], best[reached])


def _behind(moment: Moment, items: Array) -> tuple[Array, Array, Array]:
    walk = Walk(moment, forward=True)
    found = walk.everything(items)
    return found.items, found.depth, walk.tiers(items, found)
