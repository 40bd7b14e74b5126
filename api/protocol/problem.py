"""What goes wrong over HTTP: every answer that is an error is a problem as RFC 9457 describes it, and nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.access.masks import NotAllowedError, mask_of
from api.protocol.doors import over_http
from api.protocol.refused import RefusedError
from genealogy.errors import (
    AmbiguousItemError,
    BusyError,
    CalledOffError,
    DeadlineError,
    GenealogyError,
    IncompleteAnswerError,
    InputError,
    ItemNotFoundError,
    StoreOwnedError,
    StoreUnavailableError,
)
from genealogy.wording import message_of, worded

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"
"""When to ask again what could not be answered now."""

_STATUS: tuple[tuple[type[GenealogyError], int], ...] = (
    (ItemNotFoundError, 404),
    (AmbiguousItemError, 409),
    (InputError, 422),
    (StoreUnavailableError, 503),
    (StoreOwnedError, 503),
    (IncompleteAnswerError, 500),
    (DeadlineError, 503),
    (BusyError, 503),
    (CalledOffError, 409),
    (NotAllowedError, 403),
)

_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "What kind of problem it is; about:blank says no more than the status."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, to what, and what to do next."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "candidates": {"type": "array", "items": {"type": "object"}, "description": "The items that a text may name."},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "Each wrong part: pointer (RFC 6901), and why."},
    },
}  # fmt: skip

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status, said in {
        400: "What was sent cannot be read.",
        401: "Say who you are.",
        403: "Your roles do not allow this, or it did not come from a page of this service.",
        404: "There is no such thing.",
        409: "It names several things, or does not fit what is there now.",
        413: "Too much was sent.",
        415: "It was sent in a form that is not taken here.",
        421: "The service does not answer under this name.",
        422: "Something in it is wrong: errors says what and where.",
        429: "Too many attempts; ask again later.",
        500: "The program failed, or the answer is not complete.",
        503: "Not now: ask again after Retry-After seconds.",
    }.items()
}
"""For the description of the interface: what every route may answer instead."""


def answer_problems(app: FastAPI) -> None:
    """See to it that whatever goes wrong in an application is answered as a problem."""
    app.add_exception_handler(GenealogyError, _ours)
    app.add_exception_handler(RequestValidationError, _wrong_parameters)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GenealogyError)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, RefusedError):
        return refused(request, error)
    mask = mask_of(request)
    more = {"candidates": mask.value(error.candidates)} if isinstance(error, AmbiguousItemError) else {}
    return problem(request, status, mask.error(error), kind=type(error), **more)


def _wrong_parameters(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "pointer": pointer(*e["loc"][1:]),
            "parameter": ".".join(map(str, e["loc"][1:])),
            "in": e["loc"][0],
            "wrong": e["msg"],
        }
        for e in error.errors()
    ]
    said = "; ".join(f"{e['in']} parameter {e['parameter']}: {e['wrong']}" for e in errors)
    return problem(request, 422, f"{said}. /docs describes the parameters.", kind=InputError, errors=errors)


def _plain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = f"{request.method} {request.url.path}: {error.detail}. /docs lists what can be asked."
    response = problem(request, error.status_code, detail)
    response.headers.update(error.headers or {})
    return response


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """What this program did not foresee: its text may hold anything, so it goes to the log only."""
    said = "The program failed on this request; its log says more. Report it with what was asked."
    return problem(request, 500, said)


def problem(
    request: Request, status: int, detail: str, kind: type[GenealogyError] | None = None, **more: Any
) -> JSONResponse:
    """The answer to a request that went wrong."""
    body = {
        "type": f"urn:genealogy:{kind.__name__.removesuffix('Error')}" if kind else "about:blank",
        "title": (kind.__doc__ or "").strip().splitlines()[0] if kind else HTTPStatus(status).phrase,
        "status": status,
        "detail": worded(detail, over_http),
        "instance": request.url.path,
        **more,
    }
    soon = {"retry-after": RETRY_AFTER_S} if status == 503 else None
    return JSONResponse(body, status, soon, media_type=MEDIA_TYPE)


def refused(request: Request, error: RefusedError) -> JSONResponse:
    """The answer to a request that is refused as it stands; ``errors`` says which part of it is meant."""
    parts = [{"pointer": where, "wrong": worded(error, over_http)} for where in error.pointers]
    return problem(request, error.status, message_of(error), kind=type(error), **({"errors": parts} if parts else {}))


def pointer(*place: object) -> str:
    """Where something stands in what was sent, as a JSON pointer (RFC 6901) in a fragment."""
    return "#" + "".join("/" + quote(str(part).replace("~", "~0").replace("/", "~1"), safe="~") for part in place)
