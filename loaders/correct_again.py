"""A quarantined row that is corrected once more: what its earlier correction said makes way for what it says now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.facts import fact_schema
from genealogy.plant import TABLES
from loaders.merge import fact_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genealogy.current import Correction
    from loaders.check import Checked
    from loaders.origins import Origins

    Fact = dict[str, Any]

REASON = "the quarantined row was corrected again"


@dataclass
class Withdrawn:
    """What earlier corrections said and no longer count for.

    Attributes:
        facts: the groups without the rows, or the withdrawal of their key, in the ledger's columns.
        ids: the quarantined rows whose new correction counts as if it were the first.
        notes: what the person who loads should know.
    """

    facts: pa.Table
    ids: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def withdraw_corrected(
    name: str,
    files: Sequence[tuple[int, Checked]],
    known: pa.Table,
    corrections: Mapping[str, Correction],
    origins: Origins,
) -> Withdrawn:
    """Find what earlier corrections said of rows that are corrected to something else now.

    Args:
        name: of the plant table.
        files: the judged rows of the load.
        known: the last version of the keys that these and the earlier corrections name, with ``version_number``; files
            as the origins mark them.
        corrections: by id, the earlier corrections that count.
        origins: of the load.
    """
    found = Withdrawn(fact_schema(name).empty_table())
    now = _rows_now(name, files, corrections)
    if not now:
        return found
    keys = pa.array(sorted({str(corrections[number].key) for number in now}), pa.string())
    held: dict[str, list[Fact]] = {}
    for fact in known.filter(pc.is_in(known["key"], value_set=keys)).to_pylist():
        held.setdefault(fact["key"], []).append(fact)
    touched = set()
    for number, row in sorted(now.items()):
        before = corrections[number]
        group = held.get(str(before.key), [])
        said = _said(group, before, origins)
        if said is None or _same(row, said):
            continue
        grouped = TABLES[name].grouped and said["line_no"] is None
        if row["key"] != said["key"] and not grouped and said["version_number"]:
            found.notes.append(
                f"the quarantined row {number} was corrected before, to a row of {_shown(said)} that was known already; that "
                "one stays as it is. Correct it too where it is wrong"
            )
            continue
        found.ids.add(number)
        if row["key"] == said["key"] and not grouped:
            continue  # it is overwritten as any correction of a known fact is
        group.remove(said)
        touched.add(said["key"])
        held[said["key"]] = group or [_void(name, said)]
    rows = [{**fact, "ordinal": at} for key in sorted(touched) for at, fact in enumerate(held[key])]
    found.facts = pa.Table.from_pylist(rows, schema=found.facts.schema)
    return found


def _rows_now(
    name: str, files: Sequence[tuple[int, Checked]], corrections: Mapping[str, Correction]
) -> dict[str, Fact]:
    """What the load says of rows that were corrected before; of rows that it corrects twice, nothing."""
    now: dict[str, Fact] = {}
    twice = set()
    for number, checked in files:
        given = checked.raw.quarantine_ids or ()
        rows = [row for row, one in enumerate(given) if one in corrections and not checked.faults[row]]
        facts = fact_rows(TABLES[name], number, checked, np.array(rows, np.int64)).to_pylist()
        for row, fact in zip(rows, facts, strict=True):
            twice |= {given[row]} & now.keys()
            now[given[row]] = {**fact, "stated": checked.stated}
    return {number: fact for number, fact in now.items() if number not in twice and corrections[number].key is not None}


def _said(group: Sequence[Fact], before: Correction, origins: Origins) -> Fact | None:
    """The fact in force that an earlier correction brought."""
    if before.file is None:
        return None
    origin = origins.find(before.entry, before.file)
    for fact in group:
        if fact["op"] == 0 and fact["row"] == before.row and fact["file"] < 0 and origins.of(fact["file"]) == origin:
            return fact
    return None


def _same(row: Fact, said: Fact) -> bool:
    names = {"key", "op", "extra", *row["stated"]}
    return all(row[name] == said[name] for name in names)


def _void(name: str, fact: Fact) -> Fact:
    keys = {column.name for column in TABLES[name].key}
    if TABLES[name].grouped and fact["line_no"] is not None:
        keys.discard("at")  # beside a line number the time is no part of the key
    kept = {"key", "file", "row", *keys, *(f"{key}__{end}" for key in keys for end in ("start", "end"))}
    return {column: value if column in kept else None for column, value in fact.items()} | {
        "op": 1,
        "ordinal": 0,
        "void_reason": REASON,
    }


def _shown(fact: Fact) -> str:
    return str(fact["key"]).replace("\x1f", " / ")
