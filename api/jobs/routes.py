"""Jobs over HTTP: what they are, how they go on as server-sent events, and how they are called off."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Header, Path, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.access.masks import HIDDEN_ERROR, NotAllowedError, mask_of
from api.access.reports import may_still_see
from api.access.rules import LOAD_READERS, LOADERS, OPERATIONS, RUNNERS, Field
from api.intake.quarantine import masked_report, masked_word
from api.jobs.job import ENDED, ON_PAGE, Event, Job, State
from api.protocol.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from api.access.identity import Identity
    from api.access.masks import Mask
    from api.jobs.queue import Jobs

V1 = "/api/v1"
SHARED = frozenset({"load", "check", "rebuild"})
"""Sorts of jobs that are everybody's business who looks after loads; a question is that of whoever asked it."""
CANCELLED_BY = {"load": LOADERS.roles, "check": LOADERS.roles, "rebuild": RUNNERS.roles}
"""Who else may call off such a job than whoever began it: who may begin one."""
_OF_QUESTIONS = frozenset({"urn:genealogy:CalledOff", "urn:genealogy:Deadline", "urn:genealogy:Busy"})
HEARTBEAT_S = 10.0
"""Where nothing happens, a line says so: else something between might think that nobody is there."""

Name = Annotated[str, Path(description="Id of a job.", max_length=64)]


def told(job: Job, mask: Mask, *, page: bool = False) -> dict[str, Any]:
    """A job as whoever asks may see it; ``result`` and ``problem`` are there once it has ended, in words of a page or of HTTP."""
    said = job.as_json()
    said["progress"] = masked_word(said["progress"], mask) if said["progress"] else None
    said["result"] = _result(job, mask)
    said["problem"] = _problem(job, mask, page=page)
    said["events"] = f"{V1}/jobs/{job.id}/events"
    return said


def _result(job: Job, mask: Mask) -> dict[str, Any] | None:
    if job.result is None:
        return None
    if job.kind == "report":  # masked when it was made, for whoever asked then
        return job.result if may_still_see(job.about, mask) else None
    return masked_report(job.result, mask) if "rejected" in job.result else mask.value(job.result)


def _problem(job: Job, mask: Mask, *, page: bool) -> dict[str, Any] | None:
    """What went wrong, as the same question asked without a job would say it."""
    if job.problem is None:
        return None
    http = job.problem["detail"]
    detail = job.problem.get(ON_PAGE, http) if page else http
    if job.kind in SHARED:
        detail = mask.text(detail)
    elif job.problem["status"] >= 500 and job.problem["type"] not in _OF_QUESTIONS and not mask.may(Field.FREE):
        detail = HIDDEN_ERROR
    # What was asked is told back as it was written: to hide it where it is confidential would confirm a guess.
    return {**{name: value for name, value in job.problem.items() if name != ON_PAGE}, "detail": detail}


def accepted(request: Request, job: Job) -> JSONResponse:
    """202: it is done beside the request, and there it can be watched."""
    return JSONResponse(
        told(job, mask_of(request)), 202, {"location": f"{V1}/jobs/{job.id}", "cache-control": "private, no-store"}
    )


def actor(request: Request) -> str | None:
    """Who asks, as the ledger names them; None where nobody has to say who they are."""
    identity = getattr(request.state, "identity", None)
    return None if identity is None else str(identity.name)


def visible(request: Request, job: Job) -> Job:
    """A job that whoever asks may see: their own, or loads and checks for those who look after them.

    What somebody asked is told to nobody else: others may see less of it, or nothing. Nor is it told to them once they may
    not ask it any more, nor to another who was given their name.

    Raises:
        RefusedError: there is none for them.
    """
    identity = getattr(request.state, "identity", None)
    if identity is not None and not _theirs(identity, job):
        raise RefusedError(404, "There is no such job (any more): ended jobs are kept for a while only.")
    return job


def _theirs(identity: Identity, job: Job) -> bool:
    if job.kind in SHARED and identity.roles & LOAD_READERS.roles:
        return True
    # A home of an earlier version, where times were of whole seconds, names no fraction: text would not compare them.
    begun, added = (datetime.fromisoformat(text) for text in (job.created, identity.since or job.created))
    rule = OPERATIONS.get("load" if job.kind == "check" else job.kind)
    return job.owner == identity.name and begun >= added and (rule is None or bool(identity.roles & rule.roles))


