"""The workbook, read back by a reader of its own: sheets, filters, texts that stay texts, the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook
from reported import FORMULAS, SCRIPTS, poisoned, report, wide

from viz.report import xlsx as report_xlsx
from viz.words import LANGUAGES, Words
from viz.words.tables import TABLES

FILES = {table.name: f"csv/{table.name}.csv" for table in wide().tables()}


def read(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in package.infolist())
        return {name: package.read(name).decode() for name in package.namelist()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_a_sheet_with_its_rows_and_consignees_come_first(language: str) -> None:
    words, made = Words(language), report()
    data = report_xlsx.report_xlsx(made, words, FILES)
    sheets = read(data)
    assert next(iter(sheets)) == words.table("consignees")
    cover = " ".join(str(cell) for row in sheets[words.page("facts")] for cell in row)
    for table in made.tables():
        if table.name in report_xlsx.LEFT_OUT:
            assert f"csv/{table.name}.csv" in cover
            continue
        rows = sheets[words.table(table.name)]
        assert [str(cell) for cell in rows[0]] == [words.column(column) for column in table.columns]
        assert len(rows) == len(table.rows) + 1 or not table.rows
        for shown, row in zip(rows[1:], table.rows, strict=False):
            for cell, stated, column in zip(shown, row, table.columns, strict=True):
                if column.sort in ("count", "quantity") and isinstance(cell, float | int):
                    assert float(str(stated)) == float(cell)
                else:
                    assert str(cell) == words.cell(stated, column.sort)
    assert len(sheets) == len(made.tables()) - len(report_xlsx.LEFT_OUT) + len(made.forms) + 1
    names = parts(data)
    filtered = [name for name, text in names.items() if "<autoFilter" in text]
    assert len(filtered) == len(sheets) - 1
    assert all("<pane " in names[name] for name in filtered)


@pytest.mark.parametrize("texts", [FORMULAS, SCRIPTS], ids=["formulas", "scripts"])
def test_nothing_is_ever_a_formula_or_a_link(texts: tuple[str, ...]) -> None:
    made = poisoned(wide(), texts)
    data = report_xlsx.report_xlsx(made, Words("en"), FILES)
    for name, text in parts(data).items():
        if name.startswith("xl/worksheets/sheet"):
            assert not re.search(r"<f[ >/]|<hyperlink|t=\"str\"", text), name
        assert "externalLink" not in name
    cells = {str(cell) for rows in read(data).values() for row in rows for cell in row}
    assert {text for text in texts if "\t" not in text} <= cells, "each text is there as it was recorded"


def test_the_same_report_gives_the_same_bytes() -> None:
    assert report_xlsx.report_xlsx(report(), Words("zh"), FILES) == report_xlsx.report_xlsx(
        report(), Words("zh"), FILES
    )


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_xlsx, "ROWS", 2)
    sheets = read(report_xlsx.report_xlsx(report(), Words("en"), FILES))
    title = TABLES["shipments"][0]
    found = [name for name in sheets if name.startswith(title)]
    rows = sum(len(sheets[name]) - 1 for name in found)
    assert len(found) > 1
    assert rows == next(len(t.rows) for t in report().tables() if t.name == "shipments")


def test_a_text_that_is_too_long_for_a_cell_says_so() -> None:
    made = poisoned(wide(), ("x" * 40_000,))
    cells = [
        str(c) for rows in read(report_xlsx.report_xlsx(made, Words("en"), FILES)).values() for r in rows for c in r
    ]
    assert any(cell.endswith("… [40,000]") for cell in cells)
    assert max(map(len, cells)) < 32_767
