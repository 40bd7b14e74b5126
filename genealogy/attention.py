"""What in the records waits for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genealogy.snapshot.quarantine import open_rows

if TYPE_CHECKING:
    from genealogy.snapshot import Snapshot


def attention(snapshot: Snapshot, as_of: int) -> dict[str, int]:
    """How many rows are in quarantine, and how many items nobody described, as of an entry."""
    moment = snapshot.moment(as_of)
    named = np.flatnonzero(moment.column("named", "item") <= as_of)
    items = np.unique(moment.items.resolve(named.astype(np.int32)))
    for table in ("lots", "units"):
        rows = moment.all_rows(table)
        if len(rows):
            items = np.setdiff1d(items, moment.item_column(table, "item_id", rows))
    return {"quarantined": len(open_rows(moment)), "unresolved": len(items)}
