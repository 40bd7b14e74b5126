"""Route, command and engine show the same graph, flow, time line, countries and batches, byte for byte in their files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli import run_here
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.answer import Answer
from genealogy.batches import Chosen
from genealogy.engine import Engine
from genealogy.graph import View
from loaders import load as load_files
from loaders.sample import write_sample

LOT = "RX-2291"
ASKED: dict[str, tuple[tuple[str, ...], Callable[[Engine, list[str]], Answer]]] = {
    f"graph?item={LOT}": (("graph", LOT), lambda e, lot: e.graph(lot)),
    f"graph?item={LOT}&fold=lot&open=3.0&shut=2.0&tier=lot&stage=finished&until=2025-09-01": (
        ("graph", LOT, "--fold", "lot", "--open", "3.0", "--shut", "2.0", "--tier", "lot", "--stage", "finished",
         "--until", "2025-09-01"),
        lambda e, lot: e.graph(lot, view=View("lot", ("3.0",), ("2.0",), ("lot",), ("finished",), "2025-09-01")),
    ),
    f"flow?item={LOT}&unit=KGM": (("flow", LOT, "--unit", "KGM"), lambda e, lot: e.flow(lot, unit="KGM")),
    f"timeline?item={LOT}": (("timeline", LOT), lambda e, lot: e.timeline(lot)),
    f"countries?item={LOT}": (("countries", LOT), lambda e, lot: e.countries(lot)),
    "batches?alert=any&sort=-made&rows=7&page=2": (
        ("batches", "--alert", "any", "--sort", "-made", "--rows", "7", "--page", "2"),
        lambda e, lot: e.batches(Chosen(alert="any", sort="-made", rows=7, page=2)),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("views")
    write_sample(folder / "plant", seed=1, units=400)
    with Engine.open(folder / "home") as engine:
        load_files(engine, [folder / "plant"])
    bearer(folder / "home")
    return folder / "home"


@pytest.fixture(scope="module")
def said_by_commands(home: Path) -> dict[str, object]:
    """What the commands print, asked before a server holds the home."""
    found: dict[str, object] = {}
    for path, (words, _) in ASKED.items():
        ran = run_here(home, *words, "--as-of", "1", "--json")
        assert ran.code == 0, ran.err
        found[path] = ran.json["digest"]
        for form in ("--format", "table"), ("--format", "csv"):
            assert run_here(home, *words, *form).out.count("\n") > 1
    for form in ("html", "svg", "png", "graphml", "csv"):
        out = home.parent / f"graph.{form}"
        assert run_here(home, "graph", LOT, "--out", out, "--as-of", "1").code == 0
        found[form] = out.read_bytes()
    for name in ("flow.svg", "flow.xlsx", "timeline.svg", "timeline.csv", "flow.json"):
        out = home.parent / name
        assert run_here(home, name.partition(".")[0], LOT, "--out", out).code == 0
        assert out.stat().st_size > 300
    assert run_here(home, "graph", LOT, "--out", home.parent / "graph.gif").code == 2
    assert run_here(home, "graph", LOT, "--fold", "colour").code == 2
    assert run_here(home, "batches", "--alert", "none").code == 2
    return found


@pytest.fixture(scope="module")
def engine(home: Path, said_by_commands: dict[str, object]) -> Engine:
    assert said_by_commands
    return Engine.open(home)


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine), base_url=LOCAL, headers=bearer(engine.home)) as client:
        yield client


@pytest.mark.parametrize("path", ASKED)
def test_every_door_says_the_same(
    client: TestClient, engine: Engine, said_by_commands: dict[str, object], path: str
) -> None:
    as_of = f"{path}&as_of=1"
    got = client.get(f"/api/v1/{as_of}")
    assert got.status_code == 200, got.text
    told = got.json()
    assert told["digest"] == said_by_commands[path]
    again = ASKED[path][1](engine, engine.find(LOT).items)
    for name in ("nodes", "flows", "equipment", "countries", "batches"):
        assert told.get(name) == json.loads(json.dumps(again.answer.get(name))), name
    assert {"digest", "asked", "complete"} <= told.keys()
    assert client.get(got.request.url, headers={"if-none-match": got.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("form", ["html", "svg", "png", "graphml", "csv"])
def test_a_file_has_the_same_bytes_from_every_door(
    client: TestClient, said_by_commands: dict[str, object], form: str
) -> None:
    over_http = client.get(f"/api/v1/graph/file/{form}?item={LOT}&as_of=1")
    assert over_http.status_code == 200
    assert over_http.content == said_by_commands[form]
    on_page = client.get(f"/graph.{form}?item={LOT}&as_of=1")
    assert on_page.content == over_http.content
    assert "attachment" in on_page.headers["content-disposition"]
    assert on_page.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("graph", 422), (f"graph?item={LOT}&fold=colour", 422), (f"graph?item={LOT}&open=x", 422),
        (f"graph?item={LOT}&open=2.999", 422), (f"graph?item={LOT}&until=soon", 422), ("graph?item=nobody", 404),
        (f"graph/node?item={LOT}&node=9.9", 422), (f"graph/file/exe?item={LOT}", 422), (f"flow?item={LOT}&unit=parsec", 422),
        ("batches?sort=x", 422), ("batches?alert=x", 422), ("batches?rows=0", 422),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_a_problem(client: TestClient, path: str, status: int) -> None:
    got = client.get(f"/api/v1/{path}")
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["flow", "timeline", "countries", "compare", "batches"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_every_view_can_be_kept(client: TestClient, path: str, form: str) -> None:
    got = client.get(f"/{path}.{form}?item={LOT}&boundary=lot")
    assert got.status_code == 200, got.text
    assert got.headers["content-disposition"].endswith(f'.{form}"')
    assert len(got.content) > 200
    assert client.get(f"/{path}.exe?item={LOT}").status_code == 422
