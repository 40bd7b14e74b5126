"""A report over HTTP: everything that the command can ask for, the same bytes, and what is wrong said with its place."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import V1, made, members
from canaries import plant
from cli import run_here, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from plants import write_plant
from reported import MORE, PLANT

import loaders
from api.access.rules import Role
from api.app import create_app
from api.questions.report_body import LONGEST, MOST_NARROWED
from genealogy.engine import Engine

CASES: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    (
        {"items": ["U-1", "U-2"], "narrow": ["lot", "only-after 2026-05-02", "full"], "changed_since": "1", "where_else": True},
        ("U-1", "U-2", "--narrow", "lot", "--narrow", "only-after 2026-05-02", "--narrow", "full", "--changed-since", "1",
         "--where-else"),
    ),
    (
        {"other": {"parameter": ["+temp"], "outside": True, "equipment": ["=EQ-1"]}},
        ("--parameter", "+temp", "--outside", "--equipment", "=EQ-1"),
    ),
    (
        {"other": {"parameter": ["+temp"], "high": "50", "unit": "CEL", "from": "2026-05-01", "to": "2026-05-03"}},
        ("--parameter", "+temp", "--high", "50", "--unit", "CEL", "--from", "2026-05-01", "--to", "2026-05-03"),
    ),
    (
        {"other": {"supplier": ["SUP"], "material": ["RM"], "operator": ["批 张三"], "step": ["FILL"], "document": ["SOP-1"],
                   "version": "1.0"}, "narrow": ["kill-step fill"], "as_of": "1"},
        ("--supplier", "SUP", "--material", "RM", "--operator", "批 张三", "--step", "FILL", "--document", "SOP-1", "--version",
         "1.0", "--narrow", "kill-step fill", "--as-of", "1"),
    ),
    (  # what is counted in kilograms beside what is counted in pieces
        {"items": ["RM-1", "U-3"], "other": {"equipment": ["EQ-2"]}, "narrow": ["only-equipment EQ-2"], "changed_since": "0"},
        ("RM-1", "U-3", "--equipment", "EQ-2", "--narrow", "only-equipment EQ-2", "--changed-since", "0"),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, bytes]]]:
    """A home, and the reports of the cases as the command writes them."""
    folder = tmp_path_factory.mktemp("reports")
    for number, tables in enumerate((PLANT, MORE)):
        there = write(folder / str(number), tables)
        assert run_here(folder / "home", "load", there, "--zone", "Europe/Berlin").code == 0
    found = []
    for number, (_, words) in enumerate(CASES):
        out = folder / f"out{number}"
        done = run_here(folder / "home", "report", *words, "--out", out)
        assert done.code == 0, done.err
        found.append({p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()})
    return folder / "home", found


@pytest.fixture(scope="module")
def client(written: tuple[Path, object]) -> Iterator[TestClient]:
    home, _ = written
    with TestClient(create_app(Engine.open(home)), LOCAL, headers=bearer(home)) as found:
        yield found


@pytest.mark.parametrize("number", range(len(CASES)))
def test_it_is_the_report_of_the_command_line_to_the_byte(
    client: TestClient, written: tuple[object, list[dict[str, bytes]]], number: int
) -> None:
    body, _ = CASES[number]
    # As of the entry that the command met: the key of the client was recorded since.
    more = {"as_of": "2", **{name: each for name, each in body.items() if name != "items"}}
    archive, job = made(client, *body.get("items", ()), **more)
    files, own = members(archive), written[1][number]
    assert hashlib.sha256(files["report.json"]).hexdigest() == hashlib.sha256(own["report.json"]).hexdigest()
    assert files == own
    told = {each["file"]: each["sha256"] for each in job["result"]["files"]}  # type: ignore[index]
    assert told["report.json"] == hashlib.sha256(own["report.json"]).hexdigest()


@pytest.mark.parametrize(
    ("body", "pointers", "named"),
    [
        ({}, ["#/items", "#/other"], "Say from what: items"),
        ({"items": [], "other": {}}, ["#/items", "#/other"], "Say from what: items"),
        ({"items": ["RM-1"], "narrow": ["lot", "nonsense"]}, ["#/narrow/1"], "nonsense"),
        ({"items": ["RM-1"], "narrow": ["only-parameter +temp"]}, ["#/narrow/0"], "`outside`"),
        ({"items": ["RM-1"], "narrow": [""]}, ["#/narrow/0"], "at least 1 character"),
        ({"items": ["RM-1"], "narrow": ["x" * (LONGEST + 1)]}, ["#/narrow/0"], f"at most {LONGEST}"),
        ({"items": ["RM-1"], "narrow": ["lot"] * (MOST_NARROWED + 1)}, ["#/narrow"], f"at most {MOST_NARROWED}"),
        ({"items": ["RM-1"], "changed_since": "then"}, ["#/changed_since"], "`changed_since` 'then'"),
        ({"items": ["RM-1"], "changed_since": "9999"}, ["#/changed_since"], "`GET /api/v1/entries`"),
        ({"items": ["RM-1"], "as_of": "1", "changed_since": "2"}, ["#/changed_since"], "`changed_since`"),
        ({"other": {"step": ["MIX"]}, "where_else": True}, ["#/where_else"], "`where_else"),
        ({"other": {"parameter": ["+temp"]}}, ["#/items", "#/other"], "`outside"),
        ({"items": ["RM-1"], "other": {"low": "1"}}, ["#/other"], "`parameter`"),
        ({"items": ["RM-1"], "other": {"from": "2026-05-01"}}, ["#/other"], "`from`"),
        ({"other": {"equipment": ["a"], "machine": ["b"]}}, ["#/other/machine"], "Extra inputs"),
        ({"other": {"equipment": "EQ-2"}}, ["#/other/equipment"], "valid list"),
        ({"other": {"step": ["a"] * 101}}, ["#/other/step"], "at most 100"),
        (
            {"other": {"parameter": list("abcde"), "step": list("abcdefghijk"), "equipment": list("abcdefghijklmnopqrs")}},
            ["#/other"], "1,045 starts together",
        ),
        ({"items": ["RM-1"], "narrowed": ["lot"]}, ["#/narrowed"], "Extra inputs"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_once_and_where(
    client: TestClient, body: dict[str, Any], pointers: list[str], named: str
) -> None:
    got = client.post(f"{V1}/reports", json=body)
    assert got.status_code == 422, got.text
    problem = got.json()
    assert [each["pointer"] for each in problem["errors"]] == pointers
    assert named in problem["detail"]


def test_what_is_named_nowhere_is_not_found(client: TestClient) -> None:
    for body in ({"other": {"equipment": ["EQ-9"]}}, {"items": ["RM-1"], "narrow": ["only-equipment EQ-9"]}):
        got = client.post(f"{V1}/reports", json=body)
        assert (got.status_code, "EQ-9" in got.json()["detail"]) == (404, True)


def test_a_key_answers_once_for_each_body(client: TestClient) -> None:
    body = {"other": {"step": ["FILL"]}, "narrow": ["lot"]}
    first, again = (client.post(f"{V1}/reports", json=body, headers={"idempotency-key": "report-1"}) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    got = client.post(f"{V1}/reports", json={**body, "narrow": []}, headers={"idempotency-key": "report-1"})
    assert got.status_code == 422


ALERT = re.compile(r'role="alert">(.*?)</p>', re.DOTALL)
NAMED_AFTER = {
    "equipment": [{"equipment_id": "E-9", "name": "Mill of Kanari Polymers GmbH", "kind": "mill", "site": ""}],
    "steps": [{"step_id": "ST-9", "operation": "grinding for KANARI-SUP", "order_id": "O-1"}],
    "documents": [{"document_id": "SOP-9", "version": "1", "title": "Grinding as KANARI-SUP says", "kind": "sop"}],
    "production": [{"step_id": "ST-9", "item_id": "F-2", "quantity": "1", "unit": "H87"}],
}
"""A supplier's name within names of other things."""


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, TestClient]]:
    """One who sees no supplier and no operator, and one who does."""
    folder = tmp_path_factory.mktemp("guesses")
    engine = plant(folder)
    loaders.load(engine, [write_plant(folder / "third", NAMED_AFTER)])
    app = create_app(engine)
    with TestClient(app):
        keys = (bearer(engine.home, role, name=f"key-{role}") for role in (Role.VIEWER, Role.COORDINATOR))
        less, more = (TestClient(app, LOCAL, headers=key) for key in keys)
        yield less, more


