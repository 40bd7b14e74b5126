"""When items were made, as far as the records say, and which facts say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

Cited = tuple[int, str, int]
"""An item's place, and the table and row of a fact about it."""


def made_outside(moment: Moment, items: Array, first: int, last: int) -> tuple[Array, Array, list[Cited]]:
    """Which items were surely made outside an interval.

    The records of an item that say when it was made are its own (``made_at``) and each row of its production, with the
    time of its step where the row has none. Surely outside is an item all of whose times lie outside; where one of its
    production rows has no time at all, nothing is sure.

    Args:
        moment: the facts that count.
        items: numbers of items.
        first: first microsecond of the interval.
        last: its last microsecond.

    Returns:
        Which are surely outside (bool), of which no time is known (bool), and the facts about those that are outside.
    """
    times, touching, unknown = (np.zeros(len(items), kind) for kind in (np.int64, bool, bool))
    cited: list[tuple[str, Array, Array]] = []
    for table in ("lots", "units"):
        rows, owner = moment.rows_of(table, "item_id", items)
        if not len(rows):
            continue
        begun, done = _ends(moment, table, "made_at", rows)
        stated = begun != NO_TIME
        _note(times, touching, owner[stated], begun[stated], done[stated], first, last)
        cited.append((table, rows[stated], owner[stated]))
    rows, owner = moment.rows_of("production", "item_id", items)
    if len(rows):
        steps, of_step = moment.rows_at("steps", "step_id", moment.column("production", "step_id")[rows])
        begun, done = _ends(moment, "production", "at", rows)
        by_step = [np.full(len(rows), NO_TIME), np.full(len(rows), NO_TIME)]
        if len(steps):
            by_step[0][of_step] = _ends(moment, "steps", "started_at", steps)[0]
            by_step[1][of_step] = _ends(moment, "steps", "ended_at", steps)[1]
        from_step = begun == NO_TIME
        begun = np.where(from_step, by_step[0], begun)
        done = np.where(from_step, by_step[1], done)
        known = (begun != NO_TIME) & (done != NO_TIME)
        unknown[owner[~known]] = True
        low, high = np.minimum(begun, done), np.maximum(begun, done)
        _note(times, touching, owner[known], low[known], high[known], first, last)
        cited.append(("production", rows[known], owner[known]))
        told = from_step[of_step] if len(steps) else np.zeros(0, bool)
        cited.append(("steps", steps[told], owner[of_step[told]] if len(steps) else steps))
    outside = (times > 0) & ~touching & ~unknown
    facts = [
        (place, table, row)
        for table, rows_, places in cited
        for place, row in zip(places.tolist(), rows_.tolist(), strict=True)
        if outside[place]
    ]
    return outside, (times == 0) | unknown, sorted(facts)


def _ends(moment: Moment, table: str, name: str, rows: Array) -> tuple[Array, Array]:
    """First and last microsecond of a time: a whole day ends just before the next one."""
    start, end = (moment.column(table, f"{name}_{part}")[rows] for part in ("start", "end"))
    return start, np.where((start != NO_TIME) & (end > start), end - 1, end)


def _note(times: Array, touching: Array, owner: Array, begun: Array, done: Array, first: int, last: int) -> None:
    np.add.at(times, owner, 1)
    touching[owner[(begun <= last) & (done >= first)]] = True
