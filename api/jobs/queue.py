"""The jobs of a service: what changes something is done one after the other, what only asks beside it.

At most WAITING jobs wait; who comes then is asked to come again. Ended jobs are kept a while, in the home as well, so that
what was told of one can be read after a restart.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from api.jobs.job import ON_PAGE, Job, State
from api.jobs.kept import REMEMBERED
from api.protocol.doors import on_page, over_http
from api.protocol.refused import RefusedError
from genealogy.deadline import within
from genealogy.errors import BusyError, CalledOffError, GenealogyError, InputError, ItemNotFoundError
from genealogy.wording import worded

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.jobs.kept import Kept

    Work = Callable[[Job], dict[str, Any]]

WAITING = 16
"""Jobs that may wait."""
RESULTS_BYTES = 64 << 20
"""What came of ended jobs, together: past that the oldest results are dropped, and their jobs say so."""
_STOP_S = 0.2


class Jobs:
    """The queue, and those who work on it.

    Args:
        kept: where ended jobs are written down.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._jobs: dict[str, Job] = {job.id: job for job in kept.jobs()}
        for job in _too_much(list(self._jobs.values())):
            kept.ended(job)
        self._waiting: dict[bool, deque[tuple[Job, Work]]] = {True: deque(), False: deque()}
        self._changed = threading.Condition()
        self._closing = False
        self._workers = [
            threading.Thread(target=self._work, args=(changes,), name=f"jobs-{name}", daemon=True)
            for changes, name in ((True, "changes"), (False, "questions"))
        ]
        for worker in self._workers:
            worker.start()

    @property
    def closing(self) -> bool:
        """Whether the service is ending."""
        return self._closing

    def submit(self, job: Job, work: Work, *, changes: bool) -> Job:
        """Have something done.

        Args:
            job: what is known of it.
            work: does it, and returns what came of it; ``job.say`` tells of it and ends it where it was called off.
            changes: whether it changes something; such work is done one after the other.

        Raises:
            BusyError: too much waits already, the service is ending, or its disk is full.
        """
        with self._changed:
            if self._closing:
                raise BusyError("The service is ending; nothing more is begun. Ask again when it runs again.")
            if sum(map(len, self._waiting.values())) >= WAITING:
                raise BusyError(f"{WAITING} jobs wait already, and no more may. Ask again when some are done.")
            try:
                self._kept.begun(job)
            except (OSError, sqlite3.Error) as error:
                raise BusyError(
                    f"The job cannot be noted ({error}), and was not begun. Look to the disk of the service, then ask again."
                ) from error
            self._jobs[job.id] = job
            self._waiting[changes].append((job, work))
            self._changed.notify_all()
        return job

    def of(self, name: str) -> Job:
        """A job.

        Raises:
            RefusedError: there is none of this name (any more).
        """
        job = self._jobs.get(name)
        if job is None:
            raise RefusedError(404, "There is no such job (any more): ended jobs are kept for a while only.")
        return job

    def all(self) -> list[Job]:
        """Every job, the newest first."""
        return list(self._jobs.values())[::-1]

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        found = dict.fromkeys((state.value for state in State), 0)
        for job in self.all():
            found[job.state.value] += 1
        return found

    def cancel(self, job: Job, who: str) -> None:
        """Call a job off: what waits ends now, what runs at its next word; what is being recorded is still recorded."""
        with self._changed:
            for queue in self._waiting.values():
                for place in [each for each in queue if each[0] is job]:
                    queue.remove(place)
                    self._end(job, State.CANCELLED, problem=_problem(CalledOffError(f"It was called off by {who}.")))
        if not job.over:
            job.hurry.call_off(f"by {who}")

    def close(self, patience: float) -> bool:
        """End: nothing more is begun, what waits and runs is called off. Whether all of it ended in time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        until = time.monotonic() + patience
        for job in self.all():
            if not job.over:
                self.cancel(job, "the service, which is ending")
            job.wake()
        while any(worker.is_alive() for worker in self._workers) and time.monotonic() < until:
            for job in self.all():
                if not job.over:
                    job.hurry.stop()
            for worker in self._workers:
                worker.join(_STOP_S)
        return not any(worker.is_alive() for worker in self._workers)

    def stop_streams(self) -> None:
        """The service is about to end: whoever watches a job is let go."""
        self._closing = True
        for job in self.all():
            job.wake()

    def _work(self, changes: bool) -> None:
        queue = self._waiting[changes]
        while True:
            with self._changed:
                while not queue:
                    if self._closing:
                        return
                    self._changed.wait()
                job, work = queue.popleft()
                job.turn(State.RUNNING)
            self._do(job, work)

    def _do(self, job: Job, work: Work) -> None:
        try:
            with within(job.hurry):
                result = work(job)
        except CalledOffError as error:
            self._end(job, State.CANCELLED, problem=_problem(error))
        except GenealogyError as error:
            self._end(job, State.FAILED, problem=_problem(error))
        except Exception:
            # Its text may hold anything, so it goes to the log only.
            logging.getLogger("uvicorn.error").exception("job %s failed", job.id)
            self._end(job, State.FAILED, problem=_problem(GenealogyError(
                "The program failed at this job; its log says more. Report it with what was asked."
            )))  # fmt: skip
        else:
            self._end(job, State.DONE, result=result)

    def _end(
        self, job: Job, state: State, *, result: dict[str, Any] | None = None, problem: dict[str, Any] | None = None
    ) -> None:
        job.size = 0 if result is None else len(json.dumps(result))
        job.turn(state, result=result, problem=problem)
        over = [each for each in self.all()[::-1] if each.over]
        old = over[: max(0, len(over) - REMEMBERED)]
        for each in old:
            self._jobs.pop(each.id, None)
        dropped = _too_much(over[len(old) :], job)
        try:
            self._kept.ended(job)
            for each in old:
                self._kept.forget(each)
            for each in dropped:
                self._kept.ended(each)
        except (OSError, sqlite3.Error):
            # It has ended, whether or not that can be remembered; the next one is done in any case.
            logging.getLogger("uvicorn.error").exception("the end of job %s could not be noted", job.id)


def _too_much(over: list[Job], last: Job | None = None) -> list[Job]:
    """Drop results of ended jobs, the oldest first, until they fit; the jobs whose result was dropped.

    The result of the job that ended last stays, however large it is: nobody could have fetched it yet.
    """
    size, dropped = sum(job.size for job in over), []
    for job in over:
        if size <= RESULTS_BYTES:
            break
        if job.result is not None and job is not last:
            size -= job.size
            job.drop_result()
            dropped.append(job)
    return dropped


def _problem(error: GenealogyError) -> dict[str, Any]:
    status = error.status if isinstance(error, RefusedError) else 500
    if status == 500:
        status = 404 if isinstance(error, ItemNotFoundError) else 422 if isinstance(error, InputError) else 500
    return {
        "type": f"urn:genealogy:{type(error).__name__.removesuffix('Error')}",
        "status": status,
        "detail": worded(error, over_http),
        ON_PAGE: worded(error, on_page),
    }
