"""Narrowed scopes beside the full one, as a section of a report: how much each is, what it leaves out, by which facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.report.content import Cell, Column, Section, Sentence, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.engine import Engine
    from genealogy.narrow import Narrowing
    from genealogy.starts import Start

_COUNTED = ("items", "finished_units", "finished_lots")
_LEFT_OUT = ("items_out", "units_out", "lots_out")
_CUT = (Column("boundary"), Column("narrowed_by", "word"))


def compared_section(
    engine: Engine,
    starts: Sequence[str],
    also: Sequence[Start],
    named: Sequence[tuple[str, Narrowing | None]],
    as_of: int,
) -> Section:
    """The full scope first, then each boundary as it was written; what is not left out by it stays."""
    answer = engine.compare(starts, named, as_of, also=also)
    boundaries = answer.answer["boundaries"]
    headed = (
        Column("boundary"), *(Column(name, "count") for name in _COUNTED), Column("finished_quantity"),
        Column("customers_proven", "count"), Column("customers_possible", "count"), Column("countries"),
        Column("value_proven"), Column("value_possible"), Column("lines_without_price", "count"),
        *(Column(name, "count") for name in _LEFT_OUT), Column("kept_without_times", "count"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [_row(each) for each in boundaries]
    cut = [(each["boundary"], group) for each in boundaries if each["removed"] for group in each["removed"]["groups"]]
    groups: list[tuple[Cell, ...]] = [
        (
            boundary, f"narrow_{group['by']}", group["words"], len(group["items"]), group["finished_units"],
            group["finished_lots"], len(group["facts"]),
        )
        for boundary, group in cut
    ]  # fmt: skip
    items: list[tuple[Cell, ...]] = [
        (boundary, f"narrow_{group['by']}", item) for boundary, group in cut for item in group["items"]
    ]
    facts: list[tuple[Cell, ...]] = [
        (
            boundary, f"narrow_{group['by']}", fact.get("item") or fact["cells"].get("item_id"), fact["cells"].get("step_id"),
            fact["table"], fact["entry"], fact["file"], fact["row"],
        )
        for boundary, group in cut
        for fact in group["facts"]
    ]  # fmt: skip
    parties: list[tuple[Cell, ...]] = [
        (each["boundary"], party) for each in boundaries if each["removed"] for party in each["removed"]["consignees"]
    ]
    assumed: list[tuple[Cell, ...]] = [(each["boundary"], text) for each in boundaries for text in each["assumptions"]]
    source = (Column("table"), Column("entry", "count"), Column("file"), Column("row", "count"))
    counts = (Column("items_out", "count"), Column("units_out", "count"), Column("lots_out", "count"))
    tables = (
        Table("boundaries", headed, rows, (Sentence("value_note"),)),
        Table("narrowed_by", (*_CUT, Column("left_out", "phrase"), *counts, Column("facts", "count")), groups),
        Table("narrowed_out", (*_CUT, Column("item_id")), items),
        Table("narrowed_facts", (*_CUT, Column("item_id"), Column("step_id"), *source), facts),
        Table("narrowed_parties", (Column("boundary"), Column("party_id")), parties),
        Table("narrowed_assumed", (Column("boundary"), Column("detail", "phrase")), assumed),
    )
    said = (Sentence("compare_note", {"count": len(boundaries) - 1}),)
    return Section(
        "compare", said, tables=tables, digest=answer.digest, differences=tuple(answer.answer["differences"])
    )


def _row(each: dict[str, Any]) -> tuple[Cell, ...]:
    out = each["removed"]
    amounts = " + ".join(f"{q['quantity']} {q['unit'] or '?'}" for q in each["finished_quantity"])
    value = each["value"]
    return (
        each["boundary"], *(each[name] for name in _COUNTED), amounts or None,
        each["customers"]["proven"], each["customers"]["possible"], ", ".join(each["countries"]) or None,
        _money(value["proven"]), _money(value["possible"]), value["lines_without_price"],
        *((out["items"], out["finished_units"], out["finished_lots"]) if out else (0, 0, 0)),
        each.get("kept_without_times", 0),
    )  # fmt: skip


def _money(sums: list[dict[str, Any]]) -> str | None:
    return " + ".join(f"{of['amount']} {of['currency'] or '?'}" for of in sums) or None
