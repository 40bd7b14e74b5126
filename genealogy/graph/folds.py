"""Places folded into nodes that can be unfolded one at a time: a tree, of which a picture shows one cut.

A fold is named by its way from the root, such as ``2.0.3``: the fourth child of the first child of the third kind. The way
is the same whenever the same scope is asked about as of the same entry, so a link can hold what was unfolded. Every place
is below exactly one node of a cut, and so no folding can lose a count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from genealogy.errors import InputError
from genealogy.graph.columns import CUSTOMER, KINDS, NO_DAY, STEPS, SUPPLIER, UNITS, Columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from genealogy.snapshot.files import Array

MOST = 500
"""More nodes than this nobody can look at, and no browser draws them quickly."""
FAN = 40
"""Children of one fold; where there are more, ranges of them stand between."""
_OF_ITSELF = 240
"""Nodes up to which a picture unfolds of its own accord, so that what the reader unfolds finds room."""
FOLDINGS = ("product", "lot", "day")
"""What items are folded by at first: material; lot; material and day."""


@dataclass(slots=True)
class Fold:
    """A node of the tree.

    Attributes:
        path: its way from the root.
        kind: number in ``KINDS``.
        level: ``kind``, ``product``, ``day``, ``lot``, ``item``, ``operation``, ``step``, ``country``, ``party``, ``range``.
        label: what the records call it; empty where they say nothing.
        until: last label of a range.
        places: everything folded into it.
        rest: levels below it.
        keys: of a range, the children that it stands for: label and places of each.
        count: how many children of the level below a range stands for.
    """

    path: tuple[int, ...]
    kind: int
    level: str
    label: str
    places: Array
    rest: tuple[str, ...]
    until: str = ""
    keys: list[tuple[str, Array]] = field(default_factory=list)

    @property
    def opens(self) -> bool:
        """Whether there is something to unfold."""
        return len(self.places) > 1 and bool(self.rest)

    @property
    def name(self) -> str:
        """Its way as text."""
        return ".".join(map(str, self.path))


def way(text: str) -> tuple[int, ...]:
    """The way that a text names.

    Raises:
        InputError: it is none.

    >>> way("2.0.3")
    (2, 0, 3)
    """
    parts = text.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts) or len(parts) > 40:
        raise InputError(f"{text!r} names no fold. A fold is named by numbers with points between, such as 2.0.3.")
    return tuple(map(int, parts))


class Folds:
    """The tree over the places of a scope; branches are made when they are looked at.

    Args:
        columns: the places.
        folding: one of ``FOLDINGS``.
        said: operations that whoever looks reads otherwise, and how: they stand in that order.
    """

    def __init__(self, columns: Columns, folding: str, said: Mapping[str, str] | None = None) -> None:
        self.columns, self.folding = columns, folding
        self._said = said or {}
        self._known: dict[tuple[int, ...], Fold] = {}
        self._children: dict[tuple[int, ...], list[Fold]] = {}
        every = np.argsort(columns.kind, kind="stable")
        ends = np.searchsorted(columns.kind[every], np.arange(len(KINDS) + 1))
        self.kinds = [
            Fold((kind,), kind, "kind", "", every[ends[kind] : ends[kind + 1]], self._levels(kind))
            for kind in range(len(KINDS))
        ]

    def _levels(self, kind: int) -> tuple[str, ...]:
        match kind:
            case 0 | 1:
                return ("party",) if kind == SUPPLIER else ("item",)
            case _ if kind in STEPS:
                return ("operation", "day", "step") if self.folding == "day" else ("operation", "step")
            case _ if kind == CUSTOMER:
                return ("country", "party")
        between = ("day",) if self.folding == "day" else ()
        return ("product", *between, *(("lot",) if kind == UNITS else ()), "item")

    def fold(self, path: tuple[int, ...]) -> Fold:
        """The fold of this way.

        Raises:
            InputError: there is none.
        """
        found = self.kinds[path[0]] if path[0] < len(self.kinds) else None
        for depth in range(1, len(path)):
            below = self.children(found) if found is not None and (found.opens or found.level == "kind") else []
            found = below[path[depth]] if path[depth] < len(below) else None
        if found is None:
            raise InputError(
                f"There is no fold {'.'.join(map(str, path))} in this picture. Leave it out, or unfold step by step."
            )
        return found

    def children(self, parent: Fold) -> list[Fold]:
        """What a fold holds, one level below."""
        if parent.path not in self._children:
            keys = parent.keys or self._grouped(parent)
            level, rest = parent.rest[0], parent.rest[1:]
            size = 1
            while len(keys) > FAN * size:
                size *= FAN
            made = []
            for number, first in enumerate(range(0, len(keys), size)):
                path, some = (*parent.path, number), keys[first : first + size]
                label, places = some[0]
                if len(some) > 1:
                    places = np.concatenate([each for _, each in some])
                    made.append(Fold(path, parent.kind, "range", label, places, parent.rest, some[-1][0], some))
                else:
                    made.append(Fold(path, parent.kind, level, label, places, rest))
            self._children[parent.path] = made
        return self._children[parent.path]

    def _grouped(self, parent: Fold) -> list[tuple[str, Array]]:
        """The places of a fold by the next level, in the order of what they are called."""
        columns, places, level = self.columns, parent.places, parent.rest[0]
        if level in ("item", "step", "party"):
            labels = columns.labels(places)
            return [(labels[at], places[at : at + 1]) for at in sorted(range(len(labels)), key=labels.__getitem__)]
        values = {"product": columns.group, "operation": columns.group, "country": columns.group, "day": columns.day,
                  "lot": columns.lot}[level][places]  # fmt: skip
        ranked = np.argsort(values, kind="stable")
        different, first = np.unique(values[ranked], return_index=True)
        groups = np.split(places[ranked], first[1:]) if len(places) else []
        if level == "day":
            return [(day_text(day), group) for day, group in zip(different.tolist(), groups, strict=True)]
        dictionary = columns.moment.codes if level == "lot" else columns.moment.words
        texts = [text or "" for text in dictionary.strings(different)]
        if level == "operation" and self._said:
            # Of those that read alike, the one with the first step is first.
            return sorted(
                zip((self._said.get(text, text) for text in texts), groups, strict=True),
                key=lambda pair: (pair[0], min(columns.labels(pair[1]))),
            )
        return sorted(zip(texts, groups, strict=True), key=lambda pair: pair[0])

    def cut(
        self, opened: Iterable[tuple[int, ...]], shut: Iterable[tuple[int, ...]]
    ) -> tuple[list[Fold], list[tuple[int, ...]]]:
        """The nodes that are drawn, and what could not stay unfolded.

        Args:
            opened: what the reader unfolded, oldest first; what it lies in is unfolded with it.
            shut: what the reader folded again.

        Returns:
            At most ``MOST`` nodes; the folds of ``opened`` that were folded again to make room, oldest first.
        """
        closed = set(shut)
        wanted = [path for path in opened if not any(path[:n] in closed for n in range(1, len(path) + 1))]
        for path in wanted:
            self.fold(path)
        dropped: list[tuple[int, ...]] = []
        while True:
            within = {path[:n] for path in wanted for n in range(2, len(path) + 1)}
            found = self._cut(within, closed)
            if len(found) <= MOST or not wanted:
                return found, dropped
            dropped.append(wanted.pop(0))

    def _cut(self, within: set[tuple[int, ...]], closed: set[tuple[int, ...]]) -> list[Fold]:
        found: list[Fold] = []
        for kind in self.kinds:
            if len(kind.places):
                found += self.children(kind)
        found = self._opened(found, within)
        for level in self._by_itself():
            # As many as find room, in order.
            room, chosen = _OF_ITSELF - len(found), set[tuple[int, ...]]()
            for fold in found:
                if fold.level == level and fold.opens and fold.path not in closed:
                    cost = len(self.children(fold)) - 1
                    if cost <= room:
                        chosen.add(fold.path)
                        room -= cost
            found = self._opened(found, chosen)
        return sorted(found, key=lambda fold: fold.path)

    def _by_itself(self) -> tuple[str, ...]:
        """Levels that a picture unfolds of its own accord: customers by name where they are few."""
        few = ("country",) if len(self.kinds[CUSTOMER].places) <= FAN else ()
        return {"product": few, "lot": (*few, "product"), "day": (*few, "product", "operation")}[self.folding]

    def _opened(self, folds: list[Fold], within: set[tuple[int, ...]]) -> list[Fold]:
        found: list[Fold] = []
        waiting = folds[::-1]
        while waiting:
            fold = waiting.pop()
            if fold.opens and fold.path in within:
                waiting += self.children(fold)[::-1]
            else:
                found.append(fold)
        return found


def day_text(day: int) -> str:
    """A day as an ISO date; empty where no time is recorded."""
    return "" if day == NO_DAY else str(np.datetime64("1970-01-01") + day)
