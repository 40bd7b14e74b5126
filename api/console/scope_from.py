"""The page on which a scope is asked for that starts from something else than items: choose what went wrong, say which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.access.masks import MASKED, NotAllowedError, current, mask_of
from api.access.rules import Field
from api.console.other_starts import NAMES, typed
from api.console.pages import link
from api.protocol.doors import on_form
from genealogy.errors import AmbiguousItemError, GenealogyError, InputError, ItemNotFoundError
from genealogy.starts.known import known
from genealogy.wording import worded

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    from api.console.pages import Console
    from genealogy.starts.known import Sort as Known

OFFERED = 300
"""Codes of a sort that a field offers; where there are more it offers none, for a part would look like all of them."""
_NEAR = 8
"""What comes near a name that is not recorded: so much of it is shown."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A field of the form.

    Attributes:
        name: of the parameter.
        label: what stands over it.
        need: whether it has to be filled in.
        known: the sort of codes that it offers.
        field: what one must see to be asked for it.
    """

    name: str
    label: str
    need: bool = False
    known: Known | None = None
    field: Field | None = None


_TIMES = (Blank("from", "From"), Blank("to", "To"))
_ONLY_ON = Blank("equipment", "Only on this piece of equipment", known="equipment")
_ONLY_AT = Blank("place", "Only at this place", known="place", field=Field.SUPPLIER)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that went wrong, as the form offers it.

    Attributes:
        name: in the address.
        title: what it is.
        includes: what is taken into the scope.
        blanks: what is asked for.
        field: what one must see to be asked for it.
    """

    name: str
    title: str
    includes: str
    blanks: tuple[Blank, ...]
    field: Field | None = None


SORTS = (
    Wrong(
        "equipment",
        "A piece of equipment",
        "Everything that came of a step that ran on it between these times.",
        (Blank("equipment", "Equipment", need=True, known="equipment"), *_TIMES),
    ),
    Wrong(
        "calibration",
        "A lapsed calibration",
        "Everything that came of a step on equipment after its recorded calibration had ended.",
        (_ONLY_ON, *_TIMES),
    ),
    Wrong(
        "reading",
        "Readings outside limits",
        "Everything that came of a step in which a parameter was read outside its limits, or below or above what you say.",
        (
            Blank("parameter", "Parameter", need=True, known="parameter"),
            Blank("low", "Below"), Blank("high", "Above"), Blank("unit", "In this unit"), _ONLY_ON, _ONLY_AT, *_TIMES,
        ),
    ),
    Wrong("step", "A step", "Everything that this step made.", (Blank("step", "Step", need=True),)),
    Wrong(
        "document",
        "A recipe or procedure",
        "Everything that came of a step that followed it, or this version of it.",
        (Blank("document", "Recipe or procedure", need=True, known="document"), Blank("version", "Version"), *_TIMES),
    ),
    Wrong(
        "place",
        "A place",
        "Everything that was there between these times, and all that came of it.",
        (Blank("place", "Place", need=True, known="place"), *_TIMES),
        Field.SUPPLIER,
    ),
    Wrong(
        "operator",
        "An operator",
        "Everything that came of a step that this person did.",
        (Blank("operator", "Operator", need=True), *_TIMES),
        Field.PERSONAL,
    ),
    Wrong(
        "supplier",
        "What a supplier delivered",
        "Every lot that was received from them between these times, and all that came of it.",
        (
            Blank("supplier", "Supplier", need=True, known="supplier"),
            Blank("material", "Only this material", known="material"), *_TIMES,
        ),
        Field.SUPPLIER,
    ),
)  # fmt: skip
LABELS = {blank.name: blank.label for sort in SORTS for blank in sort.blanks if blank.need} | {
    blank.name: blank.label for blank in (*SORTS[2].blanks[1:4], *_TIMES, SORTS[4].blanks[1], SORTS[7].blanks[1])
}
"""Parameter -> what its field is called."""
_STATUS = {ItemNotFoundError: 404, AmbiguousItemError: 409, NotAllowedError: 403}
_OF = {
    "parameter": "reading", "low": "reading", "high": "reading", "unit": "reading", "outside": "reading",
    "calibration_lapse": "calibration", "equipment": "equipment", "step": "step", "document": "document",
    "version": "document", "place": "place", "operator": "operator", "supplier": "supplier", "material": "supplier",
}  # fmt: skip
"""What is filled in -> what went wrong; of several the first says it."""


