"""Composes a report: the scope of a recall with everything that a coordinator, a customer and an inspector ask for.

A report is the same whenever it is made again of the same question as of the same entry, on either store: it holds no
time of its own making, and no number that was not computed from the records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.errors import InputError
from genealogy.report.asked_for import asked_for_section, told
from genealogy.report.causes import causes_section
from genealogy.report.compared import compared_section
from genealogy.report.content import Cell, Column, Report, Section, Sentence, Table
from genealogy.report.facts import single_facts
from genealogy.report.forms_fill import filled
from genealogy.report.forms_tables import form_tables
from genealogy.report.graph import folded, for_page
from genealogy.report.items import (
    gaps_table,
    items_table,
    lots_table,
    products_table,
    sources_table,
    starts_table,
    units_table,
)
from genealogy.report.movements import consignees_table, consumed_table, produced_table, shipments_table, steps_table
from genealogy.report.parts import parts
from genealogy.report.records import Affected
from genealogy.report.share import shares_by_item
from genealogy.report.since import since_section
from genealogy.report.where import where_facts
from genealogy.uncollected import uncollected
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.narrow import Narrowing
    from genealogy.starts import Start

ASSUMPTIONS = (
    "assume_full_scope", "assume_time", "assume_tiers", "assume_possible", "assume_containers", "assume_no_cut",
    "assume_recorded", "assume_empty",
)  # fmt: skip


@uncollected()
def compose(
    engine: Engine,
    starts: Sequence[str],
    as_of: int | datetime | None = None,
    *,
    also: Sequence[Start] = (),
    narrowed: Sequence[tuple[str, Narrowing | None]] = (),
    since: int | datetime | None = None,
    where_else: bool = False,
) -> tuple[Report, Answer]:
    """The report of a question, and the scope it rests on.

    Args:
        engine: of the plant.
        starts: ids of items.
        as_of: the entry, or recording time, whose state counts.
        also: starts that are no items (see ``genealogy.starts``).
        narrowed: boundaries to put beside the full scope: text and meaning of each.
        since: an earlier entry, or recording time: what changed since then is a section.
        where_else: the items are complaints: what they have in common is a section.

    Raises:
        InputError: ``since`` is not before the moment of the report, or complaints are asked for and no item is named.
    """
    at = engine.moment(as_of)
    before = None if since is None else engine.moment(since)
    askable(starts, at, before, where_else=where_else)
    scope = engine.scope(starts, at, also=also)
    moment = engine.snapshot.moment(at)
    affected = Affected(moment, engine.evidence, scope.answer)
    found = engine.snapshot.shipments(affected.ids, at)
    lines = found if isinstance(found, list) else found.rows()
    entries = list(engine.ledger.entries(upto=at))
    shipments = shipments_table(affected, lines)
    share = engine.share(affected.seeds, at) if affected.seeds else None
    shares = shares_by_item(share, affected)
    tables = {
        table.name: table
        for table in (
            consignees_table(affected, scope.answer, shipments), shipments, starts_table(affected), products_table(affected),
            units_table(affected, shares), lots_table(affected, shares), items_table(affected, shares), consumed_table(affected),
            produced_table(affected), steps_table(affected), gaps_table(scope.answer), sources_table(entries),
        )
    }  # fmt: skip
    more = parts(engine, affected, share, at)
    asked = [asked_for_section(tables["starts"], scope.answer.get("started_from", []))]
    asked += [causes_section(engine, starts, at)] if where_else else []
    beside = [compared_section(engine, starts, also, narrowed, at)] if narrowed else []
    beside += [since_section(engine, starts, also, scope.answer, before)] if before is not None else []
    sections = _sections(tables, asked, [*beside, *more], engine.trace(affected.seeds, "backward", at))
    facts = single_facts(affected, scope.answer) | where_facts(more, affected)
    by_name = {section.name: section for section in sections}
    forms = filled({**tables, **form_tables(affected, tables)}, facts, by_name)
    apart = [f"{section.name}: {said}" for section in sections for said in section.differences]
    graph = folded(affected, lines)
    report = Report(
        question=tuple(sorted(set(starts))),
        as_of=at,
        recorded_at=entries[-1].time,
        entry_hash=entries[-1].hash,
        complete=scope.complete and not apart,
        differences=(*scope.answer["differences"], *apart),
        scope=scope.answer,
        digest=scope.digest,
        sections=tuple(sections),
        forms=tuple(forms),
        graph=graph,
        page_graph=for_page(affected, lines, graph),
        assumptions=tuple(Sentence(key) for key in ASSUMPTIONS),
        also=told(scope.answer.get("started_from", [])),
    )
    return report, scope


def askable(starts: Sequence[str], at: int, before: int | None, *, where_else: bool) -> None:
    """Make sure that a report can say what is asked of it, before any of it is made.

    Raises:
        InputError: what changed is asked for since a later moment, or complaints are asked for and no item is named.
    """
    if before is not None and before > at:
        raise InputError(
            said(f"Entry {before} is not before entry {at}: ", Option("changed-since"), " names the earlier moment.")
        )
    if where_else and not starts:
        raise InputError(
            said(Option("where-else"), " needs the items that were complained about. Name them: two or more.")
        )


def _sections(
    tables: dict[str, Table], asked: Sequence[Section], more: Sequence[Section], backward: Answer
) -> list[Section]:
    """All sections: who has it first, then what and where, then why, then what it rests on."""

    def of(name: str, *names: str, **facts: Any) -> Section:
        return Section(name, tables=tuple(tables[each] for each in names), **facts)

    return [
        of("customers", "consignees", "shipments"),
        *asked,
        of("finished", "products", "finished_units", "finished_lots"),
        *more,
        of("affected", "items"),
        _backward(backward),
        of("movements", "steps", "consumed", "produced"),
        of("gaps", "gaps"),
        of("sources", "sources"),
    ]


def _backward(answer: Answer) -> Section:
    rows: list[tuple[Cell, ...]] = [(r["id"], r["kind"], r["stage"], r["depth"]) for r in answer.answer["items"]]
    headed = (Column("item_id"), Column("kind", "word"), Column("stage", "word"), Column("depth", "count"))
    return Section(
        "backward",
        (Sentence("backward_note", {"count": len(rows)}),),
        tables=(Table("behind", headed, rows),),
        digest=answer.digest,
        differences=tuple(answer.answer["differences"]),
    )
