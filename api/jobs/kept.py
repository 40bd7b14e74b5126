"""What is remembered of requests in the home: jobs, and answers to requests that may be repeated.

``requests.sqlite``, readable by its owner only. It can be deleted at any time: nothing of the plant stands in it alone.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

from api.jobs.job import Event, Job, State
from genealogy.durable import create_private

if TYPE_CHECKING:
    from pathlib import Path

FILE = "requests.sqlite"
KEPT_S = 7 * 24 * 3600
"""How long anything is remembered."""
REMEMBERED = 200
"""Ended jobs that are remembered."""
_LAID_OUT = (
    "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, at REAL NOT NULL, job TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, at REAL NOT NULL, asked TEXT NOT NULL, answer TEXT)",
)
_BROKEN_OFF = (
    "The service ended before this job did. A load is recorded whole or not at all: look at the ledger, and load the files "
    "again where it is not there."
)


class Kept:
    """The file.

    Args:
        home: in which it stands.
    """

    def __init__(self, home: Path) -> None:
        path = home / FILE
        self._lock = threading.Lock()
        try:
            self._file = _opened(path)
        except sqlite3.DatabaseError:
            # What it remembered is lost, and nothing else.
            for part in home.glob(FILE + "*"):
                part.unlink()
            self._file = _opened(path)
        for table in ("jobs", "answers"):
            self._file.execute(f"DELETE FROM {table} WHERE at < ?", (time.time() - KEPT_S,))  # noqa: S608
        # What one run remembered is all that the next one has to read.
        self._file.execute(
            "DELETE FROM jobs WHERE id NOT IN (SELECT id FROM jobs ORDER BY at DESC, rowid DESC LIMIT ?)", (REMEMBERED,)
        )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()

    def begun(self, job: Job) -> None:
        """Note that a job was begun."""
        self._write(job)

    def ended(self, job: Job) -> None:
        """Note what came of a job."""
        self._write(job)

    def jobs(self) -> list[Job]:
        """The jobs of earlier runs, the oldest first; one that had not ended is one that was broken off."""
        with self._lock:
            rows = self._file.execute("SELECT job FROM jobs ORDER BY at, rowid").fetchall()
        found = []
        for (text,) in rows:
            said = json.loads(text)
            if not said["ended"]:
                said |= {"state": "failed", "ended": said["created"], "result": None}
                said["problem"] = {"type": "about:blank", "status": 500, "detail": _BROKEN_OFF}
            said["state"] = State(said["state"])
            said["events"] = [Event(*event) for event in said["events"]]
            found.append(Job(**said, size=len(text)))
        return found

    def forget(self, job: Job) -> None:
        """A job that is told to nobody any more."""
        with self._lock:
            self._file.execute("DELETE FROM jobs WHERE id = ?", (job.id,))

    def claim(self, key: str, asked: str) -> tuple[str, str | None] | None:
        """Take a key for a request; None where it is ours now, else what it was used for and its answer, if there is one."""
        with self._lock:
            row: tuple[str, str | None] | None = self._file.execute(
                "SELECT asked, answer FROM answers WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                self._file.execute("DELETE FROM answers WHERE at < ?", (time.time() - KEPT_S,))
                self._file.execute("INSERT INTO answers VALUES (?, ?, ?, NULL)", (key, time.time(), asked))
            return row

    def answer(self, key: str, answer: dict[str, Any] | None) -> None:
        """Keep what was answered; None: nothing was done, and the key is free again."""
        with self._lock:
            if answer is None:
                self._file.execute("DELETE FROM answers WHERE key = ?", (key,))
            else:
                self._file.execute("UPDATE answers SET answer = ? WHERE key = ?", (json.dumps(answer), key))

    def forget_unanswered(self) -> None:
        """At the start: what a process did not live to answer was not done."""
        with self._lock:
            self._file.execute("DELETE FROM answers WHERE answer IS NULL")

    def _write(self, job: Job) -> None:
        said = {
            "kind": job.kind, "owner": job.owner, "about": job.about, "id": job.id, "state": job.state.value,
            "created": job.created, "ended": job.ended, "result": job.result, "problem": job.problem,
            "events": [[event.number, event.kind, event.text] for event in job.events[-50:]] if job.over else [],
        }  # fmt: skip
        text = json.dumps(said)
        with self._lock:
            self._file.execute(
                "INSERT INTO jobs VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET job = excluded.job",
                (job.id, time.time(), text),
            )


def _opened(path: Path) -> sqlite3.Connection:
    if not path.exists():
        os.close(create_private(path))
    file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        for statement in _LAID_OUT:
            file.execute(statement)
    except sqlite3.DatabaseError:
        file.close()
        raise
    return file
