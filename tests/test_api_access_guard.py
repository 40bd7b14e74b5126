"""Before every route: the name that is asked for, who asks, and that a form is ours. Nobody learns anything without a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli import PLANT, write
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people import LOCAL, bearer, new_person

import loaders
from api.access.hosts import Hosts
from api.access.people import People
from api.access.rules import OPEN, Role
from api.app import create_app
from api.console.pages import HERE
from api.console.sign_in import inside
from genealogy.engine import Engine

PASSWORD = "correct horse battery staple"
HTML = {"accept": "text/html"}
SECRET = ("RM-1", "SUP-1", "embedded")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("guard")
    with Engine.open(folder / "home") as engine:
        loaders.load(engine, [write(folder / "plant", PLANT)])
        new_person(engine.home, "jane", PASSWORD, Role.COORDINATOR)
        yield engine


@pytest.fixture(scope="module")
def home(engine: Engine) -> Path:
    return engine.home


@pytest.fixture(scope="module")
def app(engine: Engine) -> FastAPI:
    return create_app(engine)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A browser that was never here."""
    return TestClient(app, LOCAL, follow_redirects=False)


def token(text: str) -> str:
    return re.findall(r'name="form" value="([0-9a-f]{64})"', text)[0]


def sign_in(client: TestClient, name: str = "jane", password: str = PASSWORD, **more: str) -> httpx.Response:
    form = {"form": token(client.get("/sign-in").text), "name": name, "password": password, **more}
    return client.post("/sign-in", data=form)


def test_without_a_name_nothing_is_told(client: TestClient, app: FastAPI) -> None:
    for route in app.router.routes:
        path = re.sub(r"\{[^}]*\}", "RM-1", route.path)
        for query in ("", "?item=RM-1&direction=forward&from=RM-1&boundary=lot"):
            got = client.get(path + query)
            html = client.get(path + query, headers=HTML)
            if route.path in ("/healthz", "/readyz", "/openapi.json", "/docs", "/sign-in") or "static" in path:
                continue
            assert got.status_code == 401, path
            assert got.headers["www-authenticate"] == "Bearer"
            assert html.status_code in (303, 401), path
            for word in SECRET:
                assert word not in got.json()["detail"]
                assert word not in html.text.replace("/RM-1", "").replace(
                    "RM-1", "", html.text.count("RM-1") * path.count("RM-1")
                )
    # What exists and what does not is refused alike, and so is every method.
    for path in ("/api/v1/items/RM-1", "/api/v1/items/none", "/api/v1/nothing", "/nothing", "/items/RM-1"):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            assert client.request(method, path).status_code in (401, 403), (method, path)


def test_pages_for_everybody_say_nothing_of_the_plant(client: TestClient) -> None:
    for path in ("/docs", "/sign-in", "/sign-in?next=/items/RM-1"):
        got = client.get(path, headers=HTML)
        assert got.status_code == 200
        assert "/ledger" not in re.sub(r"<main.*</main>", "", got.text, flags=re.DOTALL)
        assert "SUP-1" not in got.text
    assert OPEN.open


@pytest.mark.parametrize(
    "header",
    [
        "Bearer nonsense", "Bearer gen_0000_x", "Bearer gen_", "Basic amFuZTp4", "Bearer", "bearer  ", "Bearer " + "x" * 20_000,
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.", "Bearer gen_%00_\x00",
    ],
)  # fmt: skip
def test_a_wrong_key_is_nobody(client: TestClient, header: str) -> None:
    assert client.get("/api/v1/entries", headers={"authorization": header}).status_code == 401
    # A session beside it does not help: what is shown counts.
    sign_in(client)
    assert client.get("/api/v1/entries", headers={"authorization": header}).status_code == 401
    assert client.get("/api/v1/entries").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 401), ("127.0.0.1:8000", 401), ("localhost:1", 401), ("[::1]:8000", 401), ("LOCALHOST", 401),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("evil.example:8000", 421), ("", 421), ("localhost@evil", 421),
        ("127.0.0.1:8000/../", 421), ("127.0.0.1:x", 421), ("0.0.0.0", 421),
        ("127.0.0.1#evil.example", 421), ("127.0.0.1?evil.example", 421), ("127.0.0.1.", 401), ("127.1", 421),
        ("trace.example.com", 421),
    ],
)  # fmt: skip
def test_the_service_answers_under_its_names_only(client: TestClient, host: str, status: int) -> None:
    assert client.get("/api/v1/entries", headers={"host": host}).status_code == status


