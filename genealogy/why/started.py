"""Why something is in the scope of starts that are no items: by which start, on which facts, and the path from there.

A step that is a start is itself proven: what it made is one move away, of tier unit, as in the scope. The best path is the
strongest, then the shortest, over all starts; one from an item is shown before one as good from a step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.citing import Citations
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.snapshot.paths import Moves, Paths
    from genealogy.starts.question import Start
    from genealogy.starts.resolve import Resolved

_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Started:
    """What a question starts from besides named items.

    Attributes:
        also: the starts, as they were asked for.
        rows: what each of them selected, as a scope says it (``started_from``).
        items: ids of the items among that: they are starts themselves.
        outputs: ids of what the selected steps made, as the graph has it and as the arrays have it.
        differences: what the two roads say differently of this.
    """

    also: Sequence[Start] = ()
    rows: Sequence[dict[str, Any]] = ()
    items: Sequence[str] = ()
    outputs: tuple[Sequence[str], Sequence[str]] = field(default=((), ()))
    differences: Sequence[str] = ()

    @classmethod
    def of(cls, also: Sequence[Start], chosen: Resolved) -> Started:
        """From what both roads selected."""
        return cls(also, chosen.rows, chosen.items, chosen.outputs, chosen.differences)

    @property
    def steps(self) -> list[str]:
        """Ids of the selected steps."""
        return sorted({step for row in self.rows for step in row["steps"]})

    def asked(self) -> dict[str, Any]:
        """The starts as an answer names them; nothing where there are none."""
        if not self.also:
            return {}
        counts = ("kind", "asked", "words")
        return {
            "started_from": [
                {name: row[name] for name in counts}
                | {"steps": len(row["steps"]), "items": len(row["items"]), "unsure": len(row["unsure"])}
                for row in self.rows
            ]
        }

    def named(self, starts: Sequence[str]) -> str:
        """Starts in words, for a sentence: named items, then the others."""
        items = [start for start in starts if start not in set(self.items)]
        words = [row["words"] for row in self.rows]
        if items:
            words.insert(0, items[0] if len(items) == 1 else f"{items[0]} and {len(items) - 1} more")
        return " and ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")

    def start(self, sort: str, name: str) -> dict[str, Any] | None:
        """Which start selected a step or an item, and by which facts; the first that did so surely."""
        found = [row for row in self.rows if name in row[f"{sort}s"]]
        if not found:
            return None
        row = next((row for row in found if name not in row["unsure"]), found[0])
        facts = [{k: v for k, v in fact.items() if k != sort} for fact in row["facts"] if fact.get(sort) == name]
        return {"sort": sort, "id": name, "words": row["words"], "sure": name not in row["unsure"], "facts": facts}


@dataclass(frozen=True)
class Best:
    """The best path from any start to an item.

    Attributes:
        tier: its weakest link.
        count: its moves, with the one out of a step that is a start.
        moves: from which the others are read.
        places: of them, from the first to the last.
        output: number of what the step made with which it begins; None where it begins with an item.
    """

    tier: int
    count: int
    moves: Moves
    places: list[int]
    output: int | None


def best(number: int, from_items: Paths, from_outputs: Paths) -> Best | None:
    """The best path to an item; None where no start leads to it."""
    found: list[Best] = []
    tier = from_items.tier(number)
    if tier is not None:
        moves, places = from_items.path(number)
        found.append(Best(moves.tier, len(places), moves, places, None))
    is_output = bool((from_outputs.starts == number).any())
    tier = 0 if is_output else from_outputs.tier(number)
    if tier is not None:
        # What lies on a cycle behind itself is reached again; as an output it is one move away.
        moves, places = (from_outputs.none, []) if is_output else from_outputs.path(number)
        first = int(moves.items[moves.parent[places[0]]]) if places else number
        found.append(Best(tier, len(places) + 1, moves, places, first))
    return min(found, key=lambda each: (each.tier, each.count), default=None)


def first_move(moment: Moment, citations: Citations, started: Started, output: int) -> tuple[int, int]:
    """The row of production by which a selected step made this, recorded first; and the step's number."""
    rows, _ = moment.rows_of("production", "item_id", np.array([output], np.int32))
    steps = moment.column("production", "step_id")[rows]
    mine = np.isin(steps, moment.codes.find(started.steps))
    row = int(rows[mine].min())
    return row, int(moment.column("production", "step_id")[row])


def unsure_words(start: dict[str, Any] | None) -> list[str]:
    """That a start was taken as meant, because something about it is not recorded."""
    if start is None or start["sure"]:
        return []
    what = "step" if start["sort"] == "step" else "item"
    return [
        f"Whether {start['words']} meant {what} {start['id']} is not sure: a time or a value is not recorded, and what is "
        "unknown counts."
    ]


def sources(moment: Moment, names: Sequence[str]) -> Array:
    """The numbers of these items, each once; what no fact names has none."""
    numbers = moment.codes.find(sorted(set(names))) if names else _NOBODY
    found: Array = np.unique(numbers[numbers >= 0])
    return found
