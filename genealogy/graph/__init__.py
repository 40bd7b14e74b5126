"""The scope of some items as a picture of at most 500 nodes: what is folded, into what, with how many; and what leads to what.

Everything in the scope is below exactly one node, so the counts of the nodes add up to those of the scope. What a filter
leaves out is counted as well and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.answer import TIERS
from genealogy.errors import InputError
from genealogy.graph.columns import CUSTOMER, KINDS, NO_DAY, SELECTED, START, STEP, STEPS, SUPPLIER, Columns
from genealogy.graph.folds import FOLDINGS, MOST, Fold, Folds, day_text, way
from genealogy.names import names

if TYPE_CHECKING:
    from genealogy.names import Named
    from genealogy.snapshot.files import Array

PARTIES = (SUPPLIER, CUSTOMER)
STAGES = ("supplied", "intermediate", "finished", "unknown")
_TICKS = 60
"""Steps of the time slider."""


@dataclass(frozen=True, slots=True)
class View:
    """How a scope is looked at.

    Attributes:
        fold: one of ``FOLDINGS``.
        opened: folds that are unfolded, oldest first.
        shut: folds that are folded again.
        tiers: show only items of these tiers (starts always); empty: all.
        stages: show only items of these stages; empty: all.
        until: show what had happened by this day (ISO date), and what no time is recorded of; None: everything.
    """

    fold: str = FOLDINGS[0]
    opened: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    until: str | None = None

    def checked(self) -> View:
        """The same view.

        Raises:
            InputError: a word in it is none that is known.
        """
        for given, known, name in (
            ((self.fold,), FOLDINGS, "folding"), (self.tiers, TIERS, "tier"), (self.stages, STAGES, "stage"),
        ):  # fmt: skip
            for word in given:
                if word not in known:
                    raise InputError(f"There is no {name} {word!r}. Known are: {', '.join(known)}.")
        if self.until is not None:
            day_of(self.until)
        return self


def day_of(text: str) -> int:
    """A day from its ISO date.

    Raises:
        InputError: it is none.
    """
    try:
        if len(text) != 10:
            raise ValueError(text)
        return int(np.datetime64(text, "D").astype(int))
    except ValueError as cause:
        raise InputError(f"{text!r} is no day. Give a date such as 2026-05-01.") from cause


def picture(folds: Folds, view: View) -> dict[str, Any]:
    """The nodes and links that a view shows.

    Args:
        folds: of the scope.
        view: checked.

    Returns:
        ``nodes`` and ``links`` (ends are places in ``nodes``); ``totals`` of the scope, ``shown`` of them, ``left_out`` by
        the filters; ``folded_again``: what had to be folded to stay within 500 nodes; ``time``: the days between which
        things happened, and how many items no time is recorded of.
    """
    columns = folds.columns
    cut, dropped = folds.cut(map(way, view.opened), map(way, view.shut))
    passes = _passing(columns, view)
    node_of = np.full(len(columns), -1, np.int32)
    for number, fold in enumerate(cut):
        node_of[fold.places] = number
    visible = np.where(passes, node_of, -1)
    said = [node | {"node": number} for number, node in enumerate(_nodes(columns, cut, passes))]
    hidden = {node["node"] for node in said if not node["members"]}
    place = {number: at for at, number in enumerate(n for n in range(len(said)) if n not in hidden)}
    nodes = [{**node, "node": place[node["node"]]} for node in said if node["node"] not in hidden]
    links = _links(columns, visible, len(cut), place)
    items = columns.items
    return {
        "fold": folds.folding,
        "nodes": nodes,
        "links": links,
        "most": MOST,
        "totals": _counts(columns, items),
        "shown": _counts(columns, items & passes),
        "left_out": _counts(columns, items & ~passes),
        "folded": {
            "nodes": sum(node["members"] > 1 for node in nodes),
            "items": sum(node["items"] for node in nodes if node["members"] > 1),
        },
        "folded_again": [".".join(map(str, path)) for path in dropped],
        "time": _time(columns, items),
    }


def _passing(columns: Columns, view: View) -> Array:
    """Which places a view shows: items by the filters, all others where they join some that are shown."""
    items = columns.items
    passes = np.ones(len(columns), bool)
    if view.until is not None:
        passes &= (columns.day == NO_DAY) | (columns.day <= day_of(view.until))
    chosen = passes.copy()
    if view.tiers:
        chosen &= ~items | (columns.kind == START) | np.isin(columns.tier, [TIERS.index(tier) for tier in view.tiers])
    if view.stages:
        words = columns.moment.words.find([stage for stage in view.stages if stage != "unknown"])
        wanted = np.concatenate([words[words >= 0], np.array([-1] if "unknown" in view.stages else [], np.int32)])
        chosen &= ~items | (columns.kind == START) | np.isin(columns.stage, wanted)
    if not view.tiers and not view.stages:
        return passes
    # A step stays where both sides of it do, and where the scope starts from it; a party where something of it is shown.
    before, after = np.zeros(len(columns), bool), np.zeros(len(columns), bool)
    live = chosen[columns.source] & chosen[columns.target]
    after[columns.source[live]] = True
    before[columns.target[live]] = True
    others = ~items
    kept = np.where(columns.kind == STEP, before & after, before | after) | (columns.kind == SELECTED)
    found: Array = np.where(others, chosen & kept, chosen)
    return found


def _counts(columns: Columns, chosen: Array) -> dict[str, int]:
    return {
        "items": int(chosen.sum()),
        "finished_units": int((columns.finished_unit & chosen).sum()),
        "finished_lots": int((columns.finished_lot & chosen).sum()),
    }


def _nodes(columns: Columns, cut: list[Fold], passes: Array) -> list[dict[str, Any]]:
    stages = {}
    named = _named(columns, cut)
    found = []
    last = int(columns.depth.max(initial=0)) * 2 + 3
    for fold in cut:
        places = fold.places[passes[fold.places]]
        item = fold.kind not in (SUPPLIER, CUSTOMER, *STEPS)
        tiers = np.bincount(columns.tier[places][columns.tier[places] >= 0], minlength=len(TIERS)).tolist()
        day = columns.day[places]
        dated = day[day != NO_DAY]
        stage = -1
        if item and len(places) and (columns.stage[places] == columns.stage[places[0]]).all():
            stage = int(columns.stage[places[0]])
        if stage not in stages:
            stages[stage] = columns.moment.words.string(stage) if stage >= 0 else None
        single = int(fold.places[0]) if len(fold.places) == 1 else None
        depth = int(columns.depth[fold.places].min(initial=2**30))
        layer = (
            0
            if fold.kind == SUPPLIER
            else last
            if fold.kind == CUSTOMER
            else 2 * depth + (2 if fold.kind in STEPS else 1)
        )
        found.append(
            {
                "way": fold.name,
                "kind": KINDS[fold.kind],
                "level": fold.level,
                "label": fold.label,
                "last_label": fold.until or None,
                "item": columns.label(single) if single is not None and fold.kind not in PARTIES else None,
                "party": columns.label(single) if single is not None and fold.kind in PARTIES else None,
                "name": named.get(fold.path),
                "stage": stages[stage],
                "layer": layer,
                "members": len(places),
                "items": len(places) if item else 0,
                "finished_units": int(columns.finished_unit[places].sum()),
                "finished_lots": int(columns.finished_lot[places].sum()),
                "tiers": {name: count for name, count in zip(TIERS, tiers, strict=True) if count},
                "from": day_text(int(dated.min())) if len(dated) else None,
                "to": day_text(int(dated.max())) if len(dated) else None,
                "undated": int((day == NO_DAY).sum()),
                "unfolds": fold.opens,
                "within": ".".join(map(str, fold.path[:-1])) if len(fold.path) > 2 else None,
            }
        )
    return found


def _named(columns: Columns, cut: list[Fold]) -> dict[tuple[int, ...], str]:
    """What the records call the party or the material that a node is, by its way."""
    parties = {
        fold.path: columns.label(int(fold.places[0])) for fold in cut if fold.kind in PARTIES and len(fold.places) == 1
    }
    materials = {fold.path: fold.label for fold in cut if fold.level == "product" and fold.label}
    found: dict[tuple[int, ...], str] = {}
    asked: tuple[tuple[Named, dict[tuple[int, ...], str]], ...] = (("party", parties), ("material", materials))
    for what, codes in asked:
        told = names(columns.moment, what, codes.values())
        found |= {path: told[code] for path, code in codes.items() if code in told}
    return found


def _links(columns: Columns, visible: Array, count: int, place: dict[int, int]) -> list[dict[str, Any]]:
    """How many records lead from each node to each other; ``within``: both ends are folded into one node."""
    source, target = visible[columns.source], visible[columns.target]
    live = (source >= 0) & (target >= 0)
    key = source[live].astype(np.int64) * count + target[live]
    both, number = np.unique(key, return_inverse=True) if len(key) < 4096 else _few(key, count * count)
    records = np.bincount(number, minlength=len(both))
    proven = np.bincount(number[~columns.possible[live]], minlength=len(both))
    return [
        {"from": place[k // count], "to": place[k % count], "records": n, "possible": not sure}
        for k, n, sure in zip(both.tolist(), records.tolist(), proven.tolist(), strict=True)
    ]


def _few(key: Array, size: int) -> tuple[Array, Array]:
    """The different keys, and which of them each is; without sorting, as keys are small numbers."""
    present = np.zeros(size, bool)
    present[key] = True
    both = np.flatnonzero(present)
    rank = np.cumsum(present, dtype=np.int32) - 1
    return both, rank[key]


def _time(columns: Columns, items: Array) -> dict[str, Any]:
    day = columns.day[columns.day != NO_DAY]
    ticks: list[str] = []
    if len(day):
        first, last = int(day.min()), int(day.max())
        step = max(1, -(-(last - first) // _TICKS))
        ticks = [day_text(each) for each in [*range(first, last, step), last]]
    return {"days": ticks, "undated_items": int((items & (columns.day == NO_DAY)).sum())}
