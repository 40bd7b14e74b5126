"""Final packing: sterile lots become finished lots of serialised units; some lines scan each serial's own parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.sample import catalogue, clock, masterdata, quality
from loaders.sample.codes import scattered, scattered_run
from loaders.sample.floor import order_id
from loaders.sample.plan import TUBE_MM, tubes_extruded

if TYPE_CHECKING:
    from loaders.sample.floor import Floor, Lot, Step
    from loaders.sample.making import Parts
    from loaders.sample.plan import Campaign
    from loaders.sample.supply import GoodsIn

_D, _H = clock.DAY, clock.HOUR
_SECONDS_EACH = 9


@dataclass(slots=True)
class Finished:
    """A finished lot with its serialised units.

    Attributes:
        lot: the lot; what is left of it counts the units not yet accounted for.
        units: identifiers of its units, in the order in which they were packed.
        reach: for each unit, the bits of the chosen receipts that are in it, its lot's among them.
        used: how many units, from the front, have gone some way as single units.
    """

    lot: Lot
    units: list[str]
    reach: list[int]
    used: int = 0

    def go(self, count: int) -> tuple[int, int]:
        """The next so many units go some way: their places in ``units`` (from, up to)."""
        start = self.used
        self.used += count
        self.lot.left -= count
        return start, self.used

    def reach_of(self, start: int, end: int) -> int:
        """All bits in the units from one place up to another."""
        if not self.lot.reach_of_units:
            return self.lot.reach
        bits = 0
        for reach in set(self.reach[start:end]):
            bits |= reach
        return bits


class Packing:
    """Packs and serialises the finished lots of one campaign."""

    def __init__(self, floor: Floor, goods: GoodsIn, campaign: Campaign, parts: Parts) -> None:
        self._floor = floor
        self._goods = goods
        self._campaign = campaign
        self._parts = parts

    def pack(self, batches: list[tuple[list[Lot], int]]) -> list[Finished]:
        """Pack each batch of sterile lots as one finished lot of so many units."""
        floor, campaign, finished = self._floor, self._campaign, []
        line, letter = "PCK-01" if campaign.site == "W1" else "PCK-02", campaign.product.letter
        for number, (sterile, units) in enumerate(batches):
            begun = campaign.start + 9 * _D + number * 10 * _H
            step = floor.step("packing", campaign, begun, 10, document="SOP-0160", line=line)
            for lot in sterile:
                step.use(lot, units)
            step.use(self._parts.labels, units)
            count = floor.next("finished")
            item = f"{scattered(count, 6)}{letter}" if count % 3 else f"{scattered(count, 6)}/{letter}"
            lot = step.make(campaign.product.finished, item, units, f"{letter}{25_000 + count:06d}", expires=True)
            step.on(line)
            sample, at = f"ST-{floor.next('sample'):06d}", clock.stamp(begun + 11 * _H, campaign.zone)
            for left in sterile:
                left.left -= 1
                floor.disposed(left.item_id, "sampled", at, reason="sterility test")
            finished.append(self._serialise(lot, step))
            quality.release_tests(floor, lot.item_id, sample, begun + 2 * _D, campaign.zone)
        return finished

    def _serialise(self, lot: Lot, step: Step) -> Finished:
        floor, campaign, count = self._floor, self._campaign, lot.left
        product, item = campaign.product, lot.item_id
        first = floor.reserve("unit", count)
        units = scattered_run(first, count, "U" if product.by_unit else f"0{'ABCD'.index(product.letter)}")
        made = clock.stamps(step.started + 60, _SECONDS_EACH, count, campaign.zone)
        material = product.finished.material_id if campaign.number % 2 else ""
        letter = product.letter
        floor.tables.lines(
            "units",
            [
                f"{unit},{item},{material},{letter}{serial:08d},{at},"
                for unit, serial, at in zip(units, range(first, first + count), made, strict=True)
            ],
        )
        reach = [lot.reach] * count
        if product.by_unit:
            reach = self._scan_parts(lot, units, made)
            for bits in set(reach):
                lot.reach_of_units |= bits
            lot.reach_of_units &= ~lot.reach
        if lot.reach or lot.reach_of_units:
            floor.truth.units(units, reach)
        return Finished(lot, units, reach)

    def _scan_parts(self, lot: Lot, units: list[str], made: list[str]) -> list[int]:
        """One step for each serial, with the lots of the parts scanned into it; returns what reached each unit."""
        floor, goods, campaign, parts = self._floor, self._goods, self._campaign, self._parts
        count, product = len(units), campaign.product
        steps = scattered_run(floor.reserve("unit step", count), count, "FA")
        operator, version = (
            floor.draws.one_of(masterdata.OPERATORS),
            catalogue.version_at((campaign.start + 9 * _D) // _D),
        )
        head = f",final assembly,{order_id(campaign)},"
        tail = f",{campaign.site},FA-{campaign.number % 2 + 1},{operator},SOP-0165,{version},process,unit"
        floor.tables.lines("steps", [f"{step}{head}{at},{at}{tail}" for step, at in zip(steps, made, strict=True)])
        floor.tables.lines("production", [f"{step},{unit},1,H87,," for step, unit in zip(steps, units, strict=True)])
        own = tubes_extruded(count, product)
        tubing = [(parts.tubing, own * TUBE_MM)]
        tubing += goods.take(catalogue.BOUGHT_TUBING, (count - own) * TUBE_MM, campaign, TUBE_MM)
        scanned = [(_shares(tubing, TUBE_MM), ",1.5,MTR,,")]
        scanned.append((_shares(goods.take(catalogue.NEEDLE, count, campaign), 1), ",1,H87,,"))
        if product.scans_connector:
            scanned.append((_shares([(parts.connectors, count)], 1), ",1,H87,,"))
        reach = [lot.reach] * count
        for shares, amount in scanned:
            start = 0
            for part, share in shares:
                end, cells = start + share, f",{part.code or part.item_id}{amount}"
                floor.tables.lines("consumption", [step + cells for step in steps[start:end]])
                if part.reach:
                    reach[start:end] = [bits | part.reach for bits in reach[start:end]]
                start = end
        return reach


def _shares(pieces: list[tuple[Lot, int]], each: int) -> list[tuple[Lot, int]]:
    """Take the pieces out of their lots; how many units each of them serves."""
    for lot, amount in pieces:
        if amount > lot.left:
            raise ValueError(f"Scanned assembly wants {amount} of {lot.item_id}, which has {lot.left} left.")
        lot.left -= amount
    return [(lot, amount // each) for lot, amount in pieces]
