"""How long a question or a piece of work may take, and that it can be called off.

What was asked of the store is stopped as well: an answer that nobody waits for any more must not keep the store busy.
The deadline of the work at hand belongs to the context (``contextvars``), so that a thread started for it inherits it.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from genealogy.errors import CalledOffError, DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """Until when somebody waits.

    Args:
        seconds: from now; None: as long as nobody calls it off.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        self._until = None if seconds is None else time.monotonic() + seconds
        self._called_off = ""
        self._stops: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def left(self) -> float | None:
        """Seconds that are left, never below 0; None: no end is set."""
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether nobody waits any more."""
        return bool(self._called_off) or self.left == 0.0

    def check(self) -> None:
        """Go on only while somebody waits.

        Raises:
            CalledOffError: it was called off.
            DeadlineError: the time is over.
        """
        if self._called_off:
            raise CalledOffError(f"It was called off: {self._called_off}. Nothing was changed.")
        if self.left == 0.0:
            raise DeadlineError(
                f"There was no answer within {self.seconds:g} s; what was asked of the store was stopped. Ask again with "
                "more time (X-Deadline: SECONDS), ask less at once, or have it done as a job."
            )

    def call_off(self, why: str) -> None:
        """Nobody waits any more; what runs in a store is stopped."""
        self._called_off = self._called_off or why
        self.stop()

    def stop(self) -> None:
        """Stop what runs in a store for this now."""
        with self._lock:
            for stop in self._stops:
                stop()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """While this lasts, ``stop`` ends what runs in the store; it must be harmless where nothing runs."""
        self.check()
        with self._lock:
            self._stops.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)


@contextmanager
def within(deadline: Deadline | None) -> Iterator[None]:
    """Everything in this context has this deadline; None: it has none, and cannot be called off."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Deadline | None:
    """The deadline of the work at hand."""
    return _current.get()


def check() -> None:
    """Go on only while somebody waits for the work at hand (see ``Deadline.check``)."""
    deadline = _current.get()
    if deadline is not None:
        deadline.check()
