"""Graph, flow, time line, countries and batches as plain text and CSV."""

from __future__ import annotations

from typing import Any

from viz.table import csv_text, foot_text, rows_text
from viz.words import Words
from viz.words.units import amount, unit

_BATCHES = (
    "id", "lot_number", "material_id", "stage", "status", "made", "expires", "unit", "planned", "ordered", "produced",
    "consumed", "shipped", "in", "in_stock", "unaccounted", "results", "results_outside", "alerts",
)  # fmt: skip


def graph_text(answer: dict[str, Any], form: str) -> str:
    """The nodes of a picture, a row each."""
    from viz.graph_files import COLUMNS
    from viz.graph_page import rows
    from viz.graph_view import said

    words = Words("en")
    found = rows(answer, words)
    if form == "csv":
        return csv_text(found, COLUMNS)
    for row, node in zip(found, answer["nodes"], strict=True):
        row["way"] = node["way"] + (" +" if node["unfolds"] else "")
    shown = ("way", "kind", "group", "items", "finished_units", "finished_lots", "tier", "from", "to")
    return (
        "\n".join([*said(answer, words), "", rows_text(found, shown, every=True), *_route(answer), foot_text(answer)])
        + "\n"
    )


def flow_text(answer: dict[str, Any], form: str) -> str:
    """The flows, a row each; those that are told in another unit at the end."""
    from viz.flow_svg import ROWS, flow_rows

    rows = flow_rows(answer, Words("en"))
    if form == "csv":
        return csv_text(rows, ROWS)
    told = [f"Flows in {unit(answer['unit']) or 'no unit'}; {len(answer['not_convertible']):,} cannot be told in it."]
    if answer["without_quantity"]:
        told.append(f"{answer['without_quantity']:,} records tell no quantity.")
    for row in rows:
        row |= {side: f"{row[side]} {row[f'{side}_name'] or ''}".rstrip() for side in ("from", "to")}
    return (
        "\n".join(
            [*told, "", rows_text(rows, ("from", "to", "quantity", "unit", "records", "certainty")), foot_text(answer)]
        )
        + "\n"
    )


def timeline_text(answer: dict[str, Any], form: str) -> str:
    """The marks of a time line, a row each, then the readings outside their limits."""
    from viz.timeline_svg import ROWS, timeline_rows

    rows = timeline_rows(answer)
    if form == "csv":
        return csv_text(rows, ROWS)
    outside = [
        {
            "step_id": each["step_id"],
            **each["fact"]["cells"],
            "where": f"{each['fact']['file']} row {each['fact']['row']}",
        }
        for each in answer["excursions"]
    ]
    parts = [
        f"{answer['steps']:,} steps, {answer['undated']:,} without a time; "
        f"{answer['readings_outside']:,} readings outside their limits.",
        "",
        rows_text(rows, ROWS),
    ]
    if outside:
        parts += [
            "",
            "OUTSIDE",
            rows_text(outside, ("step_id", "parameter", "value", "unit", "low", "high", "at", "where")),
        ]
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def countries_text(answer: dict[str, Any], form: str) -> str:
    """A row a country."""
    rows = [
        {
            **row,
            "quantities": ", ".join(
                f"{q['quantity']} {q['unit'] or ''} {q['certainty']}"
                if form == "csv"
                else f"{amount(q['quantity'], q['unit'])} {q['certainty']}"
                for q in row["quantities"]
            ),
        }
        for row in answer["countries"]
    ]
    columns = ("country", "consignees", "proven", "possible", "quantities", "without_quantity")
    if form == "csv":
        return csv_text(rows, columns)
    return (
        "\n".join(
            [f"{answer['consignees']:,} consignees.", "", rows_text(rows, columns, every=True), foot_text(answer)]
        )
        + "\n"
    )


def batches_text(answer: dict[str, Any], form: str) -> str:
    """A row a batch."""
    rows = [{**row, "alerts": ", ".join(row["alerts"])} for row in answer["batches"]]
    if form == "csv":
        return csv_text(rows, _BATCHES)
    told = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in answer["alerts"].items() if count)
    which = f"page {answer['page']:,} of {answer['pages']:,}"
    head = f"{answer['count']:,} of {answer['total']:,} lots, {which}. Alerts: {told or 'none'}."
    shown = ("id", "material_id", "status", "planned", "produced", "unit", "consumed", "shipped", "in_stock", "alerts")
    return "\n".join([head, "", rows_text(rows, shown, every=True), foot_text(answer)]) + "\n"


def _route(answer: dict[str, Any]) -> list[str]:
    if not answer["route"]:
        return []
    route = answer["route"]
    if not route["in_scope"]:
        return ["", f"{route['item']} is not in this scope; no path leads to it."]
    return ["", "Path: " + " -> ".join(each["id"] for each in route["through"])]
