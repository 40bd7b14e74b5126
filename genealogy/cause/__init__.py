"""Where else: from several complaints to what they have in common, ranked, and from there to all that it went into.

A candidate stands behind a unit if the unit may hold it, or came from a step that it is, or that it is said of: every
link of the trace counts, those of whole lots included. Each is tested against the healthy units: how likely would it stand
behind so many of the complaints if it had nothing to do with them?
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.cause.candidates import KINDS, Candidates, Stretch
from genealogy.cause.significance import tail
from genealogy.errors import InputError
from genealogy.snapshot.closures import Closures
from genealogy.snapshot.describe import records
from genealogy.snapshot.lineage import ITEM, SORTS, ascending, node
from genealogy.sweep import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

SIGNIFICANT = Fraction(1, 20)
"""A corrected chance up to this is called significant."""
_SIGNATURES = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cause:
    """A candidate with its counts.

    Attributes:
        kind: one of KINDS.
        id: its name.
        names: the same in its parts (document and version).
        behind: complaints behind which it stands.
        healthy: healthy units behind which it stands.
        items: items that it leads to.
        chance: of standing behind so many complaints by accident; for a time window that of its best one.
        corrected: the chance that any candidate of any kind does as well by accident; above 1 more than one would. Of those
            that nothing tells apart it is that of the best.
        alike: candidates with the same number stand behind exactly the same units.
        between: of a time window, its first and last microsecond.
    """

    kind: str
    id: str
    names: tuple[str | None, ...]
    behind: int
    healthy: int
    items: int
    chance: Fraction
    corrected: Fraction
    alike: tuple[int, ...]
    between: tuple[int, int] | None = None

    @property
    def order(self) -> tuple[Any, ...]:
        """Likeliest first; of equals those behind more complaints and fewer healthy units."""
        return (self.corrected, -self.behind, self.healthy)

    @property
    def place(self) -> tuple[Any, ...]:
        """Among candidates that nothing tells apart: lots first, the one that leads furthest first."""
        return (KINDS.index(self.kind), -self.items, self.id)


@dataclass(frozen=True, slots=True)
class Causes:
    """What was found.

    Attributes:
        ranked: the candidates that stand behind more of the complaints than of the healthy units, likeliest first.
        tested: how many candidates of each kind were looked at.
        counts: behind how many complaints each candidate stands, by kind and names, those that are behind two or more;
            time windows apart.
    """

    ranked: list[Cause]
    tested: dict[str, int]
    counts: dict[tuple[str, ...], int]


def population(moment: Moment, complaints: Array) -> Array:
    """The items that a complaint could have been about: of a kind and material that some complaint is of.

    Complaints that nobody described, or whose material nobody knows, are compared with every finished unit, or with
    every finished lot where there are no units.
    """
    rows = [moment.item_column(table, "item_id", moment.all_rows(table)) for table in ("units", "lots")
            if len(moment.all_rows(table))]  # fmt: skip
    every = ascending(np.concatenate([*rows, complaints]))
    found = records(moment, every)
    unit, known = found.unit >= 0, (found.unit >= 0) | (found.lot >= 0)
    sort = np.where(found.material >= 0, found.material * 2 + unit, -1)
    asked = np.isin(every, complaints)
    wanted = known & (sort >= 0) & np.isin(sort, sort[asked & known])
    if (sort[asked] < 0).any():
        finished = (found.stage >= 0) & (found.stage == moment.words.find(["finished"])[0])
        wanted |= finished & (unit if (finished & unit).any() else known)
    chosen: Array = every[wanted | asked]
    return chosen


def causes(moment: Moment, complaints: Array, healthy: Array) -> Causes:
    """Rank what may be behind the complaints.

    Args:
        moment: the facts that count.
        complaints: items, each once.
        healthy: items to compare with; none of them is a complaint.

    Raises:
        InputError: there is no complaint.
    """
    if not len(complaints):
        raise InputError("No complaint was named. Name the items that were complained about: two or more.")
    found = Candidates.of(moment, complaints, np.concatenate([complaints, healthy]))
    lineage = found.lineage
    closures = Closures.of(lineage, np.concatenate([found.parts, found.pieces]))
    classes = [closures.of_part[lineage.parts(node(items, ITEM))] for items in (complaints, healthy)]
    named = lineage.names % SORTS == ITEM
    each = [*classes, closures.of_part[lineage.part[named]]]
    weights = np.stack([np.bincount(of_one, minlength=closures.count) for of_one in each])
    weights[:, 0] = 0
    signs = np.random.default_rng(0).integers(1, 1 << 24, (_SIGNATURES, closures.count))
    signs[:, (weights[:2] == 0).all(axis=0)] = 0
    sums = counted(closures, np.concatenate([weights, signs]), len(found.parts))
    drawn, everyone = len(complaints), len(complaints) + len(healthy)
    least = min(2, drawn)
    tries = _tries(found.tested)
    ranked = []
    counts: dict[tuple[str, ...], int] = {}
    for number, (behind, others, items, *sign) in enumerate(sums.T.tolist()):
        if behind < least:
            continue
        kind, names = KINDS[int(found.kinds[number])], found.ids[number]
        counts[kind, *filter(None, names)] = behind
        if behind * len(healthy) > others * drawn or not len(healthy):
            chance = tail(everyone, behind + others, drawn, behind)
            ranked.append(
                Cause(
                    kind,
                    _name(names),
                    names,
                    behind,
                    others,
                    items,
                    chance,
                    chance * tries[kind],
                    (behind, others, *sign),
                )
            )
    met = np.flatnonzero((weights[:2] > 0).any(axis=0))
    for stretch in found.stretches:
        pieces = len(found.parts) + stretch.first + np.arange(stretch.pieces)
        there = _pieces(closures, pieces, met)
        window = _window(stretch, there, np.concatenate([weights[:2], signs])[:, met], drawn, everyone)
        if window is not None and window.behind * len(healthy) > window.healthy * drawn:
            ranked.append(replace(window, corrected=window.chance * tries["time_window"]))
    return Causes(_in_order(ranked), found.tested, counts)


def _tries(tested: Mapping[str, int]) -> dict[str, Fraction]:
    """By how much a chance of each kind is multiplied.

    The risk of a false alarm is divided among the kinds, items of any sort and time windows getting twice the part of
    another kind, and evenly within a kind (Bonferroni). So the few suppliers are not weighed down by the many lots, of
    which the records have the more the longer they are; and of a lot and its supplier, which complaints of one lot make
    look much alike, the lot comes first.
    """
    families: dict[str, int] = {}
    for kind, count in tested.items():
        families[_family(kind)] = families.get(_family(kind), 0) + count
    parts = {family: 2 if family in ("lot", "time_window") else 1 for family in families}
    whole = sum(parts.values())
    return {kind: Fraction(families[_family(kind)] * whole, parts[_family(kind)]) for kind in tested}


def _family(kind: str) -> str:
    return "lot" if kind in ("unit", "item") else kind


def _name(names: tuple[str | None, ...]) -> str:
    return " ".join(filter(None, names))


def _in_order(ranked: list[Cause]) -> list[Cause]:
    """Likeliest first; what nothing tells apart stands together, with the corrected chance of the best of them."""
    first: dict[tuple[int, ...], tuple[Any, ...]] = {}
    best: dict[tuple[int, ...], Fraction] = {}
    for cause in ranked:
        first[cause.alike] = min(cause.place, first.get(cause.alike, cause.place))
        best[cause.alike] = min(cause.corrected, best.get(cause.alike, cause.corrected))
    grouped = [replace(cause, corrected=best[cause.alike]) for cause in ranked]
    # Of equals the group of more: which stands first is not left to a name as long as anything else tells them apart.
    size = Counter(cause.alike for cause in ranked)
    return sorted(
        grouped,
        key=lambda cause: (*cause.order, first[cause.alike][:-1], -size[cause.alike], first[cause.alike], cause.place),
    )


def _pieces(closures: Closures, pieces: Array, wanted: Array) -> Array:
    """For each of the classes of complaints and healthy units, the pieces of a stretch behind it (bool)."""
    place = np.full(closures.count, -1, np.int64)
    place[wanted] = np.arange(len(wanted))
    there = np.zeros((len(wanted), len(pieces)), bool)
    for block, rows, bits in closures.blocks(wanted, pieces):
        there[np.ix_(place[rows], block - pieces[0])] = bits
    return there


def _window(stretch: Stretch, bits: Array, weights: Array, drawn: int, everyone: int) -> Cause | None:
    """The time window of one operation that is least likely by chance.

    A window begins and ends where a complaint passed the operation. The complaint that sets its beginning says nothing for
    it and is left out of its test. Any complaint could have set it, and from there the window could have gone on to any
    number of complaints: its chance is taken so many times, which bounds the chance of the best window of all.
    """
    rows = np.flatnonzero(bits.any(axis=1))
    bits, weights = bits[rows], weights[:, rows].astype(np.float64)
    size = stretch.pieces
    following = np.full(len(rows), size)
    best: dict[int, tuple[int, int, int, int]] = {}
    for begin in range(size - 1, -1, -1):
        following[bits[:, begin]] = begin
        if begin % 2:
            continue
        within = following < size
        sums = [
            np.cumsum(np.bincount(following[within], weights=weights[row][within], minlength=size)) for row in (0, 1)
        ]
        for end in range(begin, size, 2):
            behind, healthy = int(sums[0][end]), int(sums[1][end])
            one = (healthy, end - begin, begin, end)
            if behind > 1 and one < best.get(behind, (everyone + 1, 0, 0, 0)):
                best[behind] = one
    tries = drawn * (drawn - 1)
    found: tuple[Fraction, int, int, int, int] | None = None
    for behind, (healthy, _, begin, end) in sorted(best.items(), reverse=True):
        chance = min(Fraction(1), tries * tail(everyone - 1, behind + healthy - 1, drawn - 1, behind - 1))
        if found is None or chance < found[0]:
            found = (chance, behind, healthy, begin, end)
    if found is None:
        return None
    chance, behind, healthy, begin, end = found
    inside = bits[:, begin : end + 1].any(axis=1)
    signs = weights[2:, inside].sum(axis=1).astype(np.int64).tolist()
    between = (int(stretch.times[begin // 2]), int(stretch.times[end // 2]))
    name = f"{stretch.operation} {time_text(between[0])}/{time_text(between[1])}"
    return Cause(
        "time_window",
        name,
        (stretch.operation,),
        behind,
        healthy,
        0,
        chance,
        chance,
        (behind, healthy, *signs),
        between,
    )


def time_text(microseconds: int) -> str:
    """A time of the arrays as ISO 8601 in UTC."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")
