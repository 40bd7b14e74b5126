"""Which files are claimed, and that whatever is not claimed is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from genealogy.errors import FileRefusedError, InputError
from loaders.discover import Discovered, discover


def claims(found: Discovered) -> list[tuple[str, str]]:
    return [(Path(claim.file).name, claim.table) for claim in found.tables]


def test_discover_claims_tables_in_a_folder_and_lists_the_rest(tmp_path: Path) -> None:
    for name in ("lots.csv", "Units.CSV", "consumption.parquet", "readme.txt", "lots_old.csv", "equipment_use.csv"):
        (tmp_path / name).write_bytes(b"a\n")
    (tmp_path / "more").mkdir()
    found = discover([tmp_path])
    assert claims(found) == [
        ("Units.CSV", "units"), ("consumption.parquet", "consumption"), ("equipment_use.csv", "equipment_use"),
        ("lots.csv", "lots"),
    ]  # fmt: skip
    assert [Path(name).name for name in found.ignored] == ["lots_old.csv", "more", "readme.txt"]
    assert "lots_old.csv" in found.notes[0]


def test_discover_claims_named_files_by_the_longest_table_name(tmp_path: Path) -> None:
    names = ["equipment_use_2026.csv", "equipment-2026.csv", "lots.2026.csv", "consumption 5.csv", "lotsofthings.csv"]
    for name in names:
        (tmp_path / name).write_bytes(b"a\n")
    found = discover([tmp_path / name for name in names] + [tmp_path / names[0]])
    assert claims(found) == [
        ("equipment_use_2026.csv", "equipment_use"), ("equipment-2026.csv", "equipment"), ("lots.2026.csv", "lots"),
        ("consumption 5.csv", "consumption"),
    ]  # fmt: skip
    assert [Path(name).name for name in found.ignored] == ["lotsofthings.csv"]


def test_discover_refuses_what_is_not_there_and_what_nothing_claims(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv does not exist"):
        discover([tmp_path / "none.csv"])
    (tmp_path / "things.csv").write_bytes(b"a\n")
    with pytest.raises(FileRefusedError, match=r"things\.csv.*lots\.csv"):
        discover([tmp_path])
