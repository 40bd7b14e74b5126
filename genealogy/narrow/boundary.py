"""From the words of a question to a narrowing: options of a command, or the text of one boundary of a comparison."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genealogy.errors import InputError
from genealogy.narrow import Narrowing
from genealogy.starts.asked import limits_of
from genealogy.starts.question import Interval, Start
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from genealogy.starts.naming import Names

_VALUED = {
    "only-after": "only_after", "made-from": "made_from", "made-to": "made_to", "only-equipment": "equipment",
    "equipment": "equipment", "only-parameter": "parameter", "parameter": "parameter", "low": "low", "high": "high",
    "unit": "unit", "only-line-no": "line_no", "only-sublot": "line_no", "line-no": "line_no", "kill-step": "kill",
}  # fmt: skip
_FLAGS = {"outside": "outside", "cleaning": "cleaning", "lot": "lot_only"}


@dataclass(frozen=True, slots=True)
class Boundary:
    """What a question says of a narrowing, as it was typed.

    Attributes:
        only_after: only what was made then or later; the same as ``made_from``.
        made_from: only what was made from then on.
        made_to: only what was made until then.
        equipment: only what passed through this equipment.
        parameter: only what passed through a step with this parameter outside its limits.
        outside: those recorded with the readings.
        low: instead, below this limit.
        high: instead, above this limit.
        unit: unit of ``low`` and ``high``.
        line_no: only what was drawn under this line number.
        cleaning: only up to the first cleaning of equipment that is a start.
        kill: kinds of steps or operations through which nothing passes.
        lot_only: only the named lots and their units.
    """

    only_after: str | None = None
    made_from: str | None = None
    made_to: str | None = None
    equipment: str | None = None
    parameter: str | None = None
    outside: bool = False
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    line_no: str | None = None
    cleaning: bool = False
    kill: tuple[str, ...] = ()
    lot_only: bool = False

    @classmethod
    def of(cls, text: str) -> Boundary:
        """Read a boundary: ``full``, ``lot``, ``shift FROM TO``, or the options of a narrowed scope.

        >>> Boundary.of("only-after 2026-05-01 kill-step sterilise").kill
        ('sterilise',)

        Raises:
            InputError: a word is no boundary, or lacks its value.
        """
        try:
            words = shlex.split(text)
        except ValueError as cause:
            raise InputError(f"The boundary {text!r} has a quotation mark without its pair.") from cause
        found: dict[str, Any] = {}
        said: set[str] = set()
        kill: list[str] = []
        place = 0
        while place < len(words):
            name = words[place].removeprefix("--")
            values = 2 if name == "shift" else 1 if name in _VALUED else 0
            given = words[place + 1 : place + 1 + values]
            if (values == 0 and name != "full" and name not in _FLAGS) or len(given) < values:
                known = ", ".join(("full", "lot", "shift FROM TO", *_VALUED, "outside", "cleaning"))
                raise InputError(f"The boundary {text!r} cannot be read at {words[place]!r}. Known are: {known}.")
            fields = ("made_from", "made_to") if name == "shift" else (_VALUED.get(name) or _FLAGS.get(name) or name,)
            if name != "kill-step" and said.intersection(fields):
                raise InputError(
                    f"The boundary {text!r} says {words[place]!r} a second time. Several of them are boundaries of their own."
                )
            said.update(fields)
            if name == "shift":
                found |= {"made_from": given[0], "made_to": given[1]}
            elif name == "kill-step":
                kill += given
            elif name in _VALUED:
                found[_VALUED[name]] = given[0]
            elif name in _FLAGS:
                found[_FLAGS[name]] = True
            place += 1 + values
        if not words or ("full" in words and len(words) > 1):
            raise InputError(
                f"The boundary {text!r} says nothing, or more than full. Write full alone, or what narrows."
            )
        return cls(**found, kill=tuple(kill))

    def narrowing(self, names: Names) -> Narrowing | None:
        """The narrowing; None where nothing narrows.

        Raises:
            InputError: a restriction has nothing to restrict.
            ItemNotFoundError: nothing recorded is named so.
        """
        if self.only_after is not None and self.made_from is not None:
            raise InputError(
                said(_word("only-after"), " and ", _word("made-from"), " mean the same; give one of them.")
            )
        limited = self.outside or self.low is not None or self.high is not None
        if (self.parameter is None) == (limited or self.unit is not None):
            raise InputError(
                said(
                    _word("only-parameter"),
                    " goes together with ",
                    _word("outside"),
                    ", ",
                    _word("low"),
                    " or ",
                    _word("high"),
                    ".",
                )
            )
        if self.outside and (self.low is not None or self.high is not None):
            raise InputError(
                said(
                    _word("outside"), " means the recorded limits, ", _word("low"), " and ", _word("high"),
                    " others: give one of the two.",
                )
            )  # fmt: skip
        reading = None
        if self.parameter is not None:
            parameter = names.named("parameter", self.parameter) or ""
            limits = limits_of(names, [parameter], self.low, self.high, self.unit)
            reading = Start("reading", parameter=parameter, limits=limits)
        for kind in self.kill:
            names.operation(kind)
        found = Narrowing(
            lot_only=self.lot_only,
            cleaning=self.cleaning,
            line_no=self.line_no,
            kill=self.kill,
            equipment=names.named("equipment", self.equipment),
            reading=reading,
            made=Interval.of(self.only_after or self.made_from, self.made_to),
        )
        return found if found else None


def _word(name: str) -> Option:
    return Option(name, boundary=True)
