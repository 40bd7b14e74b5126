"""What changed in a scope since an earlier entry, as a section of a report: items that came and went, and by which entry.

Where a question names only items this is the answer of ``genealogy diff``. Starts of other kinds may select other steps as
of each entry; then the same is worked out here, entry by entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.canonical import digest
from genealogy.diff import difference, entry_row, senders
from genealogy.report.content import Cell, Column, Section, Sentence, Table
from genealogy.snapshot.walk import Walk
from genealogy.starts.arrays import ArrayStarts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.engine import Engine
    from genealogy.snapshot.files import Array
    from genealogy.starts import Start

_ITEM = (
    Column("item_id"),
    Column("kind", "word"),
    Column("stage", "word"),
    Column("tier", "word"),
    Column("depth", "count"),
)


def since_section(
    engine: Engine, starts: Sequence[str], also: Sequence[Start], scope: dict[str, Any], before: int
) -> Section:
    """The scope now against the scope as of an earlier entry.

    Args:
        engine: of the plant.
        starts: ids of the items that were asked for.
        also: starts of other kinds.
        scope: the answer as of the later moment.
        before: the earlier entry.
    """
    after = scope["as_of"]
    if also:
        found = changed(engine, starts, also, scope, before)
        told = digest(found)
    else:
        answer = engine.diff(starts, before, after)
        found, told = answer.answer, answer.digest
    items: list[tuple[Cell, ...]] = [
        (f"change_{what}", row["entry"], *(row[name] for name in ("id", "kind", "stage", "tier", "depth")))
        for what in ("added", "removed")
        for row in found[what]
    ]
    otherwise: list[tuple[Cell, ...]] = [
        (row["id"], f"field_{name}", *(_text(value) for value in values))
        for row in found["changed"]
        for name, values in sorted(row["changed"].items())
    ]
    parties: list[tuple[Cell, ...]] = [
        (f"change_{row['what']}", row["party_id"], row["name"], row["certainty"], row["unit"], *row["quantity"])
        for row in found["consignees"]
    ]
    entries: list[tuple[Cell, ...]] = [
        (row["sequence"], row["time"], row["actor"], ", ".join(row["files"]) or None, row["added"], row["removed"])
        for row in found["entries"]
    ]
    tables = (
        Table("changed_items", (Column("change", "word"), Column("entry", "count"), *_ITEM), items),
        Table(
            "changed_entries",
            (
                Column("entry", "count"), Column("recorded_at", "time"), Column("actor"), Column("file"),
                Column("added", "count"), Column("removed", "count"),
            ),
            entries,
        ),
        Table("changed_otherwise", (Column("item_id"), Column("field", "word"), Column("before"), Column("after")), otherwise),
        Table(
            "changed_consignees",
            (
                Column("change", "word"), Column("party_id"), Column("party_name"), Column("certainty", "word"),
                Column("unit"), Column("before", "quantity"), Column("after", "quantity"),
            ),
            parties,
        ),
    )  # fmt: skip
    counts = {name: len(found[name]) for name in ("added", "removed", "changed")}
    said = (Sentence("since_note", {"before": str(before), "after": str(after), **counts}),)
    differences = () if found["complete"] else ("since",)
    return Section("since", said, tables=tables, digest=told, differences=differences)


def changed(
    engine: Engine, starts: Sequence[str], also: Sequence[Start], scope: dict[str, Any], before: int
) -> dict[str, Any]:
    """What a scope with starts of other kinds says otherwise than an earlier one, with the entry that did it."""
    after = scope["as_of"]
    old = engine.scope(starts, before, also=also).answer
    found: dict[str, Any] = difference(old, scope)
    moved = sorted(row["id"] for name in ("added", "removed") for row in found[name])
    by: dict[str, int] = {}
    if moved:
        numbers = engine.snapshot.moment(after).codes.find(moved)
        inside, at = _inside(engine, starts, also, numbers, before), np.zeros(len(moved), np.int64)
        for entry in engine.history.entries_with_facts(after=before, upto=after):
            now = _inside(engine, starts, also, numbers, entry)
            at[now != inside], inside = entry, now
        by = dict(zip(moved, at.tolist(), strict=True))
    for name in ("added", "removed"):
        found[name] = [{**row, "entry": by[row["id"]]} for row in found[name]]
    # Any table may change what such a start selects, so every entry is looked at.
    entries = engine.history.entries_with_facts(after=before, upto=after) if found["consignees"] else []
    tables = {entry: {"shipments", *engine.history.tables(entry)} for entry in entries}
    of_rows = senders(
        engine.snapshot, lambda at: _reached(engine, starts, also, at), found["consignees"], tables, before
    )
    found["consignees"] = [{**row, "entry": entry} for row, entry in zip(found["consignees"], of_rows, strict=True)]
    names = ("added", "removed", "consignees")
    found["entries"] = [
        entry_row(
            engine.ledger.entry(entry), {name: sum(row["entry"] == entry for row in found[name]) for name in names}
        )
        for entry in sorted({*by.values(), *(entry for entry in of_rows if entry is not None)})
    ]
    return found | {"complete": bool(old["complete"] and scope["complete"])}


def _inside(engine: Engine, starts: Sequence[str], also: Sequence[Start], numbers: Array, as_of: int) -> Array:
    """Which of these items the starts reach as of an entry, or select themselves (bool)."""
    inside: Array = np.isin(numbers, _codes(engine, starts, also, as_of))
    return inside


def _reached(engine: Engine, starts: Sequence[str], also: Sequence[Start], as_of: int) -> list[str]:
    """The same as ids."""
    return [str(item) for item in engine.snapshot.moment(as_of).codes.strings(_codes(engine, starts, also, as_of))]


def _codes(engine: Engine, starts: Sequence[str], also: Sequence[Start], as_of: int) -> Array:
    """The items that the starts reach as of an entry, or select themselves."""
    moment = engine.snapshot.moment(as_of)
    arrays = ArrayStarts(moment, engine.recorded)
    chosen = {one for start in also for one in arrays.select(start)}
    begin = moment.codes.find(sorted({*starts, *(one.id for one in chosen if one.sort == "item")}))
    made = arrays.outputs(sorted({one.id for one in chosen if one.sort == "step"}))
    outputs = moment.codes.find(sorted({item for items in made.values() for item in items}))
    begin = np.unique(np.concatenate([begin, moment.items.resolve(outputs)]))
    begin = begin[begin >= 0].astype(np.int32)
    found: Array = np.concatenate([begin, Walk(moment, forward=True).everything(begin).items])
    return found


def _text(value: object) -> Cell:
    return value if isinstance(value, str | int) or value is None else str(value)
