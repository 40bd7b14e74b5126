"""Contract sterilisation of several lots in one load, and lots that are split and merged before packing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loaders.sample import clock, masterdata, quality

if TYPE_CHECKING:
    from loaders.sample.floor import Floor, Lot
    from loaders.sample.plan import Campaign

_D, _H = clock.DAY, clock.HOUR


def sterilise(floor: Floor, campaign: Campaign, assembled: list[Lot]) -> list[Lot]:
    """The campaign's lots go to the steriliser in one load and come back sterile, each under its own number.

    The record of the load is one step: any sterile lot may hold any lot that was in the load.
    """
    out, back = campaign.start + 4 * _D, campaign.start + 8 * _D
    shipment = f"SH{floor.next('shipment'):08d}"
    for number, lot in enumerate(assembled):
        # One piece of each lot is the steriliser's to keep, for the bioburden test; the others go there and back.
        floor.tables.row(
            "shipments", shipment_id=shipment, item_id=lot.item_id, line_no=f"{number + 1}0", unit="H87",
            consignee_id=masterdata.STERILISER, quantity="1", shipped_at=clock.stamp(out, campaign.zone),
            document=f"DN {campaign.number + 1}/S", received_at=clock.stamp(out + _D, clock.UTC),
        )  # fmt: skip
        lot.left -= 1
        floor.truth.shipped(masterdata.STERILISER, lot.reach)
        floor.tables.row(
            "moves", item_id=lot.item_id, from_place=f"RM {campaign.site}", to_place="STG-DOCK", unit="H87",
            quantity=str(lot.left), at=clock.stamp(out, campaign.zone),
        )  # fmt: skip
    step = floor.step(
        "sterilisation", campaign, campaign.start + 6 * _D, 8, document="SPEC-0201", kind="sterilise",
        site="STERIGAS", order=f"LOAD {campaign.number + 1:05d}", zone=clock.UTC,
    )  # fmt: skip
    amounts = [lot.left for lot in assembled]
    for lot in assembled:
        step.use(lot, lot.left)
    step.on("STG/07")
    quality.sterilisation_readings(floor, campaign, step)
    sterile = []
    for lot, amount in zip(assembled, amounts, strict=True):
        made = step.make(campaign.product.sterile, f"{lot.item_id}/S", amount, lot.number)
        floor.tables.row(
            "moves", item_id=made.item_id, from_place="STG-DOCK", to_place=f"RM {campaign.site}", quantity=str(amount),
            at=clock.stamp(back, campaign.zone), unit="H87",
        )  # fmt: skip
        sterile.append(made)
    return sterile


def packing_batches(floor: Floor, campaign: Campaign, sterile: list[Lot]) -> list[tuple[list[Lot], int]]:
    """What is packed together: for each finished lot the sterile lots that go into it, and how many units it will have.

    In every fourth campaign the first lot is split, and its smaller part merged with the second lot.
    """
    batches = [([lot], units) for lot, units in zip(sterile, campaign.lots, strict=True)]
    if campaign.number % 4 != 1 and campaign.number % 8 != floor.plan.regrind_phase:
        return batches
    first, second = sterile[0], sterile[1]
    product, at = campaign.product, campaign.start + 8 * _D + 6 * _H
    moved = max(1, campaign.lots[0] // 4)
    rest = first.left - moved
    split = floor.step("split", campaign, at, 1, document="SOP-0160", kind="split")
    split.use(first, first.left)
    kept = split.make(product.sterile, f"{first.item_id} 1", rest, first.number)
    part = split.make(product.sterile, f"{first.item_id} 2", moved, first.number)
    merge = floor.step("merge", campaign, at + 2 * _H, 1, document="SOP-0160", kind="merge")
    total = moved + second.left
    merge.use(part, moved)
    merge.use(second, second.left)
    merged = merge.make(product.sterile, f"{second.item_id} M", total, second.number)
    batches[0] = ([kept], campaign.lots[0] - moved)
    batches[1] = ([merged], campaign.lots[1] + moved)
    return batches
