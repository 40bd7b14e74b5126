"""The page of codes that records use and nobody described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.undescribed import DESCRIBED, LIMIT

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import HTMLResponse

    from api.console.pages import Console


def undescribed_page(console: Console, request: Request, kind: str, as_of: str, page: int) -> HTMLResponse:
    """Each code with where it is used, to file and row; so many on a page."""
    from api.questions.asked import when

    page = max(1, page)
    answer = console.ask(lambda engine: engine.undescribed(kind or None, when(as_of), limit=page * LIMIT))
    told = answer.answer
    return console.page(
        request,
        "undescribed.html",
        # What is said of a limit is for whoever sets one.
        answer={**told, "codes": told["codes"][(page - 1) * LIMIT :], "summary": told["summary"][:1]},
        number_of_page=page,
        pages=max(1, -(-told["count"] // LIMIT)),
        flat=answer.flat(),
        as_of=told["as_of"],
        kinds=tuple(DESCRIBED),
        kind=kind,
    )
