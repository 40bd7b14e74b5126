"""Requests do not wait for ever: each question has a deadline, and is called off when whoever asked has gone.

``X-Deadline: SECONDS`` (or ``Prefer: wait=SECONDS``, RFC 7240) says how long the caller waits; without it a question has
``GENEALOGY_DEADLINE`` seconds. When the time is over the query in the store is stopped too, and the answer is a problem.
Requests that change something have no deadline of their own: what they begin is a job.
"""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

from starlette.requests import Request

from api.protocol.problem import problem
from genealogy.deadline import Deadline, within
from genealogy.errors import DeadlineError, InputError
from genealogy.wording import message_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_S, LONGEST_S = 60.0, 600.0
_GRACE_S = 1.0
"""How long what was stopped may take to say so; then the answer is given without it."""
_STOP_S = 0.2
_WAIT = re.compile(r"(?:^|,|;)\s*wait=(\d{1,6})\s*(?:$|,|;)")
_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,3})?")
STREAMS = "/events"
"""Paths that end so tell what happens as it happens: they have no deadline."""

CHECKS = "/verify"
"""Paths that end so read everything that was ever recorded: without a word from the caller they have the longest time."""


def default_seconds() -> float:
    """The deadline of a question that names none.

    Raises:
        InputError: GENEALOGY_DEADLINE is no number of seconds.
    """
    text = os.environ.get("GENEALOGY_DEADLINE", "").strip()
    if not text:
        return DEFAULT_S
    if not _SECONDS.fullmatch(text) or not 0 < float(text) <= LONGEST_S:
        raise InputError(f"GENEALOGY_DEADLINE is {text!r}. Give seconds, more than 0 and at most {LONGEST_S:g}.")
    return float(text)


def asked_seconds(request: Request, default: float) -> float:
    """How long the caller waits.

    Raises:
        InputError: X-Deadline is no number of seconds.
    """
    text = request.headers.get("x-deadline")
    if text is not None:
        if not _SECONDS.fullmatch(text) or not float(text):
            raise InputError(f"X-Deadline: {text[:40]!r} is no number of seconds above 0, such as 10 or 2.5.")
        return min(float(text), LONGEST_S)
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(max(float(found.group(1)), 1.0), LONGEST_S) if found else default


class Hurried:
    """The middleware that gives each question its deadline.

    Args:
        app: behind it.
        seconds: deadline of a question that names none.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request within its time."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or path.endswith(STREAMS):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            hurry = Deadline(asked_seconds(request, LONGEST_S if path.endswith(CHECKS) else self._seconds))
        except InputError as error:
            await problem(request, 422, message_of(error), kind=InputError)(scope, receive, send)
            return
        await _Question(self._app, scope, receive, send, hurry).answered()


class _Question:
    """One request on its way."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, hurry: Deadline) -> None:
        self._app, self._scope, self._real, self._out, self._hurry = app, scope, receive, send, hurry
        self._started = self._given_up = self._handed = False
        self._gone = asyncio.Event()
        self._first: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def answered(self) -> None:
        with within(self._hurry):
            work = asyncio.create_task(self._run())
        listening = asyncio.create_task(self._listen())
        leaving = asyncio.create_task(self._gone.wait())
        try:
            left = (self._hurry.left or 0.0) + _GRACE_S
            await asyncio.wait({work, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and self._gone.is_set():
                self._hurry.call_off("the caller went away")
            if not work.done() and not self._started and not self._gone.is_set():
                await self._give_up()
            while not work.done():
                # What runs in the store may have begun only after it was told to stop.
                if self._hurry.over:
                    self._hurry.stop()
                await asyncio.wait({work}, timeout=_STOP_S)
            if not self._given_up:
                work.result()
        except asyncio.CancelledError:
            self._hurry.call_off("the service is ending")
            raise
        finally:
            work.cancel()
            listening.cancel()
            leaving.cancel()

    async def _run(self) -> None:
        await self._app(self._scope, self._receive, self._send)

    async def _give_up(self) -> None:
        """Tell the caller that there is no answer; what is still on its way is not heard any more."""
        self._given_up = True
        try:
            self._hurry.check()
            said = "There was no answer in time. Ask again with more time (X-Deadline: SECONDS)."
        except DeadlineError as error:
            said = str(error)
        response = problem(Request(self._scope), 503, said, kind=DeadlineError)
        await response(self._scope, self._receive, self._out)

    async def _listen(self) -> None:
        """Hand on the request, then wait for the caller to go."""
        while True:
            message = await self._real()
            if message["type"] == "http.disconnect":
                self._gone.set()
                if not self._first.done():
                    self._first.set_result(message)
                return
            if not self._first.done():
                self._first.set_result({**message, "more_body": False})

    async def _receive(self) -> Message:
        if not self._gone.is_set() and not self._handed:
            self._handed = True
            return await self._first
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._given_up or self._gone.is_set():
            return
        self._started = True
        await self._out(message)
