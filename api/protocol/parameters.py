"""Parameters of an address: only those that a route has. One that is misspelt would be left out in silence.

``as-of=7`` for ``as_of=7`` would be answered as of now, and ``item=A&item=B`` where one item is meant about B alone.
"""

from __future__ import annotations

from typing import Any, get_args, get_origin

from fastapi import Request  # noqa: TC002 - FastAPI reads annotations when it runs
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from api.protocol.problem import pointer
from api.protocol.refused import RefusedError

_ABOUT = "/api/"
"""Addresses that people type, the pages, may carry more: a form sends all of its fields."""


def only_known(request: Request) -> None:
    """Refuse a request with a parameter that its route does not have, or with several values of one that takes one.

    Raises:
        RefusedError: there is such a parameter.
    """
    route = request.scope.get("route")
    if not request.query_params or not request.url.path.startswith(_ABOUT) or not isinstance(route, APIRoute):
        return
    known = _parameters(route)
    for name in request.query_params:
        if name not in known:
            there = f"Known here are: {', '.join(known)}." if known else "There are none here."
            raise RefusedError(422, f"There is no parameter {name[:60]!r}. {there}", pointer(name))
        if not known[name] and (times := len(request.query_params.getlist(name))) > 1:
            raise RefusedError(422, f"{name} takes one value and was given {times} times. Give it once.", pointer(name))


def _parameters(route: APIRoute) -> dict[str, bool]:
    """The parameters that a route takes from its address, and whether there may be several of each."""
    return {
        field.alias: _several(field.field_info.annotation)
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, Query)
    }


def _several(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(_several(each) for each in get_args(annotation))
