"""Rows that could not be loaded and are still open, and what they could mean for a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genealogy.snapshot.codes import fingerprints
from genealogy.snapshot.describe import is_finished_lot, is_finished_unit
from genealogy.snapshot.index import distinct
from genealogy.snapshot.layout import CORRECTED, KEPT, QUARANTINE
from genealogy.snapshot.walk import Suspected, Walk

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

EXAMPLES = 20
_LINKS = ("consumption", "production")


def open_rows(moment: Moment) -> Array:
    """The quarantined rows that nothing has settled, each once, in order of entry, file and row."""
    rows = np.flatnonzero(moment.column(QUARANTINE, "since") <= moment.as_of)
    if not len(rows):
        return rows
    rows = rows[~_corrected(moment, rows)]
    rows = rows[distinct(moment.column(QUARANTINE, "quarantine_id")[rows])]
    rows = rows[~_key_in_force(moment, rows)]
    rows = rows[~_link_in_force(moment, rows)]
    if not len(rows):
        return rows
    places = zip(
        moment.column(QUARANTINE, "since")[rows].tolist(),
        _texts(moment, rows, "file"),
        (_number(text) for text in _texts(moment, rows, "row")),
        _texts(moment, rows, "quarantine_id"),
        rows.tolist(),
        strict=True,
    )
    return np.array([row for *_, row in sorted(places)], np.int64)


def _corrected(moment: Moment, rows: Array) -> Array:
    """Whether an entry settled these rows by their ids, in the entry that recorded them or later.

    A row is recorded again where the fact that had settled it was withdrawn, and the row was loaded once more.
    """
    told = np.flatnonzero(moment.column(CORRECTED, "since") <= moment.as_of)[::-1]
    ids = moment.column(CORRECTED, "quarantine_id")
    told = told[distinct(ids[told])]  # of each row the last entry that settled it
    if not len(told):
        return np.zeros(len(rows), bool)
    told = told[np.argsort(ids[told])]
    wanted = moment.column(QUARANTINE, "quarantine_id")[rows]
    place = told[np.minimum(np.searchsorted(ids[told], wanted), len(told) - 1)]
    settled: Array = ids[place] == wanted
    settled &= moment.column(CORRECTED, "since")[place] >= moment.column(QUARANTINE, "since")[rows]
    return settled


def quarantined(moment: Moment, rows: Array) -> dict[str, Any]:
    """The gap of all open rows; what they would have said cannot be known."""
    return {"count": len(rows), "more_units": None, "examples": examples(moment, rows[:EXAMPLES])}


def suspected_links(moment: Moment, rows: Array) -> tuple[Suspected, dict[str, Array]]:
    """The links that open quarantined rows would have said, and of which rows, by table."""
    by_role = {role: rows[_is_link(moment, rows, role)] for role in _LINKS}
    links = Suspected(
        consumed=moment.item_column(QUARANTINE, "item_id", by_role["consumption"]),
        consumed_by=moment.column(QUARANTINE, "step_id")[by_role["consumption"]],
        produced=moment.item_column(QUARANTINE, "item_id", by_role["production"]),
        produced_by=moment.column(QUARANTINE, "step_id")[by_role["production"]],
    )
    return links, by_role


def suspected(moment: Moment, rows: Array, starts: Array, items: Array, *, forward: bool) -> dict[str, Any]:
    """The gap of the open rows whose step and item are legible: the answer, were they all true.

    Args:
        moment: the facts that count.
        rows: open quarantined rows.
        starts: of the trace.
        items: what it reached.
        forward: its direction.

    Returns:
        ``count`` of the suspected links that lie on the wider answer; ``more_units``, ``more_lots`` and ``more_items`` that
        only the wider answer holds (finished units; finished lots; items of any sort), and examples.
    """
    links, by_role = suspected_links(moment, rows)
    if not len(links.consumed) and not len(links.produced):
        return {"count": 0, "more_units": 0, "more_lots": 0, "more_items": 0, "examples": []}
    wider = Walk(moment, forward=forward, suspected=links).everything(starts)
    if forward:
        met = (wider.met_items(links.consumed), wider.met_steps(links.produced_by))
    else:
        met = (wider.met_steps(links.consumed_by), wider.met_items(links.produced))
    touching = np.isin(rows, np.concatenate([by_role["consumption"][met[0]], by_role["production"][met[1]]]))
    more = np.setdiff1d(wider.items, items)
    return {
        "count": int(touching.sum()),
        "more_units": int(is_finished_unit(moment, more).sum()),
        "more_lots": int(is_finished_lot(moment, more).sum()),
        "more_items": len(more),
        "examples": examples(moment, rows[touching][:EXAMPLES]),
    }


def _is_link(moment: Moment, rows: Array, role: str) -> Array:
    if not len(rows):
        return np.zeros(0, bool)
    stated: Array = (moment.column(QUARANTINE, "step_id")[rows] >= 0) & (
        moment.column(QUARANTINE, "item_id")[rows] >= 0
    )
    stated &= moment.column(QUARANTINE, "role")[rows] == moment.words.find([role])[0]
    return stated


def _key_in_force(moment: Moment, rows: Array) -> Array:
    """Whether a later entry brought a fact with the same table and key that is in force.

    Only a later one: a rejected correction of a known fact is still open, and so is a rejected row of a group whose other
    rows were accepted.
    """
    since = moment.column(QUARANTINE, "since")[rows]
    found = np.zeros(len(rows), bool)
    tables, keys = _texts(moment, rows, "table"), _texts(moment, rows, "key")
    for table in set(tables):
        places = [place for place, name in enumerate(tables) if name == table and keys[place]]
        first = moment.column(table, "key_first")
        if not places or table not in KEPT or not len(first):
            continue
        strings = pa.array([keys[place] for place in places], pa.large_string())
        wanted = fingerprints(strings)
        begin = np.searchsorted(first, wanted[0], side="left")
        end = np.searchsorted(first, wanted[0], side="right")
        for number, place in enumerate(places):
            run = slice(begin[number], end[number])
            same = moment.column(table, "key_second")[run] == wanted[1][number]
            facts = moment.column(table, "key_row")[run][same]
            facts = facts[_settles(moment, moment.column(table, "since")[facts], since[place])]
            found[place] = moment.in_force(table, facts).any()
    return found


def _link_in_force(moment: Moment, rows: Array) -> Array:
    """Whether a later entry recorded what a suspected link would say: the same step and item in the same table."""
    since = moment.column(QUARANTINE, "since")[rows]
    found = np.zeros(len(rows), bool)
    for role in _LINKS:
        places = np.flatnonzero(_is_link(moment, rows, role))
        steps = moment.column(QUARANTINE, "step_id")[rows[places]]
        items = moment.item_column(QUARANTINE, "item_id", rows[places])
        recorded, owner = moment.rows_at(role, "step_id", steps)
        same = moment.item_column(role, "item_id", recorded) == items[owner]
        same &= _settles(moment, moment.column(role, "since")[recorded], since[places[owner]])
        found[places[owner[same]]] = True
    return found


def _settles(moment: Moment, brought: Array, rejected: Array) -> Array:
    """Whether facts of these entries settle rows rejected by those: a later entry, and none that corrects rows by name.

    A corrected drum says nothing of another rejected drum of the same step and item.
    """
    settled: Array = (brought > rejected) & ~np.isin(brought, moment.column(CORRECTED, "since"))
    return settled


def examples(moment: Moment, rows: Array) -> list[dict[str, Any]]:
    """Where these rows stand, what is wrong with them, and the link that they would have said.

    The file is told by its number in the entry, as facts do; ``Evidence.named`` puts its name there.
    """
    entries = moment.column(QUARANTINE, "since")[rows].tolist()
    names = ("file", "row", "table", "rule", "column")
    columns = [_texts(moment, rows, name) for name in names]
    links = zip(
        moment.codes.strings(moment.column(QUARANTINE, "step_id")[rows]),
        moment.codes.strings(moment.item_column(QUARANTINE, "item_id", rows)),
        strict=True,
    )
    found = []
    for entry, values, (step, item) in zip(entries, zip(*columns, strict=True), links, strict=True):
        example: dict[str, Any] = {"entry": entry, **dict(zip(names, values, strict=True))}
        example["row"] = _number(example["row"])
        if step and item:
            example |= {"step_id": step, "item_id": item}
        found.append(example)
    return found


def _texts(moment: Moment, rows: Array, name: str) -> list[str]:
    if not len(rows):
        return []
    return [text or "" for text in moment.words.strings(moment.column(QUARANTINE, name)[rows])]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
