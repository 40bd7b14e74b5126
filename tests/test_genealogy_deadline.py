"""A question that nobody waits for any more is stopped in the store as well, and the store then answers others."""

from __future__ import annotations

import threading
import time

import pytest
from conftest import Home

from genealogy import deadline
from genealogy.deadline import Deadline, within
from genealogy.engine import Engine
from genealogy.errors import CalledOffError, DeadlineError
from queries import CATALOGUE
from queries.query import Query

_ROWS = "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b UNWIND range(1, 3000) AS c WITH a, b, c "
SLOW = Query(
    name="slow",
    question="How many of 27 thousand million triples add up oddly?",
    cypher=_ROWS + "WHERE a + b * c = $sum RETURN count(*) AS n",
    params={"sum": "any number"},
    columns=("n",),
)


def test_a_deadline_stops_the_question_in_the_store(engine: Engine) -> None:
    with within(Deadline(0.5)), pytest.raises(DeadlineError, match="There was no answer within"):
        engine.store.read(SLOW, sum=-1)
    assert_idle(engine)


def test_a_question_is_called_off_from_outside(engine: Engine) -> None:
    hurry = Deadline()

    def later() -> None:
        time.sleep(0.5)
        hurry.call_off("the caller went away")

    threading.Thread(target=later).start()
    with within(hurry), pytest.raises(CalledOffError, match="the caller went away"):
        engine.store.read(SLOW, sum=-1)
    assert_idle(engine)


def assert_idle(engine: Engine) -> None:
    """Nothing runs in the store, and it answers."""
    if engine.store.dialect == "neo4j":
        text = "SHOW TRANSACTIONS YIELD transactionId, currentQuery RETURN currentQuery"
        for _ in range(100):
            if not [q for (q,) in engine.store._rows(text) if "range(1, 3000)" in q]:  # type: ignore[attr-defined]
                break
            time.sleep(0.1)
        else:
            raise AssertionError("the server still works at it")
    else:
        assert not engine.store._gate._sharing  # type: ignore[attr-defined]
    assert engine.store.read(CATALOGUE["materials"], as_of=0)["material_id"] == []
    engine.store.prepare(engine.ledger.id)  # takes the embedded store for itself


def test_what_has_no_deadline_is_never_stopped() -> None:
    deadline.check()
    hurry = Deadline()
    with within(hurry):
        deadline.check()
        with within(None):
            hurry.call_off("no longer wanted")
            deadline.check()
        with pytest.raises(CalledOffError):
            deadline.check()
    deadline.check()


def test_time_is_counted_down() -> None:
    assert Deadline().left is None
    hurry = Deadline(100)
    assert hurry.left is not None
    assert 90 < hurry.left <= 100
    assert Deadline(0).over


def test_a_load_is_not_stopped_once_it_is_recorded(home: Home) -> None:
    engine = home.open()
    with within(Deadline(0)):
        entry = engine.record("noted", {"what": "anything"})
    assert engine.head == entry.sequence == 1
