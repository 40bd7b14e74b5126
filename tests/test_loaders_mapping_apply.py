"""Mappings on tables as people really have them: other headers, blanks, words for nothing, counted times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli import run as command
from test_loaders_mapping import one, rows, run

from genealogy.errors import FileRefusedError, InputError

if TYPE_CHECKING:
    from pathlib import Path

MATRIX = """
[[source]]
files = "*.csv"
{source}
[source.fields]
charge = ["Charge"]
[[source.table]]
name = "consumption"
unpivot = {{ columns = "*", except = "charge", name = "lot", value = "amount", drop = "zero" }}
[source.table.columns]
step_id = "charge"
item_id = "lot"
quantity = "amount"
unit = {{ constant = "kg" }}
"""

READINGS = """
[[source]]
files = "*.csv"
{source}
[[source.table]]
name = "readings"
[source.table.columns]
step_id = "batch"
parameter = {{ constant = "T" }}
value = "T"
at = {at}
"""


def readings(at: str, source: str = "") -> str:
    return READINGS.format(at=at, source=source)


def test_a_matrix_whose_key_column_has_another_name_is_refused_with_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as refused:
        run(tmp_path, MATRIX.format(source=""), m__csv="Batch,A,B\nC1,0.5,0.5\n")
    assert "'Charge'" in str(refused.value)
    assert "Batch, A, B" in str(refused.value)


def test_a_header_is_found_in_another_case_and_spacing(tmp_path: Path) -> None:
    raw = one(run(tmp_path, MATRIX.format(source=""), m__csv=" CHARGE,A,B\nC1,0,1\n"))
    assert [(row["step_id"], row["item_id"]) for row in rows(raw)] == [("C1", "B")]
    with pytest.raises(FileRefusedError) as refused:
        run(tmp_path, MATRIX.format(source=""), m__csv="CHARGE,charge ,A\nC1,C2,1\n")
    assert "'CHARGE', 'charge '" in str(refused.value)


def test_empty_cells_of_a_matrix_are_told(tmp_path: Path) -> None:
    raw = one(run(tmp_path, MATRIX.format(source=""), m__csv="Charge,A,B\nC1,,1\nC2,1,\n"))
    assert raw.read == 4
    (note,) = [note for note in raw.notes if "empty" in note]
    assert "2 empty cells" in note
    assert 'drop = ["zero", "empty"]' in note


def test_words_that_mean_nothing_was_recorded(tmp_path: Path) -> None:
    source = 'missing = ["NaN", "#N/A"]'
    mapping = MATRIX.format(source=source).replace('drop = "zero"', 'drop = ["zero", "empty"]')
    raw = one(run(tmp_path, mapping, m__csv="Charge,A,B,C\nC1, NaN,1,nan\nC2,#N/A,NaN,0\n"))
    assert [(row["step_id"], row["item_id"], row["quantity"]) for row in rows(raw)] == [
        ("C1", "B", "1"), ("C1", "C", "nan"),
    ]  # fmt: skip
    assert any("3 cells" in note and "'NaN'" in note for note in raw.notes)


def test_a_row_number_and_counted_times(tmp_path: Path) -> None:
    at = '{ column = "row", date = "seconds", since = "1970-01-01T00:00:00Z" }'
    raw = one(run(tmp_path, readings(at), a__csv="batch,T\n1,20\n\n1,21\n"))
    assert [row["at"] for row in rows(raw)] == ["1970-01-01T00:00:02Z", "1970-01-01T00:00:04Z"]
    at = '{ column = "clock", date = "minutes", since = "2026-03-29T00:30:00", zone = "Europe/Berlin" }'
    raw = one(run(tmp_path, readings(at), a__csv="batch,T,clock\n1,20,0\n1,21,90.5\n1,22,\n1,22,x\n"))
    assert [row["at"] for row in rows(raw)] == ["2026-03-28T23:30:00Z", "2026-03-29T01:00:30Z", ""]
    assert [(bad.row, bad.column, bad.rule) for bad in raw.bad] == [(5, "at", "bad_time")]


def test_serial_days_of_a_spreadsheet_and_unix_seconds(tmp_path: Path) -> None:
    at = '{ column = "t", date = "excel", zone = "Europe/Berlin" }'
    raw = one(run(tmp_path, readings(at), a__csv="batch,T,t\n1,20,46113\n1,21,46113.5\n1,22,46113.000005787037\n"))
    assert [row["at"] for row in rows(raw)] == [
        "2026-04-01[Europe/Berlin]", "2026-04-01T10:00:00Z", "2026-03-31T22:00:00.5Z",
    ]  # fmt: skip
    raw = one(run(tmp_path, readings('{ column = "t", date = "unix" }'), a__csv="batch,T,t\n1,20,1775001600\n"))
    assert rows(raw)[0]["at"] == "2026-04-01T00:00:00Z"


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ('{ column = "t", date = "hours" }', "since"),
        ('{ column = "t", date = "%d", since = "2026-01-01T00:00:00Z" }', "since"),
        ('{ column = "t", date = "hours", since = "yesterday" }', "since"),
    ],
)
def test_a_counted_time_needs_to_know_since_when(tmp_path: Path, at: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        run(tmp_path, readings(at), a__csv="batch,T,t\n1,20,3\n")


def test_messages_name_the_source_column(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text("mapping = 1\n" + MATRIX.format(source=""), encoding="utf-8")
    (tmp_path / "m.csv").write_text("Charge,LOT-7,B\nC1,-1,1\nC2,1,many\n", encoding="utf-8")
    done = command(tmp_path / "home", "load", tmp_path / "m.csv", "--mapping", tmp_path / "map.toml")
    assert done.code == 3
    said = done.err.splitlines()
    assert any("m.csv:2:quantity (source column 'LOT-7'): negative_quantity: '-1'" in line for line in said)
    assert any("m.csv:3:quantity (source column 'B'): not_a_number: 'many'" in line for line in said)


def test_a_conflict_names_the_columns_and_the_other_rows(tmp_path: Path) -> None:
    (tmp_path / "lots.csv").write_text("item_id,material_id,lot_number\nL,M1,L\nK,M1,K\nL,M2,L\n", encoding="utf-8")
    done = command(tmp_path / "home", "load", tmp_path / "lots.csv")
    assert done.code == 3
    assert any("lots.csv:2:: conflict: 'L'" in line and "material_id 'M2' in" in line for line in done.err.splitlines())
    assert "lots.csv row 4" in done.err
