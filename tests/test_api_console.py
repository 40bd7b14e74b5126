"""The console in a real browser: the ways of a coordinator and of an auditor, narrow and wide, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import run
from console_server import Served, served
from plants import write_plant
from playwright.sync_api import Browser, Page, expect

from loaders.sample import write_sample

PAYLOADS = (
    "<script>window.hit=1</script>", "\"><img src=x onerror=window.hit=1>", "'><svg onload=window.hit=1>",
    "javascript:window.hit=1",
    "{{7*7}}{% for x in y %}", "</title><script>window.hit=1</script>", "<iframe srcdoc='<script>parent.hit=1</script>'>",
    "\" autofocus onfocus=window.hit=1 x=\"", "</textarea><script>window.hit=1</script>",
    "<a href='javascript:window.hit=1'>x</a>",
)  # fmt: skip
WIDTHS = (1280, 400)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("console")
    summary = write_sample(folder / "plant", seed=1, units=400)
    assert run(folder / "home", "load", folder / "plant").code in (0, 3)
    assert summary.demo_lot == "RX-2291"
    nasty = [{"material_id": p, "name": p, "stage": "finished", "base_unit": "H87"} for p in PAYLOADS]
    lots = [{"item_id": f"X{i} {p}", "material_id": p, "lot_number": p} for i, p in enumerate(PAYLOADS)]
    parties = [{"party_id": p, "name": p, "role": "customer", "country": "DE"} for p in PAYLOADS]
    shipped = [
        {
            "shipment_id": p,
            "item_id": f"X{i} {p}",
            "line_no": "",
            "consignee_id": p,
            "shipped_at": "2026-05-01T10:00:00Z",
        }
        for i, p in enumerate(PAYLOADS)
    ]
    steps = [{"step_id": p, "operation": p} for p in PAYLOADS]
    links = [{"step_id": p, "item_id": "INJECT"} for p in PAYLOADS]
    made = [{"step_id": p, "item_id": f"X{i} {p}"} for i, p in enumerate(PAYLOADS)]
    plant = {
        "materials": nasty, "lots": lots, "parties": parties, "shipments": shipped, "steps": steps,
        "consumption": links, "production": made,
    }  # fmt: skip
    assert run(folder / "home", "load", write_plant(folder / "nasty", plant)).code == 0
    with served(folder / "home") as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: Served) -> Iterator[Page]:
    """A page that must stay silent: no error, no request to anywhere else, nothing that the policy had to stop."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, base_url=address, extra_http_headers=address.headers
    )
    opened, wrong = context.new_page(), list[str]()
    opened.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
    yield opened
    assert opened.evaluate("window.hit") is None
    context.close()
    # A page that says 404 is what was asked for; the browser notes it as an error of the network.
    assert [said for said in wrong if "404" not in said and "422" not in said] == []


def test_a_coordinator_finds_the_scope_and_keeps_it(page: Page) -> None:
    page.goto("/")
    page.get_by_label("An id, a lot number").last.fill("RX-2291")
    page.keyboard.press("Enter")
    expect(page.locator(".lines p")).to_have_count(3)
    expect(page.locator(".lines")).to_contain_text("finished units")
    told = int(page.locator(".tabs a").first.locator(".count").inner_text().replace(",", ""))
    assert f"{told:,} finished units" in page.locator(".lines").inner_text()
    page.get_by_role("link", name="Customers").click()
    expect(page.locator("tbody tr").first).to_contain_text("proven")
    page.get_by_role("link", name="Unsure").click()
    with page.expect_download() as kept:
        page.get_by_role("link", name="CSV").click()
    assert kept.value.suggested_filename.endswith(".csv")
    page.get_by_role("link", name="Everything").click()
    with page.expect_download() as kept:
        page.get_by_role("link", name="CSV").click()
    rows = Path(kept.value.path()).read_text().splitlines()
    assert len(rows) - 1 == int(page.locator(".tabs [aria-current] .count").inner_text().replace(",", ""))
    page.get_by_role("link", name="Link to this answer").click()
    assert "as_of=" in page.url
    assert "item=" in page.url


