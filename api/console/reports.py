"""The recall report from the page of a scope: begun there, watched and fetched on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_origin

from fastapi import FastAPI, Request  # noqa: TC002 - FastAPI reads annotations when it runs
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api.access.masks import NotAllowedError, mask_of
from api.console.other_starts import NAMES
from api.console.pages import link
from api.console.words_errors import error_words
from api.jobs.routes import told, visible
from api.protocol.refused import RefusedError
from api.questions.report_body import OtherStarts, ReportBody
from genealogy.errors import AmbiguousItemError, GenealogyError, ItemNotFoundError
from genealogy.wording import Option, said
from viz.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.console.pages import Console
    from api.jobs import Job
    from api.questions.reports import Reports

_SOON_S = 2.0
"""So long the page waits for a report, so that a small one is there when the page is."""
_MOST_ITEMS = 10_000


def add_report_pages(app: FastAPI, console: Console, reports: Reports) -> None:
    """Add the pages."""

    def safe(request: Request, make: Callable[[], Response]) -> Response:
        try:
            return make()
        except GenealogyError as problem:
            return console.page(request, "error.html", _status(problem), said=mask_of(request).error(problem))

    @app.post("/scope/report", include_in_schema=False, name="make_report")
    async def make(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=_MOST_ITEMS)
        given = [(name, text) for name, text in form.multi_items() if isinstance(text, str)]

        def made() -> Response:
            try:
                job = reports.begin(request, _body(given, console.language(request)))
            except GenealogyError as problem:
                return _again(console, request, given, problem)
            job.wait(_SOON_S)
            return RedirectResponse(f"/scope/report/{job.id}", 303)

        return await run_in_threadpool(safe, request, made)

    @app.get("/scope/report/{job}", include_in_schema=False, name="report_job")
    def page(request: Request, job: str) -> Response:
        def made() -> Response:
            found = visible(request, reports.jobs.of(job))
            if found.kind != "report":
                raise RefusedError(404, "There is no such report (any more). Have it made again as of its entry.")
            shown, words = told(found, mask_of(request), page=True), Words(console.language(request))
            result, problem = shown["result"] or {}, shown["problem"]
            if problem:
                shown["problem"] = {**problem, "detail": error_words(problem["detail"], console.language(request))}
            return console.page(
                request,
                "report.html",
                job=shown,
                over=found.over,
                result=shown["result"],
                scope=_scope(found, result),
                roles=[words.role(each) for each in result.get("masked_for", ())],
                hidden=[words.sort_of_data(each) for each in result.get("asked", {}).get("masked", ())],
                forms=[
                    {
                        **form,
                        "name": words.form(form["form"]),
                        "by": words.joined(
                            dict.fromkeys(words.role(role) for each in form.get("masked", ()) for role in each["roles"])
                        ),
                    }
                    for form in result.get("forms", ())
                ],
            )

        return safe(request, made)


_STATUS = {ItemNotFoundError: 404, AmbiguousItemError: 409, NotAllowedError: 403}


def _status(problem: GenealogyError) -> int:
    return problem.status if isinstance(problem, RefusedError) else _STATUS.get(type(problem), 422)


def _again(console: Console, request: Request, given: list[tuple[str, str]], problem: GenealogyError) -> Response:
    """The form as it was filled in, with what is wrong with it; what it is about stands in it as it came.

    Raises:
        GenealogyError: the same problem, where nothing was asked about.
    """
    texts: dict[str, list[str]] = {}
    for name, text in given:
        if text.strip():
            texts.setdefault(name, []).append(text.strip())
    items, more = texts.get("item", []), {name: texts[name] for name in NAMES if name in texts}
    if not items and not more:
        raise problem
    filled = {
        "narrow": "\n".join(line for text in texts.get("narrow", ()) for line in text.splitlines()),
        "changed_since": texts.get("changed_since", [""])[0],
        "where_else": "where_else" in texts,
    }
    return console.page(
        request, "report_again.html", _status(problem), said=mask_of(request).error(problem), starts=items, more=more,
        other=[(name, value) for name, values in more.items() for value in values], begun=(),
        as_of=texts.get("as_of", [None])[0], filled=filled,
        # In the other language there is the scope: a form that was sent has no address of its own.
        elsewhere=("/scope", [(name, text) for name, text in given if name in ("item", "as_of", *NAMES) and text.strip()]),
    )  # fmt: skip


def _scope(job: Job, result: dict[str, Any]) -> str | None:
    """Where the scope of a report that was made is shown."""
    other = job.about.get("other", {})
    if not result or (result["also"] and not other):
        return None
    flags = {name: "true" if value is True else value for name, value in other.items()}
    return link("/scope", item=result["starts"], as_of=result["as_of"], **flags)


def _body(given: list[tuple[str, str]], language: str) -> ReportBody:
    """What the form of a scope asks for, as over HTTP; fields that were left empty ask for nothing.

    Raises:
        RefusedError: it is not what a report can be asked of.
    """
    texts: dict[str, list[str]] = {}
    for name, text in given:
        if text.strip():
            texts.setdefault(name, []).append(text.strip())
    for name in ("as_of", "changed_since"):
        if len(set(texts.get(name, ()))) > 1:
            raise RefusedError(422, f"{name} takes one value and was given {len(texts[name])} times. Give it once.")
    asked: dict[str, Any] = {
        "items": texts.get("item", []),
        "other": _others(texts),
        "narrow": [line.strip() for text in texts.get("narrow", ()) for line in text.splitlines() if line.strip()],
        "changed_since": texts.get("changed_since", [None])[0],
        "where_else": texts.get("where_else", ["false"])[0],
        "as_of": texts.get("as_of", [None])[0],
        "all": True,
        "language": "zh" if texts.get("language", [language])[0] == "zh" else "en",
    }
    try:
        body = ReportBody.model_validate(asked)
    except ValidationError as error:
        raise RefusedError(422, _wrong(error)) from error
    if not asked["items"] and not asked["other"]:
        raise RefusedError(422, "Nothing is named to start from. Open a scope, and ask for its report there.")
    return body


def _others(texts: dict[str, list[str]]) -> dict[str, Any]:
    """The starts that are no items; what takes one value is handed on as a list where it has several, and so refused."""
    found: dict[str, Any] = {}
    for name, field in OtherStarts.model_fields.items():
        values = texts.get(field.alias or name)
        if values:
            several = get_origin(field.annotation) is list or len(values) > 1
            found[field.alias or name] = values if several else values[0]
    return found


def _wrong(error: ValidationError) -> str:
    """The first thing that is wrong in a form, with the field that it is in."""
    first = error.errors()[0]
    names = [part for part in first["loc"] if isinstance(part, str) and part != "other"]
    where = Option((names or ["item"])[0].replace("_", "-"))
    most = first.get("ctx", {}).get("max_length")
    match first["type"]:
        case "too_long":
            return said(
                where, f": {first['ctx']['actual_length']} were given, and at most {most} are taken. Leave some out."
            )
        case "string_too_long":
            return said(where, f": a text has more than {most} characters. Shorten it.")
        case "value_error":
            return str(first["ctx"]["error"])
        case _:
            return said(where, f": {first['msg']}.")
