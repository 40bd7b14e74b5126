"""Boundaries side by side: each is a subset of the full scope, counts and values are those of the rows, on both stores."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from citing import known
from cli import PLANT, run_here, write
from facts import facts
from oracle import Load, Oracle
from plants import merged, random_plant
from workings import Maker, Rows, instant

from genealogy.draft import Drafts, Known
from genealogy.measures import Measures
from genealogy.narrow import Narrowing
from genealogy.narrow.boundary import Boundary
from genealogy.narrow.compare import Boundaries
from genealogy.narrow.prices import price
from genealogy.scope import Findings, Party
from genealogy.snapshot import Snapshot
from genealogy.snapshot.traced import Traced
from genealogy.starts import Interval
from viz.compare_text import compare_text

if TYPE_CHECKING:
    from genealogy.engine import Engine

BOUNDARIES = ("full", "lot", "only-after 2026-05-03", "shift 2026-05-02 2026-05-03", "kill-step fill", "only-line-no 1")
EPOCH, HOUR = 1_777_593_600_000_000, 3_600_000_000
"""2026-05-01T00:00:00Z and an hour, in microseconds."""


def load(engine: Engine, rows: Rows) -> None:
    """Record rows as one entry."""
    documents = {t: engine.ledger.documents.put_table(facts(t, of)) for t, of in rows.items() if of}
    engine.record("load", {"files": [{"file": "plant.csv"}], "facts": documents})


def test_every_boundary_is_a_subset_of_the_full_scope_and_says_what_it_leaves_out(engine: Engine) -> None:
    rng = random.Random(3)
    makers = [Maker(rng, f"p{number}.", size=9) for number in range(8)]
    plants = [maker.make() for maker in makers]
    load(engine, {table: [row for plant in plants for row in plant[table]] for table in plants[0]})
    for maker in makers:
        # One that was drawn under line number 1: another would be refused.
        drawn = {row["item_id"] for row in plants[makers.index(maker)]["consumption"] if row["line_no"] == "1"}
        start = rng.choice(sorted(drawn.intersection(maker.items)) or maker.items[:1])
        texts = [text for text in BOUNDARIES if start in drawn or "line-no" not in text]
        full = engine.scope([start]).answer
        known = {row["id"]: row for row in full["items"]}
        for text in texts[1:]:
            narrowing = engine.narrowing(Boundary.of(text))
            assert narrowing is not None
            answer = engine.scope([start], narrowing=narrowing)
            left, of = answer.answer["items"], answer.answer["narrowed"]
            assert all(row == known[row["id"]] for row in left)
            gone = [item for group in of["removed"]["groups"] for item in group["items"]]
            assert sorted([*gone, *(row["id"] for row in left)]) == sorted(known)
            assert of["full"]["items"] == len(known)
            assert of["full"]["finished_units"] == full["finished_units"]
            assert of["removed"]["finished_units"] == full["finished_units"] - answer.answer["finished_units"]
            assert set(of["kept_without_times"]) <= {row["id"] for row in left}
            assert all(fact["file"] == "plant.csv" for group in of["removed"]["groups"] for fact in group["facts"])
            assert answer.digest == engine.scope([start], narrowing=narrowing).digest
        compared = engine.compare([start], [(text, engine.narrowing(Boundary.of(text))) for text in texts]).answer
        rows = compared["boundaries"]
        assert [row["boundary"] for row in rows] == texts
        assert all(row["finished_units"] <= full["finished_units"] for row in rows)
        assert rows[0]["removed"] is None
        assert [row["finished_units"] for row in rows[:1]] == [full["finished_units"]]


def shipped(shipment: str, item: str, consignee: str, told: str | None) -> dict[str, str | None]:
    return {
        "shipment_id": shipment, "item_id": item, "consignee_id": consignee, "price": told, "shipped_at": instant(90),
        "quantity": "1", "unit": "H87",
    }  # fmt: skip


def test_value_is_that_of_whole_lines_each_once(engine: Engine) -> None:
    units = [{"item_id": f"U{i}", "lot_id": "F", "serial": f"U{i}", "made_at": instant(24 * i)} for i in range(4)]
    load(
        engine,
        {
            "materials": [{"material_id": "M", "name": "m", "stage": "finished", "base_unit": "H87"}],
            "parties": [
                {"party_id": "C", "name": "Clinic", "role": "customer", "country": "DE"},
                {"party_id": "D", "name": "Doctor", "role": "customer", "country": "AT"},
                {"party_id": "O", "name": "Ours", "role": "own"},
            ],
            "lots": [{"item_id": "F", "material_id": "M", "lot_number": "F"}],
            "units": units,  # type: ignore[dict-item]
            "packing": [{"item_id": "U0", "container_id": "BOX"}, {"item_id": "U1", "container_id": "BOX"}],
            "shipments": [
                shipped("1", "BOX", "C", "10.50 EUR"),
                shipped("2", "U2", "D", "$ 7"),
                shipped("3", "U3", "D", "on request"),
                shipped("4", "U3", "O", "99 EUR"),
            ],
        },
    )
    named = [(text, engine.narrowing(Boundary.of(text))) for text in ("made-to 2026-05-01", "made-from 2026-05-03")]
    full, early, late = engine.compare(["F"], named).answer["boundaries"]
    money = [{"currency": "$", "amount": "7"}, {"currency": "EUR", "amount": "10.5"}]
    assert full["value"]["proven"] == money
    assert (full["value"]["lines"], full["value"]["lines_without_price"]) == (3, 1)
    # Only U0 was made on the first day, but its box is one line; the lines that name units are not affected.
    assert early["value"]["proven"] == money[1:]
    assert early["countries"] == ["DE"]
    assert (early["finished_units"], late["finished_units"]) == (1, 2)
    assert late["removed"]["consignees"] == ["C"]
    text = compare_text({**engine.compare(["F"], named).flat()})
    assert "10.5 EUR" in text
    assert "LEFT OUT BY made-from 2026-05-03" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 EUR", ("EUR", Fraction(1))), ("€2.50", ("€", Fraction(5, 2))), ("3", ("", Fraction(3))), ("EUR 4 EUR", None),
        ("1,5 EUR", None), ("", None), ("-3 EUR", None), ("1e5", None),
    ],
)  # fmt: skip
def test_a_price_is_read_or_it_is_unknown(text: str, expected: Any) -> None:
    assert price(text) == expected


def test_the_command_line_compares(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    done = run_here(home, "compare", "RM-1", "--boundary", "kill-step fill", "--boundary", "lot", "--json")
    assert done.code == 0, done.err
    full, killed, lot = done.json["boundaries"]
    assert (full["finished_units"], full["finished_lots"]) == (4, 2)
    assert (killed["finished_units"], killed["finished_lots"]) == (4, 1)
    assert killed["removed"]["groups"][0]["facts"][0]["cells"]["step_id"] == "FILL"
    assert lot["finished_units"] == 0
    table = run_here(home, "compare", "RM-1", "--boundary", "kill-step fill")
    assert "kill-step fill: 4 finished units, 1 finished lot" in table.out
    assert run_here(home, "compare", "RM-1").code == 2
    assert run_here(home, "compare", "RM-1", "--boundary", "no such thing").code == 2
    narrowed = run_here(home, "scope", "RM-1", "--kill-step", "fill")
    assert narrowed.out.startswith("NARROWED, on 1 assumption: the full scope is 4 finished units and 2 finished lots")


PLANTS, TOGETHER = 500, 20
PRICES = ("10 EUR", "2.50 EUR", "$ 7", "3", "free", None, "1,5 EUR")


def priced(rng: random.Random, load: Load) -> Load:
    """The same load, and the price of its shipments."""
    shipments = [{**row, "price": rng.choice(PRICES) or ""} for row in load.get("shipments", [])]
    return {**load, **({"shipments": shipments} if shipments else {})}


def boundaries_of(
    snapshot: Snapshot, source: Any, starts: list[str], last: int, parties: dict[str, Party]
) -> Boundaries:
    """The full scope of some items over the arrays alone, ready to be narrowed."""
    traced = Traced(snapshot.moment(last), starts, forward=True)
    found = Findings(traced.reach, traced.ids, traced.described, traced.shipped)
    drafts = Drafts(Known(parties, Measures({}, {}, {})))

    def compose(of: Findings) -> dict[str, Any]:
        lots = [of.ids[lot] for lot in drafts.of(of).finished.loose]
        whole = drafts.of(of).whole(snapshot.produced(lots, last))
        fixed = {
            "starts": starts,
            "as_of": last,
            "complete": True,
            "second_road": "agrees",
            "differences": [],
            "gaps": {},
        }
        return {**fixed, **whole, "summary": []}

    return Boundaries(snapshot, source, last, found, compose)


def counted(oracle: Oracle, kept: set[str], told: dict[tuple[str, str, str], str | None]) -> dict[str, Any]:
    """What is compared of a scope, from the rows."""
    known = oracle.known()
    described = {item: oracle.describe(item) for item in kept}
    rows = {known.means("party", str(row["party_id"])): row for row in known.facts["parties"]}
    role = {party: str(row["role"]).split("|") for party, row in rows.items()}
    lines = [line for line in oracle.shipments(sorted(kept)) if "own" not in role.get(line[4], [])]
    customers: dict[str, set[str]] = {"proven": set(), "possible": set()}
    worth: dict[tuple[str, str, str], str] = {}
    for shipment, line_no, named, _, party, _, _, certainty, _ in lines:
        if party not in role or "customer" in role[party]:
            customers[certainty].add(party)
        key = (shipment, line_no or "", named)
        worth[key] = "proven" if "proven" in (worth.get(key), certainty) else "possible"
    sums: dict[tuple[str, str], Fraction] = {}
    without = 0
    for key, certainty in worth.items():
        text = told.get(key)
        if text in (None, "free", "1,5 EUR", ""):
            without += 1
            continue
        number, currency = {"10 EUR": ("10", "EUR"), "2.50 EUR": ("2.5", "EUR"), "$ 7": ("7", "$"), "3": ("3", "")}[
            str(text)
        ]
        sums[certainty, currency] = sums.get((certainty, currency), Fraction(0)) + Fraction(number)
    everyone = customers["proven"] | customers["possible"]
    return {
        "finished_units": sum(d["kind"] == "unit" and d["stage"] == "finished" for d in described.values()),
        "finished_lots": sum(d["kind"] == "lot" and d["stage"] == "finished" for d in described.values()),
        "proven": len(customers["proven"]),
        "possible": len(customers["possible"] - customers["proven"]),
        "countries": sorted(
            {str(rows[party]["country"]) for party in everyone if party in rows and rows[party]["country"]}
        ),
        "lines": len(worth),
        "lines_without_price": without,
        "value": sums,
    }


def said(row: dict[str, Any]) -> dict[str, Any]:
    """The same of one boundary of an answer."""
    value = row["value"]
    return {
        "finished_units": row["finished_units"], "finished_lots": row["finished_lots"], "countries": row["countries"],
        "proven": row["customers"]["proven"], "possible": row["customers"]["possible"], "lines": value["lines"],
        "lines_without_price": value["lines_without_price"],
        "value": {
            (certainty, each["currency"] or ""): Fraction(each["amount"])
            for certainty in ("proven", "possible") for each in value[certainty]
        },
    }  # fmt: skip


@pytest.mark.parametrize("batch", range(PLANTS // TOGETHER))
def test_what_stands_side_by_side_is_what_the_rows_say(batch: int) -> None:
    rng = random.Random(f"compare {batch}")
    names = [f"p{number}:" for number in range(TOGETHER)]
    plants = [[priced(rng, load) for load in random_plant(rng, rng.randint(3, 7), name)] for name in names]
    everything, snapshot, source, last = known(merged(plants))
    state = everything.known()
    parties: dict[str, Party] = {}
    for row in state.facts["parties"]:
        parties[state.means("party", str(row["party_id"]))] = Party(
            row["name"], tuple(str(row["role"]).split("|")), row["country"]
        )
    own = {party for party, of in parties.items() if "own" in of.roles}
    operations = sorted({str(row["operation"]) for row in state.facts["steps"]})
    fewer = money = 0
    for plant in plants:
        # Each plant alone: nothing in it is joined with anything in another.
        oracle = Oracle(plant)
        state = oracle.known()
        told = {
            (str(row["shipment_id"]), str(row["line_no"] or ""), state.item(str(row["item_id"]))): row["price"]
            for row in state.facts["shipments"]
        }
        items = state.items
        starts = sorted(rng.sample(items, min(rng.randint(1, 2), len(items))))
        kill = rng.choice(operations)
        first = EPOCH + rng.randrange(0, 72) * HOUR
        named = [
            ("lot", Narrowing(lot_only=True)),
            ("kill", Narrowing(kill=(kill,))),
            ("made", Narrowing(made=Interval(first=first))),
            ("both", Narrowing(kill=(kill,), made=Interval(first=first))),
            ("kill", Narrowing(kill=(kill,))),
        ]
        boundaries = boundaries_of(snapshot, source, starts, last, parties)
        rows = boundaries.beside(named, own)["boundaries"]
        reached = set(oracle.reach(starts, "forward").items)
        assert [row["boundary"] for row in rows] == ["full", "lot", "kill", "made", "both", "kill"]
        assert said(rows[0]) == counted(oracle, reached | set(starts), told)
        units = {unit for unit, row in state.units.items() if row["lot_id"] and state.item(row["lot_id"]) in starts}
        expected = {"lot": units - set(starts), "kill": past(state, starts, kill)}
        for row, (text, narrowing) in zip(rows[1:], named, strict=True):
            gone = [item for group in row["removed"]["groups"] for item in group["items"]]
            kept = reached - set(gone)
            assert len(gone) == len(set(gone)) == row["removed"]["items"]
            assert set(gone) <= reached, "a narrowed scope is a subset"
            assert kept == expected.get(text, kept)
            assert row["items"] == len(kept)
            assert said(row) == counted(oracle, kept | set(starts), told), (text, narrowing)
            facts_of = [fact for group in row["removed"]["groups"] for fact in group["facts"]]
            assert all(fact["file"] == f"{fact['table']}.csv" for fact in facts_of)
            fewer += bool(gone)
            money += bool(said(row)["value"])
        assert rows[2] == rows[5], "the same boundary twice says the same twice"
    again = boundaries.beside(named[::-1], own)["boundaries"]
    assert again == [rows[0], *rows[:0:-1]], "the order of boundaries changes nothing but their order"
    assert fewer > 10
    assert money > 0


def past(state: Any, starts: list[str], kill: str) -> set[str]:
    """What is reached without a step of an operation, or kind."""
    killing = {("step", row["step_id"]) for row in state.facts["steps"] if kill in (row["operation"], row["kind"])}
    graph = state.graph.subgraph([node for node in state.graph if node not in killing])
    sources = [("item", start) for start in starts if ("item", start) in graph]
    found = {node for source in sources for node in nx.descendants(graph, source)}
    return {name for sort, name in found if sort == "item"} - set(starts)
