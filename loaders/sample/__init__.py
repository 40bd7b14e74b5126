"""A sample plant: a believable maker of sterile single-use devices, of any size, with the true answers beside it.

The plant is a folder of CSV files in the exchange format of ``genealogy.plant``. It is the same byte for byte whenever
it is made from the same seed and number of units. ``truth/`` beside the tables tells what some supplier lots reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genealogy.errors import InputError
from genealogy.plant import TABLES
from loaders.sample import aftermath, making, masterdata, serials, sterile, supply
from loaders.sample.codes import Draws
from loaders.sample.floor import Floor, order_id
from loaders.sample.plan import FEWEST_UNITS, Plan
from loaders.sample.shipping import Dispatch
from loaders.sample.tables import TableFiles
from loaders.sample.truth import FULL_LISTS_UP_TO, Truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loaders.sample.plan import Campaign
    from loaders.sample.serials import Finished

__all__ = ["SampleSummary", "write_sample"]

MOST_UNITS = 90_000_000
"""Above this, nine-digit codes of units would no longer be unique."""


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written.

    Attributes:
        folder: where the plant is.
        seed: the seed it was made from.
        units: its serialised finished units.
        rows: rows written, by table.
        demo_supplier: the supplier of the bad lot that the demo asks about.
        demo_lot: that supplier's number of it.
        demo_units: how many finished units it really reached.
        truth: the file with the known answers.
    """

    folder: Path
    seed: int
    units: int
    rows: dict[str, int]
    demo_supplier: str
    demo_lot: str
    demo_units: int
    truth: Path


def write_sample(out: Path, *, seed: int, units: int, progress: Callable[[str], None] | None = None) -> SampleSummary:
    """Write a sample plant into a folder that is new, empty, or holds an earlier sample plant.

    Args:
        out: the folder.
        seed: the same seed and number of units make the same plant.
        units: serialised finished units, at least 200.
        progress: told in plain words how far it is.

    Raises:
        InputError: too few or too many units, a negative seed, or the folder holds something else.
    """
    if not FEWEST_UNITS <= units <= MOST_UNITS:
        raise InputError(f"A sample plant cannot have {units} units; choose {FEWEST_UNITS} to {MOST_UNITS}.")
    if seed < 0:
        raise InputError(f"The seed is {seed}; choose 0 or a positive number.")
    _prepare(out)
    plan, truth = Plan(units, seed), Truth()
    with TableFiles(out) as tables:
        countries = masterdata.write_master_data(tables, truth, units)
        floor = Floor(tables, truth, plan, Draws(seed * 2))
        _run(floor, progress)
    if progress:
        progress("writing the known answers")
    head: dict[str, Any] = {"format": 1, "seed": seed, "units": units, "rows": tables.rows}
    answers = truth.write(out / "truth", head, countries, full=units <= FULL_LISTS_UP_TO)
    demo = next(entry for entry in answers["chosen"] if entry["name"] == "demo")
    return SampleSummary(
        out, seed, units, dict(tables.rows), demo["supplier_id"], demo["supplier_lot"], demo["finished_units"]["count"],
        out / "truth" / "truth.json",
    )  # fmt: skip


def _prepare(out: Path) -> None:
    """Make the folder; an earlier sample plant in it gives way, anything else is left alone and refused."""
    ours = {f"{name}.csv" for name in TABLES} | {"truth"}
    out.mkdir(parents=True, exist_ok=True)
    foreign = sorted(path.name for path in out.iterdir() if path.name not in ours)
    if foreign:
        raise InputError(f"{out} holds {foreign[0]}, which is no part of a sample plant; choose a new or empty folder.")
    for old in (out / "truth").glob("forward/*.txt"):
        old.unlink()


def _run(floor: Floor, progress: Callable[[str], None] | None) -> None:
    goods, made = supply.GoodsIn(floor), 0
    campaigns = floor.plan.campaigns
    before: list[Finished] = []
    for campaign in campaigns:
        finished = _one_campaign(floor, goods, campaign, before[0] if before else None)
        if before:
            _close(floor, campaigns[campaign.number - 1], before)
        before = finished
        made += campaign.units
        if progress and campaign.number % max(1, len(campaigns) // 20) == 0:
            progress(f"campaign {campaign.number + 1} of {len(campaigns)}, {made:,} units")
    _close(floor, campaigns[-1], before)
    goods.finish(campaigns[-1])


def _one_campaign(floor: Floor, goods: supply.GoodsIn, campaign: Campaign, before: Finished | None) -> list[Finished]:
    goods.begin(campaign)
    floor.tables.row(
        "orders", order_id=order_id(campaign), material_id=campaign.product.finished.material_id,
        planned_quantity=str(campaign.units), unit="H87", due=Dispatch(floor, campaign).stamp(20),
    )  # fmt: skip
    if campaign.number == len(floor.plan.campaigns) // 2:
        supply.receive_unused(floor, campaign)
    parts = making.make_parts(floor, goods, campaign)
    assembled = making.assemble(floor, goods, campaign, parts)
    sterilised = sterile.sterilise(floor, campaign, assembled)
    batches = sterile.packing_batches(floor, campaign, sterilised)
    finished = serials.Packing(floor, goods, campaign, parts).pack(batches)
    packed = tuple(lot for lots, _ in batches for lot in lots)
    making.leftovers(floor, campaign, parts, packed)
    aftermath.send_out(floor, campaign, finished)
    if before is not None and floor.plan.kits(campaign.number):
        aftermath.make_kits(floor, goods, campaign, finished[0], before)
    return finished


def _close(floor: Floor, campaign: Campaign, finished: list[Finished]) -> None:
    """Count a campaign's finished lots once the next campaign has taken its kits from them."""
    dispatch = Dispatch(floor, campaign)
    for one in finished:
        dispatch.count(one)
