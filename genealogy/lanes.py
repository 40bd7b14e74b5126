"""Questions beside each other, and beside loads.

A lane is what one question needs of its own: the moment that is "now" for it, the arrays of that moment, and a Cypher
road with its notes. A load hands all of it on at once, when everything that it brought is in store and arrays; until then
questions are answered as of the entry before. So an answer is the same as when it is asked again as of its entry.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genealogy import deadline
from genealogy.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genealogy.cypher_road import CypherRoad
    from genealogy.snapshot import Snapshot

MOST = 4
"""Questions at once: more would only share the same processors."""

PATIENCE_S = 30.0
"""How long a question waits for its turn at the most."""

_CROWDED = "So much is asked at once that this question did not get its turn. Ask again soon."
_MADE_AGAIN = "The graph is being made again from the ledger; questions are answered when that is done. Ask again soon."


@dataclass(frozen=True, slots=True)
class State:
    """What is handed on from change to change: the last entry whose facts are all there, and its arrays."""

    head: int
    snapshot: Snapshot


@dataclass(slots=True)
class Lane:
    """The turn of one question.

    Attributes:
        state: what is "now" for it.
        road: its own.
        generation: of the graph that the road remembers.
        closings: how often the lanes had been closed when it began.
        depth: how often its thread entered.
    """

    state: State
    road: CypherRoad
    generation: int
    closings: int
    depth: int = 1


class Lanes:
    """The lanes of one engine; as a context, the turn of one question of this thread.

    Args:
        state: gives what is in force now.
        road: makes a Cypher road.
    """

    def __init__(self, state: Callable[[], State], road: Callable[[], CypherRoad]) -> None:
        self._state, self._make_road = state, road
        self._free = threading.Semaphore(MOST)
        self._open = threading.Event()
        self._open.set()
        self._mine = threading.local()
        self._roads: list[tuple[int, CypherRoad]] = []
        self._generation = self._closings = 0

    @property
    def mine(self) -> Lane | None:
        """The lane of this thread, while it asks."""
        found: Lane | None = getattr(self._mine, "lane", None)
        return found

    def __enter__(self) -> None:
        mine = self.mine
        if mine is not None:
            mine.depth += 1
            return
        if not self._open.wait(_patience()):
            deadline.check()
            raise BusyError(_MADE_AGAIN)
        closings = self._closings
        if not self._free.acquire(timeout=_patience()):
            deadline.check()
            raise BusyError(_CROWDED)
        try:
            # A question that waited long is answered as of when its turn came.
            self._mine.lane = Lane(self._state(), *self._road(), closings)
        except BaseException:
            self._free.release()
            raise

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        mine = self.mine
        assert mine is not None
        mine.depth -= 1
        if mine.depth:
            return
        self._mine.lane = None
        self._roads.append((mine.generation, mine.road))
        self._free.release()
        if self._closings != mine.closings and (kind is None or issubclass(kind, Exception)):
            # It was asked of a graph that was taken away meanwhile: whatever came out of that is no answer.
            raise BusyError(_MADE_AGAIN)

    def renew(self) -> None:
        """The graph changed: roads that remember what was in it are made anew."""
        self._generation += 1
        self._roads.clear()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """While this lasts no question begins, as the graph is being made again; those under way get no answer."""
        self._open.clear()
        self._closings += 1
        mine = self.mine
        if mine is not None:
            mine.closings = self._closings
        try:
            yield
        finally:
            self._closings += 1
            if mine is not None:
                mine.closings = self._closings
            self._open.set()

    def _road(self) -> tuple[CypherRoad, int]:
        while self._roads:
            generation, road = self._roads.pop()
            if generation == self._generation:
                return road, generation
        generation = self._generation
        return self._make_road(), generation


def _patience() -> float:
    hurry = deadline.current()
    left = None if hurry is None else hurry.left
    return PATIENCE_S if left is None else min(PATIENCE_S, left)