def test_an_auditor_takes_a_unit_back_to_file_and_row_and_checks_the_ledger(page: Page) -> None:
    page.goto("/search?q=RX-2291")
    page.locator("tbody a").first.click()
    expect(page.locator("h1")).to_contain_text("U")
    expect(page.get_by_role("heading", name="What may be in it")).to_be_visible()
    expect(page.locator("#backward .count")).not_to_have_text("0")
    expect(page.locator(".record li").first).to_contain_text(".csv, row")
    page.get_by_role("link", name="Ledger", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is as it was recorded.")


def test_an_answer_explains_itself(page: Page) -> None:
    page.goto("/search?q=RX-2291")
    page.locator("tbody tr").first.get_by_role("link", name="Why").click()
    expect(page.locator(".lines")).to_contain_text("is in the scope of")
    page.locator(".path summary").first.click()
    expect(page.locator(".path details[open]")).to_contain_text("step_id")
    page.goto("/search?q=RX-2291")
    page.get_by_role("link", name="Where it is").click()
    expect(page.get_by_role("heading", name="Where it is now")).to_be_visible()
    assert page.locator("tbody tr").count() > 3
    page.get_by_role("link", name="Why not these").click()
    expect(page.locator(".record li").first.locator("details").first).to_contain_text(".csv, row")
    page.locator(".record li a").first.click()
    page.get_by_role("link", name="Behind it").click()
    expect(page.locator(".lines")).to_contain_text("Behind")


def test_the_picture_holds_what_the_table_holds(page: Page) -> None:
    page.goto("/search?q=RX-2291")
    told = page.locator(".tabs a").first.locator(".count").inner_text()
    page.get_by_role("link", name="Graph").click()
    expect(page.locator("#drawing[data-ready]")).to_be_visible()
    units = page.locator("#same + div tbody tr td:nth-child(4)").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in units) == int(told.replace(",", ""))
    page.locator("#drawing").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chosen > h2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#chosen")).to_contain_text("Choose a group")
    page.locator("#filter").get_by_label("customers").uncheck()
    page.get_by_label("Fold by").select_option("lot")
    expect(page.locator("#drawing[data-turned]")).to_be_visible()
    again = page.locator("#same + div tbody tr td:nth-child(4)").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in again) == int(told.replace(",", ""))
    assert len(again) > len(units)


def test_complaints_are_pasted_and_causes_ranked(page: Page) -> None:
    page.goto("/search?q=RX-2291")
    units = page.locator("tbody td:first-child a").all_inner_texts()[:6]
    page.get_by_role("link", name="Where else", exact=True).click()
    page.locator("#complaints").fill("\n".join(units))
    page.get_by_role("button", name="Rank the causes").click()
    expect(page.locator("tbody tr").first).to_contain_text("6 / 6")
    expect(page.locator(".lines")).to_contain_text("Behind 6 of 6 complaints")


def test_a_text_that_names_several_things_is_a_choice_and_nothing_is_guessed(page: Page) -> None:
    page.goto("/search?q=A-7700")
    expect(page.locator("h1")).to_have_text("Which of these?")
    assert page.locator("tbody tr").count() > 1
    page.goto("/search?q=no+such+thing")
    expect(page.get_by_role("alert")).to_contain_text("no such thing")


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.goto("/ledger")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("RX-2291")
    page.keyboard.press("Enter")
    expect(page.locator(".lines p")).to_have_count(3)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Customers"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current]")).to_contain_text("Customers")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=RX-2291",
        "/search?q=A-7700",
        "/items/INJECT",
        "/ledger",
        "/items/none",
        "/docs",
        "/where-else",
        "/scope/places?item=RX-2291",
        "/scope/beside?item=RX-2291",
        "/graph?item=RX-2291",
    ],
)
def test_pages_fit_the_window_and_have_no_serious_finding(page: Page, width: int, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 900})
    for language in ("en", "zh"):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("html").get_attribute("lang") == language
        # axe is put in by the test past the policy that keeps every other script out.
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]


def test_no_script_of_a_record_runs(page: Page) -> None:
    paths = [f"/scope?item=INJECT&tab={tab}" for tab in ("lots", "customers", "unsure", "all")]
    paths += [f"{path}?item=INJECT" for path in ("/scope/places", "/scope/beside", "/graph", "/balance")]
    for path in [*paths, "/items/INJECT"]:
        page.goto(path)
        assert page.evaluate("window.hit") is None
    for number, payload in enumerate(PAYLOADS):
        page.goto("/scope?item=INJECT&tab=lots")
        page.locator("td:first-child a").filter(has_text=f"X{number} ").click()
        expect(page.locator("h1")).to_contain_text(f"X{number} ")
        page.get_by_role("link", name="Behind it").click()
        assert page.evaluate("window.hit") is None
        page.locator("#q").fill(payload)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.evaluate("window.hit") is None


def test_the_policy_lets_nothing_else_in(page: Page) -> None:
    response = page.goto("/")
    assert response is not None
    headers = response.headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
