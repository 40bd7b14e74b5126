"""The two rows of tabs on the pages of a scope: calm on a telephone, the current one in view, by keyboard and without script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import silent
from cli import PLANT, run_here, write
from console_server import Served, served
from playwright.sync_api import Browser, Locator, Page, expect

PAGES = {
    "/scope?item=RM-1": "Finished units",
    "/scope?item=RM-1&tab=all": "Everything",
    "/scope/places?item=RM-1": "Where it is",
    "/scope/balance?item=RM-1": "Mass balance",
    "/scope/beside?item=RM-1": "Why not these",
    "/graph?item=RM-1": "Graph",
    "/flow?item=RM-1": "Flow",
    "/timeline?item=RM-1": "Time line",
    "/countries?item=RM-1": "Countries",
    "/compare?item=RM-1": "Compare boundaries",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("tabs")
    assert run_here(folder / "home", "load", write(folder / "plant", PLANT)).code == 0
    with served(folder / "home") as found:
        yield found


@pytest.fixture(params=[400, 1280])
def page(request: pytest.FixtureRequest, browser: Browser, address: Served) -> Iterator[Page]:
    with silent(browser, address, request.param) as opened:
        yield opened


def inside(page: Page, link: Locator) -> bool:
    box = link.bounding_box()
    assert box is not None
    assert page.viewport_size is not None
    return box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]


@pytest.mark.parametrize("path", PAGES)
def test_each_row_is_one_line_and_shows_where_one_is(page: Page, path: str) -> None:
    page.goto(path)
    rows = page.locator("nav.tabs")
    expect(rows).to_have_count(2)
    for number in (0, 1):
        box = rows.nth(number).bounding_box()
        assert box is not None
        assert box["height"] < 60
    here = page.locator("nav.tabs [aria-current=page]")
    expect(here).to_have_count(1)
    expect(here).to_contain_text(PAGES[path])
    assert inside(page, here)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    # Whoever looks at one view knows of what.
    expect(page.locator("main")).to_contain_text("RM-1")


def test_every_tab_is_reached_by_keyboard_and_seen_when_it_has_the_focus(page: Page) -> None:
    page.goto("/flow?item=RM-1")
    page.locator("#content").focus()
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.evaluate("each => !!each.closest('nav.tabs')"):
            assert inside(page, focused), focused.inner_text()
            assert focused.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
            seen.append(focused.inner_text())
    assert len(seen) == 13
    page.locator("nav.tabs a", has_text="Compare boundaries").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compare boundaries")).to_be_visible()


def test_it_works_without_script(browser: Browser, address: Served) -> None:
    context = browser.new_context(
        viewport={"width": 400, "height": 900}, base_url=address, java_script_enabled=False,
        extra_http_headers=address.headers,
    )  # fmt: skip
    page = context.new_page()
    page.goto("/scope?item=RM-1")
    page.get_by_role("link", name="Compare boundaries").click()
    expect(page.get_by_role("heading", name="Compare boundaries")).to_be_visible()
    context.close()


def test_no_serious_finding(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for path in ("/scope?item=RM-1&tab=all", "/compare?item=RM-1"):
        for language in ("zh", "en"):
            page.goto(f"{path}&lang={language}")
            found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
            assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]


def test_what_is_empty_says_what_to_do_next(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("empty")
    (folder / "home").mkdir()
    with served(folder / "home") as address, silent(browser, address) as page:
        page.goto("/")
        page.locator("main").get_by_role("link", name="Load files").click()
        expect(page.locator("main")).to_contain_text("Choose the plant's files above")
        page.goto("/quarantine")
        expect(page.locator("main")).to_contain_text("Rows that a load does not accept come here")
        page.goto("/batches")
        expect(page.locator("main").get_by_role("link", name="Load files")).to_be_visible()
        page.goto("/search?q=NO-SUCH")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
        page.get_by_role("link", name="Look for batches").click()
        expect(page).to_have_url(f"{address}/batches?q=NO-SUCH")
