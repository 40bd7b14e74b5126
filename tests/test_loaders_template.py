"""The templates and the reference of the format come from the declared tables and can be loaded as they are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from genealogy.errors import InputError
from genealogy.plant import TABLES
from loaders.discover import discover
from loaders.template import COLUMNS_HEADER, plant_reference, write_templates


def test_templates_are_a_plant_folder_without_rows(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    files = write_templates(folder)
    assert {path.name for path in folder.iterdir()} == {path.name for path in files}
    found = discover([folder])
    assert {claim.table for claim in found.tables} == set(TABLES)
    assert [Path(name).name for name in found.ignored] == ["README.md", "columns.csv"]
    for claim in found.tables:
        (raw,) = claim.read()
        assert raw.header == [column.name for column in TABLES[claim.table].columns]
        assert raw.read == 0


def test_columns_are_described_one_a_row(tmp_path: Path) -> None:
    write_templates(tmp_path)
    with (tmp_path / "columns.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS_HEADER
    assert len(rows) == sum(len(table.columns) for table in TABLES.values())
    step = next(row for row in rows if (row["table"], row["column"]) == ("consumption", "step_id"))
    assert (step["required"], step["key"], step["personal"]) == ("yes", "yes", "")
    assert next(row for row in rows if row["column"] == "operator")["personal"] == "yes"
    assert next(row for row in rows if row["column"] == "grain")["values"] == "unit|lot|order"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "lots.csv").write_text("mine")
    with pytest.raises(InputError, match=r"lots\.csv already"):
        write_templates(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lots.csv"]


def test_the_reference_speaks_of_every_column() -> None:
    text = plant_reference()
    for table in TABLES.values():
        section = text.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        for column in table.facts:
            assert f"`{column.name}`" in section
            assert section.count("\n| ") == len(table.facts) + 2
