"""Which shipment lines hold an affected item: named itself, in its lot, or in a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from genealogy.reach import Description, Shipped

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Records(Protocol):
    def aliases(self, kind: str, as_of: int) -> dict[str, str]: ...
    def describe(self, ids: Sequence[str], as_of: int) -> list[Description]: ...
    def lines_naming(self, codes: Sequence[str], as_of: int) -> list[dict[str, Any]]: ...
    def packed_in(self, codes: Sequence[str], as_of: int) -> list[dict[str, Any]]: ...


PIECE = "H87"
"""The unit in which a serialised unit counts (UN/ECE Rec 20: piece)."""

_Held = tuple[str, str | None, str | None, str]


def shipped_lines(road: _Records, ids: Sequence[str], described: Sequence[Description], as_of: int) -> list[Shipped]:
    """The lines for affected items ``ids`` with what is known of them, sorted."""
    items, parties = road.aliases("item", as_of), road.aliases("party", as_of)
    affected = dict(zip(ids, described, strict=True))
    # A line that names only the lot may hold any of its units; a lot that is affected itself is proven anyway.
    lots = {d.lot_id for d in described if d.kind == "unit" and d.lot_id} - affected.keys()
    pieces = {lot for lot, d in zip(sorted(lots), road.describe(sorted(lots), as_of), strict=True) if d.kind == "unit"}
    pieces |= {item for item, d in affected.items() if d.kind == "unit"}
    held = _codes([*affected, *lots], items)
    inside: dict[str, list[dict[str, Any]]] = {}
    frontier, seen = held, set(held)
    while frontier:
        above: set[str] = set()
        for packing in road.packed_in(frontier, as_of):
            inside.setdefault(packing["container_id"], []).append(packing)
            above.add(packing["container_id"])
        frontier = sorted(set(_codes(sorted(above), items)) - seen)
        seen.update(frontier)
    lines: list[Shipped] = []
    for line in road.lines_naming(sorted(set(held) | seen | inside.keys()), as_of):
        named = items.get(line["item_id"], line["item_id"])
        consignee = parties.get(line["consignee_id"], line["consignee_id"])
        holds: list[_Held] = []
        if named in affected or named in lots:
            counted = named in pieces and line["quantity"] is None
            quantity, unit = ("1", PIECE) if counted else (line["quantity"], line["unit"])
            holds.append((named, quantity, unit, "proven" if named in affected else "possible"))
        for item in _contents(named, line["start"], line["finish"], inside, items):
            if item in affected or item in lots:
                quantity, unit = ("1", PIECE) if item in pieces else (None, None)
                holds.append((item, quantity, unit, "proven" if item in affected else "possible"))
        shipment, line_no, shipped_at = line["shipment_id"], line["line_no"], line["shipped_at"]
        lines += [
            Shipped(shipment, line_no, named, item, consignee, quantity, unit, certainty, shipped_at)
            for item, quantity, unit, certainty in holds
        ]
    return sorted(lines, key=_order)


def _order(line: Shipped) -> tuple[str, ...]:
    fields = (line.shipment_id, line.line_no, line.named, line.item, line.consignee, line.certainty, line.quantity)
    return tuple(f or "" for f in fields)


def _codes(ids: Sequence[str], aliases: dict[str, str]) -> list[str]:
    """The ids and every code that stands for one of them."""
    wanted = set(ids)
    return sorted(wanted | {code for code, means in aliases.items() if means in wanted})


def _contents(
    container: str, start: int, finish: int, inside: dict[str, list[dict[str, Any]]], items: dict[str, str]
) -> set[str]:
    """What was in a container at some moment of a shipment, through any nesting. Unknown bounds count as inside."""
    last = start if finish == start else finish - 1
    found: set[str] = set()
    seen, stack = {container}, [container]
    while stack:
        for packing in inside.get(stack.pop(), []):
            packed, unpacked = packing["packed_start"], packing["unpacked_end"]
            if (packed is None or packed <= last) and (unpacked is None or start < unpacked):
                item = items.get(packing["item_id"], packing["item_id"])
                found.add(item)
                if item not in seen:
                    seen.add(item)
                    stack.append(item)
    return found
