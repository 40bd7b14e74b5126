"""A scope that starts from something else than items is the same on its pages, over HTTP and at the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from canaries import plant
from cli import run_here
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from plants import write_plant

from api.access.rules import Role
from api.app import create_app
from genealogy.engine import Engine
from genealogy.starts.asked import Asked
from loaders import load
from viz.table import scope_text

Ask = Callable[[Role, str], Any]
READERS = (Role.MANAGER, Role.COORDINATOR, Role.AUDITOR, Role.VIEWER)
STARTS = (
    "equipment=E-1", "equipment=E-1&from=2026-05-02&to=2026-05-02", "equipment=E-1&to=2020-01-01", "calibration_lapse=true",
    "parameter=heat&outside=true", "parameter=heat&high=5&unit=CEL", "parameter=heat&outside=true&equipment=E-1",
    "step=ST-1", "step=ST-1&step=ST-2", "document=SOP", "document=SOP&version=1", "operator=Olga Kanari-Operator",
    "place=KANARI-SUP-DOCK", "supplier=KANARI-SUP", "supplier=KANARI-SUP&material=RAW&from=2026-05-01",
    "item=id:R-3&equipment=E-1", "item=id:R-1&step=ST-2",
)  # fmt: skip
MORE = ("equipment", "E-1"), ("from", "2026-05-02"), ("to", "2026-05-03")
OF_E1 = "&".join(f"{name}={value}" for name, value in MORE)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return plant(tmp_path_factory.mktemp("starts"))


@pytest.fixture(scope="module")
def ask(engine: Engine) -> Iterator[Ask]:
    app = create_app(engine)
    with TestClient(app):
        clients = {role: TestClient(app, LOCAL, headers=bearer(engine.home, role, name=f"key-{role}")) for role in Role}

        def get(role: Role, path: str) -> Any:
            clients[role].cookies.clear()
            return clients[role].get(path, headers={"accept": "text/html"}, follow_redirects=False)

        yield get


def at(path: str, start: str) -> str:
    """Starts as the address of a page says them, where some of their names have another meaning."""
    names = {"/graph": {"from": "start_from", "to": "start_to"}, "/flow": {"unit": "start_unit"}}.get(path, {})
    pairs = (each.split("=", 1) for each in start.split("&"))
    return "&".join(f"{names.get(name, name)}={value}" for name, value in pairs)


def links(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="(/[^"]*)"', page)]


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("start", STARTS)
def test_it_is_the_answer_of_the_interface(ask: Ask, role: Role, start: str) -> None:
    told, kept = ask(role, f"/api/v1/scope?{start}"), ask(role, f"/scope.json?{start}")
    assert kept.status_code == told.status_code
    assert told.status_code in (200, 403)
    page = ask(role, f"/scope?{start}")
    assert page.status_code == told.status_code
    if told.status_code == 403:
        assert "cannot be used with your roles" in page.text
        return
    answers = [{name: value for name, value in got.json().items() if name != "asked"} for got in (told, kept)]
    assert answers[0] == answers[1]
    digest = answers[0]["digest"]
    assert digest[:32] in page.text
    # As a form sends it: with fields that were left empty, and what the form itself was about.
    sent = ask(role, f"/scope?what=equipment&{start}&low=&version=&operator=&supplier=&outside=&item=")
    assert digest[:32] in sent.text
    for tab in ("lots", "customers", "unsure", "all") if role is Role.MANAGER else ():
        got = ask(role, f"/scope?{start}&tab={tab}")
        assert digest[:32] in got.text
    csv = ask(role, f"/scope.csv?{start}&tab=all").text
    assert csv == scope_text(told.json(), "csv")  # what the command prints with --csv


def test_it_is_the_answer_of_the_engine(ask: Ask, engine: Engine) -> None:
    asked = Asked(equipment=("E-1",), since="2026-05-02", until="2026-05-03")
    answer = engine.scope(["R-3"], also=engine.starts(asked))
    got = ask(Role.MANAGER, f"/scope.json?item=id:R-3&{OF_E1}").json()
    assert got["digest"] == answer.digest != engine.scope(["R-3"]).digest
    assert [row["words"] for row in got["started_from"]] == ["equipment E-1 from 2026-05-02[Z] to 2026-05-03[Z]"]


def test_the_heading_says_in_words_what_it_starts_from_and_what_that_selected(ask: Ask) -> None:
    page = ask(Role.VIEWER, f"/scope?{OF_E1}").text
    assert "<h1>equipment E-1 from 2026-05-02 (UTC) to 2026-05-03 (UTC)</h1>" in page
    assert "Selected: Steps <b>2</b> · Items <b>0</b>" in page
    page = ask(Role.MANAGER, "/scope?item=id:R-3&place=KANARI-SUP-DOCK&document=SOP").text
    assert "place KANARI-SUP-DOCK; document SOP</h1>" in page
    assert re.search(r"place KANARI-SUP-DOCK: Steps <b>\d</b> · Items <b>[1-9]</b>", page)
    assert "document SOP: Steps <b>2</b> · Items <b>0</b>" in page
    page = ask(Role.VIEWER, "/scope?parameter=heat&high=5&unit=CEL").text
    assert "<h1>heat above 5 CEL</h1>" in page
    page = ask(Role.VIEWER, f"/scope?{OF_E1}&lang=zh").text
    assert "<h1>设备使用（设备 E-1、起 2026-05-02 UTC、止 2026-05-03 UTC）</h1>" in page
    assert "选中" in page
    page = ask(Role.VIEWER, "/scope?equipment=E-1&to=2020-01-01").text
    assert "Nothing recorded was selected by it." in page


@pytest.mark.parametrize(
    "path",
    [
        "/scope",
        "/scope/places",
        "/scope/balance",
        "/scope/beside",
        "/graph",
        "/flow",
        "/timeline",
        "/countries",
        "/compare",
    ],
)
def test_every_page_of_it_leads_to_pages_of_the_same(ask: Ask, path: str) -> None:
    got = ask(Role.MANAGER, f"{path}?item=id:R-3&{at(path, OF_E1)}&boundary=lot&tab=all")
    assert got.status_code == 200
    assert "equipment E-1 from 2026-05-02 (UTC) to 2026-05-03 (UTC)" in got.text
    about = [
        each for each in links(got.text) if re.match(r"/(scope|countries|compare|why|graph|flow|timeline|api)\b", each)
    ]
    about = [each for each in about if each != "/scope/from" and "lang=" not in each]
    if path == "/timeline":  # each machine on it leads to its own scope
        about = [each for each in about if not each.startswith("/scope?equipment=")]
    assert len(about) > 10
    for each in about:
        asked, why = parse_qs(urlsplit(each).query), "/why" in each
        assert asked["from" if why else "item"] == ["id:R-3"], each
        assert asked["equipment"] == ["E-1"], each
        names = (
            ("start_from", "start_to") if each.startswith("/graph") else ("since", "until") if why else ("from", "to")
        )
        assert tuple(asked[name] for name in names) == ([MORE[1][1]], [MORE[2][1]]), each
        assert ask(Role.MANAGER, each).status_code == 200, each
    for name, value in MORE:  # of the forms: as of another entry, another boundary, the report
        here = {"from": "start_from", "to": "start_to"}.get(name, name) if path == "/graph" else name
        forms = got.text.count(f'<input type="hidden" name="{here}" value="{value}">')
        assert forms == {"/scope": 2, "/compare": 1, "/graph": 1, "/flow": 1}.get(path, 0)


@pytest.mark.parametrize("start", STARTS)
def test_what_is_drawn_is_what_the_interface_and_the_command_draw(ask: Ask, engine: Engine, start: str) -> None:
    drawn: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("graph", ("html", "svg", "png", "graphml", "csv", "json")),
        ("flow", ("svg", "csv", "xlsx", "json")),
        ("timeline", ("svg", "csv", "xlsx", "json")),
    )
    for role in READERS:
        for name, forms in drawn:
            asked = at(f"/{name}", start)
            told = ask(role, f"/api/v1/{name}?{asked}")
            page = ask(role, f"/{name}?{asked}")
            assert page.status_code == told.status_code, page.text
            assert told.status_code in (200, 403)
            if told.status_code == 403:
                assert "cannot be used with your roles" in page.text
                continue
            assert told.json()["complete"] is True
            assert told.json()["digest"][:32] in page.text
            assert ask(role, f"/{name}.json?{asked}").json()["digest"] == told.json()["digest"]
            for form in forms if role is Role.AUDITOR else ():
                kept = ask(role, f"/{name}.{form}?{asked}")
                assert kept.status_code == 200
                if name == "graph" and form != "json":  # which tells how long it took
                    assert ask(role, f"/api/v1/graph/file/{form}?{asked}").content == kept.content
    scope = ask(Role.MANAGER, f"/api/v1/scope?{start}").json()
    graph = ask(Role.MANAGER, f"/api/v1/graph?{at('/graph', start)}").json()
    assert graph["totals"]["items"] == len(scope["start_items"]) + len(scope["items"])
    assert (graph["totals"]["finished_units"], graph["starts"]) == (scope["finished_units"], scope["starts"])


def test_a_picture_says_what_it_starts_from_and_by_which_names_its_interval_goes(ask: Ask) -> None:
    words = "equipment E-1 from 2026-05-02 (UTC) to 2026-05-03 (UTC)"
    asked = at("/graph", OF_E1)
    assert words in ask(Role.VIEWER, f"/graph?{asked}").text
    assert words in ask(Role.VIEWER, f"/graph.svg?{asked}").text
    assert words in ask(Role.VIEWER, f"/graph.html?{asked}").text
    assert "selected steps" in ask(Role.VIEWER, f"/graph?{asked}").text
    assert "选中工序" in ask(Role.VIEWER, f"/graph?{asked}&lang=zh").text
    # What --to and --until mean for a graph they still mean: a path, and the day up to which it is shown.
    told = ask(Role.VIEWER, f"/api/v1/graph?{asked}&to=id:U-0&until=2026-12-31").json()
    assert told["route"]["in_scope"] is True
    assert told["route"]["through"][0]["kind"] == "step"
    told = ask(Role.VIEWER, "/api/v1/flow?parameter=heat&high=5&start_unit=CEL&unit=H87").json()
    assert (told["unit"], told["started_from"][0]["words"]) == ("H87", "heat outside the limits given")
    for path in ("graph", "flow", "timeline"):
        got = ask(Role.VIEWER, f"/{path}?item=")
        assert (got.status_code, "No item is named" in got.text) == (422, True)
        got = ask(Role.VIEWER, f"/api/v1/{path}")
        assert (got.status_code, "Say from what" in got.json()["detail"]) == (422, True)
    node = next(
        each
        for each in links(ask(Role.VIEWER, f"/graph?{asked}").text)
        if each.startswith("/graph/node") and "node=7." in each
    )
    page = ask(Role.VIEWER, node)
    assert page.status_code == 200
    assert "ST-" in page.text


def test_the_commands_draw_the_same(tmp_path: Path) -> None:
    engine = plant(tmp_path)
    also = engine.starts(Asked(equipment=("E-1",), since="2026-05-02", until="2026-05-03"))
    heat = engine.starts(Asked(parameters=("heat",), high="5", unit="CEL"))
    right = {
        "graph": engine.graph(["R-3"], also=also, to="U-0").digest,
        "flow": engine.flow([], also=heat, unit="H87").digest,
        "timeline": engine.timeline(["R-3"], also=also).digest,
        "countries": engine.countries(["R-3"], also=also).digest,
    }
    engine.close()
    interval = ("--from", "2026-05-02", "--to", "2026-05-03")
    for line in (
        (
            "graph",
            "id:R-3",
            "--equipment",
            "E-1",
            "--start-from",
            "2026-05-02",
            "--start-to",
            "2026-05-03",
            "--to",
            "U-0",
        ),
        ("flow", "--parameter", "heat", "--high", "5", "--start-unit", "CEL", "--unit", "H87"),
        ("timeline", "id:R-3", "--equipment", "E-1", *interval),
        ("countries", "id:R-3", "--equipment", "E-1", *interval),
    ):
        done = run_here(engine.home, *line, "--json")
        assert (done.code, done.json["digest"]) == (0, right[line[0]]), done.err
        refused = run_here(engine.home, line[0])
        assert (refused.code, "Say from what: ITEM" in refused.err) == (2, True)


def test_a_narrowed_scope_is_shown_beside_the_full_one(ask: Ask) -> None:
    got = ask(Role.MANAGER, f"/scope?item=id:R-3&{OF_E1}&narrow=only-after+2026-05-02&tab=lots&as_of=2&page=3")
    assert got.status_code == 303
    to = urlsplit(got.headers["location"])
    assert to.path == "/compare"
    assert parse_qs(to.query) == {
        "item": ["id:R-3"], "equipment": ["E-1"], "from": ["2026-05-02"], "to": ["2026-05-03"], "as_of": ["2"],
        "boundary": ["only-after 2026-05-02"],
    }  # fmt: skip
    assert "only-after 2026-05-02" in ask(Role.MANAGER, got.headers["location"]).text
    got = ask(Role.MANAGER, "/scope?item=id:R-3&narrow=lot&narrow=&narrow=only-after+2026-05-02")
    assert parse_qs(urlsplit(got.headers["location"]).query)["boundary"] == ["lot", "only-after 2026-05-02"]
    for form in (
        "csv",
        "json",
    ):  # of which there is a full one only: more than was asked for is not handed out in silence
        got = ask(Role.MANAGER, f"/scope.{form}?item=id:R-3&narrow=lot")
        assert (got.status_code, "is of the full scope" in got.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [("/graph", "from=2026-05-02"), ("/graph.svg", "since=2026-05-02"), ("/graph/node", "node=7.0&from=2026-05-02"),
     ("/flow", "start_from=2026-05-02"), ("/flow", "until=2026-05-02"), ("/timeline", "start_to=2026-05-02"),
     ("/scope", "since=2026-05-02"), ("/countries", "start_from=2026-05-02"), ("/compare.csv", "until=2026-05-02")],
)  # fmt: skip
def test_an_interval_under_the_name_of_another_page_is_refused(ask: Ask, path: str, wrong: str) -> None:
    for language in ("en", "zh"):
        got = ask(Role.MANAGER, f"{path}?equipment=E-1&{wrong}&lang={language}")
        assert got.status_code == 422, got.text
        assert ("is not read on this page" if language == "en" else "此页不读取") in got.text
    # Left empty, as a form sends it, it asks for nothing.
    assert (
        "is not read on this page"
        not in ask(Role.MANAGER, f"{path}?equipment=E-1&{wrong.removesuffix('2026-05-02')}").text
    )


def test_what_cannot_be_weighed_is_not_weighed_for_something_else(ask: Ask) -> None:
    page = ask(Role.MANAGER, "/scope?place=KANARI-SUP-DOCK&tab=unsure").text
    assert "is weighed for scopes of items only" in page
    assert "At least" not in page
    assert "At least" in ask(Role.MANAGER, "/scope?item=id:R-1&tab=unsure").text
    got = ask(Role.MANAGER, "/scope.json?place=KANARI-SUP-DOCK&tab=bounds")
    assert got.status_code == 422
    assert "weighed for items only" in got.text


def test_why_near_misses_countries_and_boundaries_are_those_of_the_interface(ask: Ask) -> None:
    api = "/api/v1"
    for page, told in (
        ("/why?item=id:U-0&equipment=E-1&since=2026-05-02", f"{api}/why?item=id:U-0&equipment=E-1&since=2026-05-02"),
        ("/why?item=id:R-1&from=id:R-3&step=ST-1", f"{api}/why?item=id:R-1&from=id:R-3&step=ST-1"),
        (f"/scope/beside?{OF_E1}", f"{api}/near-misses?{OF_E1}&limit=100"),
        (f"/compare?{OF_E1}&boundary=lot", f"{api}/compare?{OF_E1}&boundary=lot"),
    ):
        digest = ask(Role.AUDITOR, told).json()["digest"]
        assert digest[:32] in ask(Role.AUDITOR, page).text, page
    kept = ask(Role.AUDITOR, f"/compare.json?{OF_E1}&boundary=lot").json()
    assert kept["digest"] == ask(Role.AUDITOR, f"{api}/compare?{OF_E1}&boundary=lot").json()["digest"]
    countries = ask(Role.AUDITOR, "/countries.json?step=ST-1").json()
    assert countries["countries"] == ask(Role.AUDITOR, f"{api}/countries?item=id:F-1").json()["countries"]


def test_where_it_is_is_where_everything_in_the_scope_is(ask: Ask, engine: Engine) -> None:
    for start in ("equipment=E-1", "place=KANARI-SUP-DOCK", "item=id:R-3&step=ST-1"):
        scope = ask(Role.MANAGER, f"/scope.json?{start}").json()
        right = engine.where([*scope["starts"], *(row["id"] for row in scope["items"])])
        kept = ask(Role.MANAGER, f"/scope/places.json?{start}").json()
        assert (kept["digest"], kept["complete"]) == (right.digest, True)
        assert right.digest[:32] in ask(Role.MANAGER, f"/scope/places?{start}").text
    of_items = ask(Role.VIEWER, "/scope/places.json?item=id:R-1").json()
    assert of_items["digest"] == ask(Role.VIEWER, "/api/v1/where?item=id:R-1&scope=true").json()["digest"]


def test_where_the_roads_differ_every_page_of_it_says_so(tmp_path: Path) -> None:
    engine = plant(tmp_path)
    # Behind the program's back, as a damaged store would lack them.
    engine.store._connection.execute("MATCH (:Step)-[p:PRODUCED]->(:Item) DELETE p")  # type: ignore[attr-defined]
    with TestClient(create_app(engine), LOCAL, headers=bearer(engine.home)) as client:
        for path in ("/scope", "/scope/places", "/scope/beside", "/graph", "/flow", "/timeline", "/countries"):
            page = client.get(f"{path}?equipment=E-1", headers={"accept": "text/html"}).text
            assert "This answer is incomplete" in page, path
        assert client.get("/scope.json?equipment=E-1").json()["complete"] is False
        assert client.get("/scope/places.json?equipment=E-1").json()["complete"] is False


def test_as_of_an_entry_it_is_the_answer_of_then(ask: Ask) -> None:
    for entry in (1, 2):
        told = ask(Role.MANAGER, f"/api/v1/scope?{OF_E1}&as_of={entry}").json()
        assert told["digest"][:32] in ask(Role.MANAGER, f"/scope?{OF_E1}&as_of={entry}").text
    page = ask(Role.MANAGER, f"/scope?{OF_E1}&as_of=1").text
    assert [each for each in links(page) if each.startswith("/scope/from") and "as_of=1" in each]


def test_what_else_did_it_touch_is_asked_from_where_it_is_named(ask: Ask) -> None:
    behind = links(ask(Role.VIEWER, "/responsible?item=id:U-0").text)
    assert {"/scope?equipment=E-1", "/scope?parameter=heat", "/scope?step=ST-1"} <= {
        each.split("&")[0] for each in behind if each.startswith("/scope?")
    }
    assert any(
        each.startswith("/scope?equipment=E-1") for each in links(ask(Role.VIEWER, "/timeline?item=id:R-1").text)
    )
    for each in behind:
        if each.startswith("/scope?"):
            assert ask(Role.VIEWER, each).status_code == 200


UNSURE = {
    "materials": [{"material_id": "FIN", "name": "Device", "stage": "finished", "base_unit": "H87"}],
    "steps": [{"step_id": f"ST-{n}", "operation": "moulding"} for n in range(3)],
    "production": [{"step_id": f"ST-{n}", "item_id": f"F-{n}", "quantity": "1", "unit": "H87"} for n in range(2)],
    "lots": [{"item_id": f"F-{n}", "material_id": "FIN", "lot_number": f"F-{n}", "quantity": "1", "unit": "H87"}
             for n in range(2)],
    "equipment": [{"equipment_id": code, "name": "Press", "kind": "press"} for code in ("E-1", "e-1")],
    "equipment_use": [{"step_id": f"ST-{n}", "equipment_id": "E-1"} for n in range(3)],
    "readings": [{"step_id": "", "equipment_id": "E-9", "parameter": "heat", "value": "9", "unit": "CEL", "low": "1", "high": "5",
                  "at": "2026-05-02T10:00:00Z"}],
}  # fmt: skip


def test_what_is_unsure_of_the_starts_is_listed_for_whoever_may_see_it(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home")
    load(engine, [write_plant(tmp_path / "plant", UNSURE)])
    app = create_app(engine)
    with TestClient(app):
        for role in READERS:
            client = TestClient(
                app, LOCAL, headers={**bearer(engine.home, role, name=f"key-{role}"), "accept": "text/html"}
            )
            page = client.get("/scope?equipment=E-1&from=2026-05-01&to=2026-05-02&tab=unsure").text
            assert "taken as selected: something is not recorded" in page
            assert '<p class="mono">ST-0, ST-1, ST-2</p>' in page
            assert '<p class="mono">ST-2</p>' in page  # it has no product
            assert ('<p class="mono">e-1</p>' in page) == (role is not Role.VIEWER)
            told = client.get("/api/v1/scope?equipment=E-1&from=2026-05-01&to=2026-05-02").json()["started_from"][0]
            assert (told["unsure"], told["steps_without_products"]) == (["ST-0", "ST-1", "ST-2"], ["ST-2"])
            page = client.get("/scope?parameter=heat&outside=true&tab=unsure&lang=zh").text
            assert "起点存疑" in page
            assert ("readings.csv" in page) == (role is not Role.VIEWER)
