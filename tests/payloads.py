"""Texts that would be scripts if a page, a picture or a file took them for anything but texts: sixty of them."""

from __future__ import annotations

_ACTS = ("window.hit=1", "parent.hit=1", "top.hit=1")
_FORMS = (
    "<script>{act}</script>",
    "</script><script>{act}</script>",
    '"><script>{act}</script>',
    "'><img src=x onerror={act}>",
    '"><svg onload={act}>',
    "<svg><script>{act}</script></svg>",
    "</title><script>{act}</script>",
    "<iframe srcdoc='<script>{act}</script>'>",
    "</textarea><script>{act}</script>",
    "]]><script>{act}</script>",
    "--><script>{act}</script>",
    '<a href="javascript:{act}">x</a>',
    "javascript:{act}",
    '" onmouseover={act} x="',
    "' autofocus onfocus={act} x='",
    "</style><script>{act}</script>",
    "<math><mtext></mtext><script>{act}</script></math>",
    "<details open ontoggle={act}>",
    "{{{{constructor.constructor('{act}')()}}}}",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{act}</x:script>",
)
PAYLOADS = tuple(form.format(act=act) for act in _ACTS for form in _FORMS)
assert len(set(PAYLOADS)) == 60


def poisoned_plant() -> dict[str, list[dict[str, str]]]:
    """A plant in which every name, number and id that reaches a picture is one of them; ``INJECT`` is behind everything."""
    at = "2026-05-01T10:00:00Z"
    each = list(enumerate(PAYLOADS))
    return {
        "materials": [{"material_id": p, "name": p, "stage": "finished", "base_unit": "kg"} for p in PAYLOADS],
        "lots": [
            {"item_id": "INJECT", "material_id": PAYLOADS[0], "lot_number": "INJECT", "supplier_id": PAYLOADS[1],
             "supplier_lot": PAYLOADS[2], "quantity": "600", "unit": "kg", "made_at": at},
            *({"item_id": f"L{n} {p}", "material_id": p, "lot_number": p, "supplier_id": "", "supplier_lot": "",
               "quantity": "9", "unit": "kg", "made_at": at} for n, p in each),
        ],
        "units": [{"item_id": f"U{n} {p}", "lot_id": f"L{n} {p}", "serial": p} for n, p in each],
        "parties": [{"party_id": p, "name": p, "role": "customer|supplier", "country": p} for p in PAYLOADS],
        "orders": [{"order_id": p, "material_id": p, "planned_quantity": "9", "unit": "kg"} for p in PAYLOADS],
        "steps": [{"step_id": p, "operation": p, "order_id": p, "operator": p, "started_at": at} for p in PAYLOADS],
        "consumption": [{"step_id": p, "item_id": "INJECT", "quantity": "1", "unit": "kg"} for p in PAYLOADS],
        "production": [{"step_id": p, "item_id": f"L{n} {p}", "quantity": "9", "unit": "kg"} for n, p in each],
        "equipment": [{"equipment_id": p, "name": p} for p in PAYLOADS],
        "equipment_use": [{"step_id": p, "equipment_id": p, "from": at} for p in PAYLOADS],
        "readings": [
            {"step_id": p, "equipment_id": p, "parameter": p, "value": "9", "unit": "kg", "low": "1", "high": "2", "at": at}
            for p in PAYLOADS
        ],
        "results": [{"item_id": f"L{n} {p}", "test": p, "value": p, "verdict": p, "at": at} for n, p in each],
        "shipments": [
            {"shipment_id": p, "item_id": f"L{n} {p}", "line_no": "", "consignee_id": p, "quantity": "1", "unit": "kg",
             "shipped_at": at}
            for n, p in each
        ],
    }  # fmt: skip
