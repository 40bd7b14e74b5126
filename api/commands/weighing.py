"""Commands that weigh an answer: bounds, diff."""

from __future__ import annotations

from contextlib import suppress

import typer

from api.commands.asking import ALL, ITEM, starts_named
from api.commands.common import AS_OF, JSON, give_text, moment, open_engine
from genealogy.errors import ItemNotFoundError

ITEMS = typer.Argument(..., metavar="ITEM..", help=ITEM, show_default=False)
FROM = typer.Option(..., "--from", help="The earlier moment: an entry, or a time of recording.", show_default=False)
TO = typer.Option(None, "--to", help="The later moment; without it, now.", show_default=False)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(bounds)
    app.command()(diff)


def bounds(items: list[str] = ITEMS, as_of: str | None = AS_OF, union: bool = ALL, as_json: bool = JSON) -> None:
    """The scope at best and at worst. And which records leave the doubt."""
    from viz.bounds_text import bounds_text

    with open_engine() as engine:
        at = moment(as_of)
        answer = engine.bounds(starts_named(engine, items, at, union=union), at)
    give_text(answer, as_json, bounds_text)


def diff(
    items: list[str] = ITEMS, old: str = FROM, new: str | None = TO, union: bool = ALL, as_json: bool = JSON
) -> None:
    """What changed in a scope between two moments, and why. Which entry did it."""
    from viz.bounds_text import diff_text

    with open_engine() as engine:
        before, after = moment(old), moment(new)
        assert before is not None  # typer asks for it

        def find(text: str, at: int) -> list[str]:
            return engine.find(text, at, union=union).items

        with suppress(ItemNotFoundError):  # what a name means no more, it may have meant then
            starts_named(engine, items, after, union=union)
        answer = engine.diff_named(items, before, after, find)
    give_text(answer, as_json, diff_text)
