"""What a request over HTTP asks from: items, or starts that are no items, and what the scope is narrowed by."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Query, Request

from api.access.masks import current
from api.access.rules import Field
from api.commands.common import moment
from api.commands.starting import asked_of
from genealogy.errors import InputError
from genealogy.starts.asked import Asked

if TYPE_CHECKING:
    from datetime import datetime

    from genealogy.engine import Engine
    from genealogy.find import Found
    from genealogy.starts.question import Start

AsOf = Annotated[str | None, Query(description="An entry, or a recording time (ISO 8601); without it, now.")]
Union = Annotated[bool, Query(alias="all", description="Where a text names different things, take all of them.")]
Item = Annotated[
    str, Query(description="An id, a lot number, a supplier's lot number or a serial.", examples=["RX-2291"])
]
Items = Annotated[
    list[str],
    Query(
        alias="item", min_length=1, description="As for one item; may be given several times.", examples=[["RX-2291"]]
    ),
]
NoItems = Annotated[list[str], Query(alias="item", description="Items to start from; may be given several times.")]
Since = Annotated[str | None, Query(description="Beginning of the interval of starts that are no items (ISO 8601).")]
Until = Annotated[str | None, Query(description="End of that interval (ISO 8601).")]
From = Annotated[str | None, Query(alias="from", description="Beginning of the interval (ISO 8601).")]
To = Annotated[str | None, Query(alias="to", description="End of the interval (ISO 8601).")]
StartFrom = Annotated[
    str | None,
    Query(alias="start_from", description="Beginning of the interval of starts that are no items (ISO 8601)."),
]
StartTo = Annotated[str | None, Query(alias="start_to", description="End of that interval (ISO 8601).")]
StartUnit = Annotated[str | None, Query(alias="start_unit", description="Unit of low and high.")]


ONCE = (
    "from", "to", "since", "until", "start_from", "start_to", "low", "high", "unit", "start_unit", "version", "narrow", "as_of",
    "limit", "node", "fold", "page", "language",
)  # fmt: skip
"""Parameters that take one value."""


def asked_kinds(
    request: Request,
    step: Annotated[list[str] | None, Query(description="A step; may be given several times.")] = None,
    equipment: Annotated[list[str] | None, Query(description="A piece of equipment: the steps that ran on it.")] = None,
    parameters: Annotated[
        list[str] | None, Query(alias="parameter", description="A parameter: the steps whose readings are meant.")
    ] = None,
    outside: Annotated[bool, Query(description="Only readings outside their recorded limits.")] = False,
    low: Annotated[str | None, Query(description="Instead: readings below this.")] = None,
    high: Annotated[str | None, Query(description="Instead: readings above this.")] = None,
    unit: Annotated[str | None, Query(description="Unit of low and high.")] = None,
    documents: Annotated[
        list[str] | None, Query(alias="document", description="A document that steps followed.")
    ] = None,
    version: Annotated[str | None, Query(description="The version of the document.")] = None,
    operators: Annotated[list[str] | None, Query(alias="operator", description="Who did the steps.")] = None,
    places: Annotated[list[str] | None, Query(alias="place", description="A place: the items that were there.")] = None,
    calibration_lapse: Annotated[bool, Query(description="Steps on equipment whose calibration had ended.")] = False,
    suppliers: Annotated[list[str] | None, Query(alias="supplier", description="What a supplier delivered.")] = None,
    materials: Annotated[list[str] | None, Query(alias="material", description="Of that, only this material.")] = None,
) -> Asked:
    """The starts of a request that are no items; those that a mask hides are refused, whatever they name.

    Raises:
        InputError: a parameter that takes one value is there several times; neither is dropped in silence.
    """
    why = request.url.path.endswith("/why")  # there, from names starts, and the question is about one item
    for name in (*ONCE, *(["item"] if why else [])):
        several = request.query_params.getlist(name)
        if len(several) > 1 and not (name == "from" and why):
            raise InputError(f"{name} takes one value and was given {len(several)} times. Give it once.")
    return permitted(
        asked_of(
            step, equipment, parameters, (outside, low, high, unit), documents, version, operators, places,
            calibration_lapse, suppliers, materials, None, None,
        )
    )  # fmt: skip


def permitted(asked: Asked) -> Asked:
    """These starts, unless a mask hides one of them: such are refused whatever they name, so that no guess is confirmed.

    Raises:
        NotAllowedError: one is of a sort that whoever asks does not see.
    """
    mask = current()
    for given, field, name in (
        (asked.suppliers, Field.SUPPLIER, "supplier"),
        (asked.places, Field.SUPPLIER, "place"),  # a place may be a supplier's
        (asked.operators, Field.PERSONAL, "operator"),
    ):
        if given:
            mask.require(field, f"The parameter {name}")
    return asked


Kinds = Annotated[Asked, Depends(asked_kinds)]


def asked_starts(asked: Kinds, since: From = None, until: To = None) -> Asked:
    """The starts of a request that are no items, within an interval."""
    return replace(asked, since=since, until=until)


def asked_since(asked: Kinds, since: Since = None, until: Until = None) -> Asked:
    """The same where ``from`` has another meaning."""
    return replace(asked, since=since, until=until)


def asked_beside_path(asked: Kinds, since: StartFrom = None, until: StartTo = None) -> Asked:
    """The same of a graph, where ``to`` is the end of a path and ``until`` the day up to which it is shown."""
    return replace(asked, since=since, until=until)


def asked_kinds_beside_unit(**given: Any) -> Asked:
    """The starts of a request that are no items, where ``unit`` is the one in which the answer is told."""
    return asked_kinds(**given)


_KINDS = inspect.signature(asked_kinds)
asked_kinds_beside_unit.__signature__ = _KINDS.replace(  # type: ignore[attr-defined]
    parameters=[
        each.replace(annotation=StartUnit) if each.name == "unit" else each for each in _KINDS.parameters.values()
    ]
)


def asked_beside_unit(
    asked: Annotated[Asked, Depends(asked_kinds_beside_unit)], since: From = None, until: To = None
) -> Asked:
    """The same within an interval."""
    return replace(asked, since=since, until=until)


def also_from(
    engine: Engine, asked: Asked, at: int | datetime | None, items: list[str], called: str = "item"
) -> list[Start]:
    """What is asked from beside items; an error where a request names neither."""
    also = engine.starts(asked, at)
    if not items and not also:
        raise InputError(f"Say from what: {called}, or one of step, equipment, parameter, document, place ..")
    return also


def named(engine: Engine, texts: list[str], at: int | datetime | None, *, union: bool) -> list[str]:
    """The items that texts name, in order, each once."""
    return list(dict.fromkeys(item for text in texts for item in found(engine, text, at, union=union).items))


def found(engine: Engine, text: str, at: int | datetime | None, *, union: bool = False) -> Found:
    """The items that a text names; a supplier's lot number is looked for only for who may see it."""
    mask = current()
    if text.startswith("supplier-lot:"):
        mask.require(Field.SUPPLIER, "supplier-lot:")
    return engine.find(text, at, union=union, by_supplier=mask.may(Field.SUPPLIER))


def one(engine: Engine, text: str, at: int | datetime | None) -> str:
    """The one item that a text names.

    Raises:
        AmbiguousItemError: it names several.
    """
    from genealogy.errors import AmbiguousItemError

    items = found(engine, text, at).items
    if len(items) > 1:
        raise AmbiguousItemError(
            f"{text!r} names {len(items)} items, and the question is about one. Say which by id:.",
            [{"id": item} for item in items],
        )
    return items[0]


def when(as_of: str | None, name: str = "as-of") -> int | datetime | None:
    """The moment that a request names; an empty field of a form names none. ``name``: as the command line has the option."""
    return moment(as_of or None, name)
