"""What in the records waits for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genealogy.snapshot.quarantine import open_rows
from genealogy.undescribed import undescribed_items

if TYPE_CHECKING:
    from genealogy.snapshot import Snapshot


def attention(snapshot: Snapshot, as_of: int) -> dict[str, int]:
    """How many rows are in quarantine, and how many items nobody described, as of an entry."""
    moment = snapshot.moment(as_of)
    return {"quarantined": len(open_rows(moment)), "unresolved": len(undescribed_items(moment))}
