"""The statements that follow the ledger: create, supersede, count and empty, made from the declared shape.

The only place where Cypher text is put together, and only from the shape's own names, never from data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queries.query import OPEN
from queries.shape import LINKS, NODES, LinkType, NodeLabel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

READ_MANIFEST = (
    "MATCH (m:Manifest {name: 'manifest'}) "
    "RETURN m.ledger, m.applied, m.applying, m.chunk, m.worst_tier, coalesce(m.form, 1)"
)
READ_LEDGER = "MATCH (m:Manifest {name: 'manifest'}) RETURN m.ledger, m.applied"
"""What can be asked of a graph of any form."""
WRITE_MANIFEST = (
    "MERGE (m:Manifest {name: 'manifest'}) "
    "SET m.ledger = $ledger, m.applied = $applied, m.applying = $applying, m.chunk = $chunk, m.worst_tier = $worst_tier, "
    "m.form = $form"
)
FIND_MARK = "MATCH (m:Manifest {name: $mark}) RETURN m.name"
MAKE_MARK = "CREATE (m:Manifest {name: $mark})"
DELETE_MARKS = "MATCH (m:Manifest) WHERE m.name STARTS WITH 'chunk ' DELETE m"
"""Neo4j: which chunks of the entry that is being applied are there."""
ANY_NODE = "MATCH (n) RETURN count(n)"
FOREIGN_NODES = (
    "MATCH (n) WHERE NOT any(l IN labels(n) WHERE l IN $ours) RETURN labels(n)[0] AS label, count(n) AS n LIMIT 1"
)
OUR_NODES = "\nUNION ALL\n".join(f"MATCH (n:{label.name}) RETURN count(n) AS n" for label in NODES)
"""Neo4j counts these without looking at a node; where they do not come to ANY_NODE, FOREIGN_NODES says why."""
RUNNING = (
    "SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.question = $question "
    "RETURN transactionId AS transactionId"
)
"""Neo4j: the transaction of a question that nobody waits for any more."""
TERMINATE = "TERMINATE TRANSACTIONS $id"
OUR_LABELS = tuple(label.name for label in NODES)
OUR_LINKS = tuple(link.name for link in LINKS)


def find_nodes(label: NodeLabel) -> str:
    """Which of $keys are there."""
    return f"UNWIND $keys AS k MATCH (n:{label.name} {{`{label.key.name}`: k}}) RETURN n.`{label.key.name}`"


def create_nodes(
    label: NodeLabel, dialect: str, columns: Sequence[str] | None = None, constants: Sequence[str] = ()
) -> str:
    """Create a node for each of $rows: a list of maps, or on Neo4j a list of values in the order of ``columns``.

    ``columns`` are by default all of the label's; ``constants`` are those whose one value is a parameter of that name.
    """
    sets = _cells(label.columns if columns is None else columns, constants, dialect)
    return f"UNWIND $rows AS row CREATE (n:{label.name} {{{sets}}}) RETURN count(*)"


def merge_nodes(label: NodeLabel) -> str:
    """Neo4j: make the identities of $rows that are not there yet; counts all of them."""
    return f"UNWIND $rows AS row MERGE (n:{label.name} {{`{label.key.name}`: row[0]}}) RETURN count(*)"


def create_links(
    link: LinkType, dialect: str, columns: Sequence[str] | None = None, constants: Sequence[str] = ()
) -> str:
    """Create a link for each of $rows: source, target, then the properties; two MATCH, since one would be a product."""
    names = ("source", "target", *(p.name for p in link.properties)) if columns is None else columns
    source, target = ("row.`source`", "row.`target`") if dialect == "ladybug" else ("row[0]", "row[1]")
    return (
        f"UNWIND $rows AS row MATCH (a:{link.source}) WHERE a.id = {source} "
        f"MATCH (b:{link.target}) WHERE b.id = {target} "
        f"CREATE (a)-[:{link.name} {{{_cells(names, constants, dialect)}}}]->(b) RETURN count(*)"
    )


def _cells(columns: Sequence[str], constants: Sequence[str], dialect: str) -> str:
    """Properties of a row: by name, or on Neo4j by place."""
    cells = {
        name: f"row.`{name}`" if dialect == "ladybug" else f"row[{place}]"
        for place, name in enumerate(columns)
        if name not in ("source", "target")
    }
    return ", ".join(f"`{name}`: {cell}" for name, cell in (cells | {name: f"${name}" for name in constants}).items())


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


def scan_nodes(label: NodeLabel, there: Collection[str]) -> str:
    """Ladybug: look at every value of a label in those of its columns that are there, and hand back next to nothing."""
    columns = ", ".join(f"max(n.`{name}`)" for name in label.columns if name in there)
    return f"MATCH (n:{label.name}) RETURN count(*), {columns}"


def scan_links(link: LinkType, there: Collection[str]) -> str:
    """The same for the links of a type and the ids of their ends."""
    columns = "".join(f", max(r.`{p.name}`)" for p in link.properties if p.name in there)
    return (
        f"MATCH (a:{link.source})-[r:{link.name}]->(b:{link.target}) RETURN count(*), max(a.`id`), max(b.`id`){columns}"
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
