"""The command that puts boundaries of a recall side by side."""

from __future__ import annotations

import typer

from api.commands import starting
from api.commands.asking import ALL, ITEM, starts_named
from api.commands.common import AS_OF, JSON, moment, open_engine
from api.commands.once import Once
from api.output import Format, print_answer
from genealogy.errors import InputError

BOUNDARY = typer.Option(
    None,
    "--boundary",
    help='One alternative, such as "only-after 2026-05-01", "lot", "shift FROM TO", "only-equipment E kill-step sterilise".',
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Once)(compare)


def compare(
    items: list[str] = typer.Argument(None, metavar="ITEM..", help=ITEM, show_default=False),
    boundaries: list[str] = BOUNDARY,
    steps: list[str] = starting.STEP,
    equipment: list[str] = starting.EQUIPMENT,
    calibration_lapse: bool = starting.CALIBRATION_LAPSE,
    parameters: list[str] = starting.PARAMETER,
    outside: bool = starting.OUTSIDE,
    low: str | None = starting.LOW,
    high: str | None = starting.HIGH,
    unit: str | None = starting.UNIT,
    documents: list[str] = starting.DOCUMENT,
    version: str | None = starting.VERSION,
    operators: list[str] = starting.OPERATOR,
    places: list[str] = starting.PLACE,
    suppliers: list[str] = starting.SUPPLIER,
    materials: list[str] = starting.MATERIAL,
    since: str | None = starting.FROM,
    until: str | None = starting.TO,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
) -> None:
    """Put the full scope and narrowed ones side by side. Units, lots, customers, countries, quantity, value, and what goes."""
    from genealogy.narrow.boundary import Boundary
    from viz.compare_text import compare_text

    asked = starting.asked_of(
        steps, equipment, parameters, (outside, low, high, unit), documents, version, operators, places,
        calibration_lapse, suppliers, materials, since, until,
    )  # fmt: skip
    named = [(text, Boundary.of(text)) for text in boundaries or []]
    if not named:
        raise InputError(
            'Say what to compare the full scope with: --boundary "only-after 2026-05-01", as often as needed.'
        )
    with open_engine() as engine:
        at = moment(as_of)
        also = engine.starts(asked, at)
        if not items and not also:
            raise InputError("Say from what: ITEM, or one of --step, --equipment, --parameter, --document, --place ..")
        starts = starts_named(engine, items or [], at, union=union)
        answer = engine.compare(starts, [(text, engine.narrowing(each, at)) for text, each in named], at, also=also)
    print_answer(answer, Format.JSON if as_json else Format.TABLE, lambda flat, _: compare_text(flat))
    if not answer.complete:
        raise typer.Exit(6)
