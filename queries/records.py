"""What the records say of items as of an entry: descriptions, shipments, packing, and the small tables behind them.

Records hold codes as written; who asks resolves aliases (ALIASES) and asks for every code of an item.
"""

from __future__ import annotations

from queries.query import Query

_IN_FORCE = "as_of: entry of the ledger"
_KEYS = {"keys": "keys of records: natural key, unit separator, number of the version"}
_BY_KEY = (
    "By primary key: the only road that stays quick for thousands of items on both stores. Neo4j returns one list of rows, "
    "since rows cost more over Bolt."
)
_BY_ITEM = {"ids": "codes as written", "as_of": "entry of the ledger"}
_ONE = {"as_of": "entry of the ledger"}

LOT_RECORDS = Query(
    "lot_records",
    "What was recorded of these lots, in this version?",
    _KEYS,
    ("item_id", "material_id", "number", "quantity", "unit", "known_from", "known_until"),
    """
UNWIND $keys AS k
MATCH (v:LotRecord {pk: k})
RETURN v.item_id AS item_id, v.material_id AS material_id, v.lot_number AS number, v.quantity AS quantity, v.unit AS unit, v.known_from AS known_from, v.known_until AS known_until
""",
    {
        "neo4j": """
UNWIND $keys AS k
MATCH (v:LotRecord {pk: k})
RETURN collect([v.item_id, v.material_id, v.lot_number, v.quantity, v.unit, v.known_from, v.known_until]) AS rows
"""
    },
    why=_BY_KEY,
    listed=("neo4j",),
)

UNIT_RECORDS = Query(
    "unit_records",
    "What was recorded of these units, in this version?",
    _KEYS,
    ("item_id", "lot_id", "material_id", "number", "known_from", "known_until"),
    """
UNWIND $keys AS k
MATCH (v:UnitRecord {pk: k})
RETURN v.item_id AS item_id, v.lot_id AS lot_id, v.material_id AS material_id, v.serial AS number, v.known_from AS known_from, v.known_until AS known_until
""",
    {
        "neo4j": """
UNWIND $keys AS k
MATCH (v:UnitRecord {pk: k})
RETURN collect([v.item_id, v.lot_id, v.material_id, v.serial, v.known_from, v.known_until]) AS rows
"""
    },
    why=_BY_KEY,
    listed=("neo4j",),
)

SHIPMENTS_OF = Query(
    "shipments_of",
    "Which shipment lines name these items or containers?",
    _BY_ITEM,
    ("shipment_id", "line_no", "item_id", "consignee_id", "quantity", "unit", "shipped_at", "start", "finish"),
    """
UNWIND $ids AS x
MATCH (s:ShipmentRecord)
WHERE s.item_id = x AND s.known_from <= $as_of AND s.known_until > $as_of
RETURN s.shipment_id AS shipment_id, s.line_no AS line_no, s.item_id AS item_id, s.consignee_id AS consignee_id, s.quantity AS quantity, s.unit AS unit, s.shipped_at AS shipped_at, s.shipped_at__start AS start, s.shipped_at__end AS finish
""",
)

PACKED_IN = Query(
    "packed_in",
    "Which containers were these items or containers packed into, and when?",
    _BY_ITEM,
    ("item_id", "container_id", "packed_start", "packed_end", "unpacked_start", "unpacked_end"),
    """
UNWIND $ids AS x
MATCH (p:PackingRecord)
WHERE p.item_id = x AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN p.item_id AS item_id, p.container_id AS container_id, p.packed_at__start AS packed_start, p.packed_at__end AS packed_end, p.unpacked_at__start AS unpacked_start, p.unpacked_at__end AS unpacked_end
""",
)

NESTED_PACKINGS = Query(
    "nested_packings",
    "Which containers were packed into other containers, and when?",
    _ONE,
    PACKED_IN.columns,
    """
MATCH (c:PackingRecord)
WHERE c.known_from <= $as_of AND c.known_until > $as_of
WITH DISTINCT c.container_id AS x
MATCH (p:PackingRecord)
WHERE p.item_id = x AND p.known_from <= $as_of AND p.known_until > $as_of
RETURN p.item_id AS item_id, p.container_id AS container_id, p.packed_at__start AS packed_start, p.packed_at__end AS packed_end, p.unpacked_at__start AS unpacked_start, p.unpacked_at__end AS unpacked_end
""",
    why="Asked once for each moment, so that boxes on pallets in containers cost one question about the boxes' content alone.",
)

SERIALISED = Query(
    "serialised",
    "How many units were serialised from each of these lots?",
    _BY_ITEM,
    ("lot_id", "units"),
    """
UNWIND $ids AS x
MATCH (s:Step {id: x})-[p:PRODUCED]->(u:Item)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN x AS lot_id, count(u) AS units
""",
    why="ids are those of the serialisation steps, not of the lots.",
)

