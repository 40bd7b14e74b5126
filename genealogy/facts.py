"""The normalised form of facts in the ledger: one table a document, a row a fact."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from queries.plant import TABLES, ColumnType


@cache
def fact_schema(table: str) -> pa.Schema:
    """The columns of a facts document.

    ``key`` (natural key, parts joined by a unit separator), ``ordinal`` (within a group of one key), ``op`` (0 asserts,
    1 voids), ``file`` and ``row`` (where it was read: number of the file in the entry, row as a spreadsheet counts),
    ``extra`` (unknown columns as JSON), ``void_reason``, then the table's own columns as canonical text, then for each
    time its bounds in microseconds since 1970 UTC.
    """
    front = [
        pa.field("key", pa.string()),
        pa.field("ordinal", pa.int32()),
        pa.field("op", pa.int8()),
        pa.field("file", pa.int32()),
        pa.field("row", pa.int32()),
        pa.field("extra", pa.string()),
        pa.field("void_reason", pa.string()),
    ]
    columns = TABLES[table].facts
    texts = [pa.field(column.name, pa.string()) for column in columns]
    bounds = [
        pa.field(f"{column.name}__{end}", pa.int64())
        for column in columns
        if column.type is ColumnType.TIME
        for end in ("start", "end")
    ]
    return pa.schema([*front, *texts, *bounds])
