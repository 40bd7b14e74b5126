"""Pages of a long list are together the whole list, as of one entry, whatever is loaded meanwhile."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli import write
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine
from loaders import load as load_files
from loaders.sample import write_sample

V1 = "/api/v1"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("paging")
    write_sample(folder / "plant", seed=1, units=400)
    engine = Engine.open(folder / "home")
    load_files(engine, [folder / "plant"])
    return engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    headers = bearer(engine.home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers) as client:
        yield client


def pages(client: TestClient, path: str) -> Iterator[dict[str, Any]]:
    while path:
        got = client.get(path)
        assert got.status_code == 200, got.text
        page = got.json()
        assert got.headers.get("link") == (f'<{page["next"]}>; rel="next"' if page["next"] else None)
        yield page
        path = page["next"]


@pytest.mark.parametrize("limit", [7, 50, 10_000])
@pytest.mark.parametrize("part", ["items", "units", "lots", "consignees"])
def test_pages_of_a_scope_are_the_whole(client: TestClient, part: str, limit: int) -> None:
    whole = client.get(f"{V1}/scope?item=RX-2291").json()
    expected = {
        "items": whole["items"],
        "units": [r for r in whole["items"] if (r["kind"], r["stage"]) == ("unit", "finished")],
        "lots": [r for r in [*whole["start_items"], *whole["items"]] if r["kind"] != "unit"],
        "consignees": whole["consignees"],
    }[part]
    found = list(pages(client, f"{V1}/scope/{part}?item=RX-2291&limit={limit}"))
    assert [row for page in found for row in page["rows"]] == expected
    assert {page["total"] for page in found} == {len(expected)}
    assert {page["digest"] for page in found} == {whole["digest"]}
    assert all(len(page["rows"]) == limit for page in found[:-1])


def test_pages_go_on_as_of_their_entry_while_more_is_loaded(client: TestClient, engine: Engine, tmp_path: Path) -> None:
    path = f"{V1}/trace/items?item=RX-2291&direction=forward&limit=100"
    whole = client.get(f"{V1}/trace?item=RX-2291&direction=forward").json()
    rows: list[dict[str, Any]] = []
    for number, page in enumerate(pages(client, path)):
        rows += page["rows"]
        if number == 0:
            start = engine.find("RX-2291").items[0]
            more = {"steps": "step_id,operation\nLATE,mix\n", "consumption": f"step_id,item_id\nLATE,{start}\n",
                    "production": "step_id,item_id\nLATE,0-LATE\n"}  # fmt: skip
            load_files(engine, [write(tmp_path / "more", more)])
    assert rows == whole["items"]
    now = client.get(f"{V1}/trace?item=RX-2291&direction=forward").json()
    assert len(now["items"]) == len(rows) + 1


def test_a_cursor_belongs_to_its_answer(client: TestClient) -> None:
    first = client.get(f"{V1}/scope/units?item=RX-2291&limit=5").json()
    cursor = first["next"].split("after=")[1].split("&")[0]
    other = client.get(f"{V1}/scope/units?item=RX-2291&as_of=0&limit=5&after={cursor}")
    assert other.status_code in (404, 422)
    forged = base64.urlsafe_b64encode(b'["%s", 9999999]' % first["digest"][:16].encode()).decode()
    for wrong in ("x", "W10", "e30", forged, base64.urlsafe_b64encode(b'["a", "b"]').decode()):
        got = client.get(f"{V1}/scope/units?item=RX-2291&after={wrong}")
        assert (got.status_code, got.json()["errors"][0]["pointer"]) == (422, "#/after"), got.text
    # Taken for another list of the same answer, it would leave out the first rows of that in silence.
    assert client.get(f"{V1}/scope/lots?item=RX-2291&limit=5&after={cursor}").status_code == 422


def test_a_page_has_an_entity_tag(client: TestClient) -> None:
    first = client.get(f"{V1}/scope/units?item=RX-2291&limit=5")
    tag = first.headers["etag"]
    assert client.get(first.request.url, headers={"if-none-match": tag}).status_code == 304
    second = client.get(first.json()["next"], headers={"if-none-match": tag})
    assert second.status_code == 200


def test_pages_of_loads_are_the_whole(client: TestClient, engine: Engine, tmp_path: Path) -> None:
    for number in range(3):
        load_files(
            engine,
            [write(tmp_path / str(number), {"lots": f"item_id,material_id,lot_number\nP{number},M,P{number}\n"})],
        )
    whole = client.get(f"{V1}/loads").json()["loads"]
    assert [row["sequence"] for row in whole] == sorted({row["sequence"] for row in whole}, reverse=True)
    found, after = [], None
    while True:
        page = client.get(f"{V1}/loads", params={"limit": 2} | ({"after": after} if after else {})).json()
        found += page["loads"]
        after = page["next"]
        if after is None:
            break
    assert found == whole
