"""How many rows the tabs of a scope have, on a page that makes only those it shows."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from typing import TYPE_CHECKING

from cli import PLANT, run_here, write
from fastapi.testclient import TestClient
from oracle import ZONE
from people import LOCAL, bearer
from plants import random_plant, write_plant

from api.app import create_app
from api.console.scope_rows import TABS, scope_rows, scope_sizes
from genealogy.engine import Engine
from loaders import load as load_files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Home


def test_each_tab_says_how_many_rows_it_has(home: Home, tmp_path: Path) -> None:
    engine = home.open()
    for seed in range(3):
        rng = random.Random(seed)
        for number, load in enumerate(random_plant(rng, 12, f"{seed}-")):
            load_files(engine, [write_plant(tmp_path / f"{seed}-{number}", load, rng)], zone=ZONE)
    moment = engine.snapshot.moment(engine.head)
    rows = moment.all_rows("lots")
    lots = sorted({text for text in moment.texts("lots", "item_id", rows) if text})
    seen = Counter[str]()
    for lot in lots:
        answer = engine.scope([lot]).answer
        sizes = scope_sizes(answer)
        assert sizes == {tab: len(scope_rows(answer, tab)) for tab in TABS}
        units = scope_rows(answer, "units")
        assert len(units) == answer["finished_units"]
        by_tier = {tier: each["finished_units"] for tier, each in answer["by_tier"].items()}
        assert Counter(row["tier"] for row in units) == Counter({t: n for t, n in by_tier.items() if n})
        seen.update({tab: count > 0 for tab, count in sizes.items()})
    assert min(seen["units"], seen["lots"], seen["all"])


def test_a_finished_thing_that_was_asked_about_stands_in_its_lists(tmp_path: Path) -> None:
    """It is affected itself: a list of finished units without it would lack the very unit that is bad."""
    with Engine.open(tmp_path / "home") as engine:
        load_files(engine, [write(tmp_path / "plant", PLANT)])
        client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home))
        scope = engine.scope(["RM-1"]).answer
        unit = next(row["id"] for row in scope["items"] if row["kind"] == "unit" and row["stage"] == "finished")
        lot = next(row["id"] for row in scope["items"] if row["kind"] == "lot" and row["stage"] == "finished")
        for item, tab in ((unit, "units"), (lot, "lots"), (unit, "all"), (lot, "all")):
            page = client.get(f"/scope?item=id:{item}&tab={tab}").text
            assert re.search(rf'<td class="mono"><a href="/items/{item}[^>]*>{item}</a>', page), (item, tab)
            assert "asked about" in page
            rows = list(csv.DictReader(io.StringIO(client.get(f"/scope.csv?item=id:{item}&tab={tab}").text)))
            assert rows[0]["id"] == item
            assert rows[0]["tier"] == "start"
        told = client.get(f"/api/v1/scope/units?item=id:{unit}").json()
        assert [row["id"] for row in told["rows"]][:1] == [unit]
        assert told["total"] == engine.scope([unit]).answer["finished_units"]
        assert engine.scope([unit]).answer["start_items"] == [
            {"id": unit, "kind": "unit", "stage": "finished", "depth": 0, "tier": "start"}
        ]
    listed = run_here(tmp_path / "home", "scope", f"id:{unit}", "--csv").out
    assert listed.splitlines()[1] == f"{unit},unit,finished,0,start"
