"""Why each item is in the scope, by the last recorded move of its best path, and why its neighbours are out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.answer import TIERS
from genealogy.canonical import digest
from genealogy.report.content import Cell, Column, Section, Sentence, Table
from genealogy.report.row_sources import RowSources
from genealogy.why import why_all
from genealogy.why.near_misses import LISTED, near_misses

if TYPE_CHECKING:
    from genealogy.engine import Engine
    from genealogy.report.records import Affected
    from genealogy.snapshot.files import Array

_SOURCE = (Column("entry", "count"), Column("file"), Column("row", "count"))


def why_section(engine: Engine, affected: Affected, as_of: int) -> Section:
    """Following *came from* row by row leads from any item back to what was asked for."""
    read = RowSources(engine.ledger)
    out = near_misses(engine.snapshot, read, affected.seeds, as_of, LISTED)
    inside = _why_in(engine, affected, as_of, read)
    said = (
        Sentence("why_note"),
        Sentence("near_note", {"count": out["count"], "listed": LISTED}),
        Sentence("detail_note"),
    )
    return Section("why", said, tables=(inside, *_why_out(out)), digest=digest(out))


def _why_in(engine: Engine, affected: Affected, as_of: int, read: RowSources) -> Table:
    moment = affected.moment
    headed = (
        Column("item_id"), Column("came_from"), Column("move", "word"), Column("step_id"), Column("tier", "word"),
        Column("moves", "count"), *_SOURCE,
    )  # fmt: skip
    if not (affected.numbers >= 0).any() or len(affected) == affected.starts:
        return Table("why_in", headed, [])
    selected = _selected(affected, read)
    tree = why_all(engine.snapshot, affected.seeds, as_of)
    steps = _taken(moment.column("consumption", "step_id"), tree.used)
    by_units = tree.used < 0
    sources: list[tuple[Cell, Cell, Cell]] = [(None, None, None)] * len(tree.items)
    for table, found in (
        ("production", np.where(by_units, -1, tree.made)),
        ("units", np.where(by_units, tree.unit, -1)),
    ):
        known = np.flatnonzero(found >= 0)
        for place, source in zip(known.tolist(), read.of(moment, table, found[known]), strict=True):
            sources[place] = source
    rows: list[tuple[Cell, ...]] = [
        (item, before, "serialised" if direct else "portion" if unit >= 0 else "step", step, TIERS[tier], depth,
         *source)
        for item, before, direct, unit, step, tier, depth, source in zip(
            moment.codes.strings(tree.items), moment.codes.strings(tree.parent), by_units.tolist(), tree.unit.tolist(),
            moment.codes.strings(steps), tree.tier.tolist(), tree.depth.tolist(), sources, strict=True,
        )
    ]  # fmt: skip
    rows += selected
    rows.sort(key=lambda row: (int(row[5] or 0), str(row[0])))
    return Table("why_in", headed, rows)


def _selected(affected: Affected, read: RowSources) -> list[tuple[Cell, ...]]:
    """What selected steps made: the first row of production that says so."""
    moment = affected.moment
    made = affected.seeds[affected.starts :]
    rows, _ = moment.rows_of("production", "item_id", moment.codes.find(made)) if made else (np.zeros(0, np.int64),) * 2
    steps = moment.column("production", "step_id")[rows] if len(rows) else rows
    rows = np.sort(rows[np.isin(steps, moment.codes.find(affected.selected))])
    items = moment.codes.strings(moment.item_column("production", "item_id", rows)) if len(rows) else []
    first = {item: place for place, item in reversed(list(enumerate(items)))}
    sources = read.of(moment, "production", rows)
    names = affected.codes("production", "step_id", rows)
    return [
        (item, None, "selected", names[place], TIERS[0], 0, *sources[place]) for item, place in sorted(first.items())
    ]


def _why_out(answer: dict[str, Any]) -> tuple[Table, Table]:
    counts: list[tuple[Cell, ...]] = [
        (f"near_{kind['kind']}", kind["count"], kind["listed"]) for kind in answer["kinds"]
    ]
    headed = (Column("near", "word"), Column("count", "count"), Column("listed", "count"))
    rows: list[tuple[Cell, ...]] = []
    for kind in answer["kinds"]:
        for item in kind["items"]:
            for reason in item["reasons"]:
                fact = reason["facts"][0] if reason["facts"] else {}
                source = tuple(fact.get(name) for name in ("entry", "file", "row"))
                proves = "yes" if reason["proves"] else "no"
                rows.append(
                    (f"near_{kind['kind']}", item["id"], item["kind"], item["stage"], reason["words"], proves, *source)
                )
    detail = (
        Column("near", "word"), Column("item_id"), Column("kind", "word"), Column("stage", "word"), Column("reason", "phrase"),
        Column("proven_by_fact", "word"), *_SOURCE,
    )  # fmt: skip
    return Table("near_counts", headed, counts), Table("near_misses", detail, rows)


def _taken(column: Array, rows: Array) -> Array:
    if not len(column):
        return np.full(len(rows), -1, np.int32)
    return np.where(rows >= 0, column[np.where(rows >= 0, rows, 0)], -1).astype(np.int32)
