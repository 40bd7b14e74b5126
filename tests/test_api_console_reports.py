"""The report from the page of a scope: its form, what it hands on, and what it says where a field is wrong."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import made, members
from axe_playwright_python.sync_playwright import Axe
from browsing import silent
from cli import run_here, write
from console_server import Served, served
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from playwright.sync_api import Browser, expect
from reported import MORE, PLANT

from api.app import create_app
from api.questions.report_body import LONGEST, MOST_NARROWED
from genealogy.engine import Engine

ALERT = re.compile(r'role="alert">(.*?)</p>', re.DOTALL)
SUMMARY = {"en": "More in the report", "zh": "报告中的更多内容"}


def loaded(folder: Path) -> Path:
    for number, tables in enumerate((PLANT, MORE)):
        there = write(folder / str(number), tables)
        assert run_here(folder / "home", "load", there, "--zone", "Europe/Berlin").code == 0
    return folder / "home"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(loaded(tmp_path_factory.mktemp("browsed"))) as found:
        yield found


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = loaded(tmp_path_factory.mktemp("console-reports"))
    with TestClient(create_app(Engine.open(home)), LOCAL, headers=bearer(home)) as found:
        yield found


def fetched(client: TestClient, form: dict[str, object]) -> tuple[str, dict[str, object]]:
    """The page of a report that a form asks for, and its content."""
    page = client.post("/scope/report", data=form)  # a redirection is followed
    while "/api/v1/reports/" not in page.text:
        assert page.status_code == 200, page.text
        assert 'role="alert"' not in page.text, page.text
        page = client.get(page.url)
    (archive,) = re.findall(r'href="(/api/v1/reports/[0-9a-f]+)"', page.text)
    return page.text, json.loads(members(client.get(archive))["report.json"])


def test_the_form_asks_for_what_the_interface_is_asked_for(client: TestClient) -> None:
    form = {
        "item": ["U-1", "U-2"], "as_of": "2", "narrow": "lot\r\n\r\n  only-after 2026-05-02 \r\n", "changed_since": " 1 ",
        "where_else": "true", "form": "",
    }  # fmt: skip
    _, content = fetched(client, form)
    archive, _ = made(
        client, "U-1", "U-2", narrow=["lot", "only-after 2026-05-02"], changed_since="1", where_else=True, as_of="2"
    )
    assert content == json.loads(members(archive)["report.json"])
    assert [row[0] for row in content["tables"]["boundaries"]["rows"]] == ["full", "lot", "only-after 2026-05-02"]  # type: ignore[index]


def test_other_starts_of_a_page_are_handed_on(client: TestClient) -> None:
    form = {
        "parameter": "+temp",
        "outside": "true",
        "equipment": ["=EQ-1"],
        "from": "2026-05-01",
        "to": "",
        "as_of": "2",
    }
    page, content = fetched(client, form)
    archive, _ = made(
        client, other={"parameter": ["+temp"], "outside": True, "equipment": ["=EQ-1"], "from": "2026-05-01"}, as_of="2"
    )
    assert content == json.loads(members(archive)["report.json"])
    (again,) = (html.unescape(each) for each in re.findall(r'href="(/scope\?[^"]*)"', page))
    assert again == "/scope?as_of=2&equipment=%3DEQ-1&parameter=%2Btemp&outside=true&from=2026-05-01"


@pytest.mark.parametrize(
    ("form", "status", "said", "chinese"),
    [
        ({}, 422, "Nothing is named to start from", "没有指明起点"),
        ({"item": "U-1", "narrow": "lot\nnonsense"}, 422, "The boundary 'nonsense' cannot be read", "无法理解"),
        ({"item": "U-1", "narrow": "only-parameter +temp"}, 422, "goes together with outside", "须与 outside"),
        ({"item": "U-1", "narrow": "only-equipment EQ-9"}, 404, "'EQ-9' is recorded as of entry", "没有名为 'EQ-9'"),
        ({"item": "U-1", "narrow": "lot\n" * (MOST_NARROWED + 1)}, 422, f"at most {MOST_NARROWED}", "请去掉一些"),
        ({"item": "U-1", "narrow": "x" * (LONGEST + 1)}, 422, "“Narrowed scopes”", "请缩短"),
        ({"item": "U-1", "changed_since": "then"}, 422, "“What changed since” 'then'", "既不是记录号也不是时间"),
        ({"item": "U-1", "as_of": "1", "changed_since": "2"}, 422, "names the earlier moment", "须为较早的时刻"),
        ({"step": "MIX", "where_else": "true"}, 422, "“These items are complaints”", "需要被投诉的对象"),
        ({"equipment": "EQ-2", "low": ["1", "2"], "parameter": "+temp"}, 422, "low:", "low:"),
    ],
)  # fmt: skip
def test_what_is_wrong_comes_back_in_words_of_the_page(
    client: TestClient, form: dict[str, object], status: int, said: str, chinese: str
) -> None:
    for language, words in (("en", said), ("zh", chinese)):
        got = client.post("/scope/report", data=form, headers={"cookie": f"language={language}", "accept": "text/html"})
        assert got.status_code == status, got.text
        (alert,) = map(html.unescape, ALERT.findall(got.text))
        assert words in alert
        assert "--" not in alert
        assert "`" not in alert


def test_the_form_stands_there_as_it_was_filled_in(client: TestClient) -> None:
    form = {
        "item": ["U-1", "U-2"], "as_of": "2", "narrow": "lot\r\n<b>", "changed_since": "2026-05-02", "where_else": "true",
        "equipment": "EQ-2", "from": "2026-05-01",
    }  # fmt: skip
    got = client.post("/scope/report", data=form, headers={"accept": "text/html"})
    assert got.status_code == 422
    for name, value in (
        ("item", "U-1"), ("item", "U-2"), ("as_of", "2"), ("equipment", "EQ-2"), ("from", "2026-05-01"),
    ):  # fmt: skip
        assert f'<input type="hidden" name="{name}" value="{value}">' in got.text
    assert ">lot\n&lt;b&gt;</textarea>" in got.text
    assert 'name="changed_since" value="2026-05-02"' in got.text
    assert 'name="where_else" value="true" checked' in got.text
    assert "<details open>" in got.text
    # In the other language there is the scope: what was sent has no address.
    there = "/scope?item=U-1&amp;item=U-2&amp;as_of=2&amp;equipment=EQ-2&amp;from=2026-05-01&amp;lang=zh"
    assert f'href="{there}"' in got.text
    assert client.get(html.unescape(there)).status_code == 200
    client.cookies.clear()
    twice = client.post("/scope/report", data={**form, "narrow": "", "as_of": ["1", "2"]})
    assert (twice.status_code, "as_of takes one value" in twice.text) == (422, True)
    # Mended there and sent again, it makes the report.
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', got.text)
    again: dict[str, object] = {}
    for name, value in hidden:
        again.setdefault(html.unescape(name), []).append(html.unescape(value))  # type: ignore[attr-defined]
    _, content = fetched(client, {**again, "narrow": "lot"})
    archive, _ = made(
        client, "U-1", "U-2", narrow=["lot"], as_of="2", other={"equipment": ["EQ-2"], "from": "2026-05-01"}
    )
    assert content == json.loads(members(archive)["report.json"])


def test_what_is_wrong_only_once_it_is_worked_out_is_said_in_the_language_too(tmp_path: Path) -> None:
    lines = "step_id,item_id,quantity,unit,line_no\nMIX,RM-1,60,kg,1\nFILL,RM-1,10,kg,2\n"
    there = write(tmp_path / "plant", {**PLANT, "consumption": lines})
    assert run_here(tmp_path / "home", "load", there, "--zone", "Europe/Berlin").code == 0
    with TestClient(create_app(Engine.open(tmp_path / "home")), LOCAL, headers=bearer(tmp_path / "home")) as client:
        for language, words in (("en", "under line number"), ("zh", "没有以行号")):
            cookie = {"cookie": f"language={language}"}
            begun = client.post("/scope/report", data={"item": "RM-1", "narrow": "only-line-no 9"})
            page = client.get(begun.url, headers=cookie)
            while 'http-equiv="refresh"' in page.text:
                page = client.get(page.url, headers=cookie)
            (alert,) = ALERT.findall(page.text)
            assert words in html.unescape(alert)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [400, 1280])
def test_more_is_asked_for_by_keyboard_on_a_narrow_screen_too(
    browser: Browser, address: Served, width: int, language: str
) -> None:
    with silent(browser, address, width) as page:
        page.goto(f"/scope?item=RM-1&lang={language}")
        more = page.locator("form.report details")
        expect(more).not_to_have_attribute("open", re.compile(".*"))
        expect(page.locator("#narrow")).to_be_hidden()
        more.locator("summary").focus()
        expect(more.locator("summary")).to_have_text(SUMMARY[language])
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("only-after 2026-05-02")
        page.keyboard.press("Tab")
        page.keyboard.type("1")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("a.button[href^='/api/v1/reports/']")).to_be_visible(timeout=60_000)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_scripts_it_is_opened_and_asked_for_all_the_same(browser: Browser, address: Served) -> None:
    context = browser.new_context(
        base_url=address,
        extra_http_headers=address.headers,
        java_script_enabled=False,
        viewport={"width": 400, "height": 800},
    )
    page = context.new_page()
    page.goto("/scope?item=U-1&item=U-2")
    page.get_by_text("More in the report").click()
    page.get_by_label("Narrowed scopes beside the full one").fill("lot\nnonsense")
    page.get_by_label("These items are complaints").check()
    page.get_by_role("button", name="Make the recall report").click()
    expect(page.get_by_role("alert")).to_contain_text("The boundary 'nonsense' cannot be read")
    page.go_back()
    page.get_by_text("More in the report").click()
    page.get_by_label("Narrowed scopes beside the full one").fill("lot")
    page.get_by_role("button", name="Make the recall report").click()
    expect(page.locator("a.button[href^='/api/v1/reports/']")).to_be_visible(timeout=60_000)
    context.close()
