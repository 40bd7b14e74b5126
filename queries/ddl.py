"""From the declared shape to the statements that make it: tables for Ladybug, constraints and indexes for Neo4j."""

from __future__ import annotations

from queries.shape import LINKS, NODES, RECORDS, LinkType, NodeLabel


def statements(dialect: str) -> list[str]:
    """The statements that prepare an empty database of a dialect; running them twice changes nothing."""
    if dialect == "ladybug":
        return [_node_table(label) for label in NODES] + [_link_table(link) for link in LINKS]
    return [_constraint(label) for label in NODES] + [
        _index(label, name) for label in RECORDS.values() for name in label.indexed
    ]


def _node_table(label: NodeLabel) -> str:
    columns = ", ".join(f"`{p.name}` {p.type}" for p in (label.key, *label.properties))
    return f"CREATE NODE TABLE IF NOT EXISTS {label.name}({columns}, PRIMARY KEY(`{label.key.name}`))"


def _link_table(link: LinkType) -> str:
    columns = ", ".join(f"`{p.name}` {p.type}" for p in link.properties)
    return f"CREATE REL TABLE IF NOT EXISTS {link.name}(FROM {link.source} TO {link.target}, {columns})"


def _constraint(label: NodeLabel) -> str:
    name = f"genealogy_{label.name.lower()}_{label.key.name}"
    return f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label.name}) REQUIRE n.`{label.key.name}` IS UNIQUE"


def _index(label: NodeLabel, column: str) -> str:
    # Only properties that never change are indexed: Neo4j may skip a row whose indexed property changes during a scan.
    return f"CREATE INDEX genealogy_{label.name.lower()}_{column} IF NOT EXISTS FOR (n:{label.name}) ON (n.`{column}`)"