def cancellable(request: Request, job: Job) -> Job:
    """A job that whoever asks may call off: their own, or one that they might have begun.

    Raises:
        RefusedError: there is none for them.
        NotAllowedError: they may look at it only.
    """
    identity = getattr(request.state, "identity", None)
    visible(request, job)
    if (
        identity is not None
        and job.owner != identity.name
        and not identity.roles & CANCELLED_BY.get(job.kind, frozenset())
    ):
        raise NotAllowedError("Your roles do not allow you to call off this job. Ask whoever began it.")
    return job


def add_jobs(app: FastAPI, jobs: Jobs) -> None:
    """Add the routes."""

    @app.get(f"{V1}/jobs", tags=["jobs"], operation_id="jobs")
    def all_jobs(request: Request) -> dict[str, Any]:
        """The jobs that wait, run, or ended not long ago, the newest first."""
        found = []
        for job in jobs.all():
            try:
                found.append(visible(request, job).as_json())
            except RefusedError:
                continue
        mask = mask_of(request)
        rows = [{**row, "progress": masked_word(row["progress"], mask) if row["progress"] else None} for row in found]
        return {"jobs": rows}

    @app.get(f"{V1}/jobs/{{job}}", tags=["jobs"], operation_id="job")
    def one_job(request: Request, job: Name) -> Response:
        """How far a job is, and what came of it once it has ended."""
        found = visible(request, jobs.of(job))
        return JSONResponse(told(found, mask_of(request)), headers={"cache-control": "private, no-store"})

    @app.delete(f"{V1}/jobs/{{job}}", tags=["jobs"], operation_id="cancelJob")
    def cancel(request: Request, job: Name) -> Response:
        """Call a job off. What it was about to record is not recorded; what is recorded already stays."""
        found = cancellable(request, jobs.of(job))
        jobs.cancel(found, actor(request) or "whoever began it")
        return JSONResponse(told(found, mask_of(request)), 200 if found.state in ENDED else 202)

    @app.get(
        f"{V1}/jobs/{{job}}/events",
        tags=["jobs"],
        operation_id="jobEvents",
        response_class=StreamingResponse,
        responses={
            200: {"description": "The events as they happen.", "content": {"text/event-stream": {}}},
            204: {"description": "It has ended, and everything was told."},
        },
    )
    async def events(
        request: Request,
        job: Name,
        last: Annotated[str | None, Header(alias="last-event-id", description="The last event that was heard.")] = None,
    ) -> Response:
        """What happens to a job, as server-sent events (``progress``, ``state``, ``ended``), from the first one on."""
        found = visible(request, jobs.of(job))
        heard = int(last) if last and last.isascii() and last.isdigit() and len(last) < 10 else 0
        if found.over and heard and not found.after(heard):
            return Response(status_code=204)
        return StreamingResponse(
            _stream(jobs, found, heard, _sight(request, found)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )


def _sight(request: Request, job: Job) -> Callable[[], Mask | None]:
    """What whoever listens to a job may see, asked anew each time; None: nothing any more."""
    still: Callable[[], tuple[Identity, Mask] | None] | None = getattr(request.state, "still", None)

    def sight() -> Mask | None:
        if still is None:
            return mask_of(request)
        found = still()
        return found[1] if found and _theirs(found[0], job) else None

    return sight


async def _stream(jobs: Jobs, job: Job, heard: int, sight: Callable[[], Mask | None]) -> AsyncIterator[str]:
    watch = job.watch()
    try:
        yield "retry: 2000\n\n"
        while True:
            # Whoever signed out, was removed, or lost the roles for it, hears no more: what happened is looked at before they
            # are, so that nothing is told that happened after they had gone.
            happened = job.after(heard)
            mask = await run_in_threadpool(sight)
            if mask is None:
                return
            for event in happened:
                heard = event.number
                yield _as_text(event, mask)
            if job.over and not job.after(heard):
                return
            if jobs.closing:
                return
            if not await watch.next(HEARTBEAT_S):
                yield ": still here\n\n"
    finally:
        watch.close()


def _as_text(event: Event, mask: Mask) -> str:
    text = masked_word(event.text, mask) if event.kind == "progress" else event.text
    return f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps({'text': text})}\n\n"


__all__ = ["State", "accepted", "actor", "add_jobs", "cancellable", "told", "visible"]
