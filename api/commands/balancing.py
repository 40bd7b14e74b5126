"""Commands that account for items: where, balance."""

from __future__ import annotations

import typer

from api.commands.asking import ALL, CSV, FORMAT, ITEM, starts_named
from api.commands.common import AS_OF, JSON, form_of, give, moment, open_engine
from api.output import Format
from genealogy.errors import InputError

ITEMS = typer.Argument(..., metavar="ITEM..", help=ITEM, show_default=False)
SCOPE = typer.Option(False, "--scope", help="And everything that may hold some of it.")
ONE = typer.Argument(None, metavar="[ITEM]", help=ITEM, show_default=False)
TRACE = typer.Option(False, "--trace", help="Of everything made from it: where all that went in is now.")
STEP = typer.Option(
    None, "--step", help="Of a step instead: what it consumed against what it made.", show_default=False
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(where)
    app.command()(balance)


def where(
    items: list[str] = ITEMS,
    scope: bool = SCOPE,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """Where items are now. On hand, shipped, consumed, scrapped ..; each, and in sum by material, place and consignee."""
    from viz.balance_text import where_text

    with open_engine() as engine:
        at = moment(as_of)
        starts = starts_named(engine, items, at, union=union)
        answer = engine.where_scope(starts, at) if scope else engine.where(starts, at)
    give(answer, form_of(form, as_json, as_csv), where_text)


def balance(
    item: str | None = ONE,
    trace: bool = TRACE,
    step: str | None = STEP,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """The mass balance of a lot or unit, of a trace, or of a step. What there was, where it is, what is missing."""
    from viz import balance_text as texts

    if (item is None) == (step is None) or (trace and step is not None):
        raise InputError("Say one of ITEM, ITEM --trace, and --step STEP.")
    with open_engine() as engine:
        at = moment(as_of)
        if step is not None:
            answer, render = engine.step_balance(step, at), texts.step_balance_text
        else:
            starts = starts_named(engine, [item or ""], at, union=union)
            if trace:
                answer, render = engine.trace_balance(starts, at), texts.trace_balance_text
            else:
                answer, render = engine.balance(starts, at), texts.balance_text
    give(answer, form_of(form, as_json, as_csv), render)
