"""What a start can be typed from: the codes that the records describe, where they are few enough to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from genealogy.snapshot.moment import Moment

Sort = Literal["equipment", "parameter", "document", "place", "supplier", "material"]
_COLUMNS: dict[Sort, tuple[str, str]] = {
    "equipment": ("equipment", "equipment_id"),
    "parameter": ("readings", "parameter"),
    "document": ("documents", "document_id"),
    "place": ("places", "place_id"),
    "supplier": ("lots", "supplier_id"),
    "material": ("materials", "material_id"),
}


def known(moment: Moment, sort: Sort, most: int) -> list[str]:
    """The codes of a sort, in order, aliases resolved; none at all where there are more than ``most``.

    A part of them would look like all there is. The sorts that are not here have too many, or are people.
    """
    table, column = _COLUMNS[sort]
    rows = moment.all_rows(table)
    if not len(rows):
        return []
    written = moment.column(table, column)[rows]
    there = written >= 0
    row_of = np.full(len(moment.words), -1, np.int64)
    row_of[written[there]] = rows[there]  # one row for each code: what a plant wrote a million times is one code
    one_each = row_of[row_of >= 0]
    if len(one_each) > 2 * most:  # aliases make one of several, but such a list is none to choose from
        return []
    texts = moment.texts(table, column, one_each)
    found = sorted({text for text in texts if text})
    return found if len(found) <= most else []
