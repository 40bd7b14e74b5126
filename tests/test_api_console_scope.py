"""How many rows the tabs of a scope have, on a page that makes only those it shows."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from oracle import ZONE
from plants import random_plant, write_plant

from api.console.scope_rows import TABS, scope_rows, scope_sizes
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
        units = [row for row in answer["items"] if row["kind"] == "unit" and row["stage"] == "finished"]
        by_tier = {tier: each["finished_units"] for tier, each in answer["by_tier"].items() if tier != "start"}
        assert Counter(row["tier"] for row in units) == Counter({t: n for t, n in by_tier.items() if n})
        seen.update({tab: count > 0 for tab, count in sizes.items()})
    assert min(seen["units"], seen["lots"], seen["all"])
