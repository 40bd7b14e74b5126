"""A table to keep: CSV, workbook or JSON of the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.answer import Answer

Form = Literal["csv", "xlsx", "json"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def kept(
    answer: Answer, what: str, form: Form, rows: list[dict[str, Any]], columns: Sequence[str], *, part: str = ""
) -> Response:
    """The file, named by what it is, its entry and its digest.

    Args:
        answer: already as this reader may see it.
        what: first word of the name.
        form: of the file.
        rows: of the table.
        columns: in order.
        part: which part of the answer it holds, the last word of the name.
    """
    complete = answer.answer["complete"]
    name = file_name(answer, what, form, part)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if form == "json":
        return JSONResponse(answer.flat(), headers=headers)
    if form == "xlsx":
        from viz.sheet import sheet

        return Response(sheet(rows, columns, what, complete=complete), media_type=_XLSX, headers=headers)
    from viz.sheet import sheet_csv

    told = sheet_csv(rows, columns, complete=complete)
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


def file_name(answer: Answer, what: str, form: str, part: str = "") -> str:
    """The name of a file: what it is, its entry, its digest, and that it is incomplete where it is."""
    words = [
        what,
        "entry",
        str(answer.answer["as_of"]),
        answer.digest[:12],
        part,
        "" if answer.complete else "INCOMPLETE",
    ]
    return f"{'-'.join(word for word in words if word)}.{form}"
