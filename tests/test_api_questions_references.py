"""What is the same for every plant is handed out over HTTP: empty tables to fill, and the questions as they are put."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.access.rules import Role
from api.app import create_app
from genealogy.engine import Engine
from loaders.template import write_templates
from queries import CATALOGUE, DIALECTS

V1 = "/api/v1"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.open(tmp_path_factory.mktemp("references") / "home")


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine), base_url=LOCAL, headers=bearer(engine.home)) as client:
        yield client


def test_the_empty_tables_are_those_of_the_command(client: TestClient, tmp_path: Path) -> None:
    got = client.get(f"{V1}/templates")
    assert got.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        sent = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert sent == {path.name: path.read_bytes() for path in write_templates(tmp_path / "plant")}
    assert client.get(f"{V1}/templates").content == got.content


def test_the_empty_tables_can_be_loaded_as_they_were_sent(client: TestClient, tmp_path: Path) -> None:
    sent = client.get(f"{V1}/templates").content
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        files = [("files", (Path(name).name, archive.read(name))) for name in archive.namelist()]
    checked = client.post(f"{V1}/loads", files=files, data={"dry_run": "true"})
    assert checked.status_code == 202, checked.text
    assert "/api/v1/templates" in client.get("/loads", headers={"accept": "text/html"}).text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_question_is_there_with_the_digest_that_answers_name(client: TestClient, dialect: str) -> None:
    listed = client.get(f"{V1}/queries").json()["queries"]
    assert listed == [{"name": query.name, "question": query.question} for query in CATALOGUE.values()]
    for query in CATALOGUE.values():
        said = client.get(f"{V1}/queries/{query.name}?dialect={dialect}").json()
        assert (said["cypher"], said["sha256"]) == (query.text(dialect), query.digest(dialect))
        assert said["params"].keys() == set(query.params)
        assert said["columns"] == list(query.columns)


def test_a_question_that_does_not_exist_is_named(client: TestClient) -> None:
    got = client.get(f"{V1}/queries/none")
    assert got.status_code == 404
    assert "'none'" in got.json()["detail"]
    assert f"{V1}/queries" in got.json()["detail"]
    assert client.get(f"{V1}/queries/forward?dialect=gremlin").status_code == 422


def test_nobody_gets_them_without_a_key(engine: Engine) -> None:
    app = create_app(engine)
    bare = TestClient(app, LOCAL)
    for path in ("templates", "queries", "queries/forward"):
        assert bare.get(f"{V1}/{path}").status_code == 401
        for role in Role:
            headers = bearer(engine.home, role, name=f"{role}-{path.replace('/', '-')}")
            assert bare.get(f"{V1}/{path}", headers=headers).status_code == 200
