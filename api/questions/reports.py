"""The recall report over HTTP: made as a job, fetched as one archive. Only for who sees every field, as it holds all of them."""

from __future__ import annotations

import io
import os
import time
import zipfile
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Body, FastAPI, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from api.access.masks import mask_of
from api.jobs import Job
from api.jobs.routes import V1, accepted, actor, visible
from api.protocol.idempotency import digest_of
from api.protocol.refused import RefusedError
from api.questions.asked import named, when
from genealogy.durable import create_private, private_folder

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from api.jobs import Jobs
    from api.protocol.idempotency import Once
    from genealogy.engine import Engine

FOLDER = "reports"
KEPT_S = 24 * 3600
"""How long an archive waits to be fetched; it can be made again, the same byte for byte, as of its entry."""


class Asked(BaseModel):
    """What a report is of."""

    model_config = ConfigDict(extra="forbid")
    items: list[str] = Field(
        min_length=1, description="Ids, lot numbers, suppliers' lot numbers or serials.", examples=[["RX-2291"]]
    )
    as_of: str | None = Field(None, description="An entry, or a recording time; without it, now.")
    union: bool = Field(False, alias="all", description="Where a text names different things, take all of them.")
    language: Literal["en", "zh"] = Field("en", description="Of the page, the workbook and the PDF.")


def add_reports(app: FastAPI, engine: Engine, jobs: Jobs, once: Once) -> None:
    """Add the routes."""
    folder = engine.home / FOLDER

    @app.post(
        f"{V1}/reports",
        tags=["reports"],
        operation_id="report",
        status_code=202,
        responses={202: {"description": "It is done as a job: Location says which."}},
    )
    def report(request: Request, body: Annotated[Asked, Body()]) -> Response:
        """Make the report of a recall, as a job: page with graph, workbook, PDF, CSV, JSON, forms by rule."""
        mask_of(request).original(None)
        at = when(body.as_of)
        with engine.asking:
            moment = engine.moment(at)
            starts = named(engine, body.items, moment, union=body.union)

        def work(job: Job) -> dict[str, Any]:
            job.say("asking both roads")
            return {**_made(engine, folder, job, starts, moment, body.language), "archive": f"{V1}/reports/{job.id}"}

        def make() -> Response:
            return accepted(request, jobs.submit(Job("report", actor(request) or ""), work, changes=False))

        return once.answered(request, actor(request) or "", digest_of(body.model_dump()), make)

    @app.get(
        f"{V1}/reports/{{job}}",
        tags=["reports"],
        operation_id="reportArchive",
        response_class=FileResponse,
        responses={200: {"description": "All its files.", "content": {"application/zip": {}}}},
    )
    def archive(request: Request, job: Annotated[str, Path(description="Id of the job.", max_length=64)]) -> Response:
        """The files of a report that was made, as one archive; it waits for a day."""
        mask_of(request).original(None)
        found = visible(request, jobs.of(job))
        path = folder / f"{found.id}.zip"
        if found.kind != "report" or not path.is_file():
            raise RefusedError(404, "There is no such report (any more). Have it made again as of its entry.")
        name = f"report-entry-{(found.result or {}).get('as_of', '')}.zip"
        return FileResponse(path, media_type="application/zip", filename=name)


def _made(engine: Engine, folder: Folder, job: Job, starts: list[str], moment: int, language: str) -> dict[str, Any]:
    from genealogy.report import compose
    from viz.report import report_answer, report_files
    from viz.words import Words

    with engine.asking:
        content, scope = compose(engine, starts, moment)
    job.say("writing the files")
    files = report_files(content, Words(language))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # without the time: the same report is the same archive
    private_folder(folder)
    for old in folder.glob("*.zip"):
        if old.stat().st_mtime < time.time() - KEPT_S:
            old.unlink(missing_ok=True)
    with os.fdopen(create_private(folder / f"{job.id}.zip"), "wb") as file:
        file.write(packed.getvalue())
    return report_answer(content, files, scope, language).flat()
