"""Reading workbooks: a formula, an error, a merge or a number too long never turns into silence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workbooks import DAY, MAIN, MOMENT, PADDED, archive_of, number, sheet, text, workbook

from genealogy.errors import FileRefusedError
from loaders.discover import discover
from loaders.read_workbook import read_sheet, workbook_sheets

if TYPE_CHECKING:
    from loaders.raw import RawTable


def read(tmp_path: Path, content: str, hidden: tuple[str, ...] = ()) -> RawTable:
    path = tmp_path / "plant.xlsx"
    path.write_bytes(workbook({"lots": content}, hidden))
    return read_sheet(path, "lots", "lots")


def rows(raw: RawTable) -> list[tuple[str, ...]]:
    return list(zip(*(column.to_pylist() for column in raw.cells.columns), strict=True))


def faults(raw: RawTable) -> list[tuple[int, str | None, str]]:
    return [(row.row, row.column, row.rule) for row in raw.bad]


def days(moment: dt.datetime) -> str:
    return repr((moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1))


HEADER = [text("item_id"), text("quantity"), text("made_at")]


def test_cells_become_the_text_that_was_entered(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        sheet(
            {
                1: HEADER,
                2: [text(" 00042 "), number("5"), number(days(dt.datetime(2026, 5, 1, 10, 30, 0)), MOMENT)],
                3: [number("42", PADDED), number("1.1000000000000001"), number("46143", DAY)],
                4: [text("1e5"), number("1E-7"), text("2026-05-01T10:00:00Z")],
                5: [text("=1+1"), '<c REF t="b"><v>1</v></c>', ""],
            }
        ),
    )
    assert rows(raw) == [
        (" 00042 ", "5", "2026-05-01T10:30:00"),
        ("00042", "1.1", "2026-05-01"),
        ("1e5", "0.0000001", "2026-05-01T10:00:00Z"),
        ("=1+1", "yes", ""),
    ]
    assert raw.bad == []


def test_times_of_a_day_come_out_on_the_second_they_were_entered(tmp_path: Path) -> None:
    moments = [dt.datetime(2026, 3, 7) + dt.timedelta(seconds=86_399 * index // 97) for index in range(1, 98)]
    cells = {row: [text("x"), "", number(days(moment), MOMENT)] for row, moment in enumerate(moments, 2)}
    raw = read(tmp_path, sheet({1: HEADER, **cells}))
    assert raw.cells.column("made_at").to_pylist() == [moment.isoformat() for moment in moments]


def test_rows_have_the_sheets_own_numbers_and_empty_rows_are_no_records(tmp_path: Path) -> None:
    raw = read(tmp_path, sheet({3: HEADER, 5: [text("a"), number("1")], 9: [text("b"), number("2")]}))
    assert rows(raw) == [("a", "1", ""), ("b", "2", "")]
    assert raw.rows.tolist() == [5, 9]


def test_errors_and_formulas_without_a_result_are_bad_rows(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        sheet(
            {
                1: HEADER,
                2: [text("a"), "<c REF><f>1+1</f><v>2</v></c>", ""],
                3: [text("b"), "<c REF><f>1+1</f></c>", ""],
                4: [text("c"), '<c REF t="e"><v>#N/A</v></c>', ""],
                5: ['<c REF t="str"><f>"x"</f><v>x</v></c>', '<c REF t="str"><f>""</f><v></v></c>', ""],
                6: ["<c REF><f>A1</f></c>", "", ""],
            }
        ),
    )
    assert rows(raw) == [("a", "2", ""), ("x", "", "")]
    assert faults(raw) == [
        (3, "quantity", "formula_without_value"),
        (4, "quantity", "error_cell"),
        (6, "item_id", "formula_without_value"),
    ]
    assert raw.bad[1].value == "#N/A"
    assert raw.bad[1].named(raw.header)["item_id"] == "c"
    assert "5 formulas" in raw.notes[0]


def test_merged_rows_are_bad(tmp_path: Path) -> None:
    cells = {
        1: HEADER,
        2: [text("a"), number("1")],
        3: [text("b"), number("2")],
        4: ["", number("3")],
        5: [text("c"), ""],
    }
    raw = read(tmp_path, sheet(cells, '<mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells>'))
    assert rows(raw) == [("a", "1", ""), ("c", "", "")]
    assert faults(raw) == [(3, "item_id", "merged_cells"), (4, "item_id", "merged_cells")]
    assert raw.bad[0].cells == ("b", "2", "")
    with pytest.raises(FileRefusedError, match="merged"):
        read(tmp_path, sheet(cells, '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'))


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_bad(tmp_path: Path) -> None:
    raw = read(tmp_path, sheet({1: HEADER, 2: [number("123456789012345678")], 3: [number("123456789012345")]}))
    assert faults(raw) == [(2, "item_id", "number_too_long")]
    assert rows(raw) == [("123456789012345", "", "")]


def test_hidden_rows_and_sheets_are_read_and_noted(tmp_path: Path) -> None:
    raw = read(tmp_path, sheet({1: HEADER, 2: [text("a")], 3: [text("b")]}, hidden=(3,)), hidden=("lots",))
    assert len(rows(raw)) == 2
    assert any("1 hidden row" in note for note in raw.notes)
    assert any("is hidden" in note for note in raw.notes)


def test_cells_beside_the_header_are_refused_not_dropped(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="column 4"):
        read(tmp_path, sheet({1: HEADER, 2: [text("a"), "", "", text("stray")]}))


def test_discover_claims_sheets_and_lists_the_others(tmp_path: Path) -> None:
    content = sheet({1: HEADER, 2: [text("a")]})
    path = tmp_path / "May 2026.xlsx"
    path.write_bytes(workbook({"Lots": content, "notes": content, "consumption": content}))
    (tmp_path / "~$May 2026.xlsx").write_bytes(b"lock")
    assert workbook_sheets(path) == ["Lots", "notes", "consumption"]
    found = discover([tmp_path])
    assert [claim.table for claim in found.tables] == ["lots", "consumption"]
    assert [Path(name).name for name in found.ignored] == ["May 2026.xlsx: notes", "~$May 2026.xlsx"]
    assert rows(found.tables[0].read()[0]) == [("a", "", "")]


def test_hostile_and_damaged_workbooks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plant.xlsx"
    good = workbook({"lots": sheet({1: HEADER})})
    entity = f'<!DOCTYPE x [<!ENTITY a "b">]><worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    lying = bytearray(workbook({"lots": sheet({1: HEADER})}, extra={"xl/big.bin": b"0" * 100_000}))
    at = lying.rindex(b"xl/big.bin") - 46
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    damaged = {
        "cut": good[: len(good) // 2],
        "text": b"item_id,quantity\n",
        "password": b"\xd0\xcf\x11\xe0" + bytes(600),
        "bomb": workbook({"lots": sheet({1: HEADER})}, extra={"xl/big.bin": bytes(100_000_000)}),
        "lying": bytes(lying),
        "entity": workbook({"lots": entity}),
        "not a workbook": workbook({})[:0] + archive_of({"a.txt": b"x"}),
    }
    for name, data in damaged.items():
        path.write_bytes(data)
        with pytest.raises(FileRefusedError, match=r"plant\.xlsx"):
            read_sheet(path, "lots", "lots")
        assert name
    path.write_bytes(good)
    with pytest.raises(FileRefusedError, match="no sheet 'units'"):
        read_sheet(path, "units", "units")
    path.write_bytes(workbook({"lots": sheet({})}))
    with pytest.raises(FileRefusedError, match="empty"):
        read_sheet(path, "lots", "lots")
