"""What may be the common cause of complaints: lots, and everything that steps and lots have in common, as nodes of one graph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.describe import records
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.lineage import ADDED, ITEM, SORTS, STEP, Lineage, node, trace_links
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

KINDS = (
    "lot", "unit", "item", "material", "supplier", "equipment", "document", "operator", "order", "time_window", "step",
)  # fmt: skip
"""Every kind of candidate; of candidates that the records cannot tell apart, the earlier kind is named first."""


@dataclass(frozen=True, slots=True)
class Added:
    """Nodes of one kind that a question adds to the graph: what several steps or lots have in common.

    Attributes:
        kind: one of KINDS.
        names: of each node, as one or two words (a document and its version).
        owner: for each link, which of these nodes it leads from.
        target: the item or step that it leads to.
        sort: whether targets are items or steps.
    """

    kind: str
    names: list[tuple[str | None, ...]]
    owner: Array
    target: Array
    sort: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """One operation in time, cut where complaints passed it.

    Attributes:
        operation: which.
        times: when a step of it stood behind a complaint, ascending (microseconds UTC), each once.
        first: number of its first piece among all pieces: time, gap, time, gap .. time.
        owner: for each of its steps between first and last time, the piece (from 0) that it lies in.
        steps: those steps.
    """

    operation: str
    times: Array
    first: int
    owner: Array
    steps: Array

    @property
    def pieces(self) -> int:
        """How many pieces it is cut into."""
        return 2 * len(self.times) - 1


@dataclass(frozen=True, slots=True)
class Candidates:
    """The trace graph with every candidate that stands behind a complaint and behind two or more of everyone.

    Attributes:
        lineage: the graph, in order.
        kinds: for each candidate its place in KINDS.
        ids: its name: one word, or two.
        parts: its component.
        tested: how many candidates of each kind stand behind two or more of everyone, complained about or not.
        stretches: the operations in time.
        pieces: the component of each piece of each stretch.
    """

    lineage: Lineage
    kinds: Array
    ids: list[tuple[str | None, ...]]
    parts: Array
    tested: dict[str, int]
    stretches: list[Stretch]
    pieces: Array

    @classmethod
    def of(cls, moment: Moment, complaints: Array, everyone: Array) -> Candidates:
        """Find them.

        Args:
            moment: the facts that count.
            complaints: items.
            everyone: complaints and healthy ones.
        """
        added = [_operators(moment), _orders(moment), _documents(moment), _equipment(moment), *_of_lots(moment)]
        stretches = _stretches(moment, complaints)
        counts = [len(one.names) for one in added] + [stretch.pieces for stretch in stretches]
        begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        tails, heads = ([links] for links in trace_links(moment))
        for begin, one in zip(begins.tolist(), added, strict=False):
            tails.append(node(begin + one.owner, ADDED))
            heads.append(node(one.target, one.sort))
        for begin, stretch in zip(begins[len(added) :].tolist(), stretches, strict=False):
            tails.append(node(begin + stretch.owner, ADDED))
            heads.append(node(stretch.steps, STEP))
        alone = [node(everyone, ITEM), node(np.arange(begins[-1]), ADDED)]
        lineage = Lineage.of(np.concatenate(tails), np.concatenate(heads), np.concatenate(alone))
        everywhere = _of_several(lineage, lineage.parts(node(everyone, ITEM)))
        behind = lineage.behind(lineage.parts(node(complaints, ITEM)))
        codes, sorts = lineage.names // SORTS, lineage.names % SORTS
        traced = np.flatnonzero(((sorts == ITEM) | (sorts == STEP)) & everywhere[lineage.part])
        codes = codes[traced].astype(np.int32)
        kind = np.full(len(traced), KINDS.index("step"))
        items = np.flatnonzero(sorts[traced] == ITEM)
        kind[items] = _kinds_of_items(moment, codes[items])
        tested = np.bincount(kind, minlength=len(KINDS))
        chosen = behind[lineage.part[traced]]
        kinds, parts = [kind[chosen]], [lineage.part[traced[chosen]]]
        ids: list[tuple[str | None, ...]] = [(text,) for text in moment.codes.strings(codes[chosen])]
        for begin, one in zip(begins.tolist(), added, strict=False):
            part = lineage.parts(node(begin + np.arange(len(one.names)), ADDED))
            which = np.flatnonzero(everywhere[part])
            tested[KINDS.index(one.kind)] += len(which)
            which = which[behind[part[which]]]
            kinds.append(np.full(len(which), KINDS.index(one.kind)))
            ids += [one.names[place] for place in which.tolist()]
            parts.append(part[which])
        tested[KINDS.index("time_window")] = len(stretches)
        pieces = lineage.parts(node(np.arange(begins[len(added)], begins[-1]), ADDED))
        counted = {name: count for name, count in zip(KINDS, tested.tolist(), strict=True) if count}
        return cls(lineage, np.concatenate(kinds), ids, np.concatenate(parts), counted, stretches, pieces)


def _kinds_of_items(moment: Moment, items: Array) -> Array:
    found = records(moment, items)
    kinds = np.full(len(items), KINDS.index("item"))
    kinds[found.lot >= 0] = KINDS.index("lot")
    kinds[found.unit >= 0] = KINDS.index("unit")
    return kinds


def _of_several(lineage: Lineage, parts: Array) -> Array:
    """Which components stand behind two or more of these items (bool); parts holds one component for each item."""
    order = np.arange(len(parts), dtype=np.int64)
    least, most = np.full(lineage.count, len(parts), np.int64), np.full(lineage.count, -1, np.int64)
    np.minimum.at(least, parts, order)
    np.maximum.at(most, parts, order)
    for begin, end in reversed(list(pairwise(lineage.levels))):
        first, last = lineage.start[begin], lineage.start[end]
        tails = lineage.tails[first:last]
        heads = np.repeat(np.arange(begin, end), np.diff(lineage.start[begin : end + 1]))
        np.minimum.at(least, tails, least[heads])
        np.maximum.at(most, tails, most[heads])
    several: Array = (most >= 0) & (least < most)
    return several


def _named(moment: Moment, kind: str, columns: tuple[Array, ...], target: Array, sort: int) -> Added:
    """Nodes for the different combinations of words in some columns; rows whose first one is empty have none."""
    stated = columns[0] >= 0
    columns, target = tuple(column[stated] for column in columns), target[stated]
    if not len(target):
        return Added(kind, [], np.zeros(0, np.int64), np.zeros(0, np.int32), sort)
    pairs, owner = np.unique(np.stack(columns), axis=1, return_inverse=True)
    names = [moment.words.strings(column) for column in pairs]
    return Added(kind, list(zip(*names, strict=True)), owner.reshape(-1), target, sort)


def _of_steps(moment: Moment, kind: str, *names: str) -> Added:
    rows = moment.all_rows("steps")
    if not len(rows):
        return _named(moment, kind, (rows,), rows, STEP)
    columns = tuple(moment.column("steps", name)[rows] for name in names)
    return _named(moment, kind, columns, moment.column("steps", "step_id")[rows], STEP)


def _operators(moment: Moment) -> Added:
    return _of_steps(moment, "operator", "operator")


def _orders(moment: Moment) -> Added:
    return _of_steps(moment, "order", "order_id")


def _documents(moment: Moment) -> Added:
    return _of_steps(moment, "document", "document_id", "document_version")


def _equipment(moment: Moment) -> Added:
    rows = moment.all_rows("equipment_use")
    if not len(rows):
        return _named(moment, "equipment", (rows,), rows, STEP)
    used = moment.resolved("equipment_use", "equipment_id", rows)
    return _named(moment, "equipment", (used,), moment.column("equipment_use", "step_id")[rows], STEP)


def _of_lots(moment: Moment) -> tuple[Added, Added]:
    """Suppliers, and supplied materials."""
    rows = moment.all_rows("lots")
    if not len(rows):
        return tuple(_named(moment, kind, (rows,), rows, ITEM) for kind in ("supplier", "material"))  # type: ignore[return-value]
    items = moment.item_column("lots", "item_id", rows)
    suppliers = _named(moment, "supplier", (moment.resolved("lots", "supplier_id", rows),), items, ITEM)
    items = np.unique(items)
    found = records(moment, items)
    supplied = (found.stage >= 0) & (found.stage == moment.words.find(["supplied"])[0])
    return suppliers, _named(moment, "material", (found.material[supplied],), items[supplied], ITEM)


def _stretches(moment: Moment, complaints: Array) -> list[Stretch]:
    """The operations behind complaints, in time; a step counts when it began, else when it ended."""
    rows = moment.all_rows("steps")
    if not len(rows):
        return []
    steps = moment.column("steps", "step_id")[rows]
    began, ended = (moment.column("steps", f"{name}_start")[rows] for name in ("started_at", "ended_at"))
    when = np.where(began != NO_TIME, began, ended)
    operations = moment.column("steps", "operation")[rows]
    met = Walk(moment, forward=False).everything(complaints).met_steps(steps)
    found, first = [], 0
    timed = when != NO_TIME
    numbers = np.unique(operations[met & timed])
    for operation, name in sorted(zip(numbers.tolist(), moment.words.strings(numbers), strict=True), key=_by_name):
        of_it = (operations == operation) & timed
        times = np.unique(when[of_it & met])
        inside = np.flatnonzero(of_it & (when >= times[0]) & (when <= times[-1]))
        place = np.searchsorted(times, when[inside])
        exact = times[place] == when[inside]
        found.append(Stretch(str(name), times, first, np.where(exact, 2 * place, 2 * place - 1), steps[inside]))
        first += found[-1].pieces
    return found


def _by_name(pair: tuple[int, str | None]) -> str:
    return pair[1] or ""
