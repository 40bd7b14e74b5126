"""What stands before every route: the name that is asked for, who asks, whether they may, and that a form is one of ours."""

from __future__ import annotations

import logging
import re
from hmac import compare_digest
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount

from api.access.identity import DEMO, Identity
from api.access.masks import NOTHING, Mask, _current
from api.access.people import KEY_PREFIX
from api.access.rules import EVERYONE, OPERATIONS, PAGES, SIGNED_IN, Rule, sees
from api.access.sessions import form_token
from api.protocol.problem import problem
from genealogy.errors import BusyError
from genealogy.graph.unnamed import looking

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.access.door import Door

SESSION, VISIT, KNOWN = "session", "visit", "known"
"""Names of the cookies: of a session, of a visit before sign-in, of a browser in which somebody signed in."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD, HEADER = "form", "x-form-token"
"""Where a request that changes something carries the token of its session: a field of the form, or a header."""
FORM_START = 65_536
"""So many first bytes of a form are looked at for its token; ours stands first."""
FILES = Rule(frozenset(), "is the same for everybody", open=True)
_STATIC = frozenset({"static", "vis"})
_PART = re.compile(rb'name="form"\r\n\r\n([0-9a-f]{64})\r\n')


def rule_of(route: BaseRoute, app: FastAPI) -> Rule | None:
    """The rule of a route; None where it has none, and so is refused."""
    if isinstance(route, Mount):
        return FILES if route.name in _STATIC else None
    if getattr(route, "path", "") == app.openapi_url:
        return FILES
    operation = getattr(route, "operation_id", None)
    return OPERATIONS.get(operation) if operation else PAGES.get(getattr(route, "name", ""))


class Guard:
    """The middleware.

    Args:
        app: behind it.
        of: the application whose routes are looked up.
        door: who may come in.
    """

    def __init__(self, app: ASGIApp, of: FastAPI, door: Door) -> None:
        self._app, self._of, self._door = app, of, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope)
        state: dict[str, Any] = scope.setdefault("state", {})
        state |= {"identity": None, "mask": NOTHING, "cookies": cookies(request, tls=secure(request, self._door))}
        if self._door.hosts.name(request.headers.get("host", "")) is None:
            said = "This service does not answer under that name. `serve --url` adds one."
            await problem(request, 421, said)(scope, receive, send)
            return
        rule = self._rule(scope)
        try:
            identity, session = await run_in_threadpool(self._who, request)
        except BusyError as error:
            identity, session, said = None, "", str(error)
        except Exception:
            # What is wrong with people or ledger is for the log: whoever asks may be a stranger.
            logging.getLogger("uvicorn.error").exception("it could not be found out who asks")
            identity, session, said = None, "", "Nobody can be let in just now; the log of the service says why."
        else:
            said = ""
        if said and (rule is None or not rule.open):
            await problem(request, 503, said)(scope, receive, send)
            return
        refused: Response | None = None
        if identity is not None:
            state |= {"identity": identity, "session": session}
            state["mask"] = Mask(sees(identity.roles), self._door.secrets)
            state["still"] = lambda: self._still(request, rule, identity, state["mask"])
        if rule is None or not rule.open:
            refused = self._refused(request, identity, rule)
        if refused is None and request.method not in SAFE:
            refused, receive = await self._foreign(request, receive, identity, session)
        if refused is not None:
            await refused(scope, receive, send)
            return
        token = _current.set(state["mask"])
        try:
            with looking(state["mask"].unnamed):
                await self._app(scope, receive, self._never_shared(send, rule))
        finally:
            _current.reset(token)

    def _rule(self, scope: Scope) -> Rule | None:
        """The rule of the route that will answer; whoever is signed in is told that there is none."""
        for route in self._of.router.routes:
            if route.matches(scope)[0] is Match.FULL:
                return rule_of(route, self._of)
        return EVERYONE

    def _still(self, request: Request, rule: Rule | None, before: Identity, mask: Mask) -> tuple[Identity, Mask] | None:
        """Who listens, with the roles of now, and what they may see: never more than then; None: nobody any more."""
        now, _ = self._named(request, asks=False)
        if now is None or now.name != before.name or rule is None or not rule.roles & now.roles:
            return None
        return now, Mask(mask.sees & sees(now.roles), self._door.secrets)

    def _who(self, request: Request) -> tuple[Identity | None, str]:
        """Who asks, and the id of the session, if there is one. What was granted is in the ledger before it counts."""
        self._door.settle()
        return self._named(request)

    def _named(self, request: Request, *, asks: bool = True) -> tuple[Identity | None, str]:
        door = self._door
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, text = header.partition(" ")
            text = text.strip()
            if scheme.lower() != "bearer" or not text:
                return None, ""
            if text.startswith(KEY_PREFIX):
                return door.people.key(text), ""
            return (door.tokens.identity(text) if door.tokens else None), ""
        session = request.state.cookies[SESSION]
        identity = door.sessions.identity(session, asks=asks) if session else None
        if identity is None:
            return (DEMO if door.open else None), ""
        return identity, session

    def _refused(self, request: Request, identity: Identity | None, rule: Rule | None) -> Response | None:
        if identity is None:
            page = request.method in SAFE and "text/html" in request.headers.get("accept", "")
            if page and not request.url.path.startswith("/api/") and "authorization" not in request.headers:
                asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse("/sign-in" + ("" if asked == "/" else f"?next={quote(asked, safe='')}"), 303)
            said = "Say who you are: a key or token as `Authorization: Bearer ..`, or sign in at /sign-in."
            response = problem(request, 401, said)
            response.headers["www-authenticate"] = "Bearer"
            return response
        if rule is not SIGNED_IN and (rule is None or not rule.roles & identity.roles):
            if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
                return self._door.not_allowed(request)
            return problem(
                request, 403, "Your roles do not allow this. Ask an administrator; docs/access.md says who may."
            )
        return None

    async def _foreign(
        self, request: Request, receive: Receive, identity: Identity | None, session: str
    ) -> tuple[Response | None, Receive]:
        """Refuse what changes something and comes from a page that is not ours. Keys and tokens are no browser's."""
        if identity is not None and identity.kind in ("key", "token"):
            return None, receive
        refused = problem(
            request, 403, "This did not come from a page of this service. Open the page again and repeat it."
        )
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
        same = origin is None or self._door.hosts.same(origin, request.headers.get("host", ""), request.url.scheme)
        if not same or site not in ("same-origin", "none"):
            return refused, receive
        if identity is not None and identity.kind == "demo" and request.url.path != "/sign-in":
            return None, receive
        known = session or request.state.cookies[VISIT]
        wanted = form_token(known) if known else ""
        given = request.headers.get(HEADER, "")
        if not given:
            given, receive = await _form_field(request, receive)
        right = bool(wanted) and compare_digest(wanted.encode(), given.encode("utf-8", "replace"))
        return (None if right else refused), receive

    @staticmethod
    def _never_shared(send: Send, rule: Rule | None) -> Send:
        """What depends on who asks is kept by no cache that others use."""
        if rule is FILES:
            return send

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"private, no-store"))
                headers.append((b"vary", b"Authorization, Cookie"))
                message = {**message, "headers": headers}
            await send(message)

        return told


