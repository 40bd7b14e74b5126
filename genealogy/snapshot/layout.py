"""Which facts a snapshot keeps, and as what: every column of every table, but for contact data.

A column is kept as a number in the dictionary of codes (what can be a node: items, steps, containers), as a number in
the dictionary of words, as the two ends of a time, or (the grain of a step) as its tier. Rows stand in the order of
entries and documents, so that each of them can be found again in the ledger with its file and row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genealogy.plant import TABLES, Column, ColumnType, Table

Sort = Literal["code", "word", "time", "grain"]

NEVER = 2**31 - 1
"""``until`` of a row that nothing has superseded."""
NO_TIME = -(2**63)
"""Either end of a time that is not recorded."""
TIERS = {"unit": 0, "lot": 1, "order": 2}
"""What a grain proves, strongest first; an empty grain proves what ``lot`` does."""
QUARANTINE = "_quarantine"
CORRECTED = "_corrected"
CONTACT = ("address", "email", "phone")
"""Columns that stay in the ledger alone: no answer is computed from them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One column that is kept.

    Attributes:
        name: of the array.
        sort: how it is kept.
        source: column of the facts.
        where: keep it only in rows where this column has this value.
    """

    name: str
    sort: Sort
    source: str
    where: tuple[str, str] | None = None


def _kept(sort: Sort, *names: str) -> tuple[Kept, ...]:
    return tuple(Kept(name, sort, name) for name in names)


def _sort(column: Column) -> Sort:
    if column.alias == "item" or column.name in ("step_id", "container_id"):
        return "code"
    if column.type is ColumnType.TIME:
        return "time"
    return "grain" if column.name == "grain" else "word"


def _columns(table: Table) -> tuple[Kept, ...]:
    return tuple(Kept(c.name, _sort(c), c.name) for c in table.facts if c.name not in CONTACT)


KEPT: dict[str, tuple[Kept, ...]] = {name: _columns(table) for name, table in TABLES.items()} | {
    QUARANTINE: (
        *_kept("word", "quarantine_id", "table", "file", "row", "column", "rule", "value", "role", "key"),
        *_kept("code", "step_id", "item_id"),
    ),
    CORRECTED: _kept("word", "quarantine_id"),
}
KEPT["aliases"] += (
    Kept("item", "code", "code", ("kind", "item")),
    Kept("item_means", "code", "means", ("kind", "item")),
)
KEPT["shipments"] += (Kept("shipped_text", "word", "shipped_at"),)

INDEXED: tuple[tuple[str, str], ...] = tuple(
    (name, kept.name)
    for name, columns in KEPT.items()
    if name in TABLES
    for kept in columns
    if kept.sort == "code"
    if name != "aliases"
)
"""The columns of codes by which rows are found."""

NAMED: dict[str, tuple[str, ...]] = {
    name: tuple(column.name for column in table.columns if column.alias == "item") for name, table in TABLES.items()
}
"""The columns that name an item, by table: what is named exists from then on, described or not."""
PERHAPS_CONTAINER = ("shipments", "stock", "packing")
"""Tables whose ``item_id`` may be a container instead; it counts as an item there only if it is no container."""
