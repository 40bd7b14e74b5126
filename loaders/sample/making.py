"""From plastic to assembled lots: extrusion, moulding with regrind going back in, label printing, assembly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.sample import catalogue, clock, quality
from loaders.sample.codes import scattered
from loaders.sample.plan import TUBE_MM, connectors, in_process, labels, need, tubing_mm

if TYPE_CHECKING:
    from loaders.sample.floor import Floor, Lot
    from loaders.sample.plan import Campaign
    from loaders.sample.supply import GoodsIn

_H = clock.HOUR


@dataclass(slots=True)
class Parts:
    """What a campaign made for its own assembly.

    Attributes:
        tubing: the extruded tubing.
        connectors: the moulded connectors.
        labels: the printed labels.
    """

    tubing: Lot
    connectors: Lot
    labels: Lot


def make_parts(floor: Floor, goods: GoodsIn, campaign: Campaign) -> Parts:
    """Extrude tubing, mould connectors and print labels for a campaign."""
    tubing = _extrude(floor, goods, campaign)
    return Parts(tubing, _mould(floor, goods, campaign), _print_labels(floor, goods, campaign))


def _extrude(floor: Floor, goods: GoodsIn, campaign: Campaign) -> Lot:
    line = "EXT-01" if campaign.site == "W1" else "EXT-02"
    step = floor.step("extrusion", campaign, campaign.start, 20, document="SOP-0117", line=line)
    pieces = goods.take(catalogue.PVC, need(catalogue.PVC, campaign), campaign)
    most = max(grams for _, grams in pieces)
    for lot, grams in pieces:
        in_grams = grams == most and campaign.number % 6 == 2
        drums = _drums(grams) if grams == most and campaign.number % 2 else [grams]
        for drum, part in enumerate(drums):
            # Some operators number the drums, others write two rows that look alike: both are two drums.
            numbered = len(drums) > 1 and campaign.number % 4 == 1
            step.use(
                lot, part, line_no=f"{drum + 1:02d}" if numbered else "",
                unit="GRM" if in_grams else "", quantity=str(part) if in_grams else "",
            )  # fmt: skip
    tubing = step.make(
        catalogue.TUBING, f"T {campaign.number // 1_000}/{campaign.number % 1_000:03d} {floor.draws.below(100):02d}",
        tubing_mm(campaign), f"T{campaign.number + 1:05d}",
    )  # fmt: skip
    step.on("LINE_EXTR_1" if line == "EXT-01" else line)
    if line == "EXT-01":
        step.on("SILO 3")
    quality.extrusion_readings(floor, campaign, step, line)
    return tubing


def _drums(grams: int) -> list[int]:
    """The plastic as it was tipped in: two drums alike, and the odd gram in a bag."""
    return [part for part in (grams // 2, grams // 2, grams % 2) if part]


def _mould(floor: Floor, goods: GoodsIn, campaign: Campaign) -> Lot:
    begun, line = campaign.start + 24 * _H, "IM-11" if campaign.site == "W1" else "IM-12"
    step = floor.step("moulding", campaign, begun, 20, document="SOP-0122", line=line)
    step.use_all(goods.take(catalogue.PP, need(catalogue.PP, campaign), campaign))
    late = any(arrival.flaw == "late" for arrival in floor.plan.arrivals.get(campaign.number, []))
    for lot, grams in goods.take(catalogue.COLOURANT, need(catalogue.COLOURANT, campaign), campaign):
        step.use(lot, grams, at=clock.stamp(begun + _H, campaign.zone) if late else "")
    if campaign.number == floor.plan.unresolved_at:
        unknown = "MB 7731 ?/0"
        floor.tables.row("consumption", step_id=step.step_id, item_id=unknown, quantity="0.2", unit="KGM")
        floor.truth.anomalies.append({"kind": "unresolved_item", "item_id": unknown, "step_id": step.step_id})
    made = connectors(campaign)
    lot = step.make(catalogue.CONNECTOR, f"C{scattered(campaign.number, 6)}.1", made, f"C{campaign.number + 1:05d}")
    if floor.plan.regrinds(campaign):
        rejects = campaign.units // 50 + 4
        rework = floor.step("grinding", campaign, begun + 8 * _H, 2, document="SOP-0123", kind="rework")
        rework.use(lot, rejects)
        number = floor.next("regrind")
        regrind = rework.make(catalogue.REGRIND, f"RG {number:05d}/0", rejects * 3, f"RG{number:05d}")
        step.use(regrind, rejects * 3, at=clock.stamp(begun + 12 * _H, campaign.zone))
        floor.truth.phenomena.setdefault("rework_cycles", []).append([lot.item_id, regrind.item_id])
    step.on(line)
    quality.moulding_readings(floor, campaign, step, line)
    if campaign.number == floor.plan.orphan_at:
        _trial(floor, goods, campaign, begun)
    return lot


def _trial(floor: Floor, goods: GoodsIn, campaign: Campaign, begun: int) -> None:
    """A mould trial used material, and nobody recorded what became of it."""
    step = floor.step("moulding", campaign, begun + 21 * _H, 1, document="SOP-0122", line="IM-12")
    step.use_all(goods.take(catalogue.PP, 25, campaign))
    floor.truth.anomalies.append({"kind": "orphan_step", "step_id": step.step_id})


def _print_labels(floor: Floor, goods: GoodsIn, campaign: Campaign) -> Lot:
    """Printed labels; the record only knows that the rolls and the labels belong to one order."""
    step = floor.step("printing", campaign, campaign.start + 36 * _H, 3, document="SOP-0140", grain="order")
    amount = labels(campaign)
    step.use_all(goods.take(catalogue.LABEL, amount, campaign))
    item = f"PL{scattered(campaign.number, 7)}"
    return step.make(catalogue.PRINTED_LABEL, item, amount, f"PL{campaign.number + 1:05d}")


def assemble(floor: Floor, goods: GoodsIn, campaign: Campaign, parts: Parts) -> list[Lot]:
    """Assembled lots, not yet sterile, one for each finished lot of the campaign.

    Where parts are scanned for each serial, only what goes into every piece alike is recorded here.
    """
    product, made = campaign.product, []
    for number, units in enumerate(campaign.lots):
        pieces = units + in_process(units)
        begun = campaign.start + 48 * _H + number * 8 * _H
        line = "ASM-1" if campaign.site == "W1" else "ASM-2"
        step = floor.step("assembly", campaign, begun, 7, document="SOP 0150/A", line=line)
        if not product.by_unit:
            step.use(parts.tubing, pieces * TUBE_MM)
        if not product.scans_connector:
            each = 1 if product.by_unit else 2
            step.use(parts.connectors, pieces * each)
        for lot, milligrams in goods.take(catalogue.ADHESIVE, pieces * 216, campaign, 216):
            by_volume = number % 2 == 1  # received by weight, dosed by weight on one line and by volume on the other
            step.use(
                lot, milligrams, unit="LTR" if by_volume else "", quantity=_litres(milligrams) if by_volume else ""
            )
        step.use_all(goods.take(catalogue.FILM, pieces * 60, campaign))
        for lot, lids in goods.take(catalogue.TYVEK, pieces, campaign):
            step.use(lot, lids, unit=catalogue.ERP_PIECE if campaign.number % 3 == 0 else "")
        code = f"L-{scattered(floor.next('assembly'), 6)}"
        lot = step.make(product.assembled, code, pieces, f"{product.letter}{campaign.number + 1:05d}-{number + 1}")
        step.on(line)
        scrapped = clock.stamp(begun + 7 * _H, campaign.zone)
        floor.scrap(lot, units // 50 + floor.draws.below(2), scrapped, "leak test")
        made.append(lot)
    return made


def _litres(milligrams: int) -> str:
    """Litres of adhesive at 1.08 kg/l: 216 mg are 0.0002 l."""
    return catalogue.ADHESIVE.text(milligrams // 216 * 200)


def leftovers(floor: Floor, campaign: Campaign, parts: Parts, product: tuple[Lot, ...]) -> None:
    """At the end of a campaign: scrap part of what was left of its own parts, and count the rest."""
    at = clock.stamp(campaign.start + 20 * clock.DAY, campaign.zone)
    later = clock.stamp(campaign.start + 60 * clock.DAY, campaign.zone)
    for lot in (parts.tubing, parts.connectors, parts.labels, *product):
        floor.scrap(lot, lot.left // 2, at, "line clearance")
        if lot.left:
            floor.counted(
                lot.item_id, f"RM {campaign.site}", lot.material.text(lot.left), later, unit=lot.material.unit
            )
