"""What is planned before anything is made: campaigns and their sizes, and which supplier lots arrive for a purpose.

A campaign makes two or three finished lots of one product and sends them to the steriliser in one load. Everything but
the single draws within a campaign follows from the number of units and the seed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from loaders.sample import catalogue, clock
from loaders.sample.codes import Draws

if TYPE_CHECKING:
    from loaders.sample.catalogue import Material, Product

FEWEST_UNITS = 200
"""Below this, a plant would be too small to show everything that the sample is meant to show."""

_FIRST_DAY, _LAST_DAY = 30, 470
_LARGEST = 7_500


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign.

    Attributes:
        number: its place in the plan, from 0.
        start: when extrusion for it starts, in seconds of the plant's calendar.
        product: what it makes.
        lots: the number of serialised units in each of its finished lots.
        zone: the clock of the site where it runs.
    """

    number: int
    start: int
    product: Product
    lots: tuple[int, ...]
    zone: str

    @property
    def units(self) -> int:
        """Serialised units of the whole campaign."""
        return sum(self.lots)

    @property
    def site(self) -> str:
        """Where it runs."""
        return "W1" if self.zone == clock.BERLIN else "CR 2"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A supplier lot that arrives at a set campaign, because the truth or an anomaly needs it there.

    Attributes:
        campaign: it is used from this campaign on; what was in use of the material is put back into the store.
        receipts: how many receipts it comes in.
        covers: for how many campaigns it lasts.
        name: what the truth calls it; empty: not chosen.
        flaw: ``late`` (received after its use, by the record), ``short`` (more used than received, by the record) or
            ``miscounted`` (the count of what is left is wrong).
    """

    campaign: int
    material: Material
    supplier: str
    supplier_lot: str
    receipts: int = 1
    covers: int = 1
    name: str = ""
    flaw: str = ""


class Plan:
    """The campaigns of a plant that makes so many units, and its arrivals with a purpose."""

    def __init__(self, units: int, seed: int) -> None:
        self.units = units
        draws = Draws(seed * 2 + 1)
        size = min(_LARGEST, max(10, units // 33))
        count = max(20, units // size)
        sizes = _shares(units, [draws.between(92, 108) for _ in range(count)])
        self.campaigns = [
            Campaign(
                number,
                _FIRST_DAY * clock.DAY + 5 * clock.HOUR + number * (_LAST_DAY - _FIRST_DAY) * clock.DAY // count,
                _product(number),
                tuple(_shares(of_campaign, [draws.between(85, 115) for _ in range(3 if of_campaign >= 18 else 2)])),
                clock.COSTA_RICA if number % 3 == 2 else clock.BERLIN,
            )
            for number, of_campaign in enumerate(sizes)
        ]
        self.totes = max(4, count // 6)
        self.regrind_phase = (count // 4) % 8
        self.unresolved_at = count * 17 // 20
        self.orphan_at = count * 9 // 10
        self.excursions = {
            count * 2 // 5: "melt temperature",
            count // 3: "ethylene oxide dose",
            count // 2: "particles 0.5 um",
            count * 5 // 7: "mould temperature",
        }
        self.arrivals = _arrivals(self.campaigns)

    def regrinds(self, campaign: Campaign) -> bool:
        """Whether rejected connectors of this campaign are ground and go back into its own moulding run."""
        return campaign.number % 8 == self.regrind_phase

    def kits(self, number: int) -> int:
        """Kits to be packed in a campaign, each with one unit of its first lot and one of the first lot before that."""
        if number % 5 != 4 or number >= len(self.campaigns):
            return 0
        return max(1, min(self.campaigns[number].lots[0], self.campaigns[number - 1].lots[0]) // 12)

    def need(self, material: Material, first: int, campaigns: int) -> int:
        """How much of a supplied material so many campaigns from this one on will take, in its smallest parts."""
        return sum(need(material, campaign) for campaign in self.campaigns[first : first + campaigns])


TUBE_MM = 1_500
"""Tubing in one device, in millimetres."""


def tubes_extruded(units: int, product: Product) -> int:
    """Of so many units of one lot, how many get our own tubing; the others get tubing that was bought in."""
    return max(1, units * 6 // 10) if product.by_unit else units


def in_process(units: int) -> int:
    """Pieces assembled beyond the planned units of a lot: they end as scrap and samples."""
    return 3 + units // 50


def tubing_mm(campaign: Campaign) -> int:
    """Tubing to extrude for a campaign, in millimetres."""
    tubes = sum(
        tubes_extruded(units, campaign.product) + (0 if campaign.product.by_unit else in_process(units))
        for units in campaign.lots
    )
    return (tubes + len(campaign.lots)) * TUBE_MM * 103 // 100


def connectors(campaign: Campaign) -> int:
    """Connectors to mould for a campaign."""
    each = 1 if campaign.product.by_unit else 2
    return sum(each * (units + in_process(units)) for units in campaign.lots) + campaign.units // 50 + 12


def labels(campaign: Campaign) -> int:
    """Blank labels to print for a campaign."""
    return campaign.units * 105 // 100 + 4


def need(material: Material, campaign: Campaign) -> int:
    """How much of a supplied material a campaign takes, in its smallest parts."""
    product, units = campaign.product, campaign.units
    pieces = sum(lot + in_process(lot) for lot in campaign.lots)
    bought = sum(lot - tubes_extruded(lot, product) for lot in campaign.lots) if product.by_unit else 0
    amounts = {
        catalogue.PVC: tubing_mm(campaign) * 12 // 1_000 * 101 // 100 + 50,
        catalogue.PP: connectors(campaign) * 3 * 102 // 100 + 30,
        catalogue.COLOURANT: connectors(campaign) * 3 // 50 + 5,
        catalogue.BOUGHT_TUBING: bought * TUBE_MM,
        catalogue.ADHESIVE: pieces * 216,
        catalogue.NEEDLE: units if product.by_unit else 0,
        catalogue.FILM: pieces * 60,
        catalogue.TYVEK: pieces,
        catalogue.LABEL: labels(campaign),
        catalogue.TRAY: campaign.units // 25 + 4,
    }
    return amounts[material]


def _product(number: int) -> Product:
    if number % 5 in (1, 3):
        return catalogue.BY_UNIT[number % 5 // 2]
    return catalogue.BY_LOT[(number * 3 // 5) % len(catalogue.BY_LOT)]


def _shares(total: int, weights: list[int]) -> list[int]:
    """Split a total into whole parts, one for each weight, about in proportion, each at least 1."""
    whole = sum(weights)
    ends, seen = [0], 0
    for weight in weights:
        seen += weight
        ends.append(total * seen // whole)
    return [after - before for before, after in pairwise(ends)]


def _arrivals(campaigns: list[Campaign]) -> dict[int, list[Arrival]]:
    count = len(campaigns)
    scanned = next(campaign.number for campaign in campaigns[count // 3 :] if campaign.product.by_unit)
    regrind = count // 4
    planned = (
        Arrival(count * 2 // 5, catalogue.PVC, "SUP-NORDPOLY", "RX-2291", 2, max(2, (count * 12 + 50) // 100), "demo"),
        Arrival(count // 5, catalogue.ADHESIVE, "SUP-BONDLINE", "UV 8831/C", 3, 3, "several-receipts"),
        Arrival(scanned, catalogue.NEEDLE, "SUP-KANSAI", "N21-00457", 1, 3, "scanned-parts"),
        Arrival(regrind, catalogue.PP, "SUP-BAYKEM", "PP 0093 17", 1, 2, "rework"),
        Arrival(count * 6 // 10, catalogue.ADHESIVE, "SUP-HAFTWERK", "A-7700", 1, 2, "same-number-first"),
        Arrival(count * 6 // 10 + 2, catalogue.ADHESIVE, "SUP-BONDLINE", "A-7700", 1, 2, "same-number-second"),
        Arrival(count * 7 // 10, catalogue.LABEL, "SUP-ETIKETT", "0071", 1, 1, "by-order"),
        Arrival(count * 8 // 10, catalogue.COLOURANT, "SUP-FARBWERK", "77310042", flaw="late"),
        Arrival(count * 3 // 4, catalogue.FILM, "SUP-FOLIA", "F/2208", flaw="short"),
        Arrival(count // 2, catalogue.PP, "SUP-LOIRE PLAST", "LP 55120", 1, 2, flaw="miscounted"),
    )
    by_campaign: dict[int, list[Arrival]] = {}
    for arrival in planned:
        by_campaign.setdefault(arrival.campaign, []).append(arrival)
    return by_campaign
