"""The second road: a traversal in memory over arrays that are built from the ledger's facts and never from the store.

It shares no code with the Cypher road, so that a mistake in either shows when the two are compared.
"""

from __future__ import annotations

from genealogy.snapshot.build import FactSource
from genealogy.snapshot.snapshot import Direction, Snapshot

__all__ = ["Direction", "FactSource", "Snapshot"]
