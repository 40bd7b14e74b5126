"""The routes of what is looked at: graph and its nodes, as data and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, FastAPI, Path, Query, Request, Response

from api.access.masks import mask_of
from api.questions.asked import (
    AsOf,
    NoItems,
    Union,
    also_from,
    asked_beside_path,
    asked_beside_unit,
    asked_starts,
    named,
    one,
    when,
)
from api.questions.views import Fold, asked_batches, asked_view
from genealogy.batches import Chosen
from genealogy.graph import View
from genealogy.starts.asked import Asked as Starts

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.lanes import Lanes

V1 = "/api/v1"
Asked = Annotated[Chosen, Depends(asked_batches)]
Looked = Annotated[View, Depends(asked_view)]
Begun = Annotated[Starts, Depends(asked_starts)]
BegunBesidePath = Annotated[Starts, Depends(asked_beside_path)]
BegunBesideUnit = Annotated[Starts, Depends(asked_beside_unit)]
To = Annotated[str | None, Query(description="An item whose best path from the starts is told as well.")]


def add_view_routes(app: FastAPI, engine: Engine, asking: Lanes, answered: Callable[..., Response]) -> None:
    """Add the routes.

    Args:
        app: to which they are added.
        engine: that is asked.
        asking: held while it is asked.
        answered: hands out an answer as JSON with its entity tag.
    """

    def graph_of(items: list[str], begun: Starts, view: View, at: str | None, to: str | None, *, union: bool) -> Answer:
        moment = when(at)
        also = also_from(engine, begun, moment, items)
        end = one(engine, to, moment) if to else None
        return engine.graph(named(engine, items, moment, union=union), moment, view=view, to=end, also=also)

    @app.get(f"{V1}/graph", tags=["looking"], operation_id="graph")
    def graph(
        request: Request,
        view: Looked,
        begun: BegunBesidePath,
        items: NoItems = [],  # noqa: B006 - never changed; FastAPI shows it as the default
        to: To = None,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """A scope as at most 500 nodes and their links: what is folded, into what, with how many."""
        return answered(request, lambda: graph_of(items, begun, view, as_of, to, union=union))

    @app.get(f"{V1}/graph/node", tags=["looking"], operation_id="graphNode")
    def graph_node(
        request: Request,
        node: Annotated[str, Query(description="The way of the node, such as 2.0.3.")],
        begun: BegunBesidePath,
        items: NoItems = [],  # noqa: B006
        fold: Fold = "product",
        page: Annotated[int, Query(ge=1, description="Of its members, 50 at a time.")] = 1,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """What stands behind one node: who is folded into it, and the facts to file and row."""
        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, begun, at, items)
            return engine.graph_node(named(engine, items, at, union=union), node, at, fold=fold, page=page, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/flow", tags=["looking"], operation_id="flow")
    def flow(
        request: Request,
        begun: BegunBesideUnit,
        items: NoItems = [],  # noqa: B006
        unit: Annotated[str | None, Query(description="Unit of measure in which it is told.")] = None,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """How much flowed from suppliers through materials to consignees, in one unit of measure."""
        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, begun, at, items)
            return engine.flow(named(engine, items, at, union=union), at, unit=unit, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/timeline", tags=["looking"], operation_id="timeline")
    def timeline(
        request: Request,
        begun: Begun,
        items: NoItems = [],  # noqa: B006
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """The steps of a scope by equipment and time, with readings outside their limits."""
        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, begun, at, items)
            return engine.timeline(named(engine, items, at, union=union), at, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/countries", tags=["looking"], operation_id="countries")
    def countries(
        request: Request,
        begun: Begun,
        items: NoItems = [],  # noqa: B006
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """Who received something of a scope, by country."""
        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, begun, at, items)
            return engine.countries(named(engine, items, at, union=union), at, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/batches", tags=["looking"], operation_id="batches")
    def batches(request: Request, chosen: Asked, as_of: AsOf = None) -> Response:
        """Every batch: plan, allocation, in and out of stock, inspection, status, alerts; filtered, sorted, a page at a time."""
        return answered(request, lambda: engine.batches(chosen, when(as_of)))

    @app.get(
        f"{V1}/graph/file/{{form}}",
        tags=["looking"],
        operation_id="graphFile",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}, "description": "The file."}},
    )
    def graph_file(
        request: Request,
        form: Annotated[
            Literal["html", "svg", "png", "graphml", "csv", "json"], Path(description="Which kind of file.")
        ],
        view: Looked,
        begun: BegunBesidePath,
        items: NoItems = [],  # noqa: B006
        to: To = None,
        language: Annotated[Literal["en", "zh"], Query(description="Of the words in it.")] = "en",
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """The same picture to keep: an offline page, SVG, PNG, GraphML, CSV or JSON."""
        from viz.graph_files import FORMS, graph_file
        from viz.words import Words

        with asking:
            answer = graph_of(items, begun, view, as_of, to, union=union)
        answer = mask_of(request).answer(answer)
        name = f"graph-entry-{answer.answer['as_of']}-{answer.digest[:12]}.{form}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": "sandbox"}
        return Response(graph_file(answer, form, Words(language)), media_type=FORMS[form], headers=headers)
