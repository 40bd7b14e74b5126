"""The report as a PDF for reading and filing: the same bytes for the same report, every font embedded.

Long tables are shown in part and wide ones in their most asked columns; each says so, with the file that has all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from viz.report.drawing import draw_graph, graph_height
from viz.report.head import FORM, form_notes, form_row, graph_notice, head, lines, notice, part_names, short_notice
from viz.report.paper import Paper

if TYPE_CHECKING:
    from genealogy.report.content import FilledForm, Report, Section, Table
    from viz.words import Words

ROWS = {"consignees": 5_000, "finished_units": 1_000}
"""Rows of a table; of any other table FEW."""
FEW = 200
_COLUMNS = {
    "consignees": (
        "party_id", "party_name", "role", "country", "address", "email", "phone", "certainty", "quantity", "unit",
        "first_shipped", "last_shipped",
    ),
    "shipments": (
        "consignee_id", "consignee_name", "shipment_id", "shipped_at", "item_id", "serial", "lot_number", "material_name",
        "quantity", "unit", "certainty",
    ),
    "devices_tracked": (
        "consignee_name", "address", "phone", "serial", "lot_number", "material_name", "udi_di", "shipped_at", "certainty",
    ),
}  # fmt: skip
"""Of tables that are too wide for paper, the columns that are shown."""


def report_pdf(report: Report, words: Words, files: dict[str, str]) -> bytes:
    """The document as bytes.

    Args:
        report: its content.
        words: of its language.
        files: by table, the name of the CSV file that holds all of it.
    """
    foot = f"{words.page('as_of')} {report.as_of} · {report.digest}"
    if report.masked:
        foot = f"{short_notice(report, words)} · {foot}"
    paper = Paper(words.page("title"), foot, "zh-CN" if words.language == "zh" else "en")
    paper.heading(words.page("title"), 17, 0)
    if report.masked:
        paper.paragraph(notice(report, words), 11, bold=True)
    for line in lines(report, words):
        paper.paragraph(line, 11)
    paper.heading(words.page("facts"), 12, 0)
    paper.statements(head(report, words))
    paper.heading(words.page("assumptions"), 12, 0)
    for each in report.assumptions:
        paper.paragraph(f"• {words.sentence(each)}", indent=6)
    if report.page_graph.nodes:
        paper.keep(graph_height(report.page_graph) + 70)
        paper.heading(words.section("graph"), 14, 0)
        paper.paragraph(f"{words.page(f'folded_{report.page_graph.folding}')} {words.page('paper_graph')}", 8)
        if said := graph_notice(report, words):
            paper.paragraph(said, 8)
        draw_graph(paper, report.page_graph, words)
    for section in report.sections:
        _section(paper, section, words, files)
    paper.heading(words.section("forms"), 14, 0)
    paper.paragraph(words.page("check_forms"))
    sections = part_names(report)
    for form in report.forms:
        _form(paper, form, words, sections, files)
    if paper.as_numbers:
        paper.paragraph(words.page("codes_shown", count=words.count(paper.as_numbers)))
    return paper.finished()


def _section(paper: Paper, section: Section, words: Words, files: dict[str, str]) -> None:
    paper.heading(words.section(section.name), 14, 0)
    for sentence in section.sentences:
        paper.paragraph(words.sentence(sentence))
    statements = [(words.column(fact), words.cell(fact.value, fact.sort)) for fact in section.facts]
    if section.digest:
        statements.append((words.page("digest"), section.digest))
    paper.statements(statements)
    for table in section.tables:
        _table(paper, table, words, files)


def _table(paper: Paper, table: Table, words: Words, files: dict[str, str]) -> None:
    count, most = len(table.rows), ROWS.get(table.name, FEW)
    paper.heading(f"{words.table(table.name)} ({words.count(count)} {words.page('rows')})", 10, 1)
    for note in table.notes:
        paper.paragraph(words.sentence(note), 8)
    if not count:
        paper.paragraph(words.page("none"), 8)
        return
    wanted = _COLUMNS.get(table.name)
    places = [place for place, column in enumerate(table.columns) if wanted is None or column.name in wanted]
    left = [words.column(column) for place, column in enumerate(table.columns) if place not in places]
    if left:
        paper.paragraph(words.page("columns_left", columns=", ".join(left), file=files[table.name]), 8)
    if count > most:
        said = words.page("first_rows", shown=words.count(most), count=words.count(count), file=files[table.name])
        paper.paragraph(said, 8)
    columns = [table.columns[place] for place in places]
    rows = [words.row([row[place] for place in places], columns) for row in table.rows[:most]]
    paper.table([words.column(column) for column in columns], rows, 6 if len(columns) > 9 else 7)


def _form(paper: Paper, form: FilledForm, words: Words, sections: frozenset[str], files: dict[str, str]) -> None:
    paper.heading(words.form(form.name), 12, 1)
    for note in form_notes(form, words):
        paper.paragraph(note, 8)
    rows = [form_row(field, words, sections) for field in form.fields]
    paper.table([words.page(key) for key in FORM], rows, 7.5)
    for table in form.tables:
        _table(paper, table, words, files)
