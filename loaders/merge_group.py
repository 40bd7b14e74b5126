"""What several rows of one key come to, together with what is already known of it.

The careful road, one key at a time. It is taken only by keys with more than one row, or with a group in force; see
``loaders.merge`` for the road of all the others.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

Content = dict[str, str | None]
"""What a row states: text by column; the columns that the format does not know stand behind a plus sign."""


class Status(IntEnum):
    """What became of a row."""

    ACCEPTED = 0
    UNCHANGED = 1
    CONFLICT = 2
    BAD = 3


@dataclass(frozen=True, slots=True)
class Loaded:
    """A row of this load.

    Attributes:
        content: what it states; a column that its file lacks is absent, an empty cell is None. A withdrawal: its key
            only.
        void: it withdraws the fact.
        reason: why it was withdrawn.
        file: number of its file in the load.
        row: its number there.
        quarantine_id: the quarantined row that it corrects, or "".
    """

    content: Content
    void: bool
    reason: str | None
    file: int
    row: int
    quarantine_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A fact in force, or the withdrawal that is (then its content counts for nothing)."""

    content: Content
    void: bool
    file: int
    row: int


@dataclass(slots=True)
class Outcome:
    """What a key comes to.

    Attributes:
        statuses: of the rows of this load, in their order.
        facts: what the key holds from now on, as (content, void, reason, file, row); empty where nothing changes.
        notes: what the person who loads should know.
    """

    statuses: list[Status]
    facts: list[tuple[Content, bool, str | None, int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def extra_of(text: str | None) -> Content:
    """The further properties of a fact as content."""
    return {f"+{name}": value for name, value in json.loads(text).items()} if text else {}


def extra_text(content: Content) -> str | None:
    """The further properties in a content as the JSON that a fact holds."""
    held = {name[1:]: value for name, value in content.items() if name.startswith("+") and value is not None}
    return json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if held else None


def settle(
    loaded: Sequence[Loaded], known: Sequence[Known], *, multiset: bool, corrected: Set[str], missing: int
) -> Outcome:
    """Bring the rows of one key together.

    Args:
        loaded: rows of this load, in the order of files and rows.
        known: the rows in force.
        multiset: each row counts, and the group in force is replaced whole.
        corrected: ids of quarantined rows that earlier loads corrected.
        missing: how many rows of the group in force may be absent from this load because they stand in it once more as
            they were before they were corrected.
    """
    voids = [row.void for row in loaded]
    if all(voids):
        return _withdraw(loaded, known)
    if any(voids):
        return Outcome([Status.CONFLICT] * len(loaded))
    in_force = [row for row in known if not row.void]
    return _multiset(loaded, in_force, corrected, missing) if multiset else _single(loaded, in_force)


def _withdraw(loaded: Sequence[Loaded], known: Sequence[Known]) -> Outcome:
    if known and all(row.void for row in known):
        return Outcome([Status.UNCHANGED] * len(loaded))
    reason = min((row.reason for row in loaded if row.reason), default=None)
    fact: tuple[Content, bool, str | None, int, int] = (loaded[0].content, True, reason, loaded[0].file, loaded[0].row)
    return Outcome([Status.ACCEPTED, *[Status.UNCHANGED] * (len(loaded) - 1)], [fact])


def _held(content: Content) -> Content:
    """A content without further properties that hold nothing."""
    return {name: value for name, value in content.items() if value is not None or not name.startswith("+")}


def _single(loaded: Sequence[Loaded], in_force: Sequence[Known]) -> Outcome:
    """Rows that may state different columns, but must agree where both speak."""
    merged: Content = {}
    for row in loaded:
        for name, value in row.content.items():
            if merged.setdefault(name, value) != value:
                return Outcome([Status.CONFLICT] * len(loaded))
    before = in_force[0].content if in_force else None
    after = {**(before or {}), **merged}
    if before is not None and _held(after) == _held(before):
        return Outcome([Status.UNCHANGED] * len(loaded))
    statuses, seen = [], set()
    for row in loaded:
        content = frozenset(row.content.items())
        statuses.append(Status.UNCHANGED if content in seen else Status.ACCEPTED)
        seen.add(content)
    return Outcome(statuses, [(after, False, None, loaded[0].file, loaded[0].row)])


def _sum(contents: Sequence[Content]) -> Counter[frozenset[tuple[str, str]]]:
    """A multiset of contents; empty and absent are both unknown here."""
    return Counter(
        frozenset((name, value) for name, value in content.items() if value is not None) for content in contents
    )


def _multiset(loaded: Sequence[Loaded], in_force: Sequence[Known], corrected: Set[str], missing: int) -> Outcome:
    """Rows that each count. Fresh rows replace the group in force; corrected rows of the quarantine add to it."""
    before = _sum([row.content for row in in_force])
    fresh = [row for row in loaded if not row.quarantine_id]
    elsewhere = [row for row in loaded if row.quarantine_id in corrected and not _sum([row.content]) <= before]
    # A row corrected once to another step or item, now to this one: it says something new. Corrected once to this very
    # step and item, it may be the same drum told again, and must not count twice.
    again = [] if in_force else elsewhere
    added = [row for row in loaded if row.quarantine_id and row.quarantine_id not in corrected] + again
    notes = [
        f"the quarantined row {row.quarantine_id} was corrected before; "
        + (
            f"what row {row.row} says now is added. Void what the earlier correction said if it was wrong"
            if again
            else f"what row {row.row} says now is not in force; load the whole group again without quarantine_id to change it"
        )
        for row in elsewhere
    ]
    if fresh:
        group = [(content, row.file, row.row) for row, content in _overlaid(fresh, in_force)]
    else:
        group = [(row.content, row.file, row.row) for row in in_force]
    group += [(row.content, row.file, row.row) for row in added]
    after = _sum([content for content, _, _ in group])
    gone = before - after
    same = after == before or (bool(fresh) and not added and after <= before and gone.total() <= missing)
    if same or not (fresh or added):
        return Outcome([Status.UNCHANGED] * len(loaded), notes=notes)
    statuses = [
        Status.UNCHANGED if row.quarantine_id in corrected and row not in again else Status.ACCEPTED for row in loaded
    ]
    return Outcome(statuses, [(content, False, None, file, row) for content, file, row in group], notes)


def _overlaid(fresh: Sequence[Loaded], in_force: Sequence[Known]) -> list[tuple[Loaded, Content]]:
    """Give rows whose files lack columns the known values of the row in force that is otherwise the same."""
    columns = {name for row in in_force for name, value in row.content.items() if value is not None}
    if len(fresh) == len(in_force) == 1:
        return [(fresh[0], {**in_force[0].content, **fresh[0].content})]
    rows = sorted(fresh, key=lambda row: (-len(row.content), sorted((n, v or "") for n, v in row.content.items())))
    by_stated: dict[frozenset[str], dict[frozenset[tuple[str, str]], list[int]]] = {}
    used: set[int] = set()
    result = []
    for row in rows:
        stated = frozenset(row.content)
        content = row.content
        if not columns <= stated:
            if stated not in by_stated:
                by_stated[stated] = _by_content(in_force, stated)
            alike = by_stated[stated].get(_known_part(row.content, stated), [])
            match = next((at for at in alike if at not in used), None)
            if match is not None:
                used.add(match)
                content = {**in_force[match].content, **row.content}
        result.append((row, content))
    return result


def _by_content(in_force: Sequence[Known], stated: frozenset[str]) -> dict[frozenset[tuple[str, str]], list[int]]:
    found: dict[frozenset[tuple[str, str]], list[int]] = defaultdict(list)
    for at, row in enumerate(in_force):
        found[_known_part(row.content, stated)].append(at)
    return found


def _known_part(content: Content, stated: frozenset[str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in content.items() if name in stated and value is not None)
