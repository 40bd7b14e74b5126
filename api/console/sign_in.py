"""Signing in and out in a browser. What a wrong name says and how long it takes is what a wrong password says and takes."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request  # noqa: TC002 - FastAPI reads annotations when it runs
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.access.guard import KNOWN, SESSION, VISIT, secure
from api.access.passwords import ROOM, matches
from api.access.sessions import ABSOLUTE, form_token
from genealogy.errors import LedgerError

if TYPE_CHECKING:
    from api.access.door import Door
    from api.console.pages import Console

LONGEST_FORM = 16_384
_A_YEAR = 31_536_000


def add_sign_in(app: FastAPI, console: Console, door: Door) -> None:
    """Add the page, and what its form and the button in the head do."""

    def page(request: Request, status: int, to: str, wrong: str = "") -> Response:
        visit = request.state.cookies[VISIT] or secrets.token_urlsafe(32)
        nobody = not door.people.any and door.issuer is None
        made = console.page(
            request, "sign_in.html", status, token=form_token(visit), next=to, wrong=wrong, nobody=nobody
        )
        set_cookie(request, made, door, VISIT, visit)
        return made

    @app.get("/sign-in", name="sign_in", include_in_schema=False)
    def sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - as the address says it
        to = inside(next)
        return RedirectResponse(to, 303) if request.state.identity else page(request, 200, to)

    @app.post("/sign-in", name="signing_in", include_in_schema=False)
    async def signing_in(request: Request) -> Response:
        read = b""
        async for part in request.stream():
            read += part
            if len(read) > LONGEST_FORM:
                return page(request, 413, "/", "long")
        told = parse_qs(read.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
        name, password, to = ((told.get(key) or [""])[0] for key in ("name", "password", "next"))
        return await run_in_threadpool(enter, request, name, password, inside(to))

    def enter(request: Request, name: str, password: str, to: str) -> Response:
        address = request.client.host if request.client else ""
        known = request.state.cookies[KNOWN]
        person = door.people.person(name)
        if wait := door.throttle.attempt(name, address, known):
            door.failed.count(person and person[0], address, waited=True)
            made = page(request, 429, to, "wait")
            made.headers["retry-after"] = str(wait)
            return made
        if not ROOM.acquire(blocking=False):
            door.throttle.forgive(name, address, known)
            made = page(request, 503, to, "busy")
            made.headers["retry-after"] = "5"
            return made
        try:
            right = matches(password, person[1] if person and not door.people.disabled(name) else None)
        finally:
            ROOM.release()
        if not right or person is None:
            door.failed.count(person and person[0], address)
            return page(request, 401, to, "wrong")
        session = _begun(door, *person)
        if session == "":  # it was changed while it was looked at
            return page(request, 401, to, "wrong")
        door.throttle.forgive(name, address, known)
        if session is None:
            return page(request, 503, to, "unwritten")
        if old := request.state.cookies[SESSION]:
            door.sessions.end(old)
        # A new id: one that somebody knew before is worth nothing after.
        response = RedirectResponse(to, 303)
        set_cookie(request, response, door, SESSION, session, ABSOLUTE)
        set_cookie(request, response, door, KNOWN, door.throttle.mark(person[0]), _A_YEAR)
        set_cookie(request, response, door, VISIT, "", 0)
        return response

    @app.post("/sign-out", name="sign_out", include_in_schema=False)
    def sign_out(request: Request) -> Response:
        door.sessions.end(request.state.cookies[SESSION])
        response = RedirectResponse("/sign-in", 303)
        set_cookie(request, response, door, SESSION, "", 0)
        response.headers["clear-site-data"] = '"cache"'
        return response


def _begun(door: Door, name: str, kept: str) -> str | None:
    """A new session; None where none can be written down just now."""
    try:
        return door.sessions.begin(name, kept)
    except LedgerError as error:
        logging.getLogger("uvicorn.error").error("nobody can sign in: %s", error)
        return None


def inside(to: str) -> str:
    """A path of this service to go on to; the home page for anything else."""
    parts = urlsplit(to)
    plain = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and "\\" not in to
    return (
        to if plain and not parts.scheme and not parts.netloc and parts.path not in ("/sign-in", "/sign-out") else "/"
    )


def set_cookie(request: Request, response: Response, door: Door, name: str, value: str, age: int | None = None) -> None:
    """Give the browser one of our cookies; by TLS under a name that nobody else can set."""
    tls = secure(request, door)
    response.set_cookie(
        ("__Host-" if tls else "") + name, value, max_age=age, path="/", secure=tls, httponly=True, samesite="strict"
    )
