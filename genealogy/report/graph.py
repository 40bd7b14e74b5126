"""The affected part of the plant as a graph that can be looked at: supplier, lots, steps, units, customers, left to right.

Folding never loses a count: every start and every affected item is in exactly one node, so the nodes' finished units add
up to those of the scope. What is folded together is said by ``folding``; the tables hold every item.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genealogy.graph.unnamed import unnamed
from genealogy.report.content import Edge, Graph, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.reach import Shipped
    from genealogy.report.records import Affected

MOST = 500
"""More nodes than this nobody can look at, and no browser draws them quickly."""
FOLDINGS = ("units", "materials", "countries", "kinds")
"""How far items are folded, least first: units by lot; all by material; customers by country; all by stage."""

ACROSS, DOWN = 12, 17
"""So many layers, and nodes in one layer, a sheet of paper holds in letters that can be read."""

_Group = tuple[NodeKind, str]
_BEST = ("unit", "lot", "order", "inferred")


class _Step(NamedTuple):
    """A step with the positions of its affected inputs and outputs, by how often they are recorded."""

    operation: str
    inputs: Counter[int]
    outputs: Counter[int]
    kind: NodeKind = "step"


def folded(affected: Affected, lines: Sequence[Shipped], most: int = MOST, least: str = FOLDINGS[0]) -> Graph:
    """The graph, folded at least so far, and no further than needed for ``most`` nodes."""
    steps = _steps(affected)
    for folding in FOLDINGS[FOLDINGS.index(least) :]:
        graph = _graph(affected, lines, steps, folding)
        if len(graph.nodes) <= most:
            break
    return graph


def for_page(affected: Affected, lines: Sequence[Shipped], graph: Graph) -> Graph:
    """The graph, folded further until it fits on a sheet of paper."""
    for folding in FOLDINGS[FOLDINGS.index(graph.folding) + 1 :]:
        if fits(graph):
            break
        graph = folded(affected, lines, least=folding)
    return graph


def fits(graph: Graph) -> bool:
    """Whether a sheet of paper holds a graph."""
    layers = Counter(node.layer for node in graph.nodes)
    return len(layers) <= ACROSS and max(layers.values(), default=0) <= DOWN


def _graph(affected: Affected, lines: Sequence[Shipped], steps: list[_Step], folding: str) -> Graph:
    groups = _groups(affected, folding)
    layers: dict[_Group, int] = {}
    for group, depth in zip(groups, affected.depth, strict=True):
        layers[group] = min(layers.get(group, depth), depth)
    nodes: dict[tuple[str, str], Node] = {}
    for group, counted in _counts(affected, groups).items():
        units, items, tier = counted
        nodes[group] = Node(group[0], group[1], 2 * layers[group] + 1, units, items, items, tier)
    edges: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    proven: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    _add_steps(nodes, edges, steps, groups, layers, folding)
    for place, lot in enumerate(affected.parent):
        if lot is not None and (at := affected.position.get(lot)) is not None and groups[at] != groups[place]:
            edges[groups[at], groups[place]] += 1
    proven |= edges.keys()
    last = max((node.layer for node in nodes.values()), default=1) + 1
    _add_customers(affected, lines, groups, nodes, edges, proven, folding, last)
    _add_suppliers(affected, groups, nodes, edges, proven, folding)
    order = sorted(nodes, key=lambda key: (nodes[key].layer, *key))
    place_of = {key: number for number, key in enumerate(order)}
    linked = [
        Edge(place_of[source], place_of[target], count, (source, target) not in proven)
        for (source, target), count in edges.items()
    ]
    linked.sort(key=lambda edge: (edge.source, edge.target))
    return Graph(tuple(nodes[key] for key in order), tuple(linked), folding)


def _groups(affected: Affected, folding: str) -> list[_Group]:
    """What each item is folded into."""
    found: list[_Group] = []
    for place, item in enumerate(affected.ids):
        kind = affected.kind[place]
        sort: NodeKind = "start" if place < affected.starts else "units" if kind == "unit" else "lot"
        if kind == "unknown" and sort != "start":
            sort = "unknown"
        label = item
        if folding == "units" and sort == "units":
            label = affected.parent[place] or affected.material[place] or ""
        elif folding in ("materials", "countries") and sort != "start":
            label = affected.material[place] or ""
        elif folding == "kinds":
            label = affected.stage[place] or ""
        found.append((sort, label))
    return found


def _counts(affected: Affected, groups: list[_Group]) -> dict[_Group, tuple[int, int, str | None]]:
    """Finished units, items and best tier of each group."""
    items = Counter(groups)
    units = Counter(groups[place] for place in affected.finished_units)
    tiers: dict[_Group, str] = {}
    for group, tier in zip(groups, affected.tier, strict=True):
        if tier is not None and (group not in tiers or _BEST.index(tier) < _BEST.index(tiers[group])):
            tiers[group] = tier
    return {group: (units[group], count, tiers.get(group)) for group, count in items.items()}


def _steps(affected: Affected) -> list[_Step]:
    """The steps between affected items; a step that used a lot may have used any affected unit of it."""
    moment = affected.moment
    known = np.flatnonzero(affected.numbers >= 0)
    numbers = affected.numbers[known]
    inputs: dict[int, Counter[int]] = defaultdict(Counter)
    outputs: dict[int, Counter[int]] = defaultdict(Counter)
    for table, into in (("consumption", inputs), ("production", outputs)):
        rows, owner = moment.rows_of(table, "item_id", numbers)
        steps = moment.column(table, "step_id")[rows].tolist() if len(rows) else []
        for step, place in zip(steps, known[owner].tolist(), strict=True):
            into[step][place] += 1
    for step, place in _portions(affected):
        inputs[step][place] += 1
    chosen = set(moment.codes.find(affected.selected).tolist())
    between = sorted(outputs.keys() & (inputs.keys() | chosen), key=moment.codes.string)
    described = np.array(between, np.int32)
    rows, owner = moment.rows_at("steps", "step_id", described)
    operations = dict(zip(owner.tolist(), affected.words("steps", "operation", rows), strict=True))
    return [
        _Step(operations.get(n) or "", inputs[step], outputs[step], "selected" if step in chosen else "step")
        for n, step in enumerate(between)
    ]


def _portions(affected: Affected) -> list[tuple[int, int]]:
    """Steps that used a lot that is not affected itself, with one affected unit of that lot."""
    lots: dict[str, int] = {}
    for place, lot in enumerate(affected.parent):
        if lot is not None and lot not in affected.position:
            lots.setdefault(lot, place)
    numbers = affected.moment.codes.find(sorted(lots))
    rows, owner = affected.moment.rows_of("consumption", "item_id", numbers)
    steps = affected.moment.column("consumption", "step_id")[rows].tolist() if len(rows) else []
    names = sorted(lots)
    return [(step, lots[names[place]]) for step, place in zip(steps, owner.tolist(), strict=True)]


def _add_steps(
    nodes: dict[tuple[str, str], Node],
    edges: Counter[tuple[tuple[str, str], tuple[str, str]]],
    steps: list[_Step],
    groups: list[_Group],
    layers: dict[_Group, int],
    folding: str,
) -> None:
    """Steps that join the same groups by the same operation are one node; folded further, all of one operation are."""
    members: Counter[tuple[NodeKind, str]] = Counter()
    layer: dict[tuple[NodeKind, str], int] = {}
    named: dict[tuple[NodeKind, str], str] = {}
    for step in steps:
        sources = {groups[place] for place in step.inputs}
        targets = {groups[place] for place in step.outputs}
        signature = "" if folding == "kinds" else step.operation
        if folding == "units":
            signature = "\x1f".join(
                [step.operation, *(f"{k}\x1e{n}" for ends in (sources, targets) for k, n in sorted(ends))]
            )
        key: tuple[NodeKind, str] = (step.kind, signature)
        members[key] += 1
        named[key] = "" if folding == "kinds" else step.operation
        # A step that was selected itself may have used nothing that is affected.
        at = 2 * min(layers[g] for g in sources) + 2 if sources else 2 * min(layers[g] for g in targets)
        layer[key] = min(layer.get(key, at), at)
        for place, count in step.inputs.items():
            edges[groups[place], key] += count
        for place, count in step.outputs.items():
            edges[key, groups[place]] += count
    for key, count in members.items():
        nodes[key] = Node(key[0], named[key], layer[key], 0, 0, count)


def _add_customers(
    affected: Affected,
    lines: Sequence[Shipped],
    groups: list[_Group],
    nodes: dict[tuple[str, str], Node],
    edges: Counter[tuple[tuple[str, str], tuple[str, str]]],
    proven: set[tuple[tuple[str, str], tuple[str, str]]],
    folding: str,
    layer: int,
) -> None:
    unit_of: dict[str, int] = {}
    for place, lot in enumerate(affected.parent):
        if lot is not None:
            unit_of.setdefault(lot, place)
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    own, who = set(affected.own()), unnamed()
    for line in lines:
        at = affected.position.get(line.item, unit_of.get(line.item))
        if at is None or line.consignee in own:
            continue
        party = affected.party(line.consignee)
        label = line.consignee
        if folding in ("countries", "kinds"):
            label = party.get("country", "") if folding == "countries" else ""
        elif who is not None and who.party(label):
            label = who.word
        key = ("customer", label)
        members[key].add(line.consignee)
        edges[groups[at], key] += 1
        if line.certainty == "proven":
            proven.add((groups[at], key))
    for key, parties in members.items():
        nodes[key] = Node("customer", key[1], layer, 0, 0, len(parties))


def _add_suppliers(
    affected: Affected,
    groups: list[_Group],
    nodes: dict[tuple[str, str], Node],
    edges: Counter[tuple[tuple[str, str], tuple[str, str]]],
    proven: set[tuple[tuple[str, str], tuple[str, str]]],
    folding: str,
) -> None:
    suppliers = affected.parties("lots", "supplier_id", affected.lot_row[: affected.starts])
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    # How far a graph has to be folded must not tell how many there are whom the reader may not know.
    one = folding == "kinds" or ((who := unnamed()) is not None and who.suppliers)
    for place, supplier in enumerate(suppliers):
        if supplier is not None:
            key = ("supplier", "" if one else supplier)
            members[key].add(supplier)
            edges[key, groups[place]] += 1
            proven.add((key, groups[place]))
    for key, parties in members.items():
        nodes[key] = Node("supplier", key[1], 0, 0, 0, len(parties))
