"""Where a question may start that names no item: steps, equipment, readings, documents, operators, places, suppliers.

Records hold codes as written; who asks gives every code of what is meant. Times are microseconds since 1970 UTC; a step
or a use touches an interval when they overlap, and a time that nobody recorded counts as touching.
"""

from __future__ import annotations

from queries.query import Query

_AS_OF = {"as_of": "entry of the ledger"}
_INTERVAL = {"first": "first microsecond of the interval", "last": "its last microsecond", **_AS_OF}
_TOUCH = "A time that is not recorded is taken as without end on that side; two times in the wrong order as the span between them."
_STEP_COLUMNS = ("step_id", "fact", "begun", "done")

USES_IN = Query(
    "uses_in",
    "Which steps ran on a piece of equipment within an interval?",
    {"codes": "codes of the equipment as written", **_INTERVAL},
    ("code", "step_id", "fact", "begun", "done"),
    """
UNWIND $codes AS x
MATCH (u:EquipmentUseRecord)
WHERE u.equipment_id = x AND u.known_from <= $as_of AND u.known_until > $as_of
OPTIONAL MATCH (s:StepRecord)
WHERE s.step_id = u.step_id AND s.known_from <= $as_of AND s.known_until > $as_of
WITH u, coalesce(u.from__start, s.started_at__start) AS begun, coalesce(CASE WHEN u.to__end > u.to__start THEN u.to__end - 1 ELSE u.to__end END, CASE WHEN s.ended_at__end > s.ended_at__start THEN s.ended_at__end - 1 ELSE s.ended_at__end END) AS done
WHERE (begun IS NULL OR begun <= $last OR done <= $last) AND (done IS NULL OR done >= $first OR begun >= $first)
RETURN u.equipment_id AS code, u.step_id AS step_id, u.fact AS fact, begun AS begun, done AS done
""",
    why=_TOUCH + " A use without times has those of its step.",
)

STEPS_OF_DOCUMENT = Query(
    "steps_of_document",
    "Which steps followed a document, in one of these versions or in a version that is not recorded?",
    {"document": "the document", "versions": "versions; empty: all", **_INTERVAL},
    (*_STEP_COLUMNS, "version"),
    """
MATCH (s:StepRecord)
WHERE s.document_id = $document AND (size($versions) = 0 OR s.document_version IS NULL OR s.document_version IN $versions) AND s.known_from <= $as_of AND s.known_until > $as_of
WITH s, s.started_at__start AS begun, CASE WHEN s.ended_at__end > s.ended_at__start THEN s.ended_at__end - 1 ELSE s.ended_at__end END AS done
WHERE (begun IS NULL OR begun <= $last OR done <= $last) AND (done IS NULL OR done >= $first OR begun >= $first)
RETURN s.step_id AS step_id, s.fact AS fact, begun AS begun, done AS done, s.document_version AS version
""",
    why=_TOUCH,
)

STEPS_OF_OPERATOR = Query(
    "steps_of_operator",
    "Which steps did a person do within an interval?",
    {"operator": "as recorded", **_INTERVAL},
    _STEP_COLUMNS,
    """
MATCH (s:StepRecord)
WHERE s.operator = $operator AND s.known_from <= $as_of AND s.known_until > $as_of
WITH s, s.started_at__start AS begun, CASE WHEN s.ended_at__end > s.ended_at__start THEN s.ended_at__end - 1 ELSE s.ended_at__end END AS done
WHERE (begun IS NULL OR begun <= $last OR done <= $last) AND (done IS NULL OR done >= $first OR begun >= $first)
RETURN s.step_id AS step_id, s.fact AS fact, begun AS begun, done AS done
""",
    why=_TOUCH,
)

STEPS_AT = Query(
    "steps_at",
    "Which steps name a place as their site or line, within an interval?",
    {"codes": "codes of the places as written", **_INTERVAL},
    ("code", "step_id", "fact", "begun", "done"),
    """
UNWIND $codes AS x
MATCH (s:StepRecord)
WHERE (s.site = x OR s.line = x) AND s.known_from <= $as_of AND s.known_until > $as_of
WITH x, s, s.started_at__start AS begun, CASE WHEN s.ended_at__end > s.ended_at__start THEN s.ended_at__end - 1 ELSE s.ended_at__end END AS done
WHERE (begun IS NULL OR begun <= $last OR done <= $last) AND (done IS NULL OR done >= $first OR begun >= $first)
RETURN x AS code, s.step_id AS step_id, s.fact AS fact, begun AS begun, done AS done
""",
    why=_TOUCH,
)

