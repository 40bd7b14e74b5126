"""The graph beside the arrays: whether both know the same records about items and what they were packed in.

The parts of a balance are worked out from the arrays, which are made from the ledger's facts. The graph is asked in
Cypher for the facts that name the same items and containers; where it knows others, the answer is not complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.derive import SERIALISATION
from genealogy.where.containers import inside
from queries import balance as amounts
from queries import where as asked
from queries.shape import FACT_ROWS

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment
    from genealogy.stores.contract import Store
    from queries.query import Query

_BY_NAME = {
    "stock": asked.COUNTS_OF, "moves": asked.MOVES_OF, "dispositions": asked.DISPOSITIONS_OF,
    "shipments": asked.SHIPPED_UNDER,
}  # fmt: skip
_LINKS = {"consumption": amounts.CONSUMED_AMOUNTS, "production": amounts.PRODUCED_LINES}


def differences(store: Store, asked_of: dict[str, str], moment: Moment, things: Array, named: Array) -> list[str]:
    """What the graph knows otherwise, in words; empty where it agrees.

    Args:
        store: the graph.
        asked_of: told the digest of each question, by its name.
        moment: the facts that count, in the arrays.
        things: items whose records by name are compared, and those of their containers.
        named: items whose consumption and production are compared.
    """
    found = []

    def read(query: Query, **params: Any) -> dict[str, list[Any]]:
        asked_of[query.name] = query.digest(store.dialect)
        return store.read(query, as_of=moment.as_of, **params)

    codes, _ = moment.items.spellings(np.unique(things))
    codes = np.union1d(codes, inside(moment, np.unique(things)).container).astype(np.int32)
    spelled, _ = moment.items.spellings(codes)
    codes = np.union1d(codes, spelled).astype(np.int32)
    ids = sorted(map(str, moment.codes.strings(codes)))
    for table, query in _BY_NAME.items():
        rows, _ = moment.rows_at(table, "item_id", codes)
        found += _compared(table, _facts(moment, table, rows), read(query, ids=ids)["fact"])
    for item in named.tolist():
        name = moment.codes.string(item)
        for table, query in _LINKS.items():
            rows, _ = moment.rows_of(table, "item_id", np.array([item], np.int32))
            links = read(query, id=name)
            recorded = [
                fact
                for step, fact in zip(links["step"], links["fact"], strict=True)
                if not step.startswith(SERIALISATION)
            ]
            found += _compared(table, _facts(moment, table, rows), recorded)
    return found


def _facts(moment: Moment, table: str, rows: Array) -> set[int]:
    entries, positions = moment.facts(table, np.unique(rows))
    return {int(entry) * FACT_ROWS + int(row) for entry, row in zip(entries.tolist(), positions.tolist(), strict=True)}


def _compared(table: str, arrays: set[int], graph: list[int]) -> list[str]:
    only = [("the arrays", arrays - set(graph)), ("the graph", set(graph) - arrays)]
    return [
        f"{len(facts)} rows of {table} are known to {who} only: {sorted(facts)[:3]}" for who, facts in only if facts
    ]
