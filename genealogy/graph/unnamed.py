"""A scope for somebody who may not know some of its parties: these are not told apart, neither by name nor by place.

All suppliers become one place: whether two lots have one supplier is not told. So do, for each country, the consignees that
may not be known. What an operation is called is shown as whoever looks may read it, and stands in that order.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genealogy.graph.columns import CUSTOMER, SUPPLIER, Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genealogy.snapshot.files import Array


@dataclass(frozen=True)
class Unnamed:
    """What whoever looks may not know.

    Attributes:
        suppliers: whether suppliers are among it.
        party: whether a party is, by its code.
        said: a text as they may read it.
        word: what stands for a party that they may not know.
    """

    suppliers: bool
    party: Callable[[str], bool]
    said: Callable[[str], str]
    word: str


_unnamed: ContextVar[Unnamed | None] = ContextVar("unnamed", default=None)


def unnamed() -> Unnamed | None:
    """What whoever asks just now may not know; it belongs to the context, as a deadline does. None: they may know all."""
    return _unnamed.get()


@contextmanager
def looking(who: Unnamed | None) -> Iterator[None]:
    """What is looked at within is looked at by somebody who may not know this."""
    before = _unnamed.set(who)
    try:
        yield
    finally:
        _unnamed.reset(before)


@dataclass(frozen=True)
class Veil:
    """The same of one scope, so that equal ones can be told: a picture under it is made once.

    Attributes:
        suppliers: whether suppliers are not told apart.
        parties: codes of the other parties that are not.
        texts: operations that read otherwise, and how.
        word: what stands for a party.
    """

    suppliers: bool
    parties: frozenset[str]
    texts: frozenset[tuple[str, str]]
    word: str

    @classmethod
    def over(cls, columns: Columns, unnamed: Unnamed) -> Veil | None:
        """What of a scope is not to be known; None where all of it may be."""
        customers = (columns.label(place) for place in np.flatnonzero(columns.kind == CUSTOMER).tolist())
        parties = frozenset(code for code in customers if unnamed.party(code))
        steps = np.unique(columns.group[~columns.items & (columns.kind != SUPPLIER) & (columns.kind != CUSTOMER)])
        operations = (text or "" for text in columns.moment.words.strings(steps))
        texts = frozenset((text, said) for text in operations if (said := unnamed.said(text)) != text)
        if not (unnamed.suppliers or parties or texts):
            return None
        return cls(unnamed.suppliers, parties, texts, unnamed.word)


def veiled(columns: Columns, veil: Veil) -> Columns:
    """The same scope with parties put together that are not told apart."""
    stand = np.arange(len(columns), dtype=np.int64)
    groups = [np.flatnonzero(columns.kind == SUPPLIER)] if veil.suppliers else []
    customers = np.flatnonzero(columns.kind == CUSTOMER)
    hidden = np.array([place for place in customers.tolist() if columns.label(place) in veil.parties], np.int64)
    country = columns.moment.words.strings(columns.group[hidden])
    # By the name of the country: the order of places shows.
    for name in sorted({text or "" for text in country}):
        groups.append(hidden[np.array([(text or "") == name for text in country], bool)])
    groups = [group for group in groups if len(group)]
    if not groups:
        return replace(columns, unnamed=(veil.word, {})) if veil.suppliers else columns
    number, day = columns.number.copy(), columns.day.copy()
    last = columns.kind.astype(np.int64) * (len(groups) + 1)  # places stay by their kind: behind the others of theirs
    for at, group in enumerate(groups):
        stand[group] = group[0]
        number[group[0]], day[group[0]] = -1, columns.day[group].min()
        last[group[0]] += 1 + at
    kept = np.unique(stand)
    # Items, steps, suppliers, customers: in the order in which they stand, but what was put together comes last of its kind.
    parties = np.isin(columns.kind[kept], (SUPPLIER, CUSTOMER))
    first, rest = kept[~parties], kept[parties]
    rest = rest[np.lexsort((rest, last[rest]))]
    order = np.concatenate([first, rest])
    place = np.full(len(columns), -1, np.int64)
    place[order] = np.arange(len(order))
    codes = {columns.label(each): int(place[stand[each]]) for each in hidden.tolist()}

    def taken(column: Array) -> Array:
        found: Array = column[order]
        return found

    return replace(
        columns,
        kind=taken(columns.kind), number=taken(number), depth=taken(columns.depth), tier=taken(columns.tier),
        stage=taken(columns.stage), group=taken(columns.group), lot=taken(columns.lot), day=taken(day),
        finished_unit=taken(columns.finished_unit), finished_lot=taken(columns.finished_lot),
        source=place[stand[columns.source]].astype(columns.source.dtype),
        target=place[stand[columns.target]].astype(columns.target.dtype),
        unnamed=(veil.word, codes),
    )  # fmt: skip
