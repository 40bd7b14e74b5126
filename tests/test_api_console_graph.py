"""The graph in a real browser: unfolded, folded again, filtered, followed, by mouse and keyboard; its sum stays the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import chromium, silent
from cli import run
from console_server import Served, served
from payloads import poisoned_plant
from plants import write_plant
from playwright.sync_api import Browser, Page, expect

from loaders.sample import write_sample

WIDTHS = (1280, 400)
UNITS = 40


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("graphs")
    assert write_sample(folder / "plant", seed=1, units=400).demo_units == UNITS
    assert run(folder / "home", "load", folder / "plant").code in (0, 3)
    assert run(folder / "home", "load", write_plant(folder / "nasty", poisoned_plant())).code == 0
    with served(folder / "home") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(60_000) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: Served) -> Iterator[Page]:
    with silent(browser, address) as found:
        yield found


def drawn(page: Page) -> dict[str, Any]:
    expect(page.locator("#drawing[data-ready]")).to_be_visible()
    found: dict[str, Any] = json.loads(page.locator("#graph-data").text_content() or "")
    return found


def units(page: Page) -> int:
    """What the rows of the table add up to; it must be what its last line says."""
    cells = page.locator("#table tbody tr td:nth-child(4)").all_inner_texts()
    total = sum(int(text.replace(",", "")) for text in cells)
    assert total == int(page.locator("#all-units").inner_text().replace(",", ""))
    assert len(cells) == len(drawn(page)["nodes"]) <= 500
    return total


def turned(page: Page, times: int) -> None:
    expect(page.locator("#drawing")).to_have_attribute("data-turned", str(times))


@pytest.mark.parametrize("width", WIDTHS)
def test_unfold_and_fold_again_by_mouse(browser: Browser, address: Served, width: int) -> None:
    with silent(browser, address, width) as page:
        page.goto("/graph?item=RX-2291")
        before = len(drawn(page)["nodes"])
        assert units(page) == UNITS
        page.locator("#table tbody tr", has_text="● units").get_by_role(
            "link", name=re.compile("^Unfold")
        ).first.click()
        turned(page, 1)
        assert len(drawn(page)["nodes"]) > before
        assert units(page) == UNITS
        assert "open=" in page.url
        page.locator("#table tbody tr", has_text="● units").get_by_role(
            "link", name=re.compile("^Fold again")
        ).first.click()
        turned(page, 2)
        assert len(drawn(page)["nodes"]) == before
        assert units(page) == UNITS
        page.go_back()
        turned(page, 3)
        assert len(drawn(page)["nodes"]) > before
        page.reload()
        assert len(drawn(page)["nodes"]) > before
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_whole_by_keyboard(page: Page) -> None:
    page.goto("/graph?item=RX-2291&fold=lot")
    before = drawn(page)
    page.locator("#drawing").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chosen > h2")).to_have_text("Nordpoly Beispiel GmbH (SUP-NORDPOLY)")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chosen > h2")).not_to_contain_text("SUP-NORDPOLY")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen #evidence .fact").first).to_contain_text(".csv, row")
    target = next(node for node in before["nodes"] if node["kind"] == "units" and node["open"])
    for _ in range(60):
        here = before["nodes"][page.evaluate("network.getSelectedNodes()[0]")]
        if here is target:
            break
        across, down = target["x"] - here["x"], target["y"] - here["y"]
        if abs(across) > 100:
            page.keyboard.press("ArrowRight" if across > 0 else "ArrowLeft")
        else:
            page.keyboard.press("ArrowDown" if down > 0 else "ArrowUp")
    assert here is target
    page.keyboard.press("u")
    turned(page, 1)
    assert len(drawn(page)["nodes"]) > len(before["nodes"])
    assert units(page) == UNITS
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("+")
    page.keyboard.press("-")
    page.keyboard.press("Home")
    # Tab leaves the picture: it is no trap.
    page.locator("#drawing").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "drawing"


def test_f_folds_again(page: Page) -> None:
    page.goto("/graph?item=RX-2291&fold=lot")
    before = len(drawn(page)["nodes"])
    page.locator("#drawing").focus()
    page.keyboard.press("ArrowRight")
    for _ in range(40):
        if drawn(page)["nodes"][page.evaluate("network.getSelectedNodes()[0]")]["shut"]:
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    turned(page, 1)
    assert len(drawn(page)["nodes"]) < before
    assert units(page) == UNITS
    assert "shut=" in page.url


def test_filters_and_time_say_what_they_leave_out(page: Page) -> None:
    page.goto("/graph?item=RX-2291")
    drawn(page)
    page.get_by_label("intermediate").check()
    turned(page, 1)
    assert units(page) == 0
    expect(page.locator("#told")).to_contain_text("Filters leave out")
    expect(page.locator("#told")).to_contain_text(f"{UNITS} finished units")
    page.get_by_label("finished", exact=True).check()
    turned(page, 2)
    assert units(page) == UNITS
    slider = page.locator("#slider")
    slider.focus()
    page.keyboard.press("Home")
    turned(page, 3)
    assert units(page) < UNITS
    assert page.locator("input[name=until]").input_value().startswith("2025")
    page.keyboard.press("End")
    turned(page, 4)
    assert units(page) == UNITS


def test_the_path_to_an_item_is_marked_and_leads_to_why(page: Page) -> None:
    page.goto("/scope?item=RX-2291")
    unit = page.locator("tbody tr td a").first.inner_text()
    page.goto("/graph?item=RX-2291&fold=lot")
    drawn(page)
    page.get_by_label("The path to").fill(f"id:{unit}")
    page.keyboard.press("Enter")
    turned(page, 1)
    expect(page.locator("#route")).to_contain_text(unit)
    assert len(drawn(page)["through"]) >= 3
    page.get_by_role("link", name="Hide the path").click()
    turned(page, 2)
    assert drawn(page)["through"] == []


def test_a_click_shows_the_evidence_and_links_to_item_and_why(page: Page) -> None:
    page.goto("/graph?item=RX-2291&fold=lot")
    drawn(page)
    row = page.locator("#table tbody tr", has_text="● units").first
    row.get_by_role("link", name=re.compile("^Evidence")).click()
    members = page.locator("#chosen #evidence .members li")
    expect(members.first).to_be_visible()
    assert members.count() == int(row.locator("td").nth(2).inner_text())
    members.first.get_by_role("link", name=re.compile("^Why")).click()
    expect(page.locator(".lines")).to_contain_text("is in the scope of")
    page.go_back()
    drawn(page)
    # A click on the canvas itself: on the place of the start.
    place = page.evaluate(
        "() => { const at = network.canvasToDOM(network.getPosition(1)), box = place.getBoundingClientRect();"
        " return [at.x + box.x, at.y + box.y]; }"
    )
    page.mouse.click(*place)
    expect(page.locator("#chosen #evidence .fact").first).to_contain_text(".csv, row")


def test_files_of_every_form_come_down(page: Page) -> None:
    page.goto("/graph?item=RX-2291&fold=lot&lang=zh")
    drawn(page)
    for form in ("HTML", "SVG", "PNG", "GRAPHML", "CSV", "JSON"):
        with page.expect_download() as kept:
            page.locator("#files").get_by_role("link", name=form, exact=True).click()
        assert kept.value.suggested_filename.endswith("." + form.lower())
        assert Path(kept.value.path()).stat().st_size > 500


def test_the_offline_page_draws_without_any_network(browser: Browser, address: Served, tmp_path: Path) -> None:
    with silent(browser, address) as page:
        kept = tmp_path / "graph.html"
        kept.write_bytes(page.request.get("/graph.html?item=INJECT").body())
        context = browser.new_context(offline=True)
        alone, wrong = context.new_page(), list[str]()
        alone.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        alone.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else wrong.append(asked.url))
        alone.goto(kept.as_uri())
        expect(alone.locator("#graph[data-ready]")).to_be_visible()
        assert alone.evaluate("window.hit") is None
        assert wrong == []
        context.close()


def test_no_payload_runs_on_any_page_of_a_scope(page: Page) -> None:
    for path in (
        "/graph?item=INJECT", "/graph?item=INJECT&fold=lot&open=2.0&open=5.0", "/graph?item=INJECT&fold=day",
        "/flow?item=INJECT", "/timeline?item=INJECT", "/countries?item=INJECT", "/compare?item=INJECT&boundary=lot",
        "/batches?rows=200", "/batches?q=script&sort=-material",
    ):  # fmt: skip
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        page.wait_for_timeout(150)
        assert page.evaluate("window.hit") is None, path
    page.goto("/graph?item=INJECT&fold=lot")
    for number in range(0, len(drawn(page)["nodes"]), 9):
        page.evaluate(f"choose({number}, true)")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible_and_narrow(browser: Browser, address: Served, width: int, language: str) -> None:
    with silent(browser, address, width) as page:
        for path in (
            "/graph?fold=lot&",
            "/flow?",
            "/timeline?",
            "/countries?",
            "/compare?boundary=lot&",
            "/batches?",
            "/graph/node?node=3.0&",
        ):
            page.goto(f"{path}item=RX-2291&lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            found = Axe().run(page).response["violations"]
            serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], (path, serious, [n["html"] for v in found for n in v["nodes"]][:3])