def test_a_name_can_be_added(engine: Engine) -> None:
    hosts = Hosts.of("0.0.0.0", ["https://trace.example.com"])
    client = TestClient(create_app(engine, hosts=hosts), LOCAL, follow_redirects=False)
    got = client.get("/sign-in", headers={"host": "trace.example.com"})
    assert got.status_code == 200
    (cookie,) = got.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-visit=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
    # By TLS a cookie without the prefix, which a neighbour may have set, is not looked at.
    visit = cookie.partition("=")[2].partition(";")[0]
    form = {"form": token(got.text), "name": "jane", "password": PASSWORD}
    for name, status in (("visit", 403), ("__Host-visit", 303)):
        headers = {"host": "trace.example.com", "origin": "https://trace.example.com", "cookie": f"{name}={visit}"}
        assert client.post("/sign-in", data=form, headers=headers).status_code == status


def test_signing_in_and_out(client: TestClient) -> None:
    got = client.get("/items/RM-1?as_of=1", headers=HTML)
    assert (got.status_code, got.headers["location"]) == (303, "/sign-in?next=%2Fitems%2FRM-1%3Fas_of%3D1")
    got = sign_in(client, next="/items/RM-1?as_of=1")
    assert (got.status_code, got.headers["location"]) == (303, "/items/RM-1?as_of=1")
    session = next(c for c in got.headers.get_list("set-cookie") if c.startswith("session="))
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in session.split(";")}
    assert len(session.partition("=")[2].partition(";")[0]) >= 43, "256 bits"
    page = client.get("/", headers=HTML)
    assert page.status_code == 200
    assert "jane" in page.text
    kept = client.cookies["session"]
    assert client.post("/sign-out").status_code == 403, "without the token of the form"
    assert client.post("/sign-out", data={"form": token(page.text)}).status_code == 303
    client.cookies.set("session", kept)
    assert client.get("/api/v1/entries").status_code == 401, "the session is over, not only forgotten"


def test_an_id_that_somebody_chose_before_is_worth_nothing(app: FastAPI) -> None:
    def session(got: httpx.Response) -> str:
        assert got.status_code == 303
        (cookie,) = (each for each in got.headers.get_list("set-cookie") if each.startswith("session="))
        return cookie.partition("=")[2].partition(";")[0]

    def with_cookies(**cookies: str) -> TestClient:
        return TestClient(app, LOCAL, follow_redirects=False, cookies=cookies)

    visited = with_cookies(visit="chosen", session="chosen-by-somebody-else")
    form = {"form": token(visited.get("/sign-in").text), "name": "jane", "password": PASSWORD}
    first = session(with_cookies(visit="chosen", session="chosen-by-somebody-else").post("/sign-in", data=form))
    assert first != "chosen-by-somebody-else"
    form["form"] = token(with_cookies(session=first).get("/", headers=HTML).text)
    second = session(with_cookies(session=first).post("/sign-in", data=form))
    assert with_cookies(session=first).get("/api/v1/entries").status_code == 401, "the session before is over"
    assert with_cookies(session=second).get("/api/v1/entries").status_code == 200


