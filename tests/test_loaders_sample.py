"""The sample plant: valid, repeatable, consistent, and its truth is what an independent reading of the tables finds."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from genealogy.errors import InputError
from genealogy.plant import TABLES, ColumnType
from loaders.sample import write_sample
from loaders.sample.codes import check_digit

PLANTS = [(1, 200), (2, 300), (3, 1_000), (11, 2_600)]
PINNED = "8c28001a052c4d6117a946857762358292ea8a57abeda846f5bce3197f39efb7"


class Plant:
    """The tables of a written plant, read as plain text, and the codes of other systems resolved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, list[dict[str, str]]] = {}
        for name in TABLES:
            with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
                self.tables[name] = list(csv.DictReader(file))
        self.truth = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))
        self.means = {(row["kind"], row["code"]): row["means"] for row in self["aliases"]}
        self.materials = {row["material_id"]: row for row in self["materials"]}
        self.lots = {row["item_id"]: row for row in self["lots"]}
        self.units = {row["item_id"]: row for row in self["units"]}
        self.graph = self._trace_graph()
        self.packed: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self["packing"]:
            self.packed[row["container_id"]].append(row)

    def __getitem__(self, table: str) -> list[dict[str, str]]:
        return self.tables[table]

    def called(self, kind: str, code: str) -> str:
        return self.means.get((kind, code), code)

    def stage(self, item: str) -> str:
        row = self.units.get(item) or self.lots.get(item)
        if row is None:
            return ""
        material = row["material_id"] or self.lots[row["lot_id"]]["material_id"]
        return self.materials[self.called("material", material)]["stage"]

    def _trace_graph(self) -> nx.DiGraph[Any]:
        graph: nx.DiGraph[Any] = nx.DiGraph()
        used_by: dict[str, list[str]] = defaultdict(list)
        for row in self["consumption"]:
            item = self.called("item", row["item_id"])
            used_by[item].append(row["step_id"])
            graph.add_edge(item, ("step", row["step_id"]))
        for row in self["production"]:
            graph.add_edge(("step", row["step_id"]), self.called("item", row["item_id"]))
        graph.add_nodes_from(self.lots)
        for unit, row in self.units.items():
            graph.add_edge(row["lot_id"], unit)
            for step in used_by[row["lot_id"]]:
                graph.add_edge(unit, ("step", step))
        return graph

    def forward(self, starts: list[str]) -> set[str]:
        reached: set[str] = set()
        for start in starts:
            reached |= {node for node in nx.descendants(self.graph, start) if isinstance(node, str)}
        return reached - set(starts)

    def inside(self, container: str, moment: datetime) -> set[str]:
        found = set()
        for row in self.packed.get(container, []):
            begun = not row["packed_at"] or datetime.fromisoformat(row["packed_at"]) <= moment
            ended = row["unpacked_at"] and datetime.fromisoformat(row["unpacked_at"]) <= moment
            if begun and not ended:
                found |= {row["item_id"]} | self.inside(row["item_id"], moment)
        return found

    def consignees(self, scope: set[str]) -> dict[str, str]:
        own = {row["party_id"] for row in self["parties"] if "own" in row["role"].split("|")}
        lots_of_units = {self.units[item]["lot_id"] for item in scope if item in self.units}
        certain: dict[str, str] = {}
        for row in self["shipments"]:
            party = self.called("party", row["consignee_id"])
            shipped = {self.called("item", row["item_id"])}
            shipped |= self.inside(row["item_id"], datetime.fromisoformat(row["shipped_at"]))
            if party not in own and shipped & scope:
                certain[party] = "proven"
            elif party not in own and shipped & lots_of_units:
                certain.setdefault(party, "possible")
        return certain


@pytest.fixture(scope="module", params=PLANTS, ids=lambda plant: f"seed{plant[0]}-{plant[1]}units")
def plant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    seed, units = request.param
    folder = tmp_path_factory.mktemp("plant")
    summary, read = write_sample(folder, seed=seed, units=units), Plant(folder)
    assert summary.rows == {name: len(rows) for name, rows in read.tables.items()} == read.truth["rows"]
    return read


