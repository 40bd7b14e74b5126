"""The routes answer what the engine answers, each by its own name, with an entity tag and problems that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine
from loaders import load as load_files
from loaders.sample import write_sample

LOT = "RX-2291"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("routes")
    write_sample(folder / "plant", seed=1, units=400)
    engine = Engine.open(folder / "home")
    load_files(engine, [folder / "plant"])
    return engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine), base_url=LOCAL, headers=bearer(engine.home)) as client:
        yield client


def a_unit(engine: Engine) -> str:
    rows = engine.scope(engine.find(LOT).items).answer["items"]
    return str(next(row["id"] for row in rows if row["kind"] == "unit" and row["stage"] == "finished"))


ASKED: dict[str, Callable[[Engine, list[str], str], object]] = {
    "scope?item=RX-2291": lambda e, lot, unit: e.scope(lot),
    "scope?item=RX-2291&as_of=1": lambda e, lot, unit: e.scope(lot, 1),
    "bounds?item=RX-2291": lambda e, lot, unit: e.bounds(lot),
    "diff?item=RX-2291&from=0": lambda e, lot, unit: e.diff_named(
        [LOT], 0, None, lambda text, at: e.find(text, at).items
    ),
    "trace?item={unit}&direction=backward": lambda e, lot, unit: e.trace([unit], "backward"),
    "why?item={unit}&from=RX-2291": lambda e, lot, unit: e.why(unit, lot),
    "near-misses?item=RX-2291&limit=5": lambda e, lot, unit: e.near_misses(lot, limit=5),
    "responsible?item={unit}": lambda e, lot, unit: e.responsible(unit),
    "where?item={unit}": lambda e, lot, unit: e.where([unit]),
    "where?item=RX-2291&scope=true": lambda e, lot, unit: e.where_scope(lot),
    "balance?item=id:{lot}": lambda e, lot, unit: e.balance(lot[0]),
    "balance?item=id:{lot}&of=trace": lambda e, lot, unit: e.trace_balance([lot[0]]),
    "share?item=RX-2291": lambda e, lot, unit: e.share(lot),
    "sweep?stage=supplied": lambda e, lot, unit: e.sweep("supplied"),
    "compare?item=RX-2291&boundary=lot": None,  # type: ignore[dict-item]
    "where-else?item={unit}&item=id:{other}": None,  # type: ignore[dict-item]
}


@pytest.mark.parametrize("path", ASKED)
def test_a_route_answers_what_the_engine_answers(client: TestClient, engine: Engine, path: str) -> None:
    lot, unit = engine.find(LOT).items, a_unit(engine)
    other = [row["id"] for row in engine.scope(lot).answer["items"] if row["kind"] == "unit"][1]
    got = client.get("/api/v1/" + path.format(unit=unit, lot=lot[0], other=other))
    assert got.status_code == 200, got.text
    said = got.json()
    assert {"digest", "asked"} <= said.keys()
    if ask := ASKED[path]:
        assert said["digest"] == ask(engine, lot, unit).digest  # type: ignore[attr-defined]
    again = client.get(got.request.url, headers={"if-none-match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(got.request.url, headers={"if-none-match": '"other"'}).status_code == 200


def test_entries_come_page_by_page(client: TestClient) -> None:
    first = client.get("/api/v1/entries?limit=2").json()
    assert [row["action"] for row in first["entries"]] == ["key added", "load"]
    second = client.get(f"/api/v1/entries?limit=1&before={first['next']}").json()
    assert ([row["sequence"] for row in second["entries"]], second["next"]) == ([0], None)
    assert client.get("/api/v1/entries?before=0").json() == {"entries": [], "next": None}


def test_verify_says_whether_all_is_as_recorded(client: TestClient) -> None:
    assert client.get("/api/v1/verify").json() == {"ok": True, "problem": None, "head": 2}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("scope", 422),
        ("scope?item=nothing-of-that-name", 404),
        ("scope?item=A-7700", 409),
        ("scope?item=RX-2291&as_of=99", 422),
        ("scope?item=RX-2291&as_of=tomorrow", 422),
        ("trace?item=RX-2291", 422),
        ("why?item=RX-2291&from=RX-2291", 409),
        ("diff?item=RX-2291", 422),
        ("compare?item=RX-2291&boundary=nonsense", 422),
        ("sweep?stage=none", 422),
        ("nothing", 404),
    ],
)
def test_what_goes_wrong_is_a_problem(client: TestClient, path: str, status: int) -> None:
    got = client.get(f"/api/v1/{path}")
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"
    problem = got.json()
    assert problem["status"] == status
    assert problem["detail"]


def test_every_route_has_a_name_a_tag_and_words(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    names = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names)) >= 17
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["tags"]
            assert operation["description"]
            assert all(p.get("description") for p in operation.get("parameters", []))
    page = client.get("/docs").text
    assert all(f'id="{name}"' in page for name in names)
    assert "http" not in page.replace("https://json-schema", "").split("<main", 1)[0]


def test_the_folder_of_the_console_is_not_left(client: TestClient) -> None:
    for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static//etc/passwd", "/static/..%2f..%2fcli.py"):
        assert client.get(path).status_code == 404
    assert Path(__file__).exists()
