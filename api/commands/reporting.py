"""The command that writes a report: report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.commands.asking import ALL, ITEM, starts_named
from api.commands.common import AS_OF, JSON, moment, open_engine
from api.output import print_json, say

if TYPE_CHECKING:
    from genealogy.answer import Answer

ITEMS = typer.Argument(..., metavar="ITEM..", help=ITEM, show_default=False)
OUT = typer.Option(
    ..., "--out", help="Folder for the report: new, empty, or with an earlier report.", show_default=False
)
LANGUAGE = typer.Option("en", "--language", help="en or zh.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    items: list[str] = ITEMS,
    out: Path = OUT,
    as_of: str | None = AS_OF,
    language: str = LANGUAGE,
    union: bool = ALL,
    as_json: bool = JSON,
) -> None:
    """Write the recall report of items into a folder. Page with graph, workbook, PDF, CSV, JSON, and forms by rule."""
    from genealogy.report import compose
    from viz.report import prepare, report_answer, report_files, write_report
    from viz.words import Words

    words = Words(language)
    prepare(out)
    with open_engine() as engine:
        at = moment(as_of)
        content, scope = compose(engine, starts_named(engine, items, at, union=union), at)
    files = report_files(content, words)
    write_report(files, out)
    answer: Answer = report_answer(content, files, scope, language)
    if as_json:
        print_json({"folder": str(out), **answer.flat()})
    else:
        _print(answer, out)
    if not answer.complete:
        raise typer.Exit(6)


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
