"""The graph's shape: which labels and links there are, what identifies each, what every property means.

Identity nodes have a key and nothing else, and never change. What is known of them stands in version records beside them
(one label a table of the plant format). Links join identities. Records and links carry the entries of the ledger between
which they are in force, so that a question can be put as of any entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from queries.plant import TABLES, ColumnType, Table


@dataclass(frozen=True, slots=True)
class Property:
    """A typed property: ``STRING`` or ``INT64``, and what it means."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class NodeLabel:
    """A label: its key property, its other properties, and the plant table whose facts it holds (identities: none)."""

    name: str
    key: Property
    properties: tuple[Property, ...]
    description: str
    table: str | None = None
    indexed: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All property names, the key first."""
        return (self.key.name, *(p.name for p in self.properties))


@dataclass(frozen=True, slots=True)
class LinkType:
    """A type of link: from which label to which, and its properties."""

    name: str
    source: str
    target: str
    properties: tuple[Property, ...]
    description: str


_FROM = Property("known_from", "INT64", "the ledger's entry that brought it")
_UNTIL = Property("known_until", "INT64", "the entry that superseded it; 2^62 while it is in force")
FACT_ROWS = 10**9
"""More rows than any document has: a fact's number is its entry times this, plus its row."""
NO_FACT = -1
"""Instead of a fact's number, where a link follows from many facts and from none of them alone."""

_FACT = Property(
    "fact", "INT64", "the ledger's fact: entry times 10^9, plus its row in the entry's document from 0; or -1"
)
_TIER = Property("tier", "INT64", "what the record proves: 0 this unit, 1 this lot, 2 this order")

ITEM = NodeLabel(
    "Item",
    Property("id", "STRING", "our id of the item, aliases resolved"),
    (),
    "A traceable item: a lot or a serialised unit.",
)
STEP = NodeLabel(
    "Step",
    Property("id", "STRING", "our id of the step; a serialisation is 'serialisation', a unit separator, the lot's id"),
    (),
    "A step joins what it consumed to what it produced. That units were serialised from a lot is a step as well.",
)
PORTION = NodeLabel(
    "Portion",
    Property("id", "STRING", "the id of the lot"),
    (),
    "What was drawn from a lot with units when the lot itself was consumed: any of its units may have been in it.",
)
IDENTITIES = (ITEM, STEP, PORTION)

_AMOUNT = (
    Property("quantity", "STRING", "as recorded"),
    Property("unit", "STRING", "as recorded"),
    Property("at", "STRING", "when, in canonical form"),
    Property("line_no", "STRING", "as recorded"),
)
CONSUMED_BY = LinkType(
    "CONSUMED_BY", "Item", "Step", (_TIER, _FROM, _UNTIL, _FACT, *_AMOUNT), "The step consumed some of the item."
)
PRODUCED = LinkType(
    "PRODUCED", "Step", "Item", (_TIER, _FROM, _UNTIL, _FACT, *_AMOUNT), "The step produced some of the item."
)
PART_OF = LinkType(
    "PART_OF",
    "Item",
    "Portion",
    (_TIER, _FROM, _UNTIL, _FACT),
    "The unit may have been in what was drawn from its lot.",
)
WENT_INTO = LinkType(
    "WENT_INTO",
    "Portion",
    "Item",
    (_TIER, _FROM, _UNTIL, _FACT, Property("step", "STRING", "the step that consumed the lot")),
    "What was drawn from the lot was consumed by a step that produced this item. It passes over the step, so that every "
    "move from item to item is two links long and the number of links gives the depth exactly.",
)
LINKS = (CONSUMED_BY, PRODUCED, PART_OF, WENT_INTO)


def record_label(table: Table) -> NodeLabel:
    """The label of the version records that hold the facts of a plant table.

    Records hold codes as they were written; aliases are resolved when a question is asked, so that a late alias changes
    no record. The key is the fact's natural key and the number of its version, joined by a unit separator.
    """
    properties: list[Property] = []
    for column in table.facts:
        properties.append(Property(_safe(column.name), "STRING", column.description))
        if column.type is ColumnType.TIME:
            properties.append(
                Property(f"{column.name}__start", "INT64", f"{column.description}: microseconds since 1970 UTC")
            )
            properties.append(
                Property(f"{column.name}__end", "INT64", "the same; after a whole day its end, else the same")
            )
    properties.append(Property("extra", "STRING", "columns that the format does not know, as JSON"))
    indexed = tuple(
        name for name in ("item_id", "supplier_lot", "lot_number", "serial", "step_id") if name in table.by_name
    )
    key = Property("pk", "STRING", "natural key and number of the version")
    words = {"parties": "party", "aliases": "alias"}.get(table.name, table.name.removesuffix("s"))
    name = "".join(word.capitalize() for word in words.split("_")) + "Record"
    return NodeLabel(name, key, (*properties, _FROM, _UNTIL, _FACT), table.description, table.name, indexed)


def _safe(name: str) -> str:
    """Column names that are reserved words in a dialect carry an underscore in the graph."""
    return f"{name}_" if name in ("from", "to", "by", "at", "end", "order", "group") else name


RECORDS: dict[str, NodeLabel] = {
    table.name: record_label(table) for table in TABLES.values() if table.name not in ("consumption", "production")
}
"""The label of each table's version records. Consumption and production are links."""

FORM = 2
"""Raised whenever the same facts make another graph: a label, a link or a property is added, changed or left out."""

MANIFEST = NodeLabel(
    "Manifest",
    Property("name", "STRING", "always 'manifest': there is one"),
    (
        Property("ledger", "STRING", "the id of the ledger that this graph is a projection of"),
        Property("applied", "INT64", "the last entry whose facts are all here"),
        Property("applying", "INT64", "the entry that is being applied, or -1"),
        Property("chunk", "INT64", "how many chunks of it are here"),
        Property("worst_tier", "INT64", "the weakest tier that any link ever had"),
        Property("form", "INT64", "the form of this graph; one of another form is made again from the ledger"),
    ),
    "Which ledger the graph belongs to and how far it has been followed.",
)
NODES = (*IDENTITIES, *RECORDS.values(), MANIFEST)
