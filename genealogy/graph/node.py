"""What stands behind one node of a picture: who is folded into it, and the recorded facts with file and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.answer import TIERS
from genealogy.graph.columns import CUSTOMER, KINDS, STEPS, SUPPLIER
from genealogy.graph.folds import day_text
from genealogy.recorded import as_written

if TYPE_CHECKING:
    from genealogy.evidence import Evidence
    from genealogy.graph.folds import Fold, Folds
    from genealogy.snapshot.files import Array

MEMBERS = 50
"""Members that are listed at once."""
FACTS = 40
"""Facts that are read for one node; ``more_facts`` says how many there are beside them."""


def node(folds: Folds, fold: Fold, evidence: Evidence, page: int = 1) -> dict[str, Any]:
    """A node with its members, a page at a time, and the facts of a node that is one thing.

    Args:
        folds: the tree.
        fold: the node.
        evidence: where facts are read from.
        page: from 1.

    Returns:
        ``members`` (id, tier, day, of steps the operation, of parties the name) with ``page``, ``pages``, ``count``; ``facts``
        and ``more_facts``.
    """
    columns = folds.columns
    count = len(fold.places)
    pages = max(1, -(-count // MEMBERS))
    page = min(max(page, 1), pages)
    # In the order of places, which is the order of the records: sorting a million names to show fifty would help nobody.
    places = np.sort(fold.places)[(page - 1) * MEMBERS : page * MEMBERS]
    group = columns.moment.words.strings(columns.group[places])
    members = [
        {
            "kind": KINDS[fold.kind],
            "id": columns.label(place),
            "group": of,
            "tier": TIERS[columns.tier[place]] if columns.tier[place] >= 0 else None,
            "day": day_text(int(columns.day[place])) or None,
        }
        for place, of in zip(places.tolist(), group, strict=True)
    ]
    facts, more = _facts(folds, fold, evidence) if count == 1 else ([], 0)
    return {
        "way": fold.name,
        "kind": KINDS[fold.kind],
        "level": fold.level,
        "label": fold.label,
        "last_label": fold.until or None,
        "item": members[0]["id"] if count == 1 and fold.kind not in (SUPPLIER, CUSTOMER) else None,
        "party": members[0]["id"] if count == 1 and fold.kind in (SUPPLIER, CUSTOMER) else None,
        "count": count,
        "page": page,
        "pages": pages,
        "members": members,
        "facts": facts,
        "more_facts": more,
    }


def _facts(folds: Folds, fold: Fold, evidence: Evidence) -> tuple[list[dict[str, Any]], int]:
    """The facts in force that name the one thing, those that describe it first."""
    columns, moment = folds.columns, folds.columns.moment
    place = int(fold.places[0])
    number = columns.number[place : place + 1]
    if int(number[0]) < 0:
        return [], 0
    found: list[tuple[str, Array]] = []
    if fold.kind in STEPS:
        for table in ("steps", "consumption", "production", "equipment_use", "readings"):
            found.append((table, moment.rows_at(table, "step_id", number)[0]))
    elif fold.kind in (SUPPLIER, CUSTOMER):
        rows = moment.all_rows("parties")
        found.append(
            ("parties", rows[moment.resolved("parties", "party_id", rows) == number[0]] if len(rows) else rows)
        )
        linked = (
            columns.source[columns.target == place]
            if fold.kind == CUSTOMER
            else columns.target[columns.source == place]
        )
        items = columns.number[linked[:FACTS]]
        table, name = ("shipments", "consignee_id") if fold.kind == CUSTOMER else ("lots", "supplier_id")
        rows, _ = moment.rows_of(table, "item_id", np.unique(items[items >= 0]))
        found.append((table, rows[moment.resolved(table, name, rows) == number[0]] if len(rows) else rows))
    else:
        for table in ("lots", "units", "production", "consumption", "results", "decisions", "shipments", "stock"):
            found.append((table, moment.rows_of(table, "item_id", number)[0]))
    total = sum(len(rows) for _, rows in found)
    told: list[dict[str, Any]] = []
    for table, rows in found:
        room = max(0, FACTS - len(told))
        chosen = np.sort(rows) if len(rows) <= room else as_written(moment, evidence, table, rows)[:room]
        if len(chosen):
            told += [fact.as_json() for fact in evidence.facts(moment, table, chosen)]
    return told, total - len(told)
