"""The tabs of the page of a scope: which rows each has, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.scope import affected_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genealogy.first_look import Part, ScopeLook

TABS: dict[str, tuple[tuple[str, ...], str]] = {
    "units": (("id", "depth", "tier"), "Finished units"),
    "lots": (("id", "stage", "depth", "tier"), "Lots"),
    "customers": (("party_id", "name", "role", "country", "quantity", "unit", "certainty"), "Customers"),
    "unsure": (("gap", "count", "more_units"), "Unsure"),
    "all": (("id", "kind", "stage", "depth", "tier"), "Everything"),
}
"""Tab to columns and title."""


def scope_rows(answer: dict[str, Any], tab: str) -> list[dict[str, Any]]:
    """The rows of one tab of a scope."""
    return list(each_row(answer, tab))


def each_row(answer: dict[str, Any], tab: str) -> Iterator[dict[str, Any]]:
    """The same one by one: a page shows two hundred of what may be a million."""
    match tab:
        case "units" | "lots" | "all":
            return affected_rows(answer, tab)
        case "customers":
            return iter(answer["consignees"])
        case "unsure":
            return ({"gap": kind, **gap} for kind, gap in answer["gaps"].items() if gap["count"])
        case _:
            return iter(())


def scope_sizes(answer: dict[str, Any]) -> dict[str, int]:
    """How many rows each tab of a scope has."""
    everything = len(answer["start_items"]) + len(answer["items"])
    known = {"units": sum(each["finished_units"] for each in answer["by_tier"].values()), "all": everything}
    return {tab: known[tab] if tab in known else sum(1 for _ in each_row(answer, tab)) for tab in TABS}


def look_sizes(look: ScopeLook) -> dict[str, int]:
    """The same before both roads were compared, without a row for each item."""
    known: dict[str, int] = {
        part: len(look_starts(look, part)) + look.scope.count(part) for part in ("units", "lots", "all")
    }
    return {tab: known[tab] if tab in known else sum(1 for _ in each_row(look.said, tab)) for tab in TABS}


def look_rows(look: ScopeLook, part: Part, first: int, last: int) -> list[dict[str, Any]]:
    """Some rows of a tab before both roads were compared."""
    starts = look_starts(look, part)
    return [*starts[first:last], *look.scope.rows(part, first - len(starts), last - len(starts))]


def look_starts(look: ScopeLook, part: Part) -> list[dict[str, Any]]:
    """What was asked about and belongs into a tab."""
    return list(affected_rows({**look.said, "items": []}, part))
