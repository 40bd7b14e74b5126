"""The scope at best and at worst, with every doubt between, as a section of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.report.content import Cell, Column, Section, Sentence, Table

if TYPE_CHECKING:
    from genealogy.engine import Engine
    from genealogy.report.records import Affected

_COUNTS = ("items", "finished_units", "finished_lots")


def bounds_section(engine: Engine, affected: Affected, as_of: int) -> Section:
    """Lower bound, scope and upper bound, then the doubts."""
    answer = engine.bounds(affected.seeds, as_of)
    counts: list[tuple[Cell, ...]] = [
        (f"bound_{name}", *(answer.answer[name][each] for each in _COUNTS)) for name in ("lower", "full", "upper")
    ]
    headed = (Column("bound", "word"), *(Column(name, "count") for name in _COUNTS))
    doubts: list[tuple[Cell, ...]] = [
        row for side in ("may_add", "may_remove") for doubt in answer.answer[side] for row in [_doubt(side, doubt)]
    ]
    detail = (
        Column("effect", "word"), Column("doubt", "word"), Column("item_id"), Column("step_id"), Column("quantity", "quantity"),
        Column("unit"), Column("more_units", "count"), Column("settled_by", "phrase"), Column("entry", "count"), Column("file"),
        Column("row", "count"),
    )  # fmt: skip
    tables = (Table("bounds", headed, counts), Table("doubts", detail, doubts))
    said = (Sentence("bounds_note", {"count": len(doubts)}), Sentence("detail_note"))
    differences = () if answer.complete else ("bounds",)
    return Section("bounds", said, tables=tables, digest=answer.digest, differences=differences)


def _doubt(side: str, doubt: dict[str, Any]) -> tuple[Cell, ...]:
    fact = doubt["facts"][0] if doubt["facts"] else {}
    weighed = doubt.get("more") or doubt.get("fewer") or {}
    return (
        f"doubt_{side}", f"doubt_{doubt['kind']}", doubt["item_id"], doubt["step_id"], doubt["quantity"], doubt["unit"],
        weighed.get("finished_units"), doubt["settled_by"], *(fact.get(name) for name in ("entry", "file", "row")),
    )  # fmt: skip
