"""Common causes, shares and the reach of every lot, as plain text and as CSV."""

from __future__ import annotations

from typing import Any

from viz.table import csv_text, foot_text, rows_text

_CAUSES = (
    "rank",
    "group",
    "kind",
    "id",
    "score",
    "behind",
    "of",
    "healthy_behind",
    "healthy",
    "chance",
    "corrected_chance",
)
_SHARES = ("id", "kind", "stage", "share", "low", "high", "basis", "whole", "of_material", "inferred")


def where_else_text(answer: dict[str, Any], form: str) -> str:
    """Three sentences, the ranking, and what the first cause went into."""
    if form == "csv":
        return csv_text(answer["causes"], _CAUSES)
    parts = [*answer["summary"]]
    if not answer["complete"]:
        parts.append("THIS ANSWER IS INCOMPLETE: " + "; ".join(answer["differences"]))
    parts += ["", "CAUSES (the same group: no record tells them apart)"]
    shown = [
        {
            "rank": row["rank"],
            "group": row["group"],
            "kind": row["kind"].replace("_", " "),
            "id": row["id"],
            "complaints": f"{row['behind']:,} of {row['of']:,}",
            "healthy": f"{row['healthy_behind']:,} of {row['healthy']:,}",
            "score": row["score"],
            "corrected chance": row["corrected_chance"],
        }
        for row in answer["causes"]
    ]
    parts.append(
        rows_text(shown, ("rank", "group", "kind", "id", "complaints", "healthy", "score", "corrected chance"))
    )
    scope = answer["scope"]
    parts += ["", "WHERE ELSE"]
    counts = [
        {"what": name.replace("_", " "), "count": value} for name, value in scope.items() if isinstance(value, int)
    ]
    parts.append(rows_text(counts, ("what", "count")))
    parts.append(foot_text(answer))
    return "\n".join(parts) + "\n"


def sweep_text(answer: dict[str, Any], form: str) -> str:
    """The reach of every lot, largest first."""
    columns = ("id", "items", "finished_units")
    if form == "csv":
        return csv_text(answer["lots"], columns)
    return "\n".join([*answer["summary"], "", rows_text(answer["lots"], columns), foot_text(answer)]) + "\n"


def undescribed_text(answer: dict[str, Any], form: str) -> str:
    """The codes that nobody described, those used most first."""
    columns = ("kind", "code", "uses", "where", "first")
    rows = []
    for row in answer["codes"]:
        first = row["facts"][0] if row["facts"] else None
        rows.append(
            {
                "kind": row["kind"],
                "code": row["code"],
                "uses": row["uses"],
                "where": ", ".join(f"{use['table']}.{use['column']} ({use['rows']:,})" for use in row["used_in"]),
                "first": f"{first['file']}, row {first['row']}" if first else "",
            }
        )
    if form == "csv":
        return csv_text(rows, columns)
    return "\n".join([*answer["summary"], "", rows_text(rows, columns), foot_text(answer)]) + "\n"


def share_text(answer: dict[str, Any], form: str) -> str:
    """Sentences, what is assumed, then each item with its share."""
    if form == "csv":
        return csv_text(answer["items"], _SHARES)
    parts = [*answer["summary"], "", "ASSUMED", *(f"  {line}" for line in answer["assumptions"])]
    if not answer["complete"]:
        parts.append("THIS ANSWER IS INCOMPLETE: " + "; ".join(answer["differences"]))
    parts += ["", "SHARES", rows_text(answer["items"], _SHARES[:8]), foot_text(answer)]
    return "\n".join(parts) + "\n"
