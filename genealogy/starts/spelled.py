"""Names that are recorded beside the one that a start gives, and may be the same written otherwise: they are not selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from genealogy.snapshot.layout import INDEXED
from genealogy.snapshot.spellings import folded, unpadded

if TYPE_CHECKING:
    from genealogy.snapshot.moment import Moment
    from genealogy.starts.question import Start

_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "equipment": (("equipment", "equipment_id"), ("equipment_use", "equipment_id"), ("readings", "equipment_id")),
    "place": (
        ("stock", "place_id"), ("moves", "to_place"), ("moves", "from_place"), ("steps", "site"), ("steps", "line"),
        ("readings", "place_id"),
    ),
    "parameter": (("readings", "parameter"),),
    "document": (("steps", "document_id"),),
    "operator": (("steps", "operator"),),
    "supplier": (("lots", "supplier_id"),),
    "step": (("steps", "step_id"), ("production", "step_id"), ("consumption", "step_id")),
}  # fmt: skip


def spelled_alike(moment: Moment, start: Start) -> list[str]:
    """The names in the records that differ from those of a start by case, space, width, zeros or as a spreadsheet's numbers do."""
    found: set[str] = set()
    for asked, columns in _COLUMNS.items():
        text = getattr(start, asked)
        if text is None:
            continue
        (wanted,) = unpadded(folded([text])).to_pylist()
        for table, column in columns:
            rows = moment.all_rows(table)
            if not len(rows):
                continue
            numbers = np.unique(moment.resolved(table, column, rows))
            strings = moment.codes if (table, column) in INDEXED else moment.words
            names = strings.strings(numbers[numbers >= 0])
            hits = pc.equal(unpadded(folded(names)), wanted).to_numpy(zero_copy_only=False) if names else []
            found |= {str(names[hit]) for hit in np.flatnonzero(hits).tolist()} - {text}
    return sorted(found)
