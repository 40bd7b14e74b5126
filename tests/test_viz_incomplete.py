"""Every file of an answer on which the roads do not agree says so, also a table that is opened without its page."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import made, members
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from test_genealogy_verify import tamper

import loaders
from api.app import create_app
from genealogy.engine import Engine
from viz.sheet import INCOMPLETE, sheet, sheet_csv

FILES = [
    f"/{what}.{form}?item=RM-1" for what in ("flow", "timeline", "countries", "compare") for form in ("csv", "xlsx")
]
FILES += ["/scope.csv?item=RM-1&tab=all", "/scope.json?item=RM-1", "/flow.svg?item=RM-1", "/timeline.svg?item=RM-1"]
FILES += [f"/graph.{form}?item=RM-1" for form in ("csv", "svg", "graphml", "html")]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("incomplete")
    engine = Engine.open(folder / "home")
    loaders.load(engine, [write(folder / "plant", {**PLANT, "parties": PLANT["parties"] + '=X,"=1+1",customer,=DE\n'})])
    with TestClient(create_app(engine), LOCAL, headers=bearer(engine.home)) as found:
        found.engine = engine  # type: ignore[attr-defined]
        yield found


def told(path: str, content: bytes) -> str:
    """What somebody who opens the file reads."""
    if ".xlsx" in path:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(part).decode() for part in book.namelist() if part.endswith(".xml"))
    return content.decode("utf-8-sig")


def test_files_say_that_an_answer_is_incomplete_and_only_then(client: TestClient) -> None:
    marked = ("INCOMPLETE", '"complete": false', '"complete":false')
    whole = {path: client.get(path) for path in FILES}
    for path, got in whole.items():
        assert got.status_code == 200, (path, got.text)
        assert not any(mark in told(path, got.content) for mark in marked), path
        assert "INCOMPLETE" not in got.headers.get("content-disposition", ""), path
    archive, _ = made(client, "RM-1")
    assert not any(
        b"INCOMPLETE" in data for name, data in members(archive).items() if name.endswith((".csv", ".graphml"))
    )
    engine: Engine = client.engine  # type: ignore[attr-defined]
    tamper(engine, "MATCH (:Step)-[l:PRODUCED]->() DELETE l")
    engine.pictures.__init__()  # type: ignore[misc]  # what was compared already is not asked again
    with TestClient(create_app(engine), LOCAL, headers=client.headers) as later:
        for path in FILES:
            got = later.get(path)
            assert got.status_code == 200, (path, got.text)
            assert any(mark in told(path, got.content) for mark in marked), path
            if path.startswith(("/flow", "/timeline", "/countries", "/compare", "/scope")) and ".svg" not in path:
                assert "INCOMPLETE" in got.headers["content-disposition"], path
        archive, _ = made(later, "RM-1")
    for name, data in members(archive).items():
        if name.endswith((".csv", ".graphml")):
            assert b"INCOMPLETE" in data, name


def test_tables_of_an_incomplete_answer_say_it_in_each_row() -> None:
    rows = [{"id": "a", "n": 1}, {"id": "b", "n": None}]
    assert list(csv.reader(io.StringIO(sheet_csv(rows, ("id", "n"), complete=False)))) == [
        ["id", "n", INCOMPLETE],
        ["a", "1", "yes"],
        ["b", "", "yes"],
    ]
    assert sheet_csv([], ("id",), complete=False) == f"id,{INCOMPLETE}\n"
    assert sheet_csv(rows, ("id", "n")) == "id,n\na,1\nb,\n"
    assert sheet(rows, ("id", "n"), "t") != sheet(rows, ("id", "n"), "t", complete=False)


def test_no_cell_of_a_downloaded_scope_is_a_formula(tmp_path: Path) -> None:
    parties = (
        'party_id,name,role,country\nSUP-1,Resins,supplier,DE\n=C,"=HYPERLINK(""http://x"",""y"")",customer,=1+1\n'
    )
    shipments = "shipment_id,item_id,consignee_id,quantity,unit,shipped_at\nSH-1,U-1,=C,1,each,2026-05-03T10:00:00Z\n"
    with Engine.open(tmp_path / "home") as engine:
        loaders.load(engine, [write(tmp_path / "plant", {**PLANT, "parties": parties, "shipments": shipments})])
        client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home))
        rows = list(csv.reader(io.StringIO(client.get("/scope.csv?item=RM-1&tab=customers").text)))
    assert any(cell.startswith("'=") for row in rows[1:] for cell in row)
    assert not any(cell.startswith("=") for row in rows for cell in row)
