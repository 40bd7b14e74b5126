"""Forward and backward: everything reachable from an item, with the least number of links.

Reachability, never an enumeration of paths: diamonds would make that endless. There is no depth limit: where a dialect
needs a bound, the caller goes on from the items at the bound until none is left.
"""

from __future__ import annotations

from queries.query import Query

BOUND = 200
"""Links that one Ladybug question follows. Longer bounds crawl; 65,535 is the most its counter can hold."""

LONG_BOUND = 65_534
"""For a wide boundary: one slow question from the start instead of one from each of its items. Even: whole moves."""

_PARAMS = {"start": "id of the item", "as_of": "entry of the ledger", "tier": "the weakest tier that may be followed"}
_WHY = (
    "Ladybug: SHORTEST visits each node once; the filter stands on the links only, since a node filter would drop end "
    "nodes. Neo4j: with the links bound as a list and only the least length asked for, the planner prunes breadth first; "
    "columns are collected because rows cost four to seven times more over Bolt."
)

FORWARD = Query(
    "forward",
    "Which items may hold some of this one?",
    _PARAMS,
    ("id", "links"),
    """
MATCH (a:Item {id: $start})-[e:CONSUMED_BY|PRODUCED|PART_OF|WENT_INTO* SHORTEST 1..200 (r, n | WHERE r.known_from <= $as_of AND r.known_until > $as_of AND r.tier <= $tier)]->(b:Item)
RETURN b.id AS id, length(e) AS links
""",
    {
        "neo4j": """
MATCH (a:Item {id: $start})-[e:CONSUMED_BY|PRODUCED|PART_OF|WENT_INTO*1..]->(b:Item)
WHERE all(r IN e WHERE r.known_from <= $as_of AND r.known_until > $as_of AND r.tier <= $tier)
WITH b, min(size(e)) AS links
RETURN collect(b.id) AS id, collect(links) AS links
"""
    },
    _WHY,
    ("neo4j",),
)

BACKWARD = Query(
    "backward",
    "Which items may be in this one?",
    _PARAMS,
    ("id", "links"),
    """
MATCH (a:Item {id: $start})<-[e:CONSUMED_BY|PRODUCED|PART_OF|WENT_INTO* SHORTEST 1..200 (r, n | WHERE r.known_from <= $as_of AND r.known_until > $as_of AND r.tier <= $tier)]-(b:Item)
RETURN b.id AS id, length(e) AS links
""",
    {
        "neo4j": """
MATCH (a:Item {id: $start})<-[e:CONSUMED_BY|PRODUCED|PART_OF|WENT_INTO*1..]-(b:Item)
WHERE all(r IN e WHERE r.known_from <= $as_of AND r.known_until > $as_of AND r.tier <= $tier)
WITH b, min(size(e)) AS links
RETURN collect(b.id) AS id, collect(links) AS links
"""
    },
    _WHY,
    ("neo4j",),
)

_LONG_WHY = "Ladybug only: the same question with the longest even bound, for graphs that are both wide and deep."

FORWARD_LONG = Query(
    "forward_long",
    "The same as forward, with the longest bound that Ladybug can count.",
    _PARAMS,
    ("id", "links"),
    """
MATCH (a:Item {id: $start})-[e:CONSUMED_BY|PRODUCED|PART_OF|WENT_INTO* SHORTEST 1..65534 (r, n | WHERE r.known_from <= $as_of AND r.known_until > $as_of AND r.tier <= $tier)]->(b:Item)
RETURN b.id AS id, length(e) AS links
""",
    {"neo4j": FORWARD.overrides["neo4j"]},
    _LONG_WHY,
    ("neo4j",),
)

BACKWARD_LONG = Query(
    "backward_long",
    "The same as backward, with the longest bound that Ladybug can count.",
    _PARAMS,
    ("id", "links"),
    """
MATCH (a:Item {id: $start})<-[e:CONSUMED_BY|PRODUCED|PART_OF|WENT_INTO* SHORTEST 1..65534 (r, n | WHERE r.known_from <= $as_of AND r.known_until > $as_of AND r.tier <= $tier)]-(b:Item)
RETURN b.id AS id, length(e) AS links
""",
    {"neo4j": BACKWARD.overrides["neo4j"]},
    _LONG_WHY,
    ("neo4j",),
)

PREDECESSORS = Query(
    "predecessors",
    "From which items does one move lead to this one? (One of them reachable from it: it lies on a cycle.)",
    {"start": "id of the item", "as_of": "entry of the ledger"},
    ("id",),
    """
MATCH (a:Item {id: $start})<-[p:PRODUCED]-(:Step)<-[c:CONSUMED_BY]-(b:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of AND c.known_from <= $as_of AND c.known_until > $as_of
RETURN DISTINCT b.id AS id
UNION
MATCH (a:Item {id: $start})<-[w:WENT_INTO]-(:Portion)<-[p:PART_OF]-(b:Item)
WHERE w.known_from <= $as_of AND w.known_until > $as_of AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT b.id AS id
""",
)

SUCCESSORS = Query(
    "successors",
    "To which items does one move lead from this one? (One of them leading back to it: it lies on a cycle.)",
    {"start": "id of the item", "as_of": "entry of the ledger"},
    ("id",),
    """
MATCH (a:Item {id: $start})-[c:CONSUMED_BY]->(:Step)-[p:PRODUCED]->(b:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of AND c.known_from <= $as_of AND c.known_until > $as_of
RETURN DISTINCT b.id AS id
UNION
MATCH (a:Item {id: $start})-[p:PART_OF]->(:Portion)-[w:WENT_INTO]->(b:Item)
WHERE w.known_from <= $as_of AND w.known_until > $as_of AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT b.id AS id
""",
)

ORDER_PRODUCTS = Query(
    "order_products",
    "Which items came from a step of which only the order is known?",
    {"as_of": "entry of the ledger"},
    ("id",),
    """
MATCH (s:Step)-[p:PRODUCED]->(b:Item)
WHERE p.tier = 2 AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT b.id AS id
""",
    {
        "neo4j": """
MATCH (s:Step)-[p:PRODUCED]->(b:Item)
WHERE p.tier = 2 AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN collect(DISTINCT b.id) AS id
"""
    },
    "Asked once for each moment: a trace that meets none of these has no link of that tier, and needs no run without them.",
    ("neo4j",),
)

QUERIES = (FORWARD, BACKWARD, FORWARD_LONG, BACKWARD_LONG, PREDECESSORS, SUCCESSORS, ORDER_PRODUCTS)
