"""The drivers without the product: what a question costs when nothing but its text is put to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from queries import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.servers import Connection
    from genealogy.engine import Engine
    from queries.query import Query


class Raw:
    """The database behind an engine, asked past it.

    Args:
        engine: the engine.
        connection: how to reach the Neo4j server that it uses (``store``, ``username``, ``password``); None: embedded.
    """

    def __init__(self, engine: Engine, connection: Connection | None) -> None:
        self.dialect = engine.store.dialect
        self._driver: Any = None
        if connection is None:
            # A second Database on one file would break its lock, so the engine's own connection is borrowed.
            self._execute: Any = engine.store._connection  # type: ignore[attr-defined]
        else:
            import neo4j

            login = (connection["username"], connection["password"])
            self._driver = neo4j.GraphDatabase.driver(connection["store"], auth=login, notifications_min_severity="OFF")

    def close(self) -> None:
        """Let go of the driver."""
        if self._driver is not None:
            self._driver.close()

    def ask(self, text: str, params: dict[str, Any]) -> list[list[Any]]:
        """Put a text; the result as Python values, by the quickest way that the driver offers: columns, or rows."""
        if self._driver is None:
            table = self._execute.execute(text, params).get_as_arrow(65_536)
            return [column.to_pylist() for column in table.columns]
        with self._driver.session(default_access_mode="READ", fetch_size=20_000) as session:
            return [record.values() for record in session.run(text, params)]

    def reached(self, query: Query, start: str, as_of: int) -> set[str]:
        """The ids that ``forward`` or ``backward`` finds from an item, the item itself left out."""
        result = self.ask(query.text(self.dialect), self.params(start, as_of))
        ids = result[0][0] if self._driver is not None else result[0]
        return set(ids) - {start}

    def params(self, start: str, as_of: int) -> dict[str, Any]:
        """Parameters of ``forward`` and ``backward``: links of every tier."""
        return {"start": start, "as_of": as_of, "tier": 2}

    def nodes(self) -> int:
        """Nodes of the graph."""
        return int(self.ask(write.ANY_NODE, {})[0][0])


def listen(engine: Engine, what: Callable[[], object]) -> list[tuple[str, dict[str, Any]]]:
    """Every text, with its parameters, that the engine puts to its store during a call."""
    heard: list[tuple[str, dict[str, Any]]] = []
    read = engine.store.read

    def overheard(query: Query, **params: Any) -> dict[str, list[Any]]:
        heard.append((query.text(engine.store.dialect), params))
        return read(query, **params)

    engine.store.read = overheard  # type: ignore[method-assign]
    try:
        what()
    finally:
        engine.store.read = read  # type: ignore[method-assign]
    return heard
