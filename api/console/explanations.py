"""Pages that explain an answer: why in and why out, where it is, what is behind it, what several complaints share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse

from api.console.other_starts import said_of
from api.console.pages import NONE
from api.questions.asked import also_from, named, one, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    from api.console.other_starts import Other
    from api.console.pages import Console
    from genealogy.answer import Answer
    from genealogy.engine import Engine

LISTED = 100
"""Rows of each list on these pages; the rest is in the download."""
_BETWEEN = re.compile(r"[\n\t;]+")


class Explanations:
    """The pages, beside those of items and scopes.

    Args:
        console: that makes pages and holds the engine.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def why(self, request: Request, item: str, starts: list[str], as_of: str, other: Other = NONE) -> HTMLResponse:
        """The chain of recorded facts that puts an item in a scope, or the fact that cuts it off."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            also = also_from(engine, other.asked, at, starts, "from")
            return engine.why(one(engine, item, at), named(engine, starts, at, union=True), at, also=also)

        return self._told(request, "why.html", ask, starts=starts, why_from={"from": starts, **other.at("/why")})

    def beside(self, request: Request, items: list[str], as_of: str, other: Other = NONE) -> HTMLResponse:
        """What stands beside a scope without being in it."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            also = also_from(engine, other.asked, at, items)
            return engine.near_misses(named(engine, items, at, union=True), at, limit=LISTED, also=also)

        begun = said_of(self._console, request, other, as_of)
        return self._told(request, "beside.html", ask, starts=items, more=other.more, begun=begun)

    def places(self, request: Request, items: list[str], as_of: str, other: Other = NONE) -> HTMLResponse:
        """Where everything in a scope is now."""
        answer = self._places(items, as_of, other)
        told = answer.answer
        rows = [*told["sums"], *told["places"], *told["consignees"]]
        names = self._console.names(
            told["as_of"],
            material={row.get("material_id") for row in rows},
            place={row.get("place_id") for row in rows},
            party={row.get("party_id") for row in rows},
        )
        return self._console.page(
            request, "places.html", answer=told, flat=answer.flat(), as_of=told["as_of"], listed=LISTED, starts=items,
            names=names, more=other.more, begun=said_of(self._console, request, other, as_of),
        )  # fmt: skip

    def places_file(self, items: list[str], as_of: str, other: Other = NONE) -> Response:
        """The same to keep."""
        answer = self._places(items, as_of, other)
        name = f"places-entry-{answer.answer['as_of']}-{answer.digest[:12]}.json"
        return JSONResponse(answer.flat(), headers={"content-disposition": f'attachment; filename="{name}"'})

    def _places(self, items: list[str], as_of: str, other: Other) -> Answer:
        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            also = also_from(engine, other.asked, at, items)
            return engine.where_scope(named(engine, items, at, union=True), at, also=also)

        return self._console.ask(ask)

    def balance(self, request: Request, item: str, as_of: str) -> HTMLResponse:
        """The mass balance of an item, with the rows that explain it."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.balance(one(engine, item, at), at)

        return self._told(request, "balance.html", ask)

    def responsible(self, request: Request, item: str, as_of: str) -> HTMLResponse:
        """Who and what stands behind an item, step by step."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.responsible(one(engine, item, at), at)

        return self._told(request, "responsible.html", ask)

    def where_else(self, request: Request, complaints: str, as_of: str) -> HTMLResponse:
        """Complaints in, ranked common causes out."""
        texts = [text.strip() for text in _BETWEEN.split(complaints) if text.strip()]
        if not texts:
            return self._console.page(request, "where_else.html", complaints="", answer=None, flat=None, listed=LISTED)

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.where_else(named(engine, texts, at, union=True), (), at)

        return self._told(request, "where_else.html", ask, complaints=complaints)

    def _told(self, request: Request, template: str, ask: Callable[[Engine], Answer], **values: Any) -> HTMLResponse:
        answer = self._console.ask(ask)
        return self._console.page(
            request,
            template,
            answer=answer.answer,
            flat=answer.flat(),
            as_of=answer.answer["as_of"],
            listed=LISTED,
            **values,
        )
