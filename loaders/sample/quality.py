"""Readings with their limits, a few of them outside, and the tests of finished lots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.sample import clock

if TYPE_CHECKING:
    from loaders.sample.floor import Floor, Step
    from loaders.sample.plan import Campaign


@dataclass(frozen=True, slots=True)
class _Probe:
    """A parameter that is read: its limits, the hundredths between which it stays, and a value far outside."""

    parameter: str
    unit: str
    low: str
    high: str
    least: int
    most: int
    outside: str = ""


_MELT = _Probe("melt temperature", "CEL", "165", "185", 16_800, 18_250, "191.6")
_DIAMETER = _Probe("outer diameter", "MMT", "4.00", "4.20", 405, 415)
_MOULD = _Probe("mould temperature", "CEL", "30", "45", 3_200, 4_400, "52.00")
_PARTICLES = _Probe("particles 0.5 um", "", "", "352000", 4_000_000, 30_000_000, "371500")
_DOSE = _Probe("ethylene oxide dose", "mg/L", "550", "700", 56_000, 69_000, "488.0")
_HUMIDITY = _Probe("relative humidity", "P1", "40", "80", 4_500, 7_500)


def _read(floor: Floor, campaign: Campaign, probe: _Probe, step: Step, times: list[int], **where: str) -> None:
    """Read a probe at these hours of a step; where an excursion is planned, the last value lies outside its limits."""
    for number, hours in enumerate(times):
        whole, part = divmod(floor.draws.between(probe.least, probe.most), 100)
        value, at = f"{whole}.{part:02d}", clock.stamp(step.started + hours * clock.HOUR, step.zone)
        if number == len(times) - 1 and floor.plan.excursions.get(campaign.number) == probe.parameter:
            value = probe.outside
            found = {"parameter": probe.parameter, "value": value, "at": at, **where}
            floor.truth.phenomena["excursions"].append(found)
        floor.tables.row(
            "readings", parameter=probe.parameter, value=value, unit=probe.unit, low=probe.low, high=probe.high, at=at,
            **where,
        )  # fmt: skip


def extrusion_readings(floor: Floor, campaign: Campaign, step: Step, line: str) -> None:
    """Melt temperature and outer diameter during an extrusion."""
    _read(floor, campaign, _MELT, step, [0, 5, 10, 15], step_id=step.step_id, equipment_id=line)
    _read(floor, campaign, _DIAMETER, step, [1, 11], step_id=step.step_id, equipment_id=line)


def moulding_readings(floor: Floor, campaign: Campaign, step: Step, line: str) -> None:
    """Mould temperature during a moulding run, and particles in the clean room meanwhile."""
    _read(floor, campaign, _MOULD, step, [0, 6, 12], step_id=step.step_id, equipment_id=line)
    _read(floor, campaign, _PARTICLES, step, [0, 6], place_id="CLEAN/7")


def sterilisation_readings(floor: Floor, campaign: Campaign, step: Step) -> None:
    """Gas dose and humidity of a sterilisation load."""
    _read(floor, campaign, _DOSE, step, [0, 2], step_id=step.step_id, equipment_id="STG/07")
    _read(floor, campaign, _HUMIDITY, step, [0], step_id=step.step_id, equipment_id="STG/07")


def release_tests(floor: Floor, item: str, sample: str, at: int, zone: str) -> None:
    """Sterility and endotoxin of a finished lot, and its release."""
    when, level = clock.stamp(at, zone), floor.draws.between(1, 9) * 5
    floor.result(item, "sterility", "no growth", when, sample=sample, laboratory="Example Test House")
    floor.result(item, "endotoxin", f"0.{level:03d}", when, limits=("", "0.5"), sample=sample)
    floor.decided(item, "released", clock.stamp(at + clock.HOUR, zone), "batch record reviewed", f"BR {item}")
