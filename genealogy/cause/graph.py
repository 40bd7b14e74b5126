"""The first road to common causes: behind how many of the complaints each candidate stands, asked of the graph."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from genealogy.derive import SERIALISATION
from queries import cause as asked
from queries.starts import USES_OF_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from genealogy.cypher_road import CypherRoad
    from genealogy.stores.contract import Store
    from queries.query import Query

Key = tuple[str, ...]


class GraphCauses:
    """What stands behind complaints as of an entry.

    Args:
        store: the graph.
        road: the first road, for what is reached and for aliases; what was asked is noted there.
        as_of: entry of the ledger.
    """

    def __init__(self, store: Store, road: CypherRoad, as_of: int) -> None:
        self._store, self._road, self._as_of = store, road, as_of

    def behind(self, complaints: Sequence[str]) -> Counter[Key]:
        """For each candidate, by kind and name, behind how many of the complaints it stands.

        Items are counted under ``item`` whatever they are, materials of every stage.
        """
        reached = {c: {c, *self._road.reach([c], "backward", self._as_of).ids} for c in complaints}
        every = sorted(set().union(*reached.values()))
        makers = defaultdict(set)
        for row in self._rows(asked.MADE_BY, every):
            if not row["step_id"].startswith(SERIALISATION):
                makers[row["item_id"]].add(row["step_id"])
        said = self._of_steps(sorted(set().union(*makers.values()) if makers else ()))
        of_lots = self._of_lots(every)
        counts: Counter[Key] = Counter()
        for items in reached.values():
            steps = {step for item in items for step in makers.get(item, ())}
            keys: set[Key] = {("item", item) for item in items} | {("step", step) for step in steps}
            keys |= {key for step in steps for key in said.get(step, ())}
            keys |= {key for item in items for key in of_lots.get(item, ())}
            counts.update(keys)
        return counts

    def _of_steps(self, steps: Sequence[str]) -> Mapping[str, set[Key]]:
        found: dict[str, set[Key]] = defaultdict(set)
        for row in self._rows(asked.STEPS_IN_COMMON, steps):
            for kind, names in (
                ("operator", [row["operator"]]),
                ("order", [row["order_id"]]),
                ("document", [row["document_id"], row["document_version"]]),
            ):
                if names[0] is not None:
                    found[row["step_id"]].add((kind, *filter(None, names)))
        equipment = self._road.aliases("equipment", self._as_of)
        for row in self._rows(USES_OF_STEPS, steps):
            found[row["step_id"]].add(("equipment", equipment.get(row["equipment_id"], row["equipment_id"])))
        return found

    def _of_lots(self, items: Iterable[str]) -> Mapping[str, set[Key]]:
        means = self._road.aliases("item", self._as_of)
        suppliers, materials = (self._road.aliases(kind, self._as_of) for kind in ("party", "material"))
        wanted = set(items)
        codes = (wanted - means.keys()) | {code for code, item in means.items() if item in wanted}
        found: dict[str, set[Key]] = defaultdict(set)
        for row in self._rows(asked.LOTS_IN_COMMON, sorted(codes)):
            item = means.get(row["item_id"], row["item_id"])
            for kind, code, meaning in (
                ("supplier", row["supplier_id"], suppliers), ("material", row["material_id"], materials),
            ):  # fmt: skip
                if code is not None:
                    found[item].add((kind, meaning.get(code, code)))
        return found

    def _rows(self, query: Query, ids: Sequence[str]) -> list[dict[str, Any]]:
        self._road.asked[query.name] = query.digest(self._store.dialect)
        rows = self._store.read(query, ids=list(ids), as_of=self._as_of)
        return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]


def differences(graph: Counter[Key], arrays: Mapping[Key, int], least: int) -> list[str]:
    """Where the roads count differently.

    Args:
        graph: as ``GraphCauses.behind`` counts.
        arrays: candidates by kind and name, those behind at least ``least`` complaints.
        least: two, or one where there is a single complaint.
    """
    merged = {("item", *key[1:]) if key[0] in ("lot", "unit") else key: count for key, count in arrays.items()}
    found = [
        f"{' '.join(key)}: behind {graph[key]} complaints by the graph, {count} by the arrays"
        for key, count in sorted(merged.items())
        if graph[key] != count
    ]
    if least > 1:
        found += [
            f"{' '.join(key)}: behind {count} complaints by the graph, not found by the arrays"
            for key, count in sorted(graph.items())
            if count >= least and key not in merged and key[0] != "material"
        ]
    return found
