"""Commands that explain: why (an item is in a scope, or not), near-misses, responsible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.commands import starting
from api.commands.asking import ALL, ITEM, starts_named
from api.commands.common import AS_OF, JSON, give_text, moment, open_engine
from genealogy.errors import AmbiguousItemError, InputError

if TYPE_CHECKING:
    from datetime import datetime

    from genealogy.engine import Engine
    from genealogy.starts.asked import Asked

ONE = typer.Argument(..., metavar="ITEM", help=ITEM, show_default=False)
STARTS = typer.Argument(None, metavar="START..", help=ITEM, show_default=False)
FROM = typer.Option(
    None, "--from", metavar="START", help="An item that the scope starts from; may be given several times."
)
SINCE = typer.Option(
    None, "--since", help="Beginning of the interval of the other starts; a date is the whole day, in UTC."
)
UNTIL = typer.Option(None, "--until", "--to", help="End of that interval, included.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(why)
    app.command(name="near-misses")(near_misses)
    app.command()(responsible)


@starting.with_starts(since=SINCE, until=UNTIL)
def why(
    item: str = ONE,
    start: list[str] = FROM,
    *,
    asked: Asked,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
) -> None:
    """Why an item is in the scope of START, or why not.

    The best chain of recorded facts, to file and row, or the fact that cuts. START is an item, or what the options say of
    steps, equipment, readings, documents, operators, places and suppliers, as for scope; their interval is --since and
    --until.
    """
    from viz.why_text import why_text

    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, start, "--from START")
        starts = starts_named(engine, start or [], at, union=union)
        answer = engine.why(_one(engine, item, at), starts, at, also=also)
    give_text(answer, as_json, why_text)


@starting.with_starts()
def near_misses(
    starts: list[str] = STARTS,
    *,
    asked: Asked,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    limit: int = typer.Option(100, min=0, help="List at most so many of each kind; 0: all. All are counted."),
    as_json: bool = JSON,
) -> None:
    """What stands beside a scope, and why it is not in it. Of the same order, lot, equipment, day or material.

    START is an item, or what the options say of steps, equipment, readings, documents, operators, places and suppliers.
    """
    from viz.why_text import near_misses_text

    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, starts, "START")
        named = starts_named(engine, starts or [], at, union=union)
        answer = engine.near_misses(named, at, limit=limit or None, also=also)
    give_text(answer, as_json, near_misses_text)


def responsible(item: str = ONE, as_of: str | None = AS_OF, as_json: bool = JSON) -> None:
    """Who and what stands behind an item. Person, time, place, lots, equipment, parameters, documents of each step."""
    from viz.why_text import responsible_text

    with open_engine() as engine:
        at = moment(as_of)
        answer = engine.responsible(_one(engine, item, at), at)
    give_text(answer, as_json, responsible_text)


def _one(engine: Engine, text: str, at: int | datetime | None) -> str:
    """The one item that a text names; several receipts of one supplier's lot are several items."""
    items = starts_named(engine, [text], at, union=False)
    if len(items) > 1:
        raise AmbiguousItemError(
            f"{text!r} names {len(items)} items, and the question is about one. Say which by id:.",
            [{"id": item} for item in items],
        )
    if not items:
        raise InputError(f"{text!r} names no item.")
    return items[0]
