"""Who and what stood behind what is affected, as a section of a report: one finished item of each product, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.canonical import digest
from genealogy.report.content import Cell, Column, Section, Sentence, Table
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from genealogy.engine import Engine
    from genealogy.report.records import Affected

MOST = 10
"""So many products are shown; ``genealogy responsible`` shows any item."""
STEPS = 100
"""Steps behind an item that are still shown here: a lot that was made by more is better asked for by itself."""


def responsible_section(engine: Engine, affected: Affected, as_of: int) -> Section:
    """Person, time, place, lots, equipment and documents of each step behind one finished item of each product."""
    chosen = _chosen(affected)
    shown = [item for item in chosen if _steps_behind(affected, item) <= STEPS]
    answers = [engine.responsible(item, as_of).answer for item in shown[:MOST]]
    steps = [row for answer in answers for row in _steps(answer)]
    flags: list[tuple[Cell, ...]] = [
        (answer["item"]["id"], flag["step_id"], f"flag_{flag['kind']}", flag["words"])
        for answer in answers
        for flag in answer["flags"]
    ]
    headed = (
        Column("behind_item"), Column("step_id"), Column("operation"), Column("operator"), Column("started_at", "time"),
        Column("ended_at", "time"), Column("site"), Column("line"), Column("materials_used"), Column("equipment"),
        Column("document_id"), Column("document_version"), Column("readings", "count"),
    )  # fmt: skip
    wrong = (Column("behind_item"), Column("step_id"), Column("flag", "word"), Column("detail", "phrase"))
    said = (
        Sentence("responsible_note", {"shown": len(answers), "count": len(chosen)}),
        Sentence("detail_note"),
    )
    return Section(
        "responsible",
        said,
        tables=(Table("responsible_steps", headed, steps), Table("responsible_flags", wrong, flags)),
        digest=digest(answers),
    )


def _chosen(affected: Affected) -> list[str]:
    """Of each finished product the nearest unit, else the nearest lot: behind a unit stand its own steps and its lot's."""
    found: dict[str, str] = {}
    for places in (affected.finished_units, affected.finished_lots):
        for place in places:
            found.setdefault(affected.material[place] or "", affected.ids[place])
    return [found[material] for material in sorted(found)]


def _steps_behind(affected: Affected, item: str) -> int:
    """How many steps stand behind an item."""
    moment = affected.moment
    walk = Walk(moment, forward=False)
    found = walk.everything(moment.codes.find([item]))
    rows, _ = moment.rows_of("production", "item_id", np.concatenate([moment.codes.find([item]), found.items]))
    return len(np.unique(moment.column("production", "step_id")[rows])) if len(rows) else 0


def _steps(answer: dict[str, Any]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for step in answer["steps"]:
        document = step.get("document") or {}
        used = ", ".join(dict.fromkeys(each["item_id"] for each in step["materials"]))
        machines = ", ".join(
            f"{each['equipment_id']} ({each['name']})" if each.get("name") else each["equipment_id"]
            for each in step["equipment"]
        )
        named = (step.get(n) for n in ("operation", "operator", "started_at", "ended_at", "site", "line"))
        rows.append(
            (
                answer["item"]["id"], step["step_id"], *named, used or None, machines or None,
                document.get("document_id"), document.get("version"), len(step["parameters"]),
            )
        )  # fmt: skip
    return rows
