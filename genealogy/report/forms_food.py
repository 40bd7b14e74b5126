"""The forms for food: FSMA 204, consignments of food of animal origin in the EU, and the traceability test of BRCGS."""

from __future__ import annotations

from genealogy.report.required import Form, Part, Required, Rows, cells

FSMA = Form(
    "fsma_204",
    "21 CFR 1.1340, 1.1345, 1.1350, 1.1455(c)(3)(ii)",
    (
        Required("kde_lot_code", "1.1340(a)(1)", cells("fsma_shipping", "traceability_lot_code"), "production"),
        Required("kde_quantity", "1.1340(a)(2)", cells("fsma_shipping", "quantity"), "logistics"),
        Required("kde_description", "1.1340(a)(3)", cells("fsma_shipping", "product_description"), "regulatory"),
        Required("kde_recipient", "1.1340(a)(4)", cells("fsma_shipping", "ship_to_location"), "sales"),
        Required("kde_ship_from", "1.1340(a)(5)", cells("fsma_shipping", "ship_from_location"), "logistics"),
        Required("kde_ship_date", "1.1340(a)(6)", cells("fsma_shipping", "shipped_at"), "logistics"),
        Required("kde_lot_source", "1.1340(a)(7)", cells("fsma_shipping", "lot_code_source"), "production"),
        Required("kde_document", "1.1340(a)(8)", cells("fsma_shipping", "document"), "logistics"),
        Required("kde_document_type", "1.1340(a)(8)", None, "logistics"),
        Required("kde_received_lot_code", "1.1345(a)(1)", cells("fsma_receiving", "traceability_lot_code"), "supplier"),
        Required("kde_received_quantity", "1.1345(a)(2)", cells("fsma_receiving", "quantity"), "logistics"),
        Required(
            "kde_received_description", "1.1345(a)(3)", cells("fsma_receiving", "product_description"), "regulatory"
        ),
        Required("kde_previous_source", "1.1345(a)(4)", cells("fsma_receiving", "received_from_location"), "supplier"),
        Required("kde_received_at_place", "1.1345(a)(5)", cells("fsma_receiving", "received_location"), "logistics"),
        Required("kde_received_date", "1.1345(a)(6)", cells("fsma_receiving", "received_at"), "logistics"),
        Required("kde_received_lot_source", "1.1345(a)(7)", cells("fsma_receiving", "lot_code_source"), "supplier"),
        Required("kde_received_document", "1.1345(a)(8)", None, "logistics"),
        Required("kde_received_document_type", "1.1345(a)(8)", None, "logistics"),
        Required("kde_input_lot_code", "1.1350(a)(1)(i)", cells("fsma_inputs", "traceability_lot_code"), "production"),
        Required(
            "kde_input_description", "1.1350(a)(1)(ii)", cells("fsma_inputs", "product_description"), "regulatory"
        ),
        Required("kde_input_quantity", "1.1350(a)(1)(iii)", cells("fsma_inputs", "quantity"), "production"),
        Required("kde_new_lot_code", "1.1350(a)(2)(i)", cells("fsma_outputs", "traceability_lot_code"), "production"),
        Required(
            "kde_transformed_at_place", "1.1350(a)(2)(ii)", cells("fsma_outputs", "transformed_location"), "production"
        ),
        Required("kde_transformed_date", "1.1350(a)(2)(iii)", cells("fsma_outputs", "at"), "production"),
        Required("kde_new_description", "1.1350(a)(2)(iv)", cells("fsma_outputs", "product_description"), "regulatory"),
        Required("kde_new_quantity", "1.1350(a)(2)(v)", cells("fsma_outputs", "quantity"), "production"),
        Required("kde_new_document", "1.1350(a)(2)(vi)", cells("fsma_outputs", "order_id"), "production"),
        Required("kde_new_document_type", "1.1350(a)(2)(vi)", None, "production"),
        Required("other_events", "1.1325-1.1335", None, "supplier"),
        Required("sortable_spreadsheet", "1.1455(c)(3)(ii)", Rows("fsma_shipping"), "coordinator", read=False),
    ),
    ("text_cfr_1", "unread_cfr_1"),
    ("fsma_shipping", "fsma_receiving", "fsma_inputs", "fsma_outputs"),
)
EU_931 = Form(
    "eu_931",
    "(EU) 931/2011",
    (
        Required("food_description", "Art 3(1)(a)", cells("eu_931_consignments", "product_description"), "regulatory"),
        Required("food_quantity", "Art 3(1)(b)", cells("eu_931_consignments", "quantity"), "logistics"),
        Required("dispatched_from", "Art 3(1)(c)", cells("eu_931_consignments", "dispatched_from"), "management"),
        Required("consignor_owner", "Art 3(1)(d)", None, "sales"),
        Required("dispatched_to", "Art 3(1)(e)", cells("eu_931_consignments", "dispatched_to"), "sales"),
        Required(
            "dispatched_to_address", "Art 3(1)(e)", cells("eu_931_consignments", "dispatched_to_address"), "sales"
        ),
        Required("consignee_owner", "Art 3(1)(f)", cells("eu_931_consignments", "consignee_owner"), "sales"),
        Required("lot_reference", "Art 3(1)(g)", cells("eu_931_consignments", "lot_reference"), "production"),
        Required("dispatch_date", "Art 3(1)(h)", cells("eu_931_consignments", "shipped_at"), "logistics"),
    ),
    ("text_eu_931",),
    ("eu_931_consignments",),
)
BRCGS = Form(
    "brcgs_trace",
    "BRCGS Food Safety 9, 3.9 / 3.11",
    (
        Required("tested_lots", "3.9", Rows("starts"), "quality"),
        Required("suppliers_named", "3.9", cells("starts", "supplier_id"), "supplier"),
        Required("traced_to_finished", "3.9", Rows("products"), "production"),
        Required("traced_to_customers", "3.9", Rows("consignees"), "logistics"),
        Required("traced_back", "3.9", Part("backward"), "production"),
        Required("primary_packaging", "3.9", None, "production"),
        Required("trace_procedure", "3.9.1", None, "quality"),
        Required("identified_throughout", "3.9.2", None, "production", read=False),
        Required("documents_linked", "3.9.3", cells("steps", "document_id"), "quality", read=False),
        Required("documents_of_shipping", "3.9.3", cells("shipments", "document"), "logistics", read=False),
        Required("quantity_check", "3.9.3", Part("balance"), "production", read=False),
        Required("variance_explained", "3.9.3", Part("balance"), "quality", read=False),
        Required("started_and_ended", "3.9.3", None, "tester", read=False),
        Required("rework_included", "3.9.4", cells("steps", "operation"), "production", read=False),
        Required("key_contacts", "3.11.2", None, "management", read=False),
        Required("recall_test_result", "3.11.3", None, "coordinator", read=False),
    ),
    ("text_brcgs", "unread_brcgs"),
)
