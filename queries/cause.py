"""What stands behind complaints, as the graph says it: which steps made the items, who did them, by what, from whom.

Together with ``backward`` this counts for each candidate behind how many complaints it stands. What the healthy units have
in common is not asked of the graph: that is everything behind every finished unit, and is counted over arrays.
"""

from __future__ import annotations

from queries.query import Query

_AS_OF = {"as_of": "entry of the ledger"}

MADE_BY = Query(
    "made_by",
    "Which steps made these items?",
    {"ids": "ids of items", **_AS_OF},
    ("item_id", "step_id"),
    """
UNWIND $ids AS x
MATCH (s:Step)-[p:PRODUCED]->(i:Item {id: x})
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT i.id AS item_id, s.id AS step_id
""",
)

STEPS_IN_COMMON = Query(
    "steps_in_common",
    "Who did these steps, for which order, by which version of which document?",
    {"ids": "ids of steps", **_AS_OF},
    ("step_id", "operator", "order_id", "document_id", "document_version"),
    """
UNWIND $ids AS x
MATCH (s:StepRecord)
WHERE s.step_id = x AND s.known_from <= $as_of AND s.known_until > $as_of
RETURN s.step_id AS step_id, s.operator AS operator, s.order_id AS order_id,
       s.document_id AS document_id, s.document_version AS document_version
""",
)

LOTS_IN_COMMON = Query(
    "lots_in_common",
    "Who supplied these lots, and what are they?",
    {"ids": "codes as written", **_AS_OF},
    ("item_id", "supplier_id", "material_id"),
    """
UNWIND $ids AS x
MATCH (l:LotRecord)
WHERE l.item_id = x AND l.known_from <= $as_of AND l.known_until > $as_of
RETURN l.item_id AS item_id, l.supplier_id AS supplier_id, l.material_id AS material_id
""",
)

QUERIES = (MADE_BY, STEPS_IN_COMMON, LOTS_IN_COMMON)
"""The equipment of steps is asked by ``uses_of_steps``."""
