"""Everything that was ever recorded of an item, and what waits for somebody, against a plain reading of the loads."""

from __future__ import annotations

import random

import pytest
from facts import Facts, entry
from oracle import Known, Oracle
from plants import random_plant

from genealogy.attention import attention
from genealogy.evidence import Evidence, Fact
from genealogy.plant import TABLES
from genealogy.recorded import recorded
from genealogy.snapshot import Snapshot


class Direct(Evidence):
    """Facts as the test made them, without files."""

    def __init__(self, facts: Facts) -> None:
        self._tables = dict(facts.facts())

    def facts(self, moment, table, rows):  # type: ignore[no-untyped-def]
        found = []
        for sequence, position in zip(*moment.facts(table, rows), strict=True):
            row = self._tables[int(sequence)][table].slice(int(position), 1).to_pylist()[0]
            cells = {c.name: row[c.name] for c in TABLES[table].facts if row[c.name] is not None}
            found.append(Fact(table, int(sequence), "", int(position), cells))
        return found


def names(known: Known, table: str, row: dict[str, str | None], item: str) -> bool:
    """Whether a row names an item, under whatever code."""
    columns = [c.name for c in TABLES[table].columns if c.alias == "item"]
    return any(row.get(name) and known.item(str(row[name])) == item for name in columns)


@pytest.mark.parametrize("batch", range(6))
def test_every_version_is_there_with_the_entry_that_ended_it(batch: int) -> None:
    rng = random.Random(batch)
    for _ in range(25):
        oracle = Oracle(random_plant(rng, 8, ""))
        facts = Facts.of(*(entry(**load) for load in oracle.entries))
        snapshot, evidence = Snapshot.of(facts), Direct(facts)
        last = len(oracle.entries)
        known = oracle.known()
        for item in rng.sample(known.items, min(4, len(known.items))):
            told = recorded(snapshot, evidence, item, last)["facts"]
            expected = [
                (number, table, {k: v for k, v in row.items() if v is not None and k in TABLES[table].by_name})
                for number, load in enumerate(oracle.entries, start=1)
                for table, rows in load.items()
                for row in rows
                if row.get("void") != "yes"
                and names(known, table, row, item)
            ]  # fmt: skip
            said = [(fact["entry"], fact["table"], fact["cells"]) for fact in told]
            assert sorted(map(str, said)) == sorted(map(str, expected))
            in_force = {
                table: sum(names(known, table, row, item) for row in rows)
                for table, rows in known.facts.items()
            }  # fmt: skip
            for table, count in in_force.items():
                assert sum(f["until"] is None for f in told if f["table"] == table) == count, (item, table)
        waiting = attention(snapshot, last)
        undescribed = [i for i in known.items if i not in known.lots and i not in known.units]
        assert waiting["unresolved"] >= len(undescribed)
