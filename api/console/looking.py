"""Where the pages stand on which a scope, or the whole plant, is looked at: graph, flow, time line, countries, batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from api.console.graphs import Graphs
from api.console.other_starts import Items, Other, other_of
from api.console.views import Views
from api.questions.views import asked_batches, asked_view
from genealogy.batches import Chosen
from genealogy.errors import InputError
from genealogy.graph import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from api.console.pages import Console

AsOf = Annotated[str, Query(description="An entry, or a recording time; empty: now.")]
Both = Annotated[str, Query(alias="compared", description="yes: wait until both roads were compared.")]
Looked = Annotated[View, Depends(asked_view)]
Batches = Annotated[Chosen, Depends(asked_batches)]
Boundaries = Annotated[list[str], Query(description="A boundary, as `genealogy compare` takes it.")]
Drawn = Literal["svg", "csv", "xlsx", "json"]
Table = Literal["csv", "xlsx", "json"]


def add_looking(app: FastAPI, console: Console, safe: Callable[[Request, Callable[[], Response]], Response]) -> None:
    """Add the pages.

    Args:
        app: to which they are added.
        console: that makes pages and asks the engine.
        safe: makes a page, or a page that says what went wrong.
    """
    graphs = Graphs(console)

    def begun(request: Request, path: str, items: list[str], make: Callable[[list[str], Other], Response]) -> Response:
        """A page of a scope, from its items and its other starts; of nothing, a page that says so."""

        def made() -> Response:
            other = other_of(request, path)
            if not items and not other:
                raise InputError("No item is named. Search for it, and go on from its scope.")
            return make(items, other)

        return safe(request, made)

    @app.get("/graph", include_in_schema=False)
    def graph(
        request: Request,
        view: Looked,
        items: Items = [],  # noqa: B006 - never changed
        as_of: AsOf = "",
        to: str = "",
        both: Both = "",
        folded: str = "",
    ) -> Response:
        # What was unfolded of another folding means nothing in this one.
        looked = replace(view, opened=(), shut=()) if folded and folded != view.fold else view

        def make(named: list[str], other: Other) -> Response:
            return graphs.page(request, named, as_of, looked, to, compared=bool(both), other=other)

        return begun(request, "/graph", items, make)

    @app.get("/graph/node", include_in_schema=False)
    def graph_node(
        request: Request,
        node: str,
        items: Items = [],  # noqa: B006
        as_of: AsOf = "",
        fold: str = "product",
        page: int = 1,
    ) -> Response:
        def make(named: list[str], other: Other) -> Response:
            return graphs.node(request, named, as_of, fold, node, page, other)

        return begun(request, "/graph", items, make)

    @app.get("/graph.{form}", include_in_schema=False)
    def graph_file(
        request: Request,
        form: Literal["html", "svg", "png", "graphml", "csv", "json"],
        view: Looked,
        items: Items = [],  # noqa: B006
        as_of: AsOf = "",
        to: str = "",
    ) -> Response:
        def make(named: list[str], other: Other) -> Response:
            return graphs.file(request, named, as_of, view, to, form, other)

        return begun(request, "/graph", items, make)

    views = Views(console)

    @app.get("/flow", include_in_schema=False)
    def flow(
        request: Request,
        items: Items = [],  # noqa: B006
        as_of: AsOf = "",
        unit: str = "",
        both: Both = "",
    ) -> Response:
        def make(named: list[str], other: Other) -> Response:
            return views.flow(request, named, as_of, unit, compared=bool(both), other=other)

        return begun(request, "/flow", items, make)

    @app.get("/flow.{form}", include_in_schema=False)
    def flow_file(
        request: Request,
        form: Drawn,
        items: Items = [],  # noqa: B006
        as_of: AsOf = "",
        unit: str = "",
    ) -> Response:
        def make(named: list[str], other: Other) -> Response:
            return views.flow_file(request, named, as_of, unit, form, other)

        return begun(request, "/flow", items, make)

    @app.get("/timeline", include_in_schema=False)
    def timeline(request: Request, items: Items = [], as_of: AsOf = "", both: Both = "") -> Response:  # noqa: B006
        def make(named: list[str], other: Other) -> Response:
            return views.timeline(request, named, as_of, compared=bool(both), other=other)

        return begun(request, "/timeline", items, make)

    @app.get("/timeline.{form}", include_in_schema=False)
    def timeline_file(request: Request, form: Drawn, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        def make(named: list[str], other: Other) -> Response:
            return views.timeline_file(request, named, as_of, form, other)

        return begun(request, "/timeline", items, make)

    @app.get("/countries", include_in_schema=False)
    def countries(request: Request, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        return safe(request, lambda: views.countries(request, items, as_of, other_of(request)))

    @app.get("/countries.{form}", include_in_schema=False)
    def countries_file(request: Request, form: Table, items: Items = [], as_of: AsOf = "") -> Response:  # noqa: B006
        return safe(request, lambda: views.countries_file(items, as_of, form, other_of(request)))

    @app.get("/compare", include_in_schema=False)
    def compare(
        request: Request,
        items: Items = [],  # noqa: B006 - never changed
        boundary: Boundaries = [],  # noqa: B006
        as_of: AsOf = "",
    ) -> Response:
        return safe(request, lambda: views.compare(request, items, as_of, boundary, other_of(request)))

    @app.get("/compare.{form}", include_in_schema=False)
    def compare_file(
        request: Request,
        form: Table,
        items: Items = [],  # noqa: B006
        boundary: Boundaries = [],  # noqa: B006
        as_of: AsOf = "",
    ) -> Response:
        return safe(request, lambda: views.compare_file(items, as_of, boundary, form, other_of(request)))

    @app.get("/batches", include_in_schema=False)
    def batches(request: Request, chosen: Batches, as_of: AsOf = "") -> Response:
        return safe(request, lambda: views.batches(request, chosen, as_of))

    @app.get("/batches.{form}", include_in_schema=False)
    def batches_file(request: Request, form: Table, chosen: Batches, as_of: AsOf = "") -> Response:
        return safe(request, lambda: views.batches_file(replace(chosen, page=1, rows=0), as_of, form))
