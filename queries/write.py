"""The statements that follow the ledger: create, supersede, count and empty, made from the declared shape.

The only place where Cypher text is put together, and only from the shape's own names, never from data.
"""

from __future__ import annotations

from queries.query import OPEN
from queries.shape import LINKS, NODES, LinkType, NodeLabel

READ_MANIFEST = "MATCH (m:Manifest {name: 'manifest'}) RETURN m.ledger, m.applied, m.applying, m.chunk, m.worst_tier"
WRITE_MANIFEST = (
    "MERGE (m:Manifest {name: 'manifest'}) "
    "SET m.ledger = $ledger, m.applied = $applied, m.applying = $applying, m.chunk = $chunk, m.worst_tier = $worst_tier"
)
ANY_NODE = "MATCH (n) RETURN count(n)"
FOREIGN_NODES = (
    "MATCH (n) WHERE NOT any(l IN labels(n) WHERE l IN $ours) RETURN labels(n)[0] AS label, count(n) AS n LIMIT 1"
)
OUR_LABELS = tuple(label.name for label in NODES)
OUR_LINKS = tuple(link.name for link in LINKS)


def find_nodes(label: NodeLabel) -> str:
    """Which of $keys are there."""
    return f"UNWIND $keys AS k MATCH (n:{label.name} {{`{label.key.name}`: k}}) RETURN n.`{label.key.name}`"


def create_nodes(label: NodeLabel, dialect: str) -> str:
    """Create a node for each of $rows: a list of maps, or on Neo4j a list of values in the order of the columns."""
    if dialect == "ladybug":
        sets = ", ".join(f"`{name}`: row.`{name}`" for name in label.columns)
    else:
        sets = ", ".join(f"`{name}`: row[{i}]" for i, name in enumerate(label.columns))
    return f"UNWIND $rows AS row CREATE (n:{label.name} {{{sets}}}) RETURN count(*)"


def merge_nodes(label: NodeLabel) -> str:
    """Neo4j: make the identities of $rows that are not there yet; counts all of them."""
    return f"UNWIND $rows AS row MERGE (n:{label.name} {{`{label.key.name}`: row[0]}}) RETURN count(*)"


def create_links(link: LinkType, dialect: str) -> str:
    """Create a link for each of $rows: source, target, then the properties; two MATCH, since one would be a product."""
    names = ("source", "target", *(p.name for p in link.properties))
    cell = {n: (f"row.`{n}`" if dialect == "ladybug" else f"row[{i}]") for i, n in enumerate(names)}
    sets = ", ".join(f"`{p.name}`: {cell[p.name]}" for p in link.properties)
    return (
        f"UNWIND $rows AS row MATCH (a:{link.source}) WHERE a.id = {cell['source']} "
        f"MATCH (b:{link.target}) WHERE b.id = {cell['target']} "
        f"CREATE (a)-[:{link.name} {{{sets}}}]->(b) RETURN count(*)"
    )


def supersede_nodes(label: NodeLabel) -> str:
    """Close the records with these $keys at entry $at; counts them."""
    return (
        f"UNWIND $keys AS k MATCH (n:{label.name} {{`{label.key.name}`: k}}) WHERE n.known_until = {OPEN} "
        "SET n.known_until = $at RETURN count(*)"
    )


def supersede_links(link: LinkType, dialect: str) -> str:
    """Close the links with these $rows (source, target, fact) at entry $at; counts them."""
    s, t, f = ("row.source", "row.target", "row.fact") if dialect == "ladybug" else ("row[0]", "row[1]", "row[2]")
    return (
        f"UNWIND $rows AS row MATCH (a:{link.source}) WHERE a.id = {s} MATCH (b:{link.target}) WHERE b.id = {t} "
        f"MATCH (a)-[r:{link.name}]->(b) WHERE r.fact = {f} AND r.known_until = {OPEN} "
        "SET r.known_until = $at RETURN count(*)"
    )


def copy_text(name: str) -> str:
    """Ladybug's bulk road: a frame into a node or link table, in the order of its columns."""
    return f"COPY `{name}` FROM $frame"


def read_nodes(label: NodeLabel) -> str:
    """Every node of a label with all its columns."""
    columns = ", ".join(f"n.`{name}` AS `{name}`" for name in label.columns)
    return f"MATCH (n:{label.name}) RETURN {columns}"


def read_links(link: LinkType) -> str:
    """Every link of a type: source, target and all its properties."""
    columns = ", ".join(f"r.`{p.name}` AS `{p.name}`" for p in link.properties)
    return (
        f"MATCH (a:{link.source})-[r:{link.name}]->(b:{link.target}) "
        f"RETURN a.`id` AS source, b.`id` AS target, {columns}"
    )


def empty_links(link: LinkType, dialect: str) -> str:
    """Take away every link of a type (Neo4j: in batches of their own transactions)."""
    if dialect == "ladybug":
        return f"MATCH (a:{link.source})-[r:{link.name}]->(b:{link.target}) DELETE r"
    return f"MATCH ()-[r:{link.name}]->() CALL (r) {{ DELETE r }} IN TRANSACTIONS OF 20000 ROWS"


def empty_nodes(label: NodeLabel, dialect: str) -> str:
    """Take away every node of a label (Neo4j: in batches of their own transactions)."""
    if dialect == "ladybug":
        return f"MATCH (n:{label.name}) DELETE n"
    return f"MATCH (n:{label.name}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 20000 ROWS"
