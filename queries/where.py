"""Where items are now: what was counted last, what moved, what was disposed of. Shipments and packing stand in ``records``."""

from __future__ import annotations

from queries.query import Query

_BY_NAME = {"ids": "codes of items and containers, as written", "as_of": "entry of the ledger"}

LATEST_COUNTS = Query(
    "latest_counts",
    "What was counted last of each of these items or containers at each place, in every status?",
    _BY_NAME,
    ("item_id", "place_id", "status", "quantity", "unit", "start", "finish", "fact"),
    """
UNWIND $ids AS x
MATCH (s:StockRecord)
WHERE s.item_id = x AND s.known_from <= $as_of AND s.known_until > $as_of
WITH s.item_id AS item, s.place_id AS place, max(s.counted_at__end) AS latest
MATCH (t:StockRecord)
WHERE t.item_id = item AND t.place_id = place AND t.counted_at__end = latest
  AND t.known_from <= $as_of AND t.known_until > $as_of
RETURN t.item_id AS item_id, t.place_id AS place_id, t.status AS status, t.quantity AS quantity, t.unit AS unit,
  t.counted_at__start AS start, t.counted_at__end AS finish, t.fact AS fact
""",
    why="A count replaces all earlier counts of that name at that place: only the last stands, with all its statuses. "
    "Codes as written: where another system counted under its own code, who asks puts the two together.",
)

COUNTS_OF = Query(
    "counts_of",
    "Which counts name these items or containers, replaced ones too?",
    _BY_NAME,
    ("item_id", "fact"),
    """
UNWIND $ids AS x
MATCH (s:StockRecord)
WHERE s.item_id = x AND s.known_from <= $as_of AND s.known_until > $as_of
RETURN s.item_id AS item_id, s.fact AS fact
""",
)

MOVES_OF = Query(
    "moves_of",
    "Which moves from place to place name these items or containers?",
    _BY_NAME,
    ("item_id", "fact"),
    """
UNWIND $ids AS x
MATCH (m:MoveRecord)
WHERE m.item_id = x AND m.known_from <= $as_of AND m.known_until > $as_of
RETURN m.item_id AS item_id, m.fact AS fact
""",
)

DISPOSITIONS_OF = Query(
    "dispositions_of",
    "What became of these items: scrapped, sampled, returned, destroyed, used?",
    _BY_NAME,
    ("item_id", "kind", "quantity", "unit", "fact"),
    """
UNWIND $ids AS x
MATCH (d:DispositionRecord)
WHERE d.item_id = x AND d.known_from <= $as_of AND d.known_until > $as_of
RETURN d.item_id AS item_id, d.kind AS kind, d.quantity AS quantity, d.unit AS unit, d.fact AS fact
""",
)

SHIPPED_UNDER = Query(
    "shipped_under",
    "Which shipment lines name these items or containers, as facts?",
    _BY_NAME,
    ("item_id", "fact"),
    """
UNWIND $ids AS x
MATCH (s:ShipmentRecord)
WHERE s.item_id = x AND s.known_from <= $as_of AND s.known_until > $as_of
RETURN s.item_id AS item_id, s.fact AS fact
""",
)

QUERIES = (LATEST_COUNTS, COUNTS_OF, MOVES_OF, DISPOSITIONS_OF, SHIPPED_UNDER)
