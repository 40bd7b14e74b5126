"""Which column of a report is of which sort. One that stands nowhere here is masked for whoever does not see everything.

Beside ``fields.py``, which says the same of the answers that a report is made of. A report puts together what stands in
several of their keys (a location holds name, address and telephone), so its columns have a list of their own.
"""

from __future__ import annotations

from api.access.fields import BY_KIND, LOOK_UP, PLAIN_VALUE, TOLD, UNKNOWN, About
from api.access.rules import Field


def _of(*sorts: Field) -> About:
    return frozenset(sorts)


_SUPPLIER, _PRICE, _CONTACT, _PERSONAL = _of(Field.SUPPLIER), _of(Field.PRICE), _of(Field.CONTACT), _of(Field.PERSONAL)
_PATIENT, _ACTOR, _FREE = _of(Field.PATIENT), _of(Field.ACTOR), _of(Field.FREE)
_NAMED: About = LOOK_UP | TOLD

_PLAIN = """
    accounted added after at before behind behind_item bound boundary came_from cause cause_id certainty chance change complaints
    consumed container corrected_chance count countries country customers_possible customers_proven depth destroyed
    document_type document_version doubt effect ended_at entry equipment_id expires_on facts field finished_lots
    finished_quantity finished_units first_expires first_made first_shipped flag from_time gap group gtin healthy
    healthy_behind high in_process in_transit item_id items items_out items_selected kept_without_times kind last_expires
    last_made last_shipped least_share line line_no lines_without_price listed lot_id lot_number lot_reference lots_out low
    made_at material_id materials_used more_units most_share move moved_since_count moves narrowed_by near number
    on_hand_available on_hand_held order_id parameter part proven_by_fact quantity rank readings received_at recorded_at
    recovered_percent removed returned role row rows_accepted rows_quarantined sampled score scrapped serial share
    shipment_id shipments shipped shipped_at shown_by significant stage start start_no started_at status step_id step_kind
    steps_selected table there_was tier to_time tolerance_percent traceability_lot_code udi_di unaccounted unit units_affected
    units_out used with_lot within_tolerance
    union_starts union_items union_finished_units union_finished_units_not_complained_about union_finished_lots
    union_finished_lots_not_complained_about union_complaints_inside
    amount_produced amount_distributed amount_held amount_returned discovered_at
"""
COLUMNS: dict[str, About] = dict.fromkeys(_PLAIN.split(), PLAIN_VALUE) | {
    "supplier_id": _SUPPLIER, "supplier_name": _SUPPLIER, "supplier_lot": _SUPPLIER,
    "party_id": LOOK_UP, "consignee_id": LOOK_UP, "bill_to": _NAMED, "gln": LOOK_UP, "place_id": LOOK_UP, "site": LOOK_UP,
    "party_name": _NAMED, "consignee_name": _NAMED, "bill_to_name": _NAMED, "dispatched_from": _NAMED, "dispatched_to": _NAMED,
    "consignee_owner": _NAMED, "consignor_owner": _NAMED, "own_name": _NAMED,
    "address": _CONTACT, "email": _CONTACT, "phone": _CONTACT, "dispatched_from_address": _CONTACT,
    "dispatched_to_address": _CONTACT, "own_address": _CONTACT, "own_phone": _CONTACT,
    # Name, address, country, telephone and GLN in one.
    "ship_to_location": _NAMED | _CONTACT, "ship_from_location": _NAMED | _CONTACT, "received_location": _NAMED | _CONTACT,
    "transformed_location": _NAMED | _CONTACT, "lot_code_source": _NAMED | _CONTACT,
    "received_from_location": _SUPPLIER | _CONTACT,
    "price": _PRICE, "value_proven": _PRICE, "value_possible": _PRICE,
    "operator": _PERSONAL, "actor": _ACTOR,
    "patient": _PATIENT, "physician": _PATIENT, "provided_to_patient": _PATIENT, "explanted_or_disposed": _PATIENT,
    # Against the digest of a file, or of an entry, guesses of what stands in it could be tried.
    "file": _FREE, "sha256": _FREE | _ACTOR, "entry_hash": _FREE | _ACTOR,
    # Sentences and names that may quote records.
    "material_name": TOLD, "product_description": TOLD, "operation": TOLD, "document": TOLD, "document_id": TOLD,
    "equipment": TOLD, "detail": TOLD, "settled_by": TOLD, "left_out": TOLD, "reason": TOLD, "examples": TOLD,
    "about": _NAMED | _PERSONAL,
}  # fmt: skip
"""Column of a table, or statement of a form -> its sorts."""
IN_TABLE: dict[tuple[str, str], About] = {
    # The supplier's lot number where there is one.
    ("fsma_receiving", "traceability_lot_code"): _SUPPLIER,
    ("fsma_receiving", "lot_code_source"): _SUPPLIER | _CONTACT,
}
"""The same where it depends on the table."""
FACTS: dict[str, About] = {"reason": _FREE}
"""Statements of the forms that are of another sort than the column of their name."""
BY_CELL: dict[str, tuple[str, tuple[str, ...], dict[str, About]]] = {
    "causes": ("cause", ("cause_id",), {f"cause_{kind}": about for kind, about in BY_KIND.items()}),
    "where_parties": ("part", ("party_id", "party_name"), {"used": _PATIENT}),
    "where_places": ("part", ("place_id", "party_id"), {"used": _PATIENT}),
}
"""Table -> the column whose cell says of which sort others of its row are besides, these, and which cell says which."""

ORDER: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "consignees": (("party_id", "party_name"), ("certainty",)),
    "shipments": (("consignee_id", "bill_to"), ("shipment_id", "line_no", "item_id", "certainty")),
    "devices_tracked": (("consignee_id",), ()),
    "fsma_shipping": (("ship_to_location",), ()),
    "eu_931_consignments": (("dispatched_to", "consignee_owner"), ()),
    "where_places": (("place_id", "party_id"), ()),
    "where_parties": (("party_id",), ()),
    "sources": (("file",), ("entry",)),
    "started_doubts": (("about",), ("start_no", "doubt")),
    "narrowed_parties": (("party_id",), ("boundary",)),
    "changed_consignees": (("party_id",), ("change",)),
    "causes": (("cause_id",), ("rank",)),
}  # fmt: skip
"""Tables that stand in the order of values that may be masked: by which columns, and what rows must have in common to change
places. Where something in these columns is masked, the rows stand in the order of what is still said of them."""


def about(table: str, column: str) -> About:
    """The sorts of a column of a table."""
    return IN_TABLE.get((table, column), COLUMNS.get(column, UNKNOWN))
