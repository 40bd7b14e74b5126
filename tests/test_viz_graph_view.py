"""Every file of a picture says what the picture says, is well-formed whatever the records hold, and the same each time."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from cli import PLANT, write
from payloads import poisoned_plant

from genealogy.answer import Answer
from genealogy.engine import Engine
from genealogy.graph import View
from loaders import load
from viz.flow_svg import flow_svg
from viz.graph_files import FORMS, graph_file
from viz.graph_view import vis_network
from viz.sheet import sheet
from viz.timeline_svg import timeline_svg
from viz.words import LANGUAGES, Words

SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {"svg", "g", "rect", "path", "text", "title", "desc"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("pictures")
    with Engine.open(folder / "home") as opened:
        load(opened, [write(folder / "plant", PLANT)])
        load(opened, [write(folder / "nasty", poisoned_plant())])
        yield opened


@pytest.fixture(scope="module", params=["RM-1", "INJECT"])
def answer(request: pytest.FixtureRequest, engine: Engine) -> Answer:
    return engine.graph([request.param], view=View("lot"))


def shown(answer: Answer) -> list[str]:
    return [each["item"] or each["party"] or each["label"] for each in answer.answer["nodes"] if not each["last_label"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_the_same_each_time(answer: Answer, form: str, language: str) -> None:
    words = Words(language)
    assert graph_file(answer, form, words) == graph_file(answer, form, words)


def test_svg_holds_every_name_as_text_and_nothing_that_runs(answer: Answer, engine: Engine) -> None:
    drawn = [graph_file(answer, "svg", Words(language)) for language in LANGUAGES]
    starts = answer.answer["starts"]
    drawn += [
        flow_svg(engine.flow(starts).answer, Words("en"), alone=True).encode(),
        timeline_svg(engine.timeline(starts).answer, Words("zh"), alone=True).encode(),
    ]
    for data in drawn:
        root = ET.fromstring(data)
        for each in root.iter():
            assert each.tag.removeprefix(SVG) in HARMLESS
            assert not any(name.lower().startswith("on") or "href" in name for name in each.attrib)
    told = " ".join(text or "" for text in ET.fromstring(drawn[0]).itertext())
    for name in shown(answer):
        assert name in told


def test_graphml_reads_back_with_the_same_counts(answer: Answer) -> None:
    back = nx.read_graphml(io.BytesIO(graph_file(answer, "graphml", Words("en"))))
    nodes = answer.answer["nodes"]
    assert back.number_of_nodes() == len(nodes)
    assert back.number_of_edges() == len(answer.answer["links"])
    assert sum(units for _, units in back.nodes(data="finished_units")) == answer.answer["totals"]["finished_units"]
    assert sum(items for _, items in back.nodes(data="items")) == answer.answer["totals"]["items"]
    labels = [label for _, label in back.nodes(data="label")]
    assert all(any(name in label for label in labels) for name in shown(answer))


def test_csv_and_json_hold_what_the_table_holds(answer: Answer) -> None:
    rows = list(csv.DictReader(io.StringIO(graph_file(answer, "csv", Words("en")).decode())))
    assert sum(int(row["finished_units"]) for row in rows) == answer.answer["totals"]["finished_units"]
    assert json.loads(graph_file(answer, "json", Words("en")))["digest"] == answer.digest


@pytest.mark.parametrize("language", LANGUAGES)
def test_png_is_an_image_and_chinese_is_drawn(answer: Answer, language: str) -> None:
    data = graph_file(answer, "png", Words(language))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert wide > 500
    assert high > 200
    place, body = 8, b""
    while place < len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        body += data[place + 8 : place + 8 + size] if kind == b"IDAT" else b""
        place += 12 + size
    assert len(zlib.decompress(body)) == high * (3 * wide + 1)
    assert len({*body}) > 100, "a blank sheet"


def test_chinese_and_hidden_characters_stay_legible(engine: Engine, tmp_path: Path) -> None:
    lots = [{"item_id": "批次-甲", "material_id": "RM", "lot_number": "第一批"}]
    load(engine, [write(tmp_path / "zh", {"lots": lots})])
    zh = engine.graph(["批次-甲"])
    assert "批次-甲" in graph_file(zh, "svg", Words("zh")).decode()
    assert graph_file(zh, "png", Words("zh")) != graph_file(engine.graph(["RM-2"]), "png", Words("zh"))


def test_ids_are_numbers_and_texts_only_labels_and_titles(answer: Answer) -> None:
    drawn = vis_network(answer.answer, Words("en"))
    for each in drawn["nodes"]:
        assert isinstance(each["id"], int)
        assert {name for name, value in each.items() if isinstance(value, str) and "<" in value} <= {"label", "title"}
    assert all(isinstance(each["from"], int) and isinstance(each["to"], int) for each in drawn["edges"])
    assert drawn["options"]["physics"]["enabled"] is False


def test_the_offline_page_loads_nothing_and_has_no_script_but_its_own(answer: Answer) -> None:
    page = graph_file(answer, "html", Words("en")).decode()
    tags: list[tuple[str, dict[str, str | None]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append((tag, dict(attrs)))  # type: ignore[method-assign]
    parser.feed(page)
    assert [tag for tag, _ in tags].count("script") == 3
    assert {tag for tag, _ in tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "div", "p", "table", "thead", "tbody", "tr", "th", "td",
        "script",
    }  # fmt: skip
    assert not any(name.startswith("on") or name in ("src", "href") for _, attrs in tags for name in attrs)


def test_no_text_becomes_a_formula() -> None:
    rows: list[dict[str, Any]] = [{"a": "=1+1", "b": "@SUM(1)"}, {"a": "+1", "b": "http://x.example"}]
    made = sheet(rows, ("a", "b"), "t")
    assert made == sheet(rows, ("a", "b"), "t")
    import pandas as pd

    back = pd.read_excel(io.BytesIO(made), engine="calamine", dtype=str)
    assert back.to_dict("records") == rows
