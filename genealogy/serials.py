"""Ranges of serial numbers: ``serial:A..B`` and ``serial:PREFIX*``, of one lot or material as ``serial:LOT/A..B``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import AmbiguousItemError, InputError, ItemNotFoundError
from genealogy.find import Found
from genealogy.wording import Option, said
from queries.starts import UNITS_BY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genealogy.cypher_road import CypherRoad
    from genealogy.snapshot import Snapshot
    from genealogy.stores.contract import Store

_PREFIX = "serial:"
_SHOWN = 20
_NUMBERED = re.compile(r"(.*?)(\d+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Serials:
    """A range of serial numbers, or all that begin alike.

    Two ends of one length take in the serials of that length between them, in the order of code points. Two ends of different
    length have to be the same text with a number behind it: then the numbers count.

    Attributes:
        first: the first serial, or the beginning of all.
        last: the last serial; None for a beginning.
    """

    first: str
    last: str | None = None

    @classmethod
    def of(cls, text: str) -> Serials | None:
        """Read ``A..B`` or ``PREFIX*``; None where it is neither.

        Raises:
            InputError: the ends do not belong together.
        """
        first, dots, last = text.partition("..")
        if not dots:
            return cls(text[:-1]) if text.endswith("*") and len(text) > 1 else None
        if not first or not last:
            return None
        if len(first) == len(last):
            if first > last:
                raise InputError(f"The range {text!r} ends before it begins. Turn the two serial numbers round.")
            return cls(first, last)
        ends = [_NUMBERED.fullmatch(end) for end in (first, last)]
        if ends[0] is None or ends[1] is None or ends[0][1] != ends[1][1] or _number(ends[0][2]) > _number(ends[1][2]):
            raise InputError(
                f"The range {text!r} cannot be read: its ends are of different length, and not one text with a lower and a "
                "higher number behind it."
            )
        return cls(first, last)

    @property
    def beginning(self) -> str:
        """What every serial in the range begins with."""
        if self.last is None:
            return self.first
        same = 0
        while same < min(len(self.first), len(self.last)) and self.first[same] == self.last[same]:
            same += 1
        return self.first[:same] if len(self.first) == len(self.last) else self.first[:same].rstrip("0123456789")

    def holds(self, serial: str) -> bool:
        """Whether a serial is in the range.

        >>> Serials("S8", "S12").holds("S010"), Serials("S08", "S12").holds("S010"), Serials("S1").holds("S10")
        (True, False, True)
        """
        if self.last is None:
            return serial.startswith(self.first)
        if len(self.first) == len(self.last):
            return len(serial) == len(self.first) and self.first <= serial <= self.last
        return self.numbers(serial)

    @property
    def stem(self) -> str | None:
        """The text before the number, where both ends are the same text with a number behind it."""
        ends = [_NUMBERED.fullmatch(text) for text in (self.first, self.last or "")]
        return ends[0][1] if ends[0] is not None and ends[1] is not None and ends[0][1] == ends[1][1] else None

    def numbers(self, serial: str) -> bool:
        """Whether a serial is the same text with a number between those of the ends, of whatever length."""
        low, here, high = (_NUMBERED.fullmatch(text) for text in (self.first, serial, self.last or ""))
        if low is None or here is None or high is None or not low[1] == here[1] == high[1]:
            return False
        return _number(low[2]) <= _number(here[2]) <= _number(high[2])


def _number(digits: str) -> tuple[int, str]:
    """A number of any length, so that numbers can be compared: how many digits it has without leading zeros, and these."""
    short = digits.lstrip("0")
    return len(short), short


def find_range(
    text: str, as_of: int, store: Store, road: CypherRoad, snapshot: Snapshot, *, union: bool
) -> Found | None:
    """The units whose serials are in a range; None where the text is no range, or a serial itself.

    The graph and the arrays are both asked, and what either finds counts.

    Raises:
        ItemNotFoundError: no serial is in the range.
        AmbiguousItemError: units of several materials are, and ``union`` does not take them all.
    """
    rest = text.removeprefix(_PREFIX)
    if rest == text or not (".." in rest or rest.endswith("*")):
        return None
    if snapshot.has(text, as_of) or _units("", Serials(rest, rest), as_of, store, road, snapshot):
        return None
    refused: InputError | None = None
    read, other_lengths = False, ""
    for within, written in _readings(rest):
        try:
            serials = Serials.of(written)
        except InputError as cause:  # with a lot or material before the slash it may yet be a range
            refused = refused or cause
            continue
        if serials is None:
            continue
        found = _units(within, serials, as_of, store, road, snapshot)
        alike = set() if serials.stem is None else _recorded(serials.numbers, as_of, snapshot) - found.keys()
        alike = set(_within(within, alike, as_of, road, snapshot))
        told = _alike_words(serials, sorted(alike)) if alike else ""
        if not found:
            read, other_lengths = True, other_lengths or told
            continue
        materials = sorted({material or "" for material in found.values()})
        if len(materials) > 1 and not union:
            raise AmbiguousItemError(
                said(
                    f"{text!r} names {len(found)} units of {len(materials)} materials. Say of which material or lot by "
                    "serial:MATERIAL/A..B or serial:LOT/A..B, or take all of them with ",
                    Option("all"),
                    ".",
                ),
                [
                    {"id": i, "kind": "unit", "by": "serial", "material_id": m}
                    for i, m in sorted(found.items())[:_SHOWN]
                ],
            )
        how = f"{len(found)} {'unit' if len(found) == 1 else 'units'} by serial"
        return Found(text, sorted(found), how, [told] if told else [])
    if refused is not None and not read:
        raise refused
    raise ItemNotFoundError(
        f"No unit has a serial number in {rest!r} as of entry {as_of}. Check the text; upper and lower case, zeros and "
        f"spaces count as they were recorded.{f' {other_lengths}.' if other_lengths else ''}"
    )


def _alike_words(serials: Serials, alike: list[str]) -> str:
    """That other units bear the same numbers in another length."""
    named = f"{', '.join(alike[:5])}{f' and {len(alike) - 5} more' if len(alike) > 5 else ''}"
    return (
        f"{serials.first}..{serials.last} takes serials of that length; {named} "
        f"{'bears' if len(alike) == 1 else 'bear'} a number between them in another length, and "
        f"{'is' if len(alike) == 1 else 'are'} not in it"
    )


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Every (lot or material, range) that the text may mean, for all of them may hold slashes; first the whole as a range."""
    yield "", text
    for at, character in enumerate(text):
        if character == "/" and 0 < at < len(text) - 1:
            yield text[:at], text[at + 1 :]


