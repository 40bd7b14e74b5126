"""Bounds and differences as plain text."""

from __future__ import annotations

from typing import Any

from viz.table import foot_text, rows_text
from viz.words.units import amount


def bounds_text(answer: dict[str, Any]) -> str:
    """Three sentences, the three counts, then every doubt with what would settle it."""
    parts = [*answer["summary"], ""]
    counts = [{"bound": name, **answer[name]} for name in ("lower", "full", "upper")]
    parts.append(rows_text(counts, ("bound", "items", "finished_units", "finished_lots")))
    for title, name, weight in (("MAY ADD", "may_add", "more"), ("MAY REMOVE", "may_remove", "fewer")):
        parts += ["", title]
        rows = [
            {
                "doubt": doubt["kind"],
                "about": doubt["item_id"] or doubt["step_id"] or "",
                "quantity": amount(doubt["quantity"], doubt["unit"]) if doubt["quantity"] else "",
                f"{weight} finished units": doubt[weight]["finished_units"] if doubt[weight] else "not weighed alone",
                "where": _where(doubt["facts"]),
            }
            for doubt in answer[name]
        ]
        parts.append(rows_text(rows, ("doubt", "about", "quantity", f"{weight} finished units", "where")))
        for kind in dict.fromkeys(doubt["kind"] for doubt in answer[name]):
            settled = next(doubt["settled_by"] for doubt in answer[name] if doubt["kind"] == kind)
            parts.append(f"  {kind}: settled by {settled}.")
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def diff_text(answer: dict[str, Any]) -> str:
    """Three sentences, then what came and went and by which entry."""
    parts = [line for line in answer["summary"] if line]
    for title, name in (("ADDED", "added"), ("REMOVED", "removed")):
        if answer[name]:
            parts += ["", title, rows_text(answer[name], ("entry", "depth", "tier", "kind", "stage", "id"))]
    if answer["changed"]:
        told = [
            {"id": row["id"], "what": "; ".join(f"{n}: {a} -> {b}" for n, (a, b) in row["changed"].items())}
            for row in answer["changed"]
        ]
        parts += ["", "TOLD OTHERWISE", rows_text(told, ("id", "what"))]
    if answer["consignees"]:
        rows = [
            {**row, "before": row["quantity"][0] or "", "after": row["quantity"][1] or ""}
            for row in answer["consignees"]
        ]
        parts += [
            "",
            "CONSIGNEES",
            rows_text(rows, ("what", "entry", "party_id", "name", "certainty", "before", "after", "unit")),
        ]
    if answer["entries"]:
        entries = [{**entry, "files": ", ".join(entry["files"][:3])} for entry in answer["entries"]]
        parts += [
            "",
            "ENTRIES",
            rows_text(entries, ("sequence", "time", "actor", "action", "added", "removed", "consignees", "files")),
        ]
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def _where(facts: list[dict[str, Any]]) -> str:
    if not facts:
        return ""
    more = f" and {len(facts) - 1} more" if len(facts) > 1 else ""
    return f"{facts[0]['file']} row {facts[0]['row']}{more}"
