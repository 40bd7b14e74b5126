"""Boundaries side by side: each is a subset of the full scope, counts and values are those of the rows, on both stores."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cli import PLANT, run_here, write
from facts import facts
from workings import Maker, Rows, instant

from genealogy.narrow.boundary import Boundary
from genealogy.narrow.prices import price
from viz.compare_text import compare_text

if TYPE_CHECKING:
    from genealogy.engine import Engine

BOUNDARIES = ("full", "lot", "only-after 2026-05-03", "shift 2026-05-02 2026-05-03", "kill-step fill", "only-line-no 1")


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
        start = rng.choice(maker.items)
        full = engine.scope([start]).answer
        known = {row["id"]: row for row in full["items"]}
        for text in BOUNDARIES[1:]:
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
        compared = engine.compare([start], [(text, engine.narrowing(Boundary.of(text))) for text in BOUNDARIES]).answer
        rows = compared["boundaries"]
        assert [row["boundary"] for row in rows] == list(BOUNDARIES)
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
