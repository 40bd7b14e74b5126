"""Who and what is responsible for an item: what is recorded of each step behind it, what was wrong, what is missing.

Of each step: person, time, place, lots, equipment, parameters, documents. The steps are those of the backward
trace, nearest first. Everything said carries the file and row that it comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.citing import Citations, Source
from genealogy.responsible.behind_step import BehindSteps
from genealogy.sentences import counted
from genealogy.snapshot.describe import records
from genealogy.snapshot.walk import Walk
from genealogy.starts.lapse import beforehand

if TYPE_CHECKING:
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.lapse import Recorded

_SAID = {
    "calibration_lapsed": (
        "use of equipment whose calibration had ended",
        "uses of equipment whose calibration had ended",
    ),
    "outside_limits": ("reading lay outside its limits", "readings lay outside their limits"),
    "document_not_in_force": (
        "step followed a version of its document that was not in force",
        "steps followed a version of their document that was not in force",
    ),
    "result_outside_limits": ("result lay outside its limits or failed", "results lay outside their limits or failed"),
    "not_released": ("lot was not released when it was used", "lots were not released when they were used"),
    "only_the_order_is_recorded": ("step is known by its order alone", "steps are known by their order alone"),
}  # fmt: skip
"""What can be wrong behind an item, in words."""


def responsible(
    snapshot: Snapshot, source: Source, item: str, as_of: int, recorded: Recorded = beforehand
) -> dict[str, Any]:
    """Everything that stands behind an item, step by step.

    Args:
        snapshot: of the plant.
        source: where facts are cited from.
        item: id of the item.
        as_of: entry of the ledger.
        recorded: tells when an entry was recorded.

    Returns:
        ``item`` (what the records say of it, with its results and decisions), ``steps`` (nearest first, then by time and
        id), ``supplied`` (what no step made), ``flags`` (what was wrong, each with the step and item that it is about),
        ``missing`` (what is not recorded, with how many steps lack it), ``summary``.
    """
    moment = snapshot.moment(as_of)
    number = moment.codes.find([item])
    citations = Citations(source, moment)
    if number[0] < 0:
        summary = [f"No fact names {item}, so nothing is recorded of who or what stands behind it."]
        empty: dict[str, Any] = {"steps": [], "supplied": [], "flags": [], "missing": []}
        return {"item": {"id": item, "kind": "unknown"}, "as_of": as_of, **empty, "summary": summary}
    walk = Walk(moment, forward=False)
    found = walk.everything(number)
    items = np.concatenate([number, found.items])
    depth = np.concatenate([np.zeros(1, np.int32), found.depth])
    behind = BehindSteps(moment, citations, walk, recorded)
    steps = behind.steps(items, depth)
    answer: dict[str, Any] = {
        "item": behind.item(int(number[0])),
        "as_of": as_of,
        "steps": steps,
        "supplied": _supplied(moment, behind, items, depth),
    }
    citations.read()
    answer["flags"] = [{"step_id": step["step_id"], **flag} for step in steps for flag in step["flags"]]
    answer["flags"] += [{"step_id": None, **flag} for flag in answer["item"]["flags"]]
    lacking: dict[str, int] = {}
    for step in steps:
        for name in step["missing"]:
            lacking[name] = lacking.get(name, 0) + 1
    answer["missing"] = [{"what": name, "steps": lacking[name]} for name in sorted(lacking)]
    return answer | {"summary": _words(item, answer)}


def _supplied(moment: Moment, behind: BehindSteps, items: Array, depth: Array) -> list[dict[str, Any]]:
    """The items behind that no step made: what was received, or is only named."""
    _, owner = moment.rows_of("production", "item_id", items)
    known = records(moment, items)
    alone = np.ones(len(items), bool)
    alone[owner] = False
    alone &= (known.unit < 0) | (known.parent < 0)
    alone[0] = False
    places = np.flatnonzero(alone)
    ids = moment.codes.strings(items[places])
    order = sorted(range(len(places)), key=lambda place: (int(depth[places[place]]), str(ids[place])))
    return [{**behind.lot(int(items[places[place]])), "distance": int(depth[places[place]])} for place in order]


def _words(item: str, answer: dict[str, Any]) -> list[str]:
    steps, people = answer["steps"], {step["operator"] for step in answer["steps"] if step["operator"]}
    lots = answer["supplied"]
    if not steps:
        lines = [f"No step behind {item} is recorded."]
    else:
        lines = [
            f"Behind {item} stand {counted(len(steps), 'step', 'steps')} by {counted(len(people), 'person', 'persons')} and "
            f"{counted(len(lots), 'lot', 'lots')} that no step made."
        ]
    counts: dict[str, int] = {}
    for flag in answer["flags"]:
        counts[flag["kind"]] = counts.get(flag["kind"], 0) + 1
    said = [counted(counts[kind], *_SAID[kind]) for kind in _SAID if kind in counts]
    lines.append(("Not in order: " + "; ".join(said) + ".") if said else "Nothing recorded is out of order.")
    if answer["missing"]:
        gaps = ", ".join(f"{gap['what'].replace('_', ' ')} ({gap['steps']})" for gap in answer["missing"])
        lines.append(f"Not recorded, with how many steps lack it: {gaps}.")
    return lines
