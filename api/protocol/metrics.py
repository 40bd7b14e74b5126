"""What operations looks at: counts and durations in the form of Prometheus, under ``/metrics``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

from genealogy.current import CurrentFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.jobs import Jobs
    from genealogy.engine import Engine

_OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE"})


class Metrics:
    """The numbers of one service.

    Args:
        engine: of the home.
        jobs: that it does.
    """

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self._engine, self._jobs = engine, jobs
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self.requests = Counter("genealogy_http_requests", "Requests over HTTP.", names, registry=self.registry)
        self.seconds = Histogram(
            "genealogy_http_request_duration_seconds", "How long requests took.", names[:2], registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        )  # fmt: skip
        self._current = CurrentFacts(engine.history)
        self._loads = (0, 0)
        self.registry.register(self)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What is true now."""
        with self._engine.asking:
            settled = self._engine.head
            waiting = len(self._current.open_quarantine())
        head = self._engine.ledger.head.sequence
        after, count = self._loads
        count += sum(entry.action == "load" for entry in self._engine.ledger.entries(after, head))
        self._loads = (head, count)
        yield GaugeMetricFamily("genealogy_ledger_head", "The last entry of the ledger.", head)
        yield GaugeMetricFamily("genealogy_store_lag", "Entries that are not in the store yet.", head - settled)
        yield GaugeMetricFamily("genealogy_loads", "Loads that were recorded.", count)
        yield GaugeMetricFamily("genealogy_quarantine_open", "Rows that wait for a correction.", waiting)
        jobs = GaugeMetricFamily("genealogy_jobs", "Jobs that are remembered.", labels=["state"])
        for state, number in self._jobs.counts().items():
            jobs.add_metric([state], number)
        yield jobs


class Counted:
    """The middleware that counts and times.

    Args:
        app: behind it.
        metrics: to which it adds.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), "none"

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # The pattern of the route, not the path: what was asked for is nobody's business here.
            route = getattr(scope.get("route"), "path", _OTHER)
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)


def add_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Add the route."""

    @app.get(
        "/metrics",
        tags=["running"],
        operation_id="metrics",
        response_class=Response,
        responses={200: {"description": "Numbers in the text form of Prometheus.", "content": {"text/plain": {}}}},
    )
    def numbers() -> Response:
        """Requests, loads, quarantine, ledger, store and jobs in numbers."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
