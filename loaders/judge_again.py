"""Quarantined rows whose unit of measure an alias explains now: judged again, as if the alias had been there in their time.

They are judged before the load's own rows and as rows of the load that brought them: what later loads said of the same key
stands above them. See decision 0011.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.plant import TABLES
from loaders.check import Checked, check
from loaders.merge import fact_rows, merge
from loaders.merge_group import Status, extra_of, extra_text
from loaders.raw import RawTable, Source, text_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    import numpy.typing as npt

    from loaders.origins import Origins

    Fact = dict[str, Any]
    Rows = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

RULE = "unknown_unit"
"""Why the rows that wait were refused."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of one file of one earlier entry that wait for a unit of measure.

    Attributes:
        entry: that recorded them.
        mark: of their file, in the origins of the load.
        zone: of times without an offset, as that load named it.
        raw: the rows as they were read, each with its quarantine id.
    """

    entry: int
    mark: int
    zone: str | None
    raw: RawTable


@dataclass
class JudgedAgain:
    """What the waiting rows of one table came to; files are numbered as the origins of the load do.

    Attributes:
        facts: what they state, in the ledger's columns.
        known: what was known, with these facts in place.
        settled: (quarantine id, key, file, row) of those that are settled.
        rejected: rows that are refused for another reason now: of a file, which, and (column, rule) of each.
        counts: by file (its mark): how many were read, accepted, unchanged, quarantined.
    """

    facts: pa.Table
    known: pa.Table
    settled: list[tuple[str, str | None, int | None, int | None]] = field(default_factory=list)
    rejected: list[tuple[int, Checked, list[tuple[str | None, str]]]] = field(default_factory=list)
    counts: dict[int, Counter[str]] = field(default_factory=dict)


def waiting_rows(
    rejected: pa.Table | None, units: Set[str], own: Set[str], origins: Origins
) -> dict[str, list[Waiting]]:
    """The rows, by table, that were refused for a unit which is known now.

    Args:
        rejected: open quarantined rows that were refused for their unit, as the ledger keeps them, with ``entry``.
        units: codes that aliases make units of measure.
        own: ids of rows that the load itself brings back.
        origins: of the load.
    """
    groups: dict[tuple[str, int, int, tuple[str, ...]], list[tuple[str, int, list[str]]]] = defaultdict(list)
    for row in [] if rejected is None else rejected.to_pylist():
        if unicodedata.normalize("NFC", row["value"]) in units and row["quarantine_id"] not in own:
            cells = json.loads(row["raw"])
            place = (row["table"], row["entry"], row["file"], tuple(cells))
            groups[place].append((row["quarantine_id"], row["row"], list(cells.values())))
    found: dict[str, list[Waiting]] = defaultdict(list)
    for (table, entry, file, header), rows in sorted(groups.items()):
        mark = origins.mark(entry, file)
        told = origins.named(mark)
        raw = RawTable(
            Source(told["file"], Path(told["file"]), str(told.get("sha256")), 0),
            table,
            text_table(header, list(zip(*(cells for *_, cells in rows), strict=True))),
            np.array([number for _, number, _ in rows], np.int32),
            quarantine_ids=[name for name, *_ in rows],
        )
        found[table].append(Waiting(entry, mark, origins.zone(entry), raw))
    return dict(found)


def judge_again(name: str, files: Iterable[tuple[Waiting, Checked]], known: pa.Table, origins: Origins) -> JudgedAgain:
    """Bring the waiting rows of a table together with what is known, load by load as they came.

    Args:
        name: of the table.
        files: them, judged again, in the order of their entries.
        known: the last version of each key that occurs among them, files as the origins mark them.
        origins: of the load.
    """
    found = JudgedAgain(known.slice(0, 0), known)
    for entry, group in groupby(files, key=lambda file: file[0].entry):
        _judge_entry(name, entry, list(group), found, origins)
    return found


def check_waiting(waiting: Iterable[Waiting], units: Set[str]) -> list[tuple[Waiting, Checked]]:
    """Judge waiting rows one by one, by the units that are known now."""
    return [(rows, check(rows.raw, zone=rows.zone, unit_aliases=units)) for rows in waiting]


def stated_above(known: pa.Table, facts: pa.Table) -> pa.Table:
    """What is known once these facts are stated."""
    if not facts.num_rows:
        return known
    return pa.concat_tables([known.filter(pc.invert(pc.is_in(known["key"], value_set=facts["key"]))), facts])


def _judge_entry(
    name: str, entry: int, files: list[tuple[Waiting, Checked]], found: JudgedAgain, origins: Origins
) -> None:
    keys = pc.unique(pa.chunked_array([checked.key for _, checked in files], pa.string())).drop_null()
    near = found.known.filter(pc.is_in(found.known["key"], value_set=keys))
    held: dict[str, list[Fact]] = defaultdict(list)
    for fact in near.to_pylist():
        held[fact["key"]].append(fact)
    stands = [_stand(checked, held, entry, origins) for _, checked in files]
    late = Counter(
        key
        for (_, checked), (over, _) in zip(files, stands, strict=True)
        for key in checked.key.filter(pa.array(over & ~checked.multiset)).to_pylist()
    )
    parts, refused, facts = [], {}, []
    for (waiting, checked), (later, against) in zip(files, stands, strict=True):
        # Two rows of one load for one key: which of them counts cannot be told.
        twice = later & np.array([late[key] > 1 for key in checked.key.to_pylist()], bool)
        over, disputed = later & ~twice, against | twice
        rows = np.flatnonzero((checked.faults == 0) & ~over)
        parts.append((waiting.mark, checked.part(rows)))
        refused[waiting.mark] = disputed[rows]
        facts += _under(name, waiting.mark, checked, np.flatnonzero(over), held)
        _told_bad(found, waiting.mark, checked)
        _settle(found, waiting.mark, checked.part(np.flatnonzero(over)))
        _count(found, waiting.mark, read=len(over), unchanged=int(over.sum()))
    merged = merge(TABLES[name], parts, near if near.num_rows else None, refused=refused)
    for (mark, checked), statuses in zip(parts, merged.statuses, strict=True):
        conflicts = np.flatnonzero(statuses == Status.CONFLICT)
        if len(conflicts):
            found.rejected.append((mark, checked.part(conflicts), [(None, "conflict")] * len(conflicts)))
        _settle(found, mark, checked.part(np.flatnonzero(statuses != Status.CONFLICT)))
        accepted, unchanged = (int((statuses == status).sum()) for status in (Status.ACCEPTED, Status.UNCHANGED))
        _count(found, mark, accepted=accepted, unchanged=unchanged, quarantined=len(conflicts))
    stated = pa.concat_tables([merged.facts, *facts])
    found.facts = stated_above(found.facts, stated)
    found.known = stated_above(found.known, stated)


def _stand(checked: Checked, held: dict[str, list[Fact]], entry: int, origins: Origins) -> tuple[Mask, Mask]:
    """Rows of whose key a later load said something, and rows of whose key their own load said something else."""
    late, disputed = np.zeros(len(checked.faults), bool), np.zeros(len(checked.faults), bool)
    keys = checked.key.to_pylist() if held else []
    for row in np.flatnonzero(checked.faults == 0) if held else ():
        facts = held.get(keys[row])
        if facts is not None:
            late[row], disputed[row] = _stands(checked, int(row), facts, entry, origins)
    return late, disputed


def _stands(checked: Checked, row: int, facts: list[Fact], entry: int, origins: Origins) -> tuple[bool, bool]:
    """Whether a later load has said something of the key; and whether the row's own load said something else of it."""
    entries = [
        origins.of(fact["file"])[0]
        for fact in facts
        if not (checked.multiset[row] and fact["op"] == 0 and origins.corrects(fact["file"]))
    ]
    if any(brought > entry for brought in entries):
        return True, False
    if entry not in entries:
        return False, False
    void = [fact["op"] == 1 for fact in facts]
    if checked.multiset[row]:
        return False, any(void) != bool(checked.void[row])
    return False, void[0] != bool(checked.void[row]) or not _agrees(checked, row, facts[0])


