"""What either road hands back: what was reached, what the records say of it, and to whom it was shipped.

These types are the only thing that the two roads of a trace have in common, so that their answers can be compared
field by field.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything reachable from a set of starts; the starts themselves are never listed.

    Attributes:
        ids: the items, sorted by code point.
        depth: for each, the least number of item-to-item moves from any start (consumed -> produced 1, lot -> unit 1).
        tier: for each, the weakest link on its strongest path: 0 unit, 1 lot, 2 order.
        cycles: the starts that reach themselves, sorted by code point.
    """

    ids: list[str]
    depth: list[int]
    tier: list[int]
    cycles: list[str]


@dataclass(frozen=True, slots=True)
class Description:
    """What the records say of an item as of a sequence.

    Attributes:
        kind: ``lot``, ``unit``, or ``unknown`` where nobody described it; where both a lot and a unit record are in
            force, ``unit``.
        material_id: what it is, aliases resolved; a unit without its own has that of its lot.
        stage: supplied, intermediate or finished, as its material says.
        lot_id: for a unit, the lot that it was serialised from, aliases resolved.
        number: lot number, or serial number.
        quantity: for a lot, the quantity as recorded.
        unit: for a lot, the unit of that quantity as recorded.
    """

    kind: str
    material_id: str | None
    stage: str | None
    lot_id: str | None
    number: str | None
    quantity: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Shipped:
    """One shipment line that holds, or may hold, something affected.

    Attributes:
        shipment_id: the shipment.
        line_no: its line, where the record has one.
        named: the item or container that the line names, aliases resolved.
        item: the affected item; for a ``possible`` row, the lot of which an affected unit may have been shipped.
        consignee: the party that received it, aliases resolved.
        quantity: as recorded. A unit that is named itself counts 1 where no quantity is recorded; inside a container
            a unit counts 1 and a lot None.
        unit: unit of the quantity as recorded; ``H87`` (piece) where the quantity was counted.
        certainty: ``proven`` or ``possible``.
        shipped_at: canonical time of the shipment.
    """

    shipment_id: str
    line_no: str | None
    named: str
    item: str
    consignee: str
    quantity: str | None
    unit: str | None
    certainty: str
    shipped_at: str | None
