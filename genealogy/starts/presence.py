"""When an item was at a place, from counts and moves: spans between arrival and departure.

A count of more than nothing shows an item there, a count of nothing shows it gone; a count replaces what was known before.
A move away takes everything where no quantity is recorded, where the item is a serialised unit, or where as much has gone
as had come (in the same unit of measure). What nobody recorded as gone is taken as still there; what leaves or is counted
without having arrived is taken as there since ever. Where the order of two events is not known, the departure comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from genealogy.starts.question import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    def touches(self, first: int, last: int) -> bool | None:
        """Whether it touches an interval: None where it does not, else whether recorded times say so."""
        if (self.first is not None and self.first > last) or (self.last is not None and self.last < first):
            return None
        known = self.first is not None and self.last is not None
        seen = any(event.start <= last and event.last >= first for event in self.events)
        return known or seen or (first <= -ENDLESS and last >= ENDLESS)


def spans(events: Iterable[Event], *, unit: bool) -> list[Span]:
    """The spans in which an item was at a place.

    Args:
        events: of one item at one place.
        unit: whether it is a serialised unit, which moves whole.
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
            held = _less(held, event.amounts)
            if unit or event.amounts is None or (held is not None and all(v <= 0 for v in held.values())):
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
