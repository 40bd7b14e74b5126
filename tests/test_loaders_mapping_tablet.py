"""The tablet campaign, a real one, becomes plant tables by its mapping: every recorded number, nothing else."""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from genealogy.plant import TABLES
from loaders.discover import discover
from loaders.mapping import find_mapping
from loaders.mapping_apply import apply

if TYPE_CHECKING:
    from loaders.raw import RawTable

TABLET = Path(__file__).parents[2] / "shared" / "data" / "tablet-lot-genealogy"


def rows(raw: RawTable) -> list[dict[str, str]]:
    return [dict(row) for row in raw.cells.to_pylist()]


@pytest.fixture(scope="module")
def campaign() -> dict[str, list[dict[str, str]]]:
    """The tablet campaign by table, read with the mapping that comes with the program."""
    if not TABLET.is_dir():
        message = "the tablet campaign is not beside this repository (../shared/data/tablet-lot-genealogy)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for claim in discover([TABLET], mapping=find_mapping("tablet")).tables:
        for raw in claim.read():
            assert raw.bad == []
            assert set(raw.header) <= set(TABLES[raw.table].by_name)
            tables[raw.table] += rows(raw)
    return tables


def matrix(name: str) -> tuple[list[str], list[list[str]]]:
    """Read one of the campaign's files by hand: its cells hold neither quotes nor line ends."""
    lines = [line.split(",") for line in (TABLET / name).read_text().splitlines()]
    return lines[0], lines[1:]


def test_the_tablet_campaign_gives_every_recorded_fraction(campaign: dict[str, list[dict[str, str]]]) -> None:
    expected: Counter[tuple[str, str, str, str]] = Counter()
    for path in sorted(TABLET.glob("formulas_*.csv")):
        header, lines = matrix(path.name)
        for line in lines:
            for lot, fraction in zip(header[1:], line[1:], strict=True):
                if float(fraction) != 0:
                    expected[f"{line[0]}/tablet", lot, fraction, "kg/kg"] += 1
    got = Counter((row["step_id"], row["item_id"], row["quantity"], row["unit"]) for row in campaign["consumption"])
    assert got == expected
    assert sum(got.values()) == 339
    assert len({row["item_id"] for row in campaign["consumption"]}) == 171


def test_the_tablet_campaign_describes_every_lot_once(campaign: dict[str, list[dict[str, str]]]) -> None:
    finished = [line[0] for line in matrix("process_conditions.csv")[1]]
    raw_lots = {
        f"Group{group}": set(matrix(f"formulas_Group{group}.csv")[0][1:])
        | {line[0] for line in matrix(f"properties_Group{group}.csv")[1]}
        for group in range(1, 6)
    }
    by_material: dict[str, list[str]] = defaultdict(list)
    for row in campaign["lots"]:
        assert row["item_id"] == row["lot_number"]
        by_material[row["material_id"]].append(row["item_id"])
    assert sorted(by_material.pop("tablet")) == sorted(finished)
    assert {group: sorted(found) for group, found in by_material.items()} == {
        group: sorted(found) for group, found in raw_lots.items()
    }
    assert {row["material_id"]: row["stage"] for row in campaign["materials"]} == {
        "tablet": "finished", **dict.fromkeys(raw_lots, "supplied")
    }  # fmt: skip
    assert len(campaign["materials"]) == 6
    assert [(row["step_id"], row["item_id"]) for row in campaign["production"]] == [
        (f"{lot}/tablet", lot) for lot in finished
    ]
    assert len(campaign["steps"]) == len(finished) == 53


def test_the_tablet_campaign_keeps_readings_and_results(campaign: dict[str, list[dict[str, str]]]) -> None:
    header, lines = matrix("process_conditions.csv")
    assert sorted((row["step_id"], row["parameter"], row["value"]) for row in campaign["readings"]) == sorted(
        (f"{line[0]}/tablet", name, value)
        for line in lines
        for name, value in zip(header[1:], line[1:], strict=True)
        if value
    )
    assert {row["at"] for row in campaign["readings"]} == {"1970-01-01T00:00:00Z"}
    expected = []
    for path in [*sorted(TABLET.glob("properties_*.csv")), TABLET / "quality_indicators.csv"]:
        header, lines = matrix(path.name)
        prefix = path.stem.removeprefix("properties_") + "/" if path.stem.startswith("properties_") else ""
        for line in lines:
            expected += [(line[0], prefix + n, value) for n, value in zip(header[1:], line[1:], strict=True) if value]
    assert sorted((row["item_id"], row["test"], row["value"]) for row in campaign["results"]) == sorted(expected)


def test_another_half_of_the_campaign_needs_no_other_mapping(tmp_path: Path) -> None:
    (tmp_path / "formulas_Group9.csv").write_text("FPLot,Z1,Z2\nL900,0.0,1.0\n")
    (tmp_path / "process_conditions.csv").write_text("LotID,var1,pressure\nL900,4,7\nL901,5,8\n")
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for raw in apply(find_mapping("tablet"), sorted(tmp_path.iterdir())):
        tables[raw.table] += rows(raw)
    assert [(row["step_id"], row["item_id"]) for row in tables["consumption"]] == [("L900/tablet", "Z2")]
    assert [row["item_id"] for row in tables["lots"]] == ["Z1", "Z2", "L900", "L901"]
    assert [row["item_id"] for row in tables["production"]] == ["L900", "L901"]
    assert len(tables["readings"]) == 4


