"""What the arrays hold of the calibration of equipment: every version, superseded ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.layout import NO_TIME
from genealogy.starts.lapse import Version
from queries.shape import FACT_ROWS

if TYPE_CHECKING:
    from genealogy.snapshot.moment import Moment


def versions_of(moment: Moment) -> dict[int, list[Version]]:
    """What every entry up to the moment said of the calibration of equipment, by its code as written."""
    since, until = moment.column("equipment", "since"), moment.column("equipment", "until")
    rows = np.flatnonzero(since <= moment.as_of)
    found: dict[int, list[Version]] = {}
    if not len(rows):
        return found
    begin, end = (moment.column("equipment", f"calibrated_until_{part}")[rows] for part in ("start", "end"))
    ended = np.where((begin != NO_TIME) & (end > begin), end - 1, end)
    entries, positions = moment.facts("equipment", rows)
    facts = [f"equipment:{e * FACT_ROWS + p}" for e, p in zip(entries.tolist(), positions.tolist(), strict=True)]
    codes = moment.column("equipment", "equipment_id")[rows].tolist()
    for code, first, gone, last, fact in zip(
        codes, since[rows].tolist(), until[rows].tolist(), ended.tolist(), facts, strict=True
    ):
        found.setdefault(code, []).append(Version(first, gone, None if last == NO_TIME else last, fact))
    return found
