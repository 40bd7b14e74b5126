"""The codes that records use and nobody described: items, materials, parties, places, equipment, steps, documents.

Every code is kept as it was written, so one that is in no table that describes its sort may be a slip of the pen, a table that was
never loaded, or a thing that nobody wrote down. Each is listed with where it is used, to file and row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from genealogy.citing import Citations, Cited, Source
from genealogy.errors import InputError
from genealogy.plant import TABLES
from genealogy.sentences import counted
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

DESCRIBED: dict[str, tuple[tuple[str, str], ...]] = {
    "item": (("lots", "item_id"), ("units", "item_id")),
    "material": (("materials", "material_id"),),
    "party": (("parties", "party_id"),),
    "place": (("places", "place_id"),),
    "equipment": (("equipment", "equipment_id"),),
    "step": (("steps", "step_id"),),
    "document": (("documents", "document_id"),),
}
"""Sort of code -> the tables and columns that describe it."""
_WORDS = {
    "item": ("item", "items"), "material": ("material", "materials"), "party": ("party", "parties"), "place": ("place", "places"),
    "equipment": ("piece of equipment", "pieces of equipment"), "step": ("step", "steps"), "document": ("document", "documents"),
}  # fmt: skip
LIMIT = 200
"""Codes that are listed where nobody says how many."""
_FACTS = 3


class _Use(NamedTuple):
    """Where codes of one sort are used: a column, and which code each row has."""

    table: str
    column: str
    rows: Array
    codes: Array


def undescribed_items(moment: Moment) -> Array:
    """The items that records name and no row of lots or units describes."""
    named = np.flatnonzero(moment.column("named", "item") <= moment.as_of)
    items = np.unique(moment.items.resolve(named.astype(np.int32)))
    for table in ("lots", "units"):
        rows = moment.all_rows(table)
        if len(rows):
            items = np.setdiff1d(items, moment.item_column(table, "item_id", rows))
    return items


def undescribed(
    snapshot: Snapshot, source: Source, as_of: int, *, kind: str | None = None, limit: int | None = LIMIT
) -> dict[str, Any]:
    """The codes that are used and not described, those used most first.

    Args:
        snapshot: of the plant.
        source: where facts are cited from.
        as_of: entry of the ledger.
        kind: only this sort of code.
        limit: so many are listed; None: all of them.

    Returns:
        ``count``, ``by_kind`` (of every sort how many), ``codes``: each with its ``kind``, ``code``, how many ``uses`` it has and
        in which tables and columns, and the first of them as ``facts``; ``listed``; ``summary``.

    Raises:
        InputError: there is no such sort.
    """
    if kind is not None and kind not in DESCRIBED:
        raise InputError(said(Option("kind"), f" {kind!r} is not known. Known are: {', '.join(DESCRIBED)}."))
    moment = snapshot.moment(as_of)
    citations = Citations(source, moment)
    found: list[tuple[int, str, str, int, list[_Use]]] = []
    by_kind = {}
    for each in DESCRIBED:
        codes, counts, uses = _of_kind(moment, each)
        by_kind[each] = len(codes)
        if kind in (None, each):
            strings = (moment.codes if each in ("item", "step") else moment.words).strings(codes)
            told = zip(counts.tolist(), strings, codes.tolist(), strict=True)
            found += [(-count, each, str(text), code, uses) for count, text, code in told]
    found.sort(key=lambda row: row[:3])
    shown = found if limit is None else found[:limit]
    rows = [
        {"kind": each, "code": text, "uses": -uses, **_used(code, where, citations)}
        for uses, each, text, code, where in shown
    ]
    citations.read()
    answer = {
        "as_of": as_of,
        "complete": True,
        "second_road": "not asked",
        "kind": kind,
        "count": len(found),
        "listed": len(rows),
        "by_kind": by_kind,
        "codes": rows,
    }
    return answer | {"summary": _lines(by_kind, kind, len(found), len(rows))}


def _of_kind(moment: Moment, kind: str) -> tuple[Array, Array, list[_Use]]:
    """The codes of one sort that nobody described, how often each is used, and where codes of this sort are used."""
    uses = [use for table, column in _columns(kind) if (use := _use(moment, table, column)) is not None]
    if kind == "item":
        codes = undescribed_items(moment)
    else:
        described = [_use(moment, table, column) for table, column in DESCRIBED[kind]]
        used = np.unique(np.concatenate([use.codes for use in uses])) if uses else np.zeros(0, np.int32)
        known = [use.codes for use in described if use is not None]
        codes = np.setdiff1d(used, np.concatenate(known)) if known else used
    counts = np.zeros(len(codes), np.int64)
    for use in uses:
        meant = use.codes[np.isin(use.codes, codes)]
        np.add.at(counts, np.searchsorted(codes, meant), 1)
    return codes, counts, uses


def _columns(kind: str) -> list[tuple[str, str]]:
    """The columns in which codes of a sort are used, but for those by which they are described."""
    name = {"step": "step_id", "document": "document_id"}.get(kind)
    return [
        (table.name, column.name)
        for table in TABLES.values()
        if table.name != "aliases"
        for column in table.columns
        if (column.name == name if name else column.alias == kind)
        if (table.name, column.name) not in DESCRIBED[kind]
    ]


def _use(moment: Moment, table: str, column: str) -> _Use | None:
    if not len(moment.column(table, column)):
        return None
    rows = moment.all_rows(table)
    codes = moment.resolved(table, column, rows)
    has = codes >= 0
    return _Use(table, column, rows[has], codes[has]) if has.any() else None


def _used(code: int, uses: list[_Use], citations: Citations) -> dict[str, Any]:
    """In which columns a code is used, and the first facts that do."""
    used: list[dict[str, Any]] = []
    facts: list[Cited] = []
    for use in uses:
        rows = use.rows[use.codes == code]
        if len(rows):
            used.append({"table": use.table, "column": use.column, "rows": len(rows)})
            facts += [citations.cite(use.table, int(row)) for row in rows[: _FACTS - len(facts)]]
    return {"used_in": used, "facts": facts}


def _lines(by_kind: dict[str, int], kind: str | None, count: int, listed: int) -> list[str]:
    if not count:
        return [
            "Every code that records use is described."
            if kind is None
            else f"Every {_WORDS[kind][0]} that records use is described."
        ]
    parts = [counted(number, *_WORDS[name]) for name, number in by_kind.items() if number and kind in (None, name)]
    lines = [f"Used in records and described by nobody: {', '.join(parts)}."]
    if listed < count:
        lines.append(f"{listed:,} of them are listed; a limit of 0 lists all.")
    return lines
