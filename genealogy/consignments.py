"""Which shipment lines hold an affected item: named itself, in its lot, or in a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from genealogy.reach import Shipments, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from genealogy.reach import Descriptions


class _Records(Protocol):
    def aliases(self, kind: str, as_of: int) -> dict[str, str]: ...
    def described(self, ids: Sequence[str], as_of: int) -> Descriptions: ...
    def lines_naming(self, codes: Sequence[str], as_of: int) -> list[dict[str, Any]]: ...
    def packed_in(self, codes: Sequence[str], as_of: int) -> dict[str, list[Any]]: ...
    def nested(self, as_of: int) -> dict[str, list[tuple[Any, ...]]]: ...


PIECE = "H87"
"""The unit in which a serialised unit counts (UN/ECE Rec 20: piece)."""

_Packing = tuple[str, int | None, int | None]


def shipped_lines(road: _Records, ids: Sequence[str], described: Descriptions, as_of: int) -> Shipments:
    """The lines for affected items ``ids`` with what is known of them."""
    items, parties = road.aliases("item", as_of), road.aliases("party", as_of)
    affected = set(ids)
    # A line that names only the lot may hold any of its units; a lot that is affected itself is proven anyway.
    parents, _ = described.lot_id.distinct()
    lots = {lot for lot in parents if lot is not None} - affected
    pieces = {item for item, kind in zip(ids, described.kind.texts(), strict=True) if kind == "unit"}
    others = sorted(lots)
    pieces.update(
        lot for lot, kind in zip(others, road.described(others, as_of).kind.texts(), strict=True) if kind == "unit"
    )
    wanted = affected | lots
    held = _codes(wanted, items)
    inside, seen = _packings(road, held, items, as_of)
    found: list[tuple[str | None, ...]] = []
    for line in road.lines_naming(sorted(seen | inside.keys()), as_of):
        named = items.get(line["item_id"], line["item_id"])
        consignee = parties.get(line["consignee_id"], line["consignee_id"])
        head = (line["shipment_id"], line["line_no"], named)
        if named in wanted:
            counted = named in pieces and line["quantity"] is None
            quantity, unit = ("1", PIECE) if counted else (line["quantity"], line["unit"])
            certainty = "proven" if named in affected else "possible"
            found.append((*head, named, consignee, quantity, unit, certainty, line["shipped_at"]))
        contents = _contents(named, line["start"], line["finish"], inside)
        for item in contents & wanted:
            quantity, unit = ("1", PIECE) if item in pieces else (None, None)
            certainty = "proven" if item in affected else "possible"
            found.append((*head, item, consignee, quantity, unit, certainty, line["shipped_at"]))
    if not found:
        return Shipments.of([])
    return Shipments(*(Texts.of(column) for column in zip(*found, strict=True)))


def _packings(
    road: _Records, held: list[str], items: dict[str, str], as_of: int
) -> tuple[dict[str, list[_Packing]], set[str]]:
    """What was packed into each container, to any depth of nesting, and all codes that were asked for on the way."""
    inside: dict[str, list[_Packing]] = {}
    frontier, seen = held, set(held)
    rows: Iterable[tuple[Any, ...]] = zip(*road.packed_in(held, as_of).values(), strict=True)
    while frontier:
        above: set[str] = set()
        for code, container, since, _, until, end in rows:
            last = until if until == end else end - 1
            inside.setdefault(container, []).append((items.get(code, code), since, last))
            above.add(container)
        frontier = sorted(set(_codes(above, items)) - seen)
        seen.update(frontier)
        nested = road.nested(as_of) if frontier else {}
        rows = [row for code in frontier for row in nested.get(code, ())]
    return inside, seen


def _codes(wanted: set[str], aliases: dict[str, str]) -> list[str]:
    """The ids and every code that stands for one of them."""
    return sorted(wanted | {code for code, means in aliases.items() if means in wanted})


def _contents(container: str, start: int, finish: int, inside: dict[str, list[_Packing]]) -> set[str]:
    """What was in a container at some moment of a shipment, through any nesting.

    Unknown bounds count as inside, and so does what was unpacked at the very moment of the shipment.
    """
    last = start if finish == start else finish - 1
    found: set[str] = set()
    seen, stack = {container}, [container]
    while stack:
        for item, packed, unpacked in inside.get(stack.pop(), ()):
            if (packed is None or packed <= last) and (unpacked is None or start <= unpacked):
                found.add(item)
                if item not in seen:
                    seen.add(item)
                    stack.append(item)
    return found
