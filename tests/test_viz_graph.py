"""The graph of a report: layered, folded and said so, with ids that are numbers."""

from __future__ import annotations

import io
import random

import networkx as nx
from reported import SCRIPTS, poisoned, report

from genealogy.report.content import Edge, Graph, Node
from viz.graph import graphml, places, vis_network
from viz.words import LANGUAGES, Words


def test_layers_go_from_left_to_right_and_no_two_nodes_share_a_place() -> None:
    for seed in range(30):
        rng = random.Random(seed)
        nodes = tuple(Node("lot", str(n), rng.randrange(7), 1, 1, 1) for n in range(rng.randrange(1, 80)))
        ends = [(rng.randrange(len(nodes)), rng.randrange(len(nodes))) for _ in range(120)]
        graph = Graph(nodes, tuple(Edge(a, b, 1) for a, b in ends), "units")
        found = places(graph)
        assert found == places(graph)
        assert len(set(found)) == len(nodes)
        for one, (x, _) in zip(nodes, found, strict=True):
            for other, (right, _) in zip(nodes, found, strict=True):
                assert (one.layer < other.layer) == (x < right)


def test_supplier_first_then_lots_steps_units_and_customers() -> None:
    layer = {node.kind: node.layer for node in report().graph.nodes}
    assert layer["supplier"] < layer["start"] < layer["step"] < layer["lot"] < layer["units"] < layer["customer"]


def test_texts_of_the_records_are_labels_and_titles_only() -> None:
    for language in LANGUAGES:
        drawn = vis_network(poisoned(report(), SCRIPTS).graph, Words(language))
        for node in drawn["nodes"]:
            assert isinstance(node["id"], int)
            assert {name for name, value in node.items() if isinstance(value, str) and "<" in value} <= {
                "label",
                "title",
            }
            assert node["font"]["multi"] is False if "font" in node and isinstance(node["font"], dict) else True
        assert drawn["options"]["physics"]["enabled"] is False
        assert drawn["options"]["nodes"]["font"]["multi"] is False
        assert all(isinstance(edge["from"], int) and isinstance(edge["to"], int) for edge in drawn["edges"])


def test_graphml_reads_back_with_the_same_counts() -> None:
    made = report()
    data = graphml(made.graph)
    assert data == graphml(made.graph)
    back = nx.read_graphml(io.BytesIO(data))
    assert back.number_of_nodes() == len(made.graph.nodes)
    assert back.number_of_edges() == len(made.graph.edges)
    assert sum(units for _, units in back.nodes(data="finished_units")) == made.scope["finished_units"]
    assert {label for _, label in back.nodes(data="label")} == {node.label for node in made.graph.nodes}
