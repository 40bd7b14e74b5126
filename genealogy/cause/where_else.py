"""The answer to ``where-else``: the common causes of complaints, ranked, and what else the first of them went into."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.cause import SIGNIFICANT, Cause, Causes, causes, population, time_text
from genealogy.cause.graph import GraphCauses, differences
from genealogy.cause.significance import chance_text, score
from genealogy.errors import InputError
from genealogy.snapshot.describe import is_finished_lot, is_finished_unit, records
from genealogy.snapshot.layout import NO_TIME
from genealogy.snapshot.walk import Walk
from genealogy.wording import Option
from genealogy.wording import said as message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.stores.contract import Store

COMPARED = 50
"""So many complaints are also put to the graph, one by one; of more, the first in order."""
FEW_COMPLAINTS = 5
"""With fewer complaints than this, a ranking is a hint and no more."""


def where_else(
    snapshot: Snapshot,
    store: Store,
    road: CypherRoad,
    complaints: Sequence[str],
    healthy: Sequence[str],
    as_of: int,
    first: int | None,
) -> dict[str, Any]:
    """What is likely behind the complaints.

    Args:
        snapshot: the arrays.
        store: the graph.
        road: to it.
        complaints: ids of items.
        healthy: ids of items to compare with; none: all of the complaints' materials that are no complaints.
        as_of: entry of the ledger.
        first: whose union forward is listed: that of so many places of the ranking; None: of the first, counted only.
    """
    moment = snapshot.moment(as_of)
    named = sorted(set(complaints))
    if not named:
        raise InputError("No complaint was named. Name the items that were complained about: two or more.")
    if first is not None and first < 1:
        raise InputError(
            message(
                Option("scope", str(first)),
                " means no cause at all. Give 1 for the first of the ranking, 2 for the first two ..",
            )
        )
    both = sorted(set(healthy) & set(named))
    if both:
        raise InputError(
            f"{', '.join(both[:5])} cannot be a complaint and healthy at once. Name each in one list only."
        )
    numbers = moment.codes.find(named)
    bad = np.unique(numbers[numbers >= 0])
    everyone = population(moment, bad) if not healthy else moment.codes.find(sorted(set(healthy)))
    good = np.unique(everyone[(everyone >= 0) & ~np.isin(everyone, bad)])
    found = causes(moment, bad, good)
    asked = named[:COMPARED]
    said = _compared(snapshot, store, road, asked, as_of, found, whole=len(asked) == len(named))
    ranks = _ranks(found.ranked)
    groups = _groups(found.ranked)
    rows = [
        _row(c, rank, group, len(named), len(good)) for c, rank, group in zip(found.ranked, ranks, groups, strict=True)
    ]
    chosen = _chosen([c for c, rank in zip(found.ranked, ranks, strict=True) if rank <= (first or 1)])
    answer = {
        "complaints": named,
        "as_of": as_of,
        "complete": not said,
        "compared_with": _compared_with(moment, bad, good, given=bool(healthy)),
        "tested": found.tested,
        "causes": rows,
        "common_but_not_more_than_by_chance": len(found.counts) - sum(c.kind != "time_window" for c in found.ranked),
        "scope": _union(moment, chosen, bad, listed=first is not None),
        "second_road": "differs" if said else "agrees",
        "differences": said,
    }
    answer["summary"] = _lines(answer)
    return answer


def _compared(
    snapshot: Snapshot, store: Store, road: CypherRoad, asked: list[str], as_of: int, found: Causes, *, whole: bool
) -> list[str]:
    """Where the graph counts otherwise; of more complaints than are put to it, those few are counted again."""
    moment = snapshot.moment(as_of)
    counts = found.counts
    if not whole:
        numbers = np.unique(moment.codes.find(asked))
        counts = causes(moment, numbers[numbers >= 0], np.zeros(0, np.int32)).counts
    return differences(GraphCauses(store, road, as_of).behind(asked), counts, min(2, len(asked)))


def _ranks(ranked: list[Cause]) -> list[int]:
    """Places of the ranking: equals in every count share one."""
    ranks: list[int] = []
    for place, cause in enumerate(ranked):
        same = place > 0 and cause.order == ranked[place - 1].order
        ranks.append(ranks[-1] if same else (ranks[-1] + 1 if ranks else 1))
    return ranks


def _groups(ranked: list[Cause]) -> list[int]:
    """Numbers of groups that nothing tells apart, in order of their first."""
    numbers: dict[tuple[int, ...], int] = {}
    return [numbers.setdefault(cause.alike, len(numbers) + 1) for cause in ranked]


def _chosen(ranked: list[Cause]) -> list[Cause]:
    """Of candidates that nothing tells apart all, but a time window only where there is nothing else: it was fitted."""
    told = {cause.alike for cause in ranked if cause.between is None}
    return [cause for cause in ranked if cause.between is None or cause.alike not in told]


def _row(cause: Cause, rank: int, group: int, complaints: int, healthy: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "rank": rank,
        "kind": cause.kind,
        "id": cause.id,
        "score": score(cause.corrected),
        "behind": cause.behind,
        "of": complaints,
        "healthy_behind": cause.healthy,
        "healthy": healthy,
        "chance": chance_text(cause.chance),
        "corrected_chance": chance_text(min(Fraction(1), cause.corrected)),
        "significant": cause.corrected <= SIGNIFICANT,
        "group": group,
    }
    if cause.kind == "operator":
        row["operator"] = cause.id
    elif cause.kind == "document":
        row["document_id"], row["document_version"] = cause.names
    elif cause.between is not None:
        row["operation"] = cause.names[0]
        row["from"], row["to"] = (time_text(when) for when in cause.between)
    return row


def _compared_with(moment: Moment, bad: Array, good: Array, *, given: bool) -> dict[str, Any]:
    found = records(moment, bad)
    materials = sorted(str(m) for m in moment.words.strings(np.unique(found.material[found.material >= 0])))
    return {"healthy": len(good), "chosen_by": "the question" if given else "material", "materials": materials}


def sources(moment: Moment, cause: Cause) -> Array:
    """The items in which a cause begins: the lot itself, the outputs of the steps, the lots of the supplier."""
    name = cause.names[0]
    if cause.kind in ("lot", "unit", "item"):
        return moment.codes.find([cause.id])
    if cause.kind in ("supplier", "material"):
        column = f"{cause.kind}_id"
        rows = moment.all_rows("lots")
        of_it = moment.resolved("lots", column, rows) == moment.words.find([str(name)])[0]
        return moment.item_column("lots", "item_id", rows[of_it])
    steps = moment.codes.find([cause.id]) if cause.kind == "step" else _steps(moment, cause)
    rows, _ = moment.rows_at("production", "step_id", np.unique(steps))
    return moment.item_column("production", "item_id", rows) if len(rows) else rows


def _steps(moment: Moment, cause: Cause) -> Array:
    """The steps that an order, an operator, a document version, equipment or a time window stands for."""
    wanted = moment.words.find([name or "" for name in cause.names])
    if cause.kind == "equipment":
        rows = moment.all_rows("equipment_use")
        rows = rows[moment.resolved("equipment_use", "equipment_id", rows) == wanted[0]]
        used: Array = moment.column("equipment_use", "step_id")[rows]
        return used
    rows = moment.all_rows("steps")
    names = {
        "order": ("order_id",),
        "operator": ("operator",),
        "document": ("document_id", "document_version"),
        "time_window": ("operation",),
    }[cause.kind]
    for name, number in zip(names, wanted.tolist(), strict=True):
        rows = rows[moment.column("steps", name)[rows] == number]
    if cause.between is not None:
        began, ended = (moment.column("steps", f"{name}_start")[rows] for name in ("started_at", "ended_at"))
        when = np.where(began != NO_TIME, began, ended)
        rows = rows[(when >= cause.between[0]) & (when <= cause.between[1]) & (when != NO_TIME)]
    steps: Array = moment.column("steps", "step_id")[rows]
    return steps


def _union(moment: Moment, chosen: list[Cause], bad: Array, *, listed: bool) -> dict[str, Any]:
    """Everything that the chosen causes went into, once; of candidates that nothing tells apart all are taken."""
    starts = np.unique(np.concatenate([np.zeros(0, np.int32), *(sources(moment, cause) for cause in chosen)]))
    starts = starts[starts >= 0].astype(np.int32)
    items = np.union1d(starts, Walk(moment, forward=True).everything(starts).items).astype(np.int32)
    units, lots = items[is_finished_unit(moment, items)], items[is_finished_lot(moment, items)]
    answer: dict[str, Any] = {
        "causes": [{"kind": cause.kind, "id": cause.id} for cause in chosen],
        "starts": len(starts),
        "items": len(items),
        "finished_units": len(units),
        "finished_units_not_complained_about": int((~np.isin(units, bad)).sum()),
        "finished_lots": len(lots),
        "finished_lots_not_complained_about": int((~np.isin(lots, bad)).sum()),
        "complaints_inside": int(np.isin(bad, items).sum()),
    }
    if listed:
        answer["start_ids"] = sorted(str(item) for item in moment.codes.strings(starts))
        answer["finished"] = sorted(str(item) for item in moment.codes.strings(np.concatenate([units, lots])))
    return answer


def _lines(answer: dict[str, Any]) -> list[str]:
    """Three plain sentences: the likeliest cause, how sure, and what else it went into."""
    rows, scope, healthy = answer["causes"], answer["scope"], answer["compared_with"]["healthy"]
    count = len(answer["complaints"])
    if not rows:
        return [
            f"Nothing recorded stands behind more of the {count:,} complaints than of the {healthy:,} healthy items.",
            "Either their cause is not in the records, or the complaints have different causes.",
        ]
    top = rows[0]
    alike = [row for row in rows if row["group"] == top["group"]]
    others = (
        f", not told apart by any record from {len(alike) - 1} other (rank and group say which)" if alike[1:] else ""
    )
    lines = [
        f"Behind {top['behind']:,} of {count:,} complaints and {top['healthy_behind']:,} of {healthy:,} healthy items stands "
        f"{top['kind'].replace('_', ' ')} {top['id']}{others}."
    ]
    tests = sum(answer["tested"].values())
    if count < FEW_COMPLAINTS:
        lines.append(
            f"With {count} complaint{'s' * (count > 1)} a ranking is a hint; its chance is {top['corrected_chance']}."
        )
    elif top["significant"]:
        lines.append(
            f"Chance alone would do as well with a probability of {top['corrected_chance']} (all {tests:,} candidates counted)."
        )
    else:
        lines.append(
            f"That is no proof: with {tests:,} candidates, chance alone would do as well with a probability of "
            f"{top['corrected_chance']}."
        )
    more = scope["finished_units_not_complained_about"]
    loose = scope["finished_lots_not_complained_about"]
    what = f"{more:,} finished units" if scope["finished_units"] else f"{loose:,} finished lots"
    lines.append(f"From there it went into {what} that nobody has complained about yet.")
    return lines
