"""Answers as plain text and as CSV: three sentences first, then what they rest on."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from viz.words import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 40
"""Rows of a table on the screen; what is left out is said, and never left out of JSON or CSV."""


def scope_text(answer: dict[str, Any], form: str) -> str:
    """A scope as ``table`` or ``csv`` (one row an item)."""
    from viz.compare_text import narrowed_lines, started_lines

    if form == "csv":
        # What was asked about is affected as well, and may be a finished unit itself.
        return csv_text([*answer["start_items"], *answer["items"]], ("id", "kind", "stage", "depth", "tier"))
    parts = [*units.lines(answer), ""]
    tiers = _count(row["tier"] for row in answer["items"] if row["kind"] == "unit" and row["stage"] == "finished")
    if tiers:
        parts.append("Finished units by what the records prove: " + ", ".join(f"{t} {n:,}" for t, n in tiers.items()))
    parts += started_lines(answer)
    parts += ["", "CONSIGNEES"]
    consignees = [
        {**row, "quantity": row["quantity"] if row["quantity"] is not None else "not recorded"}
        for row in answer["consignees"]
    ]
    parts.append(rows_text(consignees, ("party_id", "name", "role", "country", "quantity", "unit", "certainty")))
    parts += ["", "ITEMS"]
    parts.append(rows_text(answer["items"], ("depth", "tier", "kind", "stage", "id")))
    gaps = [
        {
            "gap": kind,
            "count": gap["count"],
            "more finished units": "unknown" if gap["more_units"] is None else gap["more_units"],
        }
        for kind, gap in answer["gaps"].items()
        if gap["count"]
    ]
    if gaps:
        parts += ["", "GAPS IN THE RECORDS", rows_text(gaps, ("gap", "count", "more finished units"))]
    parts += narrowed_lines(answer)
    parts.append(foot_text(answer))
    return "\n".join(parts) + "\n"


def trace_text(answer: dict[str, Any], form: str) -> str:
    """A trace as ``table`` or ``csv``."""
    if form == "csv":
        return csv_text(answer["items"], ("id", "kind", "stage", "depth"))
    starts = answer["start"] if isinstance(answer["start"], list) else [answer["start"]]
    named = starts[0] if len(starts) == 1 else f"{starts[0]} and {len(starts) - 1} more"
    count = len(answer["items"])
    what = "may hold some of" if answer["direction"] == "forward" else "may be in"
    line = (
        f"{count:,} {'item' if count == 1 else 'items'} {what} {named}."
        if count
        else f"Nothing is recorded that {what} {named}."
    )
    parts = [line]
    if answer["on_cycle"]:
        parts.append(f"On a cycle, so that it leads back to itself: {', '.join(answer['on_cycle'][:5])}.")
    if not answer["complete"]:
        parts.append("THIS ANSWER IS INCOMPLETE: " + "; ".join(answer["differences"]))
    parts += ["", rows_text(answer["items"], ("depth", "kind", "stage", "id")), foot_text(answer)]
    return "\n".join(parts) + "\n"


def load_text(report: dict[str, Any]) -> str:
    """What a load did, file by file."""
    names = ("file", "table", "read", "accepted", "unchanged", "quarantined")
    files = [{**file, "table": ", ".join(table["table"] for table in file["tables"])} for file in report["files"]]
    parts = [rows_text(files, names, every=True)]
    for file in report["ignored"]:
        parts.append(f"ignored: {file}")
    if report["dry_run"]:
        parts.append("Dry run: nothing was changed.")
    elif report["recorded"]:
        parts.append(f"Recorded as entry {report['sequence']}.")
    else:
        parts.append(f"Nothing new; everything was there as of entry {report['sequence']}.")
    if report["quarantine"]:
        parts.append(
            f"Rows that were not accepted are in {report['quarantine']}; correct them there and load that file."
        )
    if zoneless := report["rules"].get("time_without_zone"):
        parts.append(
            f"In {zoneless:,} of them a time lacks its zone. Where nothing else is wrong, nothing needs to be corrected: "
            "load with --zone and the plant's zone, for example --zone Europe/Berlin."
        )
    return "\n".join(parts) + "\n"


def foot_text(answer: dict[str, Any]) -> str:
    """The last line: as of which entry, with which digest, in agreement or not."""
    head, moment = answer["asked"]["head"], answer["as_of"] if "as_of" in answer else answer["to"]
    second = "agrees" if answer["complete"] else "differs"
    if answer["complete"] and answer["asked"]["compared"] == ["reach"]:
        second += " on every item reached (what is recorded of each was not compared)"
    return (
        f"\nAs of entry {moment}; digest {answer['digest'][:16]}; second road {second}; "
        f"head {head['sequence']}:{head['hash'][:16]}; {answer['asked']['seconds']} s"
    )


def _count(values: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def csv_text(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """CSV with the identifiers as they are: quoting is CSV's, and nothing is cut."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[c] if row[c] is not None else "" for c in columns] for row in rows)
    return out.getvalue()


def rows_text(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, every: bool = False) -> str:
    """Rows in columns; of many the first, and how many more there are."""
    if not rows:
        return "  (none)"
    shown = rows if every else rows[:_SHOWN]
    cells = [[_cell(_said(row, c)) for c in columns] for row in shown]
    widths = [max(len(c), *(len(row[i]) for row in cells)) for i, c in enumerate(columns)]
    lines = ["  ".join(c.replace("_", " ").ljust(w) for c, w in zip(columns, widths, strict=True)).rstrip()]
    for row, source in zip(cells, shown, strict=True):
        padded = [
            text.rjust(w) if isinstance(source.get(c), int) else text.ljust(w)
            for text, w, c in zip(row, widths, columns, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    if len(rows) > len(shown):
        lines.append(f"... and {len(rows) - len(shown):,} more, all of them with --csv or --json")
    return "\n".join(lines)


def _said(row: dict[str, Any], column: str) -> Any:
    """What a reader is told in a column: of a unit its words."""
    value = row.get(column)
    return (
        units.unit(value, quantity=row.get("quantity")) if column in units.COLUMNS and isinstance(value, str) else value
    )


def _cell(value: Any) -> str:
    """A value on the screen: characters that would move the cursor or turn the line are shown by their number."""
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in str(value))
