"""A very large scope is looked at before both roads are done: that is said, nothing of it is exported, and then it is compared.

The plants here are small: GENEALOGY_FIRST_LOOK=0 makes every scope a large one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import chromium, silent
from canaries import CANARIES
from canaries import plant as canary_plant
from cli import PLANT, run_here, write
from console_server import Served, served
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from playwright.sync_api import Browser, Page, Route, expect

from api.access.rules import SEES, Field, Role
from api.app import create_app
from genealogy.engine import Engine

ALL = {"GENEALOGY_FIRST_LOOK": "0"}
SCOPE = "/scope?item=id:RM-1"
WIDTHS = (1280, 400)
PAGES = (
    *(f"{SCOPE}&tab={tab}" for tab in ("units", "lots", "customers", "unsure", "all")),
    "/graph?item=id:RM-1", "/flow?item=id:RM-1", "/timeline?item=id:RM-1",
)  # fmt: skip
OF_ITEM = [f"/items/IM?as_of={1 + number}" for number in range(len(WIDTHS))]
DOWNLOADS = "a[href^='/scope.'], a[href^='/graph.'], a[href^='/flow.'], a[href^='/timeline.']"
NOT_YET, AGREE = "Not yet compared", "Both roads agree."


def as_of(path: str, width: int) -> str:
    """The address of a page as of an entry of its own: what was compared for another one is not at hand for it."""
    return f"{path}&as_of={1 + len(WIDTHS) * PAGES.index(path) + WIDTHS.index(width)}"


def loaded(folder: Path) -> Path:
    """A home with some entries beside the load, as of all of which the answers are the same."""
    assert run_here(folder / "home", "load", write(folder / "plant", PLANT)).code == 0
    with Engine.open(folder / "home") as engine:
        for number in range(len(WIDTHS) * len(PAGES) + 2):
            engine.record("noted", {"number": number})
    return folder / "home"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(60_000) as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded(tmp_path_factory.mktemp("comparing"))


@pytest.fixture(scope="module")
def answers(home: Path, browser: Browser) -> dict[str, str]:
    """What the pages say where both roads are always waited for."""
    with served(home) as address, silent(browser, address) as page:
        found = {}
        for path in [*(as_of(path, width) for path in PAGES for width in WIDTHS), *OF_ITEM]:
            page.goto(path)
            expect(page.locator("#roads .note")).to_have_count(0)
            found[path] = said(page)
    return found


@pytest.fixture(scope="module")
def address(home: Path, answers: dict[str, str]) -> Iterator[Served]:
    assert answers
    with served(home, ALL) as found:
        yield found


def said(page: Page) -> str:
    """The whole page, but for whether the roads were compared."""
    text = page.locator("main").inner_text().replace(page.locator("#roads").inner_text() or "\0", "")
    return re.sub(r"\s+", " ", text).strip()


class Held:
    """The comparison that a page asks for waits until the test lets it go on."""

    def __init__(self, page: Page) -> None:
        self._routes: list[Route] = []
        page.route("**/*compared=yes*", self._hold)
        self._page = page

    def _hold(self, route: Route) -> None:
        self._routes.append(route)

    def arrived(self) -> None:
        while not self._routes:
            self._page.wait_for_timeout(20)

    def go_on(self) -> None:
        self.arrived()
        while self._routes:
            self._routes.pop(0).continue_()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_it_is_shown_as_not_compared_and_then_as_the_answer(
    browser: Browser, address: Served, answers: dict[str, str], path: str, width: int
) -> None:
    with silent(browser, address, width) as page:
        held = Held(page)
        page.goto(as_of(path, width))
        roads = page.locator("#roads")
        expect(roads).to_contain_text(NOT_YET)
        expect(roads).to_contain_text("not complete until both agree")
        expect(page.get_by_role("status").filter(has=page.locator(".uncompared"))).to_be_visible()
        assert AGREE not in page.locator("main").inner_text()
        assert "Digest" not in page.locator("main").inner_text()
        assert page.locator(DOWNLOADS).count() == 0

        if path.startswith("/scope"):
            expect(page.locator(".lines p").nth(2)).to_contain_text("NOT YET COMPARED")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        held.go_on()
        expect(roads).to_have_text(re.compile(re.escape(AGREE)))
        assert page.locator(DOWNLOADS).count() > 0
        assert "Digest" in page.locator("main").inner_text()
        assert page.locator(".uncompared").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert "compared" not in page.url
        assert said(page) == answers[as_of(path, width)]


def test_it_is_said_in_chinese_and_to_whoever_cannot_see_it(browser: Browser, address: Served) -> None:
    with silent(browser, address) as page:
        held = Held(page)
        page.goto("/scope?item=id:RM-2&lang=zh")
        expect(page.get_by_role("status").filter(has_text="尚未比对")).to_be_visible()
        expect(page.locator(".lines p").nth(2)).to_contain_text("尚未比对")
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found] == []
        held.go_on()
        expect(page.get_by_role("status").filter(has_text="两条途径结果一致")).to_be_visible()
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []


def test_whoever_reads_on_by_keyboard_stays_where_they_are(browser: Browser, address: Served) -> None:
    with silent(browser, address) as page:
        held = Held(page)
        page.goto("/scope?item=id:IM")
        expect(page.locator("#roads")).to_contain_text(NOT_YET)
        page.get_by_role("link", name="Lots").focus()
        held.go_on()
        expect(page.locator("#roads")).to_contain_text(AGREE)
        assert page.evaluate("document.activeElement.textContent").startswith("Lots")


def test_without_scripts_a_link_leads_to_the_answer(browser: Browser, address: Served) -> None:
    context = browser.new_context(
        base_url=address,
        extra_http_headers=address.headers,
        java_script_enabled=False,
        viewport={"width": 400, "height": 800},
    )
    page = context.new_page()
    page.goto("/scope?item=id:FU&tab=all")
    expect(page.locator("#roads")).to_contain_text(NOT_YET)
    page.get_by_role("link", name="Wait for the compared answer").click()
    expect(page.locator("#roads")).to_contain_text(AGREE)
    assert page.locator(DOWNLOADS).count() > 0
    context.close()


def test_a_graph_that_is_unfolded_meanwhile_is_compared_as_it_stands(browser: Browser, address: Served) -> None:
    with silent(browser, address) as page:
        held = Held(page)
        page.goto("/graph?item=id:RM-1&item=id:RM-2")
        expect(page.locator("#drawing[data-ready]")).to_be_visible()
        expect(page.locator("#roads")).to_contain_text(NOT_YET)
        held.arrived()  # before: the page asks a moment after it stands there, and only for the view of that moment
        page.get_by_label("Fold by").select_option("lot")
        expect(page.locator("#drawing")).to_have_attribute("data-turned", "1")
        expect(page.locator("#roads")).to_contain_text(NOT_YET)
        held.go_on()
        held.go_on()  # first of the view that it was, then of the one that it is
        expect(page.locator("#roads")).to_contain_text(AGREE)
        assert all(
            "fold=lot" in (each.get_attribute("href") or "") for each in page.locator("#files a[href^='/graph.']").all()
        )


@pytest.mark.parametrize("width", WIDTHS)
def test_an_item_is_shown_with_what_one_road_says_of_both_directions(
    browser: Browser, address: Served, answers: dict[str, str], width: int
) -> None:
    path = OF_ITEM[WIDTHS.index(width)]
    right = answers[path]
    with silent(browser, address, width) as page:
        held = Held(page)
        page.goto(path)
        expect(page.locator("#roads")).to_contain_text(NOT_YET)
        shown = page.locator("main").inner_text()
        assert AGREE not in shown
        assert page.get_by_role("alert").count() == 0
        assert said(page) == right  # the same items stand there already
        held.go_on()
        expect(page.locator("#roads")).to_have_text(re.compile(re.escape(AGREE)))
        assert said(page) == right
        assert "compared" not in page.url
        # What was compared is at hand from then on.
        page.reload()
        expect(page.locator("#roads")).to_be_empty()


def test_the_list_of_an_item_is_not_downloaded_before_it_is_compared(tmp_path: Path) -> None:
    units = "".join(f"M-{number},FU,,S{number}\n" for number in range(60))
    more = {"units": PLANT["units"] + units}
    assert run_here(tmp_path / "home", "load", write(tmp_path / "plant", {**PLANT, **more})).code == 0
    with pytest.MonkeyPatch.context() as patch, Engine.open(tmp_path / "home") as engine:
        patch.setenv("GENEALOGY_FIRST_LOOK", "0")
        client = TestClient(create_app(engine), LOCAL, headers={**bearer(engine.home), "accept": "text/html"})
        for language, words in (("en", "are not shown here."), ("zh", "未在此显示。")):
            looked = client.get(f"/items/FU?as_of=1&lang={language}").text
            assert (words in looked, "/api/v1/trace" in looked, 'class="awaited"' in looked) == (True, False, True)
        compared = client.get("/items/FU?as_of=1&compared=yes&lang=en").text
        assert (AGREE in compared, "/api/v1/trace" in compared, 'class="awaited"' in compared) == (True, True, False)


def test_an_item_of_which_the_roads_differ_ends_as_incomplete(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    with pytest.MonkeyPatch.context() as patch, Engine.open(home) as engine:
        engine.store._connection.execute("MATCH (:Step)-[p:PRODUCED]->(:Item) DELETE p")  # type: ignore[attr-defined]
        patch.setenv("GENEALOGY_FIRST_LOOK", "0")
        client = TestClient(create_app(engine), LOCAL, headers={**bearer(home), "accept": "text/html"})
        assert NOT_YET in client.get("/items/RM-1").text
        compared = client.get("/items/RM-1?compared=yes").text
        assert "This answer is incomplete" in compared
        assert AGREE not in compared


def test_a_service_that_could_not_compare_says_so_and_stays_uncompared(browser: Browser, address: Served) -> None:
    with silent(browser, address, refusals=("500",)) as page:
        page.route(
            "**/*compared=yes*",
            lambda route: route.fulfill(status=500, body="<main><p role=alert>the disk is full</p></main>"),
        )
        page.goto("/scope?item=id:GHOST")
        expect(page.locator("#roads")).to_contain_text("The roads could not be compared. Try again:")
        expect(page.locator("#roads")).to_contain_text("the disk is full")
        expect(page.locator(".lines p").nth(2)).to_contain_text("NOT YET COMPARED")
        assert page.locator(DOWNLOADS).count() == 0


@pytest.mark.parametrize("broken", ["signed out", "no connection"])
def test_who_was_signed_out_meanwhile_reads_no_form_in_the_note(browser: Browser, address: Served, broken: str) -> None:
    with silent(browser, address, refusals=("401", "ERR_FAILED")) as page:
        page.route(
            "**/*compared=yes*",
            lambda route: (
                route.abort()
                if broken == "no connection"
                else route.fulfill(status=401, body="<main><h1>Sign in</h1><form><label>Password</label></form></main>")
            ),
        )
        page.goto("/scope?item=id:GHOST")
        expect(page.locator("#roads")).to_have_text(
            "The roads could not be compared. Try again: Wait for the compared answer"
        )
        expect(page.locator(".lines p").nth(2)).to_contain_text("NOT YET COMPARED")


def test_where_the_roads_differ_it_ends_as_incomplete(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    with Engine.open(home) as engine:
        # Behind the program's back, as a damaged store would lack them.
        engine.store._connection.execute("MATCH (:Step)-[p:PRODUCED]->(:Item) DELETE p")  # type: ignore[attr-defined]
    with served(home, ALL) as address, silent(browser, address) as page:
        for path in (SCOPE, "/graph?item=id:RM-1", "/flow?item=id:RM-2", "/timeline?item=id:IM"):
            held = Held(page)
            page.goto(path)
            expect(page.locator("#roads")).to_contain_text(NOT_YET)
            assert page.get_by_role("alert").count() == 0
            held.go_on()
            expect(page.get_by_role("alert")).to_contain_text("This answer is incomplete")
            expect(page.get_by_role("alert")).to_contain_text("reached by the arrays only")
            assert AGREE not in page.locator("main").inner_text()
            page.unroute_all()
        expect(page.locator("#roads")).not_to_contain_text(NOT_YET)


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Role], TestClient]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENEALOGY_ACTOR", "kanari-actor")
        engine = canary_plant(tmp_path_factory.mktemp("masked"))
        patch.setenv("GENEALOGY_FIRST_LOOK", "0")
        app = create_app(engine)
    with TestClient(app):
        yield lambda role: TestClient(app, LOCAL, headers=bearer(engine.home, role, name=f"key-{role}"))


LOOKED_AT = [
    *(f"/scope?item=id:R-1&tab={tab}" for tab in ("units", "lots", "customers", "unsure", "all")),
    "/graph?item=id:R-1", "/graph?item=id:R-1&fold=lot&to=id:U-0", "/flow?item=id:R-1", "/timeline?item=id:R-1",
    "/items/R-1", "/items/U-0",
]  # fmt: skip


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COORDINATOR, Role.AUDITOR])
def test_what_a_role_may_not_see_stands_in_no_look(canaries: Callable[[Role], TestClient], role: Role) -> None:
    hidden = [word for field in frozenset(Field) - SEES[role] for word in CANARIES[field]]
    everything = ""
    for path in LOOKED_AT:
        got = canaries(role).get(path, headers={"accept": "text/html"})
        assert got.status_code == 200
        assert NOT_YET in got.text
        assert [word for word in hidden if word.lower() in got.text.lower()] == [], path
        everything += canaries(Role.MANAGER).get(path, headers={"accept": "text/html"}).text
    assert [word for word in CANARIES[Field.SUPPLIER] if word in everything]


def test_what_a_text_names_for_one_is_not_told_to_another(canaries: Callable[[Role], TestClient]) -> None:
    """A supplier's lot number is found by whoever may see it only, also right after somebody else asked for it."""
    for path in ("/scope", "/graph", "/flow"):
        asked = {role: canaries(role).get(f"{path}?item=KNR/2291").status_code for role in (Role.MANAGER, Role.VIEWER)}
        assert asked == {Role.MANAGER: 200, Role.VIEWER: 404}


