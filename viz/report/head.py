"""What every file of a report says first: what was asked, as of when, by which digests, whether it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viz.summary import summary
from viz.words.units import amounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.report.content import FilledField, FilledForm, Report
    from viz.words import Words

_NAMED = 20


def lines(report: Report, words: Words) -> list[str]:
    """The three plain lines of the scope that a report is of."""
    return list(report.masked.summary) if report.masked else summary(report.scope, words)


def notice(report: Report, words: Words) -> str:
    """That something is masked, for whom, and what; empty where nothing is."""
    if report.masked is None:
        return ""
    sorts = words.joined(words.sort_of_data(each) for each in report.masked.fields)
    return words.page("masked_for", roles=roles(report.masked.roles, words), fields=sorts)


def graph_notice(report: Report, words: Words) -> str:
    """What has to be said beside the graph of a report in which suppliers are masked; else empty."""
    hidden = report.masked is not None and "supplier" in report.masked.fields
    return words.page("parties_as_one") if hidden else ""


def short_notice(report: Report, words: Words) -> str:
    """For whom it is masked, in few words, for what stands on every sheet and page; empty where nothing is masked."""
    return words.page("masked_short", roles=roles(report.masked.roles, words)) if report.masked else ""


def roles(names: Iterable[str], words: Words) -> str:
    """Roles by their names."""
    return words.joined(words.role(each) for each in names)


def head(report: Report, words: Words) -> list[tuple[str, str]]:
    """Label and value of each statement."""
    question = ", ".join(report.question[:_NAMED])
    if len(report.question) > _NAMED:
        question += f" … ({len(report.question):,})"
    also = [
        ", ".join(
            words.cell(fact.value, fact.sort)
            if place == 0
            else f"{words.column(fact)} {words.cell(fact.value, fact.sort)}"
            for place, fact in enumerate(each)
        )
        for each in report.also
    ]
    question = "; ".join([question, *also] if question else also)
    complete = words.page("complete_yes")
    if not report.complete:
        complete = "; ".join([words.page("complete_no"), *report.differences])
    masked = [(words.page("masked"), notice(report, words))] if report.masked else []
    return [
        *masked,
        (words.page("question"), question),
        (words.page("as_of"), str(report.as_of)),
        (words.page("recorded_at"), report.recorded_at),
        (words.page("entry_hash"), report.entry_hash),
        (words.page("digest"), report.digest),
        (words.page("complete"), complete),
    ]


def field_value(field: FilledField, words: Words, sections: frozenset[str]) -> str:
    """What a form shows for a field: the value, where the rows are, which rows lack it; who sees all of it, if masked."""
    told = _field_value(field, words, sections)
    if not field.masked:
        return told
    return words.page("field_masked", value=told, roles=roles(field.masked, words))


def _field_value(field: FilledField, words: Words, sections: frozenset[str]) -> str:
    if field.value is not None:
        return amounts(field.value, words.language)
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


FORM = ("field", "clause", "clause_read", "status", "value", "who")
"""Headings of the fields of a form."""


def form_row(field: FilledField, words: Words, sections: frozenset[str]) -> list[str]:
    """The cells of a field, under these headings."""
    return [
        words.field(field.name), words.rule(field.clause), words.page("read" if field.read else "unread"),
        words.page(field.status), field_value(field, words, sections),
        words.who(field.who) if field.status != "recorded" else "",
    ]  # fmt: skip


def form_notes(form: FilledForm, words: Words) -> list[str]:
    """What a form says before its fields: its rule, how much is missing, which texts were read for it and which not."""
    counts = words.page("form_counts", **{status: form.count(status) for status in ("recorded", "partly", "missing")})
    return [f"{words.page('rule')}: {words.rule(form.rule)}. {counts}.", *(words.form_text(key) for key in form.texts)]


def part_names(report: Report) -> frozenset[str]:
    """Names of sections that are no tables."""
    return frozenset(section.name for section in report.sections) - {table.name for table in report.tables()}
