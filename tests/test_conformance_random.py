"""Graph, arrays and oracle agree on plants made at random, from every item, both ways, as of every load."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from agreement import EngineRoad, difference
from conftest import MakeHome
from facts import Facts, entry
from hypothesis import HealthCheck, given, settings
from oracle import Load, Oracle
from plants import merged, plants, random_plant, without_columns

from genealogy.snapshot import Snapshot

PLANTS = 50
"""Plants a home: their names begin differently, so that they share loads but no item."""

FIRST = {"ladybug": 10, "neo4j": 2}
"""Batches that every run makes: 500 plants on the embedded store, 100 on Neo4j."""

LONG = {"ladybug": 400, "neo4j": 20}
"""Batches of the long run: 20,000 and 1,000 plants."""

ASKED = 8
"""Starts asked of the graph for each plant as of the last load; the arrays are asked from every item, always."""

EARLIER = 2
"""Starts asked of the graph for each plant as of each earlier load."""


def batches() -> list[object]:
    return [
        pytest.param(number, marks=[pytest.mark.long] if number >= FIRST["neo4j"] else [], id=str(number))
        for number in range(LONG["ladybug"])
    ]


def of_plant(loads: list[Load], prefix: str) -> list[Load]:
    """What the loads say of the plant whose names begin so."""
    return [
        {table: [row for row in rows if any(cell.startswith(prefix) for cell in row.values())] for table, rows in load.items()}
        for load in loads
    ]