def digest_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def test_same_bytes_always(tmp_path: Path) -> None:
    told: list[str] = []
    write_sample(tmp_path / "a", seed=1, units=300, progress=told.append)
    write_sample(tmp_path / "a", seed=4, units=200)
    write_sample(tmp_path / "a", seed=1, units=300)
    code = "import sys, pathlib, loaders.sample as s; s.write_sample(pathlib.Path(sys.argv[1]), seed=1, units=300)"
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=True, env=environment, cwd=root)
    assert digest_of(tmp_path / "a") == digest_of(tmp_path / "b") == PINNED
    assert told[-1] == "writing the known answers"
    write_sample(tmp_path / "c", seed=2, units=300)
    assert digest_of(tmp_path / "c") != PINNED


def test_refuses_what_it_cannot_make(tmp_path: Path) -> None:
    for seed, units in ((1, 199), (1, 90_000_001), (-1, 300)):
        with pytest.raises(InputError, match="choose"):
            write_sample(tmp_path / "new", seed=seed, units=units)
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match=r"letter\.txt"):
        write_sample(tmp_path, seed=1, units=300)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"], "nothing was written"


def test_every_row_is_valid(plant: Plant) -> None:
    for name, table in TABLES.items():
        raw = (plant.folder / f"{name}.csv").read_bytes()
        assert raw.endswith(b"\n") and b"\r" not in raw  # noqa: PT018
        assert raw.decode().split("\n", 1)[0].split(",") == [column.name for column in table.facts]
        assert plant[name], f"{name} is empty"
        for row in plant[name]:
            for column in table.facts:
                cell = row[column.name]
                assert not column.required or cell, (name, row)
                if not cell:
                    continue
                assert cell == cell.strip(), (name, row)
                if column.type in {ColumnType.QUANTITY, ColumnType.NUMBER}:
                    assert re.fullmatch(r"\d+(\.\d+)?", cell), (name, row)
                    assert not column.unit or column.unit == "unit" or row[column.unit], (name, row)
                elif column.type is ColumnType.TIME:
                    assert datetime.fromisoformat(cell).tzinfo, (name, row)
                elif column.type in {ColumnType.CHOICE, ColumnType.CHOICES}:
                    words = cell.split("|") if column.type is ColumnType.CHOICES else [cell]
                    assert set(words) <= set(column.values), (name, row)
        if not table.grouped:
            keys = Counter(tuple(row[column.name] for column in table.key) for row in plant[name])
            assert max(keys.values()) == 1, (name, keys.most_common(1))


def test_every_code_is_described(plant: Plant) -> None:
    known = {
        "unit_of_measure": {"GRM", "LTR", "XBX", "CEL", "MMT", "mm", "mg/L", "mg/kg", "P1", "N"},
        "material": set(plant.materials),
        "party": {row["party_id"] for row in plant["parties"]},
        "place": {row["place_id"] for row in plant["places"]},
        "equipment": {row["equipment_id"] for row in plant["equipment"]},
        "item": plant.lots.keys() | plant.units.keys() | {row["container_id"] for row in plant["packing"]},
    }
    assert len(plant.lots.keys() | plant.units.keys()) == len(plant["lots"]) + len(plant["units"])
    known["item"] |= {found["item_id"] for found in plant.truth["anomalies"] if found["kind"] == "unresolved_item"}
    known["unit_of_measure"] |= {row["base_unit"] for row in plant["materials"]}
    for name, table in TABLES.items():
        for column in table.facts:
            if column.alias:
                named = {plant.called(column.alias, row[column.name]) for row in plant[name]} - {""}
                assert named <= known[column.alias], (name, column.name)
    steps, orders = {row["step_id"] for row in plant["steps"]}, {row["order_id"] for row in plant["orders"]}
    versions = {(row["document_id"], row["version"]): row for row in plant["documents"]}
    for row in plant["steps"]:
        assert row["order_id"] in orders or row["kind"] == "sterilise"
        version = versions[row["document_id"], row["document_version"]]
        started = datetime.fromisoformat(row["started_at"])
        assert datetime.fromisoformat(version["effective_from"]) <= started
        assert not version["effective_to"] or started < datetime.fromisoformat(version["effective_to"])
    for name in ("consumption", "production", "equipment_use"):
        assert {row["step_id"] for row in plant[name]} <= steps


