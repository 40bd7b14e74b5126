"""The long lists of an answer a page at a time: the items and consignees of a scope, the items of a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.access.masks import mask_of
from api.jobs.routes import V1
from api.protocol.known import has_already
from api.protocol.paging import LIMIT, After, Limit, page
from api.protocol.recent import Recent
from api.questions.asked import AsOf, Item, Items, Union, named, when
from genealogy.scope import affected_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.answer import Answer
    from genealogy.engine import Engine

Part = Literal["items", "units", "lots", "consignees"]


def rows_of(answer: dict[str, Any], part: str) -> list[dict[str, Any]]:
    """The rows of one part of a scope: everything, finished units, lots, or who received some."""
    if part == "consignees":
        return list(answer["consignees"])
    items: list[dict[str, Any]] = answer["items"]
    return list(affected_rows(answer, part)) if part in ("units", "lots") else items


def add_pages(app: FastAPI, engine: Engine) -> None:
    """Add the routes."""
    recent = Recent(8)

    def paged(
        request: Request, key: tuple[Any, ...], as_of: str | None, ask: Callable[[int], Answer], part: str,
        limit: int, after: str | None,
    ) -> Response:  # fmt: skip
        mask = mask_of(request)
        with engine.asking:
            at = engine.moment(when(as_of))
            # What a text names depends on who asks: a supplier's lot number is found only for who may see it.
            answer = recent.answer((*key, mask.tag, at), lambda: ask(at))
        answer = mask.answer(answer)
        told = page(request, rows_of(answer.answer, part), answer.digest + mask.tag, limit, after, at, part)
        told["complete"] = answer.complete
        tag = f'"{answer.digest}{mask.tag}-{part}-{limit}-{after or ""}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if told["next"]:
            headers["link"] = f'<{told["next"]}>; rel="next"'
        if has_already(request, tag):
            return Response(status_code=304, headers=headers)
        return JSONResponse(told, headers=headers)

    @app.get(f"{V1}/scope/{{part}}", tags=["asking"], operation_id="scopePage")
    def scope_page(
        request: Request,
        part: Annotated[Part, Path(description="Which rows of the scope.")],
        items: Items,
        limit: Limit = LIMIT,
        after: After = None,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """The rows of a scope a page at a time; the pages together are the list in the answer of ``scope``."""

        def ask(at: int) -> Answer:
            return engine.scope(named(engine, items, at, union=union), at)

        return paged(request, ("scope", tuple(items), union), as_of, ask, part, limit, after)

    @app.get(f"{V1}/trace/items", tags=["asking"], operation_id="tracePage")
    def trace_page(
        request: Request,
        item: Item,
        direction: Annotated[
            Literal["forward", "backward"], Query(description="What may hold it, or what may be in it.")
        ],
        limit: Limit = LIMIT,
        after: After = None,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """The items of a trace a page at a time; the pages together are the list in the answer of ``trace``."""

        def ask(at: int) -> Answer:
            return engine.trace(named(engine, [item], at, union=union), direction, at)

        return paged(request, ("trace", item, direction, union), as_of, ask, "items", limit, after)
