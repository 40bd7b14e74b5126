"""Why an item is in a scope or out of it, what stands beside the scope, and who is responsible, as plain text."""

from __future__ import annotations

from typing import Any

from viz.table import foot_text, rows_text
from viz.words.units import amount

_FACTS = 6
"""Sources named for one reason on the screen; what is left out is said, and never left out of JSON."""


def why_text(answer: dict[str, Any]) -> str:
    """Sentences, then the chain move by move, or the reasons, each with where it was read."""
    parts = [*answer["summary"], *_unsure(answer)]
    if start := answer.get("start"):
        parts += ["", f"STARTS FROM {shown(start['sort'])} {shown(start['id'])}, by {shown(start['words'])}"]
        parts += [f"   {_fact(fact)}" for fact in start["facts"]]
    for move in answer["path"]:
        parts += [
            "",
            f"{move['depth']}. {shown(move['from'])} -> {shown(move['to'])}   tier {move['tier']}: {move['how']}",
        ]
        if move["step"]:
            parts.append("   " + _step(move["step"]))
        parts += [f"   {_fact(fact)}" for fact in move["facts"]]
    for near in answer["near"]:
        beside = near["beside"]["item"] or f"step {near['beside']['step']}"
        parts += ["", f"NEAR: {near['words']} (beside {shown(beside)})"]
    if answer["reasons"]:
        parts += ["", "WHY OUT"]
    for reason in answer["reasons"]:
        parts += _reason(reason, "  ")
    if answer.get("suspected"):
        parts += ["", "IN QUARANTINE, AND WOULD BRING IT IN"]
        parts.append(rows_text(answer["suspected"], ("file", "row", "table", "rule", "step_id", "item_id")))
    if answer["would_connect"]:
        parts += ["", "WHAT WOULD CONNECT IT"]
        parts += [f"  {record['table']}: {shown(record['words'])}" for record in answer["would_connect"]]
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def near_misses_text(answer: dict[str, Any]) -> str:
    """Sentences, then each kind with its items and the strongest reason why each is out."""
    parts = [*answer["summary"], *_unsure(answer)]
    for kind in answer["kinds"]:
        if not kind["count"]:
            continue
        more = f", {kind['listed']:,} listed" if kind["listed"] < kind["count"] else ""
        parts += ["", f"{kind['kind'].replace('_', ' ').upper()}: {kind['words']} ({kind['count']:,}{more})"]
        rows = [
            {
                "id": item["id"],
                "kind": item["kind"],
                "beside": item["beside"]["item"] or item["beside"]["step"],
                "why it is out": item["reasons"][0]["words"],
                "where": where(item["reasons"][0]["facts"]),
            }
            for item in kind["items"]
        ]
        parts.append(rows_text(rows, ("id", "kind", "beside", "why it is out", "where")))
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def responsible_text(answer: dict[str, Any]) -> str:
    """Sentences, what is not in order, then each step: who, when, where, with what, under which conditions."""
    parts = [*answer["summary"], *_unsure(answer)]
    if answer["flags"]:
        rows = [
            {"step": flag["step_id"], "what": flag["kind"].replace("_", " "), "words": flag["words"]}
            for flag in answer["flags"]
        ]
        parts += ["", "NOT IN ORDER", rows_text(rows, ("step", "what", "words"))]
    for step in answer["steps"]:
        parts += ["", f"STEP {shown(step['step_id'])}: {_step(step)}"]
        parts += _of_step(step)
    if answer["supplied"]:
        rows = [{"material": lot["material"] or lot["material_id"], **lot} for lot in answer["supplied"]]
        parts += ["", "MADE BY NO STEP"]
        parts.append(rows_text(rows, ("distance", "id", "material", "supplier", "supplier_lot", "received_at")))
    return "\n".join([*parts, foot_text(answer)]) + "\n"


