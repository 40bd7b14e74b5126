"""Commands that search the whole plant: where-else, share, sweep."""

from __future__ import annotations

import typer

from api.commands.asking import ALL, CSV, FORMAT, ITEM, starts_named
from api.commands.common import AS_OF, JSON, form_of, give, moment, open_engine
from api.output import Format, print_answer

COMPLAINTS = typer.Argument(..., metavar="ITEM ITEM..", help=f"What was complained about. {ITEM}", show_default=False)
HEALTHY = typer.Option(
    None, "--healthy", help="An item to compare with; repeat it. Without it: all of the complaints' materials.",
)  # fmt: skip
SCOPE = typer.Option(None, "--scope", help="List what the first N of the ranking went into, as one union.", metavar="N")
CUT_OFF = typer.Option(None, "--cut-off", help="Leave out smaller shares, such as 0.001; the answer states it.")
MIXING = typer.Option(False, "--mixing", help="Follow what vessels carry over, by the models that the plant declares.")
KIND = typer.Option(
    None, "--kind", help="Only codes of this sort: item, material, party, place, equipment, step or document.",
)  # fmt: skip
LISTED = typer.Option(200, "--limit", min=0, help="List so many codes; 0 lists all.")
STAGE = typer.Option(None, "--stage", help="Only lots of this stage: supplied, intermediate or finished.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("where-else")(where_else)
    app.command()(share)
    app.command()(sweep)
    app.command()(undescribed)


def where_else(
    items: list[str] = COMPLAINTS,
    healthy: list[str] | None = HEALTHY,
    first: int | None = SCOPE,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """What several complaints have in common, ranked. And what else it went into.

    Lots, materials, suppliers, equipment, operators, document versions, orders, steps and time windows that stand behind the
    complaints are tested against healthy items. Exit code 6: incomplete.
    """
    from viz.cause_text import where_else_text

    with open_engine() as engine:
        at = moment(as_of)
        named = starts_named(engine, items, at, union=union)
        good = starts_named(engine, healthy or [], at, union=union)
        answer = engine.where_else(named, good, at, first=first)
    give(answer, form_of(form, as_json, as_csv), where_else_text)


def share(
    items: list[str] = typer.Argument(..., metavar="START..", help=ITEM, show_default=False),
    cut_off: str | None = CUT_OFF,
    mixing: bool = MIXING,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """Which fraction of each affected item came from the start. By quantity. Exit code 6: incomplete."""
    from viz.cause_text import share_text

    with open_engine() as engine:
        at = moment(as_of)
        answer = engine.share(starts_named(engine, items, at, union=union), at, cut_off=cut_off, mixing=mixing)
    give(answer, form_of(form, as_json, as_csv), share_text)


def sweep(
    stage: str | None = STAGE,
    as_of: str | None = AS_OF,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """The reach of every lot, largest first. How many items and finished units a recall of it alone would touch."""
    from viz.cause_text import sweep_text

    with open_engine() as engine:
        answer = engine.sweep(stage, moment(as_of))
    print_answer(answer, form_of(form, as_json, as_csv), sweep_text)


def undescribed(
    kind: str | None = KIND,
    limit: int = LISTED,
    as_of: str | None = AS_OF,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """The codes that records use and nobody described. Each with where it is used, to file and row."""
    from viz.cause_text import undescribed_text

    with open_engine() as engine:
        answer = engine.undescribed(kind, moment(as_of), limit=limit or None)
    print_answer(answer, form_of(form, as_json, as_csv), undescribed_text)
