"""Where each serialised unit is: one piece in exactly one state, that of its latest record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.layout import NO_TIME
from genealogy.where.containers import FOR_EVER
from genealogy.where.lines import (
    CONSUMED,
    COUNTED,
    DESTROYED,
    MADE,
    MOVED,
    RETURNED,
    SAMPLED,
    SCRAPPED,
    SHIPPED,
    UNPACKED,
    USED,
    Lines,
)

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.where.names import Names

PARTS = (
    "on_hand_available", "on_hand_held", "in_process", "in_transit", "shipped", "consumed", "used", "scrapped", "destroyed",
    "sampled", "returned", "moved_since_count",
)  # fmt: skip
"""The parts of an item, flat and disjoint; with ``unaccounted`` they add up to what there was of it."""
WITH_LOT = "with_lot"
"""The part of a unit that no record names: it is where the records of its lot, which name no serial, say."""
PART = {name: number for number, name in enumerate((*PARTS, WITH_LOT))}
STATUS_PARTS = {
    "available": PART["on_hand_available"], "held": PART["on_hand_held"], "work_in_progress": PART["in_process"],
    "in_transit": PART["in_transit"],
}  # fmt: skip
KIND_PARTS = {
    MOVED: PART["moved_since_count"], RETURNED: PART["returned"], SHIPPED: PART["shipped"], USED: PART["used"],
    SAMPLED: PART["sampled"], SCRAPPED: PART["scrapped"], DESTROYED: PART["destroyed"], CONSUMED: PART["consumed"],
}  # fmt: skip
NOWHERE = -1
_LATE = SHIPPED + 0.5
"""Where a return stands among lines of one moment that could not be one before: after what was shipped then."""


@dataclass(frozen=True)
class Pieces:
    """What is known of units, in the order of the things they stand among; things that are no units have no state.

    Attributes:
        part: number of the part, NOWHERE where the records leave none.
        line: the line that decides it, -1 where there is none.
        first: the earliest line that names the unit, -1 where none does: until then it was among its lot's loose pieces.
    """

    part: Array
    line: Array
    first: Array


def fold(lines: Lines, unit: Array, names: Names) -> Pieces:
    """Find the latest record of each unit.

    What a step consumed without a time is taken to be gone for good. A step that used a unit and made it again leaves
    it where the other records say.

    Args:
        lines: of all things, with what was made of those units that were consumed.
        unit: which things are units.
        names: who is our own firm.
    """
    count = len(unit)
    part, decided, first = (np.full(count, NOWHERE, np.int64) for _ in range(3))
    mine = np.flatnonzero(unit[lines.thing] & (lines.kind != UNPACKED))
    zero = lines.amount[mine] == 0
    mine = mine[~zero | (lines.kind[mine] == COUNTED)]
    kind, thing = lines.kind[mine], lines.thing[mine]
    parts = line_parts(lines, names)
    key = np.where((lines.begin[mine] == NO_TIME) & (kind == CONSUMED), FOR_EVER, lines.begin[mine])
    order = np.lexsort((lines.row[mine], kind, key, thing))
    intricate = np.zeros(count, bool)
    zero = lines.amount[mine] == 0
    intricate[thing[(kind == RETURNED) | (kind == MADE) | zero]] = True
    last = order[np.flatnonzero(np.diff(thing[order], append=-1))]
    plain = last[~intricate[thing[last]]]
    part[thing[plain]], decided[thing[plain]] = parts[mine[plain]], mine[plain]
    some = order[intricate[thing[order]]]
    for places in np.split(some, np.flatnonzero(np.diff(thing[some])) + 1) if len(some) else []:
        each = thing[places[0]]
        part[each], decided[each] = _one(lines, mine[places], parts, names)
    named = mine[(kind != MADE) & ~zero]
    order = named[np.lexsort((lines.row[named], lines.kind[named], lines.begin[named], lines.thing[named]))][::-1]
    first[lines.thing[order]] = order
    return Pieces(part, decided, first)


def line_parts(lines: Lines, names: Names) -> Array:
    """The part in which each line puts what it is about."""
    table = np.full(UNPACKED + 1, NOWHERE, np.int64)
    for kind, number in KIND_PARTS.items():
        table[kind] = number
    parts = table[lines.kind]
    own = (lines.kind == SHIPPED) & names.is_own(lines.party)
    parts[own] = PART["moved_since_count"]
    counted = np.flatnonzero(lines.kind == COUNTED)
    status = names.status_parts
    parts[counted] = [status.get(word, PART["on_hand_available"]) for word in lines.status[counted].tolist()]
    return parts


def _one(lines: Lines, mine: Array, parts: Array, names: Names) -> tuple[int, int]:
    """The state of one unit that came back, was made again, or was looked for and not found."""
    kinds = lines.kind[mine].tolist()
    made = {step for step, kind in zip(lines.step[mine].tolist(), kinds, strict=True) if kind == MADE}
    events: list[tuple[int, float, int]] = []
    for line, kind in zip(mine.tolist(), kinds, strict=True):
        if kind in (MADE, CONSUMED) and int(lines.step[line]) in made and _again(lines, mine, int(lines.step[line])):
            continue
        begin, end = int(lines.begin[line]), int(lines.end[line])
        if kind == CONSUMED and begin == NO_TIME:
            begin = FOR_EVER
        events.append((begin, float(kind), line))
        if kind == RETURNED:
            events.append((max(begin, end - 1), _LATE, line))
    part = decided = NOWHERE
    out, back = False, set()
    for _, rank, line in sorted(events):
        kind = int(lines.kind[line])
        if kind == RETURNED:
            if line in back or (not out and rank != _LATE):
                continue
            back.add(line)
        if kind == MADE:
            if part == PART["consumed"]:
                part = decided = NOWHERE
            continue
        if kind == COUNTED and not lines.amount[line]:
            if decided >= 0 and names.same_place(lines, decided, int(lines.place[line])):
                part = decided = NOWHERE
            continue
        part, decided = int(parts[line]), line
        out = part in (PART["shipped"], PART["used"])
    return part, decided


def _again(lines: Lines, mine: Array, step: int) -> bool:
    """Whether the step used this unit and made it."""
    kinds = lines.kind[mine][lines.step[mine] == step]
    return bool((kinds == MADE).any() and (kinds == CONSUMED).any())
