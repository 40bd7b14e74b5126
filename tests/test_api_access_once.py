"""Changes of people and keys are made once for each Idempotency-Key, and no secret is kept with the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer, new_person

import loaders
from api.app import create_app
from api.protocol import idempotency
from genealogy.engine import Engine

V1 = "/api/v1"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Engine.open(tmp_path / "home") as engine:
        loaders.load(engine, [write(tmp_path / "plant", PLANT)])
    new_person(tmp_path / "home", "ada", PASSWORD, "administrator")
    return tmp_path / "home"


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    headers = bearer(home, "administrator")
    with TestClient(create_app(Engine.open(home)), base_url=LOCAL, headers=headers) as found:
        yield found


def once(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


def kept(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.glob("requests.sqlite*"))


def test_a_key_is_made_once_and_told_once(client: TestClient, home: Path) -> None:
    body = {"name": "mes", "roles": ["viewer"]}
    first = client.post(f"{V1}/keys", json=body, headers=once("k-1"))
    assert first.status_code == 201
    again = client.post(f"{V1}/keys", json=body, headers=once("k-1"))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == {**first.json(), "key": None}
    assert [each["name"] for each in client.get(f"{V1}/keys").json()["keys"]].count("mes") == 1
    assert first.json()["key"].encode() not in kept(home)
    assert client.post(f"{V1}/keys", json={**body, "name": "erp"}, headers=once("k-1")).status_code == 422


def test_a_person_is_added_once_and_the_password_told_once(client: TestClient, home: Path) -> None:
    first = client.post(f"{V1}/people", json={"name": "jane", "roles": []}, headers=once("p-1"))
    again = client.post(f"{V1}/people", json={"name": "jane", "roles": []}, headers=once("p-1"))
    assert (first.status_code, again.status_code, again.json()["password"]) == (201, 201, None)
    assert first.json()["password"].encode() not in kept(home)
    reset = client.post(f"{V1}/people/jane/password", json={}, headers=once("p-2"))
    replayed = client.post(f"{V1}/people/jane/password", json={}, headers=once("p-2"))
    assert reset.json()["password"] != first.json()["password"]
    assert replayed.json() == {"name": "jane", "password": None}
    given = {"password": "a password of many words"}
    assert client.post(f"{V1}/people/jane/password", json=given, headers=once("p-3")).status_code == 200
    other = {"password": "another password of words"}
    assert client.post(f"{V1}/people/jane/password", json=other, headers=once("p-3")).status_code == 422
    assert b"many words" not in kept(home)


def test_after_a_restart_only_what_had_a_password_in_it_is_not_known(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up, given = {"name": "jane", "roles": []}, {"name": "joe", "roles": [], "password": PASSWORD}
    for body, key in ((made_up, "r-1"), (given, "r-2")):
        assert client.post(f"{V1}/people", json=body, headers=once(key)).status_code == 201
    monkeypatch.setattr(idempotency, "_SECRET", b"that of the next process")
    again = client.post(f"{V1}/people", json=made_up, headers=once("r-1"))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    unknown = client.post(f"{V1}/people", json=given, headers=once("r-2"))
    assert unknown.status_code == 422
    assert "before the service was started again" in unknown.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("PUT", "people/jane/roles/viewer", "role granted"),
        ("DELETE", "people/jane/roles/auditor", "role revoked"),
        ("POST", "people/jane/disable", "person disabled"),
        ("DELETE", "people/jane", "person removed"),
    ],
)
def test_every_other_change_is_made_once(client: TestClient, method: str, path: str, action: str) -> None:
    assert client.post(f"{V1}/people", json={"name": "jane", "roles": ["auditor"]}).status_code == 201
    for _ in range(2):
        answer = client.request(method, f"{V1}/{path}", headers=once("c-1"))
        assert (answer.status_code, answer.content) == (204, b"")
    entries = client.get(f"{V1}/entries").json()["entries"]
    assert [entry["action"] for entry in entries].count(action) == 1


def test_what_was_refused_can_be_tried_again_under_its_key(client: TestClient) -> None:
    weak = {"name": "jane", "roles": [], "password": "short"}
    assert client.post(f"{V1}/people", json=weak, headers=once("w-1")).status_code == 422
    assert client.post(f"{V1}/people", json={**weak, "password": PASSWORD}, headers=once("w-1")).status_code == 201
