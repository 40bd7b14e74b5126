"""What came of jobs is kept up to a number of bytes; a job whose result was dropped says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.access.masks import Mask
from api.access.rules import Field
from api.jobs import Job, Jobs, queue, routes
from api.jobs.job import State
from api.jobs.kept import Kept

SEES_ALL = Mask(frozenset(Field))


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(queue, "RESULTS_BYTES", 5_000)
    kept = Kept(tmp_path)
    found = Jobs(kept)
    yield found
    found.close(5)
    kept.close()


def done(jobs: Jobs, size: int) -> Job:
    job = jobs.submit(Job("trace", "ada"), lambda _: {"summary": "x" * size}, changes=False)
    assert job.wait(30)
    return job


def ended(jobs: Jobs) -> None:
    """A job later: what is done after the end of the one before is done."""
    done(jobs, 1)


def test_the_oldest_results_are_dropped_and_say_so(jobs: Jobs) -> None:
    first, second, third = done(jobs, 2_000), done(jobs, 2_000), done(jobs, 2_000)
    ended(jobs)
    assert first.result is None
    assert first.state is State.DONE
    said = routes.told(first, SEES_ALL)
    assert (said["problem"]["status"], said["result"]) == (410, None)
    assert "not kept any more" in said["problem"]["detail"]
    assert second.result is not None
    assert third.result is not None
    assert routes.told(third, SEES_ALL)["problem"] is None


def test_a_result_that_is_larger_than_all_is_kept_until_the_next(jobs: Jobs) -> None:
    large = done(jobs, 20_000)
    assert large.result is not None
    assert len(large.result["summary"]) == 20_000
    ended(jobs)
    ended(jobs)
    assert large.result is None


def test_the_file_forgets_them_as_well(tmp_path: Path, jobs: Jobs) -> None:
    first = done(jobs, 4_000)
    done(jobs, 4_000)
    ended(jobs)
    again = {job.id: job for job in Kept(tmp_path).jobs()}
    assert again[first.id].result is None
    assert again[first.id].problem is not None
    assert again[first.id].problem["status"] == 410
