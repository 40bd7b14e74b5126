"""What every file of a report says first: what was asked, as of when, by which digests, whether it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genealogy.report.content import FilledField, Report
    from viz.words import Words

_NAMED = 20


def head(report: Report, words: Words) -> list[tuple[str, str]]:
    """Label and value of each statement."""
    question = ", ".join(report.question[:_NAMED])
    if len(report.question) > _NAMED:
        question += f" … ({len(report.question):,})"
    complete = words.page("complete_yes")
    if not report.complete:
        complete = "; ".join([words.page("complete_no"), *report.differences])
    return [
        (words.page("question"), question),
        (words.page("as_of"), str(report.as_of)),
        (words.page("recorded_at"), report.recorded_at),
        (words.page("entry_hash"), report.entry_hash),
        (words.page("digest"), report.digest),
        (words.page("complete"), complete),
    ]


def field_value(field: FilledField, words: Words, sections: frozenset[str]) -> str:
    """What a form shows for a field: the value, where the rows are, or which rows lack it."""
    if field.value is not None:
        return field.value
    if field.table is None:
        return ""
    if field.table in sections:
        return words.page("see_section", name=words.section(field.table))
    told = words.page("see_table", count=words.count(field.of), table=words.table(field.table))
    if not field.lacking:
        return told
    examples = ", ".join(field.examples)
    if field.lacking > len(field.examples):
        examples += f" {words.page('and_more')}"
    lacks = words.page("lacking", lacking=words.count(field.lacking), of=words.count(field.of), examples=examples)
    return f"{told}; {lacks}"


def part_names(report: Report) -> frozenset[str]:
    """Names of sections that are no tables."""
    return frozenset(section.name for section in report.sections) - {table.name for table in report.tables()}
