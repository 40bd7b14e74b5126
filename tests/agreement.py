"""Compares what a road of the product says with what the oracle says, and names the first difference."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any, Literal, Protocol

from oracle import Load, Oracle

from genealogy.answer import TIERS
from genealogy.reach import Description, Reach, Shipped

Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")


class Road(Protocol):
    """Either road of the engine."""

    def reach(self, starts: Sequence[str], direction: Direction, as_of: int) -> Reach: ...
    def describe(self, ids: Sequence[str], as_of: int) -> list[Description]: ...
    def shipments(self, affected: Sequence[str], as_of: int) -> list[Shipped]: ...


def reached(reach: Reach) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """A reach as the oracle writes it; checks its form on the way."""
    assert reach.ids == sorted(set(reach.ids)), "ids are sorted and distinct"
    assert reach.cycles == sorted(set(reach.cycles)), "cycles are sorted and distinct"
    return dict(zip(reach.ids, zip(reach.depth, reach.tier, strict=True), strict=True)), reach.cycles


def difference(
    road: Road,
    oracle: Oracle,
    starts: Iterable[Sequence[str]],
    load: int | None,
    sequence: int,
    *,
    lists: bool = True,
    directions: Sequence[Direction] = DIRECTIONS,
) -> str | None:
    """The first thing that the road says otherwise than the oracle as of a load, or None.

    Args:
        road: either road.
        oracle: knows the same loads.
        starts: each a set of starts to ask from.
        load: the number of the load as of which to ask; None: the last.
        sequence: its entry in the ledger.
        lists: compare what is said of the items and of the shipments, too.
        directions: which ways to ask.
    """
    for asked in starts:
        for direction in directions:
            expected = oracle.reach(list(asked), direction, load)
            found, cycles = reached(road.reach(list(asked), direction, sequence))
            where = f"{direction} of {list(asked)!r} as of load {load} (entry {sequence})"
            if found != expected.items:
                changed = {
                    item: (expected.items.get(item, "not reached"), found.get(item, "not reached"))
                    for item in sorted(expected.items.keys() | found.keys())
                    if expected.items.get(item) != found.get(item)
                }
                return f"{where}: item -> (oracle's depth and tier, road's): {changed}"
            if cycles != expected.cycles:
                return f"{where}: on a cycle are {expected.cycles}, the road says {cycles}"
            if lists and direction == "forward":
                said = _lists(road, oracle, sorted({*asked, *found}), load, sequence)
                if said:
                    return f"{where}: {said}"
    return None


def _lists(road: Road, oracle: Oracle, ids: list[str], load: int | None, sequence: int) -> str | None:
    described_by = fields(Description)
    for item, described in zip(ids, road.describe(ids, sequence), strict=True):
        expected = oracle.describe(item, load)
        said = {each.name: getattr(described, each.name) for each in described_by}
        if said != expected:
            return f"{item!r} is {expected}, the road says {said}"
    lines = sorted(
        (astuple(line) for line in road.shipments(ids, sequence)),
        key=lambda r: tuple("" if c is None else c for c in r),
    )
    wanted = oracle.shipments(ids, load)
    if lines != wanted:
        missing, extra = [r for r in wanted if r not in lines], [r for r in lines if r not in wanted]
        return f"shipment lines: the road lacks {missing}, has beside {extra} ({len(wanted)} against {len(lines)})"
    return None


class EngineRoad:
    """The Cypher road of an engine, asked as the engine asks it."""

    def __init__(self, road: Any) -> None:
        self.road = road

    def reach(self, starts: Sequence[str], direction: Direction, as_of: int) -> Reach:
        return self.road.reach(starts, direction, as_of)  # type: ignore[no-any-return]

    def describe(self, ids: Sequence[str], as_of: int) -> list[Description]:
        self.described: list[Description] = self.road.describe(ids, as_of)
        self.ids = list(ids)
        return list(self.described)

    def shipments(self, affected: Sequence[str], as_of: int) -> list[Shipped]:
        described = self.described if list(affected) == self.ids else self.road.describe(affected, as_of)
        return self.road.shipments(affected, as_of, described)  # type: ignore[no-any-return]


COUNTED = ("complete", "second_road", "finished_units", "finished_lots", "by_tier")


def _by_tier(
    oracle: Oracle, starts: list[str], finished: dict[str, list[str]], load: int | None
) -> dict[str, dict[str, int]]:
    """Finished units and lots and items of any sort at each tier; the starts by themselves."""
    tier = {item: TIERS[tier] for item, (_, tier) in oracle.reach(starts, "forward", load).items.items()}
    tier |= dict.fromkeys(starts, "start")
    counts = {name: {"finished_units": 0, "finished_lots": 0, "items": 0} for name in ("start", *TIERS)}
    for item, name in tier.items():
        counts[name]["items"] += 1
        counts[name]["finished_units"] += item in finished["unit"]
        counts[name]["finished_lots"] += item in finished["lot"]
    return counts


def scope_difference(answer: dict[str, Any], oracle: Oracle, starts: list[str], load: int | None) -> str | None:
    """What a scope says otherwise than the oracle, or None."""
    found = {row["id"]: (row["depth"], TIERS.index(row["tier"])) for row in answer["items"]}
    finished = oracle.finished(starts, load)
    expected = {
        "complete": True,
        "second_road": "agrees",
        "items": oracle.reach(starts, "forward", load).items,
        "kinds": {i: oracle.describe(i, load)["kind"] for i in found},
        "stages": {i: oracle.describe(i, load)["stage"] for i in found},
        "finished_units": len(finished["unit"]),
        "finished_lots": len(finished["lot"]),
        "by_tier": _by_tier(oracle, starts, finished, load),
        "consignees": oracle.consignees(starts, load),
    }
    said = {name: answer[name] for name in COUNTED} | {
        "items": found,
        "kinds": {row["id"]: row["kind"] for row in answer["items"]},
        "stages": {row["id"]: row["stage"] for row in answer["items"]},
        "consignees": {(row["party_id"], row["certainty"]) for row in answer["consignees"]},
    }
    wrong = {name: (expected[name], said[name]) for name in expected if expected[name] != said[name]}
    return f"scope of {starts!r}: (oracle's, engine's) {wrong}" if wrong else None


def smallest(loads: list[Load], fails: Callable[[list[Load]], bool], seconds: float = 30) -> list[Load]:
    """Fewer rows that still fail: every row is left out whose absence changes nothing, as far as the time allows."""
    reduced, until = True, time.monotonic() + seconds
    while reduced:
        reduced = False
        for number, load in enumerate(loads):
            for table, rows in load.items():
                for place in range(len(rows) - 1, -1, -1):
                    fewer = {**load, table: [row for i, row in enumerate(load[table]) if i != place]}
                    tried = [*loads[:number], fewer, *loads[number + 1 :]]
                    if time.monotonic() < until and fails(tried):
                        loads, load, reduced = tried, fewer, True  # noqa: PLW2901
    return [{table: rows for table, rows in load.items() if rows} for load in loads]


def shown(loads: list[Load]) -> str:
    """Loads as a person reads them."""
    lines = []
    for number, load in enumerate(loads, start=1):
        for table, rows in load.items():
            lines += [f"load {number} {table}: {', '.join(f'{n}={c!r}' for n, c in row.items())}" for row in rows]
    return "\n".join(lines)
