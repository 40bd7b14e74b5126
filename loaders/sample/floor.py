"""The shop floor: lots, and steps that use them up and make new ones, each written down as it happens.

A step hands on to everything it makes the bits of the chosen supplier lots in everything it used, so what is written
and what is known to be true cannot part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.sample import clock, masterdata
from loaders.sample.catalogue import version_at

if TYPE_CHECKING:
    from loaders.sample.catalogue import Material
    from loaders.sample.codes import Draws
    from loaders.sample.plan import Campaign, Plan
    from loaders.sample.tables import TableFiles
    from loaders.sample.truth import Truth


@dataclass(slots=True)
class Lot:
    """A lot on the floor.

    Attributes:
        item_id: its identifier.
        material: what it is.
        left: what is left of it, in the smallest parts of its material.
        reach: bits of the chosen receipts that are in it.
        reach_of_units: bits that are in some of its serialised units only; they pass on where the lot is used as a lot.
        number: the number printed on it.
        code: what the records of steps call it: its identifier, or the ERP system's code.
    """

    item_id: str
    material: Material
    left: int
    reach: int = 0
    reach_of_units: int = 0
    number: str = ""
    code: str = ""


class Step:
    """A step that is being carried out: first what it uses, then what it makes."""

    def __init__(self, floor: Floor, step_id: str, started: int, ended: int, zone: str) -> None:
        self.step_id = step_id
        self.started = started
        self.ended = ended
        self.zone = zone
        self._floor = floor
        self._reach = 0
        self._made_some = False

    def use(
        self, lot: Lot, amount: int, *, at: str = "", line_no: str = "", unit: str = "", quantity: str = ""
    ) -> None:
        """The step uses some of a lot; ``unit`` and ``quantity`` where they are recorded otherwise than the lot."""
        if not 0 < amount <= lot.left:
            raise ValueError(f"Step {self.step_id} wants {amount} of {lot.item_id}, which has {lot.left} left.")
        reach = lot.reach | lot.reach_of_units
        if self._made_some and reach & ~self._reach:
            raise ValueError(f"Step {self.step_id} has already handed on less than {lot.item_id} brings into it.")
        lot.left -= amount
        self._reach |= reach
        self._floor.tables.row(
            "consumption", step_id=self.step_id, item_id=lot.code or lot.item_id,
            quantity=quantity or lot.material.text(amount), unit=unit or lot.material.unit, at=at, line_no=line_no,
        )  # fmt: skip

    def use_all(self, pieces: list[tuple[Lot, int]]) -> None:
        """The step uses so much of each of these lots."""
        for lot, amount in pieces:
            self.use(lot, amount)

    def use_unit(self, item_id: str, reach: int) -> None:
        """The step uses one serialised unit."""
        self._reach |= reach
        self._floor.tables.row("consumption", step_id=self.step_id, item_id=item_id, quantity="1", unit="H87")

    def make(self, material: Material, item_id: str, amount: int, number: str, *, expires: bool = False) -> Lot:
        """The step makes a lot; it holds all that the step has used so far."""
        self._made_some = True
        lot = Lot(item_id, material, amount, self._reach, 0, number)
        floor, text = self._floor, material.text(amount)
        finished = material.stage == "finished"
        floor.tables.row(
            "lots", item_id=item_id, material_id=material.material_id, lot_number=number, quantity=text,
            unit=material.unit, made_at=clock.stamp(self.started, self.zone), status="quarantine" if finished else "",
            expires_on=clock.stamp(self.started + 1_095 * clock.DAY, self.zone) if expires else "",
        )  # fmt: skip
        floor.tables.row("production", step_id=self.step_id, item_id=item_id, quantity=text, unit=material.unit)
        floor.truth.lot(item_id, self._reach, finished=finished)
        return lot

    def on(self, equipment: str) -> None:
        """The step ran on this equipment."""
        self._floor.tables.row(
            "equipment_use", step_id=self.step_id, equipment_id=equipment,
            from_=clock.stamp(self.started, self.zone), to=clock.stamp(self.ended, self.zone),
        )  # fmt: skip


class Floor:
    """Everything that the parts of the sample plant share while it is being made.

    Attributes:
        customers: who is shipped finished goods.
    """

    def __init__(self, tables: TableFiles, truth: Truth, plan: Plan, draws: Draws) -> None:
        self.tables = tables
        self.truth = truth
        self.plan = plan
        self.draws = draws
        self.customers = masterdata.customers(plan.units)
        self._counters: dict[str, int] = {}

    def next(self, what: str) -> int:
        """The next running number of its kind, from 1."""
        self._counters[what] = self._counters.get(what, 0) + 1
        return self._counters[what]

    def reserve(self, what: str, count: int) -> int:
        """The first of so many running numbers in a row."""
        first = self._counters.get(what, 0) + 1
        self._counters[what] = first + count - 1
        return first

    def step(
        self, operation: str, campaign: Campaign, started: int, hours: int, *, document: str,
        kind: str = "process", grain: str = "", order: str = "", line: str = "", site: str = "", zone: str = "",
    ) -> Step:  # fmt: skip
        """A step begins; its row is written, with the version of its document that is in force."""
        number = self.next("step")
        step_id = f"{operation[:3].upper()}-{number:07d}" if number % 2 else f"{operation[:3].upper()} {number:07d}/1"
        ended, zone = started + hours * clock.HOUR, zone or campaign.zone
        self.tables.row(
            "steps", step_id=step_id, operation=operation, order_id=order or order_id(campaign),
            started_at=clock.stamp(started, zone), ended_at=clock.stamp(ended, zone), site=site or campaign.site,
            line=line, operator=self.draws.one_of(masterdata.OPERATORS), document_id=document,
            document_version=version_at(started // clock.DAY), kind=kind, grain=grain,
        )  # fmt: skip
        return Step(self, step_id, started, ended, zone)

    def disposed(
        self, item: str, kind: str, at: str, *, quantity: str = "1", unit: str = "H87", party: str = "",
        reason: str = "",
    ) -> None:  # fmt: skip
        """Some of an item was scrapped, sampled, returned, destroyed or used."""
        self.tables.row(
            "dispositions", item_id=item, kind=kind, quantity=quantity, unit=unit, at=at, party_id=party, reason=reason
        )

    def scrap(self, lot: Lot, amount: int, at: str, reason: str) -> None:
        """So much of a lot became scrap."""
        if amount:
            lot.left -= amount
            material = lot.material
            self.disposed(
                lot.item_id, "scrapped", at, quantity=material.text(amount), unit=material.unit, reason=reason
            )

    def counted(self, item: str, place: str, quantity: str, at: str, *, unit: str = "H87") -> None:
        """So much of an item, or in a container, was found at a place."""
        self.tables.row(
            "stock", item_id=item, place_id=place, quantity=quantity, unit=unit, status="available", counted_at=at
        )

    def decided(self, item: str, status: str, at: str, reason: str, document: str = "") -> None:
        """Someone released, held or rejected an item."""
        by = self.draws.one_of(masterdata.RELEASERS)
        self.tables.row("decisions", item_id=item, status=status, at=at, by=by, reason=reason, document_id=document)

    def result(
        self, item: str, test: str, value: str, at: str, *, unit: str = "", limits: tuple[str, str] = ("", ""),
        sample: str = "", laboratory: str = "Laboratory W1", verdict: str = "pass",
    ) -> None:  # fmt: skip
        """A test of an item gave this value."""
        self.tables.row(
            "results", item_id=item, test=test, value=value, unit=unit, low=limits[0], high=limits[1], at=at,
            sample_id=sample, laboratory=laboratory, verdict=verdict,
        )  # fmt: skip


def order_id(campaign: Campaign) -> str:
    """The number of the production order of a campaign."""
    return f"PO 25/{campaign.number + 1:05d}"
