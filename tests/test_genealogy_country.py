"""A country is one country, in whatever letters its code was written; facts stay as they were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import PLANT, write

import loaders
from genealogy.country import CODES, country_of
from genealogy.engine import Engine
from genealogy.narrow.boundary import Boundary
from viz.summary import summary
from viz.words import Words

PARTIES = PLANT["parties"].replace("CUS-2,Hospital,customer,AT", "CUS-2,Hospital,customer,de")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("country")
    with Engine.open(folder / "home") as found:
        loaders.load(found, [write(folder / "plant", {**PLANT, "parties": PARTIES})])
        yield found


def test_the_table_by_country_groups_them(engine: Engine) -> None:
    answer = engine.countries(["RM-1"]).answer
    customers = {row["country"]: row["consignees"] for row in answer["countries"]}
    assert "de" not in customers
    assert customers["DE"] >= 2


def test_so_do_the_plain_lines_and_the_comparison(engine: Engine) -> None:
    scope = engine.scope(["RM-1"]).answer
    for language in ("en", "zh"):
        line = summary(scope, Words(language))[1]
        assert "DE" in line
        assert "de)" not in line
        assert "de、" not in line
    compared = engine.compare(["RM-1"], [("lot", engine.narrowing(Boundary.of("lot"), 1))], 1).answer
    assert compared["boundaries"][0]["countries"] == ["DE"]


def test_so_does_the_graph(engine: Engine) -> None:
    labels = [node["label"] for node in engine.graph(["RM-1"]).answer["nodes"]]
    assert "de" not in labels


def test_what_is_recorded_stays_as_it_is(engine: Engine) -> None:
    assert {row["country"] for row in engine.scope(["RM-1"]).answer["consignees"]} >= {"DE", "de"}


def test_a_name_stays_as_it_was_written(tmp_path: Path) -> None:
    parties = PARTIES.replace("customer,de", "customer,Deutschland")
    with Engine.open(tmp_path / "home") as engine:
        loaders.load(engine, [write(tmp_path / "plant", {**PLANT, "parties": parties})])
        assert "Deutschland" in {row["country"] for row in engine.countries(["RM-1"]).answer["countries"]}


def test_letters_that_become_two_when_they_are_large_are_no_code() -> None:
    assert [country_of(text) for text in ("\u00df", "\ufb01", "fi", " dk ")] == ["\u00df", "\ufb01", "FI", "DK"]


def test_the_codes_are_those_of_the_standard() -> None:
    assert len(CODES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in CODES)
