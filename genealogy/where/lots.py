"""Where the loose pieces of a lot are: what its own records say, read in the order of time.

One principle decides where the order is not recorded: *in doubt the count came after*, and knew. So what has no time
comes first, what has a whole day counts from its beginning, and a count of a whole day from its end. And what leaves a
lot leaves first from what came back, then from what moved since it was counted, then from what was counted: from the
container it names, from a place that is counted again later, else from the oldest count.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genealogy.snapshot.layout import NO_TIME
from genealogy.where.lines import (
    CONSUMED,
    COUNTED,
    DESTROYED,
    MADE,
    MOVED,
    OK,
    RETURNED,
    SAMPLED,
    SCRAPPED,
    SHIPPED,
    UNPACKED,
    USED,
    Lines,
)
from genealogy.where.pieces import KIND_PARTS, PART

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.where.names import Names

LEFT, LEFT_SHIPPED, _LATE_RETURN, _THERE, _LEFT_THERE = range(UNPACKED + 1, UNPACKED + 6)
"""Kinds of lines that are made here: units are named for the first time; as shipped before; a return, again; what a party
that was shipped some of it destroyed, scrapped or sampled; a unit named for the first time so."""
_LEAVING = (SHIPPED, CONSUMED, SAMPLED, SCRAPPED, DESTROYED, LEFT)
_NO_PLACE = -1
_MUCH = 2.0**62
_ORDER = {
    RETURNED: 0, SHIPPED: 1, CONSUMED: 1, LEFT: 1, _LATE_RETURN: 3, USED: 4, LEFT_SHIPPED: 4, _THERE: 4, _LEFT_THERE: 4,
    MOVED: 5, COUNTED: 6, UNPACKED: 7,
}  # fmt: skip
"""In which order lines of one moment are read; the others with what was shipped."""

Place = tuple[str, int]
"""``place`` or ``party``, and the number of its word."""


_SHIPPED, _RETURNED, _MOVED = PART["shipped"], PART["returned"], PART["moved_since_count"]


@dataclass
class Count:
    """What was counted of one name at one place, less what left since.

    Attributes:
        named: the item or container that was counted.
        place: where.
        line: of the first line of that count.
        parts: amount by part.
    """

    named: int
    place: int
    line: int
    parts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Holding:
    """Where the loose pieces of a lot are, in 10^-9 of its unit.

    Attributes:
        parts: amount by number of the part, without what is counted, moved or returned.
        shipped: amount by party, less what came back.
        counts: by name and place.
        moved: amount by name and where to.
        returned: what came back and was not counted or sent on since.
        disposed: amount by part and party.
        replaced: lines of counts that later ones replaced.
    """

    parts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    shipped: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    counts: dict[tuple[int, int], Count] = field(default_factory=dict)
    moved: dict[tuple[int, Place], int] = field(default_factory=dict)
    returned: int = 0
    disposed: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    replaced: list[int] = field(default_factory=list)

    def totals(self) -> dict[int, int]:
        """Amount by number of the part."""
        found: dict[int, int] = defaultdict(int, self.parts)
        found[_SHIPPED] += sum(self.shipped.values())
        found[_RETURNED] += self.returned
        found[_MOVED] += sum(self.moved.values()) if self.moved else 0
        for count in self.counts.values():
            for part, amount in count.parts.items():
                found[part] += amount
        return found


def fold(
    lines: Lines, lots: Array, lot_items: Array, parts: Array, left: tuple[Array, Array], parent: Array, piece: Array,
    names: Names,
) -> dict[int, Holding]:  # fmt: skip
    """Read the lines of lots in time.

    Args:
        lines: of all things.
        lots: positions of the lots among the things.
        lot_items: number of the item of each thing.
        parts: of each line (``where_pieces.line_parts``).
        left: units, and the lines by which they left what was loose of their lot.
        parent: for each thing, the position of the lot that it is a unit of, -1 where it is none's.
        piece: for each thing, what one of its pieces is in its unit; -1 where nothing says so.
        names: who is our own firm.

    Returns:
        A holding for each lot of which any line speaks.
    """
    events = _merged(_events(lines, parts, lots, left, parent, piece), lines, lot_items)
    if not events.shape[1]:
        return {}
    found: dict[int, Holding] = {}
    told = _Told(*(getattr(lines, name).tolist() for name in _Told._fields))
    part_of = parts.tolist()
    starts = np.flatnonzero(np.diff(events[0], prepend=-1))
    thing, *columns = (column.tolist() for column in events)
    bounds = zip(starts.tolist(), [*starts[1:].tolist(), len(thing)], _first_counts(events, parts, starts), strict=True)
    for begin, end, counts in bounds:
        lot = thing[begin]
        one = _Fold(told, part_of, names, int(lot_items[lot]))
        keys, kinds, places, amounts = (column[begin:end] for column in columns)
        if counts >= 0:
            one.left(kinds[:counts], places[:counts], amounts[:counts])
            keys, kinds, places, amounts = keys[counts:], kinds[counts:], places[counts:], amounts[counts:]
        found[lot] = one.run(keys, kinds, places, amounts) if keys else one.at
    return found


def _first_counts(events: Array, parts: Array, starts: Array) -> list[int]:
    """For each lot that something only leaves before it is counted, how many lines that is; -1 of any other.

    While nothing was counted, moved or came back there is nothing to take from: such lines only add up. Most lots are so.
    """
    kind = events[2]
    leaves = np.isin(kind, _LEAVING)
    leaves &= (kind != SHIPPED) | (parts[events[3]] == PART["shipped"])
    each = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(kind))))
    plain = np.bincount(each[~(leaves | (kind == COUNTED))], minlength=len(starts)) == 0
    after = np.flatnonzero((kind[:-1] == COUNTED) & leaves[1:] & (each[1:] == each[:-1]))
    plain[each[after]] = False
    found: list[int] = np.where(plain, np.bincount(each[leaves], minlength=len(starts)), -1).tolist()
    return found


def _events(lines: Lines, parts: Array, lots: Array, left: tuple[Array, Array], parent: Array, piece: Array) -> Array:
    """Rows: thing, key, kind, line, amount; sorted."""
    chosen = np.zeros(len(parent), bool)
    chosen[lots] = True
    mine = np.flatnonzero(chosen[lines.thing] & (lines.kind != MADE) & ((lines.known == OK) | (lines.kind == COUNTED)))
    kind = lines.kind[mine].astype(np.int64)
    kind[_disposed_there(lines, parts, lines.thing[mine], mine)] = _THERE
    last = np.where(lines.end[mine] > lines.begin[mine], lines.end[mine] - 1, lines.end[mine])
    key = np.where(np.isin(kind, (COUNTED, USED, _THERE)), last, lines.begin[mine])
    own = np.stack([lines.thing[mine], key, kind, mine, lines.amount[mine]])
    back = kind == RETURNED
    late = np.stack([lines.thing[mine], last, np.full(len(mine), _LATE_RETURN), mine, lines.amount[mine]])[:, back]
    lot, line = parent[left[0]], left[1]
    counted = chosen[lot] & (piece[lot] >= 0)
    lot, line = lot[counted], line[counted]
    was_out = np.isin(lines.kind[line], (RETURNED, USED))
    how = np.where(was_out, LEFT_SHIPPED, LEFT)
    how[_disposed_there(lines, parts, lot, line)] = _LEFT_THERE
    gone = np.stack([lot, lines.begin[line], how, line, piece[lot]])
    events = np.concatenate([own, late, gone], axis=1)
    ranks = np.array([_ORDER.get(number, 1) for number in range(_LEFT_THERE + 1)])
    rank = ranks[events[2]]
    line = events[3]
    order = np.lexsort((lines.row[line], lines.table[line], rank, events[1], events[0]))
    found: Array = events[:, order]
    return found


def _disposed_there(lines: Lines, parts: Array, lot: Array, line: Array) -> Array:
    """Which lines say that a party destroyed, scrapped or sampled what is of a lot that it was shipped (bool)."""
    sent = np.flatnonzero((lines.kind == SHIPPED) & (parts == PART["shipped"]) & (lines.party >= 0))
    had = np.unique(lines.thing[sent].astype(np.int64) << 32 | lines.party[sent])
    there: Array = np.isin(lot.astype(np.int64) << 32 | lines.party[line].astype(np.int64), had)
    there &= np.isin(lines.kind[line], (DESTROYED, SCRAPPED, SAMPLED)) & (lines.party[line] >= 0)
    return there


def _merged(events: Array, lines: Lines, items: Array) -> Array:
    """The same with what leaves by many lines between two others as one: needles go into a thousand steps."""
    if events.shape[1] < 2 or float(np.abs(events[4].astype(float)).sum()) > _MUCH:
        return events
    thing, _, kind, line, _ = events
    named = np.where((kind == LEFT) & (lines.named[line] != items[lines.thing[line]]), lines.named[line], -1)
    same = (thing[1:] == thing[:-1]) & (kind[1:] == kind[:-1]) & np.isin(kind[1:], (LEFT, CONSUMED))
    starts = np.flatnonzero(np.append(True, ~(same & (named[1:] == named[:-1]))))
    merged: Array = events[:, starts]
    merged[4] = np.add.reduceat(events[4], starts)
    return merged


class _Told(NamedTuple):
    """Columns of the lines as plain numbers: of many lots each line is looked at once."""

    kind: list[int]
    named: list[int]
    place: list[int]
    target: list[int]
    party: list[int]


class _Fold:
    """The lines of one lot, one after the other."""

    def __init__(self, lines: _Told, parts: list[int], names: Names, item: int) -> None:
        self._lines, self._parts, self._names, self._item = lines, parts, names, item
        self.at = Holding()
        self._back: set[int] = set()
        self._again: dict[tuple[int, int], int] = {}
        self._counted: dict[tuple[int, int], int] = {}
        self._key = NO_TIME

    def left(self, kinds: list[int], places: list[int], amounts: list[int]) -> None:
        """Lines by which something left while nothing was known to be here."""
        at, lines = self.at, self._lines
        for kind, line, amount in zip(kinds, places, amounts, strict=True):
            if kind == SHIPPED:
                at.shipped[lines.party[line]] += amount
            elif kind == CONSUMED:
                at.parts[PART["consumed"]] += amount
            elif kind in KIND_PARTS:
                part = KIND_PARTS[kind]
                at.parts[part] += amount
                at.disposed[part, lines.party[line]] += amount

    def run(self, keys: list[int], kinds: list[int], places: list[int], amounts: list[int]) -> Holding:
        lines = self._lines
        for key, kind, line in zip(keys, kinds, places, strict=True):
            if kind == COUNTED:
                self._again[lines.named[line], lines.place[line]] = key
        for key, kind, line, amount in zip(keys, kinds, places, amounts, strict=True):
            self._key = key
            if kind == COUNTED:
                self._count(key, line, amount)
            else:
                self._one(kind, line, amount)
        return self.at

    def _count(self, key: int, line: int, amount: int) -> None:
        """Rows of one name, place and time are one count, one for each status."""
        named, place = self._lines.named[line], self._lines.place[line]
        if self._counted.get((named, place)) != key:
            self._counted[named, place] = key
            self._recount(named, place, line)
        part, here = self._parts[line], self.at.counts[named, place].parts
        here[part] = here.get(part, 0) + amount

    def _one(self, kind: int, line: int, amount: int) -> None:
        at, lines = self.at, self._lines
        party, named = lines.party[line], lines.named[line]
        if kind in (RETURNED, _LATE_RETURN):
            self._return(kind, line, amount, party)
        elif kind == MOVED:
            self._move(line, amount, named)
        elif kind == UNPACKED:
            self._unpack(named)
        elif kind in (USED, LEFT_SHIPPED):
            rest = self._from_shipped(amount, party)
            self._leave(rest, named)
        elif kind in (_THERE, _LEFT_THERE):
            rest = self._from_shipped(amount, party, others=False)
            self._leave(rest, named)
        else:
            self._leave(amount, named)
        if kind == SHIPPED:
            if self._parts[line] == PART["shipped"]:
                at.shipped[party] += amount
            else:
                self._arrive(amount, named, ("party", party))
        elif kind == CONSUMED:
            at.parts[PART["consumed"]] += amount
        elif (kind in KIND_PARTS and kind not in (RETURNED, MOVED)) or kind == _THERE:
            part = KIND_PARTS[lines.kind[line]]
            at.parts[part] += amount
            at.disposed[part, party] += amount

    def _return(self, kind: int, line: int, amount: int, party: int) -> None:
        """A return waits, within its day, until as much is out as comes back."""
        at = self.at
        if line in self._back or (kind == RETURNED and sum(at.shipped.values()) < amount):
            return
        self._back.add(line)
        rest = self._from_shipped(amount, party)
        at.shipped[party] -= rest
        at.returned += amount

    def _from_shipped(self, amount: int, party: int, *, others: bool = True) -> int:
        """Take from what is out: at this party, then at any (goods are passed on); what could not be taken is left."""
        shipped = self.at.shipped
        for each in sorted(shipped, key=lambda other: other != party):  # among equals who was shipped to first
            if each != party and not others:
                break
            part = min(amount, max(shipped[each], 0))
            shipped[each] -= part
            amount -= part
        return amount

    def _leave(self, amount: int, named: int) -> None:
        """Take from what is known to be here; what exceeds it was never counted."""
        at = self.at
        part = min(amount, at.returned)
        at.returned -= part
        amount -= part
        for moved in sorted(at.moved, key=lambda moved: moved[0] != named) if amount else []:
            amount = self._take_moved(moved, amount)
        for counted in self._by_preference(named) if amount else []:
            amount = self._take_counted(counted, amount)

    def _by_preference(self, named: int) -> list[tuple[int, int]]:
        def rank(key: tuple[int, int]) -> tuple[bool, bool]:
            return key[0] != named, self._again[key] <= self._key

        return sorted(self.at.counts, key=rank)  # among equals the oldest count: it stands first

    def _take_moved(self, key: tuple[int, Place], amount: int) -> int:
        part = min(amount, self.at.moved[key])
        self.at.moved[key] -= part
        if not self.at.moved[key]:
            del self.at.moved[key]
        return amount - part

    def _take_counted(self, key: tuple[int, int], amount: int) -> int:
        parts = self.at.counts[key].parts
        for part in sorted(parts):
            some = min(amount, parts[part])
            parts[part] -= some
            amount -= some
        return amount

    def _arrive(self, amount: int, named: int, where: Place) -> None:
        if amount:
            self.at.moved[named, where] = self.at.moved.get((named, where), 0) + amount

    def _move(self, line: int, amount: int, named: int) -> None:
        """From one place to another: no longer as counted there; from a place that nobody counted all the same."""
        source, target = self._lines.place[line], self._lines.target[line]
        if source < 0:
            self._leave(amount, named)
        else:
            rest, owner = amount, self._names.owner(source)
            here = [key for key in self.at.moved if key[1] in (("place", source), ("party", owner))]
            for moved in sorted(here, key=lambda moved: moved[0] != named):
                rest = self._take_moved(moved, rest)
            for counted in [key for key in self._by_preference(named) if key[1] == source]:
                rest = self._take_counted(counted, rest)
        self._arrive(amount, named, ("place", target))

    def _unpack(self, container: int) -> None:
        """What was counted in a container is loose from now on, where the container was."""
        for key in [key for key in self.at.counts if key[0] == container and container != self._item]:
            amount = sum(self.at.counts.pop(key).parts.values())
            self._arrive(amount, self._item, ("place", key[1]))

    def _recount(self, named: int, place: int, line: int) -> None:
        """A count replaces what was known under that name at that place, and knows what came there or came back."""
        at = self.at
        old = at.counts.pop((named, place), None)
        if old is not None:
            at.replaced.append(old.line)
        at.counts[named, place] = Count(named, place, line)
        here = {("place", place), ("place", _NO_PLACE), ("party", self._names.owner(place))}
        for key in list(at.moved):
            if key[1] in here and (named in (self._item, key[0])):
                del at.moved[key]
        if named == self._item:
            at.returned = 0
