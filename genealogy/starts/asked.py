"""From the words of a question to its starts: which restrictions belong together, and which make no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genealogy.errors import InputError
from genealogy.starts.question import Interval, Limits, Start

if TYPE_CHECKING:
    from genealogy.starts.naming import Names


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question says of starts that are no items, as it was typed.

    Attributes:
        steps: steps.
        equipment: a piece of equipment.
        parameter: a parameter whose readings are meant.
        outside: those outside the limits recorded with them.
        low: instead, those below this limit.
        high: instead, those above this limit.
        unit: unit of ``low`` and ``high``.
        document: a document.
        version: of the document.
        operator: who did steps.
        place: a place.
        calibration_lapse: use of equipment after its calibration ended.
        supplier: who delivered lots.
        material: of these lots.
        since: beginning of the interval.
        until: end of the interval.
    """

    steps: tuple[str, ...] = ()
    equipment: str | None = None
    parameter: str | None = None
    outside: bool = False
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    document: str | None = None
    version: str | None = None
    operator: str | None = None
    place: str | None = None
    calibration_lapse: bool = False
    supplier: str | None = None
    material: str | None = None
    since: str | None = None
    until: str | None = None

    def starts(self, names: Names) -> list[Start]:
        """The starts: a parameter, and a calibration, take equipment, place and step as restrictions of their own.

        Raises:
            InputError: a restriction has nothing to restrict.
            ItemNotFoundError: nothing recorded is named so.
        """
        self._check()
        interval = Interval.of(self.since, self.until)
        steps = [names.named("step", step) for step in self.steps]
        equipment, place = names.named("equipment", self.equipment), names.named("place", self.place)
        found: list[Start] = []
        if self.parameter is not None:
            parameter, limits = names.named("parameter", self.parameter), Limits.of(self.low, self.high, self.unit)
            for step in steps or [None]:
                found.append(Start("reading", step, equipment, parameter, limits, place, interval=interval))
        else:
            found += [Start("step", step) for step in steps]
            if place is not None:
                found.append(Start("place", place=place, interval=interval))
        if self.calibration_lapse:
            found.append(Start("calibration", equipment=equipment, interval=interval))
        elif equipment is not None and self.parameter is None:
            found.append(Start("equipment", equipment=equipment, interval=interval))
        if self.document is not None:
            document = names.named("document", self.document) or ""
            version = names.version(document, self.version)
            found.append(Start("document", document=document, version=version, interval=interval))
        if self.operator is not None:
            found.append(Start("operator", operator=names.named("operator", self.operator), interval=interval))
        if self.supplier is not None:
            supplier, material = names.named("supplier", self.supplier), names.named("material", self.material)
            found.append(Start("supplier", supplier=supplier, material=material, interval=interval))
        if not interval.open and all(start.kind == "step" for start in found):
            raise InputError(
                "--from and --to restrict equipment, readings, documents, operators, places and suppliers."
            )
        return found

    def _check(self) -> None:
        limited = self.outside or self.low is not None or self.high is not None
        if self.parameter is not None and not limited:
            raise InputError("--parameter needs --outside (the recorded limits), or --low or --high.")
        if self.parameter is None and (limited or self.unit is not None):
            raise InputError("--outside, --low, --high and --unit belong to --parameter: say which parameter.")
        if self.outside and (self.low is not None or self.high is not None):
            raise InputError("--outside means the recorded limits, --low and --high others: give one of the two.")
        if self.version is not None and self.document is None:
            raise InputError("--version belongs to --document: say of which document.")
        if self.material is not None and self.supplier is None:
            raise InputError("--material belongs to --supplier: say whose deliveries.")
