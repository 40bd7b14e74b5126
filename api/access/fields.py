"""Which field is of which sort: every column of the plant format, and every key of every answer.

What stands nowhere here is masked for whoever does not see everything, so that a field that is added later is not given
away before somebody has thought about it.
"""

from __future__ import annotations

from api.access.rules import Field
from genealogy.plant import TABLES

_TELL, _LOOK, _UNKNOWN = "tell", "look", "unknown"

About = frozenset[str]
"""The sorts (``Field``) of a value, all of which one must see, and how it is looked at."""

PLAIN_VALUE: About = frozenset()
TOLD: About = frozenset({_TELL})
"""A sentence that may quote records: confidential values in it are hidden."""
LOOK_UP: About = frozenset({_LOOK})
"""A code or name that may be a supplier's: masked when it is."""
UNKNOWN: About = frozenset({_UNKNOWN})
WAYS: About = TOLD | LOOK_UP


def _of(*sorts: Field) -> About:
    return frozenset(sorts)


_SUPPLIER, _PRICE, _CONTACT, _PERSONAL, _ACTOR, _FREE = (
    _of(Field.SUPPLIER), _of(Field.PRICE), _of(Field.CONTACT), _of(Field.PERSONAL), _of(Field.ACTOR), _of(Field.FREE),
)  # fmt: skip
_NOTES: dict[str, About] = {"void": PLAIN_VALUE, "void_reason": _FREE}
_AMOUNT: dict[str, About] = {"quantity": PLAIN_VALUE, "unit": PLAIN_VALUE}


def _plain(*names: str) -> dict[str, About]:
    return dict.fromkeys(names, PLAIN_VALUE)


COLUMNS: dict[str, dict[str, About]] = {
    "materials": _plain("material_id", "stage", "base_unit", "gtin", "udi_di", "tolerance_percent")
    | {"name": TOLD},
    "parties": {
        "party_id": LOOK_UP, "name": LOOK_UP, "role": PLAIN_VALUE, "gln": LOOK_UP, "country": PLAIN_VALUE,
        "address": _CONTACT, "email": _CONTACT, "phone": _CONTACT,
    },
    "places": {
        "place_id": LOOK_UP, "name": LOOK_UP, "kind": TOLD, "party_id": LOOK_UP, "gln": LOOK_UP, "country": PLAIN_VALUE,
    },
    "lots": _plain("item_id", "material_id", "lot_number", "made_at", "received_at", "expires_on", "status")
    | _AMOUNT | {"supplier_id": _SUPPLIER, "supplier_lot": _SUPPLIER},
    "units": _plain("item_id", "lot_id", "material_id", "serial", "made_at", "status"),
    "orders": _plain("order_id", "material_id", "planned_quantity", "unit", "due"),
    "steps": _plain(
        "step_id", "order_id", "started_at", "ended_at", "line", "document_id", "document_version", "kind", "grain",
    )
    | {"operation": TOLD, "site": LOOK_UP, "operator": _PERSONAL},
    "consumption": _plain("step_id", "item_id", "at", "line_no") | _AMOUNT,
    "production": _plain("step_id", "item_id", "at", "line_no") | _AMOUNT,
    "equipment": _plain(
        "equipment_id", "kind", "calibrated_until", "mixing", "heel_quantity", "heel_unit",
    )
    | {"name": TOLD, "site": LOOK_UP},
    "equipment_use": _plain("step_id", "equipment_id", "from", "to"),
    "readings": _plain("step_id", "equipment_id", "parameter", "value", "unit", "low", "high", "at")
    | {"place_id": LOOK_UP},
    "results": _plain("item_id", "value", "unit", "low", "high", "at")
    | {"test": TOLD, "sample_id": TOLD, "laboratory": LOOK_UP | TOLD, "verdict": TOLD},
    "decisions": _plain("item_id", "status", "at") | {"by": _PERSONAL, "reason": _FREE, "document_id": TOLD},
    "shipments": _plain("shipment_id", "item_id", "line_no", "shipped_at", "received_at")
    | _AMOUNT | {"consignee_id": LOOK_UP, "bill_to": LOOK_UP, "price": _PRICE, "document": TOLD},
    "stock": _plain("item_id", "status", "counted_at") | _AMOUNT | {"place_id": LOOK_UP},
    "moves": _plain("item_id", "at", "line_no") | _AMOUNT | {"from_place": LOOK_UP, "to_place": LOOK_UP},
    "dispositions": _plain("item_id", "kind", "at", "line_no") | _AMOUNT | {"party_id": LOOK_UP, "reason": _FREE},
    "packing": _plain("item_id", "container_id", "packed_at", "unpacked_at"),
    "documents": _plain("document_id", "version", "kind", "effective_from", "effective_to") | {"title": TOLD},
    "aliases": {"system": LOOK_UP, "kind": PLAIN_VALUE, "code": LOOK_UP, "means": LOOK_UP},
    "conversions": _plain("material_id", "from_unit", "to_unit", "factor"),
}  # fmt: skip
"""Table -> column -> its sorts."""
for _columns in COLUMNS.values():
    _columns |= _NOTES
