"""The page of people and keys, for administrators, and the page on which everybody changes their own password.

Plain forms. A password that was made up and a new key stand on the page that answers the form, and on no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request  # noqa: TC002 - FastAPI reads annotations when it runs
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.access.guard import KNOWN, SESSION
from api.access.rules import DUTIES
from api.access.sessions import ABSOLUTE
from api.console.sign_in import set_cookie
from api.protocol.refused import RefusedError
from genealogy.errors import GenealogyError
from genealogy.wording import message_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData

    from api.access.admission import Admission
    from api.access.door import Door
    from api.console.pages import Console

Shown = dict[str, str]


def add_people_pages(app: FastAPI, console: Console, admission: Admission, door: Door) -> None:
    """Add the pages."""

    def page(request: Request, status: int = 200, **told: Any) -> Response:
        made = console.page(
            request, "people.html", status, people=admission.people(), keys=admission.keys(), duties=DUTIES,
            **{"wrong": "", "once": None, "kept": {}, **told},
        )  # fmt: skip
        made.headers["cache-control"] = "no-store"  # what is shown once is kept by no browser either
        return made

    async def done(request: Request, change: Callable[[FormData], Shown | None]) -> Response:
        form = await request.form(max_files=0, max_fields=50)

        def make() -> Response:
            try:
                once = change(form)
            except GenealogyError as problem:
                status = problem.status if isinstance(problem, RefusedError) else 422
                kept = {name: _text(form, name) for name in ("name", "key_name", "expires")}
                return page(request, status, wrong=message_of(problem), kept=kept)
            return page(request, once=once) if once else RedirectResponse("/people", 303)

        return await run_in_threadpool(make)

    @app.get("/people", include_in_schema=False, name="people")
    def people(request: Request) -> Response:
        return page(request)

    @app.post("/people", include_in_schema=False, name="add_person")
    async def add(request: Request) -> Response:
        def change(form: FormData) -> Shown | None:
            name = _text(form, "name")
            made_up = admission.add(request.state.identity, name, _roles(form), _password(form))
            return {"what": "password", "name": name, "secret": made_up} if made_up else None

        return await done(request, change)

    @app.post("/people/{name}", include_in_schema=False, name="change_person")
    async def change_person(request: Request, name: str) -> Response:
        def change(form: FormData) -> Shown | None:
            by = request.state.identity
            match form.get("do"):
                case "roles":
                    admission.set_roles(by, name, _roles(form))
                case "disable":
                    admission.disable(by, name)
                case "enable":
                    admission.enable(by, name)
                case "remove":
                    admission.remove(by, name)
                case "password":
                    made_up = admission.reset(by, name, _password(form))
                    return {"what": "password", "name": name, "secret": made_up} if made_up else None
                case _:
                    raise RefusedError(422, "The form does not say what to do. Open the page again and repeat it.")
            return None

        return await done(request, change)

    @app.post("/keys", include_in_schema=False, name="add_key")
    async def add_key(request: Request) -> Response:
        def change(form: FormData) -> Shown | None:
            name = _text(form, "key_name")
            expires = _text(form, "expires") or None
            made = admission.add_key(request.state.identity, name, _roles(form), expires)
            return {"what": "key", "name": made["name"], "secret": made["key"]}

        return await done(request, change)

    @app.post("/keys/{key}/revoke", include_in_schema=False, name="revoke_key")
    async def revoke_key(request: Request, key: str) -> Response:
        return await done(request, lambda _: admission.revoke_key(request.state.identity, key))

    _add_own(app, console, admission, door)


def _add_own(app: FastAPI, console: Console, admission: Admission, door: Door) -> None:
    def page(request: Request, status: int = 200, wrong: str = "", *, changed: bool = False) -> Response:
        return console.page(request, "password.html", status, wrong=wrong, changed=changed)

    @app.get("/password", include_in_schema=False, name="own_password")
    def own(request: Request, changed: bool = False) -> Response:
        return page(request, changed=changed)

    @app.post("/password", include_in_schema=False, name="change_own_password")
    async def change_own(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        old, new, again = (str(form.get(name) or "") for name in ("old", "new", "again"))

        def make() -> Response:
            identity = request.state.identity
            address = request.client.host if request.client else ""
            if new != again:
                return page(request, 422, "The two new passwords differ. Type them again.")
            try:
                admission.change_own(identity, old, new, address, request.state.cookies[KNOWN])
            except GenealogyError as problem:
                return page(request, problem.status if isinstance(problem, RefusedError) else 422, message_of(problem))
            # All sessions of the person are over; this browser gets a new one, of an id that nobody knew before.
            response = RedirectResponse("/password?changed=true", 303)
            set_cookie(request, response, door, SESSION, door.sessions.begin(identity.name), ABSOLUTE)
            return response

        return await run_in_threadpool(make)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _password(form: FormData) -> str | None:
    value = form.get("password")
    return value if isinstance(value, str) and value else None


def _roles(form: FormData) -> list[str]:
    return [str(value) for value in form.getlist("role")]
