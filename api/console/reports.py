"""The recall report from the page of a scope: begun there, watched and fetched on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request  # noqa: TC002 - FastAPI reads annotations when it runs
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.access.masks import NotAllowedError, mask_of
from api.jobs.routes import told, visible
from api.protocol.refused import RefusedError
from api.questions.reports import Asked
from genealogy.errors import AmbiguousItemError, GenealogyError, ItemNotFoundError
from viz.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.console.pages import Console
    from api.questions.reports import Reports

_SOON_S = 2.0
"""So long the page waits for a report, so that a small one is there when the page is."""
_MOST_ITEMS = 10_000


def add_report_pages(app: FastAPI, console: Console, reports: Reports) -> None:
    """Add the pages."""

    def safe(request: Request, make: Callable[[], Response]) -> Response:
        try:
            return make()
        except GenealogyError as problem:
            status = problem.status if isinstance(problem, RefusedError) else _STATUS.get(type(problem), 422)
            return console.page(request, "error.html", status, said=mask_of(request).error(problem))

    def begin(request: Request, items: list[str], as_of: str, *, chinese: bool) -> Response:
        asked = Asked(items=items, as_of=as_of or None, all=True, language="zh" if chinese else "en")
        job = reports.begin(request, asked)
        job.wait(_SOON_S)
        return RedirectResponse(f"/scope/report/{job.id}", 303)

    @app.post("/scope/report", include_in_schema=False, name="make_report")
    async def make(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=_MOST_ITEMS)
        items = [text for text in form.getlist("item") if isinstance(text, str) and text.strip()]
        as_of, language = str(form.get("as_of") or ""), str(form.get("language") or console.language(request))

        def made() -> Response:
            if not items:
                raise RefusedError(422, "No item is named. Open a scope, and ask for its report there.")
            return begin(request, items, as_of, chinese=language == "zh")

        return await run_in_threadpool(safe, request, made)

    @app.get("/scope/report/{job}", include_in_schema=False, name="report_job")
    def page(request: Request, job: str) -> Response:
        def made() -> Response:
            found = visible(request, reports.jobs.of(job))
            if found.kind != "report":
                raise RefusedError(404, "There is no such report (any more). Have it made again as of its entry.")
            said, words = told(found, mask_of(request), page=True), Words(console.language(request))
            result = said["result"] or {}
            return console.page(
                request,
                "report.html",
                job=said,
                over=found.over,
                result=said["result"],
                roles=[words.role(each) for each in result.get("masked_for", ())],
                hidden=[words.sort_of_data(each) for each in result.get("asked", {}).get("masked", ())],
                forms=[
                    {
                        **form,
                        "name": words.form(form["form"]),
                        "by": words.joined(
                            dict.fromkeys(words.role(role) for each in form.get("masked", ()) for role in each["roles"])
                        ),
                    }
                    for form in result.get("forms", ())
                ],
            )

        return safe(request, made)


_STATUS = {ItemNotFoundError: 404, AmbiguousItemError: 409, NotAllowedError: 403}