GUESSES: list[tuple[dict[str, Any], str, str]] = [
    ({"items": ["{}"]}, "KNR/2291", "KNR/0000"),
    ({"items": ["id:U-0", "supplier-lot:{}"]}, "KANARI-SUP/KNR/2291", "KANARI-BAD/KNR/2291"),
    ({"other": {"supplier": ["{}"]}}, "KANARI-SUP", "KANARI-BAD"),
    ({"other": {"supplier": ["{}"], "material": ["RAW"]}}, "Kanari Polymers GmbH", "Nobody"),
    ({"other": {"place": ["{}"]}}, "KANARI-SUP-DOCK", "KANARI-BAD-DOCK"),
    ({"other": {"operator": ["{}"]}}, "Olga Kanari-Operator", "Olga Nobody"),
    ({"other": {"equipment": ["{}"]}}, "Mill of Kanari Polymers GmbH", "Mill of Nobody GmbH"),
    ({"other": {"equipment": ["{}"]}}, "Kanari Polymers", "Nobody at all"),
    ({"other": {"document": ["{}"]}}, "Grinding as KANARI-SUP says", "Grinding as NOBODY-SUP says"),
    ({"items": ["id:U-0"], "narrow": ["only-equipment '{}'"]}, "Mill of Kanari Polymers GmbH", "Mill of Nobody GmbH"),
    ({"items": ["id:U-0"], "narrow": ["kill-step '{}'"]}, "grinding for KANARI-SUP", "grinding for NOBODY-SUP"),
    ({"items": ["id:U-0"], "narrow": ["{}"]}, "KANARI-SUP", "KANARI-BAD"),
]