def tablet(folder: Path, **files: str) -> dict[str, list[dict[str, str]]]:
    """Tables of a small campaign, given as ``name="content"``."""
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for raw in apply(find_mapping("tablet"), sorted(folder.iterdir())):
        tables[raw.table] += rows(raw)
    return tables


def test_a_lot_of_two_groups_is_used_in_each_of_them(tmp_path: Path) -> None:
    tables = tablet(tmp_path, formulas_Group1="FPLot,X1,X2\nL1,1.0,0\n", formulas_Group2="FPLot,X1,Y\nL1,0.25,0.75\n")
    assert sorted((row["item_id"], row["line_no"], row["quantity"]) for row in tables["consumption"]) == [
        ("X1", "Group1", "1.0"), ("X1", "Group2", "0.25"), ("Y", "Group2", "0.75"),
    ]  # fmt: skip


def test_a_finished_lot_that_stands_twice_is_not_made_of_twice_as_much(tmp_path: Path) -> None:
    from cli import run

    folder = tmp_path / "campaign"
    folder.mkdir()
    (folder / "formulas_Group1.csv").write_text("FPLot,X1,X2\nL1,0.4,0.6\nL2,1,0\nL1,0.4,0.6\n")
    done = run(tmp_path / "home", "load", folder, "--mapping", "tablet", "--json")
    assert done.code == 0
    (file,) = done.json["files"]
    (used,) = [table for table in file["tables"] if table["table"] == "consumption"]
    assert (used["read"], used["accepted"], used["unchanged"]) == (5, 3, 2)


def test_words_for_not_measured_are_no_results(tmp_path: Path) -> None:
    tables = tablet(tmp_path, quality_indicators="LotID,Y1,Y2\nL1,NaN,2.5\nL2,#N/A,\n")
    assert [(row["item_id"], row["test"], row["value"]) for row in tables["results"]] == [("L1", "Y2", "2.5")]


def test_headers_and_cells_as_other_programs_write_them(tmp_path: Path) -> None:
    tables = tablet(tmp_path, formulas_Group1="fplot, X1, X2\nL1, 0.4, 0.6\n", properties_Group1="lot #,var1\nX1, 7\n")
    assert [(row["step_id"], row["item_id"], row["quantity"]) for row in tables["consumption"]] == [
        ("L1/tablet", "X1", "0.4"), ("L1/tablet", "X2", "0.6"),
    ]  # fmt: skip
    assert [row["item_id"] for row in tables["lots"]] == ["X1", "X2", "L1"]


@pytest.mark.parametrize("seed", range(6))
def test_any_part_of_the_campaign_under_any_names_comes_through(
    campaign: dict[str, list[dict[str, str]]], tmp_path: Path, seed: int
) -> None:
    """Some finished lots, some columns, groups renamed or absent, a lot of another group beside: every fraction as written."""
    assert campaign
    draw = random.Random(seed)
    expected: Counter[tuple[str, ...]] = Counter()
    cells = used = 0
    for path in sorted(TABLET.glob("formulas_*.csv")):
        if draw.random() < 0.2:
            continue
        group = draw.choice(["Group 7", "api", path.stem.removeprefix("formulas_")])
        header, lines = matrix(path.name)
        chosen = sorted(draw.sample(range(1, len(header)), draw.randint(1, len(header) - 1)))
        kept = draw.sample(lines, draw.randint(1, len(lines)))
        header, lines = (
            [header[0], *(header[at] for at in chosen)],
            [[line[0], *(line[at] for at in chosen)] for line in kept],
        )
        if draw.random() < 0.5:
            header, lines = [*header, "A0001x"], [[*line, draw.choice(["0", "0.0", "1e-3", "0.125"])] for line in lines]
        name = f"formulas_{group}{draw.choice(['', ' b'])}.csv"
        if (tmp_path / name).exists():
            continue
        (tmp_path / name).write_text("\n".join(",".join(line) for line in [header, *lines]) + "\n")
        for line in lines:
            for lot, fraction in zip(header[1:], line[1:], strict=True):
                cells += 1
                if float(fraction) != 0:
                    used += 1
                    group_told = name.removeprefix("formulas_").removesuffix(".csv")
                    expected[f"{line[0]}/tablet", lot, fraction, "kg/kg", group_told] += 1
    tables = tablet(tmp_path)
    got = Counter(
        tuple(row[name] for name in ("step_id", "item_id", "quantity", "unit", "line_no"))
        for row in tables["consumption"]
    )
    assert got == expected
    assert {(row["item_id"], row["material_id"]) for row in tables["lots"]} >= {
        (item, group) for _, item, _, _, group in got
    }
    told = [raw for raw in apply(find_mapping("tablet"), sorted(tmp_path.iterdir())) if raw.table == "consumption"]
    assert sum(raw.read for raw in told) == used
    assert sum(raw.not_facts or 0 for raw in told) == cells - used