STEP_FACTS = Query(
    "step_facts",
    "Which records describe these steps?",
    {"ids": "ids of steps", **_AS_OF},
    ("step_id", "fact"),
    """
UNWIND $ids AS x
MATCH (s:StepRecord)
WHERE s.step_id = x AND s.known_from <= $as_of AND s.known_until > $as_of
RETURN s.step_id AS step_id, s.fact AS fact
""",
)

STEP_OUTPUTS = Query(
    "step_outputs",
    "What did these steps make?",
    {"ids": "ids of steps", **_AS_OF},
    ("step_id", "item_id", "fact"),
    """
UNWIND $ids AS x
MATCH (s:Step {id: x})-[p:PRODUCED]->(i:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN s.id AS step_id, i.id AS item_id, p.fact AS fact
""",
)

USES_OF_STEPS = Query(
    "uses_of_steps",
    "On which equipment did these steps run?",
    {"ids": "ids of steps", **_AS_OF},
    ("step_id", "equipment_id"),
    """
UNWIND $ids AS x
MATCH (u:EquipmentUseRecord)
WHERE u.step_id = x AND u.known_from <= $as_of AND u.known_until > $as_of
RETURN u.step_id AS step_id, u.equipment_id AS equipment_id
""",
)

READINGS_OF = Query(
    "readings_of",
    "What was read of a parameter within an interval?",
    {"parameter": "what was read", **_INTERVAL},
    ("step_id", "equipment_id", "place_id", "value", "unit", "low", "high", "begun", "done", "fact"),
    """
MATCH (r:ReadingRecord)
WHERE r.parameter = $parameter AND r.known_from <= $as_of AND r.known_until > $as_of
WITH r, r.at__start AS begun, CASE WHEN r.at__end > r.at__start THEN r.at__end - 1 ELSE r.at__end END AS done
WHERE begun <= $last AND done >= $first
RETURN r.step_id AS step_id, r.equipment_id AS equipment_id, r.place_id AS place_id, r.value AS value, r.unit AS unit, r.low AS low, r.high AS high, begun AS begun, done AS done, r.fact AS fact
""",
    why="Values are text, as recorded: who asks compares them exactly, which no store does.",
)

CALIBRATIONS = Query(
    "calibrations",
    "Until when was each piece of equipment said to be calibrated, by which entry, and which entry replaced that?",
    _AS_OF,
    ("equipment_id", "since", "replaced", "until", "fact"),
    """
MATCH (e:EquipmentRecord)
WHERE e.known_from <= $as_of
RETURN e.equipment_id AS equipment_id, e.known_from AS since, e.known_until AS replaced, CASE WHEN e.calibrated_until__end > e.calibrated_until__start THEN e.calibrated_until__end - 1 ELSE e.calibrated_until__end END AS until, e.fact AS fact
""",
    why="A lapse before equipment was calibrated again stays one, so what is superseded counts as well.",
)

SUPPLIER_LOTS = Query(
    "supplier_lots",
    "Which lots did a supplier deliver within an interval?",
    {"codes": "codes of the supplier as written", **_INTERVAL},
    ("item_id", "material_id", "begun", "done", "fact"),
    """
MATCH (v:LotRecord)
WHERE v.supplier_id IN $codes AND v.known_from <= $as_of AND v.known_until > $as_of
WITH v, v.received_at__start AS begun, CASE WHEN v.received_at__end > v.received_at__start THEN v.received_at__end - 1 ELSE v.received_at__end END AS done
WHERE begun IS NULL OR (begun <= $last AND done >= $first)
RETURN v.item_id AS item_id, v.material_id AS material_id, begun AS begun, done AS done, v.fact AS fact
""",
)

COUNTS_AT = Query(
    "counts_at",
    "What was counted at these places?",
    {"codes": "codes of the places as written", **_AS_OF},
    ("item_id", "place_id", "quantity", "unit", "start", "finish", "fact"),
    """
MATCH (s:StockRecord)
WHERE s.place_id IN $codes AND s.known_from <= $as_of AND s.known_until > $as_of
RETURN s.item_id AS item_id, s.place_id AS place_id, s.quantity AS quantity, s.unit AS unit, s.counted_at__start AS start, s.counted_at__end AS finish, s.fact AS fact
""",
)

