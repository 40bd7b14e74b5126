"""What was shipped, in money, as far as prices are recorded.

``shipments.price`` is the price of the whole line: a number, with a currency before or after it where one is written. A line
counts whole as soon as something on it is affected, and once, however much on it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.measures import decimal_text
from genealogy.quantities import exact

if TYPE_CHECKING:
    from collections.abc import Collection

    from genealogy.reach import Shipments
    from genealogy.snapshot.moment import Moment

_PRICE = re.compile(r"(?P<before>[^\d\s.,+-]{1,4})?\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<after>[^\d\s.,+-]{1,4})?")
READ_AS = "price of the whole line, a number with or without a currency; a line counts once, as soon as it is affected"

Line = tuple[str, str, str]
"""Shipment, line number and item or container that it names, resolved."""


@lru_cache(maxsize=1 << 16)
def price(text: str | None) -> tuple[str, Fraction] | None:
    """Currency (empty where none is written) and amount; None where the text is no price.

    >>> price("385.49 EUR"), price("$ 12"), price("1.234,50 EUR"), price(None)
    (('EUR', Fraction(38549, 100)), ('$', Fraction(12, 1)), None, None)
    """
    found = _PRICE.fullmatch(text.strip()) if text else None
    if found is None or (found["before"] and found["after"]):
        return None
    return (found["before"] or found["after"] or "").strip(), exact(found["number"])


def prices(moment: Moment, wanted: Collection[str]) -> dict[Line, str | None]:
    """The recorded price of each line of these shipments."""
    rows = moment.all_rows("shipments")
    if not len(rows):
        return {}
    shipment = moment.column("shipments", "shipment_id")[rows]
    rows = rows[np.isin(shipment, moment.words.find(sorted(wanted)))]
    if not len(rows):
        return {}
    columns = (moment.texts("shipments", name, rows) for name in ("shipment_id", "line_no", "item_id", "price"))
    return {(s or "", line or "", item or ""): told for s, line, item, told in zip(*columns, strict=True)}


def value(shipped: Shipments | None, known: dict[Line, str | None], own: Collection[str]) -> dict[str, Any]:
    """The value of shipment lines, by certainty and currency; lines to our own firm are none.

    Args:
        shipped: lines that hold, or may hold, something affected.
        known: recorded prices.
        own: parties of our own firm.
    """
    lines: dict[Line, str] = {}
    names = ("shipment_id", "line_no", "named", "consignee", "certainty")
    columns = [getattr(shipped, name).texts() for name in names] if shipped is not None else [[]] * len(names)
    for shipment, line_no, named, consignee, certainty in zip(*columns, strict=True):
        if consignee not in own:
            key = (shipment, line_no or "", named)
            lines[key] = "proven" if certainty == "proven" or lines.get(key) == "proven" else "possible"
    sums: dict[str, dict[str, Fraction]] = {"proven": defaultdict(Fraction), "possible": defaultdict(Fraction)}
    without = 0
    for key, certainty in lines.items():
        told = price(known.get(key))
        if told is None:
            without += 1
        else:
            sums[certainty][told[0]] += told[1]
    return {
        **{
            name: [{"currency": c or None, "amount": decimal_text(of[c])} for c in sorted(of)]
            for name, of in sums.items()
        },
        "lines": len(lines),
        "lines_without_price": without,
        "read_as": READ_AS,
    }
