"""What an entry changes among the links: worked out from what it touches, the same as from everything."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from oracle import ZONE, Load
from plants import complete, random_plant, write_plant

import genealogy.projection as projection
from genealogy.derive import Links, Region, derive
from genealogy.engine import Engine
from genealogy.history import History
from loaders import load

if TYPE_CHECKING:
    import pyarrow as pa


def renaming(rng: random.Random, codes: list[str], number: int) -> Load:
    """A load that gives some codes of items another meaning, or takes it from them."""
    rows = [
        {"system": "mes", "kind": "item", "code": code, "means": rng.choice(codes), "void": rng.choice(["", "", "yes"])}
        for code in rng.sample(codes, 2)
    ]
    mark = {"item_id": f"mark {number}", "material_id": "M", "lot_number": "1"}
    return {"aliases": rows, "lots": [mark]}


def rows_of(links: dict[str, pa.Table], *names: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        kind: sorted(zip(*(table[name].to_pylist() for name in names), strict=True)) for kind, table in links.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_what_an_alias_of_an_item_touches_is_all_that_changes(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    plant = random_plant(rng, 10, "")
    codes = sorted({row["item_id"] for told in plant for rows in told.values() for row in rows if row.get("item_id")})
    loads = [*plant, *(renaming(rng, codes, number) for number in range(4))]
    with Engine.open(tmp_path / "home") as engine:
        for number, told in enumerate(loads):
            load(engine, [write_plant(tmp_path / f"load-{number}", complete(told))], zone=ZONE)
        changes = 0
        for sequence in engine.history.entries_with_facts(after=1):
            change, whole = projection.project(engine.history, sequence), projection.Change(sequence)
            before, after = (engine.history.aliases("item", at) for at in (sequence - 1, sequence))
            changes += before != after
            whole_before, whole_after = (
                derive(engine.history, sequence - 1, before),
                derive(engine.history, sequence, after),
            )
            projection._difference(whole, whole_before, whole_after)
            for part, names in (
                ("links", ("source", "target", "fact", "tier")),
                ("closed_links", ("source", "target", "fact")),
            ):
                assert rows_of(getattr(change, part), *names) == rows_of(getattr(whole, part), *names), (seed, sequence)
        assert changes
        assert engine.verify().problem is None


def test_an_alias_does_not_read_all_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Region | None] = []

    def watched(history: History, as_of: int, aliases: dict[str, str], region: Region | None = None) -> Links:
        asked.append(region)
        return derive(history, as_of, aliases, region)

    monkeypatch.setattr(projection, "derive", watched)
    lines = [{"step_id": f"S{n}", "item_id": f"L{n}", "at": "", "line_no": "1"} for n in range(50)]
    with Engine.open(tmp_path / "home") as engine:
        load(engine, [write_plant(tmp_path / "first", complete({"consumption": lines}))], zone=ZONE)
        asked.clear()
        alias = {"system": "mes", "kind": "item", "code": "L7", "means": "ours"}
        load(engine, [write_plant(tmp_path / "second", complete({"aliases": [alias]}))], zone=ZONE)
        assert [region.steps.to_pylist() for region in asked if region is not None] == [["S7"], ["S7"]]
        assert None not in asked
