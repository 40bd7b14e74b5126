"""Questions and checks that take long, done as jobs: ``Prefer: respond-async`` (RFC 7240) on any question asks for that."""

from __future__ import annotations

import re
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response  # noqa: TC002 - FastAPI reads annotations when it runs

from api.access.masks import mask_of
from api.jobs import Job
from api.jobs.routes import V1, accepted, actor
from api.protocol.idempotency import digest_of
from genealogy.deadline import within

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.jobs import Jobs
    from api.protocol.idempotency import Once
    from genealogy.answer import Answer
    from genealogy.engine import Engine

_ASYNC = re.compile(r"(?:^|[,;])\s*respond-async\s*(?:$|[,;=])", re.IGNORECASE)


def asks_for_job(request: Request) -> bool:
    """Whether the caller would rather look again later than wait."""
    return bool(_ASYNC.search(request.headers.get("prefer", "")))


def as_job(request: Request, engine: Engine, ask: Callable[[], Answer]) -> Response:
    """Put a question as a job of whoever asks; its result is the answer as they may see it."""
    mask = mask_of(request)

    def work() -> dict[str, Any]:
        with engine.asking:
            answer = ask()
        return mask.answer(answer).flat()

    return _begun(request, work)


def verify_as_job(request: Request, engine: Engine) -> Response:
    """Check ledger and graph as a job."""
    mask = mask_of(request)

    def work() -> dict[str, Any]:
        found = engine.verify()
        problem = mask.value(found.problem, "problem")
        return {"ok": found.ok, "problem": problem, "head": found.head.sequence if found.head else None}

    return _begun(request, work)


def _begun(request: Request, work: Callable[[], dict[str, Any]]) -> Response:
    jobs: Jobs = request.app.state.serving.jobs
    route = request.scope.get("route")
    # Who asks, and what they may see, goes with the question into the thread where it is answered.
    context = copy_context()

    def hurried(job: Job) -> dict[str, Any]:
        with within(job.hurry):
            return work()

    job = Job(getattr(route, "operation_id", None) or "question", actor(request) or "", {"path": request.url.path})
    return accepted(request, jobs.submit(job, lambda job: context.run(hurried, job), changes=False))


def add_work(app: FastAPI, engine: Engine, jobs: Jobs, once: Once) -> None:
    """Add the routes."""

    @app.post(
        f"{V1}/rebuild",
        tags=["running"],
        operation_id="rebuild",
        status_code=202,
        responses={202: {"description": "It is done as a job: Location says which."}},
    )
    def rebuild(request: Request) -> Response:
        """Empty the graph and make it again from the ledger, as a job. Until it is done, questions are answered with 503."""

        def work(job: Job) -> dict[str, Any]:
            job.say("making the graph again from the ledger")
            engine.rebuild()
            return {"head": engine.ledger.head.sequence}

        def make() -> Response:
            return accepted(request, jobs.submit(Job("rebuild", actor(request) or ""), work, changes=True))

        return once.answered(request, actor(request) or "", digest_of("rebuild"), make)
