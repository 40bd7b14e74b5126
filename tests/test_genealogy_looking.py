"""Flow, time line, countries and batches against sums that are made from the rows in another way."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from citing import known
from cli import PLANT, write
from oracle import Known, Oracle
from plants import random_plant

from benchmarks.page_plants import write as write_page_plant
from genealogy.batches import ALERTS, BALANCE, SORTS, Chosen, table
from genealogy.batches.table import batches
from genealogy.countries import countries
from genealogy.engine import Engine
from genealogy.errors import InputError
from genealogy.flow import flow
from genealogy.graph.columns import columns
from genealogy.timeline import MARKS, timeline
from loaders import load

SEEDS = 90
KG = {"kg": Fraction(1), "KGM": Fraction(1), "g": Fraction(1, 1000), "GRM": Fraction(1, 1000), "mg": Fraction(1, 10**6)}


def plant(seed: int) -> tuple[Oracle, Any, list[str], Any, int]:
    rng = random.Random(seed)
    oracle, snapshot, source, last = known(random_plant(rng, 8, "", crowded=seed % 60 == 0))
    items = sorted(oracle.known(None).items) or ["nothing"]
    return oracle, snapshot, sorted(rng.sample(items, 1)), source, last


def between(facts: Known, affected: set[str]) -> dict[str, set[str]]:
    """Steps of the scope, each with the materials of what it made that is affected."""
    made = defaultdict(set)
    for row in facts.facts["production"]:
        if facts.item(str(row["item_id"])) in affected:
            made[str(row["step_id"])].add(facts.item(str(row["item_id"])))
    return made


def test_consumed_quantities_flow_from_material_to_material() -> None:
    told = 0
    for seed in range(SEEDS):
        oracle, snapshot, starts, _, last = plant(seed)
        found = flow(columns(snapshot.moment(last), starts))
        facts = oracle.known(None)
        affected = {*starts, *oracle.reach(starts, "forward").items}
        made = between(facts, affected)
        records = silent = 0
        for row in facts.facts["consumption"]:
            if facts.item(str(row["item_id"])) not in affected or str(row["step_id"]) not in made:
                continue
            outputs = {oracle.describe(item)["material_id"] for item in made[str(row["step_id"])]}
            records += len(outputs) if row["quantity"] else 0
            silent += 0 if row["quantity"] else len(outputs)
        kinds = [each["kind"] for each in found["nodes"]]
        inside = sum(
            each["records"] for each in found["flows"]
            if kinds[each["from"]] == "material" and kinds[each["to"]] == "material"
        )  # fmt: skip
        inside += sum(
            each["records"] for each in found["not_convertible"] if each["kind"] == each["to_kind"] == "material"
        )
        assert inside == records, seed
        assert found["without_quantity"] >= silent, seed
        told += records
    assert told > 25


def test_quantities_are_summed_exactly_in_one_unit(tmp_path: Path) -> None:
    with Engine.open(tmp_path / "home") as engine:
        load(engine, [write(tmp_path / "plant", PLANT)])
        found = engine.flow(["RM-1"]).answer
        assert found["unit"] == "kg"
        names = [(each["kind"], each["label"]) for each in found["nodes"]]
        flows = {(names[f["from"]][1], names[f["to"]][1]): (f["quantity"], f["possible"]) for f in found["flows"]}
        assert flows["SUP-1", "RM"] == ("100", False)
        assert flows["RM", "IM"] == ("60", False)
        assert flows["IM", "FU"] == ("11", False)  # ten to assemble, one by hand
        assert flows["IM", "FB"] == ("30", False)
        assert flows["FB", "SUB-1"] == ("5.5", False)
        others = {
            (each["label"], each["to_label"], each["unit"]): each["quantity"] for each in found["not_convertible"]
        }
        assert others["FU", "CUS-1", "each"] == "1"
        pieces = engine.flow(["RM-1"], unit="each").answer
        assert {f["quantity"] for f in pieces["flows"]} == {"1"}
        with pytest.raises(InputError):
            engine.flow(["RM-1"], unit="parsec")


def test_every_step_stands_under_each_of_its_machines() -> None:
    seen = on_machines = 0
    for seed in range(SEEDS):
        oracle, snapshot, starts, source, last = plant(seed)
        found = timeline(columns(snapshot.moment(last), starts), source)
        facts = oracle.known(None)
        affected = {*starts, *oracle.reach(starts, "forward").items}
        lots = {
            facts.item(str(r["item_id"])): facts.item(str(r["lot_id"])) for r in facts.facts["units"] if r["lot_id"]
        }
        used = {*affected, *(lots[unit] for unit in affected if unit in lots)}
        inputs = {str(r["step_id"]) for r in facts.facts["consumption"] if facts.item(str(r["item_id"])) in used}
        steps = inputs & between(facts, affected).keys()
        machines: dict[str, set[str | None]] = {step: set() for step in steps}
        for row in facts.facts["equipment_use"]:
            if row["step_id"] in machines:
                machines[str(row["step_id"])].add(facts.means("equipment", str(row["equipment_id"])))
        expected = Counter(machine for step in steps for machine in (machines[step] or {None}))
        assert {each["equipment_id"]: each["steps"] for each in found["equipment"]} == expected, seed
        assert found["steps"] == len(steps)
        assert len(found["excursions"]) + found["more_excursions"] == found["readings_outside"]
        for each in found["equipment"]:
            assert sum(mark["steps"] for mark in each["marks"]) + each["undated"] >= each["steps"]
        seen += len(steps)
        on_machines += sum(len(of) for of in machines.values())
    assert seen > 30
    assert on_machines >= 0


def test_many_steps_are_folded_by_days_and_none_is_lost(tmp_path: Path) -> None:
    with Engine.open(tmp_path / "home") as engine:
        load(engine, [write_page_plant(tmp_path / "plant", 100_000)])
        found = engine.timeline(["RM-1"]).answer
        marks = [mark for each in found["equipment"] for mark in each["marks"]]
        assert len(marks) <= MARKS
        assert found["days"] > 0
        assert sum(mark["steps"] for mark in marks) == found["steps"] == 1_020
        assert sum(mark["excursions"] for mark in marks) == found["readings_outside"] == 11
        assert {each["fact"]["cells"]["value"] for each in found["excursions"]} == {"41"}
        flows = engine.flow(["RM-1"]).answer
        assert flows["unit"] == "KGM"
        assert len(flows["nodes"]) == 8  # a supplier, seven materials; consignees have pieces
        pieces = engine.flow(["RM-1"], unit="H87").answer
        assert sum(Fraction(each["quantity"]) for each in pieces["flows"]) == 100_000
        told = engine.countries(["RM-1"]).answer
        assert sum(each["consignees"] for each in told["countries"]) == told["consignees"] == 200
        assert sum(Fraction(q["quantity"]) for each in told["countries"] for q in each["quantities"]) == 100_000


def test_countries_count_each_consignee_once() -> None:
    def row(party: str, country: str | None, certainty: str, quantity: str | None) -> dict[str, Any]:
        return {"party_id": party, "country": country, "certainty": certainty, "quantity": quantity, "unit": "kg"}

    found = countries(
        {
            "consignees": [
                row("A", "DE", "proven", "1"), row("A", "DE", "possible", "2"), row("B", "DE", "possible", None),
                row("C", None, "proven", "0.5"),
            ]
        }
    )  # fmt: skip
    assert [(each["country"], each["consignees"], each["proven"], each["possible"]) for each in found["countries"]] == [
        ("DE", 2, 1, 1),
        (None, 1, 1, 0),
    ]
    assert found["countries"][0]["without_quantity"] == 1


class Rows:
    """Lots of a random plant as plain Python finds them."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle, self.facts = oracle, oracle.known(None)

    def amount(self, item: str, table: str) -> Fraction | None:
        material = self.oracle.describe(item)["material_id"]
        base = {
            self.facts.means("material", str(m["material_id"])): m["base_unit"] for m in self.facts.facts["materials"]
        }
        ours = {
            self.facts.means("party", str(party["party_id"]))
            for party in self.facts.facts["parties"]
            if "own" in str(party["role"]).split("|")
        }
        total = Fraction(0)
        for row in self.facts.facts[table]:
            if self.facts.item(str(row["item_id"])) != item:
                continue
            if table == "shipments" and self.facts.means("party", str(row["consignee_id"])) in ours:
                continue  # it has not left
            unit = self.facts.means("unit_of_measure", str(row["unit"])) if row["unit"] else None
            if row["quantity"] is None or unit not in KG or base.get(str(material)) != "kg":
                return None
            total += Fraction(str(row["quantity"])) * KG[unit]
        return total


