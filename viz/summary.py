"""The three plain lines of a scope in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.answer import AT_WORK
from genealogy.country import country_of
from viz.words.lines import chinese
from viz.words.tables import COLUMNS
from viz.words.units import amount, lines
from viz.words.values import VALUES

if TYPE_CHECKING:
    from viz.words import Words


def summary(answer: dict[str, Any], words: Words) -> list[str]:
    """What is affected, who has it, what is unsure."""
    if words.language == "en":
        return lines(answer)
    return [_affected(answer), _customers(answer), _unsure(answer)]


def plain(answer: dict[str, Any], language: str) -> list[str]:
    """The plain sentences of any other answer, with units in words; in Chinese those that it has words for."""
    told = lines(answer, language)
    return [chinese(line) for line in told] if language == "zh" else told


def _affected(answer: dict[str, Any]) -> str:
    named = _named(answer)
    units, lots, loose = (answer[n] for n in ("finished_units", "finished_lots", "finished_lots_without_serials"))
    rest = answer["partly_serialised_lots"]
    reached = [count for tier, count in answer["by_tier"].items() if tier != "start"]
    others = sum(each["items"] - each["finished_units"] - each["finished_lots"] for each in reached)
    amounts = "、".join(
        amount(q["quantity"], q["unit"], "zh") if q["unit"] else f"{q['quantity']} （单位不明）"
        for q in answer["finished_quantity"]
    )
    parts = [f"{units:,} 件成品"] if units else []
    if rest:
        parts.append(f"{rest:,} 个部分序列化批次的其余部分" + (f"（{amounts}）" if not loose else ""))
    if loose:
        parts.append(f"{loose:,} 个无序列号的成品批次" + (f"（{amounts}）" if amounts else "（数量未记录）"))
    if not parts:
        does = "受影响" if "started_from" in answer else "包含"
        held = f"；另有 {others:,} 个项目{does}" if others else ""
        if "started_from" in answer:
            return f"目前没有已知的成品单件或批次受 {named} 影响{held}。"
        return f"目前没有已知的成品单件或批次包含 {named}{held}。"
    of_lots = f"，涉及 {lots:,} 个成品批次" if units and lots else ""
    between = f"，中间另有 {others:,} 个项目" if others else ""
    return f"受 {named} 影响：{'，以及'.join(parts)}{of_lots}{between}。"


def _named(answer: dict[str, Any]) -> str:
    """What the scope set out from: items, then starts of other kinds with what each of them found."""
    rows = answer.get("started_from", [])
    selected = {item for row in rows for item in row["items"]}
    items = [start for start in answer["starts"] if start not in selected]
    parts = [items[0] if len(items) == 1 else f"{items[0]} 等 {len(items):,} 项"] if items else []
    for row in rows:
        found = [f"{len(row['steps']):,} 个工序"] if row["steps"] else []
        found += [f"{len(row['items']):,} 个项目"] if row["items"] else []
        kind, said = _said(row["asked"])
        parts.append(f"{kind}（{said}；{'、'.join(found) or '无对应的工序或项目记录'}）")
    return "以及".join(parts)


def start_words(row: dict[str, Any], words: Words) -> str:
    """A start that is no item in words: ``asked`` and ``words`` of a row of ``started_from``."""
    if words.language == "en":
        limits = row["asked"].get("limits") or {}
        given = [f"{way} {limits[name]}" for name, way in (("low", "below"), ("high", "above")) if limits.get(name)]
        said = " or ".join(given) + (f" {limits['unit']}" if limits.get("unit") else "")
        return str(row["words"]).replace("outside the limits given", said).replace("[Z]", " (UTC)")
    kind, said = _said(row["asked"])
    return f"{kind}（{said}）".replace("[Z]", " UTC") if said else kind


def _said(asked: dict[str, Any]) -> tuple[str, str]:
    """Of what kind a start is, and its restrictions."""
    flat = {**asked, **(asked.get("limits") or {})}
    said = "、".join(
        f"{COLUMNS[_LABELS.get(name, name)][1]} {value}"
        for name, value in flat.items()
        if name not in ("kind", "limits") and value is not None
    )
    return VALUES["start_reading_given" if "limits" in asked else f"start_{asked['kind']}"][1], said


_LABELS = {
    "step": "step_id", "place": "place_id", "document": "document_id", "version": "document_version",
    "supplier": "supplier_id", "material": "material_id", "from": "from_time", "to": "to_time",
}  # fmt: skip


def _customers(answer: dict[str, Any]) -> str:
    rows = answer["consignees"]

    def ids(certainty: str, *, customers: bool) -> set[str]:
        return {r["party_id"] for r in rows if r["certainty"] == certainty and _customer(r["role"]) == customers}

    proven = ids("proven", customers=True)
    possible = ids("possible", customers=True) - proven
    others = ids("proven", customers=False) | ids("possible", customers=False)
    if not proven and not possible:
        line = "没有客户收到的记录"
    else:
        countries = sorted({country_of(r["country"]) or "" for r in rows if r["country"] and _customer(r["role"])})
        line = f"{len(proven):,} 个客户收到了其中一部分" if proven else "没有客户被证实收到"
        line += f"，另有 {len(possible):,} 个客户可能收到" if possible else ""
        line += f"（{'、'.join(countries)}）" if countries else ""
    return line + (f"；此外有 {len(others):,} 个非客户单位收到" if others else "") + "。"


def _customer(role: str | None) -> bool:
    return role is None or "customer" in role.split("|")


_START_DOUBTS = {
    "unsure": "start_unsure", "steps_without_products": "start_without_product",
    "suspected_products": "start_suspected_product", "names_nothing": "start_names_nothing",
    "spelled_alike": "start_spelled_alike",
}  # fmt: skip


def _unsure(answer: dict[str, Any]) -> str:
    parts = []
    for kind, gap in answer["gaps"].items():
        if gap["count"]:
            words = f"{VALUES[f'gap_{kind}'][1]} {gap['count']:,}"
            more, lots = gap["more_units"], gap.get("more_lots", 0)
            if more or lots:
                units = [f"{more:,} 件成品"] if more else []
                units += [f"{lots:,} 个成品批次"] if lots else []
                words += f"（最多再增加 {'和 '.join(units)}）"
            elif more is None:
                words += "（可能增加的数量未知）"
            parts.append(words)
    for row in answer.get("started_from", []):
        for name, words in _START_DOUBTS.items():
            if row.get(name):
                parts.append(f"{VALUES[words][1]} {len(row[name]):,}")
    if answer["items_without_stage"]:
        parts.append(f"物料未描述的项目 {answer['items_without_stage']:,}，是否成品不明")
    if answer["complete"]:
        told = "两条独立路径对所有已接受记录的结果一致"
        return f"不确定之处：{'，'.join(parts)}；{told}。" if parts else f"没有记录缺口涉及本答案，{told}。"
    if answer["second_road"] == AT_WORK:
        told = "尚未比对：目前只由一条路径计数，第二条路径一致之前不完整"
    else:
        told = "本答案不完整，只能视为下限：" + "；".join(answer["differences"])
    return f"不确定之处：{'，'.join(parts)}；{told}。" if parts else f"{told}。"
