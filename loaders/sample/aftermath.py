"""What happens to finished lots after release: samples, kits, shipping, returns, shipping again, relabelling, use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loaders.sample import catalogue, clock, shipping
from loaders.sample.codes import sscc

if TYPE_CHECKING:
    from loaders.sample.floor import Floor
    from loaders.sample.masterdata import Customer
    from loaders.sample.plan import Campaign
    from loaders.sample.serials import Finished
    from loaders.sample.shipping import Carton, Dispatch
    from loaders.sample.supply import GoodsIn

_D, _H = clock.DAY, clock.HOUR


def send_out(floor: Floor, campaign: Campaign, finished: list[Finished]) -> None:
    """Sample, ship, take back and count the finished lots of a campaign."""
    dispatch = shipping.Dispatch(floor, campaign)
    for place, one in enumerate(finished):
        _single_units(dispatch, one)
        reserved = 0
        if place == 0:
            reserved = floor.plan.kits(campaign.number) + floor.plan.kits(campaign.number + 1)
        free = one.lot.left - reserved
        available = max(min(1, free), free * 85 // 100)
        way = shipping.way_out(campaign, place)
        if way == shipping.IN_CARTONS:
            packed = dispatch.cartons(one, available)
            _carton_comes_back(dispatch, one, packed)
            dispatch.close_cartons(one, packed)
        elif way == shipping.BY_LOT:
            _lot_comes_back(dispatch, one, dispatch.lot(one, available))
        elif way == shipping.BY_SERIAL:
            _serials_come_back(dispatch, one, available)
        else:
            dispatch.lot_on_pallets(one, available)


def _single_units(dispatch: Dispatch, finished: Finished) -> None:
    """One unit is kept as a sample; on lines with scanned parts one is scrapped for its label."""
    if finished.lot.left < 4:
        return
    floor = dispatch.floor
    start, _ = finished.go(1)
    unit, sample = finished.units[start], f"RT-{floor.next('sample'):06d}"
    floor.disposed(unit, "sampled", dispatch.stamp(11, 2), reason="retained sample")
    value = f"1.{floor.draws.between(1, 9)}"
    floor.result(unit, "seal strength", value, dispatch.stamp(11, 3), unit="N", limits=("1.0", ""), sample=sample)
    if dispatch.campaign.product.by_unit:
        start, _ = finished.go(1)
        unit = finished.units[start]
        floor.disposed(unit, "scrapped", dispatch.stamp(11, 4), reason="label misprint")


def _carton_comes_back(dispatch: Dispatch, finished: Finished, packed: list[Carton]) -> None:
    """One unit of the first carton comes back and is shipped to someone else in a tote; one of the last is used."""
    if not packed:
        return
    floor, first, last = dispatch.floor, packed[0], packed[-1]
    if last.customer and last.end - 1 > first.start:
        used = finished.units[last.end - 1]
        floor.disposed(used, "used", dispatch.stamp(40), party=last.customer.party_id)
    if first.customer and dispatch.campaign.number % 3 != 1:
        unit = finished.units[first.start]
        party = first.customer.party_id
        floor.disposed(unit, "returned", dispatch.stamp(35), party=party, reason="ordered too many")
        first.out[first.start] = dispatch.stamp(34)
        # Totes go round: only the time tells what was in one when it was shipped.
        tote = f"TOTE/{floor.next('tote') % floor.plan.totes + 1:02d}"
        floor.tables.row(
            "packing", item_id=unit, container_id=tote, packed_at=dispatch.stamp(37), unpacked_at=dispatch.stamp(50)
        )
        dispatch.ship(tote, dispatch.customer(), 38, quantity="1", reach=finished.reach[first.start])


def _lot_comes_back(dispatch: Dispatch, finished: Finished, sent: list[tuple[Customer, int]]) -> None:
    """One piece of a lot shipped by lot number comes back damaged and is destroyed."""
    if sent:
        customer, _ = sent[0]
        item = finished.lot.item_id
        reason = "transport damage"
        dispatch.floor.disposed(item, "returned", dispatch.stamp(35), party=customer.party_id, reason=reason)
        dispatch.floor.disposed(item, "destroyed", dispatch.stamp(36), reason=reason)


def _serials_come_back(dispatch: Dispatch, finished: Finished, available: int) -> None:
    """Up to two serials come back, are relabelled for another market as a lot without serials, and shipped as that."""
    floor, start = dispatch.floor, finished.used
    customers = dispatch.serials(finished, available)
    back = range(start, start + min(2, len(customers)))
    if not back:
        return
    for place in back:
        party = customers[place - start].party_id
        floor.disposed(finished.units[place], "returned", dispatch.stamp(35), party=party, reason="label language")
    begun = dispatch.campaign.start + 36 * _D
    step = floor.step("relabelling", dispatch.campaign, begun, 1, document="SOP-0170", kind="relabel")
    for place in back:
        step.use_unit(finished.units[place], finished.reach[place])
    product = dispatch.campaign.product
    lot = step.make(product.finished, f"{finished.lot.item_id}-R", len(back), f"{finished.lot.number}-R", expires=True)
    dispatch.ship(lot.item_id, dispatch.customer(), 39, quantity=str(len(back)), reach=lot.reach)


def make_kits(floor: Floor, goods: GoodsIn, campaign: Campaign, first: Finished, before: Finished) -> None:
    """Pack kits from lots as lots: which serials went into which kit is not recorded."""
    kits = floor.plan.kits(campaign.number)
    dispatch = shipping.Dispatch(floor, campaign)
    order = f"KO/{campaign.number + 1:05d}"
    floor.tables.row(
        "orders", order_id=order, material_id=catalogue.KIT.material_id, planned_quantity=str(kits),
        unit=catalogue.ERP_PIECE, due=dispatch.stamp(20),
    )  # fmt: skip
    step = floor.step("kitting", campaign, campaign.start + 16 * _D, 5, document="RCP-KIT", kind="kit", order=order)
    step.use_all(goods.take(catalogue.TRAY, kits, campaign))
    step.use(before.lot, kits)
    step.use(first.lot, kits)
    number = floor.next("kit")
    lot = step.make(catalogue.KIT, f"KIT {number:05d}", kits, f"K{number:05d}", expires=True)
    floor.decided(lot.item_id, "released", dispatch.stamp(17), "batch record reviewed")
    pallet = sscc(floor.next("container"))
    floor.tables.row("packing", item_id=lot.item_id, container_id=pallet, packed_at=dispatch.stamp(18))
    boxed = kits // 2 // 4 * 4
    dispatch.ship(pallet, dispatch.customer(), 19, quantity=str(kits - boxed), reach=lot.reach)
    if boxed:
        dispatch.ship(lot.item_id, dispatch.customer(), 19, quantity=str(boxed // 4), unit="XBX", reach=lot.reach)
