"""Fills every field of every form from the report, or names it as missing with who could supply it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.report.content import FilledField, FilledForm, Status
from genealogy.report.forms import FORMS
from genealogy.report.required import Cells, Known, Part, Required, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genealogy.report.content import Section, Table

EXAMPLES = 20
"""So many of the rows that lack something are named; the count says how many there are."""


def filled(
    tables: Mapping[str, Table], facts: Mapping[str, str | None], sections: Mapping[str, Section]
) -> list[FilledForm]:
    """Every form.

    Args:
        tables: of the report and of the forms, by name.
        facts: single statements by name; None or absent: not recorded.
        sections: of the report, by name.
    """
    forms = []
    for form in FORMS:
        fields = tuple(fill(each, tables, facts, sections) for each in form.fields)
        fields = tuple(_listed(each, fields) for each in fields)
        forms.append(FilledForm(form.name, form.rule, fields, tuple(tables[name] for name in form.tables), form.texts))
    return forms


def fill(
    field: Required, tables: Mapping[str, Table], facts: Mapping[str, str | None], sections: Mapping[str, Section]
) -> FilledField:
    """One field."""
    source = field.source
    if isinstance(source, Rows):
        return _found(field, None, source.table, len(tables[source.table].rows))
    if isinstance(source, Cells):
        return _cells(field, source, tables[source.table])
    if isinstance(source, Known) and facts.get(source.fact) is not None:
        return _found(field, facts[source.fact], None, 1)
    if isinstance(source, Part) and source.section in sections and sections[source.section].available:
        return _found(field, None, source.section, 1)
    return FilledField(field.name, field.clause, "missing", None, None, 1, 1, (), field.who, field.read)


def missing(form: FilledForm) -> list[str]:
    """Names of the fields that are not, or not wholly, recorded."""
    return [each.name for each in form.fields if each.status != "recorded"]


def _found(field: Required, value: str | None, table: str | None, of: int) -> FilledField:
    return FilledField(field.name, field.clause, "recorded", value, table, 0, of, (), field.who, field.read)


def _cells(field: Required, source: Cells, table: Table) -> FilledField:
    places = [place for place, column in enumerate(table.columns) if column.name in source.columns]
    assert len(places) == len(source.columns), (source, table.name)
    without = [row for row in table.rows if all(row[place] in (None, "") for place in places)]
    if not without:
        return _found(field, None, table.name, len(table.rows))
    status: Status = "partly" if len(without) < len(table.rows) else "missing"
    examples = tuple(dict.fromkeys(_named(row) for row in without[: 10 * EXAMPLES]))[:EXAMPLES]
    return FilledField(
        field.name, field.clause, status, None, table.name, len(without), len(table.rows), examples, field.who, field.read
    )  # fmt: skip


def _named(row: tuple[object, ...]) -> str:
    """What a row is about: the first thing that it states."""
    return next((str(cell) for cell in row if cell is not None), "")


def _listed(field: FilledField, fields: tuple[FilledField, ...]) -> FilledField:
    """A field that asks for what is not yet available is filled by the form itself: it lists what is missing."""
    if field.name != "not_yet_available":
        return field
    count = sum(each.status != "recorded" and each is not field for each in fields)
    return FilledField(field.name, field.clause, "recorded", str(count), None, 0, 1, (), field.who, field.read)