def in_lot_unit(plant: Plant, item: str, row: dict[str, str]) -> Decimal:
    """A recorded quantity in the base unit of the item's material; needle and device boxes by the conversions."""
    material = plant.called("material", plant.lots[item]["material_id"])
    base = plant.materials[material]["base_unit"]
    unit = plant.called("unit_of_measure", row["unit"])
    factors = {(r["material_id"], r["from_unit"], r["to_unit"]): Decimal(r["factor"]) for r in plant["conversions"]}
    factor = Decimal(1) if unit == base else Decimal("0.001") if unit == "GRM" else factors[material, unit, base]
    return Decimal(row["quantity"]) * factor


def test_quantities_add_up(plant: Plant) -> None:
    """What a lot holds is used, shipped, scrapped, sampled or counted, to the last piece, but for planted anomalies."""
    planted = {found["kind"]: found for found in plant.truth["anomalies"]}
    over = planted["used_above_receipt"]
    wrong = {over["item_id"], planted["stock_short"]["item_id"]}
    out: dict[str, Decimal] = defaultdict(Decimal)
    used: dict[str, Decimal] = defaultdict(Decimal)
    contained = {row["container_id"]: row["item_id"] for row in plant["packing"] if row["item_id"] in plant.lots}
    single: set[str] = {row["item_id"] for row in plant["packing"]} & plant.units.keys()
    for row in plant["consumption"]:
        item = plant.called("item", row["item_id"])
        if item in plant.lots:
            used[item] += in_lot_unit(plant, item, row)
    for row in plant["shipments"] + plant["dispositions"] + plant["stock"]:
        item = contained.get(row["item_id"], row["item_id"])
        if item in plant.units:
            single.add(item)
        elif item in plant.lots and row.get("kind") not in {"returned", "destroyed"}:
            out[item] += in_lot_unit(plant, item, row)
    for unit in single:
        out[plant.units[unit]["lot_id"]] += 1
    for item, row in plant.lots.items():
        made = in_lot_unit(plant, item, row)
        assert item in wrong or used[item] + out[item] == made, (item, row, used[item], out[item])
    serials = Counter(row["lot_id"] for row in plant["units"])
    assert all(Decimal(plant.lots[lot]["quantity"]) == count for lot, count in serials.items())
    assert used[over["item_id"]] == Decimal(over["used"]) > Decimal(over["received"])


def test_truth_is_what_the_tables_say(plant: Plant) -> None:
    assert len(plant["units"]) == plant.truth["units"]
    assert len(plant.truth["chosen"]) >= 5
    for chosen in plant.truth["chosen"]:
        receipts = [
            row["item_id"]
            for row in plant["lots"]
            if (row["supplier_id"], row["supplier_lot"]) == (chosen["supplier_id"], chosen["supplier_lot"])
        ]
        assert receipts == chosen["item_ids"] == [answer["item_id"] for answer in chosen["receipts"]]
        for answer, starts, stem in [(chosen, receipts, chosen["name"])] + [
            (answer, [answer["item_id"]], answer["item_id"]) for answer in chosen["receipts"]
        ]:
            reached = plant.forward(starts)
            finished = {item for item in reached if plant.stage(item) == "finished"}
            for key, items in (
                ("forward", reached),
                ("finished_units", finished & plant.units.keys()),
                ("finished_lots", finished & plant.lots.keys()),
            ):
                sha = hashlib.sha256("\n".join(sorted(items)).encode()).hexdigest()
                assert answer[key] == {"count": len(items), "sha256": sha}, (stem, key)
            listed = (plant.folder / "truth" / "forward" / f"{stem}.txt").read_text(encoding="utf-8")
            assert listed == "".join(f"{item}\n" for item in sorted(reached))
            certain = {row["party_id"]: row["certainty"] for row in answer["consignees"]}
            assert certain == plant.consignees(reached | set(starts)), stem


