"""Damaged Parquet files, workbooks, quarantine files: each row is counted, or the file refused in words; never a traceback."""

from __future__ import annotations

import csv
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from cli import PLANT, run_here, write
from test_api_cli_quarantine import damage

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = (
    pa.array([None, 1.5, float("nan"), float("inf"), -0.0, 1e300] * 9, pa.float64()),
    pa.array([[1, 2], None, []] * 18, pa.list_(pa.int64())),
    pa.array([b"\xff\xfe", b"ok", None, b"\0"] * 14, pa.binary()),
    pa.array([True, False, None] * 18),
    pa.array([0, 10**15, -1, None] * 14, pa.timestamp("us", "Europe/Berlin")),
    pa.array([0, 10**9, None] * 18, pa.timestamp("s")),
    pa.array(["a", None, "\0", "é"] * 14).dictionary_encode(),
    pa.array(["kg", "x" * 40_000] * 27, pa.large_string()),
)
ODD = (None, True, "=1+1", "#N/A", 1e308, -5, 0.1 + 0.2, "'", "a\nb", "2026-13-01", "x" * 300, "yes")
FORMATS = ("General", "yyyy-mm-dd", "0.00", "@", "[h]:mm")


def rows_of(table: str) -> list[list[str | None]]:
    header, *rows = list(csv.reader(PLANT[table].splitlines()))
    return [[*header], *([cell or None for cell in row] for row in rows)]


def torn(rng: random.Random, path: Path) -> None:
    """Some bits of a file flipped, or its end cut off."""
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(content[: rng.choice([len(content), rng.randrange(len(content))])]))


def parquet(rng: random.Random, table: str, path: Path) -> None:
    header, *rows = rows_of(table)
    names = [str(name) for name in header]
    held = pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)})
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(names))
        held = held.set_column(at, names[at], rng.choice(COLUMNS).slice(0, held.num_rows))
    if rng.random() < 0.1:
        held = held.rename_columns([rng.choice([name, name.upper(), f" {name}"]) for name in names])
    pq.write_table(held.slice(0, rng.choice([held.num_rows, held.num_rows, 0])), path, row_group_size=3)
    if rng.random() < 0.2:
        torn(rng, path)


def workbook(rng: random.Random, table: str, path: Path) -> None:
    rows: list[list[Any]] = [*rows_of(table)]
    for _ in range(rng.randint(1, 6)):
        row = rng.choice(rows[1:])
        row[rng.randrange(len(row))] = rng.choice(ODD)
    if rng.random() < 0.2:
        rows.insert(rng.randrange(1, len(rows)), [None] * len(rows[0]))
    if rng.random() < 0.1:
        rows[0] = rng.choice([[None, *rows[0][1:]], [*rows[0], rows[0][0]]])
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet(rng.choice([table, table.upper(), f"{table} "]))
    form = book.add_format({"num_format": rng.choice(FORMATS)})
    for at, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(at, column, cell, form if rng.random() < 0.1 else None)
    if rng.random() < 0.2:
        sheet.merge_range(1, 0, 2, 0, "merged")
    book.close()
    if rng.random() < 0.2:
        torn(rng, path)


def damaged(rng: random.Random, folder: Path, quarantines: list[str]) -> Iterator[Path]:
    for number in range(40):
        (folder / str(number)).mkdir(parents=True)
        table = rng.choice(sorted(PLANT))
        if number % 4 == 3 and quarantines:
            path = folder / str(number) / "corrected.csv"
            path.write_bytes(damage(rng, Path(rng.choice(quarantines)).read_bytes()))
        elif number % 2:
            path = folder / str(number) / f"{table}.parquet"
            parquet(rng, table, path)
        else:
            path = folder / str(number) / "plant.xlsx"
            workbook(rng, table, path)
        yield path


@pytest.mark.parametrize("seed", [11, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(12, 30))])
def test_each_row_of_damaged_tables_is_counted_or_the_file_is_refused_in_words(tmp_path: Path, seed: int) -> None:
    rng, quarantines, codes = random.Random(seed), [], Counter[int]()
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", PLANT)).code == 0
    for path in damaged(rng, tmp_path / "damaged", quarantines):
        ran = run_here(home, "load", path, "--json", *(["--zone", "Europe/Berlin"] if rng.random() < 0.5 else []))
        codes[ran.code] += 1
        assert "Traceback" not in ran.err, path
        if ran.code == 1:
            assert path.name in ran.err, "refused by its name"
            continue
        told = ran.json
        for file in told["files"]:
            assert file["read"] == file["accepted"] + file["unchanged"] + file["quarantined"], (path, file)
        assert ran.code == (3 if any(file["quarantined"] for file in told["files"]) else 0), path
        if path.suffix == ".parquet":
            with suppress(pa.ArrowInvalid, OSError):
                assert told["files"][0]["read"] == pq.ParquetFile(path).metadata.num_rows, path
        if told["quarantine"]:
            quarantines.append(told["quarantine"])
    assert codes.keys() == {0, 1, 3}
    assert run_here(home, "verify").code == 0
