"""What the records call materials, parties, places and equipment beside their codes: for people, who know names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.snapshot.moment import Moment

Named = Literal["material", "party", "place", "equipment"]
_TABLES: dict[Named, tuple[str, str]] = {
    "material": ("materials", "material_id"),
    "party": ("parties", "party_id"),
    "place": ("places", "place_id"),
    "equipment": ("equipment", "equipment_id"),
}


def names(moment: Moment, what: Named, codes: Iterable[str]) -> dict[str, str]:
    """The names that are recorded for some codes.

    Args:
        moment: the facts that count.
        what: whose codes they are.
        codes: as answers tell them, aliases resolved.

    Returns:
        Name by code; a code without a recorded name is not in it. Of several rows for one code, the one that is written under that
        code itself counts, else the first by how it is written.
    """
    table, column = _TABLES[what]
    wanted = sorted(set(codes))
    rows = moment.all_rows(table)
    if not wanted or not len(rows):
        return {}
    means = moment.resolved(table, column, rows)
    rows = rows[np.isin(means, moment.words.find(wanted))]
    meant = moment.texts(table, column, rows)
    written = moment.words.strings(moment.column(table, column)[rows])
    said = moment.texts(table, "name", rows)
    told = sorted(
        (
            (code != spelling, spelling or "", code, name)
            for code, spelling, name in zip(meant, written, said, strict=True)
        ),
        key=lambda row: row[:2],
    )
    found: dict[str, str] = {}
    for _, _, code, name in told:
        if code is not None and name:
            found.setdefault(code, name)
    return found
