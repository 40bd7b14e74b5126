"""Which facts a snapshot keeps, and as what: the columns of each table that a trace or its gaps need.

A column is kept as a number in the dictionary of codes, as a number in the dictionary of words, as the two ends of a
time, or (the grain of a step) as its tier. Tables that are not kept still leave their keys, because a quarantined row
counts as settled once a fact with its key is in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genealogy.plant import TABLES

Sort = Literal["code", "word", "time", "grain"]

NEVER = 2**31 - 1
"""``until`` of a row that nothing has superseded."""
NO_TIME = -(2**63)
"""Either end of a time that is not recorded."""
TIERS = {"unit": 0, "lot": 1, "order": 2}
"""What a grain proves, strongest first; an empty grain proves what ``lot`` does."""
QUARANTINE = "_quarantine"
CORRECTED = "_corrected"
OTHERS = "others"
"""Where the keys of all tables stand that are not kept column by column."""


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


_AMOUNT = _kept("word", "quantity", "unit")
_LINK = (*_kept("code", "step_id", "item_id"), *_AMOUNT, *_kept("time", "at"))

KEPT: dict[str, tuple[Kept, ...]] = {
    "lots": (
        *_kept("code", "item_id"),
        *_kept("word", "material_id", "lot_number"),
        *_AMOUNT,
        *_kept("time", "made_at", "received_at"),
    ),
    "units": (*_kept("code", "item_id", "lot_id"), *_kept("word", "material_id", "serial"), *_kept("time", "made_at")),
    "steps": (*_kept("code", "step_id"), *_kept("grain", "grain"), *_kept("time", "started_at", "ended_at")),
    "consumption": _LINK,
    "production": _LINK,
    "materials": _kept("word", "material_id", "stage", "base_unit"),
    "aliases": (
        *_kept("word", "kind", "code", "means"),
        Kept("item", "code", "code", ("kind", "item")),
        Kept("item_means", "code", "means", ("kind", "item")),
    ),
    "shipments": (
        *_kept("code", "item_id"),
        *_kept("word", "shipment_id", "line_no", "consignee_id"),
        *_AMOUNT,
        Kept("shipped_text", "word", "shipped_at"),
        *_kept("time", "shipped_at"),
    ),
    "packing": (*_kept("code", "item_id", "container_id"), *_kept("time", "packed_at", "unpacked_at")),
    "conversions": _kept("word", "material_id", "from_unit", "to_unit", "factor"),
    QUARANTINE: (
        *_kept("word", "quarantine_id", "table", "file", "row", "column", "rule", "value", "role", "key"),
        *_kept("code", "step_id", "item_id"),
    ),
    CORRECTED: _kept("word", "quarantine_id"),
}

INDEXED: tuple[tuple[str, str], ...] = (
    ("lots", "item_id"),
    ("units", "item_id"),
    ("units", "lot_id"),
    ("steps", "step_id"),
    ("consumption", "item_id"),
    ("consumption", "step_id"),
    ("production", "item_id"),
    ("production", "step_id"),
    ("shipments", "item_id"),
    ("packing", "item_id"),
    ("packing", "container_id"),
)
"""The columns of codes by which rows are found."""

NAMED: dict[str, tuple[str, ...]] = {
    name: tuple(column.name for column in table.columns if column.alias == "item") for name, table in TABLES.items()
}
"""The columns that name an item, by table: what is named exists from then on, described or not."""
PERHAPS_CONTAINER = ("shipments", "stock", "packing")
"""Tables whose ``item_id`` may be a container instead; it counts as an item there only if it is no container."""

SEEDS = {name: number for number, name in enumerate(TABLES, start=1)}
"""Tells the keys of different tables apart where they stand in one list."""
