"""The links of the trace graph, as they follow from the facts in force.

Item to step for each consumption, step to item for each production, lot to unit by way of its serialisation, and unit to
product by way of the portion that was drawn from its lot (see ``plant-format``: what a fact means for a trace).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.history import concat
from queries.shape import FACT_ROWS, NO_FACT

if TYPE_CHECKING:
    from genealogy.history import History

Links = dict[str, pa.Table]
"""By type: source, target, tier, fact and what else the type declares, without the entries between which it holds."""


@dataclass(frozen=True)
class Region:
    """What a change may touch.

    Attributes:
        steps: steps whose direct links may change.
        serialised: lots whose units may change.
        drawn: lots whose portions may change: those, and all that the steps consume or consumed.
    """

    steps: pa.Array
    serialised: pa.Array
    drawn: pa.Array


SERIALISATION = "serialisation\x1f"
"""Before a lot's id: the step that made its units. No code holds a control character, so no step of a plant has it."""

_UNIT, _LOT, _ORDER = 0, 1, 2
_RECORDED = ("quantity", "unit", "at", "line_no")


def resolve(codes: pa.Array, aliases: dict[str, str]) -> pa.Array:
    """Codes as written to our ids: what an alias says, else the code itself."""
    if not aliases:
        return codes
    index = pc.index_in(codes, pa.array(list(aliases), pa.string()))
    return pc.coalesce(pa.array(list(aliases.values()), pa.string()).take(index), codes)


def codes_of(ids: pa.Array, aliases: dict[str, str]) -> pa.Array:
    """The ids and every code that stands for one of them."""
    if not aliases:
        return ids
    codes, means = pa.array(list(aliases), pa.string()), pa.array(list(aliases.values()), pa.string())
    return pa.concat_arrays([ids, codes.filter(pc.is_in(means, ids))])


def derive(
    history: History,
    as_of: int,
    aliases: dict[str, str],
    region: Region | None = None,
) -> Links:
    """The links as of an entry: all of them, or those in a region.

    Args:
        history: the facts.
        as_of: entry of the ledger.
        aliases: codes of items to ids.
        region: the steps and lots whose links are asked for; None: all.
    """
    if as_of < 1:
        return {}
    read = _Facts(history, as_of, aliases)
    if region is None:
        consumed, produced = read.rows("consumption"), read.rows("production")
        units, tiers = read.units(None), read.tiers(None, produced)
        return _links(consumed, produced, units, consumed, produced, units, tiers)
    consumed = read.rows("consumption", step_id=region.steps)
    produced = read.rows("production", step_id=region.steps)
    units = read.units(region.drawn)
    if units is None:
        return _links(consumed, produced, None, None, None, None, read.tiers(region.steps, produced))
    serialised = units.filter(pc.is_in(units["lot"], region.serialised))
    # Whatever else consumed these lots decides as well whether something was drawn from them, and what it went into.
    drawn = read.rows("consumption", item_id=codes_of(pc.unique(units["lot"].combine_chunks()), aliases))
    wide = (
        region.steps if drawn is None else pc.unique(pa.concat_arrays([region.steps, drawn["step"].combine_chunks()]))
    )
    made = read.rows("production", step_id=wide)
    return _links(consumed, produced, serialised, drawn, made, units, read.tiers(wide, made))


class _Facts:
    """Facts as of an entry, with items resolved."""

    def __init__(self, history: History, as_of: int, aliases: dict[str, str]) -> None:
        self._history, self._as_of, self._aliases = history, as_of, aliases

    def rows(self, table: str, **where: pa.Array) -> pa.Table | None:
        """Consumption or production with ``step``, ``item`` and ``fact``."""
        rows = self._history.in_force(table, where or None, self._as_of, ("step_id", "item_id", *_RECORDED))
        if rows is None:
            return None
        return pa.table(
            {
                "step": rows["step_id"],
                "item": resolve(rows["item_id"].combine_chunks(), self._aliases),
                "fact": fact_numbers(rows),
                **{name: rows[name] for name in _RECORDED},
            }
        )

    def units(self, lots: pa.Array | None) -> pa.Table | None:
        """Units with ``item``, ``lot`` and ``fact``, of all lots or of some."""
        where = None
        if lots is not None:
            # A unit may have been of another lot before: so first the keys, then all versions of them.
            codes = codes_of(lots, self._aliases)
            where = {"key": self._history.keys_where("units", "lot_id", codes, self._as_of)}
        rows = self._history.in_force("units", where, self._as_of, ("item_id", "lot_id"))
        if rows is None:
            return None
        rows = rows.filter(pc.is_valid(rows["lot_id"]))
        lot = resolve(rows["lot_id"].combine_chunks(), self._aliases)
        item = resolve(rows["item_id"].combine_chunks(), self._aliases)
        found = pa.table({"item": item, "lot": lot, "fact": fact_numbers(rows)})
        if lots is not None:
            found = found.filter(pc.is_in(lot, lots))
        return found if found.num_rows else None

    def tiers(self, steps: pa.Array | None, produced: pa.Table | None) -> dict[str, pa.Array]:
        """Steps whose tier is not ``lot``: ids and tiers. A unit grain counts only where a step has one output."""
        where = None if steps is None else {"step_id": steps}
        rows = self._history.in_force("steps", where, self._as_of, ("step_id", "grain"))
        empty = {"step": pa.array([], pa.string()), "tier": pa.array([], pa.int64())}
        if rows is None:
            return empty
        order = rows.filter(pc.equal(rows["grain"], "order"))["step_id"].combine_chunks()
        unit = rows.filter(pc.equal(rows["grain"], "unit"))["step_id"].combine_chunks()
        if produced is not None and len(unit):
            outputs = produced.select(["step", "item"]).group_by(["step", "item"]).aggregate([])
            counted = outputs.group_by("step").aggregate([("item", "count")])
            several = counted.filter(pc.greater(counted["item_count"], 1))["step"].combine_chunks()
            unit = unit.filter(pc.invert(pc.is_in(unit, several)))
        return {
            "step": pa.concat_arrays([unit, order]),
            "tier": pa.concat_arrays([_constant(_UNIT, len(unit)), _constant(_ORDER, len(order))]),
        }