MOVES_AT = Query(
    "moves_at",
    "What was moved to or from these places?",
    {"codes": "codes of the places as written", **_AS_OF},
    ("item_id", "from_place", "to_place", "quantity", "unit", "start", "finish", "fact"),
    """
MATCH (m:MoveRecord)
WHERE (m.from_place IN $codes OR m.to_place IN $codes) AND m.known_from <= $as_of AND m.known_until > $as_of
RETURN m.item_id AS item_id, m.from_place AS from_place, m.to_place AS to_place, m.quantity AS quantity, m.unit AS unit, m.at__start AS start, m.at__end AS finish, m.fact AS fact
""",
)

CONTENTS_OF = Query(
    "contents_of",
    "What was packed into these containers, and when?",
    {"ids": "containers", **_AS_OF},
    ("item_id", "container_id", "packed_start", "unpacked_end", "fact"),
    """
UNWIND $ids AS x
MATCH (p:PackingRecord)
WHERE p.container_id = x AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN p.item_id AS item_id, p.container_id AS container_id, p.packed_at__start AS packed_start, p.unpacked_at__end AS unpacked_end, p.fact AS fact
""",
)

UNITS_BY_PREFIX = Query(
    "units_by_prefix",
    "Which units bear a serial number that begins so?",
    {"text": "the beginning", **_AS_OF},
    ("item_id", "material_id", "lot_id", "serial"),
    """
MATCH (v:UnitRecord)
WHERE v.serial STARTS WITH $text AND v.known_from <= $as_of AND v.known_until > $as_of
RETURN v.item_id AS item_id, v.material_id AS material_id, v.lot_id AS lot_id, v.serial AS serial
""",
)

_NEXT = {"ids": "ids", "tier": "the weakest tier that may be followed", **_AS_OF}
_LEVEL = "One level at a time from all nodes at once: from thousands of starts that is far quicker than one search from each."

STEPS_USING = Query(
    "steps_using",
    "Which steps used any of these items?",
    _NEXT,
    ("id",),
    """
UNWIND $ids AS x
MATCH (a:Item {id: x})-[c:CONSUMED_BY]->(s:Step)
WHERE c.tier <= $tier AND c.known_from <= $as_of AND c.known_until > $as_of
RETURN DISTINCT s.id AS id
""",
    why=_LEVEL,
)

ITEMS_MADE = Query(
    "items_made",
    "What did any of these steps make?",
    _NEXT,
    ("id",),
    """
UNWIND $ids AS x
MATCH (s:Step {id: x})-[p:PRODUCED]->(b:Item)
WHERE p.tier <= $tier AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT b.id AS id
""",
    why=_LEVEL,
)

PORTIONS_WITH = Query(
    "portions_with",
    "Of which lots, used as lots, are any of these units?",
    _NEXT,
    ("id",),
    """
UNWIND $ids AS x
MATCH (a:Item {id: x})-[p:PART_OF]->(q:Portion)
WHERE p.tier <= $tier AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT q.id AS id
""",
    why=_LEVEL,
)

ITEMS_FROM_PORTIONS = Query(
    "items_from_portions",
    "What did any of these portions go into?",
    _NEXT,
    ("id",),
    """
UNWIND $ids AS x
MATCH (q:Portion {id: x})-[w:WENT_INTO]->(b:Item)
WHERE w.tier <= $tier AND w.known_from <= $as_of AND w.known_until > $as_of
RETURN DISTINCT b.id AS id
""",
    why=_LEVEL,
)

ITEMS_BEFORE = Query(
    "items_before",
    "From which items does one move lead to each of these?",
    {"ids": "ids", **_AS_OF},
    ("id", "before"),
    """
UNWIND $ids AS x
MATCH (a:Item {id: x})<-[p:PRODUCED]-(:Step)<-[c:CONSUMED_BY]-(b:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of AND c.known_from <= $as_of AND c.known_until > $as_of
RETURN DISTINCT a.id AS id, b.id AS before
UNION
UNWIND $ids AS x
MATCH (a:Item {id: x})<-[w:WENT_INTO]-(:Portion)<-[p:PART_OF]-(b:Item)
WHERE w.known_from <= $as_of AND w.known_until > $as_of AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN DISTINCT a.id AS id, b.id AS before
""",
    why=_LEVEL,
)

QUERIES = (
    USES_IN, STEPS_OF_DOCUMENT, STEPS_OF_OPERATOR, STEPS_AT, STEP_FACTS, STEP_OUTPUTS, USES_OF_STEPS, READINGS_OF, CALIBRATIONS,
    SUPPLIER_LOTS, COUNTS_AT, MOVES_AT, CONTENTS_OF, UNITS_BY_PREFIX,
    STEPS_USING, ITEMS_MADE, PORTIONS_WITH, ITEMS_FROM_PORTIONS, ITEMS_BEFORE,
)  # fmt: skip
