"""When the calibration of equipment had lapsed, by all that was ever recorded of it: the third judgement that both roads share.

A new record says until when the equipment is calibrated now. Since when it was calibrated again no record says; it was at the
latest when that record came. So a lapse before it stays a lapse, for a unit that was made in it must not be missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from genealogy.starts.question import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Recorded = Callable[[int], int]
    """The microsecond at which an entry was recorded."""


class Version(NamedTuple):
    """What one entry said of a piece of equipment.

    Attributes:
        since: the entry.
        until: the entry that superseded or withdrew it; beyond the moment of the question while it is in force.
        ended: last microsecond for which it is calibrated; None where that is not recorded.
        fact: its name in the ledger.
    """

    since: int
    until: int
    ended: int | None
    fact: str


class Lapse(NamedTuple):
    """A time during which it was not calibrated.

    Attributes:
        first: microsecond.
        last: microsecond.
        fact: that says so.
        sure: whether it may have been calibrated again within that time, for all that is recorded.
        ended: the last microsecond of the calibration before it.
    """

    first: int
    last: int
    fact: str
    sure: bool
    ended: int


def never(_: int) -> int:
    """The time of an entry that nobody can tell: a lapse before it has no end."""
    return ENDLESS


def beforehand(_: int) -> int:
    """The time of an entry that came before everything: then only what is in force now counts."""
    return -ENDLESS


def lapses(versions: Iterable[Version], as_of: int, recorded: Recorded) -> list[Lapse]:
    """When a piece of equipment ran without calibration.

    Args:
        versions: everything that was recorded of it under one code up to the moment; what was withdrawn by a void, and all
            before it, counts for nothing.
        as_of: the moment.
        recorded: tells when an entry was recorded.

    Returns:
        The last one first. It has no end, and is sure, while the record that it rests on is in force.
    """
    chain: list[Version] = []
    for version in sorted(versions):
        if chain and chain[-1].until != version.since:
            chain = []
        chain.append(version)
    if not chain or chain[-1].until <= as_of:
        return []
    found: list[Lapse] = []
    later: tuple[int, int] | None = None
    for version in reversed(chain):
        if version.ended is None:
            continue
        first = version.ended + 1
        if later is None:
            found.append(Lapse(first, ENDLESS, version.fact, version is chain[-1], version.ended))
        elif later[1] > version.ended and (last := recorded(later[0])) >= first:
            found.append(Lapse(first, last, version.fact, False, version.ended))
        later = (version.since, version.ended)
    return found
