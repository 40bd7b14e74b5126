"""One piece of long work: what it is, how far it is, and what came of it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from genealogy.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

_REMEMBERED = 500
"""Words about the work that are kept of one job: the last ones."""


class State(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})

ON_PAGE = "on_page"
"""Key of a problem under which stands what a page says of it; ``detail`` is what is said over HTTP."""

RESULT_GONE: dict[str, Any] = {
    "type": "urn:genealogy:ResultGone",
    "status": 410,
    "detail": "What came of this job is not kept any more: later results took its place. Ask for it again.",
}
"""Stands as the problem of a job whose result was dropped; its state stays what it was."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job.

    Attributes:
        number: from 1, in order.
        kind: ``progress`` (words about the work), ``state``, or ``ended``.
        text: the words, or the state.
    """

    number: int
    kind: str
    text: str


@dataclass(eq=False)
class Job:
    """A piece of long work.

    Attributes:
        kind: what is done: ``load``, ``check``, ``verify``, or the name of a question.
        owner: who began it, as the ledger names them.
        id: made by chance, so that nobody can guess it.
        state: how far it is.
        result: what came of it, once it is done.
        problem: why it failed: ``type``, ``status`` and ``detail`` as in a problem.
        hurry: by which it is called off.
        size: of what came of it, in characters of JSON; 0 where nothing did.
    """

    kind: str
    owner: str
    about: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid4().hex)
    state: State = State.WAITING
    created: str = field(default_factory=lambda: _now())  # noqa: PLW0108 - it stands below
    ended: str | None = None
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    hurry: Deadline = field(default_factory=Deadline)
    events: list[Event] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._told: set[Callable[[], None]] = set()
        self._over = threading.Event()
        self._number = self.events[-1].number if self.events else 0
        if self.state in ENDED:
            self._over.set()

    @property
    def over(self) -> bool:
        """Whether nothing more will happen, and the event of its end can be heard."""
        return self._over.is_set()

    def say(self, text: str) -> None:
        """A word about the work. The work ends here where the job was called off."""
        self.hurry.check()
        self._add("progress", text)

    def turn(
        self, state: State, *, result: dict[str, Any] | None = None, problem: dict[str, Any] | None = None
    ) -> None:
        """The job is in another state now."""
        self.result, self.problem = result, problem
        if state in ENDED:
            self.ended = _now()
        self.state = state
        self._add("ended" if state in ENDED else "state", state.value)
        if state in ENDED:
            self._over.set()
            self.wake()

    def drop_result(self) -> None:
        """What came of it is kept no longer; it says so from now on."""
        self.result, self.size, self.problem = None, 0, dict(RESULT_GONE)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        return self._over.wait(seconds)

    def after(self, number: int) -> list[Event]:
        """What happened after an event."""
        with self._lock:
            return [event for event in self.events if event.number > number]

    def watch(self) -> Watch:
        """Hear of whatever happens, in the running event loop."""
        loop, happened = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(happened.set)

        with self._lock:
            self._told.add(tell)
        return Watch(self, happened, tell)

    def as_json(self) -> dict[str, Any]:
        """What a caller is told of it, without what came of it."""
        words = [event.text for event in self.events if event.kind == "progress"]
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state.value,
            "created": self.created,
            "ended": self.ended,
            "progress": words[-1] if words else None,
        }

    def wake(self) -> None:
        """Have everybody who watches look again."""
        with self._lock:
            for tell in self._told:
                tell()

    def _add(self, kind: str, text: str) -> None:
        with self._lock:
            self._number += 1
            self.events.append(Event(self._number, kind, text))
            del self.events[:-_REMEMBERED]
            for tell in self._told:
                tell()

    def _leave(self, tell: Callable[[], None]) -> None:
        with self._lock:
            self._told.discard(tell)


@dataclass(frozen=True, slots=True)
class Watch:
    """One who watches a job."""

    job: Job
    happened: asyncio.Event
    tell: Callable[[], None]

    async def next(self, seconds: float) -> bool:
        """Wait until something happens; False where nothing did in this time."""
        try:
            await asyncio.wait_for(self.happened.wait(), seconds)
        except TimeoutError:
            return False
        self.happened.clear()
        return True

    def close(self) -> None:
        """Watch no longer."""
        self.job._leave(self.tell)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
