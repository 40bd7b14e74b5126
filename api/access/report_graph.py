"""The graph of a report as a role sees it: what is masked can be told neither by its name nor by where it stands.

Suppliers that are masked are one node, whether they are one or several, and so are consignees that are: two lots of one
supplier look like two lots of two. All nodes then stand in an order that comes from what is said of them alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from api.access.fields import LOOK_UP
from api.access.masks import MASKED
from api.access.rules import Field
from genealogy.report.content import Edge, Graph

if TYPE_CHECKING:
    from api.access.masks import Mask
    from genealogy.report.content import Node


def masked_graph(graph: Graph, mask: Mask) -> Graph:
    """A graph of a report as a mask shows it."""
    said = [_said(node, mask) for node in graph.nodes]
    if said == list(graph.nodes):
        return graph
    place: list[int] = []
    nodes: list[Node] = []
    one: dict[str, int] = {}
    for new in said:
        if new.label == MASKED and new.kind in ("supplier", "customer"):
            if new.kind not in one:
                one[new.kind] = len(nodes)
                nodes.append(new)
            place.append(one[new.kind])
        else:
            place.append(len(nodes))
            nodes.append(new)
    records: dict[tuple[int, int], int] = {}
    proven: set[tuple[int, int]] = set()
    for edge in graph.edges:
        both = place[edge.source], place[edge.target]
        records[both] = records.get(both, 0) + edge.records
        if not edge.possible:
            proven.add(both)
    return _in_order(
        replace(
            graph,
            nodes=tuple(nodes),
            edges=tuple(Edge(*both, count, both not in proven) for both, count in records.items()),
        )
    )


def _said(node: Node, mask: Mask) -> Node:
    if node.kind == "supplier" and not mask.may(Field.SUPPLIER):
        return replace(node, label=MASKED, members=1)  # how many there are is not told
    if node.kind == "customer":
        label = mask.cell(node.label, LOOK_UP)
        return replace(node, label=MASKED, members=1) if label == MASKED else node
    return replace(node, label=mask.text(node.label)) if node.kind in ("step", "selected") else node


def _in_order(graph: Graph) -> Graph:
    """The same graph with its nodes in an order that comes from what is said of them and of what they are linked to."""
    nodes = graph.nodes
    rank = _ranked([(n.layer, n.kind, n.label, n.units, n.items, n.members, n.tier or "") for n in nodes])
    while True:
        near: list[list[tuple[Any, ...]]] = [[] for _ in nodes]
        for edge in graph.edges:
            near[edge.source].append((1, rank[edge.target], edge.records, edge.possible))
            near[edge.target].append((0, rank[edge.source], edge.records, edge.possible))
        finer = _ranked([(rank[n], sorted(near[n])) for n in range(len(nodes))])
        if len(set(finer)) == len(set(rank)):  # what is still equal is told apart by nothing that is said
            break
        rank = finer
    order = sorted(range(len(nodes)), key=rank.__getitem__)
    place = {number: at for at, number in enumerate(order)}
    edges = [replace(each, source=place[each.source], target=place[each.target]) for each in graph.edges]
    edges.sort(key=lambda edge: (edge.source, edge.target))
    return replace(graph, nodes=tuple(nodes[number] for number in order), edges=tuple(edges))


def _ranked(keys: list[Any]) -> list[int]:
    """The place of each key among the different ones."""
    places: dict[str, int] = {}
    different = sorted({repr(key): key for key in keys}.items(), key=lambda pair: pair[1])
    for at, (text, _) in enumerate(different):
        places[text] = at
    return [places[repr(key)] for key in keys]
