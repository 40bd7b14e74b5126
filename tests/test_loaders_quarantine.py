"""The quarantine file keeps every byte and comes back, corrected, as rows of the tables that they belong to."""

from __future__ import annotations

import csv
import stat
from typing import TYPE_CHECKING

import pytest

from genealogy.errors import FileRefusedError
from loaders.discover import discover
from loaders.quarantine import QUARANTINE_COLUMNS, QuarantinedRow, write_quarantine

if TYPE_CHECKING:
    from pathlib import Path

    from loaders.raw import RawTable


def rows(raw: RawTable) -> list[tuple[str, ...]]:
    return list(zip(*(column.to_pylist() for column in raw.cells.columns), strict=True))


def test_a_quarantine_file_comes_back_byte_for_byte_and_apart_by_table(tmp_path: Path) -> None:
    path = tmp_path / "quarantine-7.csv"
    broken = b"M\xfcller".decode("utf-8", "surrogateescape")
    write_quarantine(
        path,
        [
            QuarantinedRow(
                "q1", "lots", "in/lots.csv", 5, "quantity", "bad_quantity", "x", {"item_id": "L1", "quantity": "x"}
            ),
            QuarantinedRow(
                "q2", "consumption", "c.csv", 9, None, "ragged_row", "S1,L1", {"step_id": "S1", "item_id": "L1"}
            ),
            QuarantinedRow(
                "q3", "lots", "in/lots.csv", 6, "note", "invalid_utf8", broken, {"item_id": "L2", "note": broken}
            ),
            QuarantinedRow("q4", "lots", "in/lots.csv", 7, None, "conflict", "", {"item_id": "L3", "quantity": ""}),
        ],
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().count(b"M\xfcller") == 2
    (found,) = discover([path]).tables
    parts = found.read()
    assert [(part.table, part.header, part.quarantine_ids) for part in parts] == [
        ("lots", ["item_id", "quantity"], ["q1", "q4"]),
        ("consumption", ["item_id", "step_id"], ["q2"]),
    ]
    assert rows(parts[0]) == [("L1", "x"), ("L3", "")]
    assert parts[0].rows.tolist() == [2, 5]
    # q3 still holds a byte that is not UTF-8: it stays bad, as a row of its table, and nothing else is lost.
    assert [(bad.row, bad.rule) for bad in parts[0].bad] == [(4, "invalid_utf8")]
    assert parts[0].bad[0].named(parts[0].header)["item_id"] == "L2"
    corrected = path.read_bytes().replace(b"M\xfcller", "Müller".encode()).replace(b",,,S1", b",,,S1")
    path.write_bytes(corrected)
    assert sum(part.read for part in discover([path]).tables[0].read()) == 4


def test_a_corrected_row_may_fill_a_column_that_it_did_not_have(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    header = [*QUARANTINE_COLUMNS, "item_id", "quantity", "we|ird\\"]
    lines = [["q1", "lots", "item_id|we\\|ird\\\\", "f", "2", "", "r", "", "L1", "", ""]]
    lines += [["q2", "lots", "item_id", "f", "3", "", "r", "", "L2", "5", ""]]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    parts = discover([path]).tables[0].read()
    assert [(part.header, rows(part)) for part in parts] == [
        (["item_id", "we|ird\\"], [("L1", "")]),
        (["item_id", "quantity"], [("L2", "5")]),
    ]


def test_a_quarantine_row_of_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(",".join([*QUARANTINE_COLUMNS, "item_id"]) + "\nq1,lotz,item_id,f,2,,r,,L1\n")
    with pytest.raises(FileRefusedError, match="lotz"):
        discover([path]).tables[0].read()
