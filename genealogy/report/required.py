"""What a form by rule is made of: required fields, what fills each of them, and the texts that its clauses were read in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rows:
    """Filled by all rows of a table."""

    table: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Filled where each row of a table has at least one of these columns."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Filled by a single fact of the report."""

    fact: str


@dataclass(frozen=True, slots=True)
class Part:
    """Filled by a section, where that could be asked."""

    section: str


Source = Rows | Cells | Known | Part | None


@dataclass(frozen=True, slots=True)
class Required:
    """A required field.

    Attributes:
        name: key of what is required.
        clause: where; a key where that differs by language.
        source: what fills it; None: no table of the plant format records it.
        who: key of who could supply it where it is missing.
        read: whether the number of the clause was read in the text; else the form says that it was not.
    """

    name: str
    clause: str
    source: Source
    who: str
    read: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        name: key of its title.
        rule: as it is cited; a key where that differs by language.
        fields: in the order of the rule.
        texts: keys of what was read for it, with the date of the revision, and of what could not be read.
        tables: names of tables that are made for this form alone.
    """

    name: str
    rule: str
    fields: tuple[Required, ...]
    texts: tuple[str, ...]
    tables: tuple[str, ...] = ()


def cells(table: str, *columns: str) -> Cells:
    """Filled where each row of the table has at least one of these columns."""
    return Cells(table, columns)
