"""Routes of what is the same for every plant: empty tables to fill, and the questions that are put to the graph."""

from __future__ import annotations

import io
import zipfile
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Response

from api.protocol.refused import RefusedError
from loaders.template import template_files
from queries import CATALOGUE

V1 = "/api/v1"


def add_references(app: FastAPI) -> None:
    """Add the routes."""

    @app.get(
        f"{V1}/templates",
        tags=["loads"],
        operation_id="templates",
        response_class=Response,
        responses={200: {"description": "All its files.", "content": {"application/zip": {}}}},
    )
    def templates() -> Response:
        """The plant format's tables, empty, as one archive; a file among them describes each column."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in template_files().items():
                archive.writestr(zipfile.ZipInfo(f"plant/{name}"), content)  # without the time: always the same bytes
        headers = {"content-disposition": 'attachment; filename="plant-tables.zip"'}
        return Response(packed.getvalue(), media_type="application/zip", headers=headers)

    @app.get(f"{V1}/queries", tags=["ledger"], operation_id="queries")
    def queries() -> dict[str, Any]:
        """Name and purpose of each question that is put to the graph; the answers' `asked` names those that they put."""
        return {"queries": [{"name": query.name, "question": query.question} for query in CATALOGUE.values()]}

    @app.get(f"{V1}/queries/{{name}}", tags=["ledger"], operation_id="query")
    def query(
        name: Annotated[str, Path(description="Name of the question.", max_length=64, examples=["forward"])],
        dialect: Annotated[
            Literal["neo4j", "ladybug"], Query(description="For which store its text is written.")
        ] = "neo4j",
    ) -> dict[str, Any]:
        """The Cypher text of one question, with its parameters, columns and digest."""
        if name not in CATALOGUE:
            raise RefusedError(404, f"There is no question {name!r}. {V1}/queries names them all.")
        found = CATALOGUE[name]
        return {
            "name": found.name,
            "question": found.question,
            "params": dict(found.params),
            "columns": list(found.columns),
            "dialect": dialect,
            "sha256": found.digest(dialect),
            "cypher": found.text(dialect),
        }
