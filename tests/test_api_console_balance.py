"""The mass balance of a scope: the same as the command's, for each unit in which what it starts from is counted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer

import loaders
from api.app import create_app
from genealogy.engine import Engine
from genealogy.starts.asked import Asked

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("balance")
    engine = Engine.open(folder / "home")
    loaders.load(engine, [write(folder / "plant", PLANT)])
    return engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine), LOCAL, headers=bearer(engine.home)) as found:
        found.get("/api/v1/jobs")  # from here on the ledger has the key, and nothing more comes into it
        yield found


def test_it_is_the_balance_of_the_trace(engine: Engine, client: TestClient) -> None:
    told = engine.trace_balance(["RM-1"])
    page = client.get("/scope/balance?item=id:RM-1", headers=HTML).text
    assert told.digest[:32] in page
    assert "There was" in page
    kept = client.get("/scope/balance.json?item=id:RM-1")
    assert kept.json()["digest"] == told.digest
    assert told.digest[:12] in kept.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(client.get("/scope/balance.csv?item=id:RM-1").text)))
    assert [(row["part"], row["quantity"]) for row in rows] == [
        (row["part"], row["quantity"]) for row in told.answer["by_stage"]
    ]
    assert client.get("/scope/balance.xlsx?item=id:RM-1").content.startswith(b"PK")


def test_starts_of_several_units_are_balanced_each_by_itself(engine: Engine, client: TestClient) -> None:
    unit = next(row["id"] for row in engine.scope(["RM-1"]).answer["items"] if row["kind"] == "unit")
    found = engine.trace_balances(["RM-1", unit])
    assert [each.answer["starts"] for each in found] == [[unit], ["RM-1"]]
    page = client.get(f"/scope/balance?item=id:RM-1&item=id:{unit}", headers=HTML).text
    assert all(each.digest[:32] in page for each in found)
    assert "each is balanced by itself" in page
    kept = client.get(f"/scope/balance.json?item=id:RM-1&item=id:{unit}").json()["balances"]
    assert [each["digest"] for each in kept] == [each.digest for each in found]


def test_what_a_step_made_is_balanced_where_the_scope_starts_from_the_step(engine: Engine, client: TestClient) -> None:
    also = engine.starts(Asked(steps=("MIX",)))
    found = engine.trace_balances([], also=also)
    made = sorted(item for each in found for item in each.answer["starts"])
    assert made == sorted(row["id"] for row in engine.scope([], also=also).answer["items"] if row["depth"] == 1)
    page = client.get("/scope/balance?step=MIX", headers=HTML).text
    assert all(each.digest[:32] in page for each in found)


def test_nothing_to_start_from_is_said(client: TestClient) -> None:
    got = client.get("/scope/balance", headers=HTML)
    assert got.status_code == 422
    assert "alert" in got.text


def test_what_selects_nothing_has_a_balance_of_nothing(engine: Engine, client: TestClient) -> None:
    (told,) = engine.trace_balances([], also=engine.starts(Asked(calibration_lapse=True)))
    assert told.answer["starts"] == []
    assert (told.complete, told.answer["by_stage"]) == (True, [])
    for language, words in (("en", "there is nothing to balance"), ("zh", "无可平衡")):
        page = client.get(f"/scope/balance?calibration_lapse=true&lang={language}", headers=HTML)
        assert (page.status_code, words in page.text) == (200, True)
    for form in ("csv", "xlsx", "json"):
        assert client.get(f"/scope/balance.{form}?calibration_lapse=true").status_code == 200
