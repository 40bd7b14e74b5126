"""From the words of a question to its starts: which restrictions belong together, and which make no sense."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from genealogy.errors import InputError
from genealogy.starts.question import Interval, Limits, Start
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from genealogy.starts.naming import Names


MOST = 1_000
"""Starts of one question: each is looked for on both roads."""
_PARAMETER, _OUTSIDE, _UNIT = Option("parameter"), Option("outside"), Option("unit")
_LOW, _HIGH = Option("low"), Option("high")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question says of starts that are no items, as it was typed.

    What is given several times is a union: two machines are the steps on either.

    Attributes:
        steps: steps.
        equipment: pieces of equipment.
        parameters: parameters whose readings are meant.
        outside: those outside the limits recorded with them.
        low: instead, those below this limit.
        high: instead, those above this limit.
        unit: unit of ``low`` and ``high``.
        documents: documents.
        version: of the document.
        operators: who did steps.
        places: places.
        calibration_lapse: use of equipment after its calibration ended.
        suppliers: who delivered lots.
        materials: of these lots.
        since: beginning of the interval.
        until: end of the interval.
    """

    steps: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    outside: bool = False
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    documents: tuple[str, ...] = ()
    version: str | None = None
    operators: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    calibration_lapse: bool = False
    suppliers: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def starts(self, names: Names) -> list[Start]:
        """The starts, each once: a parameter, and a calibration, take equipment, place and step as restrictions of their own.

        Raises:
            InputError: a restriction has nothing to restrict, or cannot be compared.
            ItemNotFoundError: nothing recorded is named so.
        """
        self._check()
        self._countable()
        interval = Interval.of(self.since, self.until)

        def named(sort: str, texts: tuple[str, ...]) -> list[str | None]:
            return list(dict.fromkeys(names.named(sort, text) for text in texts))

        steps, equipment, places = (
            named(sort, texts)
            for sort, texts in (("step", self.steps), ("equipment", self.equipment), ("place", self.places))
        )
        found: list[Start] = []
        if self.parameters:
            parameters = [parameter or "" for parameter in named("parameter", self.parameters)]
            limits = limits_of(names, parameters, self.low, self.high, self.unit)
            for each in product(parameters, steps or [None], equipment or [None], places or [None]):
                parameter, step, machine, place = each
                found.append(Start("reading", step, machine, parameter, limits, place, interval=interval))
        else:
            found += [Start("step", step) for step in steps]
            found += [Start("place", place=place, interval=interval) for place in places]
        if self.calibration_lapse:
            for machine in equipment:
                names.calibrated(machine or "")
            found += [Start("calibration", equipment=machine, interval=interval) for machine in equipment or [None]]
        elif not self.parameters:
            found += [Start("equipment", equipment=machine, interval=interval) for machine in equipment]
        for document in named("document", self.documents):
            version = names.version(document or "", self.version)
            found.append(Start("document", document=document, version=version, interval=interval))
        operators = named("operator", self.operators)
        found += [Start("operator", operator=operator, interval=interval) for operator in operators]
        for supplier, material in product(
            named("supplier", self.suppliers), named("material", self.materials) or [None]
        ):
            found.append(Start("supplier", supplier=supplier, material=material, interval=interval))
        if not interval.open and all(start.kind == "step" for start in found):
            raise InputError(
                said(
                    Option("from"), " and ", Option("to"),
                    " restrict equipment, readings, documents, operators, places and suppliers.",
                )
            )  # fmt: skip
        return found

    def _countable(self) -> None:
        """Refuse more starts than can be looked for; several restrictions of a parameter multiply."""
        each = [len(set(texts)) for texts in (self.steps, self.equipment, self.places)]
        found = sum(each)
        if self.parameters:
            found = len(set(self.parameters)) * prod(max(1, count) for count in each) + each[1]
        found += len(set(self.documents)) + len(set(self.operators))
        found += len(set(self.suppliers)) * max(1, len(set(self.materials)))
        if found > MOST:
            raise InputError(
                f"This starts from {found:,} things at once, and at most {MOST:,} are taken; of a parameter each combination with "
                "steps, equipment and places counts. Ask in parts."
            )

    def _check(self) -> None:
        limited = self.outside or self.low is not None or self.high is not None
        if self.parameters and not limited:
            raise InputError(
                said(_PARAMETER, " needs ", _OUTSIDE, " (the recorded limits), or ", _LOW, " or ", _HIGH, ".")
            )
        if not self.parameters and (limited or self.unit is not None):
            raise InputError(
                said(
                    _OUTSIDE,
                    ", ",
                    _LOW,
                    ", ",
                    _HIGH,
                    " and ",
                    _UNIT,
                    " belong to ",
                    _PARAMETER,
                    ": say which parameter.",
                )
            )
        if self.outside and (self.low is not None or self.high is not None):
            raise InputError(
                said(_OUTSIDE, " means the recorded limits, ", _LOW, " and ", _HIGH, " others: give one of the two.")
            )
        if self.version is not None and len(self.documents) != 1:
            raise InputError(
                said(Option("version"), " belongs to one ", Option("document"), ": say of which document.")
            )
        if self.materials and not self.suppliers:
            raise InputError(said(Option("material"), " belongs to ", Option("supplier"), ": say whose deliveries."))


def limits_of(
    names: Names, parameters: list[str], low: str | None, high: str | None, unit: str | None
) -> Limits | None:
    """The limits that a question gives for readings of these parameters; None where it gives none.

    Raises:
        InputError: they are no limits, or nobody can say in which of several recorded units they are.
    """
    limits = Limits.of(low, high, None if unit is None else names.unit(unit))
    if limits is None or limits.unit is not None:
        return limits
    if len(parameters) > 1:
        raise InputError(
            said(_LOW, " and ", _HIGH, " without ", _UNIT, " are limits of one parameter: ask for each on its own.")
        )
    units = names.units(parameters[0])
    if len(units) > 1:
        raise InputError(
            said(
                f"{parameters[0]} is recorded in several units of measure ({', '.join(units)}): say by ",
                _UNIT,
                " in which of them ",
                _LOW,
                " and ",
                _HIGH,
                " are.",
            )
        )
    return limits
