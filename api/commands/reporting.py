"""The command that writes a report: report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.commands import starting
from api.commands.asking import ALL, ITEM, starts_named
from api.commands.common import AS_OF, JSON, end_incomplete, moment, open_engine
from api.forwarding.lent import placed_out
from api.output import print_json, say

if TYPE_CHECKING:
    from genealogy.answer import Answer
    from genealogy.starts.asked import Asked

OUT = typer.Option(
    ..., "--out", help="Folder for the report: new, empty, or with an earlier report.", show_default=False
)
LANGUAGE = typer.Option("en", "--language", help="en or zh.")
NARROW = typer.Option(
    None,
    "--narrow",
    help='A narrowed scope beside the full one, such as "only-after 2026-05-01" (as --boundary of compare); several times.',
)
CHANGED_SINCE = typer.Option(
    None, "--changed-since", help="What changed in the scope since this entry, or since what was recorded by this time."
)
WHERE_ELSE = typer.Option(False, "--where-else", help="The items are complaints: what they have in common, ranked.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


@starting.with_starts()
def report(
    items: list[str] = typer.Argument(None, metavar="ITEM..", help=ITEM, show_default=False),
    out: Path = OUT,
    *,
    asked: Asked,
    narrow: list[str] = NARROW,
    changed_since: str | None = CHANGED_SINCE,
    where_else: bool = WHERE_ELSE,
    as_of: str | None = AS_OF,
    language: str = LANGUAGE,
    union: bool = ALL,
    as_json: bool = JSON,
) -> None:
    """Write the recall report into a folder. Page with graph, workbook, PDF, CSV, JSON, and forms by rule.

    Of items, or beside them of the other starts of a scope. --narrow puts narrowed scopes beside the full one, --changed-since
    says what changed, --where-else what complaints have in common: each is a section with tables of its own.
    """
    from genealogy.narrow.boundary import Boundary
    from genealogy.report import compose
    from viz.report import prepare, report_answer, report_files, write_report
    from viz.words import Words

    words = Words(language)
    boundaries = [(text, Boundary.of(text)) for text in narrow or []]
    prepare(placed_out(out))
    with open_engine() as engine:
        at = moment(as_of)
        also = starting.also_from(engine, asked, at, items, "ITEM")
        content, scope = compose(
            engine,
            starts_named(engine, items or [], at, union=union),
            at,
            also=also,
            narrowed=[(text, engine.narrowing(each, at)) for text, each in boundaries],
            since=moment(changed_since, "changed-since"),
            where_else=where_else,
        )
    files = report_files(content, words)
    write_report(files, placed_out(out))
    answer: Answer = report_answer(content, files, scope, language)
    if as_json:
        print_json({"folder": str(out), **answer.flat()})
    else:
        _print(answer, out)
    end_incomplete(answer)


def _print(answer: Answer, out: Path) -> None:
    for line in answer.answer["summary"]:
        typer.echo(line)
    typer.echo("")
    for form in answer.answer["forms"]:
        told = f"{form['recorded']} fields recorded, {len(form['partly'])} partly, {len(form['missing'])} missing"
        typer.echo(f"{form['form']:<14} {told}")
    unanswered = [section["section"] for section in answer.answer["sections"] if not section["available"]]
    if unanswered:
        typer.echo(f"Not available: {', '.join(unanswered)}.")
    say(f"The report is in {out}: report.html, report.xlsx, report.pdf, report.json, csv, graph.graphml, SHA256SUMS.")
