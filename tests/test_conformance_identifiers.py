"""Identifiers are opaque: whatever text they are, they arrive, join, are found and come back as written (in NFC)."""

from __future__ import annotations

import random
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from agreement import EngineRoad, difference
from oracle import Load, Oracle

if TYPE_CHECKING:
    from conftest import Home

WRITTEN = [
    "0", "00", "007", "0000000000000042", "1", "1.0", "1.50", "1e5", "1E5", "100000", "-1", "+1", "1,5", "1.234.567", "0x1F",
    "١٢٣", "12345678901234567890123456789", "MAR-1", "1-2", "2026-05-01", "2026-05-01T00:00:00Z", "10:30", "1/2",
    "NULL", "null", "Null", "NaN", "nan", "None", "none", "N/A", "n/a", "NA", "#N/A", "\\N", "true", "True", "FALSE", "yes", "inf",
    "-inf", "undefined", "ab", "AB", "Ab", "aB", " ab", "ab ", " ab ", "a b", "a  b", "\u00a0ab", "ab\u2003",
    "'", "''", '"', '""', '"ab', 'a"b', "`ab`", "\\", "\\\\", "ab\\", "\\'", '\\"', "\\n", "\\u0041", "$start", "{id}", "%s",
    "%", "_", "*", "?", "[a]", "(a)", "<a>", "</script>", "<img src=x onerror=alert(1)>", "&amp;", "#", "#ab", "//", "/* ab", "*/",
    "-- ab", ";", "a;b", "a,b", ",", ",,", "a|b", "|", "~", "=1+1", "=cmd|'/C calc'!A0", "@SUM(A1)", "+ab", "-ab", "^", ":",
    "id:ab", "lot:ab",
    "serial:ab", "supplier-lot:a/b", "a/b", "../ab", "C:\\ab", ".", "..", "-", "--help", "--", "L", "T", "ab␟cd",
    "MATCH (n) DETACH DELETE n", "x') DETACH DELETE n //", "'}) RETURN 1; DROP TABLE Item;", "ab\" OR \"1\"=\"1", "RETURN", "Item",
    "é", "e\u0301x", "Å", "\u212b1", "ﬁ", "ß", "SS", "İ", "ı", "ǆ", "ñ", "日本語", "ロット", "한글", "שלום", "مرحبا", "שלום 7 ab",
    "🏭", "👩‍🔬", "🇩🇪", "𝒜", "Ａ", "\ufb01x", "a\u0308\u0323", "Ω", "\u2126x", "ก็", "नमस्ते", "x" * 2_000, "é" * 1_000, "🏭" * 500,
]  # fmt: skip


def identifiers() -> list[str]:
    """The list above, and as many texts at random from its letters as make 200; no two are the same in NFC."""
    rng = random.Random(7)
    letters = sorted(set("".join(text for text in WRITTEN if len(text) < 100)))
    found: dict[str, str] = {}
    while len(found) < 200:
        if len(found) < len(WRITTEN):
            text = WRITTEN[len(found)]
        else:
            text = "".join(rng.choice(letters) for _ in range(rng.randint(1, 12)))
        if unicodedata.normalize("NFC", text) not in found and text.strip():
            found[unicodedata.normalize("NFC", text)] = text
    return list(found.values())


def test_200_identifiers_are_kept_as_written_and_joined(home: Home) -> None:
    names = identifiers()
    assert len(names) == 200
    following = names[1:] + names[:1]
    load: Load = {
        # Every text is a lot, a step, a unit's lot, a container, a party and a shipment.
        "lots": [{"item_id": n, "material_id": n, "lot_number": n, "quantity": "1", "unit": "kg"} for n in names],
        "materials": [{"material_id": n, "name": n, "stage": "finished", "base_unit": "kg"} for n in names],
        "parties": [{"party_id": n, "name": n, "role": "customer"} for n in names],
        "units": [{"item_id": f"unit {n}", "lot_id": n, "serial": n} for n in names],
        "steps": [{"step_id": n, "operation": n, "grain": "unit"} for n in names],
        "consumption": [{"step_id": n, "item_id": f"unit {n}", "line_no": n} for n in names],
        "production": [
            {"step_id": n, "item_id": f"product {after}"} for n, after in zip(names, following, strict=True)
        ],
        "packing": [{"item_id": f"unit {n}", "container_id": f"box {n}"} for n in names],
        "shipments": [
            {"shipment_id": n, "item_id": f"box {n}", "consignee_id": n, "shipped_at": "2026-05-01T10:00:00Z"}
            for n in names
        ],
    }
    engine = home.open()
    report = home.load(engine, load)
    oracle = Oracle([load])
    for told in report["files"]:
        assert told["accepted"] == 200, told
    items = oracle.known().items
    assert len(items) == 600
    asked = [[item] for item in items[::25]]
    for road in (EngineRoad(engine.road), engine.snapshot):
        assert difference(road, oracle, [*asked, items[:200]], None, report["sequence"]) is None


def test_a_chain_of_200_identifiers_is_whole_from_end_to_end(home: Home) -> None:
    names = identifiers()
    load: Load = {
        "consumption": [{"step_id": f"{a}→", "item_id": a} for a in names[:-1]],
        "production": [{"step_id": f"{a}→", "item_id": b} for a, b in pairwise(names)],
    }
    engine = home.open()
    home.load(engine, load)
    plain = [unicodedata.normalize("NFC", name) for name in names]
    forward = engine.trace([plain[0]], "forward").answer
    assert [row["id"] for row in forward["items"]] == plain[1:]
    backward = engine.trace([plain[-1]], "backward").answer
    assert [row["id"] for row in backward["items"]] == plain[-2::-1]
    assert forward["complete"]
    assert backward["complete"]


def test_the_two_spellings_of_unicode_are_one_identifier(home: Home) -> None:
    composed, decomposed = "Käse-é", unicodedata.normalize("NFD", "Käse-é")
    engine = home.open()
    home.load(engine, {"consumption": [{"step_id": decomposed, "item_id": "Milk"}]})
    home.load(engine, {"production": [{"step_id": composed, "item_id": decomposed}]})
    home.load(engine, {"lots": [{"item_id": composed, "material_id": "M", "lot_number": "1"}]})
    (row,) = engine.trace(["Milk"], "forward").answer["items"]
    assert (row["id"], row["kind"]) == (composed, "lot")
