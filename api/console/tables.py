"""A table to keep: CSV, workbook or JSON of the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.answer import Answer

Form = Literal["csv", "xlsx", "json"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def kept(answer: Answer, what: str, form: Form, rows: list[dict[str, Any]], columns: Sequence[str]) -> Response:
    """The file, named by what it is, its entry and its digest.

    Args:
        answer: already as this reader may see it.
        what: first word of the name.
        form: of the file.
        rows: of the table.
        columns: in order.
    """
    name = f"{what}-entry-{answer.answer['as_of']}-{answer.digest[:12]}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if form == "json":
        return JSONResponse(answer.flat(), headers=headers)
    if form == "xlsx":
        from viz.sheet import sheet

        return Response(sheet(rows, columns, what), media_type=_XLSX, headers=headers)
    from viz.sheet import sheet_csv

    return Response(sheet_csv(rows, columns), media_type="text/csv; charset=utf-8", headers=headers)
