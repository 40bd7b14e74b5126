"""Three plain lines before any table: what is affected, who has it, what is unsure."""

from __future__ import annotations

from typing import Any

from genealogy.answer import AT_WORK, THOROUGH
from genealogy.country import country_of

_GAP_WORDS = {
    "quarantined": ("row in quarantine", "rows in quarantine"),
    "suspected": ("suspected link from a rejected row", "suspected links from rejected rows"),
    "unresolved": ("item that nobody described", "items that nobody described"),
    "orphan_steps": ("step without a recorded product", "steps without a recorded product"),
    "grain_not_proven": (
        "step that claims to prove one unit but made several",
        "steps that claim to prove one unit but made several",
    ),
    "not_convertible": (
        "item with a quantity that cannot be converted",
        "items with quantities that cannot be converted",
    ),
    "impossible_times": ("item used before it was there", "items used before they were there"),
    "over_use": ("lot used beyond its quantity", "lots used beyond their quantity"),
    "look_alikes": (
        "code beside it that may be another spelling of something affected",
        "codes beside it that may be other spellings of something affected",
    ),
}


_START_WORDS = (
    (
        "unsure",
        "start of unrecorded time or value, taken as meant",
        "starts of unrecorded times or values, taken as meant",
    ),
    ("steps_without_products", "step of which no product is recorded", "steps of which no products are recorded"),
    ("suspected_products", "product that only a rejected row names", "products that only rejected rows name"),
    (
        "names_nothing",
        "reading outside its limits that leads to no step and no item",
        "readings outside their limits that lead to no step and no item",
    ),
    (
        "spelled_alike",
        "name beside it in the records that may be the same written otherwise",
        "names beside it in the records that may be the same written otherwise",
    ),
)


def counted(number: int, one: str, many: str) -> str:
    """A number with its word.

    >>> counted(1, "lot", "lots"), counted(1200, "lot", "lots")
    ('1 lot', '1,200 lots')
    """
    return f"{number:,} {one if number == 1 else many}"


def scope_lines(answer: dict[str, Any]) -> list[str]:
    """The three lines of a scope."""
    return [_affected(answer), _customers(answer), _unsure(answer)]


def _affected(answer: dict[str, Any]) -> str:
    named = _named(answer)
    units, lots = answer["finished_units"], answer["finished_lots"]
    loose = answer["finished_lots_without_serials"]
    reached = [count for tier, count in answer["by_tier"].items() if tier != "start"]
    others = sum(each["items"] - each["finished_units"] - each["finished_lots"] for each in reached)
    parts = []
    amounts = " and ".join(
        f"{_grouped(q['quantity'])} {q['unit'] or 'of unknown unit'}" for q in answer["finished_quantity"]
    )
    if units:
        parts.append(counted(units, "finished unit", "finished units"))
    if rest := answer["partly_serialised_lots"]:
        words = counted(rest, "partly serialised lot", "partly serialised lots")
        parts.append(f"the rest of {words}" + (f" ({amounts})" if not loose else ""))
    if loose:
        words = counted(loose, "finished lot without serial numbers", "finished lots without serial numbers")
        parts.append(words + (f" ({amounts})" if amounts else " (quantity not recorded)"))
    if not parts:
        # A unit that nobody described could be a finished one, so "none" is never said of what is not known.
        does = (
            ("other item is", "other items are") if "started_from" in answer else ("other item does", "other items do")
        )
        held = f"; {counted(others, *does)}" if others else ""
        verb = "be affected by" if "started_from" in answer else "hold"
        return f"No finished unit or lot is known to {verb} {named}{held}."
    lot_words = f", of {counted(lots, 'finished lot', 'finished lots')}" if units and lots else ""
    behind = f", with {counted(others, 'other item', 'other items')} between" if others > 0 else ""
    return f"Affected by {named}: {' and '.join(parts)}{lot_words}{behind}."


def _named(answer: dict[str, Any]) -> str:
    """What the scope set out from: items, then starts of other kinds with what each of them found."""
    rows = answer.get("started_from", [])
    selected = {item for row in rows for item in row["items"]}
    items = [start for start in answer["starts"] if start not in selected]
    parts = [items[0] if len(items) == 1 else f"{items[0]} and {len(items) - 1:,} more"] if items else []
    for row in rows:
        found = [counted(len(row["steps"]), "step", "steps")] if row["steps"] else []
        found += [counted(len(row["items"]), "item", "items")] if row["items"] else []
        parts.append(f"{row['words']} ({' and '.join(found) or 'no step or item of it is recorded'})")
    return " and ".join(parts)


def _grouped(quantity: str) -> str:
    whole, point, decimals = quantity.partition(".")
    return f"{int(whole):,}{point}{decimals}"


