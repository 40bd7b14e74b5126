"""Reading Parquet: the same text that the CSV would hold, exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genealogy.errors import FileRefusedError
from loaders.read_parquet import read_parquet

if TYPE_CHECKING:
    from pathlib import Path


def test_parquet_is_written_out_exactly(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 5, 1, 10, 0, 0, 500000)
    table = pa.table(
        {
            "text": pa.array(["00042", None, ""]),
            "whole": pa.array([9007199254740993, None, -1]),
            "exact": pa.array([Decimal("0.00000001"), None, Decimal("100.00000000")]),
            "real": pa.array([1e-7, float("nan"), 5.0]),
            "short": pa.array([0.1, None, 1e20], pa.float32()),
            "flag": pa.array([True, None, False]),
            "day": pa.array([dt.date(2026, 5, 1), None, dt.date(1999, 12, 31)]),
            "local": pa.array([moment, None, dt.datetime(2026, 5, 1)], pa.timestamp("us")),
            "instant": pa.array([moment, None, dt.datetime(2026, 5, 1, 10)], pa.timestamp("ns", "Europe/Berlin")),
            "coded": pa.array(["a", None, "a"]).dictionary_encode(),
            "nothing": pa.nulls(3),
            "__index_level_0__": pa.array([0, 1, 2]),
        }
    )
    pq.write_table(table, tmp_path / "lots.parquet")
    raw = read_parquet(tmp_path / "lots.parquet", "lots")
    got = {name: raw.cells.column(name).to_pylist() for name in raw.header}
    assert got == {
        "text": ["00042", "", ""],
        "whole": ["9007199254740993", "", "-1"],
        "exact": ["0.00000001", "", "100.00000000"],
        "real": ["0.0000001", "", "5"],
        "short": ["0.1", "", "100000000000000000000"],
        "flag": ["yes", "", ""],
        "day": ["2026-05-01", "", "1999-12-31"],
        "local": ["2026-05-01T10:00:00.5", "", "2026-05-01T00:00:00"],
        "instant": ["2026-05-01T10:00:00.5Z", "", "2026-05-01T10:00:00Z"],
        "coded": ["a", "", "a"],
        "nothing": ["", "", ""],
    }
    assert raw.rows.tolist() == [2, 3, 4]
    assert "__index_level_0__" in raw.notes[0]


def test_parquet_text_that_is_not_utf8_is_a_bad_row(tmp_path: Path) -> None:
    broken = pa.array([b"ok", b"M\xfcller"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"a": broken, "b": pa.array(["1", "2"])}), tmp_path / "lots.parquet")
    raw = read_parquet(tmp_path / "lots.parquet", "lots")
    assert raw.cells.to_pylist() == [{"a": "ok", "b": "1"}]
    assert [(bad.row, bad.column, bad.rule) for bad in raw.bad] == [(3, "a", "invalid_utf8")]
    assert raw.bad[0].cells[1] == "2"


def test_parquet_refused(tmp_path: Path) -> None:
    (tmp_path / "lots.parquet").write_bytes(b"PAR1 damaged")
    with pytest.raises(FileRefusedError, match="Parquet"):
        read_parquet(tmp_path / "lots.parquet", "lots")
    pq.write_table(pa.table({"a": [[1, 2]]}), tmp_path / "lots.parquet")
    with pytest.raises(FileRefusedError, match="list"):
        read_parquet(tmp_path / "lots.parquet", "lots")
