"""Why an item is in a scope: the recorded moves from one item to the next.

A path is never asked for as a whole: with a filter on the links, both stores enumerate paths, and diamonds make that
endless. The distances come from ``forward`` and ``backward`` (least number of links over links no weaker than a tier);
what leads from one item to the next is asked here, move by move.
"""

from __future__ import annotations

from queries.query import Query

_IN_FORCE = "The two links of a move are as weak as the weaker of them."

MOVE = Query(
    "move",
    "Which records lead from one item to the next in one move?",
    {"start": "id of the item before", "id": "id of the item after", "as_of": "entry of the ledger"},
    ("step", "tier", "used", "made"),
    """
MATCH (b:Item {id: $id})<-[p:PRODUCED]-(s:Step)<-[c:CONSUMED_BY]-(a:Item)
WHERE a.id = $start AND p.known_from <= $as_of AND p.known_until > $as_of AND c.known_from <= $as_of AND c.known_until > $as_of
RETURN s.id AS step, CASE WHEN p.tier > c.tier THEN p.tier ELSE c.tier END AS tier, c.fact AS used, p.fact AS made
UNION ALL
MATCH (b:Item {id: $id})<-[w:WENT_INTO]-(:Portion)<-[p:PART_OF]-(a:Item)
WHERE a.id = $start AND w.known_from <= $as_of AND w.known_until > $as_of AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN w.step AS step, CASE WHEN p.tier > w.tier THEN p.tier ELSE w.tier END AS tier, w.fact AS used, p.fact AS made
""",
    why=_IN_FORCE
    + " The far end is filtered, not matched beside the near one: two separate nodes in one MATCH are a cross product on Ladybug.",
)

MOVES_INTO = Query(
    "moves_into",
    "Which items lead to this one in one move, and by which records? Followed back to ever nearer items, it gives the path.",
    {"id": "id of the item", "as_of": "entry of the ledger", "tier": "the weakest tier that may be followed"},
    ("id", "step", "tier", "used", "made"),
    """
MATCH (b:Item {id: $id})<-[p:PRODUCED]-(s:Step)<-[c:CONSUMED_BY]-(a:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of AND p.tier <= $tier
  AND c.known_from <= $as_of AND c.known_until > $as_of AND c.tier <= $tier
RETURN a.id AS id, s.id AS step, CASE WHEN p.tier > c.tier THEN p.tier ELSE c.tier END AS tier, c.fact AS used, p.fact AS made
UNION ALL
MATCH (b:Item {id: $id})<-[w:WENT_INTO]-(:Portion)<-[p:PART_OF]-(a:Item)
WHERE w.known_from <= $as_of AND w.known_until > $as_of AND w.tier <= $tier
  AND p.known_from <= $as_of AND p.known_until > $as_of AND p.tier <= $tier
RETURN a.id AS id, w.step AS step, CASE WHEN p.tier > w.tier THEN p.tier ELSE w.tier END AS tier, w.fact AS used, p.fact AS made
""",
    why=_IN_FORCE,
)

QUERIES = (MOVE, MOVES_INTO)
