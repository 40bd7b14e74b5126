"""Both roads over a very large scope take seconds: the page shows what one of them counts, says so, and waits for the other.

Nothing of the first look is an answer: it is made for one page and forgotten. What is waited for is worked out once for
all who wait, and to its end, though a reader may turn to another tab meanwhile.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from genealogy import deadline
from genealogy.deadline import Deadline, within
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

LEAST = 50_000
"""Items up to which a page waits for the compared answer: below, it is there in less time than a second look takes."""
LONGEST_S = 600.0
_LISTEN_S = 0.1
_END_S = 3.0

Found = TypeVar("Found")


def least() -> int:
    """The items up to which a page waits for both roads: GENEALOGY_FIRST_LOOK, else ``LEAST``.

    Raises:
        InputError: it is no number.
    """
    text = os.environ.get("GENEALOGY_FIRST_LOOK", "").strip()
    if not text:
        return LEAST
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InputError(f"GENEALOGY_FIRST_LOOK is {text[:40]!r}. Give a number of items, 0 or more.")
    return int(text)


class _Work:
    """One comparison under way."""

    def __init__(self) -> None:
        self.hurry = Deadline(LONGEST_S)
        self.done = threading.Event()
        self.found: Any = None
        self.failed: BaseException | None = None


class Comparing:
    """What is being compared now, each question once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, tuple[_Work, threading.Thread]] = {}

    def wait(self, key: Hashable, ask: Callable[[], Found]) -> Found:
        """What ``ask`` finds; where it is at work for somebody already, that is waited for.

        Args:
            key: of the question: whoever asks, it is answered alike.
            ask: has a deadline of its own, so that it goes on when this reader does not wait any longer.
        """
        with self._lock:
            if key not in self._under_way:
                work = _Work()
                # In no reader's name: what is found is whole, and is masked for each who gets it.
                thread = threading.Thread(target=self._do, args=(key, work, ask), daemon=True)
                self._under_way[key] = work, thread
                thread.start()
            work, _ = self._under_way[key]
        hurry = deadline.current()
        while not work.done.wait(_LISTEN_S):
            if hurry is not None:
                hurry.check()
        if work.failed is not None:
            raise work.failed
        found: Found = work.found
        return found

    def at_work(self, key: Hashable) -> bool:
        """Whether it is being compared now."""
        return key in self._under_way

    def close(self) -> None:
        """The service ends: nobody waits any more."""
        with self._lock:
            under_way = list(self._under_way.values())
        for work, _ in under_way:
            work.hurry.call_off("the service is ending")
        for _, thread in under_way:
            thread.join(_END_S)

    def _do(self, key: Hashable, work: _Work, ask: Callable[[], Any]) -> None:
        try:
            with within(work.hurry):
                work.found = ask()
        except BaseException as error:  # noqa: BLE001 - whatever it is, whoever waits gets it
            work.failed = error
        finally:
            with self._lock:
                del self._under_way[key]
            work.done.set()
