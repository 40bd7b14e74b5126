"""A report is masked for whom it is made: in each of its files, in every format and language, and it says so."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

import pytest
from archives import V1, made, members, raw, told
from canaries import CANARIES, plant
from fastapi.testclient import TestClient
from people import LOCAL, bearer, new_key

from api.access import fields, report_columns
from api.access.masks import MASKED, Mask
from api.access.people import KEY_PREFIX, People
from api.access.reports import masked_report
from api.access.rules import READERS, SEES, Field, Role
from api.app import create_app
from api.jobs import queue
from genealogy.engine import Engine
from genealogy.narrow.boundary import Boundary
from genealogy.report import compose
from genealogy.report.content import MASKED as IN_REPORTS
from viz.report import report_files
from viz.words import Words, masked, tables

ASKING = [role for role in Role if role in READERS.roles]
MASKED_ROLES = [role for role in ASKING if SEES[role] != frozenset(Field)]

SUMS = {Field.PRICE: ("99753.08", "99,753.08")}
"""What is computed of the words."""
BOUNDARIES = [
    "full", "lot", "made-from 2026-05-03", "shift 2026-05-01T00:00:00Z 2026-05-02T23:00:00Z", "only-equipment E-1",
    "only-parameter heat outside", "kill-step moulding",
]  # fmt: skip
WIDE: list[dict[str, Any]] = [
    {
        "items": ["id:U-0", "id:U-1", "id:R-1"], "narrow": BOUNDARIES, "changed_since": "0", "where_else": True,
        "other": {"equipment": ["E-1"], "document": ["SOP"], "from": "2026-05-01", "to": "2026-05-09"},
    },
    {
        "items": ["id:U-4", "id:U-5"], "narrow": BOUNDARIES, "changed_since": "1", "where_else": True,
        "other": {"parameter": ["heat"], "outside": True, "equipment": ["E-1"]},
    },
]  # fmt: skip
"""Reports with everything that may be asked for beside the scope, of starts that everybody may ask from."""
OF_SUPPLIERS: dict[str, Any] = {
    "items": ["id:U-0", "id:U-4"], "narrow": BOUNDARIES, "changed_since": "0", "where_else": True,
    "other": {
        "supplier": ["KANARI-SUP"], "material": ["RAW"], "place": ["KANARI-SUP-DOCK"], "operator": ["Olga Kanari-Operator"],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENEALOGY_ACTOR", "kanari-actor")
        return plant(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def clients(engine: Engine) -> Iterator[dict[Role, TestClient]]:
    app = create_app(engine)
    with TestClient(app):
        yield {role: TestClient(app, LOCAL, headers=bearer(engine.home, role, name=f"key-{role}")) for role in Role}


@pytest.fixture(scope="module")
def reports(clients: dict[Role, TestClient]) -> object:
    @cache
    def of(role: Role, language: str) -> tuple[object, dict[str, bytes], dict[str, object]]:
        archive, job = made(clients[role], "id:R-1", language=language)
        return archive.headers, members(archive), job

    return of


def test_who_asks_about_the_plant_gets_a_report_and_nobody_else(clients: dict[Role, TestClient]) -> None:
    for role, client in clients.items():
        got = client.post(f"{V1}/reports", json={"items": ["id:R-1"]})
        assert got.status_code == (202 if role in ASKING else 403), role


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", MASKED_ROLES)
def test_what_a_role_may_not_see_stands_in_no_file(reports, role: Role, language: str) -> None:  # type: ignore[no-untyped-def]
    headers, files, job = reports(role, language)
    assert leaks(role, files, f"{headers} {json.dumps(job, ensure_ascii=False)}") == set()


def leaks(role: Role, files: dict[str, bytes], said: str) -> set[tuple[str, str]]:
    """Every word that a role may not see, with the file that holds it; ``said``: what is told beside the files."""
    hidden = [word for field in frozenset(Field) - SEES[role] for word in (*CANARIES[field], *SUMS.get(field, ()))]
    found = {("job and headers", word) for word in hidden if word.lower() in said.lower()}
    for name, data in files.items():
        bytes_of, text = raw(name, data).lower(), told(name, data).lower()
        for word in hidden:
            if word.lower().encode() in bytes_of or word.lower() in text or "".join(word.lower().split()) in text:
                found.add((name, word))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", MASKED_ROLES)
def test_nor_in_one_of_other_starts_with_narrowed_scopes_changes_and_causes(
    clients: dict[Role, TestClient], role: Role, language: str
) -> None:
    client = clients[role]
    for body in (*WIDE, *([OF_SUPPLIERS] if Field.SUPPLIER in SEES[role] else [])):
        archive, job = made(client, language=language, **body)
        sections = {each["section"] for each in job["result"]["sections"]}  # type: ignore[index]
        assert sections >= {"asked_for", "causes", "compare", "since"}
        told_of = [client.get(path).text for path in (f"{V1}/jobs", job["events"], f"{V1}/jobs/{job['id']}")]  # type: ignore[list-item]
        beside = f"{archive.headers} {json.dumps(job, ensure_ascii=False)} {told_of}"
        assert leaks(role, members(archive), beside) == set(), body
    if role is Role.VIEWER:
        got = client.post(f"{V1}/reports", json=OF_SUPPLIERS)
        assert got.status_code == 403


def test_whoever_sees_everything_meets_the_words_there(clients: dict[Role, TestClient]) -> None:
    """In the tables that are there only where they are asked for; so the sweep above would notice them."""
    seen = set()
    for body in (*WIDE, OF_SUPPLIERS):
        archive, _ = made(clients[Role.MANAGER], **body)
        files = members(archive)
        for name in files:
            if re.search(r"-(causes|boundaries|narrowed_\w+|changed_\w+|started_\w+)\.csv$", name):
                text = told(name, files[name])
                table = name.partition("-")[2].removesuffix(".csv")
                seen |= {
                    (table, field)
                    for field in Field
                    for word in (*CANARIES[field], *SUMS.get(field, ()))
                    if word in text
                }
    assert seen >= {
        ("causes", Field.SUPPLIER), ("causes", Field.PERSONAL), ("boundaries", Field.PRICE), ("narrowed_facts", Field.FREE),
        ("changed_entries", Field.ACTOR), ("changed_entries", Field.FREE), ("started_from", Field.SUPPLIER),
        ("started_from", Field.PERSONAL), ("started_facts", Field.FREE),
    }  # fmt: skip


def test_whoever_sees_everything_meets_the_words_in_each_format(reports) -> None:  # type: ignore[no-untyped-def]
    """So the sweep above would notice them."""
    _, files, _ = reports(Role.MANAGER, "en")
    for name in ("report.html", "report.xlsx", "report.json", "csv/02-shipments.csv"):  # a PDF has no room for prices
        text = told(name, files[name])
        assert "98765.43" in text, name
    for name in ("report.html", "report.xlsx", "report.pdf", "report.json"):
        text = told(name, files[name])
        for word in ("KANARI-SUP", "KNR/2291", "kanari.mail@example.org", "Kanari Polymers GmbH", "kanari-folder"):
            assert word in text or "".join(word.split()) in text, (name, word)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", MASKED_ROLES)
def test_every_file_says_that_it_is_masked_and_for_whom(reports, role: Role, language: str) -> None:  # type: ignore[no-untyped-def]
    headers, files, job = reports(role, language)
    words = Words(language)
    short = words.page("masked_short", roles=words.role(role))
    for name, data in files.items():
        text = told(name, data)
        if name == "report.json":
            told_of = json.loads(text)["masked"]
            assert told_of == {"roles": [role.value], "fields": sorted(frozenset(Field) - SEES[role])}
        elif name.endswith((".html", ".graphml", ".xlsx", ".pdf")):
            said = words.page(
                "masked_for",
                roles=words.role(role),
                fields=words.joined(words.sort_of_data(each) for each in sorted(frozenset(Field) - SEES[role])),
            )
            assert said in text or "".join(said.split()) in text, name
        else:
            assert short in text, name
    assert f"masked-{role}" in headers["content-disposition"]
    assert job["result"]["masked_for"] == [role.value]


def test_a_masked_workbook_says_so_on_its_first_sheet_and_at_the_foot_of_each(reports) -> None:  # type: ignore[no-untyped-def]
    _, files, _ = reports(Role.COORDINATOR, "en")
    text = told("report.xlsx", files["report.xlsx"])
    sheets = re.findall(r'<sheet name="([^"]*)"', text)
    assert sheets[:2] == [Words("en").page("facts"), Words("en").table("consignees")]
    assert (
        text.count("masked for: coordinator</oddFooter>") + text.count("masked for: coordinator&amp;C")
        >= len(sheets) - 1
    )
    assert "<dc:subject>masked for: coordinator</dc:subject>" in text


def test_who_sees_everything_gets_the_report_of_the_command_line(engine: Engine, reports) -> None:  # type: ignore[no-untyped-def]
    _, files, job = reports(Role.MANAGER, "en")
    with engine.asking:
        content, _ = compose(engine, ["R-1"], job["result"]["as_of"])
    assert report_files(content, Words("en")) == files
    assert not any(MASKED.encode() in raw(name, data) for name, data in files.items())


def test_nothing_else_is_left_out(reports) -> None:  # type: ignore[no-untyped-def]
    """The same tables, columns, rows and cells; what a coordinator does not see is the price."""
    _, whole, _ = reports(Role.MANAGER, "en")
    for role in MASKED_ROLES:
        _, files, _ = reports(role, "en")
        assert files.keys() == whole.keys()
        for name in whole:
            if name.startswith("csv/"):
                rows, said = (list(csv.reader(io.StringIO(told(name, f[name])))) for f in (whole, files))
                assert said[0][:-1] == rows[0], name
                assert len(rows) == len(said), name
                if role is Role.COORDINATOR and "sources" not in name:  # what was recorded since: keys of roles
                    differ = [
                        (one, other)
                        for row, other_row in zip(rows[1:], said[1:], strict=True)
                        for one, other in zip(row, other_row, strict=False)
                        if one != other
                    ]
                    assert all(other == MASKED and one.endswith(" EUR") for one, other in differ), (name, differ)


def test_a_form_says_at_the_field_who_can_have_it_in_full(reports) -> None:  # type: ignore[no-untyped-def]
    _, files, job = reports(Role.AUDITOR, "en")
    forms = {form["name"]: form for form in json.loads(files["report.json"])["forms"]}
    fields_of = {field["name"]: field for field in forms["fda_806"]["fields"]}
    assert fields_of["consignee_phones"]["masked"] == ["coordinator", "manager"]
    assert "masked" not in fields_of["consignee_names"]
    page = told("report.html", files["report.html"])
    assert "(something is masked here; in full for: coordinator, manager)" in page
    told_of = {form["form"]: form for form in job["result"]["forms"]}
    assert {"field": "consignee_phones", "roles": ["coordinator", "manager"]} in told_of["fda_806"]["masked"]
    _, files, _ = reports(Role.VIEWER, "en")
    forms = {form["name"]: form for form in json.loads(files["report.json"])["forms"]}
    fields_of = {field["name"]: field for field in forms["brcgs_trace"]["fields"]}
    assert fields_of["suppliers_named"]["masked"] == ["coordinator", "manager", "auditor"]


def test_a_report_of_more_rights_is_no_longer_handed_out_once_they_are_taken(engine: Engine) -> None:
    key = new_key(engine.home, Role.COORDINATOR, name="was-coordinator")
    app = create_app(engine)
    client = TestClient(app, LOCAL, headers={"authorization": f"Bearer {key}"})
    _, job = made(client, "id:R-1")
    path = job["result"]["archive"]  # type: ignore[index]
    assert client.get(path).status_code == 200
    people = People(engine.home)
    try:
        people.revoke_key(key.removeprefix(KEY_PREFIX).partition("_")[0])
        less = people.add_key("was-coordinator", frozenset({Role.VIEWER}), None)
    finally:
        people.close()
    client.headers["authorization"] = f"Bearer {less}"
    got = client.get(path)
    assert got.status_code in (403, 404), got.text
    shown = client.get(f"{V1}/jobs/{job['id']}")
    assert shown.status_code == 404 or shown.json()["result"] is None


def test_a_report_is_still_fetched_where_what_its_job_said_is_not_kept_any_more(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "RESULTS_BYTES", 1_000)
    app = create_app(engine)
    client = TestClient(app, LOCAL, headers=bearer(engine.home, Role.COORDINATOR, name="dropped"))
    archive, job = made(client, "id:R-1")
    client.get(f"{V1}/scope?item=id:R-1", headers={"prefer": "respond-async"})
    for _ in range(500):
        told_later = client.get(f"{V1}/jobs/{job['id']}").json()
        if told_later["problem"]:
            break
        client.get(f"{V1}/scope?item=id:R-1", headers={"prefer": "respond-async"})
    assert told_later["problem"]["status"] == 410
    again = client.get(f"{V1}/reports/{job['id']}")
    assert (again.status_code, again.content) == (200, archive.content)
    assert again.headers["content-disposition"] == archive.headers["content-disposition"]
    page = client.get(f"/scope/report/{job['id']}", headers={"accept": "text/html"}).text
    assert f"/api/v1/reports/{job['id']}" in page
    assert "roles allowed more" not in page


def test_a_report_is_asked_for_and_fetched_on_the_page_of_a_scope(clients: dict[Role, TestClient]) -> None:
    client = clients[Role.COORDINATOR]
    page = client.get("/scope?item=id:R-1", headers={"accept": "text/html"})
    assert 'action="/scope/report"' in page.text
    got = client.post("/scope/report", data={"item": ["id:R-1"], "as_of": "3"}, follow_redirects=True)
    assert got.status_code == 200, got.text
    for _ in range(100):
        if "/api/v1/reports/" in got.text:
            break
        got = client.get(got.url)
    assert "masked for the role" in got.text
    assert "98765" not in got.text
    found = re.search(r'href="(/api/v1/reports/[0-9a-f]+)"', got.text)
    assert found
    assert client.get(found[1]).headers["content-type"] == "application/zip"
    assert client.post("/scope/report", data={}).status_code == 422
    assert client.post("/scope/report", data={"item": "id:none"}).status_code == 404
    assert clients[Role.VIEWER].get(f"/scope/report/{found[1].rsplit('/')[-1]}").status_code == 404
    assert clients[Role.OPERATIONS].post("/scope/report", data={"item": "id:R-1"}).status_code == 403


def test_a_right_guess_of_a_suppliers_lot_is_answered_as_a_wrong_one(clients: dict[Role, TestClient]) -> None:
    client = clients[Role.VIEWER]
    for right, wrong in (
        ("KNR/2291", "KNR/0000"),
        ("supplier-lot:KANARI-SUP/KNR/2291", "supplier-lot:NOBODY-SUP/KNR/2291"),
    ):
        over_http, on_page = [], []
        for guess in (right, wrong):
            got = client.post(f"{V1}/reports", json={"items": [guess]})
            over_http.append((got.status_code, got.json()["detail"].replace(guess, "")))
            page = client.post("/scope/report", data={"item": guess})
            on_page.append((page.status_code, unquote(page.text).replace(guess, "")))
        assert over_http[0] == over_http[1]
        assert on_page[0] == on_page[1]
        assert over_http[0][0] in (403, 404)


def test_every_column_of_a_report_is_of_a_sort(engine: Engine) -> None:
    """A column that nobody sorted is masked; whoever adds one says what it is."""
    with engine.asking:
        content, _ = compose(
            engine, ["U-0", "U-1"], since=0, where_else=True,
            narrowed=[("full", None), ("lot", engine.narrowing(Boundary.of("lot"), None))],
        )  # fmt: skip
    unsorted = {
        (table.name, column.name)
        for table in content.tables()
        for column in table.columns
        if report_columns.about(table.name, column.name) == fields.UNKNOWN
    }
    assert unsorted == set()
    assert tables.COLUMNS.keys() - report_columns.COLUMNS.keys() == set()
    hidden = masked_report(content, Mask(frozenset()), [Role.VIEWER], Words("en"))
    assert [table.name for table in hidden.tables()] == [table.name for table in content.tables()]
    assert all(len(a.rows) == len(b.rows) for a, b in zip(hidden.tables(), content.tables(), strict=True))
    assert hidden.digest != content.digest


def test_words_of_roles_and_sorts() -> None:
    assert masked.ROLES.keys() == {role.value for role in Role}
    assert masked.SORTS.keys() == {field.value for field in Field}
    assert MASKED == IN_REPORTS
    assert all(MASKED in each for each in masked.PAGE["masked_for"])
