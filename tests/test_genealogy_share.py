"""Shares: against a second computation over rows, in fractions and with numpy; laws; and the recorded tablet fractions."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from facts import Facts, entry
from mixed import BASES, Mixed, Row, after, material_rows, mixed, solve, solve_with_numpy, weights, whole_rows

from genealogy import share as sharing
from genealogy.share import Shares, shares
from genealogy.share.answer import share_answer
from genealogy.snapshot import Snapshot
from loaders import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Home

    from genealogy.snapshot.moment import Moment

TABLET = Path(__file__).parents[2] / "shared" / "data" / "tablet-lot-genealogy"


TOGETHER = 20
"""So many plants, which have nothing in common but their materials, are put into one snapshot: that is quicker."""


def many(seeds: range, *, gaps: int) -> Iterator[tuple[int, random.Random, Mixed, Moment]]:
    """Plants with the moment that holds them; quantities are missing in every ``gaps``-th, in none for 0."""
    for begin in seeds[::TOGETHER]:
        made = []
        for seed in range(begin, min(begin + TOGETHER, seeds.stop)):
            rng = random.Random(seed)
            made.append((seed, rng, mixed(rng, gaps=bool(gaps) and seed % gaps == 0, prefix=f"{seed}/")))
        tables = {name: [row for _, _, plant in made for row in plant.tables[name]] for name in made[0][2].tables}
        for name in ("materials", "conversions"):
            tables[name] = made[0][2].tables[name]
        tables |= {name: [row for _, _, plant in made for row in plant.tables[name]] for name in ("units",)}
        moment = Snapshot.of(Facts.of(entry(**tables))).moment(1)
        for seed, rng, plant in made:
            yield seed, rng, plant, moment


def found_for(moment: Moment, start: str) -> tuple[Shares, list[str]]:
    found = shares(moment, moment.codes.find([start]))
    return found, [str(item) for item in moment.codes.strings(found.items)]


def said_of(plant: Mixed, moment: Moment, start: str) -> str | None:
    """Where the product and the second computation differ, for one start."""
    found, items = found_for(moment, start)
    one = {("item", start)}
    expected = {name for kind, name in after(plant, one) if kind == "item"} - {start}
    if set(items) != expected:
        return f"{start}: items {sorted(set(items) ^ expected)}"
    whole = solve(whole_rows(plant), one)
    of = plant.material[start.split(".", maxsplit=1)[0]]
    part = solve(material_rows(plant, of, start), one)
    apart = after(plant, {n for n, i in plant.inputs.items() if not weights(i)[1]} & after(plant, one))
    assert found.of_material is not None
    for place, item in enumerate(items):
        node = ("item", item)
        if bool(found.told[place]) == (node in apart):
            return f"{start} in {item}: whole {'told' if node in apart else 'not told'}"
        for name, fractions, values in (("whole", found.whole, whole), ("material", found.of_material, part)):
            value = values.get(node, Fraction(0))
            if fractions.exact is not None and fractions.exact[place] != value:
                return f"{start} in {item}: {name} {fractions.exact[place]} instead of {value}"
            if abs(fractions.value[place] - float(value)) > 1e-9:
                return f"{start} in {item}: {name} {fractions.value[place]} instead of {float(value)}"
            if not fractions.bounds.low[place] - 1e-9 <= float(value) <= fractions.bounds.high[place] + 1e-9:
                return f"{start} in {item}: {name} {float(value)} out of bounds"
    return None


def behind(plant: Mixed, item: str) -> set[tuple[str, str]]:
    """Everything that went into an item; a cycle that nothing leads into is a source of its own."""
    found = {("item", item)}
    while more := {t for node in found for t, _, _ in plant.inputs.get(node, [])} - found:
        found |= more
    return found


@pytest.mark.parametrize("gaps", [False, True])
def test_shares_are_those_of_a_second_computation_in_fractions(gaps: bool) -> None:
    for seed, rng, plant, moment in many(range(260), gaps=int(gaps)):
        start = rng.choice([*plant.material, *(str(row["item_id"]) for row in plant.tables["units"])])
        assert said_of(plant, moment, start) is None, (seed, said_of(plant, moment, start))


def test_shares_in_floating_point_are_those_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "EXACT", 0)
    for seed, rng, plant, moment in many(range(1000, 1060), gaps=2):
        start = rng.choice([*plant.material])
        found, items = found_for(moment, start)
        assert found.whole.exact is None
        expected = solve_with_numpy(whole_rows(plant), {("item", start)})
        values = [expected.get(("item", item), 0.0) for item in items]
        assert np.allclose(found.whole.value, values, rtol=0, atol=1e-9), seed
        assert said_of(plant, moment, start) is None, seed


def test_bounds_hold_whatever_the_missing_quantities_are() -> None:
    met = 0
    for seed, rng, plant, moment in many(range(2000, 2060), gaps=1):
        start = rng.choice([*plant.material])
        of = plant.material[start]
        found, items = found_for(moment, start)
        assert found.of_material is not None
        for _ in range(6):
            whole = solve_with_numpy(whole_rows(plant, rng), {("item", start)})
            for place, item in enumerate(items):
                value = whole.get(("item", item), 0.0)
                bounds = found.whole.bounds
                assert bounds.low[place] - 1e-9 <= value <= bounds.high[place] + 1e-9, (seed, of, item)
                met += bounds.low[place] < bounds.high[place]
    assert met > 50


def test_shares_of_all_sources_sum_to_one() -> None:
    sums = 0
    for seed, _, plant, moment in many(range(3000, 3060), gaps=3):
        sources = [item for item in plant.material if not plant.inputs.get(("item", item))]
        fed = after(plant, {("item", item) for item in sources})
        rows = whole_rows(plant)
        total: dict[str, Fraction] = defaultdict(Fraction)
        by_material: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for source in sources:
            found, items = found_for(moment, source)
            assert found.whole.exact is not None
            assert found.of_material is not None
            assert found.of_material.exact is not None
            for item, value, part in zip(items, found.whole.exact, found.of_material.exact, strict=True):
                total[item] += value
                by_material[item, plant.material[source]] += part
        everything = solve(rows, {("item", item) for item in sources})
        whole = all(part for row in rows.values() for _, part in row)
        for item, value in total.items():
            # A cycle that only zeros lead into has nothing in it that is known to come from outside.
            assert value == everything[("item", item)], (seed, item)
            if whole and behind(plant, item) <= fed:
                assert value == 1, (seed, item)
                sums += 1
        for (item, of), value in by_material.items():
            bought = all(not plant.inputs.get(("item", i)) for i, m in plant.material.items() if m == of)
            if bought and whole:
                assert value == 1, (seed, item, of)
    assert sums > 60


def test_a_cycle_is_solved_and_not_cut() -> None:
    """Ten parts come from resin R, one part of each run is ground and goes back in: all of it is still R."""
    plant = {
        "materials": [{"material_id": "m", "name": "m", "stage": "supplied", "base_unit": "KGM"},
                      {"material_id": "n", "name": "n", "stage": "finished", "base_unit": "KGM"}],
        "lots": [{"item_id": i, "material_id": "m" if i in "RQ" else "n", "lot_number": i} for i in "RQPG"],
        "steps": [{"step_id": "run", "operation": "run"}, {"step_id": "grind", "operation": "grind"}],
        "consumption": [
            {"step_id": "run", "item_id": "R", "quantity": "6", "unit": "KGM"},
            {"step_id": "run", "item_id": "Q", "quantity": "3", "unit": "KGM"},
            {"step_id": "run", "item_id": "G", "quantity": "1000", "unit": "GRM"},
            {"step_id": "grind", "item_id": "P", "quantity": "1", "unit": "KGM"},
        ],
        "production": [{"step_id": "run", "item_id": "P"}, {"step_id": "grind", "item_id": "G"}],
    }  # fmt: skip
    moment = Snapshot.of(Facts.of(entry(**plant))).moment(1)
    found, items = found_for(moment, "R")
    assert dict(zip(items, found.whole.exact or [], strict=True)) == {"P": Fraction(2, 3), "G": Fraction(2, 3)}


def test_a_unit_with_a_lot_and_a_step_of_its_own_has_bounds() -> None:
    plant = {
        "materials": [{"material_id": "m", "name": "m", "stage": "supplied", "base_unit": "KGM"}],
        "lots": [{"item_id": i, "material_id": "m", "lot_number": i} for i in ("A", "B", "L")],
        "units": [{"item_id": "U", "lot_id": "L", "serial": "1"}],
        "consumption": [{"step_id": "s", "item_id": "A"}, {"step_id": "t", "item_id": "B"}],
        "production": [{"step_id": "s", "item_id": "L"}, {"step_id": "t", "item_id": "U"}],
    }
    moment = Snapshot.of(Facts.of(entry(**plant))).moment(1)
    found, items = found_for(moment, "A")
    place = items.index("U")
    assert (found.whole.bounds.low[place], found.whole.value[place], found.whole.bounds.high[place]) == (0, 0.5, 1)
    assert found.doubts["without_quantity"] == 1


def test_nothing_but_zeros_says_nothing_about_proportions() -> None:
    """Two inputs of 0 kg each: any share is possible, the answer says so, and no cut-off takes the item away."""
    plant: dict[str, list[Row]] = {
        "materials": [{"material_id": "m", "name": "m", "stage": "supplied", "base_unit": "KGM"}],
        "lots": [{"item_id": i, "material_id": "m", "lot_number": i} for i in ("A", "B", "P")],
        "consumption": [{"step_id": "s", "item_id": i, "quantity": "0", "unit": "KGM"} for i in ("A", "B")],
        "production": [{"step_id": "s", "item_id": "P"}],
    }
    snapshot = Snapshot.of(Facts.of(entry(**plant)))
    answer = share_answer(snapshot, ["A"], 1, cut_off="0.9")
    assert [(row["id"], row["low"], row["share"], row["high"]) for row in answer["items"]] == [("P", "0", "0.5", "1")]
    assert answer["doubts"]["without_quantity"] == 1
    assert any("all are zero" in line for line in answer["assumptions"])


def test_what_is_drawn_from_a_lot_with_units_is_said_to_be_assumed() -> None:
    plant: dict[str, list[Row]] = {
        "materials": [{"material_id": "m", "name": "m", "stage": "supplied", "base_unit": "H87"}],
        "lots": [
            {"item_id": i, "material_id": "m", "lot_number": i, "quantity": "10", "unit": "H87"} for i in ("X", "Y")
        ],
        "units": [{"item_id": "U", "lot_id": "X", "serial": "1"}],
        "consumption": [{"step_id": "s", "item_id": "X", "quantity": "2", "unit": "H87"}],
        "production": [{"step_id": "s", "item_id": "Y"}],
    }
    snapshot = Snapshot.of(Facts.of(entry(**plant)))
    answer = share_answer(snapshot, ["U"], 1)
    assert [(row["id"], row["share"]) for row in answer["items"]] == [("Y", "0.1")]
    assert any("even mixture" in line for line in answer["assumptions"])
    assert not any("even mixture" in line for line in share_answer(snapshot, ["Y"], 1)["assumptions"])


@pytest.mark.parametrize("exact", [0, 1000])
def test_a_share_that_is_the_cut_off_stays(monkeypatch: pytest.MonkeyPatch, exact: int) -> None:
    """Thirds of thirds, added up: in floating point a little less than what they are."""
    monkeypatch.setattr(sharing, "EXACT", exact)
    plant: dict[str, list[Row]] = {
        "materials": [{"material_id": "m", "name": "m", "stage": "supplied", "base_unit": "KGM"}],
        "lots": [{"item_id": i, "material_id": "m", "lot_number": i} for i in ("A", "B", "P", "Q")],
        "consumption": [
            {"step_id": "s", "item_id": "A", "quantity": "1", "unit": "KGM"},
            {"step_id": "s", "item_id": "B", "quantity": "2", "unit": "KGM"},
            {"step_id": "t", "item_id": "P", "quantity": "0.3", "unit": "KGM"},
            {"step_id": "t", "item_id": "B", "quantity": "0.7", "unit": "KGM"},
        ],
        "production": [{"step_id": "s", "item_id": "P"}, {"step_id": "t", "item_id": "Q"}],
    }  # fmt: skip
    snapshot = Snapshot.of(Facts.of(entry(**plant)))
    assert [row["id"] for row in share_answer(snapshot, ["A"], 1, cut_off="0.1")["items"]] == ["P", "Q"]


@pytest.fixture
def campaign(home: Home) -> Home:
    if not TABLET.is_dir():
        message = "the tablet campaign is not beside this repository (../shared/data/tablet-lot-genealogy)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    load(home.open(), [TABLET], mapping="tablet")
    return home


def test_the_recorded_fractions_of_the_tablet_campaign_come_back(campaign: Home) -> None:
    """Every fraction of every raw-material lot in every finished lot, within its group; on both stores."""
    (engine,) = campaign.engines
    recorded: dict[str, dict[str, tuple[str, float]]] = defaultdict(dict)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for path in sorted(TABLET.glob("formulas_*.csv")):
        group = path.stem.removeprefix("formulas_")
        header, *lines = (line.split(",") for line in path.read_text().splitlines())
        for finished, *cells in lines:
            for lot, cell in zip(header[1:], cells, strict=True):
                if float(cell):
                    recorded[lot][finished] = (group, float(cell))
                    sums[group, finished] += float(cell)
    assert len({finished for rows in recorded.values() for finished in rows}) == 53
    assert all(abs(total - 1) < 1e-3 for total in sums.values())
    lots = sorted(recorded) if engine.store.name.startswith("embedded") else sorted(recorded)[::9]
    for lot in lots:
        answer = engine.share([lot]).answer
        assert answer["complete"]
        assert {row["id"] for row in answer["items"]} == set(recorded[lot])
        for row in answer["items"]:
            group, fraction = recorded[lot][row["id"]]
            assert answer["materials"] == [group]
            assert row["basis"] == "material"
            assert row["low"] == row["share"] == row["high"] == row["of_material"]
            # The fractions of a group are rounded on record and sum to one only nearly: a share is of their sum.
            assert abs(float(row["share"]) - fraction / sums[group, row["id"]]) <= 1e-9
            assert abs(float(row["share"]) - fraction) <= 1e-3
            assert row["whole"] is None


def test_answers_state_what_they_assume(home: Home) -> None:
    engine = home.open()
    plant = {
        "materials": [{"material_id": m, "name": m, "stage": "supplied", "base_unit": BASES[m]} for m in ("resin", "oil")],
        "lots": [{"item_id": i, "material_id": "resin", "lot_number": i} for i in ("A", "B", "P")],
        "steps": [{"step_id": "s", "operation": "mix"}],
        "consumption": [
            {"step_id": "s", "item_id": "A", "quantity": "1", "unit": "KGM"},
            {"step_id": "s", "item_id": "B", "quantity": "999", "unit": "KGM"},
        ],
        "production": [{"step_id": "s", "item_id": "P", "quantity": "1000", "unit": "KGM"}],
    }  # fmt: skip
    home.load(engine, {table: [{k: str(v) for k, v in row.items()} for row in rows] for table, rows in plant.items()})
    answer = engine.share(["A"]).answer
    assert [(row["id"], row["share"], row["basis"]) for row in answer["items"]] == [("P", "0.001", "whole")]
    cut = engine.share(["A"], cut_off="0.01").answer
    assert cut["items"] == []
    assert cut["left_out"] == ["P"]
    assert any("assumption" in line for line in cut["assumptions"])
    assert cut["complete"]
    assert engine.share(["A"]).digest == engine.share(["A"]).digest