NAMED_BY_MASKED = frozenset(
    name for name, table in TABLES.items() if any(COLUMNS[name][column.name] for column in table.key)
)
"""Tables in whose keys something may be masked: their rows stand in its order."""

_PLAIN = """
    action added after also as_of at basis before behind boundary calibrated_until calibration certainty chance
    chosen_by column common_but_not_more_than_by_chance compared complaints complaints_inside complete computed
    container_id corrected_chance count counted counted_at countries country currency cut_off depth digest direction
    distance document_version due effective_from effective_to ended_at entries entry equal_strength equipment_id
    expires_on failed fewer finished finished_lots finished_lots_not_complained_about finished_lots_without_serials
    finished_units finished_units_not_complained_about from grain head healthy healthy_behind high how id in
    in_force in_from in_lot in_scope inferred item item_id items items_added items_without_stage kept_without_times
    kind ledger line line_no lines lines_without_price listed lost lot lot_id low made_at masked matches
    material_id materials missing mixing more more_items more_lots more_units moves next next_after nodes not_added number
    of of_material on on_cycle order_id outside own_step packed_at parameter parameters part partly_serialised_lots
    percent possible produced product_recorded proven proves quantity quarantined rank received_at recorded
    recorded_unit recovered_percent removed role row rows rule score second_road seconds sequence serial share
    shipped_at significant since stage start start_ids started_at starts status step step_id table tier time to
    tolerance_percent tolerance_recorded unaccounted unit units unpacked_at unresolved until value version went_in
    what whole within_tolerance without_quantity yield_percent
    fold way level layer node members records possible most unfolds within undated undated_items days folded_again hidden
    page pages more_facts day shown equipment steps total read accepted unchanged quarantine_id
    quarantine_document sha256 zone upload cell dry_run state created ended
    not_looked_at unknown_names uses used_in codes
    roles key expires issuer audience algorithms role_claim
    to_kind undated readings_outside more_excursions marks excursions certain without_quantity shared
    like steps_smaller_than_heel
    parties_as_one held_against alerts statuses stages lot_number planned ordered consumed shipped orders decisions results
    results_outside in_stock out_of_stock made expires step_id days
    start_items unsure steps_without_products suspected_products steps_at_that_time
"""
PLAIN = frozenset(_PLAIN.split())
"""Keys that say nothing confidential, wherever they stand as a value."""

