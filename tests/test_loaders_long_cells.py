"""A cell of megabytes is no code and no note: its row is quarantined with the reason, in every format, and the others load."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from workbooks import sheet, text, workbook

import loaders
from genealogy.engine import Engine
from loaders.check_cells import LONGEST_CELL
from loaders.merge_order import ordered

HEADER = ("material_id", "name", "stage", "base_unit", "colour")
ROWS = [("RM", "Resin", "supplied", "kg", ""), ("IM", "Mix", "intermediate", "kg", "")]


def written(folder: Path, form: str, rows: list[tuple[str, ...]]) -> Path:
    folder.mkdir()
    if form == "csv":
        with (folder / "materials.csv").open("w", newline="") as file:
            csv.writer(file).writerows([HEADER, *rows])
    elif form == "parquet":
        columns = dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True))
        pyarrow.parquet.write_table(pa.table(columns), folder / "materials.parquet")
    else:
        cells = {number: [text(cell) for cell in row] for number, row in enumerate([HEADER, *rows], 1)}
        (folder / "plant.xlsx").write_bytes(workbook({"materials": sheet(cells)}))
    return folder


@pytest.mark.parametrize("column", [0, 1, 3, 4])
@pytest.mark.parametrize("form", ["csv", "parquet", "workbook"])
def test_a_cell_that_is_too_long_is_named(tmp_path: Path, form: str, column: int) -> None:
    bad = ["BAD", "Bad", "supplied", "kg", "red"]
    bad[column] = "é" * (LONGEST_CELL // 2) + "x"
    with Engine.open(tmp_path / "home") as engine:
        report = loaders.load(engine, [written(tmp_path / "plant", form, [ROWS[0], tuple(bad), ROWS[1]])])
        assert [(each["read"], each["accepted"], each["quarantined"]) for each in report["files"]] == [(3, 2, 1)]
        with Path(report["quarantine"]).open(encoding="utf-8", newline="") as file:
            csv.field_size_limit(10_000_000)
            (row,) = csv.DictReader(file)
    assert (row["quarantine_rule"], row["quarantine_row"]) == ("cell_too_long", "3")
    assert row["quarantine_column"] == HEADER[column]
    assert row["quarantine_value"].endswith(f"… ({LONGEST_CELL + 1:,} bytes)")
    assert len(row["quarantine_value"]) < 100
    assert row[HEADER[column]] == bad[column]  # whole, for whoever corrects it


def test_the_longest_cell_is_taken(tmp_path: Path) -> None:
    rows = [*ROWS, ("OK", "x" * LONGEST_CELL, "supplied", "kg", "")]
    with Engine.open(tmp_path / "home") as engine:
        report = loaders.load(engine, [written(tmp_path / "plant", "csv", rows)])
    assert [(each["accepted"], each["quarantined"]) for each in report["files"]] == [(3, 0)]


def test_a_corrected_row_is_taken(tmp_path: Path) -> None:
    rows = [*ROWS, ("OK", "x" * (LONGEST_CELL + 1), "supplied", "kg", "")]
    with Engine.open(tmp_path / "home") as engine:
        report = loaders.load(engine, [written(tmp_path / "plant", "csv", rows)])
        path = Path(report["quarantine"])
        corrected = tmp_path / "corrected.csv"
        corrected.write_text(
            path.read_text(encoding="utf-8").replace("x" * (LONGEST_CELL + 1), "short"), encoding="utf-8"
        )
        again = loaders.load(engine, [corrected])
    assert [(each["accepted"], each["quarantined"]) for each in again["files"]] == [(1, 0)]


def test_long_keys_are_ordered_as_short_ones_are() -> None:
    keys = ["b" * 70_000, "a", "b" * 70_000, "c" * 5_000, "a"]
    order, first = ordered(pa.array(keys))
    assert [keys[place] for place in order] == sorted(keys)
    assert np.flatnonzero(first).tolist() == [0, 2, 4]
