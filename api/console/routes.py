"""Where the pages of the console stand, and what goes with each of them: the policy, and a page for what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from api.access.masks import NotAllowedError, mask_of
from api.console.explanations import Explanations
from api.console.items import ItemPages
from api.console.looking import add_looking
from api.console.other_starts import Items, other_of
from api.console.pages import HERE, Console
from api.console.scope_balance import scope_balance_file, scope_balance_page
from api.console.scope_from import ScopeFrom
from api.console.scope_rows import TABS
from api.console.sign_in import add_sign_in
from api.console.undescribed import undescribed_page
from api.console.wrong import add_wrong
from genealogy.errors import AmbiguousItemError, GenealogyError, InputError, ItemNotFoundError
from genealogy.wording import message_of, parts_of, said
from viz.vis_files import vis_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from api.access.door import Door
    from genealogy.engine import Engine
    from genealogy.lanes import Lanes

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from outside, no script and no style that does not come as a file of ours."""

_OF_SCOPE_ONLY = ("narrow", "tab", "page", "compared")
AsOf = Annotated[str, Query(description="An entry, or a recording time; empty: now.")]
Both = Annotated[str, Query(alias="compared", description="yes: wait until both roads were compared.")]
Narrow = Annotated[list[str], Query(description="A boundary, as `genealogy scope` takes it.")]


