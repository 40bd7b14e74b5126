"""The command that puts boundaries of a recall side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.commands import starting
from api.commands.asking import ALL, ITEM, starts_named
from api.commands.common import AS_OF, JSON, give_text, moment, open_engine
from genealogy.errors import InputError

if TYPE_CHECKING:
    from genealogy.starts.asked import Asked

BOUNDARY = typer.Option(
    None,
    "--boundary",
    help='One alternative, such as "only-after 2026-05-01", "lot", "shift FROM TO", "only-equipment E kill-step sterilise".',
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


@starting.with_starts()
def compare(
    items: list[str] = typer.Argument(None, metavar="ITEM..", help=ITEM, show_default=False),
    boundaries: list[str] = BOUNDARY,
    *,
    asked: Asked,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
) -> None:
    """Put the full scope and narrowed ones side by side. Units, lots, customers, countries, quantity, value, and what goes."""
    from genealogy.narrow.boundary import Boundary
    from viz.compare_text import compare_text

    named = [(text, Boundary.of(text)) for text in boundaries or []]
    if not named:
        raise InputError(
            'Say what to compare the full scope with: --boundary "only-after 2026-05-01", as often as needed.'
        )
    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        starts = starts_named(engine, items or [], at, union=union)
        answer = engine.compare(starts, [(text, engine.narrowing(each, at)) for text, each in named], at, also=also)
    give_text(answer, as_json, compare_text)
