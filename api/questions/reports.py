"""The recall report over HTTP: made as a job, fetched as one archive, masked for whoever does not see every field."""

from __future__ import annotations

import io
import os
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, FastAPI, Path, Request, Response
from fastapi.responses import FileResponse

from api.access.masks import NotAllowedError, mask_of
from api.access.reports import masked_report, may_still_see
from api.access.rules import Role
from api.jobs import Job
from api.jobs.routes import V1, accepted, actor, visible
from api.protocol.idempotency import digest_of
from api.protocol.refused import RefusedError
from api.questions.asked import also_from, named, permitted, when
from api.questions.report_body import ReportBody, meant
from genealogy.durable import create_private, private_folder
from genealogy.graph.unnamed import looking
from genealogy.narrow.boundary import Boundary
from genealogy.report import askable, compose

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from api.access.masks import Mask
    from api.jobs import Jobs
    from api.protocol.idempotency import Once
    from genealogy.engine import Engine
    from genealogy.narrow import Narrowing
    from genealogy.starts import Start

FOLDER = "reports"
KEPT_S = 24 * 3600
"""How long an archive waits to be fetched; it can be made again, the same byte for byte, as of its entry."""


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

    def begin(self, request: Request, body: ReportBody) -> Job:
        """Begin to make a report for whoever asks, as they may see it now.

        Raises:
            NotAllowedError: it starts from something that whoever asks may not see.
            RefusedError: a part of what is asked makes no sense; it says which.
        """
        asked = self._asked(body)
        mask, identity = mask_of(request), getattr(request.state, "identity", None)
        roles = identity.roles if identity is not None else frozenset[Role]()

        def work(job: Job) -> dict[str, Any]:
            job.say("asking both roads")
            made = _made(self._engine, self.folder, job, asked, body.language, mask, roles)
            return {**made, "archive": f"{V1}/reports/{job.id}"}

        about = {
            # For the address of the scope, which is shown to nobody but whoever asks.
            "other": body.other.model_dump(by_alias=True, exclude_defaults=True),
            "as_of": asked.moment,
            "masked": mask.hidden,
            "masked_for": [] if mask.whole else sorted(role.value for role in roles),
        }
        return self.jobs.submit(Job("report", actor(request) or "", about), work, changes=False)

    def _asked(self, body: ReportBody) -> _Asked:
        """What the texts of a request mean now; who asks hears at once of what means nothing."""
        other, engine = permitted(body.other.asked()), self._engine
        with meant("#/as_of"):
            at = when(body.as_of)
        with meant("#/changed_since"):
            since = when(body.changed_since, "changed-since")
        boundaries = []
        for place, text in enumerate(body.narrow):
            with meant(f"#/narrow/{place}"):
                boundaries.append(Boundary.of(text))
        with engine.asking:
            with meant("#/as_of"):
                moment = engine.moment(at)
            with meant("#/changed_since"):
                before = None if since is None else engine.moment(since)
            starts = named(engine, body.items, moment, union=body.union)
            with meant("#/other") if body.items else meant("#/items", "#/other"):
                also = also_from(engine, other, moment, body.items, "items")
            later = before is not None and before > moment
            with meant("#/changed_since" if later else "#/where_else"):
                askable(starts, moment, before, where_else=body.where_else)
            narrowed = []
            for place, (text, boundary) in enumerate(zip(body.narrow, boundaries, strict=True)):
                with meant(f"#/narrow/{place}"):
                    narrowed.append((text, engine.narrowing(boundary, moment)))
        return _Asked(starts, moment, also, narrowed, before, body.where_else)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a report is asked of, as of an entry; the arguments of ``compose``."""

    starts: list[str]
    moment: int
    also: list[Start]
    narrowed: list[tuple[str, Narrowing | None]]
    since: int | None
    where_else: bool


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
    def report(request: Request, body: Annotated[ReportBody, Body()]) -> Response:
        """Make the report of a recall, as a job: page with graph, workbook, PDF, CSV, JSON, forms by rule.

        Of items, or beside them, or instead, of the other starts of a scope. ``narrow`` puts narrowed scopes beside the full
        one, ``changed_since`` says what changed, ``where_else`` what complaints have in common: the report that the command
        line writes, with the same digests.

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
        made = found.about
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
    asked: _Asked,
    language: str,
    mask: Mask,
    roles: frozenset[Role],
) -> dict[str, Any]:
    from viz.report import report_answer, report_files
    from viz.words import Words

    with engine.asking, looking(mask.unnamed):
        content, scope = compose(
            engine, asked.starts, asked.moment,
            also=asked.also, narrowed=asked.narrowed, since=asked.since, where_else=asked.where_else,
        )  # fmt: skip
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
