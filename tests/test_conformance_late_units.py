"""Files, rows and loads in any order: an alias of a unit may come before the rows that use it, with them, or long after."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Home, MakeHome
from oracle import ZONE, Load, Oracle
from plants import complete, plant_key, write_plant
from test_conformance_crash import Campaign, digests, undisturbed
from test_conformance_metamorphic import changed, in_order, parted, told_once

from loaders import load

if TYPE_CHECKING:
    from genealogy.engine import Engine

SEEDS = [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 60))]
CODES = {"Eimer": "kg", "Sack 25": "kg", "é": "g"}
AT = "2026-05-01T08:00:00Z"
KILLS = {"ladybug": 4, "neo4j": 2}


def with_own_units(seed: int) -> tuple[Load, Load]:
    """A plant some of whose rows use units of its own, and the aliases that explain them."""
    rng = random.Random(seed)
    plant = told_once(seed + 300, "")
    # Rows of one key have one unit: no key shall occur with two contents.
    units: defaultdict[tuple[str, ...], str] = defaultdict(lambda: rng.choice(["", *CODES]))
    told = {
        table: [
            {**row, "unit": units[plant_key(table, row)] or row["unit"]} if row.get("unit") else row for row in rows
        ]
        for table, rows in plant.items()
    }
    rows = [{"system": "erp", "kind": "unit_of_measure", "code": code, "means": means} for code, means in CODES.items()]
    return told, {"aliases": rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_loads_and_their_unit_aliases_changes_nothing(make_home: MakeHome, seed: int) -> None:
    plant, aliases = with_own_units(seed)
    whole = {**plant, "aliases": [*plant.get("aliases", []), *aliases["aliases"]]}
    rng = random.Random(seed)
    items = rng.sample(sorted(Oracle([whole]).known().items), 4)
    content, said = in_order(make_home, [complete(whole)], items, None)
    for loads in ([plant, aliases], [aliases, plant], parted(rng, whole)):
        digest, otherwise = in_order(make_home, [complete(part) for part in loads], items, rng)
        assert not changed(otherwise, said)
        assert digest == content


def test_a_suspected_link_becomes_a_link_when_its_alias_comes(home: Home) -> None:
    engine = home.open()
    home.load(engine, complete({
        "lots": [{"item_id": item, "material_id": "M", "lot_number": item} for item in ("RM", "FG")],
        "production": [{"step_id": "S", "item_id": "FG", "quantity": "5", "unit": "kg", "at": AT}],
        "consumption": [{"step_id": "S", "item_id": "RM", "quantity": "2", "unit": "Eimer", "at": AT}],
    }))  # fmt: skip
    before = engine.scope(["RM"]).answer
    assert (before["items"], before["gaps"]["suspected"]["count"]) == ([], 1)
    report = home.load(engine, with_own_units(0)[1])
    assert [told["accepted"] for told in report["judged_again"]] == [1]
    after = engine.scope(["RM"]).answer
    assert [row["id"] for row in after["items"]] == ["FG"]
    assert (after["gaps"]["suspected"]["count"], after["gaps"]["quarantined"]["count"]) == (0, 0)
    (step,) = [fact for fact in facts_of(engine.why("FG", ["RM"]).answer) if fact["table"] == "consumption"]
    assert (Path(step["file"]).name, step["entry"], step["row"]) == ("consumption.csv", 2, 2)
    assert engine.scope(["RM"], 1).answer == before, "as it stood then"
    assert engine.verify().problem is None
    digest = engine.history_digest()
    engine.rebuild()
    assert engine.history_digest() == digest


def facts_of(said: Any) -> list[dict[str, Any]]:
    """All facts that an answer cites."""
    if isinstance(said, list):
        return [fact for each in said for fact in facts_of(each)]
    if not isinstance(said, dict):
        return []
    return ([said] if {"table", "file", "row"} <= said.keys() else []) + facts_of(list(said.values()))


def test_killed_while_rows_are_judged_again(make_home: MakeHome, store: str, tmp_path: Path) -> None:
    folders = []
    for number in range(2):
        plant, aliases = with_own_units(number + 10)
        mark = [{"item_id": f"mark {number}", "material_id": "M", "lot_number": "1"}]
        codes = [{**row, "code": row["code"] + str(number)} for row in aliases["aliases"]]
        plant = {
            table: [{**row, "unit": row["unit"] + str(number)} if row.get("unit") in CODES else row for row in rows]
            for table, rows in plant.items()
        }
        for part in (plant, {"aliases": codes, "lots": mark}):
            folders.append(write_plant(tmp_path / f"load-{len(folders)}", complete(part)))
    truth = undisturbed(make_home(), folders)
    rng, made = random.Random(3), 0
    while made < KILLS[store]:
        home = make_home()
        campaign = Campaign(home, truth, rng)
        campaign.run(KILLS[store] - made)
        made += max(campaign.kills, 1)
        engine = home.open()
        for folder in folders[engine.head :]:
            load(engine, [folder], zone=ZONE)
        assert digests(engine) == truth.digests[-1]
        home.close()


def test_an_answer_of_the_time_between_is_the_same_on_a_home_that_saw_more(make_home: MakeHome) -> None:
    plant, aliases = with_own_units(7)
    home = make_home()
    engine: Engine = home.open()
    home.load(engine, plant)
    items = sorted(Oracle([plant]).known().items)[:4]
    before = [engine.scope([item]).digest for item in items]
    home.load(engine, aliases)
    assert [engine.scope([item], 1).digest for item in items] == before
