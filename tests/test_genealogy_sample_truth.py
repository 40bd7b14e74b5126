"""Every sort of answer on the sample plant, whose truth was kept while it was made and not found by searching its tables."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from genealogy.engine import Engine
from genealogy.narrow.boundary import Boundary
from loaders import load
from loaders.sample import write_sample

CHOSEN = (
    "demo", "several-receipts", "scanned-parts", "rework", "same-number-first", "same-number-second", "by-order",
    "never-used",
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """The sample plant in a home, and what is true of its chosen lots."""

    engine: Engine
    folder: Path

    def receipts(self, name: str) -> list[str]:
        truth = json.loads((self.folder / "truth" / "truth.json").read_text(encoding="utf-8"))
        return next(list(chosen["item_ids"]) for chosen in truth["chosen"] if chosen["name"] == name)

    def forward(self, name: str) -> set[str]:
        text = (self.folder / "truth" / "forward" / f"{name}.txt").read_text(encoding="utf-8")
        return {line for line in text.split("\n") if line}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("truth")
    write_sample(folder / "plant", seed=1, units=2_000)
    with Engine.open(folder / "home") as engine:
        load(engine, [folder / "plant"])
        yield Sample(engine, folder / "plant")


@pytest.mark.parametrize("name", CHOSEN)
def test_where_every_true_item_adds_up_and_is_told_once(sample: Sample, name: str) -> None:
    items = sample.forward(name) | set(sample.receipts(name))
    rows = sample.engine.where(sorted(items)).answer["items"]
    assert {row["id"] for row in rows} == items
    assert len(rows) == len(items)
    for row in rows:
        if row["in"] is not None and row["unaccounted"] is not None:
            parts = sum((Fraction(part) for part in row["parts"].values()), Fraction(row["unaccounted"]))
            assert parts == Fraction(row["in"]), row["id"]


@pytest.mark.parametrize("name", CHOSEN)
def test_why_finds_a_way_to_what_is_true_and_none_to_what_stands_beside(sample: Sample, name: str) -> None:
    starts, true = sample.receipts(name), sample.forward(name)
    for item in sorted(true)[:: max(1, len(true) // 8)]:
        answer = sample.engine.why(item, starts).answer
        assert answer["in_scope"], item
        assert answer["path"]
    beside = [row for kind in sample.engine.near_misses(starts).answer["kinds"] for row in kind["items"]]
    assert not {row["id"] for row in beside} & true
    assert all(row["reasons"] for row in beside)
    for row in beside[::40]:
        assert not sample.engine.why(row["id"], starts).answer["in_scope"], row["id"]


@pytest.mark.parametrize("name", CHOSEN)
def test_the_tiers_of_all_true_items_add_up(sample: Sample, name: str) -> None:
    starts, true = sample.receipts(name), sample.forward(name)
    answer = sample.engine.scope(starts).answer
    assert {row["id"] for row in answer["items"]} == true
    counts = answer["by_tier"]
    assert counts["start"]["items"] == len(starts)
    assert sum(counts[tier]["items"] for tier in ("unit", "lot", "order")) == len(true)
    # What the plant was made to record of these lots, and no better.
    worst = {"by-order": "order", "scanned-parts": "unit"}.get(name)
    if worst:
        assert counts[worst]["finished_units"] == answer["finished_units"] > 0


@pytest.mark.parametrize("boundary", ["only-after {}", "made-to {}"])
@pytest.mark.parametrize("name", CHOSEN)
def test_a_narrowed_scope_and_what_it_leaves_out_are_the_truth(sample: Sample, name: str, boundary: str) -> None:
    starts, true = sample.receipts(name), sample.forward(name)
    made = sorted(row["id"] for row in sample.engine.scope(starts).answer["items"])
    assert set(made) == true
    kept = {}
    for day in ("2025-01-01", "2025-06-01", "2025-07-15", "2025-08-15", "2026-12-31"):
        narrowing = sample.engine.narrowing(Boundary.of(boundary.format(day)))
        answer = sample.engine.scope(starts, narrowing=narrowing).answer
        kept[day] = {row["id"] for row in answer["items"]}
        assert kept[day] <= true
        assert answer["narrowed"]["full"]["items"] == len(true)
        assert answer["narrowed"]["removed"]["items"] == len(true) - len(kept[day])
    days = sorted(kept, reverse=boundary.startswith("made-to"))
    assert kept[days[0]] == true, "everything was made within these days"
    for wide, narrow in itertools.pairwise(days):
        assert kept[narrow] <= kept[wide]


@pytest.mark.parametrize("name", ["rework", "scanned-parts", "same-number-first", "same-number-second"])
def test_the_true_cause_is_behind_all_complaints_and_nothing_healthy(sample: Sample, name: str) -> None:
    (receipt,) = sample.receipts(name)
    true, rows = sample.forward(name), sample.engine.scope([receipt]).answer["items"]
    complaints = [
        row["id"] for row in rows if row["id"] in true and (row["kind"], row["stage"]) == ("unit", "finished")
    ]
    causes = sample.engine.where_else(complaints).answer["causes"]
    found = next(row for row in causes if row["kind"] == "lot" and row["id"] == receipt)
    assert (found["behind"], found["of"], found["healthy_behind"]) == (len(complaints), len(complaints), 0)
    assert found["significant"]
    assert found["group"] == 1


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_true_holds_a_share_and_nothing_else_does(sample: Sample, name: str) -> None:
    answer = sample.engine.share(sample.receipts(name)).answer
    assert {row["id"] for row in answer["items"]} == sample.forward(name)
    for row in answer["items"]:
        assert 0 <= Fraction(row["low"]) <= Fraction(row["high"]) <= 1
        assert Fraction(row["high"]) > 0


@pytest.mark.parametrize("name", CHOSEN)
def test_the_truth_lies_within_the_bounds(sample: Sample, name: str) -> None:
    answer = sample.engine.bounds(sample.receipts(name)).answer
    true = sample.forward(name)
    assert answer["full"]["items"] == len(true) + len(sample.receipts(name))
    for counted in ("items", "finished_units", "finished_lots"):
        assert answer["lower"][counted] <= answer["full"][counted] <= answer["upper"][counted]
    assert not set(answer["items_added"]) & true
    assert set(answer["items_removed"]) <= true


@pytest.mark.parametrize("name", CHOSEN)
def test_the_first_load_added_what_is_true(sample: Sample, name: str) -> None:
    starts = sample.receipts(name)
    answer = sample.engine.diff(starts, 0).answer
    assert {row["id"] for row in answer["added"]} == sample.forward(name)
    assert {row["entry"] for row in answer["added"]} <= {1}
    assert not answer["removed"]
    again = sample.engine.diff(starts, 1).answer
    assert [again[what] for what in ("added", "removed", "changed", "consignees")] == [[], [], [], []]