def _agrees(checked: Checked, row: int, fact: Fact) -> bool:
    """Whether a row says nothing else than a fact; what the fact does not say may have been said by nobody."""
    if checked.void[row]:
        return True
    stated = {name: checked.values[name][row].as_py() for name in checked.stated}
    return all(fact[name] is None or fact[name] == text for name, text in stated.items())


def _under(name: str, mark: int, checked: Checked, rows: Rows, held: dict[str, list[Fact]]) -> list[pa.Table]:
    """What rows add to that which later loads said of their keys: the columns of which those say nothing."""
    rows = rows[~checked.multiset[rows] & ~checked.void[rows]]
    changed = []
    stacked = fact_rows(TABLES[name], mark, checked, rows)
    for row in stacked.to_pylist():
        (above,) = held[row["key"]]
        kept = {column: value for column, value in above.items() if value is not None}
        whole = {**row, **kept, "file": row["file"], "row": row["row"]}
        whole["extra"] = extra_text({**extra_of(row["extra"]), **extra_of(above["extra"])})
        if above["op"] == 0 and any(
            above[column] != whole[column] for column in above if column not in ("file", "row")
        ):
            changed.append(whole)
    return [pa.Table.from_pylist(changed, schema=stacked.schema)] if changed else []


def _told_bad(found: JudgedAgain, mark: int, checked: Checked) -> None:
    bad = np.flatnonzero(checked.faults)
    broken = [checked.broken[number - 1] for number in checked.faults[bad]]
    other = [at for at, (_, rule) in enumerate(broken) if rule != RULE]
    if other:
        found.rejected.append((mark, checked.part(bad[other]), [broken[at] for at in other]))
    _count(found, mark, quarantined=len(bad))


def _settle(found: JudgedAgain, mark: int, checked: Checked) -> None:
    ids = checked.raw.quarantine_ids or []
    for number, key, row in zip(ids, checked.key.to_pylist(), checked.raw.rows.tolist(), strict=True):
        found.settled.append((number, key, mark, row))


def _count(found: JudgedAgain, mark: int, **counts: int) -> None:
    found.counts.setdefault(mark, Counter()).update(counts)
