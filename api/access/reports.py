"""A report as a role sees it: its content is masked before any file is made of it, so every file says the same.

The report is made whole; then each table by its columns (``report_columns.py``), the scope like any answer, sentences like
any sentence. The forms are filled again from the masked tables, and each field that holds something masked says who can
make it in full. Digests are those of what is said: against that of the whole one could try guesses.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from api.access import report_columns
from api.access.fields import LOOK_UP, PLAIN_VALUE, TOLD, UNKNOWN, WAYS
from api.access.report_graph import masked_graph
from api.access.rules import READERS, SEES, Field, Role
from genealogy.canonical import digest
from genealogy.report.content import Masked
from genealogy.report.forms import FORMS
from genealogy.report.forms_fill import filled
from genealogy.report.items import gaps_table
from genealogy.report.required import Cells, Known, Part, Source
from viz.summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.access.fields import About
    from api.access.masks import Mask
    from genealogy.report.content import Cell, Fact, FilledField, FilledForm, Report, Section, Sentence, Table
    from viz.words import Words


def masked_report(report: Report, mask: Mask, roles: Iterable[Role], words: Words) -> Report:
    """A report as whoever has these roles may see it; one who sees everything gets it as it is.

    Args:
        report: whole.
        mask: of whoever asks.
        roles: of whoever asks; the report says for whom it was masked.
        words: of the language of the report.
    """
    if mask.whole:
        return report
    scope = mask.value(report.scope)
    tables = {table.name: _Table(table, mask) for table in report.tables()}
    told = {name: each.told for name, each in tables.items()}
    told["gaps"] = gaps_table(scope)
    sections = {section.name: _section(section, told, mask) for section in report.sections}
    changed = {section.name for section in report.sections if any(tables[t.name].changed for t in section.tables)}
    return replace(
        report,
        differences=tuple(mask.text(each) for each in report.differences),
        entry_hash=str(mask.cell(report.entry_hash, report_columns.COLUMNS["entry_hash"])),
        scope=scope,
        digest=digest(scope),
        sections=tuple(sections.values()),
        forms=tuple(_forms(report, tables, told, sections, changed, mask)),
        graph=masked_graph(report.graph, mask),
        page_graph=masked_graph(report.page_graph, mask),
        also=tuple(tuple(_fact(fact, mask) for fact in each) for each in report.also),
        masked=Masked(
            tuple(sorted(role.value for role in roles)),
            tuple(mask.hidden),
            # Of the whole answer, so that nothing is counted as one because it is masked; then masked like any sentence.
            tuple(mask.text(line) for line in summary(report.scope, words)),
        ),
    )


class _Table:
    """A table of a report as a mask shows it.

    Attributes:
        told: the table.
        changed: which of its columns hold something masked, and what one has to see for it.
    """

    def __init__(self, table: Table, mask: Mask) -> None:
        self.changed: dict[str, frozenset[Field]] = {}
        columns = [list(cells) for cells in zip(*table.rows, strict=True)] if table.rows else []
        for place, column in enumerate(table.columns if columns else ()):
            about = report_columns.about(table.name, column.name)
            if about != PLAIN_VALUE:
                self._mask(column.name, columns[place], about, mask)
        by = report_columns.BY_CELL.get(table.name)
        if by is not None and columns:
            self._by_cell(table, columns, by, mask)
        rows: list[tuple[Cell, ...]] = list(zip(*columns, strict=True)) if self.changed else table.rows
        order, first = report_columns.ORDER.get(table.name, ((), ()))
        if self.changed.keys() & set(order):
            rows = _by_what_is_said(rows, [place for place, c in enumerate(table.columns) if c.name in first])
        notes = tuple(_sentence(note, mask) for note in table.notes)
        self.told = replace(table, rows=rows, notes=notes)

    def _mask(self, name: str, cells: list[Any], about: About, mask: Mask) -> None:
        """The cells of a column; what occurs again is worked out once."""
        known: dict[Cell, Cell] = {}
        for place, cell in enumerate(cells):
            if cell not in known:
                known[cell] = mask.cell(cell, about)
            cells[place] = known[cell]
        if any(said != cell for cell, said in known.items()):
            self.changed[name] = self.changed.get(name, frozenset()) | _needed(about)

    def _by_cell(
        self,
        table: Table,
        columns: list[list[Cell]],
        by: tuple[str, tuple[str, ...], dict[str, About]],
        mask: Mask,
    ) -> None:
        names = [column.name for column in table.columns]
        saying, of_row, sorts = by
        for name in of_row:
            for place, (kind, cell) in enumerate(
                zip(columns[names.index(saying)], columns[names.index(name)], strict=True)
            ):
                about = sorts.get(str(kind))
                if about is not None and (said := mask.cell(cell, about)) != cell:
                    columns[names.index(name)][place] = said
                    self.changed[name] = self.changed.get(name, frozenset()) | _needed(about)


def _by_what_is_said(rows: list[tuple[Cell, ...]], first: list[int]) -> list[tuple[Cell, ...]]:
    """Rows in the order of what is said of them, but that what they have in these places keeps its order."""
    groups: dict[tuple[Cell, ...], int] = {}
    for row in rows:
        groups.setdefault(tuple(row[place] for place in first), len(groups))

    def said(row: tuple[Cell, ...]) -> tuple[Any, ...]:
        cells = [f"{cell:020d}" if isinstance(cell, int) else str(cell or "") for cell in row]
        return (groups[tuple(row[place] for place in first)], *cells)

    return sorted(rows, key=said)


def _section(section: Section, told: dict[str, Table], mask: Mask) -> Section:
    """A section; its digest is that of what it says."""
    made = replace(
        section,
        sentences=tuple(_sentence(each, mask) for each in section.sentences),
        facts=tuple(_fact(each, mask) for each in section.facts),
        tables=tuple(told[table.name] for table in section.tables),
        differences=tuple(mask.text(each) for each in section.differences),
        digest=None,
    )
    return made if section.digest is None else replace(made, digest=digest(asdict(made)))


def _sentence(sentence: Sentence, mask: Mask) -> Sentence:
    values = {name: mask.text(each) if isinstance(each, str) else each for name, each in sentence.values.items()}
    return replace(sentence, values=values)


def _fact(fact: Fact, mask: Mask) -> Fact:
    return replace(fact, value=mask.cell(fact.value, report_columns.COLUMNS.get(fact.name, UNKNOWN)))


def _forms(
    report: Report,
    tables: dict[str, _Table],
    told: dict[str, Table],
    sections: dict[str, Section],
    changed: set[str],
    mask: Mask,
) -> list[FilledForm]:
    """Every form filled from what is said, with who can make a field in full that holds something masked."""
    sources = {(form.name, each.name, each.clause): each.source for form in FORMS for each in form.fields}
    whole = {
        source.fact: field.value
        for form in report.forms
        for field in form.fields
        if isinstance(source := sources[form.name, field.name, field.clause], Known)
    }
    facts = {
        name: None if value is None else str(mask.cell(value, _about_fact(name)))
        for name, value in whole.items()
        if name != "missing_listed"
    }

    def needed(source: Source) -> frozenset[Field]:
        if isinstance(source, Known) and facts.get(source.fact) != whole.get(source.fact):
            return _needed(_about_fact(source.fact)) if source.fact in facts else frozenset()
        if isinstance(source, Cells):
            found = (tables[source.table].changed.get(name, frozenset()) for name in source.columns)
            return frozenset().union(*found)
        if isinstance(source, Part) and source.section in changed:
            every = (sorts for t in sections[source.section].tables for sorts in tables[t.name].changed.values())
            return frozenset().union(*every)
        return frozenset()

    def marked(form: FilledForm, field: FilledField) -> FilledField:
        sorts = needed(sources[form.name, field.name, field.clause])
        return replace(field, masked=_in_full(sorts)) if sorts else field

    made = filled(told, facts, sections)
    return [replace(form, fields=tuple(marked(form, field) for field in form.fields)) for form in made]


def _about_fact(name: str) -> About:
    return report_columns.FACTS.get(name, report_columns.COLUMNS.get(name, UNKNOWN))


def _needed(about: About) -> frozenset[Field]:
    """What one has to see so that nothing of such a value is masked."""
    if about & TOLD or not about <= frozenset(Field) | WAYS:
        return frozenset(Field)
    return frozenset(Field(sort) for sort in about - WAYS) | ({Field.SUPPLIER} if about & LOOK_UP else set())


def _in_full(sorts: frozenset[Field]) -> tuple[str, ...]:
    """The roles that may ask for a report and see all of these."""
    return tuple(role.value for role in Role if role in READERS.roles and sorts <= SEES[role])


def may_still_see(about: dict[str, Any], mask: Mask) -> bool:
    """Whether a report that was made earlier holds nothing that has to be masked by now: roles may have been taken since.

    Args:
        about: what the job that made it knows of it, also when what came of it is not kept any more; ``masked`` are the sorts of
            data that were masked then.
        mask: of now.
    """
    return set(mask.hidden) <= set(about.get("masked", ()))