def _units(
    within: str,
    serials: Serials,
    as_of: int,
    store: Store,
    road: CypherRoad,
    snapshot: Snapshot,
) -> dict[str, str | None]:
    """The units in a range with their material, as either road has them."""
    items = road.aliases("item", as_of)
    road.asked[UNITS_BY_PREFIX.name] = UNITS_BY_PREFIX.digest(store.dialect)
    columns: dict[str, list[Any]] = store.read(UNITS_BY_PREFIX, text=serials.beginning, as_of=as_of)
    rows = zip(columns["item_id"], columns["serial"], strict=True)
    codes = {items.get(item, item) for item, serial in rows if serials.holds(serial)}
    codes |= _recorded(serials.holds, as_of, snapshot)
    return _within(within, codes, as_of, road, snapshot)


def _recorded(holds: Callable[[str], bool], as_of: int, snapshot: Snapshot) -> set[str]:
    """The units whose serials are such, as the arrays have them."""
    moment = snapshot.moment(as_of)
    every = moment.all_rows("units")
    if not len(every):
        return set()
    written_as = moment.column("units", "serial")[every]
    words = np.unique(written_as)
    kept = [n for n, s in zip(words.tolist(), moment.words.strings(words), strict=True) if s and holds(s)]
    return {str(item) for item in moment.texts("units", "item_id", every[np.isin(written_as, kept)])}


def _within(within: str, units: set[str], as_of: int, road: CypherRoad, snapshot: Snapshot) -> dict[str, str | None]:
    """Those of one lot or material, where one is named, with their material."""
    items, materials = road.aliases("item", as_of), road.aliases("material", as_of)
    ids = sorted(units)
    known = dict(zip(ids, snapshot.describe(ids, as_of), strict=True))
    if within:
        wanted = {items.get(within, within), materials.get(within, within)}
        lots = sorted({d.lot_id for d in known.values() if d.lot_id})
        numbered = {lot for lot, d in zip(lots, snapshot.describe(lots, as_of), strict=True) if d.number == within}
        wanted |= numbered
        known = {i: d for i, d in known.items() if wanted & {d.lot_id, d.material_id}}
    return {item: d.material_id for item, d in known.items()}
