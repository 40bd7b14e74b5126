"""Each form holds every field that its rule names, filled from the records or named as missing with who could supply it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reported import report

from genealogy.report.content import FilledForm, Table
from genealogy.report.forms import FORMS
from genealogy.report.forms_fill import fill, missing
from genealogy.report.required import Cells, Form, Part, Rows

FILLED = {form.name: form for form in report().forms}
NEEDED = {
    "fda_recall": {
        "product_identity", "device_identifier", "lot_numbers", "serial_numbers", "expiry_dates", "lot_code_explained",
        "amount_produced", "production_dates", "amount_distributed", "amount_held", "left_in_market", "account_types",
        "ship_to_list", "ship_dates", "bill_to_list", "depth", "strategy", "scope_may_expand", "why_only_these", "notified",
        "responded", "not_responded", "returned", "effectiveness_checks", "completion",
    },
    "fda_806": {
        "report_number", "device_identifier", "event", "injuries", "total_number", "number_in_same_lot", "manufacture_dates",
        "expiry_dates", "consignee_names", "consignee_addresses", "dates_distributed", "number_distributed", "communications",
        "not_yet_available",
    },
    "fda_821": {
        "holder_names", "holder_addresses", "holder_phones", "device_location", "device_identifier", "lot_or_serial",
        "ship_dates", "patient", "prescribing_physician", "explant_or_disposal", "tracking_audit",
    },
    "eu_fsn": {"udi_di", "srn", "fsca_reason", "risk_stated", "user_actions", "official_language", "supplied_to",
               "supplied_by", "health_institutions"},
    "nmpa_plan": {"amount_produced", "amount_sold", "amount_to_recall", "recall_measures", "recall_scope", "time_limit",
                  "announcement_channels", "expected_effect", "disposal"},
    "nmpa_progress": {"should_notify", "notified", "notified_when", "notified_how", "should_recall", "recalled",
                      "effectiveness_checks", "disposal", "time_left"},
    "fsma_204": {"kde_lot_code", "kde_lot_source", "kde_description", "kde_quantity", "kde_recipient", "kde_ship_from",
                 "kde_ship_date", "kde_document", "kde_document_type", "kde_received_date", "kde_input_lot_code",
                 "kde_new_lot_code", "kde_transformed_at_place", "other_events"},
    "eu_931": {"food_description", "food_quantity", "dispatched_from", "consignor_owner", "dispatched_to",
               "consignee_owner", "lot_reference", "dispatch_date"},
    "brcgs_trace": {"traced_to_finished", "traced_back", "primary_packaging", "rework_included", "quantity_check",
                    "variance_explained", "documents_linked", "started_and_ended", "recall_test_result",
                    "identified_throughout"},
}  # fmt: skip
"""What section 5 of the field's rules asks of each."""


def field(form: str, name: str) -> tuple[str, int, int]:
    found = next(each for each in FILLED[form].fields if each.name == name)
    return found.status, found.lacking, found.of


def test_every_form_has_every_field_that_its_rule_asks_for() -> None:
    assert {form.name for form in FORMS} == NEEDED.keys()
    for form in FORMS:
        assert NEEDED[form.name] <= {each.name for each in form.fields}
        assert len({each.name for each in form.fields}) == len(form.fields)


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_every_source_is_there(form: Form) -> None:
    tables = {table.name: table for table in report().tables()}
    sections = {section.name for section in report().sections}
    for each in form.fields:
        if isinstance(each.source, Rows | Cells):
            assert each.source.table in tables, each
        if isinstance(each.source, Cells):
            assert set(each.source.columns) <= {column.name for column in tables[each.source.table].columns}, each
        if isinstance(each.source, Part):
            assert each.source.section in sections, each
        assert each.who
        assert each.clause


@pytest.mark.parametrize("form", report().forms, ids=[form.name for form in report().forms])
def test_every_field_is_filled_or_named_as_missing(form: FilledForm) -> None:
    assert form.count("recorded") + form.count("partly") + form.count("missing") == len(form.fields)
    for each in form.fields:
        if each.status == "recorded":
            assert each.value is not None or each.table is not None
            assert each.lacking == 0
        else:
            assert each.lacking > 0
            assert each.who
    assert set(missing(form)) == {each.name for each in form.fields if each.status != "recorded"}


def test_what_is_recorded_and_what_is_not_is_told_apart_row_by_row() -> None:
    # One of three consignees has no address, two no telephone, none an e-mail address; see the plant in reported.py.
    assert field("fda_806", "consignee_addresses") == ("partly", 1, 3)
    assert field("fda_806", "consignee_phones") == ("partly", 1, 3)
    assert field("fda_recall", "expiry_dates") == ("partly", 1, 2)
    assert field("eu_fsn", "udi_di") == ("missing", 1, 1)
    assert field("fda_recall", "device_identifier") == ("recorded", 0, 1)
    assert field("fda_821", "patient") == ("missing", 1, 1)
    assert field("eu_931", "dispatched_from")[0] == "recorded"
    assert field("fsma_204", "kde_document") == ("partly", 1, 3) or field("fsma_204", "kde_document")[0] == "partly"
    reason = next(each for each in FILLED["fda_recall"].fields if each.name == "reason_and_discovery")
    assert reason.value == "=1+1 residual"
    lacking = next(each for each in FILLED["fda_806"].fields if each.name == "consignee_addresses")
    assert lacking.examples == ("CUS-2",)
    listed = next(each for each in FILLED["fda_806"].fields if each.name == "not_yet_available")
    assert listed.value == str(len(missing(FILLED["fda_806"])))


def test_a_table_without_rows_lacks_nothing() -> None:
    form = next(form for form in FORMS if form.name == "fda_806")
    wanted = next(each for each in form.fields if each.name == "consignee_addresses")
    tables = {table.name: table for table in report().tables()}
    none = {**tables, "consignees": Table("consignees", tables["consignees"].columns, [])}
    assert fill(wanted, none, {}, {}).status == "recorded"
    without = replace(tables["consignees"], rows=[tuple(None for _ in row) for row in tables["consignees"].rows])
    assert fill(wanted, {**tables, "consignees": without}, {}, {}).status == "missing"
