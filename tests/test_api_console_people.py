"""The pages of people, keys and one's own password in a real browser: by mouse and keyboard, wide and narrow, without script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import silent
from cli import PLANT, run_here, write
from console_server import Served, served
from people import new_person
from playwright.sync_api import Browser, Page, expect

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("people")
    home = folder / "home"
    assert run_here(home, "load", write(folder / "plant", PLANT)).code == 0
    new_person(home, "ada", PASSWORD, "administrator")
    new_person(home, "vic", PASSWORD, "viewer")
    with served(home, key=False) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: Served) -> Iterator[Page]:
    with silent(browser, address, refusals=("401", "403", "409", "422")) as opened:
        yield opened


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".who")).to_contain_text(name)


def test_an_administrator_adds_somebody_who_signs_in_and_is_stopped(
    page: Page, browser: Browser, address: Served
) -> None:
    sign_in(page, "ada")
    page.get_by_role("navigation", name="Home").get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People and keys")).to_be_visible()
    page.get_by_text("Add a person").click()
    page.get_by_label("Name", exact=True).fill("jane")
    page.locator("#new-auditor").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("New password of jane")
    first = page.locator(".secret").inner_text()
    page.goto("/people")
    assert first not in page.content()
    context = browser.new_context(base_url=address)
    jane = context.new_page()
    sign_in(jane, "jane", first)
    assert jane.get_by_role("link", name="People", exact=True).count() == 0
    jane.locator(".who a").click()
    jane.get_by_label("Password until now").fill(first)
    jane.get_by_label("New password", exact=True).fill("jane has another one")
    jane.get_by_label("New password, once more").fill("jane has another one!")
    jane.get_by_role("button", name="Change the password").click()
    expect(jane.get_by_role("alert")).to_contain_text("differ")
    jane.get_by_label("Password until now").fill(first)
    jane.get_by_label("New password", exact=True).fill("once this was different")
    jane.get_by_label("New password, once more").fill("once this was different")
    jane.get_by_role("button", name="Change the password").click()
    expect(jane.get_by_role("status")).to_contain_text("The password is changed")
    row = page.locator(".people > li", has_text="jane")
    row.locator("summary", has_text="Change").click()
    row.get_by_label("viewer").check()
    row.get_by_role("button", name="Save the roles").click()
    expect(page.locator(".people > li", has_text="jane").locator(".chip")).to_have_text(["auditor", "viewer"])
    jane.goto("/ledger")
    expect(jane.get_by_role("heading", name="The ledger")).to_be_visible()
    row.locator("summary", has_text="Change").click()
    row.get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("disabled since")
    jane.goto("/ledger")
    expect(jane).to_have_title("Sign in · Genealogy")
    context.close()
    row.locator("summary", has_text="Change").click()
    row.get_by_text("Remove …").click()
    row.get_by_role("button", name="Remove jane").click()
    expect(page.locator(".people > li")).to_have_count(2)


def test_the_last_administrator_is_told_why_not(page: Page) -> None:
    sign_in(page, "ada")
    page.goto("/people")
    row = page.locator(".people > li", has_text="ada")
    row.locator("summary", has_text="Change").click()
    row.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("alert")).to_contain_text("last administrator")
    expect(page.locator(".who")).to_contain_text("ada")


def test_a_key_is_made_shown_once_and_withdrawn_without_script(browser: Browser, address: Served) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "ada")
    page.goto("/people")
    expect(page.locator("body")).to_contain_text("No key was made yet")
    page.get_by_text("Make a key").click()
    page.get_by_label("What it is for").fill("mes")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one role")
    expect(page.get_by_label("What it is for")).to_have_value("mes")
    page.locator("#key-viewer").check()
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".secret").inner_text()
    assert key.startswith("gen_")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("tbody tr")).to_contain_text("withdrawn")
    assert key not in page.content()
    context.close()


def test_by_keyboard_alone(page: Page) -> None:
    sign_in(page, "ada")
    page.goto("/people")

    def tab_to(said: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id") == said:
                return
        raise AssertionError(said)

    tab_to("Add a person")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("kim")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to("Add")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("New password of kim")
    expect(page.locator(".people > li", has_text="kim").locator(".chip")).to_have_text(["viewer"])


def test_who_may_not_sees_nothing_of_it(page: Page) -> None:
    sign_in(page, "vic")
    page.goto("/people")
    expect(page.get_by_role("alert")).to_contain_text("Your roles do not allow this")
    assert "ada" not in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [1280, 400])
def test_the_pages_fit_and_have_no_serious_finding(page: Page, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, "ada")
    for path in ("/people", "/password", "/password?changed=true"):
        for language in ("zh", "en"):
            page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
            for summary in page.locator("main summary").all():
                if summary.is_visible():
                    summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
            assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]
            if where := os.environ.get("GENEALOGY_SCREENSHOTS"):
                page.screenshot(path=str(Path(where) / f"{path[1:7]}-{width}-{language}.png"), full_page=True)
