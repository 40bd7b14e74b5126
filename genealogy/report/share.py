"""How much of each affected item came from what was asked for: a column of the item tables, and a section in sum."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from genealogy.measures import decimal_text
from genealogy.report.content import Cell, Column, Section, Sentence, Table

if TYPE_CHECKING:
    from genealogy.answer import Answer
    from genealogy.report.records import Affected


def shares_by_item(answer: Answer | None, affected: Affected) -> dict[str, str | None]:
    """The share of each item; None where it cannot be told. What selected steps made is wholly theirs."""
    made = affected.seeds[affected.starts :]
    shares = {row["id"]: row["share"] for row in answer.answer["items"]} if answer is not None else {}
    return shares | dict.fromkeys(made, "1")


def share_section(answer: Answer, affected: Affected) -> Section:
    """Least and most share by material, and what was assumed."""
    spans: dict[str, list[Fraction]] = {}
    counts: dict[str, int] = {}
    shares = shares_by_item(answer, affected)
    for place in range(affected.starts, len(affected)):
        material, share = affected.material[place] or "", shares.get(affected.ids[place])
        counts[material] = counts.get(material, 0) + 1
        if share is not None:
            spans.setdefault(material, []).append(Fraction(share))
    rows: list[tuple[Cell, ...]] = [
        (
            material or None,
            affected.materials.get(material, {}).get("name"),
            counts[material],
            decimal_text(min(spans[material])) if material in spans else None,
            decimal_text(max(spans[material])) if material in spans else None,
        )
        for material in sorted(counts)
    ]
    headed = (
        Column("material_id"), Column("material_name"), Column("items", "count"), Column("least_share", "quantity"),
        Column("most_share", "quantity"),
    )  # fmt: skip
    assumed: list[tuple[Cell, ...]] = [(line,) for line in answer.answer["assumptions"]]
    tables = (Table("shares", headed, rows), Table("share_assumptions", (Column("detail", "phrase"),), assumed))
    said = (Sentence("share_note"), Sentence("detail_note"))
    return Section("share", said, tables=tables, digest=answer.digest, differences=tuple(answer.answer["differences"]))