def put(template: Any, text: str) -> Any:
    if isinstance(template, dict):
        return {name: put(each, text) for name, each in template.items()}
    if isinstance(template, list):
        return [put(each, text) for each in template]
    return template.replace("{}", text)


@pytest.mark.parametrize(("body", "right", "wrong"), GUESSES)
def test_a_right_guess_is_answered_as_a_wrong_one(
    viewer: tuple[TestClient, TestClient], body: dict[str, Any], right: str, wrong: str
) -> None:
    def asked(text: str) -> tuple[int, str]:
        got = viewer[0].post(f"{V1}/reports", json=put(body, text))
        return got.status_code, got.text.replace(text, "GUESS")

    assert asked(right) == asked(wrong)
    assert asked(right)[0] in (403, 404, 422)
    assert not any(word in asked(wrong)[1] for word in ("KANARI-SUP", "Kanari Polymers"))


def test_who_may_read_the_names_asks_by_them(viewer: tuple[TestClient, TestClient]) -> None:
    for body, right, _ in [*GUESSES[2:7], *GUESSES[8:11]]:
        assert viewer[1].post(f"{V1}/reports", json=put(body, right)).status_code == 202, body
    # By its id, who may not read the name too.
    assert viewer[0].post(f"{V1}/reports", json={"other": {"equipment": ["E-1"]}}).status_code == 202


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/scope?item=id:U-0&narrow=kill-step+{}", "/api/v1/compare?item=id:U-0&boundary=kill-step+{}",
        "/api/v1/scope?equipment={}", "/api/v1/scope?document={}", "/compare?item=id:U-0&boundary=kill-step+{}",
    ],
)  # fmt: skip
def test_names_that_hold_a_suppliers_are_not_listed_elsewhere(viewer: tuple[TestClient, TestClient], path: str) -> None:
    for word in ("nothing", "'grinding for KANARI-SUP'", "Mill of Kanari Polymers GmbH", "Grinding as KANARI-SUP says"):
        got = viewer[0].get(path.format(word.replace(" ", "+")), headers={"accept": "text/html"})
        assert got.status_code in (404, 422)
        problem = got.json()["detail"] if path.startswith(V1) else ALERT.findall(got.text)[0]
        assert "KANARI-SUP" not in html.unescape(problem).replace(word, "").replace(word.strip("'"), ""), word
