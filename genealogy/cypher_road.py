"""The first road: what is reachable, described and shipped, asked of the graph in Cypher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.consignments import shipped_lines
from genealogy.derive import SERIALISATION
from genealogy.measures import Measures
from genealogy.quantities import exact
from genealogy.reach import Description, Reach, Shipped
from genealogy.scope import Party
from queries import reach as asked
from queries import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from genealogy.stores.contract import Store
    from queries.query import Query

ORDER = 2
"""The weakest tier that records can prove."""

_FEW = 8
"""At a Ladybug boundary of up to so many items, each is gone on from; a wider one is asked again with the long bound."""


def _keep_least(best: dict[str, int], found: dict[str, int]) -> None:
    for item, count in found.items():
        if count < best.get(item, count + 1):
            best[item] = count


class CypherRoad:
    """Questions to a store, as of an entry whose facts are all applied."""

    def __init__(self, store: Store, worst_tier: int) -> None:
        self._store = store
        self._worst_tier = worst_tier
        self._aliases: dict[int, dict[str, dict[str, str]]] = {}
        self._order_products: dict[int, frozenset[str]] = {}
        self.asked: dict[str, str] = {}

    def _read(self, query: Query, **params: Any) -> dict[str, list[Any]]:
        self.asked[query.name] = query.digest(self._store.dialect)
        return self._store.read(query, **params)

    def aliases(self, kind: str, as_of: int) -> dict[str, str]:
        """Code to meaning."""
        if as_of not in self._aliases:
            found: dict[str, dict[str, str]] = {}
            rows = self._read(records.ALIASES, as_of=as_of)
            for of_kind, code, means in zip(*rows.values(), strict=True):
                found.setdefault(of_kind, {})[code] = means
            self._aliases[as_of] = found
        return self._aliases[as_of].get(kind, {})

    def reach(self, starts: Sequence[str], direction: str, as_of: int) -> Reach:
        """Everything reachable from the starts, with depth and tier (see ``Reach``)."""
        depth: dict[str, int] = {}
        cycles = []
        for start in starts:
            found = self._from(start, direction, as_of, ORDER)
            if self._closes(start, direction, as_of, found):
                cycles.append(start)
            _keep_least(depth, found)
        # A tier is the least at which an item is still reached: nested runs, the widest being the one above.
        tier = dict.fromkeys(depth, ORDER)
        for weakest in (1, 0):
            if (
                not depth
                or weakest >= self._worst_tier
                or (weakest == 1 and not self._meets_order(starts, depth, as_of))
            ):
                # No link on the way is weaker than this, so the run above is this one as well.
                tier = dict.fromkeys(depth, weakest)
                continue
            for start in starts:
                tier.update(dict.fromkeys(self._from(start, direction, as_of, weakest), weakest))
        for start in starts:
            depth.pop(start, None)
        ids = sorted(depth)
        return Reach(ids, [depth[i] for i in ids], [tier[i] for i in ids], sorted(set(cycles)))

    def _meets_order(self, starts: Sequence[str], depth: dict[str, int], as_of: int) -> bool:
        """Whether any item at hand came from a step of which only the order is known."""
        if as_of not in self._order_products:
            self._order_products[as_of] = frozenset(self._read(asked.ORDER_PRODUCTS, as_of=as_of)["id"])
        products = self._order_products[as_of]
        return not products.isdisjoint(depth) or not products.isdisjoint(starts)

    def _from(self, start: str, direction: str, as_of: int, tier: int) -> dict[str, int]:
        """Least number of moves to each item over links no weaker than a tier."""
        forward = direction == "forward"
        query, long = (asked.FORWARD, asked.FORWARD_LONG) if forward else (asked.BACKWARD, asked.BACKWARD_LONG)
        links = self._links_to(query, start, as_of, tier)
        if self._store.dialect == "ladybug":
            base, bound = 0, asked.BOUND
            # A bound must never end a trace in silence: go on from the items at the bound until there are none.
            while edge := [item for item, count in links.items() if count == base + bound]:
                if len(edge) > _FEW and query is not long:
                    query, base, bound = long, 0, asked.LONG_BOUND
                    links = self._links_to(query, start, as_of, tier)
                    continue
                base += bound
                for item in edge:
                    further = self._links_to(query, item, as_of, tier)
                    further.pop(start, None)
                    _keep_least(links, {reached: base + count for reached, count in further.items()})
        return {item: count // 2 for item, count in links.items()}

    def _links_to(self, query: Query, start: str, as_of: int, tier: int) -> dict[str, int]:
        rows = self._read(query, start=start, as_of=as_of, tier=tier)
        return dict(zip(rows["id"], rows["links"], strict=True))

    def _closes(self, start: str, direction: str, as_of: int, reached: dict[str, int]) -> bool:
        """Whether a start reaches itself: what leads back to it in one move is reached from it."""
        query = asked.PREDECESSORS if direction == "forward" else asked.SUCCESSORS
        return any(item == start or item in reached for item in self._read(query, start=start, as_of=as_of)["id"])

    def describe(self, ids: Sequence[str], as_of: int) -> list[Description]:
        """What the records say of items, in the order asked (see ``Description``)."""
        items, materials = self.aliases("item", as_of), self.aliases("material", as_of)
        units = self._records(records.UNIT_RECORDS, ids, items, as_of)
        lots = self._records(records.LOT_RECORDS, ids, items, as_of)
        of_units = {items.get(r["lot_id"], r["lot_id"]) for r in units.values() if r["lot_id"] and not r["material_id"]}
        behind = self._records(records.LOT_RECORDS, sorted(of_units - lots.keys()), items, as_of) | lots
        stages = self._stages(materials, as_of)

        def described(item: str) -> Description:
            unit, lot = units.get(item), lots.get(item)
            if unit is not None:
                lot_id = items.get(unit["lot_id"], unit["lot_id"])
                code = (
                    unit["material_id"] or behind.get(lot_id, {}).get("material_id") or (lot or {}).get("material_id")
                )
                material = materials.get(code or "", code)
                return Description("unit", material, stages.get(material), lot_id, unit["number"], None, None)
            if lot is not None:
                material = materials.get(lot["material_id"], lot["material_id"])
                number, quantity, measure = lot["number"], lot["quantity"], lot["unit"]
                return Description("lot", material, stages.get(material), None, number, quantity, measure)
            return Description("unknown", None, None, None, None, None, None)

        return [described(item) for item in ids]

    def _stages(self, materials: dict[str, str], as_of: int) -> dict[str | None, str]:
        rows = self._read(records.MATERIALS, as_of=as_of)
        found: dict[str | None, str] = {}
        for code, stage in zip(rows["material_id"], rows["stage"], strict=True):
            found.setdefault(materials.get(code, code), stage)
        # A material described under its own id is believed before one described under an alias of it.
        found.update({c: s for c, s in zip(rows["material_id"], rows["stage"], strict=True) if c not in materials})
        return found

    def _records(
        self, query: Query, ids: Sequence[str], aliases: dict[str, str], as_of: int
    ) -> dict[str, dict[str, Any]]:
        """The record in force of each item: by its own id, else by a code that stands for it."""
        found = self._versions(query, ids, as_of)
        found = {item: record for item, record in found.items() if item not in aliases}
        if aliases:
            wanted = set(ids)
            others = sorted(code for code, means in aliases.items() if means in wanted and means not in found)
            for code, record in sorted(self._versions(query, others, as_of).items()):
                found.setdefault(aliases[code], record)
        return found

    def _versions(self, query: Query, codes: Sequence[str], as_of: int) -> dict[str, dict[str, Any]]:
        """By key and number of version: nearly always the first is the one, so a second question is rare."""
        found: dict[str, dict[str, Any]] = {}
        version, left = 0, list(codes)
        while left:
            rows = self._read(query, keys=[f"{code}\x1f{version}" for code in left])
            left = []
            for values in zip(*rows.values(), strict=True):
                record = dict(zip(query.columns, values, strict=True))
                if record["known_from"] > as_of:
                    continue
                if record["known_until"] > as_of:
                    found[record["item_id"]] = record
                else:
                    left.append(record["item_id"])
            version += 1
        return found

    def shipments(
        self, affected: Iterable[str], as_of: int, described: Sequence[Description] | None = None
    ) -> list[Shipped]:
        """The shipment lines that hold, or may hold, one of these items (see ``Shipped``)."""
        ids = list(affected)
        return shipped_lines(self, ids, described or self.describe(ids, as_of), as_of)

    def lines_naming(self, codes: Sequence[str], as_of: int) -> list[dict[str, Any]]:
        """The shipment lines that name one of these codes."""
        rows = self._read(records.SHIPMENTS_OF, ids=list(codes), as_of=as_of)
        return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]

    def packed_in(self, codes: Sequence[str], as_of: int) -> list[dict[str, Any]]:
        """Where items or containers were packed."""
        rows = self._read(records.PACKED_IN, ids=list(codes), as_of=as_of)
        return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]

    def units_of(self, lots: Sequence[str], as_of: int) -> dict[str, int]:
        """How many units were serialised from each lot."""
        rows = self._read(records.SERIALISED, ids=[SERIALISATION + lot for lot in lots], as_of=as_of)
        return {s.removeprefix(SERIALISATION): n for s, n in zip(rows["lot_id"], rows["units"], strict=True)}

    def produced(self, lot: str, as_of: int) -> list[tuple[str | None, str | None]]:
        """How much of a lot each of its production rows records, None where it does not say."""
        rows = self._read(records.PRODUCED_AMOUNTS, id=lot, as_of=as_of)
        return list(zip(rows["quantity"], rows["unit"], strict=True))

    def parties(self, as_of: int) -> dict[str, Party]:
        """The parties, by our id; one described under its own id is believed before one described under an alias."""
        aliases = self.aliases("party", as_of)
        rows = self._read(records.PARTIES, as_of=as_of)
        found: dict[str, Party] = {}
        for own in (False, True):
            for code, name, role, country in sorted(zip(*rows.values(), strict=True)):
                if (code not in aliases) == own:
                    found[aliases.get(code, code)] = Party(name, tuple((role or "").split("|")), country)
        return found

    def measures(self, as_of: int) -> Measures:
        """What is needed to convert quantities."""
        materials = self.aliases("material", as_of)
        rows = self._read(records.MATERIALS, as_of=as_of)
        bases: dict[str, str] = {}
        for code, base in sorted(zip(rows["material_id"], rows["base_unit"], strict=True)):
            if code not in materials:
                bases[code] = base
            else:
                bases.setdefault(materials[code], base)
        units = self.aliases("unit_of_measure", as_of)
        conversions: dict[str, dict[tuple[str, str], Fraction]] = {}
        for code, one, other, factor in zip(*self._read(records.CONVERSIONS, as_of=as_of).values(), strict=True):
            pair = (units.get(one, one), units.get(other, other))
            conversions.setdefault(materials.get(code, code), {})[pair] = exact(factor)
        return Measures(bases, conversions, units)
