"""The recall report over HTTP: made as a job, fetched as one archive, masked for whoever does not see every field."""

from __future__ import annotations

import io
import os
import time
import zipfile
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Body, FastAPI, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from api.access.masks import NotAllowedError, mask_of
from api.access.reports import masked_report, may_still_see
from api.access.rules import Role
from api.jobs import Job
from api.jobs.routes import V1, accepted, actor, visible
from api.protocol.idempotency import digest_of
from api.protocol.refused import RefusedError
from api.questions.asked import named, when
from genealogy.durable import create_private, private_folder
from genealogy.graph.unnamed import looking

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from api.access.masks import Mask
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


class Reports:
    """Reports that are made beside the requests that ask for them.

    Args:
        engine: of the plant.
        jobs: where they are made.

    Attributes:
        folder: where they wait to be fetched.
    """

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self.jobs, self.folder = jobs, engine.home / FOLDER
        self._engine = engine

    def begin(self, request: Request, asked: Asked) -> Job:
        """Begin to make a report for whoever asks, as they may see it now."""
        engine, at = self._engine, when(asked.as_of)
        with engine.asking:
            moment = engine.moment(at)
            starts = named(engine, asked.items, moment, union=asked.union)
        mask, identity = mask_of(request), getattr(request.state, "identity", None)
        roles = identity.roles if identity is not None else frozenset[Role]()

        def work(job: Job) -> dict[str, Any]:
            job.say("asking both roads")
            made = _made(engine, self.folder, job, starts, moment, asked.language, mask, roles)
            return {**made, "archive": f"{V1}/reports/{job.id}"}

        return self.jobs.submit(Job("report", actor(request) or ""), work, changes=False)


def add_reports(app: FastAPI, engine: Engine, jobs: Jobs, once: Once) -> Reports:
    """Add the routes; what makes the reports."""
    reports = Reports(engine, jobs)

    @app.post(
        f"{V1}/reports",
        tags=["reports"],
        operation_id="report",
        status_code=202,
        responses={202: {"description": "It is done as a job: Location says which."}},
    )
    def report(request: Request, body: Annotated[Asked, Body()]) -> Response:
        """Make the report of a recall, as a job: page with graph, workbook, PDF, CSV, JSON, forms by rule.

        What whoever asks may not see is masked in all of it, and each file says so.
        """

        def make() -> Response:
            return accepted(request, reports.begin(request, body))

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
        found = visible(request, jobs.of(job))
        path = reports.folder / f"{found.id}.zip"
        if found.kind != "report" or not path.is_file():
            raise RefusedError(404, "There is no such report (any more). Have it made again as of its entry.")
        made = found.result or {}
        if not may_still_see(made, mask_of(request)):
            raise NotAllowedError(
                "This report was made when your roles allowed more. Have it made again for the roles that you have now."
            )
        masked = "".join(f"-{each}" for each in ("masked", *made["masked_for"])) if made.get("masked_for") else ""
        headers = {"cache-control": "private, no-store"}
        name = f"report-entry-{made.get('as_of', '')}{masked}.zip"
        return FileResponse(path, media_type="application/zip", filename=name, headers=headers)

    return reports


def _made(
    engine: Engine,
    folder: Folder,
    job: Job,
    starts: list[str],
    moment: int,
    language: str,
    mask: Mask,
    roles: frozenset[Role],
) -> dict[str, Any]:
    from genealogy.report import compose
    from viz.report import report_answer, report_files
    from viz.words import Words

    with engine.asking, looking(mask.unnamed):
        content, scope = compose(engine, starts, moment)
    job.say("writing the files")
    words = Words(language)
    content, scope = masked_report(content, mask, roles, words), mask.answer(scope)
    files = report_files(content, words)
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
    told = report_answer(content, files, scope, language).flat()
    return told if content.masked is None else {**told, "masked_for": list(content.masked.roles)}
