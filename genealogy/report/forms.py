"""What each rule wants to see in a recall or traceability record, clause by clause, and where it comes from.

A field is filled from a table, a single fact or a section of the report, or it is nothing that a plant records; then the
form names it as missing and says who could supply it. Whoever files a form checks its clauses against the text in force.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rows:
    """Filled by all rows of a table."""

    table: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Filled where each row of a table has at least one of these columns."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Filled by a single fact of the report."""

    fact: str


@dataclass(frozen=True, slots=True)
class Part:
    """Filled by a section, where that could be asked."""

    section: str


Source = Rows | Cells | Known | Part | None


@dataclass(frozen=True, slots=True)
class Required:
    """A required field.

    Attributes:
        name: key of what is required.
        clause: where; a key where the text numbers its parts by name.
        source: what fills it; None: no table of the plant format records it.
        who: key of who could supply it where it is missing.
    """

    name: str
    clause: str
    source: Source
    who: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        name: key of its title.
        rule: as it is cited; a key where that differs by language.
        fields: in the order of the rule.
        tables: names of tables that are made for this form alone.
    """

    name: str
    rule: str
    fields: tuple[Required, ...]
    tables: tuple[str, ...] = ()


def _cells(table: str, *columns: str) -> Cells:
    return Cells(table, columns)


_FDA_RECALL = Form(
    "fda_recall",
    "21 CFR 7.40-7.59",
    (
        Required("product_identity", "7.46(a)(1)", _cells("products", "material_name"), "regulatory"),
        Required("device_identifier", "7.46(a)(1)", _cells("products", "udi_di", "gtin"), "regulatory"),
        Required("model", "7.46(a)(1)", _cells("products", "material_id"), "regulatory"),
        Required("lot_numbers", "7.46(a)(1)", _cells("finished_lots", "lot_number"), "production"),
        Required("serial_numbers", "7.46(a)(1)", _cells("finished_units", "serial"), "production"),
        Required("expiry_dates", "7.46(a)(1)", _cells("finished_lots", "expires_on"), "quality"),
        Required("lot_code_explained", "7.46(a)(1)", None, "production"),
        Required("label_copies", "7.46(a)(1)", None, "regulatory"),
        Required("reason_and_discovery", "7.46(a)(2)", Known("reason"), "quality"),
        Required("discovery_date", "7.46(a)(2)", Known("discovered_at"), "quality"),
        Required("risk_evaluation", "7.46(a)(3), 7.41", None, "medical"),
        Required("amount_produced", "7.46(a)(4)", Known("amount_produced"), "production"),
        Required("production_dates", "7.46(a)(4)", _cells("finished_lots", "made_at"), "production"),
        Required("amount_distributed", "7.46(a)(5)", Known("amount_distributed"), "logistics"),
        Required("amount_held", "7.46(a)(5)", Known("amount_held"), "logistics"),
        Required("left_in_market", "7.46(a)(5)", None, "consignees"),
        Required("direct_accounts", "7.46(a)(6)", Rows("consignees"), "sales"),
        Required("account_names", "7.46(a)(6)", _cells("consignees", "party_name"), "sales"),
        Required("account_addresses", "7.46(a)(6)", _cells("consignees", "address"), "sales"),
        Required("account_contacts", "7.46(a)(6)", _cells("consignees", "email", "phone"), "sales"),
        Required("account_types", "7.46(a)(6)", _cells("consignees", "role"), "sales"),
        Required("ship_to_list", "7.46(a)(6)", _cells("shipments", "lot_number", "serial"), "logistics"),
        Required("ship_dates", "7.46(a)(6)", _cells("shipments", "shipped_at"), "logistics"),
        Required("bill_to_list", "7.46(a)(6)", _cells("shipments", "bill_to"), "sales"),
        Required("communication", "7.46(a)(7), 7.49", None, "coordinator"),
        Required("strategy", "7.46(a)(8), 7.42", None, "coordinator"),
        Required("depth", "7.42(b)(1)", None, "coordinator"),
        Required("why_only_these", "7.46(a)(2)", Part("why"), "quality"),
        Required("scope_may_expand", "7.42", Part("bounds"), "quality"),
        Required("official_contact", "7.46(a)(9)", None, "management"),
        Required("notified", "7.53(b)(1)", None, "coordinator"),
        Required("responded", "7.53(b)(2)", None, "consignees"),
        Required("not_responded", "7.53(b)(3)", None, "coordinator"),
        Required("returned", "7.53(b)(4)", Known("amount_returned"), "logistics"),
        Required("effectiveness_checks", "7.53(b)(5), 7.42(b)(3)", None, "coordinator"),
        Required("completion", "7.53(b)(6)", None, "coordinator"),
    ),
)
_FDA_806 = Form(
    "fda_806",
    "21 CFR 806.10",
    (
        Required("report_number", "806.10(c)(1)", None, "regulatory"),
        Required("manufacturer", "806.10(c)(2)", Known("own_name"), "management"),
        Required("manufacturer_address", "806.10(c)(2)", Known("own_address"), "management"),
        Required("manufacturer_phone", "806.10(c)(2)", Known("own_phone"), "management"),
        Required("official_contact", "806.10(c)(2)", None, "management"),
        Required("brand_name", "806.10(c)(3)", _cells("products", "material_name"), "regulatory"),
        Required("classification_name", "806.10(c)(3)", None, "regulatory"),
        Required("intended_use", "806.10(c)(3)", None, "regulatory"),
        Required("marketing_status", "806.10(c)(4)", None, "regulatory"),
        Required("device_identifier", "806.10(c)(5)", _cells("products", "udi_di", "gtin"), "regulatory"),
        Required("lot_or_serial", "806.10(c)(5)", Rows("finished_lots"), "production"),
        Required("original_manufacturer", "806.10(c)(6)", None, "regulatory"),
        Required("event", "806.10(c)(7)", Known("reason"), "quality"),
        Required("actions_taken", "806.10(c)(7)", None, "coordinator"),
        Required("injuries", "806.10(c)(8)", None, "medical"),
        Required("total_number", "806.10(c)(9)", Known("amount_produced"), "production"),
        Required("number_in_same_lot", "806.10(c)(9)", _cells("finished_lots", "quantity"), "production"),
        Required("manufacture_dates", "806.10(c)(10)", _cells("finished_lots", "made_at"), "production"),
        Required("expiry_dates", "806.10(c)(10)", _cells("finished_lots", "expires_on"), "quality"),
        Required("consignee_names", "806.10(c)(11)", _cells("consignees", "party_name"), "sales"),
        Required("consignee_addresses", "806.10(c)(11)", _cells("consignees", "address"), "sales"),
        Required("consignee_phones", "806.10(c)(11)", _cells("consignees", "phone"), "sales"),
        Required("dates_distributed", "806.10(c)(11)", _cells("shipments", "shipped_at"), "logistics"),
        Required("number_distributed", "806.10(c)(11)", _cells("consignees", "quantity"), "logistics"),
        Required("communications", "806.10(c)(12)", None, "coordinator"),
        Required("not_yet_available", "806.10(c)(13)", Known("missing_listed"), "coordinator"),
    ),
)
_FDA_821 = Form(
    "fda_821",
    "21 CFR 821.25(a)",
    (
        Required("holder_names", "821.25(a)(1)", _cells("devices_tracked", "consignee_name"), "sales"),
        Required("holder_addresses", "821.25(a)(1)", _cells("devices_tracked", "address"), "sales"),
        Required("holder_phones", "821.25(a)(1)", _cells("devices_tracked", "phone"), "sales"),
        Required("device_location", "821.25(a)(1)", Part("where"), "logistics"),
        Required("device_identifier", "821.25(a)(2)(i)", _cells("devices_tracked", "udi_di", "gtin"), "regulatory"),
        Required("lot_or_serial", "821.25(a)(2)(i)", _cells("devices_tracked", "serial", "lot_number"), "production"),
        Required("ship_dates", "821.25(a)(2)(ii)", _cells("devices_tracked", "shipped_at"), "logistics"),
        Required("patient", "821.25(a)(2)(iii)", None, "hospital"),
        Required("provided_to_patient", "821.25(a)(2)(iv)", None, "hospital"),
        Required("prescribing_physician", "821.25(a)(2)(v)", None, "hospital"),
        Required("following_physician", "821.25(a)(2)(vi)", None, "hospital"),
        Required("explant_or_disposal", "821.25(a)(2)(vii)", None, "hospital"),
        Required("tracking_audit", "821.25(c)(3)", None, "quality"),
    ),
    ("devices_tracked",),
)
_EU_FSN = Form(
    "eu_fsn",
    "(EU) 2017/745",
    (
        Required("device_names", "Art 89(8)", _cells("products", "material_name"), "regulatory"),
        Required("udi_di", "Art 89(8)", _cells("products", "udi_di"), "regulatory"),
        Required("udi_pi_lots", "Art 89(8)", _cells("finished_lots", "lot_number"), "production"),
        Required("udi_pi_serials", "Art 89(8)", _cells("finished_units", "serial"), "production"),
        Required("udi_pi_expiry", "Art 89(8)", _cells("finished_lots", "expires_on"), "quality"),
        Required("srn", "Art 89(8)", None, "regulatory"),
        Required("manufacturer", "Art 89(8)", Known("own_name"), "management"),
        Required("fsca_reason", "Art 89(8)", Known("reason"), "quality"),
        Required("risk_stated", "Art 89(8)", None, "medical"),
        Required("user_actions", "Art 89(8)", None, "coordinator"),
        Required("official_language", "Art 89(8)", None, "regulatory"),
        Required("competent_authority", "Art 87(1), 89(8)", None, "regulatory"),
        Required("countries", "Art 89(8)", _cells("consignees", "country"), "sales"),
        Required("supplied_to", "Art 25(2)(a)", _cells("consignees", "party_name"), "sales"),
        Required("supplied_by", "Art 25(2)(b)", _cells("starts", "supplier_id"), "supplier"),
        Required("health_institutions", "Art 25(2)(c)", None, "sales"),
    ),
)
_NMPA = "nmpa_29"
_NMPA_PLAN = Form(
    "nmpa_plan",
    _NMPA,
    (
        Required("device_names", "nmpa_notice", _cells("products", "material_name"), "regulatory"),
        Required("model", "nmpa_notice", _cells("products", "material_id"), "regulatory"),
        Required("registration_number", "nmpa_notice", None, "regulatory"),
        Required("lot_numbers", "nmpa_notice", _cells("finished_lots", "lot_number"), "production"),
        Required("fsca_reason", "nmpa_notice", Known("reason"), "quality"),
        Required("recall_class", "nmpa_assessment", None, "medical"),
        Required("risk_evaluation", "nmpa_assessment", None, "medical"),
        Required("amount_produced", "nmpa_plan_part", Known("amount_produced"), "production"),
        Required("amount_sold", "nmpa_plan_part", Known("amount_distributed"), "logistics"),
        Required("amount_to_recall", "nmpa_plan_part", Known("amount_distributed"), "logistics"),
        Required("recall_measures", "nmpa_plan_part", None, "coordinator"),
        Required("recall_scope", "nmpa_plan_part", _cells("consignees", "party_name"), "sales"),
        Required("time_limit", "nmpa_plan_part", None, "coordinator"),
        Required("announcement_channels", "nmpa_plan_part", None, "coordinator"),
        Required("expected_effect", "nmpa_plan_part", None, "coordinator"),
        Required("disposal", "nmpa_plan_part", None, "quality"),
    ),
)
_NMPA_PROGRESS = Form(
    "nmpa_progress",
    _NMPA,
    (
        Required("should_notify", "nmpa_progress_part", Rows("consignees"), "sales"),
        Required("notified", "nmpa_progress_part", None, "coordinator"),
        Required("notified_when", "nmpa_progress_part", None, "coordinator"),
        Required("notified_how", "nmpa_progress_part", None, "coordinator"),
        Required("should_recall", "nmpa_progress_part", Known("amount_distributed"), "logistics"),
        Required("recalled", "nmpa_progress_part", Known("amount_returned"), "logistics"),
        Required("effectiveness_checks", "nmpa_progress_part", None, "coordinator"),
        Required("disposal", "nmpa_progress_part", None, "quality"),
        Required("time_left", "nmpa_progress_part", None, "coordinator"),
    ),
)
_FSMA = Form(
    "fsma_204",
    "21 CFR 1.1340, 1.1345, 1.1350, 1.1455(c)(3)",
    (
        Required("kde_lot_code", "1.1340(a)(1)", _cells("fsma_shipping", "traceability_lot_code"), "production"),
        Required("kde_quantity", "1.1340(a)(2)", _cells("fsma_shipping", "quantity"), "logistics"),
        Required("kde_description", "1.1340(a)(3)", _cells("fsma_shipping", "product_description"), "regulatory"),
        Required("kde_recipient", "1.1340(a)(4)", _cells("fsma_shipping", "ship_to_location"), "sales"),
        Required("kde_ship_from", "1.1340(a)(5)", _cells("fsma_shipping", "ship_from_location"), "logistics"),
        Required("kde_ship_date", "1.1340(a)(6)", _cells("fsma_shipping", "shipped_at"), "logistics"),
        Required("kde_lot_source", "1.1340(a)(7)", _cells("fsma_shipping", "lot_code_source"), "production"),
        Required("kde_document", "1.1340(a)(8)", _cells("fsma_shipping", "document"), "logistics"),
        Required("kde_document_type", "1.1340(a)(8)", None, "logistics"),
        Required(
            "kde_received_lot_code", "1.1345(a)(1)", _cells("fsma_receiving", "traceability_lot_code"), "supplier"
        ),
        Required("kde_received_quantity", "1.1345(a)(2)", _cells("fsma_receiving", "quantity"), "logistics"),
        Required(
            "kde_received_description", "1.1345(a)(3)", _cells("fsma_receiving", "product_description"), "regulatory"
        ),
        Required("kde_previous_source", "1.1345(a)(4)", _cells("fsma_receiving", "received_from_location"), "supplier"),
        Required("kde_received_at_place", "1.1345(a)(5)", _cells("fsma_receiving", "received_location"), "logistics"),
        Required("kde_received_date", "1.1345(a)(6)", _cells("fsma_receiving", "received_at"), "logistics"),
        Required("kde_received_lot_source", "1.1345(a)(7)", _cells("fsma_receiving", "lot_code_source"), "supplier"),
        Required("kde_received_document", "1.1345(a)(8)", None, "logistics"),
        Required("kde_input_lot_code", "1.1350(a)(1)(i)", _cells("fsma_inputs", "traceability_lot_code"), "production"),
        Required(
            "kde_input_description", "1.1350(a)(1)(ii)", _cells("fsma_inputs", "product_description"), "regulatory"
        ),
        Required("kde_input_quantity", "1.1350(a)(1)(iii)", _cells("fsma_inputs", "quantity"), "production"),
        Required("kde_new_lot_code", "1.1350(a)(2)(i)", _cells("fsma_outputs", "traceability_lot_code"), "production"),
        Required(
            "kde_transformed_at_place", "1.1350(a)(2)(ii)", _cells("fsma_outputs", "transformed_location"), "production"
        ),
        Required("kde_transformed_date", "1.1350(a)(2)(iii)", _cells("fsma_outputs", "at"), "production"),
        Required(
            "kde_new_description", "1.1350(a)(2)(iv)", _cells("fsma_outputs", "product_description"), "regulatory"
        ),
        Required("kde_new_quantity", "1.1350(a)(2)(v)", _cells("fsma_outputs", "quantity"), "production"),
        Required("kde_new_document", "1.1350(a)(2)(vi)", _cells("fsma_outputs", "order_id"), "production"),
        Required("other_events", "1.1325-1.1335", None, "supplier"),
    ),
    ("fsma_shipping", "fsma_receiving", "fsma_inputs", "fsma_outputs"),
)
_EU_931 = Form(
    "eu_931",
    "(EU) 931/2011",
    (
        Required("food_description", "Art 3(1)(a)", _cells("eu_931_consignments", "product_description"), "regulatory"),
        Required("food_quantity", "Art 3(1)(b)", _cells("eu_931_consignments", "quantity"), "logistics"),
        Required("dispatched_from", "Art 3(1)(c)", _cells("eu_931_consignments", "dispatched_from"), "management"),
        Required("consignor_owner", "Art 3(1)(d)", None, "sales"),
        Required("dispatched_to", "Art 3(1)(e)", _cells("eu_931_consignments", "dispatched_to"), "sales"),
        Required(
            "dispatched_to_address", "Art 3(1)(e)", _cells("eu_931_consignments", "dispatched_to_address"), "sales"
        ),
        Required("consignee_owner", "Art 3(1)(f)", _cells("eu_931_consignments", "consignee_owner"), "sales"),
        Required("lot_reference", "Art 3(1)(g)", _cells("eu_931_consignments", "lot_reference"), "production"),
        Required("dispatch_date", "Art 3(1)(h)", _cells("eu_931_consignments", "shipped_at"), "logistics"),
    ),
    ("eu_931_consignments",),
)
_BRCGS = Form(
    "brcgs_trace",
    "BRCGS Food Safety 9, 3.9 / 3.11",
    (
        Required("tested_lots", "3.9", Rows("starts"), "quality"),
        Required("suppliers_named", "3.9", _cells("starts", "supplier_id"), "supplier"),
        Required("traced_to_finished", "3.9", Rows("products"), "production"),
        Required("traced_to_customers", "3.9", Rows("consignees"), "logistics"),
        Required("traced_back", "3.9", Part("backward"), "production"),
        Required("primary_packaging", "3.9", None, "production"),
        Required("rework_included", "3.9", _cells("steps", "operation"), "production"),
        Required("quantity_check", "3.9", Part("balance"), "production"),
        Required("variance_explained", "3.9", Part("balance"), "quality"),
        Required("documents_linked", "3.9", _cells("steps", "document_id"), "quality"),
        Required("documents_of_shipping", "3.9", _cells("shipments", "document"), "logistics"),
        Required("started_and_ended", "3.9", None, "tester"),
        Required("recall_test_result", "3.11", None, "coordinator"),
        Required("key_contacts", "3.11", None, "management"),
    ),
)
FORMS = (_FDA_RECALL, _FDA_806, _FDA_821, _EU_FSN, _NMPA_PLAN, _NMPA_PROGRESS, _FSMA, _EU_931, _BRCGS)
"""Every form, in the order of the report."""
