"""WHAT IS ASKED: the graph's shape and every Cypher text, as named constants. Imports nothing of the project."""

from __future__ import annotations

from queries import balance, cause, reach, records, starts, where, why
from queries.query import DIALECTS, OPEN, Query

_ASKED = (reach, records, starts, why, where, balance, cause)
CATALOGUE: dict[str, Query] = {query.name: query for module in _ASKED for query in module.QUERIES}
"""Every question by name; the only list of them all."""

__all__ = ["CATALOGUE", "DIALECTS", "OPEN", "Query"]
