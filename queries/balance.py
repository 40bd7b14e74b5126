"""Mass balance: how much of an item steps consumed and produced, and how much of everything one step did."""

from __future__ import annotations

from queries.query import Query

_WHY = "One item or step a question: Ladybug reads every link of the type when a list is asked for."
_ITEM = {"id": "id of the item", "as_of": "entry of the ledger"}
_STEP = {"step": "id of the step", "as_of": "entry of the ledger"}

CONSUMED_AMOUNTS = Query(
    "consumed_amounts",
    "How much of this item did which step consume?",
    _ITEM,
    ("step", "quantity", "unit", "fact"),
    """
MATCH (i:Item {id: $id})-[c:CONSUMED_BY]->(s:Step)
WHERE c.known_from <= $as_of AND c.known_until > $as_of
RETURN s.id AS step, c.quantity AS quantity, c.unit AS unit, c.fact AS fact
""",
    why=_WHY,
)

PRODUCED_LINES = Query(
    "produced_lines",
    "How much of this item did which step produce?",
    _ITEM,
    ("step", "quantity", "unit", "fact"),
    """
MATCH (i:Item {id: $id})<-[p:PRODUCED]-(s:Step)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN s.id AS step, p.quantity AS quantity, p.unit AS unit, p.fact AS fact
""",
    why=_WHY,
)

STEP_INPUTS = Query(
    "step_inputs",
    "How much of what did this step consume?",
    _STEP,
    ("item_id", "quantity", "unit", "fact"),
    """
MATCH (s:Step {id: $step})<-[c:CONSUMED_BY]-(i:Item)
WHERE c.known_from <= $as_of AND c.known_until > $as_of
RETURN i.id AS item_id, c.quantity AS quantity, c.unit AS unit, c.fact AS fact
""",
    why=_WHY,
)

STEP_OUTPUTS = Query(
    "step_outputs",
    "How much of what did this step produce?",
    _STEP,
    ("item_id", "quantity", "unit", "fact"),
    """
MATCH (s:Step {id: $step})-[p:PRODUCED]->(i:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN i.id AS item_id, p.quantity AS quantity, p.unit AS unit, p.fact AS fact
""",
    why=_WHY,
)

QUERIES = (CONSUMED_AMOUNTS, PRODUCED_LINES, STEP_INPUTS, STEP_OUTPUTS)
