"""The whole way of a coordinator and of an auditor, on either store, wide and narrow, in a browser that must stay silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium, silent
from cli import run
from console_server import Served, served
from playwright.sync_api import Browser, Page, expect

from loaders.sample import write_sample

UNITS = 40


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(60_000) as found:
        yield found


@pytest.fixture
def address(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    env: dict[str, str] = {}
    if store == "neo4j":
        server = request.getfixturevalue("neo4j_database")
        env = {"GENEALOGY_STORE": server.uri, "NEO4J_USERNAME": server.username, "NEO4J_PASSWORD": server.password}
    write_sample(tmp_path / "plant", seed=1, units=400)
    assert run(tmp_path / "home", "load", tmp_path / "plant", env=env).code in (0, 3)
    with served(tmp_path / "home", env) as found:
        yield found


def test_the_ways_of_coordinator_and_auditor(browser: Browser, address: Served) -> None:
    for width in (1280, 400):
        with silent(browser, address, width) as page:
            unit = _coordinator(page)
            _narrow(page)
            _auditor(page, unit)


def _coordinator(page: Page) -> str:
    """Search, scope, graph: how much, of what, who has it; the id of one finished unit."""
    page.goto("/")
    page.get_by_label("An id, a lot number").last.fill("RX-2291")
    page.keyboard.press("Enter")
    expect(page.locator(".lines")).to_contain_text(f"{UNITS} finished units")
    unit = page.locator("tbody a").first.inner_text()
    _fits(page)
    page.get_by_role("link", name="Graph").click()
    expect(page.locator("#drawing[data-ready]")).to_be_visible()
    assert page.locator("#all-units").inner_text() == str(UNITS)
    page.locator("#table").get_by_role("link", name=re.compile("^Unfold")).first.click()
    expect(page.locator("#drawing[data-turned]")).to_be_visible(timeout=30_000)
    assert page.locator("#all-units").inner_text() == str(UNITS)
    with page.expect_download() as kept:
        page.locator("#files").get_by_role("link", name="SVG").click()
    assert Path(kept.value.path()).read_bytes().startswith(b"<?xml")
    _fits(page)
    for name, shown in (("Flow", "svg[role=img]"), ("Time line", "svg[role=img]"), ("Countries", "tbody tr")):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(shown).first).to_be_visible()
        _fits(page)
    return unit


def _narrow(page: Page) -> None:
    """Boundaries side by side, what is removed and why, the link that says it again, and the table to keep."""
    page.get_by_role("link", name="Compare boundaries").click()
    page.get_by_label("Another boundary").fill("only-after 2025-08-20")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    full, less = (int(page.locator("tbody tr").nth(n).locator("td").first.inner_text()) for n in (0, 1))
    assert less < full == UNITS
    removed = page.locator("tbody tr").nth(1).locator("td").last.inner_text()
    assert removed == f"−{full - less}"
    expect(page.locator(".fact summary").first).to_contain_text(".csv, row")
    digest = page.locator(".keep .mono").last.inner_text()
    page.get_by_role("link", name="Link to this answer").click()
    assert "as_of=" in page.url
    assert page.locator(".keep .mono").last.inner_text() == digest
    _fits(page)
    for form in ("CSV", "XLSX", "JSON"):
        with page.expect_download() as kept:
            page.get_by_role("link", name=form, exact=True).first.click()
        assert kept.value.suggested_filename.endswith(f".{form.lower()}")
    page.get_by_role("link", name="Batches").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.get_by_role("link", name="not released").click()
    expect(page.locator("tbody .flag").first).to_be_visible()
    _fits(page)


def _auditor(page: Page, unit: str) -> None:
    """A unit, what is in it, its history and its facts, who is behind it; then the ledger, and its verification."""
    page.goto(f"/search?q=id:{unit}")
    expect(page.locator("#backward .count")).not_to_have_text("0")
    expect(page.locator("#history + p + ul li").first).to_contain_text("Entry 1")
    page.locator("#history + p + ul a").first.click()
    assert "as_of=1" in page.url
    expect(page.locator(".record li").first).to_contain_text(".csv, row")
    page.get_by_role("link", name="Behind it").click()
    expect(page.locator(".lines")).to_contain_text("Behind")
    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is as it was recorded.")
    _fits(page)


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
