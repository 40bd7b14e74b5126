"""What goes wrong over HTTP: every answer that is an error is a problem as RFC 9457 describes it, and nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from genealogy.errors import (
    AmbiguousItemError,
    GenealogyError,
    IncompleteAnswerError,
    InputError,
    ItemNotFoundError,
    StoreOwnedError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[GenealogyError], int], ...] = (
    (ItemNotFoundError, 404),
    (AmbiguousItemError, 409),
    (InputError, 422),
    (StoreUnavailableError, 503),
    (StoreOwnedError, 503),
    (IncompleteAnswerError, 500),
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
        "errors": {"type": "array", "items": {"type": "object"}, "description": "Each parameter that is wrong, and why."},
    },
}  # fmt: skip

RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem (RFC 9457).", "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
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
    more = {"candidates": error.candidates} if isinstance(error, AmbiguousItemError) else {}
    return _problem(request, status, str(error), kind=type(error), **more)


def _wrong_parameters(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"parameter": ".".join(map(str, e["loc"][1:])), "in": e["loc"][0], "wrong": e["msg"]} for e in error.errors()
    ]
    said = "; ".join(f"{e['in']} parameter {e['parameter']}: {e['wrong']}" for e in errors)
    return _problem(request, 422, f"{said}. /docs describes the parameters.", kind=InputError, errors=errors)


def _plain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = f"{request.method} {request.url.path}: {error.detail}. /docs lists what can be asked."
    response = _problem(request, error.status_code, detail)
    response.headers.update(error.headers or {})
    return response


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """What this program did not foresee: its text may hold anything, so it goes to the log only."""
    said = "The program failed on this request; its log says more. Report it with what was asked."
    return _problem(request, 500, said)


def _problem(
    request: Request, status: int, detail: str, kind: type[GenealogyError] | None = None, **more: Any
) -> JSONResponse:
    body = {
        "type": f"urn:genealogy:{kind.__name__.removesuffix('Error')}" if kind else "about:blank",
        "title": (kind.__doc__ or "").strip().splitlines()[0] if kind else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **more,
    }
    return JSONResponse(body, status, media_type=MEDIA_TYPE)
