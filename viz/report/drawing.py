"""The folded graph on a sheet of paper: boxes in layers from left to right, drawn where the page of the report has them.

What does not fit in its box is cut, with an ellipsis: the tables hold every name. Texts are set in the fonts of the
report, so that a Chinese name is as legible here as in a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from viz.graph import COLOURS, EDGES, label, places
from viz.graph_layout import DOWN as APART

if TYPE_CHECKING:
    from genealogy.report.content import Graph
    from viz.report.paper import Paper
    from viz.words import Words

HIGHEST = 420.0
"""Points; what is left of a page below its heading."""
SMALLEST, LARGEST = 5.5, 8.0
_LEADING = 1.2
_PAD = 2.5
_LINES = 3


def graph_height(graph: Graph) -> float:
    """How much of a page the drawing takes, in points."""
    ys = [y for _, y in places(graph)]
    rows = 1 + round((max(ys) - min(ys)) / APART)
    return min(46.0, HIGHEST / rows) * rows


def draw_graph(paper: Paper, graph: Graph, words: Words) -> None:
    """Draw the graph on one page; nothing where it has no nodes."""
    if not graph.nodes:
        return
    spots = places(graph)
    columns = sorted({x for x, _ in spots})
    low, high = min(y for _, y in spots), max(y for _, y in spots)
    rows = 1 + round((high - low) / APART)
    across = paper.width / len(columns)
    down = graph_height(graph) / rows
    size = max(SMALLEST, min(LARGEST, across / 13, (down - 2 * _PAD) / (_LEADING * _LINES)))
    wide, tall = min(150.0, across * 0.78), min(down * 0.86, size * _LEADING * _LINES + 2 * _PAD)
    top = paper.figure(down * rows)
    at = {x: paper.left + across * (place + 0.5) for place, x in enumerate(columns)}
    centres = [(at[x], top - down * ((y - low) / APART + 0.5)) for x, y in spots]
    for edge in graph.edges:
        (x1, y1), (x2, y2) = centres[edge.source], centres[edge.target]
        colour = EDGES.get(graph.nodes[edge.target].tier or "lot", EDGES["lot"])
        if x1 < x2:
            paper.arrow((x1 + wide / 2, y1), (x2 - wide / 2, y2), colour, dashed=edge.possible)
        elif x1 > x2:  # rework leads back
            paper.arrow((x1 - wide / 2, y1), (x2 + wide / 2, y2), colour, dashed=edge.possible)
        else:
            paper.arrow((x1, y1), (x2, y2), colour, dashed=edge.possible)
    for node, (x, y) in zip(graph.nodes, centres, strict=True):
        paper.box(
            (x - wide / 2, y - tall / 2, wide, tall),
            COLOURS[node.kind],
            _lines(paper, label(node, words), wide, tall, size),
            size,
        )


def _lines(paper: Paper, text: str, wide: float, tall: float, size: float) -> list[str]:
    """The lines of a box: of the name as many as fit above the count, which is always there."""
    name, _, count = text.partition("\n")
    fits = max(1, int((tall - 2 * _PAD) / (size * _LEADING)))
    room = max(1, fits - (1 if count else 0))
    lines = paper.broken(name, wide - 2 * _PAD, size)
    if len(lines) > room:
        lines = [*lines[: room - 1], paper.cut(lines[room - 1] + lines[room], wide - 2 * _PAD, size)]
    return [*lines, *([paper.cut(count, wide - 2 * _PAD, size)] if count and fits > 1 else [])]
