"""The folded graph with a place for every node, for the page (vis-network, by pyvis) and for other programs (GraphML).

Places are worked out here (see ``viz.graph_layout``), so that the picture is the same each time.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from viz.graph_layout import placed

if TYPE_CHECKING:
    from genealogy.report.content import Graph, Node
    from viz.words import Words

COLOURS = {
    "supplier": "#d9c7f2", "start": "#f4b6b6", "lot": "#cfe3f7", "units": "#bfe5c8", "unknown": "#e0e0e0",
    "step": "#fbe5b5", "selected": "#f4b6b6", "customer": "#f7d3e6",
}  # fmt: skip
EDGES = {"unit": "#2e7d32", "lot": "#5b7fa6", "order": "#b26a00"}


def places(graph: Graph) -> list[tuple[int, int]]:
    """Where each node stands."""
    return placed([node.layer for node in graph.nodes], [(edge.source, edge.target) for edge in graph.edges])


def vis_network(graph: Graph, words: Words) -> dict[str, Any]:
    """Nodes, edges and options as vis-network takes them; ids are numbers, and texts of the records only labels and titles."""
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line")
    for number, (node, (x, y)) in enumerate(zip(graph.nodes, places(graph), strict=True)):
        net.add_node(
            number, label=label(node, words), title=_title(node, words), shape="box", color=COLOURS[node.kind], x=x, y=y,
            physics=False,
        )  # fmt: skip
    for edge in graph.edges:
        tier = graph.nodes[edge.target].tier or "lot"
        said = words.page("edge_possible" if edge.possible else "edge_records", count=words.count(edge.records))
        net.add_edge(
            edge.source,
            edge.target,
            title=said,
            dashes=edge.possible,
            color=EDGES.get(tier, EDGES["lot"]),
            physics=False,
        )
    options = {
        "physics": {"enabled": False},
        "interaction": {"hover": True, "navigationButtons": False, "keyboard": False, "dragNodes": True},
        "edges": {"smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.4}},
        "nodes": {"font": {"size": 15, "multi": False}, "widthConstraint": {"maximum": 220}},
        "layout": {"improvedLayout": False, "randomSeed": 1},
    }
    return {"nodes": net.nodes, "edges": net.edges, "options": options}


def graphml(graph: Graph, masked: str = "", incomplete: str = "") -> bytes:
    """The same graph for other programs; ``masked``: that something in it is, and for whom; ``incomplete``: that it is."""
    import networkx as nx

    made: nx.DiGraph[int] = nx.DiGraph()
    if masked:
        made.graph["masked"] = masked
    if incomplete:
        made.graph["incomplete"] = incomplete
    for number, (node, (x, y)) in enumerate(zip(graph.nodes, places(graph), strict=True)):
        made.add_node(
            number, kind=node.kind, label=node.label, layer=node.layer, finished_units=node.units, items=node.items,
            records=node.members, tier=node.tier or "", x=x, y=y,
        )  # fmt: skip
    for edge in graph.edges:
        made.add_edge(edge.source, edge.target, records=edge.records, possible=edge.possible)
    out = io.BytesIO()
    nx.write_graphml_xml(made, out, named_key_ids=True)
    return out.getvalue()


def label(node: Node, words: Words) -> str:
    """What stands in the box of a node: its name, and below it how much it stands for."""
    lines = [node.label or words.page(f"node_{node.kind}")]
    if node.units:
        lines.append(words.page("node_units_count", count=words.count(node.units)))
    elif node.items > 1:
        lines.append(words.page("node_items_count", count=words.count(node.items)))
    elif node.members > 1:
        lines.append(words.page("node_members_count", count=words.count(node.members)))
    return "\n".join(lines)


def _title(node: Node, words: Words) -> str:
    lines = [
        f"{words.page(f'node_{node.kind}')}: {node.label}",
        words.page("node_members_count", count=words.count(node.members)),
    ]
    if node.items:
        lines.append(words.page("node_units_count", count=words.count(node.units)))
    if node.tier:
        lines.append(words.page("node_tier", tier=words.cell(node.tier, "word")))
    return "\n".join(lines)
