"""What changed in an answer between two moments, and which entry of the ledger did it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.errors import AmbiguousItemError, ItemNotFoundError
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from genealogy.chain import Entry
    from genealogy.history import History
    from genealogy.ledger import Ledger
    from genealogy.snapshot import Snapshot
    from genealogy.snapshot.files import Array

LINKING = ("consumption", "production", "units", "steps", "aliases")
"""Tables of which a fact can change what is reached; an entry without any of them need not be looked at."""
NAMING = ("lots", "parties", "materials")
"""Tables of which a fact can change, besides, which items a name means."""

SHIPPING = (*LINKING, *NAMING, "shipments", "packing")
"""Tables of which a fact can change which lines hold something affected."""
TELLING = ("conversions", "materials", "aliases", "parties", "units")
"""Tables of which a fact can change how these are told."""

StartsAt = Callable[[int], Sequence[str]]
"""The items that are asked for, as of an entry: a supplier's lot number can mean other receipts later."""


def meaning(find: Callable[[str, int], Sequence[str]], texts: Sequence[str], before: int, after: int) -> StartsAt:
    """What texts mean as of each entry from one to another; nothing, as long as no record bears the name.

    Raises:
        ItemNotFoundError: a text means nothing at either end.
        AmbiguousItemError: it means several things at one of them.
    """
    known: dict[tuple[str, int], Sequence[str]] = {}
    for text in texts:
        lost = 0
        for end in (before, after):
            try:
                known[text, end] = find(text, end)
            except ItemNotFoundError:
                lost += 1
                if lost == 2:
                    raise
                known[text, end] = []

    def one(text: str, entry: int) -> Sequence[str]:
        if (text, entry) not in known:
            try:
                known[text, entry] = find(text, entry)
            except ItemNotFoundError:
                known[text, entry] = []
            except AmbiguousItemError as several:  # for a while it meant several things: all of them
                known[text, entry] = sorted({str(row["id"]) for row in several.candidates})
        return known[text, entry]

    return lambda entry: sorted({item for text in texts for item in one(text, entry)})


