"""What somebody asked is told to them alone: not once they may not ask it any more, not to who bears their name after them."""

from __future__ import annotations

import pytest
from archives import V1, made
from canaries import plant
from fastapi.testclient import TestClient
from people import LOCAL

from api.access.guard import HEADER, SESSION
from api.access.identity import Identity
from api.access.people import People
from api.access.rules import Role
from api.access.sessions import Sessions, form_token
from api.app import create_app
from api.jobs import Job
from api.jobs.routes import visible
from api.protocol.refused import RefusedError
from genealogy.engine import Engine

BOTH = frozenset({Role.COORDINATOR, Role.OPERATIONS})


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return plant(tmp_path_factory.mktemp("owners"))


def asked(client: TestClient) -> str:
    """The path of a question's job that has ended."""
    begun = client.get(f"{V1}/scope?item=id:R-1", headers={"prefer": "respond-async"})
    assert begun.status_code == 202, begun.text
    for _ in range(500):
        job = client.get(begun.headers["location"]).json()
        if job["state"] == "done":
            assert job["result"]["finished_units"]
            return begun.headers["location"]
    raise AssertionError(job)


def signed_in(people: People, app: object, name: str) -> TestClient:
    session = Sessions(people).begin(name)
    return TestClient(app, LOCAL, cookies={SESSION: session}, headers={"origin": LOCAL, HEADER: form_token(session)})  # type: ignore[arg-type]


def test_a_role_that_was_taken_takes_what_it_asked_along(engine: Engine) -> None:
    people, app = People(engine.home), create_app(engine)
    people.add("moe", "not signed in by password", BOTH)
    app.state.door.settle()
    path = asked(signed_in(people, app, "moe"))
    people.revoke("moe", Role.COORDINATOR)
    app.state.door.settle()
    later = signed_in(people, app, "moe")
    assert later.get(f"{V1}/scope?item=id:R-1").status_code == 403
    for under in ("", "/events"):
        assert later.get(path + under).status_code == 404
    assert later.get(f"{V1}/jobs").json()["jobs"] == []
    people.grant("moe", Role.COORDINATOR)
    app.state.door.settle()
    assert signed_in(people, app, "moe").get(path).status_code == 200


def test_somebody_of_the_same_name_is_somebody_else(engine: Engine) -> None:
    people, app = People(engine.home), create_app(engine)
    people.add("eve", "not signed in by password", BOTH)
    app.state.door.settle()
    client = signed_in(people, app, "eve")
    path = asked(client)
    _, report = made(client, "id:R-1")
    people.remove("eve")
    people.add("Eve", "another", BOTH)
    app.state.door.settle()
    other = signed_in(people, app, "eve")
    assert other.get(f"{V1}/jobs").json()["jobs"] == []
    for found in (path, f"{path}/events", report["result"]["archive"], f"/scope/report/{report['id']}"):  # type: ignore[index]
        assert other.get(found).status_code == 404, found


def test_a_home_that_names_whole_seconds_is_understood() -> None:
    class Asking:
        def __init__(self, identity: Identity) -> None:
            self.state = self
            self.identity = identity

    job = Job("scope", "ada", created="2026-05-01T10:00:00.500Z")
    ada = Identity("ada", "person", frozenset({Role.VIEWER}), since="2026-05-01T10:00:00Z")
    assert visible(Asking(ada), job) is job  # type: ignore[arg-type]
    later = Identity("ada", "person", frozenset({Role.VIEWER}), since="2026-05-01T10:00:01Z")
    with pytest.raises(RefusedError):
        visible(Asking(later), job)  # type: ignore[arg-type]
