"""From what a person types to what a start names.

Equipment, places, suppliers and materials are found by our id, another system's code or the exact name; steps, documents,
operators and parameters as they are recorded. What bears a name that whoever asks may not read is found by
its id alone: else guesses of what stands in the name could be tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import AmbiguousItemError, InputError, ItemNotFoundError
from genealogy.graph.unnamed import unnamed
from genealogy.snapshot.layout import NO_TIME
from genealogy.units import normal_unit
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.snapshot.moment import Aliases, Moment

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Sort:
    """Where a sort of thing is named.

    Attributes:
        words: what it is called in a message.
        columns: tables and columns that name it.
        master: the table and columns of its id and name, where it has some.
        alias: the kind of alias by which codes are resolved.
    """

    words: str
    columns: tuple[tuple[str, str], ...]
    master: tuple[str, str, str] | None = None
    alias: str | None = None


_SORTS = {
    "step": _Sort(
        "step",
        tuple((t, "step_id") for t in ("steps", "consumption", "production", "equipment_use", "readings")),
        ("steps", "step_id", "operation"),
    ),
    "equipment": _Sort(
        "piece of equipment",
        tuple((table, "equipment_id") for table in ("equipment", "equipment_use", "readings")),
        ("equipment", "equipment_id", "name"),
        "equipment",
    ),
    "place": _Sort(
        "place",
        (
            ("places", "place_id"), ("stock", "place_id"), ("readings", "place_id"), ("moves", "from_place"),
            ("moves", "to_place"), ("steps", "site"), ("steps", "line"),
        ),
        ("places", "place_id", "name"),
        "place",
    ),
    "supplier": _Sort(
        "supplier", (("parties", "party_id"), ("lots", "supplier_id")), ("parties", "party_id", "name"), "party"
    ),
    "material": _Sort(
        "material",
        (("materials", "material_id"), ("lots", "material_id"), ("units", "material_id")),
        ("materials", "material_id", "name"),
        "material",
    ),
    "document": _Sort(
        "document", (("documents", "document_id"), ("steps", "document_id")), ("documents", "document_id", "title")
    ),
    "operator": _Sort("operator", (("steps", "operator"),)),
    "parameter": _Sort("parameter", (("readings", "parameter"),)),
}  # fmt: skip


class Names:
    """Finds what texts name as of a moment.

    Args:
        moment: the facts that count.
    """

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def named(self, sort: str, text: str | None) -> str | None:
        """Our id of what a text names; None stays None.

        Args:
            sort: one of step, equipment, place, supplier, material, document, operator, parameter.
            text: our id, another system's code, or the exact name.

        Raises:
            ItemNotFoundError: nothing is recorded that it names; what comes near is among the candidates.
            AmbiguousItemError: several things bear this name.
        """
        if text is None:
            return None
        of = _SORTS[sort]
        means = self._resolved(of, text)
        if self._occurs(of, means):
            return means
        masters = self._masters(of)
        bearing = (
            sorted({code for code, name in masters if name == text}) if sort != "step" and _may_be_read(text) else []
        )
        if len(bearing) == 1:
            return bearing[0]
        if bearing:
            raise AmbiguousItemError(
                f"{len(bearing)} of them are named {text!r}. Give the number of one {of.words}.",
                [{"id": code, "kind": sort, "name": text} for code in bearing],
            )
        raise ItemNotFoundError(
            f"No {of.words} {text!r} is recorded as of entry {self._moment.as_of}. Check the text; upper and lower case, "
            "zeros and spaces count as they were recorded.",
            self._near(sort, of, text, masters),
        )

    def version(self, document: str, version: str | None) -> str | None:
        """A version of a document as it was given.

        Raises:
            ItemNotFoundError: no record and no step names it; the versions that are recorded are the candidates.
        """
        if version is None:
            return None
        known: set[str] = set()
        for table, name in (("documents", "version"), ("steps", "document_version")):
            rows = self._moment.all_rows(table)
            if len(rows):
                number = self._moment.words.find([document])
                rows = rows[np.isin(self._moment.column(table, "document_id")[rows], number[number >= 0])]
                known |= {text for text in self._texts(table, name, rows) if text is not None}
        if version in known:
            return version
        raise ItemNotFoundError(
            f"No version {version!r} of document {document!r} is recorded as of entry {self._moment.as_of}. Recorded are: "
            f"{', '.join(sorted(known)[:_SHOWN]) or 'none'}.",
            [{"id": document, "kind": "document", "version": each} for each in sorted(known)[:_SHOWN]],
        )

    def unit(self, text: str) -> str:
        """A unit of measure as it was given, or what another system's code for one means.

        Raises:
            InputError: it is none.
        """
        number = self._moment.words.find([text])
        means = self._moment.words.string(int(self._moment.measures.resolve(number)[0])) if number[0] >= 0 else text
        if normal_unit(means) is None:
            raise InputError(
                said(
                    Option("unit"),
                    f" {text!r} is no unit of measure. Write a UN/ECE or UCUM code such as kg or Cel, or a loaded alias.",
                )
            )
        return means

    def units(self, parameter: str) -> list[str]:
        """The units of measure in which a parameter is recorded; those that are equal meet in one code."""
        rows, number = self._moment.all_rows("readings"), self._moment.words.find([parameter])
        if not len(rows) or number[0] < 0:
            return []
        rows = rows[self._moment.column("readings", "parameter")[rows] == number[0]]
        resolved = np.unique(self._moment.resolved("readings", "unit", rows)) if len(rows) else rows
        texts = [text for text in self._moment.words.strings(resolved) if text is not None]
        return sorted({normal_unit(text) or text for text in texts})

    def operation(self, text: str) -> None:
        """Make sure that a step of this kind, or of this operation, is recorded.

        Raises:
            ItemNotFoundError: none is; the kinds and operations that are recorded are the candidates.
        """
        rows = self._moment.all_rows("steps")
        known = {
            (each, name)
            for name in ("kind", "operation")
            for each in (self._texts("steps", name, rows) if len(rows) else [])
            if each is not None and _may_be_read(each)
        }
        if text not in {each for each, _ in known}:
            listed = sorted(known)
            raise ItemNotFoundError(
                f"No step of the kind or operation {text!r} is recorded as of entry {self._moment.as_of}. Recorded are: "
                f"{', '.join(sorted({each for each, _ in listed})[:_SHOWN]) or 'none'}.",
                [{"id": each, "kind": name, "name": each} for each, name in listed[:_SHOWN]],
            )

    def calibrated(self, equipment: str) -> None:
        """Make sure that the end of the calibration of a piece of equipment is recorded.

        Raises:
            InputError: it is not, so nobody can say what ran after it.
        """
        moment, number = self._moment, self._moment.words.find([equipment])
        # An end that was superseded counts as well: a lapse stays one when the equipment is calibrated again.
        rows = np.flatnonzero(moment.column("equipment", "since") <= moment.as_of)
        if len(rows):
            rows = rows[
                np.isin(moment.column("equipment", "equipment_id")[rows], moment.equipment.spellings(number)[0])
            ]
        if not len(rows) or (moment.column("equipment", "calibrated_until_end")[rows] == NO_TIME).all():
            raise InputError(
                said(
                    f"No end of the calibration of {equipment} is recorded as of entry {moment.as_of}, so nobody can say what "
                    "ran after it. Ask without ",
                    Option("calibration-lapse"),
                    ": ",
                    Option("equipment", equipment),
                    " ",
                    Option("from", ".."),
                    " ",
                    Option("to", ".."),
                )
            )

    def _aliases(self, of: _Sort) -> Aliases | None:
        moment = self._moment
        known = {"equipment": "equipment", "place": "places", "party": "parties", "material": "materials"}
        return getattr(moment, known[of.alias]) if of.alias else None

    def _resolved(self, of: _Sort, text: str) -> str:
        aliases, number = self._aliases(of), self._moment.words.find([text])
        if aliases is None or number[0] < 0:
            return text
        return self._moment.words.string(int(aliases.resolve(number)[0]))

    def _occurs(self, of: _Sort, text: str) -> bool:
        moment, aliases = self._moment, self._aliases(of)
        for table, column in of.columns:
            strings = moment.codes if column == "step_id" else moment.words
            number = strings.find([text])
            if number[0] < 0:
                continue
            if column == "step_id":
                if len(moment.rows_at(table, column, number)[0]):
                    return True
                continue
            rows = moment.all_rows(table)
            codes = number if aliases is None else aliases.spellings(number)[0]
            if len(rows) and np.isin(moment.column(table, column)[rows], codes).any():
                return True
        return False

    def _masters(self, of: _Sort) -> list[tuple[str, str]]:
        """Ids and names of all things of a sort."""
        if of.master is None:
            table, column = of.columns[0]
            rows = self._moment.all_rows(table)
            return [(text, text) for text in sorted({t for t in self._texts(table, column, rows) if t is not None})]
        table, code, name = of.master
        rows = self._moment.all_rows(table)
        pairs = zip(self._texts(table, code, rows), self._texts(table, name, rows), strict=True)
        return sorted({(code or "", name or "") for code, name in pairs})

    def _texts(self, table: str, name: str, rows: Any) -> list[str | None]:
        return self._moment.texts(table, name, rows) if len(rows) else []

    @staticmethod
    def _near(sort: str, of: _Sort, text: str, masters: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        """What holds the text or is held in it, whatever the case; else what there is, where that is little."""
        wanted, everything = text.casefold(), list(masters)
        near = [
            (code, name)
            for code, name in everything
            if wanted in code.casefold()
            or (wanted in name.casefold() and _may_be_read(name))
            or (code and code.casefold() in wanted)
        ]
        chosen = near or (everything if len(everything) <= _SHOWN else [])
        return [{"id": code, "kind": sort, "name": name} for code, name in chosen[:_SHOWN]]


def _may_be_read(name: str) -> bool:
    """Whether whoever asks may read a name as it is recorded."""
    who = unnamed()
    return who is None or who.said(name) == name