class ScopeFrom:
    """The page.

    Args:
        console: that makes pages and asks the engine.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def asked(self, request: Request, make: Callable[[], Response]) -> Response:
        """A page; or the form again, as it was filled in, with what is wrong with it.

        Raises:
            GenealogyError: what is wrong is wrong with items alone.
        """
        try:
            return make()
        except (InputError, ItemNotFoundError, AmbiguousItemError, NotAllowedError) as error:
            filled = typed(request)
            # An address of items only, which no form was filled in for, is told of on the page of errors.
            if request.query_params.getlist("item") and not filled and "what" not in request.query_params:
                raise
            return self.page(request, error)

    def page(self, request: Request, error: GenealogyError | None = None) -> HTMLResponse:
        """The form; ``error``: what was wrong with what stands in it."""
        mask, filled = current(), typed(request)
        sorts = [each for each in SORTS if each.field is None or mask.may(each.field)]
        meant = request.query_params.get("what", "") or ("equipment" if filled else "")
        chosen = next((sort for name, sort in _OF.items() if name in filled), meant)
        as_of = request.query_params.get("as_of", "")
        items = [text for text in request.query_params.getlist("item") if text.strip()]
        panels = [self._panel(each, filled if each.name == chosen else {}) for each in sorts]
        return self._console.page(
            request,
            "scope_from.html",
            200 if error is None else next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 422),
            wrong=None if error is None else worded(mask_of(request).error(error), on_form),
            near=self._near(error, filled, items, as_of),
            panels=panels,
            chosen=chosen,
            with_items=items,
            at=as_of,
            offers=self._offers(sorts, as_of),
        )

    @staticmethod
    def _panel(sort: Wrong, filled: dict[str, list[str]]) -> dict[str, Any]:
        """What went wrong as the page shows it: each field as often as it has values, and what else was filled in."""
        mask = current()
        blanks = [blank for blank in sort.blanks if blank.field is None or mask.may(blank.field)]
        there = {blank.name for blank in blanks}
        hidden = (
            {"calibration_lapse"} if sort.name == "calibration" else {"outside"} if sort.name == "reading" else set()
        )
        more = [Blank(name, LABELS.get(name, name)) for name in NAMES if name in filled and name not in there | hidden]
        return {
            "name": sort.name,
            "title": sort.title,
            "includes": sort.includes,
            "fields": [(blank, value) for blank in (*blanks, *more) for value in filled.get(blank.name, [""])],
            "outside": "outside" in filled or not (filled.keys() & {"low", "high"}),
        }

    def _offers(self, sorts: list[Wrong], as_of: str) -> dict[str, list[tuple[str, str]]]:
        """The codes that fields offer, with the names of those that have one, as this reader may see them."""
        mask = current()
        wanted = {
            blank.known
            for sort in sorts
            for blank in sort.blanks
            if blank.known is not None and (blank.field is None or mask.may(blank.field))
        }
        console = self._console
        at, codes = console.scopes.offered(
            lambda moment: {sort: known(moment, sort, OFFERED) for sort in wanted}, as_of
        )
        parties = {"supplier": "party"}
        named = {sort: parties.get(sort, sort) for sort in wanted if sort not in ("parameter", "document")}
        names = console.names(at, **{what: codes[sort] for sort, what in named.items()})
        offers: dict[str, list[tuple[str, str]]] = {}
        for sort in sorted(wanted):
            key = {"parameter": "parameter", "supplier": "supplier_id"}.get(sort, f"{sort}_id")
            said = [(mask.value({key: code})[key], code) for code in codes[sort]]
            called = names.get(named.get(sort, ""), {})
            offers[sort] = [
                (code, name if (name := called.get(code, "")) != MASKED else "") for told, code in said if told == code
            ]
        return offers

    @staticmethod
    def _near(
        error: GenealogyError | None, filled: dict[str, list[str]], items: list[str], as_of: str
    ) -> list[tuple[str, str]]:
        """What comes near a name that is not recorded: text, and the address of the form with it instead."""
        if not isinstance(error, (ItemNotFoundError, AmbiguousItemError)):
            return []
        found = []
        for each in current().value(error.candidates)[:_NEAR]:
            kind, code = each.get("kind"), each.get("version") or each.get("id")
            name = "version" if "version" in each else kind
            if name not in filled or MASKED in (code, each.get("id")) or len(filled[name]) != 1:
                continue
            called = each.get("name") or ""
            said = f"{code} ({called})" if called not in ("", code, MASKED) else str(code)
            found.append((said, link("/scope/from", item=items, **{**filled, name: [code]}, as_of=as_of)))
        return found
