"""A report says what the records say: its tables against the oracle, its totals against the answer, on random plants."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from citing import known
from oracle import Load, Oracle
from plants import random_plant
from reported import report

from genealogy.answer import TIERS
from genealogy.report.content import Table
from genealogy.report.graph import FOLDINGS, folded
from genealogy.report.items import items_table, lots_table, products_table, units_table
from genealogy.report.movements import consumed_table, produced_table, shipments_table
from genealogy.report.records import Affected
from genealogy.snapshot import Snapshot

SEEDS = 520


def scope_like(oracle: Oracle, starts: list[str]) -> dict[str, Any]:
    """What a scope answers, as the oracle finds it."""
    reached = oracle.reach(starts, "forward").items
    rows = [{"id": item, "depth": depth, "tier": TIERS[tier]} for item, (depth, tier) in reached.items()]
    return {"starts": starts, "items": sorted(rows, key=lambda row: (row["depth"], row["id"]))}


def cells(table: Table, *names: str) -> list[tuple[Any, ...]]:
    places = [[column.name for column in table.columns].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in table.rows]


def plant(seed: int) -> tuple[Oracle, Snapshot, Affected, list[Any]]:
    rng = random.Random(seed)
    loads: list[Load] = random_plant(rng, 8, "", crowded=seed % 50 == 0)
    oracle, snapshot, source, last = known(loads)
    moment = snapshot.moment(last)
    items = sorted(oracle.known(None).items) if hasattr(oracle.known(None), "items") else []
    items = items or sorted({str(f["item_id"]) for f in oracle.known(None).facts["lots"]})
    starts = sorted(rng.sample(items, min(len(items), rng.choice((1, 1, 2))))) if items else ["nothing"]
    affected = Affected(moment, source, scope_like(oracle, starts))  # type: ignore[arg-type]
    found = snapshot.shipments(affected.ids, last)
    lines = found if isinstance(found, list) else found.rows()
    return oracle, snapshot, affected, lines


@pytest.mark.parametrize("batch", range(4))
def test_tables_and_graph_of_random_plants(batch: int) -> None:
    shipped = units = folds = 0
    for seed in range(batch, SEEDS, 4):
        oracle, _, affected, lines = plant(seed)
        table = shipments_table(affected, lines)
        expected = [
            (s, line, named if named != item else None, item, party or None, quantity, unit, certainty, at)
            for s, line, named, item, party, quantity, unit, certainty, at in oracle.shipments(affected.ids)
        ]
        names = (
            "shipment_id",
            "line_no",
            "container",
            "item_id",
            "consignee_id",
            "quantity",
            "unit",
            "certainty",
            "shipped_at",
        )
        assert Counter(cells(table, *names)) == Counter(expected), seed
        _details(oracle, table, seed)
        described = {item: oracle.describe(item) for item in affected.ids}
        finished = {
            k: [i for i, d in described.items() if d["kind"] == k and d["stage"] == "finished"] for k in ("unit", "lot")
        }
        assert sorted(i for (i,) in cells(units_table(affected, {}), "item_id")) == sorted(finished["unit"]), seed
        assert sorted(i for (i,) in cells(lots_table(affected, {}), "item_id")) == sorted(finished["lot"]), seed
        assert len(items_table(affected, {}).rows) == len(affected) - affected.starts - _beside(affected)
        sums = cells(products_table(affected), "finished_units", "finished_lots")
        assert (sum(u for u, _ in sums), sum(n for _, n in sums)) == tuple(len(finished[k]) for k in ("unit", "lot"))
        _links(oracle, affected, seed)
        for most in (500, 12, 6, 1):
            graph = folded(affected, lines, most)
            assert sum(node.units for node in graph.nodes) == len(finished["unit"]), seed
            assert sum(node.items for node in graph.nodes) == len(affected), seed
            assert len(graph.nodes) <= most or graph.folding == FOLDINGS[-1]
            assert all(
                0 <= edge.source < len(graph.nodes) and 0 <= edge.target < len(graph.nodes) for edge in graph.edges
            )
            folds += graph.folding != "units"
        shipped += len(table.rows)
        units += len(finished["unit"])
    assert shipped > 50
    assert units > 20
    assert folds > 100


def _beside(affected: Affected) -> int:
    """Finished units that are not starts: they stand in a table of their own."""
    return sum(place >= affected.starts for place in affected.finished_units)


def _details(oracle: Oracle, table: Table, seed: int) -> None:
    """Bill-to, document and price stand in a line of the same shipment that names the same thing."""
    facts = oracle.known(None)
    for shipment, line, container, item, bill_to, document, price in cells(
        table, "shipment_id", "line_no", "container", "item_id", "bill_to", "document", "price"
    ):
        same = [
            f
            for f in facts.facts["shipments"]
            if (f["shipment_id"], f["line_no"], facts.item(str(f["item_id"]))) == (shipment, line, container or item)
        ]
        assert same, seed
        for name, said in (("document", document), ("price", price)):
            stated = {str(f[name]) for f in same if f.get(name)}
            assert ("; ".join(sorted(stated)) or None) == said, (seed, name)
        stated = {facts.means("party", str(f["bill_to"])) for f in same if f.get("bill_to")}
        assert ("; ".join(sorted(stated)) or None) == bill_to, seed


def _links(oracle: Oracle, affected: Affected, seed: int) -> None:
    facts, ids = oracle.known(None), set(affected.ids)
    for name, table in (("consumption", consumed_table(affected)), ("production", produced_table(affected))):
        expected = Counter(
            (f["step_id"], facts.item(str(f["item_id"])), f["quantity"], f["unit"])
            for f in facts.facts[name]
            if facts.item(str(f["item_id"])) in ids
        )
        assert Counter(cells(table, "step_id", "item_id", "quantity", "unit")) == expected, (seed, name)


def test_a_report_carries_what_it_rests_on() -> None:
    made = report()
    assert made.question == ("RM-1",)
    assert made.complete
    assert len(made.digest) == len(made.entry_hash) == 64
    assert made.as_of == 1
    assert made.recorded_at.endswith("Z")
    assert [section.name for section in made.sections][:3] == ["customers", "asked_for", "finished"]
    assert all(section.available for section in made.sections)
    by_name = {table.name: table for table in made.tables()}
    assert len(by_name) == len(made.tables()), "names of tables are unique: they name files"
    assert len(by_name["finished_units"].rows) == made.scope["finished_units"] == 3
    assert len(by_name["finished_lots"].rows) == made.scope["finished_lots"] == 2
    assert len(by_name["items"].rows) == len(made.scope["items"]) - 3
    assert len(by_name["consignees"].rows) == len(made.scope["consignees"]) == 3
    assert cells(by_name["starts"], "item_id", "supplier_lot", "status", "supplier_name") == [
        ("RM-1", "-7", "held", "株式会社カンサイ")
    ]
    assert all(len(row) == len(table.columns) for table in made.tables() for row in table.rows)
    lot = next(
        row
        for row in cells(by_name["finished_lots"], "item_id", "made_at", "expires_on", "quantity")
        if row[0] == "=FU"
    )
    assert lot == ("=FU", "2026-05-02", "2028-05-02", "4"), "a day keeps its date, whatever the zone"
    assert (by_name["why_in"].rows[0][1], len(by_name["why_in"].rows)) == ("RM-1", len(made.scope["items"]))


def test_where_everything_is_adds_up_in_the_report() -> None:
    from fractions import Fraction

    by_name = {table.name: table for table in report().tables()}
    sums = by_name["where_sums"]
    names = [column.name for column in sums.columns]
    parts = names[names.index("there_was") + 1 :]
    for row in sums.rows:
        said = dict(zip(names, row, strict=True))
        assert sum(Fraction(str(said[part])) for part in parts) == Fraction(str(said["there_was"]))
