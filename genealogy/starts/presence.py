"""When an item was at a place, from counts and moves: spans between arrival and departure.

A count of more than nothing shows an item there, a count of nothing shows it gone; a count replaces what was known before.
A move away takes everything where the item is a serialised unit or a container, or where as much has gone as had come (in the
same unit of measure). A move of a lot that does not say how much may have taken a part: the rest is taken as still there, as it
is where stock is reckoned, but no more for sure. What nobody recorded as gone is taken as still there; what leaves or is
counted without having arrived is taken as there since ever. Where the order of two events is not known, the departure comes
first. What is in a container is there while the container is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from genealogy.starts.question import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Code = TypeVar("Code", bound="int | str")
"""Of an item or container, as a road has it."""
Amounts = dict[str, Fraction] | None
"""By unit of measure; None: not recorded."""


@dataclass(frozen=True, slots=True)
class Event:
    """A count at a place, or a move to or from it.

    Attributes:
        sort: what happened.
        start: first microsecond of its time.
        last: last microsecond of its time.
        amounts: how much was counted or moved.
        facts: names of the facts.
    """

    sort: Literal["came", "went", "counted"]
    start: int
    last: int
    amounts: Amounts
    facts: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing was there when it was counted."""
        return self.sort == "counted" and self.amounts is not None and not any(self.amounts.values())


@dataclass
class Span:
    """A time in which an item was at a place.

    Attributes:
        first: first microsecond, None where it is not recorded.
        last: last microsecond, None where it is not recorded.
        events: what shows it.
    """

    first: int | None
    last: int | None = None
    events: list[Event] = field(default_factory=list)

    def within(self, first: int, last: int) -> tuple[int, int]:
        """What it has in common with an interval that it touches."""
        begin = first if self.first is None else max(first, self.first)
        return begin, last if self.last is None else min(last, self.last)

    def touches(self, first: int, last: int) -> bool | None:
        """Whether it touches an interval: None where it does not, else whether recorded times say so."""
        if (self.first is not None and self.first > last) or (self.last is not None and self.last < first):
            return None
        seen_later = self.last is not None or any(event.start >= first for event in self.events)
        known = self.first is not None and seen_later
        seen = any(event.start <= last and event.last >= first for event in self.events)
        return known or seen or (first <= -ENDLESS and last >= ENDLESS)


class Packed(NamedTuple, Generic[Code]):
    """That something was in a container.

    Attributes:
        code: of the item or container that was inside; whether it is a container, the table of packing says.
        first: since this microsecond, None where it is not recorded.
        last: until this microsecond, None where it is not recorded.
        fact: name of the fact.
    """

    code: Code
    first: int | None
    last: int | None
    fact: str


def inside(
    container: Code,
    first: int,
    last: int,
    packing: Mapping[Code, Sequence[Packed[Code]]],
    around: tuple[Code, ...] = (),
) -> Iterator[tuple[Code, bool, tuple[str, ...]]]:
    """The items that were in a container at some moment of an interval, through any nesting.

    Times that are not recorded count as inside.

    Args:
        container: its code.
        first: first microsecond of the interval.
        last: its last microsecond.
        packing: what was ever in each container.
        around: the containers in which this one is; what is in itself is not looked for again.

    Yields:
        The code of each item, whether it is recorded since when it was inside, and the facts that say so.
    """
    for row in packing.get(container, ()):
        begin = first if row.first is None else max(first, row.first)
        end = last if row.last is None else min(last, row.last)
        if begin > end or row.code in (container, *around):
            continue
        known = row.first is not None
        if row.code not in packing:
            yield row.code, known, (row.fact,)
            continue
        for item, sure, facts in inside(row.code, begin, end, packing, (container, *around)):
            yield item, known and sure, (row.fact, *facts)


def spans(events: Iterable[Event], *, unit: bool) -> list[Span]:
    """The spans in which an item was at a place.

    Args:
        events: of one item at one place.
        unit: whether it is a serialised unit or a container, which move whole.
    """
    found: list[Span] = []
    here: Span | None = None
    gone_at: int | None = None
    held: Amounts = {}
    for event in sorted(events, key=_order):
        if event.empty:
            if here is not None:
                here.events.append(event)
                here.last, gone_at, here = event.last, event.start, None
            held = {}
            continue
        if here is None:
            here = Span(event.start if event.sort == "came" else gone_at)
            found.append(here)
            held = {} if event.sort == "came" else None
        here.events.append(event)
        if event.sort == "went":
            whole = unit
            if event.amounts is not None:
                held = _less(held, event.amounts)
                whole = whole or (held is not None and all(v <= 0 for v in held.values()))
            if whole:
                here.last, gone_at, here = event.last, event.start, None
        elif event.sort == "counted":
            held = event.amounts
        else:
            held = _more(held, event.amounts)
    return found


def _order(event: Event) -> tuple[int, int, tuple[str, ...]]:
    leaves = event.sort == "went" or event.empty
    return (event.start if leaves else event.last, 0 if leaves else 1, event.facts)


def _more(held: Amounts, amounts: Amounts) -> Amounts:
    if held is None or amounts is None:
        return None
    return {unit: held.get(unit, Fraction(0)) + amounts.get(unit, Fraction(0)) for unit in {*held, *amounts}}


def _less(held: Amounts, amounts: Amounts) -> Amounts:
    return _more(held, None if amounts is None else {unit: -value for unit, value in amounts.items()})
