"""Mass balance: of every lot of the sample plant, of lots, steps and whole traces, with a second computation of each."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from balance_plants import LOADS, Rows, changed
from cli import run_here
from oracle_where import WhereOracle
from plants_where import where_plant

from genealogy.balance import balance, combined
from genealogy.balance.steps import step_balance
from genealogy.engine import Engine
from genealogy.errors import InputError, ItemNotFoundError
from loaders import load as load_files
from loaders.sample import write_sample
from queries import CATALOGUE

if TYPE_CHECKING:
    from conftest import Home


# -- the sample plant, whose truth is known


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder / "plant", seed=1, units=2_000)
    engine = Engine.open(folder / "home")
    load_files(engine, [folder / "plant"])
    return engine, json.loads((folder / "plant" / "truth" / "truth.json").read_text(encoding="utf-8"))


def test_every_lot_of_the_sample_plant_balances_to_the_last_piece(sample: tuple[Engine, dict[str, Any]]) -> None:
    engine, truth = sample
    moment = engine.snapshot.moment(engine.head)
    lots = [str(lot) for lot in moment.codes.strings(moment.item_column("lots", "item_id", moment.all_rows("lots")))]
    rows = engine.where(lots).answer["items"]
    assert len(rows) == truth["rows"]["lots"] > 600
    wrong = {row["id"]: Fraction(row["unaccounted"]) for row in rows if row["unaccounted"] != "0"}
    negative = [row["id"] for row in rows if any(amount.startswith("-") for amount in row["parts"].values())]
    planted = {found["kind"]: found for found in truth["anomalies"]}
    short, over = planted["stock_short"], planted["used_above_receipt"]
    assert negative == []
    assert wrong == {
        short["item_id"]: Fraction(short["expected"]) - Fraction(short["counted"]),
        over["item_id"]: Fraction(over["received"]) - Fraction(over["used"]),
    }


def test_the_planted_differences_are_named_with_their_records(sample: tuple[Engine, dict[str, Any]]) -> None:
    engine, truth = sample
    planted = {found["kind"]: found for found in truth["anomalies"]}
    short = engine.balance(planted["stock_short"]["item_id"]).answer
    assert [finding["kind"] for finding in short["findings"]] == ["missing"]
    counted = next(line for line in short["lines"] if line["part"] == "on_hand_available")
    assert counted["fact"]["cells"]["quantity"] == planted["stock_short"]["counted"]
    assert counted["fact"]["file"].endswith("stock.csv")
    over = engine.balance(planted["used_above_receipt"]["item_id"]).answer
    assert [finding["kind"] for finding in over["findings"]] == ["too_much"]
    assert not over["within_tolerance"]
    assert Fraction(over["recovered_percent"]) > 105
    assert over["second_road"] == "agrees"


def test_the_lines_of_a_balance_add_up_to_its_parts(sample: tuple[Engine, dict[str, Any]]) -> None:
    engine, _ = sample
    moment = engine.snapshot.moment(engine.head)
    lots = [str(lot) for lot in moment.codes.strings(moment.item_column("lots", "item_id", moment.all_rows("lots")))]
    for lot in random.Random(3).sample(sorted(lots), 40):
        answer = engine.balance(lot).answer
        moved = Fraction(answer["parts"]["moved_since_count"])
        for part in ("consumed", "scrapped", "destroyed", "sampled"):
            lines = [Fraction(x["quantity"]) for x in answer["lines"] if x["part"] == part and x["why_not"] is None]
            assert sum(lines, Fraction(0)) == Fraction(answer["parts"][part]), (lot, part)
        assert moved == 0, lot


def test_traces_of_the_sample_plant_add_up(sample: tuple[Engine, dict[str, Any]]) -> None:
    engine, truth = sample
    for chosen in truth["chosen"]:
        answer = engine.trace_balance(chosen["item_ids"]).answer
        total = sum((Fraction(amount) for amount in answer["parts"].values()), Fraction(answer["unaccounted"]))
        assert total == Fraction(answer["in"]), chosen["name"]
        staged = sum((Fraction(row["quantity"]) for row in answer["by_stage"]), Fraction(0))
        assert staged == total
        assert answer["complete"]
    never = engine.trace_balance(next(c for c in truth["chosen"] if c["name"] == "never-used")["item_ids"]).answer
    assert never["parts"]["shipped"] == never["in"]


# -- each case by its name


def test_the_tolerance_is_the_materials_else_none_is_assumed() -> None:
    snapshot = changed(consumption=[{**LOADS["consumption"][0], "quantity": "98.5"}])
    resin = balance(snapshot, Rows(), "R1", 1)
    assert (resin["tolerance_percent"], resin["tolerance_recorded"], resin["within_tolerance"]) == ("2", True, True)
    part = balance(changed(shipments=[{**LOADS["shipments"][0], "quantity": "96.999"}]), Rows(), "F1", 1)
    assert (part["tolerance_percent"], part["tolerance_recorded"], part["within_tolerance"]) == ("0", False, False)
    assert "assumed" in part["summary"][1]


def test_production_that_differs_from_the_record_is_said() -> None:
    lot = balance(changed(production=[{**LOADS["production"][0], "quantity": "96"}]), Rows(), "F1", 1)
    assert (lot["in"], lot["in_from"], lot["recorded"]) == ("96", "production", "97")
    assert {"kind": "production_differs_from_record", "quantity": "-1"} in lot["findings"]


def test_several_receipts_are_one_balance_in_one_unit() -> None:
    lots = [*LOADS["lots"], {**LOADS["lots"][0], "item_id": "R2", "quantity": "50"}]
    snapshot = changed(lots=lots)
    both = combined([balance(snapshot, Rows(), item, 1) for item in ("R1", "R2")])
    assert (both["in"], both["parts"]["consumed"], both["unaccounted"]) == ("150", "100", "50")
    assert [row["item"] for row in both["items"]] == ["R1", "R2"]
    pieces = {"item_id": "X", "material_id": "", "lot_number": "9"}
    with pytest.raises(InputError, match="one unit"):
        combined([balance(snapshot, Rows(), item, 1) | {"unit": unit} for item, unit in (("R1", "KGM"), ("R2", "H87"))])
    assert pieces


def test_an_item_that_no_record_names() -> None:
    nothing = balance(changed(), Rows(), "never heard of", 1)
    assert (nothing["in"], nothing["unaccounted"], nothing["within_tolerance"]) == (None, None, None)
    assert set(nothing["parts"].values()) == {"0"}
    with pytest.raises(ItemNotFoundError):
        step_balance(changed(), Rows(), "no such step", 1)


# -- on the stores


def test_the_graph_knows_the_same_records(home: Home) -> None:
    engine = home.open()
    loads = where_plant("graph 4")
    for number, load in enumerate(loads):
        home.load(engine, load, rng=random.Random(number))
    oracle = WhereOracle(loads)
    lots, units = sorted(oracle.known.lots), sorted(oracle.known.units)
    for item in [*lots, *units]:
        answer = engine.balance(item)
        assert answer.answer["second_road"] == "agrees", answer.answer["differences"]
        assert set(answer.asked["queries"]) >= {"counts_of", "moves_of", "dispositions_of", "shipped_under"}
    assert engine.where([*lots, *units]).answer["second_road"] == "agrees"
    assert engine.trace_balance(lots[:1]).answer["second_road"] == "agrees"
    steps = sorted({str(row["step_id"]) for name in ("consumption", "production") for row in oracle.known.facts[name]})
    for step in steps:
        detail = engine.step_balance(step).answer["detail"]
        for side in ("inputs", "outputs"):
            found = engine.store.read(CATALOGUE[f"step_{side}"], step=step, as_of=engine.head)
            rows = sorted((row["item_id"], row["recorded"] or "", row["recorded_unit"] or "") for row in detail[side])
            columns = (found["item_id"], found["quantity"], found["unit"])
            assert sorted((i, q or "", u or "") for i, q, u in zip(*columns, strict=True)) == rows, step
    assert steps


def test_the_last_count_in_cypher_is_the_one_that_stands(engine: Engine, home: Home) -> None:
    for seed in range(3):
        for number, load in enumerate(where_plant(f"cypher {seed}", f"c{seed}:")):
            home.load(engine, load, rng=random.Random(number))
    moment = engine.snapshot.moment(engine.head)
    rows = moment.all_rows("stock")
    named = moment.codes.strings(moment.column("stock", "item_id")[rows])
    places = moment.words.strings(moment.column("stock", "place_id")[rows])
    ends = moment.column("stock", "counted_at_end")[rows].tolist()
    last: dict[tuple[Any, Any], int] = {}
    for name, place, end in zip(named, places, ends, strict=True):
        last[name, place] = max(end, last.get((name, place), end))
    expected = sorted((n, p, e) for n, p, e in zip(named, places, ends, strict=True) if last[n, p] == e)
    found = engine.store.read(CATALOGUE["latest_counts"], ids=sorted({str(n) for n in named}), as_of=engine.head)
    assert sorted(zip(found["item_id"], found["place_id"], found["finish"], strict=True)) == expected
    assert expected


# -- on the command line


def test_the_commands(tmp_path: Path) -> None:
    from plants import write_plant

    folder = write_plant(tmp_path / "plant", LOADS)
    home = tmp_path / "home"
    assert run_here(home, "load", folder).code == 0
    run = run_here(home, "balance", "R1", "--json")
    answer = json.loads(run.out)
    assert run.code == 0
    assert {
        "item",
        "unit",
        "in",
        "parts",
        "unaccounted",
        "within_tolerance",
        "detail",
        "digest",
        "asked",
    } <= answer.keys()
    assert (answer["in"], answer["parts"]["consumed"], answer["unaccounted"]) == ("100", "100", "0")
    assert json.loads(run_here(home, "balance", "R1", "--trace", "--json").out)["recovered_percent"] == "97"
    assert json.loads(run_here(home, "balance", "--step", "T", "--json").out)["yield_percent"] == "97"
    where = json.loads(run_here(home, "where", "R1", "--scope", "--json").out)
    assert [(row["id"], row["parts"]) for row in where["items"]] == [
        ("F1", {"shipped": "97"}),
        ("R1", {"consumed": "100"}),
    ]
    assert run_here(home, "balance").code == 2
    assert run_here(home, "balance", "--step", "no such step").code == 5
    for words in (
        ["balance", "R1"],
        ["balance", "R1", "--trace"],
        ["balance", "--step", "T"],
        ["where", "R1", "--scope"],
    ):
        for form in ("table", "csv"):
            assert run_here(home, *words, "--format", form).code == 0