def test_wrong_name_and_wrong_password_are_told_alike(client: TestClient) -> None:
    said = set()
    for name in (
        "jane",
        "nobody",
        "JANE",
        "",
        "j\x00ne",
        "<script>alert(1)</script>",
        "'; DROP TABLE people; --",
        "x" * 4000,
    ):
        got = sign_in(client, name, "wrong password that is long")
        assert "<script>alert" not in got.text
        said.add((got.status_code, re.sub(r'value="[0-9a-f]{64}"', "", got.text)))
    assert len(said) == 1
    assert next(iter(said))[0] == 401
    assert sign_in(client).status_code == 303


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example",
        "/\n/evil.example", "evil.example", "", "/sign-out", "/sign-in?next=/sign-in", "///evil.example", "/%0d%0aset-cookie:x",
        "http:evil.example", "/x\r\nset-cookie: a=b", "data:text/html,x",
    ],
)  # fmt: skip
def test_after_signing_in_one_stays_here(client: TestClient, to: str) -> None:
    got = sign_in(client, next=to)
    assert got.status_code == 303
    location = got.headers["location"]
    assert location == "/" or location.startswith("/%0d%0a"), location
    assert "set-cookie" not in {k for k, v in got.headers.multi_items() if "a=b" in v}


def test_on_stays_a_path_of_ours() -> None:
    for path in ("/", "/items/A%2F1?as_of=3", "/scope?item=a&item=b", "/search?q=中文"):
        assert inside(path) == path