def test_every_lot_is_in_the_table_once_with_its_sums() -> None:
    compared = 0
    for seed in range(SEEDS):
        oracle, snapshot, _, _, last = plant(seed)
        rows = Rows(oracle)
        found = table(batches(snapshot.moment(last), 20_600), snapshot, Chosen(rows=0))
        lots = sorted(item for item in rows.facts.lots if oracle.describe(item)["kind"] == "lot")
        assert [each["id"] for each in found["batches"]] == lots, seed
        decided = defaultdict(list)
        for row in rows.facts.facts["decisions"]:
            decided[rows.facts.item(str(row["item_id"]))].append(row)
        for each in found["batches"]:
            described = oracle.describe(each["id"])
            assert (each["material_id"], each["stage"]) == (described["material_id"], described["stage"])
            assert each["decisions"] == len(decided[each["id"]])
            for name, of in (("produced", "production"), ("consumed", "consumption"), ("shipped", "shipments")):
                expected = rows.amount(each["id"], of)
                if expected is not None:
                    assert Fraction(each[name]) == expected, (seed, each, name)
                    compared += expected > 0
        assert found["total"] == found["count"] == len(lots)
        assert sum(found["statuses"].values()) == len(lots)
    assert compared > 25


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("batches")
    with Engine.open(folder / "home") as engine:
        load(engine, [write_page_plant(folder / "plant", 20_000)])
        yield engine


