"""The plants that are measured: sample plants, loaded into homes, with items to ask about."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import in_child
from benchmarks.setting import Setting, say

if TYPE_CHECKING:
    from genealogy.engine import Engine

SEED = 1
BIG_UNITS = 385_000
"""A sample plant of so many units makes a graph of 1.3 million nodes."""

NEAR = (1_000, 13_000)
"""Sizes of answers for which an item is looked for."""

_LOTS_TRIED = 1_000
_UNITS_ASKED = 20


def sample(setting: Setting, units: int) -> Path:
    """The sample plant of this size, written if it is not there."""
    folder = setting.work / f"plant-{units}"
    if not (folder / "truth" / "truth.json").exists():
        say(f"writing the sample plant of {units:,} units")
        in_child("plants:write", folder=folder, units=units)
    return folder


def write(folder: str, units: int) -> int:
    """Write a sample plant; returns its rows."""
    from loaders.sample import write_sample

    return sum(write_sample(Path(folder), seed=SEED, units=units).rows.values())


def home(setting: Setting, units: int) -> Path:
    """A home with the plant of this size in its ledger and embedded store, and ``starts.json`` beside them."""
    folder = setting.work / f"home-{units}"
    if not (folder / "starts.json").exists():
        plant = sample(setting, units)
        say(f"loading the plant of {units:,} units")
        in_child("plants:make_home", folder=folder, plant=plant)
    return folder


def starts(home: str | Path) -> dict[str, Any]:
    """What to ask about in a home (see ``find_starts``)."""
    found: dict[str, Any] = json.loads((Path(home) / "starts.json").read_text(encoding="utf-8"))
    return found


def make_home(folder: str, plant: str) -> None:
    """Load a plant into a new home and look for items to ask about."""
    from genealogy.engine import Engine
    from loaders import load

    with Engine.open(Path(folder)) as engine:
        report = load(engine, [Path(plant)])
        found = find_starts(engine, Path(plant))
        found["facts"] = sum(file["accepted"] for file in report["files"])
    (Path(folder) / "starts.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def find_starts(engine: Engine, plant: Path) -> dict[str, Any]:
    """Items to ask about.

    Returns:
        ``near``: for each size of NEAR the lot (of up to 1,000, spread over the plant) that reaches nearest to so many
        items, and how many; ``demo``: the receipts of the demo's bad lot; ``units``: 20 units, spread over the plant.
    """
    lots = _column(plant / "lots.csv")
    tried = lots[:: max(1, len(lots) // _LOTS_TRIED)]
    reached = {lot: len(engine.snapshot.reach([lot], "forward", engine.head).ids) for lot in tried}
    near = {}
    for size in NEAR:
        lot = min(sorted(reached), key=lambda lot, size=size: abs(reached[lot] - size))  # type: ignore[misc]
        near[str(size)] = {"id": lot, "items": reached[lot]}
    truth = json.loads((plant / "truth" / "truth.json").read_text(encoding="utf-8"))
    count = truth["rows"]["units"]
    units = _column(plant / "units.csv", max(1, count // _UNITS_ASKED))[:_UNITS_ASKED]
    return {"near": near, "demo": truth["demo"]["item_ids"], "units": units}


def _column(path: Path, step: int = 1) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return [row[0] for row in islice(rows, 0, None, step)]


def disk_mb(folder: Path) -> float:
    """What a folder takes on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def load_made(tables: dict[str, list[dict[str, str]]], folder: Path, home: Path) -> None:
    """Write a plant that was made for one benchmark, and load it into a new home."""
    from genealogy.engine import Engine
    from loaders import load

    folder.mkdir(parents=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    with Engine.open(home) as engine:
        load(engine, [folder])
