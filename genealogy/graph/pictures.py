"""Scopes that were looked at lately: a reader unfolds, filters and turns to the flow of the same one again and again."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from genealogy.graph.columns import Columns, columns
from genealogy.graph.folds import Folds
from genealogy.graph.unnamed import Unnamed, Veil, veiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from genealogy.snapshot.moment import Moment
    from genealogy.starts import Start
    from genealogy.starts.resolve import Resolved

_KEPT = 8
COMPARED_S = 300.0
"""So long what the graph said of a scope counts for all its views: then it is asked again, for it may have been damaged."""


class Picture:
    """One scope as of one moment, which never changes.

    Args:
        made: its columns.
        said: operations that whoever looks reads otherwise, and how.
        whole: the picture of the same scope in which every party is told; what the two roads say of it holds here, too.
    """

    def __init__(self, made: Columns, said: Mapping[str, str] | None = None, whole: Picture | None = None) -> None:
        self.columns, self._said, self._whole = made, said, whole
        self._folds: dict[str, Folds] = {}
        self._compared: tuple[float, dict[str, str]] | None = None
        self._made: dict[tuple[str, ...], dict[str, Any]] = {}

    def folds(self, folding: str) -> Folds:
        """The tree of this folding."""
        if folding not in self._folds:
            self._folds[folding] = Folds(self.columns, folding, self._said)
        return self._folds[folding]

    def made(self, key: tuple[str, ...], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What was worked out of it before, else now; nobody may change it."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @property
    def compared(self) -> bool:
        """Whether the two roads were compared already."""
        if self._whole is not None:
            return self._whole.compared
        return self._compared is not None and time.monotonic() - self._compared[0] <= COMPARED_S

    def differences(self, compare: Callable[[], tuple[list[str], dict[str, str]]]) -> tuple[list[str], dict[str, str]]:
        """What the two roads say differently of it, and the questions that the graph was asked for that.

        That they agree is kept for a while; that they differ is not, as the graph may be made again.
        """
        if self._whole is not None:
            return self._whole.differences(compare)
        kept = self._compared
        if kept is not None and self.compared:
            return [], kept[1]
        differing, asked = compare()
        self._compared = None if differing else (time.monotonic(), asked)
        return differing, asked


class Pictures:
    """The last few of them; for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[tuple[str, ...], tuple[str, ...], int, Veil | None], Picture] = OrderedDict()
        self._chosen: OrderedDict[tuple[tuple[Start, ...], int], tuple[float, Resolved, dict[str, str]]] = OrderedDict()
        self._lock = Lock()

    def chosen(
        self, asked: tuple[tuple[Start, ...], int], resolve: Callable[[], tuple[Resolved, dict[str, str]]]
    ) -> tuple[Resolved, dict[str, str]]:
        """What starts that are no items select as of an entry, and the questions that the graph was asked for that."""
        kept = self._chosen.get(asked)
        if kept is not None and time.monotonic() - kept[0] <= COMPARED_S:
            return kept[1:]
        found, told = resolve()
        with self._lock:
            self._chosen.pop(asked, None)
            if not found.differences:
                self._chosen[asked] = time.monotonic(), found, told
            while len(self._chosen) > _KEPT:
                self._chosen.popitem(last=False)
        return found, told

    def of(
        self, moment: Moment, starts: Sequence[str], selected: Sequence[str] = (), unnamed: Unnamed | None = None
    ) -> Picture:
        """The picture of the scope of some items and of the steps that are selected.

        For somebody who may not know some of its parties, with these not told apart.
        """
        asked, steps = tuple(sorted(set(starts))), tuple(selected)
        whole = self._of((asked, steps, moment.as_of, None), lambda: Picture(columns(moment, asked, steps)))
        veil = None if unnamed is None else Veil.over(whole.columns, unnamed)
        if veil is None:
            return whole
        return self._of(
            (asked, steps, moment.as_of, veil), lambda: Picture(veiled(whole.columns, veil), dict(veil.texts), whole)
        )

    def _of(
        self, key: tuple[tuple[str, ...], tuple[str, ...], int, Veil | None], make: Callable[[], Picture]
    ) -> Picture:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
