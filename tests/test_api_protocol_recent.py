"""Answers that are kept: the last ones, and no more of them than there is room for."""

from __future__ import annotations

from api.protocol.recent import Recent
from genealogy.answer import Answer


def long(rows: int) -> Answer:
    return Answer({"items": [{}] * rows, "complete": True}, {})


def test_the_last_answers_are_kept() -> None:
    recent = Recent(2)
    first, second, third = long(1), long(1), long(1)
    assert recent.answer("first", lambda: first) is first
    assert recent.answer("second", lambda: second) is second
    assert recent.answer("first", lambda: third) is first
    assert recent.keep("third", third) is third
    assert recent.get("second") is None, "the one that nobody asked for lately goes first"
    assert (recent.get("first"), recent.get("third")) == (first, third)


def test_long_answers_leave_when_there_is_no_room() -> None:
    recent = Recent(8, rows=10)
    for number in range(4):
        recent.keep(number, long(4))
    assert [recent.get(number) is not None for number in range(4)] == [False, False, True, True]
    recent.keep("longer than all room", long(100))
    assert recent.get(3) is None
    assert recent.get("longer than all room") is not None