def test_nothing_of_a_look_is_kept_or_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENEALOGY_FIRST_LOOK", "0")
    home = loaded(tmp_path)
    engine = Engine.open(home)
    right = {entry: engine.scope(["RM-1"], entry) for entry in (1, engine.head)}
    with TestClient(create_app(engine), LOCAL, headers=bearer(home)) as client:
        for entry, answer in right.items():
            for _ in range(2):
                for path in PAGES:
                    assert NOT_YET in client.get(f"{path}&as_of={entry}").text
            for address in (
                f"/scope.json?item=id:RM-1&as_of={entry}",
                f"/api/v1/scope?item=id:RM-1&as_of={entry}",
            ):
                told = client.get(address).json()
                assert (told["complete"], told["second_road"], told["digest"]) == (True, "agrees", answer.digest)
            for form in ("graph", "flow", "timeline"):
                for door in (f"/{form}.json", f"/api/v1/{form}"):
                    told = client.get(f"{door}?item=id:RM-1&as_of={entry}").json()
                    assert (told["complete"], told["second_road"]) == (True, "agrees")
            listed = client.get(f"/scope.csv?item=id:RM-1&tab=all&as_of={entry}").text.splitlines()
            assert len(listed) == 1 + len(answer.answer["start_items"]) + len(answer.answer["items"])
            # What is at hand now is shown at once, as of the same entry.
            page = client.get(f"{SCOPE}&as_of={entry}").text
            assert answer.digest[:32] in page
            assert NOT_YET not in page
