"""Goods in: supplier lots arrive in one or several receipts, are tested, released, and used first in, first out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loaders.sample import catalogue, clock
from loaders.sample.codes import scattered
from loaders.sample.floor import Floor, Lot
from loaders.sample.plan import Arrival

if TYPE_CHECKING:
    from loaders.sample.catalogue import Material
    from loaders.sample.plan import Campaign

_SAMPLE = 100
"""Grams taken from each receipt of a plastic for the laboratory."""


class GoodsIn:
    """The store of supplied materials, as it stands while the campaigns go by."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._open: dict[str, list[Lot]] = {material.material_id: [] for material in catalogue.SUPPLIED}
        self._ends: dict[str, int] = {}
        self._flaws: dict[str, Arrival] = {}
        self._bad: list[Lot] = []

    def begin(self, campaign: Campaign) -> None:
        """Take in what arrives for this campaign on purpose, and put back what was only meant to last until here."""
        for material in catalogue.SUPPLIED:
            if self._ends.get(material.material_id) == campaign.number:
                del self._ends[material.material_id]
                self._put_back(material, campaign)
        for arrival in self._floor.plan.arrivals.get(campaign.number, []):
            self._put_back(arrival.material, campaign)
            self._ends[arrival.material.material_id] = campaign.number + arrival.covers
            self._receive(campaign, arrival)

    def take(self, material: Material, amount: int, campaign: Campaign, each: int = 1) -> list[tuple[Lot, int]]:
        """So much of a material, oldest receipt first, in whole multiples of ``each``."""
        taken = []
        while amount:
            opened = self._open[material.material_id]
            while opened and opened[0].left < each:
                self._close(opened.pop(0), campaign)
            if not opened:
                self._reorder(material, campaign, amount)
                continue
            part = min(amount, opened[0].left // each * each)
            taken.append((opened[0], part))
            amount -= part
            opened[0].left -= part
        for lot, part in taken:
            lot.left += part  # set aside only: the step that uses it takes it
        return taken

    def finish(self, campaign: Campaign) -> None:
        """Count what is left at the end; then the notice comes that the demo lot is bad."""
        for material in catalogue.SUPPLIED:
            self._put_back(material, campaign)
        notice = campaign.start + 80 * clock.DAY
        for lot in self._bad:
            self._floor.result(
                lot.item_id, "residual vinyl chloride", "2.7", clock.stamp(notice), unit="mg/kg", limits=("0", "1"),
                sample="RETAINED/1", laboratory="Example Test House", verdict="fail",
            )  # fmt: skip
            reason = "supplier's notice NP-R 2026/04: residual monomer above limit"
            self._floor.decided(lot.item_id, "held", clock.stamp(notice + 2 * clock.HOUR), reason, "NP-R 2026/04")

    def _reorder(self, material: Material, campaign: Campaign, amount: int) -> None:
        plan, draws = self._floor.plan, self._floor.draws
        supplier = draws.one_of(material.suppliers)
        number = self._floor.next("supplier lot")
        text = (f"{supplier[4:6]}-{number:05d}", f"{number:07d}", f"{supplier[4:6]} {number:04d}/{number % 7 + 1}")
        covers = draws.between(1, 3)
        short = max(amount - plan.need(material, campaign.number, covers), 0)
        arrival = Arrival(campaign.number, material, supplier, text[number % 3], draws.between(1, 3), covers)
        self._receive(campaign, arrival, short)

    def _receive(self, campaign: Campaign, arrival: Arrival, more: int = 0) -> None:
        floor, material = self._floor, arrival.material
        amount = floor.plan.need(material, campaign.number, arrival.covers) + more
        if arrival.flaw != "short":
            amount = amount * 102 // 100 + 20
        each = {catalogue.NEEDLE: 100, catalogue.BOUGHT_TUBING: 1_500}.get(material, 1)
        parts = -(-amount // each)
        receipts = min(arrival.receipts, parts) if parts else 1
        for number in range(receipts):
            share = (parts * (number + 1) // receipts - parts * number // receipts) * each
            self._write_receipt(campaign, arrival, number, max(share, each))

    def _write_receipt(self, campaign: Campaign, arrival: Arrival, number: int, amount: int) -> None:
        floor, material = self._floor, arrival.material
        received = campaign.start - (9 - 3 * number) * clock.DAY + floor.draws.below(8 * clock.HOUR)
        if arrival.flaw == "late":
            received = campaign.start + 20 * clock.DAY
        count = floor.next("receipt")
        lot = Lot(f"{scattered(count, 7):0>10}", material, amount, number=f"WE-{count:06d}")
        if arrival.name:
            lot.reach = floor.truth.choose(arrival.name, arrival.supplier, arrival.supplier_lot, lot.item_id)
        if count % 5 == 2:
            lot.code = f"4500{count:08d}"
            floor.tables.row("aliases", system="erp", kind="item", code=lot.code, means=lot.item_id)
        if arrival.name == "demo":
            self._bad.append(lot)
        sampled = _SAMPLE if material in {catalogue.PVC, catalogue.PP} else 0
        stated, unit = material.text(amount + sampled), material.unit
        if arrival.flaw == "short":
            stated = material.text(amount * 95 // 100)
        if material is catalogue.NEEDLE:
            stated, unit = str(amount // 100), "XBX"
        code = catalogue.ERP_MATERIALS.get(material.material_id, "") if count % 4 == 0 else ""
        floor.tables.row(
            "lots", item_id=lot.item_id, lot_number=lot.number, supplier_id=arrival.supplier, quantity=stated,
            unit=unit, material_id=code or material.material_id, supplier_lot=arrival.supplier_lot, status="quarantine",
            made_at=clock.stamp(received - 40 * clock.DAY), received_at=clock.stamp(received, campaign.zone),
            expires_on=clock.stamp(received + 720 * clock.DAY),
        )  # fmt: skip
        self._inspect(lot, arrival, received, campaign.zone, sampled)
        self._open[material.material_id].append(lot)
        if arrival.flaw:
            self._flaws[lot.item_id] = arrival
            self._report_flaw(lot, arrival, received, stated, campaign.zone)

    def _inspect(self, lot: Lot, arrival: Arrival, received: int, zone: str, sampled: int) -> None:
        floor = self._floor
        tested = received + 20 * clock.HOUR
        if sampled:
            at = clock.stamp(tested, zone)
            floor.disposed(lot.item_id, "sampled", at, quantity="0.1", unit="KGM", reason="incoming inspection")
            value, sample = str(floor.draws.between(180, 320)), f"IS-{floor.next('sample'):06d}"
            floor.result(lot.item_id, "melt flow index, 0.01 g/10 min", value, at, limits=("150", "350"), sample=sample)
        arrived = clock.stamp(received, zone)
        floor.result(lot.item_id, "supplier certificate", "conforms", arrived, laboratory=arrival.supplier)
        released = clock.stamp(tested + 4 * clock.HOUR, zone)
        floor.decided(lot.item_id, "released", released, "incoming inspection passed")

    def _report_flaw(self, lot: Lot, arrival: Arrival, received: int, stated: str, zone: str) -> None:
        truth, item = self._floor.truth, lot.item_id
        if arrival.flaw == "late":
            at = clock.stamp(received, zone)
            truth.anomalies.append({"kind": "consumed_before_received", "item_id": item, "received_at": at})
        elif arrival.flaw == "short":
            used = {"received": stated, "used": lot.material.text(lot.left), "unit": lot.material.unit}
            truth.anomalies.append({"kind": "used_above_receipt", "item_id": item, **used})

    def _put_back(self, material: Material, campaign: Campaign) -> None:
        opened = self._open[material.material_id]
        for lot in opened:
            self._close(lot, campaign)
        opened.clear()

    def _close(self, lot: Lot, campaign: Campaign) -> None:
        """Count what is left of a receipt when no campaign will use it any more."""
        left = lot.left
        arrival = self._flaws.get(lot.item_id)
        if arrival and arrival.flaw == "miscounted":
            left -= 5
            self._floor.truth.anomalies.append(
                {
                    "kind": "stock_short", "item_id": lot.item_id, "expected": lot.material.text(lot.left),
                    "counted": lot.material.text(left), "unit": lot.material.unit,
                }
            )  # fmt: skip
        at = clock.stamp(campaign.start + 30 * clock.DAY)
        self._floor.counted(lot.item_id, "RM W1", lot.material.text(left), at, unit=lot.material.unit)


def receive_unused(floor: Floor, campaign: Campaign) -> None:
    """One supplier lot is rejected at goods in and goes back to its supplier unused."""
    material, number = catalogue.BOUGHT_TUBING, floor.next("receipt")
    item, supplier, supplier_lot = f"{scattered(number, 7):0>10}", "SUP-KANSAI", "TB 99/0001"
    bit = floor.truth.choose("never-used", supplier, supplier_lot, item)
    received = campaign.start - 5 * clock.DAY
    floor.tables.row(
        "lots", item_id=item, material_id=material.material_id, lot_number=f"WE-{number:06d}", supplier_id=supplier,
        supplier_lot=supplier_lot, quantity="500", unit="MTR", received_at=clock.stamp(received), status="quarantine",
    )  # fmt: skip
    tested = clock.stamp(received + clock.DAY)
    floor.result(item, "outer diameter", "4.6", tested, unit="mm", limits=("4.0", "4.2"), verdict="fail")
    floor.decided(item, "rejected", clock.stamp(received + clock.DAY + clock.HOUR), "outer diameter above limit")
    floor.tables.row(
        "shipments", shipment_id=f"RET/{number:06d}", item_id=item, consignee_id=supplier, quantity="500", unit="MTR",
        shipped_at=clock.stamp(received + 3 * clock.DAY), document="complaint 0007",
    )  # fmt: skip
    floor.truth.shipped(supplier, bit)
