"""Starts of a page that are no items: read from an address as the API names them, and said in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from pydantic import AfterValidator

from api.access.masks import current
from api.access.rules import Field
from api.questions.asked import permitted
from genealogy.errors import InputError
from genealogy.starts.asked import Asked
from viz.summary import start_words
from viz.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import Request

    from api.console.pages import Console
    from genealogy.starts.question import Start

Items = Annotated[
    list[str],
    AfterValidator(lambda texts: [text for text in texts if text.strip()]),  # a form sends its empty fields too
    Query(alias="item", description="Items; none where a scope starts from something else."),
]
KINDS = ("step", "equipment", "parameter", "document", "operator", "place", "supplier")
"""Parameters that name a start; each may be given several times."""
_MANY = (*KINDS, "material")
_FLAGS = ("calibration_lapse", "outside")
_ONE = ("low", "high", "unit", "version")
NAMES = (*KINDS, *_FLAGS, *_ONE, "material", "from", "to")
"""Everything that such starts are said by, in the order in which an address names it."""
_DOUBTS = {
    "unsure": "start_unsure", "steps_without_products": "start_without_product",
    "suspected_products": "start_suspected_product", "names_nothing": "start_names_nothing",
    "spelled_alike": "start_spelled_alike",
}  # fmt: skip
"""Part of a row of ``started_from`` -> what it is called."""
_YES, _NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
_CALLED = {
    "/why": {"from": "since", "to": "until"},
    "/graph": {"from": "start_from", "to": "start_to"},
    "/flow": {"unit": "start_unit"},
}
"""Page -> what is called otherwise in its address, since the name has another meaning there."""
_OWN = {"/why": {"from"}, "/graph": {"to", "until"}, "/flow": {"unit"}}
"""Page -> which of these names have that other meaning."""
_INTERVAL = ("from", "to", "since", "until", "start_from", "start_to", "start_unit")


@dataclass(frozen=True, slots=True)
class Other:
    """What a page starts from besides items.

    Attributes:
        asked: the same as questions take it.
        pairs: names and values as they stand in an address; what a form left empty is not there.
    """

    asked: Asked = field(default_factory=Asked)
    pairs: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pairs)

    @property
    def more(self) -> dict[str, list[str]]:
        """The same for an address that ``link`` makes."""
        found: dict[str, list[str]] = {}
        for name, value in self.pairs:
            found.setdefault(name, []).append(value)
        return found

    def at(self, path: str) -> dict[str, list[str]]:
        """The same for the address of this page."""
        return called_at(path, self.more)


def called_at(path: str, more: dict[str, list[str]]) -> dict[str, list[str]]:
    """What stands in an address by the names that it has in the one of another page."""
    called = _CALLED.get(path, {})
    return {called.get(name, name): values for name, values in more.items()}


def other_of(request: Request, path: str = "") -> Other:
    """The starts of an address that are no items; ``path``: of a page on which some of them are called otherwise.

    Raises:
        InputError: what takes one value is given several times, or a yes is no yes.
        NotAllowedError: the reader may not ask from such a start, whatever it names.
    """
    given, called = typed(request, path), _CALLED.get(path, {})
    here = {*_OWN.get(path, ()), *(called.get(name, name) for name in ("from", "to", "unit"))}
    for name in _INTERVAL:
        if name not in here and given and any(text.strip() for text in request.query_params.getlist(name)):
            raise InputError(
                f"{name} is not read on this page. The interval of its starts is {called.get('from', 'from')} and "
                f"{called.get('to', 'to')} there, the unit of a limit {called.get('unit', 'unit')}."
            )

    def one(name: str) -> str | None:
        return given[name][0] if name in given else None

    for name in (*_ONE, "from", "to"):
        if len(several := given.get(name, ())) > 1:
            raise InputError(f"{name} takes one value and was given {len(several)} times. Give it once.")
    flags = {name: _flag(name, given) for name in _FLAGS}
    many = {name: tuple(given.get(name, ())) for name in _MANY}
    asked = Asked(
        steps=many["step"], equipment=many["equipment"], parameters=many["parameter"], outside=flags["outside"],
        low=one("low"), high=one("high"), unit=one("unit"), documents=many["document"], version=one("version"),
        operators=many["operator"], places=many["place"], calibration_lapse=flags["calibration_lapse"],
        suppliers=many["supplier"], materials=many["material"], since=one("from"), until=one("to"),
    )  # fmt: skip
    permitted(asked)
    said = {**given, **{name: ["true"] if flag else [] for name, flag in flags.items()}}
    return Other(asked, tuple((name, value) for name in NAMES for value in said.get(name, ())))


def typed(request: Request, path: str = "") -> dict[str, list[str]]:
    """What is filled in of all that such starts are said by: a form sends its empty fields too."""
    there = _CALLED.get(path, {})
    given = {
        name: [text.strip() for text in request.query_params.getlist(there.get(name, name)) if text.strip()]
        for name in NAMES
    }
    return {name: values for name, values in given.items() if values}


def allowed(start: Start) -> bool:
    """Whether the reader may ask from such a start."""
    mask = current()
    if (start.supplier or start.place) and not mask.may(Field.SUPPLIER):
        return False
    return start.operator is None or mask.may(Field.PERSONAL)


def address_of(starts: Sequence[Start]) -> dict[str, list[str]]:
    """Starts as the address of a page says them; each combination of restrictions stands for one of them."""
    found: dict[str, dict[str, None]] = {}
    for start in starts:
        told = start.as_json()
        kind, limits = told.pop("kind"), told.pop("limits", None)
        told |= {"calibration_lapse": "true"} if kind == "calibration" else {}
        told |= (limits or {"outside": "true"}) if kind == "reading" else {}
        for name, value in told.items():
            if value is not None:
                found.setdefault(name, {})[str(value)] = None
    return {name: list(values) for name, values in found.items()}


def words_of(starts: list[Start], language: str) -> list[str]:
    """Starts in words, as the reader may see them."""
    words = Words(language)
    return [current().text(start_words({"asked": start.as_json(), "words": start.words()}, words)) for start in starts]


def said_of(console: Console, request: Request, other: Other, as_of: str) -> list[str]:
    """The starts of a page in words."""
    return words_of(console.scopes.started(other.asked, as_of), console.language(request)) if other else []


def doubts_of(rows: list[dict[str, Any]], said: list[str]) -> list[tuple[str, str, list[Any]]]:
    """What is unsure of starts: the start in words, of what kind the doubt is, and about what.

    Args:
        rows: ``started_from`` of the answer, as the reader gets it.
        said: the starts in words, in the same order.
    """
    return [
        (words, kind, row[name])
        for words, row in zip(said, rows, strict=True)
        for name, kind in _DOUBTS.items()
        if row.get(name)
    ]


def _flag(name: str, given: dict[str, list[str]]) -> bool:
    said = [text.lower() for text in given.get(name, ())]
    for text in said:
        if text not in _YES | _NO:
            raise InputError(f"{name} is {text[:40]!r}. Write true, or leave it out.")
    return bool(said) and said[-1] in _YES