def test_anomalies_are_the_planted_ones(plant: Plant) -> None:
    planted = {found["kind"]: found for found in plant.truth["anomalies"]}
    assert len(planted) == len(plant.truth["anomalies"]) == 5
    described = plant.lots.keys() | plant.units.keys()
    nobody = {plant.called("item", row["item_id"]) for row in plant["consumption"]} - described
    assert nobody == {planted["unresolved_item"]["item_id"]}
    without = {row["step_id"] for row in plant["steps"]} - {row["step_id"] for row in plant["production"]}
    assert without == {planted["orphan_step"]["step_id"]}
    started = {row["step_id"]: row["started_at"] for row in plant["steps"]}
    born = {row["item_id"]: datetime.fromisoformat(started[row["step_id"]]) for row in plant["production"]}
    early = set()
    for row in plant["consumption"]:
        item = plant.called("item", row["item_id"])
        when = datetime.fromisoformat(row["at"] or started[row["step_id"]])
        lot = plant.lots.get(item)
        there = datetime.fromisoformat(lot["received_at"]) if lot and lot["received_at"] else born.get(item)
        if there and when < there:
            early.add(item)
    assert early == {planted["consumed_before_received"]["item_id"]}
    outside = [
        row
        for row in plant["readings"]
        if (row["low"] and Decimal(row["value"]) < Decimal(row["low"]))
        or (row["high"] and Decimal(row["value"]) > Decimal(row["high"]))
    ]
    listed = plant.truth["phenomena"]["excursions"]
    assert len(outside) == len(listed) == 4
    assert all(any(found.items() <= row.items() for row in outside) for found in listed)


def test_everything_named_occurs(plant: Plant) -> None:
    lots = plant["lots"]
    suppliers_of: dict[str, set[str]] = defaultdict(set)
    receipts = Counter((row["supplier_id"], row["supplier_lot"]) for row in lots if row["supplier_lot"])
    for supplier, number in receipts:
        suppliers_of[number].add(supplier)
    assert {2, 3} <= set(receipts.values())
    assert [number for number, suppliers in suppliers_of.items() if len(suppliers) > 1] == ["A-7700"]
    kinds = {"process", "rework", "kit", "split", "merge", "sterilise", "relabel"}
    assert {row["kind"] for row in plant["steps"]} == kinds
    assert {row["grain"] for row in plant["steps"]} == {"", "unit", "order"}
    by_unit = [row["step_id"] for row in plant["steps"] if row["grain"] == "unit"]
    assert 0.35 < len(by_unit) / len(plant["units"]) < 0.45
    outputs = Counter(row["step_id"] for row in plant["production"])
    assert all(outputs[step] == 1 for step in by_unit)
    loads = [row["step_id"] for row in plant["steps"] if row["kind"] == "sterilise"]
    assert all(outputs[step] > 1 for step in loads)
    cycles = [set(found) for found in nx.strongly_connected_components(plant.graph) if len(found) > 1]
    assert sorted(sorted(item for item in found if isinstance(item, str)) for found in cycles) == sorted(
        sorted(pair) for pair in plant.truth["phenomena"]["rework_cycles"]
    )
    assert {row["kind"] for row in plant["dispositions"]} == {"scrapped", "sampled", "returned", "destroyed", "used"}
    containers = {row["container_id"] for row in plant["packing"]}
    for name in ("shipments", "packing", "stock"):  # lots and containers, which nest; units too, but for the counts
        named = {row["item_id"] for row in plant[name]}
        assert named & plant.lots.keys()
        assert named & containers
        assert named & plant.units.keys() or name == "stock"
    packed = Counter(row["item_id"] for row in plant["packing"] if row["item_id"] in plant.units)
    assert max(packed.values()) == 2, "taken out of one carton and shipped again in another"
    trips = Counter(row["container_id"] for row in plant["packing"] if row["unpacked_at"])
    assert trips["TOTE/02"] > 1, "a container that is used again"
    assert {row["item_id"] for row in plant["dispositions"] if row["kind"] == "returned"} & packed.keys()
    roles = {row["party_id"]: row["role"] for row in plant["parties"]}
    shipped_to = {roles[plant.called("party", row["consignee_id"])] for row in plant["shipments"]}
    assert {"customer", "subcontractor", "own", "supplier"} <= shipped_to
    assert {row["kind"] for row in plant["aliases"]} >= {"item", "material", "party", "unit_of_measure"}
    aliased = {row["code"] for row in plant["aliases"]}
    for name, column in (("consumption", "item_id"), ("lots", "material_id"), ("shipments", "consignee_id")):
        assert {row[column] for row in plant[name]} & aliased
    assert {row["unit"] for row in plant["consumption"]} >= {"GRM", "LTR", "STK"}
    assert any(row["line_no"] for row in plant["consumption"])
    assert max(Counter(tuple(row.values()) for row in plant["consumption"]).values()) == 2, "two drums that look alike"
    assert all(any(letter in row["item_id"] for row in lots) for letter in (" ", "/"))
    assert any(row["item_id"].startswith("00") for row in lots)
    expired = plant.truth["phenomena"]["calibration_expired"]
    until = datetime.fromisoformat(expired["calibrated_until"])
    uses = [row for row in plant["equipment_use"] if row["equipment_id"] == expired["equipment_id"]]
    assert any(datetime.fromisoformat(row["from"]) > until for row in uses)
    for row in plant["parties"]:
        assert re.search(r"@[\w.]*example\.(com|org)$", row["email"])


