"""The whole description of the interface, asked with made-up and wrong values: no fault, and nothing that it does not say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from cli import PLANT, write
from console_server import Served, served
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from people import bearer
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import loaders
from api.access.rules import OPERATIONS, Role
from genealogy.engine import Engine

V1 = "/api/v1"
EXAMPLES = 3
NOT_MADE_UP = {"rebuild", "jobEvents"}
"""What would disturb the other questions, and what does not end by itself."""
CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
)  # fmt: skip

PARTS = (
    "' OR 1=1 //", "'}) DETACH DELETE n //", "\"}) MATCH (n) DETACH DELETE n RETURN n //",
    "') RETURN 1 UNION MATCH (n) RETURN n //",
    "\\' RETURN 1 //", "` MATCH (n) DETACH DELETE n //", "$start", "${x}", "{id: 'x'}", "//", "/* */", "; DROP TABLE Item;",
    "; MATCH (n) DETACH DELETE n;", "' CALL dbms.shutdown() //", "' LOAD CSV FROM 'file:///etc/passwd' AS x RETURN x //",
    "' LOAD CSV FROM 'http://127.0.0.1:1/' AS x RETURN x //", "' CALL apoc.load.json('http://127.0.0.1:1/') //",
    "'} SET n.known_until = 0 //", "' CREATE (:Item {id: 'HACKED'}) //", "\"] CREATE (:Item {id: 'HACKED'}) //",
    "') YIELD x COPY Item TO 'x.csv' //", "' COPY (MATCH (n) RETURN n) TO '/tmp/x.csv' //", "' ATTACH '/tmp/x' AS y //",
    "' INSTALL httpfs //", "\u02bc OR 1=1 //", "%27 OR 1=1", "\x00' RETURN 1", "'\n MATCH (n) DETACH DELETE n\n//", "''", "\\",
)  # fmt: skip
BEFORE = ("", "x", "RM-1", "id:RM-1", "lot:", "supplier-lot:SUP-1/", "serial:", "serial:A..", "1", "only-after ")
PAYLOADS = [before + part for part in PARTS for before in BEFORE]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("schema")
    engine = Engine.open(folder / "home")
    loaders.load(engine, [write(folder / "plant", PLANT)])
    engine.close()
    roles = {role: bearer(folder / "home", role, name=f"as-{role}") for role in Role}
    with served(folder / "home") as found:
        found.roles = roles  # type: ignore[attr-defined]
        yield found


@pytest.fixture(scope="module")
def schema(address: Served) -> schemathesis.schemas.BaseSchema:
    said = httpx.get(f"{address}/openapi.json", headers=address.headers).json()
    return schemathesis.openapi.from_dict(said)


def operations(schema: schemathesis.schemas.BaseSchema) -> list[schemathesis.schemas.APIOperation]:  # type: ignore[type-arg]
    found = [result.ok() for result in schema.get_all_operations()]
    return [each for each in found if each.definition.raw.get("operationId") not in NOT_MADE_UP]


def test_no_operation_fails_or_answers_what_it_does_not_say(
    schema: schemathesis.schemas.BaseSchema, address: Served
) -> None:
    asked = 0
    for operation, mode in product(operations(schema), (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            response = case.call(base_url=address, headers=dict(address.headers))
            case.validate_response(response, checks=CHECKS)

        # What takes no value can be given no wrong one.
        with suppress(Unsatisfiable):
            ask()
    assert asked > 100


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_let_in_where_its_rule_says_so_and_nowhere_else(
    schema: schemathesis.schemas.BaseSchema, address: Served, role: Role
) -> None:
    headers = address.roles[role]  # type: ignore[attr-defined]
    with httpx.Client(base_url=address, timeout=60) as client:
        for operation in operations(schema):
            name = operation.definition.raw["operationId"]
            path = operation.path.replace("{", "x").replace("}", "x")
            got = client.request(operation.method.upper(), path, headers=headers)
            rule = OPERATIONS[name]
            assert (got.status_code == 403) == (not rule.open and role not in rule.roles), (name, got.status_code)
            assert got.status_code < 500, (name, got.text)
            alone = client.request(operation.method.upper(), path)
            assert (alone.status_code == 401) == (not rule.open), (name, alone.status_code)


def test_three_hundred_cypher_payloads_do_nothing(schema: schemathesis.schemas.BaseSchema, address: Served) -> None:
    assert len(PAYLOADS) >= 300
    places: list[tuple[str, str, dict[str, str]]] = []
    for operation in operations(schema):
        if operation.method.upper() != "GET":
            continue
        raw = operation.definition.raw
        texts = [p for p in raw.get("parameters", []) if "string" in str(p.get("schema"))]
        needed = {p["name"]: "RM-1" for p in texts if p.get("required") and p["in"] == "query"}
        needed |= {"direction": "forward"} if "direction" in needed else {}
        places += [(operation.path, p["name"], needed) for p in texts if p["in"] in ("query", "path")]
    assert len(places) > 40
    with httpx.Client(base_url=address, timeout=60, headers=address.headers) as client:
        before = client.get(f"{V1}/scope?item=RM-1").json()["digest"]
        for number, payload in enumerate(PAYLOADS):
            # Every payload somewhere, and every place often: all of them everywhere would take an hour.
            for path, name, needed in (places[number % len(places)], places[(number * 7 + 3) % len(places)]):
                inside = f"{{{name}}}" in path
                asked = path.replace(f"{{{name}}}", _quoted(payload)).replace("{part}", "items")
                got = client.get(asked, params=needed if inside else {**needed, name: payload})
                assert got.status_code < 500, (asked, name, payload, got.text)
                assert "HACKED" not in got.text.replace(payload, "") or "HACKED" in payload
        assert client.get(f"{V1}/scope?item=RM-1").json()["digest"] == before
        assert client.get(f"{V1}/verify").json()["ok"]
        assert client.get(f"{V1}/items/id:HACKED").status_code == 404


def _quoted(text: str) -> str:
    return quote(text, safe="") or "-"
