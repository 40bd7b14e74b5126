"""Who has an answer already is told so, and nothing is sent twice; who only wants to know of it is sent its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def has_already(request: Request, tag: str) -> bool:
    """Whether ``If-None-Match`` names this entity tag (RFC 9110, 13.1.2).

    Weak tags count as well: a proxy that packs an answer writes ``W/`` before its tag.
    """
    given = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    return "*" in given or tag in [each.removeprefix("W/") for each in given]


class Heads:
    """The middleware by which HEAD is answered wherever GET is, without the content.

    Args:
        app: behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; of HEAD only what stands before the content."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        done = False

        async def head(message: Message) -> None:
            nonlocal done
            if message["type"] == "http.response.start":
                await send(message)
            elif not done:
                done = True
                await send({"type": "http.response.body", "body": b""})

        await self._app({**scope, "method": "GET"}, receive, head)
