"""How a request or a command says in what way a scope is looked at."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.access.masks import current
from genealogy.batches import ROWS, Chosen
from genealogy.graph import View

Fold = Annotated[str, Query(description="What items are folded by: product, lot or day.")]


def asked_view(
    fold: Fold = "product",
    opened: Annotated[
        list[str], Query(alias="open", description="A fold that is unfolded, by its way; may be given several times.")
    ] = [],  # noqa: B006 - never changed; FastAPI shows it as the default
    shut: Annotated[list[str], Query(description="A fold that is folded again; may be given several times.")] = [],  # noqa: B006
    tier: Annotated[list[str], Query(description="Only items of this tier: unit, lot, order.")] = [],  # noqa: B006
    stage: Annotated[
        list[str], Query(description="Only items of this stage: supplied, intermediate, finished, unknown.")
    ] = [],  # noqa: B006
    until: Annotated[str, Query(description="Only what had happened by this day (ISO date).")] = "",
) -> View:
    """The view that a request asks for."""
    return View(fold, tuple(opened), tuple(shut), tuple(tier), tuple(stage), until or None)


def asked_batches(
    q: Annotated[str, Query(description="In the id, the lot number, or the material's number or name.")] = "",
    stage: Annotated[str, Query(description="Of the material: supplied, intermediate, finished, none.")] = "",
    status: Annotated[str, Query(description="Of the lot: released, held, quarantine, rejected, recalled, none.")] = "",
    alert: Annotated[str, Query(description="Only lots with this alert; any: with some.")] = "",
    sort: Annotated[str, Query(description="Column to sort by; a minus before it turns the order round.")] = "id",
    page: Annotated[int, Query(ge=1, description="From 1.")] = 1,
    rows: Annotated[int, Query(ge=1, le=1000, description="Of a page.")] = ROWS,
) -> Chosen:
    """The batches that a request asks for."""
    return Chosen(q, stage, status, alert, sort, page, rows, current().text)
