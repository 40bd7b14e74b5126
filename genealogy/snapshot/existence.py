"""When an item came into being, and when a row says that something happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.layout import NO_TIME

if TYPE_CHECKING:
    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment


def existing_since(moment: Moment, affected: Array, found: Records) -> Array:
    """When each item came into being here: received or made, whichever is later; else when a step first made it."""
    since = np.full(len(affected), NO_TIME)
    for table, name, rows in (
        ("lots", "received_at", found.lot),
        ("lots", "made_at", found.lot),
        ("units", "made_at", found.unit),
    ):
        has = np.flatnonzero(rows >= 0)
        since[has] = np.maximum(since[has], moment.column(table, f"{name}_start")[rows[has]])
    rows, owner = moment.rows_of("production", "item_id", affected)
    if len(rows):
        at = moment.column("production", "at_start")[rows]
        made = np.full(len(affected), 2**62)
        np.minimum.at(made, owner[at != NO_TIME], at[at != NO_TIME])
        since = np.where((since == NO_TIME) & (made < 2**62), made, since)
    return since


def last_moment(moment: Moment, table: str, name: str, rows: Array) -> Array:
    """The last moment of a time: a whole day ends just before the next one."""
    if not len(rows):
        return np.zeros(0, np.int64)
    start, end = moment.column(table, f"{name}_start")[rows], moment.column(table, f"{name}_end")[rows]
    return np.where(end > start, end - 1, end)


def consumed_last(moment: Moment, rows: Array) -> Array:
    """The last moment at which each consumption row can have happened: its own time, else the end of its step."""
    last = last_moment(moment, "consumption", "at", rows)
    if not len(rows):
        return last
    step_rows, step_of = moment.rows_at("steps", "step_id", moment.column("consumption", "step_id")[rows])
    for name in ("ended_at", "started_at"):
        known = np.full(len(rows), NO_TIME)
        known[step_of] = last_moment(moment, "steps", name, step_rows)
        last = np.where(last == NO_TIME, known, last)
    return last
