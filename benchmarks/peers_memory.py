"""Peers that hold the graph in memory: networkx and rustworkx."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.peers_asking import answers, measured

if TYPE_CHECKING:
    from collections.abc import Iterable


def _plant(home: str) -> tuple[list[str], list[bool], list[tuple[int, int]], dict[str, int]]:
    """Ids, whether each is an item, the links, and the number of each item: in memory before the clock starts."""
    import pyarrow.parquet as pq

    nodes, links = (pq.read_table(Path(home) / "peers" / f"{name}.parquet") for name in ("nodes", "links"))
    ids, items = nodes["id"].to_pylist(), nodes["item"].to_pylist()
    pairs = list(zip(links["source"].to_pylist(), links["target"].to_pylist(), strict=True))
    number = {i: n for n, (i, item) in enumerate(zip(ids, items, strict=True)) if item}
    return ids, items, pairs, number


def networkx(home: str, runs: int) -> dict[str, Any]:
    """networkx: ``descendants`` and ``ancestors`` of a DiGraph."""
    import networkx as nx

    ids, items, pairs, number = _plant(home)
    began = time.perf_counter()
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(ids)))
    graph.add_edges_from(pairs)
    ready = time.perf_counter() - began

    def ask(start: str, forward: bool) -> Iterable[str]:
        reach = nx.descendants if forward else nx.ancestors
        return [ids[n] for n in reach(graph, number[start]) if items[n]]

    return measured(answers(home), ask, ready, runs)


def rustworkx(home: str, runs: int) -> dict[str, Any]:
    """rustworkx: ``descendants`` and ``ancestors`` of a PyDiGraph."""
    import rustworkx as rx

    ids, items, pairs, number = _plant(home)
    began = time.perf_counter()
    # The links are distinct, so it may be a multigraph, which need not look for each among those that are there.
    graph = rx.PyDiGraph(node_count_hint=len(ids), edge_count_hint=len(pairs))
    graph.add_nodes_from(range(len(ids)))
    graph.add_edges_from_no_data(pairs)
    ready = time.perf_counter() - began

    def ask(start: str, forward: bool) -> Iterable[str]:
        reach = rx.descendants if forward else rx.ancestors
        return [ids[n] for n in reach(graph, number[start]) if items[n]]

    return measured(answers(home), ask, ready, runs)
