"""The tables of the plant format, as the layers above ``queries`` use them (declared in ``queries.plant``)."""

from __future__ import annotations

from queries.plant import ALIAS_KINDS, FORMAT_VERSION, TABLES, Column, ColumnType, Table

__all__ = ["ALIAS_KINDS", "FORMAT_VERSION", "TABLES", "Column", "ColumnType", "Table"]
