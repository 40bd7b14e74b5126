"""The sections that rest on questions of their own: where it is, balance, why, bounds, who was responsible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from genealogy.report.bounds import bounds_section
from genealogy.report.content import Section, Sentence
from genealogy.report.responsible import responsible_section
from genealogy.report.share import share_section
from genealogy.report.where import where_sections
from genealogy.report.why import why_section

if TYPE_CHECKING:
    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.report.records import Affected


NAMES = ("where", "balance", "why", "share", "bounds", "responsible")


def parts(engine: Engine, affected: Affected, share: Answer | None, as_of: int) -> list[Section]:
    """Every such section, in the order of the report; where the starts selected nothing, none of them can be asked."""
    if share is None:
        return [Section(name, (Sentence("nothing_selected"),), available=False) for name in NAMES]
    found = [
        *where_sections(engine, affected, as_of),
        why_section(engine, affected, as_of),
        share_section(share, affected),
        bounds_section(engine, affected, as_of),
        responsible_section(engine, affected, as_of),
    ]
    if affected.selected:
        said = Sentence("selected_note", {"count": len(affected.seeds) - affected.starts})
        found = [replace(each, sentences=(said, *each.sentences)) for each in found]
    return found
