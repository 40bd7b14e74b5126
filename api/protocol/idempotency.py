"""Requests that change something can be sent again: the same ``Idempotency-Key`` with the same body gets the same answer.

Another body under a key that was used is refused (422); a request that is still being answered is not begun twice (409).
Kept in the home for a week, so that a restart of the service changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import sqlite3
from typing import TYPE_CHECKING, Any

from fastapi import Response

from api.protocol.refused import RefusedError
from genealogy.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from api.jobs.kept import Kept

HEADER, REPLAYED = "idempotency-key", "idempotency-replayed"
_LONGEST = 200
_KEPT_HEADERS = ("location", "content-type", "cache-control")


_WITH_PASSWORD = "password "  # noqa: S105 - a word, no password
"""Begins the digest of what was sent with a password in it."""
_SECRET = secrets.token_bytes(32)
"""Of this process: what was sent with a password in it is compared by a digest that nobody can try passwords against."""


def digest_with_password(body: Any) -> str:
    """Of what was sent where it holds a password; after a restart of the service it is another one, and refused as such."""
    return _WITH_PASSWORD + hmac.new(_SECRET, digest_of(body).encode(), hashlib.sha256).hexdigest()


def digest_of(body: Any) -> str:
    """Of what was sent, whatever the order of its names."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class Once:
    """Answers each key once.

    Args:
        kept: where the answers are kept.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        kept.forget_unanswered()

    def answered(
        self, request: Request, who: str, digest: str, make: Callable[[], Response], *, once_only: str = ""
    ) -> Response:
        """The answer to a request, made now or kept from the first time.

        Args:
            request: with or without a key.
            who: keys belong to whoever uses them.
            digest: of what was sent.
            make: does what is asked.
            once_only: a name in the body whose value is told this once and kept nowhere: again, it is null.

        Raises:
            RefusedError: the key cannot be one, was used for something else, or its request is being answered.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return make()
        if not 0 < len(key) <= _LONGEST or not key.isprintable():
            raise RefusedError(422, f"Idempotency-Key: give 1 to {_LONGEST} characters that can be printed.")
        full = hashlib.sha256("\0".join((who, request.method, request.url.path, key)).encode()).hexdigest()
        try:
            before = self._kept.claim(full, digest)
        except sqlite3.Error as error:
            raise BusyError(
                f"The Idempotency-Key cannot be noted ({error}), and nothing was done. Look to the disk of the service, then "
                "ask again."
            ) from error
        if before is not None:
            return self._again(*before, digest)
        try:
            response = make()
        except BaseException:
            self._note(full, None)
            raise
        said = {
            "status": response.status_code,
            "headers": {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
            "body": _without(bytes(response.body).decode("utf-8"), once_only),
        }
        self._note(full, said if response.status_code < 500 else None)
        return response

    def _note(self, key: str, said: dict[str, Any] | None) -> None:
        """Keep an answer; where that fails it is given all the same, for what was asked is done."""
        try:
            self._kept.answer(key, said)
        except sqlite3.Error:
            logging.getLogger("uvicorn.error").exception("the answer to a request with a key could not be noted")

    @staticmethod
    def _again(asked: str, answer: str | None, digest: str) -> Response:
        if asked != digest and asked.startswith(_WITH_PASSWORD) and digest.startswith(_WITH_PASSWORD):
            raise RefusedError(
                422,
                "This Idempotency-Key was used for another request, or for this one before the service was started again: what is "
                "sent with a password is remembered until then. Look whether it was done, and use a new key where it was not.",
            )
        if asked != digest:
            raise RefusedError(
                422, "This Idempotency-Key was used for another request. Use a new one for a new request."
            )
        if answer is None:
            raise RefusedError(409, "The request with this Idempotency-Key is still being answered. Ask again soon.")
        said = json.loads(answer)
        return Response(said["body"], said["status"], {**said["headers"], REPLAYED: "true"})


def _without(body: str, name: str) -> str:
    """A body as it is kept: a secret that is told once is not in it."""
    if not name or not body:
        return body
    told = json.loads(body)
    return json.dumps({**told, name: None}, ensure_ascii=False) if isinstance(told, dict) and name in told else body
