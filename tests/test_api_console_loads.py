"""The pages of loads in a real browser: by mouse, by keyboard, without script; narrow and wide, in two languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli import PLANT, write
from console_server import Served, served
from playwright.sync_api import Browser, Page, expect

HANDLERS = ("onerror", "onload", "onfocus autofocus", "onmouseover", "onanimationstart", "onclick", "ontoggle open")
TAGS = ("img", "svg", "details", "input", "video", "body")
PAYLOADS = [
    *(f"<{tag} src=x {handler}=window.hit=1>" for tag in TAGS for handler in HANDLERS),
    "<script>window.hit=1</script>", "</td><script>window.hit=1</script>", "\"><script>window.hit=1</script>",
    "'><script>window.hit=1</script>", "</textarea><script>window.hit=1</script>", "</title><script>window.hit=1</script>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>", "<a href='javascript:window.hit=1'>x</a>",
    "javascript:window.hit=1", "\" autofocus onfocus=window.hit=1 x=\"", "' autofocus onfocus=window.hit=1 x='",
    "{{7*7}}", "{% for x in y %}", "${window.hit=1}", "<base href=//127.0.0.1:1/>", "<meta http-equiv=refresh content=0>",
    "<form action=//127.0.0.1:1/><button>x</button></form>", "<object data='data:text/html,<script>parent.hit=1</script>'>",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("loads-pages") / "home"
    home.mkdir(mode=0o700)
    with served(home) as found:
        yield found


def opened(browser: Browser, address: Served, *, script: bool = True) -> Iterator[Page]:
    """A page that must stay silent: no error, no request to anywhere else, nothing that the policy had to stop."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, base_url=address, extra_http_headers=address.headers,
        java_script_enabled=script,
    )  # fmt: skip
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
    yield page
    if script:
        assert page.evaluate("window.hit") is None
    context.close()
    assert [said for said in wrong if "422" not in said and "404" not in said] == []


@pytest.fixture
def page(browser: Browser, address: Served) -> Iterator[Page]:
    yield from opened(browser, address)


@pytest.fixture
def plain(browser: Browser, address: Served) -> Iterator[Page]:
    """The same without script."""
    yield from opened(browser, address, script=False)


def lots(*rows: str) -> str:
    return "item_id,material_id,lot_number,quantity,unit\n" + "".join(f"{row}\n" for row in rows)


def counts(page: Page) -> list[list[str]]:
    """The cells of the report, file by file."""
    rows = page.locator("#counts + div tbody tr")
    return [rows.nth(n).locator("td").all_inner_texts() for n in range(rows.count())]


def test_files_are_checked_loaded_and_corrected_in_place(page: Page, tmp_path: Path) -> None:
    folder = write(tmp_path / "plant", {**PLANT, "lots": lots("RM-1,RM,N1,many,kg", "IM,IM,N4,80,kg")})
    page.goto("/loads")
    page.set_input_files("#files", sorted(folder.iterdir()))
    expect(page.locator("#chosen-files")).to_contain_text("lots.csv")
    page.get_by_role("button", name="Check the files").click()
    expect(page.locator("h1")).to_contain_text("checking files: done", timeout=20_000)
    assert ["lots.csv", "2", "1", "0", "1"] in counts(page)
    expect(page.locator("#rejected + div")).to_contain_text("not_a_number")
    page.get_by_role("button", name="Load these files").click()
    expect(page.locator("h1")).to_contain_text("loading files: done", timeout=20_000)
    expect(page.get_by_role("status")).to_contain_text("Loaded as entry")
    page.get_by_role("link", name="Correct them").click()
    field = page.get_by_label("quantity", exact=True)
    expect(field).to_have_value("many")
    expect(page.locator(".why")).to_contain_text("not_a_number")
    page.get_by_role("button", name="Load the corrections").click()
    expect(page.get_by_role("alert")).to_contain_text("No cell was changed")
    page.go_back()
    field.fill("100")
    page.get_by_role("button", name="Check the corrections").click()
    expect(page.locator("h1")).to_contain_text("done", timeout=20_000)
    page.get_by_role("button", name="Load these files").click()
    expect(page.get_by_role("status")).to_contain_text("Loaded as entry", timeout=20_000)
    page.goto("/quarantine")
    expect(page.locator("main")).to_contain_text("No row waits for a correction.")
    page.goto("/loads")
    load = page.locator(".load").filter(has=page.get_by_text("lots.csv", exact=True)).first
    if load.get_attribute("open") is None:
        load.locator("summary").click()
    with page.expect_download() as kept:
        load.get_by_role("link", name="lots.csv", exact=True).first.click()
    assert Path(kept.value.path()).read_text() == (folder / "lots.csv").read_text()


