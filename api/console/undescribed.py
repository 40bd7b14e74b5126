"""The page of codes that records use and nobody described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.undescribed import DESCRIBED

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import HTMLResponse

    from api.console.pages import Console


def undescribed_page(console: Console, request: Request, kind: str, as_of: str) -> HTMLResponse:
    """Each code with where it is used, to file and row."""
    from api.questions.asked import when

    answer = console.ask(lambda engine: engine.undescribed(kind or None, when(as_of)))
    told = answer.answer
    return console.page(
        request,
        "undescribed.html",
        answer=told,
        flat=answer.flat(),
        as_of=told["as_of"],
        kinds=tuple(DESCRIBED),
        kind=kind,
    )
