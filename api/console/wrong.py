"""What goes wrong before a page is made: a page that says it, for whoever reads with a browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from genealogy.errors import GenealogyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI, Request
    from fastapi.responses import Response

    from api.console.pages import Console


def add_wrong(app: FastAPI, console: Console) -> None:
    """Have browsers shown a page for what other programs are told as a problem (see ``api.protocol.problem``)."""

    def shown(request: Request, problem: Response) -> Response:
        wanted = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
        if not wanted or not hasattr(request.state, "identity"):
            return problem
        said = json.loads(bytes(problem.body))["detail"]
        return console.page(request, "error.html", problem.status_code, said=said)

    def handler(before: Callable[..., Response]) -> Callable[[Request, Exception], Response]:
        return lambda request, error: shown(request, before(request, error))

    for kind in (RequestValidationError, HTTPException, StoreError):
        # Ours answer at once, none of them is a coroutine.
        before: Callable[..., Any] = app.exception_handlers.get(kind) or app.exception_handlers[GenealogyError]
        app.add_exception_handler(kind, handler(before))