def _customers(answer: dict[str, Any]) -> str:
    def ids(certainty: str, *, customers: bool) -> set[str]:
        return {
            row["party_id"]
            for row in answer["consignees"]
            if row["certainty"] == certainty and _is_customer(row["role"]) == customers
        }

    proven = ids("proven", customers=True)
    possible = ids("possible", customers=True) - proven
    others = ids("proven", customers=False) | ids("possible", customers=False)
    if not proven and not possible:
        line = "No customer is recorded to have received any of it"
    else:
        countries = sorted(
            {country_of(r["country"]) or "" for r in answer["consignees"] if r["country"] and _is_customer(r["role"])}
        )
        if proven:
            line = f"{counted(len(proven), 'customer', 'customers')} received some of it"
            line += f", {counted(len(possible), 'more possibly did', 'more possibly did')}" if possible else ""
        else:
            did = counted(len(possible), "possibly did", "possibly did")
            line = f"No customer is proven to have received any of it; {did}"
        line += f" ({', '.join(countries)})" if countries else ""
    if others:
        words = counted(len(others), "party that is no customer", "parties that are no customers")
        line += f"; so did {words}" if proven or possible else f"; {words} did"
    return line + "."


def _is_customer(role: str | None) -> bool:
    """A party of unknown role is taken for a customer: it must hear of it."""
    return role is None or "customer" in role.split("|")


def _unsure(answer: dict[str, Any]) -> str:
    parts = []
    for kind, gap in answer["gaps"].items():
        if gap["count"]:
            words = counted(gap["count"], *_GAP_WORDS[kind])
            more = gap["more_units"]
            lots = gap.get("more_lots", 0)
            if more or lots:
                units = [counted(more, "finished unit", "finished units")] if more else []
                units += [counted(lots, "finished lot", "finished lots")] if lots else []
                words += f" (up to {' and '.join(units)} more)"
            elif more is None:
                words += " (how many more units is unknown)"
            parts.append(words)
    for row in answer.get("started_from", []):
        for name, one, many in _START_WORDS:
            if row.get(name):
                parts.append(f"{counted(len(row[name]), one, many)} ({row['words']})")
    staged = answer["items_without_stage"]
    if staged:
        words = counted(staged, "item of a material that nobody described", "items of materials that nobody described")
        parts.append(f"{words}, finished or not")
    said = _roads(answer)
    if not parts:
        return f"No gap in the records touches this answer, and {said}." if answer["complete"] else f"{said}."
    return f"Unsure: {', '.join(parts)}; {said}."


def _roads(answer: dict[str, Any]) -> str:
    """Whether both roads agree."""
    if answer["second_road"] == AT_WORK:
        return "NOT YET COMPARED: counted by one road so far, and not complete until the second one agrees"
    if not answer["complete"]:
        return "THIS ANSWER IS INCOMPLETE, treat it as a lower bound: " + "; ".join(answer["differences"])
    if len(answer["items"]) + len(answer["starts"]) <= THOROUGH:
        return "both roads agree over every accepted record"
    return "both roads agree over every accepted link, and so on every item reached"


def narrowed_line(answer: dict[str, Any]) -> str:
    """That a scope is narrowed, by what, and how much more the full one is."""
    of = answer["narrowed"]
    full, removed = of["full"], of["removed"]
    parts = [counted(removed["finished_units"], "finished unit", "finished units")]
    parts.append(counted(removed["finished_lots"], "finished lot", "finished lots"))
    line = (
        f"NARROWED, on {counted(len(of['assumptions']), 'assumption', 'assumptions')}: the full scope is "
        f"{counted(full['finished_units'], 'finished unit', 'finished units')} and "
        f"{counted(full['finished_lots'], 'finished lot', 'finished lots')}; this one leaves out {' and '.join(parts)}"
    )
    if removed["consignees"]:
        line += f", and nothing is left for {counted(len(removed['consignees']), 'consignee', 'consignees')}"
    return f"{line}."


def compared_lines(answer: dict[str, Any]) -> list[str]:
    """One line for each boundary of a comparison."""
    lines = []
    for row in answer["boundaries"]:
        customers = row["customers"]["proven"] + row["customers"]["possible"]
        told = (
            f"{row['boundary']}: {counted(row['finished_units'], 'finished unit', 'finished units')}, "
            f"{counted(row['finished_lots'], 'finished lot', 'finished lots')}, "
            f"{counted(customers, 'customer', 'customers')}"
        )
        if row["removed"] is not None:
            told += f"; leaves out {counted(row['removed']['finished_units'], 'finished unit', 'finished units')}"
        lines.append(f"{told}.")
    if not answer["complete"]:
        lines.append("THIS ANSWER IS INCOMPLETE, treat it as a lower bound: " + "; ".join(answer["differences"]))
    return lines
