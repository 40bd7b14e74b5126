"""The reach of every lot is what a scope of that lot alone counts."""

from __future__ import annotations

import random

import pytest
from facts import Facts, entry
from oracle import Known, Oracle
from plants import random_plant

from genealogy.snapshot import Snapshot
from genealogy.sweep import sweep


def swept_wrongly(seed: int, size: int) -> str | None:
    """Where a sweep differs from the plain walk of the oracle, on one random plant as of each of its entries."""
    oracle = Oracle(random_plant(random.Random(seed), size, ""))
    snapshot = Snapshot.of(Facts.of(*(entry(**facts) for facts in oracle.entries)))
    for load in range(1, len(oracle.entries) + 1):
        known = oracle.known(load)
        expected = {}
        for lot in known.lots.keys() - known.units.keys():
            reached = [item for item in oracle.reach([lot], "forward", load).items if item != lot]
            finished = [item for item in reached if item in known.units and stage(known, item) == "finished"]
            expected[lot] = (len(reached), len(finished))
        rows = sweep(snapshot.moment(load))
        got = {row["id"]: (row["items"], row["finished_units"]) for row in rows}
        if got != expected:
            return f"seed {seed}, load {load}: {got} instead of {expected}"
        ordered = sorted(rows, key=lambda row: (-row["finished_units"], -row["items"], row["id"]))
        if rows != ordered:
            return f"seed {seed}, load {load}: not in order"
        supplied = sweep(snapshot.moment(load), "supplied")
        if supplied != [row for row in rows if known.stages.get(material(known, row["id"])) == "supplied"]:
            return f"seed {seed}, load {load}: supplied lots"
    return None


def material(known: Known, item: str) -> str | None:
    """What an item is, by the rules of the plant format."""
    unit, lot = known.units.get(item), known.lots.get(item)
    if unit is None:
        return known.means("material", lot["material_id"])
    parent = known.lots.get(known.item(unit["lot_id"])) if unit["lot_id"] is not None else None
    code = unit["material_id"] or (parent and parent["material_id"]) or (lot and lot["material_id"])
    return known.means("material", code) if code else None


def stage(known: Known, item: str) -> str | None:
    """Its stage."""
    code = material(known, item)
    return known.stages.get(code) if code else None


@pytest.mark.parametrize("part", range(4))
def test_a_sweep_counts_what_each_lot_reaches(part: int) -> None:
    wrong = [said for seed in range(part * 130, part * 130 + 130) if (said := swept_wrongly(seed, 3 + seed % 12))]
    assert wrong == []


def test_an_empty_plant_has_no_lots() -> None:
    assert sweep(Snapshot.of(Facts.of(entry(materials=[]))).moment(1)) == []
