"""Commands that ask: trace, scope, query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from api.commands import starting
from api.commands.common import AS_OF, JSON, form_of, give, moment, open_engine
from api.output import Format, print_json, say
from genealogy.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from genealogy.engine import Engine
    from genealogy.starts.asked import Asked

ITEM = (
    "An item: its id, lot number, supplier's lot number or serial; id:, lot:, supplier-lot:SUPPLIER/X, serial: say which. "
    "serial:A..B and serial:A* are ranges."
)
ALL = typer.Option(False, "--all", help="Where the text names different things, take all of them.")
CSV = typer.Option(False, "--csv", help="Print the items as CSV.")
FORMAT = typer.Option(None, "--format", help="table (the default), json or csv.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(trace)
    app.command()(scope)
    query = typer.Typer(help="The questions that are put to the graph, as Cypher.", no_args_is_help=True)
    query.command("list")(query_list)
    query.command("show")(query_show)
    app.add_typer(query, name="query")


def trace(
    item: str = typer.Argument(..., metavar="ITEM", help=ITEM, show_default=False),
    forward: bool = typer.Option(False, "--forward", help="What may hold it."),
    backward: bool = typer.Option(False, "--backward", help="What may be in it."),
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """Everything that may hold an item, or that may be in it. To any depth, --forward or --backward."""
    from viz.table import trace_text

    if forward == backward:
        raise InputError("Say one of --forward (what may hold it) and --backward (what may be in it).")
    with open_engine() as engine:
        at = moment(as_of)
        starts = starts_named(engine, [item], at, union=union)
        answer = engine.trace(starts, "forward" if forward else "backward", at)
    give(answer, form_of(form, as_json, as_csv), trace_text)


@starting.with_starts()
def scope(
    items: list[str] = typer.Argument(None, metavar="ITEM..", help=ITEM, show_default=False),
    *,
    asked: Asked,
    only_after: str | None = starting.ONLY_AFTER,
    made_from: str | None = starting.MADE_FROM,
    made_to: str | None = starting.MADE_TO,
    only_equipment: str | None = starting.ONLY_EQUIPMENT,
    only_parameter: str | None = starting.ONLY_PARAMETER,
    only_line_no: str | None = starting.ONLY_LINE_NO,
    cleaning: bool = starting.CLEANING,
    kill_step: list[str] = starting.KILL_STEP,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """Which finished units and lots hold an item, and who got them. And what is unsure. Exit code 6: incomplete.

    Instead of items, or beside them: steps, equipment, readings outside their limits, a document, an operator, a place, or
    what a supplier delivered. Several of them are a union; --from and --to restrict each of them. Options that begin with
    --only, --made, --cleaning and --kill-step narrow the scope: what is left is told beside the full scope, with what was
    removed and by which facts.
    """
    from genealogy.narrow.boundary import Boundary
    from viz.table import scope_text

    # --outside, --low, --high and --unit are said of the parameter that is there; of both, where both are.
    limits = (asked.outside, asked.low, asked.high, asked.unit) if only_parameter else (False, None, None, None)
    if only_parameter and not asked.parameters:
        asked = replace(asked, outside=False, low=None, high=None, unit=None)
    boundary = Boundary(
        only_after, made_from, made_to, only_equipment, only_parameter, *limits,
        only_line_no, cleaning, tuple(kill_step or ()),
    )  # fmt: skip
    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        narrowing = engine.narrowing(boundary, at)
        answer = engine.scope(starts_named(engine, items or [], at, union=union), at, also=also, narrowing=narrowing)
    give(answer, form_of(form, as_json, as_csv), scope_text)


def query_list(as_json: bool = JSON) -> None:
    """Name and purpose of each question."""
    from queries import CATALOGUE

    if as_json:
        print_json({"queries": [{"name": q.name, "question": q.question} for q in CATALOGUE.values()]})
        return
    width = max(map(len, CATALOGUE))
    for query in CATALOGUE.values():
        typer.echo(f"{query.name:<{width}}  {query.question}")


def query_show(
    name: str = typer.Argument(..., help="Name of the question (see `genealogy query list`).", show_default=False),
    dialect: str = typer.Option("neo4j", help="neo4j or ladybug."),
) -> None:
    """The text of a question, with its parameters and columns."""
    from queries import CATALOGUE, DIALECTS

    if name not in CATALOGUE:
        raise InputError(f"There is no query {name!r}. `genealogy query list` names them all.")
    if dialect not in DIALECTS:
        raise InputError(f"--dialect {dialect!r} is not known. Known are: {', '.join(DIALECTS)}.")
    query = CATALOGUE[name]
    typer.echo(f"// {query.question}")
    for param, meaning in query.params.items():
        typer.echo(f"// ${param}: {meaning}")
    typer.echo(f"// columns: {', '.join(query.columns)}\n// sha256: {query.digest(dialect)}\n{query.text(dialect)}")


def starts_named(engine: Engine, texts: list[str], at: int | datetime | None, *, union: bool) -> list[str]:
    """The items that the texts name, with a note on stderr of what was understood."""
    if engine.head == 0:
        say(f"Note: nothing was ever loaded into {engine.home}; GENEALOGY_HOME says which home is asked.")
    starts: list[str] = []
    for text in texts:
        found = engine.find(text, at, union=union)
        if found.items != [text]:
            more = f" and {len(found.items) - 5} more" if len(found.items) > 5 else ""
            say(f"{text} is {', '.join(found.items[:5])}{more}, {found.how}.")
        for note in found.notes:
            say(f"Note: {note}.")
        starts += found.items
    return starts
