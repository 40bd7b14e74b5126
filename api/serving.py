"""What a service has beside questions: jobs, loads, numbers, deadlines; made together, and ended together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.console.loads import add_loads_pages
from api.console.reports import add_report_pages
from api.intake.form import Limits
from api.intake.loads import Loads, add_loads
from api.intake.uploads import Uploads
from api.jobs import Jobs
from api.jobs.kept import Kept
from api.jobs.routes import add_jobs
from api.protocol.deadline import Hurried, default_seconds
from api.protocol.idempotency import Once
from api.protocol.known import Heads
from api.protocol.metrics import Counted, Metrics, add_metrics
from api.questions.pages_of import add_pages
from api.questions.reports import add_reports
from api.questions.work import add_work

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.console.pages import Console
    from genealogy.engine import Engine

PATIENCE_S = 8.0
"""How long the end waits for what is being recorded; what is not in the store by then is brought there at the next start."""


class Serving:
    """The parts, of one home.

    Args:
        app: to which their routes are added.
        engine: of the home.
    """

    def __init__(self, app: FastAPI, engine: Engine) -> None:
        self._engine = engine
        self._kept = Kept(engine.home)
        self.jobs = Jobs(self._kept)
        self.once = Once(self._kept)
        self.loads = Loads(engine, self.jobs, Uploads(engine.home, Limits.from_environment()))
        self._metrics = Metrics(engine, self.jobs)
        add_pages(app, engine)
        add_loads(app, self.loads, self.once)
        add_work(app, engine, self.jobs, self.once)
        self._reports = add_reports(app, engine, self.jobs, self.once)
        add_jobs(app, self.jobs)
        add_metrics(app, self._metrics)

    def around(self, app: FastAPI) -> None:
        """Put deadlines, counting and answers to HEAD around everything that was added."""
        app.add_middleware(Hurried, seconds=default_seconds())
        app.add_middleware(Counted, metrics=self._metrics)
        app.add_middleware(Heads)

    def pages(self, app: FastAPI, console: Console) -> None:
        """Add the pages of the console."""
        add_loads_pages(app, console, self.loads)
        add_report_pages(app, console, self._reports)

    def ending(self) -> None:
        """The service is about to end: nothing more is begun, and nobody watches any longer."""
        self.jobs.stop_streams()

    def close(self) -> None:
        """End everything; the engine last, unless something of it is still at work."""
        ended = self.jobs.close(PATIENCE_S)
        self._kept.close()
        if ended:
            self._engine.close()
