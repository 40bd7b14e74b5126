"""The form on which a scope starts from something else: what each role is asked for, and what is wrong comes back to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium, silent
from canaries import CANARIES, plant
from cli import run_here
from console_server import Served, served
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from playwright.sync_api import Browser, Page, expect

from api.access.rules import SEES, Field, Role
from api.app import create_app
from api.console.scope_from import SORTS
from loaders.sample import write_sample

Ask = Callable[[Role, str], Any]
ALL = {sort.name for sort in SORTS}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    engine = plant(tmp_path_factory.mktemp("from"))
    app = create_app(engine)
    with TestClient(app):
        clients = {role: TestClient(app, LOCAL, headers=bearer(engine.home, role, name=f"key-{role}")) for role in Role}

        def get(role: Role, path: str) -> Any:
            clients[role].cookies.clear()
            return clients[role].get(path, headers={"accept": "text/html"})

        yield get


def panels(page: str) -> dict[str, str]:
    """What went wrong -> its part of the page."""
    parts = re.split(r'<details class="adding wrong-with" name="wrong-with" id="(\w+)"', page)[1:]
    return dict(zip(parts[::2], (part.split("</details>")[0] for part in parts[1::2]), strict=True))


def filled(part: str) -> list[tuple[str, str]]:
    found = re.findall(r'<input name="(\w+)" value="([^"]*)"', part)
    return [(name, unescape(value)) for name, value in found if value]


def opened(page: str) -> list[str]:
    return [name for name, part in panels(page).items() if part.startswith(" open>")]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.COORDINATOR, Role.AUDITOR, Role.VIEWER])
def test_a_role_is_asked_only_for_what_it_may_see(ask: Ask, role: Role) -> None:
    page, sees = ask(role, "/scope/from").text, SEES[role]
    hidden = {sort.name for sort in SORTS if sort.field is not None and sort.field not in sees}
    assert panels(page).keys() == ALL - hidden
    assert ('name="place"' in page) == (Field.SUPPLIER in sees)
    assert ('id="known-supplier"' in page) == (Field.SUPPLIER in sees)
    for field in frozenset(Field) - sees:
        assert [word for word in CANARIES[field] if word in page] == []
    assert '<option value="E-1" label="Press">' in page
    assert '<option value="heat">' in page
    # Names of people are not laid out for choosing, not even to who may see them.
    assert "Olga Kanari-Operator" not in page


def test_who_asks_nothing_about_the_plant_gets_no_form(ask: Ask) -> None:
    for role in (Role.OPERATIONS, Role.ADMINISTRATOR):
        assert ask(role, "/scope/from").status_code == 403
        assert "/scope/from" not in ask(role, "/").text
    assert 'href="/scope/from"' in ask(Role.VIEWER, "/").text


WRONG = (
    ("what=equipment&equipment=&from=", 422, "choose what went wrong", "equipment", []),
    ("", 422, "choose what went wrong", "", []),
    ("equipment=e-1&from=2026-05-01&to=2026-05-02", 404, "No piece of equipment", "equipment",
     [("equipment", "e-1"), ("from", "2026-05-01"), ("to", "2026-05-02")]),
    ("equipment=E-1&from=yesterday", 422, "Give a date or a time", "equipment", [("equipment", "E-1"), ("from", "yesterday")]),
    ("equipment=E-1&from=2026-05-03&to=2026-05-02", 422, "Turn the two times round", "equipment",
     [("equipment", "E-1"), ("from", "2026-05-03"), ("to", "2026-05-02")]),
    ("equipment=E-1&equipment=E-2", 404, "No piece of equipment", "equipment", [("equipment", "E-1"), ("equipment", "E-2")]),
    ("low=3", 422, "“Below”, “Above” and “In this unit” belong to “Parameter”", "reading", [("low", "3")]),
    ("parameter=heat&outside=&low=", 422, "or “Below” or “Above”.", "reading", [("parameter", "heat")]),
    ("parameter=heat&outside=true&low=3", 422, "give one of the two", "reading", [("parameter", "heat"), ("low", "3")]),
    ("parameter=heat&low=x&equipment=E-1", 422, "Write it with digits", "reading",
     [("parameter", "heat"), ("equipment", "E-1"), ("low", "x")]),
    ("parameter=heat&low=3&unit=x1", 422, "“In this unit”", "reading", [("parameter", "heat"), ("low", "3"), ("unit", "x1")]),
    ("parameter=heat&low=3&version=7", 422, "“Version” belongs to one", "reading",
     [("parameter", "heat"), ("version", "7"), ("low", "3")]),
    ("step=ST-1&from=2026-05-01", 422, "“From” and “To” restrict", "step", [("step", "ST-1"), ("from", "2026-05-01")]),
    ("document=SOP&version=9", 404, "No version", "document", [("document", "SOP"), ("version", "9")]),
    ("calibration_lapse=true&equipment=E-1", 422, "Ask without “A lapsed calibration”", "calibration", [("equipment", "E-1")]),
    ("calibration_lapse=maybe", 422, "Write true, or leave it out", "calibration", []),
    ("material=RAW&from=2026-05-01", 422, "“Only this material” belongs to", "supplier",
     [("material", "RAW"), ("from", "2026-05-01")]),
    ("from=2026-05-01&from=2026-05-02&place=FG", 422, "Give it once", "place",
     [("place", "FG"), ("from", "2026-05-01"), ("from", "2026-05-02")]),
    ("equipment=E-1&as_of=77", 422, "There is no entry 77", "equipment", [("equipment", "E-1"), ("as_of", "77")]),
    ("equipment=E-1&item=NO-1&item=id:R-3", 404, "No item", "equipment",
     [("equipment", "E-1"), ("item", "NO-1"), ("item", "id:R-3")]),
)  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "words", "panel", "kept"), WRONG)
def test_what_is_wrong_comes_back_to_the_form_and_nothing_typed_is_lost(
    ask: Ask, asked: str, status: int, words: str, panel: str, kept: list[tuple[str, str]]
) -> None:
    got = ask(Role.MANAGER, f"/scope?{asked}")
    assert got.status_code == status
    (said,) = re.findall(r'role="alert" id="wrong">(.*?)</p>', got.text, re.DOTALL)
    assert words in unescape(said)
    assert "--" not in said
    assert opened(got.text) == ([panel] if panel else [])
    assert filled(panels(got.text).get(panel, "")) == kept
    if panel:
        assert 'aria-describedby="wrong"' in panels(got.text)[panel]
        assert f'value="{panel}"' in panels(got.text)[panel]
    chinese = ask(Role.MANAGER, f"/scope?{asked}&lang=zh").text
    (said,) = re.findall(r'role="alert" id="wrong">(.*?)</p>', chinese, re.DOTALL)
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", unescape(said))


def test_what_comes_near_leads_to_the_form_with_it(ask: Ask) -> None:
    page = ask(Role.MANAGER, "/scope?equipment=e-1&from=2026-05-01&item=id:R-3").text
    (near,) = re.findall(r'href="(/scope/from\?[^"]*)">E-1 \(Press\)<', page)
    assert filled(panels(ask(Role.MANAGER, unescape(near)).text)["equipment"]) == [
        ("equipment", "E-1"), ("from", "2026-05-01"), ("item", "id:R-3"),
    ]  # fmt: skip
    page = ask(Role.MANAGER, "/scope?document=SOP&version=9").text
    assert re.findall(r'href="/scope/from\?document=SOP&amp;version=1">1<', page)
    page = ask(Role.MANAGER, "/scope?supplier=kanari-sup").text
    assert re.findall(r'href="/scope/from\?supplier=KANARI-SUP">KANARI-SUP \(Kanari Polymers GmbH\)<', page)


@pytest.mark.parametrize("start", ["supplier=KANARI-SUP", "place=FG", "operator=Olga Kanari-Operator"])
def test_what_a_role_may_not_see_is_refused_on_the_form_and_not_told_back(ask: Ask, start: str) -> None:
    got = ask(Role.VIEWER, f"/scope?{start}&from=2026-05-01")
    assert got.status_code == 403
    assert "cannot be used with your roles" in got.text
    assert opened(got.text) == []
    assert panels(got.text).keys() == {"equipment", "calibration", "reading", "step", "document"}
    assert "您的角色不能" in ask(Role.VIEWER, f"/scope?{start}&lang=zh").text


def test_items_that_are_not_found_are_told_of_where_they_ever_were(ask: Ask) -> None:
    got = ask(Role.MANAGER, "/scope?item=NO-1")
    assert got.status_code == 404
    assert "What happened" in got.text


def test_what_is_changed_begins_as_it_was(ask: Ask) -> None:
    address = "/scope?parameter=heat&high=5&unit=CEL&equipment=E-1&from=2026-05-01&item=id:R-3"
    (change,) = re.findall(r'href="(/scope/from\?[^"]*)">Change what it starts from', ask(Role.MANAGER, address).text)
    page = ask(Role.MANAGER, unescape(change)).text
    assert opened(page) == ["reading"]
    assert dict(filled(panels(page)["reading"])) == {
        "parameter": "heat", "high": "5", "unit": "CEL", "equipment": "E-1", "from": "2026-05-01", "item": "id:R-3",
    }  # fmt: skip
    assert '<input type="radio" name="outside" value="" checked>' in panels(page)["reading"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(60_000) as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("from-way")
    write_sample(folder / "plant", seed=1, units=400)
    assert run_here(folder / "home", "load", folder / "plant").code in (0, 3)
    with served(folder / "home") as found:
        yield found


@pytest.mark.parametrize("width", [1280, 400])
def test_from_home_to_the_table_by_keyboard(browser: Browser, address: Served, width: int) -> None:
    with silent(browser, address, width) as page:
        page.goto("/")
        _to(page, "Start from a machine, a calibration, readings, a recipe ..")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What went wrong?")).to_be_visible()
        _sound(page)
        _to(page, "A piece of equipment")
        page.keyboard.press("Enter")
        for text in ("EXT-99", "2025-02-05", "2025-03-01"):
            page.keyboard.press("Tab")
            page.keyboard.type(text)
        _sound(page)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("No piece of equipment 'EXT-99' is recorded")
        _sound(page)
        # The field that was wrong has the focus, and the rest stands as it was typed.
        assert page.evaluate("document.activeElement.name") == "equipment"
        page.keyboard.press("Control+A")
        page.keyboard.type("EXT-01")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "equipment EXT-01 from 2025-02-05 (UTC) to 2025-03-01 (UTC)"
        )
        expect(page.locator(".begun")).to_contain_text("Steps 2")
        expect(page.locator(".lines")).to_contain_text("finished units")
        _sound(page)
        units = int(page.locator(".tabs .count").first.inner_text())
        _to(page, "CSV")
        with page.expect_download() as kept:
            page.keyboard.press("Enter")
        rows = Path(kept.value.path()).read_text(encoding="utf-8").splitlines()
        assert len(rows) == units + 1 > 1
        page.get_by_role("link", name="Where it is").click()
        expect(page.get_by_role("heading", name="Where it is now")).to_be_visible()
        expect(page.locator("main")).to_contain_text("equipment EXT-01 from")


def test_it_works_without_script_and_in_chinese(browser: Browser, address: Served) -> None:
    context = browser.new_context(
        viewport={"width": 400, "height": 900}, base_url=address, java_script_enabled=False,
        extra_http_headers=address.headers,
    )  # fmt: skip
    page = context.new_page()
    page.goto("/scope/from?lang=zh")
    page.locator("#reading summary").click()
    page.get_by_label("参数", exact=True).fill("melt temperature")
    page.get_by_label("低于或高于以下数值").check()
    page.get_by_label("低于", exact=True).fill("170")
    page.locator("#reading").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("melt temperature、下限 170")
    context.close()


def _to(page: Page, name: str) -> None:
    """Go on by the tabulator to what bears this name."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").startswith(name):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(name)


def _sound(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    assert not found, [(each["id"], each["nodes"][0]["html"]) for each in found]
