"""The page of an item tells how many facts and entries it does not show, and leads to them, as of any entry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import silent
from cli import write
from console_server import Served, served
from playwright.sync_api import Browser, Page, expect

import loaders
from api.console.items import FACTS
from api.console.pages import NEAR
from genealogy.engine import Engine
from genealogy.recorded import changes, recorded

USES, CHANGES = 230, 30


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("history")
    with_engine = Engine.open(folder / "home")
    material = {"material_id": "RM", "name": "resin", "stage": "supplied", "base_unit": "kg"}
    steps = [{"step_id": f"S{n}", "operation": "mix"} for n in range(USES)]
    used = [{"step_id": f"S{n}", "item_id": "L", "quantity": "1", "unit": "kg"} for n in range(USES)]
    made = [{"step_id": f"S{n}", "item_id": f"P{n}", "quantity": "1", "unit": "kg"} for n in range(USES)]
    tables = {"materials": [material], "steps": steps, "consumption": used, "production": made}
    lot = {"item_id": "L", "material_id": "RM", "lot_number": "L-1", "quantity": "0", "unit": "kg"}
    loaders.load(with_engine, [write(folder / "p0", {**tables, "lots": [lot]})])
    for n in range(1, CHANGES):
        loaders.load(with_engine, [write(folder / f"p{n}", {"lots": [{**lot, "quantity": str(n)}]})])
    assert with_engine.head == CHANGES
    # What the page says, counted another way: from every fact that is read, page by page.
    every = [
        fact
        for skip in range(0, USES + CHANGES + 50, 50)
        for fact in recorded(with_engine.snapshot, with_engine.evidence, "L", CHANGES, skip=skip, most=50)["facts"]
    ]
    assert len(every) == USES + CHANGES
    counted: dict[int, dict[str, int]] = {}
    for fact in every:
        for entry in {fact["entry"], fact["until"]} - {None}:
            tables_of = counted.setdefault(entry, {})
            tables_of[fact["table"]] = tables_of.get(fact["table"], 0) + 1
    assert changes(with_engine.snapshot, "L", CHANGES) == counted
    with_engine.close()
    with served(folder / "home") as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: Served) -> Iterator[Page]:
    with silent(browser, address) as opened:
        yield opened


def test_every_fact_is_reached_from_page_to_page(page: Page) -> None:
    page.goto("/items/L")
    of_all = USES + CHANGES
    section = page.locator("section[aria-labelledby=recorded]")
    seen = 0
    while True:
        shown = section.locator(".record > li").count()
        expect(section).to_contain_text(f"Facts {seen + 1}–{seen + shown} of {of_all}")
        expect(section).to_contain_text(f"Not on this page: {of_all - shown}")
        seen += shown
        further = section.locator("a[rel=next]").first
        if not further.count():
            break
        expect(further).to_have_text(f"Later facts: {of_all - seen}")
        further.click()
    assert seen == of_all
    assert page.url.endswith("page=3#recorded")
    section.locator("a[rel=prev]").first.click()
    expect(section.locator(".record > li")).to_have_count(FACTS)


def test_every_entry_is_reached_and_each_shows_the_item_as_of_then(page: Page) -> None:
    page.goto("/items/L")
    section = page.locator("section[aria-labelledby=history]")
    expect(section.locator("li")).to_have_count(NEAR)
    expect(section.locator("li a").first).to_have_text(f"Entry {CHANGES}")
    section.get_by_role("link", name=f"Older entries: {CHANGES - NEAR}").click()
    expect(section.locator("li")).to_have_count(CHANGES - NEAR)
    section.get_by_role("link", name="Entry 3", exact=True).click()
    assert "as_of=3" in page.url
    expect(page.locator(".facts")).to_contain_text("2 kg")
    expect(page.locator("#recorded .count")).to_have_text(str(USES + 3))
    page.locator("section[aria-labelledby=recorded] a[rel=next]").first.click()
    assert "as_of=3" in page.url
    expect(page.locator(".facts")).to_contain_text("2 kg")
    page.goto("/items/L?as_of=3&page=99")
    expect(page.locator("section[aria-labelledby=recorded]")).to_contain_text(f"Facts 1–{FACTS} of {USES + 3}")
    page.goto("/items/P0?page=5&older=7")
    expect(page.locator("#recorded .count")).to_have_text("1")


def test_what_is_not_known_yet_says_so(page: Page) -> None:
    page.goto("/items/L?as_of=0")
    expect(page.locator("section[aria-labelledby=recorded]")).to_contain_text("No fact names it as of this entry")
