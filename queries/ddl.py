"""From the declared shape to the statements that make it: tables for Ladybug, constraints and indexes for Neo4j."""

from __future__ import annotations

from queries.shape import IDENTITIES, LINKS, MANIFEST, NODES, RECORDS, LinkType, NodeLabel


def statements(dialect: str) -> list[str]:
    """The statements that prepare an empty database of a dialect; running them twice changes nothing."""
    if dialect == "ladybug":
        return [_node_table(label) for label in NODES] + [_link_table(link) for link in LINKS]
    return [*neo4j_first().values(), *neo4j_then().values()]


def neo4j_first() -> dict[str, str]:
    """By name the constraints that Neo4j needs before anything is written: by them ends of links are found."""
    return {_name(label, label.key.name): _constraint(label) for label in (*IDENTITIES, MANIFEST)}


def neo4j_then() -> dict[str, str]:
    """By name those of records: cheaper when they are made over many records at once than kept up with each."""
    constraints = {_name(label, label.key.name): _constraint(label) for label in RECORDS.values()}
    return constraints | {_name(label, n): _index(label, n) for label in RECORDS.values() for n in label.indexed}


def _node_table(label: NodeLabel) -> str:
    columns = ", ".join(f"`{p.name}` {p.type}" for p in (label.key, *label.properties))
    return f"CREATE NODE TABLE IF NOT EXISTS {label.name}({columns}, PRIMARY KEY(`{label.key.name}`))"


def _link_table(link: LinkType) -> str:
    columns = ", ".join(f"`{p.name}` {p.type}" for p in link.properties)
    return f"CREATE REL TABLE IF NOT EXISTS {link.name}(FROM {link.source} TO {link.target}, {columns})"


def _constraint(label: NodeLabel) -> str:
    name = _name(label, label.key.name)
    return f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label.name}) REQUIRE n.`{label.key.name}` IS UNIQUE"


def _index(label: NodeLabel, column: str) -> str:
    # Only properties that never change are indexed: Neo4j may skip a row whose indexed property changes during a scan.
    return f"CREATE INDEX {_name(label, column)} IF NOT EXISTS FOR (n:{label.name}) ON (n.`{column}`)"


def _name(label: NodeLabel, column: str) -> str:
    return f"genealogy_{label.name.lower()}_{column}"
