"""The pages of loads: drop files, look at what would come of them, load them; correct what was not accepted, in place.

Each page works as a plain form; the script beside it adds dropping files and watching a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request  # noqa: TC002 - FastAPI reads annotations when it runs
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.access.masks import mask_of
from api.intake.loads import told as told_load
from api.intake.quarantine import open_rows
from api.intake.uploads import packaged_mappings
from api.jobs.routes import actor, cancellable, told, visible
from api.protocol.doors import on_page
from api.protocol.refused import RefusedError
from genealogy.errors import GenealogyError
from genealogy.wording import worded

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.console.pages import Console
    from api.intake.loads import Loads
    from api.jobs import Job

ROWS = 25
"""Rows of the quarantine on a page: each can be corrected there."""
_SOON_S = 2.0
"""So long a page waits for a job, so that a short one has ended when the page is there."""
_CELL = "cell:"
_MOST_CELLS = 200_000
"""Of a page: tables from other systems may have hundreds of columns."""


def add_loads_pages(app: FastAPI, console: Console, loads: Loads) -> None:
    """Add the pages."""

    def error(request: Request, problem: GenealogyError) -> Response:
        status = problem.status if isinstance(problem, RefusedError) else 422
        return console.page(request, "error.html", status, said=mask_of(request).text(worded(problem, on_page)))

    def safe(request: Request, make: Callable[[], Response]) -> Response:
        try:
            return make()
        except GenealogyError as problem:
            return error(request, problem)

    def begun(request: Request, job: Job) -> Response:
        job.wait(_SOON_S)
        return RedirectResponse(f"/loads/jobs/{job.id}", 303)

    @app.get("/loads", include_in_schema=False, name="loads")
    def page(request: Request) -> Response:
        mask = mask_of(request)
        with loads.engine.asking:
            entries, waiting = loads.entries(limit=10), len(open_rows(loads.engine))
        jobs = [job for job in loads.jobs.all() if job.kind in ("load", "check")][:10]
        return console.page(
            request,
            "loads.html",
            loads=[told_load(entry, mask) for entry in entries],
            waiting=waiting,
            jobs=[
                {**job.as_json(), "files": [mask.value(name, "file") for name in job.about.get("files", [])]}
                for job in jobs
            ],
            mappings=packaged_mappings(),
            limits=loads.uploads.limits,
        )

    @app.post("/loads", include_in_schema=False, name="check_files")
    async def check(request: Request) -> Response:
        try:
            upload, _ = await loads.uploads.receive(request)
            job = await run_in_threadpool(loads.begin, upload, actor(request), dry_run=True)
        except GenealogyError as problem:
            return await run_in_threadpool(error, request, problem)
        return await run_in_threadpool(begun, request, job)

    @app.post("/loads/waiting/{upload}", include_in_schema=False, name="load_files")
    def load(request: Request, upload: str) -> Response:
        def make() -> Response:
            return begun(request, loads.begin(loads.uploads.of(upload), actor(request), dry_run=False))

        return safe(request, make)

    @app.get("/loads/jobs/{job}", include_in_schema=False, name="load_job")
    def job_page(request: Request, job: str) -> Response:
        def make() -> Response:
            found = visible(request, loads.jobs.of(job))
            files = [mask_of(request).value(name, "file") for name in found.about.get("files", [])]
            return console.page(
                request, "load_job.html", job=told(found, mask_of(request), page=True), over=found.over, files=files
            )

        return safe(request, make)

    @app.post("/loads/jobs/{job}/cancel", include_in_schema=False, name="cancel_load")
    def cancel(request: Request, job: str) -> Response:
        def make() -> Response:
            found = cancellable(request, loads.jobs.of(job))
            loads.jobs.cancel(found, actor(request) or "whoever began it")
            return begun(request, found)

        return safe(request, make)

    @app.get("/quarantine", include_in_schema=False, name="quarantine")
    def quarantine(request: Request, page: int = 1) -> Response:
        with loads.engine.asking:
            rows = open_rows(loads.engine)
        mask = mask_of(request)
        rows.sort(key=lambda each: each.place(mask))
        pages = max(1, -(-len(rows) // ROWS))
        page = min(max(page, 1), pages)
        shown: list[dict[str, Any]] = [each.told(mask) for each in rows[(page - 1) * ROWS : page * ROWS]]
        return console.page(
            request, "quarantine.html", rows=shown, total=len(rows), number_of_page=page, pages=pages, cell=_CELL
        )

    @app.post("/quarantine", include_in_schema=False, name="correct_rows")
    async def correct(request: Request) -> Response:
        try:
            form = await request.form(max_files=0, max_fields=_MOST_CELLS)
            corrections: dict[str, dict[str, str]] = {}
            for name, value in form.multi_items():
                if name.startswith(_CELL) and isinstance(value, str):
                    row, _, column = name.removeprefix(_CELL).partition(":")
                    corrections.setdefault(row, {})[column] = value.replace("\r\n", "\n")
            zone = str(form.get("zone") or "").strip() or None
            changed = await run_in_threadpool(_changed, loads, corrections, request)
            upload = await run_in_threadpool(loads.correct, changed, mask_of(request), zone)
            job = await run_in_threadpool(loads.begin, upload, actor(request), dry_run="check" in form)
        except GenealogyError as problem:
            return await run_in_threadpool(error, request, problem)
        return await run_in_threadpool(begun, request, job)


def _as_sent(text: str) -> str:
    """A text as a form sends it back: every line end is the same one."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _changed(loads: Loads, corrections: dict[str, dict[str, str]], request: Request) -> dict[str, dict[str, str]]:
    """Of a form that holds every row of a page, the rows in which somebody changed something."""
    mask = mask_of(request)
    with loads.engine.asking:
        told = (each.told(mask) for each in open_rows(loads.engine))
        shown = {row["quarantine_id"]: row["cells"] for row in told}
    found: dict[str, dict[str, str]] = {}
    for row, cells in corrections.items():
        before = {_as_sent(column): (column, cell) for column, cell in shown.get(row, {}).items()}
        changed: dict[str, str] = {}
        for name, cell in cells.items():
            column, was = before.get(_as_sent(name), (name, None))
            if was is None or _as_sent(was) != _as_sent(cell):
                changed[column] = cell
        if changed or row not in shown:
            found[row] = changed
    if not found:
        raise RefusedError(422, "No cell was changed. Correct at least one row, then check or load it.")
    return found