ALIASES = Query(
    "aliases",
    "Which codes stand for which of ours?",
    _ONE,
    ("kind", "code", "means"),
    """
MATCH (a:AliasRecord)
WHERE a.known_from <= $as_of AND a.known_until > $as_of
RETURN a.kind AS kind, a.code AS code, a.means AS means
""",
)

CONVERSIONS = Query(
    "conversions",
    "How do units of measure of a material convert?",
    _ONE,
    ("material_id", "from_unit", "to_unit", "factor"),
    """
MATCH (c:ConversionRecord)
WHERE c.known_from <= $as_of AND c.known_until > $as_of
RETURN c.material_id AS material_id, c.from_unit AS from_unit, c.to_unit AS to_unit, c.factor AS factor
""",
)

PRODUCED_AMOUNTS = Query(
    "produced_amounts",
    "How much of this item was recorded as produced?",
    {"id": "id of the item", "as_of": "entry of the ledger"},
    ("quantity", "unit"),
    """
MATCH (i:Item {id: $id})<-[p:PRODUCED]-(:Step)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN p.quantity AS quantity, p.unit AS unit
""",
    why="One item a question: Ladybug reads every link of the type when a list of items is asked for.",
)

PRODUCED_AMOUNTS_OF = Query(
    "produced_amounts_of",
    "How much of each of these items was recorded as produced?",
    _BY_ITEM,
    ("item_id", "quantity", "unit"),
    """
UNWIND $ids AS x
MATCH (i:Item {id: x})<-[p:PRODUCED]-(:Step)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN i.id AS item_id, p.quantity AS quantity, p.unit AS unit
""",
    {
        "neo4j": """
UNWIND $ids AS x
MATCH (i:Item {id: x})<-[p:PRODUCED]-(:Step)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN collect([i.id, p.quantity, p.unit]) AS rows
"""
    },
    why="For Neo4j, where each question is a journey; on Ladybug many questions of one item are quicker than this one.",
    listed=("neo4j",),
)

MATERIALS = Query(
    "materials",
    "Which materials are there, of which stage, in which unit?",
    _ONE,
    ("material_id", "stage", "base_unit", "known_from"),
    """
MATCH (m:MaterialRecord)
WHERE m.known_from <= $as_of AND m.known_until > $as_of
RETURN m.material_id AS material_id, m.stage AS stage, m.base_unit AS base_unit, m.known_from AS known_from
""",
)

PARTIES = Query(
    "parties",
    "Which parties are there, in which roles?",
    _ONE,
    ("party_id", "name", "role", "country"),
    """
MATCH (p:PartyRecord)
WHERE p.known_from <= $as_of AND p.known_until > $as_of
RETURN p.party_id AS party_id, p.name AS name, p.role AS role, p.country AS country
""",
)

LOTS_BY_NUMBER = Query(
    "lots_by_number",
    "Which lots bear this number, or were delivered under this supplier's lot number?",
    {"text": "the number", "as_of": "entry of the ledger"},
    ("item_id", "material_id", "lot_number", "supplier_id", "supplier_lot"),
    """
MATCH (v:LotRecord)
WHERE (v.lot_number = $text OR v.supplier_lot = $text) AND v.known_from <= $as_of AND v.known_until > $as_of
RETURN v.item_id AS item_id, v.material_id AS material_id, v.lot_number AS lot_number, v.supplier_id AS supplier_id, v.supplier_lot AS supplier_lot
""",
)

UNITS_BY_SERIAL = Query(
    "units_by_serial",
    "Which units bear this serial number?",
    {"text": "the serial number", "as_of": "entry of the ledger"},
    ("item_id", "material_id", "lot_id", "serial"),
    """
MATCH (v:UnitRecord)
WHERE v.serial = $text AND v.known_from <= $as_of AND v.known_until > $as_of
RETURN v.item_id AS item_id, v.material_id AS material_id, v.lot_id AS lot_id, v.serial AS serial
""",
)

ITEM_EXISTS = Query(
    "item_exists",
    "Which of these ids does anything say something of?",
    {"ids": "ids"},
    ("id",),
    """
UNWIND $ids AS x
MATCH (i:Item {id: x})
RETURN i.id AS id
""",
)

QUERIES = (
    LOT_RECORDS, UNIT_RECORDS, SHIPMENTS_OF, PACKED_IN, NESTED_PACKINGS, SERIALISED, ALIASES, CONVERSIONS, PRODUCED_AMOUNTS, PRODUCED_AMOUNTS_OF, MATERIALS, PARTIES, LOTS_BY_NUMBER,
    UNITS_BY_SERIAL, ITEM_EXISTS,
)  # fmt: skip
