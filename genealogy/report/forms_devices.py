"""The forms for medical devices of the European Union and of China."""

from __future__ import annotations

from genealogy.report.required import Form, Known, Required, Rows, cells

EU_FSN = Form(
    "eu_fsn",
    "(EU) 2017/745",
    (
        Required("device_names", "Art 89(8)", cells("products", "material_name"), "regulatory"),
        Required("udi_di", "Art 89(8)", cells("products", "udi_di"), "regulatory"),
        Required("udi_pi_lots", "Art 89(8)", cells("finished_lots", "lot_number"), "production"),
        Required("udi_pi_serials", "Art 89(8)", cells("finished_units", "serial"), "production"),
        Required("udi_pi_expiry", "Art 89(8)", cells("finished_lots", "expires_on"), "quality"),
        Required("srn", "Art 89(8)", None, "regulatory"),
        Required("manufacturer", "Art 89(8)", Known("own_name"), "management"),
        Required("fsca_reason", "Art 89(8)", Known("reason"), "quality"),
        Required("risk_stated", "Art 89(8)", None, "medical"),
        Required("user_actions", "Art 89(8)", None, "coordinator"),
        Required("official_language", "Art 89(8)", None, "regulatory"),
        Required("draft_submitted", "Art 89(8)", None, "regulatory"),
        Required("countries", "Art 89(8)", cells("consignees", "country"), "sales"),
        Required("eudamed_entry", "Art 89(8)", None, "regulatory"),
        Required("fsca_report", "Art 87(1)(b), 87(8)", None, "regulatory"),
        Required("incident_report", "Art 87(3)-(5)", None, "medical"),
        Required("investigation", "Art 89(1)", None, "quality"),
        Required("supplied_to", "Art 25(2)(a)", cells("consignees", "party_name"), "sales"),
        Required("supplied_by", "Art 25(2)(b)", cells("starts", "supplier_id"), "supplier"),
        Required("health_institutions", "Art 25(2)(c)", None, "sales"),
        Required("kept_available", "Art 25(2), 10(8)", None, "quality"),
    ),
    ("text_mdr",),
)
_ORDER_29 = "nmpa_29"
NMPA_PLAN = Form(
    "nmpa_plan",
    _ORDER_29,
    (
        Required("device_names", "nmpa_15_1", cells("products", "material_name"), "regulatory", read=False),
        Required("model", "nmpa_15_1", cells("products", "material_id"), "regulatory", read=False),
        Required("lot_numbers", "nmpa_15_1", cells("finished_lots", "lot_number"), "production", read=False),
        Required("fsca_reason", "nmpa_15_2", Known("reason"), "quality", read=False),
        Required("notice_instructions", "nmpa_15_3", None, "coordinator", read=False),
        Required("disposal_in_notice", "nmpa_15_4", None, "coordinator", read=False),
        Required("notified_in_time", "nmpa_15", None, "coordinator", read=False),
        Required("event_report", "nmpa_16_1", None, "regulatory"),
        Required("serial_numbers", "nmpa_16_1", cells("finished_units", "serial"), "production"),
        Required("udi_di", "nmpa_16_1", cells("products", "udi_di"), "regulatory"),
        Required("registration_number", "nmpa_16_1", None, "regulatory", read=False),
        Required("submitted_in_time", "nmpa_16_1", None, "regulatory", read=False),
        Required("risk_evaluation", "nmpa_17_report", None, "medical", read=False),
        Required("recall_class", "nmpa_17_report", None, "medical", read=False),
        Required("amount_produced", "nmpa_17_plan_1", Known("amount_produced"), "production", read=False),
        Required("amount_sold", "nmpa_17_plan_1", Known("amount_distributed"), "logistics", read=False),
        Required("amount_to_recall", "nmpa_17_plan_1", Known("amount_distributed"), "logistics", read=False),
        Required("recall_measures", "nmpa_17_plan_2", None, "coordinator", read=False),
        Required("recall_organisation", "nmpa_17_plan_2", None, "coordinator", read=False),
        Required("recall_scope", "nmpa_17_plan_2", cells("consignees", "party_name"), "sales", read=False),
        Required("time_limit", "nmpa_17_plan_2", None, "coordinator", read=False),
        Required("announcement_channels", "nmpa_17_plan_3", None, "coordinator", read=False),
        Required("expected_effect", "nmpa_17_plan_4", None, "coordinator", read=False),
        Required("disposal", "nmpa_17_plan_5", None, "quality", read=False),
    ),
    ("text_nmpa_29", "text_nmpa_82", "unread_nmpa_29"),
)
NMPA_PROGRESS = Form(
    "nmpa_progress",
    _ORDER_29,
    (
        Required("should_notify", "nmpa_20", Rows("consignees"), "sales", read=False),
        Required("notified", "nmpa_20", None, "coordinator", read=False),
        Required("notified_when", "nmpa_20", None, "coordinator", read=False),
        Required("notified_how", "nmpa_20", None, "coordinator", read=False),
        Required("should_recall", "nmpa_20", Known("amount_distributed"), "logistics", read=False),
        Required("recalled", "nmpa_20", Known("amount_returned"), "logistics", read=False),
        Required("effectiveness_checks", "nmpa_20", None, "coordinator", read=False),
        Required("disposal", "nmpa_21", None, "quality", read=False),
        Required("time_left", "nmpa_20", None, "coordinator", read=False),
        Required("final_evaluation", "nmpa_22", None, "coordinator", read=False),
    ),
    ("text_nmpa_82", "unread_nmpa_29", "text_nmpa_form"),
)
