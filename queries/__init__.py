"""WHAT IS ASKED: the graph's shape and every Cypher text, as named constants. Imports nothing of the project."""

from __future__ import annotations

from queries import reach, records
from queries.query import DIALECTS, OPEN, Query

CATALOGUE: dict[str, Query] = {query.name: query for query in (*reach.QUERIES, *records.QUERIES)}
"""Every question by name; the only list of them all."""

__all__ = ["CATALOGUE", "DIALECTS", "OPEN", "Query"]
