"""Long work: begun by a request, done beside it, watched, called off."""

from __future__ import annotations

from api.jobs.job import Job
from api.jobs.queue import Jobs

__all__ = ["Job", "Jobs"]
