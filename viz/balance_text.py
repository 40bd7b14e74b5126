"""Balances and whereabouts as plain text: sentences first, then the parts, where they are, and the records behind them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from viz.table import csv_text, foot_text, rows_text
from viz.words.units import lines

_PLACE = ("place_id", "party_id", "part", "quantity")
_LOSS = ("step_id", "operation", "went_in", "yield_percent", "lost")
_FOUND = ("kind", "item", "in", "quantity", "percent", "unit", "within_tolerance")
_PARTY = ("party_id", "name", "role", "country", "part", "quantity")


def where_text(answer: dict[str, Any], form: str) -> str:
    """Where items are: in sum, by place, by party, then item by item. CSV: a row an item and part."""
    if form == "csv":
        rows = [
            {**row, "part": part, "quantity": quantity}
            for row in answer["items"]
            for part, quantity in [*row["parts"].items(), ("unaccounted", row["unaccounted"])]
            if quantity is not None and (part != "unaccounted" or Fraction(quantity))
        ]
        return csv_text(rows, ("id", "kind", "lot_id", "material_id", "part", "quantity", "unit"))
    count = len(answer["items"])
    parts = [
        f"Where {count:,} {'item is' if count == 1 else 'items are'} now; units inside a lot that is listed count once."
    ]
    parts += _incomplete(answer)
    sums = [
        {**row, "part": part, "quantity": quantity}
        for row in answer["sums"]
        for part, quantity in [*row["parts"].items(), ("unaccounted", row["unaccounted"] or "unknown")]
        if part != "unaccounted" or row["unaccounted"] != "0"
    ]
    parts += ["", "IN SUM", rows_text(sums, ("material_id", "part", "quantity", "unit"))]
    parts += [
        "",
        "PLACES",
        rows_text(answer["places"], ("place_id", "party_id", "part", "material_id", "quantity", "unit")),
    ]
    parts += [
        "",
        "CONSIGNEES",
        rows_text(answer["consignees"], ("party_id", "part", "material_id", "quantity", "unit")),
    ]
    items = [{**row, "parts": ", ".join(f"{q} {p}" for p, q in row["parts"].items())} for row in answer["items"]]
    parts += ["", "ITEMS", rows_text(items, ("id", "kind", "in", "unit", "parts", "unaccounted"))]
    parts += _kept_out(answer)
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def _kept_out(answer: dict[str, Any]) -> list[str]:
    gaps = [
        {"kept out": name, "records": gap["count"], "items": _some(gap["items"])}
        for name, gap in answer["gaps"].items()
        if gap["count"]
    ]
    return ["", "KEPT OUT", rows_text(gaps, ("kept out", "records", "items"))] if gaps else []


def _some(items: list[str]) -> str:
    more = f" and {len(items) - 5:,} more" if len(items) > 5 else ""
    return ", ".join(items[:5]) + more


def balance_text(answer: dict[str, Any], form: str) -> str:
    """The balance of an item. CSV: a row a record."""
    if form == "csv":
        return _lines_csv(answer["lines"])
    parts = [*lines(answer), *_incomplete(answer), "", _parts(answer)]
    detail = answer["detail"]
    if detail["places"]:
        parts += ["", "PLACES", rows_text(detail["places"], ("place_id", "name", "party_id", "part", "quantity"))]
    if detail["parties"]:
        parts += ["", "PARTIES", rows_text(detail["parties"], _PARTY)]
    if detail["steps"]:
        parts += ["", "STEPS THAT CONSUMED IT", rows_text(detail["steps"], ("step_id", "operation", "quantity"))]
    if lot := detail.get("lot"):
        loose = ", ".join(f"{q} {p}" for p, q in lot["parts"].items()) or "nothing"
        parts += ["", f"Of its lot {lot['item_id']}, without naming a serial: {loose}."]
    if answer["lines"]:
        parts += ["", "RECORDS", _records(answer["lines"])]
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def trace_balance_text(answer: dict[str, Any], form: str) -> str:
    """The balance of a whole trace. CSV: a row a stage and part."""
    if form == "csv":
        return csv_text(answer["by_stage"], ("stage", "part", "quantity"))
    parts = [*lines(answer), *_incomplete(answer), "", _parts(answer), "", "BY STAGE"]
    parts.append(rows_text(answer["by_stage"], ("stage", "part", "quantity")))
    if answer["detail"]["steps"]:
        parts += ["", "STEPS THAT LOST OR GAINED", rows_text(answer["detail"]["steps"], _LOSS)]
    if answer["findings"]:
        parts += ["", "FOUND", rows_text(answer["findings"], _FOUND)]
        for finding in answer["findings"]:
            if finding.get("lines"):
                parts += ["", f"RECORDS OF {finding['item']}", _records(finding["lines"])]
    parts += _kept_out(answer)
    parts += ["", f"Assumed: {'; '.join(answer['assumed'])}."]
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def step_balance_text(answer: dict[str, Any], form: str) -> str:
    """The balance of a step. CSV: a row a record."""
    sides = [{**row, "side": side} for side in ("inputs", "outputs") for row in answer["detail"][side]]
    columns = ("side", "item_id", "material_id", "recorded", "recorded_unit", "quantity")
    if form == "csv":
        return csv_text(sides, columns)
    rows = [{**row, "where": _source(row["fact"])} for row in sides]
    return "\n".join([*lines(answer), "", rows_text(rows, (*columns, "where")), foot_text(answer)]) + "\n"


def _parts(answer: dict[str, Any]) -> str:
    rows = [{"part": name, "quantity": quantity} for name, quantity in answer["parts"].items() if quantity != "0"]
    rows = [{"part": "in", "quantity": answer["in"] or "unknown"}, *rows]
    rows.append({"part": "unaccounted", "quantity": answer["unaccounted"] or "unknown"})
    return rows_text([{**row, "unit": answer["unit"]} for row in rows], ("part", "quantity", "unit"))


def _records(lines: list[dict[str, Any]]) -> str:
    rows = [{**line, "counts": "" if line["why_not"] else "yes", "where": _source(line["fact"])} for line in lines]
    return rows_text(rows, ("part", "at", "quantity", "units", "counts", "why_not", "where"))


def _lines_csv(lines: list[dict[str, Any]]) -> str:
    rows = [{**line, **{name: line["fact"].get(name) for name in ("table", "file", "row")}} for line in lines]
    return csv_text(rows, ("part", "at", "quantity", "units", "why_not", "table", "file", "row"))


def _source(fact: dict[str, Any]) -> str:
    return f"{fact['file']} row {fact['row']}" if fact else ""


def _incomplete(answer: dict[str, Any]) -> list[str]:
    return [] if answer["complete"] else ["THIS ANSWER IS INCOMPLETE: " + "; ".join(answer.get("differences", []))]
