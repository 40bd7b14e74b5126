"""What an answer says to whom: fields that a role may not see are masked, in every output, before it leaves a door.

How to use it: ``mask = mask_of(request)``; then ``mask.answer(..)`` for an answer of the engine, ``mask.value(..)`` for any
other JSON-like value, ``mask.row(table, cells)`` for a row of the plant format, ``mask.text(..)`` for a sentence that may
quote records, ``mask.require(Field.X, what)`` before a filter, a sort or a start that tells by its result whether a guess
was right, ``mask.original(tables)`` before a loaded file is handed out, and ``mask.tag`` in an entity tag. A key that
``fields.py`` does not know is masked for whoever does not see everything; add it there.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from itertools import groupby
from typing import TYPE_CHECKING, Any

from api.access import fields
from api.access.rules import Field
from genealogy.errors import (
    AmbiguousItemError,
    BusyError,
    CalledOffError,
    DeadlineError,
    GenealogyError,
    InputError,
    ItemNotFoundError,
)
from genealogy.wording import message_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import Request

    from api.access.secrets import Secrets
    from genealogy.answer import Answer
    from genealogy.graph.unnamed import Unnamed

MASKED = "[masked]"
"""What stands in place of a masked value, in every language and format."""

HIDDEN_ERROR = "The service could not answer; its log says more. Ask whoever runs it."
"""Instead of what may quote anything."""

ALL = frozenset(Field)


class NotAllowedError(GenealogyError):
    """Whoever asks may not do or see this."""


_OF_QUESTIONS = (
    AmbiguousItemError, BusyError, CalledOffError, DeadlineError, InputError, ItemNotFoundError, NotAllowedError,
)  # fmt: skip


class Mask:
    """What one request may see.

    Args:
        sees: sorts of fields that are shown.
        secrets: the values of the plant that are confidential, for sentences and for codes that may be a supplier's; None:
            not known, and then all that may hold one is masked.
    """

    def __init__(self, sees: frozenset[Field], secrets: Secrets | None = None) -> None:
        self.sees = sees
        self._hidden = ALL - sees
        self._secrets = secrets

    @property
    def whole(self) -> bool:
        """Whether everything is shown."""
        return not self._hidden

    @property
    def tag(self) -> str:
        """Tells masks apart, for entity tags and caches; empty where everything is shown."""
        return "" if self.whole else "-".join(sorted(field.value.replace(" ", "_") for field in self.sees)) or "none"

    @property
    def hidden(self) -> list[str]:
        """Names of the sorts that are masked."""
        return sorted(field.value for field in self._hidden)

    def may(self, field: Field) -> bool:
        """Whether a sort of field is shown."""
        return field in self.sees

    def require(self, field: Field, what: str) -> None:
        """Refuse what would tell a masked field by its result.

        Raises:
            NotAllowedError: the field is masked. The text is the same whatever was asked.
        """
        if field not in self.sees:
            raise NotAllowedError(
                f"{what} cannot be used with your roles: they do not see this sort of field ({field.value}). "
                "Ask an administrator for a role that does."
            )

    def answer(self, answer: Answer) -> Answer:
        """An answer of the engine as this reader gets it; its digest is that of what is said."""
        from genealogy.answer import Answer

        if self.whole:
            return answer
        asked = {**self.value(answer.asked), "masked": self.hidden}
        return Answer(self.value(answer.answer), asked)

    @property
    def unnamed(self) -> Unnamed | None:
        """Which parties this reader may not tell apart in a picture; None: they may see all."""
        from genealogy.graph.unnamed import Unnamed

        if self.whole:
            return None
        return Unnamed(
            suppliers=Field.SUPPLIER not in self.sees,
            party=lambda code: self.cell(code, fields.LOOK_UP) != code,
            said=self.text,
            word=MASKED,
        )

    def value(self, value: Any, key: str = "") -> Any:
        """Any JSON-like value; ``key`` is the name under which it stands. What needs no change is handed back as it is."""
        if self.whole:
            return value
        if isinstance(value, dict):
            return self._dict(value)
        if isinstance(value, (list, tuple)):
            return self._list(value, key)
        return self._leaf(value, fields.KEYS.get(key, fields.UNKNOWN))

    def row(self, table: str, cells: Mapping[str, Any]) -> dict[str, Any]:
        """A row of a table of the plant format: cells by column."""
        if self.whole:
            return dict(cells)
        columns = fields.COLUMNS.get(table, {})
        more = self._of_row(table, cells)
        return {
            name: self._leaf(cell, columns.get(name, fields.UNKNOWN) | more.get(name, frozenset()))
            for name, cell in cells.items()
        }

    def cell(self, value: Any, about: frozenset[str]) -> Any:
        """A value of these sorts (``fields.About``); several codes in one cell each for itself."""
        if self.whole:
            return value
        if about & fields.LOOK_UP and isinstance(value, str) and "; " in value:
            parts = value.split("; ")
            said = [self._leaf(part, about) for part in parts]
            return value if said == parts else "; ".join(sorted(said))
        return self._leaf(value, about)

    def handle(self, digest: str) -> str:
        """By what this reader names something whose own name is a digest of all that it says, such as a quarantined row."""
        return digest if self.whole or self._secrets is None else self._secrets.handle(digest)

    def text(self, text: str) -> str:
        """A sentence that may quote records, without the values that this reader may not see."""
        if self.whole or not text:
            return text
        return MASKED if self._secrets is None else self._secrets.hide(text, self._hidden, MASKED)

    def error(self, error: GenealogyError) -> str:
        """What went wrong. A question's errors quote what was asked; what is wrong with the record may quote anything.

        What was asked is told back as it was written: were it hidden where it happens to be confidential, that would tell
        whether a guess was right.
        """
        if self.whole or Field.FREE in self.sees or isinstance(error, _OF_QUESTIONS):
            return message_of(error)
        logging.getLogger("uvicorn.error").error("%s", message_of(error), exc_info=error)
        return HIDDEN_ERROR

    def original(self, tables: Iterable[str] | None) -> None:
        """Whether a loaded file may be handed out as it is: only to who sees every sort of field that its tables have.

        Args:
            tables: of the plant format that the file holds; None where it is not such a file, and may hold anything.

        Raises:
            NotAllowedError: it may not.
        """
        needed = ALL if tables is None else frozenset().union(*(fields.of_table(table) for table in tables))
        if not needed <= self.sees:
            raise NotAllowedError(
                "This file is handed out only to who sees every field in it, and your roles do not. Ask an administrator."
            )

    def _dict(self, value: dict[str, Any]) -> dict[str, Any]:
        table = value.get("table")
        about = self._context(value)
        changed: dict[str, Any] = {}
        for key, each in value.items():
            if key in fields.PLAIN_TREES:
                continue
            if key in fields.CELLS and isinstance(each, dict) and isinstance(table, str):
                said: Any = self.row(table, each)
            elif key in fields.MONEY and isinstance(each, (dict, list)):
                said = each if Field.PRICE in self.sees else MASKED
            elif key in about and isinstance(each, str):
                said = self._leaf(each, fields.KEYS.get(key, fields.UNKNOWN) | about[key])
            else:
                said = self.value(each, key)
            if said is not each:
                changed[key] = said
        return {**value, **changed} if changed else value

    def _list(self, value: list[Any] | tuple[Any, ...], key: str) -> Any:
        if key in fields.PLAIN_ROWS and all(type(row) is dict and row.keys() <= fields.FLAT for row in value):
            return value
        said = [self.value(each, key) for each in value]
        if all(new is old for new, old in zip(said, value, strict=True)):
            return value
        return _by_what_is_said(said, fields.ORDER[key]) if key in fields.ORDER else said

    def _context(self, value: dict[str, Any]) -> dict[str, frozenset[str]]:
        """Keys that are confidential because of what else the object says."""
        kind, found = value.get("kind"), dict[str, frozenset[str]]()
        if isinstance(kind, str) and kind in fields.BY_KIND:
            found |= dict.fromkeys(fields.NAMING, fields.BY_KIND[kind])
        if value.get("part") == "used" or (kind == "used" and "item_id" in value):
            found |= dict.fromkeys(fields.PATIENT_KEYS, fields.PATIENT)
        return found

    def _of_row(self, table: str, cells: Mapping[str, Any]) -> dict[str, frozenset[str]]:
        if table == "dispositions" and cells.get("kind") not in fields.NOT_AT_PATIENTS:
            return dict.fromkeys(fields.PATIENT_KEYS, fields.PATIENT)
        if table in ("parties", "places") and self._is_suppliers(cells):
            return dict.fromkeys(cells, fields.SUPPLIER)
        if table == "aliases" and cells.get("kind") in ("party", "place", None, ""):
            return dict.fromkeys(("code", "means", "system"), fields.SUPPLIER)
        return {}

    def _is_suppliers(self, cells: Mapping[str, Any]) -> bool:
        if "supplier" in str(cells.get("role") or "").lower() or self._secrets is None:
            return True
        named = (cells.get("party_id"), cells.get("place_id"), cells.get("name"), cells.get("gln"))
        return any(self._secrets.is_supplier(str(each)) for each in named if each)

    def _leaf(self, value: Any, about: frozenset[str]) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if not about <= self.sees | fields.WAYS:
            return MASKED
        looked_up = Field.SUPPLIER not in self.sees and about & fields.LOOK_UP and isinstance(value, str)
        if looked_up and (self._secrets is None or self._secrets.is_supplier(value)):
            return MASKED
        if about & fields.TOLD and isinstance(value, str):
            said = self.text(value)
            return value if said == value else said
        return value


def _by_what_is_said(rows: list[Any], first: tuple[str, ...]) -> list[Any]:
    """Rows in the order of what is said of them, so that it tells nothing about what is masked in them.

    Args:
        rows: masked already.
        first: what neighbours must have in common to change places.
    """
    if not all(isinstance(row, dict) for row in rows):
        return sorted(rows) if all(isinstance(row, str) for row in rows) else rows
    told: list[Any] = []
    for _, group in groupby(rows, key=lambda row: [row.get(name) for name in first]):
        some = list(group)
        # The rows of a chain of facts stand in the order of the chain.
        told += sorted(some, key=_as_text) if some[0].get("table", "stock") in fields.NAMED_BY_MASKED else some
    # Groups are numbered in the order in which they come.
    numbers: dict[int, int] = {}
    for row in told:
        if type(row.get("group")) is int:
            numbers.setdefault(row["group"], len(numbers) + 1)
    return [{**row, "group": numbers[row["group"]]} if row.get("group") in numbers else row for row in told]


def _as_text(row: dict[str, Any]) -> list[str]:
    said = [0 if name == "group" and type(each) is int else each for name, each in row.items()]
    cells = row.get("cells")
    if isinstance(cells, dict):  # a fact: by its time, if that is said
        said.insert(0, str(cells.get("at") or cells.get("counted_at") or ""))
    return [f"{each:020d}" if type(each) is int else json.dumps(each, default=str) for each in said]


NOTHING = Mask(frozenset())
"""For whoever is not known: nothing confidential is shown."""

_current: ContextVar[Mask] = ContextVar("mask", default=NOTHING)


def current() -> Mask:
    """The mask of the request that is being answered; where there is none, nothing confidential is shown."""
    return _current.get()


def mask_of(request: Request) -> Mask:
    """The mask of a request."""
    return getattr(request.state, "mask", NOTHING)
