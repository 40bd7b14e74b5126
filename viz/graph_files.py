"""The picture in each form in which it can be kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from viz.graph_page import page, rows
from viz.graph_png import png
from viz.graph_svg import svg
from viz.graph_view import graphml
from viz.sheet import sheet_csv

if TYPE_CHECKING:
    from genealogy.answer import Answer
    from viz.words import Words

FORMS = {
    "html": "text/html; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "graphml": "application/graphml+xml",
    "csv": "text/csv; charset=utf-8", "json": "application/json",
}  # fmt: skip
"""Ending of the name to type of the content."""
COLUMNS = (
    "kind", "group", "stage", "items", "finished_units", "finished_lots", "records", "tier", "from", "to", "leads_to",
)  # fmt: skip


def graph_file(answer: Answer, form: str, words: Words) -> bytes:
    """The picture in one of ``FORMS``."""
    told = answer.answer
    match form:
        case "html":
            return page(told, answer.digest, words)
        case "svg":
            return svg(told, words)
        case "png":
            return png(told, words)
        case "graphml":
            return graphml(told, words)
        case "csv":
            return sheet_csv(rows(told, words), COLUMNS, complete=told["complete"]).encode()
    return (json.dumps(answer.flat(), ensure_ascii=False, indent=2) + "\n").encode()
