"""What a request over HTTP asks from: items, or starts that are no items, and what the scope is narrowed by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Query

from api.commands.common import moment

if TYPE_CHECKING:
    from datetime import datetime

    from genealogy.engine import Engine
    from genealogy.starts.asked import Asked

AsOf = Annotated[str | None, Query(description="An entry, or a recording time (ISO 8601); without it, now.")]
Union = Annotated[bool, Query(alias="all", description="Where a text names different things, take all of them.")]
Item = Annotated[str, Query(description="An id, a lot number, a supplier's lot number or a serial.")]
Items = Annotated[
    list[str], Query(alias="item", min_length=1, description="As for one item; may be given several times.")
]
NoItems = Annotated[list[str], Query(alias="item", description="Items to start from; may be given several times.")]
From = Annotated[str | None, Query(alias="from", description="Beginning of the interval (ISO 8601).")]
To = Annotated[str | None, Query(alias="to", description="End of the interval (ISO 8601).")]


def asked_starts(
    step: Annotated[list[str] | None, Query(description="A step; may be given several times.")] = None,
    equipment: Annotated[str | None, Query(description="A piece of equipment: the steps that ran on it.")] = None,
    parameter: Annotated[str | None, Query(description="A parameter: the steps whose readings are meant.")] = None,
    outside: Annotated[bool, Query(description="Only readings outside their recorded limits.")] = False,
    low: Annotated[str | None, Query(description="Instead: readings below this.")] = None,
    high: Annotated[str | None, Query(description="Instead: readings above this.")] = None,
    unit: Annotated[str | None, Query(description="Unit of low and high.")] = None,
    document: Annotated[str | None, Query(description="A document that steps followed.")] = None,
    version: Annotated[str | None, Query(description="The version of the document.")] = None,
    operator: Annotated[str | None, Query(description="Who did the steps.")] = None,
    place: Annotated[str | None, Query(description="A place: the items that were there.")] = None,
    calibration_lapse: Annotated[bool, Query(description="Steps on equipment whose calibration had ended.")] = False,
    supplier: Annotated[str | None, Query(description="What a supplier delivered.")] = None,
    material: Annotated[str | None, Query(description="Of that, only this material.")] = None,
    since: From = None,
    until: To = None,
) -> Asked:
    """The starts of a request that are no items."""
    from genealogy.starts.asked import Asked

    return Asked(
        tuple(step or ()), equipment, parameter, outside, low, high, unit, document, version, operator, place,
        calibration_lapse, supplier, material, since, until,
    )  # fmt: skip


def named(engine: Engine, texts: list[str], at: int | datetime | None, *, union: bool) -> list[str]:
    """The items that texts name, in order, each once."""
    return list(dict.fromkeys(item for text in texts for item in engine.find(text, at, union=union).items))


def one(engine: Engine, text: str, at: int | datetime | None) -> str:
    """The one item that a text names.

    Raises:
        AmbiguousItemError: it names several.
    """
    from genealogy.errors import AmbiguousItemError

    items = engine.find(text, at).items
    if len(items) > 1:
        raise AmbiguousItemError(
            f"{text!r} names {len(items)} items, and the question is about one. Say which by id:.",
            [{"id": item} for item in items],
        )
    return items[0]


def when(as_of: str | None) -> int | datetime | None:
    """The moment that a request names; an empty field of a form names none."""
    return moment(as_of or None)
