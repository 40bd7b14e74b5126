"""Scopes that were looked at lately: a reader unfolds, filters and turns to the flow of the same one again and again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from genealogy.graph.columns import Columns, columns
from genealogy.graph.folds import Folds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genealogy.snapshot.moment import Moment

_KEPT = 4


class Picture:
    """One scope as of one moment, which never changes.

    Args:
        moment: the facts that count.
        starts: ids of items.
    """

    def __init__(self, moment: Moment, starts: Sequence[str]) -> None:
        self.columns: Columns = columns(moment, starts)
        self._folds: dict[str, Folds] = {}
        self._differences: list[str] | None = None
        self._made: dict[tuple[str, ...], dict[str, Any]] = {}

    def folds(self, folding: str) -> Folds:
        """The tree of this folding."""
        if folding not in self._folds:
            self._folds[folding] = Folds(self.columns, folding)
        return self._folds[folding]

    def made(self, key: tuple[str, ...], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What was worked out of it before, else now; nobody may change it."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def differences(self, compare: Callable[[], list[str]]) -> list[str]:
        """What the two roads say differently of it; compared once."""
        if self._differences is None:
            self._differences = compare()
        return self._differences


class Pictures:
    """The last few of them; for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[tuple[str, ...], int], Picture] = OrderedDict()
        self._lock = Lock()

    def of(self, moment: Moment, starts: Sequence[str]) -> Picture:
        """The picture of a scope."""
        key = (tuple(sorted(set(starts))), moment.as_of)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = Picture(moment, starts)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
