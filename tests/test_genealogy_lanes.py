"""Questions beside each other and beside loads: none is wrong, none waits for a load, none sees half of one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Home

from genealogy import lanes
from genealogy.deadline import Deadline, within
from genealogy.engine import Engine
from genealogy.errors import BusyError, DeadlineError

LOTS = 6


def chain(number: int) -> dict[str, list[dict[str, str]]]:
    """One more link of a chain of lots."""
    return {
        "lots": [{"item_id": f"L{number}", "material_id": "M", "lot_number": f"N{number}"}],
        "steps": [{"step_id": f"S{number}", "operation": "mix"}],
        "consumption": [{"step_id": f"S{number}", "item_id": f"L{number - 1}"}],
        "production": [{"step_id": f"S{number}", "item_id": f"L{number}"}],
    }


def test_answers_beside_loads_are_their_as_of_twins(home: Home) -> None:
    engine = home.open()
    home.load(engine, chain(1))
    told: list[tuple[int, str]] = []
    loaded = threading.Event()

    def ask() -> int:
        seen = 0
        while not loaded.is_set():
            with engine.asking:
                answer = engine.trace(["L0"], "forward")
                assert answer.complete
                assert answer.answer["as_of"] >= seen
                assert len(answer.answer["items"]) == answer.answer["as_of"]
                seen = answer.answer["as_of"]
            told.append((seen, answer.digest))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(2, LOTS + 1):
                home.load(engine, chain(number))
        finally:
            loaded.set()
        assert all(each.result() for each in asking)
    twins = {sequence: engine.trace(["L0"], "forward", sequence).digest for sequence in range(1, LOTS + 1)}
    assert [digest for sequence, digest in told if digest != twins[sequence]] == []
    with engine.asking:
        assert len(engine.trace(["L0"], "forward").answer["items"]) == LOTS
    assert engine.verify().ok


def test_a_question_keeps_its_now(home: Home) -> None:
    engine = home.open()
    home.load(engine, chain(1))
    with engine.asking:
        assert engine.head == 1

        def load() -> None:
            home.load(engine, chain(2))

        with ThreadPoolExecutor(1) as pool:
            pool.submit(load).result()
        assert engine.head == 1
        assert len(engine.trace(["L0"], "forward").answer["items"]) == 1
        with engine.asking:
            assert engine.head == 1
    with engine.asking:
        assert engine.head == 2


def test_what_was_asked_while_the_graph_was_made_again_is_no_answer(home: Home) -> None:
    engine = home.open()
    home.load(engine, chain(1))
    with ThreadPoolExecutor(1) as pool, pytest.raises(BusyError, match="made again"), engine.asking:
        pool.submit(engine.rebuild).result()
    with engine.asking:
        assert len(engine.trace(["L0"], "forward").answer["items"]) == 1


def test_who_gets_no_turn_is_told_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_S", 0.05)
    engine = home.open()
    inside, done = threading.Barrier(lanes.MOST + 1), threading.Event()

    def stay() -> None:
        with engine.asking:
            inside.wait()
            done.wait(30)

    with ThreadPoolExecutor(lanes.MOST) as pool:
        for _ in range(lanes.MOST):
            pool.submit(stay)
        inside.wait()
        try:
            with pytest.raises(BusyError, match="Ask again"):
                enter(engine)
            with within(Deadline(0.01)), pytest.raises(DeadlineError):
                enter(engine)
        finally:
            done.set()
    enter(engine)


def enter(engine: Engine) -> None:
    with engine.asking:
        pass
