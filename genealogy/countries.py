"""Who received something of a scope, by country: the map of a recall as a table."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from genealogy.country import country_of
from genealogy.measures import decimal_text


def countries(scope: dict[str, Any]) -> dict[str, Any]:
    """Consignees by country, those with most of them first.

    Args:
        scope: answer of a scope.

    Returns:
        ``countries``: country (None where nobody recorded it), consignees proven and only possible, quantities by unit of
        measure, and whether some line of a consignee tells no quantity; ``consignees``: how many there are in all.
    """
    parties: dict[str | None, dict[str, str]] = defaultdict(dict)
    sums: dict[tuple[str | None, str | None, str], Fraction] = defaultdict(Fraction)
    silent: dict[str | None, int] = defaultdict(int)
    for row in scope["consignees"]:
        country, party = country_of(row["country"]), row["party_id"]
        if parties[country].get(party) != "proven":
            parties[country][party] = row["certainty"]
        if row["quantity"] is None:
            silent[country] += 1
        else:
            sums[country, row["unit"], row["certainty"]] += Fraction(row["quantity"])
    found: list[dict[str, Any]] = []
    for country, known in parties.items():
        proven = sum(certainty == "proven" for certainty in known.values())
        amounts = [
            {"unit": unit, "certainty": certainty, "quantity": decimal_text(amount)}
            for (of, unit, certainty), amount in sums.items()
            if of == country
        ]
        amounts.sort(key=lambda row: (row["certainty"] != "proven", row["unit"] or ""))
        found.append(
            {
                "country": country,
                "consignees": len(known),
                "proven": proven,
                "possible": len(known) - proven,
                "quantities": amounts,
                "without_quantity": silent[country],
            }
        )
    found.sort(key=lambda row: (-len(parties[row["country"]]), row["country"] or "~"))
    return {"countries": found, "consignees": len({party for known in parties.values() for party in known})}
