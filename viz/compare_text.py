"""Narrowed scopes and boundaries side by side as plain text, with what was removed and by which facts."""

from __future__ import annotations

from typing import Any

from viz.table import foot_text, rows_text
from viz.words import units

_FACTS = 10
"""Facts of one group on the screen; all of them are in JSON."""


def compare_text(answer: dict[str, Any]) -> str:
    """A comparison: a line for each boundary, then the table, then what each leaves out."""
    rows = [
        {
            "boundary": row["boundary"],
            "finished units": row["finished_units"],
            "lots": row["finished_lots"],
            "quantity": " + ".join(units.amount(q["quantity"], q["unit"] or "?") for q in row["finished_quantity"]),
            "customers": row["customers"]["proven"],
            "possibly": row["customers"]["possible"],
            "countries": " ".join(row["countries"]),
            "value proven": _money(row["value"]["proven"]),
            "value possible": _money(row["value"]["possible"]),
            "lines without price": row["value"]["lines_without_price"],
        }
        for row in answer["boundaries"]
    ]
    parts = [*units.lines(answer), "", "BOUNDARIES", rows_text(rows, tuple(rows[0]), every=True)]
    parts.append(f"Value: {answer['boundaries'][0]['value']['read_as']}.")
    for row in answer["boundaries"]:
        if row["removed"] is not None:
            parts += ["", f"LEFT OUT BY {row['boundary']}", *removed_lines(row["removed"], row["assumptions"])]
    parts.append(foot_text(answer))
    return "\n".join(parts) + "\n"


def started_lines(answer: dict[str, Any]) -> list[str]:
    """What starts that are no items selected."""
    if "started_from" not in answer:
        return []
    rows = [
        {
            "start": row["words"],
            "steps": len(row["steps"]),
            "items": len(row["items"]),
            "unsure": len(row["unsure"]),
            "leads to nothing": len(row["names_nothing"]),
        }
        for row in answer["started_from"]
    ]
    parts = ["", "STARTED FROM", rows_text(rows, tuple(rows[0]), every=True)]
    for row in answer["started_from"]:
        if alike := row.get("spelled_alike"):
            more = f" and {len(alike) - 10} more" if alike[10:] else ""
            parts.append(
                f"  {row['words']}: recorded beside it, and perhaps the same written otherwise: {', '.join(alike[:10])}{more}. "
                "Ask for these as well, or load an alias that says so."
            )
        for fact in row["names_nothing"]:
            running = ", ".join(fact["steps_at_that_time"][:10]) or "none is recorded"
            parts.append(
                f"  {fact['file']} row {fact['row']} names no step and no item; steps that ran at that time: {running}. "
                "Ask for those that it is about by --step."
            )
    return parts


def narrowed_lines(answer: dict[str, Any]) -> list[str]:
    """What a narrowed scope leaves out."""
    if "narrowed" not in answer:
        return []
    of = answer["narrowed"]
    return ["", "LEFT OUT", *removed_lines(of["removed"], of["assumptions"])]


def removed_lines(removed: dict[str, Any], assumptions: list[str]) -> list[str]:
    """What was removed, boundary by boundary, with its facts, and what is assumed."""
    parts = []
    for group in removed["groups"]:
        parts.append(
            f"{len(group['items']):,} items ({group['finished_units']:,} finished units, {group['finished_lots']:,} finished "
            f"lots) {group['words']}"
        )
        facts = [
            {
                "fact": fact["table"],
                "item": fact.get("item") or fact["cells"].get("item_id"),
                "step": fact["cells"].get("step_id"),
                "file": fact["file"],
                "row": fact["row"],
            }
            for fact in group["facts"][:_FACTS]
        ]
        if facts:
            parts.append(rows_text(facts, ("fact", "item", "step", "file", "row"), every=True))
        if len(group["facts"]) > len(facts):
            parts.append(f"... and {len(group['facts']) - len(facts):,} more facts, all of them with --json")
    if removed["consignees"]:
        parts.append(f"nothing is left for: {', '.join(removed['consignees'])}")
    return [*parts, *(f"assumed: {text}" for text in assumptions)]


def _money(sums: list[dict[str, Any]]) -> str:
    return " + ".join(f"{of['amount']} {of['currency'] or '?'}" for of in sums)
