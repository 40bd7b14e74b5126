"""What complaints have in common, as a section of a report: the ranking, and what else the first of it went into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.report.content import Cell, Column, Fact, Section, Sentence, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.engine import Engine

_SUMS = (
    "starts", "items", "finished_units", "finished_units_not_complained_about", "finished_lots",
    "finished_lots_not_complained_about", "complaints_inside",
)  # fmt: skip
FEW = 5
"""With fewer complaints than this a ranking is a hint."""


def causes_section(engine: Engine, complaints: Sequence[str], as_of: int) -> Section:
    """The causes in the order of their rank; candidates of one group are told apart by no record."""
    answer = engine.where_else(complaints, as_of=as_of, first=1)
    found = answer.answer
    headed = (
        Column("rank", "count"), Column("group", "count"), Column("cause", "word"), Column("cause_id"),
        Column("operation"), Column("from_time", "time"), Column("to_time", "time"), Column("behind", "count"),
        Column("complaints", "count"), Column("healthy_behind", "count"), Column("healthy", "count"),
        Column("score", "quantity"), Column("chance", "quantity"), Column("corrected_chance", "quantity"),
        Column("significant", "word"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            row["rank"], row["group"], f"cause_{row['kind']}", row["id"], row.get("operation"), row.get("from"), row.get("to"),
            row["behind"], row["of"], row["healthy_behind"], row["healthy"], _text(row["score"]), row["chance"],
            row["corrected_chance"], "yes" if row["significant"] else "no",
        )
        for row in found["causes"]
    ]  # fmt: skip
    union = found["scope"]
    further: list[tuple[Cell, ...]] = [(item,) for item in union.get("finished", [])]
    tested: list[tuple[Cell, ...]] = [(f"cause_{kind}", count) for kind, count in sorted(found["tested"].items())]
    said = [Sentence("causes_note", {"count": len(found["complaints"]), "healthy": found["compared_with"]["healthy"]})]
    if len(found["complaints"]) < FEW:
        said.append(Sentence("causes_few"))
    said.append(Sentence("causes_union"))
    return Section(
        "causes",
        tuple(said),
        facts=tuple(Fact(f"union_{name}", union[name], "count") for name in _SUMS),
        tables=(
            Table("causes", headed, rows),
            Table("causes_tested", (Column("cause", "word"), Column("count", "count")), tested),
            Table("causes_union", (Column("item_id"),), further),
        ),
        digest=answer.digest,
        differences=tuple(found["differences"]),
    )


def _text(value: object) -> Cell:
    return None if value is None else str(value)