def cookies(request: Request, *, tls: bool) -> dict[str, str]:
    """Our cookies of a request; by TLS only those that no other host, and nobody without TLS, can have set."""
    prefix = "__Host-" if tls else ""
    return {name: request.cookies.get(prefix + name, "") for name in (SESSION, VISIT, KNOWN)}


async def _form_field(request: Request, receive: Receive) -> tuple[str, Receive]:
    """The token in the first part of a form; what was read of it is read again by who answers."""
    kind, read, messages = request.headers.get("content-type", ""), b"", []
    found = ""
    while True:
        message = await receive()
        messages.append(message)
        read += message.get("body", b"")
        if kind.startswith("multipart/form-data"):
            if match := _PART.search(read[:FORM_START]):
                found = match.group(1).decode()
                break
        elif not kind.startswith("application/x-www-form-urlencoded"):
            break
        if not message.get("more_body") or len(read) > FORM_START:
            if kind.startswith("application/x-www-form-urlencoded"):
                found = parse_qs(read[:FORM_START].decode("utf-8", "replace")).get(FIELD, [""])[0]
            break

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return found, again


def secure(request: Request, door: Door) -> bool:
    """Whether the browser reaches this service by TLS."""
    return request.url.scheme == "https" or door.hosts.name(request.headers.get("host", "")) in door.hosts.secure