def _constant(value: int, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.int64()), count)


def fact_numbers(rows: pa.Table) -> pa.Array:
    """The number of each row's fact: where the ledger holds it."""
    return pa.array(rows["entry"].to_numpy() * FACT_ROWS + rows["document_row"].to_numpy())


def _tier(step: pa.ChunkedArray, tiers: dict[str, pa.Array]) -> pa.ChunkedArray:
    index = pc.index_in(step, tiers["step"])
    return pc.fill_null(tiers["tier"].take(index.combine_chunks()), _LOT)


def _links(
    consumed: pa.Table | None,
    produced: pa.Table | None,
    serialised: pa.Table | None,
    drawn: pa.Table | None,
    made: pa.Table | None,
    units: pa.Table | None,
    tiers: dict[str, pa.Array],
) -> Links:
    consumption, production = [], []
    if consumed is not None:
        names = {"source": consumed["item"], "target": consumed["step"], "tier": _tier(consumed["step"], tiers)}
        consumption.append(pa.table({**names, "fact": consumed["fact"], **{n: consumed[n] for n in _RECORDED}}))
    if produced is not None:
        names = {"source": produced["step"], "target": produced["item"], "tier": _tier(produced["step"], tiers)}
        production.append(pa.table({**names, "fact": produced["fact"], **{n: produced[n] for n in _RECORDED}}))
    if serialised is not None and serialised.num_rows:
        lots = pc.unique(serialised["lot"].combine_chunks())
        steps = pc.binary_join_element_wise(SERIALISATION, lots, "")
        consumption.append(_bare(lots, steps, _constant(NO_FACT, len(lots))))
        step = pc.binary_join_element_wise(SERIALISATION, serialised["lot"], "")
        production.append(_bare(step, serialised["item"], serialised["fact"]))
    links = {"CONSUMED_BY": concat(consumption), "PRODUCED": concat(production)}
    if units is not None and drawn is not None:
        drawn = drawn.filter(pc.is_in(drawn["item"], pc.unique(units["lot"].combine_chunks())))
        if drawn.num_rows:
            links |= _portions(drawn, made, units, tiers)
    return {name: table for name, table in links.items() if table is not None}


def _bare(source: pa.Array, target: pa.Array, fact: pa.Array) -> pa.Table:
    nothing = pa.nulls(len(source), pa.string())
    names = {"source": source, "target": target, "tier": _constant(_LOT, len(source)), "fact": fact}
    return pa.table(names | dict.fromkeys(_RECORDED, nothing))


def _portions(
    drawn: pa.Table, made: pa.Table | None, units: pa.Table, tiers: dict[str, pa.Array]
) -> dict[str, pa.Table | None]:
    parts = units.filter(pc.is_in(units["lot"], pc.unique(drawn["item"].combine_chunks())))
    part_of = pa.table(
        {
            "source": parts["item"],
            "target": parts["lot"],
            "tier": _constant(_LOT, parts.num_rows),
            "fact": parts["fact"],
        }
    )
    if made is None:
        return {"PART_OF": part_of}
    # One link for each lot, step and product, however many rows recorded it; the first of them is its evidence.
    uses = drawn.group_by(["item", "step"]).aggregate([("fact", "min")])
    outputs = made.select(["step", "item"]).group_by(["step", "item"]).aggregate([])
    outputs = outputs.rename_columns({"item": "output"}) if "item" in outputs.column_names else outputs
    joined = uses.join(outputs, keys="step", join_type="inner")
    if not joined.num_rows:
        return {"PART_OF": part_of}
    tier = pc.max_element_wise(_tier(joined["step"], tiers), _LOT)
    went_into = pa.table(
        {
            "source": joined["item"],
            "target": joined["output"],
            "tier": tier,
            "fact": joined["fact_min"],
            "step": joined["step"],
        }
    )
    return {"PART_OF": part_of, "WENT_INTO": went_into}