def test_pages_follow_on_each_other_in_every_order(big: Engine) -> None:
    every = big.batches(Chosen(rows=0)).answer["batches"]
    assert len(every) == 221
    for sort in (*SORTS, *(f"-{name}" for name in SORTS)):
        pages = [big.batches(Chosen(sort=sort, page=page, rows=50)).answer for page in range(1, 6)]
        ids = [each["id"] for page in pages for each in page["batches"]]
        assert sorted(ids) == [each["id"] for each in every], sort
        assert ids == [each["id"] for each in big.batches(Chosen(sort=sort, rows=0)).answer["batches"]]
    assert big.batches(Chosen(page=99)).answer["page"] == 3


def test_alerts_are_found_and_counted(big: Engine) -> None:
    answer = big.batches(Chosen(rows=0)).answer
    counted = Counter(name for each in answer["batches"] for name in each["alerts"])
    assert {name: counted[name] for name in ALERTS} == answer["alerts"]
    assert answer["alerts"]["plan_missed"] == 5  # one order in forty planned a unit more
    assert answer["alerts"]["not_released"] == 4
    assert answer["alerts"]["used_before_release"] == 4
    for name in (*ALERTS, BALANCE):
        chosen = big.batches(Chosen(alert=name, rows=0)).answer["batches"]
        assert [each["id"] for each in chosen] == [
            each["id"] for each in answer["batches"] if name in each["alerts"]
        ], name
    held = big.batches(Chosen(status="held", rows=0)).answer
    assert held["count"] == held["statuses"]["held"] == 4
    assert big.batches(Chosen(text="fg-00000", rows=0)).answer["count"] == 10
    for wrong in (Chosen(alert="x"), Chosen(sort="x")):
        with pytest.raises(InputError):
            big.batches(wrong)


def test_what_stock_and_results_say(tmp_path: Path) -> None:
    at = "2026-05-01T10:00:00Z"
    tables = {
        "materials": [{"material_id": "M", "name": "M", "stage": "finished", "base_unit": "kg"}],
        "lots": [
            {"item_id": item, "material_id": "M", "lot_number": item, "quantity": "10", "unit": "kg", "expires_on": until,
             "status": status}
            for item, until, status in (("A", "2026-04-01T00:00:00Z", "held"), ("B", "2099-01-01T00:00:00Z", "quarantine"))
        ],
        "stock": [{"item_id": "B", "place_id": "P", "quantity": "4", "unit": "kg", "status": "available", "counted_at": at}],
        "results": [{"item_id": "A", "test": "pH", "value": "9", "low": "1", "high": "2", "at": at}],
        "decisions": [{"item_id": "B", "status": "released", "at": at}],
        "shipments": [
            {"shipment_id": f"S-{item}", "item_id": item, "consignee_id": "C", "quantity": quantity, "unit": unit,
             "shipped_at": when}
            for item, quantity, unit, when in (("A", "12000", "g", at), ("B", "6", "kg", "2026-04-01T10:00:00Z"))
        ],
    }  # fmt: skip
    with Engine.open(tmp_path / "home") as engine:
        load(engine, [write(tmp_path / "plant", tables)])
        one, other = engine.batches().answer["batches"]
    assert one["alerts"] == [
        "more_used_than_made", "result_outside", "not_released", "used_before_release", "expired", "used_after_expiry", BALANCE,
    ]  # fmt: skip
    assert (one["shipped"], one["in"], one["in_stock"]) == ("12", "10", "0")
    assert (other["in"], other["in_stock"], other["out_of_stock"], other["unaccounted"]) == ("10", "4", "6", "0")
    assert other["status"] == "released"
    assert other["alerts"] == ["used_before_release"]
