"""From what a person types to the items that it names: ours, a lot's number, a supplier's lot number, a serial."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genealogy.errors import AmbiguousItemError, InputError, ItemNotFoundError
from genealogy.find_facts import facts_bearing
from genealogy.wording import Option, said
from queries import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genealogy.cypher_road import CypherRoad
    from genealogy.history import History
    from genealogy.snapshot.moment import Moment
    from genealogy.stores.contract import Store
    from queries.query import Query

PREFIXES = ("id:", "lot:", "supplier-lot:", "serial:")


@dataclass(frozen=True)
class Found:
    """The items that a text names.

    Attributes:
        text: what was typed.
        items: their ids, sorted.
        how: in words, by what they were found.
        notes: what else the text might have meant.
    """

    text: str
    items: list[str]
    how: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Match:
    id: str
    kind: str
    by: str
    material: str | None
    supplier: str | None

    def as_candidate(self) -> dict[str, Any]:
        return {
            "id": self.id, "kind": self.kind, "by": self.by, "material_id": self.material, "supplier_id": self.supplier,
        }  # fmt: skip


class Finder:
    """Finds items in the records as of an entry, on both roads.

    Args:
        store: the graph.
        road: the first road, for aliases and descriptions.
        history: the ledger's facts.
        moment: tells the facts that count as of an entry, as arrays.
        has: whether any fact names an item as of an entry.
        head: the last entry whose facts are all there.
    """

    def __init__(
        self,
        store: Store,
        road: CypherRoad,
        history: History,
        moment: Callable[[int], Moment],
        has: Callable[[str, int], bool],
        head: int,
    ) -> None:
        self._store, self._road, self._history, self._moment, self._has = store, road, history, moment, has
        self._head = head

    def find(self, text: str, as_of: int, *, union: bool = False, by_supplier: bool = True) -> Found:
        """The items that a text names; a prefix (``id:``, ``lot:``, ``supplier-lot:SUPPLIER/X``, ``serial:``) says how.

        An exact item id comes first. Else every lot and unit that bears the text as supplier's lot number, lot number or
        serial counts; if these differ in kind, material or supplier, none is chosen. ``union`` takes everything that the
        text may mean, what bears it as a number beside an exact id included. Without ``by_supplier`` suppliers and their
        lot numbers count for nothing: neither that one is found nor that two differ tells anything about them.

        Raises:
            ItemNotFoundError: nothing bears it.
            AmbiguousItemError: different things bear it.
            InputError: it is empty, or not Unicode.
        """
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise InputError(f"{text!r} is not UTF-8, so no item can be named like it. Set the terminal to UTF-8.")
        prefix = next((p for p in PREFIXES if text.startswith(p)), "")
        rest = text[len(prefix) :]
        if prefix and self._exists(text, as_of):
            if union:
                read = (
                    [] if prefix == "id:" or not rest else self._matches(rest, prefix, as_of, by_supplier=by_supplier)
                )
                return _all(text, text, [*self._matches(text, "", as_of, by_supplier=by_supplier), *read], [])
            note = f"an item bears exactly this id, so {prefix} was not read as a prefix"
            return Found(text, [text], "by its id", [note])
        if not rest:
            raise InputError(f"{text!r} names no item. Write {prefix or 'id:'}TEXT.")
        if prefix in ("", "id:"):
            item = self._road.aliases("item", as_of).get(rest, rest)
            if self._exists(item, as_of):
                notes = [] if item == rest else [f"{rest} is another system's code for {item}"]
                if not prefix:
                    others = [m for m in self._matches(rest, "", as_of, by_supplier=by_supplier) if m.id != item]
                    if union:
                        return _all(text, item, others, notes)
                    if others:
                        named = ", ".join(f"{m.id} ({m.by})" for m in others[:5])
                        notes.append(
                            said(
                                f"the text is also the number of {len(others)} other: {named}; lot: or serial: asks for it, ",
                                Option("all"),
                                " for both",
                            )
                        )
                return Found(text, [item], "by its id", notes)
        matches = [] if prefix == "id:" else self._matches(rest, prefix, as_of, by_supplier=by_supplier)
        if not matches:
            also = ", supplier's lot number" if by_supplier else ""
            raise ItemNotFoundError(
                f"No item, lot number{also} or serial is {rest!r} as of entry {as_of}. Check the text; "
                "upper and lower case, zeros and spaces count as they were recorded."
            )
        kinds = {(m.kind, m.material, m.supplier) for m in matches}
        if len(kinds) > 1 and not union:
            raise AmbiguousItemError(
                said(
                    f"{rest!r} names {len(matches)} items of {len(kinds)} sorts. Say which by id:, supplier-lot:SUPPLIER/X, lot: "
                    "or serial:, or take all of them with ",
                    Option("all"),
                    ".",
                ),
                [m.as_candidate() for m in matches],
            )
        how = " and ".join(sorted({m.by for m in matches}))
        return Found(text, sorted({m.id for m in matches}), f"by {how}")

    def _matches(self, text: str, prefix: str, as_of: int, *, by_supplier: bool) -> list[_Match]:
        items, materials = self._road.aliases("item", as_of), self._road.aliases("material", as_of)
        parties = self._road.aliases("party", as_of)
        found: list[_Match] = []
        if prefix in ("", "lot:", "supplier-lot:"):
            columns = {"supplier_lot": "supplier's lot number", "lot_number": "lot number"}
            columns.pop({"lot:": "supplier_lot", "supplier-lot:": "lot_number"}.get(prefix, ""), None)
            if not by_supplier:
                columns.pop("supplier_lot", None)
            for supplier, number in _readings(text) if prefix == "supplier-lot:" else [(None, text)]:
                for row in self._bearing(records.LOTS_BY_NUMBER, "lots", tuple(columns), number, as_of):
                    party = parties.get(row["supplier_id"], row["supplier_id"])
                    by = next((name for column, name in columns.items() if row[column] == number), None)
                    if by and (supplier is None or parties.get(supplier, supplier) == party):
                        item, material = row["item_id"], row["material_id"]
                        who = party if by_supplier else None
                        found.append(_Match(items.get(item, item), "lot", by, materials.get(material, material), who))
        if prefix in ("", "serial:"):
            for row in self._bearing(records.UNITS_BY_SERIAL, "units", ("serial",), text, as_of):
                item = items.get(row["item_id"], row["item_id"])
                (described,) = self._road.describe([item], as_of)
                found.append(_Match(item, "unit", "serial", described.material_id, None))
        return sorted(set(found), key=lambda m: (m.id, m.by))

    def _bearing(
        self, query: Query, table: str, columns: tuple[str, ...], text: str, as_of: int
    ) -> Iterator[dict[str, Any]]:
        """The records that bear a text: what the graph finds, and what the ledger's facts say beside it.

        A receipt that the graph lacks must not drop out of a recall in silence; asked for, it makes the roads differ.
        """
        found = _rows(self._store.read(query, text=text, as_of=as_of))
        known = {row["item_id"] for row in found}
        yield from found
        for row in facts_bearing(self._moment(as_of), table, columns, text, query.columns):
            if row["item_id"] not in known:
                yield row

    def _exists(self, item: str, as_of: int) -> bool:
        """Whether a fact up to the entry named the item, also if superseded since.

        The graph's identities bear no entry. So it is asked only of what no fact at all names: it is not hidden either.
        """
        if self._has(item, as_of):
            return True
        there = bool(self._store.read(records.ITEM_EXISTS, ids=[item])["id"])
        last = max(self._history.entries_with_facts(), default=0)
        if not there or last > self._head:
            return False  # what the graph alone names may belong to the load that is on its way into it
        return last <= as_of or not self._has(item, last)


def _all(text: str, item: str, matches: list[_Match], notes: list[str]) -> Found:
    how = ["its id", *sorted({m.by for m in matches})]
    return Found(text, sorted({item, *(m.id for m in matches)}), f"by {' and '.join(how)}", notes)


def _readings(text: str) -> Iterator[tuple[str | None, str]]:
    """Every (supplier, lot number) that SUPPLIER/X may mean, for both may hold slashes; first the whole as a number."""
    yield None, text
    for at, character in enumerate(text):
        if character == "/" and 0 < at < len(text) - 1:
            yield text[:at], text[at + 1 :]


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
