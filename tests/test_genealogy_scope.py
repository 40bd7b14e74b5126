"""What a scope says beside its items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle import ZONE
from plants import write_plant

from loaders import load as load_files

if TYPE_CHECKING:
    from conftest import Home

    from genealogy.engine import Engine


def test_a_gap_names_the_file_and_the_row_in_it(engine: Engine, home: Home) -> None:
    link = {"step_id": "S", "item_id": "A", "quantity": "1", "unit": "KGM"}
    first = write_plant(home.folder.parent / "monday", {"production": [{**link, "item_id": "B"}]})
    bad = {**link, "quantity": "-1"}
    second = write_plant(home.folder.parent / "tuesday", {"consumption": [{**link, "step_id": "T"}, bad]})
    load_files(engine, [first], zone=ZONE)
    load_files(engine, [first, second], zone=ZONE)
    gaps = engine.scope(["A"]).answer["gaps"]
    for kind in ("quarantined", "suspected"):
        (example,) = gaps[kind]["examples"]
        assert example["file"].endswith("tuesday/consumption.csv")
        assert (example["entry"], example["row"]) == (2, 3)
    for said in (engine.bounds(["A"]).answer, engine.near_misses(["A"]).answer):
        assert '"file": "1"' not in str(said).replace("'", '"')
