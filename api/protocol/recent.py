"""The last answers, kept for whoever goes from page to page of one: as of an entry an answer never changes.

Whether both roads agree on it may change, as the graph can be damaged or made again: so what was incomplete is not kept, and
nothing is kept for long.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from genealogy.answer import Answer

KEPT_S = 300.0
"""So long an answer is kept at the most."""
ROWS = 2_000_000
"""Rows of all kept answers together, about 1 GB of memory; the last answer is kept whatever its size."""


class Recent:
    """The answers that were asked for last.

    Args:
        most: so many are kept, and fewer where they are long.
        rows: so many rows they have together, but for the last.
    """

    def __init__(self, most: int, rows: int = ROWS) -> None:
        self._most, self._rows = most, rows
        self._answers: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Answer | None:
        """The answer to a question as of an entry, where it is kept."""
        with self._lock:
            since, answer = self._answers.get(key, (0.0, None))
            if answer is None:
                return None
            if time.monotonic() - since > KEPT_S:
                del self._answers[key]
                return None
            self._answers.move_to_end(key)
            return answer

    def keep(self, key: Hashable, answer: Answer) -> Answer:
        """Keep an answer, unless it is incomplete, and of the earlier ones those for which there is room."""
        with self._lock:
            self._answers.pop(key, None)
            if not answer.complete:
                return answer
            self._answers[key] = time.monotonic(), answer
            while len(self._answers) > 1 and (len(self._answers) > self._most or self._count() > self._rows):
                self._answers.popitem(last=False)
        return answer

    def answer(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question as of an entry; ``key`` says which. Asked for where it is not kept."""
        return self.get(key) or self.keep(key, ask())

    def _count(self) -> int:
        answers = (each.answer for _, each in self._answers.values())
        lists = (part for told in answers for part in told.values() if isinstance(part, list))
        return sum(map(len, lists))