def answered(
    snapshot: Snapshot,
    history: History,
    ledger: Ledger,
    starts_at: StartsAt,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> dict[str, Any]:
    """What one scope says otherwise than an earlier one, item by item with the entry that did it.

    Args:
        snapshot: of the plant.
        history: of its facts.
        ledger: that holds the entries.
        starts_at: ids of the items that are asked for, as of each entry.
        old: the scope as of the earlier moment.
        new: the scope as of the later moment.
    """
    before, after = old["as_of"], new["as_of"]
    were, starts = list(starts_at(before)), list(starts_at(after))
    answer: dict[str, Any] = {"starts": starts, "starts_before": were, "from": before, "to": after}
    answer |= difference(old, new)
    # What is asked for is in no list of items: where a name means something else now, it neither came nor went.
    answer["added"] = [row for row in answer["added"] if row["id"] not in were]
    answer["removed"] = [row for row in answer["removed"] if row["id"] not in starts]
    telling = {*LINKING, *(NAMING if were != starts else ())}
    entries = [
        s for s in history.entries_with_facts(after=before, upto=after) if not telling.isdisjoint(history.tables(s))
    ]
    moved = [row["id"] for name in ("added", "removed") for row in answer[name]]
    by = culprits(snapshot, starts_at, moved, entries, before)
    for name in ("added", "removed"):
        answer[name] = [{**row, "entry": by[row["id"]]} for row in answer[name]]

    def reached(as_of: int) -> Sequence[str]:
        begin = list(starts_at(as_of))
        return [*begin, *snapshot.reach(begin, "forward", as_of).ids]

    sent = history.entries_with_facts(after=before, upto=after) if answer["consignees"] else []
    of_rows = senders(snapshot, reached, answer["consignees"], {s: set(history.tables(s)) for s in sent}, before)
    answer["consignees"] = [{**row, "entry": entry} for row, entry in zip(answer["consignees"], of_rows, strict=True)]
    names = ("added", "removed", "consignees")
    answer["entries"] = [
        entry_row(ledger.entry(entry), {name: sum(row["entry"] == entry for row in answer[name]) for name in names})
        for entry in sorted({*by.values(), *(entry for entry in of_rows if entry is not None)})
    ]
    answer["complete"] = old["complete"] and new["complete"]
    answer["summary"] = summary(answer)
    return answer


def culprits(
    snapshot: Snapshot, starts_at: StartsAt, items: Iterable[str], entries: Sequence[int], before: int
) -> dict[str, int]:
    """The entry at which each item last came into the scope of the starts, or last went out of it.

    Args:
        snapshot: of the plant.
        starts_at: ids of the items that are asked for, as of each entry.
        items: ids that are in the scope at one end and not at the other.
        entries: those that can have changed it, ascending, all after ``before``.
        before: the earlier moment.
    """
    wanted = sorted(items)
    found: dict[str, int] = {}
    if not wanted:
        return found
    numbers = snapshot.moment(max([before, *entries])).codes.find(wanted)
    inside = _inside(snapshot, starts_at(before), numbers, before)
    at = np.zeros(len(wanted), np.int64)
    for entry in entries:
        now = _inside(snapshot, starts_at(entry), numbers, entry)
        at[now != inside] = entry
        inside = now
    return dict(zip(wanted, at.tolist(), strict=True))


def senders(
    snapshot: Snapshot,
    affected_at: StartsAt,
    rows: Sequence[Mapping[str, Any]],
    entries: Mapping[int, set[str]],
    before: int,
) -> list[int | None]:
    """The entry that last changed what each of these rows of consignees tells.

    It is the last one that changed which lines were shipped to the party; where none did, the last one that changed how
    they are told (units of measure, the party itself). ``affected_at`` tells what the scope holds as of an entry, starts included.
    """

    def lines(as_of: int) -> dict[tuple[str, str], Counter[Any]]:
        found: dict[tuple[str, str], Counter[Any]] = defaultdict(Counter)
        for line in snapshot.shipments(affected_at(as_of), as_of):
            found[str(line.consignee), line.certainty][line] += 1
        return found

    if not rows:
        return []
    last: dict[tuple[str, str], int] = {}
    told, known = None, lines(before)
    for entry, tables in sorted(entries.items()):
        if not tables.isdisjoint(TELLING):
            told = entry
        if tables.isdisjoint(SHIPPING):
            continue
        now = lines(entry)
        last |= {key: entry for key in known.keys() | now.keys() if known.get(key) != now.get(key)}
        known = now
    return [last.get((str(row["party_id"]), row["certainty"]), told) for row in rows]


def _inside(snapshot: Snapshot, starts: Sequence[str], numbers: Array, as_of: int) -> Array:
    """Which of these items are reached from the starts, or are one, as of an entry (bool)."""
    moment = snapshot.moment(as_of)
    begin = np.unique(moment.codes.find(sorted(starts)))
    begin = begin[begin >= 0]
    inside: Array = np.isin(numbers, np.concatenate([begin, Walk(moment, forward=True).everything(begin).items]))
    return inside


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What two answers to the same scope say differently: items, consignees, finished quantities.

    Args:
        old: the answer as of the earlier moment.
        new: as of the later one.

    Returns:
        ``added`` and ``removed`` items (rows of the answer that holds them), ``changed`` items with what changed,
        ``consignees`` and ``counts`` that differ, before and after.
    """
    before, after = ({row["id"]: row for row in answer["items"]} for answer in (old, new))
    changed = []
    for item in sorted(before.keys() & after.keys()):
        fields = {n: [before[item][n], after[item][n]] for n in after[item] if before[item].get(n) != after[item][n]}
        if fields:
            changed.append({"id": item, "changed": fields})
    return {
        "added": [after[item] for item in sorted(after.keys() - before.keys())],
        "removed": [before[item] for item in sorted(before.keys() - after.keys())],
        "changed": changed,
        "consignees": _consignees(old["consignees"], new["consignees"]),
        "counts": {
            name: [old[name], new[name]]
            for name in ("finished_units", "finished_lots", "finished_quantity")
            if old[name] != new[name]
        },
    }


def _consignees(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of consignees that are only in one of the answers or say another quantity."""
    key = ("party_id", "certainty", "unit")
    before, after = ({tuple(row[name] for name in key): row for row in rows} for rows in (old, new))
    told = []
    for place in sorted(before.keys() | after.keys(), key=lambda k: tuple(part or "" for part in k)):
        one, other = before.get(place), after.get(place)
        quantities = [row["quantity"] if row else None for row in (one, other)]
        if (one is None) == (other is None) and quantities[0] == quantities[1]:
            continue
        what = "added" if one is None else "removed" if other is None else "changed"
        row = other or one
        assert row is not None
        told.append(dict(zip(key, place, strict=True)) | {"name": row["name"], "what": what, "quantity": quantities})
    return told


def entry_row(entry: Entry, counts: Mapping[str, int]) -> dict[str, Any]:
    """An entry that changed the answer, in words of the ledger."""
    return {
        "sequence": entry.sequence,
        "time": entry.time,
        "actor": entry.actor,
        "action": entry.action,
        "files": sorted({str(file["file"]) for file in entry.details.get("files") or []}),
        **counts,
    }


def summary(answer: Mapping[str, Any]) -> list[str]:
    """Three plain lines."""
    old, new = answer["from"], answer["to"]
    meant = _meant(answer["starts_before"], answer["starts"])
    if not meant and not any(answer[name] for name in ("added", "removed", "changed", "consignees", "counts")):
        return [f"Nothing changed in this scope between entry {old} and entry {new}.", "", ""]
    units = [sum(_is_finished_unit(row) for row in answer[name]) for name in ("added", "removed")]
    first = (
        f"Between entry {old} and entry {new}, {len(answer['added']):,} items were added ({units[0]:,} finished units) "
        f"and {len(answer['removed']):,} removed ({units[1]:,} finished units); {len(answer['changed']):,} are told otherwise."
    )
    kinds = {what: sum(row["what"] == what for row in answer["consignees"]) for what in ("added", "removed", "changed")}
    second = (
        f"Consignees: {kinds['added']:,} rows added, {kinds['removed']:,} removed, "
        f"{kinds['changed']:,} with another quantity."
    )
    names = ", ".join(str(entry["sequence"]) for entry in answer["entries"][:10])
    more = f" and {len(answer['entries']) - 10} more" if len(answer["entries"]) > 10 else ""
    said = "Items came or went" if answer["added"] or answer["removed"] else "No item came or went; consignees changed"
    third = f"{said} with entry {names}{more}." if answer["entries"] else "No item came or went."
    return [first + meant, second, third]


def _meant(before: Sequence[str], after: Sequence[str]) -> str:
    """What the name that was asked for means now and did not mean then."""
    came, went = (sorted(set(one) - set(other)) for one, other in ((after, before), (before, after)))
    more = f" What was asked for means {', '.join(came)} now as well." if came else ""
    return f"{more} What was asked for does not mean {', '.join(went)} any more." if went else more


def _is_finished_unit(row: Mapping[str, Any]) -> bool:
    return bool(row["kind"] == "unit" and row["stage"] == "finished")
