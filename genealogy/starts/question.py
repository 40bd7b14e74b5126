"""What a scope may start from besides items: which restrictions a question names, and over which interval.

Restrictions of one start all have to hold; several starts together are a union.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from genealogy.errors import InputError
from genealogy.measures import decimal_text
from genealogy.quantities import exact
from genealogy.times import parse_time
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from fractions import Fraction

Kind = Literal["step", "equipment", "calibration", "reading", "document", "operator", "place", "supplier"]
Sort = Literal["step", "item", "nothing"]

ENDLESS = 2**62
"""Microseconds: further from 1970 than any time that a plant can record."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From the first to the last microsecond, both included.

    Attributes:
        first: microseconds since 1970 UTC; ``-ENDLESS`` where it has no beginning.
        last: likewise; ``ENDLESS`` where it has no end.
        since: the beginning as canonical text.
        until: the end as canonical text.
    """

    first: int = -ENDLESS
    last: int = ENDLESS
    since: str | None = None
    until: str | None = None

    @property
    def open(self) -> bool:
        """Whether it is all of time."""
        return self.first <= -ENDLESS and self.last >= ENDLESS

    @classmethod
    def of(cls, since: str | None, until: str | None) -> Interval:
        """From two times; a date alone is that whole day, and a time without an offset is UTC.

        >>> Interval.of("2026-05-01", None).since
        '2026-05-01[Z]'

        Raises:
            InputError: a text is no time, or the end lies before the beginning.
        """
        first, last, texts = -ENDLESS, ENDLESS, [since, until]
        for place, text in enumerate((since, until)):
            if text is None:
                continue
            canonical, start, end, rule = parse_time(text, "Z")
            if start is None or end is None:
                raise InputError(f"{text!r} is no time ({rule}). Give a date or a time such as 2026-05-01T12:00:00Z.")
            texts[place] = canonical
            if place == 0:
                first = start
            else:
                last = end - 1 if end > start else end
        if first > last:
            raise InputError(f"The interval ends ({until}) before it begins ({since}). Turn the two times round.")
        return cls(first, last, *texts)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits given in a question instead of those recorded with the readings; both are allowed values themselves.

    Attributes:
        low: lower limit.
        high: upper limit.
        unit: their unit of measure; None: the unit of each reading.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    unit: str | None = None

    @classmethod
    def of(cls, low: str | None, high: str | None, unit: str | None) -> Limits | None:
        """From text; None where no limit is given.

        Raises:
            InputError: a text is no number, a unit has no limit, or the lower limit lies above the upper one.
        """
        if low is None and high is None:
            if unit is not None:
                raise InputError(
                    said(
                        Option("unit"),
                        " says the unit of ",
                        Option("low"),
                        " and ",
                        Option("high"),
                        "; give one of them.",
                    )
                )
            return None
        numbers = []
        for name, text in (("low", low), ("high", high)):
            try:
                numbers.append(None if text is None else exact(text))
            except ValueError as cause:
                raise InputError(
                    said(
                        Option(name),
                        f" {str(text)[:40]!r} is no number that can be compared. Write it with digits and a point: 121.5",
                    )
                ) from cause
        lowest, highest = numbers
        if lowest is not None and highest is not None and lowest > highest:
            raise InputError(f"The lower limit ({low}) lies above the upper one ({high}). Turn the two round.")
        return cls(lowest, highest, unit)


@dataclass(frozen=True, slots=True)
class Start:
    """One start that is no item; every restriction that is given has to hold.

    Attributes:
        kind: what is asked for.
        step: our id of a step.
        equipment: our id of a piece of equipment.
        parameter: what was read (kind ``reading``: its readings outside their limits).
        limits: instead of the limits recorded with the readings.
        place: our id of a place.
        document: number of a document.
        version: of the document.
        operator: who did the steps, as recorded.
        supplier: our id of a supplier.
        material: our id of a material.
        interval: when.
    """

    kind: Kind
    step: str | None = None
    equipment: str | None = None
    parameter: str | None = None
    limits: Limits | None = None
    place: str | None = None
    document: str | None = None
    version: str | None = None
    operator: str | None = None
    supplier: str | None = None
    material: str | None = None
    interval: Interval = field(default=Interval())

    def as_json(self) -> dict[str, Any]:
        """The restrictions that are given, for an answer."""
        found: dict[str, Any] = {"kind": self.kind}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name not in ("kind", "limits", "interval") and value is not None:
                found[each.name] = value
        if self.limits is not None:
            found["limits"] = {
                "low": None if self.limits.low is None else decimal_text(self.limits.low),
                "high": None if self.limits.high is None else decimal_text(self.limits.high),
                "unit": self.limits.unit,
            }
        if not self.interval.open:
            found |= {"from": self.interval.since, "to": self.interval.until}
        return found

    def words(self) -> str:
        """The start in words, for a sentence."""
        when = ""
        if not self.interval.open:
            when = f" from {self.interval.since or 'the beginning'} to {self.interval.until or 'now'}"
        where = f" on {self.equipment}" if self.equipment else ""
        where += f" at {self.place}" if self.place else ""
        where += f" in step {self.step}" if self.step else ""
        version = f" version {self.version}" if self.version else ""
        material = f" of material {self.material}" if self.material else ""
        limits = "the limits given" if self.limits else "its limits"
        return {
            "step": f"step {self.step}",
            "equipment": f"equipment {self.equipment}{when}",
            "calibration": f"use{where or ' of equipment'} after its calibration ended{when}",
            "reading": f"{self.parameter} outside {limits}{where}{when}",
            "document": f"document {self.document}{version}{when}",
            "operator": f"operator {self.operator}{when}",
            "place": f"place {self.place}{when}",
            "supplier": f"what {self.supplier} delivered{material}{when}",
        }[self.kind]


class Chosen(NamedTuple):
    """Something that a start selected, and one of the facts that did.

    Attributes:
        sort: a step (its outputs are affected), an item (it is a start itself), or nothing that the records name.
        id: of the step or item.
        fact: its table, a colon, and its number in the ledger (entry times ``FACT_ROWS``, plus its row).
        sure: whether recorded times and values say so; else what is unknown was taken as touching.
    """

    sort: Sort
    id: str
    fact: str
    sure: bool
