"""What a role may not see stands in no answer, page or file that it gets; nor can a guess be tried by asking."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from canaries import CANARIES, plant
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.access import fields
from api.access.masks import MASKED, Mask, NotAllowedError
from api.access.rules import LEDGER, LOAD_READERS, OPERATIONS, PAGES, READERS, SEES, Field, Role
from api.app import create_app
from genealogy.engine import Engine
from genealogy.plant import TABLES

ROLES = list(Role)
ITEMS = ("R-1", "R-3", "F-1", "U-0", "U-3")

OF_OPERATIONS: dict[str, list[str]] = {
    "findItem": [f"/api/v1/items/{item}" for item in (*ITEMS, "WE-1", "KANARI")],
    "trace": [f"/api/v1/trace?item=id:{i}&direction={d}" for i in ITEMS for d in ("forward", "backward")],
    "scope": [
        "/api/v1/scope?item=id:R-1", "/api/v1/scope?equipment=E-1", "/api/v1/scope?parameter=heat&outside=true",
        "/api/v1/scope?document=SOP", "/api/v1/scope?item=id:R-1&narrow=made-from%202026-05-03", "/api/v1/scope?step=ST-1",
        "/api/v1/scope?equipment=E", "/api/v1/scope?item=id:R-8", "/api/v1/scope?document=SOP&version=9",
    ],
    "compare": ["/api/v1/compare?item=id:R-1&boundary=lot&boundary=made-from%202026-05-03"],
    "bounds": ["/api/v1/bounds?item=id:R-1", "/api/v1/bounds?item=id:R-3"],
    "diff": ["/api/v1/diff?item=id:R-1&from=0"],
    "why": [f"/api/v1/why?item=id:{i}&from=id:R-1" for i in ("U-0", "F-2", "R-2", "R-3")],
    "nearMisses": ["/api/v1/near-misses?item=id:R-1", "/api/v1/near-misses?item=id:F-1"],
    "responsible": [f"/api/v1/responsible?item=id:{i}" for i in ITEMS],
    "whereElse": ["/api/v1/where-else?item=id:U-0&item=id:U-1&item=id:U-2&first=3"],
    "where": ["/api/v1/where?item=id:R-1&scope=true", "/api/v1/where?item=id:U-0"],
    "balance": ["/api/v1/balance?item=id:R-1", "/api/v1/balance?item=id:U-0", "/api/v1/balance?item=id:F-1&of=trace",
                "/api/v1/balance?item=ST-1&of=step"],
    "share": ["/api/v1/share?item=id:R-1"],
    "sweep": ["/api/v1/sweep"],
    "undescribed": ["/api/v1/undescribed"],
    "graph": ["/api/v1/graph?item=id:R-1", "/api/v1/graph?item=id:R-1&to=U-0&fold=lot"],
    "graphNode": [f"/api/v1/graph/node?item=id:R-1&fold=lot&node={n}" for n in (*range(7), "0.0", "1.0", "0.0.0", "6.0")],
    "graphFile": [f"/api/v1/graph/file/{form}?item=id:R-1" for form in ("html", "svg", "png", "graphml", "csv", "json")],
    "flow": ["/api/v1/flow?item=id:R-1", "/api/v1/flow?item=id:R-1&unit=KGM", "/api/v1/flow?item=id:F-1"],
    "timeline": ["/api/v1/timeline?item=id:R-1"],
    "countries": ["/api/v1/countries?item=id:R-1"],
    "batches": ["/api/v1/batches", "/api/v1/batches?q=kan", "/api/v1/batches?sort=material"],
    "scopePage": [f"/api/v1/scope/{part}?item=id:R-1" for part in ("items", "units", "lots", "consignees")],
    "tracePage": ["/api/v1/trace/items?item=id:R-1&direction=forward"],
    "loads": ["/api/v1/loads"],
    "quarantine": ["/api/v1/quarantine"],
    "original": [],  # by their digests, which the test fills in
    "jobs": ["/api/v1/jobs"],
    "report": [],  # tests/test_api_access_reports.py
    "reportArchive": [],
    "metrics": ["/metrics"],
    "entries": ["/api/v1/entries"],
    "verify": ["/api/v1/verify"],
}  # fmt: skip
OF_PAGES: dict[str, list[str]] = {
    "home": ["/"],
    "search": ["/search?q=WE-1", "/search?q=R-1", "/search?q=nothing", "/search?q=KNR"],
    "item": [f"/items/{item}" for item in ITEMS],
    "scope": [f"/scope?item=id:R-1&tab={tab}" for tab in ("units", "lots", "customers", "unsure", "all")]
    + [f"/scope?{start}" for start in ("equipment=E-1&tab=all", "parameter=heat&outside=true", "step=ST-1&tab=unsure",
                                       "document=SOP", "item=id:R-1&document=SOP", "equipment=E", "document=SOP&version=9")],
    "scope_from": ["/scope/from", "/scope/from?what=reading", "/scope/from?what=supplier", "/scope/from?equipment=E-1"],
    "make_report": [],  # tests/test_api_access_reports.py
    "report_job": [],
    "scope_file": ["/scope.json?item=id:R-1", "/scope.json?item=id:R-1&tab=bounds"]
    + [f"/scope.csv?item=id:R-1&tab={tab}" for tab in ("units", "lots", "customers", "unsure", "all")]
    + ["/scope.json?equipment=E-1", "/scope.json?document=SOP&item=id:R-1"],
    "why": [f"/why?item=id:{i}&from=id:R-1" for i in ("U-0", "F-2", "R-2")],
    "beside": ["/scope/beside?item=id:R-1", "/scope/beside?step=ST-1"],
    "scope_balance": ["/scope/balance?item=id:R-1", "/scope/balance?step=ST-1&item=id:R-1"],
    "scope_balance_file": [f"/scope/balance.{form}?item=id:R-1" for form in ("csv", "json")],
    "places": ["/scope/places?item=id:R-1", "/scope/places?step=ST-1&item=id:R-1"],
    "places_file": ["/scope/places.json?item=id:R-1", "/scope/places.json?step=ST-1&item=id:R-1"],
    "graph": ["/graph?item=id:R-1", "/graph?item=id:U-0"],
    "graph_node": [f"/graph/node?item=id:R-1&fold=lot&node={n}" for n in (*range(7), "0.0", "1.0", "0.0.0", "6.0")],
    "graph_file": [f"/graph.{form}?item=id:R-1" for form in ("html", "svg", "png", "graphml", "csv", "json")],
    "balance": ["/balance?item=id:R-1", "/balance?item=id:U-0"],
    "responsible": [f"/responsible?item=id:{i}" for i in ITEMS],
    "where_else": ["/where-else?complaints=id:U-0%0Aid:U-1%0Aid:U-2"],
    "flow": ["/flow?item=id:R-1"],
    "flow_file": [f"/flow.{form}?item=id:R-1" for form in ("svg", "csv", "json")],
    "timeline": ["/timeline?item=id:R-1"],
    "timeline_file": [f"/timeline.{form}?item=id:R-1" for form in ("svg", "csv", "json")],
    "countries": ["/countries?item=id:R-1", "/countries?equipment=E-1"],
    "countries_file": [f"/countries.{form}?item=id:R-1" for form in ("csv", "json")],
    "compare": ["/compare?item=id:R-1&boundary=lot", "/compare?equipment=E-1&item=id:R-1&boundary=lot"],
    "compare_file": [f"/compare.{form}?item=id:R-1&boundary=lot" for form in ("csv", "json")],
    "undescribed": ["/undescribed"],
    "batches": ["/batches", "/batches?q=kan"],
    "batches_file": [f"/batches.{form}" for form in ("csv", "json")],
    "loads": ["/loads"],
    "load_job": [],
    "quarantine": ["/quarantine"],
    "ledger": ["/ledger"],
    "verify": ["/ledger/verify"],
}  # fmt: skip
EVERYTHING = [path for paths in (*OF_OPERATIONS.values(), *OF_PAGES.values()) for path in paths]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENEALOGY_ACTOR", "kanari-actor")
        return plant(tmp_path_factory.mktemp("masks"))


@pytest.fixture(scope="module")
def clients(engine: Engine) -> Iterator[dict[Role, TestClient]]:
    app = create_app(engine)
    with TestClient(app):
        yield {role: TestClient(app, LOCAL, headers=bearer(engine.home, role, name=f"key-{role}")) for role in Role}


def test_the_sweep_goes_everywhere_that_data_may_come_out() -> None:
    """A new operation or page that tells about the plant or the ledger needs its addresses in this file."""
    telling = {name for name, rule in OPERATIONS.items() if rule in (READERS, LEDGER, LOAD_READERS)}
    assert telling - OF_OPERATIONS.keys() == set()
    telling = {name for name, rule in PAGES.items() if rule in (READERS, LEDGER, LOAD_READERS)}
    assert telling - OF_PAGES.keys() == set()


def bodies(client: TestClient) -> dict[str, str]:
    found = {}
    for path in EVERYTHING:
        got = client.get(path, headers={"accept": "text/html" if not path.startswith("/api/") else "*/*"})
        assert got.status_code < 500, (path, got.text)
        found[path] = got.text + str(got.headers)
    # Files as they were loaded, and what was found wrong in them, by every digest that a load names.
    for load in client.get("/api/v1/loads").json().get("loads", []):
        for digest in set(re.findall(r"\b[0-9a-f]{64}\b", str(load))):
            got = client.get(f"/api/v1/originals/{digest}")
            assert got.status_code < 500
            found[f"{digest} {load['files']}"] = got.text
    return found


def test_every_word_comes_out_where_it_may(clients: dict[Role, TestClient]) -> None:
    """Who sees everything meets every word somewhere: so the sweep would notice it elsewhere."""
    told = "\n".join(bodies(clients[Role.MANAGER]).values())
    missing = {word for words in CANARIES.values() for word in words if word not in told and word not in NEVER_SHOWN}
    assert missing == set()


NEVER_SHOWN = {
    "kanari void reason",
    "98765.43",
    "987.65",
    "4012345KANARI",
    "7 Kanarienweg",
    "kanari.mail@example.org",
    "+49 555 KANARI",
}
"""No answer of today tells these to anybody: prices only in sum, GLN, contacts and reasons of voids not at all."""


@pytest.mark.parametrize("role", [role for role in ROLES if SEES[role] != frozenset(Field)])
def test_what_a_role_may_not_see_stands_nowhere(clients: dict[Role, TestClient], role: Role) -> None:
    hidden = [word for field in frozenset(Field) - SEES[role] for word in CANARIES[field]]
    found = {
        (path, word) for path, body in bodies(clients[role]).items() for word in hidden if word.lower() in body.lower()
    }
    # What was typed is told back; it stands in the address.
    assert {(path, word) for path, word in found if word.lower() not in path.lower()} == set()
    assert found == set()


def test_every_column_of_the_format_is_of_a_sort() -> None:
    for name, table in TABLES.items():
        assert fields.COLUMNS[name].keys() == table.by_name.keys(), name
        for column in table.columns:
            if column.personal:
                assert fields.COLUMNS[name][column.name] & {Field.PERSONAL, Field.CONTACT}, (name, column.name)


def test_every_key_of_an_answer_is_of_a_sort(clients: dict[Role, TestClient]) -> None:
    """A key that `api/access/fields.py` does not know is masked; then whoever added it has not said what it is."""

    def unknown(value: object, key: str) -> set[str]:
        if isinstance(value, dict):
            left = fields.PLAIN_TREES | fields.CELLS | fields.MONEY
            return set().union(*(unknown(each, name) for name, each in value.items() if name not in left))
        if isinstance(value, list):
            return set().union(*(unknown(each, key) for each in value))
        return set() if key in fields.KEYS or value is None or isinstance(value, bool) else {key}

    found = {}
    for paths in OF_OPERATIONS.values():
        for path in paths:
            got = clients[Role.MANAGER].get(path)
            if got.status_code == 200 and got.headers["content-type"].startswith("application/json"):
                for key in unknown(got.json(), ""):
                    found[key] = path
    assert found == {}


def test_what_nobody_thought_about_is_masked() -> None:
    mask = Mask(frozenset(Field) - {Field.PRICE})
    said = {"id": "A", "brand_new": "x", "deep": {"brand_new": [1, 2, {"id": "B"}]}, "none": None, "yes": True}
    assert mask.value(said) == {
        "id": "A", "brand_new": MASKED, "deep": {"brand_new": [MASKED, MASKED, {"id": "B"}]}, "none": None, "yes": True,
    }  # fmt: skip
    assert mask.row("lots", {"item_id": "A", "brand_new": "x"}) == {"item_id": "A", "brand_new": MASKED}
    assert mask.row("no_table", {"item_id": "A"}) == {"item_id": MASKED}
    assert Mask(frozenset(Field)).value(said) is said


def test_files_as_they_were_loaded_need_every_sort_in_them() -> None:
    def may(role: Role, *tables: str) -> bool:
        try:
            Mask(SEES[role]).original(tables or None)
        except NotAllowedError:
            return False
        return True

    assert may(Role.MANAGER)
    assert may(Role.AUDITOR, "lots", "steps")
    assert not may(Role.AUDITOR, "shipments")
    assert not may(Role.AUDITOR, "dispositions")
    assert may(Role.COORDINATOR, "parties", "dispositions")
    assert not may(Role.COORDINATOR)
    assert not may(Role.OPERATIONS, "lots")
    assert not may(Role.MANAGER, "no_table") or SEES[Role.MANAGER] == frozenset(Field)


def test_prices_are_masked_in_sum(clients: dict[Role, TestClient]) -> None:
    path = OF_OPERATIONS["compare"][0]
    whole = clients[Role.MANAGER].get(path).json()["boundaries"][0]["value"]
    assert whole["proven"] == [{"currency": "EUR", "amount": "99753.08"}]
    for role in (Role.VIEWER, Role.COORDINATOR, Role.AUDITOR):
        assert clients[role].get(path).json()["boundaries"][0]["value"] == MASKED


GUESSES = (
    ("/api/v1/items/{}", "KNR/2291", "KNR/0000"),
    ("/api/v1/items/lot:{}", "KNR/2291", "KNR/0000"),
    ("/api/v1/items/supplier-lot:{}", "KNR/2291", "KNR/0000"),
    ("/api/v1/items/supplier-lot:{}", "KANARI-SUP/KNR/2291", "KANARI-BAD/KNR/2291"),
    ("/api/v1/scope?item={}", "KNR/2291", "KNR/0000"),
    ("/api/v1/scope?supplier={}", "KANARI-SUP", "KANARI-BAD"),
    ("/api/v1/scope?supplier={}&material=RAW", "Kanari Polymers GmbH", "Nobody"),
    ("/api/v1/scope?place={}", "KANARI-SUP-DOCK", "KANARI-BAD-DOCK"),
    ("/api/v1/scope?operator={}", "Olga Kanari-Operator", "Olga Nobody"),
    ("/api/v1/compare?supplier={}&boundary=lot", "KANARI-SUP", "KANARI-BAD"),
    ("/api/v1/compare?operator={}&boundary=lot", "Olga Kanari-Operator", "Olga Nobody"),
    ("/api/v1/trace?direction=forward&item={}", "KNR-OPEN", "KNR-SHUT"),
    ("/api/v1/trace?direction=forward&all=true&item={}", "KNR-OPEN", "KNR-SHUT"),
    ("/api/v1/where-else?item=U-0&item=U-1&healthy={}", "KNR-OPEN", "KNR-SHUT"),
    ("/api/v1/why?item=U-0&from={}", "KNR/2291", "KNR/0000"),
    ("/api/v1/share?item={}", "KNR/2291", "KNR/0000"),
    ("/search?q={}", "KNR/2291", "KNR/0000"),
    ("/search?q=supplier-lot:{}", "KNR/2291", "KNR/0000"),
    ("/items/{}", "KNR/2291", "KNR/0000"),
    ("/scope?item={}", "KNR/2291", "KNR/0000"),
    *(
        (f"{page}?{start}={{}}{more}", right, wrong)
        for page, more in (
            ("/scope", ""),
            ("/scope.json", ""),
            ("/scope/places", ""),
            ("/scope/from", ""),
            ("/compare", "&boundary=lot"),
        )
        for start, right, wrong in (
            ("supplier", "KANARI-SUP", "KANARI-BAD"),
            ("place", "KANARI-SUP-DOCK", "KANARI-BAD-DOCK"),
            ("operator", "Olga Kanari-Operator", "Olga Nobody"),
            ("item", "KNR/2291", "KNR/0000"),
        )
    ),
    ("/scope?item=R-1&supplier={}", "KANARI-SUP", "KANARI-BAD"),
    ("/why?item=U-0&operator={}", "Olga Kanari-Operator", "Olga Nobody"),
    ("/scope/beside?supplier={}", "KANARI-SUP", "KANARI-BAD"),
    ("/countries?place={}", "KANARI-SUP-DOCK", "KANARI-BAD-DOCK"),
    ("/where-else?complaints={}", "KNR/2291", "KNR/0000"),
    ("/graph?item={}", "KNR/2291", "KNR/0000"),
)


@pytest.mark.parametrize(("path", "right", "wrong"), GUESSES)
def test_a_right_guess_is_answered_as_a_wrong_one(
    clients: dict[Role, TestClient], path: str, right: str, wrong: str
) -> None:
    def asked(text: str) -> tuple[int, str]:
        got = clients[Role.VIEWER].get(path.format(text.replace(" ", "%20")), follow_redirects=False)
        said = got.text
        for each in (
            text,
            text.replace("/", "%2F"),
            text.replace(" ", "+"),
            text.replace(" ", "%20"),
            text.replace("/", "&#x2F;"),
        ):
            said = said.replace(each, "GUESS")
        return got.status_code, said

    assert asked(right) == asked(wrong)


def test_lots_that_differ_in_their_supplier_only_are_not_told_apart(clients: dict[Role, TestClient]) -> None:
    path = "/api/v1/items/WE-1"
    assert clients[Role.COORDINATOR].get(path).status_code == 409
    got = clients[Role.VIEWER].get(path)
    assert (got.status_code, [row["id"] for row in got.json()["items"]]) == (200, ["R-1", "R-3"])


def test_who_may_see_it_can_search_for_it(clients: dict[Role, TestClient]) -> None:
    for role in (Role.COORDINATOR, Role.MANAGER, Role.AUDITOR):
        got = clients[role].get("/api/v1/items/supplier-lot:KANARI-SUP/KNR/2291")
        assert [row["id"] for row in got.json()["items"]] == ["R-1", "R-2"]
        assert clients[role].get("/api/v1/scope?operator=Olga Kanari-Operator").status_code == 200


def test_the_digest_and_the_entity_tag_are_those_of_what_is_said(clients: dict[Role, TestClient]) -> None:
    path = "/api/v1/responsible?item=id:U-0"
    whole, masked = clients[Role.MANAGER].get(path), clients[Role.VIEWER].get(path)
    assert whole.json()["digest"] != masked.json()["digest"]
    assert whole.headers["etag"] != masked.headers["etag"]
    assert {"cookie", "authorization"} <= {part.strip().lower() for part in masked.headers["vary"].split(",")}
    assert "private" in masked.headers["cache-control"]
    # The tag of one who sees more opens nothing.
    got = clients[Role.VIEWER].get(path, headers={"if-none-match": whole.headers["etag"]})
    assert (got.status_code, got.json()["digest"]) == (200, masked.json()["digest"])
    # Where nothing is masked in an answer, its digest is that of the command line; the tags differ all the same.
    path = "/api/v1/trace?item=id:R-1&direction=forward"
    whole, masked = clients[Role.MANAGER].get(path), clients[Role.VIEWER].get(path)
    assert whole.json()["digest"] == masked.json()["digest"]
    assert whole.headers["etag"] != masked.headers["etag"]
    assert masked.json()["asked"]["masked"] == sorted(Field)


def test_nothing_of_the_plant_is_said_to_who_only_runs_it(clients: dict[Role, TestClient]) -> None:
    for role in (Role.OPERATIONS, Role.ADMINISTRATOR):
        for name, rule in OPERATIONS.items():
            if rule is READERS:
                for path in OF_OPERATIONS[name]:
                    assert clients[role].get(path).status_code == 403


def test_files_lie_where_only_the_owner_reads(engine: Engine) -> None:
    assert Path(engine.home / "access.sqlite").stat().st_mode & 0o077 == 0


def test_a_masked_row_of_the_quarantine_is_not_named_by_the_digest_of_its_cells(
    clients: dict[Role, TestClient],
) -> None:
    """Its own id is a digest of everything in it: whoever sees all cells but one could try values of that one."""

    def ids(role: Role) -> dict[int, str]:
        rows = clients[role].get("/api/v1/quarantine").json()["rows"]
        return {row["row"] if row["table"] == "lots" else -row["row"]: row["quarantine_id"] for row in rows}

    own = ids(Role.MANAGER)
    for role in (Role.AUDITOR, Role.OPERATIONS, Role.COORDINATOR):
        assert ids(role).keys() == own.keys()
        assert not set(ids(role).values()) & set(own.values())
        pages, path = [], "/api/v1/quarantine?limit=1"
        while path:
            page = clients[role].get(path).json()
            pages += [row["quarantine_id"] for row in page["rows"]]
            path = f"/api/v1/quarantine?limit=1&after={page['next']}" if page["next"] else ""
            assert not any(ident in str(base64.b64decode((page["next"] or "") + "==", b"-_")) for ident in own.values())
        assert sorted(pages) == sorted(ids(role).values())
    # It is corrected under the name that was told.
    lots = next(number for number in own if number > 0)
    for name, status in ((ids(Role.COORDINATOR)[lots], 202), (own[lots], 409)):
        body = {"corrections": {name: {"quantity": "3"}}, "dry_run": True}
        got = clients[Role.COORDINATOR].post("/api/v1/quarantine", json=body)
        assert got.status_code == status, got.text
        assert own[lots] not in got.text.replace(name, "")