def add_console(app: FastAPI, engine: Engine, asking: Lanes, door: Door) -> Console:
    """Put the pages at the root of an application; what makes them."""
    console = Console(engine, asking)
    add_sign_in(app, console, door)
    add_wrong(app, console)
    door.not_allowed = lambda request: console.page(request, "not_allowed.html", 403)
    app.mount("/static/vis", StaticFiles(directory=vis_folder()), name="vis")
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")

    @app.middleware("http")
    async def guarded(request: Request, go_on: Any) -> Response:
        response: Response = await go_on(request)
        response.headers.setdefault("content-security-policy", POLICY)
        response.headers.setdefault("x-content-type-options", "nosniff")
        response.headers.setdefault("referrer-policy", "same-origin")
        return response

    items, explain, scope_from = ItemPages(console, engine, asking), Explanations(console), ScopeFrom(console)

    def safe(request: Request, make: Callable[[], Response]) -> Response:
        """A page, or a page that says what went wrong."""
        try:
            return make()
        except ItemNotFoundError as error:
            return console.page(request, "error.html", 404, said=mask_of(request).error(error))
        except AmbiguousItemError as error:
            named = ", ".join(str(each["id"]) for each in mask_of(request).value(error.candidates)[:8])
            return console.page(request, "error.html", 409, said=said(*parts_of(error), " ", named))
        except NotAllowedError as error:
            return console.page(request, "error.html", 403, said=message_of(error))
        except GenealogyError as error:
            return console.page(request, "error.html", 422, said=mask_of(request).error(error))

    @app.get("/", include_in_schema=False)
    def home(request: Request) -> Response:
        return console.home(request)

    @app.get("/search", include_in_schema=False)
    def search(request: Request, q: str = "", as_of: AsOf = "") -> Response:
        return safe(request, lambda: console.search(request, q, as_of))

    @app.get("/items/{item:path}", include_in_schema=False)
    def item(request: Request, item: str, as_of: AsOf = "", page: int = 1, older: int = 0, both: Both = "") -> Response:
        return safe(request, lambda: items.page(request, item, as_of, page, older, compared=bool(both)))

    @app.get("/scope", include_in_schema=False)
    def scope(
        request: Request,
        item: Items = [],  # noqa: B006 - never changed
        as_of: AsOf = "",
        tab: str = "units",
        page: int = 1,
        both: Both = "",
        narrow: Narrow = [],  # noqa: B006
    ) -> Response:
        boundaries = [("boundary", text) for text in narrow if text.strip()]
        if boundaries:  # the page of a narrowed scope is the one on which it stands beside the full one
            pairs = [(name, text) for name, text in request.query_params.multi_items() if name not in _OF_SCOPE_ONLY]
            return RedirectResponse(f"/compare?{urlencode([*pairs, *boundaries])}", 303)
        chosen = tab if tab in TABS else "units"

        def make() -> Response:
            other = other_of(request)
            return console.scope(request, item, as_of, chosen, page, compared=bool(both), other=other)

        return safe(request, lambda: scope_from.asked(request, make))

    @app.get("/scope/from", include_in_schema=False, name="scope_from")
    def form(request: Request) -> Response:
        return scope_from.page(request)

    @app.get("/scope.{form}", include_in_schema=False)
    def scope_file(
        request: Request,
        form: str,
        item: Items = [],  # noqa: B006
        as_of: AsOf = "",
        tab: str = "all",
        narrow: Narrow = [],  # noqa: B006
    ) -> Response:
        kind, chosen = "json" if form == "json" else "csv", tab if tab in (*TABS, "bounds") else "all"
        return safe(
            request, lambda: _whole(narrow, lambda: console.scope_file(item, kind, as_of, chosen, other_of(request)))
        )

    @app.get("/why", include_in_schema=False)
    def why(
        request: Request,
        item: str,
        start: Annotated[list[str], Query(alias="from")] = [],  # noqa: B006
        as_of: AsOf = "",
    ) -> Response:
        return safe(request, lambda: explain.why(request, item, start, as_of, other_of(request, "/why")))

    @app.get("/scope/beside", include_in_schema=False)
    def beside(request: Request, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        return safe(request, lambda: explain.beside(request, items, as_of, other_of(request)))

    @app.get("/scope/places", include_in_schema=False)
    def places(request: Request, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        return safe(request, lambda: explain.places(request, items, as_of, other_of(request)))

    @app.get("/scope/places.json", include_in_schema=False)
    def places_file(request: Request, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        return safe(request, lambda: explain.places_file(items, as_of, other_of(request)))

    @app.get("/scope/balance", include_in_schema=False)
    def scope_balance(request: Request, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        return safe(request, lambda: scope_balance_page(console, request, items, as_of, other_of(request)))

    @app.get("/scope/balance.{form}", include_in_schema=False, name="scope_balance_file")
    def scope_balance_kept(
        request: Request,
        form: Literal["csv", "xlsx", "json"],
        items: Items = [],  # noqa: B006
        as_of: AsOf = "",
    ) -> Response:
        return safe(request, lambda: scope_balance_file(console, form, items, as_of, other_of(request)))

    add_looking(app, console, safe)

    @app.get("/balance", include_in_schema=False)
    def balance(request: Request, item: str, as_of: AsOf = "") -> Response:
        return safe(request, lambda: explain.balance(request, item, as_of))

    @app.get("/responsible", include_in_schema=False)
    def responsible(request: Request, item: str, as_of: AsOf = "") -> Response:
        return safe(request, lambda: explain.responsible(request, item, as_of))

    @app.get("/where-else", include_in_schema=False)
    def where_else(request: Request, complaints: str = "", as_of: AsOf = "") -> Response:
        return safe(request, lambda: explain.where_else(request, complaints, as_of))

    @app.get("/undescribed", include_in_schema=False)
    def undescribed(request: Request, kind: str = "", as_of: AsOf = "", page: int = 1) -> Response:
        return safe(request, lambda: undescribed_page(console, request, kind, as_of, page))

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        return console.docs(request, app.openapi())

    @app.get("/ledger", include_in_schema=False)
    def ledger(request: Request, action: str = "", page: int = 1) -> Response:
        return console.ledger(request, action, page)

    @app.get("/ledger/verify", include_in_schema=False)
    def verify(request: Request) -> Response:
        return console.verify(request)

    return console


def _whole(narrow: list[str], make: Callable[[], Response]) -> Response:
    """The full scope, unless a narrowed one was asked for."""
    if any(text.strip() for text in narrow):
        raise InputError(
            "This file is of the full scope. A narrowed one stands beside it on the page of compared boundaries, with its files."
        )
    return make()