def test_without_script_and_by_keyboard_alone(plain: Page, tmp_path: Path) -> None:
    folder = write(tmp_path / "plant", {"lots": lots("K-1,RM,NK,5,kg")})
    plain.goto("/loads")
    plain.set_input_files("#files", folder / "lots.csv")
    plain.locator("#files").focus()
    for _ in range(10):
        plain.keyboard.press("Tab")
        if plain.locator("button:focus").count() and "Check" in plain.locator("button:focus").inner_text():
            break
    plain.keyboard.press("Enter")
    plain.wait_for_url("**/loads/jobs/*")
    for _ in range(20):
        if plain.locator("#load").count():
            break
        plain.get_by_role("link", name="Look again").click()
    plain.locator("#load").focus()
    plain.keyboard.press("Enter")
    plain.wait_for_url("**/loads/jobs/*")
    expect(plain.get_by_role("status").first).to_contain_text("Loaded as entry", timeout=20_000)


def test_files_are_dropped(page: Page) -> None:
    page.goto("/loads")
    made = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['item_id'], 'lots.csv')); return data; }"
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": made})
    expect(page.locator("#chosen-files")).to_contain_text("lots.csv")


def test_a_long_load_is_watched_and_called_off(page: Page, tmp_path: Path) -> None:
    (tmp_path / "lots.csv").write_text(lots(*(f"B-{n},RM,NB{n},1,kg" for n in range(250_000))))
    page.goto("/loads")
    page.set_input_files("#files", tmp_path / "lots.csv")
    page.get_by_role("button", name="Check the files").click()
    page.wait_for_url("**/loads/jobs/*")
    if page.get_by_role("button", name="Call it off").count():
        page.get_by_role("button", name="Call it off").click()
    # A quick machine may have been done before it could be called off.
    expect(page.locator("h1 #state")).to_have_text(re.compile("called off|done"), timeout=30_000)


def test_sixty_payloads_reach_the_pages_and_none_runs(page: Page, address: Served, tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 60
    quoted = ['"' + payload.replace('"', '""') + '"' for payload in PAYLOADS]
    rows = lots(*(f"{cell},{cell},{cell},{cell},{cell}" for cell in quoted))
    headers = 'item_id,material_id,lot_number,quantity,"<img src=x onerror=window.hit=1>"\n' + "a,b,c,many,d\n"
    with httpx.Client(base_url=address, headers=address.headers, timeout=60) as client:
        files = [
            ("files", ("lots.csv", rows.encode())),
            ("files", ("lots-<svg onload=window.hit=1>.csv", headers.encode())),
            ("files", ("<img src=x onerror=window.hit=1>.txt", b"x")),
        ]
        job = client.post("/api/v1/loads", files=files, data={"dry_run": "true"}).json()
        client.get(job["events"])
        page.goto(f"/loads/jobs/{job['id']}")
        expect(page.locator("h1")).to_contain_text("done")
        expect(page.locator("main")).to_contain_text("<svg onload=window.hit=1>")
        assert page.evaluate("window.hit") is None
        upload = client.get(f"/api/v1/jobs/{job['id']}").json()["result"]["upload"]
        client.get(client.post(f"/api/v1/loads/waiting/{upload}").json()["events"])
        assert client.get("/api/v1/quarantine").json()["total"] >= len(PAYLOADS)
    for number in range(1, 5):
        page.goto(f"/quarantine?page={number}")
        shown = page.locator("fieldset input").first
        shown.focus()
        assert page.evaluate("window.hit") is None
    page.goto("/loads")
    assert page.evaluate("window.hit") is None
    page.goto("/quarantine")
    values = page.locator("fieldset input[name$=':lot_number']").evaluate_all("found => found.map((one) => one.value)")
    assert set(values) <= {*PAYLOADS, "c"}


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("path", ["/loads", "/quarantine"])
def test_pages_are_usable_by_everybody(page: Page, width: int, path: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 900})
    for language in ("en", "zh"):
        page.goto(f"{path}?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]
    page.goto(f"{path}?lang=en")
