"""Why an item is in a scope: the strongest and shortest chain of recorded facts from a start to it, each with its source.

Or why it is not: what it is near to, and the fact that cuts (see ``genealogy.why.near_misses``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.answer import TIERS
from genealogy.citing import Citations, Cited, Source, time_text
from genealogy.sentences import counted
from genealogy.snapshot.paths import NONE, Moves, Paths, Tree
from genealogy.why.near_misses import why_out
from genealogy.why.started import Started, best, first_move, sources, unsure_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.snapshot import Direction, Snapshot
    from genealogy.snapshot.moment import Moment

CHECKED_MOVES = 200
"""Moves of a path that are looked up in the graph one by one; of a longer path the length and tier are compared."""

HOW = {
    "step": "consumed by the step and produced by it",
    "portion": "used as a lot: any of its units may be in it",
    "serialised": "serialised from the lot",
    "start": "made by a step that the question starts from",
}
"""What kinds of moves there are, in words."""
PROVES = {
    "unit": "each record proves single units",
    "lot": "the records prove lots: this one may hold some of it",
    "order": "of one record only the order is known: this one possibly holds some of it",
}


def why(
    snapshot: Snapshot,
    source: Source,
    item: str,
    starts: Sequence[str],
    as_of: int,
    road: CypherRoad | None = None,
    started: Started | None = None,
) -> dict[str, Any]:
    """Why an item is in the scope of some starts, or why it is not.

    Args:
        snapshot: of the plant.
        source: where facts are cited from.
        item: id of the item that is asked about.
        starts: ids of the items whose scope it is.
        as_of: entry of the ledger.
        road: the graph, to compare with.
        started: what the scope starts from besides these.

    Returns:
        ``in_scope``; ``tier``, ``moves`` (how many) and ``path`` (a list of moves, each with ``from``, ``to``, ``depth``,
        ``tier``, ``how``, ``step``, ``facts``), where it is in the scope; ``near``, ``reasons`` and ``would_connect``,
        where it is not; ``summary`` in words. With ``started`` also ``started_from``, and ``start``: which start it is that
        leads here, with the facts by which it selected the step or item.
    """
    moment, started = snapshot.moment(as_of), started or Started()
    starts = sorted({*starts, *started.items})
    number = int(moment.codes.find([item])[0])
    citations = Citations(source, moment)
    answer: dict[str, Any] = {"item": item, "starts": starts, "as_of": as_of, "in_scope": True, "tier": None}
    answer |= {"moves": 0, "path": [], "near": [], "reasons": [], "would_connect": []}
    if started.also:
        answer |= {**started.asked(), "start": None}
    outputs = [name for name in started.outputs[1] if name not in starts]
    paths, beyond = Paths(moment, sources(moment, starts)), Paths(moment, sources(moment, outputs))
    if item in starts:
        answer["summary"] = [f"{item} is what was asked about: the scope starts from it."]
        if selected := started.start("item", item):
            answer["start"] = selected
            answer["summary"] = [f"{item} is itself a start, by {selected['words']}.", *unsure_words(selected)]
    elif number >= 0 and (found := best(number, paths, beyond)) is not None:
        answer["tier"], answer["moves"] = TIERS[found.tier], found.count
        further = [_move(moment, citations, found.moves, place) for place in found.places]
        if found.output is not None:
            made, step = first_move(moment, citations, started, found.output)
            answer["start"] = started.start("step", moment.codes.string(step))
            further = [_out_of(moment, citations, made, step), *({**m, "depth": m["depth"] + 1} for m in further)]
        elif started.also:
            answer["start"] = started.start("item", further[0]["from"])
        answer["path"] = further
    else:
        answer["in_scope"] = False
        everything = Paths(moment, sources(moment, [*starts, *outputs])) if outputs else paths
        answer |= why_out(moment, citations, item, number, starts, everything, started)
    citations.read()
    if "summary" not in answer:
        answer["summary"] = [*_words(answer), *unsure_words(answer.get("start"))]
    return answer | agreement([] if road is None else [*started.differences, *_differences(road, answer, started)])


def why_all(snapshot: Snapshot, starts: Sequence[str], as_of: int) -> Tree:
    """For every item in the scope of some starts the last move of its best path, as arrays (see ``Tree``).

    Numbers of items and rows are those of ``snapshot.moment(as_of)``; ``genealogy.evidence`` finds the facts of the rows.
    """
    moment = snapshot.moment(as_of)
    numbers = moment.codes.find(sorted(set(starts)))
    return Paths(moment, np.unique(numbers[numbers >= 0])).tree()


def _move(moment: Moment, citations: Citations, moves: Moves, place: int) -> dict[str, Any]:
    before = int(moves.items[moves.parent[place]])
    used, made, unit = int(moves.used[place]), int(moves.made[place]), int(moves.unit[place])
    kind = "serialised" if used == NONE else "step" if unit == NONE else "portion"
    facts: list[Cited] = []
    step: dict[str, Any] | None = None
    tier = 1
    if kind != "serialised":
        step, tier = _step(moment, citations, int(moment.column("consumption", "step_id")[used]))
        facts += [citations.cite("consumption", used), *citations.aliases("consumption", "item_id", used)]
    if unit != NONE:
        facts.append(citations.cite("units", unit))
        for column in ("item_id", "lot_id"):
            facts += citations.aliases("units", column, unit)
        tier = max(tier, 1)
    if kind != "serialised":
        facts += [citations.cite("production", made), *citations.aliases("production", "item_id", made)]
        if step is not None and step["fact"] is not None:
            facts.append(step.pop("fact"))
    if step is not None:
        step.pop("fact", None)
    return {
        "from": moment.codes.string(before),
        "to": moment.codes.string(int(moves.items[place])),
        "depth": int(moves.depth[place]),
        "tier": TIERS[tier],
        "kind": kind,
        "how": HOW[kind],
        "step": step,
        "facts": facts,
    }


def _out_of(moment: Moment, citations: Citations, made: int, step: int) -> dict[str, Any]:
    """The move out of a step that is a start itself: what it made is proven."""
    known, _ = _step(moment, citations, step)
    fact = known.pop("fact")
    facts = [citations.cite("production", made), *citations.aliases("production", "item_id", made)]
    return {
        "from": moment.codes.string(step),
        "to": moment.codes.string(int(moment.item_column("production", "item_id", np.array([made]))[0])),
        "depth": 1,
        "tier": TIERS[0],
        "kind": "start",
        "how": HOW["start"],
        "step": known,
        "facts": [*facts, *([fact] if fact is not None else [])],
    }


def _step(moment: Moment, citations: Citations, step: int) -> tuple[dict[str, Any], int]:
    """What is recorded of a step, with its fact, and what its record proves."""
    found: dict[str, Any] = {"step_id": moment.codes.string(step)}
    rows, _ = moment.rows_at("steps", "step_id", np.array([step]))
    names = ("operation", "order_id", "site", "line")
    if not len(rows):
        return found | dict.fromkeys((*names, "started_at", "ended_at", "fact")), 1
    row = int(rows[0])
    for name in names:
        found[name] = moment.texts("steps", name, rows[:1])[0]
    for name in ("started_at", "ended_at"):
        found[name] = time_text(int(moment.column("steps", f"{name}_start")[row]))
    found["fact"] = citations.cite("steps", row)
    tier = int(moment.column("steps", "grain")[row])
    if tier == 0:
        outputs, _ = moment.rows_at("production", "step_id", np.array([step]))
        tier = 1 if len(np.unique(moment.item_column("production", "item_id", outputs))) > 1 else 0
    return found, tier


def _words(answer: dict[str, Any]) -> list[str]:
    path, tier = answer["path"], answer["tier"]
    selected = answer.get("start")
    start = selected["words"] if selected else path[0]["from"]
    weakest = next(move for move in path if move["tier"] == tier)
    where = f" in step {weakest['step']['step_id']}" if weakest["step"] else ""
    return [
        f"{answer['item']} is in the scope of {start}: {counted(len(path), 'move', 'moves')} of recorded facts lead to it, "
        f"and no stronger or shorter chain is recorded.",
        f"It is as sure as its weakest link, tier {tier} ({weakest['how']}{where}): "
        f"{'what such a step made is proven' if weakest['kind'] == 'start' else PROVES[tier]}.",
    ]


def agreement(differences: list[str]) -> dict[str, Any]:
    """What an answer says of the two roads."""
    return {
        "complete": not differences,
        "second_road": "differs" if differences else "agrees",
        "differences": differences,
    }


def compared(
    road: CypherRoad,
    snapshot: Snapshot,
    starts: Sequence[str],
    direction: Direction,
    as_of: int,
    differences: Sequence[str] = (),
) -> dict[str, Any]:
    """Whether the graph reaches from some starts what the arrays do, on which an answer rests."""
    first, second = (each.reach(starts, direction, as_of) for each in (road, snapshot))
    one, other = set(first.ids), set(second.ids)
    return agreement(
        [
            *differences,
            *(
                f"{len(extra)} items are reached {direction} by {name} only: {', '.join(sorted(extra)[:5])}"
                for name, extra in (("the graph", one - other), ("the arrays", other - one))
                if extra
            ),
        ]
    )


def _differences(road: CypherRoad, answer: dict[str, Any], started: Started) -> list[str]:
    """What the graph says otherwise of a path: whether there is one, its tier, its length, its moves."""
    item, starts, as_of = answer["item"], answer["starts"], answer["as_of"]
    if item in starts:
        return []
    said = (answer["tier"], answer["moves"])
    outputs = set(started.outputs[0])
    graph: tuple[str | None, int] = (None, 0)
    for tier, name in enumerate(TIERS):
        behind = road.moves(item, "backward", as_of, tier)
        lengths = [behind[start] for start in starts if start in behind]
        lengths += [1 if name == item else behind[name] + 1 for name in outputs if name == item or name in behind]
        if lengths:
            graph = (name, min(lengths))
            break
    if graph != said:
        return [f"the best path to {item} has tier and moves {graph} in the graph, {said} in the arrays"]
    found = []
    for move in answer["path"] if answer["moves"] <= CHECKED_MOVES else []:
        if move["kind"] == "start":  # that the graph has the product was asked when the start was resolved
            continue
        links = road.links_between(move["from"], move["to"], as_of)
        step = move["step"]["step_id"] if move["step"] else None
        if not any(TIERS[tier] == move["tier"] and (step is None or link == step) for link, tier in links):
            found.append(f"the move from {move['from']} to {move['to']} is not in the graph as the arrays have it")
    return found
