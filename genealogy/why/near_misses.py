"""Near misses: what stands beside a scope without being in it, and for each the fact that cuts.

A recall that stops at its scope has to say why it stops there: why this unit and not its sister, why this lot and not the
next one on the same machine. Every near miss has a reason; where the only reason is that no record joins the two, it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.citing import Citations, Cited, Source
from genealogy.sentences import counted
from genealogy.snapshot.describe import describe
from genealogy.snapshot.neighbours import KINDS, Near, Neighbourhood
from genealogy.snapshot.paths import Paths
from genealogy.snapshot.quarantine import examples, open_rows, suspected_links
from genealogy.snapshot.walk import Walk
from genealogy.why.cuts import Beside, Cuts
from genealogy.why.started import Started, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

NONE = -1
LISTED = 100
"""Near misses of each kind that are listed with their reasons, unless more are asked for; all are counted."""

WORDS = {
    "same_lot": "another unit of a lot that is in the scope by single units only",
    "same_order": "made for an order that the scope met, by another step",
    "same_supplier_lot": "another receipt of a supplier's lot that is in the scope",
    "same_equipment": "made on equipment of the scope, at the same time or next after it",
    "same_day_and_line": "made on a line of the scope on the same day",
    "same_material": "of a material that the scope holds",
}


def near_misses(
    snapshot: Snapshot,
    source: Source,
    starts: Sequence[str],
    as_of: int,
    limit: int | None = LISTED,
    started: Started | None = None,
) -> dict[str, Any]:
    """The nearest neighbours of a scope, by kind, each once under its nearest kind, with the fact that cuts.

    Args:
        snapshot: of the plant.
        source: where facts are cited from.
        starts: ids of the items whose scope it is.
        as_of: entry of the ledger.
        limit: list at most so many of each kind, in the order of their ids; None: all.
        started: what the scope starts from besides these.

    Returns:
        ``count`` (of all), ``kinds`` (each with ``kind``, ``words``, ``count``, ``listed`` and ``items``), ``summary``. An
        item has ``id``, ``kind``, ``stage``, ``beside`` (what it stands beside), ``also`` (other kinds) and ``reasons``.
    """
    moment, started = snapshot.moment(as_of), started or Started()
    starts = sorted({*starts, *started.items})
    paths = Paths(moment, sources(moment, [*starts, *started.outputs[1]]))
    citations = Citations(source, moment)
    around = Neighbourhood(moment, paths.starts, paths.found, sources(moment, started.steps))
    near = around.near()
    cuts = Cuts(around, paths, citations, started.also)
    kinds: list[dict[str, Any]] = []
    taken = np.zeros(len(moment.codes), bool)
    for kind in KINDS:
        own = np.flatnonzero(~taken[near[kind].item])
        taken[near[kind].item[own]] = True
        one = near[kind].at(own)
        _, order = moment.codes.in_order(one.item.astype(np.int32))
        listed = one.at(order[:limit])
        rows = _rows(moment, citations, cuts, kind, listed, near)
        kinds.append({"kind": kind, "words": WORDS[kind], "count": len(own), "listed": len(rows), "items": rows})
    citations.read()
    count = sum(kind["count"] for kind in kinds)
    outputs = len(set(paths.starts.tolist()) - set(sources(moment, starts).tolist()))
    answer = {"starts": starts, "as_of": as_of, **started.asked()}
    answer |= {"in_scope": len(paths.found.items) + outputs, "count": count, "kinds": kinds}
    return answer | {"summary": _words(answer, started.named(starts))}


def why_out(
    moment: Moment,
    citations: Citations,
    item: str,
    number: int,
    starts: Sequence[str],
    paths: Paths,
    started: Started | None = None,
) -> dict[str, Any]:
    """Why an item is not in a scope: what it is near to, the reasons, and what record would bring it in.

    Args:
        moment: the facts that count.
        citations: takes the facts that are cited.
        item: its id.
        number: its number, -1 where no fact ever named it.
        starts: ids of the items whose scope it is.
        paths: how the scope is reached, from these and from what steps that are starts made.
        started: what the scope starts from besides these.

    Returns:
        ``near`` (kinds, each with what it stands beside), ``reasons`` (the strongest first, never empty),
        ``would_connect`` (records that would bring it in), ``suspected`` (rows in quarantine that would), ``summary``.
    """
    started = started or Started()
    named = started.named(starts)
    if number < 0:
        reason = {"kind": "unknown", "words": "no fact ever named it", "proves": False, "rows": 0, "facts": []}
        summary = [f"{item} is not in the scope of {named}: no fact ever named it."]
        wanted = _would_connect(item, np.zeros(0, np.int32), moment, starts, described=False)
        return {"near": [], "reasons": [reason], "would_connect": wanted, "suspected": [], "summary": summary}
    starting = paths.starts
    steps_starting = sources(moment, started.steps)
    around = Neighbourhood(moment, starting, paths.found, steps_starting)
    cuts = Cuts(around, paths, citations, started.also)
    found, reasons = [], []
    for kind, near in around.near().items():
        place = np.flatnonzero(near.item == number)
        if not len(place):
            continue
        one = near.at(place)
        found.append({"kind": kind, "words": WORDS[kind], "beside": _beside(moment, citations, one, 0)})
        reasons += cuts.reasons(_one(one, 0, kind))
    reasons = _once(reasons or cuts.reasons(Beside(number)))
    suspected = _suspected(moment, starting, number, steps_starting)
    made, _ = moment.rows_of("production", "item_id", np.array([number]))
    steps = np.unique(moment.column("production", "step_id")[made]) if len(made) else made
    known = describe(moment, np.array([number]))[0].kind != "unknown"
    summary = [f"{item} is not in the scope of {named}: {reasons[0]['words']}."]
    if not any(reason["proves"] for reason in reasons):
        summary.append(
            "No fact cuts: only the absence of a record keeps it out. See would_connect for what would bring it in."
        )
    if suspected:
        rows = counted(len(suspected), "row", "rows")
        summary.append(
            f"{rows} in quarantine would bring it in: correct or void what was rejected before relying on this."
        )
    wanted = _would_connect(item, steps, moment, starts, described=known)
    return {"near": found, "reasons": reasons, "would_connect": wanted, "suspected": suspected, "summary": summary}


def _rows(
    moment: Moment, citations: Citations, cuts: Cuts, kind: str, listed: Near, near: dict[str, Near]
) -> list[dict[str, Any]]:
    ids = moment.codes.strings(listed.item.astype(np.int32))
    others = {other: np.isin(listed.item, near[other].item) for other in KINDS if other != kind}
    rows = []
    for place, (item, known) in enumerate(zip(ids, describe(moment, listed.item), strict=True)):
        also = [other for other in KINDS if other != kind and others[other][place]]
        reasons = _once(cuts.reasons(_one(listed, place, kind)))
        row = {
            "id": item,
            "kind": known.kind,
            "stage": known.stage,
            "beside": _beside(moment, citations, listed, place),
        }
        rows.append(row | {"also": also, "reasons": reasons})
    return rows


def _one(near: Near, place: int, kind: str) -> Beside:
    values = (near.step, near.beside, near.beside_step, near.row, near.beside_row, near.after)
    return Beside(int(near.item[place]), kind, *(int(column[place]) for column in values))


def _beside(moment: Moment, citations: Citations, near: Near, place: int) -> dict[str, Any]:
    """What a neighbour stands beside: an item or a step of the scope, its own step, and the records of that."""

    def name(code: int) -> str | None:
        return None if code == NONE else moment.codes.string(code)

    step, beside_step = int(near.step[place]), int(near.beside_step[place])
    facts: list[Cited] = []
    for each in (beside_step, step):
        rows, _ = moment.rows_at("steps", "step_id", np.array([each] if each != NONE else [], np.int32))
        facts += [citations.cite("steps", row) for row in rows.tolist()]
    facts += [
        citations.cite("equipment_use", int(column[place]))
        for column in (near.beside_row, near.row)
        if column[place] != NONE
    ]
    return {
        "item": name(int(near.beside[place])),
        "step": name(beside_step),
        "own_step": name(step),
        "next_after": bool(near.after[place]),
        "facts": facts,
    }


def _once(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same reasons, each once, those by a fact that cuts before those by the absence of a record."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for reason in reasons:
        found.setdefault((reason["kind"], reason["words"]), reason)
    return sorted(found.values(), key=lambda reason: not reason["proves"])


def _suspected(moment: Moment, starts: Array, number: int, steps: Array) -> list[dict[str, Any]]:
    """The rows in quarantine by which the item would be in the scope, were they all true."""
    rows = open_rows(moment)
    links, by_role = suspected_links(moment, rows)
    if not len(links.consumed) and not len(links.produced):
        return []
    # What a rejected row would name as a product of a step that is a start lies in the scope as its other products do.
    of_steps = np.isin(links.produced_by, steps)
    starts = np.unique(np.concatenate([starts, links.produced[of_steps]])).astype(np.int32)
    wider = Walk(moment, forward=True, suspected=links).everything(starts)
    if not (wider.items == number).any() and number not in starts:
        return []
    behind = Walk(moment, forward=False, suspected=links).everything(np.array([number], np.int32))
    met = {
        "consumption": wider.met_items(links.consumed) & behind.met_steps(links.consumed_by),
        "production": (wider.met_steps(links.produced_by) | of_steps)
        & (behind.met_items(links.produced) | (links.produced == number)),
    }
    on_the_way = [by_role[role][met[role]] for role in by_role]
    return examples(moment, rows[np.isin(rows, np.concatenate(on_the_way))])


def _would_connect(
    item: str, steps: Array, moment: Moment, starts: Sequence[str], *, described: bool
) -> list[dict[str, str]]:
    """The records that would bring an item into the scope, by table, in words."""
    any_of = f"{starts[0]} or anything else of the scope" if starts else "anything of the scope"
    found = []
    for step in sorted(str(name) for name in moment.codes.strings(steps)):
        found.append({"table": "consumption", "words": f"a row that step {step}, which made {item}, consumed {any_of}"})
    if not len(steps):
        words = f"a row that a step produced {item}, and one that this step consumed {any_of}"
        found.append({"table": "production", "words": words})
    found.append({"table": "units", "words": f"a row that {item} was serialised from a lot of the scope"})
    found.append(
        {"table": "aliases", "words": f"a row that {item} is another system's code for something of the scope"}
    )
    if not described:
        found.append({"table": "lots", "words": f"a row in lots or units that says what {item} is"})
    return found


def _words(answer: dict[str, Any], named: str) -> list[str]:
    kinds = [kind for kind in answer["kinds"] if kind["count"]]
    if not kinds:
        return [
            f"Nothing stands beside the scope of {named}: no other item shares an order, lot, machine, day or material."
        ]
    parts = [f"{kind['count']:,} {kind['kind'].replace('_', ' ')}" for kind in kinds]
    lines = [
        f"{counted(answer['count'], 'item stands', 'items stand')} beside the scope of {named} without being in it: "
        f"{', '.join(parts)}.",
    ]
    listed = [item for kind in kinds for item in kind["items"]]
    absent = sum(not any(reason["proves"] for reason in item["reasons"]) for item in listed)
    if len(listed) < answer["count"]:
        lines.append(f"{len(listed):,} of them are listed; a limit of 0 lists all.")
    if absent:
        words = counted(absent, "of the listed is", "of the listed are")
        lines.append(
            f"{words} kept out by the absence of a record alone, not by a fact that cuts: look at these first."
        )
    return lines
