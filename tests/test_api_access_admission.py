"""People and keys over HTTP: only administrators, each change at once and in the ledger, and never without an administrator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer, new_person

from api.access.admission import made_up_password
from api.access.guard import HEADER
from api.access.people import People
from api.access.rules import Role
from api.access.sessions import form_token
from api.app import create_app
from genealogy.engine import Engine

PASSWORD = "correct horse battery staple"
V1 = "/api/v1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Engine:
    return Engine.open(home)


@pytest.fixture
def client(home: Path, engine: Engine) -> Iterator[TestClient]:
    new_person(home, "ada", PASSWORD, Role.ADMINISTRATOR)
    with TestClient(create_app(engine), base_url=LOCAL) as asked:
        yield asked


def signed_in(client: TestClient, name: str, password: str = PASSWORD) -> TestClient:
    """Another browser, in which somebody signed in."""
    browser = TestClient(client.app, base_url=LOCAL)
    browser.get("/sign-in")
    form = {"form": form_token(browser.cookies["visit"]), "name": name, "password": password, "next": "/"}
    browser.post("/sign-in", data=form, follow_redirects=False)
    if "session" in browser.cookies:
        browser.headers[HEADER] = form_token(browser.cookies["session"])
    return browser


def entries(engine: Engine) -> list[tuple[str, str, dict[str, Any]]]:
    found = [(e.action, e.actor, dict(e.details)) for e in engine.ledger.entries()]
    return [(action, actor, {k: v for k, v in details.items() if k != "change"}) for action, actor, details in found]


def test_a_person_comes_gets_roles_and_goes_and_each_change_is_an_entry_of_who_made_it(
    client: TestClient, engine: Engine
) -> None:
    ada = signed_in(client, "ada")
    made = ada.post(f"{V1}/people", json={"name": "jane", "roles": ["viewer"]})
    assert made.status_code == 201
    first = made.json()["password"]
    assert len(first) >= 20
    jane = signed_in(client, "jane", first)
    assert jane.get(f"{V1}/jobs").status_code == 200
    assert jane.get(f"{V1}/entries").status_code == 403
    assert ada.put(f"{V1}/people/jane/roles/auditor").status_code == 204
    assert jane.get(f"{V1}/entries").status_code == 200, "a role that is given holds at once"
    assert ada.put(f"{V1}/people/JANE/roles/auditor").status_code == 204, "given again, nothing changes"
    told = [each for each in ada.get(f"{V1}/people").json()["people"] if each["name"] == "jane"]
    assert [(each["roles"], each["disabled"]) for each in told] == [(["auditor", "viewer"], None)]
    assert told[0]["granted"] >= told[0]["since"]
    assert ada.delete(f"{V1}/people/jane").status_code == 204
    assert jane.get(f"{V1}/entries").status_code == 401
    assert entries(engine)[-3:] == [
        ("person added", "ada", {"person": "jane", "roles": ["viewer"]}),
        ("role granted", "ada", {"person": "jane", "role": "auditor"}),
        ("person removed", "ada", {"person": "jane"}),
    ]
    assert first not in json.dumps(entries(engine))


@pytest.mark.parametrize("what", ["role", "disable", "password"])
def test_a_session_ends_at_once(client: TestClient, engine: Engine, home: Path, what: str) -> None:
    new_person(home, "jane", PASSWORD, Role.AUDITOR, Role.VIEWER)
    ada, jane, elsewhere = signed_in(client, "ada"), signed_in(client, "jane"), signed_in(client, "jane")
    assert jane.get(f"{V1}/jobs").status_code == elsewhere.get(f"{V1}/jobs").status_code == 200
    match what:
        case "role":
            done = ada.delete(f"{V1}/people/jane/roles/viewer")
        case "disable":
            done = ada.post(f"{V1}/people/jane/disable")
        case _:
            done = ada.post(f"{V1}/people/jane/password", json={"password": "another horse altogether"})
    assert done.status_code < 300
    assert jane.get(f"{V1}/jobs").status_code == elsewhere.get(f"{V1}/jobs").status_code == 401
    again = signed_in(client, "jane").get(f"{V1}/jobs").status_code
    assert again == (200 if what == "role" else 401)
    if what == "password":
        assert signed_in(client, "jane", "another horse altogether").get(f"{V1}/jobs").status_code == 200
    if what == "disable":
        assert ada.post(f"{V1}/people/jane/enable").status_code == 204
        assert signed_in(client, "jane").get(f"{V1}/entries").status_code == 200, "the roles are those from before"
        assert [action for action, *_ in entries(engine)][-2:] == ["person disabled", "person enabled"]


def test_who_is_disabled_is_told_the_same_as_who_types_a_wrong_password(client: TestClient, home: Path) -> None:
    new_person(home, "jane", PASSWORD, Role.VIEWER)
    signed_in(client, "ada").post(f"{V1}/people/jane/disable")
    said = []
    for name, password in (("jane", PASSWORD), ("jane", "wrong"), ("nobody", PASSWORD)):
        browser = TestClient(client.app, base_url=LOCAL)
        browser.get("/sign-in")
        form = {"form": form_token(browser.cookies["visit"]), "name": name, "password": password}
        got = browser.post("/sign-in", data=form, follow_redirects=False)
        said.append((got.status_code, got.text.replace(form["form"], "")))
    assert said[0][0] == 401
    assert said[0] == said[1] == said[2]


def test_the_last_administrator_stays(client: TestClient, engine: Engine, home: Path) -> None:
    new_person(home, "bob", PASSWORD, Role.ADMINISTRATOR)
    ada = signed_in(client, "ada")
    assert ada.post(f"{V1}/people/bob/disable").status_code == 204
    before = len(entries(engine))
    for ask in (
        lambda: ada.delete(f"{V1}/people/ada"),
        lambda: ada.post(f"{V1}/people/ada/disable"),
        lambda: ada.delete(f"{V1}/people/ada/roles/administrator"),
    ):
        refused = ask()
        assert refused.status_code == 422
        assert "last administrator" in refused.json()["detail"]
    assert len(entries(engine)) == before
    assert ada.get(f"{V1}/people").status_code == 200, "and the session goes on"
    people = People(home)
    for change in (lambda: people.remove("ada"), lambda: people.disable("ada")):
        with pytest.raises(Exception, match="last administrator"):
            change()
    people.close()
    assert ada.post(f"{V1}/people/bob/enable").status_code == 204
    assert ada.delete(f"{V1}/people/ada/roles/administrator").status_code == 204


def test_the_first_administrator_is_made_on_the_command_line_only(home: Path, engine: Engine) -> None:
    with TestClient(create_app(engine), base_url=LOCAL) as client:
        key = bearer(home, Role.ADMINISTRATOR)
        for body in ({"name": "eve", "roles": ["administrator"]}, {"name": "eve", "roles": ["viewer"]}):
            got = client.post(f"{V1}/people", json=body, headers=key)
            assert got.status_code == (403 if "administrator" in body["roles"] else 201)
        assert client.put(f"{V1}/people/eve/roles/administrator", headers=key).status_code == 403
        assert client.post(f"{V1}/keys", json={"name": "k", "roles": ["administrator"]}, headers=key).status_code == 403


def test_a_demo_that_is_open_to_all_lets_nobody_be_added(home: Path) -> None:
    with TestClient(create_app(Engine.open(home, demo=True), loopback=True), base_url=LOCAL) as client:
        assert client.get(f"{V1}/people").json() == {"people": []}
        for body in ({"name": "eve", "roles": ["viewer"]}, {"name": "eve", "roles": ["administrator"]}):
            assert client.post(f"{V1}/people", json=body).status_code == 403
        assert client.post(f"{V1}/keys", json={"name": "k", "roles": ["viewer"]}).status_code == 403
        assert client.get("/people").status_code == 200


def test_nobody_but_an_administrator_may(client: TestClient, home: Path) -> None:
    key = bearer(home, *(role for role in Role if role is not Role.ADMINISTRATOR))
    for method, path in (
        ("GET", "people"), ("POST", "people"), ("DELETE", "people/ada"), ("PUT", "people/ada/roles/viewer"),
        ("DELETE", "people/ada/roles/viewer"), ("POST", "people/ada/disable"), ("POST", "people/ada/enable"),
        ("POST", "people/ada/password"), ("GET", "keys"), ("POST", "keys"), ("DELETE", "keys/0"),
    ):  # fmt: skip
        assert client.request(method, f"{V1}/{path}", headers=key, json={}).status_code == 403, path
        assert client.request(method, f"{V1}/{path}", json={}).status_code == 401, path
    assert client.get("/people", headers={**key, "accept": "text/html"}).status_code == 403


def test_a_request_of_another_page_changes_nothing(client: TestClient, engine: Engine) -> None:
    ada = signed_in(client, "ada")
    del ada.headers[HEADER]
    before = len(entries(engine))
    for method, path in (("POST", "people"), ("DELETE", "people/ada"), ("POST", "keys"), ("POST", "password")):
        assert ada.request(method, f"{V1}/{path}", json={"name": "eve", "roles": []}).status_code == 403
    for path in ("/people", "/people/ada", "/keys", "/keys/x/revoke", "/password"):
        assert ada.post(path, data={"name": "eve", "do": "remove"}).status_code == 403
    assert len(entries(engine)) == before


def test_a_key_is_told_once_works_and_ends(client: TestClient, engine: Engine) -> None:
    ada = signed_in(client, "ada")
    made = ada.post(f"{V1}/keys", json={"name": "mes", "roles": ["auditor"], "expires": "2999-01-01"})
    assert made.status_code == 201
    key = made.json()["key"]
    headers = {"authorization": f"Bearer {key}"}
    assert client.get(f"{V1}/entries", headers=headers).status_code == 200
    (listed,) = ada.get(f"{V1}/keys").json()["keys"]
    assert (listed["name"], listed["roles"], listed["revoked"]) == ("mes", ["auditor"], None)
    assert key not in json.dumps(ada.get(f"{V1}/keys").json()) + json.dumps(entries(engine)) + ada.get("/people").text
    assert ada.delete(f"{V1}/keys/{listed['id']}").status_code == 204
    assert client.get(f"{V1}/entries", headers=headers).status_code == 401
    assert ada.delete(f"{V1}/keys/{listed['id']}").status_code == 404
    for expires in ("2001-01-01", "soon"):
        wrong = ada.post(f"{V1}/keys", json={"name": "mes", "roles": ["auditor"], "expires": expires})
        assert wrong.status_code == 422
    assert ada.post(f"{V1}/keys", json={"name": "mes", "roles": []}).status_code == 422


def test_everybody_changes_their_own_password_and_guesses_are_counted(client: TestClient, home: Path) -> None:
    new_person(home, "jane", PASSWORD, Role.VIEWER)
    jane, elsewhere = signed_in(client, "jane"), signed_in(client, "jane")
    new = "quite another set of words"
    assert jane.post(f"{V1}/password", json={"old": PASSWORD, "new": "short"}).status_code == 422
    assert jane.post(f"{V1}/password", json={"old": "wrong", "new": new}).status_code == 422
    assert jane.post(f"{V1}/password", json={"old": PASSWORD, "new": new}).status_code == 204
    assert jane.get(f"{V1}/jobs").status_code == elsewhere.get(f"{V1}/jobs").status_code == 401
    assert signed_in(client, "jane").get(f"{V1}/jobs").status_code == 401
    jane = signed_in(client, "jane", new)
    assert jane.get(f"{V1}/jobs").status_code == 200
    said = [jane.post(f"{V1}/password", json={"old": f"guess {n}", "new": PASSWORD}).status_code for n in range(12)]
    assert said == [422] * 10 + [429] * 2
    assert jane.post(f"{V1}/password", json={"old": new, "new": PASSWORD}).status_code == 429
    key = bearer(home, Role.VIEWER)
    assert client.post(f"{V1}/password", json={"old": PASSWORD, "new": new}, headers=key).status_code == 422


def test_what_is_wrong_is_said_and_changes_nothing(client: TestClient, engine: Engine) -> None:
    ada = signed_in(client, "ada")
    before = len(entries(engine))
    for body, status in (
        ({"name": "ADA", "roles": []}, 409),
        ({"name": "<script>", "roles": []}, 422),
        ({"name": "jane", "roles": ["boss"]}, 422),
        ({"name": "jane", "roles": [], "password": "short"}, 422),
        ({"name": "jane", "roles": [], "more": 1}, 422),
    ):
        got = ada.post(f"{V1}/people", json=body)
        assert got.status_code == status, body
        assert "short" not in got.text
    for method, path in (("DELETE", "nobody"), ("PUT", "nobody/roles/viewer"), ("POST", "nobody/disable")):
        assert ada.request(method, f"{V1}/people/{path}").status_code == 404
    assert len(entries(engine)) == before


def test_a_file_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    import sqlite3

    file = sqlite3.connect(tmp_path / "access.sqlite")
    file.execute(
        "CREATE TABLE people (folded TEXT PRIMARY KEY, name TEXT NOT NULL, password TEXT, since TEXT NOT NULL) STRICT"
    )
    file.execute("INSERT INTO people VALUES ('jane', 'Jane', 'kept', '2026-01-01T00:00:00Z')")
    file.commit()
    file.close()
    people = People(tmp_path)
    assert [(p["name"], p["granted"], p["disabled"]) for p in people.list_people()] == [
        ("Jane", "2026-01-01T00:00:00Z", None)
    ]
    people.disable("jane")
    assert people.disabled("JANE")
    people.close()


def test_passwords_that_are_made_up_differ() -> None:
    made = {made_up_password() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(each) == 23 for each in made)
