"""The first road: what is reachable, described and shipped, asked of the graph in Cypher."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.consignments import shipped_lines
from genealogy.derive import SERIALISATION
from genealogy.measures import Measures
from genealogy.quantities import exact
from genealogy.reach import Descriptions, Reach, Texts
from genealogy.scope import Amounts, Party
from genealogy.starts.frontier import FEW, Frontier
from queries import reach as asked
from queries import records
from queries import why as explaining

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from fractions import Fraction

    from genealogy.reach import Description, Numbers, Shipments, Shipped
    from genealogy.stores.contract import Store
    from queries.query import Query

ORDER = 2
"""The weakest tier that records can prove."""

_FEW = 8
"""At a Ladybug boundary of up to so many items, each is gone on from; a wider one is asked again with the long bound."""


def _keep_least(best: dict[str, int], found: dict[str, int]) -> None:
    if not best:
        best.update(found)
        return
    for item, count in found.items():
        if count < best.get(item, count + 1):
            best[item] = count


def _at(links: dict[str, int], count: int) -> list[str]:
    """The items at so many links; there rarely are any."""
    return [item for item, links_to in links.items() if links_to == count] if count in links.values() else []


def _any_in(reached: dict[str, int] | pa.Array, items: Collection[str]) -> bool:
    """Whether any of these items was reached."""
    if isinstance(reached, dict):
        return any(item in reached for item in items)
    return bool(items) and bool(pc.any(pc.is_in(reached, pa.array(list(items), pa.string()))).as_py())


def _code(numbered: tuple[int, str]) -> str:
    return numbered[1]


def _each(texts: pa.Array, meanings: Mapping[str, str]) -> pa.Array:
    """What each text is given; null where nothing is."""
    known = pc.index_in(texts, pa.array(list(meanings), pa.string()))
    return pa.array(list(meanings.values()), pa.string()).take(known)


def _meant(codes: pa.Array, aliases: Mapping[str, str]) -> pa.Array:
    """What each code means; itself where no alias says otherwise."""
    return pc.coalesce(_each(codes, aliases), codes) if aliases else codes


class CypherRoad:
    """Questions to a store, as of an entry whose facts are all applied."""

    def __init__(self, store: Store, worst_tier: int) -> None:
        self._store = store
        self._worst_tier = worst_tier
        self._aliases: dict[int, dict[str, dict[str, str]]] = {}
        self._order_products: dict[int, frozenset[str]] = {}
        self._nested: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
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
        if direction == "forward" and len(starts) > FEW:
            return self._of_many(starts, as_of)
        if len(starts) == 1:
            return self._of_one(starts[0], direction, as_of)
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
            if not depth or self.nothing_weaker(weakest, starts, depth, as_of):
                tier = dict.fromkeys(depth, weakest)
                continue
            for start in starts:
                tier.update(dict.fromkeys(self._from(start, direction, as_of, weakest), weakest))
        for start in starts:
            depth.pop(start, None)
        ids = sorted(depth)
        return Reach(ids, [depth[i] for i in ids], [tier[i] for i in ids], sorted(set(cycles)))

    def _of_one(self, start: str, direction: str, as_of: int) -> Reach:
        """The same of a single start, in columns: it may reach a million items."""
        ids, moves = self._columns_from(start, direction, as_of, ORDER)
        closes = self._closes(start, direction, as_of, ids)
        tier = np.full(len(ids), ORDER)
        for weakest in (1, 0):  # as in ``reach``
            if self.nothing_weaker(weakest, [start], ids, as_of):
                tier[:] = weakest
            elif len(ids):
                within, _ = self._columns_from(start, direction, as_of, weakest)
                tier[pc.is_in(ids, within).to_numpy(zero_copy_only=False)] = weakest
        order = pc.array_sort_indices(ids)
        ids, place = ids.take(order), order.to_numpy()
        others = pc.not_equal(ids, start)
        place = place[others.to_numpy(zero_copy_only=False)]
        return Reach(
            ids.filter(others).to_pylist(), moves[place].tolist(), tier[place].tolist(), [start] if closes else []
        )

    def _columns_from(self, start: str, direction: str, as_of: int, tier: int) -> tuple[pa.Array, Numbers]:
        """What ``_from`` says, as columns, in no particular order."""
        query = asked.FORWARD if direction == "forward" else asked.BACKWARD
        rows = self._read(query, start=start, as_of=as_of, tier=tier)
        links = np.array(rows["links"], np.int64)
        if self._store.dialect == "ladybug" and (links == asked.BOUND).any():
            found = self._from(start, direction, as_of, tier, dict(zip(rows["id"], rows["links"], strict=True)))
            return pa.array(list(found), pa.string()), np.array(list(found.values()), np.int64)
        return pa.array(rows["id"], pa.string()), links // 2

    def beyond(self, items: Sequence[str], as_of: int) -> Reach:
        """Everything reachable forward from many items at once (see ``Frontier``); cycles are not looked for."""
        return Frontier(self._store, self).beyond(items, as_of)

    def _of_many(self, starts: Sequence[str], as_of: int) -> Reach:
        found = self.beyond(starts, as_of)
        within = {*starts, *found.ids}
        # Only a start to which one move leads from something reached can lie on a cycle; those are searched one by one.
        pairs = Frontier(self._store, self).predecessors(starts, as_of)
        near = sorted({item for item, before in pairs if before in within})
        moves = {item: self._from(item, "forward", as_of, ORDER) for item in near}
        return replace(found, cycles=[item for item in near if self._closes(item, "forward", as_of, moves[item])])

    def moves(self, item: str, direction: str, as_of: int, tier: int) -> dict[str, int]:
        """Least number of moves from an item to each other over links no weaker than a tier."""
        return self._from(item, direction, as_of, tier)

    def links_between(self, one: str, other: str, as_of: int) -> list[tuple[str, int]]:
        """The steps (a serialisation counts as one) that lead from one item to another in one move, with their tiers."""
        rows = self._read(explaining.MOVE, start=one, id=other, as_of=as_of)
        return sorted(zip(rows["step"], rows["tier"], strict=True))

    def nothing_weaker(
        self, weakest: int, starts: Sequence[str], reached: dict[str, int] | pa.Array, as_of: int
    ) -> bool:
        """Whether surely no link on the way is weaker than this tier, so that a run over these alone reaches as much."""
        return weakest >= self._worst_tier or (weakest == 1 and not self._meets_order(starts, reached, as_of))

    def _meets_order(self, starts: Sequence[str], reached: dict[str, int] | pa.Array, as_of: int) -> bool:
        """Whether any item at hand came from a step of which only the order is known."""
        if as_of not in self._order_products:
            self._order_products[as_of] = frozenset(self._read(asked.ORDER_PRODUCTS, as_of=as_of)["id"])
        products = self._order_products[as_of]
        return not products.isdisjoint(starts) or _any_in(reached, products)

    def _from(
        self, start: str, direction: str, as_of: int, tier: int, links: dict[str, int] | None = None
    ) -> dict[str, int]:
        """Least number of moves to each item over links no weaker than a tier; ``links``: where that was asked already."""
        forward = direction == "forward"
        query, long = (asked.FORWARD, asked.FORWARD_LONG) if forward else (asked.BACKWARD, asked.BACKWARD_LONG)
        links = self._links_to(query, start, as_of, tier) if links is None else links
        if self._store.dialect == "ladybug":
            base, bound = 0, asked.BOUND
            # A bound must never end a trace in silence: go on from the items at the bound until there are none.
            while edge := _at(links, base + bound):
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

    def _closes(self, start: str, direction: str, as_of: int, reached: dict[str, int] | pa.Array) -> bool:
        """Whether a start reaches itself: what leads back to it in one move is reached from it."""
        query = asked.PREDECESSORS if direction == "forward" else asked.SUCCESSORS
        before = self._read(query, start=start, as_of=as_of)["id"]
        return start in before or _any_in(reached, before)

    def describe(self, ids: Sequence[str], as_of: int) -> list[Description]:
        """What the records say of items, in the order asked (see ``Description``)."""
        return self.described(ids, as_of).rows()

    def described(self, ids: Sequence[str], as_of: int) -> Descriptions:
        """The same as columns."""
        items, materials = self.aliases("item", as_of), self.aliases("material", as_of)
        units = self._records(records.UNIT_RECORDS, ids, items, as_of)
        lots = self._records(records.LOT_RECORDS, ids, items, as_of)
        unit, lot = units["item_id"].is_valid(), lots["item_id"].is_valid()
        parent = _meant(units["lot_id"], items)
        # What a unit is says its own record, else its lot's, else its record as a lot.
        of_parent = self._materials_of(pc.if_else(units["material_id"].is_valid(), None, parent), items, as_of)
        material = _meant(pc.coalesce(units["material_id"], of_parent, lots["material_id"]), materials)
        only_lot = pc.and_(lot, pc.invert(unit))
        of_lots = {name: pc.if_else(only_lot, lots[name], None) for name in ("number", "quantity", "unit")}
        return Descriptions(
            kind=Texts.of(pc.if_else(unit, "unit", pc.if_else(lot, "lot", "unknown"))),
            material_id=Texts.of(material),
            stage=Texts.of(_each(material, self._stages(materials, as_of))),
            lot_id=Texts.of(parent),
            number=Texts.of(pc.coalesce(units["number"], of_lots["number"])),
            quantity=Texts.of(of_lots["quantity"]),
            unit=Texts.of(of_lots["unit"]),
        )

    def _materials_of(self, lots: pa.Array, items: dict[str, str], as_of: int) -> pa.Array:
        """The material as written of the record of each lot; null for null."""
        different = lots.unique().drop_null()
        found = self._records(records.LOT_RECORDS, different.to_pylist(), items, as_of)["material_id"]
        return found.take(pc.index_in(lots, different))

    def _stages(self, materials: dict[str, str], as_of: int) -> dict[str, str]:
        rows = self._read(records.MATERIALS, as_of=as_of)
        found: dict[str, str] = {}
        for code, stage in zip(rows["material_id"], rows["stage"], strict=True):
            found.setdefault(materials.get(code, code), stage)
        # A material described under its own id is believed before one described under an alias of it.
        found.update({c: s for c, s in zip(rows["material_id"], rows["stage"], strict=True) if c not in materials})
        return found

    def _records(self, query: Query, ids: Sequence[str], aliases: dict[str, str], as_of: int) -> dict[str, pa.Array]:
        """The record in force of each item, columns of null where there is none: by its own id, else by a code for it."""
        columns = self._versions(query, ids, as_of)
        wanted = pa.array(ids, pa.string())
        place = pc.index_in(wanted, columns["item_id"])
        if aliases:
            # A code that an alias gives another meaning does not describe itself.
            place = pc.if_else(pc.is_in(wanted, pa.array(list(aliases), pa.string())), None, place)
            lacking = set(wanted.filter(place.is_null()).to_pylist())
            others = sorted(code for code, means in aliases.items() if means in lacking)
            more = self._versions(query, others, as_of)
            first = {aliases[code]: at for at, code in sorted(enumerate(more["item_id"].to_pylist()), key=_code)[::-1]}
            if first:
                count = len(columns["item_id"])
                columns = {name: pa.concat_arrays([columns[name], more[name]]) for name in columns}
                by_alias = pa.array([first.get(item) for item in ids], pa.int32())
                place = pc.coalesce(place, pc.add(by_alias, pa.scalar(count, pa.int32())))
        return {name: column.take(place) for name, column in columns.items()}

    def _versions(self, query: Query, codes: Sequence[str], as_of: int) -> dict[str, pa.Array]:
        """By key and number of version: nearly always the first is the one, so a second question is rare."""
        names = query.columns[:-2]
        parts: dict[str, list[pa.Array]] = {name: [pa.array([], pa.string())] for name in names}
        version, left = 0, list(codes)
        while left:
            rows = self._read(query, keys=[f"{code}\x1f{version}" for code in left])
            since, until = (np.array(rows[name], np.int64) for name in query.columns[-2:])
            known = since <= as_of
            in_force = known & (until > as_of)
            for name in names:
                column = pa.array(rows[name], pa.string())
                parts[name].append(column if in_force.all() else column.filter(pa.array(in_force)))
            superseded = np.flatnonzero(known & ~in_force).tolist()
            left = [rows["item_id"][place] for place in superseded]
            version += 1
        return {name: pa.concat_arrays(part) for name, part in parts.items()}

    def shipments(
        self, affected: Iterable[str], as_of: int, described: Sequence[Description] | None = None
    ) -> list[Shipped]:
        """The shipment lines that hold, or may hold, one of these items (see ``Shipped``)."""
        ids = list(affected)
        known = self.described(ids, as_of) if described is None else Descriptions.of(described)
        return self.shipped(ids, known, as_of).rows()

    def shipped(self, ids: Sequence[str], described: Descriptions, as_of: int) -> Shipments:
        """The same as columns, in no particular order."""
        return shipped_lines(self, ids, described, as_of)

    def lines_naming(self, codes: Sequence[str], as_of: int) -> list[dict[str, Any]]:
        """The shipment lines that name one of these codes."""
        rows = self._read(records.SHIPMENTS_OF, ids=list(codes), as_of=as_of)
        return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]

    def packed_in(self, codes: Sequence[str], as_of: int) -> dict[str, list[Any]]:
        """Where items or containers were packed: columns."""
        return self._read(records.PACKED_IN, ids=list(codes), as_of=as_of)

    def nested(self, as_of: int) -> dict[str, list[tuple[Any, ...]]]:
        """Where containers were packed, by the code as written: rows with the columns of ``packed_in``."""
        if as_of not in self._nested:
            found: dict[str, list[tuple[Any, ...]]] = {}
            packed = self._read(records.NESTED_PACKINGS, as_of=as_of)
            for row in zip(*packed.values(), strict=True):
                found.setdefault(row[0], []).append(row)
            # A container may have been packed under another system's code for it.
            others = sorted(self.aliases("item", as_of).keys() - found.keys())
            for row in zip(*self.packed_in(others, as_of).values(), strict=True) if others else ():
                found.setdefault(row[0], []).append(row)
            self._nested[as_of] = found
        return self._nested[as_of]

    def units_of(self, lots: Sequence[str], as_of: int) -> dict[str, int]:
        """How many units were serialised from each lot."""
        rows = self._read(records.SERIALISED, ids=[SERIALISATION + lot for lot in lots], as_of=as_of)
        return {s.removeprefix(SERIALISATION): n for s, n in zip(rows["lot_id"], rows["units"], strict=True)}

    def produced(self, lots: Sequence[str], as_of: int) -> list[Amounts]:
        """How much of each lot each of its production rows records, None where it does not say."""
        if self._store.dialect == "ladybug" or len(lots) <= 1:
            each = (self._read(records.PRODUCED_AMOUNTS, id=lot, as_of=as_of) for lot in lots)
            return [sorted(zip(rows["quantity"], rows["unit"], strict=True), key=str) for rows in each]
        found: dict[str, Amounts] = {lot: [] for lot in lots}
        rows = self._read(records.PRODUCED_AMOUNTS_OF, ids=list(lots), as_of=as_of)
        for lot, *amount in zip(*rows.values(), strict=True):
            found[lot].append((amount[0], amount[1]))
        return [sorted(found[lot], key=str) for lot in lots]

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
