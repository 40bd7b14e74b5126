"""An empty plant folder to fill, and the reference of the format: both written from the declared tables."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from genealogy.errors import InputError
from genealogy.plant import FORMAT_VERSION, TABLES, Column, ColumnType, Table

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS_HEADER = ("table", "column", "required", "key", "type", "values", "personal", "description")

_TYPES = {
    ColumnType.CODE: "an identifier, kept as written",
    ColumnType.TEXT: "text",
    ColumnType.CHOICE: "one of the values",
    ColumnType.CHOICES: "one or several of the values, joined by |",
    ColumnType.QUANTITY: "a decimal number, not negative, with a point",
    ColumnType.NUMBER: "a decimal number with a point",
    ColumnType.VALUE: "a number or a word",
    ColumnType.UNIT: "a unit of measure: UN/ECE Rec 20, UCUM, each, or a loaded alias",
    ColumnType.TIME: "a time in ISO 8601 with an offset or Z; a date alone is that whole day",
    ColumnType.FLAG: "yes or empty",
}

_README = f"""# Plant folder, format version {FORMAT_VERSION}

Fill the tables that you have and delete or leave the others: each is optional. `columns.csv` says what every column
means.

- A table is a CSV in UTF-8 with commas and this header. The columns may stand in any order; a column that is not
  required may be left out. Further columns are kept as properties.
- Identifiers are kept as written: leading zeros and spaces count.
- Numbers have a decimal point. Times are ISO 8601 with an offset or Z (2026-05-01T10:00:00+02:00); a date alone is that
  whole day. Times without an offset need `--zone` when they are loaded.
- A column that is left out says nothing, so what is known already stays. An empty cell states "unknown".
- To withdraw a row, load it again with `yes` in the column `void`.

Load it with `genealogy load FOLDER`. Rows that cannot be accepted come back in a quarantine file, to be corrected and
loaded.
"""


def write_templates(folder: Path) -> list[Path]:
    """Write an empty CSV for each table, ``columns.csv`` and ``README.md`` into a folder.

    Returns:
        The files written.

    Raises:
        InputError: one of the files is there already, or the folder cannot be made.
    """
    files = template_files()
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise InputError(f"{folder} holds {', '.join(there)} already; nothing was written. Name another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode())
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}. Name another folder.") from error
    return [folder / name for name in files]


def template_files() -> dict[str, str]:
    """The files of an empty plant folder: name -> content."""
    files = {f"{name}.csv": _lines([[column.name for column in table.columns]]) for name, table in TABLES.items()}
    described = ([name, *_described(column)] for name, table in TABLES.items() for column in table.columns)
    return {**files, "columns.csv": _lines([list(COLUMNS_HEADER), *described]), "README.md": _README}


def _described(column: Column) -> list[str]:
    return [
        column.name,
        "yes" if column.required else "",
        "yes" if column.key else "",
        _TYPES[column.type],
        "|".join(column.values),
        "yes" if column.personal else "",
        column.description,
    ]


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def plant_reference() -> str:
    """Return the reference of every table and column as Markdown (``docs/plant-tables.md`` is this text)."""
    parts = [
        f"# Plant tables, format version {FORMAT_VERSION}",
        "",
        "Written from `queries/plant.py`; do not edit. **Bold** columns form the natural key, `*` marks required",
        "ones, `°` personal data. Every table also takes `void` (`yes` withdraws the fact with this key) and",
        "`void_reason`.",
        "",
    ]
    for table in TABLES.values():
        parts += _table_reference(table)
    return "\n".join(parts)


def _table_reference(table: Table) -> list[str]:
    lines = [f"## {table.name}", "", table.description]
    if table.grouped:
        lines[-1] += (
            " Rows without `line_no` that share step, item and time all count;"
            " a later load replaces such a group whole."
        )
    lines += ["", "| column | reads | states |", "| --- | --- | --- |"]
    for column in table.facts:
        name = f"**`{column.name}`**" if column.key else f"`{column.name}`"
        name += (" \\*" if column.required else "") + (" °" if column.personal else "")
        reads = _TYPES[column.type].replace("|", "\\|")
        if column.values:
            reads += ": " + ", ".join(f"`{value}`" for value in column.values)
        if column.unit:
            reads += f"; its unit in `{column.unit}`"
        lines.append(f"| {name} | {reads} | {column.description.replace('|', chr(92) + '|')} |")
    return [*lines, ""]
