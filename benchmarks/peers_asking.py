"""What every peer is asked, and that it answers right before it is timed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import timed
from benchmarks.peers import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Ask = Callable[[str, bool], Iterable[str]]


def answers(home: str) -> dict[str, Any]:
    """Starts and the digests of their answers."""
    told: dict[str, Any] = json.loads((Path(home) / "peers" / "answers.json").read_text(encoding="utf-8"))
    return told


def measured(told: dict[str, Any], ask: Ask, ready: float, runs: int) -> dict[str, Any]:
    """Check every answer of a tool, then time it.

    Args:
        told: starts and right answers.
        ask: the ids reached from an item, forward (True) or backward.
        ready: seconds that it took to make the tool ready.
        runs: how often to ask.
    """
    start, units = told["start"], told["units"]
    found = set(ask(start, True)) - {start}
    assert fingerprint(found) == told["forward"], f"{len(found)} items forward from {start}: not our answer"
    for unit, right in zip(units, told["backward"], strict=True):
        assert fingerprint(set(ask(unit, False)) - {unit}) == right, f"backward from {unit}: not our answer"
    forward = [timed(lambda: ask(start, True)) for _ in range(runs)]
    backward = [timed(lambda: [ask(unit, False) for unit in units]) / len(units) for _ in range(runs)]
    return {"ready_s": ready, "items": len(found), "forward": forward, "backward": backward}
