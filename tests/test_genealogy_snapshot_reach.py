"""Reach over arrays against a dictionary search that is written here from the meaning of the facts alone."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from facts import Facts, Row, entry, key_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genealogy.errors import GenealogyError
from genealogy.reach import Reach
from genealogy.snapshot import Direction, Snapshot, links

if TYPE_CHECKING:
    from collections.abc import Sequence

Load = dict[str, list[Row]]

ITEMS = [f"I{number}" for number in range(7)]
STEPS = [f"S{number}" for number in range(5)]
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
GRAINS = {"unit": 0, "lot": 1, "order": 2, None: 1}


def in_force(loads: list[Load], as_of: int) -> Load:
    """For each key the rows of the last load that holds it, unless they withdraw it."""
    latest: dict[tuple[str, str], list[Row]] = {}
    for load in loads[:as_of]:
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for table, rows in load.items():
            for row in rows:
                groups[table, key_of(table, row)].append(row)
        latest |= groups
    state: Load = defaultdict(list)
    for (table, _), rows in latest.items():
        state[table] += [row for row in rows if row.get("void") != "yes"]
    return state


def all_links(state: Load) -> set[tuple[str, str, int]]:
    """Every item-to-item link with its tier."""
    means = {row["code"]: row["means"] for row in state["aliases"] if row["kind"] == "item"}

    def item(code: str | None) -> str:
        return str(means.get(code, code))

    units = [(item(row["item_id"]), item(row["lot_id"])) for row in state["units"] if row.get("lot_id") is not None]
    grain = {row["step_id"]: GRAINS[row.get("grain")] for row in state["steps"]}
    outputs = defaultdict(set)
    for row in state["production"]:
        outputs[row["step_id"]].add(item(row["item_id"]))
    found = {(lot, unit, 1) for unit, lot in units}
    for row in state["consumption"]:
        made = outputs[row["step_id"]]
        tier = grain.get(row["step_id"], 1)
        tier = 1 if tier == 0 and len(made) > 1 else tier
        used = item(row["item_id"])
        for output in made:
            found.add((used, output, tier))
            found |= {(unit, output, max(1, tier)) for unit, lot in units if lot == used}
    return found


def naive_reach(loads: list[Load], starts: list[str], direction: str, as_of: int) -> Reach:
    """What the arrays must answer."""
    edges = all_links(in_force(loads, as_of))
    after: dict[int, dict[str, set[str]]] = {limit: defaultdict(set) for limit in GRAINS.values()}
    for source, target, tier in edges:
        one, other = (source, target) if direction == "forward" else (target, source)
        for limit in range(tier, 3):
            after[limit][one].add(other)

    def distances(origins: list[str], limit: int) -> dict[str, int]:
        """Least number of links, at least one, from the origins."""
        depth: dict[str, int] = {}
        frontier, steps = set(origins), 0
        while frontier:
            steps += 1
            frontier = {other for one in frontier for other in after[limit][one]} - depth.keys()
            depth |= dict.fromkeys(frontier, steps)
        return depth

    depth = distances(starts, 2)
    proven, by_lot = distances(starts, 0), distances(starts, 1)
    ids = sorted(depth.keys() - set(starts))
    weakest = [0 if one in proven else 1 if one in by_lot else 2 for one in ids]
    cycles = sorted(start for start in set(starts) if start in distances([start], 2))
    return Reach(ids, [depth[one] for one in ids], weakest, cycles)


def rows_of(table: str, **columns: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[Row]]:
    """Rows of one load: each key once, some of them withdrawing; links may stand twice."""
    row = st.fixed_dictionaries({**columns, "void": st.sampled_from([None, None, None, None, "yes"])})
    return st.lists(row, max_size=9, unique_by=lambda found: key_of(table, found))


item, step = st.sampled_from(ITEMS), st.sampled_from(STEPS)
at = st.sampled_from([None, None, "2026-05-01T10:00:00Z"])
line = st.sampled_from([None, None, "1"])
loads_of_a_plant = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "units": rows_of("units", item_id=item, lot_id=st.none() | item, serial=st.just("s")),
            "steps": rows_of("steps", step_id=step, operation=st.just("o"), grain=st.sampled_from([*GRAINS])),
            "consumption": rows_of("consumption", step_id=step, item_id=item, at=at, line_no=line),
            "production": rows_of("production", step_id=step, item_id=item, at=at, line_no=line),
            "aliases": rows_of(
                "aliases", system=st.just("erp"), kind=st.sampled_from(["item", "item", "lot"]), code=item, means=item
            ),
        },
    ),
    min_size=1,
    max_size=4,
)


def source(loads: list[Load]) -> Facts:
    return Facts.of(*(entry(**load) for load in loads))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loads_of_a_plant, st.lists(item, min_size=1, max_size=3), st.integers(0, 4), st.booleans())
def test_reach_is_what_the_facts_mean_as_of_every_entry(
    loads: list[Load], starts: list[str], known: int, narrow: bool
) -> None:
    facts = source(loads)
    at_once = Snapshot.of(facts)
    added = Snapshot.of(Facts({number: tables for number, tables in facts.entries.items() if number <= known}))
    added = added.extended(facts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "NARROW", 24 if narrow else -1)  # the same search in numpy, as for wide frontiers
        for as_of in range(1, len(loads) + 1):
            for direction in DIRECTIONS:
                expected = naive_reach(loads, starts, direction, as_of)
                assert at_once.reach(starts, direction, as_of) == expected
                assert added.reach(starts, direction, as_of) == expected


@pytest.mark.parametrize("seed", range(12))
def test_reach_in_larger_plants_with_rework_and_corrections(seed: int) -> None:
    draw = random.Random(seed)
    items, steps = [f"I{number}" for number in range(300)], [f"S{number}" for number in range(150)]
    loads: list[Load] = []
    for _ in range(3):
        load: Load = defaultdict(list)
        for name in ("consumption", "production"):
            pairs = {(draw.choice(steps), draw.choice(items)) for _ in range(draw.choice([60, 200, 400]))}
            load[name] = [
                {"step_id": one, "item_id": other, "void": draw.choice([None, None, None, "yes"])}
                for one, other in sorted(pairs)
            ]
        units = draw.sample(items, 80)
        load["units"] = [{"item_id": one, "lot_id": draw.choice(items[:40]), "serial": one} for one in units]
        load["steps"] = [{"step_id": one, "grain": draw.choice([*GRAINS])} for one in draw.sample(steps, 100)]
        codes = draw.sample(items, 20)
        load["aliases"] = [{"system": "erp", "kind": "item", "code": one, "means": draw.choice(items)} for one in codes]
        loads.append(load)
    snapshot = Snapshot.of(source(loads))
    for as_of in (1, 2, 3):
        for direction in DIRECTIONS:
            for starts in (items[:1], items[5:6], items[20:24], items[::7]):
                assert snapshot.reach(starts, direction, as_of) == naive_reach(loads, starts, direction, as_of)


def made(*steps: tuple[str, list[str], list[str]], **tables: Sequence[Row]) -> Facts:
    """One entry in which each step consumed the first items and produced the second ones."""
    used = [{"step_id": name, "item_id": one} for name, inputs, _ in steps for one in inputs]
    produced = [{"step_id": name, "item_id": one} for name, _, outputs in steps for one in outputs]
    return Facts.of(entry(consumption=used, production=produced, **tables))


@pytest.mark.parametrize("length", [31, 1_000, 70_000])
def test_a_long_chain_is_followed_to_its_end(length: int) -> None:
    """I0 -> S0 -> I1 -> S1 -> I2 ..."""
    snapshot = Snapshot.of(made(*((f"S{at}", [f"I{at}"], [f"I{at + 1}"]) for at in range(length))))
    forward = snapshot.reach(["I0"], "forward", 1)
    assert dict(zip(forward.ids, forward.depth, strict=True)) == {f"I{at}": at for at in range(1, length + 1)}
    backward = snapshot.reach([f"I{length}"], "backward", 1)
    assert dict(zip(backward.ids, backward.depth, strict=True)) == {
        f"I{length - at}": at for at in range(1, length + 1)
    }


def test_a_long_chain_with_every_tier_still_ends_at_its_end() -> None:
    grains = ["unit"] * 2_000 + ["lot"] * 2_000 + ["order"] * 2_000
    steps: list[Row] = [{"step_id": f"S{at}", "grain": grain} for at, grain in enumerate(grains)]
    chain = made(*((f"S{at}", [f"I{at}"], [f"I{at + 1}"]) for at in range(len(grains))), steps=steps)
    reach = Snapshot.of(chain).reach(["I0"], "forward", 1)
    tiers = dict(zip(reach.ids, reach.tier, strict=True))
    assert [tiers[f"I{at + 1}"] for at in range(len(grains))] == [GRAINS[grain] for grain in grains]


def test_diamonds_do_not_multiply() -> None:
    """40 lots in each of 12 layers, each step consuming a whole layer and producing the next: 40^12 paths."""
    layers = [[f"L{layer}-{at}" for at in range(40)] for layer in range(12)]
    steps = [(f"S{layer}", layers[layer], layers[layer + 1]) for layer in range(11)]
    reach = Snapshot.of(made(*steps)).reach(["L0-0"], "forward", 1)
    assert len(reach.ids) == 11 * 40
    assert set(zip([one.split("-")[0] for one in reach.ids], reach.depth, strict=True)) == {
        (f"L{layer}", layer) for layer in range(1, 12)
    }


def test_one_lot_with_five_thousand_consumers() -> None:
    steps = [(f"S{at}", ["LOT"], [f"P{at}"]) for at in range(5_000)]
    snapshot = Snapshot.of(made(*steps))
    assert snapshot.reach(["LOT"], "forward", 1).ids == sorted(f"P{at}" for at in range(5_000))
    assert snapshot.reach(["P17"], "backward", 1) == Reach(["LOT"], [1], [1], [])


def test_what_is_known_of_one_unit_never_reaches_its_sisters() -> None:
    r"""PART -> S1 -> U1 (grain unit); LOT has U1, U2; LOT -> S2 -> BOX, as a lot; U2 -> S3 -> KIT."""
    units: list[Row] = [{"item_id": one, "lot_id": "LOT", "serial": one} for one in ("U1", "U2")]
    grain: list[Row] = [{"step_id": "S1", "grain": "unit"}]
    plant = made(("S1", ["PART"], ["U1"]), ("S2", ["LOT"], ["BOX"]), ("S3", ["U2"], ["KIT"]), units=units, steps=grain)
    snapshot = Snapshot.of(plant)
    assert snapshot.reach(["PART"], "forward", 1) == Reach(["BOX", "U1"], [2, 1], [1, 0], [])
    assert snapshot.reach(["LOT"], "forward", 1) == Reach(["BOX", "KIT", "U1", "U2"], [1, 2, 1, 1], [1, 1, 1, 1], [])
    assert snapshot.reach(["BOX"], "backward", 1) == Reach(["LOT", "PART", "U1", "U2"], [1, 2, 1, 1], [1, 1, 1, 1], [])
    assert snapshot.reach(["KIT"], "backward", 1) == Reach(["LOT", "U2"], [2, 1], [1, 1], [])


def test_a_step_with_two_outputs_cannot_prove_which_unit_holds_what() -> None:
    grain: list[Row] = [{"step_id": "S1", "grain": "unit"}]
    alias: list[Row] = [{"system": "erp", "kind": "item", "code": "b", "means": "B"}]
    both = Facts.of(
        entry(
            steps=grain,
            consumption=[{"step_id": "S1", "item_id": "A"}],
            production=[{"step_id": "S1", "item_id": "B"}, {"step_id": "S1", "item_id": "b"}],
        ),
        entry(aliases=alias),
    )
    snapshot = Snapshot.of(both)
    assert snapshot.reach(["A"], "forward", 1) == Reach(["B", "b"], [1, 1], [1, 1], [])
    assert snapshot.reach(["A"], "forward", 2) == Reach(["B"], [1], [0], [])


def test_only_a_start_that_reaches_itself_lies_on_a_cycle() -> None:
    """A -> B -> C -> B; D -> D."""
    snapshot = Snapshot.of(made(("S1", ["A"], ["B"]), ("S2", ["B"], ["C"]), ("S3", ["C"], ["B"]), ("S4", ["D"], ["D"])))
    assert snapshot.reach(["A"], "forward", 1) == Reach(["B", "C"], [1, 2], [1, 1], [])
    assert snapshot.reach(["B"], "forward", 1) == Reach(["C"], [1], [1], ["B"])
    assert snapshot.reach(["A", "B", "C", "D"], "forward", 1) == Reach([], [], [], ["B", "C", "D"])
    assert snapshot.reach(["A", "B"], "backward", 1) == Reach(["C"], [1], [1], ["B"])


def test_thousands_of_starts_behind_each_other_are_no_cycle() -> None:
    chain = made(*((f"S{at}", [f"I{at}"], [f"I{at + 1}"]) for at in range(5_000)))
    starts = [f"I{at}" for at in range(0, 5_000, 2)]
    assert Snapshot.of(chain).reach(starts, "forward", 1).cycles == []


def test_an_item_that_nobody_named_reaches_nothing() -> None:
    snapshot = Snapshot.of(made(("S1", ["A"], ["B"])))
    assert snapshot.reach(["nobody"], "forward", 1) == Reach([], [], [], [])
    assert Snapshot.of(Facts()).reach(["nobody"], "forward", 0) == Reach([], [], [], [])


def test_a_moment_that_the_snapshot_does_not_know_is_refused() -> None:
    with pytest.raises(GenealogyError, match="entries up to 1, not entry 2"):
        Snapshot.of(made(("S1", ["A"], ["B"]))).reach(["A"], "forward", 2)
