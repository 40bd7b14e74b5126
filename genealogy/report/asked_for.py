"""What a report was asked of: items, and starts of other kinds with what each of them selected and by which facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.report.content import Cell, Column, Fact, Section, Sentence, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SOURCE = (Column("entry", "count"), Column("file"), Column("row", "count"))
_ASKED = (
    Column("start", "word"), Column("step_id"), Column("equipment_id"), Column("parameter"), Column("low", "quantity"),
    Column("high", "quantity"), Column("unit"), Column("place_id"), Column("document_id"), Column("document_version"),
    Column("operator"), Column("supplier_id"), Column("material_id"), Column("from_time", "time"), Column("to_time", "time"),
)  # fmt: skip
_NAMES = {
    "equipment_id": "equipment", "place_id": "place", "document_id": "document", "document_version": "version",
    "supplier_id": "supplier", "material_id": "material", "from_time": "from", "to_time": "to", "step_id": "step",
}  # fmt: skip


def asked_for_section(starts: Table, rows: Sequence[Mapping[str, Any]]) -> Section:
    """The items; and of each other start its restrictions, how much it selected, the facts, and what stays unsure of it.

    Args:
        starts: table of the items.
        rows: ``started_from`` of the scope.
    """
    if not rows:
        return Section("asked_for", tables=(starts,))
    counts = ("steps_selected", "items_selected")
    asked: list[tuple[Cell, ...]] = [
        (*_cells(row["asked"]), len(row["steps"]), len(row["items"]), len(row["facts"])) for row in rows
    ]
    facts: list[tuple[Cell, ...]] = [
        (place, fact.get("step"), fact.get("item"), fact["table"], fact["entry"], fact["file"], fact["row"])
        for place, row in enumerate(rows, start=1)
        for fact in row["facts"]
    ]
    doubts = [doubt for place, row in enumerate(rows, start=1) for doubt in _doubts(place, row)]
    tables = (
        starts,
        Table("started_from", (*_ASKED, *(Column(n, "count") for n in counts), Column("facts", "count")), asked),
        Table(
            "started_facts",
            (Column("start_no", "count"), Column("step_id"), Column("item_id"), Column("table"), *_SOURCE),
            facts,
        ),
        Table(
            "started_doubts", (Column("start_no", "count"), Column("doubt", "word"), Column("about"), *_SOURCE), doubts
        ),
    )
    return Section("asked_for", (Sentence("started_note"),), tables=tables)


def told(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Fact, ...], ...]:
    """Each start that is no item as labelled statements, for the head of the report."""
    return tuple(
        tuple(
            Fact(c.name, cell, c.sort) for c, cell in zip(_ASKED, _cells(row["asked"]), strict=True) if cell is not None
        )
        for row in rows
    )


def _cells(asked: Mapping[str, Any]) -> tuple[Cell, ...]:
    flat: dict[str, Any] = {**asked, **(asked.get("limits") or {})}
    kind = f"start_{asked['kind']}"
    if asked["kind"] == "reading" and "limits" in asked:
        kind = "start_reading_given"
    return (kind, *(flat.get(_NAMES.get(column.name, column.name)) for column in _ASKED[1:]))


def _doubts(place: int, row: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    """What of a start leads to nothing, or was taken for touching because something is not recorded."""
    none = (None, None, None)
    found: list[tuple[Cell, ...]] = [(place, "start_unsure", name, *none) for name in row["unsure"]]
    found += [(place, "start_without_product", step, *none) for step in row["steps_without_products"]]
    found += [(place, "start_suspected_product", item, *none) for item in row["suspected_products"]]
    found += [(place, "start_spelled_alike", name, *none) for name in row.get("spelled_alike", ())]
    for fact in row["names_nothing"]:
        running = ", ".join(fact["steps_at_that_time"]) or None
        found.append((place, "start_names_nothing", running, fact["entry"], fact["file"], fact["row"]))
    return found