def test_chosen_lots_are_of_every_sort(plant: Plant) -> None:
    chosen = {answer["name"]: answer for answer in plant.truth["chosen"]}
    assert len(chosen["several-receipts"]["receipts"]) == 3
    assert chosen["never-used"]["forward"]["count"] == 0
    assert [row["certainty"] for row in chosen["never-used"]["consignees"]] == ["proven"]
    (scanned,) = chosen["scanned-parts"]["item_ids"]
    grains = {row["step_id"]: row["grain"] for row in plant["steps"]}
    used = [row["step_id"] for row in plant["consumption"] if plant.called("item", row["item_id"]) == scanned]
    assert used
    assert {grains[step] for step in used} == {"unit"}
    assert "possible" in {row["certainty"] for answer in chosen.values() for row in answer["consignees"]}
    on_cycles = {item for pair in plant.truth["phenomena"]["rework_cycles"] for item in pair}
    assert plant.forward(chosen["rework"]["item_ids"]) & on_cycles
    demo = chosen["demo"]
    assert (demo["supplier_id"], demo["supplier_lot"]) == ("SUP-NORDPOLY", "RX-2291")
    assert plant.truth["demo"] == {key: demo[key] for key in ("supplier_id", "supplier_lot", "item_ids")}
    assert 0.05 < demo["finished_units"]["count"] / plant.truth["units"] < 0.15
    assert len({row["country"] for row in demo["consignees"]}) >= 3


def test_check_digits(plant: Plant) -> None:
    assert check_digit("0950600013435") == "2"  # GS1 General Specifications, example of a GTIN-14
    codes = {row["container_id"] for row in plant["packing"] if row["container_id"].isdigit()}
    coded = plant["parties"] + plant["places"] + plant["materials"]
    codes |= {row.get("gln") or row.get("gtin", "") for row in coded}
    codes -= {""}
    assert {len(code) for code in codes} == {13, 14, 18}
    assert all(check_digit(code[:-1]) == code[-1] for code in codes)


def test_at_demo_size(tmp_path: Path) -> None:
    summary = write_sample(tmp_path, seed=1, units=20_000)
    assert 1_000 <= summary.demo_units <= 3_000
    assert 2 <= sum(summary.rows.values()) / summary.units <= 4
    chosen = {answer["name"]: answer for answer in json.loads(summary.truth.read_text(encoding="utf-8"))["chosen"]}
    assert len({row["country"] for row in chosen["demo"]["consignees"]}) >= 5


def test_memory_does_not_grow_with_the_plant(tmp_path: Path) -> None:
    tracemalloc.start()
    summary = write_sample(tmp_path, seed=1, units=200_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000
    assert summary.rows["units"] == 200_000
    assert not any((tmp_path / "truth" / "forward").iterdir()), "full lists are for small plants"
