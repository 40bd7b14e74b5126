"""Our side of the comparison with peers: the answers, the links for the others, and our own times."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plants
from benchmarks.peers import fingerprint
from benchmarks.peers_asking import answers, measured

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

_SIZE = "13000"


def export(home: str) -> None:
    """Write nodes, links and the right answers of a home for the peers."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from genealogy.engine import Engine
    from genealogy.history import History
    from genealogy.whole import WholeGraph
    from queries.shape import IDENTITIES, LINKS

    folder = Path(home) / "peers"
    folder.mkdir(exist_ok=True)
    with Engine.open(Path(home)) as engine:
        asked = plants.starts(home)
        start = asked["near"][_SIZE]["id"]
        told: dict[str, Any] = {"start": start, "units": asked["units"]}
        told["forward"] = _answer(engine, start, "forward")
        told["backward"] = [_answer(engine, unit, "backward") for unit in asked["units"]]
        whole = WholeGraph(History(engine.ledger, keep=True))
    ids = {label.name: whole.identities(label) for label in IDENTITIES}
    first, at = {}, 0
    for name, array in ids.items():
        first[name], at = at, at + len(array)

    def numbers(label: str, column: pa.ChunkedArray) -> Any:
        return pc.index_in(column, ids[label]).combine_chunks().to_numpy() + first[label]

    parts = []
    for link in LINKS:
        if (table := whole.links(link)) is not None:
            parts.append((numbers(link.source, table["source"]), numbers(link.target, table["target"])))
    ends = np.unique(np.stack([np.concatenate(side) for side in zip(*parts, strict=True)]).astype(np.int64), axis=1)
    pq.write_table(pa.table({"source": ends[0], "target": ends[1]}), folder / "links.parquet")
    items = np.concatenate([np.full(len(array), name == "Item") for name, array in ids.items()])
    nodes = pa.table({"n": np.arange(at), "id": pa.concat_arrays(list(ids.values())), "item": items})
    pq.write_table(nodes, folder / "nodes.parquet")
    (folder / "answers.json").write_text(json.dumps(told), encoding="utf-8")


def _answer(engine: Any, start: str, direction: str) -> str:
    answer = engine.trace([start], direction)
    assert answer.complete, answer.answer["differences"]
    return fingerprint(row["id"] for row in answer.answer["items"])


def trace(home: str, runs: int) -> dict[str, Any]:
    """``engine.trace``: both roads, compared and described."""
    return _ask(home, runs, "trace")


def cypher(home: str, runs: int) -> dict[str, Any]:
    """The Cypher text alone through the driver."""
    return _ask(home, runs, "cypher")


def arrays(home: str, runs: int) -> dict[str, Any]:
    """The second road alone."""
    return _ask(home, runs, "arrays")


def _ask(home: str, runs: int, how: str) -> dict[str, Any]:
    from benchmarks.raw import Raw
    from genealogy.engine import Engine
    from queries.reach import BACKWARD, FORWARD

    told = answers(home)
    began = time.perf_counter()
    with Engine.open(Path(home)) as engine:
        snapshot, head, raw = engine.snapshot, engine.head, Raw(engine, None)
        ready = time.perf_counter() - began

        def ask(start: str, forward: bool) -> Iterable[str]:
            if how == "cypher":
                return raw.reached(FORWARD if forward else BACKWARD, start, head)
            direction: Any = "forward" if forward else "backward"
            if how == "arrays":
                return snapshot.reach([start], direction, head).ids
            return [row["id"] for row in engine.trace([start], direction).answer["items"]]

        return measured(told, ask, ready, runs)
