"""The graph on paper: every node in a box of its own, inside the page, with letters that can be read, in every script."""

from __future__ import annotations

import io
import random

import pytest
from pypdf import PdfReader
from reported import FORMULAS, NAMES, SCRIPTS, report, wide

from genealogy.report.content import Edge, Graph, Node, NodeKind
from genealogy.report.graph import ACROSS, DOWN, fits
from viz.report.drawing import SMALLEST, draw_graph
from viz.report.paper import FOOT, HIGH, MARGIN, WIDE, Paper
from viz.report.pdf import report_pdf
from viz.words import Words

KINDS: tuple[NodeKind, ...] = ("supplier", "start", "lot", "units", "unknown", "step", "selected", "customer")
FILES = {table.name: f"csv/{table.name}.csv" for table in wide().tables()}


class Sheet(Paper):
    """Paper that remembers the boxes drawn on it."""

    def __init__(self) -> None:
        super().__init__("T", "f", "en")
        self.boxes: list[tuple[tuple[float, float, float, float], list[str], float]] = []

    def box(self, place: tuple[float, float, float, float], colour: str, lines: list[str], size: float) -> None:  # type: ignore[override]
        self.boxes.append((place, list(lines), size))
        super().box(place, colour, lines, size)


def random_graph(rng: random.Random) -> Graph:
    """A graph that a sheet of paper holds, with awkward names."""
    names = (*SCRIPTS, *FORMULAS, *NAMES.values(), "漢字" * 30, "W" * 80, "")
    nodes = []
    for layer in range(rng.randint(1, ACROSS)):
        for _ in range(rng.randint(1, DOWN)):
            units, members = rng.choice((0, 0, 1, 12345)), rng.choice((1, 1, 99))
            items = rng.choice((0, 1, 7))
            nodes.append(
                Node(rng.choice(KINDS), rng.choice(names), layer, units, items, members, rng.choice((None, "unit")))
            )
    edges = tuple(
        Edge(rng.randrange(len(nodes)), rng.randrange(len(nodes)), rng.randint(1, 9), rng.random() < 0.3)
        for _ in range(rng.randint(0, 60))
    )
    return Graph(tuple(nodes), edges, "units")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_boxes_stand_apart_on_the_page_and_hold_their_text(language: str) -> None:
    rng, sheet = random.Random(3), Sheet()
    for _ in range(25):
        graph = random_graph(rng)
        assert fits(graph)
        sheet.boxes.clear()
        sheet.keep(HIGH)
        draw_graph(sheet, graph, Words(language))
        assert len(sheet.boxes) == len(graph.nodes)
        for (x, y, wide_, tall), lines, size in sheet.boxes:
            assert x >= MARGIN - 0.01
            assert x + wide_ <= WIDE - MARGIN + 0.01
            assert y >= FOOT
            assert y + tall <= HIGH
            assert size >= SMALLEST
            assert len(lines) * size * 1.2 <= tall + 0.01
            assert all(sheet._width(line, size, bold=False) <= wide_ for line in lines)
        boxes = sorted(place for place, _, _ in sheet.boxes)
        for number, (x, y, wide_, tall) in enumerate(boxes):
            for other_x, other_y, _, other_tall in boxes[number + 1 :]:
                if other_x >= x + wide_:
                    break
                assert other_y >= y + tall or other_y + other_tall <= y, "boxes overlap"


def test_nothing_is_drawn_of_no_graph() -> None:
    sheet = Sheet()
    draw_graph(sheet, Graph((), (), "units"), Words("en"))
    assert sheet.boxes == []


def test_the_graph_is_in_the_document_with_its_names_and_counts() -> None:
    for made, language, said in (
        (report(), "zh", ("追溯图", "RM-1", "3 件成品", "SUP", "CUS-1")),
        (report(), "en", ("Graph", "RM-1", "3 finished units", "mix", "Units are folded by lot.")),
        (wide(), "zh", ("选中工序", "=mix")),
    ):
        pages = PdfReader(io.BytesIO(report_pdf(made, Words(language), FILES))).pages
        text = "".join("".join(page.extract_text().split()) for page in pages[:3])
        for each in said[1:] if made is wide() else said:
            assert "".join(each.split()) in text, (language, each)


def test_what_is_drawn_is_folded_until_it_fits() -> None:
    for made in (report(), wide()):
        assert fits(made.page_graph)
        assert sum(node.units for node in made.page_graph.nodes) == made.scope["finished_units"]
