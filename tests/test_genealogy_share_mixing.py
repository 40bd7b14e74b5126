"""What vessels carry over: each model against numbers worked out by hand or step by step."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from facts import Facts, entry

from genealogy.share import shares
from genealogy.share.answer import share_answer
from genealogy.share.mixing import Carried
from genealogy.snapshot import Snapshot

if TYPE_CHECKING:
    from conftest import Home

Row = dict[str, Any]

VESSELS = 520
"""So many in every run: a quarter mixed without and a quarter with a heel, half of them plug flow."""


def plant(
    amounts: list[Fraction], *, mixing: str | None, heel: Fraction | None = None, cleaned: tuple[int, ...] = ()
) -> dict[str, list[Row]]:
    """One vessel, a step an hour; step k uses amount k of lot Rk and makes lot Pk; it is cleaned before some steps."""
    tables: dict[str, list[Row]] = {
        "materials": [
            {"material_id": "m", "name": "m", "stage": "supplied", "base_unit": "KGM"},
            {"material_id": "p", "name": "p", "stage": "finished", "base_unit": "KGM"},
        ],
        "equipment": [
            {"equipment_id": "tank", "name": "tank", "mixing": mixing,
             "heel_quantity": None if heel is None else str(float(heel)), "heel_unit": None if heel is None else "KGM"},
        ],
        "lots": [], "steps": [], "equipment_use": [], "consumption": [], "production": [],
    }  # fmt: skip
    hour = 0
    for k, amount in enumerate(amounts):
        if k in cleaned:
            tables["steps"].append({"step_id": f"C{k}", "operation": "clean", "kind": "clean", **when(hour)})
            tables["equipment_use"].append({"step_id": f"C{k}", "equipment_id": "tank"})
            hour += 1
        tables["lots"] += [
            {"item_id": f"R{k}", "material_id": "m", "lot_number": f"R{k}"},
            {"item_id": f"P{k}", "material_id": "p", "lot_number": f"P{k}"},
        ]
        tables["steps"].append({"step_id": f"S{k}", "operation": "fill", **when(hour)})
        tables["equipment_use"].append({"step_id": f"S{k}", "equipment_id": "tank"})
        text = str(float(amount))
        tables["consumption"].append({"step_id": f"S{k}", "item_id": f"R{k}", "quantity": text, "unit": "KGM"})
        tables["production"].append({"step_id": f"S{k}", "item_id": f"P{k}", "quantity": text, "unit": "KGM"})
        hour += 1
    return tables


def when(hour: int) -> dict[str, str]:
    return {
        "started_at": f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:00:00Z",
        "ended_at": f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:30:00Z",
    }


def got(tables: dict[str, list[Row]], start: str) -> dict[str, Fraction]:
    """The share of a start in every item, by the models of the vessels."""
    moment = Snapshot.of(Facts.of(entry(**tables))).moment(1)
    found = shares(moment, moment.codes.find([start]), lambda mixture: Carried(mixture).links())
    assert found.whole.exact is not None
    pairs = zip(moment.codes.strings(found.items), found.whole.exact, strict=True)
    return {str(item): share for item, share in pairs if share}


def by_batches(
    amounts: list[Fraction], start: int, heel: Fraction | None, cleaned: tuple[int, ...]
) -> dict[str, Fraction]:
    """The well-mixed vessel, batch by batch: what is in it, and how much of that is the start."""
    found = {}
    inside = bad = Fraction(0)
    for k, amount in enumerate(amounts):
        if k in cleaned:
            inside = bad = Fraction(0)
        inside, bad = inside + amount, bad + (amount if k == start else 0)
        if bad:
            found[f"P{k}"] = bad / inside
        if heel is not None and inside:
            left = min(heel, sum(amounts[max([0, *(c for c in cleaned if c <= k)]) : k + 1], Fraction(0)))
            inside, bad = left, bad * left / inside
    return found


@pytest.mark.parametrize("heeled", [False, True])
def test_a_mixed_vessel_is_that_of_batch_by_batch(heeled: bool) -> None:
    for seed in range(VESSELS // 4):
        rng = random.Random(seed)
        amounts = [Fraction(rng.randint(1, 80), 4) for _ in range(rng.randint(2, 7))]
        heel = Fraction(rng.randint(1, 40), 4) if heeled else None
        cleaned = tuple(k for k in range(1, len(amounts)) if rng.random() < 0.25)
        start = rng.randrange(len(amounts))
        tables = plant(amounts, mixing="full", heel=heel, cleaned=cleaned)
        assert got(tables, f"R{start}") == by_batches(amounts, start, heel, cleaned), seed


def by_drops(amounts: list[Fraction], start: int, heel: Fraction, cleaned: tuple[int, ...]) -> dict[str, Fraction]:
    """Plug flow, a quarter of a kilogram at a time: a queue of drops, of which the heel stays in the pipe."""
    found = {}
    queue: list[int] = []
    entered: list[int] = []
    for k, amount in enumerate(amounts):
        if k in cleaned:
            queue, entered = [], []
        drops = [k] * int(amount * 4)
        queue, entered = queue + drops, entered + drops
        out = len(queue) - int(heel * 4)
        if out > 0:
            left, queue = queue[:out], queue[out:]
        else:
            left = entered  # the pipe is not full yet: anything that went in may have come out
        if start in left:
            found[f"P{k}"] = Fraction(left.count(start), len(left))
    return found


def test_plug_flow_is_that_of_a_queue_of_drops() -> None:
    for seed in range(VESSELS // 2):
        rng = random.Random(seed)
        amounts = [Fraction(rng.randint(1, 40), 4) for _ in range(rng.randint(2, 7))]
        heel = Fraction(rng.randint(0, 30), 4)
        cleaned = tuple(k for k in range(1, len(amounts)) if rng.random() < 0.2)
        start = rng.randrange(len(amounts))
        tables = plant(amounts, mixing="fifo", heel=heel, cleaned=cleaned)
        assert got(tables, f"R{start}") == by_drops(amounts, start, heel, cleaned), seed


def test_outputs_with_times_are_what_was_in_the_pipe_then() -> None:
    """4 kg of A, then 6 kg of B; three outputs of 5, 2 and 3 kg: the first holds all of A and 1 kg of B."""
    tables = plant([Fraction(10)], mixing="fifo")
    tables["lots"] += [{"item_id": i, "material_id": "m", "lot_number": i} for i in "AB"]
    tables["lots"] += [{"item_id": i, "material_id": "p", "lot_number": i} for i in ("O1", "O2", "O3")]
    tables["consumption"] = [
        {"step_id": "S0", "item_id": "A", "quantity": "4", "unit": "KGM", "at": "2026-01-01T00:00:00Z"},
        {"step_id": "S0", "item_id": "B", "quantity": "6", "unit": "KGM", "at": "2026-01-01T00:10:00Z"},
    ]
    tables["production"] = [
        {"step_id": "S0", "item_id": f"O{n}", "quantity": q, "unit": "KGM", "at": f"2026-01-01T01:0{n}:00Z"}
        for n, q in ((1, "5"), (2, "2"), (3, "3"))
    ]
    assert got(tables, "A") == {"O1": Fraction(4, 5)}
    assert got(tables, "B") == {"O1": Fraction(1, 5), "O2": Fraction(1), "O3": Fraction(1)}


@pytest.mark.parametrize("mixing", ["none", None])
def test_nothing_carries_over_where_no_model_says_so(mixing: str | None) -> None:
    assert got(plant([Fraction(1), Fraction(1)], mixing=mixing), "R0") == {"P0": Fraction(1)}


def test_a_heel_without_a_model_mixes_into_the_next_step() -> None:
    tables = plant([Fraction(9), Fraction(9)], mixing=None, heel=Fraction(1))
    assert got(tables, "R0") == {"P0": Fraction(1), "P1": Fraction(1, 10)}


def test_what_cannot_be_compared_carries_over_an_unknown_amount() -> None:
    tables = plant([Fraction(9), Fraction(9)], mixing="full")
    tables["consumption"][1] |= {"quantity": None, "unit": None}
    snapshot = Snapshot.of(Facts.of(entry(**tables)))
    answer = share_answer(snapshot, ["R0"], 1, mixing=True)
    rows = {row["id"]: (row["low"], row["share"], row["high"], row["inferred"]) for row in answer["items"]}
    assert rows == {"P0": ("1", "1", "1", False), "P1": ("0", "0.5", "1", True)}
    assert answer["mixing"]["runs_without_comparable_quantities"] == 1


def test_inferred_links_are_followed_only_when_they_are_asked_for(home: Home) -> None:
    engine = home.open()
    tables = plant([Fraction(3), Fraction(1)], mixing="full")
    home.load(
        engine, {t: [{k: v for k, v in row.items() if v is not None} for row in rows] for t, rows in tables.items()}
    )
    assert [row["id"] for row in engine.share(["R0"]).answer["items"]] == ["P0"]
    assert [row["id"] for row in engine.scope(["R0"]).answer["items"]] == ["P0"]
    answer = engine.share(["R0"], mixing=True).answer
    assert [(row["id"], row["share"], row["inferred"]) for row in answer["items"]] == [
        ("P0", "1", False),
        ("P1", "0.75", True),
    ]
    assert answer["complete"]
    assert answer["mixing"]["inferred_ids"] == ["P1"]
    assert any("inferred" in line for line in answer["assumptions"])


def test_what_holds_none_by_a_model_stays_in_the_answer(home: Home) -> None:
    """A pipe that holds 3 kg: of R1 (2 kg) nothing has come out by the end of its own step, and the scope holds P1."""
    engine = home.open()
    tables = plant([Fraction(9), Fraction(2), Fraction(4)], mixing="fifo", heel=Fraction(3))
    home.load(
        engine, {t: [{k: v for k, v in row.items() if v is not None} for row in rows] for t, rows in tables.items()}
    )
    assert [row["id"] for row in engine.scope(["R1"]).answer["items"]] == ["P1"]
    answer = engine.share(["R1"], mixing=True).answer
    assert [(row["id"], row["share"], row["inferred"]) for row in answer["items"]] == [
        ("P2", "0.5", True),
        ("P1", "0", False),
    ]
    assert (answer["complete"], answer["second_road"], answer["doubts"]["none_by_model"]) == (True, "agrees", 1)
    assert any("they belong to the scope" in line for line in answer["assumptions"])
    (vessel,) = answer["mixing"]["vessels"]
    assert vessel["steps_smaller_than_heel"] == 1
    (said,) = [line for line in answer["assumptions"] if "less than its heel" in line]
    assert said.startswith("Into 1 step")
    cut = engine.share(["R1"], mixing=True, cut_off="0.1").answer
    assert (cut["left_out"], cut["complete"]) == (["P1"], True)
