"""The records that a balance rests on: each fact once, with the part it counts in and how much, down to file and row."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.citing import Citations, time_text
from genealogy.where import NAMES, text
from genealogy.where.lines import COUNTED, MADE, OK, TABLES, UNPACKED

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.where.survey import Survey

_time = lru_cache(maxsize=1 << 16)(time_text)  # a shipment of many units has one
_KEPT_OUT = (None, "no_quantity", "not_convertible", "shared_container")


def lines_of_lots(found: Survey, lots: Array) -> list[Array]:
    """For each of some lots the lines about it and its units: one pass over all lines, however many lots there are."""
    thing = found.lines.thing
    owner = np.where(found.unit[thing] & (found.parent[thing] >= 0), found.parent[thing], thing)
    order = np.argsort(owner, kind="stable")
    first, last = (np.searchsorted(owner[order], lots, side=side) for side in ("left", "right"))
    return [order[begin:end] for begin, end in zip(first.tolist(), last.tolist(), strict=True)]


def cited_lines(found: Survey, citations: Citations, item: int = 0, own: Array | None = None) -> list[dict[str, Any]]:
    """Every fact about an item and its units, in order of time; and what the item itself was packed in.

    ``part`` is where it puts what it is about (``in``: what there was), ``quantity`` how much it counts, in the item's
    unit, and ``units`` how many single units. What does not count says why: ``replaced`` by a later count, ``superseded``
    by a later record of the same units, or how its quantity is unknown.

    Args:
        found: a survey.
        citations: filled by whoever calls.
        item: position of the item.
        own: the lines about it and its units, where they are known already.
    """
    lines = found.lines
    unit = bool(found.unit[item])
    if own is None:
        own = np.flatnonzero((lines.thing == item) | ((found.parent[lines.thing] == item) & (not unit)))
    own = own[lines.kind[own] != UNPACKED]
    one = int(found.bases.pieces(np.array([item]))[0])
    groups: dict[tuple[str, int], dict[str, Any]] = {}
    counts: dict[tuple[str, int], int] = defaultdict(int)
    members: dict[tuple[str, int], int] = defaultdict(int)
    by_name = own[lines.thing[own] == item]
    replaced = _replaced(found, item, by_name)
    things = lines.thing[own]
    columns = (
        own, lines.kind[own], lines.table[own], lines.row[own], found.unit[things], found.pieces.line[things],
        found.parts[own], lines.begin[own], lines.known[own], lines.amount[own],
    )  # fmt: skip
    told = zip(*(column.tolist() for column in columns), strict=True)
    for line, kind, table, number, of_unit, decides, part, begin, known, amount in told:
        if kind == MADE and (of_unit or unit):
            continue
        key = (TABLES[table], number)
        row = groups.get(key)
        if row is None:
            row = groups[key] = _row(part, begin, key, citations)
        if of_unit:
            if decides == line:
                counts[key] += max(one, 0)
                members[key] += 1
                row["why_not"] = None
            elif not counts[key]:
                row["why_not"] = "superseded"
        elif known != OK:
            row["why_not"] = _KEPT_OUT[known]
        else:
            counts[key] += amount
            row["why_not"] = "replaced" if line in replaced else None
    rows = [
        {**row, "quantity": text(counts[key]), "units": members[key]}
        for key, row in sorted(groups.items())  # rows of a table stand in the order of entries and files
    ]
    rows += _packings(found, item, by_name, citations)
    if not unit and found.found.lot[item] >= 0:
        supply = found.supplies.get(item)
        amount = supply.recorded if supply else None
        rows.append(
            {
                "part": "in", "at": None, "quantity": None if amount is None else text(amount), "units": 0,
                "why_not": None if supply and supply.source == "record" else "compared",
                "fact": citations.cite("lots", int(found.found.lot[item])),
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["part"] != "in", row["at"] or ""))


def _packings(found: Survey, item: int, own: Array, citations: Citations) -> list[dict[str, Any]]:
    """What the item itself was packed in, where a line names a container instead of it; its units' packing is theirs."""
    lines, moment = found.lines, found.moment
    if (lines.named[own] == found.things[item]).all():
        return []
    rows, _ = moment.rows_of("packing", "item_id", found.things[item : item + 1])
    return [
        {
            "part": "packing", "at": time_text(int(moment.column("packing", "packed_at_start")[row])), "quantity": None,
            "units": 0, "why_not": "says what was inside", "fact": citations.cite("packing", row),
        }
        for row in sorted(rows.tolist())
    ]  # fmt: skip


def _row(part: int, begin: int, key: tuple[str, int], citations: Citations) -> dict[str, Any]:
    return {
        "part": "in" if part < 0 else NAMES[part], "at": _time(begin), "quantity": "0", "units": 0, "why_not": None,
        "fact": citations.cite(*key),
    }  # fmt: skip


def _replaced(found: Survey, item: int, own: Array) -> set[int]:
    """Lines of counts that a later one of the same name at the same place replaced."""
    holding = found.holdings.get(item)
    if holding is None:
        return set()
    lines = found.lines
    mine = own[lines.kind[own] == COUNTED]
    standing = {key: count.line for key, count in holding.counts.items()}
    replaced = set()
    for line in mine.tolist():
        last = standing.get((int(lines.named[line]), int(lines.place[line])))
        if last is None or (lines.begin[line], lines.end[line]) != (lines.begin[last], lines.end[last]):
            replaced.add(line)
    return replaced
