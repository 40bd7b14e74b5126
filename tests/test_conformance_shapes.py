"""Shapes that a trace could stop short in: long, wide, both, turning back on themselves. Whole both ways, on both stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from agreement import EngineRoad, difference, reached
from oracle import Load, Oracle

if TYPE_CHECKING:
    from conftest import Home

WIDTH = 40


def links(*steps: tuple[list[str], list[str]]) -> Load:
    """A load of steps, each from what it consumed to what it produced; nothing else is recorded."""
    return {
        "consumption": [{"step_id": f"T{i}", "item_id": item} for i, (into, _) in enumerate(steps) for item in into],
        "production": [{"step_id": f"T{i}", "item_id": item} for i, (_, out) in enumerate(steps) for item in out],
    }


def chain(hops: int) -> Load:
    return links(*(([f"C{i}"], [f"C{i + 1}"]) for i in range(hops)))


def layer(number: int) -> list[str]:
    return [f"D{number}.{place}" for place in range(WIDTH)]


def agrees(home: Home, load: Load, asked: list[list[str]], *, lists: bool = True) -> None:
    """Load it and ask all three, both ways, from each set of starts; the engine calls its answers complete."""
    engine = home.open()
    sequence = home.load(engine, load)["sequence"]
    oracle = Oracle([load])
    for road in (EngineRoad(engine.road), engine.snapshot):
        assert difference(road, oracle, asked, None, sequence, lists=lists) is None
    forward = engine.trace(asked[0], "forward").answer
    assert forward["complete"]
    assert len(forward["items"]) == len(oracle.reach(asked[0], "forward").items)
    backward = engine.trace(asked[-1], "backward").answer
    assert backward["complete"]
    assert len(backward["items"]) == len(oracle.reach(asked[-1], "backward").items)


@pytest.mark.parametrize("hops", [31, 1_000])
def test_chain(home: Home, hops: int) -> None:
    agrees(home, chain(hops), [["C0"], [f"C{hops // 2}"], ["C3", f"C{hops - 5}"], [f"C{hops}"]])


def test_chain_of_70_000_hops(home: Home) -> None:
    hops = 70_000
    engine = home.open()
    sequence = home.load(engine, chain(hops))["sequence"]
    expected = {f"C{i}": (i, 1) for i in range(1, hops + 1)}
    for road in (engine.road, engine.snapshot):
        assert reached(road.reach(["C0"], "forward", sequence)) == (expected, [])
        assert len(road.reach([f"C{hops}"], "backward", sequence).ids) == hops


def test_dense_diamonds_40_wide_and_12_deep(home: Home) -> None:
    steps = [(layer(i), layer(i + 1)) for i in range(12)]
    agrees(home, links(*steps), [["D0.0"], ["D6.3"], ["D12.39"]])


def test_diamonds_that_close_12_times(home: Home) -> None:
    steps = []
    for i in range(12):
        steps += [([f"M{i}"], layer(i)), *(([wing], [f"M{i + 1}"]) for wing in layer(i))]
    agrees(home, links(*steps), [["M0"], ["M6"], ["M12"]])


def test_wide_and_deep(home: Home) -> None:
    """More hops than any one bound, with a wide frontier all the way."""
    depth = 400
    steps = [
        ([item], [layer(i + 1)[place], layer(i + 1)[(place + 1) % WIDTH]])
        for i in range(depth)
        for place, item in enumerate(layer(i))
    ]
    agrees(home, links(*steps), [["D0.0"], [f"D{depth}.7"]], lists=False)


def test_shallow_and_deep_ways_to_the_same_item(home: Home) -> None:
    """What is reached at the bound by one way is reached early by another: the least depth counts, and all behind it."""
    steps = [([f"C{i}"], [f"C{i + 1}"]) for i in range(450)]
    steps += [(["C0"], ["S1"]), (["S1"], ["C198", "C205"]), (["C197"], ["C430"]), (["C449"], ["C1"])]
    agrees(home, links(*steps), [["C0"], ["C199"], ["S1"], ["C450"]])


def test_rework_cycles(home: Home) -> None:
    ring = [([f"R{i}"], [f"R{(i + 1) % 500}"]) for i in range(500)]
    eight = [(["R250"], ["E1"]), (["E1"], ["E2"]), (["E2"], ["R250"]), (["E2"], ["Out"]), (["In"], ["R499"])]
    agrees(home, links(*ring, *eight), [["R0"], ["R250"], ["In"], ["R0", "R1", "In"], ["Out"]])


def test_self_loops(home: Home) -> None:
    steps = [(["A"], ["A"]), (["A"], ["B"]), (["B", "A"], ["B"]), (["B"], ["C"]), (["C"], []), ([], ["C"])]
    agrees(home, links(*steps), [["A"], ["B"], ["A", "B"], ["C"]])


def test_one_lot_with_5_000_consumers(home: Home) -> None:
    steps = [(["Salt"], [f"F{i}"]) for i in range(5_000)]
    agrees(home, links(*steps), [["Salt"], ["F17"], ["F4999"]], lists=False)


def test_5_000_units_of_a_lot_that_50_steps_used_as_a_lot(home: Home) -> None:
    load = links(*((["L"], [f"F{i}"]) for i in range(50)), (["U3"], ["Own"]), (["F0"], ["Far"]))
    load["units"] = [{"item_id": f"U{i}", "lot_id": "L", "serial": str(i)} for i in range(5_000)]
    load["steps"] = [{"step_id": f"T{i}", "operation": "op", "grain": "order" if i % 2 else "unit"} for i in range(52)]
    agrees(home, load, [["U3"], ["U4"], ["L"], ["Own"], ["F1"], ["Far"]], lists=False)


def test_every_mixture_of_grains_on_two_ways(home: Home) -> None:
    """The tier is the weakest link of the strongest way, whatever the shortest way is."""
    grains, steps, rows = ("unit", "lot", "order"), [], []
    for a in grains:
        for b in grains:
            for c in grains:
                name = f"{a}-{b}-{c}"
                steps += [([name], [f"{name}-1"]), ([f"{name}-1"], [f"{name}-end"]), ([name], [f"{name}-end"])]
                rows += [a, b, c]
    load = links(*steps)
    load["steps"] = [{"step_id": f"T{i}", "operation": "op", "grain": grain} for i, grain in enumerate(rows)]
    starts = [[f"{a}-{b}-{c}"] for a in grains for b in grains for c in grains]
    agrees(home, load, [*starts, *([f"{start}-end"] for (start,) in starts)])


def test_an_item_nobody_ever_spoke_of(home: Home) -> None:
    engine = home.open()
    sequence = home.load(engine, chain(3))["sequence"]
    for road in (engine.road, engine.snapshot):
        for as_of in (0, sequence):
            assert reached(road.reach(["never heard of"], "forward", as_of)) == ({}, [])
            assert [d.kind for d in road.describe(["never heard of"], as_of)] == ["unknown"]
        assert reached(road.reach(["C0"], "forward", 0)) == ({}, [])
