"""Where finished goods go: by serial, by lot, or in cartons on pallets, and what is counted at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loaders.sample import clock, masterdata
from loaders.sample.codes import sscc

if TYPE_CHECKING:
    from loaders.sample.floor import Floor
    from loaders.sample.masterdata import Customer
    from loaders.sample.plan import Campaign
    from loaders.sample.serials import Finished

_D, _H = clock.DAY, clock.HOUR

BY_SERIAL, BY_LOT, IN_CARTONS, LOT_ON_PALLETS = "by serial", "by lot", "in cartons", "lot on pallets"
_WAYS = (
    IN_CARTONS, BY_LOT, BY_SERIAL, IN_CARTONS, IN_CARTONS, LOT_ON_PALLETS, IN_CARTONS, BY_LOT, IN_CARTONS, BY_LOT,
)  # fmt: skip


def way_out(campaign: Campaign, place: int) -> str:
    """How the finished lot at this place of a campaign is packed and shipped."""
    return _WAYS[(campaign.number + 3 * place) % len(_WAYS)]


@dataclass(slots=True)
class Carton:
    """A carton with the units from one place of a finished lot up to another.

    Attributes:
        out: when the unit at a place was taken out again.
        customer: who was shipped it.
    """

    code: str
    start: int
    end: int
    packed_at: str
    out: dict[int, str] = field(default_factory=dict)
    customer: Customer | None = None


class Dispatch:
    """Ships the finished lots of one campaign."""

    def __init__(self, floor: Floor, campaign: Campaign) -> None:
        self.floor = floor
        self.campaign = campaign
        self.zone = campaign.zone
        self.place = f"FG {campaign.site}"

    def stamp(self, days: int, hours: int = 0) -> str:
        """Text of a moment so long after the start of the campaign."""
        return clock.stamp(self.campaign.start + days * _D + hours * _H, self.zone)

    def ship(
        self, item: str, to: Customer | None, days: int, *, quantity: str = "", unit: str = "H87", reach: int = 0,
        possible: int = 0, line_no: str = "", shipment: str = "",
    ) -> str:  # fmt: skip
        """Ship an item or container to a customer (None: to our own warehouse); returns the number of the shipment."""
        floor = self.floor
        number = floor.next("shipment")
        shipment = shipment or f"SH{number:08d}"
        floor.tables.row(
            "shipments", shipment_id=shipment, item_id=item, line_no=line_no, quantity=quantity,
            consignee_id=to.code if to else masterdata.OWN_WAREHOUSE, unit=unit if quantity else "",
            bill_to=floor.customers[0].party_id if number % 9 == 0 else "", shipped_at=self.stamp(days, 9),
            price=f"{floor.draws.between(90, 900)}.{floor.draws.below(100):02d} EUR" if number % 3 == 0 else "",
            document=f"DN {number}", received_at=self.stamp(days + 6) if number % 4 else "",
        )  # fmt: skip
        if to:
            floor.truth.shipped(to.party_id, reach, possible)
        return shipment

    def customer(self) -> Customer:
        """The next customer's order."""
        return self.floor.draws.one_of(self.floor.customers)

    def lot(self, finished: Finished, available: int) -> list[tuple[Customer, int]]:
        """Ship by lot number only: any of its units may be in each shipment. Returns who got how many."""
        lot, shares = finished.lot, min(available, self.floor.draws.between(2, 4))
        sent = []
        for number in range(shares):
            part = available * (number + 1) // shares - available * number // shares
            customer = self.customer()
            boxes = part % 20 == 0
            self.ship(
                lot.item_id, customer, 13 + number, quantity=str(part // 20) if boxes else str(part),
                unit="XBX" if boxes else "H87", reach=lot.reach, possible=lot.reach_of_units,
            )  # fmt: skip
            lot.left -= part
            sent.append((customer, part))
        return sent

    def lot_on_pallets(self, finished: Finished, available: int) -> None:
        """The lot stands on two pallets; the pallets are shipped, the paper names neither lot nor serials."""
        lot = finished.lot
        for number, part in enumerate((available // 2, available - available // 2)):
            if part:
                pallet = sscc(self.floor.next("container"))
                self.floor.tables.row(
                    "packing", item_id=lot.item_id, container_id=pallet, packed_at=self.stamp(12, number)
                )
                self.ship(
                    pallet, self.customer(), 14 + number, quantity=str(part), reach=lot.reach,
                    possible=lot.reach_of_units,
                )  # fmt: skip
                lot.left -= part

    def serials(self, finished: Finished, available: int) -> list[Customer]:
        """Ship unit by unit, each serial on the paper, some serials a shipment; returns who got each."""
        floor, (start, end) = self.floor, finished.go(available)
        got: list[Customer] = []
        lines = []
        for first in range(start, end, 6):
            customer, last = self.customer(), min(first + 6, end)
            shipment, at = f"SH{floor.next('shipment'):08d}", self.stamp(13 + first % 5, 10)
            received = self.stamp(20 + first % 5)
            lines += [
                f"{shipment},{unit},,{customer.code},,1,H87,,{at},DN {shipment[2:]},{received}"
                for unit in finished.units[first:last]
            ]
            floor.truth.shipped(customer.party_id, finished.reach_of(first, last))
            got += [customer] * (last - first)
        floor.tables.lines("shipments", lines)
        return got

    def cartons(self, finished: Finished, available: int) -> list[Carton]:
        """Pack units in cartons and cartons on pallets, and ship the pallets; the last carton stays here."""
        floor, (start, end) = self.floor, finished.go(available)
        size = 20 if available >= 80 else max(1, available // 4)
        per_pallet = 12 if available >= 480 else 2
        packed_at, on_pallet = self.stamp(12), self.stamp(12, 5)
        packed = []
        for first in range(start, end, size):
            number = floor.next("container")
            code = sscc(number) if number % 2 else f"CT {number:07d}"
            packed.append(Carton(code, first, min(first + size, end), packed_at))
        if len(packed) > 1:
            kept = packed.pop()
            self._pack(finished, kept)
            floor.counted(kept.code, self.place, str(kept.end - kept.start), self.stamp(60))
        for first in range(0, len(packed), per_pallet):
            load, pallet, customer = packed[first : first + per_pallet], sscc(floor.next("container")), self.customer()
            for carton in load:
                carton.customer = customer
                floor.tables.row("packing", item_id=carton.code, container_id=pallet, packed_at=on_pallet)
            days = 14 + first // per_pallet % 6
            quantity = str(load[-1].end - load[0].start)
            if first == 0 and self.campaign.number % 6 == 3:
                self.ship(pallet, None, days, quantity=quantity)
                days += 9
            reach = finished.reach_of(load[0].start, load[-1].end)
            self.ship(pallet, customer, days, quantity=quantity, reach=reach)
        return packed

    def close_cartons(self, finished: Finished, packed: list[Carton]) -> None:
        """Write down which unit is in which carton, once it is known which of them came out again."""
        for carton in packed:
            self._pack(finished, carton)

    def _pack(self, finished: Finished, carton: Carton) -> None:
        tail = f",{carton.code},{carton.packed_at},"
        self.floor.tables.lines(
            "packing",
            [
                unit + tail + carton.out.get(place, "")
                for place, unit in enumerate(finished.units[carton.start : carton.end], carton.start)
            ],
        )

    def count(self, finished: Finished) -> None:
        """Count what is left of a finished lot in the warehouse; nothing left is stated as zero."""
        lot = finished.lot
        self.floor.counted(lot.item_id, self.place, str(lot.left), self.stamp(60))
