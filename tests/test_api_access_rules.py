"""Every endpoint of the whole application has a rule, and no rule is left over; what has none is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.access.guard import rule_of
from api.access.rules import OPEN, OPERATIONS, PAGES, SEES, Field, Role
from api.app import create_app
from genealogy.engine import Engine


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Engine.open(tmp_path_factory.mktemp("rules") / "home"))


def test_every_endpoint_has_a_rule_and_every_rule_an_endpoint(app: FastAPI) -> None:
    without = [f"{route.path} ({route.name})" for route in app.router.routes if rule_of(route, app) is None]
    assert without == [], "api/access/rules.py has no line for these"
    operations = {route.operation_id for route in app.routes if getattr(route, "operation_id", None)}
    pages = {
        route.name
        for route in app.routes
        if getattr(route, "operation_id", "mount") is None and route.path != app.openapi_url
    }
    assert OPERATIONS.keys() - operations == set(), "no such operation"
    assert PAGES.keys() - pages == set(), "no such page"


def test_only_what_says_nothing_of_the_plant_is_open() -> None:
    assert {name for name, rule in OPERATIONS.items() if rule is OPEN} == {"healthz", "readyz"}
    assert {name for name, rule in PAGES.items() if rule is OPEN} == {"sign_in", "signing_in", "docs"}
    for rule in (*OPERATIONS.values(), *PAGES.values()):
        assert rule.open == (not rule.roles)


def test_who_sees_what() -> None:
    assert SEES.keys() == set(Role)
    assert SEES[Role.VIEWER] == frozenset()
    assert SEES[Role.MANAGER] == frozenset(Field)
    assert Field.SUPPLIER not in SEES[Role.OPERATIONS] | SEES[Role.ADMINISTRATOR] | SEES[Role.VIEWER]


def test_a_route_without_a_rule_is_refused_to_everybody(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home")
    app = create_app(engine)

    @app.get("/api/v1/forgotten", operation_id="forgotten")
    def forgotten() -> str:
        return "told"

    @app.get("/forgotten")
    def page() -> str:
        return "told"

    app.add_route("/raw", lambda _: None)
    with TestClient(app, base_url=LOCAL, headers=bearer(tmp_path / "home", *Role)) as client:
        for path in ("/api/v1/forgotten", "/forgotten", "/raw"):
            got = client.get(path)
            assert got.status_code == 403, path
            assert "told" not in got.text
        assert client.get("/api/v1/nothing-at-all").status_code == 404
        assert client.put("/api/v1/scope").status_code == 405


def test_the_description_says_who_may(app: FastAPI) -> None:
    described = app.openapi()
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path in described["paths"].values():
        for operation in path.values():
            rule = OPERATIONS[operation["operationId"]]
            assert ("security" in operation) == (not rule.open)
            assert set(operation.get("x-roles", ())) == {role.value for role in rule.roles}
