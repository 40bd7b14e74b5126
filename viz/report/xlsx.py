"""The report as an Excel workbook: every table a sheet that can be sorted and filtered, consignees first.

Whatever comes from the records is written as a text or, where the column is a number throughout, as that number; nothing
is ever written as a formula or a link. The same report gives the same bytes.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from viz.report.head import FORM, form_notes, form_row, head, lines, part_names, short_notice
from viz.report.sheet import Sheet, cut
from viz.words.forms import SHEETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from genealogy.report.content import Cell, FilledForm, Report, Table
    from viz.words import Words

ROWS = 1_000_000
"""Rows of one sheet; Excel has 1,048,576. What is more goes on in a further sheet."""
LEFT_OUT = ("consumed", "produced")
"""Tables that are no sheets: the FSMA sheets hold the same rows. The workbook says so and names their CSV files."""
_DIGITS = 15
_WIDEST = 50


def report_xlsx(report: Report, words: Words, files: dict[str, str]) -> bytes:
    """The workbook as bytes.

    Args:
        report: its content.
        words: of its language.
        files: by table, the name of the CSV file that holds it.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    recorded = datetime.fromisoformat(report.recorded_at.replace("Z", "+00:00")).replace(tzinfo=None, microsecond=0)
    properties = {"title": words.page("title"), "comments": report.digest, "created": recorded}
    if report.masked:
        properties["subject"] = short_notice(report, words)
    book.set_properties(properties)
    formats = {
        "head": book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "top"}),
        "bold": book.add_format({"bold": True}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "partly": book.add_format({"bg_color": "#FFEB9C"}),
        "missing": book.add_format({"bg_color": "#FFC7CE", "bold": True}),
    }
    masked = f" · {short_notice(report, words)}" if report.masked else ""
    footer = f"&L{words.page('as_of')} {report.as_of}{masked}&C{report.digest}&R&P"
    tables = [table for table in report.tables() if table.name not in LEFT_OUT]
    first = next(table for table in tables if table.name == "consignees")
    # Consignees first; but what is masked says so on its first sheet.
    if report.masked:
        _cover(book, report, words, formats, files)
    _table(book, first, words, formats, footer)
    if not report.masked:
        _cover(book, report, words, formats, files)
    for table in tables:
        if table is not first:
            _table(book, table, words, formats, footer)
    sections = part_names(report)
    for form in report.forms:
        _form(book, form, words, formats, footer, sections)
    book.close()
    return out.getvalue()


def _cover(
    book: xlsxwriter.Workbook, report: Report, words: Words, formats: dict[str, Format], files: dict[str, str]
) -> None:
    sheet = book.add_worksheet(words.page("facts"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 110)
    row = 0
    for label, text in [(words.page("title"), ""), *head(report, words)]:
        _string(sheet, row, 0, label, formats["bold"])
        _string(sheet, row, 1, text, formats["wrap"])
        row += 1
    sentences = [(words.page("summary"), line) for line in lines(report, words)]
    sentences += [(words.page("assumptions"), words.sentence(each)) for each in report.assumptions]
    for section in report.sections:
        sentences += [(words.section(section.name), words.sentence(each)) for each in section.sentences]
        sentences += [
            (words.section(section.name), f"{words.column(f)}: {words.cell(f.value, f.sort)}") for f in section.facts
        ]
        if section.digest:
            sentences.append((words.section(section.name), f"{words.page('digest')}: {section.digest}"))
    sentences += [(words.table(name), words.page("csv_only", file=files[name])) for name in LEFT_OUT]
    sentences += [(words.page("check_forms"), "")]
    for label, text in sentences:
        row += 1
        _string(sheet, row, 0, label, formats["bold"])
        _string(sheet, row, 1, text, formats["wrap"])


def _table(book: xlsxwriter.Workbook, table: Table, words: Words, formats: dict[str, Format], footer: str) -> None:
    title = words.table(table.name)
    numeric = [
        _is_numeric(column.sort, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)
    ]
    headings = [words.column(column) for column in table.columns]
    for part in range(max(1, -(-len(table.rows) // ROWS))):
        rows = table.rows[part * ROWS : (part + 1) * ROWS]
        sheet = _sheet(book, title if part == 0 else f"{title[:26]} ({part + 1})", headings, len(rows), formats, footer)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(table.columns)
        for place, (column, cells) in enumerate(zip(table.columns, columns, strict=True)):
            if numeric[place]:
                sheet.add_numbers(cells)
            else:
                sheet.add_texts(cells, column.sort, words)
            shown = [len(words.cell(cell, column.sort)) for cell in cells[:200]]
            sheet.set_column(place, place, min(_WIDEST, max([9, *shown, len(headings[place]) // 2]) + 2))
        sheet.finished()


def _form(
    book: xlsxwriter.Workbook,
    form: FilledForm,
    words: Words,
    formats: dict[str, Format],
    footer: str,
    sections: frozenset[str],
) -> None:
    title = SHEETS[form.name][("en", "zh").index(words.language)]
    sheet = _sheet(book, title, [words.page(key) for key in FORM], len(form.fields), formats, footer)
    for number, field in enumerate(form.fields, start=1):
        shown = {3: formats.get(field.status), 2: None if field.read else formats["partly"]}
        for place, text in enumerate(form_row(field, words, sections)):
            _string(sheet, number, place, text, shown.get(place, formats["wrap"]))
    # Below the rows that can be sorted, with an empty row between, which ends the filter.
    for number, note in enumerate(form_notes(form, words), start=len(form.fields) + 2):
        _string(sheet, number, 0, note)
    for place, width in enumerate((48, 34, 24, 16, 70, 34)):
        sheet.set_column(place, place, width)


def _sheet(
    book: xlsxwriter.Workbook, title: str, headings: Sequence[str], rows: int, formats: dict[str, Format], footer: str
) -> Sheet:
    sheet: Sheet = book.add_worksheet(title, Sheet)
    for place, heading in enumerate(headings):
        _string(sheet, 0, place, heading, formats["head"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(rows, 1), len(headings) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{max(rows, 1) + 1}"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(footer)
    return sheet


def _string(sheet: Worksheet, row: int, column: int, text: str, form: Format | None = None) -> None:
    # write() guesses what a text is; write_string never does.
    done: Any = sheet.write_string(row, column, cut(text), form)
    if done:
        raise ValueError(f"Row {row}, column {column} of a sheet was not written ({done}): {text[:80]!r}")


def _is_numeric(sort: str, cells: Sequence[Cell]) -> bool:
    """Whether a whole column can be numbers without losing a digit: Excel keeps 15."""
    if sort == "count":
        return True
    return sort == "quantity" and all(cell is None or _exact(str(cell)) for cell in cells)


def _exact(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) <= _DIGITS