def test_a_form_of_another_page_changes_nothing(client: TestClient) -> None:
    form = {"form": token(client.get("/sign-in").text), "name": "jane", "password": PASSWORD}
    for headers in (
        {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:9999"},
    ):  # fmt: skip
        assert client.post("/sign-in", data=form, headers=headers).status_code == 403, headers
    assert client.post("/sign-in", data={**form, "form": "0" * 64}).status_code == 403
    assert client.post("/sign-in", data={k: v for k, v in form.items() if k != "form"}).status_code == 403
    assert client.post("/sign-in", data=form, headers={"origin": LOCAL}).status_code == 303
    page = client.get("/", headers=HTML).text
    assert client.post("/sign-out", data={"form": form["form"]}).status_code == 403, (
        "that of the visit, not of the session"
    )
    assert client.post("/sign-out", headers={"x-form-token": token(page)}).status_code == 303


def test_the_token_is_found_in_a_form_with_files(client: TestClient) -> None:
    sign_in(client)
    right = token(client.get("/", headers=HTML).text)
    for given, status in (("0" * 64, 403), (right, 303)):
        parts = {"form": (None, given), "file": ("a.csv", b"x" * 200_000)}
        assert client.post("/sign-out", files=parts).status_code == status


def test_every_form_that_changes_something_carries_the_token() -> None:
    for page in (HERE / "templates").glob("*.html"):
        for form in re.findall(
            r"<form [^>]*method=\"post\"[^>]*>(.{0,200})", page.read_text(encoding="utf-8"), re.DOTALL
        ):
            assert re.search(r'^\s*(\{%[^%]*%\}\s*)*<input type="hidden" name="form"', form), page.name


def test_files_come_in_from_our_own_page_only(client: TestClient) -> None:
    sign_in(client)
    right = token(client.get("/loads", headers=HTML).text)
    row = ("lots.csv", b"item_id,material_id,lot_number\nNEW-1,RM,NEW-1\n")
    for path in ("/loads", "/api/v1/loads"):
        assert client.post(path, files={"files": row}).status_code == 403, path
        assert client.post(path, files={"form": (None, "0" * 64), "files": row}).status_code == 403, path
        given = {"form": (None, right), "dry_run": (None, "true"), "files": row}
        assert client.post(path, files=given, headers={"origin": "http://evil.example"}).status_code == 403, path
        assert client.post(path, files=given).status_code in (202, 303), path


def test_what_is_offered_is_what_the_roles_allow(client: TestClient, home: Path) -> None:
    for name, role, shown, hidden in (
        ("vera", Role.VIEWER, "/where-else", "/ledger"), ("otto", Role.OPERATIONS, "/loads", "/where-else"),
    ):  # fmt: skip
        new_person(home, name, PASSWORD, role)
        client.cookies.clear()
        sign_in(client, name)
        page = client.get("/", headers=HTML).text
        assert f'href="{shown}"' in page
        assert f'href="{hidden}"' not in page
        assert client.get(hidden, headers=HTML).status_code == 403


def test_a_role_is_what_counts_and_it_counts_at_once(client: TestClient, home: Path) -> None:
    new_person(home, "mary", PASSWORD, Role.COORDINATOR)
    sign_in(client, "mary")
    assert client.get("/api/v1/scope?item=RM-1").status_code == 200
    people = People(home)
    people.revoke("mary", Role.COORDINATOR)
    assert client.get("/api/v1/scope?item=RM-1").status_code == 401, "whoever loses a role signs in anew"
    sign_in(client, "mary")
    assert client.get("/api/v1/scope?item=RM-1").status_code == 403
    refused = client.get("/scope?item=RM-1", headers=HTML)
    assert refused.status_code == 403
    assert "text/html" in refused.headers["content-type"]
    people.grant("mary", Role.AUDITOR)
    actions = [row["action"] for row in client.get("/api/v1/entries").json()["entries"]]
    assert actions[:3] == ["role granted", "role revoked", "person added"], "before it counts it is in the ledger"
    people.change_password("mary", "x")
    assert client.get("/api/v1/entries").status_code == 401, "whoever was signed in is signed out"
    people.close()


def test_who_has_no_role_can_still_sign_out(client: TestClient, home: Path) -> None:
    new_person(home, "noel", PASSWORD)
    sign_in(client, "noel")
    refused = client.get("/", headers=HTML)
    assert refused.status_code == 403
    assert client.post("/sign-out", data={"form": token(refused.text)}).status_code == 303


def test_a_removed_person_and_a_revoked_key_are_nobody(client: TestClient, home: Path) -> None:
    new_person(home, "paul", PASSWORD, Role.AUDITOR)
    sign_in(client, "paul")
    assert client.get("/api/v1/entries").status_code == 200
    people, headers = People(home), bearer(home, Role.AUDITOR)
    assert client.get("/api/v1/entries", headers=headers).status_code == 200
    people.remove("paul")
    people.revoke_key(people.list_keys()[0]["id"])
    assert client.get("/api/v1/entries").status_code == 401
    assert client.get("/api/v1/entries", headers=headers).status_code == 401
    people.close()


def test_only_a_demo_home_on_loopback_is_open(tmp_path: Path) -> None:
    def status(*, demo: bool, loopback: bool, person: bool = False) -> int:
        home = tmp_path / f"{demo}{loopback}{person}"
        engine = Engine.open(home, demo=demo)
        if person:
            new_person(home, "jane", PASSWORD, Role.VIEWER)
        with TestClient(create_app(engine, loopback=loopback), LOCAL) as client:
            # A page elsewhere cannot use that nobody has to sign in.
            assert client.get("/api/v1/entries", headers={"host": "evil.example"}).status_code == 421
            return client.get("/api/v1/entries").status_code

    assert status(demo=True, loopback=True) == 200
    assert status(demo=True, loopback=False) == 401
    assert status(demo=False, loopback=True) == 401
    assert status(demo=True, loopback=True, person=True) == 401


def test_answers_are_kept_by_nobody_else(client: TestClient) -> None:
    sign_in(client)
    for path in ("/", "/ledger", "/api/v1/entries", "/api/v1/scope?item=RM-1", "/scope.csv?item=RM-1"):
        got = client.get(path, headers=HTML)
        assert "private" in got.headers["cache-control"], path
        assert "no-" in got.headers["cache-control"]
        assert "cookie" in got.headers["vary"].lower()
        assert "default-src 'none'" in got.headers["content-security-policy"]


def test_pages_for_everybody_are_kept_by_nobody_either(client: TestClient) -> None:
    """They bear the token of the form, and who is signed in."""
    sign_in(client)
    for path in ("/docs", "/sign-in", "/healthz"):
        assert client.get(path, headers=HTML).headers["cache-control"] == "private, no-store", path
    assert "no-store" not in client.get("/static/console.css").headers.get("cache-control", "")
