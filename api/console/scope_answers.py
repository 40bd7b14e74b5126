"""The scopes and traces that pages tell of: what their texts name, what is kept, and what both roads are at work for."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from api.access.masks import current
from api.console.comparing import Comparing, least
from api.protocol.recent import Recent
from api.questions.asked import found as find
from api.questions.asked import when
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.first_look import ScopeLook, TraceLook
    from genealogy.lanes import Lanes
    from genealogy.snapshot import Direction
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.asked import Asked
    from genealogy.starts.question import Start

Scoped = tuple[tuple[str, ...], int, tuple["Start", ...]]
"""The items of which a scope starts, the entry, and its other starts: as of that entry, its answer never changes."""
Found = TypeVar("Found")
_KEPT = 16
"""Answers that are kept: an answer as of an entry never changes, and a reader goes from tab to tab."""
_MEANT = 64
"""Questions of which is kept what their texts name."""


class ScopeAnswers:
    """The scopes of one engine.

    Args:
        engine: that is asked.
        asking: held while it is asked.

    Attributes:
        comparing: what is being compared now.
        least: items up to which a page waits for both roads.
    """

    def __init__(self, engine: Engine, asking: Lanes) -> None:
        self._engine, self._asking = engine, asking
        self._recent = Recent(_KEPT)
        self._meant: OrderedDict[tuple[tuple[str, ...], int, int, bool, str], list[str]] = OrderedDict()
        self._keeping = Lock()
        self.comparing, self.least = Comparing(), least()

    def named(self, items: list[str], as_of: str, *, asked: Asked | None = None, union: bool = False) -> Scoped:
        """The items that texts name, the entry, and what is asked from besides items.

        Raises:
            InputError: neither is said.
        """
        with self._asking:
            at = self._engine.moment(when(as_of))
            also = tuple(self._engine.starts(asked, at)) if asked is not None else ()
            if not items and not also:
                raise InputError("Say what the scope starts from: choose what went wrong, and fill in which one.")
            return tuple(sorted(self.starts(items, at, union=union))), at, also

    def started(self, asked: Asked, as_of: str) -> list[Start]:
        """The starts that are no items."""
        with self._asking:
            return self._engine.starts(asked, when(as_of))

    def offered(self, tell: Callable[[Moment], Found], as_of: str) -> tuple[int, Found]:
        """What is told of the records as of a moment, and its entry; of a moment that there is not, as of now."""
        with self._asking:
            try:
                at = self._engine.moment(when(as_of))
            except InputError:
                at = self._engine.head
            return at, tell(self._engine.snapshot.moment(at))

    def starts(self, texts: list[str], at: int, *, union: bool = False) -> list[str]:
        """The items that texts name as of an entry, in order, each once; to be asked while the engine is held.

        A reader asks about the same ones from tab to tab, and to look for a number through a million units takes its time.
        """
        # A supplier's lot number is found only for whoever may see it.
        key = (tuple(texts), at, self._engine.head, union, current().tag)
        found = self._meant.get(key)
        if found is None:
            named = (each for text in texts for each in find(self._engine, text, at, union=union).items)
            found = self._meant[key] = list(dict.fromkeys(named))
            with self._keeping:  # others ask at the same time
                while len(self._meant) > _MEANT:
                    self._meant.popitem(last=False)
        return found

    def look(self, key: Scoped) -> ScopeLook | None:
        """What one road says of a very large scope that nobody asked for lately; else None: its answer is soon there.

        Where it starts from something else than items, both roads are waited for.
        """
        items, at, also = key
        if also or self._recent.get(key) is not None:
            return None
        with self._asking:
            return self._engine.scope_look(items, at, least=self.least)

    def answer(self, key: Scoped, *, together: bool | None = None) -> Answer:
        """The answer, kept or asked for now.

        ``together``: once for all who wait for it; None: if somebody does.
        """
        answer = self._recent.get(key)
        if answer is not None:
            return answer
        items, at, also = key

        def ask() -> Answer:
            with self._asking:
                return self._engine.scope(items, at, also=also)

        if together is None:
            together = self.comparing.at_work(("scope", key))
        return self._recent.keep(key, self.comparing.wait(("scope", key), ask) if together else ask())

    def trace_look(self, item: str, direction: Direction, at: int) -> TraceLook | None:
        """What one road says of a very large trace that nobody asked for lately; else None: its answer is soon there."""
        if self._recent.get((item, direction, at)) is not None:
            return None
        with self._asking:
            return self._engine.trace_look([item], direction, at, least=self.least)

    def trace(self, item: str, direction: Direction, at: int, *, together: bool) -> Answer:
        """What an item went into or was made from, kept or asked for now; ``together``: once for all who wait for it."""
        key = (item, direction, at)

        def ask() -> Answer:
            with self._asking:
                return self._engine.trace([item], direction, at)

        wait = (
            partial(self.comparing.wait, ("trace", key), ask)
            if together or self.comparing.at_work(("trace", key))
            else ask
        )
        return self._recent.answer(key, wait)

    def compare(self, items: list[str], as_of: str, asked: Asked) -> None:
        """Wait until both roads were compared over a scope that is looked at; once for all who wait."""
        key = self.named(items, as_of, asked=asked, union=True)
        starts, at, also = key

        def ask() -> None:
            with self._asking:
                self._engine.picture_compared(starts, at, also=also)

        self.comparing.wait(("picture", key), ask)