KEYS: dict[str, About] = dict.fromkeys(PLAIN, PLAIN_VALUE) | {
    # Suppliers, and what may be one.
    "supplier_id": _SUPPLIER, "supplier": _SUPPLIER, "supplier_lot": _SUPPLIER, "supplier_name": _SUPPLIER,
    "supplier_party": _SUPPLIER, "suppliers": _SUPPLIER,
    "party_id": LOOK_UP, "party": LOOK_UP, "consignee": LOOK_UP, "consignee_id": LOOK_UP, "consignees": LOOK_UP,
    "bill_to": LOOK_UP, "customer": LOOK_UP, "customers": LOOK_UP, "parties": LOOK_UP, "gln": LOOK_UP,
    "place_id": LOOK_UP, "place": LOOK_UP, "places": LOOK_UP, "from_place": LOOK_UP, "to_place": LOOK_UP, "site": LOOK_UP,
    "name": LOOK_UP | TOLD, "label": LOOK_UP | TOLD, "last_label": LOOK_UP | TOLD, "to_label": LOOK_UP | TOLD,
    "to_name": LOOK_UP | TOLD,
    "laboratory": LOOK_UP | TOLD,
    # Money.
    "price": _PRICE, "amount": _PRICE,
    # Where parties can be reached.
    "address": _CONTACT, "email": _CONTACT, "phone": _CONTACT,
    # People.
    "spelled_alike": LOOK_UP | _PERSONAL,
    "operator": _PERSONAL, "by": _PERSONAL, "actor": _ACTOR, "person": _ACTOR, "came_from": _ACTOR,
    # A code of any sort.
    "code": LOOK_UP | TOLD,
    # What people wrote.
    "file": _FREE, "files": _FREE, "mapping": _FREE, "reason": _FREE, "void_reason": _FREE,
    "hash": _ACTOR | _FREE,  # the hash of an entry tells whether a guess of its actor and files was right
    "path": _FREE, "folder": _FREE, "store": _FREE,
    # Sentences that may quote records.
    "words": TOLD, "summary": TOLD, "settled_by": TOLD, "differences": TOLD, "notes": TOLD, "note": TOLD,
    "assumptions": TOLD, "assumed": TOLD, "why_not": TOLD, "problem": TOLD, "detail": TOLD, "title": TOLD,
    "material": TOLD, "operation": TOLD, "document_id": TOLD, "document": TOLD, "test": TOLD, "sample_id": TOLD, "verdict": TOLD,
    "would_connect": TOLD, "text": TOLD, "flag": TOLD, "about": TOLD, "do": TOLD, "advice": TOLD,
    "progress": TOLD, "group": TOLD, "ignored": _FREE, "owner": _ACTOR, "said": TOLD, "read_as": TOLD,
}  # fmt: skip
"""Key of an answer -> its sorts. A key that is not here is masked."""

CELLS = frozenset({"cells", "facts_cells", "corrected", "original"})
"""Keys under which the cells of a row stand, in an object that names its ``table``."""
MONEY = frozenset({"value", "values", "money"})
"""Keys whose object holds amounts of money."""
PLAIN_TREES = frozenset(
    {
        "stages",
        "statuses",
        "alerts",
        "parts",
        "queries",
        "tested",
        "by_tier",
        "tiers",
        "by_kind",
        "finished_quantity",
        "counts",
        "doubts",
    }
)
"""Keys whose whole object says nothing confidential, whatever it holds."""
PLAIN_ROWS = frozenset({"items", "start_items", "added", "removed", "lots"})
"""Keys of long lists of small objects: where these have no other keys than ``FLAT``, they are not looked at further."""
FLAT = frozenset({"id", "kind", "stage", "depth", "tier", "entry", "items", "finished_units"})

ORDER: dict[str, tuple[str, ...]] = {
    "places": (), "parties": (), "consignees": ("certainty",), "members": (), "facts": ("table", "entry"),
    "lines": ("item_id", "at", "part"), "causes": ("rank",), "codes": ("uses", "kind"),
}  # fmt: skip
"""Lists in which rows that have these keys in common stand in the order of values that may be masked. Where something in
such a list is masked, these rows stand in the order of what is still said of them."""

NAMING = (
    "id", "label", "last_label", "name", "title", "text", "operator", "number", "href", "group", "party", "party_id",
)  # fmt: skip
"""Keys that name what an object is about; confidential where its kind is."""
BY_KIND: dict[str, About] = {
    "supplier": _SUPPLIER,
    "operator": _PERSONAL,
    "suppliers": _SUPPLIER,
    "party": LOOK_UP,
    "customer": LOOK_UP,
    "customers": LOOK_UP,
    "time_window": TOLD,
}
SUPPLIER, PATIENT = _SUPPLIER, _of(Field.PATIENT)
PATIENT_KEYS = ("party_id", "party", "name", "place_id", "reason", "at", "consignee", "consignee_id")
"""Keys that tell at whom and when something was used."""
NOT_AT_PATIENTS = frozenset({"scrapped", "sampled", "returned", "destroyed"})


def of_table(table: str) -> frozenset[Field]:
    """Every sort of field that a table of the plant format may hold; everything for one that is not known."""
    if table not in COLUMNS:
        return frozenset(Field)
    found = {sort for about in COLUMNS[table].values() for sort in about if sort in set(Field)}
    if any(about & WAYS for about in COLUMNS[table].values()):
        found.add(Field.SUPPLIER)
    if table == "dispositions":
        found.add(Field.PATIENT)
    return frozenset(Field(sort) for sort in found)
