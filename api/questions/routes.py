"""The routes under /api/v1: each puts one question to the engine, and hands out what the command line would print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.access.masks import mask_of
from api.access.noting import details_of
from api.protocol.doors import over_http
from api.protocol.known import has_already
from api.questions.asked import (
    AsOf,
    Item,
    Items,
    NoItems,
    Union,
    also_from,
    asked_since,
    asked_starts,
    found,
    named,
    one,
    when,
)
from api.questions.routes_views import add_view_routes
from api.questions.work import as_job, asks_for_job, verify_as_job
from genealogy.errors import InputError
from genealogy.starts.asked import Asked
from genealogy.undescribed import LIMIT
from genealogy.wording import worded

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.lanes import Lanes

V1 = "/api/v1"
_PAGE = 100

Named = Annotated[str, Path(description="An id, a lot number, a supplier's lot number or a serial.")]
Starts = Annotated[Asked, Depends(asked_starts)]
StartsSince = Annotated[Asked, Depends(asked_since)]


def add_routes(app: FastAPI, engine: Engine, asking: Lanes) -> None:
    """Add every question.

    Args:
        app: to which they are added.
        engine: that is asked.
        asking: held while it is asked.
    """

    def answered(request: Request, ask: Callable[[], Answer]) -> Response:
        """The answer with its digest as entity tag: who has it already is told so, and nothing is sent twice."""
        if asks_for_job(request):
            return as_job(request, engine, ask)
        with asking:
            answer = ask()
        mask = mask_of(request)
        answer = mask.answer(answer)
        tag = f'"{answer.digest}{mask.tag}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if has_already(request, tag):
            return Response(status_code=304, headers=headers)
        return JSONResponse(answer.flat(), headers=headers)

    _add_items(app, engine, asking)
    _add_scopes(app, engine, answered)
    _add_explanations(app, engine, answered)
    _add_amounts(app, engine, answered)
    _add_ledger(app, engine, asking)
    add_view_routes(app, engine, asking, answered)


def _add_items(app: FastAPI, engine: Engine, asking: Lanes) -> None:
    @app.get(f"{V1}/items/{{text:path}}", tags=["asking"], operation_id="findItem")
    def items(request: Request, text: Named, as_of: AsOf = None, union: Union = False) -> dict[str, Any]:
        """What a text names: an id, a lot's number, a supplier's lot number, or a serial."""
        at = when(as_of)
        with asking:
            these = found(engine, text, at, union=union)
            described = engine.road.describe(these.items, engine.moment(at))
        rows = [
            {"id": item, "kind": d.kind, "stage": d.stage, "material_id": d.material_id, "number": d.number}
            for item, d in zip(these.items, described, strict=True)
        ]
        notes = [worded(note, over_http) for note in these.notes]
        return {"text": text, "how": these.how, "notes": notes, "items": mask_of(request).value(rows, "items")}


def _add_scopes(app: FastAPI, engine: Engine, answered: Callable[..., Response]) -> None:
    @app.get(f"{V1}/trace", tags=["asking"], operation_id="trace")
    def trace(
        request: Request,
        item: Item,
        direction: Annotated[
            Literal["forward", "backward"], Query(description="What may hold it, or what may be in it.")
        ],
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """Everything that may hold an item (forward), or that may be in it (backward)."""
        at = when(as_of)
        return answered(request, lambda: engine.trace(named(engine, [item], at, union=union), direction, at))

    @app.get(f"{V1}/scope", tags=["asking"], operation_id="scope")
    def scope(
        request: Request,
        asked: Starts,
        items: NoItems = [],  # noqa: B006 - never changed; FastAPI shows it as the default
        narrow: Annotated[
            str | None, Query(description='Narrow it, such as "only-after 2026-05-01"; told beside the full scope.')
        ] = None,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """Which finished units and lots hold the items, who received them, and what is unsure."""
        from genealogy.narrow.boundary import Boundary

        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, asked, at, items)
            narrowing = engine.narrowing(Boundary.of(narrow), at) if narrow else None
            return engine.scope(named(engine, items, at, union=union), at, also=also, narrowing=narrowing)

        return answered(request, ask)

    @app.get(f"{V1}/compare", tags=["asking"], operation_id="compare")
    def compare(
        request: Request,
        asked: Starts,
        boundary: Annotated[list[str], Query(min_length=1, description="One alternative; may be given several times.")],
        items: NoItems = [],  # noqa: B006
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """The full scope and narrowed ones side by side: units, lots, customers, countries, quantity, value, what goes."""
        from genealogy.narrow.boundary import Boundary

        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, asked, at, items)
            alternatives = [(text, engine.narrowing(Boundary.of(text), at)) for text in boundary]
            return engine.compare(named(engine, items, at, union=union), alternatives, at, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/bounds", tags=["asking"], operation_id="bounds")
    def bounds(request: Request, items: Items, as_of: AsOf = None, union: Union = False) -> Response:
        """The scope at best and at worst, with every doubt between and what would settle it."""
        at = when(as_of)
        return answered(request, lambda: engine.bounds(named(engine, items, at, union=union), at))

    @app.get(f"{V1}/diff", tags=["asking"], operation_id="diff")
    def diff(
        request: Request,
        items: Items,
        old: Annotated[str, Query(alias="from", description="The earlier moment: an entry, or a recording time.")],
        new: Annotated[str | None, Query(alias="to", description="The later moment; without it, now.")] = None,
        union: Union = False,
    ) -> Response:
        """What changed in a scope between two moments, and which entry did it."""
        before, after = when(old), when(new)
        if before is None:
            raise InputError("from: give the earlier moment, an entry or a recording time.")

        def find(text: str, at: int) -> list[str]:
            return found(engine, text, at, union=union).items

        return answered(request, lambda: engine.diff_named(items, before, after, find))


def _add_explanations(app: FastAPI, engine: Engine, answered: Callable[..., Response]) -> None:
    @app.get(f"{V1}/why", tags=["explaining"], operation_id="why")
    def why(
        request: Request,
        item: Item,
        asked: StartsSince,
        start: Annotated[
            list[str], Query(alias="from", description="An item that the scope starts from; may be repeated.")
        ] = [],  # noqa: B006
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """Why an item is in a scope: the best chain of recorded facts, to file and row; or the fact that cuts."""
        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, asked, at, start, "from")
            return engine.why(one(engine, item, at), named(engine, start, at, union=union), at, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/near-misses", tags=["explaining"], operation_id="nearMisses")
    def near_misses(
        request: Request,
        asked: Starts,
        items: NoItems = [],  # noqa: B006
        limit: Annotated[int, Query(ge=0, description="List at most so many of each kind; 0: all.")] = 100,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """What stands beside a scope, and why it is not in it."""
        at = when(as_of)

        def ask() -> Answer:
            also = also_from(engine, asked, at, items)
            return engine.near_misses(named(engine, items, at, union=union), at, limit=limit or None, also=also)

        return answered(request, ask)

    @app.get(f"{V1}/responsible", tags=["explaining"], operation_id="responsible")
    def responsible(request: Request, item: Item, as_of: AsOf = None) -> Response:
        """Who and what stands behind an item: person, time, place, lots, equipment, parameters, documents of each step."""
        at = when(as_of)
        return answered(request, lambda: engine.responsible(one(engine, item, at), at))

    @app.get(f"{V1}/where-else", tags=["explaining"], operation_id="whereElse")
    def where_else(
        request: Request,
        items: Items,
        healthy: Annotated[list[str], Query(description="Items to compare with; may be repeated.")] = [],  # noqa: B006
        first: Annotated[int | None, Query(ge=1, description="List what the first so many causes went into.")] = None,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """What several complaints have in common, ranked, and what else it went into."""
        at = when(as_of)

        def ask() -> Answer:
            complaints, good = (named(engine, texts, at, union=union) for texts in (items, healthy))
            return engine.where_else(complaints, good, at, first=first)

        return answered(request, ask)


def _add_amounts(app: FastAPI, engine: Engine, answered: Callable[..., Response]) -> None:
    @app.get(f"{V1}/where", tags=["amounts"], operation_id="where")
    def where(
        request: Request,
        items: Items,
        scope: Annotated[bool, Query(description="Of everything in the scope of the items, too.")] = False,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """Where items are now: on hand, shipped, used, scrapped, unaccounted for, each and in sum."""
        at = when(as_of)

        def ask() -> Answer:
            found = named(engine, items, at, union=union)
            return engine.where_scope(found, at) if scope else engine.where(found, at)

        return answered(request, ask)

    @app.get(f"{V1}/balance", tags=["amounts"], operation_id="balance")
    def balance(
        request: Request,
        item: Item,
        of: Annotated[
            Literal["item", "trace", "step"], Query(description="Of the item, its trace, or a step.")
        ] = "item",
        as_of: AsOf = None,
    ) -> Response:
        """The mass balance of a lot or unit, of everything behind it, or of a step."""
        at = when(as_of)

        def ask() -> Answer:
            if of == "step":
                return engine.step_balance(item, at)
            return (
                engine.trace_balance(named(engine, [item], at, union=False), at)
                if of == "trace"
                else engine.balance(one(engine, item, at), at)
            )

        return answered(request, ask)

    @app.get(f"{V1}/share", tags=["amounts"], operation_id="share")
    def share(
        request: Request,
        items: Items,
        cut_off: Annotated[str | None, Query(description="Leave out smaller shares, such as 0.001.")] = None,
        mixing: Annotated[bool, Query(description="Follow what vessels carry over.")] = False,
        as_of: AsOf = None,
        union: Union = False,
    ) -> Response:
        """Which fraction of each affected item came from the start, by quantity."""
        at = when(as_of)
        return answered(
            request,
            lambda: engine.share(named(engine, items, at, union=union), at, cut_off=cut_off, mixing=mixing),
        )

    @app.get(f"{V1}/undescribed", tags=["amounts"], operation_id="undescribed")
    def undescribed(
        request: Request,
        kind: Annotated[
            Literal["item", "material", "party", "place", "equipment", "step", "document"] | None,
            Query(description="Only this sort of code."),
        ] = None,
        limit: Annotated[int, Query(ge=0, description="So many are listed; 0: all of them.")] = LIMIT,
        as_of: AsOf = None,
    ) -> Response:
        """The codes that records use and nobody described, with where each is used, to file and row."""
        return answered(request, lambda: engine.undescribed(kind, when(as_of), limit=limit or None))

    @app.get(f"{V1}/sweep", tags=["amounts"], operation_id="sweep")
    def sweep(
        request: Request,
        stage: Annotated[
            Literal["supplied", "intermediate", "finished"] | None, Query(description="Only of this stage.")
        ] = None,
        as_of: AsOf = None,
    ) -> Response:
        """The reach of every lot, largest first."""
        return answered(request, lambda: engine.sweep(stage, when(as_of)))


def _add_ledger(app: FastAPI, engine: Engine, asking: Lanes) -> None:
    @app.get(f"{V1}/entries", tags=["ledger"], operation_id="entries")
    def entries(
        request: Request,
        before: Annotated[int | None, Query(description="Only entries before this one: the next page.")] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = _PAGE,
    ) -> dict[str, Any]:
        """The entries of the ledger, newest first, a page at a time; ``next`` is the ``before`` of the next page."""
        with asking:
            last = engine.head if before is None else min(before - 1, engine.head)
            read = list(engine.ledger.entries(after=max(last - limit, -1), upto=last))[::-1] if last >= 0 else []
        rows = [
            {
                "sequence": e.sequence,
                "time": e.time,
                "actor": e.actor,
                "action": e.action,
                "details": details_of(e),
                "hash": e.hash,
            }
            for e in read
        ]
        rows = mask_of(request).value(rows)
        return {"entries": rows, "next": read[-1].sequence if read and read[-1].sequence > 0 else None}

    @app.get(f"{V1}/verify", tags=["ledger"], operation_id="verify")
    def verify(request: Request) -> Any:
        """Whether chain, documents and graph are as they were recorded; names the first thing that is not."""
        if asks_for_job(request):
            return verify_as_job(request, engine)
        checked = engine.verify()
        problem = None if checked.problem is None else worded(checked.problem, over_http)
        return {"ok": checked.ok, "problem": mask_of(request).value(problem, "problem"), "head": engine.head}
