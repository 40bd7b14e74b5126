"""The sections of a report that are asked for: other starts, narrowed scopes, changes, common causes; each counted again."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
from reported import MORE, PLANT, opened, wide, wide_of

from genealogy.engine import Engine
from genealogy.errors import InputError
from genealogy.narrow.boundary import Boundary
from genealogy.report import compose
from genealogy.report.content import Report
from genealogy.report.row_sources import RowSources
from genealogy.report.since import changed, since_section
from genealogy.starts.asked import Asked


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with opened() as engine:
        yield engine


def rows(table: str) -> list[dict[str, str]]:
    texts = [each[table] for each in (PLANT, MORE) if table in each]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text))]


def graph() -> nx.DiGraph[tuple[str, str]]:
    """The plant as it stands in its files: items and steps, and which leads to which."""
    made: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    made.add_edges_from((("item", r["item_id"]), ("step", r["step_id"])) for r in rows("consumption"))
    made.add_edges_from((("step", r["step_id"]), ("item", r["item_id"])) for r in rows("production"))
    made.add_edges_from((("item", r["lot_id"]), ("item", r["item_id"])) for r in rows("units"))
    return made


def cells(made: Report, table: str, *names: str) -> list[tuple[Any, ...]]:
    found = next(each for each in made.tables() if each.name == table)
    places = [[column.name for column in found.columns].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in found.rows]


def test_a_report_from_steps_holds_what_the_files_lead_to(engine: Engine) -> None:
    also = engine.starts(Asked(parameters=("+temp",), outside=True, equipment=("=EQ-1",)))
    made, scope = compose(engine, [], also=also)
    assert made.complete
    assert made.question == ()
    assert [fact.value for fact in made.also[0]][:3] == ["start_reading", "=EQ-1", "+temp"]
    steps = {step for row in scope.answer["started_from"] for step in row["steps"]}
    assert steps == {"MIX"}
    reached = {name for sort, name in nx.descendants(graph(), ("step", "MIX")) if sort == "item"}
    assert {row["id"] for row in scope.answer["items"]} == reached == {"=FU", "U-1", "U-2", "U-3", "U-4"}
    listed = cells(made, "finished_units", "item_id") + cells(made, "finished_lots", "item_id")
    assert {item for (item,) in listed} == reached
    why = cells(made, "why_in", "item_id", "came_from", "move", "step_id", "tier", "moves", "row")
    assert Counter(row[0] for row in why) == Counter(reached), "each once"
    assert why[0] == ("=FU", None, "selected", "MIX", "unit", 0, 2)
    tiers = {row["id"]: row["tier"] for row in scope.answer["items"]}
    links = set(graph().edges)
    for item, before, move, step, tier, _, _ in why[1:]:
        assert tiers[item] == tier
        assert move == "serialised"
        assert step is None
        assert (("item", before), ("item", item)) in links
    assert {share for (share,) in cells(made, "finished_lots", "share")} == {"1"}
    # RM-1 went into what was selected; the machine's own reading that names nothing leads nowhere and is said.
    assert cells(made, "behind", "item_id") == [("RM-1",)]
    assert [node.kind for node in made.graph.nodes if node.kind == "selected"] == ["selected"]
    assert sum(node.items for node in made.graph.nodes) == len(reached)
    facts = cells(made, "started_facts", "step_id", "table", "row")
    assert ("MIX", "readings", 2) in facts


def test_starts_that_select_nothing_still_give_a_report(engine: Engine) -> None:
    also = engine.starts(Asked(equipment=("EQ-2",), since="2030-01-01", until="2030-01-02"))
    made, _ = compose(engine, [], also=also)
    assert made.scope["items"] == []
    absent = {section.name for section in made.sections if not section.available}
    assert absent == {"where", "balance", "why", "share", "bounds", "responsible"}
    by_name = {form.name: form for form in made.forms}
    location = next(field for field in by_name["fda_821"].fields if field.name == "device_location")
    assert location.status == "missing"


def test_starts_of_several_units_of_measure_are_balanced_each_by_itself(engine: Engine) -> None:
    """A balance has one unit; a report of a raw material beside a serial used to fail for it."""
    made, _ = compose(engine, ["RM-1", "U-3"], also=engine.starts(Asked(equipment=("EQ-2",))))
    section = next(each for each in made.sections if each.name == "balance")
    seeds = {"each": ["U-3", "FB"], "kg": ["RM-1"]}
    alone = {unit: engine.trace_balance(items).answer for unit, items in seeds.items()}
    totals = [row[1:] for row in cells(made, "trace_balance", "part", "unit", "quantity") if row[0] == "there_was"]
    assert totals == [(unit, alone[unit]["in"]) for unit in seeds]
    assert [each.key for each in section.sentences if each.key == "balance_units"] == ["balance_units"]
    one, _ = compose(engine, ["RM-1"])
    section = next(each for each in one.sections if each.name == "balance")
    assert section.digest == engine.trace_balance(["RM-1"]).digest


def test_narrowed_scopes_stand_beside_the_full_one(engine: Engine) -> None:
    texts = ("lot", "only-after 2026-05-02", "kill-step fill", "only-equipment =EQ-1")
    named = [(text, engine.narrowing(Boundary.of(text))) for text in texts]
    made, scope = compose(engine, ["RM-1"], narrowed=named)
    full = {row["id"] for row in scope.answer["items"]}
    boundaries = cells(made, "boundaries", "boundary", "items", "finished_units", "finished_lots", "items_out")
    assert [row[0] for row in boundaries] == ["full", *texts]
    assert boundaries[0][1:] == (len(full), scope.answer["finished_units"], scope.answer["finished_lots"], 0)
    out = cells(made, "narrowed_out", "boundary", "item_id")
    assert len(out) == len(set(out)), "an item is left out once"
    for (text, narrowing), row in zip(named, boundaries[1:], strict=True):
        kept = {each["id"] for each in engine.scope(["RM-1"], narrowing=narrowing).answer["items"]}
        gone = {item for boundary, item in out if boundary == text}
        assert (kept | gone, kept & gone) == (full, set()), text
        assert (row[1], row[4]) == (len(kept), len(gone))
        # Every boundary that leaves something out says by which facts, but for the lot alone, which has none to offer.
        cited = [fact for (fact,) in cells(made, "narrowed_facts", "boundary") if fact == text]
        assert bool(cited) == (bool(gone) and text != "lot")
    # Counted again from the files: without the filling, its product is out of reach.
    without = graph()
    without.remove_node(("step", "FILL"))
    left = {name for sort, name in nx.descendants(without, ("item", "RM-1")) if sort == "item"}
    assert {item for boundary, item in out if boundary == "kill-step fill"} == full - left == {"FB"}
    assert len(cells(made, "narrowed_assumed", "boundary")) == len(texts)


def test_what_changed_since_an_entry_is_what_the_difference_says(engine: Engine) -> None:
    made, scope = compose(engine, ["RM-1"], since=1)
    told = engine.diff(["RM-1"], 1).answer
    assert [row["id"] for row in told["added"]] == ["U-4"]
    assert cells(made, "changed_items", "change", "entry", "item_id") == [("change_added", 2, "U-4")]
    section = next(section for section in made.sections if section.name == "since")
    assert section.digest == engine.diff(["RM-1"], 1).digest
    assert scope.answer["finished_units"] == 4
    with pytest.raises(InputError, match="earlier moment"):
        compose(engine, ["RM-1"], 1, since=2)


def test_changes_of_other_starts_are_those_of_each_entry(tmp_path: Any) -> None:
    """Brute force: the scope as of every entry, and the last at which an item came or went."""
    from loaders import load as load_files

    rng = random.Random(7)
    with Engine.open(tmp_path / "home") as engine:
        for number in range(6):
            folder = tmp_path / str(number)
            folder.mkdir()
            steps = [f"S{rng.randint(0, 5)}" for _ in range(3)]
            tables = {
                "consumption": ["step_id,item_id", *(f"{s},I{rng.randint(0, 6)}" for s in steps)],
                "production": ["step_id,item_id", *(f"{s},I{rng.randint(0, 6)}" for s in steps)],
                "steps": [
                    "step_id,operation,operator",
                    *(f"{s},mix,{rng.choice(('Ann', 'Ben'))}" for s in dict.fromkeys(steps)),
                ],
            }
            for name, lines in tables.items():
                (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            load_files(engine, [folder])
        seen = Counter[str]()
        for starts in ([], ["I1"]):
            also = engine.starts(Asked(operators=("Ann",)))
            last = engine.head
            inside = [
                {row["id"] for row in engine.scope(starts, e, also=also).answer["items"]} for e in range(last + 1)
            ]
            for before in range(last + 1):
                scope = engine.scope(starts, also=also).answer
                found = changed(engine, starts, also, scope, before)
                for what, expected in (
                    ("added", inside[-1] - inside[before]),
                    ("removed", inside[before] - inside[-1]),
                ):
                    assert {row["id"] for row in found[what]} == expected, (before, what)
                    for row in found[what]:
                        came = max(
                            e
                            for e in range(before + 1, last + 1)
                            if (row["id"] in inside[e]) != (row["id"] in inside[e - 1])
                        )
                        assert row["entry"] == came, (before, row)
                        seen[what] += 1
                assert sum(row["added"] for row in found["entries"]) == len(found["added"])
        assert seen["added"] > 5
        # Where only items are asked for, both ways say the same.
        scope = engine.scope(["I1"]).answer
        for before in (0, 2, 4):
            one, other = changed(engine, ["I1"], (), scope, before), engine.diff(["I1"], before).answer
            assert {name: one[name] for name in ("added", "removed", "changed", "entries")} == {
                name: other[name] for name in ("added", "removed", "changed", "entries")
            }
        assert since_section(engine, ["I1"], (), scope, last).tables[0].rows == []


def test_common_causes_are_counted_as_the_files_lead_to_them(engine: Engine) -> None:
    complaints = ["U-1", "U-2"]
    made, _ = compose(engine, complaints, where_else=True)
    assert cells(made, "causes", "cause_id"), "something stands behind both"
    behind = {one: {name for _, name in nx.ancestors(graph(), ("item", one))} for one in ("U-1", "U-2", "U-3", "U-4")}
    for kind, name, count, of, healthy in cells(
        made, "causes", "cause", "cause_id", "behind", "complaints", "healthy_behind"
    ):
        if kind in ("cause_lot", "cause_step"):
            assert count == sum(name in behind[one] for one in complaints)
            assert healthy == sum(name in behind[one] for one in ("U-3", "U-4"))
        assert of == 2
    section = next(section for section in made.sections if section.name == "causes")
    assert section.digest == engine.where_else(complaints, first=1).digest
    with pytest.raises(InputError, match="complained about"):
        compose(engine, [], also=engine.starts(Asked(steps=("MIX",))), where_else=True)


def test_it_all_together_reads_the_same_each_time(engine: Engine) -> None:
    from viz.report import report_files
    from viz.words import Words

    first = report_files(wide_of(engine), Words("zh"))
    assert first == report_files(wide_of(engine), Words("zh"))
    assert {"causes", "compare", "since"} <= {section.name for section in wide().sections}
    names = [table.name for table in wide().tables()]
    assert len(names) == len(set(names))
    assert all(len(row) == len(t.columns) for t in wide().tables() for row in t.rows)
    assert all(isinstance(cell, str | int | None) for t in wide().tables() for row in t.rows for cell in row)


def test_where_rows_were_read_is_what_the_evidence_says(engine: Engine) -> None:
    moment = engine.snapshot.moment(engine.head)
    rng, seen = random.Random(1), 0
    for table in (*PLANT, "readings"):
        all_rows = moment.all_rows(table)
        if not len(all_rows):
            continue
        asked = np.array(rng.choices(all_rows.tolist(), k=2 * len(all_rows)), np.int64)
        facts = engine.evidence.facts(moment, table, asked)
        assert RowSources(engine.ledger).of(moment, table, asked) == [(f.entry, f.file, f.row) for f in facts], table
        brief = RowSources(engine.ledger).facts(moment, table, asked)
        assert [(f.table, f.entry, f.row) for f in brief] == [(f.table, f.entry, f.row) for f in facts]
        seen += len(facts)
    assert seen > 50
    assert RowSources(engine.ledger).of(moment, "units", np.zeros(0, np.int64)) == []
