"""Writes a report into a folder: page, workbook, PDF, CSV files, JSON, graph, and the digest of each file."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from genealogy.answer import Answer
from genealogy.canonical import canonical
from genealogy.errors import InputError
from genealogy.uncollected import uncollected
from viz.graph import graphml
from viz.report.csv import table_csv
from viz.report.head import lines, notice, short_notice
from viz.report.html import report_html
from viz.report.pdf import report_pdf
from viz.report.xlsx import report_xlsx
from viz.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from genealogy.report.content import FilledForm, Report

SUMS = "SHA256SUMS"
"""Name of the file with the digests, in the form that ``sha256sum --check`` reads."""


def report_files(report: Report, words: Words) -> dict[str, bytes]:
    """Every file of a report by its name in the folder, the digests last."""
    tables = report.tables()
    names = {table.name: f"csv/{number:02d}-{table.name}.csv" for number, table in enumerate(tables, start=1)}
    with uncollected():
        files = _made(report, words, names)
    # What begins so is a remark to sha256sum.
    masked = f"# {short_notice(report, words)}\n" if report.masked else ""
    sums = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(files.items()))
    return {**files, SUMS: (masked + sums).encode()}


def _made(report: Report, words: Words, names: dict[str, str]) -> dict[str, bytes]:
    return {
        "report.html": report_html(report, words, names),
        "report.xlsx": report_xlsx(report, words, names),
        "report.pdf": report_pdf(report, words, names),
        "report.json": canonical(report_json(report)) + b"\n",
        "graph.graphml": graphml(
            report.graph, notice(report, words), "" if report.complete else words.page("complete_no")
        ),
        **{
            names[table.name]: table_csv(table, words, short_notice(report, words), complete=report.complete)
            for table in report.tables()
        },
    }


def report_json(report: Report) -> dict[str, Any]:
    """All of the content, in no language: what a program reads."""
    tables = {
        table.name: {"columns": [asdict(c) for c in table.columns], "rows": [list(row) for row in table.rows]}
        for table in report.tables()
    }
    # The rows may be many: asdict, which copies all that it meets, is kept away from them.
    sections = [
        {**asdict(replace(section, tables=())), "tables": [table.name for table in section.tables]}
        for section in report.sections
    ]
    forms = [
        {**asdict(replace(form, tables=())), "tables": [table.name for table in form.tables]} for form in report.forms
    ]
    for form in forms:
        for field in form["fields"]:
            if not field["masked"]:
                del field["masked"]
    masked = (
        {"masked": {"roles": list(report.masked.roles), "fields": list(report.masked.fields)}} if report.masked else {}
    )
    return {
        **masked,
        "report": 1,
        "question": list(report.question),
        "also": [[asdict(fact) for fact in each] for each in report.also],
        "as_of": report.as_of,
        "recorded_at": report.recorded_at,
        "entry_hash": report.entry_hash,
        "complete": report.complete,
        "differences": list(report.differences),
        "digest": report.digest,
        "scope": report.scope,
        "sections": sections,
        "tables": tables,
        "forms": forms,
        "graph": asdict(report.graph),
        "page_graph": asdict(report.page_graph),
        "assumptions": [each.key for each in report.assumptions],
    }


def report_answer(report: Report, files: Mapping[str, bytes], scope: Answer, language: str) -> Answer:
    """What was written, in short: each file with its digest, each form with what is missing, each section."""
    answer = {
        "starts": list(report.question),
        "also": [row["words"] for row in report.scope.get("started_from", [])],
        "as_of": report.as_of,
        "complete": report.complete,
        "language": language,
        "scope_digest": report.digest,
        "entry_hash": report.entry_hash,
        "summary": list(lines(report, Words(language))),
        "finished_units": report.scope["finished_units"],
        "finished_lots": report.scope["finished_lots"],
        "files": [{"file": name, "bytes": len(data), "sha256": sha256(data)} for name, data in files.items()],
        "sections": [
            {"section": each.name, "available": each.available, "digest": each.digest} for each in report.sections
        ],
        "forms": [
            {
                "form": form.name,
                "rule": form.rule,
                "recorded": form.count("recorded"),
                "partly": [field.name for field in form.fields if field.status == "partly"],
                "missing": [field.name for field in form.fields if field.status == "missing"],
                **_masked(form),
            }
            for form in report.forms
        ],
    }
    return Answer(answer, scope.asked)


def _masked(form: FilledForm) -> dict[str, Any]:
    """Which fields of a form hold something masked, with the roles that see all of each; nothing where none does."""
    found = [{"field": field.name, "roles": list(field.masked)} for field in form.fields if field.masked]
    return {"masked": found} if found else {}


def prepare(folder: Path) -> None:
    """See that a report can be written: the folder is new, empty, or holds an earlier report and nothing else.

    Raises:
        InputError: it holds something else.
    """
    if folder.is_dir():
        _earlier(folder)
    elif folder.exists():
        raise InputError(f"{folder} is a file. Name a folder for the report.")


def write_report(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files; the files of an earlier report are removed before, and nothing else ever is.

    Raises:
        InputError: the folder holds something else.
    """
    for path in _earlier(folder) if folder.is_dir() else []:
        path.unlink(missing_ok=True)
    (folder / "csv").mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def sha256(data: bytes) -> str:
    """Digest of a file."""
    return hashlib.sha256(data).hexdigest()


def _earlier(folder: Path) -> list[Path]:
    """The files of an earlier report."""
    sums = folder / SUMS
    listed = [line.partition("  ")[2] for line in sums.read_text("utf-8").splitlines()] if sums.is_file() else []
    # A list of digests that somebody else wrote must not name files elsewhere.
    known = {path for name in listed if (path := folder / name).parent in (folder, folder / "csv") and ".." not in name}
    known.add(sums)
    strange = sorted({*folder.iterdir(), *(folder / "csv").glob("*")} - known - {folder / "csv"})
    if strange:
        raise InputError(f"{folder} holds {strange[0].name}, which is no part of a report. Choose a new folder.")
    return sorted(known)
