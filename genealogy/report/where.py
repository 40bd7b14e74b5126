"""Where everything affected is now, and whether the balance of each lot closes: two sections of a report."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from genealogy.canonical import digest
from genealogy.measures import decimal_text
from genealogy.report.content import Cell, Column, Section, Sentence, Table
from genealogy.where import NAMES

if TYPE_CHECKING:
    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.report.records import Affected

_AMOUNT = (Column("part", "word"), Column("material_id"), Column("unit"), Column("quantity", "quantity"))


def where_sections(engine: Engine, affected: Affected, as_of: int) -> list[Section]:
    """Both sections, from one answer."""
    found = engine.where(affected.ids, as_of)
    answer, told = found.answer, found.digest
    traces = engine.trace_balances(affected.seeds, as_of)
    tables = (_sums(affected, answer), _places(answer), _parties(affected, answer), _items(answer))
    lots = _balances(affected, answer)
    open_ = sum(row[-1] == "no" for row in lots.rows)
    said = [Sentence("balance_note", {"count": len(lots.rows), "open": open_})]
    if len(traces) > 1:
        said.append(Sentence("balance_units", {"units": ", ".join(str(each.answer["unit"] or "?") for each in traces)}))
    return [
        Section(
            "where", (Sentence("where_note"),), tables=tables, digest=told, differences=tuple(answer["differences"])
        ),
        Section(
            "balance",
            tuple(said),
            tables=(_traced(traces), lots),
            digest=traces[0].digest if len(traces) == 1 else digest([each.digest for each in traces]),
            differences=tuple(dict.fromkeys(text for each in traces for text in each.answer["differences"])),
        ),
    ]


def where_facts(sections: list[Section], affected: Affected) -> dict[str, str]:
    """Amounts of finished items in sum, by what became of them."""
    sums = next((t for s in sections for t in s.tables if t.name == "where_sums"), None)
    found: dict[str, dict[str, Fraction]] = {}
    for row in sums.rows if sums else []:
        cells = dict(zip([column.name for column in sums.columns], row, strict=True)) if sums else {}
        if affected.materials.get(str(cells["material_id"]), {}).get("stage") != "finished":
            continue
        for name, parts in _FACTS.items():
            amount = sum((Fraction(str(cells[part])) for part in parts if cells[part] is not None), Fraction(0))
            by_unit = found.setdefault(name, {})
            by_unit[str(cells["unit"] or "")] = by_unit.get(str(cells["unit"] or ""), Fraction(0)) + amount
    return {
        name: " + ".join(f"{decimal_text(amount)} {unit}".strip() for unit, amount in sorted(by_unit.items()))
        for name, by_unit in found.items()
    }


_FACTS = {
    "amount_distributed": ("shipped", "used"),
    "amount_held": ("on_hand_available", "on_hand_held", "in_process", "in_transit", "moved_since_count"),
    "amount_returned": ("returned",),
}


def _sums(affected: Affected, answer: dict[str, Any]) -> Table:
    headed = (
        Column("material_id"), Column("material_name"), Column("unit"), Column("items", "count"), Column("there_was", "quantity"),
        *(Column(name, "quantity") for name in NAMES), Column("unaccounted", "quantity"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            each["material_id"],
            affected.materials.get(each["material_id"] or "", {}).get("name"),
            each["unit"],
            each["items"],
            each["in"],
            *(each["parts"].get(name, "0") for name in NAMES),
            each["unaccounted"],
        )
        for each in answer["sums"]
    ]
    return Table("where_sums", headed, rows)


def _places(answer: dict[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (r["place_id"], r["party_id"], r["part"], r["material_id"], r["unit"], r["quantity"]) for r in answer["places"]
    ]
    return Table("where_places", (Column("place_id"), Column("party_id"), *_AMOUNT), rows)


def _parties(affected: Affected, answer: dict[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            r["party_id"], affected.party(r["party_id"]).get("name"), r["part"], r["material_id"], r["unit"], r["quantity"],
        )
        for r in answer["consignees"]
    ]  # fmt: skip
    return Table("where_parties", (Column("party_id"), Column("party_name"), *_AMOUNT), rows)


def _items(answer: dict[str, Any]) -> Table:
    """A row for each part of each item that is not nothing, and one for what is unaccounted for."""
    rows: list[tuple[Cell, ...]] = []
    for each in answer["items"]:
        parts = {**each["parts"], "unaccounted": each["unaccounted"]}
        told = [(name, amount) for name, amount in parts.items() if amount not in (None, "0")]
        rows += [(each["id"], name, each["unit"], amount) for name, amount in told]
        if not told:
            rows.append((each["id"], None, each["unit"], None))
    return Table("where_items", (Column("item_id"), _AMOUNT[0], *_AMOUNT[2:]), rows)


def _traced(traces: list[Answer]) -> Table:
    """The balance of the whole trace, in the unit of what was asked for."""
    rows: list[tuple[Cell, ...]] = []
    for answer in (each.answer for each in traces):
        rows.append(("there_was", answer["unit"], answer["in"]))
        rows += [(name, answer["unit"], amount) for name, amount in answer["parts"].items()]
        rows.append(("unaccounted", answer["unit"], answer["unaccounted"]))
        rows += [(name, "%", answer[name]) for name in ("recovered_percent", "tolerance_percent")]
    return Table("trace_balance", (Column("part", "word"), Column("unit"), Column("quantity", "quantity")), rows)


def _balances(affected: Affected, answer: dict[str, Any]) -> Table:
    """The balance of each lot: what there was against what is accounted for, within the tolerance of its material."""
    headed = (
        Column("item_id"), Column("material_id"), Column("material_name"), Column("unit"), Column("there_was", "quantity"),
        Column("accounted", "quantity"), Column("unaccounted", "quantity"), Column("recovered_percent", "quantity"),
        Column("tolerance_percent", "quantity"), Column("within_tolerance", "word"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for each in answer["items"]:
        if each["kind"] != "lot":
            continue
        known = affected.materials.get(each["material_id"] or "", {})
        parts = [Fraction(amount) for amount in each["parts"].values()]
        total, tolerance = sum(parts, Fraction(0)), Fraction(known.get("tolerance_percent") or 0)
        there_was = None if each["in"] is None else Fraction(each["in"])
        percent = within = None
        if there_was is not None:
            percent = decimal_text(total * 100 / there_was) if there_was else None
            close = abs(there_was - total) * 100 <= tolerance * there_was and all(part >= 0 for part in parts)
            within = "yes" if close else "no"
        rows.append(
            (
                each["id"], each["material_id"], known.get("name"), each["unit"], each["in"], decimal_text(total),
                each["unaccounted"], percent, known.get("tolerance_percent"), within,
            )
        )  # fmt: skip
    return Table("balances", headed, rows)
