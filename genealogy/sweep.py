"""The reach of every lot at once: how many items, and how many finished units, each of them leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import InputError
from genealogy.snapshot.closures import Closures
from genealogy.snapshot.describe import records
from genealogy.snapshot.lineage import ITEM, SORTS, Lineage, node, trace_links
from genealogy.wording import Option, said
from queries.plant import STAGES

if TYPE_CHECKING:
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_ROWS = 1 << 15
"""Classes that are counted at once: bounds the memory of turning bits into numbers."""


def sweep_answer(snapshot: Snapshot, stage: str | None, as_of: int) -> dict[str, Any]:
    """Every lot with its reach, as an answer.

    Raises:
        InputError: there is no such stage.
    """
    if stage is not None and stage not in STAGES:
        raise InputError(said(Option("stage"), f" {stage!r} is not known. Known are: {', '.join(STAGES)}."))
    lots = sweep(snapshot.moment(as_of), stage)
    reaching = sum(lot["finished_units"] > 0 for lot in lots)
    named = f"{stage} lots" if stage else "lots"
    lines = [f"Of {len(lots):,} {named}, {reaching:,} are in finished units."]
    if reaching:
        lines.append(f"The largest reach has {lots[0]['id']}: {lots[0]['finished_units']:,} finished units.")
    return {
        "stage": stage,
        "as_of": as_of,
        "complete": True,
        "lots": lots,
        "second_road": "not asked",
        "summary": lines,
    }


def sweep(moment: Moment, stage: str | None = None) -> list[dict[str, Any]]:
    """Every lot with its reach, largest first (finished units, then items, then id).

    ``items`` and ``finished_units`` are what ``scope`` of that lot alone counts: items without the lot itself.

    Args:
        moment: the facts that count.
        stage: only lots of materials of this stage.
    """
    lots = described_lots(moment, stage)
    tails, heads = trace_links(moment)
    lineage = Lineage.of(tails, heads, node(lots, ITEM))
    closures = Closures.of(lineage, lineage.parts(node(lots, ITEM)))
    named = lineage.names % SORTS == ITEM
    items = (lineage.names[named] // SORTS).astype(np.int32)
    found = records(moment, items)
    finished = (found.unit >= 0) & (found.stage >= 0) & (found.stage == moment.words.find(["finished"])[0])
    classes = closures.of_part[lineage.part[named]]
    weights = np.stack(
        [np.bincount(classes[which], minlength=closures.count) for which in (slice(None), finished)]
    ).astype(np.int64)
    reach = counted(closures, weights, len(lots))
    ids = moment.codes.strings(lots)
    rows = [
        {"id": item, "items": int(count) - 1, "finished_units": int(units)}
        for item, count, units in zip(ids, *reach.tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row["finished_units"], -row["items"], row["id"]))


def counted(closures: Closures, weights: Array, sources: int) -> Array:
    """For each of the first so many sources the sum of each row of weights over the classes behind which it stands (exact)."""
    totals = np.zeros((len(weights), sources), np.int64)
    for block, classes, there in closures.blocks(np.flatnonzero((weights > 0).any(axis=0)), np.arange(sources)):
        sums = np.zeros((len(weights), len(block)))
        for begin in range(0, len(classes), _ROWS):
            rows = slice(begin, begin + _ROWS)
            # Whole numbers far below 2^53: the sums are exact.
            sums += weights[:, classes[rows]].astype(np.float64) @ there[rows].astype(np.float64)
        totals[:, block] = np.rint(sums).astype(np.int64)
    return totals


def described_lots(moment: Moment, stage: str | None = None) -> Array:
    """The items that are described as lots and not as units, of one stage or of any, ascending."""
    rows = moment.all_rows("lots")
    lots = np.unique(moment.item_column("lots", "item_id", rows)) if len(rows) else np.zeros(0, np.int32)
    found = records(moment, lots)
    wanted = found.unit < 0
    if stage is not None:
        wanted &= (found.stage >= 0) & (found.stage == moment.words.find([stage])[0])
    chosen: Array = lots[wanted]
    return chosen
