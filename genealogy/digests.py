"""Two digests of a graph: of what is in force (content), and of all that ever was, with its entries (history).

Rows are put in an order of their own content, so that neither the store nor the order of loading shows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from queries.query import OPEN
from queries.shape import LINKS, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genealogy.stores.contract import Store

_SEQUENCES = ("pk", "fact", "known_from", "known_until")
"""Columns that tell when and by what something was recorded, not what it is."""


def content_digest(store: Store) -> str:
    """SHA-256 over all records and links in force, without entries and versions."""
    digest = hashlib.sha256()
    for name, table in _tables(store):
        held = table.filter(pc.equal(table["known_until"], OPEN))
        digest.update(_bytes(name, held.drop_columns([c for c in _SEQUENCES if c in held.column_names])))
    return digest.hexdigest()


def history_digest(store: Store) -> str:
    """SHA-256 over all records and links, with the entries between which they held."""
    digest = hashlib.sha256()
    for name, table in _tables(store):
        digest.update(_bytes(name, table))
    return digest.hexdigest()


def _tables(store: Store) -> Iterator[tuple[str, pa.Table]]:
    for label in RECORDS.values():
        yield label.name, store.nodes(label).select(list(label.columns))
    for link in LINKS:
        yield link.name, store.links(link).select(["source", "target", *(p.name for p in link.properties)])


def _bytes(name: str, table: pa.Table) -> bytes:
    """The digest of one table: its columns, sorted by all of them, with lengths so that nothing runs together."""
    digest = hashlib.sha256(f"{name}\n{table.num_rows}\n".encode())
    if not table.num_rows:
        return digest.digest()
    order = pc.sort_indices(table, [(column, "ascending") for column in table.column_names])
    for column in table.column_names:
        values = table[column].take(order).combine_chunks()
        if pa.types.is_integer(values.type):
            values = pc.cast(values, pa.string())
        texts = pc.cast(values, pa.large_string())
        digest.update(f"{column}\n".encode())
        # Lengths tell a null (-1) from an empty text, and where one text ends.
        digest.update(
            pc.fill_null(pc.binary_length(texts), -1).cast(pa.int64()).to_numpy(zero_copy_only=False).tobytes()
        )
        digest.update("".join(filter(None, texts.to_pylist())).encode())
    return digest.digest()