def where(facts: list[dict[str, Any]]) -> str:
    """Files and rows of some facts."""
    named = [f"{fact['file'] or fact['table']} row {fact['row']}" for fact in facts[:_FACTS]]
    more = [f"{len(facts) - _FACTS} more"] if len(facts) > _FACTS else []
    return "; ".join([*named, *more])


def shown(text: object) -> str:
    """A text on the screen: characters that would move the cursor or turn the line are shown by their number."""
    return "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in str(text))


def _unsure(answer: dict[str, Any]) -> list[str]:
    return [] if answer["complete"] else ["THIS ANSWER IS INCOMPLETE: " + shown("; ".join(answer["differences"]))]


def _step(step: dict[str, Any]) -> str:
    words = [str(step["operation"] or "operation not recorded")]
    if "tier" in step:
        words.append(f"{step['distance']} away, tier {step['tier']}")
    else:
        words.append(f"step {step['step_id']}")
    if step["started_at"] or step["ended_at"]:
        words.append(f"{step['started_at'] or '?'} to {step['ended_at'] or '?'}")
    for name in ("site", "line", "order_id"):
        if step[name]:
            words.append(f"{name.removesuffix('_id')} {step[name]}")
    return shown(", ".join(words))


def _fact(fact: dict[str, Any]) -> str:
    cells = ", ".join(f"{name} {cell}" for name, cell in fact["cells"].items())
    return shown(f"{fact['table']} ({fact['file']} row {fact['row']}, entry {fact['entry']}): {cells}")


def _reason(reason: dict[str, Any], indent: str) -> list[str]:
    mark = "fact that cuts" if reason["proves"] else "no record"
    lines = [f"{indent}{mark}: {shown(reason['words'])}"]
    if reason["facts"]:
        lines.append(f"{indent}  {shown(where(reason['facts']))}")
    return lines


def _of_step(step: dict[str, Any]) -> list[str]:
    lines = [f"  person: {shown(step['operator'] or 'not recorded')}"]
    for used in step["materials"]:
        lot = used["lot"]
        words = [f"{used['item_id']} ({lot['material'] or lot['material_id'] or 'not described'})"]
        words += [amount(used["quantity"], used["unit"])] if used["quantity"] else []
        if lot["supplier_id"]:
            words.append(
                f"from {lot['supplier'] or lot['supplier_id']}, their lot {lot['supplier_lot'] or 'not recorded'}"
            )
        words += [f"status {used['status_when_used']['status']}"] if used["status_when_used"] else []
        lines.append(f"  material: {shown(', '.join(words))}   [{shown(where(used['facts'][:1]))}]")
    for use in step["equipment"]:
        until = f", calibrated until {use['calibrated_until']}" if use["calibrated_until"] else ""
        name = f"{use['equipment_id']} {use['name'] or ''}".strip()
        lines.append(
            f"  equipment: {shown(name)}, calibration {use['calibration']}{until}   [{shown(where(use['facts'][:1]))}]"
        )
    for reading in step["parameters"]:
        limits = (
            f" (limits {reading['low'] or 'none'} to {reading['high'] or 'none'})"
            if reading["outside"] is not None
            else ""
        )
        mark = "  OUTSIDE" if reading["outside"] else ""
        value = f"{reading['parameter']} {amount(reading['value'], reading['unit'])}"
        lines.append(
            f"  parameter: {shown(value)}{limits} at {reading['at']}{mark}   [{shown(where(reading['facts']))}]"
        )
    if document := step["document"]:
        force = ", ".join(map(str, document["in_force"])) or "not recorded"
        mark = "  NOT IN FORCE" if document["matches"] is False else ""
        version = document["version"] or "not recorded"
        lines.append(
            f"  document: {shown(document['document_id'])} version {shown(version)}, in force {shown(force)}{mark}"
        )
    if step["missing"]:
        lines.append(f"  not recorded: {', '.join(name.replace('_', ' ') for name in step['missing'])}")
    return lines
