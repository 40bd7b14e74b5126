"""The mass balance of a scope: what went in, and where all of it is now, in each unit in which its starts are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse

from api.access.masks import current
from api.console.other_starts import said_of
from api.console.tables import file_name, kept
from api.questions.asked import also_from, named, when

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    from api.console.other_starts import Other
    from api.console.pages import Console
    from genealogy.answer import Answer
    from genealogy.engine import Engine

COLUMNS = ("unit", "stage", "part", "quantity")
_LISTED = 100
"""Steps and lots that a page lists."""


def scope_balance_page(console: Console, request: Request, items: list[str], as_of: str, other: Other) -> HTMLResponse:
    """The page."""
    found = _asked(console, items, as_of, other)
    return console.page(
        request,
        "scope_balance.html",
        balances=[(each.answer, each.flat()) for each in found],
        as_of=found[0].answer["as_of"] if found else as_of,
        starts=items,
        more=other.more,
        begun=said_of(console, request, other, as_of),
        listed=_LISTED,
    )


def scope_balance_file(console: Console, form: str, items: list[str], as_of: str, other: Other) -> Response:
    """The same to keep: all of it as JSON, or what is in which part by stage as CSV or a workbook."""
    found = _asked(console, items, as_of, other)
    if form == "json":
        name = file_name(found[0], "balance", "json")
        told = [each.flat() for each in found]
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return JSONResponse(told[0] if len(told) == 1 else {"balances": told}, headers=headers)
    worst = next((each for each in found if not each.complete), found[0])
    rows: list[dict[str, Any]] = [
        {"unit": each.answer["unit"], **row} for each in found for row in each.answer["by_stage"]
    ]
    return kept(worst, "balance", "xlsx" if form == "xlsx" else "csv", rows, COLUMNS)


def _asked(console: Console, items: list[str], as_of: str, other: Other) -> list[Answer]:
    def ask(engine: Engine) -> list[Answer]:
        at = when(as_of)
        also = also_from(engine, other.asked, at, items)
        return engine.trace_balances(named(engine, items, at, union=True), at, also=also)

    return [current().answer(each) for each in console.asked(ask)]
