"""Commands that show a scope or the plant: graph, flow, timeline, countries, batches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.commands import starting
from api.commands.asking import ALL, CSV, FORMAT, ITEM, starts_named
from api.commands.common import AS_OF, JSON, end_incomplete, form_of, moment, open_engine
from api.forwarding.lent import placed_out
from api.output import Format, print_answer, say
from genealogy.errors import InputError

if TYPE_CHECKING:
    from genealogy.answer import Answer
    from genealogy.starts.asked import Asked

ITEMS = typer.Argument(None, metavar="ITEM..", help=ITEM, show_default=False)
FOLD = typer.Option("product", "--fold", help="What items are folded by: product, lot or day.")
OPEN = typer.Option(None, "--open", help="Unfold this fold, by its way; repeat it.", metavar="WAY")
SHUT = typer.Option(None, "--shut", help="Fold this one again; repeat it.", metavar="WAY")
TIER = typer.Option(None, "--tier", help="Only items of this tier: unit, lot, order; repeat it.")
STAGE = typer.Option(
    None, "--stage", help="Only items of this stage: supplied, intermediate, finished, unknown; repeat it."
)
UNTIL = typer.Option(None, "--until", help="As it had grown by this day, such as 2026-05-01.")
TO = typer.Option(None, "--to", help="Mark the best path to this item.", metavar="ITEM")
OUT = typer.Option(
    None, "--out", help="Write it to FILE: .html (offline page), .svg, .png, .graphml, .csv or .json.", metavar="FILE"
)
DRAWN = typer.Option(None, "--out", help="Write it to FILE: .svg, .csv, .xlsx or .json.", metavar="FILE")
LANGUAGE = typer.Option("en", "--language", help="Of the words in a file: en or zh.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (graph, flow, timeline, countries, batches):
        app.command()(command)


@starting.with_starts(since=starting.START_FROM, until=starting.START_TO)
def graph(
    items: list[str] = ITEMS,
    *,
    asked: Asked,
    fold: str = FOLD,
    opened: list[str] | None = OPEN,
    shut: list[str] | None = SHUT,
    tier: list[str] | None = TIER,
    stage: list[str] | None = STAGE,
    until: str | None = UNTIL,
    to: str | None = TO,
    out: Path | None = OUT,
    language: str = LANGUAGE,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """A scope as a picture of at most 500 nodes. Supplier, material, step, unit, customer; folded and said so.

    The counts of the nodes add up to those of the scope, however it is folded. The same moment gives the same bytes of
    every file. Exit code 6: incomplete.
    """
    from genealogy.graph import View
    from viz.graph_files import FORMS, graph_file
    from viz.looking_text import graph_text
    from viz.words import Words

    words = Words(language)
    ending = None if out is None else _ending(out, tuple(FORMS))
    view = View(fold, tuple(opened or ()), tuple(shut or ()), tuple(tier or ()), tuple(stage or ()), until)
    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        starts = starts_named(engine, items or [], at, union=union)
        end = starts_named(engine, [to], at, union=False)[0] if to else None
        answer = engine.graph(starts, at, view=view, to=end, also=also)
    if out is not None and ending is not None:
        _write(out, graph_file(answer, ending, words))
    _print(answer, form, as_json, as_csv, graph_text, quiet=out is not None)


@starting.with_starts(unit=starting.START_UNIT)
def flow(
    items: list[str] = ITEMS,
    *,
    asked: Asked,
    unit: str | None = typer.Option(None, "--unit", help="Tell it in this unit of measure."),
    out: Path | None = DRAWN,
    language: str = LANGUAGE,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """How much flowed from supplier to consignee. Through each material, in one unit of measure where it can be told in it.

    What cannot is listed apart, and records without a quantity are counted. Exit code 6: incomplete.
    """
    from viz.flow_svg import ROWS, flow_rows, flow_svg
    from viz.looking_text import flow_text
    from viz.words import Words

    words = Words(language)
    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        answer = engine.flow(starts_named(engine, items or [], at, union=union), at, unit=unit, also=also)
    if out is not None:
        rows = flow_rows(answer.answer, words)
        _keep(out, answer, flow_svg(answer.answer, words, alone=True), rows, ROWS, "flow")
    _print(answer, form, as_json, as_csv, flow_text, quiet=out is not None)


@starting.with_starts()
def timeline(
    items: list[str] = ITEMS,
    *,
    asked: Asked,
    out: Path | None = DRAWN,
    language: str = LANGUAGE,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """The steps of a scope by equipment and time. With the readings that lay outside their limits. Exit code 6: incomplete."""
    from viz.looking_text import timeline_text
    from viz.timeline_svg import ROWS, timeline_rows, timeline_svg
    from viz.words import Words

    words = Words(language)
    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        answer = engine.timeline(starts_named(engine, items or [], at, union=union), at, also=also)
    if out is not None:
        drawn = timeline_svg(answer.answer, words, alone=True)
        _keep(out, answer, drawn, timeline_rows(answer.answer), ROWS, "timeline")
    _print(answer, form, as_json, as_csv, timeline_text, quiet=out is not None)


@starting.with_starts()
def countries(
    items: list[str] = ITEMS,
    *,
    asked: Asked,
    as_of: str | None = AS_OF,
    union: bool = ALL,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """Who received something of a scope, by country. Proven and possible, with quantities. Exit code 6: incomplete."""
    from viz.looking_text import countries_text

    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        answer = engine.countries(starts_named(engine, items or [], at, union=union), at, also=also)
    _print(answer, form, as_json, as_csv, countries_text)


def batches(
    text: str = typer.Option("", "--text", help="In the id, the lot number, or the material's number or name."),
    stage: str = typer.Option("", "--stage", help="Of the material: supplied, intermediate, finished, none."),
    status: str = typer.Option(
        "", "--status", help="Of the lot: released, held, quarantine, rejected, recalled, none."
    ),
    alert: str = typer.Option("", "--alert", help="Only lots with this alert; any: with some."),
    sort: str = typer.Option("id", "--sort", help="Column to sort by; a minus before it turns the order round."),
    page: int = typer.Option(1, "--page", min=1, help="Which page."),
    rows: int = typer.Option(100, "--rows", min=0, help="Lots of a page; 0: all of them."),
    as_of: str | None = AS_OF,
    as_json: bool = JSON,
    as_csv: bool = CSV,
    form: Format | None = FORMAT,
) -> None:
    """Every batch of the plant, with alerts. Plan, allocation, in and out of stock, inspection, decisions and status."""
    from genealogy.batches import Chosen
    from viz.looking_text import batches_text

    with open_engine() as engine:
        answer = engine.batches(Chosen(text, stage, status, alert, sort, page, rows), moment(as_of))
    _print(answer, form, as_json, as_csv, batches_text)


def _ending(out: Path, known: tuple[str, ...]) -> str:
    ending = out.suffix.removeprefix(".").lower()
    if ending not in known:
        raise InputError(f"--out {out.name}: the name must end with one of .{', .'.join(known)}.")
    return ending


def _write(out: Path, data: bytes) -> None:
    try:
        placed_out(out).write_bytes(data)
    except OSError as cause:
        raise InputError(f"{out} cannot be written: {cause.strerror}. Choose another place.") from cause
    say(f"Written: {out}")


def _keep(
    out: Path, answer: Answer, drawn: str, rows: list[dict[str, object]], columns: tuple[str, ...], what: str
) -> None:
    import json

    from viz.sheet import sheet, sheet_csv

    match _ending(out, ("svg", "csv", "xlsx", "json")):
        case "svg":
            _write(out, drawn.encode())
        case "xlsx":
            _write(out, sheet(rows, columns, what, complete=answer.complete))
        case "json":
            _write(out, (json.dumps(answer.flat(), ensure_ascii=False, indent=2) + "\n").encode())
        case _:
            _write(out, sheet_csv(rows, columns, complete=answer.complete).encode())


def _print(
    answer: Answer, form: Format | None, as_json: bool, as_csv: bool, render: object, *, quiet: bool = False
) -> None:
    if not quiet or as_json or as_csv or form is not None:
        print_answer(answer, form_of(form, as_json, as_csv), render)  # type: ignore[arg-type]
    end_incomplete(answer)
