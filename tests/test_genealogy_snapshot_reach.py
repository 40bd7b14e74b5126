"""Reach over arrays against a dictionary search that is written here from the meaning of the facts alone."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from facts import Facts, Row, entry, key_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from genealogy.errors import GenealogyError
from genealogy.reach import Reach
from genealogy.snapshot import Direction, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

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


def links(state: Load) -> set[tuple[str, str, int]]:
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
    edges = links(in_force(loads, as_of))
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
    tier = [0 if one in proven else 1 if one in by_lot else 2 for one in ids]
    cycles = sorted(start for start in set(starts) if start in distances([start], 2))
    return Reach(ids, [depth[one] for one in ids], tier, cycles)


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


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loads_of_a_plant, st.lists(item, min_size=1, max_size=3), st.integers(0, 4))
def test_reach_is_what_the_facts_mean_as_of_every_entry(loads: list[Load], starts: list[str], known: int) -> None:
    facts = source(loads)
    at_once = Snapshot.of(facts)
    added = Snapshot.of(Facts({number: tables for number, tables in facts.entries.items() if number <= known}))
    added = added.extended(facts)
    for as_of in range(1, len(loads) + 1):
        for direction in DIRECTIONS:
            expected = naive_reach(loads, starts, direction, as_of)
            assert at_once.reach(starts, direction, as_of) == expected
            assert added.reach(starts, direction, as_of) == expected
